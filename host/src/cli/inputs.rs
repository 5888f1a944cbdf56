//! Model, calibration and data files become a model, a calibration set and rows. Each file is read once, so that its digest
//! is that of the bytes that were used.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::io::{Io, shown};
use crate::bundle::Digest;
use crate::data::{
    DataError, Expectation, Features, ModelColumns, Role, Roles, Table, class_indices, read_bytes, target_values,
};
use crate::explain::fault::Cause;
use crate::plugin_api::data::Matrix;
use crate::plugin_api::manifest::Task;
use crate::{CalibrationSet, Host, Instances, Model};

/// What goes in.
#[derive(Debug, Args)]
pub(crate) struct InputFlags {
    /// The model: a file in the portable format ce-model/1
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    model: PathBuf,

    /// CSV with rows that the model was not trained on, and their true targets
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    calibration: PathBuf,

    /// The target's column; in the data file it may be missing
    #[arg(long, value_name = "COL", help_heading = "Input")]
    target: String,

    /// CSV with the rows to predict
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    data: PathBuf,

    /// A column of the data file that names each row; the output repeats it
    #[arg(long, value_name = "COL", help_heading = "Input")]
    id_column: Option<String>,

    /// Columns that are no features
    #[arg(long, value_name = "COL,…", value_delimiter = ',', help_heading = "Input")]
    ignore_columns: Vec<String>,

    /// Features that are categories, beside those that the model calls so
    #[arg(long, value_name = "COL,…", value_delimiter = ',', help_heading = "Input")]
    categorical: Vec<String>,
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) model: Model,
    pub(crate) calibration: CalibrationSet,
    pub(crate) calibration_digest: Digest,
    pub(crate) rows: Rows,
}

/// The rows to explain or predict.
#[derive(Debug)]
pub(crate) struct Rows {
    features: Features,
    ids: Option<Vec<String>>,
    digest: Digest,
}

impl InputFlags {
    /// The files, with the flags that name them.
    pub(crate) fn paths(&self) -> [(&'static str, &Path); 3] {
        [("--model", &self.model), ("--calibration", &self.calibration), ("--data", &self.data)]
    }

    /// Reads and checks everything.
    pub(crate) fn read(&self, host: &Host, io: &mut Io<'_>) -> Result<Inputs, Failure> {
        let model = read_bytes(&self.model)?;
        let (calibration, calibration_digest) = table(&self.calibration)?;
        let (data, digest) = table(&self.data)?;
        let model = host.open_model(&model, None).map_err(|error| self.unreadable_model(error))?;

        let roles = self.roles();
        roles.check(&[&calibration, &data])?;
        let info = model.info();
        let columns = ModelColumns {
            n_features: Some(info.n_features),
            feature_names: info.feature_names.clone(),
            categories: info.categories.clone(),
            categorical: self.categorical.clone(),
        };
        let expectation = Expectation::new(&columns, &roles, &calibration)?;
        let features = expectation.features(&calibration)?;
        for warning in features.warnings() {
            io.warn(warning.code(), warning);
        }
        let targets = match info.task {
            Task::Classification => {
                class_indices(&calibration, &self.target, &info.classes)?.into_iter().map(f64::from).collect()
            }
            _ => target_values(&calibration, &self.target)?,
        };
        let rows = Rows { features: expectation.features(&data)?, ids: self.ids(&data)?, digest };
        Ok(Inputs { model, calibration: set(features, targets)?, calibration_digest, rows })
    }

    /// A learner that cannot read the file says so: that is an answer about the file, not about the learner.
    fn unreadable_model(&self, error: crate::Error) -> Failure {
        let is_of_file = matches!(&error, crate::Error::Explain(crate::ExplainError::Plugin(fault))
            if matches!(fault.cause, Cause::Failed(_)));
        let failure = match is_of_file {
            true => Failure::not_asked(error.code(), error.to_string()),
            false => Failure::from(error),
        };
        failure.about(&self.model)
    }

    fn roles(&self) -> Roles {
        let ignored = self.ignore_columns.clone();
        Roles { identifier: self.id_column.clone(), ignored, ..Roles::with_target(self.target.as_str()) }
    }

    fn ids(&self, data: &Table) -> Result<Option<Vec<String>>, DataError> {
        let ids = |column: &String| data.texts(Role::Identifier, column);
        let ids = self.id_column.as_ref().map(ids).transpose()?;
        Ok(ids.map(|ids| ids.into_iter().map(str::to_owned).collect()))
    }
}

impl Rows {
    /// The rows as the library takes them.
    pub(crate) fn instances(&self, batch_id: Option<&String>) -> Instances<'_> {
        let (n_rows, n_features) = (self.features.n_rows(), self.features.n_features());
        let x = Matrix::new(self.features.x(), n_rows, n_features).expect("features are rectangular");
        let mut instances = Instances::new(x).file_digest(self.digest);
        if let Some(ids) = &self.ids {
            instances = instances.ids(ids.clone());
        }
        match batch_id {
            Some(batch_id) => instances.batch_id(batch_id),
            None => instances,
        }
    }

    /// The identifier of a row.
    pub(crate) fn id(&self, row_idx: usize) -> Option<&str> {
        self.ids.as_ref().map(|ids| ids[row_idx].as_str())
    }
}

fn table(path: &Path) -> Result<(Table, Digest), DataError> {
    let bytes = read_bytes(path)?;
    Ok((Table::from_csv_slice(&shown(path), &bytes)?, Digest::of(&bytes)))
}

fn set(features: Features, targets: Vec<f64>) -> Result<CalibrationSet, crate::Error> {
    let (names, categorical) = (features.names().to_vec(), features.categorical().to_vec());
    let (categories, n_features) = (features.categories().clone(), features.n_features());
    let set = CalibrationSet::new(features.into_x(), targets, n_features).map_err(crate::ExplainError::from)?;
    Ok(set.feature_names(names).categorical(categorical).categories(categories))
}
