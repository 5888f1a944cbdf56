//! The places that an identifier can be asked for, and how each is spelled in the environment and in `ce.toml`.
//! It never reads either.

use std::fmt;

use ce_plugin_api::manifest::Mode;
use serde::{Serialize, Serializer};

/// A place that takes one identifier and an ordered list of fallbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// The explanation plugin of factual explanations.
    ExplanationFactual,
    /// The explanation plugin of alternative explanations.
    ExplanationAlternative,
    /// The explanation plugin of fast explanations.
    ExplanationFast,
    /// The interval calibrator of every mode but fast.
    Interval,
    /// The interval calibrator of mode fast.
    IntervalFast,
    /// The plot style.
    PlotStyle,
    /// The plot renderer, in place of the one that the style names.
    PlotRenderer,
}

impl Slot {
    /// Every slot, in the order in which they are listed to people.
    pub const ALL: [Self; 7] = [
        Self::ExplanationFactual,
        Self::ExplanationAlternative,
        Self::ExplanationFast,
        Self::Interval,
        Self::IntervalFast,
        Self::PlotStyle,
        Self::PlotRenderer,
    ];

    /// The slot of the explanation plugin for a mode; `None` for a mode that this host does not know.
    #[must_use]
    pub fn explanation(mode: Mode) -> Option<Self> {
        match mode {
            Mode::Factual => Some(Self::ExplanationFactual),
            Mode::Alternative => Some(Self::ExplanationAlternative),
            Mode::Fast => Some(Self::ExplanationFast),
            _ => None,
        }
    }

    /// The slot of the interval calibrator for a mode: mode fast reads only its own.
    #[must_use]
    pub fn interval(mode: Mode) -> Self {
        if mode == Mode::Fast { Self::IntervalFast } else { Self::Interval }
    }

    /// The variable that names the identifier.
    #[must_use]
    pub fn variable(self) -> &'static str {
        self.spelling().0
    }

    /// The variable that names the fallbacks.
    #[must_use]
    pub fn fallbacks_variable(self) -> &'static str {
        self.spelling().1
    }

    /// The section of `ce.toml`.
    #[must_use]
    pub fn section(self) -> &'static str {
        self.spelling().2
    }

    /// The key that names the identifier.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.spelling().3
    }

    /// The key that names the fallbacks.
    #[must_use]
    pub fn fallbacks_key(self) -> &'static str {
        self.spelling().4
    }

    /// Variable, fallbacks' variable, section, key, fallbacks' key.
    #[rustfmt::skip]
    fn spelling(self) -> (&'static str, &'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::ExplanationFactual => ("CE_EXPLANATION_PLUGIN_FACTUAL", "CE_EXPLANATION_PLUGIN_FACTUAL_FALLBACKS",
                "explanations", "factual", "factual_fallbacks"),
            Self::ExplanationAlternative => ("CE_EXPLANATION_PLUGIN_ALTERNATIVE", "CE_EXPLANATION_PLUGIN_ALTERNATIVE_FALLBACKS",
                "explanations", "alternative", "alternative_fallbacks"),
            Self::ExplanationFast => ("CE_EXPLANATION_PLUGIN_FAST", "CE_EXPLANATION_PLUGIN_FAST_FALLBACKS",
                "explanations", "fast", "fast_fallbacks"),
            Self::Interval => ("CE_INTERVAL_PLUGIN", "CE_INTERVAL_PLUGIN_FALLBACKS",
                "intervals", "default", "default_fallbacks"),
            Self::IntervalFast => ("CE_INTERVAL_PLUGIN_FAST", "CE_INTERVAL_PLUGIN_FAST_FALLBACKS",
                "intervals", "fast", "fast_fallbacks"),
            Self::PlotStyle => ("CE_PLOT_STYLE", "CE_PLOT_STYLE_FALLBACKS",
                "plots", "style", "style_fallbacks"),
            Self::PlotRenderer => ("CE_PLOT_RENDERER", "CE_PLOT_RENDERER_FALLBACKS",
                "plots", "renderer", "renderer_fallbacks"),
        }
    }
}

/// The slot as it stands in `ce.toml`, such as `intervals.fast`.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.section(), self.key())
    }
}

impl Serialize for Slot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How much is recorded about a run; later is more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TelemetryLevel {
    /// Nothing.
    #[default]
    Off,
    /// One snapshot per run.
    Summary,
    /// The snapshot, with an entry per instance.
    Full,
}

impl TelemetryLevel {
    /// Every level, least first.
    pub const ALL: [Self; 3] = [Self::Off, Self::Summary, Self::Full];

    /// The level as it is written everywhere.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Summary => "summary",
            Self::Full => "full",
        }
    }

    /// The level of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

impl fmt::Display for TelemetryLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
