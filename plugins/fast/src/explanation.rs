//! `core.explanation.fast`: one rule per feature, weighed by asking the feature's own calibrator about the unchanged
//! instance. It edits no row.
//!
//! It serves classes, values and events alike: every question is about what is explained, the host adds the rest.

use ce_core::Interval;
use ce_core::fast::rule_weight;
use ce_plugin_api::data::{Answers, Calibration, Condition, Edits, Operator, QuestionsBuf, RuleBuilder, find};
use ce_plugin_api::kind::{Batch, Explainer, ExplanationPlugin, Next};
use ce_plugin_api::options::Options;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::{Deserialize, Serialize};

use crate::{constant_columns, corrupt};

/// The plugin.
pub(crate) struct Fast;

#[derive(Deserialize)]
struct FastOptions {
    features_to_ignore: Vec<usize>,
}

/// The features that are weighed, ascending.
#[derive(Serialize, Deserialize)]
pub(crate) struct FastExplainer {
    features: Vec<u32>,
}

impl ExplanationPlugin for Fast {
    type Explainer = FastExplainer;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        _calibrated: Answers<'_>,
        options: &str,
    ) -> Result<FastExplainer, PluginError> {
        let ignored = Options::<FastOptions>::from_json(options)?.plugin.features_to_ignore;
        let n_features = calibration.x.n_cols;
        let mut is_left_out = constant_columns(calibration.x);
        for feature in ignored {
            let Some(is_left_out) = is_left_out.get_mut(feature) else {
                let message = format!("features_to_ignore names column {feature}, there are {n_features} columns");
                return Err(PluginError::new(ErrorCode::InvalidOption, message));
            };
            *is_left_out = true;
        }
        let weighed = (0..).zip(is_left_out).filter(|(_, is_left_out)| !is_left_out);
        Ok(FastExplainer { features: weighed.map(|(feature, _)| feature).collect() })
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<FastExplainer, PluginError> {
        postcard::from_bytes(saved).map_err(corrupt)
    }
}

impl Explainer for FastExplainer {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let ignored = Ignored::of(batch)?;
        Ok(if batch.round == 0 { self.ask(batch, ignored) } else { Next::Done(self.weigh(batch, ignored).finish()) })
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(self).map_err(|error| PluginError::new(ErrorCode::Internal, error.to_string()))
    }
}

impl FastExplainer {
    fn ask(&self, batch: Batch<'_>, ignored: Ignored<'_>) -> Next {
        let mut questions = QuestionsBuf::default();
        for instance in 0..batch.x.n_rows {
            for feature in self.weighed(instance, ignored) {
                questions.row.push(instance as u32);
                questions.feature.push(feature);
            }
        }
        // No class is named: each calibrator speaks of the class that is explained, not of the one it finds likeliest.
        Next::Ask { edits: Edits::default(), questions, state: Vec::new() }
    }

    fn weigh(&self, batch: Batch<'_>, ignored: Ignored<'_>) -> RuleBuilder {
        let mut rules = RuleBuilder::new();
        let mut answers = (0..).map(|question_idx| triple(batch.answers, question_idx));
        for instance in 0..batch.x.n_rows {
            let base = triple(batch.base, instance);
            for (feature, of_feature) in self.weighed(instance, ignored).zip(&mut answers) {
                let Some(weight) = rule_weight(base, of_feature) else { continue };
                let condition = Condition { feature, operator: Operator::Any, low: f64::NAN, high: f64::NAN };
                // Unlike a factual rule, a fast rule speaks of what the feature's own calibrator says.
                let prediction = (of_feature.predict, of_feature.low, of_feature.high);
                rules.push(&[condition], (weight.weight, weight.low, weight.high), prediction);
            }
            rules.end_instance();
        }
        rules
    }

    /// The features that are weighed for an instance, ascending.
    fn weighed<'a>(&'a self, instance: usize, ignored: Ignored<'a>) -> impl Iterator<Item = u32> + 'a {
        self.features.iter().copied().filter(move |&feature| !ignored.holds(instance, feature))
    }
}

/// What the caller ignores: the column `ignored` of the batch, 1 or 0 for each feature; NaN is 0.
#[derive(Clone, Copy)]
struct Ignored<'a> {
    n_features: usize,
    /// `[n_instances, n_features]`, or empty for nothing.
    marks: &'a [f64],
}

impl<'a> Ignored<'a> {
    fn of(batch: Batch<'a>) -> Result<Self, PluginError> {
        let (n_instances, n_features) = (batch.x.n_rows, batch.x.n_cols);
        let marks = find(batch.extra.as_slice(), "ignored").map_or(&[][..], |column| column.values.as_slice());
        if !marks.is_empty() && Some(marks.len()) != n_instances.checked_mul(n_features) {
            return Err(PluginError::invalid_input(format!(
                "the column `ignored` has {} values, expected {n_features} for each of {n_instances} instances",
                marks.len()
            )));
        }
        Ok(Self { n_features, marks })
    }

    fn holds(self, instance: usize, feature: u32) -> bool {
        self.marks.get(instance * self.n_features + feature as usize) == Some(&1.0)
    }
}

fn triple(answers: Answers<'_>, idx: usize) -> Interval {
    Interval { predict: answers.predict[idx], low: answers.low[idx], high: answers.high[idx] }
}

#[cfg(test)]
mod tests {
    use ce_plugin_api::data::{Answers, Calibration, Column, Matrix, NONE, Operator, Rules};
    use ce_plugin_api::kind::{Batch, Explainer, ExplanationPlugin, Next};
    use ce_plugin_api::{ErrorCode, PluginError};

    use super::{Fast, FastExplainer};

    /// Feature 1 is constant, feature 3 is to be ignored.
    const X_CAL: [f64; 8] = [1.0, 7.0, 0.0, 3.0, 2.0, 7.0, 1.0, 4.0];
    const X: [f64; 8] = [1.5, 7.0, 0.0, 9.0, 2.5, 7.0, 1.0, 9.0];
    const BASE: [[f64; 2]; 3] = [[0.5, 100.0], [0.25, f64::NEG_INFINITY], [0.75, 140.0]];

    /// The plugin looks at the columns alone: targets and scores are the same for every task.
    fn prepare(ignored: &str) -> Result<FastExplainer, PluginError> {
        let options = format!(r#"{{"host":{{"seed":42,"threads":1}},"plugin":{{"features_to_ignore":{ignored}}}}}"#);
        let (x, y) = (Matrix::new(&X_CAL, 2, 4).unwrap(), [0.0, 1.0]);
        let calibration = Calibration::new(x, &y, Matrix::new(&y, 2, 1).unwrap(), "{}");
        Fast.prepare(calibration, Answers::new(&y, &y, &y, &[NONE; 2]), &options)
    }

    fn batch() -> Batch<'static> {
        Batch::first(Matrix::new(&X, 2, 4).unwrap(), "")
    }

    /// The rules for answers about features 0 and 2 of both instances: of a probability, and of a value.
    fn explain(explainer: &FastExplainer, predict: [f64; 4], low: [f64; 4], high: [f64; 4]) -> Rules {
        let base = Answers::new(&BASE[0], &BASE[1], &BASE[2], &[NONE; 2]);
        let answers = Answers::new(&predict, &low, &high, &[NONE; 4]);
        match explainer.step(batch().in_round(1, &[], base, answers)).unwrap() {
            Next::Done(rules) => rules,
            Next::Ask { .. } => panic!("a second round was asked for"),
        }
    }

    #[test]
    fn each_weighed_feature_is_asked_about_the_unchanged_instance_and_the_explained_class() {
        let Next::Ask { edits, questions, state } = prepare("[3]").unwrap().step(batch()).unwrap() else {
            panic!("nothing was asked")
        };
        assert!(edits.is_empty() && state.is_empty());
        assert_eq!((&questions.row[..], &questions.feature[..]), (&[0, 0, 1, 1][..], &[0, 2, 0, 2][..]));
        assert!(questions.class.is_empty(), "left out: the class that is explained");
    }

    #[test]
    fn a_rule_carries_the_answer_of_its_features_calibrator() {
        let explainer = prepare("[3]").unwrap();
        let (predict, low, high) = ([0.25, 0.5, 90.0, 120.0], [0.0, 0.25, 80.0, 110.0], [0.5, 0.75, 95.0, 130.0]);
        let rules = explain(&explainer, predict, low, high);
        // Feature 2 of the first instance moves nothing: no rule.
        assert_eq!((&rules.instance_end[..], &rules.feature[..]), (&[1, 3][..], &[0, 0, 2][..]));
        assert!(rules.operator.iter().all(|&operator| operator == Operator::Any as u8));
        assert!(rules.condition_low.iter().chain(&rules.condition_high).all(|number| number.is_nan()));
        assert_eq!(rules.weight[..], [0.25, 10.0, -20.0]);
        assert_eq!((&rules.weight_low[..], &rules.weight_high[..]), (&[0.0, 5.0, -30.0][..], &[0.5, 20.0, -10.0][..]));
        assert_eq!(rules.predict[..], [0.25, 90.0, 120.0]);
        assert_eq!((&rules.low[..], &rules.high[..]), (&[0.0, 80.0, 110.0][..], &[0.5, 95.0, 130.0][..]));
    }

    #[test]
    fn a_feature_ignored_for_an_instance_is_neither_asked_about_nor_weighed() {
        let explainer = prepare("[3]").unwrap();
        // Feature 0 of the first instance; the constant feature 1 of the second has no rule in any case.
        let ignored = [1.0, 0.0, f64::NAN, 0.0, 0.0, 1.0, 0.0, 0.0];
        let extra = [Column::new("ignored", 4, &ignored)];
        let first = Batch { extra: (&extra[..]).into(), ..batch() };
        let Next::Ask { questions, .. } = explainer.step(first).unwrap() else { panic!("nothing was asked") };
        assert_eq!((&questions.row[..], &questions.feature[..]), (&[0, 1, 1][..], &[2, 0, 2][..]));
        let answers = ([0.25, 90.0, 80.0], [0.0, 70.0, 60.0], [0.5, 95.0, 85.0]);
        let answers = Answers::new(&answers.0, &answers.1, &answers.2, &[NONE; 3]);
        let base = Answers::new(&BASE[0], &BASE[1], &BASE[2], &[NONE; 2]);
        let Next::Done(rules) = explainer.step(first.in_round(1, &[], base, answers)).unwrap() else {
            panic!("a second round was asked for")
        };
        assert_eq!((&rules.instance_end[..], &rules.feature[..]), (&[1, 3][..], &[2, 0, 2][..]));
        assert_eq!(rules.weight[..], [0.25, 10.0, 20.0]);

        let short = [Column::new("ignored", 4, &ignored[..4])];
        let error = explainer.step(Batch { extra: (&short[..]).into(), ..batch() }).unwrap_err();
        assert!(error.text().contains("has 4 values, expected 4 for each of 2 instances"), "{error}");
    }

    #[test]
    fn infinite_bounds_of_a_regression_reach_the_rules() {
        const OPEN: f64 = f64::INFINITY;
        let explainer = prepare("[3]").unwrap();
        let rules = explain(&explainer, [0.5, 0.5, 90.0, 100.0], [0.25, 0.25, -OPEN, -OPEN], [0.75, 0.75, OPEN, 140.0]);
        // Feature 2 of the second instance has the base's own bounds, of which one is infinite.
        assert_eq!((&rules.instance_end[..], &rules.feature[..]), (&[0, 1][..], &[0][..]));
        assert_eq!((rules.weight[0], rules.weight_low[0], rules.weight_high[0]), (10.0, -OPEN, OPEN));
        assert_eq!((rules.low[0], rules.high[0]), (-OPEN, OPEN));
    }

    #[test]
    fn a_restored_explainer_asks_the_same() {
        let explainer = prepare("[]").unwrap();
        let restored = Fast.restore(&explainer.save().unwrap(), "").unwrap();
        assert_eq!(restored.step(batch()).unwrap(), explainer.step(batch()).unwrap());
        assert_eq!(restored.features, [0, 2, 3]);
        assert_eq!(Fast.restore(&[255], "").err().map(|error| error.code), Some(ErrorCode::Corrupt as u32));
    }

    #[test]
    fn an_unknown_feature_cannot_be_ignored() {
        let error = prepare("[4]").err().unwrap();
        assert_eq!(error.code, ErrorCode::InvalidOption as u32);
        assert!(error.text().contains("names column 4, there are 4 columns"), "{error}");
    }
}
