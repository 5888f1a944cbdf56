//! The text of a lock into checked pins. It never reads a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use semver::Version;
use serde::Deserialize;
use toml::Spanned;

use super::{Entry, Lock, LockError, SCHEMA_VERSION};
use crate::bundle::digest::Digest;
use crate::bundle::platform::Platform;
use crate::bundle::side::is_side_file_name;
use crate::config::{Location, is_name};

/// Read before anything else: another major version may look altogether different.
#[derive(Deserialize)]
struct Head {
    schema_version: Spanned<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    bundles: BTreeMap<Spanned<String>, RawEntry>,
}

#[derive(Deserialize)]
struct RawEntry {
    version: Spanned<String>,
    identifiers: Vec<Spanned<String>>,
    digests: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    side_files: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>,
}

#[derive(Clone, Copy)]
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

pub(super) fn parse(text: &str, path: &Path) -> Result<Lock, LockError> {
    let source = Source { path, text };
    let head: Head = source.deserialize()?;
    let schema_version: Version = source.value("a version", &head.schema_version)?;
    if schema_version.major != SCHEMA_VERSION.major {
        let at = source.location(&head.schema_version);
        return Err(LockError::SchemaVersion { at, found: schema_version });
    }
    let body: Body = source.deserialize()?;
    let mut owned = BTreeSet::new();
    let mut bundles = BTreeMap::new();
    for (name, raw) in body.bundles {
        let mut identifiers = BTreeSet::new();
        for identifier in &raw.identifiers {
            source.name("an identifier", identifier)?;
            if !owned.insert(identifier.get_ref().clone()) {
                let message = format!("expected every identifier once, found `{}` again", identifier.get_ref());
                return Err(LockError::Malformed { at: source.location(identifier), message });
            }
            identifiers.insert(identifier.get_ref().clone());
        }
        source.name("the name of a bundle", &name)?;
        let entry = Entry {
            version: source.value("a version", &raw.version)?,
            identifiers,
            digests: digests(source, &raw.digests)?,
            side_files: side_files(source, &raw.side_files)?,
        };
        bundles.insert(name.into_inner(), entry);
    }
    // What it is written as goes by what it says, and by whether a newer host wrote it.
    Ok(Lock { schema_version: schema_version.max(SCHEMA_VERSION), bundles })
}

fn digests(
    source: Source<'_>,
    raw: &BTreeMap<Spanned<String>, Spanned<String>>,
) -> Result<BTreeMap<Platform, Digest>, LockError> {
    let pair = |(platform, digest): (&Spanned<String>, &Spanned<String>)| {
        Ok((source.value("a platform", platform)?, source.value("a digest", digest)?))
    };
    raw.iter().map(pair).collect()
}

fn side_files(
    source: Source<'_>,
    raw: &BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>,
) -> Result<BTreeMap<Platform, BTreeMap<String, Digest>>, LockError> {
    let file = |(name, digest): (&Spanned<String>, &Spanned<String>)| {
        if !is_side_file_name(name.get_ref()) {
            let message = format!("expected the name of a file, found `{}`", name.get_ref().escape_debug());
            return Err(LockError::Malformed { at: source.location(name), message });
        }
        Ok((name.get_ref().clone(), source.value("a digest", digest)?))
    };
    let platform = |(platform, files): (&Spanned<String>, &BTreeMap<_, _>)| {
        Ok((source.value("a platform", platform)?, files.iter().map(file).collect::<Result<_, _>>()?))
    };
    raw.iter().filter(|(_, files)| !files.is_empty()).map(platform).collect()
}

impl Source<'_> {
    fn location<T>(self, found: &Spanned<T>) -> Location {
        Location::of(self.path, self.text, found.span().start)
    }

    fn deserialize<T: for<'de> Deserialize<'de>>(self) -> Result<T, LockError> {
        toml::from_str(self.text).map_err(|error| LockError::Malformed {
            at: Location::of(self.path, self.text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })
    }

    fn value<T: FromStr<Err: Display>>(self, expected: &str, found: &Spanned<String>) -> Result<T, LockError> {
        found.get_ref().parse().map_err(|error| LockError::Malformed {
            at: self.location(found),
            message: format!("`{}` is not {expected}: {error}", found.get_ref().escape_debug()),
        })
    }

    fn name(self, expected: &str, found: &Spanned<String>) -> Result<(), LockError> {
        if is_name(found.get_ref()) {
            return Ok(());
        }
        let message = format!("expected {expected}, found `{}`", found.get_ref().escape_debug());
        Err(LockError::Malformed { at: self.location(found), message })
    }
}
