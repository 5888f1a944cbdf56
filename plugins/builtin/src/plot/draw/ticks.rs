//! The ticks of an axis: round numbers whose labels fit side by side. Labels are made from whole numbers, so there is no
//! `-0.0`, no rounding noise and no two alike.

/// The ticks that an axis gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::plot) struct Ticks {
    pub(in crate::plot) marks: Vec<Tick>,
    /// The power of ten that all labels are to be multiplied by; 0 for none.
    pub(in crate::plot) exponent: i32,
}

/// One tick.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::plot) struct Tick {
    pub(in crate::plot) value: f64,
    pub(in crate::plot) label: String,
}

/// As many ticks as fit, at most about eight, at a distance of 1, 2 or 5 times a power of ten.
///
/// * `low`, `high`: the range, finite, `low < high`
/// * `px_per_unit`: how far apart two values are drawn
/// * `label_width_px`: the room that a label needs
pub(in crate::plot) fn ticks(low: f64, high: f64, px_per_unit: f64, label_width_px: impl Fn(&str) -> f64) -> Ticks {
    let fits = |ticks: &Ticks| {
        let gap = |pair: &[Tick]| match pair {
            [a, b] => (b.value - a.value) * px_per_unit - (label_width_px(&a.label) + label_width_px(&b.label)) / 2.0,
            _ => f64::INFINITY,
        };
        ticks.marks.windows(2).all(|pair| gap(pair) >= 10.0)
    };
    let candidates = (1..=8u32).rev().map(|n_steps| at_distance(low, high, f64::from(n_steps)));
    let mut fitting = candidates.filter(fits);
    fitting.next().unwrap_or_default()
}

fn at_distance(low: f64, high: f64, n_steps: f64) -> Ticks {
    let raw = (high - low) / n_steps;
    let mut power = raw.log10().floor() as i32;
    let factor = [1i64, 2, 5].into_iter().find(|factor| decimal(*factor, power) >= raw * (1.0 - 1e-9));
    let factor = factor.unwrap_or_else(|| {
        power += 1;
        1
    });
    let step = decimal(factor, power);
    // A value that only rounding has pushed over the end of the range still gets its tick.
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    let exponent = common_exponent(low.abs().max(high.abs()));
    let mut marks: Vec<Tick> = Vec::new();
    for multiple in first..=last.min(first.saturating_add(20)) {
        let count = multiple.saturating_mul(factor);
        let value = decimal(count, power);
        // Where the range is as narrow as floating point itself, neighbours may be the same number.
        if marks.last().is_none_or(|mark| mark.value < value) {
            marks.push(Tick { value, label: label(count, power - exponent) });
        }
    }
    Ticks { marks, exponent }
}

/// `count * 10^power`, correctly rounded.
fn decimal(count: i64, power: i32) -> f64 {
    format!("{count}e{power}").parse().unwrap_or(0.0)
}

/// Very large and very small axes share one power of ten.
fn common_exponent(magnitude: f64) -> i32 {
    let exponent = magnitude.log10().floor() as i32;
    if (-3..7).contains(&exponent) { 0 } else { exponent }
}

/// `count * 10^power` in digits, with a true minus sign.
fn label(count: i64, power: i32) -> String {
    if count == 0 {
        return "0".to_owned();
    }
    let mut digits = count.unsigned_abs().to_string();
    if power >= 0 {
        digits.extend(std::iter::repeat_n('0', power.unsigned_abs() as usize));
    } else {
        let n_decimals = power.unsigned_abs() as usize;
        let missing = (n_decimals + 1).saturating_sub(digits.len());
        digits.insert_str(0, &"0".repeat(missing));
        digits.insert(digits.len() - n_decimals, '.');
    }
    if count < 0 { format!("−{digits}") } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> (Vec<String>, i32) {
        let ticks = ticks(low, high, 420.0 / (high - low), |label| 7.0 * label.chars().count() as f64);
        (ticks.marks.into_iter().map(|tick| tick.label).collect(), ticks.exponent)
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(0.0, 1.0).0, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-0.13, 0.34).0, ["−0.1", "0", "0.1", "0.2", "0.3"]);
        assert_eq!(labels(-95.0, -5.0).0, ["−80", "−60", "−40", "−20"]);
        assert_eq!(labels(-2e-9, 3e-9), (["−2", "−1", "0", "1", "2", "3"].map(str::to_owned).to_vec(), -9));
        assert_eq!(labels(0.0, 3e300).1, 300);
    }

    #[test]
    fn labels_are_distinct_and_never_minus_zero_on_any_range() {
        let ends =
            [0.0, 1e-300, 3e-9, -2e-9, 0.05, -0.3, 1.0, 7.7, -152.0, 1e6 + 0.1, 1e6, 1e15, 1e15 + 1.0, -1e300, 1e300];
        for low in ends {
            for high in ends.into_iter().filter(|high| *high > low) {
                let (labels, _) = labels(low, high);
                assert!(!labels.is_empty(), "{low} {high}");
                let mut distinct = labels.clone();
                distinct.sort();
                distinct.dedup();
                assert_eq!(distinct.len(), labels.len(), "{low} {high}");
                let zero = |label: &String| label.len() > 1 && label.chars().all(|c| "−-0.".contains(c));
                assert!(!labels.iter().any(zero), "{low} {high} {labels:?}");
            }
        }
    }
}
