//! Why a request became no report.

use ce_plugin_api::manifest::Kind;

use super::exact::exact;
use super::fault::{Call, Cause, PluginFault, Violation};
use super::options::OptionError;
use super::route::RouteError;
use super::saved::SavedError;

/// What is wrong with the numbers that a caller hands in.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Too little to calibrate with.
    #[error("the calibration set has {found} rows, at least 2 are needed")]
    TooFewCalibrationRows {
        /// The rows found.
        found: usize,
    },
    /// The length of a matrix is not rows times columns.
    #[error("{what} hold {found} values, expected {n_rows} rows of {n_cols}")]
    Shape {
        /// The matrix.
        what: &'static str,
        /// The rows that the targets call for.
        n_rows: usize,
        /// The columns that were announced.
        n_cols: usize,
        /// The values found.
        found: usize,
    },
    /// A number that must be finite is not.
    #[error(
        "{what} hold {value} at row {row_idx}, column {column}: the method needs finite values, so remove or impute the row"
    )]
    NotFinite {
        /// The matrix.
        what: &'static str,
        /// The row.
        row_idx: usize,
        /// The column.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// A matrix has another number of columns than the model.
    #[error("{what} has {found} features, the model has {expected}")]
    Features {
        /// The matrix.
        what: &'static str,
        /// The model's features.
        expected: usize,
        /// The features found.
        found: usize,
    },
    /// A column index is too large.
    #[error("column {column} is called categorical, but there are {n_features} columns")]
    NoSuchColumn {
        /// The index.
        column: usize,
        /// The number of columns.
        n_features: usize,
    },
    /// A calibration target is no class of the model.
    #[error("the calibration target {} at row {row_idx} is no class index: the model has the classes 0 to {}", exact(*value), n_classes - 1)]
    NoSuchClass {
        /// The row.
        row_idx: usize,
        /// The target.
        value: f64,
        /// The number of classes.
        n_classes: usize,
    },
    /// A target of an instance is no class of the model.
    #[error("the target {} of row {row_idx} is no class index: the model has the classes 0 to {}", exact(*value), n_classes - 1)]
    NoSuchClassAsked {
        /// The row.
        row_idx: usize,
        /// The target.
        value: f64,
        /// The number of classes.
        n_classes: usize,
    },
    /// What is to be read off a finished report cannot be.
    #[error(transparent)]
    Analysis(#[from] ce_core::analysis::Error),
    /// All calibration targets are of one class, from which nothing about the others can be learned.
    #[error("every calibration row is of class `{class}`: calibrate with rows of at least two classes")]
    OneClass {
        /// The class's label.
        class: String,
    },
    /// All calibration targets are equal, from which nothing about how far off a prediction is can be learned.
    #[error("every calibration row has the target {}: calibrate with rows whose targets differ", exact(*value))]
    ConstantTarget {
        /// The target.
        value: f64,
    },
    /// A classifier was asked for what only a regression has.
    #[error("{what} ({found}) is asked of a classifier: it gives probabilities of classes, so leave that out")]
    OnClassifier {
        /// What was asked for.
        what: &'static str,
        /// Its value.
        found: String,
    },
    /// A regression was asked for what only a classifier has.
    #[error("{what} ({found}) is asked of a regression: it gives values, so leave that out")]
    OnRegression {
        /// What was asked for.
        what: &'static str,
        /// Its value.
        found: String,
    },
    /// A class was named that the model does not have.
    #[error("the class `{class}` is not one of the model's (known: {known})")]
    UnknownClass {
        /// The class.
        class: String,
        /// Those of the model, joined by commas.
        known: String,
    },
    /// A column was to be ignored that there is not.
    #[error("column {column} is to be ignored, but there are {n_features} columns")]
    NoSuchIgnored {
        /// The index.
        column: usize,
        /// The number of columns.
        n_features: usize,
    },
    /// Instances come without Mondrian categories to a calibration set that has them.
    #[error("the calibration set has Mondrian categories and the data have none: give each row its category")]
    NoMondrianCategories,
    /// Instances come with Mondrian categories to a calibration set that has none.
    #[error("the data have Mondrian categories and the calibration set has none: give the calibration rows theirs")]
    MondrianCategoriesUnknown,
    /// An instance has a Mondrian category that no calibration row has.
    #[error(
        "row {row_idx} has the Mondrian category `{category}`, which no calibration row has (known: {known}): remove the \
         row or calibrate with such rows"
    )]
    UnseenMondrianCategory {
        /// The row.
        row_idx: usize,
        /// The category.
        category: String,
        /// Those that calibration rows have, joined by commas.
        known: String,
    },
    /// A categorical feature has a value that the calibration set lacks.
    #[error(
        "row {row_idx} has the value {value} in the categorical feature `{feature}`, which no calibration row has: remove the row or calibrate with such rows"
    )]
    UnseenCategory {
        /// The row.
        row_idx: usize,
        /// The feature's name.
        feature: String,
        /// The code or label.
        value: String,
    },
    /// A setting is out of its range.
    #[error("{what} is {found}, expected {expected}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// What was given.
        found: String,
        /// What is allowed.
        expected: &'static str,
    },
}

/// Why a request became no report.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The numbers handed in.
    #[error(transparent)]
    Input(#[from] InputError),
    /// No plugin can be routed to.
    #[error(transparent)]
    Route(#[from] Box<RouteError>),
    /// An option is wrong.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// What was saved does not fit.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// The chosen plugin failed, and no fallback was configured.
    #[error("{0}")]
    Plugin(#[from] Box<PluginFault>),
    /// The chosen plugin failed, and so did every fallback.
    #[error("{last} (after {})", skipped.join("; "))]
    Exhausted {
        /// What the last one did.
        last: Box<PluginFault>,
        /// What the ones before did.
        skipped: Vec<String>,
    },
}

impl ExplainError {
    /// A plugin that was routed to and is not there any more. Routing looked into the same catalog, so this is a bug; it
    /// is an error all the same, since a service outlives its bugs.
    pub(crate) fn gone(kind: Kind, identifier: &str) -> Self {
        let violation =
            Violation::Contradiction("was routed to and is not in the registry: please report this".to_owned());
        Self::from(PluginFault {
            kind,
            identifier: identifier.to_owned(),
            bundle: String::new(),
            call: Call::Info,
            instance: None,
            in_calibration: false,
            cause: Cause::Violation(violation),
        })
    }
}

impl InputError {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooFewCalibrationRows { .. } => "input.too_few_calibration_rows",
            Self::Shape { .. } => "input.shape",
            Self::NotFinite { .. } => "input.not_finite",
            Self::Features { .. } => "input.features",
            Self::NoSuchColumn { .. } => "input.no_such_column",
            Self::NoSuchClassAsked { .. } => "input.no_such_class",
            Self::Analysis(_) => "input.analysis",
            Self::NoSuchClass { .. } => "input.no_such_class",
            Self::OneClass { .. } => "input.one_class",
            Self::ConstantTarget { .. } => "input.constant_target",
            Self::OnClassifier { .. } => "input.on_classifier",
            Self::OnRegression { .. } => "input.on_regression",
            Self::UnknownClass { .. } => "input.unknown_class",
            Self::NoSuchIgnored { .. } => "input.no_such_column",
            Self::NoMondrianCategories => "input.no_mondrian_categories",
            Self::MondrianCategoriesUnknown => "input.mondrian_categories_unknown",
            Self::UnseenMondrianCategory { .. } => "input.unseen_mondrian_category",
            Self::UnseenCategory { .. } => "input.unseen_category",
            Self::Setting { .. } => "input.setting",
        }
    }
}

impl ExplainError {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Input(error) => error.code(),
            Self::Route(error) => error.code(),
            Self::Option(error) => error.code(),
            Self::Saved(error) => error.code(),
            Self::Plugin(fault) | Self::Exhausted { last: fault, .. } => fault.code(),
        }
    }
}

impl ExplainError {
    /// The message without any value of the data, as telemetry may keep it.
    #[must_use]
    pub fn discreet(&self) -> String {
        match self {
            Self::Input(InputError::UnseenCategory { row_idx, feature, .. }) => format!(
                "row {row_idx} has a value in the categorical feature `{feature}` that no calibration row has: remove \
                 the row or calibrate with such rows"
            ),
            Self::Input(InputError::UnseenMondrianCategory { row_idx, .. }) => format!(
                "row {row_idx} has a Mondrian category that no calibration row has: remove the row or calibrate with such \
                 rows"
            ),
            other => other.to_string(),
        }
    }
}

impl From<PluginFault> for ExplainError {
    fn from(fault: PluginFault) -> Self {
        Self::Plugin(Box::new(fault))
    }
}

impl From<RouteError> for ExplainError {
    fn from(error: RouteError) -> Self {
        Self::Route(Box::new(error))
    }
}
