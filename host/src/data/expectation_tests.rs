//! What fits a model and what does not.

use std::collections::BTreeMap;

use super::{CategoryLabels, DataError, DataWarning, Expectation, Features, ModelColumns, Roles, Table};

fn table(name: &str, text: &str) -> Table {
    Table::from_csv_slice(name, text.as_bytes()).unwrap()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn named(names: &[&str]) -> ModelColumns {
    ModelColumns { n_features: Some(names.len()), feature_names: texts(names), ..ModelColumns::default() }
}

fn with_islands() -> ModelColumns {
    let categories = BTreeMap::from([("island".to_owned(), texts(&["Torgersen", "Biscoe"]))]);
    ModelColumns { categories, ..named(&["mass", "island"]) }
}

/// The features of the calibration file, with the target `y`.
fn calibrate(model: &ModelColumns, text: &str) -> Result<Features, DataError> {
    let calibration = table("cal.csv", text);
    Expectation::new(model, &Roles::with_target("y"), &calibration)?.features(&calibration)
}

/// The features of a data file, with a calibration file that fits.
fn explain(model: &ModelColumns, calibration: &str, data: &str) -> Result<Features, DataError> {
    Expectation::new(model, &Roles::with_target("y"), &table("cal.csv", calibration))?.features(&table("new.csv", data))
}

fn fault(result: Result<Features, DataError>) -> (&'static str, String) {
    let error = result.unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn columns_are_matched_by_name_and_the_target_may_be_absent() {
    let features = explain(&named(&["b", "a"]), "a,b,y\n1,2,0\n3,4,1\n", "y,a,b\n0,5,6\n").unwrap();
    assert_eq!((features.x(), features.names()), (&[6.0, 5.0][..], &texts(&["b", "a"])[..]));
    let features = explain(&named(&["b", "a"]), "a,b,y\n1,2,0\n3,4,1\n", "a,b\n5,6\n7,8\n").unwrap();
    assert_eq!((features.n_rows(), features.n_features(), features.row(1)), (2, 2, &[8.0, 7.0][..]));
    assert!(features.categorical().is_empty() && features.warnings().is_empty());
    assert_eq!(features.into_x(), [6.0, 5.0, 8.0, 7.0]);
}

#[test]
fn without_names_the_calibration_file_decides_and_the_data_file_follows() {
    let model = ModelColumns { n_features: Some(2), ..ModelColumns::default() };
    let features = explain(&model, "y,b,a\n0,1,2\n0,1,2\n", "a,b\n5,6\n").unwrap();
    assert_eq!((features.x(), features.names()), (&[6.0, 5.0][..], &texts(&["b", "a"])[..]));

    let (code, message) = fault(calibrate(&model, "y,b\n0,1\n0,1\n"));
    assert_eq!(code, "data.feature_count");
    assert!(
        message.starts_with("cal.csv has 1 column beside `y`, expected 2, as many as the model has features"),
        "{message}"
    );
    assert_eq!(fault(calibrate(&ModelColumns::default(), "y\n0\n1\n")).0, "data.feature_count");
}

#[test]
fn columns_with_a_role_are_no_features() {
    let roles = Roles {
        identifier: Some("id".into()),
        bins: Some("bin".into()),
        ignored: texts(&["note"]),
        ..Roles::with_target("y")
    };
    let calibration = table("cal.csv", "id,a,y,bin,note\nr1,1,0,x,NA\nr2,2,1,x,\n");
    let expectation = Expectation::new(&named(&["a"]), &roles, &calibration).unwrap();
    assert_eq!(expectation.features(&calibration).unwrap().x(), [1.0, 2.0]);
    assert_eq!(Expectation::new(&ModelColumns::default(), &roles, &calibration).unwrap().names(), ["a"]);

    let error = Expectation::new(&named(&["a", "id"]), &roles, &calibration).unwrap_err();
    assert_eq!(error.code(), "data.role_is_feature");
    assert_eq!(
        error.to_string(),
        "`id` is a feature of the model and cannot be the identifier (--id-column): name another column"
    );
}

#[test]
fn missing_columns_are_listed_at_once_with_the_nearest_name() {
    let model = named(&["mean radius", "mean area", "worst area"]);
    assert_eq!(
        fault(calibrate(&model, "mean_radius,mean area,z,y\n1,2,3,0\n1,2,3,0\n")),
        (
            "data.missing_columns",
            "cal.csv lacks the columns `mean radius` (found `mean_radius`), `worst area`: add or rename them"
                .to_owned()
        )
    );
    let (code, message) = fault(explain(&named(&["a"]), "a,y\n1,0\n1,0\n", "y\n0\n"));
    assert_eq!((code, message.as_str()), ("data.missing_columns", "new.csv lacks the column `a`: add or rename them"));
}

#[test]
fn extra_columns_are_listed_at_once_with_the_remedy() {
    assert_eq!(
        fault(explain(&named(&["a"]), "a,y\n1,0\n1,0\n", "p,a,q\n0,1,2\n")),
        (
            "data.extra_columns",
            "new.csv has the extra columns `p`, `q`: remove them, or name them in `--ignore-columns`".to_owned()
        )
    );
    assert_eq!(fault(calibrate(&named(&["a"]), "a,b,y\n1,0,0\n1,0,0\n")).0, "data.extra_columns");
}

#[test]
fn the_target_must_be_in_the_calibration_file() {
    let (code, message) = fault(calibrate(&named(&["a"]), "a,Y\n1,0\n1,0\n"));
    assert_eq!(code, "data.missing_target");
    assert_eq!(
        message,
        "cal.csv has no column `y`, the target (--target), did you mean `Y`?: correct the name or add the column"
    );
}

#[test]
fn calibration_needs_two_rows_and_data_one() {
    assert_eq!(
        fault(calibrate(&named(&["a"]), "a,y\n1,0\n")),
        (
            "data.too_few_rows",
            "cal.csv has 1 row, calibration needs at least 2: add rows that the model was not trained on".to_owned()
        )
    );
    assert_eq!(explain(&named(&["a"]), "a,y\n1,0\n2,0\n", "a\n5\n").unwrap().n_rows(), 1);
}

#[test]
fn a_cell_that_is_no_finite_number_is_an_error_with_its_place() {
    for (cell, code, message) in [
        (
            "abc",
            "data.not_number",
            "expected a number such as 1.5, found `abc`: correct the cell, or remove or impute the row",
        ),
        (
            "\"1,5\"",
            "data.not_number",
            "expected a number such as 1.5, found `1,5`: correct the cell, or remove or impute the row",
        ),
        (
            "",
            "data.missing_value",
            "expected a value, found an empty cell: remove or impute the row, the method needs all values",
        ),
        (
            "NA",
            "data.missing_value",
            "expected a value, found `NA`: remove or impute the row, the method needs all values",
        ),
        (
            "nan",
            "data.missing_value",
            "expected a value, found `nan`: remove or impute the row, the method needs all values",
        ),
        (
            "-inf",
            "data.not_finite",
            "expected a finite number, found `-inf`: remove or impute the row, the method needs finite values",
        ),
        (
            "1e999",
            "data.not_finite",
            "expected a finite number, found `1e999`: remove or impute the row, the method needs finite values",
        ),
    ] {
        let found = fault(explain(&named(&["a", "b"]), "a,b,y\n1,2,0\n3,4,1\n", &format!("b,a\n1,2\n3,{cell}\n")));
        assert_eq!(found, (code, format!("new.csv:3: row 1, column `a`: {message}")));
        let (code_in_calibration, message) = fault(calibrate(&named(&["a"]), &format!("a,y\n1,0\n{cell},0\n")));
        assert_eq!(code_in_calibration, code);
        assert!(message.starts_with("cal.csv:3: row 1, column `a`: "), "{message}");
    }
}

#[test]
fn text_is_encoded_in_the_order_of_the_model() {
    let calibration = "mass,island,y\n1,Biscoe,0\n2,Torgersen,1\n";
    let features = explain(&with_islands(), calibration, "island,mass\nTorgersen,5\nBiscoe,6\n").unwrap();
    assert_eq!(features.x(), [5.0, 0.0, 6.0, 1.0]);
    assert_eq!(features.categorical(), [1]);
    assert_eq!(features.categories()[&1], ["Torgersen", "Biscoe"]);
    assert!(features.warnings().is_empty());
}

#[test]
fn an_unseen_category_is_an_error_with_the_known_ones() {
    let calibration = "mass,island,y\n1,Biscoe,0\n2,Biscoe,1\n";
    assert_eq!(
        fault(explain(&with_islands(), calibration, "mass,island\n1,Dream\n")),
        (
            "data.unknown_category",
            "new.csv:2: row 0, column `island`: expected a known category, found `Dream` (known: `Torgersen`, `Biscoe`): \
             correct the cell or remove the row"
                .to_owned()
        )
    );
    assert_eq!(fault(explain(&with_islands(), calibration, "mass,island\n1,NA\n")).0, "data.missing_value");
    assert_eq!(fault(calibrate(&with_islands(), "mass,island,y\n1,Biscoe,0\n2,Dream,1\n")).0, "data.unknown_category");
}

#[test]
fn what_stands_for_missing_is_a_category_where_the_model_says_so() {
    let categories = BTreeMap::from([("region".to_owned(), texts(&["EU", "NA", ""]))]);
    let model = ModelColumns { categories, ..named(&["region"]) };
    assert_eq!(calibrate(&model, "region,y\nNA,0\n\"\",1\nEU,1\n").unwrap().x(), [1.0, 2.0, 0.0]);
}

#[test]
fn categories_that_are_numbers_are_found_by_value() {
    let categories = BTreeMap::from([("class".to_owned(), texts(&["3", "1"]))]);
    let model = ModelColumns { categories, ..named(&["class"]) };
    assert_eq!(calibrate(&model, "class,y\n1.0,0\n3,1\n").unwrap().x(), [1.0, 0.0]);
}

#[test]
fn text_without_categories_in_the_model_is_sorted_with_a_warning() {
    let calibration = "mass,island,y\n1,Torgersen,0\n2,Biscoe,1\n3,Dream,1\n";
    let model = named(&["mass", "island"]);
    let features = explain(&model, calibration, "island,mass\nDream,9\n").unwrap();
    assert_eq!((features.x(), features.categorical()), (&[9.0, 1.0][..], &[1][..]));
    assert_eq!(features.categories()[&1], ["Biscoe", "Dream", "Torgersen"]);
    let sorted = texts(&["Biscoe", "Dream", "Torgersen"]);
    assert_eq!(
        features.warnings(),
        [DataWarning::SortedCategories { column: "island".to_owned(), categories: sorted }]
    );
    assert_eq!(features.warnings()[0].code(), "data.sorted_categories");
    let warning = features.warnings()[0].to_string();
    assert!(warning.contains("in sorted order (`Biscoe`, `Dream`, `Torgersen`)"), "{warning}");

    assert_eq!(fault(explain(&model, calibration, "island,mass\nBaltra,9\n")).0, "data.unknown_category");
    assert_eq!(fault(calibrate(&model, "mass,island,y\n1,Torgersen,0\n2,,1\n")).0, "data.missing_value");
}

#[test]
fn a_column_with_a_number_is_numeric_unless_it_was_declared_categorical() {
    let calibration = "a,y\n1,0\nb,1\n2,1\n";
    assert_eq!(fault(calibrate(&named(&["a"]), calibration)).0, "data.not_number");
    let declared = ModelColumns { categorical: texts(&["a"]), ..named(&["a"]) };
    let features = calibrate(&declared, calibration).unwrap();
    assert_eq!((features.x(), features.warnings().len()), (&[0.0, 2.0, 1.0][..], 1));

    let features = calibrate(&declared, "a,y\n7,0\n-2,1\n").unwrap();
    assert_eq!((features.x(), features.categorical()), (&[7.0, -2.0][..], &[0][..]));
    assert!(features.categories().is_empty() && features.warnings().is_empty());
}

#[test]
fn only_features_can_be_categorical() {
    let declared = ModelColumns { categorical: texts(&["b"]), ..named(&["a"]) };
    let (code, message) = fault(calibrate(&declared, "a,y\n1,0\n2,0\n"));
    assert_eq!(code, "data.unknown_feature");
    assert!(message.starts_with("--categorical names `b`, which is no feature"), "{message}");
}

fn labelled(names: &[&str], labels: &str) -> ModelColumns {
    ModelColumns { labels: CategoryLabels::from_json_slice("l.json", labels.as_bytes()).unwrap(), ..named(names) }
}

#[test]
fn codes_with_labels_are_categories_and_gaps_stand_for_themselves() {
    let model = labelled(&["mass", "island"], r#"{"island": {"0": "Biscoe", "2": "Dream"}}"#);
    let features = calibrate(&model, "mass,island,y\n1,2,0\n2,-0,1\n3,7,1\n4, 1.0,0\n").unwrap();
    assert_eq!(features.x(), [1.0, 2.0, 2.0, 0.0, 3.0, 7.0, 4.0, 1.0]);
    assert!(features.x()[3].is_sign_positive(), "one code per category");
    assert_eq!(
        (features.categorical(), &features.categories()[&1][..]),
        (&[1][..], &texts(&["Biscoe", "1.0", "Dream"])[..])
    );
    assert!(features.warnings().is_empty());

    let none = calibrate(&labelled(&["island"], r#"{"island": {}}"#), "island,y\n1,0\n2,1\n").unwrap();
    assert_eq!((none.categorical(), none.categories().len()), (&[0][..], 0), "no label and a category all the same");
}

#[test]
fn a_code_is_a_whole_number_from_0() {
    let model = labelled(&["island"], r#"{"island": {"0": "Biscoe"}}"#);
    for cell in ["1.5", "-1"] {
        assert_eq!(
            fault(calibrate(&model, &format!("island,y\n0,0\n{cell},1\n"))),
            (
                "data.not_code",
                format!(
                    "cal.csv:3: row 1, column `island`: expected the code of a category (a whole number from 0, since \
                     --categorical-labels names the feature), found `{cell}`: correct the cell, or take the feature out of \
                     the labels"
                )
            )
        );
    }
    assert_eq!(fault(calibrate(&model, "island,y\n0,0\nBiscoe,1\n")).0, "data.not_number", "one wrong cell");
}

#[test]
fn labels_are_for_features_that_have_none() {
    let labels = r#"{"island": {"0": "Biscoe"}}"#;
    let (code, message) = fault(calibrate(&labelled(&["islands"], labels), "islands,y\n0,0\n1,1\n"));
    assert_eq!(code, "data.unknown_feature");
    assert_eq!(
        message,
        "l.json names `island`, which is no feature, did you mean `islands`?: correct or remove the name"
    );
    assert_eq!(
        fault(calibrate(&labelled(&["island"], labels), "island,y\nBiscoe,0\nDream,1\n")),
        (
            "data.labels_known",
            "l.json names `island`, whose labels are known already from the texts of its column in cal.csv: remove it \
             from l.json"
                .to_owned()
        )
    );
    let categories = BTreeMap::from([("island".to_owned(), texts(&["0", "1"]))]);
    let model = ModelColumns { categories, ..labelled(&["island"], labels) };
    let (code, message) = fault(calibrate(&model, "island,y\n0,0\n1,1\n"));
    assert_eq!(code, "data.labels_known");
    assert!(message.contains("known already from the model: remove it"), "{message}");
}

/// The features of a data file whose categories must be known from a calibration file.
fn explain_seen(model: &ModelColumns, calibration: &str, data: &str) -> Result<Features, DataError> {
    let calibration = table("cal.csv", calibration);
    let expectation = Expectation::new(model, &Roles::with_target("y"), &calibration)?;
    expectation.seen_features(&table("new.csv", data), &expectation.features(&calibration)?)
}

#[test]
fn a_category_that_no_calibration_row_has_is_an_error_with_the_known_ones() {
    let with_dream = BTreeMap::from([("island".to_owned(), texts(&["Torgersen", "Biscoe", "Dream"]))]);
    let model = ModelColumns { categories: with_dream, ..named(&["mass", "island"]) };
    let calibration = "mass,island,y\n1,Biscoe,0\n2,Torgersen,1\n";
    assert_eq!(
        fault(explain_seen(&model, calibration, "island,mass\nBiscoe,9\nDream,9\n")),
        (
            "data.unseen_category",
            "new.csv:3: row 1, column `island`: expected a category that some calibration row has, found `Dream` (known: \
             `Torgersen`, `Biscoe`): remove the row, or calibrate with such rows"
                .to_owned()
        )
    );
    assert_eq!(explain_seen(&model, calibration, "island,mass\nBiscoe,9\n").unwrap().x(), [9.0, 1.0]);

    let declared = ModelColumns { categorical: texts(&["a"]), ..named(&["a"]) };
    let (code, message) = fault(explain_seen(&declared, "a,y\n2.5,0\n-0,1\n", "a\n0\n2.5\n2\n"));
    assert_eq!(code, "data.unseen_category");
    assert!(message.starts_with("new.csv:4: row 2, column `a`: "), "{message}");
    assert!(message.contains("found `2` (known: `0.0`, `2.5`)"), "{message}");
}

#[test]
fn several_calibration_files_are_as_one() {
    let (first, second) = (table("a.csv", "island,y\nDream,0\nDream,1\n"), table("b.csv", "y,island\n1,Biscoe\n"));
    let roles = Roles::with_target("y");
    let expectation = Expectation::of_all(&named(&["island"]), &roles, &first, &[&second]).unwrap();
    let [one, two] = [&first, &second].map(|table| expectation.features(table).unwrap());
    assert_eq!((one.x(), two.x()), (&[1.0, 1.0][..], &[0.0][..]), "sorted together: Biscoe, Dream");
    let all = one.followed_by(&two);
    assert_eq!((all.x(), all.categories()), (&[1.0, 1.0, 0.0][..], one.categories()));
    expectation.seen_features(&table("new.csv", "island\nBiscoe\n"), &all).unwrap();
    assert!(expectation.seen_features(&table("new.csv", "island\nBiscoe\n"), &one).is_err());
    let other = table("b.csv", "y,islands\n1,Biscoe\n");
    let error = Expectation::of_all(&named(&["island"]), &roles, &first, &[&other]).unwrap_err();
    assert_eq!(error.to_string(), "b.csv lacks the column `island` (found `islands`): add or rename them");
}
