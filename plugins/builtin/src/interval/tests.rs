//! Questions of every kind across the boundary, the saved form, and what is refused.

use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Column, Edits, Matrix, NONE, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};
use ce_plugin_api::{ErrorCode, PluginError};

use super::{Legacy, LegacyCalibrator};

const OPTIONS: &str = r#"{"host": {"seed": 42, "threads": 1}, "plugin": {}}"#;
const CLASSES: &str = r#"{"task": "classification", "feature_names": ["x"]}"#;
const VALUES: &str = r#"{"task": "regression", "feature_names": ["x"]}"#;
const N_ROWS: usize = 60;

/// The columns of answers, with three probabilities per question.
type Written = (Vec<f64>, Vec<f64>, Vec<f64>, Vec<u32>, Vec<f64>);

/// Sixty rows of a model with so many outputs.
fn scores(n_outputs: usize) -> Vec<f64> {
    (0..N_ROWS * n_outputs).map(|idx| (idx * 37 % 101) as f64 / 101.0).collect()
}

/// The categories 3 and 8 in turn.
fn categories() -> Vec<u32> {
    (0..N_ROWS).map(|row_idx| [3, 8][row_idx % 2]).collect()
}

fn fit(schema: &str, n_outputs: usize, category: &[u32]) -> Result<LegacyCalibrator, PluginError> {
    let (x, scores) = (vec![0.0; N_ROWS], scores(n_outputs));
    let n_targets = if n_outputs == 1 { 7 } else { n_outputs };
    let y: Vec<f64> = (0..N_ROWS).map(|row_idx| (row_idx * 5 % n_targets) as f64).collect();
    let x = Matrix::new(&x, N_ROWS, 1).unwrap();
    let mut calibration = Calibration::new(x, &y, Matrix::new(&scores, N_ROWS, n_outputs).unwrap(), schema);
    calibration.category = category.into();
    match Legacy.fit(calibration, Asked::nothing(n_outputs), OPTIONS)? {
        Fit::Done(calibrator) => Ok(calibrator),
        Fit::Ask { .. } => unreachable!("it needs nothing else"),
    }
}

/// Asks about the calibration rows themselves.
fn ask(
    calibrator: &LegacyCalibrator,
    n_outputs: usize,
    questions: Questions<'_>,
    n_probabilities: usize,
) -> Result<Written, PluginError> {
    let scores = scores(n_outputs);
    let scores = Matrix::new(&scores, N_ROWS, n_outputs).unwrap();
    let n = questions.len();
    let (mut predict, mut low, mut high) = (vec![f64::NAN; n], vec![f64::NAN; n], vec![f64::NAN; n]);
    let (mut class, mut probability) = (vec![NONE; n], vec![f64::NAN; n * n_probabilities]);
    let x = vec![0.0; N_ROWS];
    let rows = Rows::dense(Matrix::new(&x, N_ROWS, 1).unwrap());
    let answers = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class).with_probability(&mut probability);
    calibrator.answer(rows, scores, questions, answers)?;
    Ok((predict, low, high, class, probability))
}

#[test]
fn questions_of_every_kind_are_answered_the_same_in_any_order() {
    let category = categories();
    let asked: Vec<u32> = (0..N_ROWS as u32).collect();
    let percentiles = Questions { percentiles: (&[5.0, 95.0][..]).into(), ..Questions::about(&asked) };
    let at_most = Questions { threshold_high: (&[2.5][..]).into(), ..Questions::about(&asked) };
    let within = Questions { threshold_low: (&[0.5][..]).into(), ..at_most };
    for category in [&[][..], &category[..]] {
        let kinds = [percentiles, at_most, within].map(|kind| Questions { category: category.into(), ..kind });
        let fitted = || fit(VALUES, 1, category).unwrap();
        let fresh = kinds.map(|kind| ask(&fitted(), 1, kind, 0).unwrap());
        let calibrator = fitted();
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 1]] {
            for kind in order {
                assert_eq!(ask(&calibrator, 1, kinds[kind], 0).as_ref(), Ok(&fresh[kind]));
            }
        }
        for (predict, low, high, class, _) in fresh {
            assert!(class.iter().all(|class| *class == NONE));
            assert!((0..N_ROWS).all(|idx| low[idx] <= predict[idx] && predict[idx] <= high[idx]));
        }
    }
}

#[test]
fn a_batch_with_an_event_per_question_is_that_many_batches_of_one() {
    let calibrator = fit(VALUES, 1, &[]).unwrap();
    let rows = [0, 1, 2, 0];
    let (low, high) = ([f64::NEG_INFINITY, 0.5, 1.0, f64::NEG_INFINITY], [2.5, 2.5, 4.0, 0.5]);
    let all =
        Questions { threshold_low: (&low[..]).into(), threshold_high: (&high[..]).into(), ..Questions::about(&rows) };
    let (predict, ..) = ask(&calibrator, 1, all, 0).unwrap();
    for idx in 0..rows.len() {
        let alone = Questions {
            threshold_low: low[idx..=idx].into(),
            threshold_high: high[idx..=idx].into(),
            ..Questions::about(&rows[idx..=idx])
        };
        assert_eq!(ask(&calibrator, 1, alone, 0).unwrap().0, [predict[idx]]);
    }
    assert_ne!(predict[0], predict[3]);
}

#[test]
fn classes_are_named_and_every_probability_is_written() {
    for n_classes in [2, 3] {
        let calibrator = fit(CLASSES, n_classes, &[]).unwrap();
        let rows: Vec<u32> = (0..N_ROWS as u32).collect();
        let questions = Questions::about(&rows);
        let (own, _, _, own_class, probability) = ask(&calibrator, n_classes, questions, n_classes).unwrap();
        for (idx, of_row) in probability.chunks(n_classes).enumerate() {
            assert!((of_row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert_eq!(own[idx], of_row[own_class[idx] as usize]);
        }
        for class in 0..n_classes as u32 {
            let asked = [class];
            let (predict, low, high, found, _) = ask(&calibrator, n_classes, questions.of_classes(&asked), 0).unwrap();
            assert!(found.iter().all(|found| *found == class));
            for idx in 0..N_ROWS {
                assert_eq!(predict[idx], probability[idx * n_classes + class as usize]);
                assert!(0.0 <= low[idx] && low[idx] <= predict[idx] && predict[idx] <= high[idx] && high[idx] <= 1.0);
            }
        }
    }
}

#[test]
fn a_restored_calibrator_answers_with_the_same_bits() {
    let category = categories();
    let rows: Vec<u32> = (0..N_ROWS as u32).collect();
    let classes = Questions::about(&rows);
    let percentiles = Questions { percentiles: (&[10.0, f64::INFINITY][..]).into(), ..classes };
    let event = Questions { threshold_high: (&[2.5][..]).into(), ..classes };
    for category in [&[][..], &category[..]] {
        for (schema, n_outputs, kinds) in
            [(CLASSES, 2, vec![classes]), (CLASSES, 3, vec![classes]), (VALUES, 1, vec![percentiles, event])]
        {
            let calibrator = fit(schema, n_outputs, category).unwrap();
            let restored = Legacy.restore(&calibrator.save().unwrap(), OPTIONS).unwrap();
            assert_eq!(restored, calibrator);
            for kind in kinds {
                let kind = Questions { category: category.into(), ..kind };
                assert_eq!(ask(&restored, n_outputs, kind, 0), ask(&calibrator, n_outputs, kind, 0));
            }
        }
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let rows = [0, 1];
    for (schema, n_outputs) in [(CLASSES, 2), (CLASSES, 3), (VALUES, 1)] {
        let saved = fit(schema, n_outputs, &categories()).unwrap().save().unwrap();
        let cut = Legacy.restore(&saved[..saved.len() - 1], OPTIONS);
        assert_eq!(cut.map_err(|error| error.code), Err(ErrorCode::Corrupt as u32));
        for byte_idx in 0..saved.len() {
            for byte in [saved[byte_idx] ^ 1, saved[byte_idx] ^ 0x80, 0, 0xff] {
                let mut damaged = saved.clone();
                damaged[byte_idx] = byte;
                // Another number in its place is no damage that could be seen; whatever is restored must answer.
                let Ok(calibrator) = Legacy.restore(&damaged, OPTIONS) else { continue };
                let about = Questions { category: (&[3][..]).into(), ..Questions::about(&rows) };
                let _ = ask(&calibrator, n_outputs, about, n_outputs);
                let event = Questions { threshold_high: (&[2.5][..]).into(), ..about };
                let _ = ask(&calibrator, n_outputs, event, 0);
            }
        }
    }
}

#[test]
fn what_cannot_be_answered_names_the_question() {
    let rows = [4, 5];
    let about = Questions::about(&rows);
    let refused = |calibrator: &LegacyCalibrator, n_outputs, questions| {
        let error = ask(calibrator, n_outputs, questions, 0).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput as u32);
        (error.instance, error.text())
    };
    let values = fit(VALUES, 1, &[]).unwrap();
    let (instance, text) = refused(&values, 1, about);
    assert!(instance == 0 && text.contains("ask a regression for two percentiles, or for an event"), "{text}");
    let reversed =
        Questions { threshold_low: (&[0.0, 3.0][..]).into(), threshold_high: (&[1.0, 2.0][..]).into(), ..about };
    assert_eq!(refused(&values, 1, reversed).0, 1);
    let above_100 = Questions { percentiles: (&[5.0, 101.0][..]).into(), ..about };
    assert!(refused(&values, 1, above_100).1.contains("percentiles"));
    let two = fit(CLASSES, 2, &[]).unwrap();
    assert_eq!(refused(&two, 2, about.of_classes(&[1, 2])).0, 1);
    let of_values = Questions { percentiles: (&[5.0, 95.0][..]).into(), ..about };
    assert!(refused(&two, 2, of_values).1.contains("ask a classifier for a class"));
    let category = Questions { category: (&[3, 4][..]).into(), ..about };
    assert!(refused(&two, 2, category).1.contains("not Mondrian"));
    let mondrian = fit(CLASSES, 2, &categories()).unwrap();
    let (instance, text) = refused(&mondrian, 2, category);
    assert!(instance == 1 && text.contains("is 4, which the calibration set has no row of"), "{text}");
    assert!(refused(&mondrian, 2, about).1.contains("is missing"));
}

#[test]
fn a_calibration_set_of_another_task_is_refused() {
    for (schema, n_outputs) in [(CLASSES, 1), (VALUES, 2)] {
        let error = fit(schema, n_outputs, &[]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput as u32);
        assert!(error.text().starts_with("scores: have"), "{error}");
    }
}

/// `"plugin": {…}` in the options.
fn told(plugin: &str) -> String {
    format!(r#"{{"host": {{"seed": 42, "threads": 1}}, "plugin": {plugin}}}"#)
}

/// One feature that spreads the rows out.
fn spread() -> Vec<f64> {
    (0..N_ROWS).map(|row_idx| (row_idx * 29 % 61) as f64).collect()
}

/// A calibrator fitted to rows that are spread out, with options and perhaps a caller's difficulties.
fn fit_told(
    schema: &str,
    n_outputs: usize,
    plugin: &str,
    given: Option<&[f64]>,
) -> Result<LegacyCalibrator, PluginError> {
    let (x, scores) = (spread(), scores(n_outputs));
    let n_targets = if n_outputs == 1 { 7 } else { n_outputs };
    let y: Vec<f64> = (0..N_ROWS).map(|row_idx| (row_idx * 5 % n_targets) as f64).collect();
    let x = Matrix::new(&x, N_ROWS, 1).unwrap();
    let mut calibration = Calibration::new(x, &y, Matrix::new(&scores, N_ROWS, n_outputs).unwrap(), schema);
    let extra: Vec<Column<'_>> = given.map(|given| Column::new("difficulty", 1, given)).into_iter().collect();
    calibration.extra = extra.as_slice().into();
    match Legacy.fit(calibration, Asked::nothing(n_outputs), &told(plugin))? {
        Fit::Done(calibrator) => Ok(calibrator),
        Fit::Ask { .. } => unreachable!("it needs nothing else"),
    }
}

/// The intervals of some rows, each a base row or one with its only feature edited.
fn ask_rows(
    calibrator: &LegacyCalibrator,
    n_outputs: usize,
    rows: Rows<'_>,
    questions: Questions<'_>,
) -> Result<Vec<(f64, f64, f64)>, PluginError> {
    let scores = scores(n_outputs);
    let scores = Matrix::new(&scores[..rows.n_rows() * n_outputs], rows.n_rows(), n_outputs).unwrap();
    let n = questions.len();
    let (mut predict, mut low, mut high) = (vec![f64::NAN; n], vec![f64::NAN; n], vec![f64::NAN; n]);
    let mut class = vec![NONE; n];
    calibrator.answer(rows, scores, questions, AnswersMut::new(&mut predict, &mut low, &mut high, &mut class))?;
    Ok((0..n).map(|idx| (predict[idx], low[idx], high[idx])).collect())
}

const MEASURES: [&str; 3] = ["distance", "standard_deviation", "absolute_residuals"];

#[test]
fn estimated_difficulties_are_those_of_the_row_itself_edited_or_not() {
    let x = spread();
    let base = Matrix::new(&x[..20], 20, 1).unwrap();
    let mut edits = Edits::default();
    (0..10_u32).for_each(|row| edits.push(row, 0, x[row as usize + 20]));
    let rows: Vec<u32> = (20..30).chain(20..30).collect();
    let about = Questions::about(&rows);
    let percentiles = Questions { percentiles: (&[20.0, 80.0][..]).into(), ..about };
    let event = Questions { threshold_high: (&[2.5][..]).into(), ..about };
    for measure in MEASURES {
        let plugin = format!(r#"{{"difficulty": "{measure}", "difficulty_neighbours": 5}}"#);
        for (schema, n_outputs, kinds) in
            [(CLASSES, 2, vec![about]), (CLASSES, 3, vec![about]), (VALUES, 1, vec![percentiles, event])]
        {
            let calibrator = fit_told(schema, n_outputs, &plugin, None).unwrap();
            let plain = fit_told(schema, n_outputs, "{}", None).unwrap();
            let restored = Legacy.restore(&calibrator.save().unwrap(), OPTIONS).unwrap();
            for kind in kinds {
                let edited = ask_rows(&calibrator, n_outputs, Rows::edited(base, &edits), kind).unwrap();
                let dense = Rows::dense(Matrix::new(&x[..30], 30, 1).unwrap());
                assert_eq!(ask_rows(&calibrator, n_outputs, dense, kind).unwrap(), edited, "{measure}");
                assert_eq!(ask_rows(&restored, n_outputs, dense, kind).unwrap(), edited, "{measure}");
                assert_ne!(ask_rows(&plain, n_outputs, dense, kind).unwrap(), edited, "{measure}");
                assert!(edited.iter().all(|(predict, low, high)| low <= predict && predict <= high));
                assert_eq!(edited[..10], edited[10..]);
            }
        }
    }
}

#[test]
fn a_caller_s_difficulties_are_used_as_they_are() {
    let x = spread();
    let dense = Rows::dense(Matrix::new(&x, N_ROWS, 1).unwrap());
    let rows: Vec<u32> = (0..N_ROWS as u32).collect();
    let ones = vec![1.0; N_ROWS];
    let columns = [Column::new("difficulty", 1, &ones)];
    let percentiles = Questions { percentiles: (&[20.0, 80.0][..]).into(), ..Questions::about(&rows) };
    let plain = fit_told(VALUES, 1, "{}", None).unwrap();
    let given = fit_told(VALUES, 1, "{}", Some(&ones)).unwrap();
    let found = ask_rows(&given, 1, dense, percentiles.with_extra(&columns)).unwrap();
    assert_eq!(ask_rows(&plain, 1, dense, percentiles).unwrap(), found);
    // A question's own difficulty widens its interval, whatever row it is about.
    let wide: Vec<f64> = (0..N_ROWS).map(|idx| [1.0, 4.0][idx % 2]).collect();
    let columns = [Column::new("difficulty", 1, &wide)];
    let wider = ask_rows(&given, 1, dense, percentiles.with_extra(&columns)).unwrap();
    let width = |(_, low, high): (f64, f64, f64)| high - low;
    for idx in 0..N_ROWS {
        assert!((width(wider[idx]) - wide[idx] * width(found[idx])).abs() < 1e-12);
    }
}

#[test]
fn difficulties_that_do_not_belong_together_are_refused() {
    let x = spread();
    let dense = Rows::dense(Matrix::new(&x, N_ROWS, 1).unwrap());
    let (ones, two) = (vec![1.0; N_ROWS], vec![0.5; 2 * N_ROWS]);
    let estimate = r#"{"difficulty": "distance"}"#;
    let both = fit_told(VALUES, 1, estimate, Some(&ones)).unwrap_err();
    assert!(both.text().contains("is given with the rows and is to be estimated too"), "{both}");
    let plain = fit_told(VALUES, 1, "{}", None).unwrap();
    let given = fit_told(VALUES, 1, "{}", Some(&ones)).unwrap();
    let estimated = fit_told(VALUES, 1, estimate, None).unwrap();
    let about = Questions { percentiles: (&[20.0, 80.0][..]).into(), ..Questions::about(&[0, 1]) };
    let (one_each, none, wide) = (
        [Column::new("difficulty", 1, &ones[..2])],
        [Column::new("difficulty", 1, &[1.0, 0.0])],
        [Column::new("difficulty", 2, &two[..4])],
    );
    let refused = |calibrator, questions| ask_rows(calibrator, 1, dense, questions).unwrap_err();
    assert!(refused(&plain, about.with_extra(&one_each)).text().contains("the calibration set has none"));
    assert!(refused(&estimated, about.with_extra(&one_each)).text().contains("it is estimated"));
    assert!(refused(&given, about).text().contains("is missing"));
    assert!(refused(&given, about.with_extra(&wide)).text().contains("2 values per row, expected 1"));
    let unsound = refused(&given, about.with_extra(&none));
    assert!(unsound.instance == 1 && unsound.text().contains("is 0, expected a finite number above 0"), "{unsound}");
    let classes = fit_told(CLASSES, 2, "{}", Some(&[vec![0.5; N_ROWS - 1], vec![1.5]].concat())).unwrap_err();
    assert!(classes.text().contains("is 1.5 at row 59, expected a number from 0 to 1"), "{classes}");
    let many = fit_told(VALUES, 1, r#"{"difficulty": "distance", "difficulty_neighbours": 61}"#, None).unwrap_err();
    assert!(many.text().contains("is 61, expected 1 to 60"), "{many}");
}

#[test]
fn normalisation_and_summary_are_options_that_are_saved() {
    let x = spread();
    let dense = Rows::dense(Matrix::new(&x, N_ROWS, 1).unwrap());
    let rows: Vec<u32> = (0..N_ROWS as u32).collect();
    let mut seen = Vec::new();
    for normalization in ["scale", "simplex", "coherence", "none"] {
        for summary in ["regularized_mean", "mean", "lower", "upper"] {
            let plugin = format!(r#"{{"normalization": "{normalization}", "summary": "{summary}"}}"#);
            let calibrator = fit_told(CLASSES, 3, &plugin, None).unwrap();
            let restored = Legacy.restore(&calibrator.save().unwrap(), OPTIONS).unwrap();
            let found = ask_rows(&calibrator, 3, dense, Questions::about(&rows)).unwrap();
            assert_eq!(ask_rows(&restored, 3, dense, Questions::about(&rows)).unwrap(), found);
            for (predict, low, high) in &found {
                assert!(0.0 <= *low && low <= predict && predict <= high && *high <= 1.0, "{plugin}");
            }
            seen.push(found);
        }
    }
    // With the summaries `lower` and `upper` the simplex is no other than none.
    seen.dedup();
    assert_eq!(seen.iter().filter(|one| **one != seen[0]).count(), 15);
    let unknown = fit_told(CLASSES, 3, r#"{"summary": "median"}"#, None).unwrap_err();
    assert_eq!(unknown.code, ErrorCode::InvalidOption as u32);
}
