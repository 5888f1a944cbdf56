//! Learners: a model's bytes become something that answers rows with scores.

use abi_stable::sabi_trait;
use abi_stable::std_types::{RResult, RSlice, RSliceMut, RStr, RString};

use super::{Outcome, handle};
use crate::PluginError;
use crate::data::{Matrix, Rows};
use crate::guard::{Held, guard};
use crate::schema::LearnerInfo;

/// Opens models. Implemented by an author.
pub trait LearnerPlugin: Send + Sync + 'static {
    /// What a model becomes.
    type Learner: Learner;

    /// Opens a model from its bytes; a path never crosses the boundary. `options` is an
    /// [`Options`](crate::options::Options) as JSON.
    ///
    /// # Errors
    /// If the bytes are not a model that this plugin reads.
    fn open(&self, model: &[u8], options: &str) -> Result<Self::Learner, PluginError>;
}

/// An opened model. Implemented by an author.
pub trait Learner: Send + Sync + 'static {
    /// What the model is: its task, classes and features.
    fn info(&self) -> LearnerInfo;

    /// Scores dense rows: `x` is `[n, n_features]`, `scores` is `[n, n_outputs]`, row-major.
    ///
    /// Rows are independent: the scores of a row depend on nothing but that row. There is at least one.
    ///
    /// # Errors
    /// If the rows cannot be scored.
    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError>;

    /// Scores rows with edits, `[rows.n_rows(), n_outputs]`. By default they are written out in dense blocks; a learner
    /// that can skip what the edits leave unchanged overrides this, with bit-identical results.
    ///
    /// # Errors
    /// If the rows cannot be scored.
    fn predict_edited(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        in_blocks(rows, scores, |x, scores| self.predict(x, scores))
    }
}

/// Rows written out at once: enough to keep a model busy, few enough to stay in the cache.
const BLOCK_ROWS: usize = 1024;

fn in_blocks(
    rows: Rows<'_>,
    scores: &mut [f64],
    mut predict: impl FnMut(Matrix<'_>, &mut [f64]) -> Result<(), PluginError>,
) -> Result<(), PluginError> {
    let (n_rows, n_cols) = (rows.n_rows(), rows.base.n_cols);
    if n_rows == 0 {
        return Ok(());
    }
    let width = scores.len() / n_rows;
    let (base, edited) = scores.split_at_mut(rows.n_base() * width);
    if !base.is_empty() {
        predict(rows.base, base)?;
    }
    let mut block = vec![0.0; BLOCK_ROWS.min(rows.n_edited()) * n_cols];
    for start in (0..rows.n_edited()).step_by(BLOCK_ROWS) {
        let len = BLOCK_ROWS.min(rows.n_edited() - start);
        for offset in 0..len {
            rows.write_row(rows.n_base() + start + offset, &mut block[offset * n_cols..][..n_cols]);
        }
        let x = Matrix { data: RSlice::from_slice(&block[..len * n_cols]), n_rows: len, n_cols };
        predict(x, &mut edited[start * width..][..len * width]).map_err(|error| match error.instance {
            PluginError::WHOLE_CALL => error,
            row_idx => error.at_instance(rows.n_base() + start + row_idx),
        })?;
    }
    Ok(())
}

/// [`Learner`] as it crosses the boundary.
#[sabi_trait]
pub trait LearnerAbi: Send + Sync {
    /// JSON: a [`LearnerInfo`].
    fn info(&self) -> Outcome<RString>;
    /// `scores` is `[rows.n_rows(), n_outputs]`, filled with NaN.
    #[sabi(last_prefix_field)]
    fn predict(&self, rows: Rows<'_>, scores: RSliceMut<'_, f64>) -> Outcome<()>;
}

/// [`LearnerPlugin`] as it crosses the boundary.
#[sabi_trait]
pub trait LearnerPluginAbi: Send + Sync {
    /// Opens a model.
    #[sabi(last_prefix_field)]
    fn open(&self, model: RSlice<'_, u8>, options: RStr<'_>) -> Outcome<LearnerHandle>;
}

handle! {
    /// An opened model, as a host holds it.
    LearnerHandle, LearnerAbi_TO, LearnerAdapter, Learner
}
handle! {
    /// A learner plugin, as a host holds it.
    LearnerPluginHandle, LearnerPluginAbi_TO, LearnerPluginAdapter, LearnerPlugin
}

impl LearnerHandle {
    /// What the model is.
    ///
    /// # Errors
    /// If the plugin fails, or its answer is not a [`LearnerInfo`].
    pub fn info(&self) -> Result<LearnerInfo, PluginError> {
        let text = self.object.info().into_result()?;
        serde_json::from_slice(text.as_bytes())
            .map_err(|error| PluginError::corrupt(format!("the learner's description cannot be read: {error}")))
    }

    /// Scores rows into `scores`, `[rows.n_rows(), n_outputs]`.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn predict(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.object.predict(rows, RSliceMut::from_mut_slice(scores)).into_result()
    }
}

impl LearnerPluginHandle {
    /// Opens a model.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn open(&self, model: &[u8], options: &str) -> Result<LearnerHandle, PluginError> {
        self.object.open(RSlice::from_slice(model), RStr::from_str(options)).into_result()
    }
}

struct LearnerAdapter<L>(Held<L>);

impl<L: Learner> LearnerAbi for LearnerAdapter<L> {
    fn info(&self) -> Outcome<RString> {
        RResult::from(guard(|| {
            serde_json::to_string(&self.0.info())
                .map(RString::from)
                .map_err(|error| PluginError::new(crate::ErrorCode::Internal, error.to_string()))
        }))
    }

    fn predict(&self, rows: Rows<'_>, mut scores: RSliceMut<'_, f64>) -> Outcome<()> {
        RResult::from(guard(|| self.0.predict_edited(rows, scores.as_mut_slice())))
    }
}

struct LearnerPluginAdapter<P>(Held<P>);

impl<P: LearnerPlugin> LearnerPluginAbi for LearnerPluginAdapter<P> {
    fn open(&self, model: RSlice<'_, u8>, options: RStr<'_>) -> Outcome<LearnerHandle> {
        RResult::from(guard(|| self.0.open(model.as_slice(), options.as_str()).map(LearnerHandle::new)))
    }
}
