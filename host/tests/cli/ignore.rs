//! Features that get no rule: `--ignore` for all rows, `--ignore-from-column` for each.

use std::fs;

use serde_json::Value;

use crate::small::{ask, classifier, entries, replace};
use crate::support::User;

#[test]
fn a_feature_that_is_ignored_gets_no_rule() {
    let user = User::new();
    let inputs = classifier(&user);
    let features = |more: &[&str]| -> Vec<Vec<String>> {
        let found = entries(ask(&user, &inputs, "explain", &[more, &["--output", "-"]].concat()));
        let of = |rule: &Value| rule["feature_name"].as_str().unwrap().to_owned();
        found.iter().map(|entry| entry["rules"].as_array().unwrap().iter().map(of).collect()).collect()
    };
    assert!(features(&[]).iter().all(|of| of == &["age", "island"]), "{:?}", features(&[]));
    assert!(features(&["--ignore", "age"]).iter().all(|of| of == &["island"]));
    assert!(features(&["--ignore", "age,island"]).iter().all(Vec::is_empty));

    let text = fs::read_to_string(&inputs.data).unwrap();
    let ignored = ["skip", "", "age", "island; age", "", "", "island"];
    let with_column = text.lines().zip(ignored).map(|(line, skip)| format!("{line},{skip}\n")).collect::<String>();
    fs::write(&inputs.data, with_column).unwrap();
    let of_each = features(&["--ignore-from-column", "skip"]);
    let expected = [&["age", "island"][..], &["island"], &[], &["age", "island"], &["age", "island"], &["age"]];
    assert_eq!(of_each, expected);
    let some = features(&["--ignore-from-column", "skip", "--ignore", "island", "--rows", "5,1,0"]);
    assert_eq!(some, [&["age"][..], &[], &["age"]], "rows keep what they ignore");
}

#[test]
fn a_feature_to_ignore_that_is_none_is_an_error_with_the_nearest_name() {
    let user = User::new();
    let inputs = classifier(&user);
    let explain = |more: &[&str]| ask(&user, &inputs, "explain", more);
    let words = ["--ignore names `agee`", "did you mean `age`?"];
    explain(&["--ignore", "island,agee"]).fails(2, "data.unknown_feature", &words);
    explain(&["--ignore", "site"]).fails(2, "data.unknown_feature", &["`site`, which is no feature"]);
    replace(&inputs.data, "id,island,age,site", "id,island,age,site,skip");
    for row in 0..6 {
        let (island, age) = (row % 3, 50 + row);
        let line = format!("p{row},{island},{age},{}", if row % 2 == 0 { "north" } else { "south" });
        replace(&inputs.data, &line, &format!("{line},{}", if row == 4 { "age; iland" } else { "" }));
    }
    let words = ["new.csv:6: row 4, column `skip`: names `iland`", "did you mean `island`?", "separated by `;`"];
    explain(&["--ignore-from-column", "skip"]).fails(2, "data.unknown_feature", &words);
    let words = ["new.csv has no column `skap`, the features that each row ignores (--ignore-from-column)", "`skip`"];
    let ignore = ["--ignore-columns", "skip", "--ignore-from-column", "skap"];
    explain(&ignore).fails(2, "data.missing_ignored_features", &words);
    explain(&["--ignore-from-column", "age"]).fails(2, "data.role_is_feature", &["`age`", "--ignore-from-column"]);
}
