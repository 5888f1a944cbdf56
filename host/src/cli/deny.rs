//! `ce deny`: what is denied is never used, whatever else is said of it.

use clap::Args;

use super::failure::Failure;
use super::flags::{HostFlags, claims};
use super::io::{Io, shown};
use crate::bundle::policy::{self, EditError, Files};
use crate::bundle::trust::{Subject, names_of};

/// Never use a plugin, a bundle or certain bytes, built-in ones included
#[derive(Debug, Args)]
pub(crate) struct DenyArgs {
    /// An identifier, the name of a bundle, or sha256:…
    #[arg(value_name = "ID")]
    subject: String,

    #[command(flatten)]
    host: HostFlags,
}

pub(crate) fn run(args: &DenyArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let subject = Subject::parse(&args.subject).map_err(|found| EditError::Target { found })?;
    let (settings, survey) = args.host.survey()?;
    let files = Files::of(settings.places())?;
    let done = policy::deny(&subject, &claims(&survey), &files)?;
    if done.is_old {
        io.print(format_args!("`{}` is denied already\n", done.entry))?;
    } else {
        io.print(format_args!(
            "denied `{}`; to allow it again, remove it from {}\n",
            done.entry,
            shown(&files.config)
        ))?;
    }
    for path in &done.affected {
        io.print(format_args!("refused from now on: {}\n", shown(path)))?;
    }
    if done.affected.is_empty() && !names_of(survey.built_in()).contains(&done.entry) {
        io.warn("policy.nothing_denied", "nothing found goes by that name: check it, unless it is meant for later");
    }
    Ok(())
}
