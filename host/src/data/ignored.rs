//! The features that get no rule, by name: of all rows, or of each row from a column. It never ignores a column of the file;
//! [`Roles`](super::Roles) do.

use super::{DataError, Role, Table};
use crate::config::nearest;

/// What stands between two names in a cell.
const SEPARATOR: char = ';';

/// The positions of features, in the order of their names.
///
/// * `named_by` — who names them, for messages
///
/// # Errors
/// [`DataError::UnknownFeature`] for the first name that is no feature.
pub fn ignored_features(
    named_by: &'static str,
    names: &[String],
    features: &[String],
) -> Result<Vec<usize>, DataError> {
    let position = |name: &String| {
        features.iter().position(|feature| feature == name).ok_or_else(|| DataError::UnknownFeature {
            named_by,
            column: name.clone(),
            nearest: nearest(name, features.iter().map(String::as_str)).map(str::to_owned),
        })
    };
    names.iter().map(position).collect()
}

/// For each row the positions of the features that a column names, separated by `;`, `[n_rows]`. Spaces around a name do not
/// count unless they belong to the feature's; an empty cell names none.
///
/// # Errors
/// [`DataError::MissingRole`] without the column; [`DataError::UnknownFeatureInCell`] for the first name that is no feature.
pub fn ignored_in_each(table: &Table, column: &str, features: &[String]) -> Result<Vec<Vec<usize>>, DataError> {
    let column_idx = table.role_idx(Role::IgnoredFeatures, column)?;
    let position = |name: &str| {
        let of = |name: &str| features.iter().position(|feature| feature == name);
        of(name).or_else(|| of(name.trim_ascii()))
    };
    let row = |row_idx: usize| {
        let names = table.cell(row_idx, column_idx).split(SEPARATOR).filter(|name| !name.trim_ascii().is_empty());
        let of = |name: &str| {
            position(name).ok_or_else(|| DataError::UnknownFeatureInCell {
                at: table.place(row_idx, column_idx),
                text: name.trim_ascii().to_owned(),
                nearest: nearest(name.trim_ascii(), features.iter().map(String::as_str)).map(str::to_owned),
            })
        };
        names.map(of).collect()
    };
    (0..table.n_rows()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features() -> Vec<String> {
        ["age", "mean area", " odd"].map(str::to_owned).to_vec()
    }

    fn each(cells: &[&str]) -> Result<Vec<Vec<usize>>, DataError> {
        let text = format!("x,skip\n1,{}\n", cells.join("\n1,"));
        ignored_in_each(&Table::from_csv_slice("new.csv", text.as_bytes()).unwrap(), "skip", &features())
    }

    #[test]
    fn features_are_found_by_name_and_an_unknown_one_has_a_nearest() {
        let of = |name: &str| ignored_features("--ignore", &["mean area".to_owned(), name.to_owned()], &features());
        assert_eq!(of("age").unwrap(), [1, 0]);
        let error = of("ages").unwrap_err();
        assert_eq!(error.code(), "data.unknown_feature");
        assert_eq!(
            error.to_string(),
            "--ignore names `ages`, which is no feature, did you mean `age`?: correct or remove the name"
        );
    }

    #[test]
    fn a_cell_names_any_number_of_features() {
        assert_eq!(
            each(&["age", "", "mean area; age", ";", " odd"]).unwrap(),
            [vec![0], vec![], vec![1, 0], vec![], vec![2]]
        );
    }

    #[test]
    fn an_unknown_name_in_a_cell_is_an_error_with_its_place() {
        let error = each(&["age", "age;mean aera"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "new.csv:3: row 1, column `skip`: names `mean aera`, which is no feature, did you mean `mean area`?: name \
             features of the model, separated by `;`"
        );
    }
}
