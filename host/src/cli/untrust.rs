//! `ce untrust`: takes an identifier off the list, and with the last one of a bundle its pins.

use clap::Args;

use super::failure::Failure;
use super::flags::HostFlags;
use super::io::Io;
use crate::bundle::policy::{self, Files};

/// Take back the trust in an identifier; with the last one of a bundle its pins go too
#[derive(Debug, Args)]
pub(crate) struct UntrustArgs {
    /// The identifier, as it is listed in ce.toml
    #[arg(value_name = "ID")]
    identifier: String,

    #[command(flatten)]
    host: HostFlags,
}

pub(crate) fn run(args: &UntrustArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let settings = args.host.builder().settings()?;
    let done = policy::untrust(&args.identifier, &Files::of(settings.places())?)?;
    io.print(format_args!("`{}` is no longer trusted\n", done.identifier))?;
    match &done.bundle {
        Some(bundle) if done.is_unpinned => {
            io.print(format_args!("the bundle `{bundle}` is no longer pinned: its code does not run any more\n"))
        }
        Some(bundle) => io.print(format_args!(
            "the bundle `{bundle}` still runs, since these are listed: {}\n",
            done.still_listed.join(", ")
        )),
        None => Ok(()),
    }
}
