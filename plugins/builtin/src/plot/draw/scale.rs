//! Where on the picture a number of an axis lies. It cuts off what lies outside and says so.

use crate::plot::spec::Axis;

/// An axis laid out between two horizontal positions. The spec has made sure that the range can be drawn.
#[derive(Clone, Copy, Debug)]
pub(in crate::plot) struct Scale {
    pub(in crate::plot) left: f64,
    pub(in crate::plot) right: f64,
    low: f64,
    /// The value that lies exactly at `x0`.
    pub(in crate::plot) v0: f64,
    pub(in crate::plot) x0: f64,
    /// Pixels per unit.
    pub(in crate::plot) scale: f64,
}

/// A stretch of the axis in pixels, and the edges that it runs over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::plot) struct Span {
    pub(in crate::plot) from: f64,
    pub(in crate::plot) to: f64,
    pub(in crate::plot) beyond_left: bool,
    pub(in crate::plot) beyond_right: bool,
}

impl Scale {
    /// `v0` is zero where the axis shows zero, else its low end: far from zero, positions counted from it lose digits.
    pub(in crate::plot) fn new(axis: &Axis, left: f64, right: f64) -> Self {
        let scale = (right - left) / (axis.high - axis.low);
        let v0 = if axis.low <= 0.0 && axis.high >= 0.0 { 0.0 } else { axis.low };
        Self { left, right, low: axis.low, v0, x0: left + (v0 - axis.low) * scale, scale }
    }

    /// The position of a value that is not NaN, cut off at the edges.
    pub(in crate::plot) fn position(&self, value: f64) -> f64 {
        // Zero times infinity cannot arise: the scale is finite and above zero.
        (self.left + (value - self.low) * self.scale).clamp(self.left, self.right)
    }

    /// The stretch between two values in either order; none if one is NaN.
    pub(in crate::plot) fn span(&self, a: f64, b: f64) -> Option<Span> {
        if a.is_nan() || b.is_nan() {
            return None;
        }
        let (low, high) = (a.min(b), a.max(b));
        // A hundredth of a pixel is not worth a marker: the value 1 on an axis that ends at 1 lies inside.
        let outside = |value: f64| {
            let x = self.left + (value - self.low) * self.scale;
            (x < self.left - 0.01, x > self.right + 0.01)
        };
        Some(Span {
            from: self.position(low),
            to: self.position(high),
            beyond_left: outside(low).0 || outside(high).0,
            beyond_right: outside(low).1 || outside(high).1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_cut_and_marked() {
        let scale = Scale::new(&Axis { label: String::new(), low: -1.0, high: 1.0 }, 100.0, 300.0);
        let span = |from, to, beyond_left, beyond_right| Some(Span { from, to, beyond_left, beyond_right });
        assert_eq!(scale.span(0.5, -0.5), span(150.0, 250.0, false, false));
        assert_eq!(scale.span(f64::NEG_INFINITY, 1.0), span(100.0, 300.0, true, false));
        assert_eq!(scale.span(f64::INFINITY, f64::MAX), span(300.0, 300.0, false, true));
        assert_eq!(scale.span(f64::NAN, 1.0), None);
    }
}
