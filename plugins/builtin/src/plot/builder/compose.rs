//! Numbers and words become a PlotSpec. It words nothing itself, and changes no number but to frame an axis.

use super::chosen::{Chosen, Rows};
use super::explanation::Prediction;
use super::frame;
use crate::plot::spec::{
    Axis, Base, Body, Header, Pivot, PlotSpec, PredictionPanel, PredictionRow, Reading, RuleRow, SCHEMA_VERSION,
    Spread, Tone, WeightPanel,
};

/// The probability from which on the event is the more likely side.
const EVEN_ODDS: f64 = 0.5;

/// All texts of a picture.
pub(in crate::plot) struct Words {
    pub(in crate::plot) title: String,
    pub(in crate::plot) header_axis: String,
    pub(in crate::plot) interval: String,
    /// The name of the prediction.
    pub(in crate::plot) reading: String,
    /// The name of what is left of a probability; for a value unused.
    pub(in crate::plot) complement: String,
    pub(in crate::plot) body_axis: String,
    pub(in crate::plot) rule_heading: String,
    pub(in crate::plot) numbers_heading: String,
    pub(in crate::plot) value_heading: String,
    pub(in crate::plot) positive: String,
    pub(in crate::plot) negative: String,
    /// What the weight of a conjunction is, where it is not that of a single rule: its colour then takes no side.
    pub(in crate::plot) conjunction: Option<String>,
    pub(in crate::plot) empty: String,
    /// The name of the instance's own prediction among alternatives.
    pub(in crate::plot) base: String,
    pub(in crate::plot) pivot: String,
    pub(in crate::plot) note: Option<String>,
    /// Whether weights stand before the interval of the prediction.
    pub(in crate::plot) has_spread: bool,
}

/// Joins what was chosen with its words.
pub(in crate::plot) fn compose(chosen: Chosen, words: Words) -> PlotSpec {
    let range = prediction_range(&chosen);
    let class_name = chosen.subject.event_name().map(str::to_owned);
    let is_probability = chosen.subject.is_probability();
    let header = header(&chosen.prediction, is_probability, range, &words);
    let body = match chosen.rows {
        Rows::Weights(rows) => Body::Weights(weights(rows, class_name, &chosen.prediction, &words)),
        Rows::Predictions(rows) => {
            let Prediction { predict, low, high, .. } = chosen.prediction;
            Body::Predictions(PredictionPanel {
                axis: axis(words.body_axis, range),
                class_name,
                base: Base { label: words.base, predict, low, high },
                pivot: is_probability.then_some(Pivot { label: words.pivot, value: EVEN_ODDS }),
                rule_heading: words.rule_heading,
                prediction_heading: words.numbers_heading,
                value_heading: words.value_heading,
                positive_label: words.positive,
                negative_label: words.negative,
                empty_text: words.empty,
                n_like_base: chosen.n_like_base,
                rows,
            })
        }
    };
    PlotSpec {
        schema_version: SCHEMA_VERSION.to_owned(),
        mode: chosen.mode.name().to_owned(),
        title: words.title,
        header,
        body,
        note: words.note,
    }
}

/// The range of the prediction and, if there are alternatives, of theirs: all stand on one scale.
fn prediction_range(chosen: &Chosen) -> (f64, f64) {
    if chosen.subject.is_probability() {
        return (0.0, 1.0);
    }
    let Prediction { predict, low, high, .. } = chosen.prediction;
    let mut numbers = vec![predict, low, high];
    if let Rows::Predictions(rows) = &chosen.rows {
        numbers.extend(rows.iter().flat_map(|row: &PredictionRow| [row.predict, row.low, row.high]));
    }
    frame::around(&numbers)
}

fn header(prediction: &Prediction, is_probability: bool, range: (f64, f64), words: &Words) -> Header {
    let Prediction { predict, low, high, .. } = *prediction;
    let (tone, baseline) = if is_probability { (Tone::Positive, Some(0.0)) } else { (Tone::Neutral, None) };
    let mut readings = vec![Reading { label: words.reading.clone(), tone, baseline, value: predict, low, high }];
    if is_probability {
        readings.push(Reading {
            label: words.complement.clone(),
            tone: Tone::Negative,
            baseline,
            value: 1.0 - predict,
            low: 1.0 - high,
            high: 1.0 - low,
        });
    }
    Header { axis: axis(words.header_axis.clone(), range), interval_label: words.interval.clone(), readings }
}

fn weights(mut rows: Vec<RuleRow>, class_name: Option<String>, prediction: &Prediction, words: &Words) -> WeightPanel {
    let Prediction { predict, low, high, .. } = *prediction;
    let spread = words.has_spread.then_some(Spread { low: low - predict, high: high - predict });
    if words.conjunction.is_none() {
        rows.iter_mut().for_each(|row| row.tone = None);
    }
    let has_conjunctions = rows.iter().any(|row| row.tone.is_some());
    let of_rows = rows.iter().flat_map(|row| [row.weight, row.weight_low, row.weight_high]);
    let range = frame::around_zero(of_rows.chain(spread.iter().flat_map(|spread| [spread.low, spread.high])));
    WeightPanel {
        axis: axis(words.body_axis.clone(), range),
        class_name,
        rule_heading: words.rule_heading.clone(),
        weight_heading: words.numbers_heading.clone(),
        value_heading: words.value_heading.clone(),
        positive_label: words.positive.clone(),
        negative_label: words.negative.clone(),
        neutral_label: words.conjunction.clone().filter(|_| has_conjunctions),
        empty_text: words.empty.clone(),
        spread,
        rows,
    }
}

fn axis(label: String, (low, high): (f64, f64)) -> Axis {
    Axis { label, low, high }
}
