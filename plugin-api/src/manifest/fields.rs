//! An object of a manifest, read key by key. It never lets a key pass that nobody asked for without a word.

use std::collections::BTreeSet;

use semver::Version;
use serde_json::{Map, Value};

use super::json::path_key;
use super::problem::{Fault, Report, hint, quoted};
use super::value::describe;

/// One object of the manifest, and the keys that were asked for so far.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    place: String,
    report: &'a Report,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The object at `place`, or a problem.
    pub(super) fn open(value: &'a Value, place: String, report: &'a Report) -> Option<Self> {
        if let Some(object) = value.as_object() {
            return Some(Self { object, place, report, known: Vec::new() });
        }
        let message = format!("expected an object, found {}", describe(value));
        report.problem(Fault::new("manifest.type", message).at(place));
        None
    }

    /// The JSON path of one of the keys.
    pub(super) fn place_of(&self, key: &str) -> String {
        let key = path_key(key);
        if self.place.is_empty() { key } else { format!("{}.{key}", self.place) }
    }

    pub(super) fn report(&self) -> &'a Report {
        self.report
    }

    pub(super) fn problem(&self, key: &str, fault: Fault) {
        self.report.problem(fault.at(self.place_of(key)));
    }

    /// The raw value of a key. Null is the same as no key.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// The raw value of a key that must be there.
    pub(super) fn require(&mut self, key: &'static str) -> Option<&'a Value> {
        let value = self.get(key);
        if value.is_none() {
            let near = hint(key, self.object.keys().map(String::as_str).filter(|near| *near != key));
            let message = format!("expected the key `{key}`, found none: add it{near}");
            self.problem(key, Fault::new("manifest.missing_key", message));
        }
        value
    }

    /// The value of a key; none if there is no key or, with a problem, if the value is wrong.
    pub(super) fn optional<T>(&mut self, key: &'static str, read: impl Fn(&Value) -> Result<T, Fault>) -> Option<T> {
        let value = self.get(key)?;
        read(value).map_err(|fault| self.problem(key, fault)).ok()
    }

    /// The value of a key; none, with a problem, if there is no key or the value is wrong.
    pub(super) fn required<T>(&mut self, key: &'static str, read: impl Fn(&Value) -> Result<T, Fault>) -> Option<T> {
        let value = self.require(key)?;
        read(value).map_err(|fault| self.problem(key, fault)).ok()
    }

    /// The list under a key, empty if there is no key. None, with problems, if an element is wrong or stands twice.
    pub(super) fn list<T>(&mut self, key: &'static str, read: impl Fn(&Value) -> Result<T, Fault>) -> Option<Vec<T>> {
        let Some(value) = self.get(key) else { return Some(Vec::new()) };
        let Some(list) = value.as_array() else {
            let message = format!("expected a list, found {}", describe(value));
            self.problem(key, Fault::new("manifest.type", message));
            return None;
        };
        let mut seen = BTreeSet::new();
        let mut items = Vec::with_capacity(list.len());
        for (index, element) in list.iter().enumerate() {
            let place = format!("{}[{index}]", self.place_of(key));
            match read(element) {
                Err(fault) => self.report.problem(fault.at(place)),
                Ok(_) if element.as_str().is_some_and(|text| !seen.insert(text)) => {
                    let message = format!("expected every entry once, found {} again: remove it", describe(element));
                    self.report.problem(Fault::new("manifest.duplicate", message).at(place));
                }
                Ok(item) => items.push(item),
            }
        }
        (items.len() == list.len()).then_some(items)
    }

    /// Warns of a key, if it is there, that came with a later format than the one that the manifest states.
    pub(super) fn too_new(&mut self, key: &'static str, stated: &Version, since: &Version) {
        if self.get(key).is_some() {
            let message = format!(
                "`{key}` is ignored: it came with the format {since}, and this manifest states {stated}; raise \
                 `schema_version`, or remove the key"
            );
            self.report.warning(Fault::new("manifest.unknown_key", message).at(self.place_of(key)));
        }
    }

    /// Warns of every key that nobody asked for.
    pub(super) fn finish(self) {
        for key in self.object.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let fault = match key.as_str() {
                "trust" | "trusted" => Fault::new(
                    "manifest.trust_key",
                    format!(
                        "`{key}` is ignored: trust is the host's to give, a manifest cannot claim it; remove the key"
                    ),
                ),
                "plugin_api" => Fault::new(
                    "manifest.unknown_key",
                    "`plugin_api` is ignored: `export_bundle!` writes the true one; remove the key",
                ),
                _ => {
                    let near = hint(key, self.known.iter().copied());
                    Fault::new("manifest.unknown_key", format!("the unknown key {} is ignored{near}", quoted(key)))
                }
            };
            self.report.warning(fault.at(self.place_of(key)));
        }
    }
}
