//! How an explainer is put together. It checks every setting before anything is scored.

use std::sync::Arc;

use serde_json::Value;

use super::calibrate::Problem;
use super::calibration::CalibrationSet;
use super::difficulty::Difficulty;
use super::error::{ExplainError, InputError};
use super::instances::Seen;
use super::model::Model;
use super::options::{self, OptionOverrides};
use super::plan::Overrides;
use super::run::Cut;
use super::{Explainer, digests};
use crate::bundle::{Catalog, Digest};
use crate::config::{Origin, Settings, Slot, TelemetryLevel};
use crate::telemetry::Sink;

/// The seed where nobody gives another, as in the Python package.
const DEFAULT_SEED: u64 = 42;

/// What the cut points of features separate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionSource {
    /// The calibrated predictions: conditions that explain the model.
    Prediction,
    /// The observed targets: conditions that explain the data.
    Observed,
}

impl ConditionSource {
    /// The value of the option `condition_source`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prediction => "prediction",
            Self::Observed => "observed",
        }
    }
}

/// Puts an [`Explainer`] together. Made by [`Host::explainer`](crate::Host::explainer).
pub struct ExplainerBuilder {
    catalog: Arc<Catalog>,
    settings: Arc<Settings>,
    sink: Option<Arc<dyn Sink>>,
    model: Model,
    set: CalibrationSet,
    overrides: Overrides,
    options: OptionOverrides,
    difficulty: Option<Model>,
    seed: u64,
    threads: usize,
    /// None: as many as are worth their while.
    chunk_rows: Option<usize>,
    level: TelemetryLevel,
    calibration_file: Option<Digest>,
}

impl ExplainerBuilder {
    pub(crate) fn new(
        catalog: Arc<Catalog>,
        settings: Arc<Settings>,
        sink: Option<Arc<dyn Sink>>,
        model: Model,
        set: CalibrationSet,
    ) -> Self {
        let level = settings.telemetry().map_or(TelemetryLevel::Off, |level| level.value);
        Self {
            catalog,
            settings,
            sink,
            model,
            set,
            overrides: Overrides::new(),
            options: OptionOverrides::default(),
            difficulty: None,
            seed: DEFAULT_SEED,
            threads: std::thread::available_parallelism().map_or(1, Into::into),
            chunk_rows: None,
            level,
            calibration_file: None,
        }
    }

    /// The seed of everything random; 42 unless given.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many threads a batch is spread over; as many as there are processors unless given. It changes no number.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// How many instances are explained at once. It changes no number.
    ///
    /// The model is called once for each round of a chunk. Unless given, a chunk has 32,768 values, but at least 256
    /// instances, so that a usual batch on one thread is one chunk, and the memory that a chunk needs beside its results does
    /// not grow with the batch; and no more than a thread's share of the batch, so that each thread has work.
    #[must_use]
    pub fn chunk_rows(self, chunk_rows: usize) -> Self {
        Self { chunk_rows: Some(chunk_rows), ..self }
    }

    /// Asks for an identifier, above environment and configuration.
    #[must_use]
    pub fn choose(mut self, slot: Slot, identifier: impl Into<String>) -> Self {
        self.overrides.insert(slot, identifier.into());
        self
    }

    /// Asks for an interval calibrator in every mode but fast.
    #[must_use]
    pub fn interval_plugin(self, identifier: impl Into<String>) -> Self {
        self.choose(Slot::Interval, identifier)
    }

    /// Asks for a plot style.
    #[must_use]
    pub fn plot_style(self, identifier: impl Into<String>) -> Self {
        self.choose(Slot::PlotStyle, identifier)
    }

    /// Gives a plugin an option, above configuration.
    #[must_use]
    pub fn option(mut self, identifier: impl Into<String>, option: impl Into<String>, value: Value) -> Self {
        self.options.by_plugin.entry(identifier.into()).or_default().insert(option.into(), value);
        self
    }

    /// Gives whatever explanation plugin is chosen an option, above configuration. It is an error if that plugin does not take
    /// it.
    #[must_use]
    pub fn explanation_option(mut self, option: impl Into<String>, value: Value) -> Self {
        self.options.of_explanation.insert(option.into(), value);
        self
    }

    /// Gives whatever interval calibrator is chosen an option, above configuration. It is an error if that calibrator does not
    /// take it.
    #[must_use]
    pub fn interval_option(mut self, option: impl Into<String>, value: Value) -> Self {
        self.options.of_interval.insert(option.into(), value);
        self
    }

    /// What cut points separate: the option `condition_source` of whatever explanation plugin is chosen.
    #[must_use]
    pub fn condition_source(self, source: ConditionSource) -> Self {
        self.explanation_option("condition_source", source.as_str().into())
    }

    /// Says how hard each row is to predict: a model of one value over the same features, in which larger is harder. It is
    /// asked about every row that the model is asked about.
    ///
    /// Intervals of a regression grow in proportion to it, and it is positive. Probabilities of a classifier are drawn towards
    /// one half by it, and it lies in 0 to 1. It travels to calibrators as the further column `difficulty`; a calibrator of a
    /// third party may do without. The built-in ones also estimate difficulty by themselves, with the option `difficulty`.
    #[must_use]
    pub fn difficulty(self, model: Model) -> Self {
        Self { difficulty: Some(model), ..self }
    }

    /// How much telemetry is recorded, above environment and configuration.
    #[must_use]
    pub fn telemetry(self, level: TelemetryLevel) -> Self {
        Self { level, ..self }
    }

    /// The digest of the file that the calibration set was read from, for telemetry.
    #[must_use]
    pub fn calibration_file(self, digest: Digest) -> Self {
        Self { calibration_file: Some(digest), ..self }
    }

    /// Checks everything and scores the calibration rows. Calibrators are fitted when they are first needed.
    ///
    /// # Errors
    /// [`ExplainError`] if model, calibration set and settings do not fit together, or the model fails.
    pub fn build(self) -> Result<Explainer, ExplainError> {
        for (what, found) in [("the number of threads", Some(self.threads)), ("the size of a chunk", self.chunk_rows)] {
            if found == Some(0) {
                return Err(InputError::Setting { what, found: "0".to_owned(), expected: "at least 1" }.into());
            }
        }
        self.check_options()?;
        let schema = self.set.schema(self.model.info())?;
        let schema_text = serde_json::to_string(&schema).unwrap_or_default();
        let seen = Seen::of(&self.set, &schema.categorical);
        let digests =
            digests::Fixed::of(&self.model, self.difficulty.as_ref(), &self.set, self.calibration_file, self.seed);
        let n_features = schema.feature_names.len();
        let difficulty = self.difficulty.map(|model| Difficulty::new(model, &schema)).transpose()?;
        let problem = Problem::new(Arc::new(self.model), self.set, difficulty.map(Arc::new), schema_text)?;
        let suiting = Cut::suiting(n_features, self.threads);
        let cut = self.chunk_rows.map_or(suiting, |chunk_rows| Cut::new(chunk_rows, self.threads));
        Ok(Explainer {
            catalog: self.catalog,
            settings: self.settings,
            overrides: self.overrides,
            options: self.options,
            problem,
            schema,
            seen,
            seed: self.seed,
            cut,
            digests,
            level: self.level,
            sink: self.sink,
            fits: super::Fits::default(),
            plans: super::Once::default(),
            predicting: super::Once::default(),
            latest: std::sync::Mutex::default(),
        })
    }
}

impl ExplainerBuilder {
    /// Options for a plugin that may take no part are checked all the same.
    fn check_options(&self) -> Result<(), options::OptionError> {
        for (identifier, values) in &self.options.by_plugin {
            if let Some(missing) = self.catalog.missing(identifier).filter(|skip| skip.code == "route.unknown") {
                let (identifier, origin) = (identifier.clone(), Some(Origin::Call));
                return Err(options::OptionError { identifier, origin, message: missing.reason });
            }
            let infos: Vec<_> = self.catalog.infos(identifier).collect();
            let values = values.iter().map(|(name, value)| (name, value, Origin::Call));
            options::check_unused(identifier, &infos, values)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for ExplainerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExplainerBuilder").field("model", &self.model).field("seed", &self.seed).finish_non_exhaustive()
    }
}
