//! The rows to explain or predict, and what the data file says of each. It never reads a file.

use crate::bundle::Digest;
use crate::data::Features;
use crate::plugin_api::data::Matrix;
use crate::{Instances, Threshold};

/// The rows to explain or predict.
#[derive(Debug)]
pub(crate) struct Rows {
    /// `[n_rows, n_features]`
    x: Vec<f64>,
    n_features: usize,
    of_rows: OfRows,
    /// The file's numbers of the rows, where only some were asked for.
    numbers: Option<Vec<usize>>,
    digest: Digest,
}

/// What the file says of each row beside its features, where it says that: an entry per row.
#[derive(Debug, Default)]
pub(crate) struct OfRows {
    pub(crate) ids: Option<Vec<String>>,
    pub(crate) mondrian: Option<Vec<String>>,
    /// The event that is asked about.
    pub(crate) thresholds: Option<Vec<Threshold>>,
    /// The target that turned out.
    pub(crate) targets: Option<Vec<f64>>,
    /// Features that get no rule.
    pub(crate) ignored: Option<Vec<Vec<usize>>>,
}

impl OfRows {
    /// The entries of some rows.
    fn picked(self, rows: &[usize]) -> Self {
        fn of<T: Clone>(entries: Option<Vec<T>>, rows: &[usize]) -> Option<Vec<T>> {
            entries.map(|entries| rows.iter().map(|&row_idx| entries[row_idx].clone()).collect())
        }
        Self {
            ids: of(self.ids, rows),
            mondrian: of(self.mondrian, rows),
            thresholds: of(self.thresholds, rows),
            targets: of(self.targets, rows),
            ignored: of(self.ignored, rows),
        }
    }
}

impl Rows {
    /// The rows of a file, or those that have these numbers.
    pub(crate) fn new(features: Features, of_rows: OfRows, numbers: Option<Vec<usize>>, digest: Digest) -> Self {
        let n_features = features.n_features();
        let Some(picked) = &numbers else {
            return Self { x: features.into_x(), n_features, of_rows, numbers, digest };
        };
        let x = picked.iter().flat_map(|&row_idx| features.row(row_idx)).copied().collect();
        Self { x, n_features, of_rows: of_rows.picked(picked), numbers, digest }
    }

    /// The rows as the library takes them.
    pub(crate) fn instances(&self, batch_id: Option<&String>) -> Instances<'_> {
        let x = Matrix::new(&self.x, self.len(), self.n_features).expect("features are rectangular");
        let (of_rows, instances) = (&self.of_rows, Instances::new(x).file_digest(self.digest));
        let instances = of_rows.ids.iter().cloned().fold(instances, Instances::ids);
        let instances = of_rows.mondrian.iter().cloned().fold(instances, Instances::mondrian_categories);
        let instances = of_rows.thresholds.iter().cloned().fold(instances, Instances::thresholds);
        let instances = of_rows.targets.iter().cloned().fold(instances, Instances::targets);
        let instances = of_rows.ignored.iter().cloned().fold(instances, Instances::ignore_in_each);
        let instances = self.numbers.iter().cloned().fold(instances, Instances::row_numbers);
        batch_id.into_iter().fold(instances, Instances::batch_id)
    }

    /// Number of rows, at least 1.
    pub(crate) fn len(&self) -> usize {
        self.x.len() / self.n_features
    }
}
