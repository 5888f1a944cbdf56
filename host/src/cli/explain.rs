//! `ce explain`: rules for every row of a file, with pictures and telemetry where they are asked for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::destination::{Destination, Staged};
use super::failure::Failure;
use super::flags::PLUGINS;
use super::ignore::IgnoreFlags;
use super::inputs::Wanted;
use super::io::Io;
use super::options::{self, ExplanationFlags, HEADING};
use super::outcome::{self, Results};
use super::quantity::sides;
use super::refine::RefineFlags;
use super::request::{Asked, RequestFlags};
use super::{dry_run, plots, told};
use crate::config::Slot;
use crate::explain::{Explainer, Route};
use crate::plugin_api::manifest::Mode;
use crate::{Explanations, Host};

/// Explain the predictions for every row of a CSV file
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    request: RequestFlags<RulesFlags>,

    /// Draw one picture per row into this directory, which is made when there is none in its place
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run", help_heading = "Output")]
    plot: Option<PathBuf>,

    /// The plot style, above environment and ce.toml
    #[arg(long, value_name = "ID", help_heading = "Output")]
    plot_style: Option<String>,

    /// The explanation plugin, above environment and ce.toml
    #[arg(long, value_name = "ID", help_heading = PLUGINS)]
    explanation_plugin: Option<String>,
}

/// What is asked of explanations.
#[derive(Debug, Args)]
struct RulesFlags {
    /// How predictions are explained
    #[arg(long, value_name = "MODE", help_heading = HEADING)]
    mode: ModeFlag,

    #[command(flatten)]
    options: ExplanationFlags,

    #[command(flatten)]
    ignore: IgnoreFlags,

    #[command(flatten)]
    refine: RefineFlags,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeFlag {
    /// Why the prediction is what it is
    Factual,
    /// What it would be if a feature had another value
    Alternative,
    /// Which features stand out, by one calibrator per feature and without perturbed rows
    Fast,
}

pub(crate) fn run(args: &ExplainArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let request = &args.request;
    let mode = args.mode();
    let refinement = args.request.own.refine.refinement(mode)?;
    args.request.own.options.check(mode)?;
    request.check(args.plot.as_ref())?;
    let explanation = Slot::explanation(mode).expect("the mode is one that this host knows");
    let chosen = [(explanation, &args.explanation_plugin), (Slot::PlotStyle, &args.plot_style)];
    let host = request.host(Slot::interval(mode), |builder| {
        let chosen = chosen.into_iter().filter_map(|(slot, identifier)| Some((slot, identifier.as_ref()?)));
        chosen.fold(builder, |builder, (slot, identifier)| builder.choose(slot, identifier))
    })?;
    let files = request.read(&host, Wanted { ignore: Some(&args.request.own.ignore), ..Wanted::default() }, io)?;
    let given = request.given(args.request.own.options.given());
    let (explainer, asked) = request.explainer(&host, files, &given, io)?;
    request.tell_refused(&host, explainer.routes(mode).err().as_ref(), io);
    args.request.own.refine.note_classes(explainer.schema().classes.len(), io);
    if request.dry_run {
        return args.dry_run(&host, &explainer, &asked, io);
    }
    if args.plot_style.is_some() && args.plot.is_none() {
        io.say("note: --plot-style changes nothing here: no picture is drawn without --plot");
    }

    let instances = request.instances(&asked).refine(refinement);
    let outcome = explainer.explain(mode, instances).map_err(|error| options::named(error, &given));
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
        args.request.own.refine.note_ties(explanations, io);
        request.reject.tell(explanations.rejections(), explanations.len(), io);
    }
    let n_instances = explanations.as_ref().map_or(0, Explanations::len);
    outcome::deliver(request, &explainer, results, &format!("{n_instances} explanations"), io)?;
    match (explanations, &request.output) {
        (Some(explanations), None) => print(&explanations, args.request.own.refine.words(mode), io),
        (Some(explanations), Some(Destination::Stdout)) => Ok(explanations.write_json(&mut *io.out)?),
        _ => Ok(()),
    }
}

fn print(explanations: &Explanations, rules: Option<String>, io: &mut Io<'_>) -> Result<(), Failure> {
    if let Some(rules) = rules {
        io.print(format_args!("rules: {rules}\n\n"))?;
    }
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
        match self.request.own.mode {
            ModeFlag::Factual => Mode::Factual,
            ModeFlag::Alternative => Mode::Alternative,
            ModeFlag::Fast => Mode::Fast,
        }
    }

    /// Tells what a run would do, and fails as it would.
    fn dry_run(&self, host: &Host, explainer: &Explainer, asked: &Asked, io: &mut Io<'_>) -> Result<(), Failure> {
        let (request, mode) = (&self.request, self.mode());
        let given = request.given(self.request.own.options.given());
        let review = explainer.review(request.instances(asked)).map_err(|error| options::named(error, &given))?;
        let routes = explainer.routes(mode).map_err(|error| options::named(error, &given))?;
        options::check(&given, &routes, host.catalog())?;
        told::warnings(&review, io);
        let notes = [
            ("rules", self.request.own.refine.words(mode)),
            ("features without a rule", self.request.own.ignore.words()),
            ("reject", request.reject.words()),
            ("options", options::words(&given)),
        ];
        let what = format!("explain {} in mode {mode}", dry_run::counted(asked.rows.len()));
        dry_run::tell(&what, explainer, asked, &routes, &notes, io)
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
