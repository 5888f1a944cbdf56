//! What is asked beside the single rules: conjunctions, the FAST filter, and features that are ignored for one instance.

use ce_core::conjunction::{Part, Rule, Side};
use ce_core::{Interval, Weight};
use ce_plugin_api::data::{Answers, Column, Matrix, NONE, Rules};
use ce_plugin_api::kind::{Batch, Explainer, ExplanationPlugin, Next};
use ce_plugin_api::{ErrorCode, PluginError};
use serde_json::{Value, json};

use super::super::stage::{Found, Stage};
use super::{Alternative, BINARY, Factual, MULTICLASS, Problem, REGRESSION, X, conditions, prepare_with};

type Triple = (f64, f64, f64);

/// What a model and its calibrator say about a row.
fn model(row: &[f64]) -> Triple {
    let predict = (row[0] * 3.0 + row[1] * row[1] * row[0]) / 64.0 + 0.125;
    (predict, predict / 2.0, predict + 0.25)
}

/// What the calibrator of a feature says about the unchanged instance: feature 1 matters where its category is 0.
fn of_feature(feature: u32, row: &[f64]) -> Triple {
    let (predict, low, high) = model(row);
    let moved = if (feature == 1) == (row[1] == 0.0) { 0.125 } else { 0.0625 };
    (predict - moved, low - moved, high)
}

/// Every round over the rows `x`, as a host plays them; also how many questions each round asked.
fn run(explainer: &impl Explainer, x: &[f64], extra: &[Column<'_>]) -> Result<(Rules, Vec<usize>), PluginError> {
    let rows: Vec<&[f64]> = x.chunks(2).collect();
    let columns = |answers: &[Triple]| -> [Vec<f64>; 3] {
        [|a: &Triple| a.0, |a: &Triple| a.1, |a: &Triple| a.2].map(|of| answers.iter().map(of).collect())
    };
    let base = columns(&rows.iter().map(|row| model(row)).collect::<Vec<_>>());
    let none = vec![NONE; 1 << 12];
    let mut edited: Vec<Vec<f64>> = rows.iter().map(|row| row.to_vec()).collect();
    let (mut state, mut answers, mut asked) = (Vec::new(), columns(&[]), Vec::new());
    for round in 0.. {
        let batch = Batch { extra: extra.into(), ..Batch::first(Matrix::new(x, rows.len(), 2).unwrap(), "") };
        let of = |columns: &[Vec<f64>; 3]| [&columns[0][..], &columns[1][..], &columns[2][..]].map(<[f64]>::to_vec);
        let (b, a) = (of(&base), of(&answers));
        let base = if round == 0 { Answers::none() } else { Answers::new(&b[0], &b[1], &b[2], &none[..rows.len()]) };
        let answered = Answers::new(&a[0], &a[1], &a[2], &none[..a[0].len()]);
        match explainer.step(batch.in_round(round, &state, base, answered))? {
            Next::Done(rules) => return Ok((rules, asked)),
            Next::Ask { edits, questions, state: next } => {
                let mut start = 0;
                for (&row, &end) in edits.row.iter().zip(&edits.end) {
                    let mut values = rows[row as usize].to_vec();
                    for edit in start..end as usize {
                        values[edits.feature[edit] as usize] = edits.value[edit];
                    }
                    start = end as usize;
                    edited.push(values);
                }
                let answer = |(place, &row): (usize, &u32)| match questions.feature.get(place) {
                    Some(&feature) => of_feature(feature, &edited[row as usize]),
                    None => model(&edited[row as usize]),
                };
                asked.push(questions.row.len());
                answers = columns(&questions.row.iter().enumerate().map(answer).collect::<Vec<_>>());
                state = next;
            }
        }
    }
    unreachable!("there is always a next round")
}

fn prepared<P: ExplanationPlugin>(plugin: &P, problem: &Problem, given: &Value) -> P::Explainer {
    prepare_with(plugin, problem, given).unwrap()
}

/// All bits of rules as text, since unread numbers are NaN, which equals nothing.
fn text(rules: &Rules) -> String {
    format!("{rules:?}")
}

#[test]
fn a_factual_conjunction_follows_the_single_rules_and_holds_of_the_instance() {
    let explainer = prepared(&Factual, &BINARY, &json!({ "max_rule_size": 2 }));
    let (rules, asked) = run(&explainer, &X, &[]).unwrap();
    // Both features have a rule, so that each instance has one pair: 3 covered lengths with the own colour.
    assert_eq!(asked, [10, 6]);
    assert_eq!((&rules.instance_end[..], &rules.condition_end[..]), (&[3, 6][..], &[1, 2, 4, 5, 6, 8][..]));
    assert_eq!(rules.feature[..4], [0, 1, 0, 1]);
    // Instance 0, (6, 1), lies above the cut 2.5, where calibration rows are 3, 4, 5 and 6 long.
    let mean = [3.75, 4.5, 5.25].map(|length| model(&[length, 1.0]).0).iter().sum::<f64>() / 3.0;
    assert_eq!(rules.predict[2], mean);
    assert_eq!(rules.weight[2], mean - model(&X[..2]).0);
    let single = run(&prepared(&Factual, &BINARY, &json!({})), &X, &[]).unwrap().0;
    assert_eq!(rules.weight[..2], single.weight[..2]);
}

#[test]
fn an_alternative_conjunction_is_made_of_its_sides() {
    let explainer = prepared(&Alternative, &BINARY, &json!({ "max_rule_size": 3 }));
    let (rules, asked) = run(&explainer, &X, &[]).unwrap();
    assert_eq!(asked, [10, 6], "of two features there is no conjunction of three, and no round for it");
    // Three single rules and one pair each: of both colours the less important, 0, is met first.
    assert_eq!(rules.instance_end[..], [4, 8]);
    let last = rules.condition_end[2] as usize..rules.condition_end[3] as usize;
    assert_eq!(rules.feature[last.clone()], [0, 1]);
    assert_eq!(conditions_at(&rules, last), [2.5, 0.0]);
    let mean = [1.25, 1.5, 1.75].map(|length| model(&[length, 0.0]).0).iter().sum::<f64>() / 3.0;
    assert_eq!(rules.predict[3], mean);
}

/// The number that each of these conditions reads.
fn conditions_at(rules: &Rules, range: std::ops::Range<usize>) -> Vec<f64> {
    let number = |idx: usize| {
        if rules.condition_low[idx].is_nan() { rules.condition_high[idx] } else { rules.condition_low[idx] }
    };
    range.map(number).collect()
}

#[test]
fn a_batch_of_n_is_n_batches_of_one_whatever_is_asked() {
    let x = [6.0, 1.0, 1.0, 0.0, 3.0, 2.0, 2.5, 1.0];
    let ignored = [0.0, 0.0, 1.0, 0.0, 0.0, f64::NAN, 0.0, 1.0];
    fn check<P: ExplanationPlugin>(plugin: &P, given: &Value, x: &[f64], ignored: &[f64]) {
        for problem in [&BINARY, &MULTICLASS, &REGRESSION] {
            let explainer = prepared(plugin, problem, given);
            let together = run(&explainer, x, &[Column::new("ignored", 2, ignored)]).unwrap().0;
            let (mut start, mut first_condition) = (0, 0);
            for (instance, (x, ignored)) in x.chunks(2).zip(ignored.chunks(2)).enumerate() {
                let alone = run(&explainer, x, &[Column::new("ignored", 2, ignored)]).unwrap().0;
                let end = together.instance_end[instance] as usize;
                let end_condition = if end == 0 { 0 } else { together.condition_end[end - 1] as usize };
                assert_eq!(alone.weight[..], together.weight[start..end]);
                assert_eq!(alone.predict[..], together.predict[start..end]);
                assert_eq!(alone.feature[..], together.feature[first_condition..end_condition]);
                (start, first_condition) = (end, end_condition);
            }
        }
    }
    for given in [json!({}), json!({ "max_rule_size": 2 }), json!({ "max_rule_size": 3, "fast_filter": 1 })] {
        check(&Factual, &given, &x, &ignored);
        check(&Alternative, &given, &x, &ignored);
    }
}

#[test]
fn about_a_feature_ignored_for_an_instance_nothing_is_asked() {
    let ignored = [1.0, 0.0, 0.0, 1.0];
    let explainer = prepared(&Factual, &BINARY, &json!({ "max_rule_size": 2 }));
    let (rules, asked) = run(&explainer, &X, &[Column::new("ignored", 2, &ignored)]).unwrap();
    // Two colours of instance 0, three lengths of instance 1, and no pair.
    assert_eq!((&asked[..], &rules.feature[..], &rules.instance_end[..]), (&[5][..], &[1, 0][..], &[1, 2][..]));
    let (rules, asked) = run(&explainer, &X, &[Column::new("ignored", 2, &[1.0; 4])]).unwrap();
    assert_eq!((&asked[..], rules.len(), &rules.instance_end[..]), (&[0][..], 0, &[0, 0][..]));
    for column in [Column::new("ignored", 1, &[0.0; 2]), Column::new("ignored", 2, &[0.0; 2])] {
        let error = run(&explainer, &X, &[column]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput as u32);
        assert!(error.text().contains("expected 2 for each of 2"), "{error}");
    }
}

#[test]
fn the_fast_filter_keeps_the_features_of_the_largest_weights_of_each_instance() {
    let explainer = prepared(&Factual, &BINARY, &json!({ "fast_filter": 1 }));
    let (rules, asked) = run(&explainer, &X, &[]).unwrap();
    // Instance 0 keeps its length (3 other values), instance 1, of category 0, its colour (2 others).
    assert_eq!((&asked[..], &rules.feature[..]), (&[4, 5][..], &[0, 1][..]));
    let all = run(&prepared(&Factual, &BINARY, &json!({})), &X, &[]).unwrap().0;
    assert_eq!(rules.weight[..], [all.weight[0], all.weight[3]]);
    let kept = run(&prepared(&Factual, &BINARY, &json!({ "fast_filter": 2 })), &X, &[]).unwrap().0;
    assert_eq!(text(&kept), text(&all), "as many as there are");
    // What is ignored is not weighed either.
    let ignored = [1.0, 0.0, 0.0, 0.0];
    let (rules, asked) = run(&explainer, &X, &[Column::new("ignored", 2, &ignored)]).unwrap();
    assert_eq!((&asked[..], &rules.feature[..]), (&[3, 4][..], &[1, 1][..]));
}

#[test]
fn of_equal_fast_weights_the_lowest_feature_is_kept() {
    let explainer = prepared(&Factual, &BINARY, &json!({ "fast_filter": 1 }));
    let x = Matrix::new(&X[..2], 1, 2).unwrap();
    let state = Stage::Filter.save().unwrap();
    let (base, equal) = (Answers::new(&[0.5], &[0.5], &[0.5], &[NONE]), [0.25, 0.75]);
    let answers = Answers::new(&equal, &equal, &equal, &[NONE; 2]);
    let Next::Ask { edits, .. } = explainer.step(Batch::first(x, "").in_round(1, &state, base, answers)).unwrap()
    else {
        panic!("nothing was asked")
    };
    assert_eq!(edits.feature[..], [0, 0, 0]);
}

#[test]
fn a_restored_explainer_asks_in_the_same_rounds() {
    fn same<P: ExplanationPlugin>(plugin: &P, given: &Value) {
        let explainer = prepared(plugin, &MULTICLASS, given);
        let restored = plugin.restore(&explainer.save().unwrap(), "").unwrap();
        let (rules, asked) = run(&explainer, &X, &[]).unwrap();
        let again = run(&restored, &X, &[]).unwrap();
        assert_eq!((text(&again.0), again.1), (text(&rules), asked));
    }
    for given in [json!({ "max_rule_size": 2, "n_top_features": 2 }), json!({ "fast_filter": 1 })] {
        same(&Factual, &given);
        same(&Alternative, &given);
    }
}

#[test]
fn options_out_of_range_are_refused() {
    for (given, message) in [
        (json!({ "max_rule_size": 4 }), "max_rule_size is 4, expected 1 to 3"),
        (json!({ "max_rule_size": 0 }), "max_rule_size is 0, expected 1 to 3"),
        (json!({ "n_top_features": 1 }), "n_top_features is 1, expected at least 2"),
        (json!({ "max_rule_size": 3, "sample_percentiles": vec![50; 17] }), "asks about 4913 rows, at most 4096"),
    ] {
        let error = prepare_with(&Factual, &BINARY, &given).err().unwrap();
        assert_eq!(error.code, ErrorCode::InvalidOption as u32, "{given}");
        assert!(error.text().contains(message), "{error}");
    }
    let many = json!({ "sample_percentiles": vec![50; 17] });
    assert!(prepare_with(&Factual, &BINARY, &many).is_ok(), "single rules have no product");
}

/// One round of instance 0 with this state and so many answers.
fn step(explainer: &impl Explainer, state: &[u8], n_answers: usize) -> Result<Next, PluginError> {
    let x = Matrix::new(&X[..2], 1, 2).unwrap();
    let (base, answers) = (Answers::new(&[0.5], &[0.25], &[0.75], &[NONE]), vec![0.5; n_answers]);
    let class = vec![NONE; n_answers];
    let answers = Answers::new(&answers, &answers, &answers, &class);
    explainer.step(Batch::first(x, "").in_round(1, state, base, answers))
}

#[test]
fn a_state_of_something_else_is_an_error() {
    let explainer = prepared(&Factual, &BINARY, &json!({ "max_rule_size": 2, "fast_filter": 1 }));
    let single = |feature, side| Rule {
        parts: vec![Part { feature, side }],
        weight: Weight { weight: 0.25, low: 0.0, high: 0.5 },
        prediction: Interval { predict: 0.5, low: 0.25, high: 0.75 },
    };
    let facts = || vec![single(0, Side::Own), single(1, Side::Own)];
    let found = |size, rules: Vec<Vec<Rule>>| Stage::Conjunctions(Found { size, n_edits: 5, rules });
    let good = found(2, vec![facts()]).save().unwrap();
    assert!(matches!(step(&explainer, &good, 3), Ok(Next::Done(rules)) if conditions(&rules).len() == 3));
    for (stage, n_answers) in [
        (found(2, vec![facts()]), 2),
        (found(2, vec![]), 3),
        (found(2, vec![facts(), facts()]), 3),
        (found(1, vec![facts()]), 3),
        (found(3, vec![facts()]), 3),
        (found(2, vec![vec![single(0, Side::Own), single(2, Side::Own)]]), 3),
        (found(2, vec![vec![single(0, Side::Above), single(1, Side::Own)]]), 3),
        (found(2, vec![vec![Rule { parts: vec![], ..single(0, Side::Own) }, single(1, Side::Below)]]), 1),
        (Stage::Grid(vec![]), 5),
        (Stage::Grid(vec![vec![2]]), 5),
        (Stage::Grid(vec![vec![0]]), 2),
        (Stage::Filter, 1),
    ] {
        let error = step(&explainer, &stage.save().unwrap(), n_answers).err();
        let code = error.unwrap_or_else(|| panic!("{stage:?} was taken")).code;
        assert!([ErrorCode::Corrupt as u32, ErrorCode::InvalidInput as u32].contains(&code), "{stage:?}");
    }
    assert_eq!(step(&explainer, &[255], 3).err().unwrap().code, ErrorCode::Corrupt as u32);
}

#[test]
fn a_damaged_state_never_panics() {
    let explainer = prepared(&Alternative, &BINARY, &json!({ "max_rule_size": 3, "fast_filter": 1 }));
    let part = |feature, side| Part { feature, side };
    let rule = |parts: Vec<Part>| Rule {
        parts,
        weight: Weight { weight: 0.25, low: 0.0, high: 0.5 },
        prediction: Interval { predict: 0.5, low: 0.25, high: 0.75 },
    };
    let rules = vec![rule(vec![part(0, Side::Below)]), rule(vec![part(1, Side::Category(2.0))])];
    let found = Found { size: 2, n_edits: 5, rules: vec![rules] };
    let (mut n_taken, mut n_refused) = (0, 0);
    for stage in [Stage::Conjunctions(found), Stage::Grid(vec![vec![0, 1]]), Stage::Whole, Stage::Filter] {
        let saved = stage.save().unwrap();
        for byte_idx in 0..saved.len() {
            for byte in 0..=255 {
                let mut damaged = saved.clone();
                damaged[byte_idx] = byte;
                for n_answers in [0, 2, 3, 5] {
                    match step(&explainer, &damaged, n_answers) {
                        Ok(_) => n_taken += 1,
                        Err(_) => n_refused += 1,
                    }
                }
            }
        }
    }
    assert!(n_taken > 0 && n_refused > n_taken, "{n_taken} taken, {n_refused} refused");
}
