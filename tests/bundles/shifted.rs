//! Answers with the score, shifted by the option `shift`: where its route is real, the output moves by as much.

mod score;

use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};
use ce_plugin_api::options::Options;
use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("shifted.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("test.interval.shifted", Shift);
    Ok(())
}

struct Shift;

struct Shifted {
    by: f64,
}

impl IntervalPlugin for Shift {
    type Calibrator = Shifted;

    fn fit(&self, calibration: Calibration<'_>, _asked: Asked<'_>, options: &str) -> Result<Fit<Shifted>, PluginError> {
        score::two_classes(calibration)?;
        self.restore(&[], options).map(Fit::Done)
    }

    fn restore(&self, _saved: &[u8], options: &str) -> Result<Shifted, PluginError> {
        let options = Options::<serde_json::Value>::from_json(options)?.plugin;
        let by = options["shift"].as_f64();
        by.map(|by| Shifted { by }).ok_or_else(|| PluginError::invalid_input("expected the option `shift`, found none"))
    }
}

impl Calibrator for Shifted {
    fn answer(
        &self,
        _rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        score::answer_each(scores, questions, &mut answers, |score| {
            let shifted = |value: f64| (value + self.by).clamp(0.0, 1.0);
            let (predict, low, high) = score::give_or_take_a_tenth(score);
            (shifted(predict), shifted(low), shifted(high))
        });
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Ok(Vec::new())
    }
}
