//! Bytes as a table, and the table as features and targets. It never guesses.

use super::told;
use crate::data::{Bins, Expectation, ModelColumns, Role, Roles, Table, class_indices, target_values};

/// Reads bytes as a CSV file. What is accepted is a rectangle that reads the same with every cell quoted, and its numbers
/// are finite.
pub fn csv(bytes: &[u8]) {
    let table = match Table::from_csv_slice("fuzzed.csv", bytes) {
        Ok(table) => table,
        Err(error) => return told(error.code(), &error),
    };
    let again = Table::from_csv_slice("fuzzed.csv", &quoted(&table)).expect("what was accepted is accepted again");
    assert_eq!(again.columns(), table.columns());
    assert!(cells(&again).eq(cells(&table)));
    assert!((1..table.n_rows()).all(|row_idx| table.line(row_idx - 1) < table.line(row_idx)));

    for column in table.columns() {
        match table.finite_numbers(Role::Threshold, column) {
            Ok(numbers) => assert!(numbers.iter().all(|number| number.is_finite())),
            Err(error) => told(error.code(), &error),
        }
    }
    features(&table);
}

fn cells(table: &Table) -> impl Iterator<Item = &str> {
    let n_columns = table.columns().len();
    (0..table.n_rows() * n_columns).map(move |idx| table.cell(idx / n_columns, idx % n_columns))
}

/// The table with every cell quoted.
fn quoted(table: &Table) -> Vec<u8> {
    let names = table.columns().iter().map(String::as_str);
    let mut text = String::new();
    for (idx, cell) in names.chain(cells(table)).enumerate() {
        let end = if (idx + 1) % table.columns().len() == 0 { "\r\n" } else { "," };
        text.extend(["\"", &cell.replace('"', "\"\""), "\"", end]);
    }
    text.into_bytes()
}

/// The table as calibration data, with its last column as the target and its first as one of every other role.
fn features(table: &Table) {
    let (Some(first), Some(last)) = (table.columns().first(), table.columns().last()) else { return };
    for bins in [None, Some(first.clone())] {
        let roles = Roles { bins, ..Roles::with_target(last.clone()) };
        let read = Expectation::new(&ModelColumns::default(), &roles, table)
            .and_then(|expectation| expectation.features(table));
        match read {
            Ok(features) => {
                assert_eq!(features.n_rows(), table.n_rows());
                assert!(features.x().iter().all(|value| value.is_finite()));
                features.warnings().iter().for_each(|warning| told(warning.code(), warning));
            }
            Err(error) => told(error.code(), &error),
        }
    }
    match Bins::new(table, first).and_then(|bins| bins.of(table)) {
        Ok(categories) => assert_eq!(categories.len(), table.n_rows()),
        Err(error) => told(error.code(), &error),
    }
    match target_values(table, last) {
        Ok(values) => assert!(values.iter().all(|value| value.is_finite())),
        Err(error) => told(error.code(), &error),
    }
    let classes = ["0", "1", "yes"].map(str::to_owned);
    match class_indices(table, last, &classes) {
        Ok(indices) => assert!(indices.iter().all(|class| (*class as usize) < classes.len())),
        Err(error) => told(error.code(), &error),
    }
}
