//! What is explained: the breast-cancer data with its forest, and a small problem with a function as its model.

use std::path::Path;
use std::sync::OnceLock;

use ce_host::bundle::Digest;
use ce_host::data::{Expectation, ModelColumns, Roles, Table, class_indices};
use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::Task;
use ce_host::plugin_api::schema::LearnerInfo;
use ce_host::{CalibrationSet, ExplainerBuilder, Explanations, Host, HostBuilder, Model, Predictions};
use ce_tests::{Scratch, workspace_root};

/// A model, a calibration set, and instances to explain.
#[derive(Debug)]
pub(crate) struct Case {
    model: Vec<u8>,
    calibration: CalibrationSet,
    x: Vec<f64>,
    n_features: usize,
}

impl Case {
    /// 200 calibration rows, 100 instances, 30 features, 100 trees.
    pub(crate) fn breast_cancer() -> &'static Self {
        static CASE: OnceLock<Case> = OnceLock::new();
        CASE.get_or_init(|| {
            let dir = workspace_root().join("examples/data/breast_cancer");
            let model = std::fs::read(dir.join("model.json")).unwrap();
            let host = Host::builder().environment(Default::default()).working_dir(workspace_root()).build().unwrap();
            let info = host.open_model(&model, None).unwrap().info().clone();
            let calibration = Table::from_csv_path(&dir.join("calibration.csv")).unwrap();
            let test = Table::from_csv_path(&dir.join("test.csv")).unwrap();
            let columns = ModelColumns {
                n_features: Some(info.n_features),
                feature_names: info.feature_names.clone(),
                ..ModelColumns::default()
            };
            let expectation = Expectation::new(&columns, &Roles::with_target("diagnosis"), &calibration).unwrap();
            let y = class_indices(&calibration, "diagnosis", &info.classes).unwrap().into_iter().map(f64::from);
            let x = expectation.features(&calibration).unwrap().into_x();
            let calibration = CalibrationSet::new(x, y.collect(), info.n_features).unwrap();
            let x = expectation.features(&test).unwrap().into_x();
            let case = Case { model, calibration, x, n_features: info.n_features };
            assert_eq!((case.calibration.n_rows(), case.n_rows(), case.n_features), (200, 100, 30));
            case
        })
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.x.len() / self.n_features
    }

    pub(crate) fn x(&self) -> Matrix<'_> {
        Matrix::new(&self.x, self.n_rows(), self.n_features).unwrap()
    }

    /// One instance by itself.
    pub(crate) fn row(&self, instance: usize) -> Matrix<'_> {
        Matrix::new(self.x().row(instance), 1, self.n_features).unwrap()
    }

    pub(crate) fn model_bytes(&self) -> &[u8] {
        &self.model
    }

    pub(crate) fn model(&self, host: &Host) -> Model {
        host.open_model(&self.model, None).unwrap()
    }

    pub(crate) fn calibration(&self) -> CalibrationSet {
        self.calibration.clone()
    }

    pub(crate) fn explainer(&self, host: &Host) -> ExplainerBuilder {
        host.explainer(self.model(host), self.calibration()).threads(1)
    }
}

/// A logistic function of three features, with 60 calibration rows and 20 instances.
pub(crate) mod small {
    use super::{CalibrationSet, LearnerInfo, Matrix, Model, Task};

    pub(crate) const N_CALIBRATION: usize = 60;
    pub(crate) const N_INSTANCES: usize = 20;

    pub(crate) fn info() -> LearnerInfo {
        LearnerInfo {
            task: Task::Classification,
            n_features: 3,
            n_outputs: 2,
            classes: vec!["no".to_owned(), "yes".to_owned()],
            feature_names: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            categories: Default::default(),
        }
    }

    /// P(class 1) of a row.
    pub(crate) fn score(row: &[f64]) -> f64 {
        1.0 / (1.0 + (row[1] - row[0] - 0.5 * row[2]).exp())
    }

    pub(crate) fn predict(x: Matrix<'_>, scores: &mut [f64]) {
        for (row, scores) in x.as_slice().chunks_exact(3).zip(scores.chunks_exact_mut(2)) {
            scores[1] = score(row);
            scores[0] = 1.0 - scores[1];
        }
    }

    pub(crate) fn model() -> Model {
        Model::from_fn(info(), |x, scores| {
            predict(x, scores);
            Ok(())
        })
        .unwrap()
    }

    /// Quarters, moved by `offset`: with another offset no row is the same.
    fn rows(n_rows: usize, offset: f64) -> Vec<f64> {
        let value = |row: usize, column: usize| (row * (7 + 4 * column) % 23) as f64 / 4.0 - 2.5 + offset;
        (0..n_rows).flat_map(|row| (0..3).map(move |column| value(row, column))).collect()
    }

    pub(crate) fn calibration() -> CalibrationSet {
        let x = rows(N_CALIBRATION, 0.0);
        let label = |(row_idx, row): (usize, &[f64])| f64::from(score(row) + [0.3, -0.3, 0.1, -0.1][row_idx % 4] > 0.5);
        let y = x.chunks_exact(3).enumerate().map(label).collect();
        CalibrationSet::new(x, y, 3).unwrap()
    }

    /// The instances, `[20, 3]`.
    pub(crate) fn instances() -> Vec<f64> {
        rows(N_INSTANCES, 0.1)
    }

    pub(crate) fn x(instances: &[f64]) -> Matrix<'_> {
        Matrix::new(instances, instances.len() / 3, 3).unwrap()
    }
}

/// Scratch places whose plugins directory holds a bundle, and that bundle's digest.
pub(crate) struct Trusting {
    scratch: Scratch,
    digest: Digest,
}

/// Drops a bundle into a plugins directory, to be trusted by its digest alone.
pub(crate) fn trusting(bundle: &Path) -> Trusting {
    let scratch = Scratch::new();
    scratch.put(bundle.file_name().unwrap().to_str().unwrap(), &std::fs::read(bundle).unwrap());
    Trusting { scratch, digest: Digest::of(&std::fs::read(bundle).unwrap()) }
}

impl Trusting {
    pub(crate) fn host(&self) -> HostBuilder {
        self.scratch.host().trust_digest(self.digest)
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }
}

/// The explanations file.
pub(crate) fn explanations_file(explanations: &Explanations) -> Vec<u8> {
    let mut file = Vec::new();
    explanations.write_json(&mut file).unwrap();
    file
}

/// The predictions file.
pub(crate) fn predictions_file(predictions: &Predictions) -> Vec<u8> {
    let mut file = Vec::new();
    predictions.write_json(&mut file).unwrap();
    file
}
