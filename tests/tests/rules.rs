//! The rules that a machine can check, on the source itself: who imports whom, where `unsafe` stands, how long a file is.
//! Each message quotes the rule. It never runs anything.

use std::collections::BTreeMap;

use ce_tests::{SourceFile, sources, workspace_root};

/// Fails with the rule and every place that breaks it.
#[track_caller]
fn assert_kept(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n  {}", broken.join("\n  "));
}

/// Every line of every file for which `breaks` holds, as `path:line: text`.
fn lines_where(files: &[SourceFile], breaks: impl Fn(&SourceFile, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (line_idx, line) in file.text.lines().enumerate() {
            if breaks(file, line) {
                found.push(format!("{}:{}: {}", file.path, line_idx + 1, line.trim()));
            }
        }
    }
    found
}

/// The line without its comment. A `//` in a text ends it too early, which hides nothing that stands before.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

/// Whether `word` stands in `text` by itself, not as a part of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(is_part)
            && !text[at + word.len()..].chars().next().is_some_and(is_part)
    })
}

fn is_below(file: &SourceFile, places: &[&str]) -> bool {
    places.iter().any(|place| file.path == *place || file.path.starts_with(&format!("{place}/")))
}

/// The crates of a member's manifest, by the table they stand in: `dependencies`, `build-dependencies` or
/// `dev-dependencies`, of whatever target.
fn dependencies(member: &str) -> BTreeMap<&'static str, Vec<String>> {
    let path = workspace_root().join(member).join("Cargo.toml");
    let manifest: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables =
        || std::iter::once(&manifest).chain(targets.into_iter().flat_map(|t| t.values().filter_map(|v| v.as_table())));
    ["dependencies", "build-dependencies", "dev-dependencies"]
        .into_iter()
        .map(|kind| {
            let of = |table: &toml::Table| table.get(kind).and_then(toml::Value::as_table).cloned().unwrap_or_default();
            (kind, tables().flat_map(|table| of(table).into_iter().map(|(name, _)| name)).collect())
        })
        .collect()
}

fn members() -> Vec<String> {
    let root: toml::Table = std::fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap().parse().unwrap();
    let members = root["workspace"]["members"].as_array().unwrap();
    members.iter().map(|member| member.as_str().unwrap().to_owned()).collect()
}

const IMPORTS: &str = "The house: who may import whom (docs/ARCHITECTURE.md)";

#[test]
fn crates_import_only_what_the_house_allows() {
    let mut broken = Vec::new();
    for member in members() {
        let allowed: &[&str] = match member.as_str() {
            "plugin-api" | "core" => &[],
            "host" => &["ce-plugin-api", "ce-builtin", "ce-core"],
            "examples" => &["ce-host", "ce-plugin-api"],
            "tests" => continue,
            bundle if bundle.starts_with("plugins/") => &["ce-plugin-api", "ce-core"],
            other => panic!("`{other}` is new to the house: say here, and in docs/ARCHITECTURE.md, what it may import"),
        };
        for (table, names) in dependencies(&member) {
            // The front door of the examples may be tested, and nothing else may look further than what it is built of.
            for name in names.iter().filter(|name| name.starts_with("ce-") && !allowed.contains(&name.as_str())) {
                broken.push(format!("{member}/Cargo.toml: [{table}] {name}, allowed: {allowed:?}"));
            }
        }
    }
    assert_kept(IMPORTS, &broken);
}

#[test]
fn the_host_reads_of_the_mathematics_only_the_analysis() {
    let rule = "The host calibrates and explains through the plugin kinds only: of `ce-core` it may use `analysis`, pure \
                functions over finished results (docs/ARCHITECTURE.md)";
    let files: Vec<SourceFile> = sources().into_iter().filter(|file| is_below(file, &["host/src"])).collect();
    assert_kept(
        rule,
        &lines_where(&files, |_, line| {
            code(line)
                .match_indices("ce_core")
                .any(|(at, name)| !code(line)[at + name.len()..].starts_with("::analysis"))
        }),
    );
}

#[test]
fn abi_stable_is_confined() {
    let rule = "abi_stable is frozen since 2023: it is confined to `plugin-api` and the host's load module \
                (docs/ARCHITECTURE.md)";
    let mut broken = Vec::new();
    for member in members().iter().filter(|member| !["plugin-api", "host"].contains(&member.as_str())) {
        let uses = dependencies(member).into_values().flatten().any(|name| name == "abi_stable");
        broken.extend(uses.then(|| format!("{member}/Cargo.toml")));
    }
    let allowed = ["plugin-api", "host/src/bundle/load", "tests/tests/rules.rs"];
    broken
        .extend(lines_where(&sources(), |file, line| !is_below(file, &allowed) && has_word(code(line), "abi_stable")));
    assert_kept(rule, &broken);
}

#[test]
fn unsafe_stands_only_where_it_may() {
    let rule = "Unsafe lives in `plugin-api/src/` and the host's load module, and in one file each for \
                shared memory, system calls, registers and what outlives a process; elsewhere it is denied (the guide, \
                12). Of the test bundles two have a constructor and one is hostile, and one test counts what is allocated";
    let allowed = [
        "plugin-api/src",
        "host/src/bundle/load",
        "host/src/isolation/arena.rs",
        "host/src/isolation/lifetime.rs",
        "host/src/isolation/sandbox/raw.rs",
        "host/src/isolation/state.rs",
        // What bundles do, done by a test.
        "host/src/isolation/actor",
        "host/src/isolation/sandbox/tests",
        "tests/bundles/construct.rs",
        "tests/bundles/raw.rs",
        "tests/hostile/hostile.rs",
        "tests/hostile/system.rs",
        "tests/tests/allocation/counting.rs",
    ];
    // In a text it is no code; this line and those below have it in texts.
    let is_text = |line: &str| line.contains('"');
    let broken = lines_where(&sources(), |file, line| {
        let line = code(line);
        let says_so = has_word(line, concat!("un", "safe")) && !is_text(line) && !line.contains("#[used]");
        !is_below(file, &allowed) && (says_so || line.contains(concat!("allow(", "unsafe_code)")))
    });
    assert_kept(rule, &broken);
}

#[test]
fn no_file_is_too_long() {
    let rule = "About 150 lines is normal; at 400 look for the seam; 800 is too long (the guide, 1)";
    let long = |file: &SourceFile| {
        let n_lines = file.text.lines().count();
        (n_lines > 800).then(|| format!("{}: {n_lines} lines", file.path))
    };
    assert_kept(rule, &sources().iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn every_file_says_what_it_is() {
    let rule = "A file opens with `//!`: one sentence on what it is, one on what it never does (the guide, 1)";
    let files = sources();
    let silent = files.iter().filter(|file| !file.text.starts_with("//!")).map(|file| file.path.clone());
    assert_kept(rule, &silent.collect::<Vec<_>>());
}

#[test]
fn no_test_is_switched_off_or_expects_a_panic() {
    let rule =
        "No sleep, no network, no test that is ignored or should panic (the guide, 16), and nothing left to be done";
    let words = [
        concat!("#[ig", "nore"),
        concat!("#[should", "_panic"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("thread::sl", "eep"),
    ];
    let broken = lines_where(&sources(), |_, line| words.iter().any(|word| code(line).contains(word)));
    assert_kept(rule, &broken);
}

#[test]
fn only_the_command_line_writes_to_the_terminal() {
    let rule = "Data on stdout, words on stderr, and only the command line writes either (the guide, 17)";
    let allowed = ["host/src/cli", "host/src/main.rs", "host/benches", "core/benches", "examples", "tests/programs"];
    let words = [concat!("print", "ln!("), concat!("print", "!("), concat!("db", "g!(")];
    let broken = lines_where(&sources(), |file, line| {
        !is_below(file, &allowed) && words.iter().any(|word| code(line).contains(word))
    });
    assert_kept(rule, &broken);
}

#[test]
fn versions_are_set_once() {
    let rule = "Versions are set once, in the root manifest (the guide, 14)";
    let mut broken = Vec::new();
    for member in members() {
        let path = workspace_root().join(&member).join("Cargo.toml");
        let manifest: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, spec) in manifest.get(table).and_then(toml::Value::as_table).into_iter().flatten() {
                if spec.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    broken.push(format!("{member}/Cargo.toml: [{table}] {name} = {spec}"));
                }
            }
        }
    }
    assert_kept(rule, &broken);
}

#[test]
fn no_file_speaks_of_the_machine_that_it_was_written_on() {
    let rule = "Files do not mention the places of a machine";
    let words = [concat!("/wo", "rk/"), concat!("../sha", "red"), concat!("/ro", "ot/")];
    let broken = lines_where(&sources(), |_, line| words.iter().any(|word| line.contains(word)));
    assert_kept(rule, &broken);
}

#[test]
fn every_refusal_is_explained_to_authors() {
    let rule = "Each code of a refusal stands in the tables of docs/PLUGINS.md, with what to do about it";
    let guide = std::fs::read_to_string(workspace_root().join("docs/PLUGINS.md")).unwrap();
    let mut missing = Vec::new();
    for file in sources().iter().filter(|file| is_below(file, &["host/src/bundle/trust", "host/src/bundle/load"])) {
        for text in file.text.split('"').filter(|text| text.starts_with("trust.") || text.starts_with("load.")) {
            let is_code = text.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c));
            if is_code && !guide.contains(&format!("`{text}`")) {
                missing.push(format!("{}: `{text}`", file.path));
            }
        }
    }
    assert_kept(rule, &missing);
}
