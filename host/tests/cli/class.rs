//! `--class`: the class whose probability is meant.

use crate::small::{ask, both_fail, entries, regression, three_classes};
use crate::support::User;

#[test]
fn a_class_can_be_chosen() {
    let user = User::new();
    let inputs = three_classes(&user);
    for command in ["explain", "predict"] {
        let plain = entries(ask(&user, &inputs, "predict", &["--output", "-"]));
        let low = entries(ask(&user, &inputs, command, &["--class", "low", "--output", "-"]));
        for (plain, low) in plain.iter().zip(&low) {
            let predict = low.get("prediction").unwrap_or(low)["predict"].clone();
            assert_eq!(predict, plain["probabilities"]["low"], "{command}");
        }
    }
    let told = ask(&user, &inputs, "predict", &["--class", "low"]).ok().out;
    assert!(told.lines().next().unwrap().contains("  P(low)  "), "{told}");
    let told = ask(&user, &inputs, "explain", &["--class", "low", "--rows", "2"]).ok().out;
    assert!(told.starts_with("instance 2 (p2): P(low) = "), "{told}");
}

#[test]
fn a_class_that_is_none_is_an_error_with_the_known_ones() {
    let user = User::new();
    let inputs = three_classes(&user);
    let words = ["--class names `highe`", "no class of", "model.json", "`low`, `mid`, `high`", "did you mean `high`?"];
    both_fail(&user, &inputs, &["--class", "highe"], "input.unknown_class", &words);
    let inputs = regression(&user);
    let words = ["model.json is a regression", "leave --class out"];
    both_fail(&user, &inputs, &["--class", "high"], "input.on_regression", &words);
}
