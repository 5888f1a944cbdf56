//! `ce uninstall`: removes a bundle's file. It never takes trust back.

use clap::Args;

use super::failure::Failure;
use super::flags::{HostFlags, claims};
use super::io::{Io, shown};
use crate::bundle::policy;

/// Remove a bundle's file from the plugins directories; its pin stays
#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    /// The bundle's name, as `ce list` shows it
    name: String,

    #[command(flatten)]
    host: HostFlags,
}

pub(crate) fn run(args: &UninstallArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let (_, survey) = args.host.survey()?;
    let lock = survey.judge().lock();
    let done = policy::uninstall(&args.name, &claims(&survey), lock)?;
    io.print(format_args!("removed `{}` ({}): {}\n", args.name, done.digest, shown(&done.path)))?;
    for path in &done.side_files {
        io.print(format_args!("removed its own library: {}\n", shown(path)))?;
    }
    for path in &done.left {
        io.print(format_args!(
            "left its library, which another bundle needs or which is another file by now: {}\n",
            shown(path)
        ))?;
    }
    let identifiers = lock.entry(&args.name).map(|entry| &entry.identifiers);
    match identifiers.and_then(|identifiers| identifiers.first()).filter(|_| done.is_still_pinned) {
        Some(identifier) => io.print(format_args!(
            "it is still pinned, so the same bytes would be trusted again; to end that: ce untrust {identifier}\n"
        )),
        None => Ok(()),
    }
}
