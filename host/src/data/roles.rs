//! Columns that are no features: what each is for. It never says which columns are features; `expectation` does.

use std::fmt;

use super::{DataError, Table};
use crate::config::nearest;

/// What a column that is no feature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// What the model predicts.
    Target,
    /// A name for each row, which the output repeats.
    Identifier,
    /// The Mondrian category of each row.
    Bins,
    /// The threshold of each row's event.
    Threshold,
    /// The features that each row ignores.
    IgnoredFeatures,
    /// Nothing: the column is left out because the caller said so.
    Ignored,
}

/// The columns of the files that are no features.
///
/// The target must be in the calibration file and may be in the data file; an ignored column must be in one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// The target.
    pub target: String,
    /// The identifier, if there is one.
    pub identifier: Option<String>,
    /// The Mondrian category, if there is one.
    pub bins: Option<String>,
    /// The threshold of each row's event, if there is one.
    pub threshold: Option<String>,
    /// The features that each row ignores, if it says so.
    pub ignored_features: Option<String>,
    /// Columns that are left out.
    pub ignored: Vec<String>,
}

impl Roles {
    /// A target and nothing else.
    #[must_use]
    pub fn with_target(target: impl Into<String>) -> Self {
        Self { target: target.into(), ..Self::default() }
    }

    /// What a column is for, unless it is a feature.
    #[must_use]
    pub fn of(&self, column: &str) -> Option<Role> {
        self.all().find(|(_, name)| *name == column).map(|(role, _)| role)
    }

    /// Every role with its column.
    pub fn all(&self) -> impl Iterator<Item = (Role, &str)> {
        let ignored = self.ignored.iter().map(|name| (Role::Ignored, name.as_str()));
        std::iter::once((Role::Target, self.target.as_str()))
            .chain(self.identifier.as_deref().map(|name| (Role::Identifier, name)))
            .chain(self.bins.as_deref().map(|name| (Role::Bins, name)))
            .chain(self.threshold.as_deref().map(|name| (Role::Threshold, name)))
            .chain(self.ignored_features.as_deref().map(|name| (Role::IgnoredFeatures, name)))
            .chain(ignored)
    }

    /// Checks that no column with a role is a feature of the model.
    ///
    /// # Errors
    /// [`DataError::RoleIsFeature`]
    pub fn check_features(&self, features: &[String]) -> Result<(), DataError> {
        match features.iter().find_map(|name| Some((self.of(name)?, name))) {
            Some((role, column)) => Err(DataError::RoleIsFeature { role, column: column.clone() }),
            None => Ok(()),
        }
    }

    /// Checks that the target has no second role and that every ignored column is in one of the tables: a typo would
    /// otherwise go unseen.
    ///
    /// # Errors
    /// [`DataError::TwoRoles`] or [`DataError::UnknownColumn`].
    pub fn check(&self, tables: &[&Table]) -> Result<(), DataError> {
        if let Some((role, column)) = self.all().skip(1).find(|(_, name)| *name == self.target) {
            return Err(DataError::TwoRoles { column: column.to_owned(), role });
        }
        let names = || tables.iter().flat_map(|table| table.columns()).map(String::as_str);
        match self.ignored.iter().find(|column| !names().any(|name| name == *column)) {
            Some(column) => Err(DataError::UnknownColumn {
                option: "--ignore-columns",
                column: column.clone(),
                nearest: nearest(column, names()).map(str::to_owned),
            }),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Target => "the target (--target)",
            Self::Identifier => "the identifier (--id-column)",
            Self::Bins => "the Mondrian category (--bins)",
            Self::Threshold => "the threshold of each row (--threshold-column)",
            Self::IgnoredFeatures => "the features that each row ignores (--ignore-from-column)",
            Self::Ignored => "ignored (--ignore-columns)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Roles};
    use crate::data::Table;

    fn roles() -> Roles {
        Roles { identifier: Some("id".into()), ignored: vec!["note".into()], ..Roles::with_target("y") }
    }

    #[test]
    fn a_column_has_the_role_it_was_given() {
        assert_eq!(roles().of("y"), Some(Role::Target));
        assert_eq!(roles().of("id"), Some(Role::Identifier));
        assert_eq!(roles().of("note"), Some(Role::Ignored));
        assert_eq!(roles().of("x"), None);
    }

    #[test]
    fn an_ignored_column_must_be_in_one_of_the_tables() {
        let with = Table::from_csv_slice("a.csv", b"x,note\n1,2\n").unwrap();
        let without = Table::from_csv_slice("b.csv", b"x,notes\n1,2\n").unwrap();
        roles().check(&[&without, &with]).unwrap();
        let error = roles().check(&[&without]).unwrap_err();
        assert_eq!(error.code(), "data.unknown_column");
        assert_eq!(
            error.to_string(),
            "--ignore-columns names `note`, which is in no file, did you mean `notes`?: correct or remove the name"
        );
    }

    #[test]
    fn the_target_has_no_second_role() {
        let roles = Roles { ignored: vec!["y".into()], ..Roles::with_target("y") };
        let error = roles.check(&[]).unwrap_err();
        assert_eq!(error.code(), "data.two_roles");
        assert_eq!(error.to_string(), "`y` is both the target (--target) and ignored (--ignore-columns): name it once");
    }
}
