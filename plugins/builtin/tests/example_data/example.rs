//! One example directory, read for a test: its model, its tables and the answers that scikit-learn gave.

use std::collections::HashSet;
use std::path::Path;

use ce_builtin::learner::PortableModel;
use ce_core::{Matrix, Rows};
use serde_json::Value;

/// An example directory.
pub(crate) struct Example {
    name: &'static str,
    pub(crate) model: PortableModel,
}

/// One CSV file.
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    /// `[n_rows][n_columns]`
    pub(crate) cells: Vec<Vec<String>>,
}

impl Example {
    pub(crate) fn open(name: &'static str) -> Self {
        Self { name, model: PortableModel::from_slice(&read(name, "model.json")).unwrap() }
    }

    pub(crate) fn table(&self, file: &str) -> Table {
        let bytes = read(self.name, &format!("{file}.csv"));
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let cells = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
        Table { header, cells }
    }

    /// What `expected.json` holds under `key` for the test file.
    pub(crate) fn expected(&self, key: &str) -> Value {
        let document: Value = serde_json::from_slice(&read(self.name, "expected.json")).unwrap();
        document[key]["test"].clone()
    }

    /// The rows as the model sees them, `[n_rows][n_features]`: columns found by name, categories by their code.
    pub(crate) fn features(&self, table: &Table) -> Vec<Vec<f64>> {
        let names = self.model.feature_names().unwrap();
        let columns: Vec<usize> = names.iter().map(|name| table.column(name)).collect();
        let value = |name: &String, cell: &String| match self.model.categories().get(name) {
            Some(labels) => labels.iter().position(|label| label == cell).unwrap() as f64,
            None => cell.parse().unwrap(),
        };
        let row =
            |cells: &Vec<String>| names.iter().zip(&columns).map(|(name, &idx)| value(name, &cells[idx])).collect();
        table.cells.iter().map(row).collect()
    }

    /// `[n_rows, n_outputs]`
    pub(crate) fn answers(&self, rows: &[Vec<f64>]) -> Vec<f64> {
        let data = rows.concat();
        let base = Matrix::new(&data, rows.len(), self.model.n_features()).unwrap();
        let mut out = vec![f64::NAN; rows.len() * self.model.n_outputs()];
        self.model.predict(Rows::dense(base), &mut out).unwrap();
        out
    }

    /// The share of rows whose most probable class is the target's.
    pub(crate) fn accuracy(&self, table: &Table, target: &str) -> f64 {
        let classes = self.model.classes().unwrap();
        let answers = self.answers(&self.features(table));
        let targets = table.text(target);
        let is_right = |(p, target): &(&[f64], &str)| {
            let best = (0..p.len()).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap();
            classes[best] == *target
        };
        let n_right = answers.chunks_exact(classes.len()).zip(targets).filter(is_right).count();
        n_right as f64 / table.cells.len() as f64
    }

    /// Every row takes, feature by feature, the values of six rows, its own among them. The number of outputs compared.
    pub(crate) fn assert_edited_is_dense(&self, rows: &[Vec<f64>]) -> usize {
        let (n_rows, n_features) = (rows.len(), self.model.n_features());
        let (mut dense, mut row, mut feature, mut value) = (rows.to_vec(), Vec::new(), Vec::new(), Vec::new());
        for row_idx in 0..n_rows {
            for column in 0..n_features {
                for step in 0..6 {
                    let mut edited = rows[row_idx].clone();
                    edited[column] = rows[(row_idx + step * 17) % n_rows][column];
                    row.push(row_idx as u32);
                    feature.push(column as u32);
                    value.push(edited[column]);
                    dense.push(edited);
                }
            }
        }
        let end: Vec<u32> = (1..=row.len() as u32).collect();
        let base = rows.concat();
        let base = Matrix::new(&base, n_rows, n_features).unwrap();
        let mut found = vec![f64::NAN; dense.len() * self.model.n_outputs()];
        self.model.predict(Rows::edited(base, &row, &end, &feature, &value).unwrap(), &mut found).unwrap();
        let expected = self.answers(&dense);
        assert!(found.iter().map(|value| value.to_bits()).eq(expected.iter().map(|value| value.to_bits())));
        found.len()
    }

    /// The three tables have these numbers of rows and this header, and no row stands in two of them.
    pub(crate) fn assert_tables(&self, n_rows: [usize; 3], header: &[&str]) {
        let mut seen = HashSet::new();
        for (file, n_rows) in ["training", "calibration", "test"].into_iter().zip(n_rows) {
            let table = self.table(file);
            assert_eq!(table.header, header, "{file}");
            assert_eq!(table.cells.len(), n_rows, "{file}");
            for cells in table.cells {
                assert!(seen.insert(cells.clone()), "{file}: {cells:?} once more");
            }
        }
    }
}

impl Table {
    fn column(&self, name: &str) -> usize {
        self.header.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column `{name}`"))
    }

    /// The cells of one column.
    pub(crate) fn text(&self, name: &str) -> Vec<&str> {
        let column = self.column(name);
        self.cells.iter().map(|cells| cells[column].as_str()).collect()
    }

    /// The cells of one column as numbers.
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        self.text(name).into_iter().map(|cell| cell.parse().unwrap()).collect()
    }
}

fn read(name: &str, file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data").join(name).join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
