//! Guarded explanations of both plugins, on a problem small enough to work out by hand.

use ce_plugin_api::data::{Answers, Calibration, Column, Edits, Matrix, NONE, Operator, Rules};
use ce_plugin_api::kind::{Batch, Explainer, ExplanationPlugin, Next};
use ce_plugin_api::{ErrorCode, PluginError};
use serde_json::{Value, json};

use super::super::{Alternative, Factual};

/// Feature 0 is numeric and cut between 2 and 3 and between 5 and 40, by class; feature 1 is categorical, feature 2
/// constant. The row at 40 is a stranger.
const X_CAL: [f64; 27] = [
    1.0, 0.0, 7.0, 1.0, 1.0, 7.0, 2.0, 0.0, 7.0, 2.0, 1.0, 7.0, 3.0, 0.0, 7.0, 4.0, 1.0, 7.0, 4.0, 0.0, 7.0, 5.0, 1.0,
    7.0, 40.0, 0.0, 7.0,
];
const PREDICT: [f64; 9] = [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.1];
const X: [f64; 6] = [4.0, 1.0, 7.0, 40.0, 0.0, 7.0];

fn prepare<P: ExplanationPlugin>(plugin: &P, options: Value) -> Result<P::Explainer, PluginError> {
    let schema = json!({
        "task": "classification", "classes": ["no", "yes"], "feature_names": ["length", "colour", "constant"],
        "categorical": [1],
    });
    let scores = [0.5; 9];
    let (x, scores, schema) =
        (Matrix::new(&X_CAL, 9, 3).unwrap(), Matrix::new(&scores, 9, 1).unwrap(), schema.to_string());
    let calibration = Calibration::new(x, &[0.0; 9], scores, &schema);
    let calibrated = Answers::new(&PREDICT, &PREDICT, &PREDICT, &[1; 9]);
    let mut all = json!({
        "condition_source": "prediction", "sample_percentiles": [50], "features_to_ignore": [], "max_rule_size": 1,
        "n_top_features": 5, "fast_filter": 0, "guarded": true, "guard_confidence": 0.8, "guard_neighbours": 2,
        "guard_merge_adjacent": false,
    });
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    let options = json!({ "host": { "seed": 42, "threads": 1 }, "plugin": all });
    plugin.prepare(calibration, calibrated, &options.to_string())
}

fn batch<'a>(x: &'a [f64], extra: &'a [Column<'a>]) -> Batch<'a> {
    Batch { extra: extra.into(), ..Batch::first(Matrix::new(x, x.len() / 3, 3).unwrap(), "") }
}

fn asked(explainer: &impl Explainer, batch: Batch<'_>) -> (Edits, Vec<u8>) {
    match explainer.step(batch).unwrap() {
        Next::Ask { edits, questions, state } => {
            let first = batch.x.n_rows as u32;
            let rows: Vec<u32> = (first..first + edits.len() as u32).collect();
            assert_eq!(questions.row[..], rows, "each edited row once");
            assert!(questions.class.is_empty() && questions.feature.is_empty(), "of the class that is explained");
            (edits, state)
        }
        Next::Done(rules) => panic!("nothing was asked: {rules:?}"),
    }
}

/// The second round with `answer` for what an edited row brings about. The base is 0.5, from 0.25 to 0.75.
fn read(explainer: &impl Explainer, batch: Batch<'_>, edits: &Edits, state: &[u8]) -> Result<Rules, PluginError> {
    let predict: Vec<f64> =
        edits.feature.iter().zip(&edits.value).map(|(&f, v)| f64::from(f) / 4.0 + v / 100.0).collect();
    let class = vec![NONE; predict.len()];
    let n = batch.x.n_rows;
    let (base, low, high, of) = (vec![0.5; n], vec![0.25; n], vec![0.75; n], vec![NONE; n]);
    let base = Answers::new(&base, &low, &high, &of);
    let answers = Answers::new(&predict, &predict, &predict, &class);
    explainer.step(batch.in_round(1, state, base, answers)).map(|next| match next {
        Next::Done(rules) => rules,
        Next::Ask { .. } => panic!("a second round was asked for"),
    })
}

fn explain(explainer: &impl Explainer, batch: Batch<'_>) -> Rules {
    let (edits, state) = asked(explainer, batch);
    read(explainer, batch, &edits, &state).unwrap()
}

/// Feature and the numbers of each rule's condition, those that are not read as NaN.
fn conditions(rules: &Rules) -> Vec<String> {
    (0..rules.len())
        .map(|idx| {
            let operator = Operator::from_code(rules.operator[idx]).unwrap();
            let (low, high) = (rules.condition_low[idx], rules.condition_high[idx]);
            format!("{} {operator:?} {low} {high}", rules.feature[idx])
        })
        .collect()
}

#[test]
fn only_representatives_that_look_like_the_data_are_asked_about() {
    let (edits, _) = asked(&prepare(&Factual, json!({})).unwrap(), batch(&X, &[]));
    // Of instance 1 nothing: its length is strange, whatever its colour; of instance 0 not the bin of 40.
    assert_eq!((&edits.row[..], &edits.feature[..], &edits.value[..]), (&[0, 0][..], &[0, 1][..], &[1.5, 0.0][..]));
    let (edits, _) = asked(&prepare(&Alternative, json!({})).unwrap(), batch(&X, &[]));
    assert_eq!((&edits.row[..], &edits.feature[..]), (&[0, 0, 1, 1][..], &[0, 1, 0, 0][..]));
    assert_eq!(edits.value[..], [1.5, 0.0, 1.5, 4.0]);
}

#[test]
fn rules_carry_the_p_value_of_their_own_bin() {
    let factual = explain(&prepare(&Factual, json!({})).unwrap(), batch(&X, &[]));
    assert_eq!(conditions(&factual), ["0 Within 2.5 22.5", "1 Equal 1 NaN"]);
    assert_eq!(factual.instance_end[..], [2, 2]);
    assert_eq!((factual.predict[0], factual.low[0], factual.high[0]), (0.5, 0.25, 0.75));
    assert!((factual.weight[0] - (0.5 - 0.015)).abs() < 1e-15);
    let alternative = explain(&prepare(&Alternative, json!({})).unwrap(), batch(&X, &[]));
    assert_eq!(conditions(&alternative)[..2], ["0 AtMost NaN 2.5", "1 Equal 0 NaN"]);
    assert!((alternative.weight[0] - (0.015 - 0.5)).abs() < 1e-15);
    for rules in [factual, alternative] {
        let column = &rules.rule_extra[0];
        assert_eq!((column.name.as_str(), column.width, column.values.len()), ("guard_p_value", 1, rules.len()));
        assert!(column.values.iter().all(|p_value| (0.2..=1.0).contains(p_value)));
    }
}

#[test]
fn merged_bins_have_one_rule_and_all_of_them_no_condition() {
    let options = json!({ "guard_merge_adjacent": true });
    let alternative = explain(&prepare(&Alternative, options.clone()).unwrap(), batch(&X, &[]));
    assert_eq!(conditions(&alternative), ["0 AtMost NaN 2.5", "1 Equal 0 NaN", "0 AtMost NaN 22.5"]);
    let all = json!({ "guard_merge_adjacent": true, "guard_confidence": 0.99 });
    let factual = explain(&prepare(&Factual, all).unwrap(), batch(&X, &[]));
    assert_eq!(conditions(&factual)[0], "0 Any NaN NaN");
}

#[test]
fn an_ignored_feature_is_neither_asked_about_nor_explained() {
    let explainer = prepare(&Alternative, json!({})).unwrap();
    let of_each = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let columns = [Column::new("ignored", 3, &of_each)];
    assert_eq!(explain(&explainer, batch(&X, &columns)).feature[..], [1, 0, 0]);
    let everywhere = prepare(&Alternative, json!({ "features_to_ignore": [0] })).unwrap();
    assert_eq!(explain(&everywhere, batch(&X, &[])).feature[..], [1]);
    let columns = [Column::new("ignored", 2, &of_each[..4])];
    let error = explainer.step(batch(&X, &columns)).unwrap_err();
    assert!(error.to_string().contains("expected 3 for each of 2"), "{error}");
}

#[test]
fn a_batch_of_two_is_two_batches_of_one() {
    fn same(explainer: &impl Explainer) {
        let (both, one) = (explain(explainer, batch(&X, &[])), explain(explainer, batch(&X[..3], &[])));
        let other = explain(explainer, batch(&X[3..], &[]));
        let apart: Vec<f64> = one.weight.iter().chain(&other.weight).copied().collect();
        assert_eq!(both.weight[..], apart);
        assert_eq!(conditions(&both), [conditions(&one), conditions(&other)].concat());
    }
    for merges in [false, true] {
        same(&prepare(&Factual, json!({ "guard_merge_adjacent": merges })).unwrap());
        same(&prepare(&Alternative, json!({ "guard_merge_adjacent": merges })).unwrap());
    }
}

#[test]
fn a_restored_explainer_gives_the_same_rules() {
    fn same<P: ExplanationPlugin>(plugin: &P) {
        let explainer = prepare(plugin, json!({ "guard_merge_adjacent": true })).unwrap();
        let restored = plugin.restore(&explainer.save().unwrap(), "").unwrap();
        let text = |explainer: &P::Explainer| format!("{:?}", explain(explainer, batch(&X, &[])));
        assert_eq!(text(&restored), text(&explainer));
        for damaged in [&[][..], &[1], &[2, 0], &[1, 255, 255]] {
            assert_eq!(plugin.restore(damaged, "").err().unwrap().code, ErrorCode::Corrupt as u32);
        }
    }
    same(&Factual);
    same(&Alternative);
}

#[test]
fn damaged_bytes_and_states_never_panic() {
    fn damage<P: ExplanationPlugin>(plugin: &P) -> (usize, usize) {
        let explainer = prepare(plugin, json!({})).unwrap();
        let saved = explainer.save().unwrap();
        let (edits, state) = asked(&explainer, batch(&X, &[]));
        let mut met = (0, 0);
        let damaged = |bytes: &[u8]| -> Vec<Vec<u8>> {
            let with = |at: usize, byte: u8| [&bytes[..at], &[byte], &bytes[at + 1..]].concat();
            let each = |at: usize| [bytes[at] ^ 1, bytes[at] ^ 0x80, 0, 0xff].map(|byte| with(at, byte));
            (0..bytes.len()).flat_map(each).chain([bytes[..bytes.len() / 2].to_vec()]).collect()
        };
        for saved in damaged(&saved) {
            // Another number in its place is no damage that could be seen; whatever is restored must answer.
            match plugin.restore(&saved, "") {
                Ok(explainer) => {
                    met.0 += 1;
                    if let Ok(Next::Ask { edits, state, .. }) = explainer.step(batch(&X, &[])) {
                        let _ = read(&explainer, batch(&X, &[]), &edits, &state);
                    }
                }
                Err(_) => met.1 += 1,
            }
        }
        for state in damaged(&state) {
            let _ = read(&explainer, batch(&X, &[]), &edits, &state);
        }
        assert!(read(&explainer, batch(&X[..3], &[]), &edits, &state).is_err(), "of another batch");
        assert!(read(&explainer, batch(&X, &[]), &Edits::default(), &state).is_err(), "without its answers");
        met
    }
    for (n_restored, n_refused) in [damage(&Factual), damage(&Alternative)] {
        assert!(n_restored > 0 && n_refused > 0, "{n_restored} restored, {n_refused} refused");
    }
}

#[test]
fn what_cannot_be_guarded_is_refused() {
    for (options, expected) in [
        (json!({ "guard_confidence": 1.0 }), "guard confidence: is 1, expected a number above 0 and below 1"),
        (json!({ "max_rule_size": 2 }), "max_rule_size is 2, expected 1 where `guarded` is true"),
        (json!({ "fast_filter": 8 }), "fast_filter is 8, expected 0 where `guarded` is true"),
    ] {
        let error = prepare(&Factual, options).err().unwrap();
        assert_eq!(error.code, ErrorCode::InvalidOption as u32);
        assert!(error.to_string().contains(expected), "{error}");
    }
}
