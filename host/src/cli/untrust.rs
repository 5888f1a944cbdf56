//! `ce untrust`: takes an identifier off the list, and with the last one of a bundle its pins.

use clap::Args;

use super::failure::Failure;
use super::flags::HostFlags;
use super::io::Io;
use crate::bundle::lock::Lock;
use crate::bundle::policy::{self, EditError, Files};
use crate::bundle::trust::Host;
use crate::config::{Settings, Sourced};

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
    let files = Files::of(settings.places())?;
    let done = policy::untrust(&args.identifier, &files)?;
    io.print(format_args!("`{}` is no longer trusted\n", done.identifier))?;
    match &done.bundle {
        Some(bundle) if done.is_unpinned => {
            io.print(format_args!("the bundle `{bundle}` is no longer pinned: its code does not run any more\n"))
        }
        Some(bundle) => {
            let listed = done.still_listed.join(", ");
            let lock = Lock::read(&files.lock).map_err(EditError::from)?;
            match denial(bundle, &lock, &settings) {
                Some(denial) => io.print(format_args!(
                    "the bundle `{bundle}` is still pinned, since these are listed: {listed}; it does not run, since \
                     `{}` is denied by {}\n",
                    denial.value, denial.origin
                )),
                None => io.print(format_args!("the bundle `{bundle}` still runs, since these are listed: {listed}\n")),
            }
        }
        None => Ok(()),
    }
}

/// What denies a pinned bundle, by its name, an identifier or its bytes. The bundle need not be there.
fn denial<'a>(bundle: &str, lock: &Lock, settings: &'a Settings) -> Option<&'a Sourced<String>> {
    let entry = lock.entry(bundle)?;
    let is_its_own = |denied: &str| {
        denied == bundle
            || entry.identifiers.contains(denied)
            || entry.digests.get(&Host::current().platform).is_some_and(|digest| digest.to_string() == denied)
    };
    settings.plugins().denied.iter().find(|denial| is_its_own(&denial.value))
}
