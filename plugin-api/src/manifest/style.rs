//! One announced plot style. It never looks whether its builder and renderer exist: other bundles may bring them.

use super::fields::Fields;
use super::problem::Fault;
use super::{Mode, PlotStyle, value};

pub(super) fn read(mut fields: Fields<'_>) -> Option<PlotStyle> {
    let identifier = fields.required("identifier", value::style_identifier);
    let builder = fields.required("builder", value::plugin_identifier);
    let renderer = fields.required("renderer", value::plugin_identifier);
    let modes = fields.list("modes", |v| value::one_of(v, Mode::ALL, Mode::as_str));
    let fallbacks = fields.list("fallbacks", value::style_identifier);
    if let (Some(identifier), Some(fallbacks)) = (&identifier, &fallbacks)
        && fallbacks.contains(identifier)
    {
        let message = format!("expected other styles to fall back to, found `{identifier}` itself: remove it");
        fields.problem("fallbacks", Fault::new("manifest.value", message));
    }
    fields.finish();
    Some(PlotStyle {
        identifier: identifier?,
        builder: builder?,
        renderer: renderer?,
        modes: modes?,
        fallbacks: fallbacks?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::problem::Report;
    use super::*;

    fn problems(style: &Value) -> Vec<(&'static str, String)> {
        let report = Report::default();
        let _ = Fields::open(style, "s".to_owned(), &report).and_then(read);
        report.finish().err().into_iter().flatten().map(|p| (p.code, p.place)).collect()
    }

    #[test]
    fn a_style_needs_a_builder_and_a_renderer_and_may_have_a_name_of_one_segment() {
        assert_eq!(problems(&json!({ "identifier": "legacy", "builder": "a.b", "renderer": "a.r" })), []);
        assert_eq!(
            problems(&json!({ "identifier": "legacy", "builder": "b" })),
            [("manifest.identifier", "s.builder".to_owned()), ("manifest.missing_key", "s.renderer".to_owned())]
        );
    }

    #[test]
    fn a_style_does_not_fall_back_to_itself() {
        let style = json!({ "identifier": "s", "builder": "a.b", "renderer": "a.r", "fallbacks": ["t", "s"] });
        assert_eq!(problems(&style), [("manifest.value", "s.fallbacks".to_owned())]);
    }
}
