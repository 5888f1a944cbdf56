//! Every bundle in the plugins directories, looked at and judged. It maps nothing, except through [`Survey::load`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ce_plugin_api::manifest::{Manifest, Problem};

use super::discover::{Candidate, DiscoverError, discover};
use super::hints::Hints;
use super::inspect::{InspectError, Inspected, ManifestError};
use super::load::{LoadError, Loaded, Placing};
use super::lock::{Lock, LockError};
use super::platform::PlatformFacts;
use super::trust::{Claim, Idle, Judge, Policy, PolicyError, SideClaim, Verdict, names_of};
use super::{Catalog, Digest};
use crate::config::{ConfigError, Deadline, IsolationSettings, Origin, PluginSettings, Settings, Sourced};
use crate::quarantine::Quarantine;

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
    /// The bundle's own libraries.
    pub side_files: Vec<SurveyedSide>,
    /// What was decided.
    pub verdict: Verdict,
}

/// A library beside a bundle that it needs, or that one of its libraries needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedSide {
    /// Its name, its digest, or why it cannot be pinned.
    pub claim: SideClaim,
    /// The digest that is pinned for it.
    pub pinned: Option<Digest>,
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
    quarantine: Quarantine,
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
    pub fn of(settings: &Settings, digests: &[Digest]) -> Result<Self, SurveyError> {
        Self::through(settings, digests, |files, judge| {
            files.iter().map(|file| Ok(judge.keep(in_time(file, settings, Inspected::read_in)?))).collect()
        })
    }

    /// The same for commands that only look: what `hints` still know of a file is not read again. Nothing of it can be loaded.
    ///
    /// # Errors
    /// As for [`Survey::of`].
    pub fn listed(settings: &Settings, digests: &[Digest], hints: Hints) -> Result<Listing, SurveyError> {
        let read = |file: &Candidate| in_time(file, settings, Inspected::look_in);
        Ok(Listing(Self::through(settings, digests, |files, _| hints.inspected(files, read))?))
    }

    /// `read` is handed all files at once, and answers in their order.
    fn through(
        settings: &Settings,
        digests: &[Digest],
        read: impl FnOnce(&[Candidate], &Judge) -> Vec<Result<Inspected, InspectError>>,
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
        for file in read(&candidates, &judge) {
            match file {
                Ok(file) => inspected.push(file),
                Err(error) => unreadable.push(error),
            }
        }
        let inspected = without_side_files(inspected);
        let files = surveyed(&judge, &inspected);
        let (dirs, isolation) = (plugins.dirs.clone(), settings.isolation().clone());
        let quarantine = Quarantine::of(settings.places());
        Ok(Self { judge, files, inspected, unreadable, dirs, isolation, quarantine, built_in })
    }

    /// The same survey with one more file, wherever it lies, and what was decided about that file.
    ///
    /// # Errors
    /// [`InspectError`] if the file is no library.
    pub fn with_file(mut self, path: &Path) -> Result<(Self, usize), InspectError> {
        let file = self.judge.keep(Inspected::read(path)?);
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

    /// Why a bundle is in quarantine; none if it is not, or nobody can tell.
    #[must_use]
    pub fn held_back(&self, digest: &Digest) -> Option<String> {
        self.quarantine.read().ok()?.held(digest).map(crate::quarantine::Entry::why)
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

    /// Maps and registers one file, or the file that stands for it. None if it may not be mapped.
    pub(crate) fn load_one(mut self, place: usize) -> Option<Result<Loaded, LoadError>> {
        let digest = self.files.get(place)?.claim.digest;
        let judgement = self.judge.judge(std::mem::take(&mut self.inspected));
        let trusted = judgement.trusted.into_iter().find(|trusted| trusted.digest() == digest)?;
        Some(Placing::new(&self.isolation, self.quarantine, known(&self.files)).load(trusted))
    }

    /// Maps and registers what may be mapped: from here on code of the trusted bundles runs.
    #[must_use]
    pub fn load(self) -> Catalog {
        let idle = self.idle();
        let placing = Placing::new(&self.isolation, self.quarantine, known(&self.files));
        let refused = self.files.into_iter().filter(|file| matches!(file.verdict, Verdict::Refused(_))).collect();
        let judgement = self.judge.judge(self.inspected);
        let loaded = judgement.trusted.into_iter().map(|trusted| {
            let identifiers = names_of(trusted.manifest()).into_iter().collect();
            placing.load(trusted).map_err(|error| (identifiers, error))
        });
        let loaded = loaded.collect();
        let catalog = Catalog::new(self.judge, self.built_in, loaded, refused, self.unreadable);
        catalog.with_idle(idle).with_suspects(placing.into_suspects())
    }
}

/// Looks at a file of a plugins directory. What took longer than a scan may take is left alone: it is slow to read, or made
/// to be.
fn in_time(
    file: &Candidate,
    settings: &Settings,
    read: impl Fn(&Candidate, bool) -> Result<Inspected, InspectError>,
) -> Result<Inspected, InspectError> {
    let limit = settings.isolation().deadline(Deadline::Scan).value;
    let start = Instant::now();
    let inspected = read(file, settings.plugins().allow_writable)?;
    let took = start.elapsed();
    if took > limit { Err(InspectError::Deadline { path: file.path.clone(), took, limit }) } else { Ok(inspected) }
}

/// The names and files of the bundles that were found.
fn known(files: &[Surveyed]) -> BTreeMap<Digest, (String, PathBuf)> {
    let named = files.iter().filter_map(|file| Some((file, file.manifest.as_ref()?.bundle.name.clone())));
    named.map(|(file, name)| (file.claim.digest, (name, file.claim.path.clone()))).collect()
}

fn surveyed(judge: &Judge, inspected: &[Inspected]) -> Vec<Surveyed> {
    let claims: Vec<Claim> = inspected.iter().map(Claim::from).collect();
    let verdicts = judge.verdicts(&claims);
    let all = inspected.iter().zip(claims).zip(verdicts);
    let side = |claim: &Claim, side: &SideClaim| SurveyedSide {
        claim: side.clone(),
        pinned: judge.pinned_side_file(claim, &side.name),
    };
    all.map(|((inspected, claim), verdict)| Surveyed {
        side_files: claim.side_files.iter().map(|found| side(&claim, found)).collect(),
        claim,
        manifest: inspected.manifest().ok().cloned(),
        warnings: inspected.warnings().to_vec(),
        facts: inspected.facts().clone(),
        verdict,
    })
    .collect()
}

/// The files but for those that are a bundle's own libraries: they are told of with their bundle, and are no bundles that
/// somebody forgot the manifest of.
fn without_side_files(inspected: Vec<Inspected>) -> Vec<Inspected> {
    let sides = inspected.iter().flat_map(Inspected::side_files).filter(|side| side.fault().is_none());
    let sides: BTreeSet<PathBuf> = sides.map(|side| side.path().to_owned()).collect();
    let is_side = |file: &Inspected| {
        matches!(file.manifest(), Err(ManifestError::NoSection { .. })) && sides.contains(file.path())
    };
    inspected.into_iter().filter(|file| !is_side(file)).collect()
}

/// The files of the directories, and entries that lead nowhere. Only the default directory may be missing.
fn candidates(dirs: &[Sourced<PathBuf>]) -> Result<(Vec<Candidate>, Vec<InspectError>), SurveyError> {
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
    Ok((discovery.candidates, dangling))
}

/// The manifest of the built-in plugins, read through the same parser as any other.
fn built_in_manifest() -> Manifest {
    let parsed = Manifest::parse(ce_builtin::MANIFEST, ce_plugin_api::VERSION);
    parsed.expect("the manifest that is compiled in is correct: a test of this crate parses it").0
}
