//! One picture per instance. They are drawn into a directory of their own and moved when all of them are there.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::failure::Failure;
use super::io::{Io, shown};
use crate::Explanations;
use crate::explain::Explainer;

const FORMAT: &str = "svg";

/// Pictures that wait to be moved to their places. Dropped, they are gone.
#[derive(Debug)]
pub(crate) struct StagedPlots {
    waiting: TempDir,
    dir: PathBuf,
    names: Vec<String>,
}

/// A directory that was made for the pictures, and goes again if they fail.
struct NewDir<'a>(Option<&'a Path>);

impl Drop for NewDir<'_> {
    fn drop(&mut self) {
        if let Some(dir) = self.0 {
            // Only an empty directory is removed; where that fails, an empty directory is left.
            let _ = fs::remove_dir(dir);
        }
    }
}

/// Draws every instance.
pub(crate) fn draw(
    explainer: &Explainer,
    explanations: &Explanations,
    dir: &Path,
    io: &mut Io<'_>,
) -> Result<StagedPlots, Failure> {
    let unwritable = |cause: std::io::Error| Failure::unwritable(dir, cause);
    let mut new_dir = NewDir((!dir.exists()).then_some(dir));
    if new_dir.0.is_some() {
        fs::create_dir(dir).map_err(unwritable)?;
    }
    let waiting = tempfile::Builder::new().prefix(".ce-").tempdir_in(dir).map_err(unwritable)?;
    let mut names = Vec::with_capacity(explanations.len());
    let mut told = Vec::new();
    for explanation in explanations.iter() {
        let plotted = explainer.plot(explanations, explanation.index(), FORMAT)?;
        for skip in plotted.skipped {
            // Every instance is drawn in the same styles: once is enough.
            if !told.contains(&skip.identifier) {
                io.warn(
                    skip.code,
                    format_args!(
                        "plot style `{}` was passed over for `{}`: {}",
                        skip.identifier, plotted.style, skip.reason
                    ),
                );
                told.push(skip.identifier);
            }
        }
        let name = format!("explanation-{}.{FORMAT}", explanation.number());
        fs::write(waiting.path().join(&name), &plotted.bytes).map_err(unwritable)?;
        names.push(name);
    }
    new_dir.0 = None;
    Ok(StagedPlots { waiting, dir: dir.to_owned(), names })
}

impl StagedPlots {
    /// Moves the pictures to their places, over what was there, and says where they are.
    pub(crate) fn place(self, io: &mut Io<'_>) -> Result<(), Failure> {
        for name in &self.names {
            let target = self.dir.join(name);
            fs::rename(self.waiting.path().join(name), &target).map_err(|cause| Failure::unwritable(&target, cause))?;
        }
        let path = |name: &String| shown(&self.dir.join(name));
        match self.names.as_slice() {
            [] => {}
            [only] => io.say(format_args!("wrote 1 plot: {}", path(only))),
            [first, .., last] => {
                io.say(format_args!("wrote {} plots: {} … {}", self.names.len(), path(first), path(last)))
            }
        }
        Ok(())
    }
}
