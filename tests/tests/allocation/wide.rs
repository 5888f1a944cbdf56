//! A problem of any size with a linear model that notes which rows it is asked about. It never asserts anything.

use std::sync::{Arc, Mutex, PoisonError};

use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::{Mode, Task};
use ce_host::plugin_api::schema::LearnerInfo;
use ce_host::{CalibrationSet, Explainer, Explanations, Host, Model};

/// The rows of every call, as bits.
pub(crate) type Calls = Arc<Mutex<Vec<Vec<Vec<u64>>>>>;

/// An explainer and what its model was asked.
pub(crate) struct Wide {
    pub(crate) explainer: Explainer,
    pub(crate) n_features: usize,
    calls: Option<Calls>,
}

/// Pseudo-random numbers from -1 to 1, `[n_rows, n_features]`; another `seed`, other numbers.
pub(crate) fn rows(n_rows: usize, n_features: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..n_rows * n_features).map(|_| next()).collect()
}

/// Every feature counts the same, so that every one has its rule.
fn score(row: &[f64]) -> f64 {
    let sum: f64 = row.iter().sum();
    1.0 / (1.0 + (-3.0 * sum / (row.len() as f64).sqrt()).exp())
}

impl Wide {
    /// `chunk_rows`: none for the default; `noting`: keeps every row that the model is asked about.
    pub(crate) fn new(
        host: &Host,
        n_cal: usize,
        n_features: usize,
        chunk_rows: impl Into<Option<usize>>,
        noting: bool,
    ) -> Self {
        let info = LearnerInfo {
            task: Task::Classification,
            n_features,
            n_outputs: 2,
            classes: vec!["no".to_owned(), "yes".to_owned()],
            feature_names: Vec::new(),
            categories: Default::default(),
        };
        let calls = noting.then(Calls::default);
        let noted = calls.clone();
        let model = Model::from_fn(info, move |x: Matrix<'_>, scores: &mut [f64]| {
            for (row, scores) in x.as_slice().chunks_exact(n_features).zip(scores.chunks_exact_mut(2)) {
                let p = score(row);
                scores.copy_from_slice(&[1.0 - p, p]);
            }
            if let Some(calls) = &noted {
                let rows = x.as_slice().chunks_exact(n_features);
                let bits = rows.map(|row| row.iter().map(|value| value.to_bits()).collect()).collect();
                calls.lock().unwrap_or_else(PoisonError::into_inner).push(bits);
            }
            Ok(())
        })
        .unwrap();
        let x = rows(n_cal, n_features, 7);
        let noise = rows(n_cal, 1, 8);
        let label = |(row, noise): (&[f64], &f64)| f64::from(u8::from(score(row) > 0.5 + 0.5 * noise));
        let y = x.chunks_exact(n_features).zip(&noise).map(label).collect();
        let set = CalibrationSet::new(x, y, n_features).unwrap();
        let builder = host.explainer(model, set).threads(1);
        let builder = chunk_rows.into().into_iter().fold(builder, |builder, rows| builder.chunk_rows(rows));
        let explainer = builder.build().unwrap();
        Self { explainer, n_features, calls }
    }

    pub(crate) fn explain(&self, mode: Mode, x: &[f64]) -> Explanations {
        let x = Matrix::new(x, x.len() / self.n_features, self.n_features).unwrap();
        self.explainer.explain(mode, x).unwrap()
    }

    /// The rows that the model was handed since the last time, call by call.
    pub(crate) fn noted(&self) -> Vec<Vec<Vec<u64>>> {
        let calls = self.calls.as_ref().expect("the problem was made to note its rows");
        std::mem::take(&mut *calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How often the model was called so far, and about how many rows, as the host counts them.
    pub(crate) fn asked(&self) -> (u64, u64) {
        self.explainer.model().asked()
    }
}
