//! What a bundle says about itself, readable without running it. It never decides whether the bundle is trusted.

mod parse;

mod plugin;

mod style;

mod options;

mod version;

mod value;

mod fields;

mod json;

mod problem;

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde::Serialize;

pub use json::{ENTRIES_MAX, MANIFEST_BYTES_MAX, TEXT_BYTES_MAX};
pub use options::{RESERVED_OPTIONS, check_options};
pub use plugin::expected_capabilities;
pub use problem::{PROBLEMS_MAX, Problem, Problems};
pub use value::{IDENTIFIER_CHARS_MAX, NAME_CHARS_MAX, check_identifier};
pub use version::{SUPPORTED_SCHEMA, api_is_supported};

/// A manifest that has been checked: identifiers are well formed and unique, versions are semver, and the declared
/// capabilities agree with kinds, tasks and modes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// The version of the manifest's format.
    pub schema_version: Version,
    /// The version of `ce-plugin-api` that the bundle was compiled against, written by `export_bundle!`.
    pub plugin_api: Version,
    /// The bundle as a whole.
    pub bundle: BundleInfo,
    /// What the bundle asks for beyond computing, in the order of the manifest; of formats from 1.1.0 on. The host's user
    /// grants, or does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<Permission>,
    /// The announced plugins, in the order of the manifest.
    pub plugins: Vec<PluginInfo>,
    /// The announced plot styles, in the order of the manifest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plot_styles: Vec<PlotStyle>,
}

/// The part of a manifest that names the bundle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BundleInfo {
    /// The bundle's name, unique on a host.
    pub name: String,
    /// The bundle's own version.
    pub version: Version,
    /// Who provides it: a claim, which trust does not rest on.
    pub provider: String,
    /// An SPDX expression.
    pub license: String,
}

/// One announced plugin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PluginInfo {
    /// What it does.
    pub kind: Kind,
    /// The identifier that users route by, unique per kind.
    pub identifier: String,
    /// The plugin's own version.
    pub version: Version,
    /// The tasks it serves. Empty for plots.
    pub tasks: Vec<Task>,
    /// The modes that an explanation plugin serves. Empty for the other kinds.
    pub modes: Vec<Mode>,
    /// The declared capabilities; they agree with kind, tasks and modes.
    pub capabilities: Vec<String>,
    /// Identifiers that must be usable for this plugin to be routed to.
    pub dependencies: Vec<String>,
    /// The interval calibrator that an explanation plugin would like to be used with.
    pub interval_dependency: Option<String>,
    /// The plot style that an explanation plugin would like to be drawn in.
    pub plot_dependency: Option<String>,
    /// Whether an interval calibrator answers questions that carry a feature (FAST).
    pub fast_compatible: bool,
    /// Whether an interval calibrator needs Mondrian categories.
    pub requires_bins: bool,
    /// What the calibrator's confidence rests on, for people to read.
    pub confidence_source: Option<String>,
    /// The model formats that a learner opens, such as `ce-model/1`.
    pub formats: Vec<String>,
    /// The options that the plugin takes, by name.
    pub options: BTreeMap<String, OptionSpec>,
}

/// A named way to draw: which builder, which renderer, and what to take when they cannot be used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlotStyle {
    /// The style's identifier, such as `plot_spec.default.factual`.
    pub identifier: String,
    /// The identifier of the plot builder.
    pub builder: String,
    /// The identifier of the plot renderer.
    pub renderer: String,
    /// The modes it can draw. Empty: all.
    pub modes: Vec<Mode>,
    /// The styles to try next, in order.
    pub fallbacks: Vec<String>,
}

/// What values an option takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptionSpec {
    /// The type of its values.
    #[serde(rename = "type")]
    pub value_type: OptionType,
    /// What is used when the option is not given. Null: nothing, and the plugin says what it does then.
    pub default: serde_json::Value,
    /// The smallest number allowed.
    pub minimum: Option<f64>,
    /// The largest number allowed.
    pub maximum: Option<f64>,
    /// The only texts allowed. Empty: any.
    pub choices: Vec<String>,
    /// One sentence for people to read.
    pub description: Option<String>,
}

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value, in the order in which they are listed to people.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as it stands in manifests, on the command line and in telemetry.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value of that name, if there is one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::from_name(&name)
                    .ok_or_else(|| serde::de::Error::unknown_variant(&name, &[$($text),+]))
            }
        }
    };
}

names! {
    /// What a plugin does.
    Kind {
        /// Opens a model and answers rows with scores.
        Learner = "learner",
        /// Calibrates scores into intervals.
        Interval = "interval",
        /// Turns calibrated answers into rules.
        Explanation = "explanation",
        /// Turns a report into a description of a plot.
        PlotBuilder = "plot-builder",
        /// Turns a description of a plot into a picture.
        PlotRenderer = "plot-renderer",
    }
}

names! {
    /// What a bundle may do beyond computing, if its user grants it.
    Permission {
        /// Read whatever files the host's user may read. Writing is never permitted.
        ReadFiles = "read_files",
        /// Open sockets and connect them.
        Network = "network",
    }
}

names! {
    /// What a model predicts.
    Task {
        /// One of several classes.
        Classification = "classification",
        /// A number.
        Regression = "regression",
    }
}

names! {
    /// How a prediction is explained.
    Mode {
        /// Why the prediction is what it is: rules that hold for the instance.
        Factual = "factual",
        /// What would change it: rules that do not hold for the instance.
        Alternative = "alternative",
        /// Factual weights without perturbed rows, from calibrators per feature.
        Fast = "fast",
    }
}

names! {
    /// The type of an option's values.
    OptionType {
        /// A float64.
        Number = "number",
        /// A whole number.
        Integer = "integer",
        /// A text.
        String = "string",
        /// True or false.
        Boolean = "boolean",
        /// A list of whole numbers, such as feature indices.
        Integers = "integers",
        /// A list of numbers, such as percentiles.
        Numbers = "numbers",
    }
}
