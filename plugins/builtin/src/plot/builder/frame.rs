//! The range of an axis. It looks at finite numbers only: what is infinite runs off the edge.

use crate::plot::spec::Axis;

/// Room on either side, as a part of the range.
const PADDING: f64 = 0.06;

/// A range that holds zero and every finite number. Nothing but zeros: -1 to 1.
pub(super) fn around_zero(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite() && value.abs() <= Axis::LIMIT / 4.0);
    let (low, high) = finite.fold((0.0f64, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
    if high - low < 8.0 / Axis::LIMIT { (-1.0, 1.0) } else { padded(low, high) }
}

/// A range that holds every finite number. One number: a little room around it. None: -1 to 1.
pub(super) fn around(values: &[f64]) -> (f64, f64) {
    let finite = values.iter().copied().filter(|value| value.is_finite() && value.abs() <= Axis::LIMIT / 4.0);
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), value| (l.min(value), h.max(value)));
    if low > high {
        return (-1.0, 1.0);
    }
    // Below this width neighbouring pixels would be the same number.
    let narrowest = (low.abs().max(high.abs()) * 1e-9).max(8.0 / Axis::LIMIT);
    if high - low > narrowest {
        return padded(low, high);
    }
    let room = if low == 0.0 && high == 0.0 { 1.0 } else { (low.abs() * 0.1).max(8.0 / Axis::LIMIT) };
    (low - room, high + room)
}

fn padded(low: f64, high: f64) -> (f64, f64) {
    let padding = (high - low) * PADDING;
    (low - padding, high + padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_can_always_be_drawn() {
        let odd = [0.0, -0.0, 1e-9, -1e-320, 5e-324, 1e15, f64::MAX, f64::MIN, f64::NAN, f64::INFINITY, -3.5, 1e299];
        for a in odd {
            for b in odd {
                for (low, high) in [around_zero([a, b].into_iter()), around(&[a, b])] {
                    assert!(low.abs() <= Axis::LIMIT && high.abs() <= Axis::LIMIT, "{a} {b}");
                    assert!(high - low >= 1.0 / Axis::LIMIT, "{a} {b}: {low} {high}");
                }
                let (low, high) = around_zero([a, b].into_iter());
                assert!(low <= 0.0 && high >= 0.0, "{a} {b}");
            }
        }
    }
}
