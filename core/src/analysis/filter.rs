//! Which alternatives to keep. It never ranks, and never changes a rule.

use super::{Candidate, Cost, Direction, Subject, pareto};
use crate::Error;

/// What a rule must be, to be kept. The default keeps every rule that changes anything.
///
/// The conditions are joined by *and*; several directions are joined by *or*.
///
/// ```
/// use ce_core::analysis::{Direction, Filter};
///
/// // Alternatives that are more certain than the prediction itself, and decide the other way without any doubt.
/// let filter = Filter {
///     directions: vec![Direction::Counter],
///     ensured: true,
///     include_potential: false,
///     ..Filter::default()
/// };
/// # let _ = filter;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Where the rule must lead: one of these; none given asks for no direction.
    pub directions: Vec<Direction>,
    /// Whether the rule's interval must be no wider than the instance's ([`Subject::is_ensured`]).
    pub ensured: bool,
    /// Whether the rule must be on the pareto frontier of all rules handed in, whatever the other conditions drop, and
    /// what the frontier keeps small.
    pub pareto: Option<Cost>,
    /// Whether a potential rule ([`Subject::is_potential`]) may be kept. It must then fulfil the other conditions.
    pub include_potential: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self { directions: Vec::new(), ensured: false, pareto: None, include_potential: true }
    }
}

impl Filter {
    /// The positions of the rules that are kept, ascending; none of none.
    ///
    /// A rule that changes neither the prediction nor a bound by 1e-12 is never kept. Whether probabilities lie in
    /// `[0, 1]` is not checked.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a number of the instance's prediction or of a rule's is NaN.
    pub fn kept(&self, subject: Subject, rules: &[Candidate]) -> Result<Vec<usize>, Error> {
        subject.check(rules)?;
        let on_frontier = self.pareto.map(|cost| pareto::frontier(cost, rules));
        let is_kept = |&idx: &usize| {
            let rule = rules[idx].prediction;
            let leads = |direction: &Direction| subject.leads(*direction, rule);
            (self.include_potential || !subject.is_potential(rule))
                && (self.directions.is_empty() || self.directions.iter().any(leads))
                && (!self.ensured || subject.is_ensured(rule))
                && on_frontier.as_ref().is_none_or(|on_frontier| on_frontier[idx])
                && !subject.is_unmoved_by(rule)
        };
        Ok((0..rules.len()).filter(is_kept).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use crate::analysis::{Candidate, Cost, Direction, Scale, Subject};
    use crate::{Error, Interval};

    const BASE: Interval = Interval { predict: 0.8, low: 0.7, high: 0.9 };
    const SUBJECT: Subject = Subject { base: BASE, scale: Scale::Probability };

    fn rule(predict: f64, low: f64, high: f64) -> Candidate {
        Candidate { prediction: Interval { predict, low, high }, n_conditions: 1, ..Candidate::default() }
    }

    fn rules() -> [Candidate; 4] {
        [rule(0.9, 0.8, 0.95), rule(0.6, 0.3, 0.8), rule(0.3, 0.2, 0.3), rule(0.45, 0.2, 0.6)]
    }

    fn kept(filter: &Filter) -> Vec<usize> {
        filter.kept(SUBJECT, &rules()).unwrap()
    }

    #[test]
    fn nothing_asked_keeps_all() {
        assert_eq!(kept(&Filter::default()), [0, 1, 2, 3]);
        assert!(Filter::default().kept(SUBJECT, &[]).unwrap().is_empty());
    }

    #[test]
    fn directions_are_joined_by_or_and_the_rest_by_and() {
        let directions = vec![Direction::Super, Direction::Counter];
        let mut filter = Filter { directions, ..Filter::default() };
        assert_eq!(kept(&filter), [0, 2, 3]);
        filter.include_potential = false;
        assert_eq!(kept(&filter), [0, 2]);
        filter.include_potential = true;
        filter.ensured = true;
        assert_eq!(kept(&filter), [0, 2]);
        filter.pareto = Some(Cost::IntervalWidth);
        filter.directions = vec![Direction::Semi];
        assert!(kept(&filter).is_empty());
    }

    #[test]
    fn a_rule_that_changes_nothing_is_never_kept() {
        let unmoved = rule(0.8 + 1e-15, 0.7, 0.9 - 1e-14);
        let moved = rule(0.8, 0.7, 0.85);
        assert_eq!(Filter::default().kept(SUBJECT, &[unmoved, moved]).unwrap(), [1]);
    }

    #[test]
    fn nan_is_refused_with_its_place() {
        let broken = [rule(0.1, 0.0, 0.2), rule(0.1, f64::NAN, 0.2)];
        let error = Filter::default().kept(SUBJECT, &broken).unwrap_err();
        assert!(error.to_string().contains("rule 1"), "{error}");
        let subject = Subject { base: Interval { predict: f64::NAN, ..BASE }, ..SUBJECT };
        assert!(matches!(Filter::default().kept(subject, &[]), Err(Error::Invalid { .. })));
    }
}
