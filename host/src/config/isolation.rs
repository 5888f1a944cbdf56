//! `[isolation]` of a `ce.toml`, and the call laid over it. It never decides about a bundle.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use ce_plugin_api::manifest::{NAME_CHARS_MAX, Permission, check_identifier};
use toml::Spanned;
use toml::de::DeValue;

use super::file::{Entry, in_order, unknown_key};
use super::read::{Placed, Source};
use super::{Call, ConfigError, Deadline, IsolationSettings, Level, Origin, Placement, Sourced, nearest};
use crate::isolation::settings::{DEFAULT, RESERVED, is_identifier};

/// The least and the most memory of a worker, in MiB: what its threads need, and what no machine has.
const MEMORY_MIB: [i64; 2] = [64, 1 << 24];

/// The longest that anything may take, in seconds: a year, so that points in time can be computed.
const SECONDS_MAX: i64 = 31_536_000;

/// What one `[isolation]` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct IsolationFile {
    default: Option<Placement>,
    named: BTreeMap<String, Placement>,
    worker: Option<String>,
    min_sandbox: Option<Level>,
    memory_mib: Option<u64>,
    cpu_seconds: Option<u64>,
    deadlines: BTreeMap<Deadline, Duration>,
    permissions: BTreeMap<String, Vec<Permission>>,
}

impl IsolationFile {
    pub(super) fn read<'a>(source: Source<'a>, value: &Spanned<DeValue<'a>>) -> Result<Self, ConfigError> {
        let mut file = Self::default();
        for entry in in_order(source.table("isolation", value)?) {
            let (name, value) = entry;
            match name.get_ref().as_ref() {
                DEFAULT => file.default = Some(placement(source, "isolation.default", value)?),
                "worker" => file.worker = Some(path(source, value)?),
                "min_sandbox" => file.min_sandbox = Some(level(source, value)?),
                "memory_mib" => file.memory_mib = Some(whole(source, "memory_mib", MEMORY_MIB, value)?),
                "cpu_seconds" => file.cpu_seconds = Some(whole(source, "cpu_seconds", [1, SECONDS_MAX], value)?),
                "deadlines" => file.read_deadlines(source, value)?,
                "permissions" => file.read_permissions(source, value)?,
                _ => {
                    let (name, placement) = named(source, entry)?;
                    file.named.insert(name, placement);
                }
            }
        }
        Ok(file)
    }

    fn read_deadlines<'a>(&mut self, source: Source<'a>, value: &Spanned<DeValue<'a>>) -> Result<(), ConfigError> {
        const SECTION: &str = "isolation.deadlines";
        for (name, value) in in_order(source.table(SECTION, value)?) {
            let Some(deadline) = Deadline::from_name(name.get_ref()) else {
                return Err(unknown_key(source, SECTION, name, &Deadline::ALL.map(Deadline::as_str)));
            };
            self.deadlines.insert(deadline, seconds(source, &format!("{SECTION}.{}", deadline.as_str()), value)?);
        }
        Ok(())
    }

    fn read_permissions<'a>(&mut self, source: Source<'a>, value: &Spanned<DeValue<'a>>) -> Result<(), ConfigError> {
        const SECTION: &str = "isolation.permissions";
        for (name, value) in in_order(source.table(SECTION, value)?) {
            let bundle = name.get_ref().as_ref();
            if !is_bundle_name(bundle) || RESERVED.contains(&bundle) {
                return Err(ConfigError::InvalidName {
                    place: format!("{}: `{SECTION}`", source.location(name.span().start)),
                    expected: "the name of a bundle (`ce show ID` tells an identifier's)",
                    found: bundle.to_owned(),
                });
            }
            let granted = permissions(source, &format!("{SECTION}.\"{bundle}\""), value)?;
            self.permissions.insert(bundle.to_owned(), granted);
        }
        Ok(())
    }
}

/// Whether a call can place what goes by this name: a bundle, a plugin, a style, or with `default` everything else.
pub(super) fn can_be_placed(name: &str) -> bool {
    name == DEFAULT || (is_placeable(name) && !RESERVED.contains(&name))
}

/// The call's word over the user's file at `path`, and that over the defaults. A path in the file starts beside it, a path
/// of the call in the working directory.
pub(super) fn laid_over(
    call: &Call,
    file: Option<&Placed<IsolationFile>>,
    path: &Path,
    working_dir: &Path,
) -> IsolationSettings {
    let mut settings = IsolationSettings::default();
    let mut configured = BTreeMap::new();
    if let Some(Placed { value: file, .. }) = file {
        let own = Own(Origin::UserConfig { path: path.to_owned() });
        let beside = |worker: &String| path.parent().unwrap_or(working_dir).join(worker);
        own.over(&mut settings.default, file.default);
        own.over(&mut settings.min_sandbox, file.min_sandbox);
        own.over(&mut settings.memory_mib, file.memory_mib);
        settings.cpu_seconds = file.cpu_seconds.map(|seconds| own.sourced(seconds));
        settings.worker = file.worker.as_ref().map(|worker| own.sourced(beside(worker)));
        settings.permissions = own.all(&file.permissions);
        configured = own.all(&file.named);
        for (deadline, limit) in &file.deadlines {
            settings.set_deadline(*deadline, own.sourced(*limit));
        }
    }
    let call_is = Own(Origin::Call);
    let mut called = call_is.all(&call.isolation);
    if let Some(default) = called.remove(DEFAULT) {
        settings.default = default;
    }
    if let Some(worker) = &call.worker {
        settings.worker = Some(call_is.sourced(working_dir.join(worker)));
    }
    settings.set_named(called, configured);
    settings
}

/// One source, which gives its values their origin.
struct Own(Origin);

impl Own {
    fn sourced<T>(&self, value: T) -> Sourced<T> {
        Sourced::new(value, self.0.clone())
    }

    fn over<T>(&self, setting: &mut Sourced<T>, said: Option<T>) {
        if let Some(value) = said {
            *setting = self.sourced(value);
        }
    }

    fn all<T: Clone>(&self, said: &BTreeMap<String, T>) -> BTreeMap<String, Sourced<T>> {
        said.iter().map(|(name, value)| (name.clone(), self.sourced(value.clone()))).collect()
    }
}

/// Where what is named runs. A key that can name nothing, or that stands before no placement and looks like a word of this
/// section, is a slip of the pen.
fn named<'a>(source: Source<'a>, (name, value): Entry<'_, 'a>) -> Result<(String, Placement), ConfigError> {
    let key = name.get_ref().as_ref();
    let is_word = || nearest(key, RESERVED).is_some();
    let places = value.get_ref().as_str().and_then(Placement::from_name);
    if !is_identifier(key) && (!is_bundle_name(key) || (places.is_none() && is_word())) {
        let known = RESERVED.iter().copied().chain(["the name of a bundle", "an identifier in quotes"]);
        return Err(unknown_key(source, "isolation", name, &known.collect::<Vec<_>>()));
    }
    if !is_placeable(key) {
        return Err(ConfigError::InvalidName {
            place: format!("{}: `isolation`", source.location(name.span().start)),
            expected: "the name of a bundle, or an identifier",
            found: key.to_owned(),
        });
    }
    Ok((key.to_owned(), placement(source, &format!("isolation.\"{key}\""), value)?))
}

fn is_placeable(name: &str) -> bool {
    if is_identifier(name) { check_identifier(name, 2).is_ok() } else { is_bundle_name(name) }
}

/// The manifest's rule for the names of bundles.
fn is_bundle_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(is_part)
}

fn placement<'a>(source: Source<'a>, key: &str, value: &Spanned<DeValue<'a>>) -> Result<Placement, ConfigError> {
    if value.get_ref().is_table() {
        let expected = "`process` or `in-process` (a name with dots stands in quotes)";
        return Err(source.wrong_type(key, expected, value));
    }
    one_of(&source.string(key, value)?, key, &Placement::ALL, Placement::as_str)
}

fn level<'a>(source: Source<'a>, value: &Spanned<DeValue<'a>>) -> Result<Level, ConfigError> {
    const KEY: &str = "isolation.min_sandbox";
    let [none, partial, full] = Level::ALL;
    one_of(&source.string(KEY, value)?, KEY, &[full, partial, none], Level::name)
}

fn permissions<'a>(
    source: Source<'a>,
    key: &str,
    value: &Spanned<DeValue<'a>>,
) -> Result<Vec<Permission>, ConfigError> {
    let mut granted = Vec::new();
    for entry in source.strings(key, value)? {
        let permission = one_of(&entry, key, Permission::ALL, Permission::as_str)?;
        if granted.contains(&permission) {
            let (expected, found) = ("each permission once".to_owned(), format!("`{permission}` again"));
            return Err(ConfigError::InvalidValue {
                at: entry.at,
                key: key.to_owned(),
                expected,
                found,
                nearest: None,
            });
        }
        granted.push(permission);
    }
    Ok(granted)
}

/// The value of that name.
fn one_of<T: Copy>(
    found: &Placed<String>,
    key: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Result<T, ConfigError> {
    all.iter().copied().find(|value| as_str(*value) == found.value).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|value| as_str(*value)).collect();
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        ConfigError::InvalidValue {
            at: found.at.clone(),
            key: key.to_owned(),
            expected: quoted.join(" or "),
            found: format!("`{}`", found.value.escape_debug()),
            nearest: nearest(&found.value, names).map(str::to_owned),
        }
    })
}

fn path<'a>(source: Source<'a>, value: &Spanned<DeValue<'a>>) -> Result<String, ConfigError> {
    const KEY: &str = "isolation.worker";
    let path = source.string(KEY, value)?;
    if path.value.is_empty() || path.value.contains('\0') {
        return Err(ConfigError::InvalidName {
            place: format!("{}: `{KEY}`", path.at),
            expected: "the path of the program that workers are made of, such as `ce`",
            found: path.value,
        });
    }
    Ok(path.value)
}

/// A whole number within both bounds.
fn whole<'a>(
    source: Source<'a>,
    key: &str,
    [least, most]: [i64; 2],
    value: &Spanned<DeValue<'a>>,
) -> Result<u64, ConfigError> {
    let key = format!("isolation.{key}");
    let DeValue::Integer(integer) = value.get_ref() else {
        return Err(source.wrong_type(&key, "a whole number", value));
    };
    let found = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
    let is_within = |found: &i64| (least..=most).contains(found);
    found.filter(is_within).and_then(|found| u64::try_from(found).ok()).ok_or_else(|| {
        out_of_range(source, &key, format!("a whole number from {least} to {most}"), integer.as_str(), value)
    })
}

/// A number of seconds above zero, fractions included.
fn seconds<'a>(source: Source<'a>, key: &str, value: &Spanned<DeValue<'a>>) -> Result<Duration, ConfigError> {
    let found = source.number(key, "a number of seconds", value)?;
    let is_in_range = found <= SECONDS_MAX as f64;
    let duration = Duration::try_from_secs_f64(found).ok().filter(|duration| is_in_range && !duration.is_zero());
    let expected = || format!("a number of seconds above 0, at most {SECONDS_MAX}");
    duration.ok_or_else(|| out_of_range(source, key, expected(), found, value))
}

fn out_of_range<'a>(
    source: Source<'a>,
    key: &str,
    expected: String,
    found: impl std::fmt::Display,
    value: &Spanned<DeValue<'a>>,
) -> ConfigError {
    let (at, key, found) = (source.location(value.span().start), key.to_owned(), found.to_string());
    ConfigError::InvalidValue { at, key, expected, found, nearest: None }
}
