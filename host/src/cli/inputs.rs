//! Model, calibration and data files become a model, a calibration set and rows. Each file is read once, so that its digest
//! is that of the bytes that were used.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::ignore::IgnoreFlags;
use super::io::{Io, shown};
use super::rows::{OfRows, Rows};
use crate::bundle::Digest;
use crate::data::{
    Bins, CategoryLabels, DataError, Expectation, Features, ModelColumns, Role, Roles, RowSelection, Table,
    class_indices, ignored_features, ignored_in_each, read_bytes, target_values,
};
use crate::explain::fault::Cause;
use crate::plugin_api::manifest::Task;
use crate::{CalibrationSet, ExplainError, Host, InputError, Model, Threshold};

/// What goes in.
#[derive(Debug, Args)]
pub(crate) struct InputFlags {
    /// The model: a file in the portable format ce-model/1
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    model: PathBuf,

    /// CSV with rows that the model was not trained on, and their true targets
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    calibration: PathBuf,

    /// CSV with further calibration rows, as if they stood at the end of the first file
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    append_calibration: Option<PathBuf>,

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
    /// Further calibration rows.
    pub(crate) appended: Option<CalibrationSet>,
    /// `[n_features]`
    pub(crate) feature_names: Vec<String>,
    /// Features that get no rule in any row.
    pub(crate) ignored: Vec<usize>,
    pub(crate) rows: Rows,
}

/// What is read of the data file beside its features.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted<'a> {
    /// The column with each row's threshold.
    pub(crate) threshold_column: Option<&'a String>,
    pub(crate) ignore: Option<&'a IgnoreFlags>,
    /// Whether the targets are needed.
    pub(crate) targets: bool,
}

impl InputFlags {
    /// The files, with the flags that name them.
    pub(crate) fn paths(&self) -> Vec<(&'static str, &Path)> {
        let labels = self.categorical_labels.as_deref().map(|path| ("--categorical-labels", path));
        let paths: [(_, &Path); 3] =
            [("--model", &self.model), ("--calibration", &self.calibration), ("--data", &self.data)];
        let appended = self.append_calibration.as_deref().map(|path| ("--append-calibration", path));
        paths.into_iter().chain(appended).chain(labels).collect()
    }

    /// The model's file.
    pub(crate) fn model_path(&self) -> &Path {
        &self.model
    }

    /// Reads the model.
    pub(crate) fn model(&self, host: &Host) -> Result<Model, Failure> {
        open_model(host, &self.model)
    }

    /// Reads and checks everything else.
    pub(crate) fn read(&self, model: Model, wanted: Wanted<'_>, io: &mut Io<'_>) -> Result<Inputs, Failure> {
        let (calibration, calibration_digest) = table(&self.calibration)?;
        let more = self.append_calibration.as_deref().map(table).transpose()?.map(|(table, _)| table);
        let (data, digest) = table(&self.data)?;
        let calibrating: Vec<&Table> = std::iter::once(&calibration).chain(&more).collect();
        let roles = self.roles(wanted);
        roles.check(&[&calibrating[..], &[&data]].concat())?;
        roles.check_features(&model.info().feature_names)?;
        // Columns with a role come first: one that is misspelt would else be told of as a feature too many.
        let bins = self.bins.as_ref().map(|column| Bins::of_all(&calibrating, column)).transpose()?;
        let mondrian = |table: &Table| bins.as_ref().map(|bins| bins.of(table)).transpose();
        let of_rows = OfRows {
            ids: self.ids(&data)?,
            mondrian: mondrian(&data)?,
            thresholds: wanted.threshold_column.map(|column| thresholds(&data, column)).transpose()?,
            targets: self.targets_to_compare(&model, &data, wanted)?,
            ignored: None,
        };
        let numbers = self.rows.as_ref().map(|rows| rows.of(&data)).transpose()?;
        if let Some(column) = wanted.ignore.and_then(|flags| flags.ignore_from_column.as_ref()) {
            data.texts(Role::IgnoredFeatures, column)?;
        }
        let expectation = Expectation::of_all(&self.columns(&model)?, &roles, &calibration, &calibrating[1..])?;
        let names = expectation.names();
        let ignored = wanted.ignore.map(|flags| ignored_features("--ignore", &flags.ignore, names)).transpose()?;
        let column = wanted.ignore.and_then(|flags| flags.ignore_from_column.as_ref());
        let ignored_of_each = column.map(|column| ignored_in_each(&data, column, names)).transpose()?;
        let of_rows = OfRows { ignored: ignored_of_each, ..of_rows };

        let features = expectation.features(&calibration)?;
        for warning in features.warnings() {
            io.warn(warning.code(), warning);
        }
        let appended = more.as_ref().map(|table| Ok((table, expectation.features(table)?)));
        let appended = appended.transpose().map_err(|error: DataError| error)?;
        let seen = match &appended {
            Some((_, appended)) => expectation.seen_features(&data, &features.followed_by(appended))?,
            None => expectation.seen_features(&data, &features)?,
        };
        let of = |features, table| -> Result<_, Failure> {
            Ok(set(features, self.targets(&model, table)?, mondrian(table)?)?)
        };
        Ok(Inputs {
            calibration: of(features, &calibration)?,
            calibration_digest,
            appended: appended.map(|(table, features)| of(features, table)).transpose()?,
            feature_names: names.to_vec(),
            ignored: ignored.unwrap_or_default(),
            rows: Rows::new(seen, of_rows, numbers, digest),
            model,
        })
    }

    /// What the model, and the flags, say about the columns.
    fn columns(&self, model: &Model) -> Result<ModelColumns, DataError> {
        let info = model.info();
        Ok(ModelColumns {
            n_features: Some(info.n_features),
            feature_names: info.feature_names.clone(),
            categories: info.categories.clone(),
            categorical: self.categorical.clone(),
            labels: self.labels()?,
        })
    }

    /// The target of each row of a file: the index of a class, or a value.
    fn targets(&self, model: &Model, table: &Table) -> Result<Vec<f64>, DataError> {
        let info = model.info();
        match info.task {
            Task::Classification => {
                Ok(class_indices(table, &self.target, &info.classes)?.into_iter().map(f64::from).collect())
            }
            _ => target_values(table, &self.target),
        }
    }

    /// The targets of the data file, where they are needed.
    fn targets_to_compare(&self, model: &Model, data: &Table, wanted: Wanted<'_>) -> Result<Option<Vec<f64>>, Failure> {
        let targets = wanted.targets.then(|| self.targets(model, data)).transpose();
        targets
            .map_err(|error| Failure::not_asked(error.code(), format!("{error} (--metrics needs every row's target)")))
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
        let more = self.append_calibration.as_ref().map_or_else(String::new, |more| format!(" and {}", shown(more)));
        let message = format!("{}{more}: column `{}`: {error}", shown(&self.calibration), self.target);
        Failure::not_asked(error.code(), message)
    }

    fn roles(&self, wanted: Wanted<'_>) -> Roles {
        Roles {
            target: self.target.clone(),
            identifier: self.id_column.clone(),
            bins: self.bins.clone(),
            threshold: wanted.threshold_column.cloned(),
            ignored_features: wanted.ignore.and_then(|flags| flags.ignore_from_column.clone()),
            ignored: self.ignore_columns.clone(),
        }
    }

    fn ids(&self, data: &Table) -> Result<Option<Vec<String>>, DataError> {
        let ids = |column: &String| data.texts(Role::Identifier, column);
        let ids = self.id_column.as_ref().map(ids).transpose()?;
        Ok(ids.map(|ids| ids.into_iter().map(str::to_owned).collect()))
    }
}

/// Reads a model.
pub(crate) fn open_model(host: &Host, path: &Path) -> Result<Model, Failure> {
    let bytes = read_bytes(path)?;
    host.open_model(&bytes, None).map_err(|error| unreadable_model(error).about(path))
}

/// A learner that cannot read the file says so: that is an answer about the file, not about the learner.
fn unreadable_model(error: crate::Error) -> Failure {
    let is_of_file = matches!(&error, crate::Error::Explain(crate::ExplainError::Plugin(fault))
        if matches!(fault.cause, Cause::Failed(_)));
    match is_of_file {
        true => Failure::not_asked(error.code(), error.to_string()),
        false => Failure::from(error),
    }
}

/// The event of each row: that the target is at most the number in a column.
fn thresholds(data: &Table, column: &str) -> Result<Vec<Threshold>, Failure> {
    let numbers = data.finite_numbers(Role::Threshold, column)?;
    let events = numbers.into_iter().map(Threshold::at_most).collect::<Result<_, _>>();
    Ok(events.map_err(ExplainError::from)?)
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
