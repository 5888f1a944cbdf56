//! The command line `ce`: one file per command, each a thin layer over the library. Data goes to stdout, words go to
//! stderr; exit 0, 1 (the answer is no) or 2 (it could not be asked).
//!
//! Only `explain`, `predict` and `register` map a bundle. The others look at files and never run them.

mod failure;
mod io;

mod flags;

mod calibrate;
mod ignore;
mod inputs;
mod options;
mod quantity;
mod refine;
mod reject;
mod request;
mod rows;

mod destination;
mod dry_run;
mod outcome;
mod told;

mod explain;
mod metrics;
mod plots;
mod predict;

mod inventory;
mod table;

mod config;
mod doctor;
mod list;
mod quarantine;
mod show;

mod deny;
mod install;
mod register;
mod trust;
mod uninstall;
mod untrust;

mod telemetry;

use std::ffi::OsString;
use std::io::BufWriter;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::failure::Failure;
use self::io::Io;

/// The version of every `--json` document of the inspection commands. Minor versions only add.
const DOCUMENT_VERSION: &str = "1.1.0";

/// Explain predictions with calibrated uncertainty, through plugins whose trust you decide
#[derive(Debug, Parser)]
#[command(name = "ce", version, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit status: 0 done, 1 the answer is no (refused, not usable, failed), 2 it could not be asked (usage, unreadable or \
malformed input).

Only explain, predict and register run a bundle's code, and only that of trusted bundles.";

#[derive(Debug, Subcommand)]
enum Command {
    Explain(Box<explain::ExplainArgs>),
    Predict(Box<predict::PredictArgs>),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Doctor(doctor::DoctorArgs),
    Config(config::ConfigArgs),
    Quarantine(quarantine::QuarantineArgs),
    Install(install::InstallArgs),
    Uninstall(uninstall::UninstallArgs),
    Trust(trust::TrustArgs),
    Untrust(untrust::UntrustArgs),
    Deny(deny::DenyArgs),
    Register(register::RegisterArgs),
    Telemetry(telemetry::TelemetryArgs),
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    // Stderr stays unlocked: a thread that panics must be able to say so.
    let (mut out, mut err) = (BufWriter::new(std::io::stdout().lock()), std::io::stderr());
    ExitCode::from(run(std::env::args_os(), &mut Io::new(&mut out, &mut err)))
}

fn run(arguments: impl IntoIterator<Item = OsString>, io: &mut Io<'_>) -> u8 {
    let result = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli.command.run(io),
        Err(error) if error.use_stderr() => Err(Failure::Usage(error.to_string())),
        // Somebody asked for help or the version.
        Err(answer) => io.print(format_args!("{answer}")),
    };
    match result.and_then(|()| Ok(io.out.flush()?)) {
        Ok(()) => 0,
        Err(failure) => {
            failure.tell(io);
            failure.status()
        }
    }
}

impl Command {
    fn run(&self, io: &mut Io<'_>) -> Result<(), Failure> {
        if matches!(self, Self::Explain(_) | Self::Predict(_) | Self::Register(_)) {
            // They run a bundle's code, which is not to blame for a Ctrl-C.
            crate::quarantine::end_on_signals();
        }
        match self {
            Self::Explain(args) => explain::run(args, io),
            Self::Predict(args) => predict::run(args, io),
            Self::List(args) => list::run(args, io),
            Self::Show(args) => show::run(args, io),
            Self::Doctor(args) => doctor::run(args, io),
            Self::Config(args) => config::run(args, io),
            Self::Quarantine(args) => quarantine::run(args, io),
            Self::Install(args) => install::run(args, io),
            Self::Uninstall(args) => uninstall::run(args, io),
            Self::Trust(args) => trust::run(args, io),
            Self::Untrust(args) => untrust::run(args, io),
            Self::Deny(args) => deny::run(args, io),
            Self::Register(args) => register::run(args, io),
            Self::Telemetry(args) => telemetry::run(args, io),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_of_every_command_are_in_order() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_reader_who_left_is_no_error() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut err = Vec::new();
        let arguments = ["ce", "telemetry", "schema"].map(OsString::from);
        assert_eq!(run(arguments, &mut Io::new(&mut Gone, &mut err)), 0);
        assert!(err.is_empty());
    }
}
