//! A golden case as a user would meet it: a portable model, a calibration set, instances, and what the package answered.

use std::collections::BTreeMap;
use std::path::Path;

use ce_host::bundle::Digest;
use ce_host::config::{Environment, Placement, Slot};
use ce_host::plugin_api::data::Matrix;
use ce_host::{CalibrationSet, Explainer, ExplainerBuilder, Host, Instances, Model};
use ce_tests::{fast_bundle, workspace_root};
use serde_json::{Value, json};

/// Every case that there are golden numbers for.
pub(crate) const CASES: [&str; 12] = [
    "binary_breastcancer_analytic",
    "binary_breastcancer_forest",
    "binary_categorical_analytic",
    "binary_categorical_forest",
    "mondrian_binary_breastcancer_analytic",
    "mondrian_binary_breastcancer_forest",
    "mondrian_regression_diabetes_analytic",
    "mondrian_regression_diabetes_forest",
    "multiclass_wine_analytic",
    "multiclass_wine_forest",
    "regression_diabetes_analytic",
    "regression_diabetes_forest",
];

/// A problem, with the package's answers.
pub(crate) struct Golden {
    pub(crate) name: &'static str,
    pub(crate) input: Value,
    pub(crate) expected: Value,
    x: Vec<f64>,
    n_features: usize,
}

impl Golden {
    pub(crate) fn read(name: &'static str) -> Self {
        let input = read(&format!("{name}.input"));
        let (x, n_features) = matrix(&input["x_test"]);
        Self { name, expected: read(&format!("{name}.out.v1.0.2")), x, n_features, input }
    }

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        CASES.into_iter().map(Self::read)
    }

    pub(crate) fn is_regression(&self) -> bool {
        self.input["task"] == "regression"
    }

    pub(crate) fn is_categorical(&self) -> bool {
        !self.input["categorical_features"].as_array().unwrap().is_empty()
    }

    /// Explanations of a mode in the form of `out`, or of its mended or corrected twin where there is one.
    pub(crate) fn explanations(&self, key: &str) -> Value {
        match key {
            "factual" | "alternatives" | "fast" if self.name.starts_with("multiclass") => {
                read(&format!("{}.mended", self.name))[key].clone()
            }
            "alternatives" if self.is_categorical() => {
                let corrected = read(&format!("{}.corrected_alternatives.v1.0.2", self.name));
                let bases = self.expected[key].as_array().unwrap().iter().map(|one| &one["base"]);
                let rules = corrected["alternatives"].as_array().unwrap();
                bases.zip(rules).map(|(base, rules)| json!({ "base": base, "rules": rules })).collect()
            }
            _ => self.expected[key].clone(),
        }
    }

    /// Features whose cut points hang on rounding noise there.
    pub(crate) fn ambiguous(&self, discretizer: &str) -> Vec<usize> {
        let features = self.expected[discretizer].as_object().unwrap().iter();
        features.filter(|(_, cuts)| cuts["ambiguous"] == true).map(|(feature, _)| feature.parse().unwrap()).collect()
    }

    /// The way that a user goes: a portable model, a calibration set, and the FAST bundle for mode fast.
    pub(crate) fn explainer(&self) -> Explainer {
        self.builder(&host()).build().unwrap()
    }

    pub(crate) fn builder(&self, host: &Host) -> ExplainerBuilder {
        host.explainer(model(host, &self.input), set(&self.input)).seed(self.input["seed"].as_u64().unwrap())
    }

    pub(crate) fn instances(&self) -> Instances<'_> {
        let x = Matrix::new(&self.x, self.x.len() / self.n_features, self.n_features).unwrap();
        match bins(&self.input["bins_test"]) {
            Some(bins) => Instances::new(x).mondrian_categories(bins),
            None => Instances::new(x),
        }
    }

    /// Number of instances.
    pub(crate) fn len(&self) -> usize {
        self.x.len() / self.n_features
    }
}

fn read(name: &str) -> Value {
    let path = Path::new(&workspace_root()).join("tests/fixtures/golden").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// A host with the FAST bundle.
pub(crate) fn host() -> Host {
    let bundle = fast_bundle();
    let digest = Digest::of(&std::fs::read(&bundle).unwrap());
    let plugins = tempfile::tempdir().unwrap();
    std::fs::copy(&bundle, plugins.path().join(bundle.file_name().unwrap())).unwrap();
    Host::builder()
        .environment(Environment::from_vars(Vec::<(String, String)>::new()).unwrap())
        .working_dir(plugins.path())
        .plugins_dir(plugins.path())
        .trust_digest(digest)
        .isolation("default", Placement::InProcess)
        .choose(Slot::Interval, "core.interval.legacy")
        .build()
        .unwrap()
}

pub(crate) fn model(host: &Host, input: &Value) -> Model {
    let mut model = json!({
        "format": "ce-model/1", "task": input["task"], "decimals": 6, "feature_names": input["feature_names"],
        "model": input["model"],
    });
    if input["task"] == "regression" {
        return host.open_model(model.to_string().as_bytes(), None).unwrap();
    }
    model["task"] = json!("classification");
    let n_classes = input["model_outputs"]["test"][0].as_array().unwrap().len();
    model["classes"] = (0..n_classes).map(|class| json!(class.to_string())).collect();
    host.open_model(model.to_string().as_bytes(), None).unwrap()
}

pub(crate) fn set(input: &Value) -> CalibrationSet {
    let (x, n_features) = matrix(&input["x_cal"]);
    let y = input["y_cal"].as_array().unwrap().iter().map(|y| y.as_f64().unwrap()).collect();
    let categorical = input["categorical_features"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap() as usize);
    let set = CalibrationSet::new(x, y, n_features)
        .unwrap()
        .categorical(categorical.collect())
        .categories(categories(&input["categorical_labels"]));
    match bins(&input["bins_cal"]) {
        Some(bins) => set.mondrian_categories(bins),
        None => set,
    }
}

fn bins(bins: &Value) -> Option<Vec<String>> {
    Some(bins.as_array()?.iter().map(ToString::to_string).collect())
}

/// `{"2": {"0": "lo", "1": "hi"}}` as lists of labels by column.
fn categories(labels: &Value) -> BTreeMap<usize, Vec<String>> {
    let Some(columns) = labels.as_object() else { return BTreeMap::new() };
    let list = |labels: &Value| {
        let by_code = labels.as_object().unwrap();
        (0..by_code.len()).map(|code| by_code[&code.to_string()].as_str().unwrap().to_owned()).collect()
    };
    columns.iter().map(|(column, labels)| (column.parse().unwrap(), list(labels))).collect()
}

pub(crate) fn matrix(rows: &Value) -> (Vec<f64>, usize) {
    let rows = rows.as_array().unwrap();
    let n_features = rows[0].as_array().unwrap().len();
    (rows.iter().flat_map(|row| row.as_array().unwrap()).map(|value| value.as_f64().unwrap()).collect(), n_features)
}
