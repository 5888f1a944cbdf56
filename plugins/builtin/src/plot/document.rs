//! The door for every JSON text: parsed once, its version checked, its fields read with their place. It knows no field.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::PlotError;

/// A JSON object whose major version is supported, and the name that errors call it by.
pub(super) struct Document {
    name: &'static str,
    fields: Map<String, Value>,
}

impl Document {
    /// Reads an object that carries no version.
    pub(super) fn parse(name: &'static str, text: &str) -> Result<Self, PlotError> {
        let value: Value = serde_json::from_str(text).map_err(|error| PlotError::Malformed {
            document: name,
            line: error.line(),
            column: error.column(),
            cause: without_position(&error),
        })?;
        match value {
            Value::Object(fields) => Ok(Self { name, fields }),
            other => Err(PlotError::Malformed {
                document: name,
                line: 1,
                column: 1,
                cause: format!("expected an object, found {}", kind_of(&other)),
            }),
        }
    }

    /// Reads an object whose `schema_version` must have this major version. Minor versions only add.
    pub(super) fn parse_versioned(name: &'static str, text: &str, supported: u64) -> Result<Self, PlotError> {
        let document = Self::parse(name, text)?;
        let found = document.fields.get("schema_version").unwrap_or(&Value::Null);
        if found.as_str().and_then(major_of) == Some(supported) {
            return Ok(document);
        }
        let found = if found.is_null() { "none".to_owned() } else { found.to_string() };
        Err(PlotError::Version { document: name, supported, found })
    }

    /// Whether the field is there, be it null.
    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// Takes a field out; one that is absent reads as null.
    pub(super) fn take<T: DeserializeOwned>(&mut self, key: &str) -> Result<T, PlotError> {
        read(self.name, key, self.fields.remove(key).unwrap_or(Value::Null))
    }

    /// The fields that were not taken, as a structure of their own.
    pub(super) fn rest<T: DeserializeOwned>(self) -> Result<T, PlotError> {
        read(self.name, "(top level)", Value::Object(self.fields))
    }
}

/// Reads a value, naming its place in the error.
pub(super) fn read<T: DeserializeOwned>(document: &'static str, place: &str, value: Value) -> Result<T, PlotError> {
    serde_json::from_value(value).map_err(|error| PlotError::Field {
        document,
        place: place.to_owned(),
        cause: without_position(&error),
        remedy: "see the format's description",
    })
}

/// Reads every entry of an array, so that an error names the entry.
pub(super) fn read_each<T: DeserializeOwned>(
    document: &'static str,
    place: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, PlotError> {
    let read_one = |(position, value)| read(document, &format!("{place}[{position}]"), value);
    values.into_iter().enumerate().map(read_one).collect()
}

fn major_of(version: &str) -> Option<u64> {
    let mut parts = version.split('.');
    let major = parts.next()?.parse().ok()?;
    parts.next()?.parse::<u64>().ok()?;
    parts.next()?;
    Some(major)
}

/// The parser's message without its position, which the error carries in fields of its own.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_versions_are_read_and_major_versions_are_not() {
        let code = |text| Document::parse_versioned("spec", text, 1).err().map(|error| error.code());
        assert_eq!(code(r#"{"schema_version": "1.0.0"}"#), None);
        assert_eq!(code(r#"{"schema_version": "1.7.2", "new": 1}"#), None);
        for text in [r#"{"schema_version": "2.0.0"}"#, r#"{"schema_version": 1}"#, "{}", r#"{"schema_version": "1"}"#] {
            assert_eq!(code(text), Some("plot_unsupported_version"), "{text}");
        }
        for text in ["", "[1]", "{", "null"] {
            assert_eq!(code(text), Some("plot_malformed_json"), "{text}");
        }
    }
}
