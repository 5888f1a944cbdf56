//! What went in, as digests, and the name that a request gets from them. It never reads a file.

use ce_plugin_api::data::Matrix;
use ce_plugin_api::manifest::{Mode, PluginInfo};
use sha2::{Digest as _, Sha256};

use super::asked::{Asked, Ignored};
use super::calibration::CalibrationSet;
use super::instances::Instances;
use super::model::Model;
use super::mondrian::Mondrian;
use crate::bundle::Digest;

/// The digests of what stays the same from batch to batch.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    /// The model's bytes, where it was opened from bytes.
    pub(crate) model: Option<Digest>,
    /// The calibration rows and targets.
    pub(crate) calibration: Digest,
    /// The file that the calibration set was read from.
    pub(crate) calibration_file: Option<Digest>,
    /// What the model says of itself: the most that is known of one that was not opened from bytes.
    model_info: String,
    /// What is known of the model that says how hard rows are.
    difficulty: Option<String>,
    seed: u64,
}

impl Fixed {
    pub(crate) fn of(
        model: &Model,
        difficulty: Option<&Model>,
        set: &CalibrationSet,
        calibration_file: Option<Digest>,
        seed: u64,
    ) -> Self {
        let mut hash = Sha256::new();
        numbers(&mut hash, set.x().as_slice());
        numbers(&mut hash, set.y());
        set.mondrian().into_iter().flat_map(Mondrian::row_labels).for_each(|label| text(&mut hash, label));
        Self {
            model: model.digest().copied(),
            calibration: Digest::from(hash),
            calibration_file,
            model_info: described(model),
            difficulty: difficulty.map(named),
            seed,
        }
    }

    /// The name of a request: a UUID (version 8) out of everything that the numbers depend on. The same request gets the
    /// same name on every machine, and neither threads nor telemetry have a part in it. `plugins` are those that took part,
    /// with their options.
    pub(crate) fn run_id(
        &self,
        mode: Option<Mode>,
        plugins: &[(&PluginInfo, &str)],
        schema: &str,
        asked: &Asked,
        instances: &Instances<'_>,
    ) -> String {
        let mut hash = Sha256::new();
        let mut text = |part: &str| text(&mut hash, part);
        text("ce-run/1");
        text(mode.map_or("predict", Mode::as_str));
        text(&self.model.map_or_else(|| self.model_info.clone(), |digest| digest.to_string()));
        self.difficulty.iter().for_each(|difficulty| text(&format!("difficulty {difficulty}")));
        text(&self.calibration.to_string());
        text(schema);
        text(&self.seed.to_string());
        for (info, options) in plugins {
            text(&info.identifier);
            text(&info.version.to_string());
            text(options);
        }
        text(&asked.quantity.token());
        // Only where they are given, so that a request without them keeps the name that it always had.
        asked.class.iter().for_each(|class| text(&format!("class {class}")));
        if asked.ignored != Ignored::default() {
            text(&asked.ignored.token());
        }
        if !instances.refinement.is_nothing() {
            text(&instances.refinement.token());
        }
        instances.rejection.iter().for_each(|rejection| text(&rejection.token()));
        instances.mondrian.iter().flatten().for_each(|label| text(label));
        // They stand in the file, whose digest goes with this name.
        instances.targets.iter().for_each(|targets| text(&format!("targets {}", of_numbers(targets))));
        instances.ids.iter().for_each(|ids| {
            text("identifiers");
            ids.iter().for_each(|id| text(id));
        });
        instances.row_numbers.iter().for_each(|numbers| text(&format!("rows {numbers:?}")));
        text(&of_matrix(instances.x).to_string());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        uuid::Uuid::new_v8(bytes).to_string()
    }
}

/// What a model says of itself.
fn described(model: &Model) -> String {
    serde_json::to_string(model.info()).unwrap_or_default()
}

/// The digest of a model's bytes, or what it says of itself.
fn named(model: &Model) -> String {
    model.digest().map_or_else(|| described(model), ToString::to_string)
}

/// The digest of a matrix: its numbers, row after row.
pub(crate) fn of_matrix(x: Matrix<'_>) -> Digest {
    of_numbers(x.as_slice())
}

fn of_numbers(values: &[f64]) -> Digest {
    let mut hash = Sha256::new();
    numbers(&mut hash, values);
    Digest::from(hash)
}

/// A text, preceded by its length, so that no two requests run together into the same bytes.
fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

/// Little-endian float64, through a small buffer: a hash is slow in small pieces.
fn numbers(hash: &mut Sha256, values: &[f64]) {
    let mut block = [0; 512 * 8];
    for values in values.chunks(512) {
        for (bytes, value) in block.chunks_exact_mut(8).zip(values) {
            bytes.copy_from_slice(&value.to_le_bytes());
        }
        hash.update(&block[..values.len() * 8]);
    }
}
