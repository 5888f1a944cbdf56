//! Proper scores of probabilities: the smaller, the better. They never look at bounds.

use crate::{Error, Matrix, check};

/// The Brier score of an event (Brier 1950, its half): the mean of `(probability - outcome)^2`, in `[0, 1]`.
///
/// * `probability`: `[n_rows]`, of the event
/// * `is_true`: `[n_rows]`, whether it happened
///
/// # Errors
/// [`Error::Empty`] without rows, [`Error::Shape`] if the lengths differ, [`Error::Invalid`] for the first probability
/// outside `[0, 1]`, or NaN.
pub fn brier(probability: &[f64], is_true: &[bool]) -> Result<f64, Error> {
    check_event(probability, is_true)?;
    let square = |(p, &is_true): (&f64, &bool)| (p - f64::from(u8::from(is_true))).powi(2);
    Ok(probability.iter().zip(is_true).map(square).sum::<f64>() / probability.len() as f64)
}

/// The Brier score of classes (Brier 1950): the mean over the rows of the sum over the classes of `(probability - [is
/// the row's class])^2`, in `[0, 2]`; the rows are not checked to sum to 1.
///
/// Of two classes it is twice [`brier`].
///
/// * `probabilities`: `[n_rows, n_classes]`
/// * `labels`: `[n_rows]`, below `n_classes`
///
/// # Errors
/// [`Error::Empty`] without rows or classes, [`Error::Shape`] if there is not one label per row, [`Error::OutOfRange`]
/// for a label that is no class, [`Error::Invalid`] for the first probability outside `[0, 1]`, or NaN.
pub fn brier_multiclass(probabilities: Matrix<'_>, labels: &[u32]) -> Result<f64, Error> {
    check_classes(probabilities, labels)?;
    let row = |(row_idx, &label): (usize, &u32)| -> f64 {
        let outcome = |class: usize| f64::from(u8::from(class == label as usize));
        probabilities.row(row_idx).iter().enumerate().map(|(class, p)| (p - outcome(class)).powi(2)).sum()
    };
    Ok(labels.iter().enumerate().map(row).sum::<f64>() / labels.len() as f64)
}

/// The log loss of an event: the mean of `-ln` of the probability of what happened, in nats.
///
/// Probabilities are clipped to `[e, 1 - e]`, `e` = 2.2e-16 ([`f64::EPSILON`]), so that a sure mistake costs 36.04, not
/// infinitely much.
///
/// * `probability`: `[n_rows]`, of the event
/// * `is_true`: `[n_rows]`, whether it happened
///
/// # Errors
/// Those of [`brier`].
pub fn log_loss(probability: &[f64], is_true: &[bool]) -> Result<f64, Error> {
    check_event(probability, is_true)?;
    let loss = |(&p, &is_true): (&f64, &bool)| cost(if is_true { p } else { 1.0 - p });
    Ok(probability.iter().zip(is_true).map(loss).sum::<f64>() / probability.len() as f64)
}

/// The log loss of classes: the mean of `-ln` of the probability of the row's class, in nats, clipped as in
/// [`log_loss`]; the rows are not checked to sum to 1.
///
/// * `probabilities`: `[n_rows, n_classes]`
/// * `labels`: `[n_rows]`, below `n_classes`
///
/// # Errors
/// Those of [`brier_multiclass`].
pub fn log_loss_multiclass(probabilities: Matrix<'_>, labels: &[u32]) -> Result<f64, Error> {
    check_classes(probabilities, labels)?;
    let loss = |(row_idx, &label): (usize, &u32)| cost(probabilities.row(row_idx)[label as usize]);
    Ok(labels.iter().enumerate().map(loss).sum::<f64>() / labels.len() as f64)
}

fn cost(probability: f64) -> f64 {
    -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

/// At least one row, one outcome for each, and probabilities.
pub(super) fn check_event(probability: &[f64], is_true: &[bool]) -> Result<(), Error> {
    check::not_empty("probabilities", probability)?;
    check::length("outcomes", probability.len(), is_true.len())?;
    check_probabilities(probability, 1)
}

/// At least one row and class, one label for each row, and probabilities.
pub(super) fn check_classes(probabilities: Matrix<'_>, labels: &[u32]) -> Result<(), Error> {
    check::not_empty("probabilities", probabilities.data())?;
    check::length("class labels", probabilities.n_rows(), labels.len())?;
    check::labels(labels, probabilities.n_cols())?;
    check_probabilities(probabilities.data(), probabilities.n_cols())
}

fn check_probabilities(data: &[f64], n_cols: usize) -> Result<(), Error> {
    match data.iter().position(|p| !(0.0..=1.0).contains(p)) {
        None => Ok(()),
        Some(at) => {
            let why = format!("row {} holds {}, expected a probability in [0, 1]", at / n_cols, data[at]);
            Err(Error::Invalid { what: "probabilities", why })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{brier, brier_multiclass, log_loss, log_loss_multiclass};
    use crate::{Error, Matrix};

    #[test]
    fn scores_of_an_event_are_those_of_its_two_classes() {
        let (probability, is_true) = ([0.25, 1.0], [true, true]);
        assert_eq!(brier(&probability, &is_true), Ok(0.28125));
        assert_eq!(log_loss(&probability, &is_true).map(|loss| (loss - 4.0_f64.ln() / 2.0).abs() < 1e-15), Ok(true));
        let classes = Matrix::new(&[0.75, 0.25, 0.0, 1.0], 2, 2).unwrap();
        assert_eq!(brier_multiclass(classes, &[1, 1]), Ok(2.0 * 0.28125));
        assert_eq!(log_loss_multiclass(classes, &[1, 1]), log_loss(&probability, &is_true));
    }

    #[test]
    fn a_sure_mistake_is_expensive_but_finite() {
        let loss = log_loss(&[1.0], &[false]).unwrap();
        assert_eq!(loss, -f64::EPSILON.ln());
        assert!(loss > 36.04 && loss < 36.05);
        assert_eq!(brier(&[1.0], &[false]), Ok(1.0));
    }

    #[test]
    fn what_is_no_probability_or_class_is_refused() {
        for odd in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            let error = brier(&[0.5, odd], &[true, true]).unwrap_err();
            assert!(error.to_string().contains("row 1"), "{error}");
            let classes = [0.5, 0.5, odd, 0.5];
            let error = log_loss_multiclass(Matrix::new(&classes, 2, 2).unwrap(), &[0, 1]).unwrap_err();
            assert!(error.to_string().contains("row 1"), "{error}");
        }
        assert!(matches!(brier(&[], &[]), Err(Error::Empty { .. })));
        assert!(matches!(log_loss(&[0.5], &[]), Err(Error::Shape { .. })));
        let classes = Matrix::new(&[0.5, 0.5], 1, 2).unwrap();
        assert!(matches!(brier_multiclass(classes, &[2]), Err(Error::OutOfRange { .. })));
        assert!(matches!(brier_multiclass(classes, &[0, 0]), Err(Error::Shape { .. })));
        assert!(matches!(brier_multiclass(Matrix::new(&[], 0, 2).unwrap(), &[]), Err(Error::Empty { .. })));
    }
}
