//! What is installed, for commands that know bundles by their digests alone. It is looked at when it is asked for.

use std::cell::OnceCell;
use std::path::PathBuf;

use crate::bundle::Digest;
use crate::bundle::trust::Claim;
use crate::cli::flags::{CacheFlags, HostFlags, claims};

/// The bundles in the plugins directories.
pub(super) struct Installed<'a> {
    host: &'a HostFlags,
    claims: OnceCell<Vec<Claim>>,
}

impl<'a> Installed<'a> {
    pub(super) fn new(host: &'a HostFlags) -> Self {
        Self { host, claims: OnceCell::new() }
    }

    /// The name and the file of the bundle with these bytes.
    pub(super) fn known(&self, digest: &Digest) -> Option<(String, PathBuf)> {
        let claim = self.claims().iter().find(|claim| claim.digest == *digest)?;
        Some((claim.name()?.to_owned(), claim.path.clone()))
    }

    /// The digests of the bundles that announce this plugin or plot style.
    pub(super) fn digests_of(&self, identifier: &str) -> Vec<Digest> {
        self.claims().iter().filter(|claim| claim.claims(identifier)).map(|claim| claim.digest).collect()
    }

    /// Nothing where the directories cannot be looked at: what is held back is told all the same.
    fn claims(&self) -> &[Claim] {
        self.claims.get_or_init(|| {
            let looked_at = CacheFlags::default().listing(self.host);
            looked_at.map(|(_, listing)| claims(&listing)).unwrap_or_default()
        })
    }
}
