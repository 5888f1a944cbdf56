//! Identifiers that nobody knows, by every route: an error that says who asked, what is near, and what to do.

use crate::support::User;

/// What is asked for, where it can be asked, the nearest name, and the slot.
struct Unknown {
    asked: &'static str,
    flag: Option<&'static str>,
    variable: &'static str,
    toml: &'static str,
    nearest: &'static str,
    mode: &'static str,
}

const UNKNOWN: [Unknown; 5] = [
    Unknown {
        asked: "core.interval.legasy",
        flag: Some("--interval-plugin"),
        variable: "CE_INTERVAL_PLUGIN",
        toml: "[intervals]\ndefault",
        nearest: "core.interval.legacy",
        mode: "factual",
    },
    Unknown {
        asked: "core.explanation.factua",
        flag: Some("--explanation-plugin"),
        variable: "CE_EXPLANATION_PLUGIN_FACTUAL",
        toml: "[explanations]\nfactual",
        nearest: "core.explanation.factual",
        mode: "factual",
    },
    Unknown {
        asked: "core.explanation.factua",
        flag: Some("--explanation-plugin"),
        variable: "CE_EXPLANATION_PLUGIN_FAST",
        toml: "[explanations]\nfast",
        nearest: "core.explanation.factual",
        mode: "fast",
    },
    Unknown {
        asked: "plot_spec.defalt",
        flag: Some("--plot-style"),
        variable: "CE_PLOT_STYLE",
        toml: "[plots]\nstyle",
        nearest: "plot_spec.default",
        mode: "factual",
    },
    Unknown {
        asked: "core.plot.plot_spec.defalt",
        flag: None,
        variable: "CE_PLOT_RENDERER",
        toml: "[plots]\nrenderer",
        nearest: "core.plot.plot_spec.default",
        mode: "factual",
    },
];

#[track_caller]
fn refused(user: &User, unknown: &Unknown, more: &[&str], who: &str) {
    let before = user.files();
    let outputs = ["--mode", unknown.mode, "--output", "f.json", "--plot", "plots"];
    let words = [unknown.asked, who, "nothing of that name", unknown.nearest, "did you mean", "remedy: ce list"];
    user.ask("explain", &[&outputs[..], more].concat()).fails(1, "route.unknown", &words);
    assert_eq!(user.files(), before);
}

#[test]
fn by_flag() {
    for unknown in UNKNOWN {
        if let Some(flag) = unknown.flag {
            refused(&User::new(), &unknown, &[flag, unknown.asked], "by the call");
        }
    }
}

#[test]
fn by_the_environment() {
    for unknown in UNKNOWN {
        refused(&User::new().var(unknown.variable, unknown.asked), &unknown, &[], &format!("by {}", unknown.variable));
    }
}

#[test]
fn by_the_users_ce_toml() {
    for unknown in UNKNOWN {
        let user = User::new().config(&format!("{} = '{}'\n", unknown.toml, unknown.asked));
        refused(&user, &unknown, &[], ".config/ce/ce.toml");
    }
}

#[test]
fn by_a_ce_toml_that_is_named() {
    for unknown in UNKNOWN {
        let user = User::new();
        let path = user.write("named/own.toml", &format!("{} = '{}'\n", unknown.toml, unknown.asked));
        refused(&user, &unknown, &["--config", path.to_str().unwrap()], "named/own.toml");
    }
}

#[test]
fn by_the_projects_ce_toml() {
    for unknown in UNKNOWN {
        let user = User::new();
        user.write("ce.toml", &format!("{} = '{}'\n", unknown.toml, unknown.asked));
        refused(&user, &unknown, &[], "the project's");
    }
}

#[test]
fn predictions_ask_for_calibrators_in_the_same_way() {
    let user = User::new();
    let words = ["core.interval.legasy", "did you mean `core.interval.legacy`?"];
    let ran = user.ask("predict", &["--interval-plugin", "core.interval.legasy", "--output", "p.json"]);
    ran.fails(1, "route.unknown", &words);
    assert!(user.files().is_empty());
}

#[test]
fn mode_fast_has_a_calibrator_of_its_own() {
    // The flag belongs to the mode that is asked for; the variable of the other modes does not count.
    let user = User::new().var("CE_INTERVAL_PLUGIN", "core.interval.legasy");
    let ran = user.ask("explain", &["--mode", "fast", "--explanation-plugin", "core.explanation.factual"]);
    ran.fails(1, "route.wrong_mode", &["serves the modes factual"]);
    let ran = user.ask("explain", &["--mode", "fast", "--output", "f.json"]);
    ran.fails(1, "route.unknown", &["`core.explanation.fast`", "build the FAST bundle", "ce install it"]);
}

#[test]
fn a_denied_built_in_is_not_used() {
    let user = User::new().var("CE_DENY_PLUGIN", "core.interval.legacy");
    let ran = user.ask("explain", &["--mode", "factual", "--output", "f.json"]);
    ran.fails(1, "trust.denied", &["`core.interval.legacy` is denied by CE_DENY_PLUGIN", "remedy: to allow it"]);
}
