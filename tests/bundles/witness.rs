//! A plugin of every kind whose results depend on everything that it is handed: a number that is lost or changed on the way
//! shows in the result. It calculates nothing.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

use ce_plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, ColumnBuf, EXPLAINED, Edits, Matrix, NONE, Questions, QuestionsBuf, Rows,
    Rules,
};
use ce_plugin_api::kind::{
    Batch, Calibrator, Explainer, ExplanationPlugin, Fit, IntervalPlugin, Learner, LearnerPlugin, Next, PlotBuilder,
    PlotRenderer,
};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::schema::LearnerInfo;
use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("witness.json", register);

/// Options that make every call fail.
const FAIL: &str = "fail";

/// Registers the witness.
fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.learner("test.witness", Witness);
    registrar.interval("test.witness", Witness);
    registrar.explanation("test.witness", Witness);
    registrar.plot_builder("test.witness", Witness);
    registrar.plot_renderer("test.witness", Witness);
    Ok(())
}

/// The plugin of every kind.
#[derive(Debug)]
struct Witness;

/// What it made: all that was seen until then, as a number.
#[derive(Debug)]
struct Seen(u64);

fn seen(all: &impl Debug) -> u64 {
    let mut hash = DefaultHasher::new();
    format!("{all:?}").hash(&mut hash);
    hash.finish()
}

/// Numbers that go on from `seen`, in [0, 1).
fn numbers(seen: u64) -> impl Iterator<Item = f64> {
    (0u64..).map(move |idx| {
        let mut hash = DefaultHasher::new();
        (seen, idx).hash(&mut hash);
        (hash.finish() >> 11) as f64 / (1u64 << 53) as f64
    })
}

/// An error that carries what was seen, if the options ask for one.
fn check(options: &str, seen: u64) -> Result<u64, PluginError> {
    if options != FAIL {
        return Ok(seen);
    }
    Err(PluginError { code: 4242, instance: 7, message: format!("asked to fail, having seen {seen}: ÅÄÖ").into() })
}

fn column(name: &str, width: usize, n: usize, seen: u64) -> ColumnBuf {
    ColumnBuf { name: name.into(), width, values: numbers(seen).take(n * width).collect() }
}

fn edits(seen: u64) -> Edits {
    let mut edits = Edits::default();
    for (row, value) in numbers(seen).take(3).enumerate() {
        edits.push(row as u32, 1, value);
    }
    edits.push_many(0, numbers(seen).skip(3).take(2).enumerate().map(|(feature, value)| (feature as u32, value)));
    edits.push_many(1, []);
    edits
}

impl LearnerPlugin for Witness {
    type Learner = Seen;

    fn open(&self, model: &[u8], options: &str) -> Result<Seen, PluginError> {
        check(options, seen(&(model, options))).map(Seen)
    }
}

impl Learner for Seen {
    fn info(&self) -> LearnerInfo {
        LearnerInfo {
            task: Task::Classification,
            n_features: 2,
            n_outputs: 2,
            classes: vec!["no".to_owned(), "yes".to_owned()],
            feature_names: vec![self.0.to_string(), "other".to_owned()],
            categories: BTreeMap::from([("other".to_owned(), vec!["Å".to_owned(), String::new()])]),
        }
    }

    fn predict(&self, _x: Matrix<'_>, _scores: &mut [f64]) -> Result<(), PluginError> {
        Err(PluginError::unsupported("rows with edits were expected"))
    }

    fn predict_edited(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        let seen = seen(&(self, rows, &scores));
        scores.iter_mut().zip(numbers(seen)).for_each(|(score, number)| *score = number);
        Ok(())
    }
}

impl IntervalPlugin for Witness {
    type Calibrator = Seen;

    fn fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: &str) -> Result<Fit<Seen>, PluginError> {
        let seen = check(options, seen(&(calibration, asked, options)))?;
        Ok(match asked.round {
            0 => Fit::Ask { edits: edits(seen), state: seen.to_le_bytes().to_vec() },
            _ => Fit::Done(Seen(seen)),
        })
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Seen, PluginError> {
        check(options, seen(&(saved, options))).map(Seen)
    }
}

impl Calibrator for Seen {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        let mut numbers = numbers(seen(&(self, rows, scores, questions, &answers)));
        let mut fill = |values: &mut [f64]| values.iter_mut().zip(&mut numbers).for_each(|(value, n)| *value = n);
        fill(&mut answers.predict);
        fill(&mut answers.low);
        fill(&mut answers.high);
        fill(&mut answers.probability);
        answers.extra.iter_mut().for_each(|column| fill(&mut column.values));
        answers.class.iter_mut().for_each(|class| *class = class.wrapping_add(2));
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Ok(self.0.to_le_bytes().to_vec())
    }
}

impl ExplanationPlugin for Witness {
    type Explainer = Seen;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<Seen, PluginError> {
        check(options, seen(&(calibration, calibrated, options))).map(Seen)
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Seen, PluginError> {
        check(options, seen(&(saved, options))).map(Seen)
    }
}

impl Explainer for Seen {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let seen = check(batch.options.as_str(), seen(&(self, batch)))?;
        let n = batch.x.n_rows;
        if batch.round == 0 {
            let questions = QuestionsBuf {
                row: (0..n as u32).collect(),
                class: (0..n as u32).map(|row| [EXPLAINED, NONE, 1][row as usize % 3]).collect(),
                feature: (0..n as u32).map(|row| [NONE, 0][row as usize % 2]).collect(),
                extra: vec![column("test.asked", 2, n, seen)].into(),
                want: vec![ColumnBuf { values: Vec::new().into(), ..column("test.wanted", 3, 0, seen) }].into(),
            };
            return Ok(Next::Ask { edits: edits(seen), questions, state: seen.to_le_bytes().to_vec() });
        }
        let rule = |from: u64| numbers(seen.wrapping_add(from)).take(n).collect();
        Ok(Next::Done(Rules {
            instance_end: (1..=n as u32).collect(),
            weight: rule(1),
            weight_low: (0..n).map(|_| f64::NEG_INFINITY).collect(),
            weight_high: rule(2),
            predict: rule(3),
            low: rule(4),
            high: rule(5),
            condition_end: (1..=n as u32).collect(),
            feature: (0..n as u32).map(|row| row % 2).collect(),
            operator: (0..n).map(|row| row as u8 % 6).collect(),
            condition_low: (0..n).map(|_| -0.0).collect(),
            condition_high: rule(6),
            rule_extra: vec![column("test.rule", 1, n, seen)].into(),
            condition_extra: vec![column("test.condition", 2, n, seen)].into(),
            instance_extra: vec![column("boundary_low", 2, n, seen), column("boundary_high", 2, n, !seen)].into(),
        }))
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Err(PluginError { code: 2, instance: 3, message: format!("having seen {}", self.0).into() })
    }
}

impl PlotBuilder for Witness {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        check(intent, seen(&(explanations, intent))).map(|seen| format!("{{\"seen\": {seen}, \"text\": \"Å\\n\"}}"))
    }
}

impl PlotRenderer for Witness {
    fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        check(options, seen(&(spec, format, options))).map(|seen| [&[0, 255], seen.to_le_bytes().as_slice()].concat())
    }
}
