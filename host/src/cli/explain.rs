//! `ce explain`: rules for every row of a file, with pictures and telemetry where they are asked for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::destination::{Destination, Staged};
use super::failure::Failure;
use super::io::Io;
use super::outcome::{self, Results};
use super::quantity::sides;
use super::request::RequestFlags;
use super::{dry_run, plots, told};
use crate::config::Slot;
use crate::explain::{Explainer, Route};
use crate::plugin_api::manifest::Mode;
use crate::{ConditionSource, ExplainError, ExplainerBuilder, Explanations};

/// Explain the predictions for every row of a CSV file
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    request: RequestFlags,

    /// How predictions are explained
    #[arg(long, value_name = "MODE", help_heading = "Method")]
    mode: ModeFlag,

    /// The explanation plugin, above environment and ce.toml
    #[arg(long, value_name = "ID", help_heading = "Method")]
    explanation_plugin: Option<String>,

    /// What conditions are cut by: the model's predictions or the observed targets
    #[arg(long, value_name = "SOURCE", help_heading = "Method")]
    condition_source: Option<SourceFlag>,

    /// Draw one picture per row into this directory, which is made when there is none
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run", help_heading = "Output")]
    plot: Option<PathBuf>,

    /// The plot style, above environment and ce.toml
    #[arg(long, value_name = "ID", help_heading = "Output")]
    plot_style: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeFlag {
    /// Why the prediction is what it is
    Factual,
    /// What it would be if a feature had another value
    Alternative,
    /// The same without perturbed rows, from one calibrator per feature
    Fast,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SourceFlag {
    /// Conditions that explain the model
    Prediction,
    /// Conditions that explain the data
    Observed,
}

pub(crate) fn run(args: &ExplainArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let request = &args.request;
    let mode = args.mode();
    request.check_outputs(args.plot.as_ref())?;
    let explanation = Slot::explanation(mode).expect("the mode is one that this host knows");
    let chosen = [(explanation, &args.explanation_plugin), (Slot::PlotStyle, &args.plot_style)];
    let host = request.host(Slot::interval(mode), |builder| {
        let chosen = chosen.into_iter().filter_map(|(slot, identifier)| Some((slot, identifier.as_ref()?)));
        chosen.fold(builder, |builder, (slot, identifier)| builder.choose(slot, identifier))
    })?;
    let files = request.read(&host, io)?;
    let more = |builder| args.condition_source().into_iter().fold(builder, ExplainerBuilder::condition_source);
    let (explainer, asked) = request.explainer(&host, files, more, io)?;
    request.tell_refused(&host, explainer.routes(mode).err().as_ref(), io);
    if request.dry_run {
        let what = format!("explain {} in mode {mode}", dry_run::counted(asked.rows.len()));
        told::warnings(&explainer.review(request.instances(&asked))?, io);
        return dry_run::tell(&what, &explainer, &asked, &explainer.routes(mode)?, io);
    }
    if args.plot_style.is_some() && args.plot.is_none() {
        io.say("note: --plot-style changes nothing here: no picture is drawn without --plot");
    }

    let outcome = explainer.explain(mode, request.instances(&asked)).map_err(|error| args.named(error));
    let (explanations, results) = match outcome {
        Ok(explanations) => {
            let results = args.results(&explainer, &explanations, io);
            (Some(explanations), results)
        }
        Err(failure) => (None, Err(failure)),
    };
    if let Some(explanations) = &explanations {
        told::routes(&args.told(explainer.routes(mode)?), explanations.passed_over(), request.verbose, io);
        told::warnings(explanations.warnings(), io);
    }
    let n_instances = explanations.as_ref().map_or(0, Explanations::len);
    outcome::deliver(request, &explainer, results, &format!("{n_instances} explanations"), io)?;
    match (explanations, &request.output) {
        (Some(explanations), None) => print(&explanations, io),
        (Some(explanations), Some(Destination::Stdout)) => Ok(explanations.write_json(&mut *io.out)?),
        _ => Ok(()),
    }
}

fn print(explanations: &Explanations, io: &mut Io<'_>) -> Result<(), Failure> {
    if let Some(percentiles) = explanations.percentiles() {
        let [low, high] = sides(percentiles);
        io.print(format_args!("instance: prediction = value  [{low}, {high}]\n\n"))?;
    }
    for explanation in explanations.iter() {
        let gap = if explanation.index() == 0 { "" } else { "\n" };
        io.print(format_args!("{gap}{explanation}"))?;
    }
    Ok(())
}

impl ExplainArgs {
    /// The routes to tell of: without pictures nobody was passed over for one, and only --verbose tells who would draw.
    fn told(&self, mut routes: Vec<Route>) -> Vec<Route> {
        let draws = |slot| matches!(slot, Slot::PlotStyle | Slot::PlotRenderer);
        routes.retain(|route| self.plot.is_some() || self.request.verbose || !draws(route.slot));
        routes
    }

    fn mode(&self) -> Mode {
        match self.mode {
            ModeFlag::Factual => Mode::Factual,
            ModeFlag::Alternative => Mode::Alternative,
            ModeFlag::Fast => Mode::Fast,
        }
    }

    /// The error, with the flag by which an option was given that has one of its own.
    fn named(&self, error: ExplainError) -> Failure {
        match error {
            ExplainError::Option(mut error)
                if self.condition_source.is_some() && error.message.contains("condition_source") =>
            {
                error.message.push_str(" (`condition_source` is what --condition-source gives)");
                ExplainError::Option(error).into()
            }
            error => error.into(),
        }
    }

    fn condition_source(&self) -> Option<ConditionSource> {
        self.condition_source.map(|source| match source {
            SourceFlag::Prediction => ConditionSource::Prediction,
            SourceFlag::Observed => ConditionSource::Observed,
        })
    }

    /// Draws and writes everything beside its place.
    fn results(&self, explainer: &Explainer, explanations: &Explanations, io: &mut Io<'_>) -> Result<Results, Failure> {
        let plots = self.plot.as_ref().map(|dir| plots::draw(explainer, explanations, dir, io)).transpose()?;
        let output = match &self.request.output {
            Some(Destination::File(path)) => Some(Staged::write(path, |out| explanations.write_json(out))?),
            _ => None,
        };
        Ok(Results { output, plots })
    }
}
