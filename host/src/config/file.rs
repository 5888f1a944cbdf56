//! One `ce.toml`, checked: every section and key is known and every value has its type. It never knows whose file it
//! is; what a project's file may not say is decided in `project.rs`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::isolation::IsolationFile;
use super::read::{Placed, Source};
use super::slot::{Slot, TelemetryLevel};
use super::{ConfigError, is_name, nearest};

/// Enough for any configuration written by hand.
pub(super) const BYTES_MAX: u64 = 1 << 20;

/// What one `ce.toml` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ConfigFile {
    pub(super) choices: BTreeMap<Slot, Placed<String>>,
    pub(super) fallbacks: BTreeMap<Slot, Placed<Vec<String>>>,
    pub(super) dirs: Option<Placed<Vec<String>>>,
    pub(super) trusted: Option<Placed<Vec<String>>>,
    pub(super) denied: Vec<String>,
    pub(super) allow_writable: Option<Placed<bool>>,
    pub(super) options: BTreeMap<String, Placed<BTreeMap<String, Json>>>,
    pub(super) telemetry: Option<Placed<TelemetryLevel>>,
    pub(super) isolation: Option<Placed<IsolationFile>>,
}

impl ConfigFile {
    /// Reads an open file; `path` is for errors.
    pub(super) fn read(file: File, path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |cause: io::Error| ConfigError::Unreadable { path: path.to_owned(), cause: Arc::new(cause) };
        let mut text = String::new();
        file.take(BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() as u64 > BYTES_MAX {
            return Err(ConfigError::TooLarge { path: path.to_owned(), bytes_max: BYTES_MAX });
        }
        Self::parse(&text, path)
    }

    /// Checks a text; `path` is for errors.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let source = Source { path, text };
        let document = source.parse()?;
        let mut file = Self::default();
        for (name, value) in in_order(&document) {
            let section = name.get_ref().as_ref();
            let at = name.span().start;
            match section {
                "explanations" | "intervals" | "plots" => file.read_choices(source, section, value)?,
                "plugins" => file.read_plugins(source, value)?,
                "options" => file.read_options(source, value)?,
                "telemetry" => file.read_telemetry(source, value)?,
                "isolation" => file.isolation = Some(source.placed(IsolationFile::read(source, value)?, at)),
                _ => {
                    return Err(ConfigError::UnknownSection {
                        at: source.location(at),
                        name: section.to_owned(),
                        nearest: nearest(section, SECTIONS).map(str::to_owned),
                    });
                }
            }
        }
        Ok(file)
    }

    fn read_choices<'a>(
        &mut self,
        source: Source<'a>,
        section: &str,
        value: &Spanned<DeValue<'a>>,
    ) -> Result<(), ConfigError> {
        for (name, value) in in_order(source.table(section, value)?) {
            let key = name.get_ref().as_ref();
            let full = format!("{section}.{key}");
            let of = |slot: &Slot| slot.section() == section;
            if let Some(slot) = Slot::ALL.into_iter().find(|slot| of(slot) && slot.key() == key) {
                let choice = source.string(&full, value)?;
                check_name(&choice, &full, is_name)?;
                self.choices.insert(slot, choice);
            } else if let Some(slot) = Slot::ALL.into_iter().find(|slot| of(slot) && slot.fallbacks_key() == key) {
                let fallbacks = names(source, &full, value, is_name)?;
                self.fallbacks.insert(slot, source.placed(fallbacks, name.span().start));
            } else {
                let known = Slot::ALL.into_iter().filter(of);
                let known: Vec<_> = known.flat_map(|slot| [slot.key(), slot.fallbacks_key()]).collect();
                return Err(unknown_key(source, section, name, &known));
            }
        }
        Ok(())
    }

    fn read_plugins<'a>(&mut self, source: Source<'a>, value: &Spanned<DeValue<'a>>) -> Result<(), ConfigError> {
        for (name, value) in in_order(source.table("plugins", value)?) {
            let at = name.span().start;
            match name.get_ref().as_ref() {
                "dirs" => {
                    let dirs = names(source, "plugins.dirs", value, |dir| !dir.is_empty() && !dir.contains('\0'))?;
                    self.dirs = Some(source.placed(dirs, at));
                }
                "trusted" => {
                    self.trusted = Some(source.placed(names(source, "plugins.trusted", value, is_name)?, at));
                }
                "denied" => self.denied = names(source, "plugins.denied", value, is_name_or_digest)?,
                "allow_writable" => {
                    let allowed = source.boolean("plugins.allow_writable", value)?;
                    self.allow_writable = Some(source.placed(allowed.value, at));
                }
                _ => {
                    let known = ["dirs", "trusted", "denied", "allow_writable"];
                    return Err(unknown_key(source, "plugins", name, &known));
                }
            }
        }
        Ok(())
    }

    fn read_options<'a>(&mut self, source: Source<'a>, value: &Spanned<DeValue<'a>>) -> Result<(), ConfigError> {
        for (name, value) in in_order(source.table("options", value)?) {
            let identifier = source.placed(name.get_ref().clone().into_owned(), name.span().start);
            check_name(&identifier, "options", is_name)?;
            let section = format!("options.\"{}\"", identifier.value);
            let mut options = BTreeMap::new();
            for (option, value) in in_order(source.table(&section, value)?) {
                let option = option.get_ref().clone().into_owned();
                options.insert(option.clone(), source.json(&format!("{section}.{option}"), value)?);
            }
            self.options.insert(identifier.value, Placed { value: options, at: identifier.at });
        }
        Ok(())
    }

    fn read_telemetry<'a>(&mut self, source: Source<'a>, value: &Spanned<DeValue<'a>>) -> Result<(), ConfigError> {
        for (name, value) in in_order(source.table("telemetry", value)?) {
            if name.get_ref() != "level" {
                return Err(unknown_key(source, "telemetry", name, &["level"]));
            }
            let found = source.string("telemetry.level", value)?;
            let level = TelemetryLevel::from_name(&found.value).ok_or_else(|| ConfigError::TelemetryLevel {
                place: format!("{}: `telemetry.level`", found.at),
                found: found.value.clone(),
            })?;
            self.telemetry = Some(Placed { value: level, at: found.at });
        }
        Ok(())
    }
}

const SECTIONS: [&str; 7] = ["explanations", "intervals", "plots", "plugins", "options", "telemetry", "isolation"];

pub(super) type Entry<'t, 'a> = (&'t Spanned<toml::de::DeString<'a>>, &'t Spanned<DeValue<'a>>);

/// The entries in the order of the text, so that the first error is the topmost one.
pub(super) fn in_order<'t, 'a>(table: &'t DeTable<'a>) -> Vec<Entry<'t, 'a>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// An array of strings that all pass `check`.
fn names<'a>(
    source: Source<'a>,
    key: &str,
    value: &Spanned<DeValue<'a>>,
    check: impl Fn(&str) -> bool + Copy,
) -> Result<Vec<String>, ConfigError> {
    let entries = source.strings(key, value)?;
    entries.iter().try_for_each(|entry| check_name(entry, key, check))?;
    Ok(entries.into_iter().map(|entry| entry.value).collect())
}

fn check_name(found: &Placed<String>, key: &str, check: impl Fn(&str) -> bool) -> Result<(), ConfigError> {
    if check(&found.value) {
        return Ok(());
    }
    let expected = match key {
        "plugins.dirs" => "the path of a directory",
        "plugins.trusted" => "an identifier (digests are pinned in ce.lock, by `ce trust`)",
        "plugins.denied" => "an identifier, the name of a bundle or a `sha256:` digest",
        _ => "the identifier of a plugin or style",
    };
    Err(ConfigError::InvalidName { place: format!("{}: `{key}`", found.at), expected, found: found.value.clone() })
}

/// The digest itself is checked by the policy that is made of it.
fn is_name_or_digest(text: &str) -> bool {
    is_name(text.strip_prefix("sha256:").unwrap_or(text))
}

pub(super) fn unknown_key(
    source: Source<'_>,
    section: &str,
    found: &Spanned<toml::de::DeString<'_>>,
    known: &[&str],
) -> ConfigError {
    let name = found.get_ref().as_ref();
    ConfigError::UnknownKey {
        at: source.location(found.span().start),
        section: section.to_owned(),
        name: name.to_owned(),
        nearest: nearest(name, known.iter().copied()).map(str::to_owned),
        known: known.join(", ").into(),
    }
}
