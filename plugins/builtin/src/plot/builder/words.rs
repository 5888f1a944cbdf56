//! The words of the default style. It looks at no number of a rule.

use super::chosen::Chosen;
use super::compose::Words;
use super::explanation::Mode;
use super::subject::Subject;

pub(super) fn words(chosen: &Chosen) -> Words {
    let is_alternative = chosen.mode == Mode::Alternative;
    let (reading, complement) = match &chosen.subject {
        Subject::Class { name, other } => (of(name), of(other.as_deref().unwrap_or("any other class"))),
        Subject::Event { holds, fails } => (of(holds), of(fails)),
        Subject::Value => ("Calibrated median".to_owned(), String::new()),
    };
    let (positive, negative) = sides(&chosen.subject, is_alternative);
    Words {
        title: title(chosen),
        header_axis: match &chosen.subject {
            Subject::Value => "Calibrated prediction, in the target's unit".to_owned(),
            Subject::Class { .. } | Subject::Event { .. } => "Calibrated probability".to_owned(),
        },
        interval: interval(chosen),
        reading,
        complement,
        body_axis: body_axis(&chosen.subject, is_alternative),
        rule_heading: match chosen.mode {
            Mode::Factual => "Rule",
            Mode::Alternative => "Alternative rule",
            Mode::Fast => "Feature",
        }
        .to_owned(),
        numbers_heading: if is_alternative { "Prediction [low, high]" } else { "Weight [low, high]" }.to_owned(),
        value_heading: "Instance value".to_owned(),
        positive,
        negative,
        conjunction: (chosen.mode == Mode::Factual)
            .then(|| "conjunction: the mean over rows that fulfil it, less the prediction".to_owned()),
        empty: match (&chosen.empty_text, is_alternative) {
            (Some(cause), _) => cause.clone(),
            (None, true) => "no alternative noticeably changes this prediction".to_owned(),
            (None, false) => "no rule changes this prediction".to_owned(),
        },
        base: "prediction of this instance and its interval".to_owned(),
        pivot: "probability 0.5".to_owned(),
        note: note(chosen),
        has_spread: false,
    }
}

fn of(name: &str) -> String {
    format!("Probability of {name}")
}

/// What the two colours mean.
fn sides(subject: &Subject, is_alternative: bool) -> (String, String) {
    match (subject.event_name(), is_alternative) {
        (Some(event), false) => (format!("raises the probability of {event}"), "lowers it".to_owned()),
        (None, false) => ("raises the predicted value".to_owned(), "lowers it".to_owned()),
        (Some(event), true) => (format!("probability of {event} at least 0.5"), "below 0.5".to_owned()),
        (None, true) => ("higher than this instance's prediction".to_owned(), "lower".to_owned()),
    }
}

fn body_axis(subject: &Subject, is_alternative: bool) -> String {
    match (subject.event_name(), is_alternative) {
        (Some(_), false) => "Weight".to_owned(),
        (None, false) => "Weight, in the target's unit".to_owned(),
        (Some(event), true) => format!("Calibrated probability of {event}"),
        (None, true) => "Calibrated median, in the target's unit".to_owned(),
    }
}

/// What the interval is.
pub(in crate::plot) fn interval(chosen: &Chosen) -> String {
    let Some(percentiles) = chosen.percentiles else { return "calibrated interval".to_owned() };
    let words = percentiles.in_words();
    if percentiles.has_stand_in(&chosen.prediction) {
        format!("{words}; the other end has no percentile and only stands in")
    } else {
        words
    }
}

/// The heading, unless the caller has one.
pub(in crate::plot) fn title(chosen: &Chosen) -> String {
    if let Some(title) = &chosen.title {
        return title.clone();
    }
    let kind = match chosen.mode {
        Mode::Factual => "Factual explanation",
        Mode::Alternative => "Alternative explanations",
        Mode::Fast => "Fast explanation",
    };
    match &chosen.id {
        Some(id) => format!("{kind} of instance {} (id {id})", chosen.index),
        None => format!("{kind} of instance {}", chosen.index),
    }
}

/// What else there is to say: why the prediction is rejected, and what the picture leaves out.
pub(in crate::plot) fn note(chosen: &Chosen) -> Option<String> {
    let rules = |n: usize| if n == 1 { "1 rule".to_owned() } else { format!("{n} rules") };
    let mut sentences: Vec<String> = chosen.rejection.iter().cloned().collect();
    let n_rows = chosen.n_rows();
    if let Some(left_out) = left_out(chosen).filter(|_| n_rows > 0) {
        sentences.push(left_out);
    } else if n_rows < chosen.n_rules {
        let order = match chosen.mode {
            _ if chosen.is_ranked => "that come first in the order asked for",
            Mode::Factual | Mode::Fast => "of largest absolute weight",
            Mode::Alternative => "of highest rank (metric ensured, weight 0.5)",
        };
        sentences.push(format!("Shown: the {} {order}, out of {}.", rules(n_rows), chosen.n_rules));
    }
    if chosen.n_like_base > 0 {
        let n = rules(chosen.n_like_base);
        sentences.push(format!("Not shown: {n} whose prediction and interval are this instance's, or differ by less than a part in 100,000."));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// What filters, and a number of rules to keep, have left out of the report; none where nothing was.
fn left_out(chosen: &Chosen) -> Option<String> {
    let filters = chosen.filters.join("; ");
    let is_some = |n_all: &usize| *n_all > chosen.n_rows() + chosen.n_like_base || !filters.is_empty();
    let n_all = chosen.n_all.filter(is_some)?;
    let is_cut = chosen.is_cut || chosen.n_rows() < chosen.n_rules;
    let which = match (filters.is_empty(), is_cut) {
        (true, false) => return None,
        (true, true) if chosen.is_ranked => "those that come first in the order asked for".to_owned(),
        (true, true) => "those of highest rank".to_owned(),
        (false, false) => format!("those that the filter keeps: {filters}"),
        (false, true) => format!("the first of those that the filter keeps: {filters}"),
    };
    Some(format!("Shown: {} of {n_all} rules, {which}.", chosen.n_rows()))
}
