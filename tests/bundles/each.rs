//! A calibrator whose answer to a question depends on all that the question is about, and on nothing else. It calculates
//! nothing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};
use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("each.json", register);

/// A row that begins with this cannot be answered for.
const REFUSED: f64 = -777.0;
/// A row that begins with this ends the process.
const DEADLY: f64 = -666.0;
/// A row that begins with this is computed about for a while.
const SLOW: f64 = -444.0;
const WHILE: Duration = Duration::from_millis(400);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("test.interval.each", Each);
    Ok(())
}

/// The plugin.
struct Each;

/// Its calibrator, which counts its calls.
#[derive(Default)]
struct Counting(AtomicU32);

impl IntervalPlugin for Each {
    type Calibrator = Counting;

    fn fit(&self, _: Calibration<'_>, _: Asked<'_>, _options: &str) -> Result<Fit<Counting>, PluginError> {
        Ok(Fit::Done(Counting::default()))
    }

    fn restore(&self, _saved: &[u8], _options: &str) -> Result<Counting, PluginError> {
        Ok(Counting::default())
    }
}

impl Calibrator for Counting {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        let call = f64::from(self.0.fetch_add(1, Ordering::Relaxed) + 1);
        let mut row = vec![f64::NAN; rows.base.n_cols];
        for (question_idx, question) in questions.iter().enumerate() {
            rows.write_row(question.row, &mut row);
            if row[0] == REFUSED {
                return Err(PluginError::invalid_input("no answer for this row").at_instance(question_idx));
            }
            if row[0] == DEADLY {
                std::process::abort();
            }
            if row[0] == SLOW {
                let begun = Instant::now();
                while begun.elapsed() < WHILE {
                    std::hint::spin_loop();
                }
            }
            let events = [questions.threshold_low, questions.threshold_high];
            let extra = questions
                .extra
                .iter()
                .map(|column| (column.name, of_one(column.values.as_slice(), column.width, question_idx)));
            let about = (
                (&row, scores.row(question.row), question.class, question.feature, question.category),
                (events.map(|event| Questions::number_at(event, question_idx)), questions.percentiles),
                (extra.collect::<Vec<_>>(), answers.class[question_idx]),
            );
            let mut hash = DefaultHasher::new();
            format!("{about:?}").hash(&mut hash);
            let number = (hash.finish() >> 11) as f64 / (1_u64 << 53) as f64;
            answers.set(question_idx, number, number / 2.0, (1.0 + number) / 2.0);
            answers.class[question_idx] = question.class.unwrap_or(1);
            let n_classes = answers.probability.len() / questions.len();
            answers.probability[question_idx * n_classes..][..n_classes].fill(number);
            for column in answers.extra.iter_mut() {
                let value = if column.name == "calls" { call } else { number };
                let width = column.width;
                column.values[question_idx * width..][..width].fill(value);
            }
        }
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Ok(Vec::new())
    }
}

fn of_one(values: &[f64], width: usize, question_idx: usize) -> &[f64] {
    &values[question_idx * width..][..width]
}
