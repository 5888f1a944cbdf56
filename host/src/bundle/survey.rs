//! Every bundle in the plugins directories, looked at and judged. It maps nothing, except through [`Survey::load`].

use std::ops::Deref;
use std::path::{Path, PathBuf};

use ce_plugin_api::manifest::{Manifest, Problem};

use super::discover::{DiscoverError, discover};
use super::hints::Hints;
use super::inspect::{InspectError, Inspected};
use super::lock::{Lock, LockError};
use super::platform::PlatformFacts;
use super::trust::{Claim, Idle, Judge, Policy, PolicyError, Verdict, names_of};
use super::{Catalog, load};
use crate::config::{ConfigError, IsolationSettings, Origin, PluginSettings, Settings, Sourced};

/// Why the plugins directories could not be surveyed. A single bad file is no such reason: it is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SurveyError {
    /// A directory that somebody named cannot be read.
    #[error("{error} (named by {origin})")]
    Directory {
        /// What is wrong with it.
        error: DiscoverError,
        /// Who named it.
        origin: Origin,
    },
    /// `ce.lock` cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// What is said about trust cannot be understood.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The places of the user's files cannot be found.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl SurveyError {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Directory { error, .. } => error.code(),
            Self::Lock(error) => error.code(),
            Self::Policy(error) => error.code(),
            Self::Config(error) => error.code(),
        }
    }
}

/// One file that was looked at.
#[derive(Debug)]
pub struct Surveyed {
    /// What it claims.
    pub claim: Claim,
    /// What it announces, where its manifest is good.
    pub manifest: Option<Manifest>,
    /// What is odd about its manifest.
    pub warnings: Vec<Problem>,
    /// Facts about the library.
    pub facts: PlatformFacts,
    /// What was decided.
    pub verdict: Verdict,
}

/// What lies in the plugins directories, and what was decided about it.
#[derive(Debug)]
pub struct Survey {
    judge: Judge,
    files: Vec<Surveyed>,
    inspected: Vec<Inspected>,
    unreadable: Vec<InspectError>,
    dirs: Vec<Sourced<PathBuf>>,
    isolation: IsolationSettings,
    built_in: Manifest,
}

/// A survey that is only looked at: files may be told from memory, and none can be loaded.
#[derive(Debug)]
pub struct Listing(Survey);

impl Listing {
    /// As [`Survey::with_file`]; that file is read in any case.
    ///
    /// # Errors
    /// [`InspectError`] if the file is no library.
    pub fn with_file(self, path: &Path) -> Result<(Self, usize), InspectError> {
        self.0.with_file(path).map(|(survey, place)| (Self(survey), place))
    }
}

impl Deref for Listing {
    type Target = Survey;

    fn deref(&self) -> &Survey {
        &self.0
    }
}

impl Survey {
    /// Looks at every file of the plugins directories that the settings name, and judges them together.
    /// `digests` are trusted by the calling program.
    ///
    /// # Errors
    /// [`SurveyError`] for a named directory, a lock or a policy that cannot be used.
    pub fn of(settings: &Settings, digests: &[super::Digest]) -> Result<Self, SurveyError> {
        Self::through(settings, digests, |files| files.iter().map(|file| Inspected::read(file)).collect())
    }

    /// The same for commands that only look: what `hints` still know of a file is not read again. Nothing of it can be loaded.
    ///
    /// # Errors
    /// As for [`Survey::of`].
    pub fn listed(settings: &Settings, digests: &[super::Digest], hints: Hints) -> Result<Listing, SurveyError> {
        Ok(Listing(Self::through(settings, digests, |files| hints.inspected(files, Inspected::read))?))
    }

    /// `read` is handed all files at once, and answers in their order.
    fn through(
        settings: &Settings,
        digests: &[super::Digest],
        read: impl FnOnce(&[PathBuf]) -> Vec<Result<Inspected, InspectError>>,
    ) -> Result<Self, SurveyError> {
        let lock = match settings.places().lock_file() {
            Ok(path) => Lock::read(&path)?,
            Err(_) => Lock::default(),
        };
        let policy =
            digests.iter().fold(Policy::new(settings.plugins())?, |policy, digest| policy.trust_digest(*digest));
        let built_in = built_in_manifest();
        let judge = Judge::new(policy, lock, names_of(&built_in));
        let plugins: &PluginSettings = settings.plugins();
        let mut inspected = Vec::new();
        let mut unreadable = Vec::new();
        let (candidates, dangling) = candidates(&plugins.dirs)?;
        unreadable.extend(dangling);
        for file in read(&candidates) {
            match file {
                Ok(file) => inspected.push(file),
                Err(error) => unreadable.push(error),
            }
        }
        let files = surveyed(&judge, &inspected);
        let (dirs, isolation) = (plugins.dirs.clone(), settings.isolation().clone());
        Ok(Self { judge, files, inspected, unreadable, dirs, isolation, built_in })
    }

    /// The same survey with one more file, wherever it lies, and what was decided about that file.
    ///
    /// # Errors
    /// [`InspectError`] if the file is no library.
    pub fn with_file(mut self, path: &Path) -> Result<(Self, usize), InspectError> {
        let file = Inspected::read(path)?;
        let known = self.files.iter().position(|known| known.claim.digest == file.digest());
        let place = known.unwrap_or(self.inspected.len());
        if known.is_none() {
            self.inspected.push(file);
            self.files = surveyed(&self.judge, &self.inspected);
        }
        Ok((self, place))
    }

    /// The files, in the order of the directories and then of their names.
    #[must_use]
    pub fn files(&self) -> &[Surveyed] {
        &self.files
    }

    /// The files as they were read, in the same order.
    #[must_use]
    pub fn inspected(&self) -> &[Inspected] {
        &self.inspected
    }

    /// Entries of trust and deny lists and of `[isolation]` that match nothing here, most likely for a slip of the pen.
    #[must_use]
    pub fn idle(&self) -> Vec<Idle> {
        let claims: Vec<&Claim> = self.files.iter().map(|file| &file.claim).collect();
        let built_in = names_of(&self.built_in);
        let claimed = claims.iter().flat_map(|claim| claim.identifiers().chain(claim.name()));
        let known = claimed.chain(built_in.iter().map(String::as_str)).collect();
        let mut idle = self.judge.idle(&claims);
        idle.extend(self.isolation.idle(&known));
        idle
    }

    /// Where bundles run, and what holds them there.
    #[must_use]
    pub fn isolation(&self) -> &IsolationSettings {
        &self.isolation
    }

    /// Files that could not be read or are no libraries.
    #[must_use]
    pub fn unreadable(&self) -> &[InspectError] {
        &self.unreadable
    }

    /// Who decided.
    #[must_use]
    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// The directories that were looked into.
    #[must_use]
    pub fn dirs(&self) -> &[Sourced<PathBuf>] {
        &self.dirs
    }

    /// What is compiled in.
    #[must_use]
    pub fn built_in(&self) -> &Manifest {
        &self.built_in
    }

    /// The trusted bytes of one file, or of the file that stands for it.
    pub(crate) fn take_trusted(&mut self, place: usize) -> Option<super::trust::Trusted> {
        let digest = self.files.get(place)?.claim.digest;
        let judgement = self.judge.judge(std::mem::take(&mut self.inspected));
        judgement.trusted.into_iter().find(|trusted| trusted.digest() == digest)
    }

    /// Maps and registers what may be mapped: from here on code of the trusted bundles runs.
    #[must_use]
    pub fn load(self) -> Catalog {
        let idle = self.idle();
        let refused = self.files.into_iter().filter(|file| matches!(file.verdict, Verdict::Refused(_))).collect();
        let judgement = self.judge.judge(self.inspected);
        let loaded = judgement.trusted.into_iter().map(|trusted| {
            let identifiers = names_of(trusted.manifest()).into_iter().collect();
            load::load(trusted).map_err(|error| (identifiers, error))
        });
        let loaded = loaded.collect();
        Catalog::new(self.judge, self.built_in, loaded, refused, self.unreadable).with_idle(idle)
    }
}

fn surveyed(judge: &Judge, inspected: &[Inspected]) -> Vec<Surveyed> {
    let claims: Vec<Claim> = inspected.iter().map(Claim::from).collect();
    let verdicts = judge.verdicts(&claims);
    let all = inspected.iter().zip(claims).zip(verdicts);
    all.map(|((inspected, claim), verdict)| Surveyed {
        claim,
        manifest: inspected.manifest().ok().cloned(),
        warnings: inspected.warnings().to_vec(),
        facts: inspected.facts().clone(),
        verdict,
    })
    .collect()
}

/// The files of the directories, and entries that lead nowhere. Only the default directory may be missing.
fn candidates(dirs: &[Sourced<PathBuf>]) -> Result<(Vec<PathBuf>, Vec<InspectError>), SurveyError> {
    let paths: Vec<PathBuf> = dirs.iter().map(|dir| dir.value.clone()).collect();
    let discovery = discover(&paths);
    let mut dangling = Vec::new();
    for error in discovery.problems {
        let error = match error {
            // One bad link in a directory is a bad file, not a bad directory.
            DiscoverError::Unreadable { path, source } if !paths.contains(&path) => {
                dangling.push(InspectError::Open { path, source });
                continue;
            }
            other => other,
        };
        let dir = dirs.iter().find(|dir| error.path().starts_with(&dir.value));
        let origin = dir.map_or(Origin::Default, |dir| dir.origin.clone());
        if !(origin == Origin::Default && matches!(error, DiscoverError::NotFound { .. })) {
            return Err(SurveyError::Directory { error, origin });
        }
    }
    Ok((discovery.candidates.into_iter().map(|candidate| candidate.path).collect(), dangling))
}

/// The manifest of the built-in plugins, read through the same parser as any other.
fn built_in_manifest() -> Manifest {
    let parsed = Manifest::parse(ce_builtin::MANIFEST, ce_plugin_api::VERSION);
    parsed.expect("the manifest that is compiled in is correct: a test of this crate parses it").0
}
