//! The flags that say how predictions are calibrated. It never calibrates.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::failure::Failure;
use super::inputs::{Inputs, open_model};
use super::io::{Io, shown};
use super::options::{Given, To};
use super::quantity::Quantity;
use super::refine::name;
use crate::plugin_api::manifest::Task;
use crate::{Host, Model};

/// How predictions are calibrated.
#[derive(Debug, Args)]
pub(crate) struct CalibrateFlags {
    /// Let intervals depend on how hard a row is, judged by the calibration rows that are nearest to it: 25, unless the
    /// calibrator's option difficulty_neighbours says otherwise. A calibration row counts as its own neighbour, as in crepes,
    /// so that few neighbours (below about 10) make intervals too narrow. The estimate moves too, not the interval alone
    #[arg(long, value_name = "ESTIMATOR", conflicts_with = "difficulty_model", help_heading = HEADING)]
    difficulty: Option<DifficultyFlag>,

    /// Let intervals, and with them the estimate, depend on how hard a row is, judged by a regression of the same features: a
    /// file in ce-model/1
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    difficulty_model: Option<PathBuf>,

    /// How the probabilities of more than two classes are made to sum to one [default: scale]
    #[arg(long, value_name = "HOW", help_heading = HEADING)]
    normalization: Option<NormalizationFlag>,

    /// Which estimate lies between the two bounds of Venn-Abers [default: regularized-mean]. For more than two classes
    /// --normalization scale divides the bounds by the sum of these estimates: with lower or upper they may collapse
    #[arg(long, value_name = "HOW", help_heading = HEADING)]
    summary: Option<SummaryFlag>,
}

const HEADING: &str = "Calibration";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DifficultyFlag {
    /// How far away they are
    Distance,
    /// How far their targets lie apart
    StandardDeviation,
    /// How far off the model is in them
    AbsoluteResiduals,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum NormalizationFlag {
    /// Divide estimate and bounds by the sum
    Scale,
    /// Divide the estimate alone
    Simplex,
    /// Tighten the upper bounds first
    Coherence,
    /// Leave them as they are
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SummaryFlag {
    /// upper / (1 - lower + upper)
    RegularizedMean,
    /// (lower + upper) / 2
    Mean,
    /// The lower bound
    Lower,
    /// The upper bound
    Upper,
}

impl CalibrateFlags {
    /// The files, with the flags that name them.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        self.difficulty_model.as_deref().map(|path| ("--difficulty-model", path)).into_iter()
    }

    /// The options of the interval calibrator that are given.
    pub(crate) fn given(&self) -> Vec<Given> {
        let options = [
            ("--difficulty", "difficulty", self.difficulty.map(name)),
            ("--normalization", "normalization", self.normalization.map(name)),
            ("--summary", "summary", self.summary.map(name)),
        ];
        let given = |(flag, option, value): (_, _, Option<String>)| {
            // Plugins name values as they name options.
            Some(Given { flag, option, value: json!(value?.replace('-', "_")), to: To::Interval })
        };
        options.into_iter().filter_map(given).collect()
    }

    /// The model that says how hard rows are. Its features are those of the other model, in the same order.
    pub(crate) fn difficulty_model(&self, host: &Host, inputs: &Inputs) -> Result<Option<Model>, Failure> {
        let Some(path) = &self.difficulty_model else { return Ok(None) };
        let model = open_model(host, path)?;
        let info = model.info();
        let fault = |code, found: String, expected: String| {
            let remedy = "name a regression that was fitted on the same features";
            let message = format!("--difficulty-model {}: expected {expected}, found {found}: {remedy}", shown(path));
            Err(Failure::not_asked(code, message))
        };
        if info.task != Task::Regression {
            return fault("input.difficulty_task", format!("a {}", info.task), "a regression".to_owned());
        }
        let names = &inputs.feature_names;
        let is_other = !info.feature_names.is_empty() && info.feature_names != *names;
        if info.n_features != names.len() || is_other {
            let found = match info.feature_names.as_slice() {
                [] => format!("{} features", info.n_features),
                names => listed(names),
            };
            return fault("input.features", found, format!("the features {}", listed(names)));
        }
        let known = &inputs.model.info().categories;
        match info.categories.iter().find(|(feature, labels)| known.get(*feature).is_some_and(|own| own != *labels)) {
            Some((feature, labels)) => {
                let expected = format!("the categories {} of `{feature}`", listed(&known[feature]));
                fault("input.categories", listed(labels), expected)
            }
            None => Ok(Some(model)),
        }
    }

    /// Tells of what is given and has no effect.
    pub(crate) fn note(&self, model: &Model, quantity: &Quantity, io: &mut Io<'_>) {
        let info = model.info();
        if self.normalization.is_some() && info.classes.len() <= 2 {
            io.say("note: --normalization changes nothing here: it is for more than two classes");
        }
        if self.summary.is_some() && info.task == Task::Regression && !quantity.is_event() {
            io.say("note: --summary changes nothing here: it is for probabilities, and values are asked for");
        }
        let scales = matches!(self.normalization, None | Some(NormalizationFlag::Scale));
        if let Some(summary @ (SummaryFlag::Lower | SummaryFlag::Upper)) = self.summary
            && info.classes.len() > 2
            && scales
        {
            io.say(format_args!(
                "note: --summary {} with --normalization scale divides bounds by the sum of the {} bounds, so that they may \
                 collapse or be cut off at 1: --normalization none leaves them as they are",
                name(summary),
                name(summary)
            ));
        }
    }
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let names: Vec<String> = names.iter().take(SHOWN + 1).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}
