//! Typed reading of TOML values that remember their place. It never knows what a key means.

use std::path::Path;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Location};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) at: Location,
}

/// A text being read, for its errors.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl<'a> Source<'a> {
    pub(super) fn parse(self) -> Result<DeTable<'a>, ConfigError> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| ConfigError::Syntax {
            at: self.location(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })
    }

    pub(super) fn location(self, byte: usize) -> Location {
        Location::of(self.path, self.text, byte)
    }

    pub(super) fn placed<T>(self, value: T, byte: usize) -> Placed<T> {
        Placed { value, at: self.location(byte) }
    }

    pub(super) fn table<'t>(self, key: &str, value: &'t Spanned<DeValue<'a>>) -> Result<&'t DeTable<'a>, ConfigError> {
        value.get_ref().as_table().ok_or_else(|| self.wrong_type(key, "a table", value))
    }

    pub(super) fn string(self, key: &str, value: &Spanned<DeValue<'a>>) -> Result<Placed<String>, ConfigError> {
        let text = value.get_ref().as_str().ok_or_else(|| self.wrong_type(key, "a string", value))?;
        Ok(self.placed(text.to_owned(), value.span().start))
    }

    pub(super) fn strings(self, key: &str, value: &Spanned<DeValue<'a>>) -> Result<Vec<Placed<String>>, ConfigError> {
        let expected = "an array of strings";
        let entries = value.get_ref().as_array().ok_or_else(|| self.wrong_type(key, expected, value))?;
        let entry = |entry: &Spanned<DeValue<'a>>| match entry.get_ref().as_str() {
            Some(text) => Ok(self.placed(text.to_owned(), entry.span().start)),
            None => Err(ConfigError::WrongType {
                at: self.location(entry.span().start),
                key: key.to_owned(),
                expected,
                found: format!("{} in it", name_of(entry.get_ref())),
            }),
        };
        entries.iter().map(entry).collect()
    }

    pub(super) fn boolean(self, key: &str, value: &Spanned<DeValue<'a>>) -> Result<Placed<bool>, ConfigError> {
        let flag = value.get_ref().as_bool().ok_or_else(|| self.wrong_type(key, "true or false", value))?;
        Ok(self.placed(flag, value.span().start))
    }

    pub(super) fn integer(
        self,
        key: &str,
        expected: &'static str,
        value: &Spanned<DeValue<'a>>,
    ) -> Result<i64, ConfigError> {
        let DeValue::Integer(integer) = value.get_ref() else { return Err(self.wrong_type(key, expected, value)) };
        i64::from_str_radix(integer.as_str(), integer.radix()).map_err(|_| self.wrong_type(key, expected, value))
    }

    /// An integer or a float, which may be infinite or no number.
    pub(super) fn number(
        self,
        key: &str,
        expected: &'static str,
        value: &Spanned<DeValue<'a>>,
    ) -> Result<f64, ConfigError> {
        let text = match value.get_ref() {
            DeValue::Float(float) => float.as_str(),
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            _ => return Err(self.wrong_type(key, expected, value)),
        };
        text.parse().map_err(|_| self.wrong_type(key, expected, value))
    }

    /// The value as JSON, which is what options travel as.
    ///
    /// # Errors
    /// `WrongType` for what JSON does not have: dates, infinite numbers, and integers beyond 64 bits.
    pub(super) fn json(self, key: &str, value: &Spanned<DeValue<'a>>) -> Result<Json, ConfigError> {
        let wrong = |expected| self.wrong_type(key, expected, value);
        match value.get_ref() {
            DeValue::String(text) => Ok(Json::String(text.clone().into_owned())),
            DeValue::Boolean(flag) => Ok(Json::Bool(*flag)),
            DeValue::Integer(_) => self.integer(key, "an integer of 64 bits", value).map(Json::from),
            DeValue::Float(float) => {
                let number = float.as_str().parse().ok().and_then(serde_json::Number::from_f64);
                number.map(Json::Number).ok_or_else(|| wrong("a finite number"))
            }
            DeValue::Datetime(_) => Err(wrong("a string, number, boolean, array or table")),
            DeValue::Array(entries) => {
                entries.iter().map(|entry| self.json(key, entry)).collect::<Result<_, _>>().map(Json::Array)
            }
            DeValue::Table(entries) => {
                let pair = |(name, entry): (&Spanned<_>, &Spanned<DeValue<'a>>)| {
                    let name: &toml::de::DeString<'a> = name.get_ref();
                    Ok((name.clone().into_owned(), self.json(key, entry)?))
                };
                entries.iter().map(pair).collect::<Result<_, _>>().map(Json::Object)
            }
        }
    }

    pub(super) fn wrong_type(self, key: &str, expected: &'static str, found: &Spanned<DeValue<'a>>) -> ConfigError {
        ConfigError::WrongType {
            at: self.location(found.span().start),
            key: key.to_owned(),
            expected,
            found: name_of(found.get_ref()).to_owned(),
        }
    }
}

fn name_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// Splits a comma-separated list and takes the spaces off its entries.
pub(super) fn list_entries(place: &str, text: &str) -> Result<Vec<String>, ConfigError> {
    let entries: Vec<String> = text.split(',').map(|entry| entry.trim().to_owned()).collect();
    if entries.iter().any(String::is_empty) {
        return Err(ConfigError::EmptyEntry { place: place.to_owned() });
    }
    Ok(entries)
}
