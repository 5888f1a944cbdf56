//! Mondrian calibration: something fitted for each category by itself. It never says what is fitted.

use serde::{Deserialize, Serialize};

use crate::{Error, check};

/// One part per category, or a single part without categories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved<T>")]
pub(crate) struct Mondrian<T> {
    /// Strictly ascending, one per part. Empty: not Mondrian, one part.
    categories: Vec<u32>,
    parts: Vec<T>,
}

/// [`Mondrian`] as it was saved, not yet checked.
#[derive(Deserialize)]
struct Saved<T> {
    categories: Vec<u32>,
    parts: Vec<T>,
}

impl<T> Mondrian<T> {
    /// Fits a part to the rows of each category.
    ///
    /// * `categories`: `[n_rows]`; empty without categories
    /// * `fit`: is handed the positions of a category's rows, ascending, never none
    ///
    /// # Errors
    /// [`Error::Empty`] without rows, [`Error::Shape`] if there are categories and not one per row, and what `fit`
    /// refuses.
    pub(crate) fn fit(
        categories: &[u32],
        n_rows: usize,
        mut fit: impl FnMut(&[usize]) -> Result<T, Error>,
    ) -> Result<Self, Error> {
        let mut rows: Vec<usize> = (0..n_rows).collect();
        check::not_empty("calibration set", &rows)?;
        if categories.is_empty() {
            return Ok(Self { categories: Vec::new(), parts: vec![fit(&rows)?] });
        }
        check::length("Mondrian categories", n_rows, categories.len())?;
        rows.sort_by_key(|&row_idx| categories[row_idx]);
        let mut mondrian = Self { categories: Vec::new(), parts: Vec::new() };
        for rows in rows.chunk_by(|&a, &b| categories[a] == categories[b]) {
            mondrian.categories.push(categories[rows[0]]);
            mondrian.parts.push(fit(rows)?);
        }
        Ok(mondrian)
    }

    /// The categories, ascending; none where calibration is not Mondrian.
    pub(crate) fn categories(&self) -> &[u32] {
        &self.categories
    }

    /// All parts, in the order of their categories, at least one.
    pub(crate) fn parts(&self) -> &[T] {
        &self.parts
    }

    /// The position of the part that answers for a category, in O(log of their number).
    ///
    /// # Errors
    /// [`Error::Invalid`] for a category that the calibration set lacks, for none where calibration is Mondrian, and for
    /// one where it is not.
    pub(crate) fn part_idx(&self, category: Option<u32>) -> Result<usize, Error> {
        match category {
            None if self.categories.is_empty() => Ok(0),
            Some(category) if !self.categories.is_empty() => self.categories.binary_search(&category).map_err(|_| {
                refused(format!(
                    "is {category}, which the calibration set has no row of: calibrate with rows of it, or give the \
                     instance one of the {} known categories",
                    self.categories.len()
                ))
            }),
            None => Err(refused("is missing: calibration is Mondrian, so each instance needs one".into())),
            Some(category) => Err(refused(format!("is {category}, but calibration is not Mondrian: leave it out"))),
        }
    }

    /// The part that answers for a category.
    ///
    /// # Errors
    /// Those of [`Mondrian::part_idx`].
    pub(crate) fn part(&self, category: Option<u32>) -> Result<&T, Error> {
        self.part_idx(category).map(|part_idx| &self.parts[part_idx])
    }
}

fn refused(why: String) -> Error {
    Error::Invalid { what: "Mondrian category", why }
}

impl<T> TryFrom<Saved<T>> for Mondrian<T> {
    type Error = Error;

    fn try_from(Saved { categories, parts }: Saved<T>) -> Result<Self, Error> {
        check::length("saved Mondrian parts", categories.len().max(1), parts.len())?;
        check::rule("saved Mondrian categories", categories.is_sorted_by(|a, b| a < b), || {
            "are not strictly ascending".into()
        })?;
        Ok(Self { categories, parts })
    }
}

#[cfg(test)]
mod tests {
    use super::Mondrian;
    use crate::Error;

    fn rows(categories: &[u32], n_rows: usize) -> Result<Mondrian<Vec<usize>>, Error> {
        Mondrian::fit(categories, n_rows, |rows| Ok(rows.to_vec()))
    }

    #[test]
    fn rows_go_to_the_part_of_their_category_in_their_order() {
        let mondrian = rows(&[7, 2, 7, 2, 9], 5).unwrap();
        assert_eq!(mondrian.categories(), [2, 7, 9]);
        assert_eq!(mondrian.parts(), [vec![1, 3], vec![0, 2], vec![4]]);
        assert_eq!(mondrian.part(Some(7)), Ok(&vec![0, 2]));
    }

    #[test]
    fn without_categories_one_part_has_every_row() {
        assert_eq!(rows(&[], 3).unwrap().part(None), Ok(&vec![0, 1, 2]));
    }

    #[test]
    fn a_category_must_be_known_and_given_exactly_where_calibration_is_mondrian() {
        let mondrian = rows(&[1, 3], 2).unwrap();
        let unknown = mondrian.part(Some(2)).unwrap_err().to_string();
        assert!(unknown.starts_with("Mondrian category: is 2, which the calibration set has no row of"), "{unknown}");
        assert!(mondrian.part(None).unwrap_err().to_string().contains("is missing"));
        assert!(rows(&[], 2).unwrap().part(Some(1)).unwrap_err().to_string().contains("not Mondrian"));
    }

    #[test]
    fn input_is_checked_at_the_door() {
        assert_eq!(rows(&[], 0), Err(Error::Empty { what: "calibration set" }));
        assert_eq!(rows(&[1], 2), Err(Error::Shape { what: "Mondrian categories", expected: 2, found: 1 }));
    }

    #[test]
    fn damaged_parts_are_refused() {
        let restored = |text| serde_json::from_str::<Mondrian<u8>>(text).is_ok();
        assert!(restored(r#"{"categories": [], "parts": [1]}"#));
        assert!(restored(r#"{"categories": [1, 4], "parts": [1, 2]}"#));
        for damaged in [
            r#"{"categories": [], "parts": []}"#,
            r#"{"categories": [], "parts": [1, 2]}"#,
            r#"{"categories": [1], "parts": [1, 2]}"#,
            r#"{"categories": [4, 1], "parts": [1, 2]}"#,
            r#"{"categories": [4, 4], "parts": [1, 2]}"#,
        ] {
            assert!(!restored(damaged), "{damaged}");
        }
    }
}
