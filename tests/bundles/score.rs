//! Answers from the score of class 1, for the calibrators of these bundles. It serves two classes.

use ce_plugin_api::PluginError;
use ce_plugin_api::data::{AnswersMut, Calibration, Matrix, Questions};

/// The point estimate, the lower and the upper bound for P(class 1).
pub(crate) type Triple = (f64, f64, f64);

/// An error unless there are two classes.
pub(crate) fn two_classes(calibration: Calibration<'_>) -> Result<(), PluginError> {
    let n_classes = calibration.scores.n_cols;
    if n_classes == 2 {
        return Ok(());
    }
    Err(PluginError::unsupported(format!("expected the scores of 2 classes, found {n_classes}: use a model of two")))
}

/// The score, and a tenth on either side of it.
pub(crate) fn give_or_take_a_tenth(score: f64) -> Triple {
    (score, (score - 0.1).max(0.0), (score + 0.1).min(1.0))
}

/// Answers each question with what `triple` makes of the score of class 1, or with its complement for class 0.
pub(crate) fn answer_each(
    scores: Matrix<'_>,
    questions: Questions<'_>,
    answers: &mut AnswersMut<'_>,
    triple: impl Fn(f64) -> Triple,
) {
    for (question_idx, question) in questions.iter().enumerate() {
        let (predict, low, high) = triple(scores.row(question.row)[1]);
        if !answers.probability.is_empty() {
            answers.probability[2 * question_idx] = 1.0 - predict;
            answers.probability[2 * question_idx + 1] = predict;
        }
        let class = question.class.unwrap_or(1);
        match class {
            1 => answers.set(question_idx, predict, low, high),
            _ => answers.set(question_idx, 1.0 - predict, 1.0 - high, 1.0 - low),
        }
        answers.class[question_idx] = class;
    }
}
