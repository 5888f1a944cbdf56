//! How well calibrated predictions fit the targets that turned out, beside those of the model itself: what calibration
//! bought. Each number is defined in [`crate::analysis::metrics`].

use ce_core::analysis::metrics;
use ce_core::analysis::{Error, Interval, Matrix};
use serde::Serialize;

use super::asked::Asked;
use super::calibrate::AnswerColumns;
use super::quantity::Quantity;
use crate::telemetry::Number;

/// How well the predictions of a batch fit its targets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// Number of instances.
    pub n_instances: usize,
    /// Of the calibrated probabilities; none where values are predicted.
    pub calibrated: Option<OfProbabilities>,
    /// Of the model's own probabilities; none for events and values.
    pub uncalibrated: Option<OfProbabilities>,
    /// The share of targets that lie between their bounds; none for probabilities.
    pub coverage: Option<Number>,
    /// The mean distance between the bounds.
    pub mean_width: Number,
    /// The median distance between the bounds.
    pub median_width: Number,
}

/// How well probabilities fit what turned out; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OfProbabilities {
    /// The Brier score.
    pub brier: Number,
    /// The log loss.
    pub log_loss: Number,
    /// The expected calibration error, over ten bins of equal width: of class 1 of two, of the likeliest of more, of the
    /// event.
    pub expected_calibration_error: Number,
}

/// Measures the answers about instances whose targets are known.
pub(super) fn measure(
    asked: &Asked,
    n_classes: usize,
    scores: &[f64],
    answers: &AnswerColumns,
    targets: &[f64],
) -> Result<Metrics, Error> {
    let intervals: Vec<Interval> = (0..answers.predict.len())
        .map(|row| Interval { predict: answers.predict[row], low: answers.low[row], high: answers.high[row] })
        .collect();
    let (calibrated, uncalibrated, coverage) = match &asked.quantity {
        Quantity::Value(percentiles) => {
            // What stands on a side that was not asked for bounds nothing.
            let open = |interval: &Interval| Interval {
                low: if percentiles.low().is_infinite() { f64::NEG_INFINITY } else { interval.low },
                high: if percentiles.high().is_infinite() { f64::INFINITY } else { interval.high },
                ..*interval
            };
            let bounds: Vec<Interval> = intervals.iter().map(open).collect();
            (None, None, Some(metrics::coverage(&bounds, targets)?))
        }
        Quantity::Class => {
            let classes: Vec<u32> = targets.iter().map(|&target| target as u32).collect();
            let of = |probabilities: &[f64]| of_classes(probabilities, n_classes, &classes);
            (Some(of(&answers.probability)?), Some(of(scores)?), None)
        }
        Quantity::Event(_) | Quantity::EventOfEach(_) => {
            let happened = |(row, &target): (usize, &f64)| {
                asked.quantity.threshold_of(row).is_some_and(|event| event.low() < target && target <= event.high())
            };
            let happened: Vec<bool> = targets.iter().enumerate().map(happened).collect();
            (Some(of_event(&answers.predict, &happened)?), None, None)
        }
    };
    Ok(Metrics {
        n_instances: targets.len(),
        calibrated,
        uncalibrated,
        coverage: coverage.map(Number),
        mean_width: Number(metrics::mean_width(&intervals)?),
        median_width: Number(metrics::median_width(&intervals)?),
    })
}

/// Of `probabilities`, `[n, n_classes]`.
fn of_classes(probabilities: &[f64], n_classes: usize, classes: &[u32]) -> Result<OfProbabilities, Error> {
    if n_classes == 2 {
        let of_one: Vec<f64> = probabilities.chunks_exact(2).map(|row| row[1]).collect();
        let is_one: Vec<bool> = classes.iter().map(|&class| class == 1).collect();
        return of_event(&of_one, &is_one);
    }
    let matrix = Matrix::new(probabilities, classes.len(), n_classes)?;
    Ok(OfProbabilities {
        brier: Number(metrics::brier_multiclass(matrix, classes)?),
        log_loss: Number(metrics::log_loss_multiclass(matrix, classes)?),
        expected_calibration_error: Number(metrics::expected_calibration_error_top(matrix, classes, metrics::N_BINS)?),
    })
}

fn of_event(probabilities: &[f64], happened: &[bool]) -> Result<OfProbabilities, Error> {
    Ok(OfProbabilities {
        brier: Number(metrics::brier(probabilities, happened)?),
        log_loss: Number(metrics::log_loss(probabilities, happened)?),
        expected_calibration_error: Number(metrics::expected_calibration_error(
            probabilities,
            happened,
            metrics::N_BINS,
        )?),
    })
}
