//! `ce install`: copies a bundle into the plugins directory. It never trusts it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::flags::HostFlags;
use super::io::{Io, shown};
use crate::bundle::inspect::Inspected;
use crate::bundle::lock::make_directory;
use crate::bundle::policy::{self, Installed};
use crate::bundle::trust::Verdict;

/// Copy a bundle into the first plugins directory, without trusting it
#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    /// The library: a .so, .dll or .dylib
    bundle: PathBuf,

    #[command(flatten)]
    host: HostFlags,
}

pub(crate) fn run(args: &InstallArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let inspected = Inspected::read(&args.bundle)?;
    let settings = args.host.builder().settings()?;
    let dir = match settings.plugins().dirs.first() {
        Some(dir) => dir.value.clone(),
        None => settings.places().plugins_dir()?,
    };
    // A directory that is named must exist to be surveyed; to install into, it need not.
    let is_new = !dir.exists();
    if is_new {
        make_directory(&dir).map_err(|cause| Failure::unwritable(&dir, cause))?;
    }
    let installed = install(args, &inspected, &dir);
    if is_new && installed.is_err() {
        // If that fails, an empty directory is left.
        let _ = fs::remove_dir(&dir);
    }
    let installed = installed?;

    let bundle = format!("`{}` {} ({})", installed.name, installed.version, installed.digest);
    if installed.is_old {
        io.print(format_args!("{bundle} is installed already: {}\n", shown(&installed.path)))?;
    } else {
        io.print(format_args!("installed {bundle}: {}\n", shown(&installed.path)))?;
    }
    for path in &installed.side_files {
        io.print(format_args!("with its own library: {}\n", shown(path)))?;
    }
    let (_, survey) = args.host.survey()?;
    let mut files = survey.files().iter().filter(|file| file.claim.digest == installed.digest);
    let standing = files.find_map(|file| match &file.verdict {
        Verdict::Trusted(standing) => Some(standing),
        _ => None,
    });
    match standing {
        None => io.print(format_args!("to trust it: ce trust {}\n", installed.target())),
        Some(standing) if standing.unlisted().next().is_none() => {
            io.print(format_args!("it is trusted already (basis: {})\n", standing.basis()))
        }
        Some(standing) => {
            let unlisted = standing.unlisted().collect::<Vec<_>>().join(", ");
            let (basis, target) = (standing.basis(), installed.target());
            io.print(format_args!(
                "it is trusted already (basis: {basis}), but for {unlisted}; to trust these too: ce trust {target}\n"
            ))
        }
    }
}

fn install(args: &InstallArgs, inspected: &Inspected, dir: &Path) -> Result<Installed, Failure> {
    let (_, survey) = args.host.survey()?;
    Ok(policy::install(inspected, dir, survey.judge())?)
}
