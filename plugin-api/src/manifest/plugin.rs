//! One announced plugin. It never looks at the other plugins of the bundle.

use std::collections::BTreeSet;

use super::fields::Fields;
use super::problem::{Fault, quoted_list};
use super::{Kind, Mode, PluginInfo, Task, options, value};

/// Keys that only some kinds have, so that a claim which nobody would ever read is not taken for one that counts.
const KEYS_OF_SOME_KINDS: &[(&str, &[Kind])] = &[
    ("tasks", &[Kind::Learner, Kind::Interval, Kind::Explanation]),
    ("modes", &[Kind::Explanation]),
    ("formats", &[Kind::Learner]),
    ("interval_dependency", &[Kind::Explanation]),
    ("plot_dependency", &[Kind::Explanation]),
    ("fast_compatible", &[Kind::Interval]),
    ("requires_bins", &[Kind::Interval]),
    ("confidence_source", &[Kind::Interval]),
];

/// Of those, the lists that must not be empty.
const LISTS_TO_FILL: &[&str] = &["tasks", "modes", "formats"];

pub(super) fn read(mut fields: Fields<'_>) -> Option<PluginInfo> {
    let kind = fields.required("kind", |v| value::one_of(v, Kind::ALL, Kind::as_str));
    let identifier = fields.required("identifier", value::plugin_identifier);
    let version = fields.required("version", value::version);
    let tasks = fields.list("tasks", |v| value::one_of(v, Task::ALL, Task::as_str));
    let modes = fields.list("modes", |v| value::one_of(v, Mode::ALL, Mode::as_str));
    let has_capabilities = fields.require("capabilities").is_some();
    let capabilities = fields.list("capabilities", value::text);
    let dependencies = fields.list("dependencies", value::plugin_identifier);
    let interval_dependency = fields.optional("interval_dependency", value::plugin_identifier);
    let plot_dependency = fields.optional("plot_dependency", value::style_identifier);
    let fast_compatible = fields.optional("fast_compatible", value::boolean).unwrap_or(false);
    let requires_bins = fields.optional("requires_bins", value::boolean).unwrap_or(false);
    let confidence_source = fields.optional("confidence_source", value::text);
    let formats = fields.list("formats", value::format_name);
    let options = options::read(&mut fields);
    if let Some(kind) = kind {
        check_keys(&mut fields, kind);
        if let (true, Some(tasks), Some(modes), Some(declared)) = (has_capabilities, &tasks, &modes, &capabilities)
            && let Err(fault) = check_capabilities(kind, tasks, modes, declared)
        {
            fields.problem("capabilities", fault);
        }
    }
    fields.finish();
    Some(PluginInfo {
        kind: kind?,
        identifier: identifier?,
        version: version?,
        tasks: tasks?,
        modes: modes?,
        capabilities: capabilities?,
        dependencies: dependencies?,
        interval_dependency,
        plot_dependency,
        fast_compatible,
        requires_bins,
        confidence_source,
        formats: formats?,
        options: options?,
    })
}

/// Whether the keys fit the kind: those it needs are filled, those of other kinds say nothing.
fn check_keys(fields: &mut Fields<'_>, kind: Kind) {
    for (key, kinds) in KEYS_OF_SOME_KINDS {
        let found = fields.get(key);
        let is_silent = found.is_none_or(|v| v.as_bool() == Some(false) || v.as_array().is_some_and(Vec::is_empty));
        if !kinds.contains(&kind) && !is_silent {
            let kinds = quoted_list(kinds.iter().map(|kind| kind.as_str()));
            let message = format!("expected `{key}` only for the kind {kinds}, found it for `{kind}`: remove it");
            fields.problem(key, Fault::new("manifest.misplaced_key", message));
        }
        if kinds.contains(&kind) && is_silent && LISTS_TO_FILL.contains(key) {
            let found = if found.is_some() { "an empty list" } else { "none" };
            let message =
                format!("expected at least one of the {key} that this `{kind}` serves, found {found}: add them");
            fields.problem(key, Fault::new("manifest.missing_key", message));
        }
    }
}

/// The capabilities that a plugin of this kind, for these tasks and modes, must declare.
#[must_use]
pub fn expected_capabilities(kind: Kind, tasks: &[Task], modes: &[Mode]) -> Vec<String> {
    let for_tasks = |prefix: &'static str| tasks.iter().map(move |task| format!("{prefix}:{task}"));
    match kind {
        Kind::Learner => std::iter::once("predict".to_owned()).chain(for_tasks("task")).collect(),
        Kind::Interval => for_tasks("interval").collect(),
        Kind::Explanation => std::iter::once("explain".to_owned())
            .chain(modes.iter().map(|mode| format!("explanation:{mode}")))
            .chain(for_tasks("task"))
            .collect(),
        Kind::PlotBuilder => vec!["plot:builder".to_owned()],
        Kind::PlotRenderer => vec!["plot:renderer".to_owned()],
    }
}

fn check_capabilities(kind: Kind, tasks: &[Task], modes: &[Mode], declared: &[String]) -> Result<(), Fault> {
    let expected = expected_capabilities(kind, tasks, modes);
    let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    let declared: BTreeSet<&str> = declared.iter().map(String::as_str).collect();
    let missing: Vec<&str> = expected.difference(&declared).copied().collect();
    let surplus: Vec<&str> = declared.difference(&expected).copied().collect();
    let named = |word: &str, names: &[&str]| {
        (!names.is_empty()).then(|| format!("{word} {}", quoted_list(names.iter().copied())))
    };
    let differences: Vec<String> =
        [named("missing", &missing), named("surplus", &surplus)].into_iter().flatten().collect();
    if differences.is_empty() {
        return Ok(());
    }
    let message = format!(
        "expected what `kind`, `tasks` and `modes` call for, found {}: write [{}]",
        differences.join(" and "),
        expected.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    );
    Err(Fault::new("manifest.capabilities", message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::problem::Report;
    use super::*;

    fn with(base: Value, key: &str, value: Value) -> Value {
        let mut plugin = base;
        plugin[key] = value;
        plugin
    }

    fn problems(plugin: &Value) -> Vec<(&'static str, String)> {
        let report = Report::default();
        let info = Fields::open(plugin, "p".to_owned(), &report).and_then(read);
        match report.finish() {
            Ok(_) => {
                assert!(info.is_some(), "nothing was read and nothing was reported");
                Vec::new()
            }
            Err(problems) => problems.into_iter().map(|p| (p.code, p.place)).collect(),
        }
    }

    fn learner() -> Value {
        json!({ "kind": "learner", "identifier": "a.learner", "version": "1.0.0", "tasks": ["regression"],
                "capabilities": ["predict", "task:regression"], "formats": ["onnx"] })
    }

    fn interval() -> Value {
        json!({ "kind": "interval", "identifier": "a.interval", "version": "1.0.0", "tasks": ["regression"],
                "capabilities": ["interval:regression"] })
    }

    fn explanation() -> Value {
        json!({ "kind": "explanation", "identifier": "a.explanation", "version": "1.0.0", "tasks": ["regression"],
                "modes": ["fast"], "capabilities": ["explain", "explanation:fast", "task:regression"] })
    }

    fn plot(kind: &str, capability: &str) -> Value {
        json!({ "kind": kind, "identifier": "a.plot", "version": "1.0.0", "capabilities": [capability] })
    }

    #[test]
    fn every_kind_has_a_smallest_form() {
        for plugin in [
            learner(),
            interval(),
            explanation(),
            plot("plot-builder", "plot:builder"),
            plot("plot-renderer", "plot:renderer"),
        ] {
            assert_eq!(problems(&plugin), [], "{plugin}");
        }
    }

    #[test]
    fn tasks_modes_and_formats_are_required_where_they_mean_something() {
        for (plugin, key) in [
            (learner(), "tasks"),
            (learner(), "formats"),
            (interval(), "tasks"),
            (explanation(), "tasks"),
            (explanation(), "modes"),
        ] {
            for nothing in [json!(null), json!([])] {
                let found = problems(&with(plugin.clone(), key, nothing));
                assert!(found.contains(&("manifest.missing_key", format!("p.{key}"))), "{key}: {found:?}");
            }
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused_unless_it_says_nothing() {
        for (plugin, key, value) in [
            (interval(), "interval_dependency", json!("a.interval")),
            (learner(), "plot_dependency", json!("legacy")),
            (explanation(), "fast_compatible", json!(true)),
            (interval(), "formats", json!(["onnx"])),
            (plot("plot-builder", "plot:builder"), "tasks", json!(["regression"])),
        ] {
            assert_eq!(problems(&with(plugin.clone(), key, value)), [("manifest.misplaced_key", format!("p.{key}"))]);
            assert_eq!(problems(&with(plugin, key, json!(null))), []);
        }
        assert_eq!(problems(&with(explanation(), "fast_compatible", json!(false))), []);
        assert_eq!(problems(&with(interval(), "modes", json!([]))), []);
    }

    #[test]
    fn capabilities_are_a_set_that_follows_from_kind_tasks_and_modes() {
        let shuffled = json!(["task:regression", "explain", "explanation:fast"]);
        assert_eq!(problems(&with(explanation(), "capabilities", shuffled)), []);
        let wrong = ["explain".to_owned(), "explanation:factual".to_owned()];
        let fault = check_capabilities(Kind::Explanation, &[Task::Regression], &[Mode::Fast], &wrong).unwrap_err();
        assert_eq!(
            fault.message,
            "expected what `kind`, `tasks` and `modes` call for, found missing `explanation:fast`, `task:regression` and \
             surplus `explanation:factual`: write [\"explain\", \"explanation:fast\", \"task:regression\"]"
        );
        assert_eq!(problems(&with(interval(), "capabilities", json!([])))[0].0, "manifest.capabilities");
        assert_eq!(problems(&with(interval(), "capabilities", json!(null)))[0].0, "manifest.missing_key");
        let twice = json!(["interval:regression", "interval:regression"]);
        assert_eq!(
            problems(&with(interval(), "capabilities", twice)),
            [("manifest.duplicate", "p.capabilities[1]".to_owned())]
        );
    }

    #[test]
    fn dependencies_are_well_formed_identifiers() {
        let found = problems(&with(interval(), "dependencies", json!(["a.b", "A.B", "legacy"])));
        assert_eq!(
            found,
            [
                ("manifest.identifier", "p.dependencies[1]".to_owned()),
                ("manifest.identifier", "p.dependencies[2]".to_owned())
            ]
        );
        assert_eq!(problems(&with(explanation(), "interval_dependency", json!("fast")))[0].0, "manifest.identifier");
        assert_eq!(problems(&with(explanation(), "plot_dependency", json!("legacy"))), []);
    }
}
