//! The file that is changed at every step on its way in: what runs is what was judged, or nothing runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use ce_host::bundle::discover::{Candidate, discover};
use ce_host::bundle::inspect::Inspected;
use ce_host::bundle::load::{self, Loaded};
use ce_host::bundle::trust::{Judge, Trusted};
use ce_host::plugin_api::kind::IntervalHandle;
use ce_tests::{Scratch, bundle_path};

use super::{answer, fit, options};

/// A trusted bundle in its place, and what somebody does to it.
struct Desk {
    scratch: Scratch,
    path: PathBuf,
    /// Bytes of another bundle, which nobody trusts.
    other: Vec<u8>,
}

/// What somebody does, and the code with which a host refuses what it finds after that.
type Change = (&'static str, fn(&Desk), &'static str);

const CHANGES: &[Change] = &[
    ("replaced by rename", Desk::rename, "trust.unlisted"),
    ("overwritten in place", Desk::overwrite, "trust.unlisted"),
    ("one byte longer", Desk::append, "trust.digest"),
    ("cut off", Desk::cut, "inspect.malformed"),
    ("removed", Desk::remove, "inspect.open"),
    #[cfg(unix)]
    ("a link out of the directory", Desk::link_out, "inspect.outside"),
    #[cfg(unix)]
    ("a link to the same bytes outside", Desk::link_to_a_copy, "inspect.outside"),
    #[cfg(unix)]
    ("a pipe", Desk::pipe, "inspect.not_regular"),
    ("a directory", Desk::directory, "inspect.not_regular"),
    ("its directory replaced", Desk::replace_parent, "trust.unlisted"),
    #[cfg(unix)]
    ("its directory replaced by a link", Desk::link_parent, "trust.unlisted"),
];

impl Desk {
    fn new() -> Self {
        let scratch = Scratch::with_trusted(&[bundle_path("shifted")]);
        let path = scratch.plugins_dir().join(bundle_path("shifted").file_name().unwrap());
        scratch.make_dir("elsewhere");
        Self { scratch, path, other: fs::read(bundle_path("second")).unwrap() }
    }

    fn rename(&self) {
        let new = self.scratch.put("new", &self.other);
        fs::rename(new, &self.path).unwrap();
    }

    fn overwrite(&self) {
        fs::write(&self.path, &self.other).unwrap();
    }

    fn append(&self) {
        let bytes = [fs::read(&self.path).unwrap(), vec![0]].concat();
        fs::write(&self.path, bytes).unwrap();
    }

    fn cut(&self) {
        fs::OpenOptions::new().write(true).open(&self.path).unwrap().set_len(100).unwrap();
    }

    fn remove(&self) {
        fs::remove_file(&self.path).unwrap();
    }

    #[cfg(unix)]
    fn link_out(&self) {
        let outside = self.scratch.path("elsewhere/x.so");
        fs::write(&outside, &self.other).unwrap();
        self.remove();
        std::os::unix::fs::symlink(outside, &self.path).unwrap();
    }

    #[cfg(unix)]
    fn link_to_a_copy(&self) {
        let outside = self.scratch.path("elsewhere/x.so");
        fs::rename(&self.path, &outside).unwrap();
        std::os::unix::fs::symlink(outside, &self.path).unwrap();
    }

    #[cfg(unix)]
    fn pipe(&self) {
        self.remove();
        assert!(std::process::Command::new("mkfifo").arg(&self.path).status().unwrap().success());
    }

    fn directory(&self) {
        self.remove();
        fs::create_dir(&self.path).unwrap();
    }

    fn replace_parent(&self) {
        fs::rename(self.scratch.plugins_dir(), self.scratch.path("old")).unwrap();
        self.scratch.make_dir("plugins");
        self.scratch.put(self.path.file_name().unwrap().to_str().unwrap(), &self.other);
    }

    #[cfg(unix)]
    fn link_parent(&self) {
        self.replace_parent();
        fs::rename(self.scratch.plugins_dir(), self.scratch.path("other-plugins")).unwrap();
        std::os::unix::fs::symlink("other-plugins", self.scratch.plugins_dir()).unwrap();
    }

    fn judge(&self) -> Judge {
        self.scratch.survey().judge().clone()
    }

    fn discover(&self) -> Candidate {
        discover(&[self.scratch.plugins_dir()]).candidates.pop().expect("one file lies there")
    }
}

/// The trusted bytes, or the code of the refusal.
fn judged(judge: &Judge, candidate: &Candidate) -> Result<Trusted, &'static str> {
    let inspected = Inspected::read_in(candidate, false).map_err(|error| error.code())?;
    let mut judgement = judge.judge(vec![judge.keep(inspected)]);
    judgement.trusted.pop().ok_or_else(|| judgement.refused[0].code())
}

/// That the code of the bundle that was judged is what answers.
#[track_caller]
fn assert_answers_as_judged(loaded: &Loaded, case: &str) {
    let (_, plugin) = loaded.plugins.iter().find(|(info, _)| info.identifier == "test.interval.shifted").unwrap();
    let ce_host::bundle::registry::Plugin::Interval(plugin) = plugin else { panic!("{case}: of another kind") };
    let fitted = fit(plugin, &options(&serde_json::json!({ "shift": 0.25 }))).unwrap();
    assert_eq!(answer(&fitted).unwrap(), [0.75, 0.65, 0.85], "{case}");
}

#[test]
fn a_file_that_is_changed_after_discovery_is_judged_as_what_it_is_then() {
    for (case, change, expected) in CHANGES {
        let desk = Desk::new();
        let (judge, candidate) = (desk.judge(), desk.discover());
        change(&desk);
        assert_eq!(judged(&judge, &candidate).unwrap_err(), *expected, "{case}");
    }
}

#[test]
fn a_file_that_is_changed_after_inspection_changes_nothing() {
    for (case, change, _) in CHANGES {
        let desk = Desk::new();
        let judge = desk.judge();
        let inspected = judge.keep(Inspected::read_in(&desk.discover(), false).unwrap());
        change(&desk);
        let trusted = judge.judge(vec![inspected]).trusted.pop().expect(case);
        assert_answers_as_judged(&load::load(trusted).expect(case), case);
    }
}

#[test]
fn a_file_that_is_changed_between_judgement_and_load_changes_nothing() {
    for (case, change, _) in CHANGES {
        let desk = Desk::new();
        let trusted = judged(&desk.judge(), &desk.discover()).expect(case);
        change(&desk);
        assert_answers_as_judged(&load::load(trusted).expect(case), case);
    }
}

#[test]
fn a_file_that_is_changed_after_the_survey_changes_nothing() {
    for (case, change, _) in CHANGES {
        let desk = Desk::new();
        let host = desk.scratch.host();
        let (_, survey) = host.survey().unwrap();
        change(&desk);
        let catalog = survey.load();
        assert!(catalog.failed().is_empty(), "{case}: {:?}", catalog.failed());
        let plugin = catalog.registry().handle::<IntervalHandle>("test.interval.shifted").unwrap();
        let fitted = fit(plugin, &options(&serde_json::json!({ "shift": 0.25 }))).unwrap();
        assert_eq!(answer(&fitted).unwrap(), [0.75, 0.65, 0.85], "{case}");
    }
}

#[test]
fn a_file_that_is_overwritten_after_loading_changes_nothing() {
    let desk = Desk::new();
    let loaded = load::load(judged(&desk.judge(), &desk.discover()).unwrap()).unwrap();
    // In place: the inode that a plain dlopen of the path would have mapped.
    let n_bytes = fs::metadata(&desk.path).unwrap().len();
    fs::write(&desk.path, vec![0xcc; usize::try_from(n_bytes).unwrap()]).unwrap();
    assert_answers_as_judged(&loaded, "overwritten");
}

/// Reads a file again and again while `write` changes it, and judges what was read. Each time it is the pinned bytes that
/// are trusted, or nothing is. The last one is read when the writer has gone, and left the pinned bytes.
fn read_while(write: impl Fn(&Path, &[u8], &[u8]) + Sync) {
    const N_READS: usize = 60;
    let desk = Desk::new();
    let (judge, candidate) = (desk.judge(), desk.discover());
    let pinned = fs::read(&desk.path).unwrap();
    let mut other = pinned.clone();
    other.iter_mut().skip(4096).for_each(|byte| *byte ^= 1);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                write(&desk.path, &pinned, &other);
            }
        });
        for _ in 0..N_READS {
            match judged(&judge, &candidate) {
                Ok(trusted) => assert_eq!(trusted.inspected().bytes().unwrap(), pinned),
                Err(code) => assert!(code.starts_with("trust.") || code.starts_with("inspect."), "{code}"),
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    desk.scratch.put(desk.path.file_name().unwrap().to_str().unwrap(), &pinned);
    assert_answers_as_judged(&load::load(judged(&judge, &candidate).unwrap()).unwrap(), "the writer has gone");
}

#[test]
fn a_writer_in_place_during_the_read_never_has_a_mixture_trusted() {
    read_while(|path, pinned, other| {
        for bytes in [other, pinned] {
            let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
            bytes.chunks(64 << 10).for_each(|chunk| std::io::Write::write_all(&mut file, chunk).unwrap());
        }
    });
}

#[test]
fn a_writer_who_cuts_the_file_off_during_the_read_has_nothing_trusted() {
    read_while(|path, pinned, _| fs::write(path, pinned).unwrap());
}

#[test]
fn a_writer_who_renames_during_the_read_has_one_file_or_the_other_judged() {
    read_while(|path, pinned, other| {
        for bytes in [other, pinned] {
            let new = path.with_extension("new");
            fs::write(&new, bytes).unwrap();
            fs::rename(&new, path).unwrap();
        }
    });
}
