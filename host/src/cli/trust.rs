//! `ce trust`: pins the bytes of a bundle and lists its identifiers. It never runs them.

use clap::Args;

use super::failure::Failure;
use super::flags::{HostFlags, claims};
use super::io::Io;
use crate::bundle::policy::{self, Files, Target, TrustOutcome, TrustRequest, TrustedNow};
use crate::bundle::trust::Subject;

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
    if let Target::Path(path) = &target {
        let place;
        (survey, place) = survey.with_file(path)?;
        // The same bytes may be known by another path: what is meant are the bytes.
        target = Target::Subject(Subject::Digest(survey.files()[place].claim.digest));
    }
    let files = Files::of(settings.places())?;
    let request = TrustRequest { target, upgrade: args.upgrade, only: args.only };
    let done = policy::trust(&request, &claims(&survey), survey.judge(), &files)?;
    tell(&done, io)
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
    if !done.listed.is_empty() {
        io.print(format_args!("listed: {}; to see them: ce show {}\n", done.listed.join(", "), done.listed[0]))?;
    }
    if done.unlisted.is_empty() {
        return Ok(());
    }
    io.print(format_args!("not listed, so loaded with the bundle and never chosen: {}\n", done.unlisted.join(", ")))
}
