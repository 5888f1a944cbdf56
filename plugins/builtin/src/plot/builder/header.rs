//! The prediction as readings: a class and its complement, or a value. It decides the axis above the rules.

use super::explanation::{Prediction, Report};
use super::{Subject, frame};
use crate::plot::spec::{Axis, Header, Reading, Tone};

pub(super) fn header(report: &Report, prediction: &Prediction, subject: &Subject) -> Header {
    match subject {
        Subject::Probability { event, complement } => probability(prediction, event, complement),
        Subject::Value => value(prediction, report.percentiles),
    }
}

fn probability(prediction: &Prediction, event: &str, complement: &str) -> Header {
    let reading = |name: &str, tone, value, low, high| Reading {
        label: format!("Probability of {name}"),
        tone,
        baseline: Some(0.0),
        value,
        low,
        high,
    };
    let Prediction { predict, low, high, .. } = *prediction;
    Header {
        axis: Axis { label: "Calibrated probability".to_owned(), low: 0.0, high: 1.0 },
        interval_label: "calibrated interval".to_owned(),
        readings: vec![
            reading(event, Tone::Positive, predict, low, high),
            reading(complement, Tone::Negative, 1.0 - predict, 1.0 - high, 1.0 - low),
        ],
    }
}

fn value(prediction: &Prediction, percentiles: Option<[f64; 2]>) -> Header {
    let Prediction { predict, low, high, .. } = *prediction;
    let (axis_low, axis_high) = frame::around(&[predict, low, high]);
    Header {
        axis: Axis { label: "Calibrated prediction".to_owned(), low: axis_low, high: axis_high },
        interval_label: interval_label(percentiles),
        readings: vec![Reading {
            label: "Predicted value".to_owned(),
            tone: Tone::Neutral,
            baseline: None,
            value: predict,
            low,
            high,
        }],
    }
}

fn interval_label(percentiles: Option<[f64; 2]>) -> String {
    match percentiles {
        Some([low, high]) if low.is_finite() && high.is_finite() => {
            let confidence = tidy(high - low);
            format!("{confidence} % interval (percentiles {} to {})", tidy(low), tidy(high))
        }
        Some([low, _]) if low.is_finite() => format!("interval from percentile {} upwards", tidy(low)),
        Some([_, high]) if high.is_finite() => format!("interval up to percentile {}", tidy(high)),
        _ => "calibrated interval".to_owned(),
    }
}

/// The number without the noise of its last binary digits.
fn tidy(percentile: f64) -> f64 {
    (percentile * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_named_by_its_percentiles() {
        assert_eq!(interval_label(Some([5.0, 95.0])), "90 % interval (percentiles 5 to 95)");
        assert_eq!(interval_label(Some([2.5, 97.6])), "95.1 % interval (percentiles 2.5 to 97.6)");
        assert_eq!(interval_label(Some([f64::NEG_INFINITY, 90.0])), "interval up to percentile 90");
        assert_eq!(interval_label(Some([10.0, f64::INFINITY])), "interval from percentile 10 upwards");
        assert_eq!(interval_label(None), "calibrated interval");
    }
}
