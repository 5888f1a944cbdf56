//! The flags that every command shares: where bundles and configuration are.

use std::path::PathBuf;

use clap::Args;

use crate::HostBuilder;
use crate::bundle::trust::Claim;
use crate::bundle::{Hints, Listing, Survey};
use crate::config::{Call, Environment, Places, Settings};

/// The heading of every flag about them.
pub(crate) const PLUGINS: &str = "Plugins and configuration";

/// Where bundles and configuration are.
#[derive(Debug, Args)]
pub(crate) struct HostFlags {
    /// A directory with bundles, before those of CE_PLUGINS_DIR and ce.toml; may be given several times
    #[arg(long, value_name = "DIR", help_heading = PLUGINS)]
    plugins_dir: Vec<PathBuf>,

    /// The user's ce.toml, in place of CE_CONFIG and the usual place; ce.lock lies beside it
    #[arg(long, value_name = "FILE", help_heading = PLUGINS)]
    config: Option<PathBuf>,
}

impl HostFlags {
    /// A host of which these flags are told.
    pub(crate) fn builder(&self) -> HostBuilder {
        let builder = self.plugins_dir.iter().fold(HostBuilder::default(), HostBuilder::plugins_dir);
        match &self.config {
            Some(config) => builder.config(config),
            None => builder,
        }
    }

    /// Where the user's files lie. None of them is read.
    pub(crate) fn places(&self) -> Result<Places, crate::Error> {
        let call = Call { config: self.config.clone(), ..Call::default() };
        let working_dir = std::env::current_dir().map_err(crate::Error::WorkingDir)?;
        Ok(Places::find(&call, &Environment::from_process()?, &working_dir))
    }

    /// What lies in the plugins directories, and what was decided about it. Nothing is mapped.
    pub(crate) fn survey(&self) -> Result<(Settings, Survey), crate::Error> {
        self.builder().survey()
    }
}

/// Whether what was found in files earlier may be told again, for commands that only look.
#[derive(Debug, Default, Args)]
pub(crate) struct CacheFlags {
    /// Read every file anew, and remember nothing
    #[arg(long, help_heading = PLUGINS)]
    no_cache: bool,
}

impl CacheFlags {
    /// What is still known of files.
    pub(crate) fn hints(&self, settings: &Settings) -> Hints {
        if self.no_cache { Hints::none() } else { Hints::of(settings.places()) }
    }

    /// As [`HostFlags::survey`], to be looked at and not to be loaded.
    pub(crate) fn listing(&self, host: &HostFlags) -> Result<(Settings, Listing), crate::Error> {
        let settings = host.builder().settings()?;
        let listing = Survey::listed(&settings, &[], self.hints(&settings))?;
        Ok((settings, listing))
    }
}

/// What each file claims, for the edits of trust.
pub(crate) fn claims(survey: &Survey) -> Vec<Claim> {
    survey.files().iter().map(|file| file.claim.clone()).collect()
}
