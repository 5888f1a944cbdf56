//! Everything that a survey found, plugin by plugin, with what was decided about it. It maps nothing and prints nothing.

use std::fmt;

use ce_plugin_api::manifest::{Kind, Manifest, PlotStyle, PluginInfo};
use clap::ValueEnum;
use semver::Version;
use serde::Serialize;

use crate::bundle::trust::{Basis, Refused, Subject, Verdict};
use crate::bundle::{Survey, Surveyed};
use crate::config::{Decision, IsolationSettings, PlacementError, Sourced};

/// What is listed. The names of kinds, which stand in lists, count as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Group {
    #[value(alias = "explanation")]
    Explanations,
    #[value(alias = "interval")]
    Intervals,
    #[value(alias = "learner")]
    Learners,
    #[value(alias = "plot-builder")]
    PlotBuilders,
    #[value(alias = "plot-renderer")]
    PlotRenderers,
    /// Plot styles
    #[value(aliases = ["plot", "plot-style", "plot-styles"])]
    Plots,
    All,
}

/// One plugin or plot style.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) what: What<'a>,
    /// The manifest of its bundle.
    pub(crate) manifest: &'a Manifest,
    /// The bundle's file; none if it is compiled in.
    pub(crate) file: Option<&'a Surveyed>,
    pub(crate) standing: Standing<'a>,
    /// What it depends on and cannot have.
    pub(crate) warnings: Vec<String>,
}

/// What is announced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What<'a> {
    Plugin(&'a PluginInfo),
    Style(&'a PlotStyle),
}

/// What was decided about it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standing<'a> {
    /// Compiled in.
    BuiltIn,
    /// Compiled in, and denied.
    Denied(&'a Sourced<Subject>),
    /// Trusted and listed.
    Trusted(Basis),
    /// Its bundle is trusted, it is not listed: loaded, never chosen.
    Unlisted(Basis),
    /// Its bundle is refused.
    Refused(&'a Refused),
}

/// Why something may not be chosen.
#[derive(Debug, Serialize)]
pub(crate) struct Objection {
    /// A code that does not change.
    pub(crate) code: &'static str,
    /// In words.
    pub(crate) reason: String,
    /// What would change it.
    pub(crate) remedy: String,
}

/// Every plugin and plot style, by kind and identifier.
pub(crate) fn of(survey: &Survey) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for what in announced(survey.built_in()) {
        let denial = survey.judge().denial_of(what.identifier());
        let standing = denial.map_or(Standing::BuiltIn, Standing::Denied);
        items.push(Item { what, manifest: survey.built_in(), file: None, standing, warnings: Vec::new() });
    }
    for file in survey.files() {
        let Some(manifest) = &file.manifest else { continue };
        for what in announced(manifest) {
            let standing = match &file.verdict {
                Verdict::Refused(refused) => Standing::Refused(refused),
                Verdict::Trusted(standing) if standing.is_routable(what.identifier()) => {
                    Standing::Trusted(standing.basis())
                }
                Verdict::Trusted(standing) => Standing::Unlisted(standing.basis()),
                // The first file with these bytes stands for it.
                Verdict::Duplicate(_) => continue,
            };
            items.push(Item { what, manifest, file: Some(file), standing, warnings: Vec::new() });
        }
    }
    items.sort_by_key(|item| (item.what.group(), item.what.identifier()));
    let warnings: Vec<Vec<String>> = items.iter().map(|item| missing(item, &items)).collect();
    for (item, warnings) in items.iter_mut().zip(warnings) {
        item.warnings = warnings;
        item.warnings.extend(obstacles(item, survey));
    }
    items
}

/// Why a bundle that is trusted would not run all the same.
fn obstacles(item: &Item<'_>, survey: &Survey) -> Vec<String> {
    let Some(file) = item.file.filter(|_| item.standing.is_loaded()) else { return Vec::new() };
    let misplaced = survey.isolation().placement_by(item.manifest).err().map(|error| error.to_string());
    let name = &item.manifest.bundle.name;
    let held = survey.held_back(&file.claim.digest);
    let held = held.map(|why| format!("in quarantine: {why}; to use it again: ce quarantine release {name}"));
    misplaced.into_iter().chain(held).collect()
}

fn announced(manifest: &Manifest) -> impl Iterator<Item = What<'_>> {
    manifest.plugins.iter().map(What::Plugin).chain(manifest.plot_styles.iter().map(What::Style))
}

/// What a plugin that may be chosen depends on, or would like to be used with, and that cannot be chosen.
fn missing(item: &Item<'_>, items: &[Item<'_>]) -> Vec<String> {
    if !item.standing.is_usable() {
        return Vec::new();
    }
    let usable = |group: Group, identifier: &str| {
        let mut named = items.iter().filter(|item| item.what.identifier() == identifier);
        named.any(|item| item.standing.is_usable() && group.contains(item.what.group()))
    };
    let wanted = item.what.wanted().into_iter().filter(|(_, group, identifier)| !usable(*group, identifier));
    wanted.map(|(why, _, identifier)| format!("{why} `{identifier}`, which {}", absence(identifier, items))).collect()
}

/// Why an identifier cannot be chosen, and what would change that.
fn absence(identifier: &str, items: &[Item<'_>]) -> String {
    let known = items.iter().find(|item| item.what.identifier() == identifier && !item.standing.is_usable());
    match known.map(|item| item.standing) {
        Some(Standing::Refused(refused)) => format!("is refused ({}): {}", refused.code(), refused.remedy()),
        Some(Standing::Unlisted(_)) => format!("is not listed: ce trust {identifier}"),
        Some(Standing::Denied(denial)) => format!("is denied by {}", denial.origin),
        _ => "is not installed: ce install BUNDLE".to_owned(),
    }
}

impl Item<'_> {
    /// Where its bundle runs, or why nobody knows; none for what is compiled in.
    pub(crate) fn placement(&self, isolation: &IsolationSettings) -> Option<Result<Decision, PlacementError>> {
        self.file.map(|_| isolation.placement_by(self.manifest))
    }
}

impl Group {
    /// Whether something of group `other` belongs to it.
    pub(crate) fn contains(self, other: Self) -> bool {
        self == Self::All || self == other
    }
}

impl<'a> What<'a> {
    pub(crate) fn identifier(self) -> &'a str {
        match self {
            Self::Plugin(info) => &info.identifier,
            Self::Style(style) => &style.identifier,
        }
    }

    /// The kind's name; `plot-style` for a style.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Plugin(info) => info.kind.as_str(),
            Self::Style(_) => "plot-style",
        }
    }

    pub(crate) fn group(self) -> Group {
        match self {
            Self::Style(_) => Group::Plots,
            Self::Plugin(info) => match info.kind {
                Kind::Explanation => Group::Explanations,
                Kind::Interval => Group::Intervals,
                Kind::Learner => Group::Learners,
                Kind::PlotBuilder => Group::PlotBuilders,
                Kind::PlotRenderer => Group::PlotRenderers,
                // A kind of a later boundary, which this command line knows no group for.
                _ => Group::All,
            },
        }
    }

    /// The plugin's own version; a style has its bundle's.
    pub(crate) fn version(self, manifest: &'a Manifest) -> &'a Version {
        match self {
            Self::Plugin(info) => &info.version,
            Self::Style(_) => &manifest.bundle.version,
        }
    }

    /// What must be there, or is taken where nobody asks for another: why, of which group, and its identifier.
    fn wanted(self) -> Vec<(&'static str, Group, &'a str)> {
        match self {
            Self::Plugin(info) => {
                let needs = info.dependencies.iter().map(|id| ("depends on", Group::All, id.as_str()));
                let calibrator = info.interval_dependency.iter().filter(|id| !info.dependencies.contains(id));
                let calibrator = calibrator.map(|id| ("wants the calibrator", Group::Intervals, id.as_str()));
                let style = info.plot_dependency.iter().map(|id| ("wants the plot style", Group::Plots, id.as_str()));
                needs.chain(calibrator).chain(style).collect()
            }
            Self::Style(style) => {
                let parts = [
                    ("wants the builder", Group::PlotBuilders, style.builder.as_str()),
                    ("wants the renderer", Group::PlotRenderers, style.renderer.as_str()),
                ];
                let fallbacks = style.fallbacks.iter().map(|id| ("falls back to", Group::Plots, id.as_str()));
                parts.into_iter().chain(fallbacks).collect()
            }
        }
    }
}

impl Standing<'_> {
    /// Whether it may be chosen.
    pub(crate) fn is_usable(self) -> bool {
        matches!(self, Self::BuiltIn | Self::Trusted(_))
    }

    /// Whether its bundle's code runs, or may.
    pub(crate) fn is_loaded(self) -> bool {
        matches!(self, Self::BuiltIn | Self::Trusted(_) | Self::Unlisted(_))
    }

    /// `built-in`, `denied`, `trusted`, `unlisted` or `refused`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::Denied(_) => "denied",
            Self::Trusted(_) => "trusted",
            Self::Unlisted(_) => "unlisted",
            Self::Refused(_) => "refused",
        }
    }

    /// What the trust rests on.
    pub(crate) fn basis(self) -> Option<&'static str> {
        match self {
            Self::BuiltIn => Some("compiled_in"),
            Self::Trusted(basis) | Self::Unlisted(basis) => Some(basis.as_str()),
            Self::Denied(_) | Self::Refused(_) => None,
        }
    }

    /// Why it may not be chosen.
    pub(crate) fn objection(self, identifier: &str) -> Option<Objection> {
        let (code, reason, remedy) = match self {
            Self::BuiltIn | Self::Trusted(_) => return None,
            Self::Denied(denial) => (
                "trust.denied",
                format!("`{}` is denied by {}", denial.value, denial.origin),
                format!("to allow it, remove `{}` from {}", denial.value, denial.origin),
            ),
            Self::Unlisted(_) => (
                "trust.unlisted",
                "its bundle is trusted for another identifier, this one is not listed".to_owned(),
                format!("ce trust {identifier}"),
            ),
            Self::Refused(refused) => (refused.code(), refused.reason.to_string(), refused.remedy()),
        };
        Some(Objection { code, reason, remedy })
    }
}

/// In one cell of a table.
impl fmt::Display for Standing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => write!(f, "refused ({})", refused.code()),
            Self::Trusted(basis) if *basis != Basis::Lock => write!(f, "trusted ({basis})"),
            other => f.write_str(other.as_str()),
        }
    }
}
