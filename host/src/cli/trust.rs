//! `ce trust`: pins the bytes of a bundle and lists its identifiers. It never runs them.

use clap::Args;

use super::failure::Failure;
use super::flags::{HostFlags, claims};
use super::io::{Io, shown};
use crate::bundle::Survey;
use crate::bundle::policy::{self, EditError, Files, Target, TrustOutcome, TrustRequest, TrustedNow};
use crate::bundle::trust::{Subject, names_of};

/// Trust a bundle: pin its bytes in ce.lock, list its identifiers in ce.toml
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// ID, ID@sha256:…, sha256:… or the path of a library
    #[arg(value_name = "ID")]
    target: String,

    /// Take these bytes in place of others that are pinned
    #[arg(long)]
    upgrade: bool,

    /// List only the identifier that is named, not its siblings
    #[arg(long)]
    only: bool,

    #[command(flatten)]
    host: HostFlags,
}

pub(crate) fn run(args: &TrustArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let (settings, mut survey) = args.host.survey()?;
    let mut target = Target::parse(&args.target)?;
    let n_installed = survey.files().len();
    let mut outside = None;
    if let Target::Path(path) = &target {
        let path = path.clone();
        let place;
        (survey, place) = survey.with_file(&path)?;
        // The same bytes may be known by another path: what is meant are the bytes.
        target = Target::Subject(Subject::Digest(survey.files()[place].claim.digest));
        outside = Some(path).filter(|_| place >= n_installed);
    }
    let files = Files::of(settings.places())?;
    let request = TrustRequest { target, upgrade: args.upgrade, only: args.only };
    let done = match policy::trust(&request, &claims(&survey), survey.judge(), &files) {
        Err(EditError::Unknown { wanted, .. }) if names_of(survey.built_in()).contains(&wanted) => {
            return built_in(&wanted, &survey, io);
        }
        done => done?,
    };
    tell(&done, io)?;
    let Some(outside) = outside else { return Ok(()) };
    let installed = survey.files().iter().take(n_installed).map(|file| &file.claim);
    let others: Vec<String> = installed
        .filter(|claim| claim.name() == Some(&done.name) && claim.digest != done.digest)
        .map(|claim| shown(&claim.path))
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    io.print(format_args!(
        "other bytes of this bundle are installed, and are refused now: {}; to replace them: ce uninstall {}, then ce \
         install {}\n",
        others.join(", "),
        done.name,
        shown(&outside)
    ))
}

/// What is built in needs no trust, and is used unless somebody denies it.
fn built_in(wanted: &str, survey: &Survey, io: &mut Io<'_>) -> Result<(), Failure> {
    match survey.judge().denial_of(wanted) {
        None => io.print(format_args!("`{wanted}` is built in and needs no trust\n")),
        Some(denial) => {
            let message = format!("`{wanted}` is built in and denied by {}: remove it there", denial.origin);
            Err(Failure::no("trust.denied", message))
        }
    }
}

fn tell(done: &TrustedNow, io: &mut Io<'_>) -> Result<(), Failure> {
    let bundle = format!("`{}` {} ({}, {})", done.name, done.version, done.digest, done.platform);
    match &done.outcome {
        TrustOutcome::AlreadyTrusted => io.print(format_args!("{bundle} is trusted already\n"))?,
        TrustOutcome::Trusted => io.print(format_args!("trusted {bundle}\n"))?,
        TrustOutcome::Upgraded { from_version, from_digest } => {
            let from_digest = from_digest.map_or_else(|| "not pinned here".to_owned(), |digest| digest.to_string());
            io.print(format_args!("trusted {bundle} in place of {from_version} ({from_digest})\n"))?;
        }
    }
    for (name, digest) in &done.side_files {
        io.print(format_args!("pinned with it: its library {name} ({digest})\n"))?;
    }
    match done.listed.as_slice() {
        [] => {}
        [one] => io.print(format_args!("listed: {one}; to see it: ce show {one}\n"))?,
        several => io.print(format_args!("listed: {}; to see them: ce list all\n", several.join(", ")))?,
    }
    if done.unlisted.is_empty() {
        return Ok(());
    }
    io.print(format_args!("not listed, so loaded with the bundle and never chosen: {}\n", done.unlisted.join(", ")))
}
