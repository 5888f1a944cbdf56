//! The calibrators of features, for every task: what they are fitted to, the saved form, and what is refused. It never asks
//! how hard rows are: `difficulty` does.

use ce_core::Matrix as CoreMatrix;
use ce_core::calibrator::{CalibrationSet, Calibrator as CoreCalibrator, Query, Sought};
use ce_core::event::Event;
use ce_core::fast::{Noise, Shape, noised_columns};
use ce_core::predictive_system::Percentiles;
use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Edits, Matrix, NONE, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};
use ce_plugin_api::{ErrorCode, PluginError};

use super::{Fast, FastCalibrator};

mod difficulty;

const N_ROWS: usize = 40;
const N_FEATURES: usize = 3;
const SCALE_FACTOR: usize = 3;
const SEED: u64 = 11;
/// Feature 1 is constant.
const CONSTANT: usize = 1;

/// A task: how many outputs its model has, and whether calibration is Mondrian.
#[derive(Clone, Copy, Debug)]
struct Problem {
    n_outputs: usize,
    is_mondrian: bool,
}

const PROBLEMS: [Problem; 6] = [
    Problem { n_outputs: 1, is_mondrian: false },
    Problem { n_outputs: 1, is_mondrian: true },
    Problem { n_outputs: 2, is_mondrian: false },
    Problem { n_outputs: 2, is_mondrian: true },
    Problem { n_outputs: 3, is_mondrian: false },
    Problem { n_outputs: 3, is_mondrian: true },
];

fn x() -> Vec<f64> {
    let value = |idx: usize| if idx % N_FEATURES == CONSTANT { 2.0 } else { (idx * 29 % 67) as f64 / 10.0 };
    (0..N_ROWS * N_FEATURES).map(value).collect()
}

impl Problem {
    fn outputs(self, x: &[f64]) -> Vec<f64> {
        let (a, b) = ((x[0] - 3.0).exp(), (3.0 - x[2]).exp());
        match self.n_outputs {
            1 => vec![x[0] - 0.5 * x[2]],
            2 => vec![b / (a + b), a / (a + b)],
            _ => vec![a / (a + b + 1.0), b / (a + b + 1.0), 1.0 / (a + b + 1.0)],
        }
    }

    fn scores(self) -> Vec<f64> {
        x().chunks(N_FEATURES).flat_map(|row| self.outputs(row)).collect()
    }

    fn targets(self) -> Vec<f64> {
        let n_targets = if self.n_outputs == 1 { 6 } else { self.n_outputs };
        (0..N_ROWS).map(|row_idx| (row_idx * 5 % n_targets) as f64).collect()
    }

    fn categories(self) -> Vec<u32> {
        if self.is_mondrian { (0..N_ROWS).map(|row_idx| (row_idx % 3 / 2) as u32).collect() } else { Vec::new() }
    }

    fn task(self) -> &'static str {
        if self.n_outputs == 1 { "regression" } else { "classification" }
    }

    /// Both rounds; `scores_of` answers for the edited rows.
    fn fit(
        self,
        feature_questions: bool,
        scores_of: impl Fn(&Edits) -> Vec<f64>,
    ) -> Result<FastCalibrator, PluginError> {
        let (x, scores, targets, categories) = (x(), self.scores(), self.targets(), self.categories());
        let schema = format!(r#"{{"task": "{}", "feature_names": ["a", "b", "c"]}}"#, self.task());
        let matrix = Matrix::new(&scores, N_ROWS, self.n_outputs).unwrap();
        let mut calibration = Calibration::new(Matrix::new(&x, N_ROWS, N_FEATURES).unwrap(), &targets, matrix, &schema);
        calibration.category = categories.as_slice().into();
        let options = format!(
            r#"{{"host": {{"seed": {SEED}, "threads": 1, "feature_questions": {feature_questions}}},
                 "plugin": {{"scale_factor": {SCALE_FACTOR}, "severity": 1.0}}}}"#
        );
        let (edits, state) = match Fast.fit(calibration, Asked::nothing(self.n_outputs), &options)? {
            Fit::Done(calibrator) => return Ok(calibrator),
            Fit::Ask { edits, state } => (edits, state),
        };
        let edited = scores_of(&edits);
        let edited = Matrix::new(&edited, edited.len() / self.n_outputs, self.n_outputs).unwrap();
        match Fast.fit(calibration, Asked::new(1, &state, edited), &options)? {
            Fit::Done(calibrator) => Ok(calibrator),
            Fit::Ask { .. } => unreachable!("it asks once"),
        }
    }

    fn fitted(self) -> FastCalibrator {
        self.fit(true, |edits| self.edited_scores(edits)).unwrap()
    }

    fn edited_scores(self, edits: &Edits) -> Vec<f64> {
        let x = x();
        let score = |edit_idx: usize| {
            let mut row = x[edits.row[edit_idx] as usize * N_FEATURES..][..N_FEATURES].to_vec();
            row[edits.feature[edit_idx] as usize] = edits.value[edit_idx];
            self.outputs(&row)
        };
        (0..edits.row.len()).flat_map(score).collect()
    }

    /// The calibrator of a feature by its definition: the calibration set tiled, and the column noised.
    fn by_definition(self, feature: usize) -> CoreCalibrator {
        let x = x();
        let matrix = CoreMatrix::new(&x, N_ROWS, N_FEATURES).unwrap();
        let noise = Noise { shape: Shape::Uniform, severity: 1.0 };
        let column = noised_columns(matrix, &[], SCALE_FACTOR, noise, SEED).unwrap().nth(feature).unwrap();
        let score = |(tiled_idx, noised): (usize, &f64)| {
            let mut row = matrix.row(tiled_idx % N_ROWS).to_vec();
            row[feature] = *noised;
            self.outputs(&row)
        };
        let scores: Vec<f64> = column.iter().enumerate().flat_map(score).collect();
        let (targets, categories) = (self.targets().repeat(SCALE_FACTOR), self.categories().repeat(SCALE_FACTOR));
        let set = CalibrationSet {
            scores: CoreMatrix::new(&scores, targets.len(), self.n_outputs).unwrap(),
            targets: &targets,
            categories: &categories,
            difficulties: &[],
            seed: SEED,
        };
        let fit = if self.n_outputs == 1 { CoreCalibrator::fit_values } else { CoreCalibrator::fit_classes };
        fit(&set).unwrap()
    }

    /// What can be asked: percentiles and two events, or the row's own class.
    fn kinds<'a>(self, about: Questions<'a>) -> Vec<(Questions<'a>, Sought)> {
        if self.n_outputs > 1 {
            return vec![(about, Sought::Class(None))];
        }
        let high = Questions { threshold_high: (&[2.5][..]).into(), ..about };
        vec![
            (
                Questions { percentiles: (&[10.0, 90.0][..]).into(), ..about },
                Sought::Percentiles(Percentiles::new(10.0, 90.0).unwrap()),
            ),
            (high, Sought::Event(Event::at_most(2.5).unwrap())),
            (Questions { threshold_low: (&[0.5][..]).into(), ..high }, Sought::Event(Event::new(0.5, 2.5).unwrap())),
        ]
    }
}

/// Point estimates, bounds and classes of questions about the calibration rows.
fn ask(
    calibrator: &FastCalibrator,
    problem: Problem,
    questions: Questions<'_>,
) -> Result<Vec<(f64, f64, f64, u32)>, PluginError> {
    let (x, scores) = (x(), problem.scores());
    let scores = Matrix::new(&scores, N_ROWS, problem.n_outputs).unwrap();
    let n = questions.len();
    let (mut predict, mut low, mut high) = (vec![f64::NAN; n], vec![f64::NAN; n], vec![f64::NAN; n]);
    let (mut class, mut probability) = (vec![NONE; n], vec![f64::NAN; n * problem.n_outputs]);
    let answers = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class).with_probability(&mut probability);
    calibrator.answer(Rows::dense(Matrix::new(&x, N_ROWS, N_FEATURES).unwrap()), scores, questions, answers)?;
    for (idx, of_row) in probability.chunks(problem.n_outputs).enumerate() {
        if problem.n_outputs > 1 {
            assert_eq!(of_row[class[idx] as usize], predict[idx]);
        } else {
            assert!(of_row[0].is_nan());
        }
    }
    Ok((0..n).map(|idx| (predict[idx], low[idx], high[idx], class[idx])).collect())
}

/// All rows, once for each calibrator that there is, the ordinary one first.
fn everything() -> (Vec<u32>, Vec<u32>) {
    let rows = (0..3).flat_map(|_| 0..N_ROWS as u32).collect();
    let features = [NONE, 0, 2].iter().flat_map(|&feature| [feature; N_ROWS]).collect();
    (rows, features)
}

#[test]
fn each_feature_has_the_calibrator_of_the_tiled_set_with_its_column_noised() {
    let mut n_compared = 0;
    for problem in PROBLEMS {
        let calibrator = problem.fitted();
        let scores = problem.scores();
        let categories = problem.categories();
        let rows: Vec<u32> = (0..N_ROWS as u32).collect();
        for feature in [0, 2] {
            let expected = problem.by_definition(feature);
            let mut asker = expected.asker();
            let asked = [feature as u32];
            let about = Questions { category: categories.as_slice().into(), ..Questions::about(&rows) };
            for (questions, sought) in problem.kinds(about.of_features(&asked)) {
                for (row_idx, found) in ask(&calibrator, problem, questions).unwrap().into_iter().enumerate() {
                    let scores = &scores[row_idx * problem.n_outputs..][..problem.n_outputs];
                    let query = Query { scores, category: categories.get(row_idx).copied(), difficulty: None, sought };
                    let expected = asker.answer(&query, &mut []).unwrap();
                    let class = expected.class.unwrap_or(NONE);
                    let interval = expected.interval;
                    assert_eq!(found, (interval.predict, interval.low, interval.high, class), "{problem:?}");
                    n_compared += 1;
                }
            }
        }
    }
    // Two regressions with three questions each, four classifications with one.
    assert_eq!(n_compared, (2 * 3 + 4) * 2 * N_ROWS);
}

#[test]
fn questions_of_every_kind_and_feature_are_answered_the_same_in_any_order_and_after_a_restore() {
    let (rows, features) = everything();
    for problem in PROBLEMS {
        let categories = problem.categories().repeat(3);
        let about = Questions { category: categories.as_slice().into(), ..Questions::about(&rows) };
        let kinds = problem.kinds(about.of_features(&features));
        let fresh: Vec<_> = kinds.iter().map(|kind| ask(&problem.fitted(), problem, kind.0).unwrap()).collect();
        let calibrator = problem.fitted();
        let restored = Fast.restore(&calibrator.save().unwrap(), "").unwrap();
        for calibrator in [&calibrator, &restored] {
            for order in [[0, 1, 2], [2, 1, 0], [1, 2, 1]] {
                for kind in order.into_iter().filter(|kind| *kind < kinds.len()) {
                    assert_eq!(ask(calibrator, problem, kinds[kind].0).as_ref(), Ok(&fresh[kind]), "{problem:?}");
                }
            }
        }
    }
}

#[test]
fn without_feature_questions_nothing_is_asked_and_features_are_unknown() {
    for problem in PROBLEMS {
        let calibrator = problem.fit(false, |_| unreachable!("nothing is asked")).unwrap();
        let category = problem.categories().first().copied();
        let category: Vec<u32> = category.into_iter().collect();
        let about = Questions { category: category.as_slice().into(), ..Questions::about(&[0, 1]) };
        let (questions, _) = problem.kinds(about)[0];
        assert!(ask(&calibrator, problem, questions).is_ok());
        let error = ask(&calibrator, problem, questions.of_features(&[NONE, 2])).unwrap_err();
        assert_eq!((error.code, error.instance), (ErrorCode::InvalidInput as u32, 1));
        assert!(error.text().contains("fitted without feature_questions"), "{error}");
    }
}

#[test]
fn what_cannot_be_answered_names_the_question() {
    let problem = PROBLEMS[2];
    let calibrator = problem.fitted();
    let about = Questions::about(&[0, 1]);
    let error = ask(&calibrator, problem, about.of_features(&[0, CONSTANT as u32])).unwrap_err();
    assert!(error.instance == 1 && error.text().contains("feature 1 is constant"), "{error}");
    let error = ask(&calibrator, problem, about.of_classes(&[0, 2])).unwrap_err();
    assert!(error.instance == 1 && error.text().contains("class is 2, it must be below 2"), "{error}");
    let values = PROBLEMS[0];
    let error = ask(&values.fitted(), values, about.of_features(&[0])).unwrap_err();
    assert!(error.text().contains("ask a regression for two percentiles, or for an event"), "{error}");
}

#[test]
fn scores_that_were_not_asked_for_are_refused() {
    for problem in PROBLEMS {
        let one_less = |edits: &Edits| {
            let mut scores = problem.edited_scores(edits);
            scores.truncate(scores.len() - problem.n_outputs);
            scores
        };
        let error = problem.fit(true, one_less).err().unwrap();
        assert_eq!(error.code, ErrorCode::InvalidInput as u32);
        assert!(error.text().contains("scores of noised rows"), "{error}");
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let (rows, features) = ([0, 1, 0], [NONE, 0, 2]);
    for problem in [PROBLEMS[1], PROBLEMS[4]] {
        let saved = problem.fitted().save().unwrap();
        let categories = problem.categories();
        let about = Questions { category: categories[..categories.len().min(1)].into(), ..Questions::about(&rows) };
        let (mut n_restored, mut n_refused) = (0, 0);
        for byte_idx in 0..saved.len() {
            let mut damaged = saved.clone();
            damaged[byte_idx] ^= [1, 0x80, 0xff][byte_idx % 3];
            // Another number in its place is no damage that could be seen; whatever is restored must answer.
            let Ok(calibrator) = Fast.restore(&damaged, "") else {
                n_refused += 1;
                continue;
            };
            for (questions, _) in problem.kinds(about.of_features(&features)) {
                let _ = ask(&calibrator, problem, questions);
            }
            n_restored += 1;
        }
        assert!(n_restored > 0 && n_refused > 0, "{problem:?}: {n_restored} restored, {n_refused} refused");
    }
}

#[test]
fn bytes_cut_short_are_corrupt() {
    let saved = PROBLEMS[1].fitted().save().unwrap();
    for length in [0, 1, saved.len() / 2, saved.len() - 1] {
        let error = Fast.restore(&saved[..length], "").err().unwrap();
        assert_eq!(error.code, ErrorCode::Corrupt as u32);
    }
}
