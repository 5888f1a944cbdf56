//! What the bodies of a spec have in common: rows with three numbers on one axis. It decides no look.

use crate::plot::spec::{Axis, Base, Body, Pivot, Tone};

/// A body as its renderer walks through it.
pub(in crate::plot) struct Panel<'a> {
    pub(in crate::plot) axis: &'a Axis,
    pub(in crate::plot) rule_heading: &'a str,
    pub(in crate::plot) numbers_heading: &'a str,
    pub(in crate::plot) value_heading: &'a str,
    pub(in crate::plot) positive_label: &'a str,
    pub(in crate::plot) negative_label: &'a str,
    /// What rows that take no side have in common, where there are such rows.
    pub(in crate::plot) neutral_label: Option<&'a str>,
    pub(in crate::plot) empty_text: &'a str,
    /// What the three numbers of a row are, in a sentence.
    pub(in crate::plot) noun: &'static str,
    /// The names of the three numbers in the picture's attributes.
    pub(in crate::plot) names: [&'static str; 3],
    /// Where the bars start; none: the numbers are points and their intervals.
    pub(in crate::plot) baseline: Option<f64>,
    /// The instance's own prediction behind the rows.
    pub(in crate::plot) base: Option<&'a Base>,
    pub(in crate::plot) pivot: Option<&'a Pivot>,
    pub(in crate::plot) rows: Vec<Row<'a>>,
}

/// One rule with its number and the number's interval.
#[derive(Clone, Copy, Debug)]
pub(in crate::plot) struct Row<'a> {
    pub(in crate::plot) rule: &'a str,
    pub(in crate::plot) instance_value: &'a str,
    pub(in crate::plot) tone: Tone,
    pub(in crate::plot) number: f64,
    pub(in crate::plot) low: f64,
    pub(in crate::plot) high: f64,
}

impl<'a> Panel<'a> {
    pub(in crate::plot) fn of(body: &'a Body) -> Self {
        match body {
            Body::Weights(panel) => Self {
                axis: &panel.axis,
                rule_heading: &panel.rule_heading,
                numbers_heading: &panel.weight_heading,
                value_heading: &panel.value_heading,
                positive_label: &panel.positive_label,
                negative_label: &panel.negative_label,
                neutral_label: panel.neutral_label.as_deref(),
                empty_text: &panel.empty_text,
                noun: "weight",
                names: ["data-weight", "data-weight-low", "data-weight-high"],
                baseline: Some(0.0),
                base: None,
                pivot: None,
                rows: panel
                    .rows
                    .iter()
                    .map(|row| Row {
                        rule: &row.rule,
                        instance_value: &row.value,
                        tone: row.tone.unwrap_or(Tone::of_sign(row.weight)),
                        number: row.weight,
                        low: row.weight_low,
                        high: row.weight_high,
                    })
                    .collect(),
            },
            Body::Predictions(panel) => Self {
                axis: &panel.axis,
                rule_heading: &panel.rule_heading,
                numbers_heading: &panel.prediction_heading,
                value_heading: &panel.value_heading,
                positive_label: &panel.positive_label,
                negative_label: &panel.negative_label,
                neutral_label: None,
                empty_text: &panel.empty_text,
                noun: "prediction",
                names: ["data-predict", "data-low", "data-high"],
                baseline: None,
                base: Some(&panel.base),
                pivot: panel.pivot.as_ref(),
                rows: panel
                    .rows
                    .iter()
                    .map(|row| Row {
                        rule: &row.rule,
                        instance_value: &row.value,
                        tone: row.tone,
                        number: row.predict,
                        low: row.low,
                        high: row.high,
                    })
                    .collect(),
            },
        }
    }
}

impl Row<'_> {
    pub(in crate::plot) fn numbers(&self) -> [f64; 3] {
        [self.number, self.low, self.high]
    }
}
