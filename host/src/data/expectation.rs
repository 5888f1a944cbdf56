//! What the files have to look like: the features in order, how each is encoded, which columns are no features.
//! The model decides; where it says nothing, the calibration file does, and never the data that are explained.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::cell::Cell;
use super::error::MissingColumn;
use super::phrase::COLUMNS_SHOWN;
use super::quote::List;
use super::{CategoryLabels, DataError, DataWarning, Features, Labels, LabelsError, Role, Roles, Table};
use crate::config::nearest;

/// What a model, and whoever calls, say about the columns. The default says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelColumns {
    /// Number of features, if it is known.
    pub n_features: Option<usize>,
    /// The features' names in column order. Empty where the model does not name them.
    pub feature_names: Vec<String>,
    /// The labels of a categorical feature's codes 0, 1, …, by the feature's name.
    pub categories: BTreeMap<String, Vec<String>>,
    /// Features that the caller declares categorical. Those of `categories` are so in any case.
    pub categorical: Vec<String>,
    /// Labels for the codes that features hold. These features are categorical too.
    pub labels: CategoryLabels,
}

/// What both files must be like.
#[derive(Clone, Debug)]
pub struct Expectation {
    roles: Roles,
    /// `[n_features]`
    names: Vec<String>,
    /// `[n_features]`
    encodings: Vec<Encoding>,
    warnings: Vec<DataWarning>,
}

/// How the cells of a feature become numbers.
#[derive(Clone, Debug)]
enum Encoding {
    /// A quantity.
    Number,
    /// Declared categorical and written as numbers: each is its own code.
    Code,
    /// Written as codes 0, 1, …, of which some have labels.
    Labelled(Vec<String>),
    /// Categories by label.
    Labels(Labels),
}

impl Expectation {
    /// Decides from the model and the calibration file.
    ///
    /// Features are the model's, by name; where it names none, all columns of the calibration file that have no role, in
    /// its order. A feature that has labels for its codes holds codes. Another is encoded by label if the model has
    /// categories for it; else if no cell of its calibration column is a number (or some cell is text and it was declared
    /// categorical): then the codes are in sorted order, and a warning says so. Every other feature is a number.
    ///
    /// # Errors
    /// [`DataError::TooFewRows`]; a target that is not there; a feature with a role; columns missing or too many; an option
    /// that names no feature; [`LabelsError`] where labels do not fit. Cells are checked by [`features`](Self::features), roles by [`Roles::check`].
    pub fn new(model: &ModelColumns, roles: &Roles, calibration: &Table) -> Result<Self, DataError> {
        Self::of_all(model, roles, calibration, &[])
    }

    /// Decides from the model and several calibration files, as if the rows of `more` stood in the first. Their columns may
    /// stand in another order.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn of_all(
        model: &ModelColumns,
        roles: &Roles,
        calibration: &Table,
        more: &[&Table],
    ) -> Result<Self, DataError> {
        if calibration.n_rows() < CALIBRATION_ROWS_MIN {
            return Err(DataError::TooFewRows { file: calibration.name().to_owned(), found: calibration.n_rows() });
        }
        let tables = || std::iter::once(calibration).chain(more.iter().copied());
        tables().try_for_each(|table| table.role_idx(Role::Target, &roles.target).map(drop))?;
        roles.check_features(&model.feature_names)?;
        let names = match model.feature_names.is_empty() {
            true => names_of(model.n_features, roles, calibration)?,
            false => model.feature_names.clone(),
        };
        let mut expectation = Self { roles: roles.clone(), names, encodings: Vec::new(), warnings: Vec::new() };
        let places = tables().map(|table| Ok((table, expectation.column_idxs(table)?)));
        let places: Vec<(&Table, Vec<usize>)> = places.collect::<Result<_, DataError>>()?;
        check_known("--categorical", model.categorical.iter(), &expectation.names)?;
        check_known("`categories` of the model", model.categories.keys(), &expectation.names)?;
        check_labelled(&model.labels, &expectation.names)?;
        for (feature, name) in expectation.names.iter().enumerate() {
            let columns: Vec<(&Table, usize)> = places.iter().map(|(table, idxs)| (*table, idxs[feature])).collect();
            let (encoding, warning) = encoding_of(model, name, &columns)?;
            expectation.encodings.push(encoding);
            expectation.warnings.extend(warning);
        }
        Ok(expectation)
    }

    /// Names of the features, `[n_features]`.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Reads the features of a table, the calibration file's or another's. Rows keep their order.
    ///
    /// # Errors
    /// Columns missing or too many, all at once; for the first cell that does not fit, with its place:
    /// [`DataError::NotNumber`], [`DataError::MissingValue`], [`DataError::NotFinite`], [`DataError::NotCode`] or
    /// [`DataError::UnknownCategory`].
    pub fn features(&self, table: &Table) -> Result<Features, DataError> {
        let columns: Vec<(usize, &Encoding)> = self.column_idxs(table)?.into_iter().zip(&self.encodings).collect();
        let mut x = Vec::with_capacity(table.n_rows() * columns.len());
        for row_idx in 0..table.n_rows() {
            for &(column_idx, encoding) in &columns {
                x.push(match encoding {
                    Encoding::Number => table.number(row_idx, column_idx)?,
                    // A category has one code: of 0 and -0 the one that is written without a sign.
                    Encoding::Code => table.number(row_idx, column_idx)? + 0.0,
                    Encoding::Labelled(_) => table.code(row_idx, column_idx)?,
                    Encoding::Labels(labels) => table.category(row_idx, column_idx, labels)?,
                });
            }
        }
        let is_categorical = |encoding: &Encoding| !matches!(encoding, Encoding::Number);
        let encodings = || self.encodings.iter().enumerate();
        Ok(Features {
            x,
            names: self.names.clone(),
            categorical: encodings().filter(|(_, encoding)| is_categorical(encoding)).map(|(idx, _)| idx).collect(),
            categories: encodings()
                .filter_map(|(idx, encoding)| match encoding {
                    Encoding::Labels(labels) => Some((idx, labels.texts().to_vec())),
                    Encoding::Labelled(labels) if !labels.is_empty() => Some((idx, labels.clone())),
                    Encoding::Labelled(_) | Encoding::Number | Encoding::Code => None,
                })
                .collect(),
            encoded: encodings()
                .filter(|(_, encoding)| matches!(encoding, Encoding::Labels(_)))
                .map(|(idx, _)| idx)
                .collect(),
            warnings: self.warnings.clone(),
        })
    }

    /// Reads the features of a table whose every category must be one that calibration rows have: nothing can be said of
    /// others.
    ///
    /// * `calibration` — the features of the calibration file
    ///
    /// # Errors
    /// As for [`features`](Self::features); [`DataError::UnseenCategory`] for the first cell whose category no calibration
    /// row has.
    pub fn seen_features(&self, table: &Table, calibration: &Features) -> Result<Features, DataError> {
        let features = self.features(table)?;
        let column_idxs = self.column_idxs(table)?;
        let values = |feature: usize| (0..calibration.n_rows()).map(move |row_idx| calibration.row(row_idx)[feature]);
        let seen: Vec<FxHashSet<u64>> =
            features.categorical().iter().map(|&feature| values(feature).map(f64::to_bits).collect()).collect();
        for row_idx in 0..features.n_rows() {
            for (&feature, seen) in features.categorical().iter().zip(&seen) {
                if !seen.contains(&features.row(row_idx)[feature].to_bits()) {
                    let mut known: Vec<f64> = values(feature).collect();
                    known.sort_unstable_by(f64::total_cmp);
                    known.dedup();
                    return Err(DataError::UnseenCategory {
                        at: table.place(row_idx, column_idxs[feature]),
                        text: table.cell(row_idx, column_idxs[feature]).to_owned(),
                        known: known.into_iter().map(|code| features.shown(feature, code)).collect(),
                    });
                }
            }
        }
        Ok(features)
    }

    /// The column of each feature, `[n_features]`, in a table that has every feature and nothing unexpected.
    fn column_idxs(&self, table: &Table) -> Result<Vec<usize>, DataError> {
        let expected: FxHashSet<&str> = self.names.iter().map(String::as_str).collect();
        let is_extra = |name: &&String| self.roles.of(name).is_none() && !expected.contains(name.as_str());
        let extra: Vec<String> = table.columns().iter().filter(is_extra).cloned().collect();
        let positions: FxHashMap<&str, usize> =
            table.columns().iter().enumerate().map(|(column_idx, name)| (name.as_str(), column_idx)).collect();
        let found: Vec<Option<usize>> = self.names.iter().map(|name| positions.get(name.as_str()).copied()).collect();
        let missing: Vec<MissingColumn> = (self.names.iter().zip(&found))
            .filter(|(_, column_idx)| column_idx.is_none())
            .enumerate()
            .map(|(idx, (name, _))| MissingColumn {
                name: name.clone(),
                nearest: (idx < COLUMNS_SHOWN)
                    .then(|| nearest(name, extra.iter().map(String::as_str)))
                    .flatten()
                    .map(str::to_owned),
            })
            .collect();
        let file = table.name().to_owned();
        match (missing.is_empty(), extra.is_empty()) {
            (false, _) => Err(DataError::MissingColumns { file, missing }),
            (true, false) => Err(DataError::ExtraColumns { file, extra }),
            (true, true) => Ok(found.into_iter().flatten().collect()),
        }
    }
}

impl Table {
    /// The finite number in a cell.
    pub(super) fn number(&self, row_idx: usize, column_idx: usize) -> Result<f64, DataError> {
        let text = self.cell(row_idx, column_idx);
        let fault =
            |make: fn(super::Place, String) -> DataError| make(self.place(row_idx, column_idx), text.to_owned());
        match Cell::read(text) {
            Cell::Number(value) => Ok(value),
            Cell::Infinite => Err(fault(|at, text| DataError::NotFinite { at, text })),
            Cell::Missing => Err(fault(|at, text| DataError::MissingValue { at, text })),
            Cell::Text => Err(fault(|at, text| DataError::NotNumber { at, text })),
        }
    }

    /// The code in a cell: a whole number from 0.
    fn code(&self, row_idx: usize, column_idx: usize) -> Result<f64, DataError> {
        // Of 0 and -0 the one that is written without a sign.
        let code = self.number(row_idx, column_idx)? + 0.0;
        if code >= 0.0 && code.fract() == 0.0 {
            return Ok(code);
        }
        let (at, text) = (self.place(row_idx, column_idx), self.cell(row_idx, column_idx).to_owned());
        Err(DataError::NotCode { at, text })
    }

    /// The code of the category in a cell. What stands for a missing value is one unless it is a label.
    fn category(&self, row_idx: usize, column_idx: usize, labels: &Labels) -> Result<f64, DataError> {
        let text = self.cell(row_idx, column_idx);
        labels.code(text).map(f64::from).ok_or_else(|| {
            let (at, text) = (self.place(row_idx, column_idx), text.to_owned());
            match Cell::read(&text) {
                Cell::Missing => DataError::MissingValue { at, text },
                _ => DataError::UnknownCategory { at, text, known: Arc::from(labels.texts()) },
            }
        })
    }
}

/// With one row, nothing can be learned about how far off the model is.
const CALIBRATION_ROWS_MIN: usize = 2;

/// The features where the model names none.
fn names_of(n_features: Option<usize>, roles: &Roles, calibration: &Table) -> Result<Vec<String>, DataError> {
    let (others, names): (Vec<String>, Vec<String>) =
        calibration.columns().iter().cloned().partition(|name| roles.of(name).is_some());
    let expected = n_features.unwrap_or(names.len()).max(1);
    if names.len() != expected {
        let (file, others) = (calibration.name().to_owned(), List(&others).to_string());
        return Err(DataError::FeatureCount { file, expected, found: names.len(), others });
    }
    Ok(names)
}

fn check_known<'a>(
    named_by: &'static str,
    mut columns: impl Iterator<Item = &'a String>,
    names: &[String],
) -> Result<(), DataError> {
    match columns.find(|column| !names.contains(column)) {
        Some(column) => Err(DataError::UnknownFeature {
            named_by,
            column: column.clone(),
            nearest: nearest(column, names.iter().map(String::as_str)).map(str::to_owned),
        }),
        None => Ok(()),
    }
}

/// Checks that labels are for features.
fn check_labelled(labels: &CategoryLabels, names: &[String]) -> Result<(), LabelsError> {
    match labels.features().find(|feature| !names.contains(feature)) {
        Some(feature) => Err(LabelsError::UnknownFeature {
            file: labels.file().to_owned(),
            feature: feature.clone(),
            nearest: nearest(feature, names.iter().map(String::as_str)).map(str::to_owned),
        }),
        None => Ok(()),
    }
}

/// How a feature is encoded, and what the caller should know about it. `columns` are its columns in the calibration files.
fn encoding_of(
    model: &ModelColumns,
    name: &String,
    columns: &[(&Table, usize)],
) -> Result<(Encoding, Option<DataWarning>), LabelsError> {
    let cells =
        || columns.iter().flat_map(|&(table, idx)| (0..table.n_rows()).map(move |row_idx| table.cell(row_idx, idx)));
    let is_number = |text| matches!(Cell::read(text), Cell::Number(_) | Cell::Infinite);
    let is_text = |text: &&str| Cell::read(text) == Cell::Text;
    let is_text_column = !cells().any(is_number) && cells().any(|text| is_text(&text));
    if let Some(labels) = model.labels.of(name) {
        let known = |known_from: &str| {
            let (file, feature) = (model.labels.file().to_owned(), name.clone());
            Err(LabelsError::Known { file, feature, known_from: known_from.to_owned() })
        };
        return match (model.categories.contains_key(name), is_text_column) {
            (true, _) => known("the model"),
            (_, true) => known(&format!("the texts of its column in {}", columns[0].0.name())),
            _ => Ok((Encoding::Labelled(labels), None)),
        };
    }
    if let Some(labels) = model.categories.get(name) {
        return Ok((Encoding::Labels(Labels::new(labels.clone())), None));
    }
    let is_declared = model.categorical.contains(name);
    // One wrong cell must not turn a column of numbers into categories, unless the caller declares that it has them.
    if is_text_column || is_declared && cells().any(|text| is_text(&text)) {
        let labels = Labels::sorted(cells().filter(|text| Cell::read(text) != Cell::Missing));
        let warning = DataWarning::SortedCategories { column: name.clone(), categories: labels.texts().to_vec() };
        return Ok((Encoding::Labels(labels), Some(warning)));
    }
    Ok((if is_declared { Encoding::Code } else { Encoding::Number }, None))
}
