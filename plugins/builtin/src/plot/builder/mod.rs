//! Builds the PlotSpec of one explanation. It never draws, and never changes a number but to rank and to frame.

mod chosen;
mod compose;
mod explanation;
mod frame;
mod intent;
mod interval;
mod rank;
mod subject;
mod words;

pub(super) use self::chosen::Chosen;
pub(super) use self::compose::{Words, compose};
pub(super) use self::explanation::Mode;
pub(super) use self::interval::Percentiles;
pub(super) use self::subject::Subject;
pub(super) use self::words::{interval, note, title};
use super::PlotError;

/// Builds a PlotSpec (JSON) of one explanation out of an explanations file (JSON).
///
/// * `explanations`: the explanations file, major version 1, mode `factual`, `fast` or `alternative`, any task
/// * `intent`: `{"index", "style"?, "max_rules"?, "title"?, "n_rules"?, "empty_text"?}`. `index` is the explanation's own
///   `index`; `style` is for the record; `max_rules` is 10 unless given, null means all; `n_rules` are the rules that there
///   were before any was left out of the file; `empty_text` is said where the file has no rule
///
/// Weights are ranked by magnitude, then by width of their interval. Alternatives are ranked by the metric "ensured" with
/// weight 0.5; those whose prediction and interval are the instance's own (as `numpy.isclose` has it) are left out and
/// counted. The first is drawn on top. For ranking, NaN is 0 and an infinity the largest number.
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
    let chosen = Chosen::from_json(explanations, intent)?;
    let words = words::words(&chosen);
    Ok(compose(chosen, words).to_json())
}
