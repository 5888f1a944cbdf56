//! Builds the PlotSpec of one explanation. It never draws, and never changes a number but to rank and to frame.

mod explanation;
mod frame;
mod header;
mod intent;
mod rank;

use self::explanation::Report;
use self::intent::Intent;
use super::PlotError;
use super::spec::{Axis, Body, PlotSpec, RuleRow, SCHEMA_VERSION, WeightPanel};

/// Builds a PlotSpec (JSON) of one explanation out of an explanations file (JSON).
///
/// * `explanations`: the explanations file, major version 1, mode `factual` or `fast`
/// * `intent`: `{"index", "style"?, "max_rules"?, "title"?}`. `index` is the explanation's own `index`; `style` is
///   `plot_spec.default` (the default) or `plot_spec.default.factual`; `max_rules` is 10 unless given, null means all
///
/// Rules are ranked by magnitude of weight, then by width of its interval; the first is drawn on top. For ranking, NaN is 0
/// and an infinity the largest number.
///
/// # Errors
/// A [`PlotError`] that names the place, whatever the input: it never panics.
///
/// ```
/// let explanations = r#"{
///   "schema_version": "1.0.0", "mode": "factual", "task": "classification", "classes": ["no", "yes"],
///   "percentiles": null, "threshold": null,
///   "explanations": [{
///     "index": 0, "prediction": {"predict": 0.7, "low": 0.6, "high": 0.8, "class": "yes"},
///     "rules": [{"rule": "age > 30.00", "value": "41.0", "weight": 0.2, "weight_low": 0.1, "weight_high": 0.25}]
///   }]
/// }"#;
/// let spec = ce_builtin::plot::builder::build(explanations, r#"{"index": 0}"#)?;
/// let svg = ce_builtin::plot::renderer::render(&spec, "svg", "{}")?;
/// assert!(svg.starts_with(b"<svg"));
/// # Ok::<(), ce_builtin::plot::PlotError>(())
/// ```
pub fn build(explanations: &str, intent: &str) -> Result<String, PlotError> {
    let intent = Intent::from_json(intent)?;
    let report = Report::from_json(explanations)?;
    let explanation = report.select(intent.index)?;
    let subject = report.subject(&explanation);
    let n_rules = explanation.rules.len();
    let ranked = rank::largest_first(explanation.rules, intent.max_rules);
    let note = (ranked.len() < n_rules).then(|| left_out_note(ranked.len(), n_rules));
    let rows: Vec<RuleRow> = ranked.into_iter().map(explanation::Rule::into_row).collect();
    let spec = PlotSpec {
        schema_version: SCHEMA_VERSION.to_owned(),
        mode: report.mode.clone(),
        title: intent.title.unwrap_or_else(|| title(&report.mode, intent.index, explanation.id.as_deref())),
        header: header::header(&report, &explanation.prediction, &subject),
        body: Body::Weights(weight_panel(&report, &subject, rows)),
        note,
    };
    Ok(spec.to_json())
}

/// What the prediction is of.
enum Subject {
    /// The probability of something, and of what is not it.
    Probability { event: String, complement: String },
    /// A value.
    Value,
}

fn weight_panel(report: &Report, subject: &Subject, rows: Vec<RuleRow>) -> WeightPanel {
    let bounds = rows.iter().flat_map(|row| [row.weight, row.weight_low, row.weight_high]);
    let (low, high) = frame::around_zero(bounds);
    let (class_name, quantity) = match subject {
        Subject::Probability { event, .. } => (Some(event.clone()), format!("the probability of {event}")),
        Subject::Value => (None, "the predicted value".to_owned()),
    };
    WeightPanel {
        axis: Axis { label: "Weight".to_owned(), low, high },
        class_name,
        rule_heading: if report.mode == "fast" { "Feature" } else { "Rule" }.to_owned(),
        weight_heading: "Weight [low, high]".to_owned(),
        value_heading: "Instance value".to_owned(),
        positive_label: format!("raises {quantity}"),
        negative_label: "lowers it".to_owned(),
        empty_text: "no rule changes this prediction".to_owned(),
        rows,
    }
}

fn title(mode: &str, index: u64, id: Option<&str>) -> String {
    let kind = if mode == "fast" { "Fast" } else { "Factual" };
    match id {
        Some(id) => format!("{kind} explanation of instance {index} (id {id})"),
        None => format!("{kind} explanation of instance {index}"),
    }
}

fn left_out_note(n_shown: usize, n_rules: usize) -> String {
    let noun = if n_shown == 1 { "rule" } else { "rules" };
    format!("Shown: the {n_shown} {noun} of largest absolute weight, out of {n_rules}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_mode_index_and_id() {
        assert_eq!(title("fast", 3, None), "Fast explanation of instance 3");
        assert_eq!(title("factual", 3, Some("A7")), "Factual explanation of instance 3 (id A7)");
    }
}
