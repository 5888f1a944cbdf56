//! What one value of a manifest must look like, by its meaning. It never knows where the value stands.

use semver::Version;
use serde_json::Value;

use super::problem::{Fault, hint, quoted};

/// The longest identifier, in characters.
pub const IDENTIFIER_CHARS_MAX: usize = 128;

/// The longest name of a bundle or an option, in characters.
pub const NAME_CHARS_MAX: usize = 64;

/// Whether `text` is a well-formed identifier: dot-separated segments of `[a-z0-9_-]`, starting with a letter, of at
/// most 128 characters and at least `n_segments_min` segments: two for plugins, one for plot styles.
///
/// # Errors
/// What was expected and what was found.
pub fn check_identifier(text: &str, n_segments_min: usize) -> Result<(), String> {
    let segments = text.split('.');
    let is_segment = |s: &str| !s.is_empty() && s.bytes().all(|b| is_lower(b) || b == b'_' || b == b'-');
    let is_identifier = text.len() <= IDENTIFIER_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && segments.clone().all(is_segment)
        && segments.count() >= n_segments_min;
    if is_identifier {
        return Ok(());
    }
    let count = if n_segments_min > 1 { format!("at least {n_segments_min}") } else { "one or more".to_owned() };
    Err(format!(
        "expected an identifier, {count} segments of a-z, 0-9, `_` and `-` with dots between them, starting with a \
         letter, at most {IDENTIFIER_CHARS_MAX} characters, found {}",
        quoted(text)
    ))
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// What a JSON value is, for a message.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text {}", quoted(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn wrong_type(expected: &str, found: &Value) -> Fault {
    Fault::new("manifest.type", format!("expected {expected}, found {}", describe(found)))
}

/// A text that is not blank.
pub(super) fn text(value: &Value) -> Result<String, Fault> {
    match value.as_str() {
        None => Err(wrong_type("a text", value)),
        Some(text) if text.trim().is_empty() => {
            Err(Fault::new("manifest.text", "expected a text, found an empty one: fill it in or remove the key"))
        }
        Some(text) => Ok(text.to_owned()),
    }
}

pub(super) fn boolean(value: &Value) -> Result<bool, Fault> {
    value.as_bool().ok_or_else(|| wrong_type("true or false", value))
}

pub(super) fn number(value: &Value) -> Result<f64, Fault> {
    value.as_f64().ok_or_else(|| wrong_type("a number", value))
}

/// A semver version.
pub(super) fn version(value: &Value) -> Result<Version, Fault> {
    let text = value.as_str().ok_or_else(|| wrong_type("a version such as \"1.0.0\"", value))?;
    parse_version(text)
}

pub(super) fn parse_version(text: &str) -> Result<Version, Fault> {
    let reason = match Version::parse(text) {
        Ok(version) if text.len() <= NAME_CHARS_MAX => return Ok(version),
        Ok(_) => format!("more than {NAME_CHARS_MAX} characters"),
        Err(error) => error.to_string(),
    };
    let message = format!("expected a semver version such as `1.0.0`, found {} ({reason})", quoted(text));
    Err(Fault::new("manifest.version", message))
}

/// The identifier of a plugin.
pub(super) fn plugin_identifier(value: &Value) -> Result<String, Fault> {
    identifier(value, 2)
}

/// The identifier of a plot style.
pub(super) fn style_identifier(value: &Value) -> Result<String, Fault> {
    identifier(value, 1)
}

fn identifier(value: &Value, n_segments_min: usize) -> Result<String, Fault> {
    let text = value.as_str().ok_or_else(|| wrong_type("an identifier", value))?;
    check_identifier(text, n_segments_min).map_err(|message| Fault::new("manifest.identifier", message))?;
    Ok(text.to_owned())
}

/// The name of a bundle.
pub(super) fn bundle_name(value: &Value) -> Result<String, Fault> {
    let text = value.as_str().ok_or_else(|| wrong_type("a name", value))?;
    let is_name = (1..=NAME_CHARS_MAX).contains(&text.len()) && text.bytes().all(|b| is_lower(b) || b == b'-');
    if is_name {
        return Ok(text.to_owned());
    }
    let message = format!(
        "expected the bundle's name, 1 to {NAME_CHARS_MAX} characters of a-z, 0-9 and `-`, found {}",
        quoted(text)
    );
    Err(Fault::new("manifest.name", message))
}

/// The name of a model format that a learner opens.
pub(super) fn format_name(value: &Value) -> Result<String, Fault> {
    let text = value.as_str().ok_or_else(|| wrong_type("the name of a model format", value))?;
    let is_name = (1..=NAME_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-/".contains(&b));
    if is_name {
        return Ok(text.to_owned());
    }
    let message = format!(
        "expected the name of a model format such as `ce-model/1`, 1 to {NAME_CHARS_MAX} letters, digits and `._+-/`, \
         found {}",
        quoted(text)
    );
    Err(Fault::new("manifest.format", message))
}

/// One of a closed set of names.
pub(super) fn one_of<T: Copy>(value: &Value, all: &[T], as_str: impl Fn(T) -> &'static str) -> Result<T, Fault> {
    let names = || all.iter().map(|item| as_str(*item));
    let expected = || names().map(quoted).collect::<Vec<_>>().join(", ");
    let text = value.as_str().ok_or_else(|| wrong_type(&format!("one of {}", expected()), value))?;
    all.iter().copied().find(|item| as_str(*item) == text).ok_or_else(|| {
        let message = format!("expected one of {}, found {}{}", expected(), quoted(text), hint(text, names()));
        Fault::new("manifest.value", message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::manifest::Kind;

    #[test]
    fn identifiers_are_segments_with_dots_between_them() {
        for good in ["core.interval.fast", "a.b", "ce.learner.onnx-2_x", "a.0"] {
            assert_eq!(check_identifier(good, 2), Ok(()), "{good}");
        }
        let long = format!("a.{}", "b".repeat(IDENTIFIER_CHARS_MAX));
        for bad in ["", "core", "Core.fast", "core..fast", ".core.fast", "core.fast.", "1.b", "a.b c", "a.ä", &long] {
            assert!(check_identifier(bad, 2).is_err(), "{bad}");
        }
        assert_eq!(check_identifier("legacy", 1), Ok(()));
        assert!(check_identifier("", 1).is_err());
    }

    #[test]
    fn a_bundle_name_is_short_lower_case_and_without_dots() {
        assert_eq!(bundle_name(&json!("fast-explanations2")).unwrap(), "fast-explanations2");
        for bad in [json!(""), json!("Fast"), json!("a.b"), json!("a_b"), json!("a".repeat(65)), json!(1)] {
            assert!(bundle_name(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_version_is_semver_with_three_numbers() {
        assert!(version(&json!("1.0.0-rc.1+x")).is_ok());
        assert_eq!(version(&json!("1.0")).unwrap_err().code, "manifest.version");
        assert_eq!(version(&json!(1.0)).unwrap_err().code, "manifest.type");
        assert_eq!(version(&json!(format!("1.0.0-{}", "a".repeat(100)))).unwrap_err().code, "manifest.version");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let fault = one_of(&json!("intervall"), Kind::ALL, Kind::as_str).unwrap_err();
        assert_eq!(fault.code, "manifest.value");
        assert!(fault.message.ends_with("found `intervall`; did you mean `interval`?"), "{}", fault.message);
    }

    #[test]
    fn a_blank_text_is_none() {
        assert_eq!(text(&json!("  ")).unwrap_err().code, "manifest.text");
        assert_eq!(text(&json!(3)).unwrap_err().code, "manifest.type");
    }
}
