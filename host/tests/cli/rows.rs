//! `--rows`: some rows of the data file, under the file's numbers.

use std::fs;

use crate::small::{ask, both_fail, classifier, entries};
use crate::support::User;

#[test]
fn selected_rows_have_the_numbers_names_and_values_that_they_have_among_all() {
    let user = User::new();
    let inputs = classifier(&user);
    for command in ["explain", "predict"] {
        let all = entries(ask(&user, &inputs, command, &["--output", "-"]));
        let some = entries(ask(&user, &inputs, command, &["--output", "-", "--rows", "5,1-2"]));
        assert_eq!(some, [all[5].clone(), all[1].clone(), all[2].clone()], "{command}");
        assert_eq!((&some[0]["index"], &some[0]["id"]), (&5.into(), &"p5".into()));
    }
}

#[test]
fn selected_rows_keep_their_categories() {
    let user = User::new();
    let inputs = classifier(&user);
    let all = entries(ask(&user, &inputs, "predict", &["--bins", "site", "--output", "-"]));
    let one = entries(ask(&user, &inputs, "predict", &["--bins", "site", "--output", "-", "--rows", "3"]));
    assert_eq!(one, [all[3].clone()]);
}

#[test]
fn readable_text_and_pictures_go_by_the_files_numbers() {
    let user = User::new();
    let inputs = classifier(&user);
    let ran = ask(&user, &inputs, "predict", &["--rows", "4"]).ok();
    assert!(ran.out.lines().nth(1).unwrap().starts_with("4         p4  "), "{}", ran.out);
    let ran = ask(&user, &inputs, "explain", &["--rows", "4,2", "--plot", "plots"]).ok();
    assert!(ran.out.starts_with("instance 4 (p4): "), "{}", ran.out);
    assert!(ran.out.contains("\n\ninstance 2 (p2): "), "{}", ran.out);
    assert!(ran.err.contains("explanation-4.svg"), "{}", ran.err);
    let mut names: Vec<_> = fs::read_dir(user.path("plots")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["explanation-2.svg", "explanation-4.svg"]);
}

#[test]
fn a_row_beyond_the_end_is_an_error_with_the_number_of_rows() {
    let user = User::new();
    let inputs = classifier(&user);
    both_fail(
        &user,
        &inputs,
        &["--rows", "2,6"],
        "data.no_such_row",
        &["names row 6", "new.csv has 6 rows", "from 0 to 5"],
    );
}

#[test]
fn what_names_no_rows_is_an_error_with_an_example() {
    let user = User::new();
    let inputs = classifier(&user);
    for (rows, words) in [
        ("1,1", "row 1 is named twice"),
        ("0-3,2", "row 2 is named twice"),
        ("3-1", "write 1-3"),
        ("-1", "such as 3,7-9"),
        ("first", "such as 3,7-9"),
    ] {
        both_fail(&user, &inputs, &["--rows", rows], "usage", &["--rows", words]);
    }
}

#[test]
fn the_rows_that_are_not_selected_are_checked_too() {
    let user = User::new();
    let inputs = classifier(&user);
    crate::small::replace(&inputs.data, "p5,2,55", "p5,2,old");
    both_fail(&user, &inputs, &["--rows", "0"], "data.not_number", &["new.csv:7: row 5, column `age`", "`old`"]);
}
