//! Where bundles run and what they may do, as people said it.

use std::path::Path;

use super::*;

const FAST: [&str; 2] = ["core.explanation.fast", "core.interval.fast"];

fn settings(called: &[(&str, Placement)], configured: &[(&str, Placement)]) -> IsolationSettings {
    let all = |said: &[(&str, Placement)], origin: Origin| {
        said.iter().map(|(name, value)| ((*name).to_owned(), Sourced::new(*value, origin.clone()))).collect()
    };
    let mut settings = IsolationSettings::default();
    settings.set_named(all(called, Origin::Call), all(configured, user()));
    settings
}

fn user() -> Origin {
    Origin::UserConfig { path: Path::new("/home/ce.toml").to_owned() }
}

/// What systems with workers decide about the FAST bundle.
fn decide(settings: &IsolationSettings) -> Decision {
    settings.decide("fast-explanations", FAST).unwrap()
}

use Placement::{InProcess, Process};

#[test]
fn a_bundle_that_nobody_named_runs_in_a_worker() {
    let decision = decide(&settings(&[], &[("some-bundle", InProcess), ("core.interval.other", InProcess)]));
    assert_eq!(decision, Decision { placement: Process, origin: Origin::Default, because: Because::Default });
    assert_eq!(decision.to_string(), "process, by default");
}

#[test]
fn the_call_counts_before_the_users_file_and_that_before_the_default() {
    let bundle = "fast-explanations";
    for (called, configured, expected, origin) in [
        (&[][..], &[(bundle, InProcess)][..], InProcess, user()),
        (&[(bundle, Process)], &[(bundle, InProcess)], Process, Origin::Call),
        (&[(FAST[0], Process)], &[(bundle, InProcess)], Process, Origin::Call),
        (&[(bundle, InProcess)], &[(FAST[0], Process), (FAST[1], Process)], InProcess, Origin::Call),
        (&[("other", Process)], &[(FAST[1], InProcess)], InProcess, user()),
    ] {
        let decision = decide(&settings(called, configured));
        assert_eq!((decision.placement, decision.origin), (expected, origin), "{called:?} {configured:?}");
    }
}

#[test]
fn what_is_named_counts_before_every_default() {
    let mut settings = settings(&[], &[("fast-explanations", InProcess)]);
    settings.default = Sourced::new(Process, Origin::Call);
    assert_eq!(decide(&settings).placement, InProcess);
    let other = settings.decide("other", ["a.b"]).unwrap();
    assert_eq!((other.placement, &other.origin, &other.because), (Process, &Origin::Call, &Because::Default));
    settings.default = Sourced::new(InProcess, user());
    let other = settings.decide("other", ["a.b"]).unwrap();
    assert_eq!(other.to_string(), "in-process, by `default` in /home/ce.toml");
}

#[test]
fn one_identifier_takes_the_whole_bundle_with_it() {
    let decision = decide(&settings(&[], &[(FAST[1], InProcess)]));
    assert_eq!(decision.because, Because::Identifier(FAST[1].to_owned()));
    let words = "in-process, by `core.interval.fast` in /home/ce.toml, which takes the whole bundle along";
    assert_eq!(decision.to_string(), words);
    let both = decide(&settings(&[], &[(FAST[0], InProcess), (FAST[1], InProcess)]));
    assert_eq!(both.placement, InProcess);
}

#[test]
fn the_bundles_own_name_counts_before_its_identifiers() {
    let said = [("fast-explanations", Process), (FAST[0], InProcess), (FAST[1], InProcess)];
    let decision = decide(&settings(&[], &said));
    assert_eq!((decision.placement, decision.because), (Process, Because::Bundle));
    let mixed_but_named = [("fast-explanations", InProcess), (FAST[0], InProcess), (FAST[1], Process)];
    assert_eq!(decide(&settings(&[], &mixed_but_named)).placement, InProcess);
}

#[test]
fn identifiers_in_different_places_are_an_error_that_says_what_to_write() {
    let mixed = settings(&[], &[(FAST[0], InProcess), (FAST[1], Process)]);
    let error = mixed.decide("fast-explanations", FAST).unwrap_err();
    assert_eq!(error.code(), "isolation.mixed");
    let message = error.to_string();
    for part in ["`core.explanation.fast` in-process", "`core.interval.fast` in a process", "/home/ce.toml"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(message.contains("`\"fast-explanations\" = \"process\"`"), "{message}");
    // Different sources do not disagree: the call is stronger.
    let settled = settings(&[(FAST[0], InProcess)], &[(FAST[1], Process)]);
    assert_eq!(decide(&settled).placement, InProcess);
}

#[test]
fn a_plot_style_cannot_take_what_a_bundle_was_granted() {
    let granted = settings(&[], &[("trusted-bundle", InProcess)]);
    let decision = granted.decide("another", ["a.b", "trusted-bundle"]).unwrap();
    assert_eq!(decision.placement, Process);
}

#[test]
fn a_bundle_that_is_called_like_a_setting_is_placed_nowhere() {
    for word in RESERVED {
        let error = IsolationSettings::default().placement_of(word, ["a.b"]).unwrap_err();
        assert_eq!(error.code(), "isolation.reserved_name");
        assert!(error.to_string().contains("rename it"), "{error}");
    }
}

#[test]
fn without_workers_every_bundle_is_in_the_hosts_process() {
    let named = settings(&[], &[("fast-explanations", Process)]);
    let decision = named.placement_of("fast-explanations", FAST).unwrap();
    if WORKERS_EXIST {
        assert_eq!((decision.placement, decision.because), (Process, Because::Bundle));
    } else {
        assert_eq!((decision.placement, decision.because), (InProcess, Because::NoWorkers));
    }
    let decision = Decision::without_workers();
    assert_eq!(decision.to_string(), "in-process, since workers exist on Linux only");
}

#[test]
fn a_permission_takes_the_asking_and_the_grant() {
    let [read, network] = Permission::ALL else { panic!("two permissions") };
    let mut settings = IsolationSettings::default();
    settings.permissions.insert("a-bundle".to_owned(), Sourced::new(vec![*network], user()));
    for (bundle, asked, effective) in [
        ("a-bundle", &[*read, *network][..], &[*network][..]),
        ("a-bundle", &[*read], &[]),
        ("a-bundle", &[], &[]),
        ("another", &[*network], &[]),
    ] {
        let permissions = settings.permissions_of(bundle, asked);
        assert_eq!(permissions.effective(), effective, "{bundle} {asked:?}");
        assert_eq!(permissions.granted.is_some(), bundle == "a-bundle");
    }
}

#[test]
fn names_that_match_nothing_are_told_with_the_nearest() {
    let mut settings = settings(
        &[("core.interval.fsat", InProcess), ("fast-explanations", Process)],
        &[("min_sandbx", Process), ("fast-explanation", InProcess), ("zzz", InProcess)],
    );
    settings.permissions.insert("fast-explanatons".to_owned(), Sourced::new(Vec::new(), user()));
    let known = FAST.into_iter().chain(["fast-explanations"]).collect();
    let idle: Vec<_> = settings.idle(&known);
    let told: Vec<(&str, Option<&str>)> =
        idle.iter().map(|idle| (idle.entry.as_str(), idle.nearest.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("isolation.\"core.interval.fsat\"", Some("core.interval.fast")),
            ("isolation.\"fast-explanation\"", Some("fast-explanations")),
            ("isolation.\"min_sandbx\"", Some("min_sandbox")),
            ("isolation.\"zzz\"", None),
            ("isolation.permissions.\"fast-explanatons\"", Some("fast-explanations")),
        ]
    );
    assert_eq!((&idle[0].origin, &idle[1].origin), (&Origin::Call, &user()));
}

#[test]
fn deadlines_have_names_and_usual_lengths() {
    let seconds = Deadline::ALL.map(|deadline| (deadline.as_str(), deadline.usual().as_secs()));
    assert_eq!(seconds, [("scan", 10), ("registration", 10), ("fit", 600), ("answer", 60), ("step", 60)]);
    for deadline in Deadline::ALL {
        assert_eq!(Deadline::from_name(deadline.as_str()), Some(deadline));
        assert_eq!(IsolationSettings::default().deadline(deadline), &by_default(deadline.usual()));
    }
    assert_eq!(Deadline::from_name("Scan"), None);
}

#[test]
fn a_placement_is_found_by_its_own_name_only() {
    for placement in Placement::ALL {
        assert_eq!(Placement::from_name(placement.as_str()), Some(placement));
    }
    for name in ["", "Process", "in_process", "in-process "] {
        assert_eq!(Placement::from_name(name), None);
    }
}
