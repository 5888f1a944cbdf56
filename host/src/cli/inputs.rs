//! Model, calibration and data files become a model, a calibration set and rows. Each file is read once, so that its digest
//! is that of the bytes that were used.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::io::{Io, shown};
use crate::bundle::Digest;
use crate::data::{
    Bins, CategoryLabels, DataError, Expectation, Features, ModelColumns, Role, Roles, RowSelection, Table,
    class_indices, read_bytes, target_values,
};
use crate::explain::fault::Cause;
use crate::plugin_api::data::Matrix;
use crate::plugin_api::manifest::Task;
use crate::{CalibrationSet, ExplainError, Host, InputError, Instances, Model};

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

    /// Only these rows of the data file, from 0 as `index` in the output, which keeps the file's numbers; the whole file is
    /// read and checked all the same
    #[arg(long, value_name = "N,N-M,…", allow_hyphen_values = true, help_heading = "Input")]
    rows: Option<RowSelection>,

    /// A column of the data file that names each row; the output repeats it
    #[arg(long, value_name = "COL", help_heading = "Input")]
    id_column: Option<String>,

    /// Columns that are no features
    #[arg(long, value_name = "COL,…", value_delimiter = ',', help_heading = "Input")]
    ignore_columns: Vec<String>,

    /// Features that are categories, beside those that the model calls so
    #[arg(long, value_name = "COL,…", value_delimiter = ',', help_heading = "Input")]
    categorical: Vec<String>,

    /// Labels for features that hold codes 0, 1, …: JSON such as {"island": {"0": "Biscoe"}}; these features are categories
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    categorical_labels: Option<PathBuf>,

    /// A column of both files with each row's Mondrian category, which is no feature: each category is calibrated by its own
    /// rows
    #[arg(long, value_name = "COL", help_heading = "Input")]
    bins: Option<String>,
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
    /// `[n_rows, n_features]`
    x: Vec<f64>,
    n_features: usize,
    ids: Option<Vec<String>>,
    mondrian: Option<Vec<String>>,
    /// The file's numbers of the rows, where only some were asked for.
    numbers: Option<Vec<usize>>,
    digest: Digest,
}

impl InputFlags {
    /// The files, with the flags that name them.
    pub(crate) fn paths(&self) -> Vec<(&'static str, &Path)> {
        let labels = self.categorical_labels.as_deref().map(|path| ("--categorical-labels", path));
        let paths: [(_, &Path); 3] =
            [("--model", &self.model), ("--calibration", &self.calibration), ("--data", &self.data)];
        paths.into_iter().chain(labels).collect()
    }

    /// The model's file.
    pub(crate) fn model_path(&self) -> &Path {
        &self.model
    }

    /// Reads the model.
    pub(crate) fn model(&self, host: &Host) -> Result<Model, Failure> {
        let bytes = read_bytes(&self.model)?;
        host.open_model(&bytes, None).map_err(|error| self.unreadable_model(error))
    }

    /// Reads and checks everything else.
    pub(crate) fn read(&self, model: Model, io: &mut Io<'_>) -> Result<Inputs, Failure> {
        let (calibration, calibration_digest) = table(&self.calibration)?;
        let (data, digest) = table(&self.data)?;
        let roles = self.roles();
        roles.check(&[&calibration, &data])?;
        roles.check_features(&model.info().feature_names)?;
        // Columns with a role come first: one that is misspelt would else be told of as a feature too many.
        let ids = self.ids(&data)?;
        let bins = self.bins.as_ref().map(|column| Bins::new(&calibration, column)).transpose()?;
        let of = |table: &Table| bins.as_ref().map(|bins| bins.of(table)).transpose();
        let (calibration_mondrian, mondrian) = (of(&calibration)?, of(&data)?);
        let numbers = self.rows.as_ref().map(|rows| rows.of(&data)).transpose()?;
        let info = model.info();
        let columns = ModelColumns {
            n_features: Some(info.n_features),
            feature_names: info.feature_names.clone(),
            categories: info.categories.clone(),
            categorical: self.categorical.clone(),
            labels: self.labels()?,
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
        let rows = Rows::new(expectation.seen_features(&data, &features)?, ids, mondrian, numbers, digest);
        let calibration = set(features, targets, calibration_mondrian)?;
        Ok(Inputs { model, calibration, calibration_digest, rows })
    }

    /// The labels of codes, where a file of them is named.
    fn labels(&self) -> Result<CategoryLabels, DataError> {
        let Some(path) = &self.categorical_labels else { return Ok(CategoryLabels::default()) };
        Ok(CategoryLabels::from_json_slice(&shown(path), &read_bytes(path)?)?)
    }

    /// The failure, with the place of what is wrong, if it is about the calibration targets as a whole.
    pub(crate) fn placed(&self, error: ExplainError) -> Failure {
        let is_of_targets =
            matches!(error, ExplainError::Input(InputError::OneClass { .. } | InputError::ConstantTarget { .. }));
        if !is_of_targets {
            return error.into();
        }
        let message = format!("{}: column `{}`: {error}", shown(&self.calibration), self.target);
        Failure::not_asked(error.code(), message)
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
        Roles {
            target: self.target.clone(),
            identifier: self.id_column.clone(),
            bins: self.bins.clone(),
            ignored: self.ignore_columns.clone(),
        }
    }

    fn ids(&self, data: &Table) -> Result<Option<Vec<String>>, DataError> {
        let ids = |column: &String| data.texts(Role::Identifier, column);
        let ids = self.id_column.as_ref().map(ids).transpose()?;
        Ok(ids.map(|ids| ids.into_iter().map(str::to_owned).collect()))
    }
}

impl Rows {
    /// The rows of a file, or those that have these numbers.
    fn new(
        features: Features,
        ids: Option<Vec<String>>,
        mondrian: Option<Vec<String>>,
        numbers: Option<Vec<usize>>,
        digest: Digest,
    ) -> Self {
        let n_features = features.n_features();
        let Some(picked) = &numbers else {
            return Self { x: features.into_x(), n_features, ids, mondrian, numbers, digest };
        };
        let of = |texts: Vec<String>| picked.iter().map(|&row_idx| texts[row_idx].clone()).collect();
        let x = picked.iter().flat_map(|&row_idx| features.row(row_idx)).copied().collect();
        Self { x, n_features, ids: ids.map(of), mondrian: mondrian.map(of), numbers, digest }
    }

    /// The rows as the library takes them.
    pub(crate) fn instances(&self, batch_id: Option<&String>) -> Instances<'_> {
        let x = Matrix::new(&self.x, self.len(), self.n_features).expect("features are rectangular");
        let instances = Instances::new(x).file_digest(self.digest);
        let instances = self.ids.iter().cloned().fold(instances, Instances::ids);
        let instances = self.mondrian.iter().cloned().fold(instances, Instances::mondrian_categories);
        let instances = self.numbers.iter().cloned().fold(instances, Instances::row_numbers);
        batch_id.into_iter().fold(instances, Instances::batch_id)
    }

    /// Number of rows, at least 1.
    pub(crate) fn len(&self) -> usize {
        self.x.len() / self.n_features
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

fn set(features: Features, targets: Vec<f64>, mondrian: Option<Vec<String>>) -> Result<CalibrationSet, ExplainError> {
    let (names, categorical) = (features.names().to_vec(), features.categorical().to_vec());
    let (categories, n_features) = (features.categories().clone(), features.n_features());
    let encoded = features.encoded().to_vec();
    let set = CalibrationSet::new(features.into_x(), targets, n_features)?;
    let set = mondrian.into_iter().fold(set, CalibrationSet::mondrian_categories);
    Ok(set.feature_names(names).categorical(categorical).categories(categories).encoded(encoded))
}
