//! What `explain` and `predict` have in common: the inputs, how the run is set up, and where its results go.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::calibrate::CalibrateFlags;
use super::destination::{self, Destination};
use super::failure::Failure;
use super::flags::{HostFlags, PLUGINS};
use super::inputs::{InputFlags, Inputs, Wanted};
use super::io::Io;
use super::options::Given;
use super::quantity::{Quantity, QuantityFlags};
use super::reject::RejectFlags;
use super::rows::Rows;
use crate::bundle::trust::{Reason, Verdict};
use crate::config::{Settings, Slot, TelemetryLevel};
use crate::explain::Explainer;
use crate::{ExplainError, ExplainerBuilder, Host, HostBuilder, Instances, Model};

/// What `explain` and `predict` have in common, with the flags of the command's own where they belong in its help.
#[derive(Debug, Args)]
pub(crate) struct RequestFlags<Own: Args> {
    #[command(flatten)]
    inputs: InputFlags,

    #[command(flatten)]
    quantity: QuantityFlags,

    #[command(flatten)]
    pub(crate) own: Own,

    #[command(flatten)]
    calibrate: CalibrateFlags,

    #[command(flatten)]
    pub(crate) reject: RejectFlags,

    /// Write the result as JSON, `-` for stdout; without it, readable text on stdout
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<Destination>,

    /// Write what was chosen and why as JSON, `-` for stdout; also when routing or a plugin fails
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) telemetry: Option<Destination>,

    /// How much is recorded; at least summary where --telemetry is given
    #[arg(long, value_name = "LEVEL", requires = "telemetry", help_heading = "Output")]
    telemetry_level: Option<Level>,

    /// A name for the batch in telemetry
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new(), help_heading = "Output")]
    pub(crate) batch_id: Option<String>,

    /// The seed of everything random [default: 42]
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true, help_heading = "Run")]
    seed: Option<u64>,

    /// Threads to spread the batch over; changes no number [default: as many as there are processors]
    #[arg(long, value_name = "N", value_parser = at_least_1, allow_negative_numbers = true, help_heading = "Run")]
    threads: Option<NonZeroUsize>,

    /// Rows that are worked on at once; changes no number [default: 256]
    #[arg(long, value_name = "N", value_parser = at_least_1, allow_negative_numbers = true, help_heading = "Run")]
    chunk_rows: Option<NonZeroUsize>,

    /// Print what would be chosen and why: reads and checks the files and scores the calibration rows, fits nothing
    #[arg(long, conflicts_with_all = ["output", "telemetry", "batch_id"], help_heading = "Run")]
    pub(crate) dry_run: bool,

    /// Say on stderr what was chosen, by whom, and which bundles were refused
    #[arg(long, help_heading = "Run")]
    pub(crate) verbose: bool,

    /// The interval calibrator, above environment and ce.toml
    #[arg(long, value_name = "ID", help_heading = PLUGINS)]
    interval_plugin: Option<String>,

    /// An option of a plugin; VALUE is JSON, or else a text; may be given several times
    #[arg(long, value_name = "ID.KEY=VALUE", help_heading = PLUGINS)]
    option: Vec<OptionFlag>,

    #[command(flatten)]
    host: HostFlags,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// One entry per run
    Summary,
    /// Also one per instance
    Full,
}

/// A request whose files were read.
#[derive(Debug)]
pub(crate) struct Request {
    inputs: Inputs,
    difficulty: Option<Model>,
    quantity: Quantity,
}

/// What an explainer is asked.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) rows: Rows,
    pub(crate) quantity: Quantity,
    /// Features that get no rule in any row.
    ignored: Vec<usize>,
    pub(crate) n_calibration_rows: usize,
}

/// `ID.KEY=VALUE`. The identifier holds dots itself: the last one before the `=` counts.
#[derive(Clone, Debug, PartialEq)]
struct OptionFlag {
    identifier: String,
    option: String,
    value: Value,
}

impl<Own: Args> RequestFlags<Own> {
    /// Checks flags, and where results go, before anything is read or run.
    pub(crate) fn check(&self, plots: Option<&PathBuf>) -> Result<(), Failure> {
        self.reject.check()?;
        let outputs = [("--output", &self.output), ("--telemetry", &self.telemetry)];
        let outputs: Vec<_> = outputs.into_iter().filter_map(|(flag, to)| Some((flag, to.as_ref()?))).collect();
        let is_stdout_taken = !matches!(self.output, Some(Destination::File(_)));
        if matches!(self.telemetry, Some(Destination::Stdout)) && is_stdout_taken {
            let message = "--telemetry - wants stdout for itself: name a file with --output, or with --telemetry";
            return Err(Failure::not_asked("output.stdout_taken", message));
        }
        let inputs: Vec<_> = self.inputs.paths().into_iter().chain(self.calibrate.paths()).collect();
        destination::check(&outputs, plots, &inputs)
    }

    /// A host that was told everything about this request. Bundles that are trusted are loaded.
    pub(crate) fn host(&self, interval: Slot, more: impl FnOnce(HostBuilder) -> HostBuilder) -> Result<Host, Failure> {
        let mut builder = self.host.builder();
        if let Some(identifier) = &self.interval_plugin {
            builder = builder.choose(interval, identifier);
        }
        for flag in &self.option {
            builder = builder.option(&flag.identifier, &flag.option, flag.value.clone());
        }
        Ok(more(builder).build()?)
    }

    /// The files, read and checked.
    pub(crate) fn read(&self, host: &Host, wanted: Wanted<'_>, io: &mut Io<'_>) -> Result<Request, Failure> {
        let quantity = self.quantity.quantity()?;
        let model = self.inputs.model(host)?;
        let path = self.inputs.model_path();
        self.quantity.check(model.info().task, path)?;
        let quantity = self.quantity.with_class(quantity, model.info(), path)?;
        self.calibrate.note(&model, &quantity, io);
        let wanted = Wanted { threshold_column: self.quantity.threshold_column(), ..wanted };
        let inputs = self.inputs.read(model, wanted, io)?;
        let difficulty = self.calibrate.difficulty_model(host, &inputs)?;
        Ok(Request { inputs, difficulty, quantity })
    }

    /// The options that flags give to whatever plugins are chosen: those of the calibrator, and these of the explanation.
    pub(crate) fn given(&self, of_explanation: Vec<Given>) -> Vec<Given> {
        self.calibrate.given().into_iter().chain(of_explanation).collect()
    }

    /// An explainer, and what it is asked. The calibration rows are scored.
    pub(crate) fn explainer(
        &self,
        host: &Host,
        request: Request,
        given: &[Given],
        io: &mut Io<'_>,
    ) -> Result<(Explainer, Asked), Failure> {
        let Request { inputs, difficulty, quantity } = request;
        // Rows of both files count alike, so either may lack what the other has, such as a class.
        let calibration = match &inputs.appended {
            Some(appended) => inputs.calibration.followed_by(appended).map_err(ExplainError::from)?,
            None => inputs.calibration,
        };
        let n_calibration_rows = calibration.n_rows();
        let builder = host.explainer(inputs.model, calibration);
        let builder = match &inputs.appended {
            // No file holds all of the rows.
            Some(_) => builder,
            None => builder.calibration_file(inputs.calibration_digest),
        };
        let builder = builder.telemetry(self.level(host.settings(), io));
        let builder = self.seed.into_iter().fold(builder, ExplainerBuilder::seed);
        let builder = self.threads.into_iter().fold(builder, |builder, n| builder.threads(n.get()));
        let builder = self.chunk_rows.into_iter().fold(builder, |builder, n| builder.chunk_rows(n.get()));
        let builder = difficulty.into_iter().fold(builder, ExplainerBuilder::difficulty);
        let builder = given.iter().fold(builder, |builder, one| one.lay(builder));
        let explainer = builder.build().map_err(|error| self.inputs.placed(error))?;
        Ok((explainer, Asked { rows: inputs.rows, quantity, ignored: inputs.ignored, n_calibration_rows }))
    }

    /// The rows, and what is asked of them.
    pub(crate) fn instances<'a>(&self, asked: &'a Asked) -> Instances<'a> {
        let instances = asked.rows.instances(self.batch_id.as_ref()).ignore(asked.ignored.clone());
        self.reject.ask(asked.quantity.ask(instances))
    }

    /// How much is recorded. A file to write it to is a wish for it, but does not lower what was configured.
    fn level(&self, settings: &Settings, io: &mut Io<'_>) -> TelemetryLevel {
        let configured = settings.telemetry();
        let level = configured.map_or(TelemetryLevel::Off, |level| level.value);
        match (&self.telemetry, self.telemetry_level) {
            (Some(_), Some(Level::Summary)) => TelemetryLevel::Summary,
            (Some(_), Some(Level::Full)) => TelemetryLevel::Full,
            (Some(_), None) => level.max(TelemetryLevel::Summary),
            (None, _) if self.dry_run => level,
            (None, _) => {
                if let Some(configured) = configured.filter(|_| level > TelemetryLevel::Off) {
                    io.say(format_args!(
                        "note: telemetry is asked for ({level}, by {}), but written nowhere: name a file with --telemetry",
                        configured.origin
                    ));
                } else if self.batch_id.is_some() {
                    io.say("note: --batch-id changes nothing here: it names the batch in telemetry, and --telemetry is not given");
                }
                level
            }
        }
    }

    /// Tells of bundles that the user could expect among the loaded ones and that are not, but for those that the error of
    /// this run is about: it says all of it.
    pub(crate) fn tell_refused(&self, host: &Host, error: Option<&ExplainError>, io: &mut Io<'_>) {
        let skips = match error {
            Some(ExplainError::Route(error)) => error.tried.as_slice(),
            _ => &[],
        };
        for failed in host.catalog().failed() {
            let words = failed.to_string();
            if !skips.iter().any(|skip| skip.reason.contains(&words)) {
                io.warn(failed.code(), words);
            }
        }
        for file in host.catalog().refused() {
            let Verdict::Refused(refused) = &file.verdict else { continue };
            let is_expected = matches!(
                refused.reason,
                Reason::Digest { .. } | Reason::Version { .. } | Reason::Unpinned { .. } | Reason::Ambiguous { .. }
            );
            let path = file.claim.path.display().to_string();
            let is_told = skips.iter().any(|skip| file.claim.claims(&skip.identifier) && skip.reason.contains(&path));
            if (self.verbose || is_expected) && !is_told {
                io.warn(refused.code(), format_args!("not used: {refused}"));
            }
        }
        for suspect in host.catalog().suspects() {
            let name = suspect.bundle.as_deref().unwrap_or("a bundle that is gone");
            io.warn("quarantine.suspected", format_args!("`{name}` ({}): {}", suspect.digest, suspect.why()));
        }
        for idle in host.catalog().idle() {
            io.warn("policy.matches_nothing", idle);
        }
        for unreadable in host.catalog().unreadable().iter().filter(|_| self.verbose) {
            io.warn(unreadable.code(), unreadable);
        }
    }
}

pub(crate) fn at_least_1(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "expected at least 1, as a whole number")
}

fn seed(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "expected a whole number from 0 to 18446744073709551615")
}

impl FromStr for OptionFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = "expected ID.KEY=VALUE, such as core.interval.fast.scale_factor=5";
        let (name, value) = text.split_once('=').ok_or_else(|| format!("{wanted}, found no `=`"))?;
        let (identifier, option) = name.rsplit_once('.').ok_or_else(|| format!("{wanted}, found no `.` before `=`"))?;
        if identifier.is_empty() || option.is_empty() {
            return Err(format!("{wanted}, found an empty name"));
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { identifier: identifier.to_owned(), option: option.to_owned(), value })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::OptionFlag;

    #[test]
    fn an_option_is_split_at_the_last_dot_before_the_first_equals_sign() {
        for (text, identifier, option, value) in [
            ("a.b.c=5", "a.b", "c", json!(5)),
            ("a.b.c=[1, 2.5]", "a.b", "c", json!([1, 2.5])),
            ("a.b.c=x.y=z", "a.b", "c", json!("x.y=z")),
            ("a.b.c=\"5\"", "a.b", "c", json!("5")),
            ("a.b.c=", "a.b", "c", json!("")),
        ] {
            let expected = OptionFlag { identifier: identifier.into(), option: option.into(), value };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_names_no_option_is_an_error_that_says_how() {
        for text in ["a.b.c", "c=5", ".c=5", "a.=5", "=5"] {
            let error = text.parse::<OptionFlag>().unwrap_err();
            assert!(error.starts_with("expected ID.KEY=VALUE"), "{text}: {error}");
        }
    }
}
