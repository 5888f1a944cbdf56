//! What a batch may ask beside its rows: a class, an event of each row, features to ignore.

use super::*;

fn explainer() -> Explainer {
    host().explainer(model(), calibration()).build().unwrap()
}

/// A regression whose targets lie up to 2 off.
fn value_explainer() -> Explainer {
    let x: Vec<f64> = (0..60).flat_map(|row| [f64::from(row % 20), f64::from(row % 2)]).collect();
    let y = x.chunks_exact(2).map(|row| 1.25 * row[0] + (row[0] * 7.0 + row[1]) % 5.0 - 2.0).collect();
    host().explainer(value_model(), CalibrationSet::new(x, y, 2).unwrap()).build().unwrap()
}

fn batch(x: &[f64]) -> Instances<'_> {
    Instances::new(Matrix::new(x, x.len() / 2, 2).unwrap())
}

const X: [f64; 4] = [3.0, 0.0, 15.0, 1.0];

#[test]
fn of_two_classes_the_first_is_the_second_turned_round() {
    let (yes, no) = (explainer().predict(batch(&X)).unwrap(), explainer().predict(batch(&X).class("no")).unwrap());
    for instance in 0..2 {
        let (yes, no) = (yes.get(instance).unwrap(), no.get(instance).unwrap());
        assert_eq!((no.value, no.low, no.high), (1.0 - yes.value, 1.0 - yes.high, 1.0 - yes.low));
    }
    assert_eq!((no.explained_class(0), no.class(0)), (Some("no"), yes.class(0)), "the likeliest class stays the same");
    assert_ne!(yes.run_id(), no.run_id());
    let (of_yes, of_no) = (
        explainer().explain_factual(batch(&X).class("yes")).unwrap(),
        explainer().explain_factual(batch(&X).class("no")).unwrap(),
    );
    let weights = |report: &Explanations| -> Vec<f64> {
        report.iter().flat_map(|explanation| explanation.rules().map(|rule| rule.weight().value)).collect()
    };
    let (of_yes, of_no) = (weights(&of_yes), weights(&of_no));
    assert!(!of_yes.is_empty() && of_yes.len() == of_no.len());
    assert!(of_yes.iter().zip(&of_no).all(|(yes, no)| (yes + no).abs() < 1e-12), "{of_yes:?} {of_no:?}");
}

#[test]
fn an_unknown_class_is_refused_with_the_known_ones() {
    let error = explainer().predict(batch(&X).class("maybe")).unwrap_err();
    assert_eq!(error.code(), "input.unknown_class");
    assert!(error.to_string().contains("known: no, yes"), "{error}");
    let error = value_explainer().predict(batch(&X).class("yes")).unwrap_err();
    assert_eq!(error.code(), "input.on_regression");
}

#[test]
fn each_row_has_the_answer_of_its_own_event() {
    let events = [Threshold::at_most(6.0).unwrap(), Threshold::between(4.0, 30.0).unwrap()];
    let explainer = value_explainer();
    let both = explainer.explain_factual(batch(&X).thresholds(events.to_vec())).unwrap();
    assert_eq!(both.threshold(), None);
    for (instance, event) in events.into_iter().enumerate() {
        let alone = explainer.explain_factual(batch(&X).threshold(event)).unwrap();
        let (mixed, alone) = (both.get(instance).unwrap(), alone.get(instance).unwrap());
        assert_eq!(mixed.prediction(), alone.prediction());
        assert_eq!((mixed.class(), mixed.threshold()), (alone.class(), Some(event)));
        let rules = |explanation: Explanation<'_>| -> Vec<_> {
            explanation.rules().map(|rule| (rule.text(), rule.weight(), rule.prediction())).collect()
        };
        assert_eq!(rules(mixed), rules(alone));
    }
    let predictions = explainer.predict(batch(&X).thresholds(events.to_vec())).unwrap();
    assert_eq!(predictions.get(1), both.get(1).map(|explanation| explanation.prediction()));
    assert_eq!(predictions.explained_class(1), Some("4 < y_hat <= 30"));
    let json = serde_json::to_value(&predictions).unwrap();
    assert_eq!((&json["threshold"], &json["predictions"][0]["threshold"]), (&json!(null), &json!(6.0)));
    assert!(json["predictions"][1]["probabilities"]["4 < y_hat <= 30"].is_number(), "{json}");
}

#[test]
fn events_of_rows_are_one_per_row_and_alone() {
    let event = Threshold::at_most(6.0).unwrap();
    let explainer = value_explainer();
    for (request, words) in [
        (batch(&X).thresholds(vec![event]), "the number of thresholds is 1 for 2 rows, expected one per row"),
        (batch(&X).thresholds(vec![event; 2]).threshold(event), "expected either of them"),
        (batch(&X).thresholds(vec![event; 2]).percentiles(Percentiles::default()), "an event has a probability"),
    ] {
        let error = explainer.predict(request).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let error = self::explainer().predict(batch(&X).thresholds(vec![event; 2])).unwrap_err();
    assert_eq!(error.code(), "input.on_classifier");
}

#[test]
fn an_ignored_feature_has_no_rule_and_leaves_the_others_alone() {
    let rules = |request: Instances<'_>| -> Vec<Vec<(usize, Uncertain)>> {
        let report = explainer().explain_factual(request).unwrap();
        let rule = |rule: Rule<'_>| (rule.conditions().next().unwrap().feature(), rule.weight());
        report.iter().map(|explanation| explanation.rules().map(rule).collect()).collect()
    };
    let all = rules(batch(&X));
    assert!(all.iter().all(|rules| rules.iter().map(|(feature, _)| *feature).eq([0, 1])), "{all:?}");
    let without = |instance: usize, feature: usize| -> Vec<(usize, Uncertain)> {
        all[instance].iter().filter(|(of, _)| *of != feature).copied().collect()
    };
    assert_eq!(rules(batch(&X).ignore(vec![1, 1])), [without(0, 1), without(1, 1)]);
    let each = batch(&X).ignore_in_each(vec![vec![0], vec![]]);
    assert_eq!(rules(each), [without(0, 0), all[1].clone()]);
    let none_left = batch(&X).ignore(vec![1]).ignore_in_each(vec![vec![], vec![0]]);
    assert_eq!(rules(none_left), [without(0, 1), vec![]]);
}

#[test]
fn columns_to_ignore_exist() {
    let error = explainer().explain_factual(batch(&X).ignore(vec![2])).unwrap_err();
    assert_eq!(error.code(), "input.no_such_column");
    let error = explainer().explain_factual(batch(&X).ignore_in_each(vec![vec![]])).unwrap_err();
    assert!(error.to_string().contains("the number of lists of ignored columns is 1 for 2 rows"), "{error}");
}
