//! How hard rows are, estimated or given by the caller, in the calibrators of features. It never tests calibrators that are
//! told nothing of it.

use ce_core::calibrator::{CalibrationSet, Calibrator as CoreCalibrator, Query};
use ce_core::difficulty::{Estimator, Measure, Parameters, Scratch};
use ce_core::fast::{Noise, Shape, noised_columns};
use ce_core::interval::Summary;
use ce_core::one_vs_rest::Normalization;
use ce_core::{Interval, Matrix as CoreMatrix};
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Asked, Calibration, Column, Matrix, NONE, Questions};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};

use super::super::{Fast, FastCalibrator};
use super::{N_FEATURES, N_ROWS, PROBLEMS, Problem, SCALE_FACTOR, SEED, ask, x};

const PLUGIN: &str = r#"{"scale_factor": 3, "severity": 1.0, "noise": "gaussian", "difficulty": "distance",
    "difficulty_neighbours": 4, "summary": "mean", "normalization": "simplex"}"#;

/// Both rounds with these options and perhaps a caller's difficulties, of the calibration set and of the noised rows.
fn fit_told(
    problem: Problem,
    plugin: &str,
    given: Option<&[f64]>,
    of_noised: Option<&[f64]>,
) -> Result<FastCalibrator, PluginError> {
    let (x, scores, targets, categories) = (x(), problem.scores(), problem.targets(), problem.categories());
    let schema = format!(r#"{{"task": "{}", "feature_names": ["a", "b", "c"]}}"#, problem.task());
    let matrix = Matrix::new(&scores, N_ROWS, problem.n_outputs).unwrap();
    let mut calibration = Calibration::new(Matrix::new(&x, N_ROWS, N_FEATURES).unwrap(), &targets, matrix, &schema);
    calibration.category = categories.as_slice().into();
    let column = |given| Column::new("difficulty", 1, given);
    let extra: Vec<Column<'_>> = given.map(column).into_iter().collect();
    calibration.extra = extra.as_slice().into();
    let options =
        format!(r#"{{"host": {{"seed": {SEED}, "threads": 1, "feature_questions": true}}, "plugin": {plugin}}}"#);
    let Fit::Ask { edits, state } = Fast.fit(calibration, Asked::nothing(problem.n_outputs), &options)? else {
        unreachable!("it asks for noised rows")
    };
    let edited = problem.edited_scores(&edits);
    let edited = Matrix::new(&edited, edited.len() / problem.n_outputs, problem.n_outputs).unwrap();
    let extra: Vec<Column<'_>> = of_noised.map(column).into_iter().collect();
    let mut asked = Asked::new(1, &state, edited);
    asked.extra = extra.as_slice().into();
    match Fast.fit(calibration, asked, &options)? {
        Fit::Done(calibrator) => Ok(calibrator),
        Fit::Ask { .. } => unreachable!("it asks once"),
    }
}

/// The calibrator of feature 2 under the options above, by its definition.
fn difficult_by_definition(problem: Problem, estimator: &Estimator) -> CoreCalibrator {
    let x = x();
    let matrix = CoreMatrix::new(&x, N_ROWS, N_FEATURES).unwrap();
    let noise = Noise { shape: Shape::Gaussian, severity: 1.0 };
    let column = noised_columns(matrix, &[], SCALE_FACTOR, noise, SEED).unwrap().nth(2).unwrap();
    let rows: Vec<Vec<f64>> =
        (0..column.len()).map(|idx| [&matrix.row(idx % N_ROWS)[..2], &column[idx..=idx]].concat()).collect();
    let scores: Vec<f64> = rows.iter().flat_map(|row| problem.outputs(row)).collect();
    let difficulties: Vec<f64> =
        rows.iter().map(|row| estimator.difficulty(row, &mut Scratch::default()).unwrap()).collect();
    let (targets, categories) = (problem.targets().repeat(SCALE_FACTOR), problem.categories().repeat(SCALE_FACTOR));
    let set = CalibrationSet {
        scores: CoreMatrix::new(&scores, targets.len(), problem.n_outputs).unwrap(),
        targets: &targets,
        categories: &categories,
        difficulties: &difficulties,
        seed: SEED,
    };
    let fit = if problem.n_outputs == 1 { CoreCalibrator::fit_values } else { CoreCalibrator::fit_classes };
    fit(&set).unwrap().with_summary(Summary::Mean).with_normalization(Normalization::Simplex)
}

#[test]
fn the_difficulties_of_noised_rows_are_told_by_the_calibration_set_without_noise() {
    let mut n_compared = 0;
    for problem in PROBLEMS {
        let (x, scores, targets) = (x(), problem.scores(), problem.targets());
        let matrix = CoreMatrix::new(&x, N_ROWS, N_FEATURES).unwrap();
        let parameters = Parameters { measure: Measure::Distance, n_neighbours: 4, beta: 0.01, is_scaled: false };
        let estimator = match problem.n_outputs {
            1 => Estimator::fit_values(matrix, &targets, &scores, parameters).unwrap(),
            n_outputs => {
                let scores = CoreMatrix::new(&scores, N_ROWS, n_outputs).unwrap();
                Estimator::fit_classes(matrix, &targets, scores, parameters).unwrap()
            }
        };
        let expected = difficult_by_definition(problem, &estimator);
        let found = fit_told(problem, PLUGIN, None, None).unwrap();
        let restored = Fast.restore(&found.save().unwrap(), "").unwrap();
        let (rows, feature, categories) = ((0..N_ROWS as u32).collect::<Vec<_>>(), [2], problem.categories());
        let about = Questions { category: categories.as_slice().into(), ..Questions::about(&rows) };
        let mut asker = expected.asker();
        for (questions, sought) in problem.kinds(about.of_features(&feature)) {
            let answers = ask(&found, problem, questions).unwrap();
            assert_eq!(ask(&restored, problem, questions).as_ref(), Ok(&answers));
            for (row_idx, answer) in answers.into_iter().enumerate() {
                let scores = &scores[row_idx * problem.n_outputs..][..problem.n_outputs];
                let difficulty = estimator.difficulty(matrix.row(row_idx), &mut Scratch::default()).unwrap();
                let category = categories.get(row_idx).copied();
                let query = Query { scores, category, difficulty: Some(difficulty), sought };
                let Interval { predict, low, high } = asker.answer(&query, &mut []).unwrap().interval;
                assert_eq!((answer.0, answer.1, answer.2), (predict, low, high), "{problem:?}");
                n_compared += 1;
            }
        }
    }
    assert_eq!(n_compared, (2 * 3 + 4) * N_ROWS);
}

#[test]
fn a_caller_s_difficulties_come_with_the_calibration_set_the_noised_rows_and_the_questions() {
    let problem = PROBLEMS[0];
    let plugin = r#"{"scale_factor": 3, "severity": 1.0}"#;
    let n_noised = 2 * N_ROWS * SCALE_FACTOR;
    let (ones, of_noised) = (vec![1.0; N_ROWS], vec![1.0; n_noised]);
    let plain = fit_told(problem, plugin, None, None).unwrap();
    let given = fit_told(problem, plugin, Some(&ones), Some(&of_noised)).unwrap();
    let rows: Vec<u32> = (0..N_ROWS as u32).collect();
    let columns = [Column::new("difficulty", 1, &ones)];
    for feature in [[0], [2], [NONE]] {
        for (questions, _) in problem.kinds(Questions::about(&rows).of_features(&feature)) {
            let found = ask(&given, problem, questions.with_extra(&columns));
            assert_eq!(found, ask(&plain, problem, questions));
            assert!(ask(&given, problem, questions).unwrap_err().text().contains("is missing"));
            assert!(ask(&plain, problem, questions.with_extra(&columns)).is_err());
        }
    }
    let missing = fit_told(problem, plugin, Some(&ones), None).err().unwrap();
    assert!(missing.text().contains("is missing"), "{missing}");
    let short = fit_told(problem, plugin, Some(&ones), Some(&of_noised[1..])).err().unwrap();
    assert!(short.text().contains(&format!("{} entries, expected {n_noised}", n_noised - 1)), "{short}");
}
