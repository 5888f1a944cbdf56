//! What the caller wants drawn. It knows nothing of the explanations.

use serde::Deserialize;
use serde_json::Value;

use crate::plot::PlotError;
use crate::plot::document::Document;

const NAME: &str = "intent";
const DEFAULT_MAX_RULES: usize = 10;

/// A checked intent.
#[derive(Debug)]
pub(super) struct Intent {
    /// The `index` of the explanation.
    pub(super) index: u64,
    /// Draw no more rules than this.
    pub(super) max_rules: usize,
    /// The heading; none: one is made up.
    pub(super) title: Option<String>,
    /// The rules that there were before any was left out of the report; none: the caller does not say.
    pub(super) n_rules: Option<u64>,
    /// What to say where the report has no rule; none: that nothing changes the prediction.
    pub(super) empty_text: Option<String>,
}

#[derive(Deserialize)]
struct Rest {
    index: u64,
    title: Option<String>,
    n_rules: Option<u64>,
    empty_text: Option<String>,
}

impl Intent {
    pub(super) fn from_json(text: &str) -> Result<Self, PlotError> {
        let mut document = Document::parse(NAME, text)?;
        // Which styles use this builder is for their manifests to say: a third party's may.
        let _: Option<String> = document.take("style")?;
        let max_rules = max_rules(&mut document)?;
        let Rest { index, title, n_rules, empty_text } = document.rest()?;
        Ok(Self { index, max_rules, title, n_rules, empty_text })
    }
}

/// Absent: the default. Null: all of them. Zero would hide every rule behind a picture that says there are none.
fn max_rules(document: &mut Document) -> Result<usize, PlotError> {
    if !document.has("max_rules") {
        return Ok(DEFAULT_MAX_RULES);
    }
    match document.take::<Value>("max_rules")? {
        Value::Null => Ok(usize::MAX),
        found => match found.as_u64() {
            Some(n) if n > 0 => Ok(usize::try_from(n).unwrap_or(usize::MAX)),
            _ => Err(PlotError::Field {
                document: NAME,
                place: "max_rules".to_owned(),
                cause: format!("expected a whole number from 1, found {found}"),
                remedy: "leave it out for 10, or write null for all rules",
            }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_rules_is_ten_unless_given() -> Result<(), PlotError> {
        assert_eq!(Intent::from_json(r#"{"index": 1, "later": true}"#)?.max_rules, 10);
        assert_eq!(Intent::from_json(r#"{"index": 1, "max_rules": 3}"#)?.max_rules, 3);
        assert_eq!(Intent::from_json(r#"{"index": 1, "max_rules": null}"#)?.max_rules, usize::MAX);
        Ok(())
    }

    #[test]
    fn a_bad_intent_is_refused_with_its_code() {
        for (text, code) in [
            ("", "plot_malformed_json"),
            ("{}", "plot_invalid_field"),
            (r#"{"index": -1}"#, "plot_invalid_field"),
            (r#"{"index": 0, "max_rules": 0}"#, "plot_invalid_field"),
            (r#"{"index": 0, "title": 7}"#, "plot_invalid_field"),
        ] {
            assert_eq!(Intent::from_json(text).err().map(|error| error.code()), Some(code), "{text}");
        }
    }
}
