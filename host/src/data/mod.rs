//! Files become checked matrices: a CSV file is a [`Table`], and an [`Expectation`] turns tables into [`Features`].
//! Nothing is filled in, dropped or converted in silence, and no plugin runs here.
//!
//! ```
//! use ce_host::data::{Expectation, ModelColumns, Roles, Table, class_indices};
//!
//! let calibration = Table::from_csv_slice("cal.csv", b"age,dose,y\n40,1.5,no\n61,2,yes\n")?;
//! let data = Table::from_csv_slice("new.csv", b"dose,age\n1,50\n")?;
//! let model = ModelColumns {
//!     feature_names: vec!["age".to_owned(), "dose".to_owned()],
//!     ..ModelColumns::default()
//! };
//!
//! let expectation = Expectation::new(&model, &Roles::with_target("y"), &calibration)?;
//! assert_eq!(expectation.features(&calibration)?.x(), [40.0, 1.5, 61.0, 2.0]);
//! assert_eq!(expectation.features(&data)?.x(), [50.0, 1.0]);
//! assert_eq!(class_indices(&calibration, "y", &["no".to_owned(), "yes".to_owned()])?, [0, 1]);
//! # Ok::<(), ce_host::data::DataError>(())
//! ```

mod bins;
mod category_labels;
mod cell;
mod csv;
mod error;
mod error_code;
mod expectation;
mod features;
mod ignored;
mod labels;
mod limits;
mod phrase;
mod place;
mod quote;
mod records;
mod roles;
mod selection;
mod table;
mod target;
mod warning;

pub use bins::Bins;
pub use category_labels::{CATEGORY_CODE_MAX, CategoryLabels, LabelsError};
pub use csv::read_bytes;
pub use error::{DataError, MissingColumn};
pub use expectation::{Expectation, ModelColumns};
pub use features::Features;
pub use ignored::{ignored_features, ignored_in_each};
pub use labels::Labels;
pub use limits::{CELL_BYTES_MAX, COLUMNS_MAX, FILE_BYTES_MAX, ROWS_MAX};
pub use place::Place;
pub use roles::{Role, Roles};
pub use selection::RowSelection;
pub use table::Table;
pub use target::{class_indices, target_values};
pub use warning::DataWarning;

#[cfg(test)]
mod csv_tests;
#[cfg(test)]
mod expectation_tests;
