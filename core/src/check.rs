//! The checks at the door that several modules share. They never repair an input: they name what is wrong with it.

use crate::Error;

/// `Empty` if there is nothing in `values`.
pub(crate) fn not_empty<T>(what: &'static str, values: &[T]) -> Result<(), Error> {
    if values.is_empty() { Err(Error::Empty { what }) } else { Ok(()) }
}

/// `Shape` if `found` is not `expected`.
pub(crate) fn length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Shape { what, expected, found }) }
}

/// `NotFinite` for the first entry that is NaN or infinite.
pub(crate) fn finite(what: &'static str, values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(row_idx) => Err(Error::NotFinite { what, row_idx, value: values[row_idx] }),
    }
}

/// `OutOfRange` for the first index that is not below `limit`.
pub(crate) fn below(what: &'static str, limit: usize, indices: &[usize]) -> Result<(), Error> {
    match indices.iter().find(|&&index| index >= limit) {
        None => Ok(()),
        Some(&found) => Err(Error::OutOfRange { what, found, limit }),
    }
}

/// Which of `limit` positions `indices` name, `[limit]`; `OutOfRange` as for [`below`].
pub(crate) fn marked(what: &'static str, limit: usize, indices: &[usize]) -> Result<Vec<bool>, Error> {
    below(what, limit, indices)?;
    let mut marked = vec![false; limit];
    indices.iter().for_each(|&index| marked[index] = true);
    Ok(marked)
}

/// `OutOfRange` for the first class label that is not below `n_classes`.
pub(crate) fn labels(labels: &[u32], n_classes: usize) -> Result<(), Error> {
    match labels.iter().find(|&&label| label as usize >= n_classes) {
        None => Ok(()),
        Some(&found) => Err(Error::OutOfRange { what: "class label", found: found as usize, limit: n_classes }),
    }
}

/// `Invalid` with the given reason, unless `holds`.
pub(crate) fn rule(what: &'static str, holds: bool, why: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Invalid { what, why: why() }) }
}
