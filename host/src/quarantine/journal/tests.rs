//! Journals of processes that end in every way: each is a child of the test, and waits on a pipe to be ended.

use std::fs;
use std::path::Path;
use std::thread;

use rustix::process::{Pid, Signal, kill_process, waitpid};
use tempfile::TempDir;

use super::table::N_SLOTS;
use super::*;
use crate::isolation::lifetime::ends::{_exit, fork};
use crate::quarantine::child::{self, Child};
use crate::quarantine::{DIED_IN_PROCESS, Quarantine, Selector, State};

const TEST: &str = "quarantine::journal::tests::a_child_plays_its_part";

fn digest(bytes: &[u8]) -> Digest {
    Digest::of(bytes)
}

fn mark(bytes: &[u8]) -> Mark {
    digest(bytes).into()
}

/// A state directory, in which journals lie under `running`.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn running(&self) -> std::path::PathBuf {
        self.dir.path().join("running")
    }

    fn start(&self, part: &str) -> Child {
        child::start(TEST, part, &self.running())
    }

    /// A child that played its part and was killed then.
    fn killed(&self, part: &str) {
        self.start(part).ready().kill();
    }

    fn culprits(&self) -> Vec<Culprit> {
        Journal::culprits(&self.running()).unwrap()
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        fs::read_dir(self.running()).map_or_else(|_| Vec::new(), |all| all.map(|entry| entry.unwrap().path()).collect())
    }

    fn quarantine(&self) -> Quarantine {
        Quarantine::at(self.dir.path().join("quarantine.json"))
    }
}

/// What the children do; in the test's own process nothing.
#[test]
fn a_child_plays_its_part() {
    let Some((part, running)) = child::part() else { return };
    let journal = Journal::open(&running).unwrap();
    let enter = |bytes: &[u8], call| journal.enter(mark(bytes), call);
    match part.as_str() {
        "within" => {
            let _call = enter(b"a", Call::Step);
            child::wait_for_the_end();
        }
        "between" => {
            drop(enter(b"a", Call::Step));
            child::wait_for_the_end();
        }
        "abort" => {
            let _call = enter(b"a", Call::Fit);
            std::process::abort();
        }
        "exit" => {
            let _call = enter(b"a", Call::Load);
            std::process::exit(0);
        }
        "_exit" => {
            let _call = enter(b"a", Call::Drop);
            _exit(0);
        }
        "exit elsewhere" => {
            let (within, ended) = std::sync::mpsc::channel();
            thread::spawn(move || {
                let _call = journal.enter(mark(b"a"), Call::Predict);
                within.send(()).unwrap();
                thread::park();
            });
            ended.recv().unwrap();
            std::process::exit(0);
        }
        "caught signal" => {
            let _call = enter(b"a", Call::Answer);
            end_on_signals();
            child::wait_for_the_end();
        }
        "two threads" => {
            let _ours = enter(b"a", Call::Step);
            let (within, both) = std::sync::mpsc::channel();
            thread::spawn(move || {
                let _theirs = (journal.enter(mark(b"a"), Call::Step), journal.enter(mark(b"b"), Call::Answer));
                within.send(()).unwrap();
                thread::park();
            });
            both.recv().unwrap();
            child::wait_for_the_end();
        }
        "crowd" => {
            let all: Vec<Guard> = (0..N_SLOTS + 45).map(|at| enter(&at.to_ne_bytes(), Call::Answer)).collect();
            let n_recorded = all.iter().filter(|guard| guard.slot.is_some()).count();
            assert_eq!(n_recorded, N_SLOTS);
            child::wait_for_the_end();
        }
        "crowd that left" => {
            let all: Vec<Guard> = (0..N_SLOTS + 45).map(|at| enter(&at.to_ne_bytes(), Call::Answer)).collect();
            drop(all);
            let _call = enter(b"a", Call::Answer);
            child::wait_for_the_end();
        }
        "forked child dies within" => {
            forked(|| {
                let _call = enter(b"a", Call::Step);
                _exit(0);
            });
        }
        "forked child leaves" => {
            let call = enter(b"a", Call::Step);
            let mut call = Some(call);
            forked(|| {
                drop(call.take());
                _exit(0);
            });
            child::wait_for_the_end();
            drop(call);
        }
        "forked child opens" => {
            forked(|| {
                let own = Journal::open(&running).unwrap();
                let _call = own.enter(mark(b"b"), Call::Fit);
                _exit(0);
            });
        }
        other => panic!("no part {other:?}"),
    }
}

/// Runs something in a process that is forked from this one, and waits for its end.
fn forked(run: impl FnOnce()) {
    match fork() {
        0 => {
            run();
            _exit(1);
        }
        pid => {
            let (_, status) = waitpid(Pid::from_raw(pid), rustix::process::WaitOptions::empty()).unwrap().unwrap();
            assert_eq!(status.exit_status(), Some(0));
        }
    }
}

#[test]
fn a_process_that_is_killed_within_a_call_is_found_once() {
    let state = Desk::new();
    let child = state.start("within").ready();
    let pid = child.id();
    child.kill();
    assert_eq!(state.culprits(), [Culprit { digest: digest(b"a"), call: Some(Call::Step), pid }]);
    assert_eq!((state.culprits(), state.files().len()), (Vec::new(), 0));
}

#[test]
fn a_process_that_aborts_or_exits_within_a_call_is_found_with_its_call() {
    for (part, call) in [("abort", Call::Fit), ("exit", Call::Load), ("_exit", Call::Drop)] {
        let state = Desk::new();
        state.start(part).end();
        let found = state.culprits();
        assert_eq!(
            found.iter().map(|culprit| (culprit.digest, culprit.call)).collect::<Vec<_>>(),
            [(digest(b"a"), Some(call))]
        );
    }
}

#[test]
fn a_process_that_ends_between_calls_accuses_nobody() {
    let state = Desk::new();
    state.killed("between");
    assert_eq!(state.files().len(), 1);
    assert_eq!((state.culprits(), state.files().len()), (Vec::new(), 0));
}

#[test]
fn a_process_that_ends_by_itself_leaves_no_file() {
    let state = Desk::new();
    assert!(state.start("between").ready().end().success());
    assert_eq!(state.files().len(), 0);
    assert!(state.start("exit elsewhere").end().success());
    assert_eq!((state.culprits(), state.files().len()), (Vec::new(), 0), "another thread was within a call");
}

#[test]
fn a_signal_from_outside_is_nobodys_fault_where_the_program_says_so() {
    use std::os::unix::process::ExitStatusExt;
    let state = Desk::new();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let child = state.start("caught signal").ready();
        kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), signal).unwrap();
        assert_eq!(child.end().signal(), Some(signal.as_raw()), "it ends of the signal as it would have");
        assert_eq!(state.culprits(), []);
    }
    let child = state.start("within").ready();
    kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), Signal::TERM).unwrap();
    child.end();
    assert_eq!(state.culprits().len(), 1, "nobody can tell it from a death where it does not");
}

#[test]
fn the_journal_of_a_live_process_is_not_touched() {
    let state = Desk::new();
    let child = state.start("within").ready();
    let before = state.files();
    assert_eq!((state.culprits(), state.files()), (Vec::new(), before));
    let ours = Journal::open(&state.running()).unwrap();
    let call = ours.enter(mark(b"b"), Call::Fit);
    assert_eq!((state.culprits(), state.files().len()), (Vec::new(), 2), "nor is this process's own");
    child.kill();
    assert_eq!((state.culprits().len(), state.files().len()), (1, 1));
    drop(call);
}

#[test]
fn what_was_called_before_the_machine_started_again_is_not_accused() {
    let state = Desk::new();
    state.killed("within");
    let [file] = state.files().try_into().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[16..52].copy_from_slice(&[b'0'; 36]);
    fs::write(&file, bytes).unwrap();
    assert_eq!((state.culprits(), state.files().len()), (Vec::new(), 0));
}

#[test]
fn half_made_journals_are_removed_and_what_is_no_journal_is_left() {
    let state = Desk::new();
    state.killed("within");
    let [file] = state.files().try_into().unwrap();
    let (name, whole) = (file.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&file).unwrap());
    let named = |first: &str| state.running().join(format!("{first}-{}", name.split_once('-').unwrap().1));
    for (pid, contents) in [("1", &whole[..0]), ("2", &whole[..5]), ("3", &whole[..100])] {
        fs::write(named(pid), contents).unwrap();
    }
    let mut later = whole.clone();
    later[..8].copy_from_slice(b"ce-run/2");
    let left = [named("4"), named("5"), state.running().join("notes"), state.running().join("6-short")];
    for (path, contents) in left.iter().zip([&later[..], &[&whole[..], b"x"].concat(), &whole, &whole]) {
        fs::write(path, contents).unwrap();
    }
    fs::create_dir(named("7")).unwrap();
    std::os::unix::fs::symlink(&left[2], named("8")).unwrap();
    assert_eq!(state.culprits().len(), 1);
    let mut expected = [&left[..], &[named("7"), named("8")]].concat();
    expected.sort();
    let mut found = state.files();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn every_bundle_that_a_thread_was_within_is_accused_once() {
    let state = Desk::new();
    state.killed("two threads");
    let mut found: Vec<_> = state.culprits().into_iter().map(|culprit| (culprit.digest, culprit.call)).collect();
    found.sort_by_key(|(digest, _)| *digest);
    let mut expected = [(digest(b"a"), Some(Call::Step)), (digest(b"b"), Some(Call::Answer))];
    expected.sort_by_key(|(digest, _)| *digest);
    assert_eq!(found, expected);
}

#[test]
fn more_calls_than_slots_are_made_all_the_same_and_not_recorded() {
    let state = Desk::new();
    state.killed("crowd");
    assert_eq!(state.culprits().len(), N_SLOTS);
    state.killed("crowd that left");
    assert_eq!(state.culprits().len(), 1, "all slots were given back");
}

#[test]
fn a_forked_child_writes_nothing_into_its_parents_journal() {
    let state = Desk::new();
    assert!(state.start("forked child dies within").end().success());
    assert_eq!((state.culprits(), state.files().len()), (Vec::new(), 0));
    state.killed("forked child leaves");
    assert_eq!(state.culprits().len(), 1, "the parent was still within its call");
    assert!(state.start("forked child opens").end().success());
    let found: Vec<_> = state.culprits().into_iter().map(|culprit| (culprit.digest, culprit.call)).collect();
    assert_eq!(found, [(digest(b"b"), Some(Call::Fit))]);
}

#[test]
fn an_unknown_call_is_no_reason_to_be_silent() {
    let state = Desk::new();
    state.killed("within");
    let [file] = state.files().try_into().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let busy = (64..bytes.len()).step_by(64).find(|at| bytes[*at] != 0).unwrap();
    bytes[busy + 4..busy + 8].copy_from_slice(&99_u32.to_ne_bytes());
    fs::write(&file, bytes).unwrap();
    assert_eq!(state.culprits()[0].call, None);
}

#[test]
fn one_journal_serves_a_process_and_one_that_was_taken_away_is_made_again() {
    let state = Desk::new();
    let [first, second] = [(); 2].map(|()| Journal::open(&state.running()).unwrap());
    assert!(std::ptr::eq(first.table.unwrap(), second.table.unwrap()));
    assert_eq!(state.files().len(), 1);
    fs::remove_file(&state.files()[0]).unwrap();
    let third = Journal::open(&state.running()).unwrap();
    assert!(!std::ptr::eq(first.table.unwrap(), third.table.unwrap()));
    assert_eq!(state.files().len(), 1);
    drop(first.enter(mark(b"a"), Call::Fit));
    assert!(Journal::absent().is_absent() && Journal::absent().enter(mark(b"a"), Call::Fit).slot.is_none());
}

#[test]
fn a_mark_is_the_digest() {
    for bytes in [&b""[..], b"a", b"b"] {
        assert_eq!(Digest::from(mark(bytes)), digest(bytes));
    }
}

#[test]
fn every_call_has_a_number_and_a_word_of_its_own() {
    let words: std::collections::BTreeSet<String> = Call::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), Call::ALL.len());
    for (at, call) in Call::ALL.into_iter().enumerate() {
        assert_eq!((call as usize, Call::of(call as u32)), (at + 1, Some(call)));
    }
    assert_eq!((Call::of(0), Call::of(99)), (None, None));
}

#[test]
fn one_death_makes_a_suspect_and_the_second_an_incident() {
    let state = Desk::new();
    let quarantine = state.quarantine();
    let known = |_: &Digest| Some(("a-bundle".to_owned(), Path::new("/plugins/a.so").to_owned()));
    assert_eq!(quarantine.count_deaths(known).unwrap(), []);
    state.start("_exit").end();
    let [suspect] = quarantine.count_deaths(known).unwrap().try_into().unwrap();
    let entries = quarantine.read().unwrap();
    assert_eq!((suspect.count, suspect.suspected, suspect.state(entries.now())), (0, 1, State::Suspected));
    assert_eq!((suspect.bundle.as_deref(), suspect.path.as_deref()), (Some("a-bundle"), Some("/plugins/a.so")));
    assert!(suspect.detail.unwrap().ends_with("ended within its call `drop`"));
    assert_eq!((entries.held(&digest(b"a")), quarantine.count_deaths(known).unwrap().len()), (None, 0));
    state.start("abort").end();
    let [culprit] = quarantine.count_deaths(|_| None).unwrap().try_into().unwrap();
    assert_eq!((culprit.count, culprit.suspected, culprit.reason.as_deref()), (1, 2, Some(DIED_IN_PROCESS)));
    assert_eq!(culprit.bundle.as_deref(), Some("a-bundle"), "what is known stays known");
    assert_eq!(quarantine.read().unwrap().held(&digest(b"a")), Some(&culprit));
}

#[test]
fn deaths_that_cannot_be_counted_are_counted_the_next_time() {
    let state = Desk::new();
    state.killed("within");
    let (quarantine, guard) = (state.quarantine(), state.dir.path().join(".quarantine-edit.lock"));
    fs::create_dir(&guard).unwrap();
    assert_eq!(quarantine.count_deaths(|_| None).unwrap_err().code(), "quarantine.unwritable");
    fs::remove_dir(guard).unwrap();
    assert_eq!(quarantine.count_deaths(|_| None).unwrap().len(), 1);
}

#[test]
fn releasing_forgets_deaths_that_nobody_counted_yet() {
    let state = Desk::new();
    state.killed("within");
    state.killed("within");
    let quarantine = state.quarantine();
    let unknown = quarantine.release(&Selector::Of("another".to_owned())).unwrap_err();
    assert_eq!((unknown.code(), state.files().len()), ("quarantine.unknown", 2), "nothing happened");
    let released = quarantine.release(&Selector::Of(digest(b"a").to_string())).unwrap();
    assert_eq!((released.entries.len(), released.entries[0].suspected), (1, 2));
    assert_eq!((state.files().len(), quarantine.count_deaths(|_| None).unwrap().len()), (0, 0));
}

#[test]
fn a_journal_that_cannot_be_kept_says_why() {
    let state = Desk::new();
    fs::write(state.running(), "a file").unwrap();
    let error = state.quarantine().journal().unwrap_err();
    assert_eq!(error.code(), "quarantine.journal");
    assert!(error.to_string().contains("XDG_STATE_HOME"), "{error}");
}
