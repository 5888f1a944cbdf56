//! What surrounds the bundles: which files count, whether directories can be used, and what workers are made of. It changes
//! nothing, also not to see whether it could.

use std::fs;
use std::path::Path;

use super::{Code, Finding, place, worker, writable};
use crate::bundle::trust::Idle;
use crate::bundle::{Digest, SurveyError};
use crate::config::{ConfigError, Level, Origin, Placement, Places, Settings, Sourced};
use crate::isolation::settings::WORKERS_EXIST;
use crate::quarantine::{Quarantine, QuarantineError, State};

/// The files, the directories and the worker.
pub(crate) fn installation(settings: &Settings) -> Vec<Finding> {
    let places = settings.places();
    let mut findings = files(settings);
    findings.extend(settings.plugins().dirs.iter().flat_map(plugins_dir));
    if settings.plugins().dirs.is_empty() {
        let cause = "no plugins directory is known: there is no home directory";
        findings.push(Finding::warning(
            Code::PluginsDir,
            "plugins",
            cause,
            "set HOME, CE_PLUGINS_DIR or [plugins] dirs",
        ));
    }
    findings.push(own_dir(Code::StateDir, places.state_dir(), "quarantine and audit log are forgotten"));
    findings.push(own_dir(Code::CacheDir, places.cache_dir(), "every listing reads all files anew"));
    findings.extend(workers(settings));
    findings
}

/// Which files are read, and who named them.
fn files(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_there = |path: &Path| if path.exists() { "read" } else { "not there, which is no fault" };
    match settings.places().config_file() {
        Ok(file) => {
            let cause = format!("the user's ce.toml, named by {}: {}", file.origin, is_there(&file.value));
            findings.push(Finding::fine(Code::Config, place(&file.value), cause));
            let lock = file.value.with_file_name("ce.lock");
            findings.push(Finding::fine(Code::Lock, place(&lock), is_there(&lock)));
        }
        Err(error) => {
            let remedy = "set HOME, or name a file with --config or CE_CONFIG";
            findings.push(Finding::warning(Code::Config, "ce.toml", &error, remedy).told_as(error.code()));
        }
    }
    if let Some(path) = settings.project_file() {
        let cause = "the project's ce.toml: it may choose identifiers and deny, and grants nothing";
        findings.push(Finding::fine(Code::Project, place(path), cause));
    }
    findings
}

fn plugins_dir(dir: &Sourced<std::path::PathBuf>) -> Vec<Finding> {
    let (path, origin) = (&dir.value, &dir.origin);
    let place = place(path);
    match fs::read_dir(path).and_then(|_| fs::metadata(path)) {
        Ok(metadata) => {
            let found = Finding::fine(Code::PluginsDir, &place, format_args!("can be read, named by {origin}"));
            vec![found, writable(&place, &metadata)]
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && *origin == Origin::Default => {
            vec![Finding::fine(Code::PluginsDir, place, "not there yet: `ce install BUNDLE` makes it")]
        }
        Err(error) => {
            let cause = format!("it cannot be read, named by {origin}: {error}");
            vec![Finding::fault(Code::PluginsDir, place, cause, "make the directory, or name another one")]
        }
    }
}

/// A directory that the host makes and writes by itself. `lost` is what cannot be done without it.
fn own_dir(code: Code, dir: Result<std::path::PathBuf, ConfigError>, lost: &str) -> Finding {
    let dir = match dir {
        Ok(dir) => dir,
        Err(error) => {
            return Finding::warning(code, "-", format_args!("{error}; {lost}"), "set HOME").told_as(error.code());
        }
    };
    // What is not there yet is made, if the nearest directory above allows it.
    let above = dir.ancestors().find(|above| above.symlink_metadata().is_ok()).unwrap_or(&dir);
    if above.is_dir() && can_write(above) {
        let cause = if above == dir { "can be written to" } else { "not there yet, and can be made" };
        return Finding::fine(code, place(&dir), cause);
    }
    let cause = format!("{} cannot be written to, so {lost}", place(above));
    Finding::warning(code, place(&dir), cause, "give yourself the right to write there, or name another base directory")
}

#[cfg(unix)]
fn can_write(dir: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(dir, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn can_write(dir: &Path) -> bool {
    fs::metadata(dir).is_ok_and(|metadata| !metadata.permissions().readonly())
}

/// What workers are made of and held with.
fn workers(settings: &Settings) -> Vec<Finding> {
    let isolation = settings.isolation();
    if !WORKERS_EXIST {
        let cause =
            "there are no workers on this system: a trusted bundle runs in the host's process, with all its rights";
        return vec![Finding::warning(Code::Worker, "[isolation]", cause, "trust what you would link")];
    }
    let program = match worker::worker_program(isolation) {
        Ok((path, origin)) => Finding::fine(Code::Worker, place(&path), origin),
        Err(cause) => {
            let remedy = "install `ce` beside the program, or name it with `worker` in [isolation] of ce.toml";
            // Without workers nothing of third parties runs, unless it was granted the host's process.
            let finding = Finding::fault(Code::Worker, "[isolation] worker", cause, remedy);
            match isolation.default.value {
                Placement::Process => finding.told_as("isolation.no_worker"),
                Placement::InProcess => Finding { severity: super::Severity::Warning, ..finding },
            }
        }
    };
    vec![program, sandbox(&isolation.min_sandbox)]
}

fn sandbox(least: &Sourced<Level>) -> Finding {
    let place = "kernel";
    match worker::sandbox_level() {
        None => {
            let cause = format!("the level is known once a worker was held (at least `{}` is asked for)", least.value);
            Finding::fine(Code::Sandbox, place, cause)
        }
        Some((level, _)) if level >= least.value => {
            Finding::fine(Code::Sandbox, place, format_args!("`{level}`, at least `{}` is asked for", least.value))
        }
        Some((level, missing)) => {
            let cause = format!(
                "`{level}`, at least `{}` is asked for by {}; missing: {}",
                least.value,
                least.origin,
                missing.join(", ")
            );
            let remedy = format!(
                "use a kernel that has it, or allow less: `min_sandbox = \"{level}\"` in [isolation] of ce.toml"
            );
            Finding::fault(Code::Sandbox, place, cause, remedy).told_as("isolation.sandbox")
        }
    }
}

/// What keeps the plugins directories from being judged.
pub(crate) fn survey_error(error: &crate::Error) -> Finding {
    let (code, at) = match error {
        crate::Error::Survey(SurveyError::Directory { error, .. }) => (Code::PluginsDir, place(error.path())),
        crate::Error::Survey(SurveyError::Lock(_)) => (Code::Lock, "ce.lock".to_owned()),
        _ => (Code::Config, "configuration".to_owned()),
    };
    Finding::fault(code, at, error, "as the message says; until then nothing is loaded").told_as(error.code())
}

/// Entries of settings that match nothing.
pub(crate) fn idle(entries: &[Idle]) -> Vec<Finding> {
    let warn = |entry: &Idle| Finding::warning(Code::Idle, "ce.toml", entry, "correct the entry, or remove it");
    entries.iter().map(warn).collect()
}

/// What is held back: of one bundle, or of all where `of` is none.
pub(crate) fn quarantine(places: &Places, of: Option<Digest>) -> Vec<Finding> {
    let quarantine = Quarantine::of(places);
    let at = quarantine.file().map_or_else(|| "quarantine".to_owned(), place);
    let entries = match quarantine.read() {
        Ok(entries) => entries,
        Err(error) => return vec![unreadable(&at, &error)],
    };
    let mut findings = Vec::new();
    for entry in entries.iter().filter(|entry| of.is_none_or(|digest| digest == entry.digest)) {
        let bundle = entry.bundle.as_deref().unwrap_or("a bundle that is gone");
        let cause = format!("`{bundle}` ({}): {}", entry.digest, entry.why());
        findings.extend(match entry.state(entries.now()) {
            State::Held => {
                Some(Finding::fault(Code::Quarantine, &at, cause, entry.remedy()).told_as(crate::quarantine::HELD))
            }
            State::Suspected => {
                Some(Finding::warning(Code::Quarantine, &at, cause, "watch it: one more death and it is held back"))
            }
            State::Lapsed | State::OtherHost => None,
        });
    }
    if findings.is_empty() {
        findings.push(Finding::fine(Code::Quarantine, at, "nothing is held back"));
    }
    findings
}

fn unreadable(at: &str, error: &QuarantineError) -> Finding {
    Finding::fault(Code::Quarantine, at, error, "as the message says; `ce quarantine release --all` empties it")
        .told_as(error.code())
}
