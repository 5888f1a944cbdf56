//! The portable model format, `ce-model/1`: bytes in, a checked model out. It opens no file.

use std::collections::{BTreeMap, HashSet};

use ce_core::Rows;
use ce_core::model::{Input, Model, Rounding};

use super::FormatError;
use super::document::{
    BoostingObject, Document, ForestObject, Header, Label, LinearObject, LogisticObject, ModelHeader, SoftmaxObject,
};

mod object;

use object::{ModelObject, Setting};

const FORMAT: &str = "ce-model/1";

/// What a model predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Task {
    /// A probability per class.
    Classification,
    /// One number.
    Regression,
}

/// A model that was read from a file, with what the file says about it.
///
/// ```
/// use ce_builtin::learner::PortableModel;
/// use ce_core::{Matrix, Rows};
///
/// let model = PortableModel::from_slice(
///     br#"{"format": "ce-model/1", "task": "classification", "classes": ["no", "yes"],
///          "feature_names": ["age", "dose"],
///          "model": {"type": "logistic", "coef": [0.5, -2.0], "intercept": 1.0}}"#,
/// )?;
/// let mut out = [f64::NAN; 2];
/// model.predict(Rows::dense(Matrix::new(&[2.0, 1.0], 1, 2)?), &mut out)?;
/// assert_eq!(model.classes(), Some(&["no".to_owned(), "yes".to_owned()][..]));
/// assert_eq!(out, [0.5, 0.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PortableModel {
    task: Task,
    classes: Option<Vec<String>>,
    feature_names: Option<Vec<String>>,
    categories: BTreeMap<String, Vec<String>>,
    model: Model,
}

impl Task {
    /// The word for it in a file.
    fn word(self) -> &'static str {
        match self {
            Self::Classification => "classification",
            Self::Regression => "regression",
        }
    }
}

impl PortableModel {
    /// Reads a model.
    ///
    /// Keys that are not known are ignored: minor versions of the format only add.
    ///
    /// # Errors
    /// [`FormatError`]: not JSON, another format or major version, a key missing or of the wrong type, a type of model
    /// that is not supported, or a value that breaks a rule.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, FormatError> {
        check_format(serde_json::from_slice(bytes)?)?;
        let ModelHeader { model } = serde_json::from_slice(bytes)?;
        match model.r#type.as_str() {
            "linear" => Self::read::<LinearObject>(bytes),
            "logistic" => Self::read::<LogisticObject>(bytes),
            "softmax" => Self::read::<SoftmaxObject>(bytes),
            "forest" => Self::read::<ForestObject>(bytes),
            "boosting" => Self::read::<BoostingObject>(bytes),
            _ => {
                let supported = "linear, logistic, softmax, forest, boosting";
                Err(FormatError::Unsupported { what: "model type", found: model.r#type, supported })
            }
        }
    }

    /// What the model predicts.
    #[must_use]
    pub fn task(&self) -> Task {
        self.task
    }

    /// Number of features that a row must have: of names, where there are any, else what the model itself tells.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.model.n_features()
    }

    /// Number of outputs per row: one per class, or one for regression.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.model.n_outputs()
    }

    /// The class labels as text, in the order of the outputs, `[n_outputs]`; never any for regression.
    #[must_use]
    pub fn classes(&self) -> Option<&[String]> {
        self.classes.as_deref()
    }

    /// The names of the columns, in the order of features, `[n_features]`.
    #[must_use]
    pub fn feature_names(&self) -> Option<&[String]> {
        self.feature_names.as_deref()
    }

    /// For each text column by name: its values in the order of their codes 0, 1, 2, …
    #[must_use]
    pub fn categories(&self) -> &BTreeMap<String, Vec<String>> {
        &self.categories
    }

    /// Evaluates all `rows` into `out`, `[rows.n_rows(), n_outputs]`; see [`Model::predict`].
    ///
    /// # Errors
    /// [`ce_core::Error::Shape`] if the rows do not have `n_features` columns or `out` is not of that shape.
    pub fn predict(&self, rows: Rows<'_>, out: &mut [f64]) -> Result<(), ce_core::Error> {
        self.model.predict(rows, out)
    }

    fn read<M: ModelObject>(bytes: &[u8]) -> Result<Self, FormatError> {
        let document: Document<M> = serde_json::from_slice(bytes)?;
        let task = read_task("task", &document.task)?;
        let feature_names = document.feature_names;
        if let Some(names) = &feature_names {
            check_distinct("feature_names", names)?;
        }
        let classes = document.classes.map(texts);
        if let Some(classes) = &classes {
            check_distinct("classes", classes)?;
        }
        let categories = read_categories(document.categories, feature_names.as_deref())?;
        let setting = Setting {
            task,
            n_names: feature_names.as_ref().map(Vec::len),
            input: read_input(document.input)?,
            rounding: read_rounding(document.decimals)?,
        };
        let model = document.model.build(setting)?;

        check_len("feature_names", feature_names.as_deref(), model.n_features(), "features")?;
        let classes = match task {
            Task::Classification => classes,
            Task::Regression => no_classes(classes)?,
        };
        check_len("classes", classes.as_deref(), model.n_outputs(), "outputs")?;
        Ok(Self { task, classes, feature_names, categories, model })
    }
}

fn check_format(header: Header) -> Result<(), FormatError> {
    let minor = match &header.format {
        Some(serde_json::Value::String(format)) => format.strip_prefix(FORMAT),
        _ => None,
    };
    let is_readable = minor.is_some_and(|minor| {
        let digits = minor.strip_prefix('.').unwrap_or("0");
        (minor.is_empty() || minor.starts_with('.')) && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    if is_readable {
        return Ok(());
    }
    let found = match header.format {
        None => "missing".to_owned(),
        Some(serde_json::Value::String(format)) => format!("{format:?}"),
        Some(_) => "not text".to_owned(),
    };
    Err(FormatError::WrongFormat { found })
}

fn read_task(what: &'static str, task: &str) -> Result<Task, FormatError> {
    match task {
        "classification" => Ok(Task::Classification),
        "regression" => Ok(Task::Regression),
        _ => {
            let supported = "classification, regression";
            Err(FormatError::Unsupported { what, found: task.to_owned(), supported })
        }
    }
}

/// A regression may say that it has no classes, and nothing else.
fn no_classes(classes: Option<Vec<String>>) -> Result<Option<Vec<String>>, FormatError> {
    match classes.unwrap_or_default() {
        none if none.is_empty() => Ok(None),
        some => {
            let expected = "no such key, since a regression has no classes";
            Err(FormatError::invalid("classes", expected, format!("{} long", some.len())))
        }
    }
}

fn read_input(input: Option<String>) -> Result<Input, FormatError> {
    match input.as_deref() {
        None | Some("float64") => Ok(Input::Float64),
        Some("float32") => Ok(Input::Float32),
        Some(other) => Err(FormatError::Unsupported {
            what: "input",
            found: other.to_owned(),
            supported: "float64 (the default), float32",
        }),
    }
}

fn read_rounding(decimals: Option<i64>) -> Result<Rounding, FormatError> {
    let Some(decimals) = decimals else { return Ok(Rounding::EXACT) };
    u8::try_from(decimals).ok().and_then(Rounding::to_decimals).ok_or_else(|| {
        let expected = format!("a number from 0 to {}, or no such key for exact outputs", Rounding::DECIMALS_MAX);
        FormatError::invalid("decimals", expected, decimals)
    })
}

fn read_categories(
    categories: Option<BTreeMap<String, Vec<Label>>>,
    feature_names: Option<&[String]>,
) -> Result<BTreeMap<String, Vec<String>>, FormatError> {
    let known: HashSet<&String> = feature_names.unwrap_or_default().iter().collect();
    let mut read = BTreeMap::new();
    for (name, labels) in categories.unwrap_or_default() {
        let at = format!("categories.{name}");
        if !known.contains(&name) {
            return Err(FormatError::invalid(at, "a name that is listed in `feature_names`", "not listed there"));
        }
        let labels = texts(labels);
        check_distinct(&at, &labels)?;
        read.insert(name, labels);
    }
    Ok(read)
}

fn texts(labels: Vec<Label>) -> Vec<String> {
    labels.into_iter().map(|label| label.0).collect()
}

fn check_distinct(at: &str, texts: &[String]) -> Result<(), FormatError> {
    let mut seen = HashSet::new();
    match texts.iter().enumerate().find(|(_, text)| !seen.insert(text.as_str())) {
        Some((idx, text)) => {
            let expected = "text that no other entry has";
            Err(FormatError::invalid(format!("{at}[{idx}]"), expected, format!("{text:?} once more")))
        }
        None => Ok(()),
    }
}

fn check_len(at: &str, texts: Option<&[String]>, expected: usize, of: &str) -> Result<(), FormatError> {
    match texts {
        Some(texts) if texts.len() != expected => {
            let expected = format!("{expected} entries, as many as the model has {of}");
            Err(FormatError::invalid(at, expected, format!("{} long", texts.len())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
