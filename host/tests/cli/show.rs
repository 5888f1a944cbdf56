//! `ce show` of what is built in.

use serde_json::Value;

use crate::support::User;

#[test]
fn a_built_in_says_so() {
    let ran = User::new().run(["show", "core.interval.legacy", "--kind", "intervals"]).ok();
    assert!(ran.out.starts_with("core.interval.legacy 0.1.0 (interval)\n"), "{}", ran.out);
    for fact in ["status        built-in, basis: compiled_in\n", "origin        built in: compiled into this host\n"] {
        assert!(ran.out.contains(fact), "{}", ran.out);
    }
}

#[test]
fn a_kind_is_named_as_lists_print_it() {
    let user = User::new();
    for (identifier, kind, group) in [
        ("core.interval.legacy", "interval", "intervals"),
        ("core.learner.portable", "learner", "learners"),
        ("core.explanation.factual", "explanation", "explanations"),
        ("core.plot.legacy", "plot-builder", "plot-builders"),
        ("core.plot.legacy", "plot-renderer", "plot-renderers"),
        ("legacy", "plot-style", "plots"),
    ] {
        let shown = user.run(["show", identifier, "--kind", kind]).ok().out;
        assert!(shown.starts_with(&format!("{identifier} 0.1.0 ({kind})\n")), "{shown}");
        assert_eq!(shown, user.run(["show", identifier, "--kind", group]).ok().out);
        assert_eq!(user.run(["list", kind]).ok().out, user.run(["list", group]).ok().out);
    }
}

#[test]
fn options_are_told_with_their_defaults() {
    let ran = User::new().run(["show", "core.explanation.factual"]).ok();
    let line = ran.out.lines().find(|line| line.contains("condition_source")).unwrap();
    for word in ["string", "default \"prediction\"", "prediction | observed"] {
        assert!(line.contains(word), "{line}");
    }
}

#[test]
fn the_document_holds_the_announcement() {
    let ran = User::new().run(["show", "core.explanation.factual", "--json"]).ok();
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["schema_version"], "1.1.0");
    let item = &document["items"][0];
    assert_eq!((&item["is_built_in"], &item["status"]), (&true.into(), &"built-in".into()));
    assert_eq!((&item["file"], &item["objection"]), (&Value::Null, &Value::Null));
    assert_eq!(item["plugin"]["interval_dependency"], "core.interval.legacy");
    assert_eq!(item["plugin"]["options"]["condition_source"]["default"], "prediction");
    assert_eq!(item["bundle"]["name"], "builtin");
    assert_eq!(document["host"]["plugin_api"], ce_host::plugin_api::VERSION);
}

#[test]
fn a_plot_style_is_shown_too() {
    let ran = User::new().run(["show", "plot_spec.default.factual", "--kind", "plots"]).ok();
    assert!(ran.out.contains("builder     core.plot.plot_spec.default\n"), "{}", ran.out);
}

#[test]
fn a_kind_is_wanted_where_several_go_by_the_identifier() {
    let user = User::new();
    let several = user.run(["show", "core.plot.plot_spec.default"]);
    several.fails(2, "show.ambiguous", &["plot-builder", "plot-renderer", "--kind"]);
    user.run(["show", "core.plot.plot_spec.default", "--kind", "plot-builders"]).ok();
}

#[test]
fn what_is_not_there_is_answered_with_no_and_the_nearest_name() {
    let user = User::new();
    user.run(["show", "core.interval.legasy"]).fails(1, "show.unknown", &["did you mean `core.interval.legacy`?"]);
    user.run(["show", "core.interval.legacy", "--kind", "plots"]).fails(
        1,
        "show.wrong_kind",
        &["another kind, interval"],
    );
    user.run(["show", "builtin"]).fails(1, "show.bundle", &["core.interval.legacy"]);
}
