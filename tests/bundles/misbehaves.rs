//! Answers, asks and explains in the ways that the option `how` names, none of which is allowed. It never panics.

mod score;

use ce_plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, Condition, Edits, Matrix, Operator, Questions, QuestionsBuf, Rows,
    RuleBuilder, Rules,
};
use ce_plugin_api::kind::{Batch, Calibrator, Explainer, ExplanationPlugin, Fit, IntervalPlugin, Next};
use ce_plugin_api::options::Options;
use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("misbehaves.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("test.interval.misbehaves", Misbehaves);
    registrar.explanation("test.explanation.misbehaves", Misbehaves);
    Ok(())
}

/// The plugin of both kinds.
struct Misbehaves;

/// In which way, and for which rows: those whose first feature has this value.
struct How {
    how: String,
    only: Option<f64>,
}

impl How {
    fn of(options: &str) -> Result<Self, PluginError> {
        let options = Options::<serde_json::Value>::from_json(options)?.plugin;
        Ok(Self { how: options["how"].as_str().unwrap_or("well").to_owned(), only: options["only"].as_f64() })
    }

    /// What is asked in the first round: one edit of the first row that is in order, or one that is not.
    fn edits(&self, x: Matrix<'_>) -> Option<Edits> {
        let mut edits = Edits::default();
        match self.how.as_str() {
            "asks_for_ever" => edits.push(0, 0, 0.5),
            "edits_unknown_row" => edits.push(x.n_rows as u32, 0, 0.5),
            "edits_unknown_feature" => edits.push(0, x.n_cols as u32, 0.5),
            "edits_nan" => edits.push(0, 0, f64::NAN),
            "edits_of_two_lengths" => {
                edits.push(0, 0, 0.5);
                edits.value.push(0.5);
            }
            "edits_descending" => {
                edits.push(0, 0, 0.5);
                edits.push(0, 0, 0.6);
                edits.end[0] = 2;
                edits.end[1] = 1;
            }
            _ => return None,
        }
        Some(edits)
    }
}

impl IntervalPlugin for Misbehaves {
    type Calibrator = How;

    fn fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: &str) -> Result<Fit<How>, PluginError> {
        score::two_classes(calibration)?;
        let how = How::of(options)?;
        match how.edits(calibration.x) {
            Some(edits) if asked.round == 0 || how.how == "asks_for_ever" => Ok(Fit::Ask { edits, state: Vec::new() }),
            _ => Ok(Fit::Done(how)),
        }
    }
}

impl Calibrator for How {
    /// Answers all questions well, but for those about the row that the option `only` names, or else for the last.
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        score::answer_each(scores, questions, &mut answers, score::give_or_take_a_tenth);
        let mut row = vec![0.0; rows.base.n_cols];
        for (idx, question) in questions.iter().enumerate() {
            rows.write_row(question.row, &mut row);
            let is_chosen = self.only.map_or(idx + 1 == questions.len(), |only| row[0] == only);
            match self.how.as_str() {
                _ if !is_chosen => {}
                "answers_nan" => answers.predict[idx] = f64::NAN,
                "answers_nan_bound" => answers.high[idx] = f64::NAN,
                "answers_nothing" => answers.set(idx, f64::NAN, f64::NAN, f64::NAN),
                "answers_infinite" => answers.set(idx, f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY),
                "answers_unordered" => answers.set(idx, 0.5, 0.8, 0.2),
                "answers_two" => answers.set(idx, 2.0, 1.5, 2.5),
                "answers_other_class" => answers.class[idx] = 7,
                _ => {}
            }
        }
        Ok(())
    }
}

impl ExplanationPlugin for Misbehaves {
    type Explainer = How;

    fn prepare(&self, _: Calibration<'_>, _: Answers<'_>, options: &str) -> Result<How, PluginError> {
        How::of(options)
    }
}

impl Explainer for How {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        if batch.round == 0 || self.how == "asks_for_ever" {
            let edits = self.edits(batch.x).unwrap_or_default();
            return Ok(Next::Ask { edits, questions: self.questions(batch), state: Vec::new() });
        }
        let mut rules = RuleBuilder::new();
        for _ in 0..batch.x.n_rows {
            let condition = Condition { feature: 0, operator: Operator::AtMost, low: f64::NAN, high: 0.5 };
            rules.push(&[condition], (0.1, 0.0, 0.2), (0.5, 0.4, 0.6));
            rules.end_instance();
        }
        let mut rules = rules.finish();
        self.spoil(&mut rules, batch.x);
        Ok(Next::Done(rules))
    }
}

impl How {
    fn questions(&self, batch: Batch<'_>) -> QuestionsBuf {
        let about = |row: u32| QuestionsBuf { row: [row].as_slice().into(), ..QuestionsBuf::default() };
        match self.how.as_str() {
            "asks_unknown_row" => about(batch.x.n_rows as u32),
            "asks_unknown_class" => QuestionsBuf { class: [9].as_slice().into(), ..about(0) },
            "asks_unknown_feature" => QuestionsBuf { feature: [batch.x.n_cols as u32].as_slice().into(), ..about(0) },
            "asks_of_two_lengths" => QuestionsBuf { class: [0, 1, 0].as_slice().into(), ..about(0) },
            _ => QuestionsBuf::default(),
        }
    }

    /// Spoils the last rule, which belongs to the last instance.
    fn spoil(&self, rules: &mut Rules, x: Matrix<'_>) {
        let last = rules.len() - 1;
        match self.how.as_str() {
            "rules_of_unknown_feature" => rules.feature[last] = x.n_cols as u32,
            "rules_of_unknown_operator" => rules.operator[last] = 99,
            "rules_without_number" => rules.condition_high[last] = f64::NAN,
            "rules_of_two_lengths" => {
                rules.weight_low.pop();
            }
            "rules_for_too_few" => {
                rules.instance_end.pop();
            }
            "rules_descending" => rules.condition_end[last] = 0,
            "rules_nan" => rules.weight[last] = f64::NAN,
            "rules_unordered" => {
                rules.weight_low[last] = 0.3;
                rules.weight_high[last] = -0.3;
            }
            _ => {}
        }
    }
}
