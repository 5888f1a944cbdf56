//! The options that a plugin announces, and whether given ones fit. It never fills in a value.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fields::Fields;
use super::problem::{Fault, Problem, Problems, hint, quoted, quoted_list};
use super::value::{self, NAME_CHARS_MAX, describe};
use super::{OptionSpec, OptionType};

/// Names that the host gives to every plugin alike, so that no plugin can announce them.
pub const RESERVED_OPTIONS: &[&str] = &["seed", "threads"];

impl OptionSpec {
    /// Whether `value` has the type, lies within the bounds and is one of the choices. Bounds hold for every element of a
    /// list; they are compared as float64.
    ///
    /// # Errors
    /// What was expected and what was found.
    ///
    /// # Examples
    /// ```
    /// use ce_plugin_api::manifest::{OptionSpec, OptionType};
    ///
    /// let spec = OptionSpec { value_type: OptionType::Integer, default: 5.into(), minimum: Some(1.0), maximum: None,
    ///                         choices: Vec::new(), description: None };
    /// assert!(spec.check(&7.into()).is_ok());
    /// assert_eq!(spec.check(&0.into()).unwrap_err(), "expected a whole number, at least 1, found the number 0");
    /// ```
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let fits = match self.value_type {
            OptionType::Number => self.holds(value),
            OptionType::Integer => is_integer(value) && self.holds(value),
            OptionType::Boolean => value.is_boolean(),
            OptionType::String => value.as_str().is_some_and(|text| self.offers(text)),
            OptionType::Integers => {
                elements(value).is_some_and(|list| list.iter().all(|v| is_integer(v) && self.holds(v)))
            }
            OptionType::Numbers => elements(value).is_some_and(|list| list.iter().all(|v| self.holds(v))),
        };
        if fits {
            return Ok(());
        }
        // A list is too long to be shown whole; its first wrong element tells more.
        let is_wrong = |v: &&Value| !self.holds(v) || (self.value_type == OptionType::Integers && !is_integer(v));
        let wrong = elements(value).and_then(|list| list.iter().find(is_wrong));
        let found = match wrong {
            Some(element) if self.is_list() => format!("{} in the list", describe(element)),
            _ => describe(value),
        };
        Err(format!("expected {}, found {found}", self.expected()))
    }

    fn is_list(&self) -> bool {
        matches!(self.value_type, OptionType::Integers | OptionType::Numbers)
    }

    fn is_numeric(&self) -> bool {
        self.is_list() || matches!(self.value_type, OptionType::Integer | OptionType::Number)
    }

    fn holds(&self, value: &Value) -> bool {
        value.as_f64().is_some_and(|number| {
            number.is_finite()
                && self.minimum.is_none_or(|bound| number >= bound)
                && self.maximum.is_none_or(|bound| number <= bound)
        })
    }

    fn offers(&self, text: &str) -> bool {
        self.choices.is_empty() || self.choices.iter().any(|choice| choice == text)
    }

    fn expected(&self) -> String {
        let what = match self.value_type {
            OptionType::Number => "a number",
            OptionType::Integer => "a whole number",
            OptionType::Boolean => "true or false",
            OptionType::String if self.choices.is_empty() => "a text",
            OptionType::String => return format!("one of {}", quoted_list(self.choices.iter().map(String::as_str))),
            OptionType::Integers => "a list of whole numbers",
            OptionType::Numbers => "a list of numbers",
        };
        let each = if self.is_list() { "each " } else { "" };
        match (self.minimum, self.maximum) {
            (Some(low), Some(high)) => format!("{what}, {each}from {low} to {high}"),
            (Some(low), None) => format!("{what}, {each}at least {low}"),
            (None, Some(high)) => format!("{what}, {each}at most {high}"),
            (None, None) => what.to_owned(),
        }
    }
}

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

fn elements(value: &Value) -> Option<&Vec<Value>> {
    value.as_array()
}

/// Whether every given option is announced and fits.
///
/// # Errors
/// All problems at once, with the name of the option as their place: `options.unknown`, with the nearest name;
/// `options.reserved`, for what the host gives itself; `options.value`.
pub fn check_options(specs: &BTreeMap<String, OptionSpec>, given: &Map<String, Value>) -> Result<(), Problems> {
    let check = |(name, value): (&String, &Value)| {
        let fault = match specs.get(name) {
            Some(spec) => Fault::new("options.value", spec.check(value).err()?),
            None if RESERVED_OPTIONS.contains(&name.as_str()) => Fault::new(
                "options.reserved",
                format!(
                    "`{name}` is given to all plugins alike by the host: set it there, not as an option of a plugin"
                ),
            ),
            None => Fault::new("options.unknown", unknown(specs, name)),
        };
        Some(Problem { code: fault.code, place: quoted(name).trim_matches('`').to_owned(), message: fault.message })
    };
    Problems::none_in(given.iter().filter_map(check).collect())
}

fn unknown(specs: &BTreeMap<String, OptionSpec>, name: &str) -> String {
    let names = || specs.keys().map(String::as_str);
    if specs.is_empty() {
        return format!("expected no options, found {}: this plugin takes none", quoted(name));
    }
    format!("expected one of the options {}, found {}{}", quoted_list(names()), quoted(name), hint(name, names()))
}

/// The options under the key `options` of a plugin, empty if there is no key.
pub(super) fn read(plugin: &mut Fields<'_>) -> Option<BTreeMap<String, OptionSpec>> {
    let Some(found) = plugin.get("options") else { return Some(BTreeMap::new()) };
    let place = plugin.place_of("options");
    let Some(object) = found.as_object() else {
        let message = format!("expected an object of options by name, found {}", describe(found));
        plugin.problem("options", Fault::new("manifest.type", message));
        return None;
    };
    let mut specs = BTreeMap::new();
    for (name, value) in object {
        let place = format!("{place}.{}", super::json::path_key(name));
        if let Err(fault) = check_name(name) {
            plugin.report().problem(fault.at(place.as_str()));
        }
        if let Some(spec) = Fields::open(value, place, plugin.report()).and_then(read_spec) {
            specs.insert(name.clone(), spec);
        }
    }
    (specs.len() == object.len()).then_some(specs)
}

fn check_name(name: &str) -> Result<(), Fault> {
    let is_name = (1..=NAME_CHARS_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !is_name {
        let message = format!(
            "expected an option's name, 1 to {NAME_CHARS_MAX} characters of a-z, 0-9 and `_`, found {}",
            quoted(name)
        );
        return Err(Fault::new("manifest.option", message));
    }
    if RESERVED_OPTIONS.contains(&name) {
        let message = format!("`{name}` is reserved: the host gives it to every plugin; rename the option");
        return Err(Fault::new("manifest.option", message));
    }
    Ok(())
}

fn read_spec(mut fields: Fields<'_>) -> Option<OptionSpec> {
    let value_type = fields.required("type", |v| value::one_of(v, OptionType::ALL, OptionType::as_str));
    let default = fields.get("default").cloned();
    let minimum = fields.optional("minimum", value::number);
    let maximum = fields.optional("maximum", value::number);
    let choices = fields.list("choices", value::text);
    let description = fields.optional("description", value::text);
    let spec = OptionSpec {
        value_type: value_type?,
        default: default.unwrap_or(Value::Null),
        minimum,
        maximum,
        choices: choices?,
        description,
    };
    check_spec(&spec, &mut fields);
    fields.finish();
    Some(spec)
}

/// Whether bounds, choices and default agree with the type.
fn check_spec(spec: &OptionSpec, fields: &mut Fields<'_>) {
    let value_type = spec.value_type;
    for key in ["minimum", "maximum"] {
        if fields.get(key).is_some() && !spec.is_numeric() {
            let message = format!("expected `{key}` only for numbers, found it for the type `{value_type}`: remove it");
            fields.problem(key, Fault::new("manifest.option", message));
        }
    }
    if let (Some(low), Some(high)) = (spec.minimum, spec.maximum)
        && low > high
    {
        let message = format!("expected a maximum of at least the minimum {low}, found {high}");
        fields.problem("maximum", Fault::new("manifest.option", message));
    }
    if !spec.choices.is_empty() && value_type != OptionType::String {
        let message =
            format!("expected `choices` only for the type `string`, found them for `{value_type}`: remove them");
        fields.problem("choices", Fault::new("manifest.option", message));
    }
    if !spec.default.is_null()
        && let Err(message) = spec.check(&spec.default)
    {
        fields.problem("default", Fault::new("manifest.option", message));
    }
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
