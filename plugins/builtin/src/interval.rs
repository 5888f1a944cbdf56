//! `core.interval.legacy`: inductive Venn-Abers. It ignores features and categories, and serves two classes.

use ce_core::venn_abers::VennAbers;
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};

use crate::refused;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Legacy;

/// A calibrator of P(class 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Binary(VennAbers);

impl IntervalPlugin for Legacy {
    type Calibrator = Binary;

    fn fit(&self, calibration: Calibration<'_>, _asked: Asked<'_>, _options: &str) -> Result<Fit<Binary>, PluginError> {
        if calibration.scores.n_cols != 2 {
            return Err(PluginError::unsupported(format!(
                "core.interval.legacy calibrates two classes, the model has {}",
                calibration.scores.n_cols
            )));
        }
        let scores: Vec<f64> = calibration.scores.as_slice().iter().skip(1).step_by(2).copied().collect();
        let labels: Vec<bool> = calibration.y.iter().map(|&y| y == 1.0).collect();
        VennAbers::fit(&scores, &labels).map(|tables| Fit::Done(Binary(tables))).map_err(refused)
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<Binary, PluginError> {
        postcard::from_bytes(saved).map(Binary).map_err(|error| PluginError::corrupt(error.to_string()))
    }
}

impl Calibrator for Binary {
    fn answer(
        &self,
        _rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        for (question_idx, question) in questions.iter().enumerate() {
            let interval = self.0.interval(scores.row(question.row)[1]);
            answers.set_of_two(question_idx, question.class, interval.predict, interval.low, interval.high);
        }
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(&self.0)
            .map_err(|error| PluginError::new(ce_plugin_api::ErrorCode::Internal, error.to_string()))
    }
}
