//! What came back from a plugin is finite, in bounds and of the right shape, or it is a violation with its place. It never
//! repairs anything.

use ce_plugin_api::data::{EXPLAINED, NONE, Operator, Questions, QuestionsBuf, Rules};

use super::violation::Violation;

/// Rounding that an ordered pair may be off by, relative to its size.
const ORDER_TOLERANCE: f64 = 1e-9;

/// Values in the further columns of answers that one round may ask for: 2 GiB of them.
const WANTED_VALUES_MAX: usize = 1 << 28;

/// Questions of one round: their answers take 1 GiB, and fit into what a host and a worker share.
pub(crate) const QUESTIONS_MAX: usize = 1 << 25;

/// A place in what was returned, if the violation is about one, and the violation.
pub(crate) type Found = (Option<usize>, Violation);

/// What the answers speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Probabilities of one of so many classes.
    Probability {
        /// Number of classes.
        n_classes: usize,
    },
    /// Probabilities of an event.
    Event,
    /// Values of the target.
    Value,
}

/// Checks one answer per question: `predict` is there and finite, the bounds are there and in order, and probabilities lie
/// in [0, 1]. The place is the question.
pub(crate) fn answers(scale: Scale, predict: &[f64], low: &[f64], high: &[f64], class: &[u32]) -> Result<(), Found> {
    let columns = predict.iter().zip(low).zip(high);
    for (question_idx, ((&predict, &low), &high)) in columns.enumerate() {
        triple(scale, predict, low, high).map_err(|violation| (Some(question_idx), violation))?;
    }
    if let Scale::Probability { n_classes } = scale {
        let known = |&class: &u32| (class as usize) < n_classes;
        if let Some(place) = class.iter().position(|class| !known(class)) {
            let violation = match class[place] {
                NONE => Violation::Unanswered { what: "class" },
                found => Violation::NoSuch { what: "class", found: found as usize, limit: n_classes },
            };
            return Err((Some(place), violation));
        }
    }
    Ok(())
}

/// Checks that each answer speaks of the class that was asked about, where one was.
pub(crate) fn classes(questions: Questions<'_>, class: &[u32]) -> Result<(), Found> {
    let other = match questions.class.as_slice() {
        [] | [NONE] => None,
        [same] => class.iter().position(|found| found != same),
        each => each.iter().zip(class).position(|(asked, found)| *asked != NONE && asked != found),
    };
    if let Some(question_idx) = other {
        let asked = Questions::at(questions.class, question_idx).unwrap_or(NONE);
        return Err((Some(question_idx), Violation::OtherClass { asked, found: class[question_idx] }));
    }
    Ok(())
}

/// Checks calibrated probabilities, `[n, n_classes]`. The place is the question.
pub(crate) fn probabilities(probability: &[f64], n_classes: usize) -> Result<(), Found> {
    match probability.iter().position(|p| !(0.0..=1.0).contains(p)) {
        Some(place) => Err((Some(place / n_classes), number("a probability", probability[place], Some((0.0, 1.0))))),
        None => Ok(()),
    }
}

/// Checks the questions of one round: rows, classes and features exist, and each column fits.
pub(crate) fn questions(asked: &QuestionsBuf, n_rows: usize, n_classes: usize, n_features: usize) -> Result<(), Found> {
    let n_questions = asked.row.len();
    if n_questions > QUESTIONS_MAX {
        return Err((None, Violation::TooMuch { what: "questions", found: n_questions, limit: QUESTIONS_MAX }));
    }
    let fits = |what, found| match found {
        0 => Ok(()),
        found if found == n_questions => Ok(()),
        found => Err((None, Violation::Length { what, expected: n_questions, found })),
    };
    fits("questions.class", asked.class.len())?;
    fits("questions.feature", asked.feature.len())?;
    for column in &asked.extra {
        let expected = n_questions.saturating_mul(column.width);
        if column.values.len() != expected {
            let found = column.values.len();
            return Err((None, Violation::Length { what: "a further column of questions", expected, found }));
        }
    }
    let wanted = asked.want.iter().fold(0, |width: usize, column| width.saturating_add(column.width));
    let found = n_questions.saturating_mul(wanted);
    if found > WANTED_VALUES_MAX {
        return Err((None, Violation::TooMuch { what: "values in further columns", found, limit: WANTED_VALUES_MAX }));
    }
    let check = |what, values: &[u32], limit: usize, special: &[u32]| match values
        .iter()
        .position(|value| (*value as usize) >= limit && !special.contains(value))
    {
        Some(place) => Err((Some(place), Violation::NoSuch { what, found: values[place] as usize, limit })),
        None => Ok(()),
    };
    check("row", &asked.row, n_rows, &[])?;
    check("class", &asked.class, n_classes, &[EXPLAINED, NONE])?;
    check("feature", &asked.feature, n_features, &[NONE])
}

/// Checks the rules of a batch. The place is the instance.
pub(crate) fn rules(rules: &Rules, scale: Scale, n_instances: usize, n_features: usize) -> Result<(), Found> {
    let n_rules = rules.weight.len();
    let n_conditions = rules.feature.len();
    for (what, found, expected) in [
        ("rules.instance_end", rules.instance_end.len(), n_instances),
        ("rules.weight_low", rules.weight_low.len(), n_rules),
        ("rules.weight_high", rules.weight_high.len(), n_rules),
        ("rules.predict", rules.predict.len(), n_rules),
        ("rules.low", rules.low.len(), n_rules),
        ("rules.high", rules.high.len(), n_rules),
        ("rules.condition_end", rules.condition_end.len(), n_rules),
        ("rules.operator", rules.operator.len(), n_conditions),
        ("rules.condition_low", rules.condition_low.len(), n_conditions),
        ("rules.condition_high", rules.condition_high.len(), n_conditions),
    ] {
        if found != expected {
            return Err((None, Violation::Length { what, expected, found }));
        }
    }
    ends("rules.instance_end", &rules.instance_end, n_rules)?;
    ends("rules.condition_end", &rules.condition_end, n_conditions)?;
    let further =
        [(&rules.rule_extra, n_rules), (&rules.condition_extra, n_conditions), (&rules.instance_extra, n_instances)];
    for (columns, n) in further {
        for column in columns {
            let (expected, found) = (n.saturating_mul(column.width), column.values.len());
            if found != expected {
                return Err((None, Violation::Length { what: "a further column of rules", expected, found }));
            }
        }
    }
    let mut rule_idx = 0;
    let mut condition_idx = 0;
    for (instance, &end) in rules.instance_end.iter().enumerate() {
        while rule_idx < end as usize {
            let condition_end = rules.condition_end[rule_idx] as usize;
            rule(rules, scale, rule_idx, condition_idx..condition_end, n_features)
                .map_err(|violation| (Some(instance), violation))?;
            condition_idx = condition_end;
            rule_idx += 1;
        }
    }
    Ok(())
}

fn rule(
    rules: &Rules,
    scale: Scale,
    rule_idx: usize,
    conditions: std::ops::Range<usize>,
    n_features: usize,
) -> Result<(), Violation> {
    let weight = rules.weight[rule_idx];
    if !weight.is_finite() {
        return Err(number("a rule's weight", weight, None));
    }
    bounds("weight_low", rules.weight_low[rule_idx], "weight_high", rules.weight_high[rule_idx])?;
    triple(scale, rules.predict[rule_idx], rules.low[rule_idx], rules.high[rule_idx])?;
    if conditions.is_empty() {
        return Err(Violation::Contradiction("returned a rule without conditions".to_owned()));
    }
    for condition_idx in conditions {
        let feature = rules.feature[condition_idx] as usize;
        if feature >= n_features {
            return Err(Violation::NoSuch { what: "feature", found: feature, limit: n_features });
        }
        let code = rules.operator[condition_idx];
        let Some(operator) = Operator::from_code(code) else {
            return Err(Violation::NoSuch { what: "operator", found: code.into(), limit: Operator::COUNT });
        };
        let (reads_low, reads_high) = operator.reads();
        for (reads, value) in
            [(reads_low, rules.condition_low[condition_idx]), (reads_high, rules.condition_high[condition_idx])]
        {
            if reads && !value.is_finite() {
                return Err(number("a condition's number", value, None));
            }
        }
    }
    Ok(())
}

fn ends(what: &'static str, ends: &[u32], n: usize) -> Result<(), Found> {
    let last = ends.last().map_or(0, |&end| end as usize);
    if last != n || !ends.is_sorted() {
        return Err((None, Violation::Length { what, expected: n, found: last }));
    }
    Ok(())
}

/// A point estimate with its bounds.
#[inline]
fn triple(scale: Scale, predict: f64, low: f64, high: f64) -> Result<(), Violation> {
    // Nearly all are beyond doubt, and there are many: whoever is not is looked at closely.
    let (least, most) = if scale == Scale::Value { (-f64::MAX, f64::MAX) } else { (0.0, 1.0) };
    let is_beyond_doubt = (least <= low) & (low <= predict) & (predict <= high) & (high <= most);
    if is_beyond_doubt { Ok(()) } else { doubtful_triple(scale, predict, low, high) }
}

#[cold]
fn doubtful_triple(scale: Scale, predict: f64, low: f64, high: f64) -> Result<(), Violation> {
    let range = (scale != Scale::Value).then_some((0.0, 1.0));
    let fits = |value: f64| range.map_or(value.is_finite(), |(least, most)| (least..=most).contains(&value));
    if !fits(predict) {
        return Err(number("the prediction", predict, range));
    }
    for (what, value) in [("the lower bound", low), ("the upper bound", high)] {
        if value.is_nan() || (range.is_some() && !fits(value)) {
            return Err(number(what, value, range));
        }
    }
    bounds("the lower bound", low, "the prediction", predict)?;
    bounds("the prediction", predict, "the upper bound", high)?;
    bounds("the lower bound", low, "the upper bound", high)
}

/// Two bounds, each there, and in order where both are finite.
fn bounds(low_name: &'static str, low: f64, high_name: &'static str, high: f64) -> Result<(), Violation> {
    if low <= high {
        return Ok(());
    }
    for (what, value) in [(low_name, low), (high_name, high)] {
        if value.is_nan() {
            return Err(Violation::Unanswered { what });
        }
    }
    let slack = ORDER_TOLERANCE * (1.0 + low.abs().max(high.abs()));
    if low.is_finite() && high.is_finite() && low > high + slack {
        return Err(Violation::Unordered { low_name, low, high_name, high });
    }
    Ok(())
}

fn number(what: &'static str, value: f64, range: Option<(f64, f64)>) -> Violation {
    match range {
        _ if value.is_nan() => Violation::Unanswered { what },
        Some((low, high)) => Violation::OutOfRange { what, value, low, high },
        None => Violation::NotFinite { what, value },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ce_plugin_api::data::{Condition, RuleBuilder};

    const BINARY: Scale = Scale::Probability { n_classes: 2 };

    fn answer(scale: Scale, predict: f64, low: f64, high: f64) -> Result<(), Found> {
        answers(scale, &[0.5, predict], &[0.4, low], &[0.6, high], &[1, 1])
    }

    #[test]
    fn answers_are_there_in_bounds_and_in_order() {
        assert_eq!(answer(BINARY, 0.5, 0.5, 0.5), Ok(()));
        assert_eq!(answer(BINARY, 0.5 + 1e-16, 0.5, 0.5), Ok(()), "an ulp is rounding");
        assert_eq!(
            answer(Scale::Value, 5.0, f64::NEG_INFINITY, f64::INFINITY),
            Ok(()),
            "infinite bounds cross as they are"
        );
        assert!(matches!(answer(BINARY, f64::NAN, 0.1, 0.2), Err((Some(1), Violation::Unanswered { .. }))));
        assert!(matches!(answer(BINARY, 0.5, f64::NAN, 0.6), Err((Some(1), Violation::Unanswered { .. }))));
        assert!(matches!(answer(BINARY, 2.0, 0.1, 2.0), Err((Some(1), Violation::OutOfRange { value: 2.0, .. }))));
        assert!(matches!(answer(BINARY, 0.5, 0.1, 1.5), Err((Some(1), Violation::OutOfRange { value: 1.5, .. }))));
        assert!(matches!(answer(BINARY, 0.5, 0.6, 0.4), Err((Some(1), Violation::Unordered { .. }))));
        assert!(matches!(answer(Scale::Value, f64::INFINITY, 0.0, 1.0), Err((Some(1), Violation::NotFinite { .. }))));
        assert!(matches!(answer(Scale::Value, 5.0, 6.0, f64::INFINITY), Err((Some(1), Violation::Unordered { .. }))));
        assert!(matches!(
            answers(BINARY, &[0.5], &[0.5], &[0.5], &[NONE]),
            Err((Some(0), Violation::Unanswered { .. }))
        ));
        assert!(matches!(answers(BINARY, &[0.5], &[0.5], &[0.5], &[2]), Err((Some(0), Violation::NoSuch { .. }))));
    }

    #[test]
    fn rules_name_known_features_and_operators() {
        let build = |feature, operator, low| {
            let mut builder = RuleBuilder::new();
            builder.end_instance();
            let condition = Condition { feature, operator, low, high: f64::NAN };
            builder.push(&[condition], (0.1, 0.0, 0.2), (0.5, 0.4, 0.6));
            builder.end_instance();
            builder.finish()
        };
        let check = |r: &Rules| rules(r, BINARY, 2, 3);
        assert_eq!(check(&build(2, Operator::Above, 1.0)), Ok(()));
        assert!(matches!(check(&build(3, Operator::Above, 1.0)), Err((Some(1), Violation::NoSuch { found: 3, .. }))));
        assert!(matches!(check(&build(0, Operator::Above, f64::NAN)), Err((Some(1), Violation::Unanswered { .. }))));
        let mut odd = build(0, Operator::Any, f64::NAN);
        odd.operator[0] = 9;
        assert!(matches!(check(&odd), Err((Some(1), Violation::NoSuch { what: "operator", .. }))));
        let mut short = build(0, Operator::Any, f64::NAN);
        short.low.clear();
        assert!(matches!(check(&short), Err((None, Violation::Length { .. }))));
        let mut far = build(0, Operator::Any, f64::NAN);
        far.condition_end[0] = 40;
        assert!(matches!(check(&far), Err((None, Violation::Length { .. }))));
        let mut few = build(0, Operator::Any, f64::NAN);
        few.instance_end.truncate(1);
        assert!(check(&few).is_err());
    }
}
