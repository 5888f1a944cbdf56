//! `[isolation]`: who may say where bundles run, what each key wants, and where an error points.

use std::time::Duration;

use ce_plugin_api::manifest::Permission;

use super::*;

/// What the user's file says under `[isolation]`.
fn said(text: &str) -> IsolationSettings {
    World::new().user(&format!("[isolation]\n{text}")).settings().isolation().clone()
}

#[test]
fn where_nobody_says_anything_bundles_are_held() {
    let isolation = World::new().settings().isolation().clone();
    assert_eq!(isolation, IsolationSettings::default());
    let expected = (Placement::Process, Level::Full, 4096);
    assert_eq!((isolation.default.value, isolation.min_sandbox.value, isolation.memory_mib.value), expected);
    assert_eq!((isolation.worker, isolation.cpu_seconds, isolation.permissions.len()), (None, None, 0));
}

#[test]
fn every_key_is_read_and_knows_its_file() {
    let text = r#"
        [isolation]
        default = "in-process"
        "core.interval.fast" = "in-process"
        some-bundle = "process"
        worker = "bin/ce"
        min_sandbox = "partial"
        memory_mib = 1_024
        cpu_seconds = 0x10

        [isolation.deadlines]
        scan = 1
        registration = 2.5
        fit = 1_000
        answer = 1e-3
        step = 31_536_000

        [isolation.permissions]
        "some-bundle" = ["network", "read_files"]
        other = []
    "#;
    let world = World::new().user(text);
    let isolation = world.settings().isolation().clone();
    let user = Origin::UserConfig { path: world.user_file() };
    assert_eq!(isolation.default, Sourced::new(Placement::InProcess, user.clone()));
    let named: Vec<_> = isolation.named().into_iter().map(|(name, placement)| (name, placement.value)).collect();
    assert_eq!(named, [("core.interval.fast", Placement::InProcess), ("some-bundle", Placement::Process)]);
    let beside = world.user_file().with_file_name("bin").join("ce");
    assert_eq!(isolation.worker, Some(Sourced::new(beside, user.clone())));
    assert_eq!(isolation.min_sandbox, Sourced::new(Level::Partial, user.clone()));
    assert_eq!((isolation.memory_mib.value, isolation.cpu_seconds.as_ref().unwrap().value), (1024, 16));
    let millis = Deadline::ALL.map(|deadline| isolation.deadline(deadline).value.as_millis());
    assert_eq!(millis, [1000, 2500, 1_000_000, 1, 31_536_000_000]);
    assert_eq!(isolation.deadline(Deadline::Fit).origin, user);
    assert_eq!(isolation.permissions["some-bundle"].value, [Permission::Network, Permission::ReadFiles]);
    assert_eq!(isolation.permissions["other"].value, []);
}

#[test]
fn the_call_stands_above_the_users_file() {
    let world =
        World::new().user("[isolation]\ndefault = 'in-process'\na-bundle = 'in-process'\nworker = '/file/ce'\n");
    let world = world.call(|call| {
        call.isolation.insert("default".to_owned(), Placement::Process);
        call.isolation.insert("a-bundle".to_owned(), Placement::Process);
        call.worker = Some("call/ce".into());
    });
    let isolation = world.settings().isolation().clone();
    assert_eq!(isolation.default, Sourced::new(Placement::Process, Origin::Call));
    assert_eq!(isolation.named()["a-bundle"], &Sourced::new(Placement::Process, Origin::Call));
    let from_the_working_dir = world.working_dir().join("deep/down/call/ce");
    assert_eq!(isolation.worker, Some(Sourced::new(from_the_working_dir, Origin::Call)));
}

#[test]
fn a_call_places_what_can_be_placed() {
    for name in ["worker", "deadlines", "A", "a b", "", "a.", ".a", "a_b", "ä.b"] {
        let error = World::new().call(|call| call.isolation.extend([(name.to_owned(), Placement::Process)])).error();
        assert_eq!(error.code(), "config.invalid_name", "{name}");
        assert!(error.to_string().starts_with("the call wants "), "{error}");
    }
}

#[test]
fn a_project_says_nothing_about_isolation_not_even_what_would_tighten_it() {
    for (text, place) in [
        ("[isolation]\n", ":1:2"),
        ("[isolation]\ndefault = 'process'\n", ":1:2"),
        ("\n[isolation]\n'core.interval.fast' = 'in-process'\n", ":2:2"),
        ("isolation.memory_mib = 64\n", ":1:1"),
        ("isolation = { worker = '/evil/ce' }\n", ":1:1"),
        ("[isolation.permissions]\nb = ['network']\n", ":1:2"),
        ("[plots]\nstyle = 'a'\n['isolation'.deadlines]\nfit = 1\n", ":3:2"),
    ] {
        let world = World::new().project(text);
        let error = world.error();
        assert_eq!(error.code(), "config.project_forbidden", "{text}: {error}");
        let start = format!("{}{place}: `isolation` ", world.project_file().display());
        assert!(error.to_string().starts_with(&start), "{error}");
        assert!(error.to_string().contains("only in the user's own ce.toml"), "{error}");
        World::new().user(text).settings();
    }
}

#[test]
fn no_variable_says_where_bundles_run() {
    for name in ["CE_ISOLATION", "CE_WORKER", "CE_MIN_SANDBOX"] {
        assert_eq!(World::new().var(name, "process").error().code(), "config.unknown_variable");
    }
}

#[test]
fn what_is_malformed_is_told_with_place_expectation_and_finding() {
    let wrong_type = "config.wrong_type";
    let mut differ = Vec::new();
    let (value, name, key) = ("config.invalid_value", "config.invalid_name", "config.unknown_key");
    for (text, code, place, says) in [
        (
            "default = 'proces'",
            value,
            ":2:11",
            "wants `process` or `in-process`, found `proces`, did you mean `process`?",
        ),
        ("default = 'Process'", value, ":2:11", "did you mean `process`?"),
        ("default = true", wrong_type, ":2:11", "`isolation.default` wants a string, found a boolean"),
        ("'a.b' = 'inprocess'", value, ":2:9", "`isolation.\"a.b\"` wants"),
        ("'a.b' = 3", wrong_type, ":2:9", "found an integer"),
        ("core.interval.fast = 'process'", wrong_type, ":2:1", "a name with dots stands in quotes"),
        ("'A.b' = 'process'", name, ":2:1", "wants the name of a bundle, or an identifier, found `A.b`"),
        ("'a..b' = 'process'", name, ":2:1", "found `a..b`"),
        ("'*' = 'process'", key, ":2:1", "the key `*` is not known in [isolation]"),
        ("A_bundle = 'process'", key, ":2:1", "an identifier in quotes"),
        ("wroker = '/ce'", key, ":2:1", "did you mean `worker`?"),
        ("defaults = 'on'", key, ":2:1", "did you mean `default`?"),
        ("min_sandbx = 'full'", key, ":2:1", "did you mean `min_sandbox`?"),
        (
            "min_sandbox = 'ful'",
            value,
            ":2:15",
            "wants `full` or `partial` or `none`, found `ful`, did you mean `full`?",
        ),
        ("min_sandbox = 1", wrong_type, ":2:15", "wants a string"),
        ("worker = ''", name, ":2:10", "the path of the program"),
        ("worker = \"a\\u0000b\"", name, ":2:10", "found `a\\0b`"),
        ("worker = ['ce']", wrong_type, ":2:10", "found an array"),
        ("memory_mib = 63", value, ":2:14", "wants a whole number from 64 to 16777216, found 63"),
        ("memory_mib = 16777217", value, ":2:14", "found 16777217"),
        ("memory_mib = -1", value, ":2:14", "found -1"),
        ("memory_mib = 99999999999999999999", value, ":2:14", "found 99999999999999999999"),
        ("memory_mib = 4096.0", wrong_type, ":2:14", "wants a whole number, found a float"),
        ("memory_mib = '4 GiB'", wrong_type, ":2:14", "found a string"),
        ("cpu_seconds = 0", value, ":2:15", "wants a whole number from 1 to 31536000, found 0"),
        ("deadlines = 3", wrong_type, ":2:13", "wants a table"),
        ("deadlines.fits = 3", key, ":2:11", "did you mean `fit`?: known are scan, registration, fit, answer, step"),
        (
            "deadlines.fit = 0",
            value,
            ":2:17",
            "`isolation.deadlines.fit` wants a number of seconds above 0, at most 31536000",
        ),
        ("deadlines.fit = -1.5", value, ":2:17", "found -1.5"),
        ("deadlines.fit = nan", value, ":2:17", "found NaN"),
        ("deadlines.fit = inf", value, ":2:17", "found inf"),
        ("deadlines.fit = 1e-12", value, ":2:17", "above 0"),
        ("deadlines.fit = 31536000.1", value, ":2:17", ""),
        ("deadlines.fit = '60s'", wrong_type, ":2:17", "wants a number of seconds, found a string"),
        ("permissions = ['network']", wrong_type, ":2:15", "wants a table"),
        ("permissions.b = 'network'", wrong_type, ":2:17", "wants an array of strings"),
        ("permissions.b = ['network', 3]", wrong_type, ":2:29", "found an integer in it"),
        ("permissions.b = ['netwrok']", value, ":2:18", "did you mean `network`?"),
        ("permissions.b = ['network', 'network']", value, ":2:29", "wants each permission once, found `network` again"),
        ("permissions.'a.b' = []", name, ":2:13", "the name of a bundle"),
        ("permissions.default = []", name, ":2:13", "found `default`"),
    ] {
        let world = World::new().user(&format!("[isolation]\n{text}\n"));
        let (error, place) = (world.error(), format!("{}{place}: ", world.user_file().display()));
        let message = error.to_string();
        if error.code() != code || !message.starts_with(&place) || !message.contains(says) {
            differ.push(format!("{text}: {}: {message}", error.code()));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}

#[test]
fn a_bundle_may_have_a_name_that_looks_like_a_word_of_the_section() {
    let isolation = said("workers = 'process'\n");
    assert_eq!(isolation.named()["workers"].value, Placement::Process);
    assert_eq!(isolation.deadline(Deadline::Step).value, Duration::from_secs(60));
}
