//! What `explain` and `predict` have in common: the inputs, how the run is set up, and where its results go.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::destination::{self, Destination};
use super::failure::Failure;
use super::flags::HostFlags;
use super::inputs::{InputFlags, Inputs, Rows};
use super::io::Io;
use crate::bundle::trust::{Reason, Verdict};
use crate::config::{Settings, Slot, TelemetryLevel};
use crate::{ExplainerBuilder, Host, HostBuilder};

/// What `explain` and `predict` have in common.
#[derive(Debug, Args)]
pub(crate) struct RequestFlags {
    #[command(flatten)]
    inputs: InputFlags,

    /// Write the result as JSON, `-` for stdout; without it, readable text on stdout
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<Destination>,

    /// Write what was chosen and why as JSON, `-` for stdout; also when the run itself fails
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) telemetry: Option<Destination>,

    /// How much is recorded; at least summary where --telemetry is given
    #[arg(long, value_name = "LEVEL", requires = "telemetry", help_heading = "Output")]
    telemetry_level: Option<Level>,

    /// A name for the batch in telemetry
    #[arg(long, value_name = "ID", help_heading = "Output")]
    pub(crate) batch_id: Option<String>,

    /// Say on stderr what was chosen, by whom, and which bundles were refused
    #[arg(long, help_heading = "Output")]
    pub(crate) verbose: bool,

    /// The interval calibrator, above environment and ce.toml
    #[arg(long, value_name = "ID", help_heading = "Method")]
    interval_plugin: Option<String>,

    /// An option of a plugin; VALUE is JSON, or else a text; may be given several times
    #[arg(long, value_name = "ID.KEY=VALUE", help_heading = "Method")]
    option: Vec<OptionFlag>,

    /// The seed of everything random [default: 42]
    #[arg(long, value_name = "N", help_heading = "Method")]
    seed: Option<u64>,

    /// Threads to spread the batch over; changes no number [default: as many as there are processors]
    #[arg(long, value_name = "N", help_heading = "Method")]
    threads: Option<NonZeroUsize>,

    /// Rows that are worked on at once; changes no number [default: 256]
    #[arg(long, value_name = "N", help_heading = "Method")]
    chunk_rows: Option<NonZeroUsize>,

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

/// `ID.KEY=VALUE`. The identifier holds dots itself: the last one before the `=` counts.
#[derive(Clone, Debug, PartialEq)]
struct OptionFlag {
    identifier: String,
    option: String,
    value: Value,
}

impl RequestFlags {
    /// Checks where results go, before anything is read or run.
    pub(crate) fn check_outputs(&self, plots: Option<&PathBuf>) -> Result<(), Failure> {
        let outputs = [("--output", &self.output), ("--telemetry", &self.telemetry)];
        let outputs: Vec<_> = outputs.into_iter().filter_map(|(flag, to)| Some((flag, to.as_ref()?))).collect();
        let is_stdout_taken = !matches!(self.output, Some(Destination::File(_)));
        if matches!(self.telemetry, Some(Destination::Stdout)) && is_stdout_taken {
            let message = "--telemetry - wants stdout for itself: name a file with --output, or with --telemetry";
            return Err(Failure::not_asked("output.stdout_taken", message));
        }
        destination::check(&outputs, plots, &self.inputs.paths())
    }

    /// A host that was told everything about this request. Bundles that are trusted are loaded; those that the user could
    /// expect among them, and that are not, are told of.
    pub(crate) fn host(
        &self,
        interval: Slot,
        more: impl FnOnce(HostBuilder) -> HostBuilder,
        io: &mut Io<'_>,
    ) -> Result<Host, Failure> {
        let mut builder = self.host.builder();
        if let Some(identifier) = &self.interval_plugin {
            builder = builder.choose(interval, identifier);
        }
        for flag in &self.option {
            builder = builder.option(&flag.identifier, &flag.option, flag.value.clone());
        }
        let host = more(builder).build()?;
        self.tell_refused(&host, io);
        Ok(host)
    }

    /// The files, read and checked.
    pub(crate) fn read(&self, host: &Host, io: &mut Io<'_>) -> Result<Inputs, Failure> {
        self.inputs.read(host, io)
    }

    /// An explainer, and the rows it is for.
    pub(crate) fn explainer(&self, host: &Host, inputs: Inputs, io: &mut Io<'_>) -> (ExplainerBuilder, Rows) {
        let builder = host.explainer(inputs.model, inputs.calibration).calibration_file(inputs.calibration_digest);
        let builder = builder.telemetry(self.level(host.settings(), io));
        let builder = self.seed.into_iter().fold(builder, ExplainerBuilder::seed);
        let builder = self.threads.into_iter().fold(builder, |builder, n| builder.threads(n.get()));
        let builder = self.chunk_rows.into_iter().fold(builder, |builder, n| builder.chunk_rows(n.get()));
        (builder, inputs.rows)
    }

    /// How much is recorded. A file to write it to is a wish for it, but does not lower what was configured.
    fn level(&self, settings: &Settings, io: &mut Io<'_>) -> TelemetryLevel {
        let configured = settings.telemetry();
        let level = configured.map_or(TelemetryLevel::Off, |level| level.value);
        match (&self.telemetry, self.telemetry_level) {
            (Some(_), Some(Level::Summary)) => TelemetryLevel::Summary,
            (Some(_), Some(Level::Full)) => TelemetryLevel::Full,
            (Some(_), None) => level.max(TelemetryLevel::Summary),
            (None, _) => {
                if let Some(configured) = configured.filter(|_| level > TelemetryLevel::Off) {
                    io.say(format_args!(
                        "note: telemetry is asked for ({level}, by {}), but written nowhere: name a file with --telemetry",
                        configured.origin
                    ));
                }
                level
            }
        }
    }

    fn tell_refused(&self, host: &Host, io: &mut Io<'_>) {
        for failed in host.catalog().failed() {
            io.warn(failed.code(), failed);
        }
        for file in host.catalog().refused() {
            let Verdict::Refused(refused) = &file.verdict else { continue };
            let is_expected = matches!(
                refused.reason,
                Reason::Digest { .. } | Reason::Version { .. } | Reason::Unpinned { .. } | Reason::Ambiguous { .. }
            );
            if self.verbose || is_expected {
                io.warn(refused.code(), format_args!("not used: {refused}"));
            }
        }
        for unreadable in host.catalog().unreadable().iter().filter(|_| self.verbose) {
            io.warn(unreadable.code(), unreadable);
        }
    }
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
