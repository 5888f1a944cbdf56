//! What an actor can do. Each act prints how it ended, a line each: `done`, or `errno` with the system's number. It never
//! decides whether that is right: the tests do.

use std::fmt::Display;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use rustix::process::{PidfdFlags, Signal, getpid, getppid, kill_process, pidfd_open};

use super::{Holding, PACKET_BYTES_MAX, Part};
use crate::bundle::load::image::Image;
use crate::isolation::channel::Channel;

pub(super) fn act(name: &str, argument: &str, control: &Channel, libraries: &[Library]) {
    match name {
        "open" => tell(File::open(argument)),
        "open for writing" => tell(File::options().write(true).open(argument)),
        "read" => tell(File::open(argument).and_then(|mut file| file.read(&mut [0; 16]))),
        "list" => tell(std::fs::read_dir(argument).map(Iterator::count)),
        "metadata" => tell(std::fs::metadata(argument)),
        "calls" => say(calls(argument)),
        "fork" => tell(fork()),
        "run" => tell(Command::new(argument).status()),
        "kill parent" => tell(kill_process(getppid().unwrap(), Signal::TERM).map_err(io::Error::from)),
        "kill itself" => tell(kill_process(getpid(), signal(argument)).map_err(io::Error::from)),
        "connect" => tell(TcpStream::connect(argument).and_then(|mut stream| stream.write_all(b"hello"))),
        "send" => tell(UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(b"hello", argument))),
        "bind" => tell(TcpListener::bind(argument)),
        "connect here" => tell(UnixStream::connect(argument)),
        "threads" => say(threads()),
        "allocate" => allocate(),
        "compute" => compute(),
        "compute on" => compute_on(),
        "call of 32 bits" => call_of_32_bits(),
        "environment" => say(std::env::vars_os().count()),
        "core" => say(rustix::process::getrlimit(rustix::process::Resource::Core).maximum.unwrap_or(u64::MAX)),
        "exit" => std::process::exit(argument.parse().unwrap()),
        "print" => (0..argument.parse::<u64>().unwrap()).for_each(|line| say(format!("line {line}"))),
        "wait" => while control.take(&mut [0; 16], false).is_ok() {},
        "close" => close_and_live_on(control),
        "load" => say(load(control)),
        "computed by libraries" => say(computed_by(libraries)),
        "leave a process" => leave_a_process(control),
        "start another" => start_another(control),
        _ => panic!("no act is called `{name}`"),
    }
}

fn say(what: impl Display) {
    io::stdout().write_all(format!("{what}\n").as_bytes()).unwrap();
}

fn tell<T>(result: io::Result<T>) {
    say(match result {
        Ok(_) => "done".to_owned(),
        Err(error) => error.raw_os_error().map_or_else(|| error.to_string(), |number| format!("errno {number}")),
    });
}

/// Makes calls: numbers apart by a space, calls by a comma, the call's own number first. Answers the errors in one line, 0 for
/// a call that was made.
fn calls(all: &str) -> String {
    let answers = all.split(',').map(|call| {
        let mut given = call.split(' ').map(|number| number.parse::<i64>().unwrap());
        let mut next = || given.next().unwrap_or(0);
        let (number, [a, b, c, d, e, f]) = (next(), std::array::from_fn(|_| next()));
        // SAFETY: the tests make no call that changes memory of this process if it is made.
        let answer = unsafe { libc::syscall(number, a, b, c, d, e, f) };
        if answer < 0 { io::Error::last_os_error().raw_os_error().unwrap_or(-1) } else { 0 }
    });
    answers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
}

fn fork() -> io::Result<()> {
    // SAFETY: both processes go on with nothing but printing.
    if unsafe { libc::fork() } < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn signal(name: &str) -> Signal {
    match name {
        "SIGABRT" => Signal::ABORT,
        "SIGKILL" => Signal::KILL,
        "SIGSEGV" => Signal::SEGV,
        _ => panic!("no signal is called `{name}`"),
    }
}

fn threads() -> u64 {
    let started = (0..8_u64).map(|part| std::thread::spawn(move || (0..1000).map(|i| i * 8 + part).sum::<u64>()));
    started.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).sum()
}

fn allocate() {
    let mut all = Vec::new();
    loop {
        all.push(vec![1_u8; 16 << 20]);
        black_box(&all);
    }
}

fn compute() {
    let mut sum = 0_u64;
    loop {
        sum = black_box(sum.wrapping_add(1));
    }
}

/// Without hearing that its time is over.
fn compute_on() {
    // SAFETY: no handler is installed.
    unsafe { libc::signal(libc::SIGXCPU, libc::SIG_IGN) };
    compute();
}

/// `getpid` by the table of 32 bits.
fn call_of_32_bits() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: takes no memory, and changes one register, which is told here.
    unsafe {
        std::arch::asm!("int 0x80", inout("rax") 20_u64 => _, out("r8") _, out("r9") _, out("r10") _, out("r11") _);
    };
    say("made");
}

fn close_and_live_on(control: &Channel) {
    rustix::stdio::dup2_stdin(File::open("/dev/null").unwrap()).unwrap();
    // SAFETY: the channel is not used any more, and not dropped: this never returns.
    unsafe { libc::close(control.as_fd().as_raw_fd()) };
    loop {
        std::thread::park();
    }
}

/// A library of the system.
pub(super) fn library(name: &str) -> Result<Library, libloading::Error> {
    // SAFETY: the system's own libraries, whose constructors keep to themselves.
    unsafe { Library::open(Some(name), RTLD_NOW | RTLD_LOCAL) }
}

/// Maps what the test passes, in the way of a worker.
fn load(control: &Channel) -> String {
    let (_, mut files) = control.take_files(&mut [0; 16]).unwrap();
    let image = match Image::received(files.remove(0)) {
        Ok(image) => image,
        Err(error) => return format!("not taken: {error}"),
    };
    let mapped = library(image.path().to_str().unwrap());
    mapped.map_or_else(|error| format!("not mapped: {error}"), |_| "done".to_owned())
}

type Cosine = unsafe extern "C" fn(f64) -> f64;
type Counted = unsafe extern "C" fn() -> u32;
type Worked = unsafe extern "C" fn(extern "C" fn(*mut u64), *mut u64, u32, u32);

/// One line: what each library that is there computed.
fn computed_by(libraries: &[Library]) -> String {
    let mut said = Vec::new();
    for library in libraries {
        // SAFETY: the C library's `cos`.
        if let Ok(cosine) = unsafe { library.get::<Cosine>(b"cos\0") } {
            // SAFETY: takes and returns a number.
            said.push(format!("cos {}", unsafe { cosine(0.0) }));
        }
        // SAFETY: C++'s `std::thread::hardware_concurrency()`.
        if let Ok(counted) = unsafe { library.get::<Counted>(b"_ZNSt6thread20hardware_concurrencyEv\0") } {
            // SAFETY: takes nothing.
            said.push(format!("concurrency {}", unsafe { counted() } > 0));
        }
        // SAFETY: what a compiler makes of `#pragma omp parallel`.
        if let Ok(worked) = unsafe { library.get::<Worked>(b"GOMP_parallel\0") } {
            let mut n_threads = 0_u64;
            // SAFETY: the function adds to the number, which outlives the call.
            unsafe { worked(count, &raw mut n_threads, 4, 0) };
            said.push(format!("OpenMP {n_threads}"));
        }
    }
    said.join(", ")
}

extern "C" fn count(n_threads: *mut u64) {
    // SAFETY: the number that was handed over, which several threads add to.
    let n_threads = unsafe { std::sync::atomic::AtomicU64::from_ptr(n_threads) };
    n_threads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
}

/// Starts a process in its own group that never ends by itself, passes it to the test as something to wait for, and ends.
#[expect(clippy::zombie_processes, reason = "whether somebody else ends it is what is tested")]
fn leave_a_process(control: &Channel) {
    let (left, right) = Channel::pair().unwrap();
    let mut command = Command::new("/proc/self/exe");
    // It holds both ends of what it reads from, so that there is no end of file.
    let ends: [std::os::fd::OwnedFd; 2] = [left.into(), right.into()];
    let [left, right] = ends.map(Stdio::from);
    let child = command.arg(crate::isolation::worker::ARGUMENT).stdin(left).stdout(right).spawn().unwrap();
    pass(control, child.id());
}

/// Starts an actor that is held and waits, passes it to the test, and ends.
fn start_another(control: &Channel) {
    let (process, _) = Part::new("compute", "").held(Holding::default()).start();
    pass(control, process.id());
    // Its channel stays open to the end of this process, and is not what ends it.
    std::mem::forget(process);
}

fn pass(control: &Channel, pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).unwrap();
    control.send_files(b"pidfd", &[pidfd.as_fd()]).unwrap();
    let _ = control.take(&mut vec![0; PACKET_BYTES_MAX], false);
}
