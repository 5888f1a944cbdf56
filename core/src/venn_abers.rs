//! Inductive Venn-Abers calibration of a binary score. It never refits the learner, and knows nothing of Mondrian bins.
//!
//! Vovk and Petej 2014 (arXiv 1211.0025); the tables follow Vovk, Petej and Fedorova 2015 (arXiv 1511.00213), whose
//! names are used: p0 is the lower, p1 the upper probability.

use serde::{Deserialize, Serialize};

use crate::{Error, Interval, check};

/// A fitted Venn-Abers calibrator: two step functions of the score.
///
/// Restoring one from its saved [`Tables`] checks them, so that a damaged file cannot make [`VennAbers::interval`]
/// panic or answer outside of `[0, 1]`.
///
/// ```
/// use ce_core::venn_abers::VennAbers;
///
/// let calibrator = VennAbers::fit(&[0.1, 0.2, 0.8, 0.9], &[false, false, true, true])?;
/// let interval = calibrator.interval(0.85);
/// assert_eq!((interval.low, interval.high), (0.5, 1.0));
/// # Ok::<(), ce_core::Error>(())
/// ```
///
/// # A calibration score may not lie in its own group
///
/// Calibration scores are rounded to 4 decimals and queries are not, as in the package that this project follows: the
/// query 0.12344 falls to the right of the group 0.1234 that it would have been fitted in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Tables", into = "Tables")]
pub struct VennAbers(Tables);

/// The two step functions of a [`VennAbers`], as numbers to be saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// `[m]`, the distinct rounded calibration scores, strictly ascending.
    pub scores: Vec<f64>,
    /// `[m + 1]`, p0 by the number of calibration scores at or below the query; ascending, in `[0, 1]`.
    pub low: Vec<f64>,
    /// `[m + 1]`, p1 by the number of calibration scores below the query; ascending, in `[0, 1]`.
    pub high: Vec<f64>,
}

impl VennAbers {
    /// Fits the calibrator, in O(n log n).
    ///
    /// * `scores`: `[n_cal]`, any real score, higher means more likely positive; rounded to 4 decimals, ties to even
    /// * `labels`: `[n_cal]`, `true` for the positive class
    ///
    /// Equal scores are pooled, the order of the rows does not matter. Labels of one class only are accepted: a single
    /// Mondrian bin may be pure, and the answer is then an interval that starts at 0 or ends at 1.
    ///
    /// # Errors
    /// [`Error::Empty`] without scores, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for the first
    /// score that is NaN or infinite.
    pub fn fit(scores: &[f64], labels: &[bool]) -> Result<Self, Error> {
        check::not_empty("scores", scores)?;
        check::length("labels", scores.len(), labels.len())?;
        check::finite("scores", scores)?;
        let groups = group(scores, labels);
        let high = slopes(groups.iter().map(|group| group.count));
        // Read from right to left with the classes swapped, p0 is p1.
        let low = slopes(groups.iter().rev().map(|group| group.count.swapped()));
        Ok(Self(Tables {
            scores: groups.iter().map(|group| group.score).collect(),
            low: low.into_iter().rev().map(|slope| slope.swapped().share()).collect(),
            high: high.into_iter().map(Count::share).collect(),
        }))
    }

    /// The calibrated probability of the positive class for a score, in O(log m), without allocation.
    ///
    /// The point estimate is the regularised mean. An infinite score lies outside of all calibration scores; NaN says
    /// nothing about the instance, and neither does its answer: 0.5 in `[0, 1]`.
    #[must_use]
    pub fn interval(&self, score: f64) -> Interval {
        if score.is_nan() {
            return Interval { predict: 0.5, low: 0.0, high: 1.0 };
        }
        let Tables { scores, low, high } = &self.0;
        let below = scores.partition_point(|&calibration| calibration < score);
        let at = scores.get(below).is_some_and(|&calibration| calibration == score);
        Interval::regularised(low[below + usize::from(at)], high[below])
    }

    /// The step functions, to be saved; restore with [`VennAbers::try_from`].
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.0
    }
}

impl From<VennAbers> for Tables {
    fn from(calibrator: VennAbers) -> Self {
        calibrator.0
    }
}

impl TryFrom<Tables> for VennAbers {
    type Error = Error;

    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`], [`Error::NotFinite`] or [`Error::Invalid`] if the tables are none that
    /// [`VennAbers::fit`] can make: see the fields of [`Tables`], and `low <= high` for every score.
    fn try_from(mut tables: Tables) -> Result<Self, Error> {
        let Tables { scores, low, high } = &mut tables;
        check::not_empty("saved scores", scores)?;
        check::finite("saved scores", scores)?;
        check::length("saved lower table", scores.len() + 1, low.len())?;
        check::length("saved upper table", scores.len() + 1, high.len())?;
        check::rule("saved scores", scores.is_sorted_by(|a, b| a < b), || "are not strictly ascending".into())?;
        for (what, table) in [("saved lower table", &mut *low), ("saved upper table", &mut *high)] {
            let sound = table.is_sorted() && table.iter().all(|value| (0.0..=1.0).contains(value));
            check::rule(what, sound, || "is not ascending within [0, 1]".into())?;
            // A negative zero passes the check above and would surprise whoever prints it.
            table.iter_mut().for_each(|value| *value += 0.0);
        }
        // A query that equals a score reads `low` one step further to the right than `high`.
        let ordered = low.iter().skip(1).zip(high.iter()).all(|(low, high)| low <= high)
            && low.last().zip(high.last()).is_none_or(|(low, high)| low <= high);
        check::rule("saved tables", ordered, || "a lower bound exceeds its upper bound".into())?;
        Ok(Self(tables))
    }
}

/// Numbers of rows and of positive rows. A sum of labels, a vertex of the cumulative-sum diagram, and the exact slope
/// between two of these: counts are integers, so that no turn of the hull is decided by rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Count {
    rows: i64,
    positive: i64,
}

impl Count {
    fn plus(self, other: Self) -> Self {
        Self { rows: self.rows + other.rows, positive: self.positive + other.positive }
    }

    fn minus(self, other: Self) -> Self {
        Self { rows: self.rows - other.rows, positive: self.positive - other.positive }
    }

    /// The same rows with the classes exchanged.
    fn swapped(self) -> Self {
        Self { rows: self.rows, positive: self.rows - self.positive }
    }

    /// The share of positive rows, correctly rounded; rounding is monotone, so `low <= high` survives it.
    fn share(self) -> f64 {
        self.positive as f64 / self.rows as f64
    }
}

/// The rows that share one rounded score.
struct Group {
    score: f64,
    count: Count,
}

/// Rounds, sorts and pools, ascending by score.
fn group(scores: &[f64], labels: &[bool]) -> Vec<Group> {
    let mut rows: Vec<(f64, bool)> = scores.iter().map(|&score| rounded(score)).zip(labels.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut groups: Vec<Group> = Vec::new();
    for (score, label) in rows {
        let row = Count { rows: 1, positive: i64::from(label) };
        match groups.last_mut() {
            Some(group) if group.score == score => group.count = group.count.plus(row),
            _ => groups.push(Group { score, count: row }),
        }
    }
    groups
}

/// Four decimals, ties to even, and no negative zero.
fn rounded(score: f64) -> f64 {
    let rounded = (score * 1e4).round_ties_even() / 1e4 + 0.0;
    // A score too large to be scaled has no decimals.
    if rounded.is_finite() { rounded } else { score }
}

/// The p1 table of `[m]` groups, `[m + 1]` slopes, in O(m): the slope at the extra positive point when it stands at
/// each group in turn, and 1 when it stands beyond all of them.
///
/// Isotonic regression is the slope of the greatest convex minorant of the cumulative counts. The extra point starts
/// out left of all groups and slides to the right past one group at a time; the hull right of it is kept on a stack.
fn slopes(groups: impl Iterator<Item = Count>) -> Vec<Count> {
    const EXTRA: Count = Count { rows: 1, positive: 1 };
    let zero = Count { rows: 0, positive: 0 };
    let mut vertices = vec![zero.minus(EXTRA), zero];
    let mut total = zero;
    for count in groups {
        total = total.plus(count);
        vertices.push(total);
    }

    let mut hull: Vec<Count> = Vec::with_capacity(vertices.len());
    for &vertex in vertices.iter().rev() {
        push_convex(&mut hull, vertex);
    }

    let mut slopes = Vec::with_capacity(vertices.len() - 1);
    for &vertex in &vertices[2..] {
        let [.., next, top] = hull[..] else { unreachable!("the hull holds the last vertex and one left of it") };
        slopes.push(next.minus(top));
        // The group right of the extra point changes places with it: only the vertex between the two moves.
        let slid = vertex.minus(EXTRA);
        if turn(top, next, slid) < 0 {
            hull.pop();
            push_convex(&mut hull, slid);
        }
    }
    slopes.push(EXTRA);
    slopes
}

/// Pushes a vertex left of all others, after popping those that the hull then passes below.
fn push_convex(hull: &mut Vec<Count>, vertex: Count) {
    while let [.., next, top] = hull[..]
        && turn(vertex, top, next) <= 0
    {
        hull.pop();
    }
    hull.push(vertex);
}

/// Positive if the path a, b, c turns left, negative if right, 0 if straight.
fn turn(a: Count, b: Count, c: Count) -> i128 {
    let (first, second) = (b.minus(a), c.minus(b));
    i128::from(first.rows) * i128::from(second.positive) - i128::from(first.positive) * i128::from(second.rows)
}

#[cfg(test)]
mod tests {
    use super::{Tables, VennAbers};
    use crate::{Error, Interval};

    #[test]
    fn input_is_checked_at_the_door() {
        assert_eq!(VennAbers::fit(&[], &[]), Err(Error::Empty { what: "scores" }));
        let short = VennAbers::fit(&[0.5, 0.5], &[true]);
        assert_eq!(short, Err(Error::Shape { what: "labels", expected: 2, found: 1 }));
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(matches!(VennAbers::fit(&[0.5, bad], &[true; 2]), Err(Error::NotFinite { row_idx: 1, .. })));
        }
    }

    #[test]
    fn one_class_leaves_the_other_side_open() {
        let positive = VennAbers::fit(&[0.2, 0.4], &[true; 2]).unwrap();
        assert_eq!(positive.interval(0.3), Interval::regularised(0.5, 1.0));
        let negative = VennAbers::fit(&[0.2, 0.4], &[false; 2]).unwrap();
        assert_eq!(negative.interval(0.3), Interval::regularised(0.0, 0.5));
    }

    #[test]
    fn queries_beyond_all_scores_and_nan_are_answered() {
        let calibrator = VennAbers::fit(&[0.2, 0.4, 0.6], &[false, true, true]).unwrap();
        assert_eq!(calibrator.interval(f64::NEG_INFINITY), calibrator.interval(-1.0));
        assert_eq!(calibrator.interval(f64::INFINITY), calibrator.interval(2.0));
        assert_eq!(calibrator.interval(-1.0).low, 0.0);
        assert_eq!(calibrator.interval(2.0).high, 1.0);
        assert_eq!(calibrator.interval(f64::NAN), Interval { predict: 0.5, low: 0.0, high: 1.0 });
    }

    #[test]
    fn calibration_scores_are_rounded_to_even_and_queries_are_not() {
        let calibrator = VennAbers::fit(&[0.00005, 0.00035, 0.12344], &[true, false, false]).unwrap();
        assert_eq!(calibrator.tables().scores, [0.0, 0.0004, 0.1234]);
        assert_ne!(calibrator.interval(0.12344), calibrator.interval(0.1234));
    }

    #[test]
    fn no_bound_and_no_score_is_a_negative_zero() {
        let calibrator = VennAbers::fit(&[-0.00001, -0.5, 0.5], &[false; 3]).unwrap();
        let Tables { scores, low, high } = calibrator.tables();
        assert!(scores.iter().chain(low).chain(high).all(|value| *value != 0.0 || value.is_sign_positive()));
    }

    #[test]
    fn scores_too_large_to_be_rounded_are_kept() {
        let calibrator = VennAbers::fit(&[-f64::MAX, f64::MAX], &[false, true]).unwrap();
        assert_eq!(calibrator.tables().scores, [-f64::MAX, f64::MAX]);
    }

    #[test]
    fn damaged_tables_are_refused() {
        let sound = Tables { scores: vec![0.1, 0.2], low: vec![0.0, 0.2, 0.5], high: vec![0.5, 0.8, 1.0] };
        assert!(VennAbers::try_from(sound.clone()).is_ok());
        let damage: [fn(&mut Tables); 11] = [
            |tables| tables.scores.clear(),
            |tables| tables.scores[1] = 0.1,
            |tables| tables.scores[1] = f64::NAN,
            |tables| tables.low.truncate(2),
            |tables| tables.high.push(1.0),
            |tables| tables.low[0] = -0.1,
            |tables| tables.high[2] = 1.5,
            |tables| tables.high[1] = f64::NAN,
            |tables| tables.low[1] = 0.9,
            |tables| tables.high[0] = 0.9,
            // Only a query that equals a score reads these two together.
            |tables| tables.low = vec![0.0, 0.6, 0.6],
        ];
        for (idx, damage) in damage.iter().enumerate() {
            let mut tables = sound.clone();
            damage(&mut tables);
            assert!(VennAbers::try_from(tables).is_err(), "damage {idx}");
        }
    }

    #[test]
    fn a_negative_zero_is_not_restored() {
        let tables = Tables { scores: vec![0.1], low: vec![-0.0, 0.0], high: vec![0.5, 1.0] };
        assert!(VennAbers::try_from(tables).unwrap().interval(0.0).low.is_sign_positive());
    }
}
