//! What a run leaves behind: results and telemetry, put in their places together. Telemetry is written of a run that failed
//! as well, and then nothing else is.

use std::path::Path;

use clap::Args;

use super::destination::{Destination, Staged};
use super::failure::Failure;
use super::io::{Io, shown};
use super::plots::StagedPlots;
use super::request::RequestFlags;
use crate::explain::Explainer;
use crate::telemetry::Snapshot;
use crate::telemetry::snapshot::{Failure as Told, Status};

/// Results that wait to be put in their places.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) output: Option<Staged>,
    pub(crate) plots: Option<StagedPlots>,
}

/// Writes telemetry beside its place, then puts everything in its place, and says where.
pub(crate) fn deliver<Own: Args>(
    request: &RequestFlags<Own>,
    explainer: &Explainer,
    results: Result<Results, Failure>,
    what: &str,
    io: &mut Io<'_>,
) -> Result<(), Failure> {
    let failure = results.as_ref().err().map(Failure::parts);
    let snapshot = explainer.runtime_telemetry().map(|snapshot| with_failure(snapshot, failure));
    let telemetry = request.telemetry.as_ref().zip(snapshot);
    let results = match results {
        Ok(results) => results,
        Err(failure) => {
            if let Err(second) = stage(telemetry).and_then(|staged| place(staged, io)) {
                let (code, message) = second.parts();
                io.warn(code, message);
            }
            return Err(failure);
        }
    };
    let telemetry = stage(telemetry)?;
    if let Some(plots) = results.plots {
        plots.place(io)?;
    }
    if let Some(staged) = results.output {
        staged.place()?;
        if let Some(Destination::File(path)) = &request.output {
            io.say(format_args!("wrote {what}: {}", shown(path)));
        }
    }
    place(telemetry, io)
}

/// Telemetry that waits to be put in its place.
enum Waiting<'a> {
    Nothing,
    /// Stdout may be gone, so it comes after all files.
    Stdout(Box<Snapshot>),
    File(Staged, &'a Path),
}

fn stage(telemetry: Option<(&Destination, Snapshot)>) -> Result<Waiting<'_>, Failure> {
    match telemetry {
        None => Ok(Waiting::Nothing),
        Some((Destination::Stdout, snapshot)) => Ok(Waiting::Stdout(Box::new(snapshot))),
        Some((Destination::File(path), snapshot)) => {
            let staged = Staged::write(path, |out| {
                serde_json::to_writer_pretty(&mut *out, &snapshot)?;
                out.write_all(b"\n")
            })?;
            Ok(Waiting::File(staged, path))
        }
    }
}

fn place(telemetry: Waiting<'_>, io: &mut Io<'_>) -> Result<(), Failure> {
    match telemetry {
        Waiting::Nothing => Ok(()),
        Waiting::Stdout(snapshot) => io.print_json(&*snapshot),
        Waiting::File(staged, path) => {
            staged.place()?;
            io.say(format_args!("wrote telemetry: {}", shown(path)));
            Ok(())
        }
    }
}

/// A batch that went well and whose results could not be kept is a failed run.
fn with_failure(mut snapshot: Snapshot, failure: Option<(&'static str, String)>) -> Snapshot {
    if let (Some((code, message)), Status::Ok) = (failure, snapshot.status) {
        snapshot.status = Status::Failed;
        snapshot.error = Some(Told { code: code.to_owned(), message });
        snapshot.output_sha256 = None;
    }
    snapshot
}
