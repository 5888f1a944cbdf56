//! The same through the program `ce`: exit status, code and words, and the next command is answered.

use std::process::Stdio;

use ce_tests::{Scratch, bundle_path, c_bundle};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::loaded::MANIFEST;
use crate::support::{Inputs, User};

const HOSTILE: &str = "test.interval.hostile";

/// A user who trusts the hostile bundle.
fn user(isolation: &str) -> User {
    let user = User::new().config(&format!("[isolation]\n{isolation}\n"));
    let library = bundle_path("hostile");
    user.run(["install", library.to_str().unwrap()]).ok();
    user.run(["trust", HOSTILE]).ok();
    user
}

#[test]
fn a_crash_is_an_error_with_its_code_and_holds_the_bundle_back() {
    let user = user("");
    let option = format!("{HOSTILE}.how=says_and_aborts");
    let asked = ["--mode", "factual", "--interval-plugin", HOSTILE, "--option", &option];
    let words = ["`test-hostile`, `answer`", "its worker crashed (SIGABRT)", "last words"];
    user.ask("explain", &asked).fails(1, "worker.crashed", &words);
    let listed = user.run(["quarantine", "list"]).ok();
    assert!(listed.out.contains("test-hostile") && listed.out.contains("worker.crashed"), "{}", listed.out);
    // Held back now, whatever it would do; without it the request is answered.
    user.ask("explain", &asked[..4]).fails(1, "quarantine.held", &[HOSTILE, "ce quarantine release"]);
    user.ask("explain", &asked[..2]).ok();
    user.run(["quarantine", "release", "test-hostile"]).ok();
    user.ask("explain", &asked[..4]).ok();
}

#[test]
fn a_fallback_is_taken_and_told() {
    let user = user("").var("CE_INTERVAL_PLUGIN_FALLBACKS", "core.interval.legacy");
    let option = format!("{HOSTILE}.how=connects");
    let asked = ["--mode", "factual", "--interval-plugin", HOSTILE, "--option", &option];
    let ran = user.ask("explain", &asked).ok();
    assert!(ran.err.contains("socket"), "{}", ran.err);
    let legacy = user.ask("explain", &["--mode", "factual", "--interval-plugin", "core.interval.legacy"]).ok();
    let numbers = |text: &str| text.split("\"explanations\"").nth(1).map(str::to_owned);
    assert_eq!(numbers(&ran.out), numbers(&legacy.out));
}

#[test]
fn a_constructor_that_runs_away_is_told_by_register() {
    let scratch = Scratch::new();
    for (name, code, words) in [
        ("crashes", "worker.crashed", "SIGSEGV"),
        ("forks", "worker.refused_syscall", "clone"),
        ("loops", "worker.deadline", "`register` took longer than 1 s"),
    ] {
        let user = User::new().config("[isolation]\ndeadlines = { registration = 1 }\n");
        let library = c_bundle(&scratch.path(""), name, MANIFEST, &["-pthread"]);
        user.run(["trust", library.to_str().unwrap()]).ok();
        user.run(["register", library.to_str().unwrap()]).fails(1, code, &["`hostile-c`", words]);
        user.run(["list"]).ok();
    }
}

/// The processes that a process has started and that are not gone.
fn children(process: u32) -> Vec<i32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let of_thread = |thread: std::fs::DirEntry| std::fs::read_to_string(thread.path().join("children")).ok();
    let children = threads.flatten().filter_map(of_thread).collect::<Vec<_>>().join(" ");
    children.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn a_worker_in_a_loop_ends_with_its_host() {
    let user = user("");
    let option = format!("{HOSTILE}.how=loops");
    let asked = ["--mode", "factual", "--interval-plugin", HOSTILE, "--option", &option];
    let arguments = Inputs::default().arguments("explain");
    let arguments = arguments.iter().map(String::as_str).chain(asked);
    let mut host = user.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let worker = loop {
        assert!(host.try_wait().unwrap().is_none(), "the host came back");
        if let Some(worker) = children(host.id()).into_iter().next() {
            break Pid::from_raw(worker).unwrap();
        }
        std::thread::yield_now();
    };
    let worker = pidfd_open(worker, PidfdFlags::empty()).unwrap();
    host.kill().unwrap();
    host.wait().unwrap();
    let ten_seconds = Timespec { tv_sec: 10, tv_nsec: 0 };
    let n_ended = poll(&mut [PollFd::new(&worker, PollFlags::IN)], Some(&ten_seconds)).unwrap();
    assert_eq!(n_ended, 1, "the worker lives on");
}
