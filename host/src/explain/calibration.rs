//! The calibration set: checked once, here. It never fits anything.

use std::collections::BTreeMap;

use ce_plugin_api::data::{Calibration, Matrix};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::schema::{LearnerInfo, Schema};

use super::error::InputError;
use super::mondrian::Mondrian;

/// Calibration rows with their targets: data that the model was not trained on.
///
/// Whether the rows are also training rows cannot be seen from here; if they are, the intervals are too narrow.
#[derive(Clone, Debug)]
pub struct CalibrationSet {
    x: Vec<f64>,
    y: Vec<f64>,
    n_features: usize,
    feature_names: Option<Vec<String>>,
    categorical: Vec<usize>,
    categories: BTreeMap<usize, Vec<String>>,
    encoded: Vec<usize>,
    mondrian: Option<Mondrian>,
}

impl CalibrationSet {
    /// Takes rows `x`, `[n, n_features]` row-major, and targets `y`, `[n]`: the index of the class, or the value.
    ///
    /// A set of any size can be appended to another; to calibrate, at least two rows are needed.
    ///
    /// # Errors
    /// [`InputError`] if the lengths disagree, or a number is not finite.
    pub fn new(x: Vec<f64>, y: Vec<f64>, n_features: usize) -> Result<Self, InputError> {
        let n_rows = y.len();
        if n_features == 0 || n_rows.checked_mul(n_features) != Some(x.len()) {
            return Err(InputError::Shape { what: "calibration rows", n_rows, n_cols: n_features, found: x.len() });
        }
        check_finite("the calibration rows", &x, n_features)?;
        check_finite("the calibration targets", &y, 1)?;
        Ok(Self {
            x,
            y,
            n_features,
            feature_names: None,
            categorical: Vec::new(),
            categories: BTreeMap::new(),
            encoded: Vec::new(),
            mondrian: None,
        })
    }

    /// Names the features, in column order. Without names the model's are used, else `f0`, `f1`, ….
    #[must_use]
    pub fn feature_names(mut self, names: Vec<String>) -> Self {
        self.feature_names = Some(names);
        self
    }

    /// Says which columns hold codes of categories.
    #[must_use]
    pub fn categorical(mut self, columns: Vec<usize>) -> Self {
        self.categorical = columns;
        self.categorical.sort_unstable();
        self.categorical.dedup();
        self
    }

    /// Names the codes 0, 1, … of categorical columns, by column.
    #[must_use]
    pub fn categories(mut self, labels: BTreeMap<usize, Vec<String>>) -> Self {
        self.categories = labels;
        self
    }

    /// Says which categorical columns were texts that became codes on the way here, for telemetry.
    #[must_use]
    pub fn encoded(mut self, columns: Vec<usize>) -> Self {
        self.encoded = columns;
        self
    }

    /// Gives each row its Mondrian category, one label per row: every category is calibrated with its own rows alone, and
    /// instances must carry a category too. Labels may be any text.
    #[must_use]
    pub fn mondrian_categories(mut self, labels: Vec<String>) -> Self {
        self.mondrian = Some(Mondrian::of(&labels));
        self
    }

    /// This set followed by the rows of another, which has the same columns.
    ///
    /// # Errors
    /// [`InputError`] if the other set has other features, or only one of them has Mondrian categories.
    pub(crate) fn followed_by(&self, more: &Self) -> Result<Self, InputError> {
        if more.n_features != self.n_features {
            let (expected, found) = (self.n_features, more.n_features);
            return Err(InputError::Features { what: "the further calibration set", expected, found });
        }
        let differs = |what, found: String, expected| Err(InputError::Setting { what, found, expected });
        if more.feature_names.is_some() && more.feature_names != self.feature_names {
            let found = more.feature_names.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
            let expected = "those of the calibration set that it is appended to";
            return differs("the list of feature names of the further calibration set", found, expected);
        }
        if (&more.categorical, &more.categories) != (&self.categorical, &self.categories) {
            let found = format!("{:?}", more.categorical);
            let expected = "those of the calibration set that it is appended to, with the same labels";
            return differs("the list of categorical columns of the further calibration set", found, expected);
        }
        let mondrian = match (&self.mondrian, &more.mondrian) {
            (None, None) => None,
            (Some(known), Some(more)) => {
                let labels: Vec<String> = known.row_labels().chain(more.row_labels()).map(str::to_owned).collect();
                Some(Mondrian::of(&labels))
            }
            (Some(_), None) => return Err(InputError::NoMondrianCategories),
            (None, Some(_)) => return Err(InputError::MondrianCategoriesUnknown),
        };
        let (x, y) = ([&self.x[..], &more.x].concat(), [&self.y[..], &more.y].concat());
        Ok(Self { x, y, mondrian, ..self.clone() })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.y.len()
    }

    pub(crate) fn x(&self) -> Matrix<'_> {
        Matrix::new(&self.x, self.y.len(), self.n_features).unwrap_or(Matrix::empty(self.n_features))
    }

    pub(crate) fn y(&self) -> &[f64] {
        &self.y
    }

    pub(crate) fn has_encoded(&self) -> bool {
        !self.encoded.is_empty()
    }

    pub(crate) fn mondrian(&self) -> Option<&Mondrian> {
        self.mondrian.as_ref()
    }

    /// The least and the largest target.
    pub(crate) fn range(&self) -> [f64; 2] {
        let fold = |start, pick: fn(f64, f64) -> f64| self.y.iter().copied().fold(start, pick);
        [fold(f64::INFINITY, f64::min), fold(f64::NEG_INFINITY, f64::max)]
    }

    /// The meaning of the columns, after a check against the model.
    pub(crate) fn schema(&self, model: &LearnerInfo) -> Result<Schema, InputError> {
        if self.n_rows() < 2 {
            return Err(InputError::TooFewCalibrationRows { found: self.n_rows() });
        }
        if self.n_features != model.n_features {
            return Err(InputError::Features {
                what: "the calibration set",
                expected: model.n_features,
                found: self.n_features,
            });
        }
        if let Some(&column) = self.categorical.iter().chain(self.categories.keys()).find(|&&c| c >= self.n_features) {
            return Err(InputError::NoSuchColumn { column, n_features: self.n_features });
        }
        let feature_names = match &self.feature_names {
            Some(names) if names.len() != self.n_features => {
                return Err(InputError::Features {
                    what: "the list of feature names",
                    expected: self.n_features,
                    found: names.len(),
                });
            }
            Some(names) => names.clone(),
            None if model.feature_names.is_empty() => (0..self.n_features).map(|column| format!("f{column}")).collect(),
            None => model.feature_names.clone(),
        };
        if let Some(mondrian) = self.mondrian.as_ref().filter(|mondrian| mondrian.codes().len() != self.y.len()) {
            let found = format!("{} for {} calibration rows", mondrian.codes().len(), self.y.len());
            return Err(InputError::Setting {
                what: "the number of Mondrian categories",
                found,
                expected: "one per row",
            });
        }
        match model.task {
            Task::Classification => self.check_classes(&model.classes)?,
            _ => self.check_values()?,
        }
        Ok(Schema {
            task: model.task,
            classes: model.classes.clone(),
            feature_names,
            categorical: self.categorical.clone(),
            categories: self.categories.clone(),
        })
    }

    pub(crate) fn view<'a>(&'a self, scores: &'a [f64], n_outputs: usize, schema: &'a str) -> Calibration<'a> {
        let scores = Matrix::new(scores, self.n_rows(), n_outputs).unwrap_or(Matrix::empty(n_outputs));
        let category = self.mondrian.as_ref().map_or(&[][..], Mondrian::codes);
        Calibration { category: category.into(), ..Calibration::new(self.x(), &self.y, scores, schema) }
    }

    fn check_classes(&self, classes: &[String]) -> Result<(), InputError> {
        let n_classes = classes.len();
        let is_class = |y: f64| y >= 0.0 && y.fract() == 0.0 && y < n_classes as f64;
        if let Some(row_idx) = self.y.iter().position(|&y| !is_class(y)) {
            return Err(InputError::NoSuchClass { row_idx, value: self.y[row_idx], n_classes });
        }
        if self.y.iter().all(|&y| y == self.y[0]) {
            return Err(InputError::OneClass { class: classes[self.y[0] as usize].clone() });
        }
        Ok(())
    }

    fn check_values(&self) -> Result<(), InputError> {
        let value = self.y[0];
        if self.y.iter().all(|&y| y == value) { Err(InputError::ConstantTarget { value }) } else { Ok(()) }
    }
}

/// Finds the first number of `values`, `[n, n_cols]`, that is not finite.
pub(crate) fn check_finite(what: &'static str, values: &[f64], n_cols: usize) -> Result<(), InputError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(place) => {
            Err(InputError::NotFinite { what, row_idx: place / n_cols, column: place % n_cols, value: values[place] })
        }
        None => Ok(()),
    }
}
