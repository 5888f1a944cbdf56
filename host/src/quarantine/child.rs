//! A process for the tests: this very program, started again to play one part. It waits for pipes and never for time.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{self, ChildStdout, Command, ExitStatus, Stdio};

const PART: &str = "QUARANTINE_TEST_PART";
const DIRECTORY: &str = "QUARANTINE_TEST_DIRECTORY";
const READY: &str = "the child is ready";

/// A process that plays a part. It is not told when this is dropped: end it.
#[derive(Debug)]
pub(super) struct Child {
    process: process::Child,
    out: BufReader<ChildStdout>,
}

/// Starts this program again with one of its tests, given by its whole name, which asks for its [`part`].
pub(super) fn start(test: &str, part: &str, directory: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(PART, part).env(DIRECTORY, directory);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(process.stdout.take().unwrap());
    Child { process, out }
}

/// The part that this process plays and the directory that it plays in; none in the test's own process.
pub(super) fn part() -> Option<(String, PathBuf)> {
    Some((env::var(PART).ok()?, env::var_os(DIRECTORY)?.into()))
}

/// Says in the child that its part is played so far, and waits to be ended.
pub(super) fn wait_for_the_end() {
    say_ready();
    let _ = io::stdin().read_to_end(&mut Vec::new());
}

/// Says in the child that its part is played so far.
pub(super) fn say_ready() {
    let mut out = io::stdout();
    writeln!(out, "{READY}").and_then(|()| out.flush()).unwrap();
}

impl Child {
    /// Waits until the child says so.
    pub(super) fn ready(mut self) -> Self {
        let mut line = String::new();
        while !line.contains(READY) {
            line.clear();
            assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "the child ended before it was ready");
        }
        self
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it, and waits until it is gone.
    pub(super) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Tells it to go on to its end, and waits for that.
    pub(super) fn end(mut self) -> ExitStatus {
        drop(self.process.stdin.take());
        io::copy(&mut self.out, &mut io::sink()).unwrap();
        self.process.wait().unwrap()
    }
}
