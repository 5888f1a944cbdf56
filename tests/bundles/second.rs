//! A second good bundle with identifiers of its own: a plugin of every kind, and a plot style.

mod plain;
mod score;

use ce_plugin_api::data::{Answers, Calibration, Condition, Matrix, Operator, RuleBuilder};
use ce_plugin_api::kind::{
    Batch, Explainer, ExplanationPlugin, Learner, LearnerPlugin, Next, PlotBuilder, PlotRenderer,
};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::schema::LearnerInfo;
use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("second.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.learner("second.learner.share", Second);
    registrar.interval("second.interval.plain", plain::Plain);
    registrar.explanation("second.explanation.first", Second);
    registrar.plot_builder("second.plot.text", Second);
    registrar.plot_renderer("second.plot.text", Second);
    Ok(())
}

/// The plugin of every kind but the calibrator.
struct Second;

/// A model whose P(class 1) is the first feature.
struct Share {
    n_features: usize,
}

impl LearnerPlugin for Second {
    type Learner = Share;

    /// The model is the number of features as text.
    fn open(&self, model: &[u8], _options: &str) -> Result<Share, PluginError> {
        let text = std::str::from_utf8(model).ok().and_then(|text| text.trim().parse().ok());
        let wrong = || PluginError::invalid_input("expected a number of features, found other bytes: write one");
        text.map(|n_features| Share { n_features }).ok_or_else(wrong)
    }
}

impl Learner for Share {
    fn info(&self) -> LearnerInfo {
        LearnerInfo {
            task: Task::Classification,
            n_features: self.n_features,
            n_outputs: 2,
            classes: vec!["0".to_owned(), "1".to_owned()],
            feature_names: Vec::new(),
            categories: std::collections::BTreeMap::new(),
        }
    }

    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        for (row_idx, scores) in scores.chunks_exact_mut(2).enumerate() {
            let share = x.row(row_idx)[0].clamp(0.0, 1.0);
            scores.copy_from_slice(&[1.0 - share, share]);
        }
        Ok(())
    }
}

impl ExplanationPlugin for Second {
    type Explainer = Self;

    fn prepare(&self, _: Calibration<'_>, _: Answers<'_>, _options: &str) -> Result<Self, PluginError> {
        Ok(Self)
    }
}

impl Explainer for Second {
    /// One rule an instance: the first feature as such, with the prediction for its weight. It asks nothing, and waits
    /// for the prediction.
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        if batch.round == 0 {
            return Ok(Next::Ask { edits: Default::default(), questions: Default::default(), state: Vec::new() });
        }
        let mut rules = RuleBuilder::new();
        for instance in 0..batch.x.n_rows {
            let of = |column: &[f64]| column[instance];
            let triple = (of(&batch.base.predict), of(&batch.base.low), of(&batch.base.high));
            let condition = Condition { feature: 0, operator: Operator::Any, low: f64::NAN, high: f64::NAN };
            rules.push(&[condition], triple, triple);
            rules.end_instance();
        }
        Ok(Next::Done(rules.finish()))
    }
}

impl PlotBuilder for Second {
    fn build(&self, explanations: &str, _intent: &str) -> Result<String, PluginError> {
        Ok(format!("{{\"n_bytes\": {}}}", explanations.len()))
    }
}

impl PlotRenderer for Second {
    fn render(&self, spec: &str, format: &str, _options: &str) -> Result<Vec<u8>, PluginError> {
        match format {
            "svg" => Ok(format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><desc>{spec}</desc></svg>").into_bytes()),
            _ => Err(PluginError::unsupported(format!("expected the format `svg`, found `{format}`: ask for svg"))),
        }
    }
}
