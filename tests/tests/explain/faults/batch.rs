//! Faults at one instance of a batch: it is named as the caller counts, whatever the chunks.

use ce_host::config::Slot;
use ce_host::plugin_api::manifest::Kind;
use ce_host::{Explainer, Host, HostBuilder};
use ce_tests::Scratch;
use serde_json::json;

use super::picky::{MANIFEST, MARKED, register};
use super::{Culprit, Fault, check_faults, fault, small_explainer};
use crate::case::small;

const fn how(how: &'static str, call: &'static str, place: &'static str, says: &'static str) -> Fault {
    fault(("how", how), call, place, says)
}

/// Chunks of 5 on two threads: the marked instance is neither the first of its chunk nor in the first chunk.
fn in_chunks(host: &Host) -> Explainer {
    assert_eq!((MARKED / 5, MARKED % 5), (2, 3));
    small_explainer(host).threads(2).chunk_rows(5).build().unwrap()
}

fn host(scratch: &Scratch) -> HostBuilder {
    scratch.host().linked(MANIFEST, register)
}

#[test]
fn the_instance_of_a_calibrators_fault_is_named() {
    let scratch = Scratch::new();
    let culprit = Culprit {
        kind: Kind::Interval,
        identifier: "test.interval.picky",
        bundle: "test-picky",
        code: "plugin.invalid_output",
    };
    let faults = [
        how("nan", "answer", "instance 13", "left the lower bound unanswered (NaN)"),
        how("edited_nan", "answer", "instance 13", "left the lower bound unanswered (NaN)"),
        how("edited_other_class", "answer", "instance 13", "answered for class 0, asked was class 1"),
        how("two", "answer", "instance 13", "answered 2 for the prediction, which must lie in [0, 1]"),
        how("unordered", "answer", "instance 13", "answered the lower bound 0.75 above the prediction 0.5"),
    ];
    check_faults(|| host(&scratch), culprit, &faults, in_chunks);
    let faults = [
        how("error", "answer", "instance 13", "no answer"),
        how("edited_error", "answer", "instance 13", "no answer"),
        how("error_nowhere", "answer", "", "no answer"),
    ];
    check_faults(|| host(&scratch), Culprit { code: "plugin.failed", ..culprit }, &faults, in_chunks);
}

#[test]
fn the_instance_of_an_explainers_fault_is_named() {
    let scratch = Scratch::new();
    let culprit = Culprit {
        kind: Kind::Explanation,
        identifier: "test.explanation.picky",
        bundle: "test-picky",
        code: "plugin.invalid_output",
    };
    let faults = [
        how("nan", "step", "instance 13", "left a rule's weight unanswered (NaN)"),
        how("wants_all", "step", "", "values in further columns, the limit is"),
    ];
    check_faults(|| host(&scratch), culprit, &faults, in_chunks);
    let faults = [
        how("error", "step", "instance 13", "no rules"),
        how("error_nowhere", "step", "", "no rules"),
        how("prepare_error", "prepare", "calibration row 42", "no bins"),
    ];
    check_faults(|| host(&scratch), Culprit { code: "plugin.failed", ..culprit }, &faults, in_chunks);
}

#[test]
fn the_instance_of_a_faulty_prediction_is_named() {
    let scratch = Scratch::new();
    let instances = small::instances();
    let faults = [
        how("nan", "answer", "instance 13", "left the lower bound unanswered (NaN)"),
        how("half_class", "answer", "instance 13", "answered -0.5 for a probability, which must lie in [0, 1]"),
        how("error", "answer", "instance 13", "no answer"),
    ];
    for fault in faults {
        let host = host(&scratch).choose(Slot::Interval, "test.interval.picky");
        let host = host.option("test.interval.picky", "how", json!(fault.option.1)).build().unwrap();
        let explainer = in_chunks(&host);
        let error = explainer.predict(small::x(&instances)).unwrap_err();
        let culprit = Culprit {
            kind: Kind::Interval,
            identifier: "test.interval.picky",
            bundle: "test-picky",
            code: error.code(),
        };
        culprit.check(fault, &error.to_string());
        // The same explainer predicts the instances before it.
        assert_eq!(explainer.predict(small::x(&instances[..3 * MARKED])).unwrap().len(), MARKED);
    }
}

#[test]
fn a_plugin_that_is_well_here_makes_rules_there() {
    let scratch = Scratch::new();
    let builder = host(&scratch).choose(Slot::Interval, "test.interval.picky");
    let host = builder.choose(Slot::ExplanationFactual, "test.explanation.picky").build().unwrap();
    let instances = small::instances();
    let explanations = in_chunks(&host).explain_factual(small::x(&instances)).unwrap();
    assert_eq!(explanations.iter().map(|explanation| explanation.rules().len()).sum::<usize>(), small::N_INSTANCES);
}
