//! What the user lists, grants for this process and denies, parsed. It never looks at a bundle's bytes.

use std::collections::BTreeSet;
use std::fmt;

use thiserror::Error;

use super::claim::Claim;
use super::reason::Basis;
use crate::bundle::digest::Digest;
use crate::config::{Origin, PluginSettings, Sourced, is_name, nearest};

/// Everything that people said about trust, but for the pins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    trusted: BTreeSet<String>,
    grants: Vec<Grant>,
    denials: Vec<Sourced<Subject>>,
}

/// What an entry of a trust or deny list points at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `ID`: an identifier, in deny lists also the name of a bundle.
    Name(String),
    /// `ID@sha256:…`: an identifier, as claimed by these bytes.
    Pinned(String, Digest),
    /// `sha256:…`: these bytes.
    Digest(Digest),
}

/// Trust for one process, in place of a listing and a pin.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Grant {
    subject: Subject,
    basis: Basis,
}

impl Subject {
    /// Reads `ID`, `ID@sha256:…` or `sha256:…`.
    ///
    /// # Errors
    /// What was wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digest = |text: &str| {
            let wrong = |error: String| format!("`{}` is no digest ({error})", text.escape_debug());
            text.parse::<Digest>().map_err(|error| wrong(error.to_string()))
        };
        if text.starts_with("sha256:") {
            return digest(text).map(Self::Digest);
        }
        let (name, pinned) = match text.split_once('@') {
            Some((name, pinned)) => (name, Some(digest(pinned)?)),
            None => (text, None),
        };
        if !is_name(name) {
            return Err(format!("`{}` is no identifier", name.escape_debug()));
        }
        Ok(pinned.map_or_else(|| Self::Name(name.to_owned()), |digest| Self::Pinned(name.to_owned(), digest)))
    }

    /// Whether a file is refused by this entry of a deny list: by its digest or that of a side file, its bundle's name or
    /// any of its identifiers. Denying one sibling refuses the bundle.
    #[must_use]
    pub fn denies(&self, claim: &Claim) -> bool {
        match self {
            Self::Name(denied) => claim.name() == Some(denied) || claim.claims(denied),
            Self::Digest(denied) => *denied == claim.digest || claim.side_digests().any(|(_, side)| side == *denied),
            Self::Pinned(_, denied) => *denied == claim.digest,
        }
    }
}

impl Policy {
    /// Parses the entries that the configuration collected.
    ///
    /// # Errors
    /// [`PolicyError`] for an entry that can match nothing: a denial must not be lost to a typo.
    pub fn new(settings: &PluginSettings) -> Result<Self, PolicyError> {
        let parse = |entry: &Sourced<String>| match Subject::parse(&entry.value) {
            Ok(subject) => Ok(Sourced::new(subject, entry.origin.clone())),
            Err(found) => Err(PolicyError::Entry { origin: entry.origin.clone(), found }),
        };
        let grant = |entry| parse(entry).map(|entry| Grant { subject: entry.value, basis: Basis::Environment });
        let deny = |entry| match parse(entry)? {
            Sourced { value: Subject::Pinned(..), origin } => Err(PolicyError::DenyPinned { origin }),
            denial => Ok(denial),
        };
        Ok(Self {
            trusted: settings.trusted.iter().map(|entry| entry.value.clone()).collect(),
            grants: settings.trusted_now.iter().map(grant).collect::<Result<_, _>>()?,
            denials: settings.denied.iter().map(deny).collect::<Result<_, _>>()?,
        })
    }

    /// Trusts these bytes for this process, on the caller's word.
    #[must_use]
    pub fn trust_digest(mut self, digest: Digest) -> Self {
        self.grants.push(Grant { subject: Subject::Digest(digest), basis: Basis::Call });
        self
    }

    /// Whether an identifier is listed in `[plugins] trusted`.
    #[must_use]
    pub fn lists(&self, identifier: &str) -> bool {
        self.trusted.contains(identifier)
    }

    /// Who denies an identifier or the name of a bundle. This is how built-ins are denied, which have no digest.
    #[must_use]
    pub fn denial_of_name(&self, name: &str) -> Option<&Sourced<Subject>> {
        self.denials.iter().find(|denial| matches!(&denial.value, Subject::Name(denied) if denied == name))
    }

    /// Who denies a file: by its digest, its bundle's name or any of its identifiers.
    #[must_use]
    pub fn denial_of(&self, claim: &Claim) -> Option<&Sourced<Subject>> {
        self.denials.iter().find(|denial| denial.value.denies(claim))
    }

    /// Denials, and grants of the environment, that match none of the files and nothing built in. A listing in `ce.toml` is
    /// not among them: it may wait for a bundle that is not there yet, and grants nothing without a pin.
    pub(super) fn idle(&self, claims: &[&Claim], built_ins: &BTreeSet<String>) -> Vec<Idle> {
        let known = || {
            let claimed = claims.iter().flat_map(|claim| claim.identifiers().chain(claim.name()));
            claimed.chain(built_ins.iter().map(String::as_str))
        };
        let matches = |subject: &Subject| {
            let is_built_in = matches!(subject, Subject::Name(name) if built_ins.contains(name));
            is_built_in || claims.iter().any(|claim| subject.denies(claim))
        };
        let idle = |subject: &Subject, origin: Origin| {
            let name = if let Subject::Name(name) | Subject::Pinned(name, _) = subject { name.as_str() } else { "" };
            Idle { entry: subject.to_string(), origin, nearest: nearest(name, known()).map(ToOwned::to_owned) }
        };
        let denials = self.denials.iter().map(|denial| (&denial.value, denial.origin.clone()));
        let grants = self.grants.iter().filter(|grant| grant.basis == Basis::Environment);
        let grants = grants.map(|grant| (&grant.subject, Origin::Environment("CE_TRUST_PLUGIN")));
        denials.chain(grants).filter(|(subject, _)| !matches(subject)).map(|(s, origin)| idle(s, origin)).collect()
    }

    /// Whether anything could be granted to a file for this process, by whatever it claims.
    pub(super) fn may_grant(&self, claim: &Claim) -> bool {
        let by_identifier = |identifier: &str| {
            self.grant_of_pinned(identifier, claim).is_some() || self.grant_of_name(identifier).is_some()
        };
        self.grant_of_digest(claim).is_some() || claim.identifiers().any(by_identifier)
    }

    /// Whether these bytes are granted for this process: how a side file is that nobody pinned.
    pub(super) fn grants_bytes(&self, bytes: Digest) -> bool {
        self.grants.iter().any(|grant| matches!(grant.subject, Subject::Digest(digest) if digest == bytes))
    }

    /// On which basis these bytes as a whole are granted; a call counts before the environment.
    pub(super) fn grant_of_digest(&self, claim: &Claim) -> Option<Basis> {
        let of = |grant: &&Grant| matches!(&grant.subject, Subject::Digest(digest) if *digest == claim.digest);
        self.grants.iter().filter(of).map(|grant| grant.basis).max()
    }

    /// On which basis an identifier is granted to these bytes by digest.
    pub(super) fn grant_of_pinned(&self, identifier: &str, claim: &Claim) -> Option<Basis> {
        let of = |grant: &&Grant| matches!(&grant.subject, Subject::Pinned(name, digest) if name == identifier && *digest == claim.digest);
        self.grants.iter().filter(of).map(|grant| grant.basis).max()
    }

    /// On which basis an identifier is granted to whoever claims it alone.
    pub(super) fn grant_of_name(&self, identifier: &str) -> Option<Basis> {
        let of = |grant: &&Grant| matches!(&grant.subject, Subject::Name(name) if name == identifier);
        self.grants.iter().filter(of).map(|grant| grant.basis).max()
    }
}

/// An entry of a trust or deny list, or of `[isolation]`, that matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The entry.
    pub entry: String,
    /// Where it stands.
    pub origin: Origin,
    /// The name that was probably meant.
    pub nearest: Option<String>,
}

/// What is odd, and the name that was probably meant.
impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` from {} matches no plugin and no bundle here", self.entry, self.origin)?;
        self.nearest.as_ref().map_or(Ok(()), |nearest| write!(f, "; did you mean `{nearest}`?"))
    }
}

/// Why an entry of a trust or deny list could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// An entry that can match nothing.
    #[error("{origin}: expected ID, ID@sha256:… or sha256:…, but {found}: correct the entry")]
    Entry {
        /// Where the entry stands.
        origin: Origin,
        /// What is wrong with it.
        found: String,
    },
    /// A denial of an identifier for some bytes only.
    #[error(
        "{origin}: expected an identifier, a bundle's name or sha256:… to deny, found ID@sha256:…: write one of the two"
    )]
    DenyPinned {
        /// Where the entry stands.
        origin: Origin,
    },
}

impl PolicyError {
    /// A name for the error that does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Entry { .. } => "policy.entry",
            Self::DenyPinned { .. } => "policy.deny_pinned",
        }
    }
}
