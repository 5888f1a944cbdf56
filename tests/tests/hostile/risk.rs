//! A host with a hostile bundle in its own process, as a child of the test: it may not live, and then the next one must know
//! of whom it died. It never lets such a bundle into the test's own process.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};

use ce_tests::program_path;
use serde_json::{Value, json};

use crate::places::Places;

/// How a child came to its end, and what it wrote before.
#[derive(Debug)]
pub(crate) struct Ran {
    status: ExitStatus,
    lines: Vec<Value>,
}

/// What becomes of a host that lets the bundle in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The bundle is not let in, for this reason, and the host lives.
    Refused(&'static str),
    /// It answers, and the host lives.
    Lives,
    /// The signal ends the host.
    Signal(i32),
    /// The host ends with that status.
    Exits(i32),
    /// The host never comes back, and somebody kills it.
    Hangs,
}

fn command(places: &Places, how: &str, place: &str) -> Command {
    let mut host = Command::new(program_path("risk"));
    host.args([places.scratch.config(), places.scratch.plugins_dir()]).args([how, place]).env_clear();
    host.env("XDG_STATE_HOME", places.state()).env("CE_TRUST_PLUGIN", places.trusted());
    host.env("HOSTILE_WRITES", places.scratch.path("written"));
    host
}

fn run(places: &Places, how: &str, place: &str) -> Ran {
    let output = command(places, how, place).output().unwrap();
    let lines = output.stdout.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
    Ran { status: output.status, lines: lines.collect() }
}

/// Kills the host once its bundle says that it is in the loop.
fn run_and_kill(places: &Places, how: &str, place: &str) -> Ran {
    let mut child = command(places, how, place).stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said: Vec<String> = said.take_while(|line| line != "in the loop").collect();
    child.kill().unwrap();
    let lines = said.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Ran { status: child.wait().unwrap(), lines }
}

/// Lets the bundle of that name in, and checks what becomes of the host. A host that it takes down is found out by the next
/// one; after two deaths the bundle is held back, and the third one lives.
pub(crate) fn check(places: &Places, bundle: &str, how: &str, place: &str, fate: Fate) {
    let case = format!("{how} in {place}");
    let run = if fate == Fate::Hangs { run_and_kill } else { run };
    let first = run(places, how, place);
    match fate {
        Fate::Refused(code) => {
            assert!(first.status.success(), "{case}: {first:?}");
            assert_eq!(first.lines[0]["failed"], json!([[bundle, code]]), "{case}: {first:?}");
        }
        Fate::Lives => {
            assert!(first.status.success(), "{case}: {first:?}");
            assert_eq!(first.lines[0], json!({ "failed": [], "suspects": [] }), "{case}");
            assert_eq!(first.lines[1], json!({ "outcome": 0.5 }), "{case}");
        }
        Fate::Signal(_) | Fate::Exits(_) | Fate::Hangs => {
            assert_ended(&first, fate, &case);
            let second = run(places, how, place);
            assert_ended(&second, fate, &case);
            // What dies while it is mapped dies before the host can say whom it suspects.
            if let Some(known) = second.lines.first() {
                assert_eq!(known["suspects"], json!([[bundle, 1]]), "{case}: {second:?}");
            }
            let third = self::run(places, how, place);
            assert!(third.status.success(), "{case}: {third:?}");
            let known = json!({ "failed": [[bundle, "quarantine.held"]], "suspects": [[bundle, 2]] });
            assert_eq!(third.lines, [known, json!({ "outcome": "none" })], "{case}: {third:?}");
        }
    }
}

fn assert_ended(ran: &Ran, fate: Fate, case: &str) {
    let expected = match fate {
        Fate::Signal(signal) => (Some(signal), None),
        Fate::Exits(status) => (None, Some(status)),
        _ => (Some(libc::SIGKILL), None),
    };
    assert_eq!((ran.status.signal(), ran.status.code()), expected, "{case}: {ran:?}");
}
