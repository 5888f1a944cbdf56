//! Which rules of a report stay, and in which order. A refined report is a copy; nothing is asked anew.

use ce_core::analysis::{self, Candidate, Convention, Cost, Filter, Scale, Subject, Weight};
use ce_plugin_api::data::Rules;
use ce_plugin_api::manifest::Mode;
use serde::Serialize;

use super::error::InputError;
use super::report::{Explanation, Explanations, Rule, Uncertain};
use crate::telemetry::{Number, snapshot};

/// Which rules of a report stay, and in which order. By default all do, as they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    /// Which alternatives stay. Other modes have no filter.
    pub filter: Option<Filter>,
    /// The order of the rules, best first; as they came unless given.
    pub ranking: Option<Ranking>,
    /// How many rules of each instance stay, the best ones: by the ranking, or by that which is usual for the mode.
    pub top: Option<usize>,
}

/// How rules are ordered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ranking {
    /// By the size of the weight, then by the width of its interval: usual for factual and fast explanations.
    FeatureWeight,
    /// `Ensured` with a weight of 1, as the Python package has it: by the prediction alone.
    Uncertainty,
    /// By prediction and certainty: usual for alternatives, with a weight of 0.5.
    Ensured {
        /// How much the prediction counts against certainty, -1 to 1.
        weight: f64,
    },
}

impl Ranking {
    /// The one that is usual for a mode.
    #[must_use]
    pub fn usual(mode: Mode) -> Self {
        match mode {
            Mode::Alternative => Self::Ensured { weight: analysis::ENSURED_WEIGHT },
            _ => Self::FeatureWeight,
        }
    }

    /// Its name in flags and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FeatureWeight => "feature_weight",
            Self::Uncertainty => "uncertainty",
            Self::Ensured { .. } => "ensured",
        }
    }

    fn weight(self) -> Option<f64> {
        if let Self::Ensured { weight } = self { Some(weight) } else { None }
    }

    fn of_core(self) -> Result<analysis::Ranking, analysis::Error> {
        match self {
            Self::FeatureWeight => Ok(analysis::Ranking::feature_weight()),
            Self::Uncertainty => Ok(analysis::Ranking::uncertainty()),
            Self::Ensured { weight } => analysis::Ranking::ensured(weight),
        }
    }
}

impl Refinement {
    /// Whether it leaves every report as it is.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Checks it against the mode of a report.
    pub(crate) fn check(&self, mode: Option<Mode>) -> Result<(), InputError> {
        let refused = |what, found: String, expected| Err(InputError::Setting { what, found, expected });
        match mode {
            None if !self.is_nothing() => {
                let expected = "no filter, ranking or number of rules: predictions have no rules";
                return refused("the request for predictions", "for a refinement of rules".to_owned(), expected);
            }
            Some(mode) if self.filter.is_some() && mode != Mode::Alternative => {
                let expected = "none: filters are for alternatives, whose rules have predictions of their own";
                return refused("the filter", format!("asked of mode {mode}"), expected);
            }
            _ => {}
        }
        if self.top == Some(0) {
            return refused("the number of rules to keep", "0".to_owned(), "at least 1");
        }
        self.ranking.map_or(Ok(()), |ranking| ranking.of_core().map(|_| ()))?;
        Ok(())
    }

    /// The part of a request's name that says what was refined.
    pub(crate) fn token(&self) -> String {
        if self.is_nothing() { String::new() } else { serde_json::to_string(self).unwrap_or_default() }
    }
}

impl Explanations {
    /// A copy of the report with the rules that stay, in their order.
    ///
    /// # Errors
    /// [`InputError`] if it does not fit the mode: filters are for alternatives.
    pub fn refined(&self, refinement: &Refinement) -> Result<Self, InputError> {
        refinement.check(Some(self.mode))?;
        let ranking = refinement.ranking.unwrap_or(Ranking::usual(self.mode)).of_core()?;
        let must_rank = refinement.ranking.is_some() || refinement.top.is_some();
        let mut orders = Vec::with_capacity(self.len());
        for explanation in self.iter() {
            let candidates: Vec<Candidate> = explanation.rules().map(candidate).collect();
            let kept = match &refinement.filter {
                Some(filter) => filter.kept(self.subject(explanation), &candidates)?,
                None => (0..candidates.len()).collect(),
            };
            if !must_rank {
                orders.push(kept);
                continue;
            }
            let stay: Vec<Candidate> = kept.iter().map(|&rule_idx| candidates[rule_idx]).collect();
            let convention = match self.mode {
                Mode::Alternative => Convention::Alternative(self.subject(explanation)),
                _ => Convention::Factual,
            };
            let best = ranking.top(convention, &stay, refinement.top.unwrap_or(stay.len()));
            orders.push(best.into_iter().map(|stay_idx| kept[stay_idx]).collect());
        }
        let mut refined = self.picked(&orders);
        refined.about.n_found.get_or_insert_with(|| self.iter().map(|all| all.rules().len() as u32).collect());
        // What is told is what was done: the ranking that is usual for the mode stands there as one that was asked for.
        let ranking = must_rank.then_some(refinement.ranking.unwrap_or(Ranking::usual(self.mode)));
        refined.refinements.push(Refinement { ranking, ..refinement.clone() });
        Ok(refined.with_telemetry_of(self))
    }

    /// The instance, as filters see it.
    fn subject(&self, explanation: Explanation<'_>) -> Subject {
        let scale = if self.about.quantity.is_probability() { Scale::Probability } else { Scale::Value };
        Subject { base: interval(explanation.prediction()), scale }
    }

    /// The same report with these rules of each instance, in this order.
    fn picked(&self, orders: &[Vec<usize>]) -> Self {
        let mut rules = Rules::default();
        let mut values = Vec::new();
        for (explanation, order) in self.iter().zip(orders) {
            let first = explanation.first_rule();
            for rule_idx in order.iter().map(|rule_idx| first + rule_idx) {
                push(&mut rules, &mut values, self, rule_idx);
            }
            rules.instance_end.push(rules.weight.len() as u32);
        }
        Self { rules, values, ..self.without_rules() }
    }
}

/// Copies one rule, and its conditions' values.
pub(super) fn push(rules: &mut Rules, values: &mut Vec<f64>, all: &Explanations, rule_idx: usize) {
    let from = &all.rules;
    rules.weight.push(from.weight[rule_idx]);
    rules.weight_low.push(from.weight_low[rule_idx]);
    rules.weight_high.push(from.weight_high[rule_idx]);
    rules.predict.push(from.predict[rule_idx]);
    rules.low.push(from.low[rule_idx]);
    rules.high.push(from.high[rule_idx]);
    for condition in super::report::range(&from.condition_end, rule_idx) {
        rules.feature.push(from.feature[condition]);
        rules.operator.push(from.operator[condition]);
        rules.condition_low.push(from.condition_low[condition]);
        rules.condition_high.push(from.condition_high[condition]);
        values.push(all.values[condition]);
    }
    rules.condition_end.push(rules.feature.len() as u32);
}

/// What a filter keeps, by the names of flags and files.
pub(super) fn filter_words(filter: &Filter) -> String {
    let mut names = filter_names(filter);
    names.extend((!filter.include_potential).then(|| "no potential ones".to_owned()));
    names.join(", ")
}

fn filter_names(filter: &Filter) -> Vec<String> {
    let mut names: Vec<String> = filter.directions.iter().map(|direction| direction.name().to_owned()).collect();
    names.extend(filter.ensured.then(|| "ensured".to_owned()));
    names.extend(filter.pareto.map(|_| "pareto".to_owned()));
    names
}

/// The rule, as filters and rankings see it.
pub(super) fn candidate(rule: Rule<'_>) -> Candidate {
    let Uncertain { value, low, high } = rule.weight();
    let weight = Weight { weight: value, low, high };
    Candidate { prediction: interval(rule.prediction()), weight, n_conditions: rule.conditions().len() }
}

fn interval(of: Uncertain) -> analysis::Interval {
    analysis::Interval { predict: of.value, low: of.low, high: of.high }
}

impl From<&Refinement> for snapshot::Refinement {
    fn from(refinement: &Refinement) -> Self {
        let filter = refinement.filter.clone().unwrap_or_default();
        let cost = |cost| match cost {
            Cost::IntervalWidth => "interval_width".to_owned(),
            Cost::RuleSize => "rule_size".to_owned(),
        };
        Self {
            filter: filter_names(&filter),
            pareto: filter.pareto.map(cost),
            include_potential: filter.include_potential,
            ranking: refinement.ranking.map(|ranking| ranking.name().to_owned()),
            ranking_weight: refinement.ranking.and_then(Ranking::weight).map(Number),
            top: refinement.top.map(|top| top as u64),
        }
    }
}

/// As telemetry has it.
impl Serialize for Refinement {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        snapshot::Refinement::from(self).serialize(serializer)
    }
}
