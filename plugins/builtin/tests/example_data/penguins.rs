//! `penguins`: three classes, two text columns, a column of years that is no feature, and an identifier.

use std::collections::HashSet;

use crate::example::Example;

const HEADER: [&str; 9] =
    ["id", "island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex", "year", "species"];

#[test]
fn exported_forest_answers_exactly_as_scikit_learn_did() {
    let penguins = Example::open("penguins");
    let found = penguins.answers(&penguins.features(&penguins.table("test")));
    let expected: Vec<Vec<f64>> = serde_json::from_value(penguins.expected("predict_proba")).unwrap();
    assert_eq!(found, expected.concat());
    assert_eq!(found.len(), 180, "60 rows of 3 probabilities");
}

#[test]
fn files_fit_together() {
    let penguins = Example::open("penguins");
    penguins.assert_tables([133, 140, 60], &HEADER);
    let model = &penguins.model;
    assert_eq!(model.classes().unwrap(), ["Adelie", "Chinstrap", "Gentoo"]);
    assert_eq!(model.feature_names().unwrap(), &HEADER[1..7]);
    assert_eq!(model.categories()["island"], ["Biscoe", "Dream", "Torgersen"]);
    assert_eq!(model.categories()["sex"], ["female", "male"]);
    assert_eq!(model.categories().len(), 2);
    for (file, accuracy) in [("training", 0.95), ("calibration", 0.9), ("test", 0.9)] {
        let found = penguins.accuracy(&penguins.table(file), "species");
        assert!(found >= accuracy, "{file}: {found}: are the codes in another order?");
    }
}

#[test]
fn tables_are_the_complete_rows_of_the_source() {
    let penguins = Example::open("penguins");
    let source = penguins.table("source");
    let cells = |name: &str| source.text(name);
    let columns: Vec<Vec<&str>> = HEADER[1..].iter().map(|name| cells(name)).collect();
    let (mut ids, mut n_rows) = (HashSet::new(), 0);
    for file in ["training", "calibration", "test"] {
        for row in penguins.table(file).cells {
            let number: usize = row[0].strip_prefix('P').unwrap().parse().unwrap();
            assert!(columns.iter().map(|column| column[number - 1]).eq(row[1..].iter()), "{file}: {row:?}");
            assert!(ids.insert(number), "{file}: {} once more", row[0]);
            n_rows += 1;
        }
    }
    let n_complete = source.cells.iter().filter(|row| !row.contains(&"NA".to_owned())).count();
    assert_eq!((n_rows, n_complete, source.cells.len()), (333, 333, 344));
}

#[test]
fn each_year_has_each_species_in_calibration() {
    let penguins = Example::open("penguins");
    for (file, n_least) in [("calibration", 8), ("test", 3)] {
        let table = penguins.table(file);
        let groups: Vec<(&str, &str)> = table.text("year").into_iter().zip(table.text("species")).collect();
        for year in ["2007", "2008", "2009"] {
            for species in penguins.model.classes().unwrap() {
                let n_rows = groups.iter().filter(|group| **group == (year, species.as_str())).count();
                assert!(n_rows >= n_least, "{file}: {n_rows} of {species} in {year}");
            }
        }
    }
}

#[test]
fn edited_rows_give_the_bits_of_dense_rows() {
    let penguins = Example::open("penguins");
    let n_compared = penguins.assert_edited_is_dense(&penguins.features(&penguins.table("test")));
    assert_eq!(n_compared, 3 * (60 + 60 * 6 * 6));
}
