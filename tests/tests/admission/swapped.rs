//! The file after it was judged: swapped, overwritten or gone, it changes nothing of what is mapped.

use std::fs;

use ce_host::plugin_api::kind::IntervalHandle;
use ce_tests::{Scratch, bundle_path};

use super::{answer, fit, options};

#[test]
fn a_file_that_is_changed_after_judgement_changes_nothing() {
    let other = fs::read(bundle_path("second")).unwrap();
    for case in ["swapped", "overwritten", "cut off", "gone"] {
        let scratch = Scratch::with_trusted(&[bundle_path("shifted")]);
        let path = scratch.plugins_dir().join(bundle_path("shifted").file_name().unwrap());
        let survey = scratch.survey();
        match case {
            "swapped" => {
                fs::remove_file(&path).unwrap();
                fs::write(&path, &other).unwrap();
            }
            "overwritten" => fs::write(&path, &other).unwrap(),
            "cut off" => fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(100).unwrap(),
            _ => fs::remove_file(&path).unwrap(),
        }
        let catalog = survey.load();
        assert!(catalog.failed().is_empty(), "{case}: {:?}", catalog.failed());
        let plugin = catalog.registry().handle::<IntervalHandle>("test.interval.shifted").unwrap();
        let fitted = fit(plugin, &options(&serde_json::json!({ "shift": 0.25 }))).unwrap();
        assert_eq!(answer(&fitted).unwrap(), [0.75, 0.65, 0.85], "{case}");
    }
}

#[test]
fn a_file_that_is_overwritten_after_loading_changes_nothing() {
    let scratch = Scratch::with_trusted(&[bundle_path("shifted")]);
    let path = scratch.plugins_dir().join(bundle_path("shifted").file_name().unwrap());
    let host = scratch.host().build().unwrap();
    let plugin = host.catalog().registry().handle::<IntervalHandle>("test.interval.shifted").unwrap();
    // In place: the inode that a plain dlopen of the path would have mapped.
    let n_bytes = fs::metadata(&path).unwrap().len();
    fs::write(&path, vec![0xcc; usize::try_from(n_bytes).unwrap()]).unwrap();
    let fitted = fit(plugin, &options(&serde_json::json!({ "shift": 0.25 }))).unwrap();
    assert_eq!(answer(&fitted).unwrap(), [0.75, 0.65, 0.85]);
}
