//! `--bins`: a column of both files that says how rows are calibrated.

use std::fs;

use crate::small::{N_CALIBRATION, ask, both_fail, classifier, entries, replace};
use crate::support::{Inputs, User};

#[test]
fn each_category_is_calibrated_by_its_own_rows() {
    let user = User::new();
    let inputs = classifier(&user);
    let apart = entries(ask(&user, &inputs, "predict", &["--bins", "site", "--output", "-"]));
    for (site, offset) in [("north", 0), ("south", 1)] {
        let text = fs::read_to_string(&inputs.calibration).unwrap();
        let lines = text.lines().enumerate().filter(|(idx, line)| *idx == 0 || line.contains(site));
        let own = user.write("own.csv", &lines.map(|(_, line)| format!("{line}\n")).collect::<String>());
        let own = Inputs { calibration: own, data: inputs.data.clone(), model: inputs.model.clone(), target: "y" };
        let alone = entries(ask(&user, &own, "predict", &["--output", "-"]));
        for row in (offset..6).step_by(2) {
            assert_eq!(apart[row], alone[row], "{site}");
        }
    }
    assert_ne!(apart, entries(ask(&user, &inputs, "predict", &["--output", "-"])), "and not by all rows");
}

#[test]
fn explanations_have_categories_too() {
    let user = User::new();
    let inputs = classifier(&user);
    let predicted = entries(ask(&user, &inputs, "predict", &["--bins", "site", "--output", "-"]));
    let explained = entries(ask(&user, &inputs, "explain", &["--bins", "site", "--output", "-"]));
    for (predicted, explained) in predicted.iter().zip(&explained) {
        assert_eq!(predicted["predict"], explained["prediction"]["predict"]);
    }
}

#[test]
fn categories_are_texts_of_any_kind() {
    let user = User::new();
    let inputs = classifier(&user);
    let expected = entries(ask(&user, &inputs, "predict", &["--bins", "site", "--output", "-"]));
    for (north, south) in [("1", "2"), ("\"a, b\"", "-"), ("None", "ü")] {
        for path in [&inputs.calibration, &inputs.data] {
            let text = fs::read_to_string(path).unwrap();
            fs::write(user.path("renamed.csv"), text.replace("north", north).replace("south", south)).unwrap();
            fs::rename(user.path("renamed.csv"), path.with_extension("renamed")).unwrap();
        }
        let renamed = Inputs {
            calibration: inputs.calibration.with_extension("renamed"),
            data: inputs.data.with_extension("renamed"),
            model: inputs.model.clone(),
            target: "y",
        };
        assert_eq!(entries(ask(&user, &renamed, "predict", &["--bins", "site", "--output", "-"])), expected, "{north}");
    }
}

#[test]
fn a_small_category_is_told_of_once() {
    let user = User::new();
    let inputs = classifier(&user);
    let text = fs::read_to_string(&inputs.calibration).unwrap();
    let text = text.lines().enumerate().map(|(idx, line)| {
        let is_small = idx == N_CALIBRATION || idx + 1 == N_CALIBRATION || idx == 1 || idx == 2;
        format!("{}\n", if is_small { line.replace("north", "east").replace("south", "east") } else { line.to_owned() })
    });
    fs::write(&inputs.calibration, text.collect::<String>()).unwrap();
    for command in ["explain", "predict"] {
        let ran = ask(&user, &inputs, command, &["--bins", "site", "--output", "-"]).ok();
        let expected = "warning[calibration.small_category]: the Mondrian category `east` has few calibration rows (4)";
        assert_eq!(ran.err.matches(expected).count(), 1, "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
}

#[test]
fn an_unseen_category_is_an_error_with_its_place_and_the_known_ones() {
    let user = User::new();
    let inputs = classifier(&user);
    replace(&inputs.data, "p3,0,53,south", "p3,0,53,west");
    let words = ["new.csv:5: row 3, column `site`", "found `west`", "known: `north`, `south`", "remove the row"];
    both_fail(&user, &inputs, &["--bins", "site"], "data.unseen_mondrian_category", &words);
}

#[test]
fn a_missing_category_is_an_error_with_its_place() {
    let user = User::new();
    let inputs = classifier(&user);
    replace(&inputs.data, "p3,0,53,south", "p3,0,53,");
    let words = ["new.csv:5: row 3, column `site`", "found an empty cell"];
    both_fail(&user, &inputs, &["--bins", "site"], "data.missing_value", &words);
    replace(&inputs.calibration, "22,2,north,", "22,2,NA,");
    both_fail(&user, &inputs, &["--bins", "site"], "data.missing_value", &["cal.csv:4: row 2, column `site`", "`NA`"]);
}

#[test]
fn the_column_must_be_in_both_files_and_no_feature() {
    let user = User::new();
    let inputs = classifier(&user);
    both_fail(&user, &inputs, &["--bins", "y"], "data.two_roles", &["`y`", "--target", "--bins"]);
    both_fail(&user, &inputs, &["--bins", "island"], "data.role_is_feature", &["`island`", "--bins"]);
    // Whatever its values are: most of these ages stand in no calibration row.
    both_fail(&user, &inputs, &["--bins", "age"], "data.role_is_feature", &["`age`", "--bins"]);
    let words = ["cal.csv has no column `sit`", "--bins", "did you mean `site`?"];
    both_fail(&user, &inputs, &["--bins", "sit"], "data.missing_bins", &words);
    replace(&inputs.data, "id,island,age,site", "id,island,age,sites");
    both_fail(
        &user,
        &inputs,
        &["--bins", "site"],
        "data.missing_bins",
        &["new.csv has no column `site`", "did you mean `sites`?"],
    );
}
