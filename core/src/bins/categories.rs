//! The categories of one feature. It never orders them by anything but their codes.

use serde::{Deserialize, Serialize};

use super::Others;
use crate::{Error, check};

/// The categories of a feature that occur in the calibration data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SavedCategories")]
pub struct Categories {
    values: Vec<f64>,
}

impl Categories {
    /// The categories of a calibration column, `[n_cal]`, finite codes.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows, [`Error::NotFinite`] for the first code that is NaN or infinite.
    pub fn new(column: &[f64]) -> Result<Self, Error> {
        check::not_empty("calibration column", column)?;
        check::finite("calibration column", column)?;
        // Adding zero makes one category of both zeros.
        let mut values: Vec<f64> = column.iter().map(|value| value + 0.0).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        Ok(Self { values })
    }

    /// `[n_categories]`, strictly ascending.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All categories but `value`; all of them if `value` is none.
    #[must_use]
    pub fn others(&self, value: f64) -> Others<'_> {
        let before = self.values.partition_point(|&category| category < value);
        let own = usize::from(self.values.get(before) == Some(&value));
        Others { first: &self.values[..before], second: &self.values[before + own..] }
    }
}

/// [`Categories`] as they come from outside, not yet checked.
#[derive(Deserialize)]
struct SavedCategories {
    values: Vec<f64>,
}

impl TryFrom<SavedCategories> for Categories {
    type Error = Error;

    fn try_from(SavedCategories { values }: SavedCategories) -> Result<Self, Error> {
        check::not_empty("saved categories", &values)?;
        check::finite("saved categories", &values)?;
        check::rule("saved categories", values.is_sorted_by(|a, b| a < b), || "are not strictly ascending".into())?;
        Ok(Self { values })
    }
}

#[cfg(test)]
mod tests {
    use super::Categories;
    use crate::Error;

    #[test]
    fn all_categories_but_the_own_are_asked_about_in_ascending_order() {
        let categories = Categories::new(&[3.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(categories.values(), [1.0, 2.0, 3.0]);
        let others = categories.others(2.0);
        assert_eq!((others.first, others.second, others.len()), (&[1.0][..], &[3.0][..], 2));
    }

    #[test]
    fn an_unknown_category_and_nan_have_all_others() {
        let categories = Categories::new(&[1.0, 2.0]).unwrap();
        assert_eq!([0.0, 1.5, 9.0, f64::NAN].map(|value| categories.others(value).len()), [2; 4]);
    }

    #[test]
    fn both_zeros_are_one_category() {
        let categories = Categories::new(&[0.0, -0.0, 1.0]).unwrap();
        assert_eq!(categories.values(), [0.0, 1.0]);
        assert_eq!(categories.others(-0.0).len(), 1);
    }

    #[test]
    fn input_is_checked_at_the_door() {
        assert_eq!(Categories::new(&[]), Err(Error::Empty { what: "calibration column" }));
        assert!(matches!(Categories::new(&[0.0, f64::INFINITY]), Err(Error::NotFinite { row_idx: 1, .. })));
    }

    #[test]
    fn damaged_categories_are_not_restored() {
        let restored: Categories = serde_json::from_str(r#"{"values":[0.0,1.5]}"#).unwrap();
        assert_eq!(restored.values(), [0.0, 1.5]);
        for damaged in [r#"{"values":[]}"#, r#"{"values":[1.0,1.0]}"#, r#"{"values":[2.0,1.0]}"#] {
            assert!(serde_json::from_str::<Categories>(damaged).is_err(), "{damaged}");
        }
    }
}
