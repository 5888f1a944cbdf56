//! Linked plugins that go wrong at one instance of a batch only, in the way that the option `how` names: while fitting all
//! is well.

use ce_host::plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, ColumnBuf, Condition, Matrix, Operator, Questions, QuestionsBuf, Rows,
    RuleBuilder,
};
use ce_host::plugin_api::kind::{Batch, Calibrator, Explainer, ExplanationPlugin, Fit, IntervalPlugin, Next};
use ce_host::plugin_api::options::Options;
use ce_host::plugin_api::{ErrorCode, PluginError, Registrar};

use crate::case::small;

/// The instance at which they go wrong.
pub(crate) const MARKED: usize = 13;

pub(crate) const MANIFEST: &str = r#"{
  "schema_version": "1.0.0",
  "bundle": { "name": "test-picky", "version": "0.1.0", "provider": "ce-tests", "license": "MIT OR Apache-2.0" },
  "plugins": [
    { "kind": "interval", "identifier": "test.interval.picky", "version": "0.1.0", "tasks": ["classification"],
      "capabilities": ["interval:classification"], "fast_compatible": true,
      "options": { "how": { "type": "string", "default": "well" } } },
    { "kind": "explanation", "identifier": "test.explanation.picky", "version": "0.1.0", "modes": ["factual"],
      "tasks": ["classification"], "capabilities": ["explain", "explanation:factual", "task:classification"],
      "options": { "how": { "type": "string", "default": "well" } } }
  ]
}"#;

pub(crate) fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("test.interval.picky", Picky);
    registrar.explanation("test.explanation.picky", Picky);
    Ok(())
}

struct Picky;

struct How(String);

impl How {
    fn of(options: &str) -> Result<Self, PluginError> {
        let options = Options::<serde_json::Value>::from_json(options)?.plugin;
        Ok(Self(options["how"].as_str().unwrap_or("well").to_owned()))
    }
}

fn is_marked(row: &[f64]) -> bool {
    small::x(&small::instances()).row(MARKED) == row
}

impl IntervalPlugin for Picky {
    type Calibrator = How;

    fn fit(&self, _: Calibration<'_>, _: Asked<'_>, options: &str) -> Result<Fit<How>, PluginError> {
        How::of(options).map(Fit::Done)
    }
}

impl Calibrator for How {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        for (question_idx, question) in questions.iter().enumerate() {
            let score = scores.row(question.row)[1];
            answers.class[question_idx] = 1;
            answers.set(question_idx, score, score / 2.0, (1.0 + score) / 2.0);
            if !answers.probability.is_empty() {
                answers.probability[2 * question_idx] = 1.0 - score;
                answers.probability[2 * question_idx + 1] = score;
            }
            let edited = question.row.checked_sub(rows.n_base());
            let row = rows.base.row(edited.map_or(question.row, |edited_idx| rows.edits(edited_idx).0));
            // An instance by itself is answered well where only its edited rows are to go wrong.
            if !is_marked(row) || (edited.is_none() && self.0.starts_with("edited")) {
                continue;
            }
            match self.0.as_str() {
                "nan" | "edited_nan" => answers.low[question_idx] = f64::NAN,
                "edited_other_class" => answers.class[question_idx] = 0,
                "two" => answers.set(question_idx, 2.0, 0.0, 1.0),
                "unordered" => answers.set(question_idx, 0.5, 0.75, 0.25),
                "half_class" if !answers.probability.is_empty() => answers.probability[2 * question_idx] = -0.5,
                "error" | "edited_error" => {
                    let error = PluginError { code: 1234, instance: question_idx, message: "no answer".into() };
                    return Err(error);
                }
                "error_nowhere" => {
                    return Err(PluginError::new(ErrorCode::Numeric, "no answer").at_instance(usize::MAX - 1));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl ExplanationPlugin for Picky {
    type Explainer = How;

    fn prepare(&self, _: Calibration<'_>, _: Answers<'_>, options: &str) -> Result<How, PluginError> {
        let how = How::of(options)?;
        if how.0 == "prepare_error" {
            return Err(PluginError::invalid_input("no bins").at_instance(42));
        }
        Ok(how)
    }
}

impl Explainer for How {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let marked = (0..batch.x.n_rows).find(|&instance| is_marked(batch.x.row(instance)));
        if batch.round == 0 {
            let questions = QuestionsBuf { row: [0].as_slice().into(), ..QuestionsBuf::default() };
            let width = if self.0 == "wants_all" && marked.is_some() { usize::MAX } else { 1 };
            let want = vec![ColumnBuf { name: "test.wanted".into(), width, values: Vec::new().into() }].into();
            return Ok(Next::Ask {
                edits: Default::default(),
                questions: QuestionsBuf { want, ..questions },
                state: Vec::new(),
            });
        }
        match (self.0.as_str(), marked) {
            ("error", Some(instance)) => return Err(PluginError::invalid_input("no rules").at_instance(instance)),
            ("error_nowhere", Some(_)) => {
                return Err(PluginError::invalid_input("no rules").at_instance(usize::MAX - 1));
            }
            _ => {}
        }
        let mut rules = RuleBuilder::new();
        for instance in 0..batch.x.n_rows {
            let condition = Condition { feature: 2, operator: Operator::Above, low: -100.0, high: f64::NAN };
            let is_unbounded = self.0 == "unbounded" && marked == Some(instance);
            let high = if is_unbounded { f64::INFINITY } else { 0.5 };
            let weight = if self.0 == "nan" && marked == Some(instance) { f64::NAN } else { 0.25 };
            rules.push(&[condition], (weight, -high, high), (0.5, 0.25, 0.75));
            rules.end_instance();
        }
        Ok(Next::Done(rules.finish()))
    }
}
