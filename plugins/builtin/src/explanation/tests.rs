//! Both plugins on problems small enough to work out by hand.

use ce_plugin_api::data::{Answers, Calibration, Edits, Matrix, NONE, Operator, QuestionsBuf, Rules};
use ce_plugin_api::kind::{Batch, Explainer, ExplanationPlugin, Next};
use ce_plugin_api::{ErrorCode, PluginError};
use serde_json::json;

use super::{Alternative, Factual};

mod rounds;

/// Feature 0 is numeric; feature 1 is categorical and has the codes 0, 1 and 2.
const X_CAL: [f64; 12] = [1.0, 0.0, 2.0, 1.0, 3.0, 2.0, 4.0, 0.0, 5.0, 1.0, 6.0, 2.0];
const X: [f64; 4] = [6.0, 1.0, 1.0, 0.0];

/// The targets and the calibrated answers of a problem; they part feature 0 at different places.
struct Problem {
    task: &'static str,
    classes: &'static [&'static str],
    y: [f64; 6],
    predict: [f64; 6],
    class: [u32; 6],
}

const BINARY: Problem = Problem {
    task: "classification",
    classes: &["no", "yes"],
    y: [0.0, 0.0, 0.0, 0.0, 1.0, 1.0],
    predict: [0.2, 0.4999, 0.5, 0.7, 0.8, 0.9],
    class: [1; 6],
};

/// The likeliest class has a probability below one half, and class 1 is between the others.
const MULTICLASS: Problem = Problem {
    task: "classification",
    classes: &["a", "b", "c"],
    y: [0.0, 0.0, 0.0, 0.0, 1.0, 2.0],
    predict: [0.4, 0.45, 0.4, 0.45, 0.4, 0.45],
    class: [0, 0, 2, 2, 1, 1],
};

const REGRESSION: Problem = Problem {
    task: "regression",
    classes: &[],
    y: [10.0, 10.0, 10.0, 10.0, 80.0, 80.0],
    predict: [10.0, 10.0, 70.0, 70.0, 70.0, 70.0],
    class: [NONE; 6],
};

fn prepare<P: ExplanationPlugin>(plugin: &P, problem: &Problem, source: &str) -> Result<P::Explainer, PluginError> {
    prepare_without(plugin, problem, source, &[])
}

fn prepare_without<P: ExplanationPlugin>(
    plugin: &P,
    problem: &Problem,
    source: &str,
    ignored: &[usize],
) -> Result<P::Explainer, PluginError> {
    prepare_with(plugin, problem, &json!({ "condition_source": source, "features_to_ignore": ignored }))
}

/// With these options in place of the defaults.
fn prepare_with<P: ExplanationPlugin>(
    plugin: &P,
    problem: &Problem,
    given: &serde_json::Value,
) -> Result<P::Explainer, PluginError> {
    let schema = json!({
        "task": problem.task, "classes": problem.classes, "feature_names": ["length", "colour"], "categorical": [1],
    });
    // Scores play no part: what they become after calibration does.
    let scores = [0.5; 6];
    let (x, scores, schema) =
        (Matrix::new(&X_CAL, 6, 2).unwrap(), Matrix::new(&scores, 6, 1).unwrap(), schema.to_string());
    let calibration = Calibration::new(x, &problem.y, scores, &schema);
    let calibrated = Answers::new(&problem.predict, &problem.predict, &problem.predict, &problem.class);
    let mut options = json!({
        "condition_source": "prediction", "sample_percentiles": [25, 50, 75], "features_to_ignore": [],
        "max_rule_size": 1, "n_top_features": 5, "fast_filter": 0,
    });
    for (name, value) in given.as_object().unwrap() {
        options[name] = value.clone();
    }
    let options = json!({ "host": { "seed": 42, "threads": 1 }, "plugin": options });
    plugin.prepare(calibration, calibrated, &options.to_string())
}

fn first_round(explainer: &impl Explainer) -> (Edits, QuestionsBuf) {
    match explainer.step(Batch::first(Matrix::new(&X, 2, 2).unwrap(), "")).unwrap() {
        Next::Ask { edits, questions, state } => {
            assert!(state.is_empty());
            (edits, questions)
        }
        Next::Done(rules) => panic!("nothing was asked: {rules:?}"),
    }
}

/// Both rounds, with `answer` for what an edited row brings about. The base is 0.5, from 0.25 to 0.75.
fn explain(explainer: &impl Explainer, answer: impl Fn(u32, f64) -> (f64, f64, f64)) -> Rules {
    let (edits, _) = first_round(explainer);
    let answered: Vec<_> = edits.feature.iter().zip(&edits.value).map(|(&f, &v)| answer(f, v)).collect();
    let column = |of: fn(&(f64, f64, f64)) -> f64| -> Vec<f64> { answered.iter().map(of).collect() };
    let (predict, low, high) = (column(|a| a.0), column(|a| a.1), column(|a| a.2));
    let class = vec![NONE; predict.len()];
    let base = Answers::new(&[0.5; 2], &[0.25; 2], &[0.75; 2], &[NONE; 2]);
    let answers = Answers::new(&predict, &low, &high, &class);
    let batch = Batch::first(Matrix::new(&X, 2, 2).unwrap(), "").in_round(1, &[], base, answers);
    match explainer.step(batch).unwrap() {
        Next::Done(rules) => rules,
        Next::Ask { .. } => panic!("a second round was asked for"),
    }
}

/// Feature, operator and the number that the operator reads, of each rule.
fn conditions(rules: &Rules) -> Vec<(u32, Operator, f64)> {
    (0..rules.len())
        .map(|idx| {
            let operator = Operator::from_code(rules.operator[idx]).unwrap();
            let (reads_low, reads_high) = operator.reads();
            assert_eq!(
                (rules.condition_low[idx].is_nan(), rules.condition_high[idx].is_nan()),
                (!reads_low, !reads_high)
            );
            let number = if reads_low { rules.condition_low[idx] } else { rules.condition_high[idx] };
            (rules.feature[idx], operator, number)
        })
        .collect()
}

fn halved(_: u32, _: f64) -> (f64, f64, f64) {
    (0.25, 0.125, 0.5)
}

#[test]
fn every_other_bin_is_asked_about_in_one_round() {
    let (edits, questions) = first_round(&prepare(&Factual, &BINARY, "prediction").unwrap());
    // Instance 0 lies above the cut 2.5 and is of category 1, instance 1 below it and of category 0.
    assert_eq!(edits.row[..], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    assert_eq!(edits.feature[..], [0, 0, 0, 1, 1, 0, 0, 0, 1, 1]);
    assert_eq!(edits.value[..], [1.25, 1.5, 1.75, 0.0, 2.0, 3.75, 4.5, 5.25, 1.0, 2.0]);
    assert_eq!(edits.end[..], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(questions.row[..], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], "edited rows follow the two instances");
    assert!(questions.class.is_empty() && questions.feature.is_empty(), "of the class that is explained");
}

#[test]
fn a_factual_rule_carries_the_prediction_of_its_instance() {
    let rules = explain(&prepare(&Factual, &BINARY, "prediction").unwrap(), halved);
    assert_eq!(
        conditions(&rules),
        [(0, Operator::Above, 2.5), (1, Operator::Equal, 1.0), (0, Operator::AtMost, 2.5), (1, Operator::Equal, 0.0)]
    );
    assert_eq!((&rules.instance_end[..], &rules.condition_end[..]), (&[2, 4][..], &[1, 2, 3, 4][..]));
    assert_eq!(
        (&rules.weight[..], &rules.weight_low[..], &rules.weight_high[..]),
        (&[0.25; 4][..], &[0.0; 4][..], &[0.375; 4][..])
    );
    assert_eq!((&rules.predict[..], &rules.low[..], &rules.high[..]), (&[0.5; 4][..], &[0.25; 4][..], &[0.75; 4][..]));
}

#[test]
fn an_alternative_rule_carries_its_own_prediction() {
    let rules = explain(&prepare(&Alternative, &BINARY, "prediction").unwrap(), halved);
    assert_eq!(
        conditions(&rules),
        [
            (0, Operator::Below, 2.5),
            (1, Operator::Equal, 0.0),
            (1, Operator::Equal, 2.0),
            (0, Operator::Above, 2.5),
            (1, Operator::Equal, 1.0),
            (1, Operator::Equal, 2.0)
        ]
    );
    assert_eq!(rules.instance_end[..], [3, 6]);
    assert_eq!(
        (&rules.weight[..], &rules.weight_low[..], &rules.weight_high[..]),
        (&[-0.25; 6][..], &[-0.375; 6][..], &[0.0; 6][..])
    );
    assert_eq!((&rules.predict[..], &rules.low[..], &rules.high[..]), (&[0.25; 6][..], &[0.125; 6][..], &[0.5; 6][..]));
}

#[test]
fn each_category_carries_its_own_answer_whatever_the_task() {
    for problem in [&BINARY, &MULTICLASS, &REGRESSION] {
        let rules = explain(&prepare(&Alternative, problem, "prediction").unwrap(), |feature, value| {
            if feature == 0 { (0.5, 0.25, 0.75) } else { (value / 4.0 + 0.25, 0.25, 0.75) }
        });
        // Categories 0 and 2 of instance 0, 1 and 2 of instance 1; category 1 changes nothing, nor does the length.
        let found = conditions(&rules);
        assert_eq!(found, [0.0, 2.0, 2.0].map(|code| (1, Operator::Equal, code)), "{} classes", problem.classes.len());
        assert_eq!(rules.predict[..], [0.25, 0.75, 0.75]);
        assert_eq!(rules.weight[..], [-0.25, 0.25, 0.25]);
    }
}

#[test]
fn cut_points_separate_what_the_option_and_the_task_say() {
    // The only finite cut of the factual rule on feature 0, for predicted and for observed labels.
    for (problem, predicted, observed) in [(&BINARY, 2.5, 4.5), (&MULTICLASS, 2.5, 4.5), (&REGRESSION, 2.5, 4.5)] {
        for (source, cut) in [("prediction", predicted), ("observed", observed)] {
            let rules = explain(&prepare(&Factual, problem, source).unwrap(), halved);
            let place = format!("{}, {} classes, {source}", problem.task, problem.classes.len());
            assert_eq!(conditions(&rules)[0], (0, Operator::Above, cut), "{place}");
        }
    }
}

#[test]
fn alternatives_cut_deeper() {
    // The classes 0 0 2 2 1 1: instance 0 lies above both cuts, instance 1 below both.
    let rules = explain(&prepare(&Alternative, &MULTICLASS, "prediction").unwrap(), halved);
    let of_length: Vec<_> = conditions(&rules).into_iter().filter(|rule| rule.0 == 0).collect();
    assert_eq!(of_length, [(0, Operator::Below, 4.5), (0, Operator::Above, 2.5)]);
}

#[test]
fn infinite_bounds_of_a_regression_reach_the_rules() {
    let open = |_: u32, _: f64| (0.25, f64::NEG_INFINITY, f64::INFINITY);
    let facts = explain(&prepare(&Factual, &REGRESSION, "prediction").unwrap(), open);
    assert_eq!((facts.weight[0], facts.weight_low[0], facts.weight_high[0]), (0.25, f64::NEG_INFINITY, f64::INFINITY));
    let others = explain(&prepare(&Alternative, &REGRESSION, "prediction").unwrap(), open);
    assert_eq!(
        (others.weight[0], others.weight_low[0], others.weight_high[0]),
        (-0.25, f64::NEG_INFINITY, f64::INFINITY)
    );
    assert_eq!((others.predict[0], others.low[0], others.high[0]), (0.25, f64::NEG_INFINITY, f64::INFINITY));
}

#[test]
fn a_restored_explainer_gives_the_same_rules() {
    fn same<P: ExplanationPlugin>(plugin: &P, problem: &Problem) {
        let explainer = prepare(plugin, problem, "prediction").unwrap();
        let restored = plugin.restore(&explainer.save().unwrap(), "").unwrap();
        let answer = |feature: u32, value: f64| (value / 10.0, f64::from(feature) - 3.0, 9.0);
        // As text, since unread numbers are NaN, which equals nothing; all other bits show in it.
        let text = |explainer: &P::Explainer| format!("{:?}", explain(explainer, answer));
        assert_eq!(text(&restored), text(&explainer));
        assert_eq!(plugin.restore(&[255], "").err().unwrap().code, ErrorCode::Corrupt as u32);
    }
    for problem in [&BINARY, &MULTICLASS, &REGRESSION] {
        same(&Factual, problem);
        same(&Alternative, problem);
    }
}

#[test]
fn damaged_bytes_never_panic() {
    /// How many damaged explainers were restored, and how many refused.
    fn damage<P: ExplanationPlugin>(plugin: &P) -> (usize, usize) {
        let saved = prepare(plugin, &MULTICLASS, "prediction").unwrap().save().unwrap();
        let (mut n_restored, mut n_refused) = (0, 0);
        for byte_idx in 0..saved.len() {
            for byte in [saved[byte_idx] ^ 1, saved[byte_idx] ^ 0x80, 0, 0xff] {
                let mut damaged = saved.clone();
                damaged[byte_idx] = byte;
                // Another number in its place is no damage that could be seen; whatever is restored must answer.
                match plugin.restore(&damaged, "") {
                    Ok(explainer) => {
                        two_rounds(&explainer);
                        n_restored += 1;
                    }
                    Err(_) => n_refused += 1,
                }
            }
        }
        (n_restored, n_refused)
    }
    /// Both rounds, whether they are refused or not.
    fn two_rounds(explainer: &impl Explainer) {
        let first = Batch::first(Matrix::new(&X, 2, 2).unwrap(), "");
        let Ok(Next::Ask { edits, .. }) = explainer.step(first) else { return };
        let n = edits.row.len();
        let answers = (vec![0.5; n], vec![NONE; n]);
        let base = Answers::new(&[0.25; 2], &[0.25; 2], &[0.25; 2], &[NONE; 2]);
        let answers = Answers::new(&answers.0, &answers.0, &answers.0, &answers.1);
        let _ = explainer.step(first.in_round(1, &[], base, answers));
    }
    for (n_restored, n_refused) in [damage(&Factual), damage(&Alternative)] {
        assert!(n_restored > 0 && n_refused > 0, "{n_restored} restored, {n_refused} refused");
    }
}

#[test]
fn an_ignored_feature_has_no_rule_and_an_unknown_one_cannot_be_ignored() {
    let explainer = prepare_without(&Factual, &BINARY, "prediction", &[0]).unwrap();
    assert_eq!(explain(&explainer, halved).feature[..], [1, 1]);
    let error = prepare_without(&Factual, &BINARY, "prediction", &[0, 2]).err().unwrap();
    assert_eq!(error.code, ErrorCode::InvalidOption as u32);
    assert!(error.text().contains("features_to_ignore names column 2, there are 2 columns"), "{error}");
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let one_class = Problem { classes: &["no"], ..BINARY };
    let error = prepare(&Factual, &one_class, "prediction").err().unwrap();
    assert_eq!(error.code, ErrorCode::Unsupported as u32);
    assert!(error.to_string().contains("the model has 1"), "{error}");
    let unknown = Problem { class: [0, 1, 2, 3, 0, 0], ..MULTICLASS };
    let error = prepare(&Alternative, &unknown, "prediction").err().unwrap();
    assert!(error.to_string().contains("class label is 3"), "{error}");
    assert_eq!(prepare(&Factual, &BINARY, "guessed").err().unwrap().code, ErrorCode::InvalidOption as u32);
}
