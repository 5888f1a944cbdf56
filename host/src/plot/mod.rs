//! A style becomes a picture: builder, then renderer. What fails while drawing is passed over along the chain, and the
//! picture says so. It never writes a file.

use ce_plugin_api::kind::{PlotBuilderHandle, PlotRendererHandle};
use ce_plugin_api::manifest::{Kind, PluginInfo};
use serde_json::json;

use crate::bundle::Catalog;
use crate::explain::fault::{Call, Cause, Violation};
use crate::explain::options::{OptionError, OptionSources};
use crate::explain::{ExplainError, Explanations, PluginFault, Route, Skip};

/// A picture, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plotted {
    /// The picture.
    pub bytes: Vec<u8>,
    /// Its format, such as `svg`.
    pub format: String,
    /// The style that was drawn.
    pub style: String,
    /// The builder that described it.
    pub builder: String,
    /// The renderer that drew it.
    pub renderer: String,
    /// Styles that were tried before and failed.
    pub skipped: Vec<Skip>,
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The report has no such instance.
    #[error("there is no instance {instance} to draw, the report has {n_instances}")]
    NoSuchInstance {
        /// The instance asked for.
        instance: usize,
        /// How many there are.
        n_instances: usize,
    },
    /// Nothing could be routed to.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// An option of builder or renderer is wrong.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// Every style of the chain failed.
    #[error("no plot style worked: {}", skipped.iter().map(|skip| format!("`{}`: {}", skip.identifier, skip.reason)).collect::<Vec<_>>().join("; "))]
    Exhausted {
        /// What was tried.
        skipped: Vec<Skip>,
    },
}

impl PlotError {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchInstance { .. } => "plot.no_such_instance",
            Self::Explain(error) => error.code(),
            Self::Option(error) => error.code(),
            Self::Exhausted { skipped } => skipped.first().map_or("plot.exhausted", |skip| skip.code),
        }
    }
}

/// What drawing needs beside the report.
#[derive(Clone, Copy)]
pub(crate) struct Canvas<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) options: OptionSources<'a>,
    /// The renderers asked for in place of the style's, in order. Empty: the style's.
    pub(crate) renderers: &'a [String],
}

/// Draws one instance in the first style of the route that works.
pub(crate) fn draw(
    canvas: &Canvas<'_>,
    route: &Route,
    explanations: &Explanations,
    instance: usize,
    format: &str,
) -> Result<Plotted, PlotError> {
    let Some(explanation) = explanations.get(instance) else {
        return Err(PlotError::NoSuchInstance { instance, n_instances: explanations.len() });
    };
    let number = explanation.number();
    let report = explanations.json_of(instance);
    let told = Told { number, n_rules: explanation.n_found(), empty_text: explanation.why_no_rule() };
    let mut skipped = Vec::new();
    for style in &route.usable {
        for renderer in canvas.renderers_of(style) {
            match canvas.draw_in(style, renderer, &report, &told, format) {
                Ok(plotted) => return Ok(Plotted { skipped, ..plotted }),
                Err(Failure::Fault(fault)) => {
                    let (code, reason) = (fault.code(), fault.to_string());
                    let worker = fault.cause.worker().cloned().map(Box::new);
                    skipped.push(Skip { identifier: style.clone(), code, reason, remedy: None, worker });
                }
                Err(Failure::Option(error)) => return Err(error.into()),
            }
        }
    }
    Err(PlotError::Exhausted { skipped })
}

/// What a builder is told beside the report.
struct Told {
    /// The caller's number of the instance.
    number: usize,
    /// The rules that there were before any was left out.
    n_rules: usize,
    /// Why there is no rule, where something that was asked for left none.
    empty_text: Option<String>,
}

enum Failure {
    Fault(PluginFault),
    Option(OptionError),
}

impl Canvas<'_> {
    /// The renderers to try for a style: those asked for, else its own.
    fn renderers_of(&self, style: &str) -> Vec<&str> {
        if !self.renderers.is_empty() {
            return self.renderers.iter().map(String::as_str).collect();
        }
        self.catalog.usable_style(style).map(|style| style.renderer.as_str()).into_iter().collect()
    }

    fn draw_in(
        &self,
        style: &str,
        renderer: &str,
        report: &str,
        told: &Told,
        format: &str,
    ) -> Result<Plotted, Failure> {
        let style = self.catalog.usable_style(style).map_err(|skip| gone(Kind::PlotBuilder, &skip.identifier))?;
        let (builder_info, builder) = self.part::<PlotBuilderHandle>(&style.builder)?;
        let (renderer_info, renderer_handle) = self.part::<PlotRendererHandle>(renderer)?;
        let Told { number, n_rules, empty_text } = told;
        let intent = json!({
            "index": number, "style": style.identifier, "max_rules": null, "n_rules": n_rules, "empty_text": empty_text,
        })
        .to_string();
        let failed = |info: &PluginInfo, call, cause| {
            Failure::Fault(PluginFault {
                kind: info.kind,
                identifier: info.identifier.clone(),
                bundle: self.bundle_of(info),
                call,
                instance: Some(*number),
                in_calibration: false,
                cause,
            })
        };
        let spec =
            builder.build(report, &intent).map_err(|error| failed(builder_info, Call::Build, Cause::from(error)))?;
        let options = self.options(renderer_info)?;
        let bytes = renderer_handle
            .render(&spec, format, &options)
            .map_err(|error| failed(renderer_info, Call::Render, Cause::from(error)))?;
        if bytes.is_empty() {
            let nothing = Violation::Contradiction("returned an empty picture".to_owned());
            return Err(failed(renderer_info, Call::Render, Cause::Violation(nothing)));
        }
        Ok(Plotted {
            bytes,
            format: format.to_owned(),
            style: style.identifier.clone(),
            builder: style.builder.clone(),
            renderer: renderer.to_owned(),
            skipped: Vec::new(),
        })
    }

    fn part<H: crate::bundle::registry::Handle>(&self, identifier: &str) -> Result<(&PluginInfo, &H), Failure> {
        let entry = self.catalog.usable(H::KIND, identifier).map_err(|_| gone(H::KIND, identifier))?;
        let handle = self.catalog.registry().handle::<H>(identifier).ok_or_else(|| gone(H::KIND, identifier))?;
        Ok((&entry.info, handle))
    }

    fn options(&self, info: &PluginInfo) -> Result<String, Failure> {
        self.options.text(info, None, false).map_err(Failure::Option)
    }

    fn bundle_of(&self, info: &PluginInfo) -> String {
        let entry = self.catalog.registry().entry(info.kind, &info.identifier);
        entry.map_or_else(String::new, |entry| entry.source.name.clone())
    }
}

fn gone(kind: Kind, identifier: &str) -> Failure {
    match ExplainError::gone(kind, identifier) {
        ExplainError::Plugin(fault) => Failure::Fault(*fault),
        _ => unreachable!("`gone` is a fault of the plugin"),
    }
}
