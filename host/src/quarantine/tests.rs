//! The quarantine as a file and as a memory: what is held, for how long, what is an error, and what is never lost.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::document::{ENTRIES_MAX, TEXT_MAX};
use super::*;
use crate::config::{Call as Asked, Environment};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// A state directory, a quarantine in it and a clock that the test moves.
struct Desk {
    _dir: TempDir,
    seconds: Arc<AtomicU64>,
    quarantine: Quarantine,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let seconds = Arc::new(AtomicU64::new(1_800_000_000));
        let clock = Arc::clone(&seconds);
        let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed));
        let quarantine = Quarantine::at(dir.path().join("state/quarantine.json")).with_clock(now);
        Self { _dir: dir, seconds, quarantine }
    }

    /// A desk with a file of this text.
    fn with(text: impl AsRef<[u8]>) -> Self {
        let desk = Self::new();
        fs::create_dir_all(desk.file().parent().unwrap()).unwrap();
        fs::write(desk.file(), text).unwrap();
        desk
    }

    fn file(&self) -> &Path {
        self.quarantine.file().unwrap()
    }

    fn document(&self) -> Value {
        serde_json::from_slice(&fs::read(self.file()).unwrap()).unwrap()
    }

    fn later(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    fn earlier(&self, seconds: u64) {
        self.seconds.fetch_sub(seconds, Ordering::Relaxed);
    }

    fn record(&self, bytes: &[u8]) -> Entry {
        self.quarantine.record(&incident(bytes)).unwrap()
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        self.quarantine.read().unwrap().held(&Digest::of(bytes)).is_some()
    }

    fn n_entries(&self) -> usize {
        self.quarantine.read().unwrap().iter().len()
    }

    /// Keeps the file from being written until [`Desk::let_write`].
    fn forbid_writing(&self) {
        if self.guard().exists() {
            fs::remove_file(self.guard()).unwrap();
        }
        fs::create_dir_all(self.guard()).unwrap();
    }

    fn let_write(&self) {
        fs::remove_dir(self.guard()).unwrap();
    }

    fn guard(&self) -> PathBuf {
        self.file().with_file_name(".quarantine-edit.lock")
    }
}

fn incident(bytes: &[u8]) -> Incident<'static> {
    Incident {
        digest: Digest::of(bytes),
        bundle: "a-bundle",
        path: Path::new("/plugins/a.so"),
        reason: "worker.crashed",
        detail: "signal 11",
    }
}

fn named(bytes: &[u8], bundle: &'static str) -> Incident<'static> {
    Incident { bundle, ..incident(bytes) }
}

/// An entry as it stands in a file.
fn entry(bytes: &[u8]) -> Value {
    let (digest, time) = (Digest::of(bytes), "2027-01-15T08:00:00Z");
    json!({"digest": digest, "host_version": HOST_VERSION, "count": 1, "first": time, "last": time})
}

fn file(version: &str, entries: &[Value]) -> String {
    json!({"schema_version": version, "entries": entries}).to_string()
}

#[test]
fn an_absent_file_holds_nothing_and_reading_makes_none() {
    let desk = Desk::new();
    assert_eq!((desk.n_entries(), desk.holds(b"a")), (0, false));
    assert!(!desk.file().parent().unwrap().exists());
}

#[test]
fn an_incident_holds_until_its_back_off_ends() {
    let desk = Desk::new();
    let entry = desk.record(b"a");
    assert_eq!((entry.count, entry.reason.as_deref()), (1, Some("worker.crashed")));
    assert!(desk.holds(b"a") && !desk.holds(b"b"));
    desk.later(MINUTE - 1);
    assert!(desk.holds(b"a"));
    desk.later(1);
    assert!(!desk.holds(b"a"));
    assert_eq!(desk.quarantine.read().unwrap().iter().next().unwrap().state(desk.quarantine.now()), State::Lapsed);
}

#[test]
fn the_back_off_doubles_from_a_minute_to_a_day() {
    let desk = Desk::new();
    let held_for = |_: usize| {
        let entry = desk.record(b"a");
        entry.until.unwrap().duration_since(entry.last).unwrap().as_secs() / MINUTE
    };
    let minutes: Vec<u64> = (0..13).map(held_for).collect();
    assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440]);
    let text = fs::read_to_string(desk.file()).unwrap();
    fs::write(desk.file(), text.replace("\"count\": 13", &format!("\"count\": {}", u32::MAX))).unwrap();
    assert_eq!((desk.record(b"a").count, held_for(0)), (u32::MAX, 1440));
}

#[test]
fn other_bytes_and_another_host_are_not_held() {
    let desk = Desk::new();
    desk.record(b"a");
    let text = fs::read_to_string(desk.file()).unwrap();
    fs::write(desk.file(), text.replace(&format!("\"{HOST_VERSION}\""), "\"0.0.9\"")).unwrap();
    assert!(!desk.holds(b"a"));
    let entries = desk.quarantine.read().unwrap();
    assert_eq!(entries.iter().next().unwrap().state(entries.now()), State::OtherHost);
    assert_eq!(desk.record(b"a").count, 1, "this host begins to count");
    assert_eq!((desk.n_entries(), desk.holds(b"a")), (2, true));
}

#[test]
fn a_clock_that_is_set_back_a_little_releases_nothing() {
    let desk = Desk::new();
    desk.record(b"a");
    desk.earlier(MINUTE - 1);
    assert!(desk.holds(b"a"));
    // Any edit brings the times in order: it holds for its back-off from now on.
    desk.record(b"b");
    desk.later(MINUTE - 1);
    assert!(desk.holds(b"a"));
    desk.later(1);
    assert!(!desk.holds(b"a"));
}

#[test]
fn an_incident_in_the_far_future_holds_nothing_before_and_after_an_edit() {
    let desk = Desk::new();
    desk.record(b"a");
    desk.earlier(365 * DAY);
    assert!(!desk.holds(b"a"));
    desk.record(b"b");
    assert!(!desk.holds(b"a") && desk.holds(b"b"));
    assert_eq!(desk.record(b"a").count, 2, "what it did is not forgotten");
    assert!(desk.holds(b"a"));
    desk.later(2 * MINUTE);
    assert!(!desk.holds(b"a"));
}

#[test]
fn times_that_no_clock_shows_are_kept_within_what_can_be_written() {
    let desk = Desk::new();
    for seconds in [0, u64::from(u32::MAX) * 1000] {
        desk.seconds.store(seconds, Ordering::Relaxed);
        desk.record(b"a");
        assert!(desk.holds(b"a"), "{seconds}");
    }
    let before_1970 = desk.quarantine.clone().with_clock(|| SystemTime::UNIX_EPOCH - Duration::from_secs(9));
    before_1970.record(&incident(b"b")).unwrap();
    assert!(before_1970.read().unwrap().held(&Digest::of(b"b")).is_some());
}

#[test]
fn nobody_is_held_for_longer_than_the_count_says() {
    let mut forever = entry(b"a");
    forever["until"] = json!("2999-01-01T00:00:00Z");
    let desk = Desk::with(file("1.0.0", &[forever]));
    let entries = desk.quarantine.read().unwrap();
    assert_eq!(rfc3339::text(entries.iter().next().unwrap().until.unwrap()), "2027-01-15T08:01:00Z");
    let mut shorter = entry(b"a");
    shorter["until"] = json!("2027-01-15T08:00:00Z");
    assert!(!Desk::with(file("1.0.0", &[shorter])).holds(b"a"), "but for less, if the user wrote so");
}

#[test]
fn what_happened_long_ago_is_forgotten() {
    let desk = Desk::new();
    desk.record(b"a");
    desk.later(30 * DAY + MINUTE);
    desk.record(b"b");
    assert_eq!(desk.n_entries(), 2);
    desk.later(MINUTE);
    desk.record(b"b");
    assert_eq!(desk.n_entries(), 1);
}

#[test]
fn what_is_no_quarantine_is_an_error_and_never_an_empty_one() {
    let not_an_entry = |key: &str, value: Value| {
        let mut entry = entry(b"a");
        entry[key] = value;
        file("1.0.0", &[entry])
    };
    let texts = [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        json!({"schema_version": "1.0.0"}).to_string(),
        json!({"schema_version": 1, "entries": []}).to_string(),
        file("one", &[]),
        file("1.0.0", &[json!({})]),
        file("1.0.0", &[entry(b"a"), entry(b"a")]),
        not_an_entry("digest", json!("sha256:00")),
        not_an_entry("count", json!(-1)),
        not_an_entry("count", json!(1_u64 << 40)),
        not_an_entry("last", json!("yesterday")),
        not_an_entry("last", Value::Null),
        not_an_entry("until", json!(3)),
        format!("{} x", file("1.0.0", &[])),
        "[".repeat(100_000),
    ];
    for text in &texts {
        let desk = Desk::with(text);
        let start: String = text.chars().take(200).collect();
        let error = desk.quarantine.read().expect_err(&start);
        assert_eq!(error.code(), "quarantine.malformed", "{start}");
        assert!(error.to_string().contains("ce quarantine release --all"), "{error}");
        assert_eq!(desk.quarantine.record(&incident(b"a")).unwrap_err().code(), "quarantine.malformed");
        assert_eq!(fs::read(desk.file()).unwrap(), text.as_bytes(), "left as it was");
    }
    assert_eq!(Desk::with(b"{\xff}").quarantine.read().unwrap_err().code(), "quarantine.malformed");
    let desk = Desk::new();
    fs::create_dir_all(desk.file()).unwrap();
    assert_eq!(desk.quarantine.read().unwrap_err().code(), "quarantine.unreadable");
}

#[test]
fn a_later_major_version_is_left_to_those_who_know_it() {
    let text = file("2.0.0", &[json!("anything")]);
    let desk = Desk::with(&text);
    for error in [
        desk.quarantine.read().unwrap_err(),
        desk.quarantine.record(&incident(b"a")).unwrap_err(),
        desk.quarantine.release(&Selector::All).unwrap_err(),
    ] {
        assert_eq!(error.code(), "quarantine.schema_version");
        assert!(error.to_string().contains("found 2.0.0"), "{error}");
    }
    assert_eq!(fs::read_to_string(desk.file()).unwrap(), text);
}

#[test]
fn what_a_later_minor_version_added_survives_an_edit() {
    let mut later = entry(b"a");
    later["signature"] = json!({"by": "somebody"});
    let mut text: Value = serde_json::from_str(&file("1.7.0", &[later])).unwrap();
    text["note"] = json!([1, 2]);
    let desk = Desk::with(text.to_string());
    desk.record(b"a");
    desk.record(b"b");
    let found = desk.document();
    assert_eq!((&found["schema_version"], &found["note"]), (&json!("1.7.0"), &json!([1, 2])));
    let entries = found["entries"].as_array().unwrap();
    let ours = entries.iter().find(|entry| entry["digest"] == json!(Digest::of(b"a"))).unwrap();
    assert_eq!((&ours["signature"]["by"], &ours["count"]), (&json!("somebody"), &json!(2)));
}

#[cfg(unix)]
#[test]
fn a_file_that_everybody_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::with(file("1.0.0", &[]));
    let set = |mode| fs::set_permissions(desk.file(), fs::Permissions::from_mode(mode)).unwrap();
    set(0o646);
    for error in [desk.quarantine.read().unwrap_err(), desk.quarantine.release(&Selector::All).unwrap_err()] {
        assert_eq!(error.code(), "quarantine.world_writable");
        assert!(error.to_string().contains("chmod o-w"), "{error}");
    }
    set(0o664);
    assert_eq!(desk.n_entries(), 0);
    desk.record(b"a");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(desk.file()), 0o600, "it names files of the user");
    let fresh = Desk::new();
    fresh.record(b"a");
    assert_eq!(mode(fresh.file().parent().unwrap()), 0o700);
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_in_its_place_is_an_error_and_not_waited_for() {
    let desk = Desk::new();
    fs::create_dir_all(desk.file().parent().unwrap()).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, desk.file(), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(desk.quarantine.read().unwrap_err().code(), "quarantine.unreadable");
}

#[test]
fn what_cannot_be_written_is_remembered_and_written_later() {
    let desk = Desk::new();
    desk.record(b"a");
    desk.forbid_writing();
    let error = desk.quarantine.record(&incident(b"a")).unwrap_err();
    assert_eq!(error.code(), "quarantine.unwritable");
    assert!(error.to_string().contains("XDG_STATE_HOME"), "{error}");
    desk.quarantine.record(&incident(b"b")).unwrap_err();
    let clone = desk.quarantine.clone().read().unwrap();
    assert_eq!((clone.held(&Digest::of(b"a")).unwrap().count, clone.held(&Digest::of(b"b")).unwrap().count), (2, 1));
    assert!(Quarantine::at(desk.file()).read().unwrap().held(&Digest::of(b"b")).is_none(), "nobody else knows");
    desk.let_write();
    desk.later(1);
    assert_eq!(desk.record(b"c").count, 1);
    let counts: Vec<Value> =
        desk.document()["entries"].as_array().unwrap().iter().map(|entry| entry["count"].clone()).collect();
    assert_eq!((counts.len(), counts.iter().filter(|count| **count == json!(2)).count()), (3, 1));
    assert_eq!(desk.quarantine.memory().clone().into_entries(), []);
}

#[test]
fn memory_does_not_make_the_file_forget() {
    let desk = Desk::new();
    for _ in 0..5 {
        desk.record(b"a");
    }
    let good = fs::read(desk.file()).unwrap();
    fs::write(desk.file(), "damaged").unwrap();
    desk.later(1);
    desk.quarantine.record(&incident(b"a")).unwrap_err();
    assert_eq!(desk.quarantine.read().unwrap_err().code(), "quarantine.malformed", "memory stands for no file");
    fs::write(desk.file(), good).unwrap();
    let entries = desk.quarantine.read().unwrap();
    let held = entries.held(&Digest::of(b"a")).unwrap();
    assert_eq!((held.count, held.until.unwrap().duration_since(held.last).unwrap().as_secs()), (5, 16 * MINUTE));
    assert_eq!(desk.record(b"a").count, 6);
}

#[test]
fn entries_are_bounded_and_the_newest_is_always_held() {
    let counted_twice = |at: usize| {
        let mut entry = entry(&at.to_ne_bytes());
        entry["count"] = json!(2);
        entry
    };
    let desk = Desk::with(file("1.0.0", &(0..ENTRIES_MAX).map(counted_twice).collect::<Vec<_>>()));
    for bytes in [b"a", b"b"] {
        desk.later(1);
        desk.record(bytes);
        assert!(desk.holds(bytes));
        assert_eq!(desk.n_entries(), ENTRIES_MAX);
    }
    let many: Vec<Value> = (0..2 * ENTRIES_MAX).map(|at| entry(&at.to_ne_bytes())).collect();
    let written_by_hand = Desk::with(file("1.0.0", &many));
    assert_eq!(written_by_hand.n_entries(), 2 * ENTRIES_MAX);
    written_by_hand.record(b"a");
    assert_eq!(written_by_hand.n_entries(), ENTRIES_MAX);
    let memory = Desk::new();
    memory.forbid_writing();
    for at in 0..ENTRIES_MAX + 3 {
        memory.quarantine.record(&incident(&at.to_ne_bytes())).unwrap_err();
    }
    assert_eq!(memory.n_entries(), ENTRIES_MAX);
}

#[test]
fn texts_of_strangers_are_bounded_and_harmless() {
    let desk = Desk::new();
    let long = "x\u{1b}".repeat(TEXT_MAX);
    let recorded = desk.quarantine.record(&Incident {
        bundle: &long,
        path: Path::new(&long),
        reason: &long,
        detail: &long,
        ..incident(b"a")
    });
    let entry = recorded.unwrap();
    for text in [entry.bundle, entry.path, entry.reason, entry.detail].map(Option::unwrap) {
        assert_eq!(text.chars().count(), TEXT_MAX);
        assert!(!text.contains('\u{1b}'));
    }
    assert!(desk.holds(b"a"), "what was written can be read");
}

#[test]
fn the_same_entries_are_the_same_bytes() {
    let [forward, backward] = [["a", "b", "c"], ["c", "b", "a"]].map(|names| {
        let desk = Desk::new();
        names.iter().for_each(|name| drop(desk.record(name.as_bytes())));
        fs::read_to_string(desk.file()).unwrap()
    });
    assert_eq!(forward, backward);
    assert!(forward.ends_with("}\n"));
}

#[test]
fn a_bundle_is_released_by_digest_beginning_or_name() {
    let digest = Digest::of(b"a").to_string();
    for wanted in
        [&digest[..], &digest[..11], &digest[7..13], &digest[7..].to_uppercase(), "a-bundle"].map(str::to_owned)
    {
        let desk = Desk::new();
        desk.record(b"a");
        desk.quarantine.record(&named(b"b", "b-bundle")).unwrap();
        let released = desk.quarantine.release(&Selector::Of(wanted.clone())).unwrap();
        assert_eq!(
            released.entries.iter().map(|entry| entry.digest).collect::<Vec<_>>(),
            [Digest::of(b"a")],
            "{wanted}"
        );
        assert!(!released.is_replaced && !desk.holds(b"a") && desk.holds(b"b"));
        assert_eq!(desk.record(b"a").count, 1, "and what it did is forgotten");
    }
}

#[test]
fn a_name_stands_for_all_its_builds_and_comes_before_a_beginning() {
    let desk = Desk::new();
    let digest = Digest::of(b"c").to_string();
    let name: &'static str = String::leak(digest[7..12].to_owned());
    for bytes in [b"a", b"b"] {
        desk.quarantine.record(&named(bytes, name)).unwrap();
    }
    desk.record(b"c");
    assert_eq!(desk.quarantine.release(&Selector::Of(name.to_owned())).unwrap().entries.len(), 2);
    assert!(desk.holds(b"c"));
    assert_eq!(desk.quarantine.release(&Selector::Of(name.to_owned())).unwrap().entries.len(), 1, "now its beginning");
}

#[test]
fn what_is_meant_by_nothing_or_by_several_is_said() {
    let desk = Desk::new();
    // Two digests that begin with the same four digits, found by counting.
    let start = |at: u32| Digest::of(&at.to_ne_bytes()).to_string()[..11].to_owned();
    let mut first_of = BTreeMap::new();
    let pair = (0..).find_map(|at| first_of.insert(start(at), at).map(|before| [before, at])).unwrap();
    for at in pair {
        desk.record(&at.to_ne_bytes());
    }
    let release = |wanted: &str| desk.quarantine.release(&Selector::Of(wanted.to_owned())).unwrap_err();
    let ambiguous = release(&start(pair[0]));
    assert_eq!(ambiguous.code(), "quarantine.ambiguous");
    for at in pair {
        assert!(ambiguous.to_string().contains(&Digest::of(&at.to_ne_bytes()).to_string()), "{ambiguous}");
    }
    for (wanted, code, says) in [
        ("a-bundel", "quarantine.unknown", "did you mean `a-bundle`?"),
        ("something", "quarantine.unknown", "`ce quarantine list`"),
        ("", "quarantine.unknown", ""),
        ("abc", "quarantine.unknown", ""),
        ("sha256:", "quarantine.target", "at least 4 hexadecimal digits"),
        ("sha256:abc", "quarantine.target", "found `sha256:abc`"),
        ("sha256:wxyz", "quarantine.target", ""),
        (&format!("{}0", Digest::of(b"a")), "quarantine.unknown", ""),
        ("a\u{1b}b", "quarantine.unknown", "`a\u{fffd}b`"),
    ] {
        let error = release(wanted);
        assert_eq!(error.code(), code, "{wanted}");
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(desk.n_entries(), 2);
}

#[test]
fn releasing_everything_replaces_a_malformed_file_and_says_so() {
    let desk = Desk::with("damaged");
    let released = desk.quarantine.release(&Selector::All).unwrap();
    assert_eq!((released.is_replaced, released.entries.len(), desk.n_entries()), (true, 0, 0));
    desk.record(b"a");
    let released = desk.quarantine.release(&Selector::All).unwrap();
    assert_eq!((released.is_replaced, released.entries.len(), desk.holds(b"a")), (false, 1, false));
    assert_eq!(desk.quarantine.release(&Selector::All).unwrap().entries, []);
}

#[test]
fn hosts_without_a_state_directory_share_a_quarantine() {
    let nobody = Environment::from_vars(Vec::<(&str, &str)>::new()).unwrap();
    let places = Places::find(&Asked::default(), &nobody, Path::new("/"));
    let [first, second] = [(); 2].map(|()| Quarantine::of(&places));
    assert!(first.file().is_none() && first.journal().unwrap().is_absent());
    assert_eq!(first.count_deaths(|_| None).unwrap(), []);
    assert_eq!(first.record(&incident(b"without a place")).unwrap().count, 1);
    assert!(second.read().unwrap().held(&Digest::of(b"without a place")).is_some());
    second.release(&Selector::Of(Digest::of(b"without a place").to_string())).unwrap();
    assert!(first.read().unwrap().held(&Digest::of(b"without a place")).is_none());
}

#[test]
fn an_entry_says_why_and_what_to_do() {
    let desk = Desk::new();
    let [first, second] = [(); 2].map(|()| desk.record(b"a"));
    assert!(first.why().contains("after one incident, the last one worker.crashed (signal 11)"), "{}", first.why());
    assert!(second.why().contains("until 2027-01-15T08:02:00Z after 2 incidents"), "{}", second.why());
    assert!(second.remedy().contains(&format!("ce quarantine release {}", Digest::of(b"a"))));
}

#[cfg(unix)]
const N_THREADS: usize = 4;
#[cfg(unix)]
const N_EACH: usize = 5;

/// Threads that record at once, half of them through the same quarantine.
#[cfg(unix)]
fn record_at_once(file: &Path) {
    let shared = Quarantine::at(file);
    std::thread::scope(|scope| {
        for thread_idx in 0..N_THREADS {
            let quarantine = if thread_idx % 2 == 0 { shared.clone() } else { Quarantine::at(file) };
            scope.spawn(move || (0..N_EACH).for_each(|_| drop(quarantine.record(&incident(b"a")).unwrap())));
        }
    });
}

#[cfg(unix)]
#[test]
fn a_child_records() {
    if let Some((_, directory)) = child::part() {
        record_at_once(&directory.join("quarantine.json"));
        child::say_ready();
    }
}

#[cfg(unix)]
#[test]
fn edits_of_many_threads_and_processes_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let start = || child::start("quarantine::tests::a_child_records", "record", dir.path());
    let children: Vec<_> = (0..3).map(|_| start()).collect();
    record_at_once(&dir.path().join("quarantine.json"));
    let n_processes = children.len() + 1;
    children.into_iter().for_each(|child| assert!(child.ready().end().success()));
    let entries = Quarantine::at(dir.path().join("quarantine.json")).read().unwrap();
    let counted = usize::try_from(entries.iter().next().unwrap().count).unwrap();
    assert_eq!(counted, n_processes * N_THREADS * N_EACH);
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "the file and its guard, and no half-written one: {names:?}");
}
