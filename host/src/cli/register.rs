//! `ce register`: the whole admission of one bundle, as a run would do it. No other bundle is mapped.

use std::path::{Path, PathBuf};

use ce_plugin_api::manifest::Kind;
use clap::Args;

use super::failure::Failure;
use super::flags::{HostFlags, claims};
use super::io::{Io, shown};
use super::table::Table;
use crate::bundle::Source;
use crate::bundle::policy::Target;
use crate::{Error, Registered};

/// Admit one trusted bundle: map it, call register(), compare what it registers with what it announced
#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// The library, wherever it lies
    bundle: PathBuf,

    #[command(flatten)]
    host: HostFlags,
}

pub(crate) fn run(args: &RegisterArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let registered = args.host.builder().register(&args.bundle).map_err(|error| no_path(error, args))?;
    let source = &registered.source;
    let digest = source.digest().map_or_else(String::new, |digest| format!(", {digest}"));
    let (trust, basis) = source.trust();
    io.print(format_args!("registered `{}` {} ({trust}, basis: {basis}{digest})\n", source.name, source.version))?;
    io.print(format_args!("runs {}{}\n", source.isolation, held(source)))?;
    io.print(format_args!("{}", table(&registered)))
}

/// How far its worker is held, and what for.
fn held(source: &Source) -> String {
    let Some(sandbox) = &source.sandbox else { return String::new() };
    let permissions: Vec<&str> = source.permissions.iter().map(|permission| permission.as_str()).collect();
    let may = if permissions.is_empty() { "nothing beyond computing".to_owned() } else { permissions.join(", ") };
    format!("; sandbox: {}, may: {may}", sandbox.level)
}

/// Who names a bundle or an identifier is told that a path is wanted, and which one.
fn no_path(error: Error, args: &RegisterArgs) -> Failure {
    let bundle: &Path = &args.bundle;
    let name = bundle.to_str().filter(|text| !bundle.exists() && !matches!(Target::parse(text), Ok(Target::Path(_))));
    let (Some(name), Error::Inspect(_)) = (name, &error) else { return error.into() };
    let claims = args.host.survey().map(|(_, survey)| claims(&survey)).unwrap_or_default();
    let found = claims.iter().find(|claim| claim.name() == Some(name) || claim.claims(name));
    let remedy = found.map_or_else(String::new, |claim| format!(": ce register {}", shown(&claim.path)));
    let message =
        format!("expected the path of a library, found `{}`, and there is no such file{remedy}", shown(bundle));
    Failure::not_asked(error.code(), message)
}

/// What it announced beside what it registered.
fn table(registered: &Registered) -> Table {
    let mut table = Table::indented(2);
    table.row(["ANNOUNCED", "", "REGISTERED", "", "ROUTABLE"]);
    let mut rows: Vec<&(Kind, String)> = registered.announced.iter().chain(&registered.registered).collect();
    rows.sort();
    rows.dedup();
    for row in rows {
        let cells = |list: &[(Kind, String)]| match list.contains(row) {
            true => [row.0.to_string(), row.1.clone()],
            false => ["-".to_owned(), "-".to_owned()],
        };
        let is_routable = registered.routable.contains(&row.1);
        let routable = [if is_routable { "yes" } else { "no, not listed" }.to_owned()];
        table.row(cells(&registered.announced).into_iter().chain(cells(&registered.registered)).chain(routable));
    }
    table
}
