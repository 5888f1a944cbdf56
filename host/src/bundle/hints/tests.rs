//! Which files are read again, and that no cache is worse than a slow listing.

use std::cell::Cell;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::bundle::Survey;
use crate::bundle::platform::samples::Elf;

/// A directory with bundles, a cache, and a clock that is far enough ahead for their times to be settled.
struct Scene {
    dir: tempfile::TempDir,
    ahead: Cell<Duration>,
}

impl Scene {
    fn new(n_bundles: usize) -> Self {
        let scene = Self { dir: tempfile::tempdir().unwrap(), ahead: Cell::new(Duration::from_secs(60)) };
        for place in 0..n_bundles {
            scene.write(place, &Elf::default().bytes());
        }
        scene
    }

    fn write(&self, place: usize, bytes: &[u8]) {
        fs::write(self.bundle(place), bytes).unwrap();
        own(&self.bundle(place), 0o644);
    }

    fn bundle(&self, place: usize) -> PathBuf {
        self.dir.path().join(format!("{place:03}.so"))
    }

    fn cache(&self) -> PathBuf {
        self.dir.path().join("cache/ce/bundles.json")
    }

    /// Lists the bundles, and says what was found and how many were read.
    fn list(&self, n_bundles: usize) -> (Vec<Inspected>, usize) {
        self.list_with(Hints::at(self.cache()), n_bundles)
    }

    fn list_with(&self, hints: Hints, n_bundles: usize) -> (Vec<Inspected>, usize) {
        let files: Vec<Candidate> = (0..n_bundles).map(|place| candidate(&self.bundle(place))).collect();
        let n_read = AtomicUsize::new(0);
        let now = SystemTime::now() + self.ahead.get();
        let all = hints.inspected_at(now, &files, |file| {
            n_read.fetch_add(1, Ordering::Relaxed);
            Inspected::read(&file.path)
        });
        (all.into_iter().map(Result::unwrap).collect(), n_read.into_inner())
    }
}

fn candidate(path: &Path) -> Candidate {
    Candidate { path: path.to_owned(), dir: path.parent().unwrap().to_owned() }
}

fn own(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
}

#[cfg(unix)]
mod unix {
    use super::*;

    /// The cache names another digest for a file that did not change: what somebody could write who may write there anyway.
    #[test]
    fn a_hint_is_told_by_listings_and_never_by_what_loads() {
        let scene = Scene::new(1);
        scene.list(1);
        let key = Key::of(&scene.bundle(0)).unwrap();
        let cache = scene.dir.path().join(".cache/ce/bundles.json");
        let (_, mut lie) = store::read(&scene.cache()).unwrap().remove(0);
        lie.digest = Digest::of(b"other bytes");
        store::write(&cache, vec![(key, lie)]).unwrap();

        let environment = crate::config::Environment::from_vars([("HOME", scene.dir.path())]).unwrap();
        let builder = crate::Host::builder().environment(environment).plugins_dir(scene.dir.path());
        let builder = builder.working_dir(scene.dir.path());
        let settings = builder.settings().unwrap();
        let listing = Survey::listed(&settings, &[], Hints::of(settings.places())).unwrap();
        assert_eq!(listing.files()[0].claim.digest, Digest::of(b"other bytes"));
        let without = Survey::listed(&settings, &[], Hints::none()).unwrap();
        let (_, loads) = builder.survey().unwrap();
        for survey in [&*without, &loads] {
            assert_eq!(survey.files()[0].claim.digest, Digest::of(&Elf::default().bytes()));
        }
        assert!(loads.inspected()[0].n_bytes() > 64 && without.inspected()[0].bytes().is_err());
    }

    #[test]
    fn a_second_listing_reads_no_bundle_and_finds_the_same() {
        let scene = Scene::new(5);
        let (cold, n_read) = scene.list(5);
        assert_eq!(n_read, 5);
        let (warm, n_read) = scene.list(5);
        assert_eq!(n_read, 0);
        for (cold, warm) in cold.iter().zip(&warm) {
            assert_eq!((cold.path(), cold.digest(), cold.facts()), (warm.path(), warm.digest(), warm.facts()));
            assert_eq!(cold.manifest(), warm.manifest());
            assert!(cold.bytes().is_err() && warm.bytes().is_err(), "a listing holds nothing that could be mapped");
        }
    }

    #[test]
    fn other_contents_of_the_same_size_with_a_faked_time_are_read() {
        let scene = Scene::new(2);
        scene.list(2);
        let mut bytes = Elf::default().bytes();
        let modified = fs::metadata(scene.bundle(1)).unwrap().modified().unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        scene.write(1, &bytes);
        fs::File::options().write(true).open(scene.bundle(1)).unwrap().set_modified(modified).unwrap();
        let (listed, n_read) = scene.list(2);
        assert_eq!(n_read, 1, "the time of the change tells");
        assert_eq!(listed[1].digest(), Digest::of(&bytes));
    }

    #[test]
    fn what_changed_just_now_is_not_remembered() {
        let scene = Scene::new(1);
        scene.ahead.set(Duration::ZERO);
        assert_eq!((scene.list(1).1, scene.list(1).1), (1, 1));
        assert!(!scene.cache().exists());
        scene.ahead.set(Duration::from_secs(60));
        assert_eq!((scene.list(1).1, scene.list(1).1), (1, 0));
    }

    #[test]
    fn a_time_that_is_to_come_is_not_remembered() {
        let scene = Scene::new(1);
        let later = SystemTime::now() + Duration::from_secs(3600);
        fs::File::options().write(true).open(scene.bundle(0)).unwrap().set_modified(later).unwrap();
        assert_eq!((scene.list(1).1, scene.list(1).1), (1, 1));
    }

    #[test]
    fn what_others_may_write_to_and_links_are_always_read() {
        let scene = Scene::new(1);
        own(&scene.bundle(0), 0o664);
        std::os::unix::fs::symlink("000.so", scene.bundle(1)).unwrap();
        assert_eq!((scene.list(2).1, scene.list(2).1), (2, 2));
    }

    #[test]
    fn a_library_that_needs_others_and_one_without_a_record_are_always_read() {
        let scene = Scene::new(0);
        scene.write(0, &Elf { texts: vec![(1, "libother.so")], ..Elf::default() }.bytes());
        scene.write(1, &Elf { records: vec![], ..Elf::default() }.bytes());
        assert_eq!((scene.list(2).1, scene.list(2).1), (2, 2));
    }

    #[test]
    fn a_cache_that_is_damaged_foreign_or_open_to_others_is_rebuilt() {
        let scene = Scene::new(3);
        scene.list(3);
        let whole = fs::read(scene.cache()).unwrap();
        let text = String::from_utf8(whole.clone()).unwrap();
        let foreign =
            text.replace(&format!("\"host_version\":\"{}\"", env!("CARGO_PKG_VERSION")), "\"host_version\":\"0.0.0\"");
        assert_ne!(foreign, text);
        for (damaged, mode) in [
            (Vec::new(), 0o600),
            (b"null".to_vec(), 0o600),
            (whole[..whole.len() / 2].to_vec(), 0o600),
            (text.replace("sha256:", "md5:").into_bytes(), 0o600),
            (foreign.into_bytes(), 0o600),
            (text.replace("\"format\":1", "\"format\":2").into_bytes(), 0o600),
            (whole.clone(), 0o666),
        ] {
            fs::write(scene.cache(), damaged).unwrap();
            own(&scene.cache(), mode);
            assert_eq!(scene.list(3).1, 3);
            assert_eq!(scene.list(3).1, 0, "it was rebuilt");
            assert_eq!(fs::read(scene.cache()).unwrap(), whole);
        }
        (0..whole.len()).step_by(7).for_each(|end| {
            fs::write(scene.cache(), &whole[..end]).unwrap();
            assert!(store::read(&scene.cache()).is_none());
        });
    }

    #[test]
    fn the_cache_is_the_users_alone() {
        use std::os::unix::fs::MetadataExt;
        let scene = Scene::new(1);
        scene.list(1);
        assert_eq!(fs::metadata(scene.cache()).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_no_error() {
        let scene = Scene::new(1);
        fs::write(scene.dir.path().join("cache"), "a file where a directory would be").unwrap();
        assert_eq!((scene.list(1).1, scene.list(1).1), (1, 1));
        // Nor is one that is too large, or a directory.
        fs::remove_file(scene.dir.path().join("cache")).unwrap();
        fs::create_dir_all(scene.cache()).unwrap();
        assert_eq!((scene.list(1).1, scene.list(1).1), (1, 1));
        fs::remove_dir(scene.cache()).unwrap();
        fs::File::create(scene.cache()).unwrap().set_len(1 << 30).unwrap();
        assert_eq!((scene.list(1).1, scene.list(1).1), (1, 0));
    }

    #[test]
    fn writers_at_the_same_time_leave_a_cache_that_can_be_read() {
        let scene = Scene::new(8);
        let files: Vec<Candidate> = (0..8).map(|place| candidate(&scene.bundle(place))).collect();
        let now = SystemTime::now() + Duration::from_secs(60);
        std::thread::scope(|scope| {
            for first in 0..8 {
                let (files, cache) = (&files, scene.cache());
                scope.spawn(move || {
                    for _ in 0..20 {
                        let hints = Hints { file: Some(cache.clone()), known: HashMap::new() };
                        let listed = hints.inspected_at(now, &files[first..=first], |file| Inspected::read(&file.path));
                        assert!(listed[0].is_ok());
                        assert!(store::read(&cache).is_some(), "readers see one whole file or another");
                    }
                });
            }
        });
        scene.list(8);
        assert_eq!(scene.list(8).1, 0);
    }

    #[test]
    fn a_file_that_is_met_no_more_stays_while_there_is_room() {
        let scene = Scene::new(4);
        scene.list(4);
        scene.write(4, &Elf::default().bytes());
        assert_eq!(scene.list(5).1, 1);
        fs::remove_file(scene.bundle(3)).unwrap();
        assert_eq!(store::read(&scene.cache()).unwrap().len(), 5);
    }
}

#[test]
fn without_a_cache_everything_is_read_and_nothing_kept() {
    let scene = Scene::new(2);
    assert_eq!(scene.list_with(Hints::none(), 2).1, 2);
    assert!(!scene.cache().exists());
}

#[test]
fn work_in_threads_comes_back_in_order() {
    assert_eq!(in_threads(37, &|place| place * 2), (0..37).map(|place| place * 2).collect::<Vec<_>>());
    assert!(in_threads(0, &|place| place).is_empty());
}
