//! Panics where the option `where` says. The plot builder, which takes no options, always does.

mod score;

use ce_plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, Condition, Matrix, Operator, Questions, Rows, RuleBuilder,
};
use ce_plugin_api::kind::{
    Batch, Calibrator, Explainer, ExplanationPlugin, Fit, IntervalPlugin, Learner, LearnerPlugin, Next, PlotBuilder,
    PlotRenderer,
};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::options::Options;
use ce_plugin_api::schema::LearnerInfo;
use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("panics.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.learner("test.learner.panics", Panics);
    registrar.interval("test.interval.panics", Panics);
    registrar.explanation("test.explanation.panics", Panics);
    registrar.plot_builder("test.plot.panics", Panics);
    registrar.plot_renderer("test.plot.panics", Panics);
    Ok(())
}

/// The plugin of every kind.
struct Panics;

/// Where to panic, held by everything that the plugins make; its own drop is one of the places.
struct Place(String);

impl Place {
    fn of(options: &str) -> Result<Self, PluginError> {
        let options = Options::<serde_json::Value>::from_json(options)?.plugin;
        Ok(Self(options["where"].as_str().unwrap_or("nowhere").to_owned()))
    }

    /// Panics if this is the place.
    fn reach(&self, here: &str) {
        if self.0 == here {
            panic!("asked to panic in {here}");
        }
    }

    /// Panics with a payload that panics itself when it is dropped, if that is asked for.
    fn reach_payload(&self) {
        if self.0 == "payload" {
            std::panic::panic_any(Self("drop".to_owned()));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.reach("drop");
    }
}

impl IntervalPlugin for Panics {
    type Calibrator = Place;

    fn fit(&self, calibration: Calibration<'_>, _asked: Asked<'_>, options: &str) -> Result<Fit<Place>, PluginError> {
        score::two_classes(calibration)?;
        let place = Place::of(options)?;
        place.reach("fit");
        Ok(Fit::Done(place))
    }

    fn restore(&self, _saved: &[u8], options: &str) -> Result<Place, PluginError> {
        let place = Place::of(options)?;
        place.reach("restore");
        Ok(place)
    }
}

impl Calibrator for Place {
    fn answer(
        &self,
        _rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        self.reach("answer");
        self.reach_payload();
        score::answer_each(scores, questions, &mut answers, score::give_or_take_a_tenth);
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        self.reach("save");
        Ok(Vec::new())
    }
}

impl ExplanationPlugin for Panics {
    type Explainer = Place;

    fn prepare(&self, _: Calibration<'_>, _: Answers<'_>, options: &str) -> Result<Place, PluginError> {
        let place = Place::of(options)?;
        place.reach("prepare");
        Ok(place)
    }

    fn restore(&self, _saved: &[u8], options: &str) -> Result<Place, PluginError> {
        let place = Place::of(options)?;
        place.reach("restore");
        Ok(place)
    }
}

impl Explainer for Place {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        self.reach("step");
        self.reach_payload();
        if batch.round == 0 {
            return Ok(Next::Ask { edits: Default::default(), questions: Default::default(), state: Vec::new() });
        }
        let mut rules = RuleBuilder::new();
        for _ in 0..batch.x.n_rows {
            let condition = Condition { feature: 0, operator: Operator::Any, low: f64::NAN, high: f64::NAN };
            rules.push(&[condition], (0.0, 0.0, 0.0), (0.5, 0.4, 0.6));
            rules.end_instance();
        }
        Ok(Next::Done(rules.finish()))
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        self.reach("save");
        Ok(Vec::new())
    }
}

impl LearnerPlugin for Panics {
    type Learner = Place;

    fn open(&self, _model: &[u8], options: &str) -> Result<Place, PluginError> {
        let place = Place::of(options)?;
        place.reach("open");
        Ok(place)
    }
}

impl Learner for Place {
    fn info(&self) -> LearnerInfo {
        self.reach("info");
        LearnerInfo {
            task: Task::Classification,
            n_features: 1,
            n_outputs: 2,
            classes: vec!["0".to_owned(), "1".to_owned()],
            feature_names: Vec::new(),
            categories: std::collections::BTreeMap::new(),
        }
    }

    fn predict(&self, _x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.reach("predict");
        self.reach_payload();
        scores.fill(0.5);
        Ok(())
    }
}

impl PlotBuilder for Panics {
    fn build(&self, _explanations: &str, _intent: &str) -> Result<String, PluginError> {
        panic!("asked to panic in build")
    }
}

impl PlotRenderer for Panics {
    fn render(&self, spec: &str, _format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        let place = Place::of(options)?;
        place.reach("render");
        place.reach_payload();
        Ok(spec.as_bytes().to_vec())
    }
}
