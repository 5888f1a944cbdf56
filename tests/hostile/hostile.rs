//! A bundle with a plugin of every kind that does what the option `how` names, in the call that the option `where` names, and
//! answers well otherwise. Its constructor does what the bytes of `CONSTRUCTOR_DOES` say, which the tests write over. It
//! never misbehaves unasked.

#[path = "../bundles/score.rs"]
mod score;

mod deeds;
mod forged;
mod system;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use ce_plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, ColumnBuf, Condition, Edits, Matrix, Operator, Questions, QuestionsBuf,
    Rows, RuleBuilder,
};
use ce_plugin_api::kind::{
    Batch, Calibrator, Explainer, ExplanationPlugin, Fit, IntervalPlugin, Learner, LearnerPlugin, Next, PlotBuilder,
    PlotRenderer,
};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::schema::LearnerInfo;
use ce_plugin_api::{PluginError, Registrar};

use deeds::{Deed, GIGABYTE};

ce_plugin_api::export_bundle!("hostile.json", register);

/// Calls that came in so far: what a host numbers the calls of a single lane with.
static N_CALLS: AtomicU64 = AtomicU64::new(0);
/// Where the answers of the last call were written.
static LENT: AtomicUsize = AtomicUsize::new(0);

/// What the constructor does, padded with dots. Tests look for these bytes in the library and write over them.
#[used]
static CONSTRUCTOR_DOES: [u8; 64] = *b"hostile-constructor:well........................................";

#[allow(unsafe_code)]
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = construct;

extern "C" fn construct() {
    let does = std::hint::black_box(&CONSTRUCTOR_DOES);
    let does = String::from_utf8_lossy(&does["hostile-constructor:".len()..]);
    let options = serde_json::json!({
        "host": { "seed": 0, "threads": 1 },
        "plugin": { "how": does.trim_end_matches('.'), "where": "constructor" },
    });
    if let Ok(deed) = Deed::of(&options.to_string()) {
        // There is nobody to tell.
        drop(deed.commit("constructor"));
    }
}

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.learner("test.learner.hostile", Hostile);
    registrar.interval("test.interval.hostile", Hostile);
    registrar.explanation("test.explanation.hostile", Hostile);
    registrar.plot_builder("test.plot.hostile", Hostile);
    registrar.plot_renderer("test.plot.hostile", Hostile);
    Ok(())
}

/// The plugin of every kind.
struct Hostile;

/// Whatever a plugin makes.
struct Made(Deed);

impl Drop for Made {
    fn drop(&mut self) {
        drop(self.0.commit("drop"));
    }
}

/// A call comes in.
fn enter() -> u64 {
    N_CALLS.fetch_add(1, Ordering::Relaxed) + 1
}

fn made(options: &str, here: &str) -> Result<Made, PluginError> {
    enter();
    let deed = Deed::of(options)?;
    deed.commit(here)?;
    Ok(Made(deed))
}

impl IntervalPlugin for Hostile {
    type Calibrator = Made;

    fn fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: &str) -> Result<Fit<Made>, PluginError> {
        score::two_classes(calibration)?;
        let made = made(options, "fit")?;
        let sequence = N_CALLS.load(Ordering::Relaxed);
        match made.0.how.as_str() {
            "forges_outside" => forged::outside(sequence),
            "forges_early" => forged::early(sequence),
            "forges_elsewhere" => forged::elsewhere(sequence),
            _ => {}
        }
        let n_rows = match made.0.how.as_str() {
            "asks_for_a_billion" => 1_000_000_000,
            "asks_for_ever" => 1,
            _ => return Ok(Fit::Done(made)),
        };
        if asked.round > 0 && made.0.how != "asks_for_ever" {
            return Ok(Fit::Done(made));
        }
        let mut edits = Edits { row: vec![0; n_rows].into(), ..Edits::default() };
        edits.end = vec![0; n_rows].into();
        Ok(Fit::Ask { edits, state: Vec::new() })
    }

    fn restore(&self, _saved: &[u8], options: &str) -> Result<Made, PluginError> {
        made(options, "restore")
    }
}

impl Calibrator for Made {
    fn answer(
        &self,
        _rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        let sequence = enter();
        LENT.store(answers.predict.as_ptr().expose_provenance(), Ordering::Relaxed);
        self.0.commit("answer")?;
        if self.0.is("forges_words", "answer") {
            forged::words(sequence, LENT.load(Ordering::Relaxed));
        }
        score::answer_each(scores, questions, &mut answers, score::give_or_take_a_tenth);
        if self.0.is("scribbles", "answer") {
            let address = LENT.load(Ordering::Relaxed);
            std::thread::spawn(move || {
                loop {
                    system::write_at(address, &7.0_f64.to_ne_bytes());
                    std::thread::yield_now();
                }
            });
        }
        if self.0.is("differs_by_process", "answer") {
            // A number of this very process: after a restart it is another.
            let share = f64::from(std::process::id() % 1000) / 1000.0;
            (0..answers.predict.len()).for_each(|idx| answers.set(idx, share, share, share));
        }
        self.0.commit("answered")
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        save(&self.0)
    }
}

fn save(deed: &Deed) -> Result<Vec<u8>, PluginError> {
    enter();
    deed.commit("save")?;
    Ok(if deed.is("returns_a_gigabyte", "save") { vec![0; GIGABYTE + 8] } else { Vec::new() })
}

impl ExplanationPlugin for Hostile {
    type Explainer = Made;

    fn prepare(&self, _: Calibration<'_>, _: Answers<'_>, options: &str) -> Result<Made, PluginError> {
        made(options, "prepare")
    }

    fn restore(&self, _saved: &[u8], options: &str) -> Result<Made, PluginError> {
        made(options, "restore")
    }
}

impl Explainer for Made {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let sequence = enter();
        self.0.commit("step")?;
        if self.0.is("forges_overlaps", "step") {
            forged::overlaps(sequence, LENT.load(Ordering::Relaxed));
        }
        if batch.round == 0 {
            return Ok(Next::Ask { edits: Edits::default(), questions: QuestionsBuf::default(), state: Vec::new() });
        }
        let mut rules = RuleBuilder::new();
        for instance in 0..batch.x.n_rows {
            let of = |column: &[f64]| column[instance];
            let triple = (of(&batch.base.predict), of(&batch.base.low), of(&batch.base.high));
            let condition = Condition { feature: 0, operator: Operator::Any, low: f64::NAN, high: f64::NAN };
            rules.push(&[condition], triple, triple);
            rules.end_instance();
        }
        let mut rules = rules.finish();
        if self.0.is("names_without_text", "step") {
            let column = ColumnBuf { name: system::no_text().into(), width: 1, values: vec![0.0; rules.len()].into() };
            rules.rule_extra.push(column);
        }
        Ok(Next::Done(rules))
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        save(&self.0)
    }
}

impl LearnerPlugin for Hostile {
    type Learner = Made;

    fn open(&self, _model: &[u8], options: &str) -> Result<Made, PluginError> {
        made(options, "open")
    }
}

impl Learner for Made {
    fn info(&self) -> LearnerInfo {
        // There is no error to return.
        drop(self.0.commit("info"));
        let n_outputs = if self.0.how == "lies_about_outputs" { usize::MAX } else { 2 };
        LearnerInfo {
            task: Task::Classification,
            n_features: 3,
            n_outputs,
            classes: vec!["no".to_owned(), "yes".to_owned()],
            feature_names: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            categories: std::collections::BTreeMap::new(),
        }
    }

    /// The logistic function of the tests' small problem.
    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        enter();
        self.0.commit("predict")?;
        for (row, scores) in x.as_slice().chunks_exact(3).zip(scores.chunks_exact_mut(2)) {
            scores[1] = 1.0 / (1.0 + (row[1] - row[0] - 0.5 * row[2]).exp());
            scores[0] = 1.0 - scores[1];
        }
        Ok(())
    }
}

impl PlotBuilder for Hostile {
    fn build(&self, _explanations: &str, _intent: &str) -> Result<String, PluginError> {
        Ok(system::no_text())
    }
}

impl PlotRenderer for Hostile {
    fn render(&self, spec: &str, _format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        let deed = Deed::of(options)?;
        deed.commit("render")?;
        if deed.is("fails_without_text", "render") {
            return Err(deeds::internal(system::no_text()));
        }
        Ok(if deed.how == "returns_a_gigabyte" { vec![0; GIGABYTE + 8] } else { spec.as_bytes().to_vec() })
    }
}
