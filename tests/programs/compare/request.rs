//! What the comparison asks: a problem, and what is wanted of it. It never says what should come out.

use std::collections::BTreeMap;

use ce_host::analysis::reject::{Confidence, Policy, Score};
use ce_host::analysis::{Cost, Direction, Filter};
use ce_host::{ConditionSource, InputError, Percentiles, Ranking, Refinement, Rejection, Threshold};
use serde::Deserialize;
use serde_json::{Map, Value};

/// One problem.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// A document of the format `ce-model/1`, as it stands.
    pub(crate) model: Value,
    pub(crate) calibration: Data,
    /// Indices of classes, or values.
    pub(crate) targets: Vec<f64>,
    pub(crate) categorical: Vec<usize>,
    /// The labels of a column's codes 0, 1, ….
    pub(crate) labels: BTreeMap<usize, Vec<String>>,
    pub(crate) test: Data,
    pub(crate) asks: Vec<Ask>,
}

/// Rows, and the Mondrian category of each.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    pub(crate) x: Vec<Vec<f64>>,
    pub(crate) mondrian: Option<Vec<String>>,
}

/// One thing that is wanted of a problem.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    pub(crate) what: What,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    pub(crate) chunk_rows: usize,
    pub(crate) condition_source: Option<Source>,
    /// Values of options, by plugin and option.
    #[serde(default)]
    pub(crate) options: BTreeMap<String, Map<String, Value>>,
    percentiles: Option<[Bound; 2]>,
    threshold: Option<Event>,
    /// The event of each row.
    thresholds: Option<Vec<Event>>,
    /// The label of the class to explain.
    pub(crate) class: Option<String>,
    /// Columns that get no rule, for each row.
    pub(crate) ignored_of_each: Option<Vec<Vec<usize>>>,
    /// The weight of each column in the difficulty of a row; none: no difficulty.
    pub(crate) difficulty: Option<Vec<f64>>,
    /// Copies of the finished report that are wanted too.
    #[serde(default)]
    pub(crate) refinements: Vec<Refined>,
    /// Which predictions to reject.
    pub(crate) reject: Option<Reject>,
    /// The calibrator; none: the usual one.
    pub(crate) interval: Option<String>,
    /// Numbers of calibration rows: the first are there when the explainer is built, the others are appended. None: all are there.
    pub(crate) parts: Option<Vec<usize>>,
    /// What turned out for the test rows, so that the answers are measured.
    pub(crate) targets: Option<Vec<f64>>,
}

/// Which rules stay, and in which order.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Refined {
    /// `super`, `semi` and `counter`; none of them and no other filter: no filter.
    directions: Vec<String>,
    ensured: bool,
    /// `interval_width` or `rule_size`.
    pareto: Option<String>,
    include_potential: Option<bool>,
    /// `feature_weight`, `uncertainty` or `ensured`.
    ranking: Option<String>,
    ranking_weight: Option<f64>,
    top: Option<usize>,
}

/// What is asked of rejection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reject {
    /// The weight of the score `ensured`; none: the score is hinge.
    ensured: Option<f64>,
    confidences: Vec<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    Predict,
    Factual,
    Alternative,
    Fast,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    Prediction,
    Observed,
}

impl From<Source> for ConditionSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Prediction => Self::Prediction,
            Source::Observed => Self::Observed,
        }
    }
}

/// A percentile, or the text `inf` or `-inf`: JSON has no infinite numbers.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Bound {
    Finite(f64),
    Open(Side),
}

#[derive(Clone, Copy, Deserialize)]
enum Side {
    #[serde(rename = "inf")]
    Above,
    #[serde(rename = "-inf")]
    Below,
}

impl Bound {
    fn value(self) -> f64 {
        match self {
            Self::Finite(value) => value,
            Self::Open(Side::Above) => f64::INFINITY,
            Self::Open(Side::Below) => f64::NEG_INFINITY,
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Event {
    AtMost(f64),
    Between([f64; 2]),
}

impl Event {
    fn threshold(self) -> Result<Threshold, InputError> {
        match self {
            Self::AtMost(threshold) => Threshold::at_most(threshold),
            Self::Between([low, high]) => Threshold::between(low, high),
        }
    }
}

impl Ask {
    pub(crate) fn percentiles(&self) -> Result<Option<Percentiles>, InputError> {
        self.percentiles.map(|[low, high]| Percentiles::new(low.value(), high.value())).transpose()
    }

    pub(crate) fn threshold(&self) -> Result<Option<Threshold>, InputError> {
        self.threshold.map(Event::threshold).transpose()
    }

    pub(crate) fn thresholds(&self) -> Result<Option<Vec<Threshold>>, InputError> {
        let thresholds = self.thresholds.as_ref();
        thresholds.map(|all| all.iter().map(|event| event.threshold()).collect()).transpose()
    }
}

impl Refined {
    pub(crate) fn refinement(&self) -> Result<Refinement, String> {
        Ok(Refinement { filter: self.filter()?, ranking: self.ranking()?, top: self.top })
    }

    fn filter(&self) -> Result<Option<Filter>, String> {
        let named = |name: &String| {
            let found = Direction::ALL.into_iter().find(|direction| direction.name() == name);
            found.ok_or_else(|| format!("there is no direction `{name}`"))
        };
        let directions = self.directions.iter().map(named).collect::<Result<Vec<_>, _>>()?;
        let pareto = match self.pareto.as_deref() {
            None => None,
            Some("interval_width") => Some(Cost::IntervalWidth),
            Some("rule_size") => Some(Cost::RuleSize),
            Some(other) => return Err(format!("there is no cost `{other}`")),
        };
        let usual = Filter::default();
        let include_potential = self.include_potential.unwrap_or(usual.include_potential);
        let filter = Filter { directions, ensured: self.ensured, pareto, include_potential };
        Ok(Some(filter).filter(|filter| *filter != usual))
    }

    fn ranking(&self) -> Result<Option<Ranking>, String> {
        let ranking = match self.ranking.as_deref() {
            None => return Ok(None),
            Some("feature_weight") => Ranking::FeatureWeight,
            Some("uncertainty") => Ranking::Uncertainty,
            Some("ensured") => Ranking::Ensured { weight: self.ranking_weight.unwrap_or(0.5) },
            Some(other) => return Err(format!("there is no ranking `{other}`")),
        };
        Ok(Some(ranking))
    }
}

impl Reject {
    pub(crate) fn rejection(&self) -> Result<Rejection, String> {
        let score = self.ensured.map_or(Score::Hinge, |weight| Score::Ensured { weight });
        let confidence = |confidence: &f64| Confidence::new(*confidence).map_err(|error| error.to_string());
        let confidences = self.confidences.iter().map(confidence).collect::<Result<_, _>>()?;
        Ok(Rejection { score, confidences, policy: Policy::Flag })
    }
}
