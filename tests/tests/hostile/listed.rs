//! The tables of `tests/hostile/README.md` against what there is: no deed and no library without its verdicts. It never runs
//! one.

use std::fs;

use ce_tests::workspace_root;

/// The first cells of the README's tables, in their backticks.
fn listed() -> Vec<String> {
    let readme = fs::read_to_string(workspace_root().join("tests/hostile/README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells = line.split(" | ").count();
        assert!(cells >= 4, "a row without both verdicts: {line}");
        line.split(" | ").next().unwrap_or_default().to_owned()
    });
    rows.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_deed_and_every_library_has_its_row() {
    let listed = listed();
    let dir = workspace_root().join("tests/hostile");
    let mut wanted: Vec<String> = Vec::new();
    for entry in fs::read_dir(&dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        wanted.extend(name.ends_with(".c").then_some(name));
    }
    for file in ["deeds.rs", "hostile.rs"] {
        let text = fs::read_to_string(dir.join(file)).unwrap();
        for line in text.lines().map(str::trim) {
            // An arm of a match, or a question about one deed.
            let deed = line.strip_prefix('"').filter(|rest| rest.contains("\" =>"));
            let deed = deed
                .or_else(|| line.split_once(".is(\"").or_else(|| line.split_once("how == \"")).map(|(_, rest)| rest));
            wanted.extend(deed.and_then(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    assert!(wanted.len() > 60, "{wanted:?}");
    let missing: Vec<_> = wanted.iter().filter(|name| *name != "well" && !listed.contains(name)).collect();
    assert!(missing.is_empty(), "without verdicts in tests/hostile/README.md: {missing:?}");
}
