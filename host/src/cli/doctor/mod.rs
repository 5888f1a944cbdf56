//! `ce doctor`: why a bundle does not load, or might not, and whether the installation is in order. Nothing is mapped.

mod document;
mod text;

use std::path::Path;

use clap::Args;

use super::failure::Failure;
use super::flags::{CacheFlags, HostFlags};
use super::io::Io;
use crate::bundle::doctor::{self, Examined, Finding, Libraries, Severity};
use crate::bundle::inspect::InspectError;
use crate::bundle::policy::Target;
use crate::bundle::trust::Verdict;
use crate::bundle::trust::{Host, names_of};
use crate::bundle::{Listing, Survey, Surveyed};
use crate::config::{Settings, nearest};

/// Say why a bundle does not load, or whether all is well, with causes and remedies; nothing is run
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// A library, an identifier or the name of a bundle; without it, the installation and all bundles
    bundle: Option<String>,

    /// Print a JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    host: HostFlags,

    #[command(flatten)]
    cache: CacheFlags,
}

/// What was looked at.
struct Report {
    /// What surrounds the bundles; empty where one was asked for and nothing is wrong around it.
    installation: Vec<Finding>,
    files: Vec<Examined>,
}

pub(crate) fn run(args: &DoctorArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let report = match args.bundle.as_deref() {
        None => everything(args),
        Some(bundle) => match Target::parse(bundle) {
            Ok(Target::Path(path)) => one_file(&path, args)?,
            _ if Path::new(bundle).is_file() => one_file(Path::new(bundle), args)?,
            _ => match named(bundle, args)? {
                Some(report) => report,
                None => return built_in(bundle, args.json, io),
            },
        },
    };
    if args.json {
        io.print_json(&document::of(&report))?;
    } else {
        text::print(&report, io)?;
    }
    match report.count(Severity::Fault) {
        0 => Ok(()),
        1 => Err(Failure::no("doctor.fault", "there is a fault: see its remedy above")),
        n_faults => Err(Failure::no("doctor.fault", format!("there are {n_faults} faults: see their remedies above"))),
    }
}

impl Report {
    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.installation.iter().chain(self.files.iter().flat_map(|file| &file.findings))
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings().filter(|finding| finding.severity == severity).count()
    }
}

/// The installation, and every file of the plugins directories.
fn everything(args: &DoctorArgs) -> Report {
    let settings = match args.host.builder().settings() {
        Ok(settings) => settings,
        // That the configuration cannot be read is an answer here.
        Err(error) => return Report { installation: vec![doctor::survey_error(&error)], files: Vec::new() },
    };
    let mut installation = doctor::installation(&settings);
    installation.extend(doctor::quarantine(settings.places(), None));
    let mut files = Vec::new();
    match listing(&settings, args) {
        Ok(survey) => {
            let mut libraries = Libraries::of_the_system();
            installation.extend(doctor::idle(&survey.idle()));
            files.extend(survey.files().iter().map(|file| examined(file, &survey, &mut libraries)));
            files.extend(survey.unreadable().iter().map(Examined::unreadable));
        }
        Err(error) => installation.push(doctor::survey_error(&error)),
    }
    Report { installation, files }
}

/// One file by its path, wherever it lies. It is looked at even if the installation is broken.
fn one_file(path: &Path, args: &DoctorArgs) -> Result<Report, Failure> {
    if let Err(cause) = std::fs::metadata(path) {
        return Err(InspectError::Open { path: path.to_owned(), source: cause }.into());
    }
    let mut libraries = Libraries::of_the_system();
    let surveyed = args.host.builder().settings().and_then(|settings| Ok((listing(&settings, args)?, settings)));
    let (survey, settings) = match surveyed {
        Ok(surveyed) => surveyed,
        Err(error) => {
            let files = vec![doctor::examine_file(path, &Host::current(), &mut libraries)];
            return Ok(Report { installation: vec![doctor::survey_error(&error)], files });
        }
    };
    let mut examined = doctor::examine_file(path, survey.judge().host(), &mut libraries);
    if examined.digest.is_some()
        && let Ok((survey, at)) = survey.with_file(path)
    {
        examined.findings.extend(doctor::verdict(path, &survey.files()[at].verdict));
    }
    with_quarantine(&mut examined, &settings);
    Ok(Report { installation: Vec::new(), files: vec![examined] })
}

/// The files of a bundle, by its name or one of its identifiers; none if it is compiled in.
fn named(name: &str, args: &DoctorArgs) -> Result<Option<Report>, Failure> {
    let settings = args.host.builder().settings()?;
    let survey = listing(&settings, args)?;
    let is_meant = |file: &&Surveyed| {
        file.claim.name() == Some(name) || file.claim.claims(name) || file.claim.digest.to_string() == name
    };
    let mut libraries = Libraries::of_the_system();
    let files: Vec<Examined> = survey
        .files()
        .iter()
        .filter(is_meant)
        .map(|file| {
            let mut examined = examined(file, &survey, &mut libraries);
            with_quarantine(&mut examined, &settings);
            examined
        })
        .collect();
    if !files.is_empty() {
        return Ok(Some(Report { installation: Vec::new(), files }));
    }
    if names_of(survey.built_in()).contains(name) {
        return Ok(None);
    }
    let known = survey.files().iter().flat_map(|file| file.claim.identifiers().chain(file.claim.name()));
    let meant = nearest(name, known).map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
    let message = format!("nothing found is `{name}`{meant}: name a file, or see `ce list`");
    Err(Failure::not_asked("doctor.unknown", message))
}

/// What is looked at here is read in any case: the listing only says what there is, and what was decided.
fn listing(settings: &Settings, args: &DoctorArgs) -> Result<Listing, crate::Error> {
    Ok(Survey::listed(settings, &[], args.cache.hints(settings))?)
}

fn examined(file: &Surveyed, survey: &Survey, libraries: &mut Libraries) -> Examined {
    let path = &file.claim.path;
    let mut examined = doctor::examine_file(path, survey.judge().host(), libraries);
    examined.findings.extend(doctor::verdict(path, &file.verdict));
    if let (Verdict::Trusted(_), Some(manifest)) = (&file.verdict, &file.manifest) {
        examined.findings.push(doctor::placement(path, survey.isolation(), manifest));
    }
    examined
}

fn with_quarantine(examined: &mut Examined, settings: &Settings) {
    if let Some(digest) = examined.digest {
        examined.findings.extend(doctor::quarantine(settings.places(), Some(digest)));
    }
}

/// There is no file to look at, and nothing that could be missing.
fn built_in(name: &str, is_json: bool, io: &mut Io<'_>) -> Result<(), Failure> {
    match is_json {
        true => io.print_json(&document::of(&Report { installation: Vec::new(), files: Vec::new() })),
        false => io.print(format_args!("`{name}` is compiled into this host: there is no file to look at\n")),
    }
}
