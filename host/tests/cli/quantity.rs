//! What is asked of a regression, and what is asked of nobody else: percentiles, a confidence, a threshold.

use crate::small::{both_fail, classifier};
use crate::support::User;

#[test]
fn a_classifier_has_neither_a_threshold_nor_percentiles() {
    let user = User::new();
    let inputs = classifier(&user);
    for (more, flags) in [
        (&["--threshold", "-1.5"][..], "--threshold"),
        (&["--threshold-low", "-2", "--threshold-high", "-1"], "--threshold-low, --threshold-high"),
        (&["--percentiles", "-inf,90"], "--percentiles"),
        (&["--confidence", "0.9"], "--confidence"),
    ] {
        let flags = format!("leave {flags} out, or name a model whose task is regression");
        both_fail(&user, &inputs, more, "input.on_classifier", &["model.json is a classifier", &flags]);
    }
}

#[test]
fn what_is_no_pair_of_percentiles_is_an_error_with_an_example() {
    let user = User::new();
    let inputs = classifier(&user);
    for (percentiles, words) in [
        ("95,5", "expected the lower one above 0 and at most 50"),
        ("5,100", "below 100"),
        ("-inf,inf", "one of them may be infinite"),
        ("5", "such as 5,95"),
        ("a,b", "found `a`"),
        ("", "such as 5,95"),
    ] {
        both_fail(&user, &inputs, &["--percentiles", percentiles], "usage", &["--percentiles", words]);
    }
    for confidence in ["90", "0", "-0.5", "much"] {
        both_fail(&user, &inputs, &["--confidence", confidence], "usage", &["--confidence", "such as 0.9"]);
    }
}

#[test]
fn an_event_has_ends_that_are_finite_and_ascend() {
    let user = User::new();
    let inputs = classifier(&user);
    for threshold in ["inf", "nan", "high", ""] {
        both_fail(&user, &inputs, &["--threshold", threshold], "usage", &["--threshold", "expected a finite number"]);
    }
    let words = ["is 2,1, expected two finite numbers, ascending", "--threshold-low, then --threshold-high"];
    both_fail(&user, &inputs, &["--threshold-low", "2", "--threshold-high", "1"], "input.setting", &words);
    let words = ["--threshold-high"];
    both_fail(&user, &inputs, &["--threshold-low", "2"], "usage", &words);
    both_fail(&user, &inputs, &["--threshold-high", "2"], "usage", &["--threshold-low"]);
}

#[test]
fn one_thing_is_asked_at_a_time() {
    let user = User::new();
    let inputs = classifier(&user);
    let (threshold, percentiles) = (["--threshold", "1"], ["--percentiles", "5,95"]);
    let (confidence, pair) = (["--confidence", "0.9"], ["--threshold-low", "1", "--threshold-high", "2"]);
    for more in [
        [&threshold[..], &percentiles].concat(),
        [&threshold[..], &confidence].concat(),
        [&threshold[..], &pair].concat(),
        [&pair[..], &percentiles].concat(),
        [&pair[..], &confidence].concat(),
        [&percentiles[..], &confidence].concat(),
    ] {
        both_fail(&user, &inputs, &more, "usage", &["cannot be used with"]);
    }
}
