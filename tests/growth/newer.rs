//! A bundle of a later day: it overrides the method that was appended and registers a plugin of the kind that was added.
//! It is compiled against the changed copy of `ce-plugin-api` that the growth test makes, never by this workspace.

mod construct;
mod score;

use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin, Probe};
use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("newer.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    // A trace of its own, in case constructors did not run.
    construct::construct();
    registrar.interval("newer.interval.described", Newer);
    registrar.probe("newer.probe.echo", Newer);
    Ok(())
}

struct Newer;

impl IntervalPlugin for Newer {
    type Calibrator = Self;

    fn fit(&self, calibration: Calibration<'_>, _asked: Asked<'_>, _options: &str) -> Result<Fit<Self>, PluginError> {
        score::two_classes(calibration)?;
        Ok(Fit::Done(Self))
    }
}

impl Calibrator for Newer {
    fn answer(
        &self,
        _rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        score::answer_each(scores, questions, &mut answers, score::give_or_take_a_tenth);
        Ok(())
    }

    fn describe(&self) -> Result<String, PluginError> {
        Ok("a newer calibrator".to_owned())
    }
}

impl Probe for Newer {
    fn render(&self, spec: &str, _format: &str, _options: &str) -> Result<Vec<u8>, PluginError> {
        Ok(format!("probed {spec}").into_bytes())
    }
}
