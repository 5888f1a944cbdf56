//! `ce quarantine`: which bundles are held back and why, and letting them go. It never runs them.

mod document;
mod installed;
mod text;

use clap::{Args, Subcommand};

use self::installed::Installed;
use super::failure::Failure;
use super::flags::HostFlags;
use super::io::Io;
use crate::quarantine::{Entries, Quarantine, QuarantineError, Selector};

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
    /// A digest, its beginning, the name of a bundle, or an identifier that it announces
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
    /// A digest, its beginning, the name of a bundle, or an identifier that it announces
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
    let entries = read(&quarantine, &Installed::new(&args.host), io)?;
    if args.json {
        return io.print_json(&document::of(&quarantine, entries.iter(), entries.now()));
    }
    text::list(&entries, io)
}

fn show(args: &ShowArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let quarantine = quarantine(&args.host)?;
    let installed = Installed::new(&args.host);
    let entries = read(&quarantine, &installed, io)?;
    let found = by_identifier(&args.wanted, &installed, |wanted| entries.select(wanted))?;
    if args.json {
        return io.print_json(&document::of(&quarantine, found, entries.now()));
    }
    text::show(&found, entries.now(), io)
}

fn release(args: &ReleaseArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let quarantine = quarantine(&args.host)?;
    let released = match &args.wanted {
        Some(wanted) => {
            let release = |wanted: &str| quarantine.release(&Selector::Of(wanted.to_owned()));
            by_identifier(wanted, &Installed::new(&args.host), release)?
        }
        None => quarantine.release(&Selector::All)?,
    };
    if let (true, Some(file)) = (released.is_replaced, quarantine.file()) {
        io.print(format_args!("{} was malformed, and is empty now\n", super::io::shown(file)))?;
    }
    text::released(&released.entries, io)
}

/// What is held, with the hosts counted that died since somebody looked.
fn read(quarantine: &Quarantine, installed: &Installed<'_>, io: &mut Io<'_>) -> Result<Entries, Failure> {
    let counted = quarantine.count_deaths(|digest| installed.known(digest));
    let entries = quarantine.read()?;
    if let Err(error) = counted {
        io.warn(error.code(), error);
    }
    Ok(entries)
}

/// Does something with what is wanted or, where nothing has that name, with the bundle that announces a plugin of that name.
fn by_identifier<T>(
    wanted: &str,
    installed: &Installed<'_>,
    work: impl Fn(&str) -> Result<T, QuarantineError>,
) -> Result<T, QuarantineError> {
    let is_known = |done: &Result<T, _>| !matches!(done, Err(QuarantineError::Unknown { .. }));
    let done = work(wanted);
    if is_known(&done) {
        return done;
    }
    let digests = installed.digests_of(wanted).into_iter();
    digests.map(|digest| work(&digest.to_string())).find(is_known).unwrap_or(done)
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
