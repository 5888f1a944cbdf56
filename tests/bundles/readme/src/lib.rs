//! An interval calibrator that is honest and no more: the model's score, give or take how far it was off on average.

use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};
use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("../bundle.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("acme.interval.plain", Plain);
    Ok(())
}

struct Plain;

struct Fitted {
    mean_error: f64,
}

impl IntervalPlugin for Plain {
    type Calibrator = Fitted;

    fn fit(&self, data: Calibration<'_>, _asked: Asked<'_>, _options: &str) -> Result<Fit<Fitted>, PluginError> {
        if data.scores.n_cols != 2 {
            return Err(PluginError::unsupported("expected two classes: use another calibrator"));
        }
        let errors = data.y.iter().enumerate().map(|(row, y)| (y - data.scores.row(row)[1]).abs());
        Ok(Fit::Done(Fitted { mean_error: errors.sum::<f64>() / data.y.len() as f64 }))
    }
}

impl Calibrator for Fitted {
    fn answer(
        &self,
        _rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        for (i, question) in questions.iter().enumerate() {
            let p = scores.row(question.row)[1];
            let (low, high) = ((p - self.mean_error).max(0.0), (p + self.mean_error).min(1.0));
            answers.set_of_two(i, question.class, p, low, high);
        }
        Ok(())
    }
}
