//! One explanation with its rules ranked and those left out counted. It has no words yet.

use super::explanation::{Explanation, Mode, Prediction, Report, Rules};
use super::intent::Intent;
use super::interval::Percentiles;
use super::rank;
use super::subject::Subject;
use crate::plot::PlotError;
use crate::plot::spec::{PredictionRow, RuleRow, Tone};

/// What a picture is to show.
pub(in crate::plot) struct Chosen {
    pub(in crate::plot) mode: Mode,
    pub(in crate::plot) index: u64,
    pub(in crate::plot) id: Option<String>,
    /// The heading that the caller asked for.
    pub(in crate::plot) title: Option<String>,
    pub(in crate::plot) subject: Subject,
    pub(in crate::plot) percentiles: Option<Percentiles>,
    /// Whether the caller asked for the order that the rules have.
    pub(in crate::plot) is_ranked: bool,
    pub(in crate::plot) prediction: Prediction,
    /// Why no single answer is given; none where one is, or nobody asked.
    pub(in crate::plot) rejection: Option<String>,
    pub(in crate::plot) rows: Rows,
    /// The rules that could have been drawn.
    pub(in crate::plot) n_rules: usize,
    /// The rules that there were before any was left out of the report; none where nobody says.
    pub(in crate::plot) n_all: Option<usize>,
    /// Whether the caller asked for so many rules at most.
    pub(in crate::plot) is_cut: bool,
    /// What each filter keeps, in words.
    pub(in crate::plot) filters: Vec<String>,
    /// What is to be said where the report has no rule.
    pub(in crate::plot) empty_text: Option<String>,
    /// Alternatives that are not drawn because they change nothing.
    pub(in crate::plot) n_like_base: usize,
}

/// The rules that are drawn, from top to bottom.
pub(in crate::plot) enum Rows {
    Weights(Vec<RuleRow>),
    Predictions(Vec<PredictionRow>),
}

impl Chosen {
    pub(in crate::plot) fn from_json(explanations: &str, intent: &str) -> Result<Self, PlotError> {
        let intent = Intent::from_json(intent)?;
        let report = Report::from_json(explanations)?;
        let explanation = report.select(intent.index)?;
        let subject = report.subject(&explanation)?;
        let Explanation { id, prediction, rules, rejection, .. } = explanation;
        let (rows, n_rules, n_like_base) = match rules {
            Rules::Weights(rules) => {
                let n_rules = rules.len();
                let ranked = match report.is_ranked {
                    true => first(rules, intent.max_rules),
                    false => rank::largest_first(rules, intent.max_rules),
                };
                (Rows::Weights(ranked.into_iter().map(|rule| rule.into_row()).collect()), n_rules, 0)
            }
            Rules::Alternatives(mut rules) => {
                let n_all = rules.len();
                rules.retain(|rule| !rank::is_like_base(rule, &prediction));
                let n_rules = rules.len();
                let ranked = match report.is_ranked {
                    true => first(rules, intent.max_rules),
                    false => rank::most_ensured_first(rules, intent.max_rules, &prediction, subject.is_probability()),
                };
                let row = |rule: super::explanation::Alternative| PredictionRow {
                    value: rule.instance_value(),
                    tone: tone(&subject, &prediction, rule.predict),
                    predict: rule.predict,
                    low: rule.low,
                    high: rule.high,
                    rule: rule.rule,
                };
                (Rows::Predictions(ranked.into_iter().map(row).collect()), n_rules, n_all - n_rules)
            }
        };
        let has_rules = n_rules + n_like_base > 0;
        Ok(Self {
            n_all: intent.n_rules.and_then(|n_all| usize::try_from(n_all).ok()),
            is_cut: report.is_cut,
            empty_text: intent.empty_text.filter(|_| !has_rules),
            mode: report.mode,
            index: intent.index,
            id,
            title: intent.title,
            percentiles: report.percentiles,
            is_ranked: report.is_ranked,
            filters: report.filters,
            subject,
            prediction,
            rejection,
            rows,
            n_rules,
            n_like_base,
        })
    }

    /// How many rules are drawn.
    pub(in crate::plot) fn n_rows(&self) -> usize {
        match &self.rows {
            Rows::Weights(rows) => rows.len(),
            Rows::Predictions(rows) => rows.len(),
        }
    }
}

fn first<R>(mut rules: Vec<R>, max_rules: usize) -> Vec<R> {
    rules.truncate(max_rules);
    rules
}

/// A probability takes the side of the event from one half on, a value that of the direction in which it moves.
fn tone(subject: &Subject, base: &Prediction, predict: f64) -> Tone {
    match subject {
        Subject::Value => Tone::of_sign(predict - base.predict),
        Subject::Class { .. } | Subject::Event { .. } if predict >= 0.5 => Tone::Positive,
        Subject::Class { .. } | Subject::Event { .. } if predict < 0.5 => Tone::Negative,
        Subject::Class { .. } | Subject::Event { .. } => Tone::Neutral,
    }
}
