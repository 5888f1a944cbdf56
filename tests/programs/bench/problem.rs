//! A problem as `tools/bench_with_python.py` writes it: a model file, and numbers as raw little-endian float64. It never
//! fits anything.

use std::path::Path;
use std::sync::Arc;

use ce_host::bundle::Digest;
use ce_host::config::{Environment, Placement, Slot};
use ce_host::plugin_api::kind::LearnerPluginHandle;
use ce_host::{CalibrationSet, Explainer, Host, Model};
use tempfile::TempDir;

use crate::Failure;
use crate::timed::{Cost, Timed};

/// The learner that reads the portable format.
const LEARNER: &str = "core.learner.portable";

/// What it reads of the options.
const OPTIONS: &str = r#"{"host": {"seed": 0, "threads": 1}, "plugin": {}}"#;

/// A host, a model and the data.
pub(crate) struct Problem {
    host: Host,
    model: Vec<u8>,
    x_cal: Vec<f64>,
    y_cal: Vec<f64>,
    threads: usize,
    /// None: what the library takes by itself.
    pub(crate) chunk_rows: Option<usize>,
    pub(crate) n_features: usize,
    /// `[n_test, n_features]`.
    pub(crate) x_test: Vec<f64>,
    pub(crate) cost: Arc<Cost>,
    /// Holds the copy of the FAST bundle.
    _plugins: TempDir,
}

impl Problem {
    pub(crate) fn open(dir: &Path, fast_bundle: Option<&Path>, threads: usize) -> Result<Self, Failure> {
        let plugins = tempfile::tempdir()?;
        let mut host = Host::builder()
            .environment(Environment::default())
            .working_dir(plugins.path())
            .isolation("default", Placement::InProcess);
        if let Some(bundle) = fast_bundle {
            let name = bundle.file_name().ok_or("the path of the FAST bundle names no file")?;
            std::fs::copy(bundle, plugins.path().join(name))?;
            host = host
                .plugins_dir(plugins.path())
                .trust_digest(Digest::of(&std::fs::read(bundle)?))
                .choose(Slot::ExplanationFast, "core.explanation.fast")
                .choose(Slot::IntervalFast, "core.interval.fast");
        }
        let (x_cal, y_cal) = (numbers(&dir.join("x_cal.f64"))?, numbers(&dir.join("y_cal.f64"))?);
        Ok(Self {
            host: host.build()?,
            model: std::fs::read(dir.join("model.json"))?,
            n_features: x_cal.len().checked_div(y_cal.len()).ok_or("the problem has no calibration rows")?,
            x_cal,
            y_cal,
            threads,
            chunk_rows: None,
            x_test: numbers(&dir.join("x_test.f64"))?,
            cost: Arc::default(),
            _plugins: plugins,
        })
    }

    /// An explainer that has fitted nothing yet.
    pub(crate) fn explainer(&self) -> Result<Explainer, Failure> {
        let plugin = self.host.catalog().registry().handle::<LearnerPluginHandle>(LEARNER);
        let learner = plugin.ok_or("the host has no portable learner")?.open(&self.model, OPTIONS)?;
        let info = learner.info()?;
        let model = Model::new(Timed { learner, info, cost: Arc::clone(&self.cost) })?;
        let set = CalibrationSet::new(self.x_cal.clone(), self.y_cal.clone(), self.n_features)?;
        let builder = self.host.explainer(model, set).threads(self.threads);
        Ok(self.chunk_rows.into_iter().fold(builder, |builder, rows| builder.chunk_rows(rows)).build()?)
    }
}

fn numbers(path: &Path) -> Result<Vec<f64>, Failure> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}
