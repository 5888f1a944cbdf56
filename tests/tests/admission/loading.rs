//! What goes wrong between mapping and registration: an error that names the bundle, and a host that goes on as before.

use ce_host::Error;
use ce_host::bundle::Digest;
use ce_host::plugin_api::manifest::Kind;
use ce_tests::{Scratch, bundle_path};

/// The code and the message of a bundle that is trusted and does not get in. The host takes another one afterwards.
fn failure(name: &str) -> (&'static str, String) {
    let scratch = Scratch::new();
    let digest = |name: &str| Digest::of(&std::fs::read(bundle_path(name)).unwrap());
    let mut host = scratch.host().trust_digest(digest(name)).trust_digest(digest("second")).build().unwrap();
    let n_before = host.catalog().registry().entries().count();
    let error = host.register(&bundle_path(name)).unwrap_err();
    assert!(matches!(error, Error::Load(_)), "{error}");
    assert_eq!(host.catalog().registry().entries().count(), n_before, "something of `{name}` got in");
    host.register(&bundle_path("second")).unwrap();
    assert!(host.catalog().usable(Kind::Interval, "second.interval.plain").is_ok());
    (error.code(), error.to_string())
}

#[test]
fn a_panic_in_register_is_an_error_that_names_the_bundle_and_the_place() {
    let (code, message) = failure("panics_register");
    assert_eq!(code, "load.register");
    for part in ["`test-panics-register`", "panics_register.rs:", "asked to panic in register"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn an_error_of_register_is_shown_without_its_control_characters() {
    let (code, message) = failure("refuses_register");
    assert_eq!(code, "load.register");
    assert!(message.contains("`test-refuses-register`") && message.contains("licence"), "{message}");
    assert!(!message.contains('\u{1b}'), "{message:?}");
}

#[test]
fn what_is_registered_must_be_what_was_announced() {
    for (name, said) in [
        ("unannounced", "registered interval `test.interval.smuggled`, which its manifest does not announce"),
        ("missing", "announced interval `test.interval.missing` in its manifest and did not register it"),
        ("twice", "registered interval `test.interval.twice` twice"),
    ] {
        let (code, message) = failure(name);
        assert_eq!(code, "load.differs", "{message}");
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn what_failed_to_load_is_told_where_it_is_asked_for() {
    let scratch = Scratch::with_trusted(&[bundle_path("panics_register"), bundle_path("second")]);
    let host = scratch.host().build().unwrap();
    assert_eq!(host.catalog().failed().iter().map(|error| error.code()).collect::<Vec<_>>(), ["load.register"]);
    let skip = host.catalog().usable(Kind::Interval, "test.interval.panics-register").unwrap_err();
    assert_eq!(skip.code, "load.register");
    assert!(skip.reason.contains("asked to panic in register"), "{}", skip.reason);
    assert!(host.catalog().usable(Kind::Interval, "second.interval.plain").is_ok());
}

#[test]
fn a_good_bundle_registers_every_kind() {
    let scratch = Scratch::new();
    let digest = Digest::of(&std::fs::read(bundle_path("second")).unwrap());
    let mut host = scratch.host().trust_digest(digest).build().unwrap();
    let registered = host.register(&bundle_path("second")).unwrap();
    assert_eq!(registered.announced, registered.registered);
    let kinds: Vec<Kind> = registered.registered.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, Kind::ALL);
    // The bundle is mapped once; registering it again is the same bundle.
    assert_eq!(host.register(&bundle_path("second")).unwrap(), registered);
}
