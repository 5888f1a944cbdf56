//! A PlotSpec in the words of the Python package's plots. It never draws, and leaves numbers and order to the default
//! builder's choice.

use crate::plot::PlotError;
use crate::plot::builder::{Chosen, Mode, Percentiles, Subject, Words, compose, interval, note, title};

/// Builds a PlotSpec (JSON) of one explanation out of an explanations file (JSON).
///
/// Input, ranking and what is left out are those of [`crate::plot::builder::build`]; the words are the package's, and the
/// weights of a probability stand before the prediction's own interval.
///
/// # Errors
/// A [`PlotError`] that names the place, whatever the input: it never panics.
pub fn build(explanations: &str, intent: &str) -> Result<String, PlotError> {
    let chosen = Chosen::from_json(explanations, intent)?;
    let words = words(&chosen);
    Ok(compose(chosen, words).to_json())
}

fn words(chosen: &Chosen) -> Words {
    let is_alternative = chosen.mode == Mode::Alternative;
    let is_probability = chosen.subject.is_probability();
    let (reading, complement) = match &chosen.subject {
        Subject::Class { name, other: Some(other) } => (format!("P(y={name})"), format!("P(y={other})")),
        Subject::Class { name, other: None } => (format!("P(y={name})"), format!("P(y!={name})")),
        Subject::Event { holds, fails } => (format!("P({holds})"), format!("P({fails})")),
        Subject::Value => ("Median prediction".to_owned(), String::new()),
    };
    let (positive, negative) = match (is_probability, is_alternative) {
        (_, false) => ("weight above zero", "weight below zero"),
        (true, true) => ("probability at least 0.5", "probability below 0.5"),
        (false, true) => ("prediction above the instance's", "prediction below the instance's"),
    };
    Words {
        title: title(chosen),
        header_axis: header_axis(chosen),
        interval: interval(chosen),
        reading,
        complement,
        body_axis: if is_alternative { alternative_axis(chosen) } else { "Feature weights".to_owned() },
        rule_heading: match chosen.mode {
            Mode::Alternative => "Alternative rules",
            Mode::Factual if !is_probability => "Rules",
            Mode::Factual | Mode::Fast => "Features",
        }
        .to_owned(),
        numbers_heading: if is_alternative { "Prediction [low, high]" } else { "Weight [low, high]" }.to_owned(),
        value_heading: "Instance values".to_owned(),
        positive: positive.to_owned(),
        negative: negative.to_owned(),
        // There is no legend, and the package colours all weights alike.
        conjunction: None,
        empty: chosen.empty_text.clone().unwrap_or_else(|| "The explanation has no rules to plot".to_owned()),
        base: "prediction of the instance".to_owned(),
        pivot: "probability 0.5".to_owned(),
        note: note(chosen),
        has_spread: is_probability && !is_alternative,
    }
}

fn header_axis(chosen: &Chosen) -> String {
    match (chosen.subject.is_probability(), chosen.percentiles) {
        (true, _) => "Probability".to_owned(),
        (false, Some(percentiles @ Percentiles::Between(..))) => {
            format!("Prediction interval with {} % confidence", percentiles.confidence())
        }
        (false, Some(one_sided)) => {
            format!("Prediction interval with {} % confidence, {}", one_sided.confidence(), one_sided.in_words())
        }
        (false, None) => "Prediction interval".to_owned(),
    }
}

fn alternative_axis(chosen: &Chosen) -> String {
    match &chosen.subject {
        Subject::Class { name, .. } => format!("Probability for class '{name}'"),
        Subject::Event { holds, .. } => format!("Probability of {holds}"),
        Subject::Value => header_axis(chosen),
    }
}
