//! A calibrator for bundles whose point lies elsewhere: it answers with the score of class 1, give or take a tenth. It
//! serves two classes, and every feature alike.

use ce_plugin_api::PluginError;
use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};

use crate::score::{answer_each, give_or_take_a_tenth, two_classes};

/// The plugin and its calibrator: nothing is fitted.
pub(crate) struct Plain;

impl IntervalPlugin for Plain {
    type Calibrator = Self;

    fn fit(&self, calibration: Calibration<'_>, _asked: Asked<'_>, _options: &str) -> Result<Fit<Self>, PluginError> {
        two_classes(calibration)?;
        Ok(Fit::Done(Self))
    }

    fn restore(&self, _saved: &[u8], _options: &str) -> Result<Self, PluginError> {
        Ok(Self)
    }
}

impl Calibrator for Plain {
    fn answer(
        &self,
        _rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        answer_each(scores, questions, &mut answers, give_or_take_a_tenth);
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Ok(Vec::new())
    }
}
