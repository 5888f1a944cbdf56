//! A user's places in a scratch directory: an empty `ce.toml`, a plugins directory, and nothing of the environment. It
//! installs and trusts through the very functions behind `ce install` and `ce trust`.

use std::path::{Path, PathBuf};

use ce_host::bundle::Survey;
use ce_host::bundle::inspect::Inspected;
use ce_host::bundle::policy::{self, EditError, Files, Installed, Target, TrustRequest, TrustedNow, Uninstalled};
use ce_host::config::{Environment, Placement};
use ce_host::{Host, HostBuilder};
use tempfile::TempDir;

use super::built::ce_program;

/// The places. They are gone when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    dir: TempDir,
}

impl Scratch {
    /// An empty plugins directory and an empty `ce.toml`.
    ///
    /// # Panics
    /// If they cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let scratch = Self { dir: tempfile::tempdir().expect("a temporary directory can be made") };
        scratch.make_dir("plugins");
        std::fs::write(scratch.config(), "").expect("the scratch directory can be written to");
        scratch
    }

    /// The same with these bundles, installed and trusted.
    ///
    /// # Panics
    /// If one cannot be.
    #[must_use]
    pub fn with_trusted(bundles: &[PathBuf]) -> Self {
        let scratch = Self::new();
        for bundle in bundles {
            let installed = scratch.install(bundle).expect("the bundle can be installed");
            scratch.trust(&installed.target()).expect("the bundle can be trusted");
        }
        scratch
    }

    /// A path in the scratch directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The plugins directory.
    #[must_use]
    pub fn plugins_dir(&self) -> PathBuf {
        self.path("plugins")
    }

    /// Makes a directory that only this user can write to, whatever this user's new directories are like: what others can
    /// write to is refused.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn make_dir(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
        builder.create(&path).expect("the scratch directory can be written to");
        path
    }

    /// Writes a file into the plugins directory that only this user can write to: a new one in the place of what is there.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.plugins_dir().join(name);
        let mut options = std::fs::OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
        let _ = std::fs::remove_file(&path);
        let mut file = options.write(true).create_new(true).open(&path).expect("a plugins directory can be written to");
        std::io::Write::write_all(&mut file, bytes).expect("a plugins directory can be written to");
        path
    }

    /// The user's `ce.toml`.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path("ce.toml")
    }

    /// Adds lines to the user's `ce.toml`.
    ///
    /// # Panics
    /// If it cannot be read and written.
    pub fn configure(&self, more: &str) {
        let config = std::fs::read_to_string(self.config()).expect("the scratch configuration can be read");
        std::fs::write(self.config(), format!("{config}\n{more}\n")).expect("the scratch configuration can be written");
    }

    /// A host of these places, with every bundle in its own process and without a journal, to be configured further.
    #[must_use]
    pub fn host(&self) -> HostBuilder {
        self.unplaced_host().environment(Environment::default()).isolation("default", Placement::InProcess)
    }

    /// The same with every bundle in a worker.
    #[must_use]
    pub fn held_host(&self) -> HostBuilder {
        self.unplaced_host().worker(ce_program())
    }

    /// The same, with bundles where the scratch `ce.toml` says, or the default.
    #[must_use]
    pub fn unplaced_host(&self) -> HostBuilder {
        let builder = Host::builder().config(self.config()).plugins_dir(self.plugins_dir());
        builder.environment(self.environment()).working_dir(self.dir.path())
    }

    /// Nothing of the process's environment, and a state directory that lies in the scratch directory.
    #[must_use]
    pub fn environment(&self) -> Environment {
        let state = self.path("state").into_os_string();
        let variables = [(std::ffi::OsString::from("XDG_STATE_HOME"), state)];
        Environment::from_vars(variables).expect("the variables are in order")
    }

    /// What lies in the plugins directory, judged and not mapped.
    ///
    /// # Panics
    /// If the places cannot be read.
    #[must_use]
    pub fn survey(&self) -> Survey {
        self.host().survey().expect("the scratch places can be read").1
    }

    /// `ce install`.
    ///
    /// # Errors
    /// Why it cannot be installed.
    ///
    /// # Panics
    /// If the file is no library.
    pub fn install(&self, bundle: &Path) -> Result<Installed, EditError> {
        let inspected = Inspected::read(bundle).expect("the bundle is a library");
        policy::install(&inspected, &self.plugins_dir(), self.survey().judge())
    }

    /// `ce uninstall`.
    ///
    /// # Errors
    /// Why it cannot be removed.
    pub fn uninstall(&self, name: &str) -> Result<Uninstalled, EditError> {
        let survey = self.survey();
        let claims: Vec<_> = survey.files().iter().map(|file| file.claim.clone()).collect();
        policy::uninstall(name, &claims, survey.judge().lock())
    }

    /// `ce trust`.
    ///
    /// # Errors
    /// Why it cannot be trusted.
    pub fn trust(&self, target: &str) -> Result<TrustedNow, EditError> {
        self.trust_with(target, false)
    }

    /// `ce trust --upgrade`.
    ///
    /// # Errors
    /// Why it cannot be trusted.
    pub fn upgrade(&self, target: &str) -> Result<TrustedNow, EditError> {
        self.trust_with(target, true)
    }

    fn trust_with(&self, target: &str, upgrade: bool) -> Result<TrustedNow, EditError> {
        let survey = self.survey();
        let claims: Vec<_> = survey.files().iter().map(|file| file.claim.clone()).collect();
        let files = Files { config: self.config(), lock: self.path("ce.lock") };
        let request = TrustRequest { target: Target::parse(target)?, upgrade, only: false };
        policy::trust(&request, &claims, survey.judge(), &files)
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}
