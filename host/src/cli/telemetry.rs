//! `ce telemetry`: what telemetry looks like. It never records any.

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::io::Io;

/// What telemetry looks like
#[derive(Debug, Args)]
pub(crate) struct TelemetryArgs {
    #[command(subcommand)]
    command: TelemetryCommand,
}

#[derive(Debug, Subcommand)]
enum TelemetryCommand {
    /// Print the JSON Schema (2020-12) that every telemetry file fulfils
    Schema,
}

pub(crate) fn run(args: &TelemetryArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    match args.command {
        TelemetryCommand::Schema => io.print_json(&crate::telemetry::schema()),
    }
}
