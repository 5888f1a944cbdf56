//! The target column: classes by the model's labels, or values. It never decides which of the two a task has.

use super::cell::Cell;
use super::{DataError, Labels, Role, Table};

/// The class of each row as an index into `classes`, `[n_rows]`.
///
/// * `classes` — the model's class labels, in the order of its outputs
///
/// Labels are compared as [`Labels`] says: as text, else by value. A class that no row has is no error.
///
/// # Errors
/// [`DataError::MissingRole`] without the column; [`DataError::UnknownClass`] names the first row whose label is no class;
/// [`DataError::MissingValue`] if that label is empty or such as `NA`.
pub fn class_indices(table: &Table, target: &str, classes: &[String]) -> Result<Vec<u32>, DataError> {
    let column_idx = table.role_idx(Role::Target, target)?;
    let labels = Labels::new(classes.to_vec());
    (0..table.n_rows())
        .map(|row_idx| {
            let text = table.cell(row_idx, column_idx);
            labels.code(text).ok_or_else(|| match Cell::read(text) {
                Cell::Missing => {
                    DataError::MissingValue { at: table.place(row_idx, column_idx), text: text.to_owned() }
                }
                _ => DataError::UnknownClass {
                    at: table.place(row_idx, column_idx),
                    text: text.to_owned(),
                    known: classes.into(),
                },
            })
        })
        .collect()
}

/// The target of each row as a finite number, `[n_rows]`.
///
/// # Errors
/// [`DataError::MissingRole`] without the column; [`DataError::NotNumber`], [`DataError::MissingValue`] or
/// [`DataError::NotFinite`] for the first row whose target is no finite number.
pub fn target_values(table: &Table, target: &str) -> Result<Vec<f64>, DataError> {
    table.finite_numbers(Role::Target, target)
}

#[cfg(test)]
mod tests {
    use super::{class_indices, target_values};
    use crate::data::Table;

    fn table(cells: &[&str]) -> Table {
        Table::from_csv_slice("cal.csv", format!("x,y\n1,{}\n", cells.join("\n1,")).as_bytes()).unwrap()
    }

    fn classes(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn classes_are_indices_in_the_order_of_the_model() {
        let table = table(&["b", "a", "b"]);
        assert_eq!(class_indices(&table, "y", &classes(&["c", "b", "a"])).unwrap(), [1, 2, 1]);
    }

    #[test]
    fn classes_are_found_by_value_where_the_text_differs() {
        assert_eq!(class_indices(&table(&["1.0", "0"]), "y", &classes(&["0", "1"])).unwrap(), [1, 0]);
        assert_eq!(class_indices(&table(&["True", "False"]), "y", &classes(&["false", "true"])).unwrap(), [1, 0]);
    }

    #[test]
    fn an_unknown_class_is_an_error_with_its_place_and_the_known_ones() {
        let error = class_indices(&table(&["no", "maybe"]), "y", &classes(&["no", "yes"])).unwrap_err();
        assert_eq!(error.code(), "data.unknown_class");
        assert_eq!(
            error.to_string(),
            "cal.csv:3: row 1, column `y`: expected a class of the model, found `maybe` (classes: `no`, `yes`): \
             correct the cell or remove the row"
        );
    }

    #[test]
    fn a_missing_target_is_an_error_unless_it_is_a_class() {
        let error = class_indices(&table(&["no", ""]), "y", &classes(&["no", "yes"])).unwrap_err();
        assert_eq!(error.code(), "data.missing_value");
        assert_eq!(class_indices(&table(&["no", "NA"]), "y", &classes(&["no", "NA"])).unwrap(), [0, 1]);
        let error = class_indices(&table(&["no"]), "z", &classes(&["no"])).unwrap_err();
        assert_eq!(error.code(), "data.missing_target");
        assert!(error.to_string().starts_with("cal.csv has no column `z`, the target (--target)"), "{error}");
    }

    #[test]
    fn values_are_finite_numbers() {
        assert_eq!(target_values(&table(&["1.5", "-2"]), "y").unwrap(), [1.5, -2.0]);
        for (cell, code) in [("x", "data.not_number"), ("nan", "data.missing_value"), ("inf", "data.not_finite")] {
            let error = target_values(&table(&["1", cell]), "y").unwrap_err();
            assert_eq!(error.code(), code);
            assert!(error.to_string().starts_with("cal.csv:3: row 1, column `y`: expected a"), "{error}");
        }
    }
}
