//! What the bundle does to who runs it, by name. It never does anything that it was not asked for.

use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

use ce_plugin_api::PluginError;
use ce_plugin_api::options::Options;

use crate::system;

/// What is done, where, and to which file.
#[derive(Clone)]
pub(crate) struct Deed {
    pub(crate) how: String,
    place: String,
    path: String,
}

/// More than anybody asked for.
pub(crate) const GIGABYTE: usize = 1 << 30;

impl Deed {
    pub(crate) fn of(options: &str) -> Result<Self, PluginError> {
        let options = Options::<serde_json::Value>::from_json(options)?.plugin;
        let text = |name: &str, default: &str| options[name].as_str().unwrap_or(default).to_owned();
        Ok(Self { how: text("how", "well"), place: text("where", "answer"), path: text("path", "/nowhere") })
    }

    /// Whether this is to be done here.
    pub(crate) fn is(&self, how: &str, here: &str) -> bool {
        self.how == how && self.place == here
    }

    /// Does it, if this is the place. What the system refuses without ending anything is an error with the system's words.
    pub(crate) fn commit(&self, here: &str) -> Result<(), PluginError> {
        if self.place != here {
            return Ok(());
        }
        match self.how.as_str() {
            "well" => Ok(()),
            "panics" => panic!("asked to panic in {here}"),
            "panics_twice" => {
                let _second = PanicsInDrop;
                panic!("asked to panic twice");
            }
            "crashes" => drop_number(system::read_nowhere()),
            "aborts" => std::process::abort(),
            "exits_0" => std::process::exit(0),
            "exits_3" => system::leave(3),
            "overflows" => drop_number(deeper(1)),
            "loops" => loop {
                std::hint::spin_loop();
            },
            "says_and_loops" => {
                say("in the loop\n");
                loop {
                    std::hint::spin_loop();
                }
            }
            "sleeps" => loop {
                std::thread::park_timeout(Duration::from_secs(3600));
            },
            "takes_long" => {
                let start = std::time::Instant::now();
                while start.elapsed() < Duration::from_millis(1500) {
                    std::thread::park_timeout(Duration::from_millis(100));
                }
                Ok(())
            }
            "hoards" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(vec![1_u8; 16 << 20]);
                }
            }
            "hoards_threads" => loop {
                std::thread::spawn(std::thread::park);
            },
            "ignores_the_clock" => {
                system::ignore(libc::SIGXCPU);
                loop {
                    std::hint::spin_loop();
                }
            }
            _ => self.ask_the_system(),
        }
    }

    fn ask_the_system(&self) -> Result<(), PluginError> {
        let own = std::process::id().cast_signed();
        let refused = |outcome: Result<libc::c_long, std::io::Error>| outcome.map(drop).map_err(in_words);
        match self.how.as_str() {
            "stops" => refused(system::signal(own, libc::SIGSTOP)),
            "kills_itself" => refused(system::signal(own, libc::SIGKILL)),
            "kills_its_host" => {
                refused(system::signal(std::os::unix::process::parent_id().cast_signed(), libc::SIGKILL))
            }
            "forks" => drop_number(system::fork()),
            "forks_for_ever" => loop {
                drop(system::call(libc::SYS_clone, [libc::SIGCHLD.into(), 0, 0, 0]));
            },
            "starts_a_program" => std::process::Command::new("/bin/true").status().map(drop).map_err(in_words),
            "connects" => std::net::TcpStream::connect("127.0.0.1:9").map(drop).map_err(in_words),
            "writes_a_file" => std::fs::write(&self.path, "here I was\n").map_err(in_words),
            "reads_a_file" => std::fs::read(&self.path).map(drop).map_err(in_words),
            "removes_a_file" => std::fs::remove_file(&self.path).map_err(in_words),
            "attaches" => refused(system::call(libc::SYS_ptrace, [libc::PTRACE_TRACEME.into(), 0, 0, 0])),
            "maps_uncounted" => refused(system::call(libc::SYS_memfd_create, [0; 4])),
            "asks_in_a_ring" => refused(system::call(libc::SYS_io_uring_setup, [8, 0, 0, 0])),
            "raises_itself" => {
                let games = [
                    (libc::SYS_setpriority, [0, 0, -20, 0]),
                    (libc::SYS_prctl, [libc::PR_SET_PDEATHSIG.into(), 0, 0, 0]),
                    (libc::SYS_prctl, [libc::PR_SET_DUMPABLE.into(), 1, 0, 0]),
                    (libc::SYS_prctl, [libc::PR_SET_SECCOMP.into(), 0, 0, 0]),
                ];
                let won: Vec<usize> =
                    (0..games.len()).filter(|&game| system::call(games[game].0, games[game].1).is_ok()).collect();
                if won.is_empty() { Ok(()) } else { Err(internal(format!("won {won:?}"))) }
            }
            "reads_the_environment" => {
                let found: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
                if found.is_empty() { Ok(()) } else { Err(internal(format!("found {found:?}"))) }
            }
            "closes_standard" => {
                system::close(0..3);
                Ok(())
            }
            "closes_all" => {
                system::close(0..1024);
                Ok(())
            }
            "prints" => {
                say("a line for whoever listens\n");
                Ok(())
            }
            "says_and_aborts" => {
                say("first words\n\x1b[31mlast words\n");
                std::process::abort()
            }
            "floods_and_aborts" => {
                let line = [b"flood ".repeat(1 << 9), b"\n".to_vec()].concat();
                let block = line.repeat((1 << 20) / line.len());
                (0..100).for_each(|_| drop(std::io::stderr().write_all(&block)));
                say("after the flood\n");
                std::process::abort()
            }
            "rounds_upward" => {
                system::round_upward();
                Ok(())
            }
            "moves_house" => {
                // Whether the system lets it or not.
                let _ = std::env::set_current_dir("/");
                system::set_locale(c"C");
                system::block_signals();
                Ok(())
            }
            "speaks_to_all" => {
                system::send_to_all(b"rubbish");
                Ok(())
            }
            "leaves_a_thread" => {
                std::thread::spawn(|| {
                    loop {
                        std::thread::yield_now();
                    }
                });
                Ok(())
            }
            "connects_later" => {
                std::thread::spawn(|| {
                    std::thread::park_timeout(Duration::from_millis(30));
                    std::net::TcpStream::connect("127.0.0.1:9")
                });
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn in_words(error: std::io::Error) -> PluginError {
    internal(error.to_string())
}

/// An error of the bundle's own.
pub(crate) fn internal(message: impl Into<String>) -> PluginError {
    PluginError::new(ce_plugin_api::ErrorCode::Internal, message)
}

/// Writes to standard output, as a library that talks too much.
fn say(words: &str) {
    let mut stdout = std::io::stdout();
    drop(stdout.write_all(words.as_bytes()).and_then(|()| stdout.flush()));
}

fn drop_number<T>(number: T) -> Result<(), PluginError> {
    black_box(number);
    Ok(())
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("asked to panic while panicking");
    }
}

#[allow(unconditional_recursion, reason = "the stack is to end")]
fn deeper(depth: usize) -> usize {
    let room = black_box([depth; 64]);
    deeper(room[0] + 1) + black_box(room)[1]
}
