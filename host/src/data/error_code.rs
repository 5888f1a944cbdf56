//! The name of each error of data that does not change between versions. It never words a message.

use super::{DataError, Role};

impl DataError {
    /// A name for the error that does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "data.unreadable",
            Self::TooLarge { .. } => "data.too_large",
            Self::NotUtf8 { .. } => "data.not_utf8",
            Self::Empty { .. } => "data.empty",
            Self::NoRows { .. } => "data.no_rows",
            Self::NoHeader { .. } => "data.no_header",
            Self::Separator { .. } => "data.separator",
            Self::UnnamedColumn { .. } => "data.unnamed_column",
            Self::DuplicateColumn { .. } => "data.duplicate_column",
            Self::BlankLine { .. } => "data.blank_line",
            Self::UnclosedQuote { .. } => "data.unclosed_quote",
            Self::StrayQuote { .. } => "data.stray_quote",
            Self::RaggedRow { .. } => "data.ragged_row",
            Self::MissingColumns { .. } => "data.missing_columns",
            Self::ExtraColumns { .. } => "data.extra_columns",
            Self::FeatureCount { .. } => "data.feature_count",
            Self::MissingRole { role, .. } => match role {
                Role::Target => "data.missing_target",
                Role::Identifier => "data.missing_identifier",
                Role::Bins => "data.missing_bins",
                Role::Threshold => "data.missing_threshold",
                Role::IgnoredFeatures => "data.missing_ignored_features",
                Role::Ignored => "data.missing_ignored",
            },
            Self::RoleIsFeature { .. } => "data.role_is_feature",
            Self::TwoRoles { .. } => "data.two_roles",
            Self::UnknownFeature { .. } | Self::UnknownFeatureInCell { .. } => "data.unknown_feature",
            Self::UnknownColumn { .. } => "data.unknown_column",
            Self::NotNumber { .. } => "data.not_number",
            Self::MissingValue { .. } => "data.missing_value",
            Self::NotFinite { .. } => "data.not_finite",
            Self::UnknownCategory { .. } => "data.unknown_category",
            Self::UnseenCategory { .. } => "data.unseen_category",
            Self::UnseenMondrianCategory { .. } => "data.unseen_mondrian_category",
            Self::NotCode { .. } => "data.not_code",
            Self::CategoryLabels(error) => error.code(),
            Self::UnknownClass { .. } => "data.unknown_class",
            Self::NoSuchRow { .. } => "data.no_such_row",
            Self::TooFewRows { .. } => "data.too_few_rows",
        }
    }
}
