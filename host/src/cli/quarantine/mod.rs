//! `ce quarantine`: which bundles are held back and why, and letting them go. It never runs them.

mod document;
mod text;

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::flags::HostFlags;
use super::io::Io;
use crate::quarantine::{Quarantine, QuarantineError, Selector};

/// Bundles that are held back for a time, since they misbehaved
#[derive(Debug, Args)]
pub(crate) struct QuarantineArgs {
    #[command(subcommand)]
    command: QuarantineCommand,
}

#[derive(Debug, Subcommand)]
enum QuarantineCommand {
    /// List what is held back, was held back or is suspected
    List(ListArgs),
    /// Show all that is known of one bundle
    Show(ShowArgs),
    /// Use a bundle again, and forget what it did
    Release(ReleaseArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Print a JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    host: HostFlags,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// A digest, its beginning, or the name of a bundle
    #[arg(value_name = "BUNDLE")]
    wanted: String,

    /// Print a JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    host: HostFlags,
}

#[derive(Debug, Args)]
struct ReleaseArgs {
    /// A digest, its beginning, or the name of a bundle
    #[arg(value_name = "BUNDLE", required_unless_present = "all", conflicts_with = "all")]
    wanted: Option<String>,

    /// Release everything
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    host: HostFlags,
}

pub(crate) fn run(args: &QuarantineArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    match &args.command {
        QuarantineCommand::List(args) => list(args, io),
        QuarantineCommand::Show(args) => show(args, io),
        QuarantineCommand::Release(args) => release(args, io),
    }
}

fn list(args: &ListArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let quarantine = quarantine(&args.host)?;
    let entries = quarantine.read()?;
    if args.json {
        return io.print_json(&document::of(&quarantine, entries.iter(), entries.now()));
    }
    text::list(&entries, io)
}

fn show(args: &ShowArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let quarantine = quarantine(&args.host)?;
    let entries = quarantine.read()?;
    let found = entries.select(&args.wanted)?;
    if args.json {
        return io.print_json(&document::of(&quarantine, found, entries.now()));
    }
    text::show(&found, entries.now(), io)
}

fn release(args: &ReleaseArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let quarantine = quarantine(&args.host)?;
    let selector = args.wanted.clone().map_or(Selector::All, Selector::Of);
    let released = quarantine.release(&selector)?;
    if let (true, Some(file)) = (released.is_replaced, quarantine.file()) {
        io.print(format_args!("{} was malformed, and is empty now\n", super::io::shown(file)))?;
    }
    text::released(&released.entries, io)
}

/// The user's quarantine. What a process without a state directory knows ends with it: there is nothing to show.
fn quarantine(flags: &HostFlags) -> Result<Quarantine, Failure> {
    let settings = flags.builder().settings()?;
    settings.places().state_dir()?;
    Ok(Quarantine::of(settings.places()))
}

impl From<QuarantineError> for Failure {
    fn from(error: QuarantineError) -> Self {
        match &error {
            QuarantineError::Unknown { .. } | QuarantineError::Ambiguous { .. } => {
                Self::no(error.code(), error.to_string())
            }
            _ => Self::not_asked(error.code(), error.to_string()),
        }
    }
}
