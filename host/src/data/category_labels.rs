//! Labels for the codes of categories, from a JSON file. It never decides which features are categories.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use thiserror::Error;

use super::phrase::meant;
use super::quote::{Quoted, escaped};

/// The largest code that a category with a label may have: codes are positions in a list of labels.
pub const CATEGORY_CODE_MAX: u32 = 65_535;

/// The most labels that the lists of all features may have together, gaps included.
const LABELS_MAX: usize = 1 << 20;

/// Labels by feature and code, such as `{"island": {"0": "Biscoe", "2": "Dream"}}`.
///
/// The features that it names hold codes: whole numbers from 0. A code without a label stands for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryLabels {
    file: String,
    features: BTreeMap<String, BTreeMap<u32, String>>,
}

/// What can be wrong with a file of labels.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LabelsError {
    /// Not JSON.
    #[error("{file}:{line}:{column}: not JSON: {cause}: write {EXAMPLE}")]
    NotJson {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the parser says.
        cause: String,
    },
    /// JSON, but no labels by feature and code.
    #[error("{file}:{line}:{column}: {cause}: write {EXAMPLE}")]
    Shape {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What was expected and found.
        cause: String,
    },
    /// Labels for a feature that does not exist.
    #[error("{file} names {}, which is no feature{}: correct or remove the name", Quoted(feature), meant(nearest.as_deref()))]
    UnknownFeature {
        /// The file.
        file: String,
        /// The name.
        feature: String,
        /// The feature that was probably meant.
        nearest: Option<String>,
    },
    /// Labels for a feature whose labels are known.
    #[error(
        "{file} names {}, whose labels are known already from {known_from}: remove it from {file}",
        Quoted(feature)
    )]
    Known {
        /// The file.
        file: String,
        /// The feature.
        feature: String,
        /// Where the labels are.
        known_from: String,
    },
}

const EXAMPLE: &str = r#"labels by feature and code, such as {"island": {"0": "Biscoe", "1": "Dream"}}"#;

impl CategoryLabels {
    /// Reads bytes in JSON.
    ///
    /// * `name` — what messages call them
    ///
    /// # Errors
    /// [`LabelsError::NotJson`]; [`LabelsError::Shape`] also for a feature or code that stands twice, and a code that is no
    /// whole number from 0 to [`CATEGORY_CODE_MAX`].
    pub fn from_json_slice(name: &str, bytes: &[u8]) -> Result<Self, LabelsError> {
        let file = escaped(name);
        match serde_json::from_slice::<Features>(bytes) {
            Ok(Features(features)) => Ok(Self { file, features }),
            Err(error) => {
                // The parser counts columns from 0 where nothing was read yet.
                let (line, column) = (error.line(), error.column().max(1));
                let text = error.to_string();
                let cause = escaped(text.split(" at line ").next().unwrap_or(&text));
                Err(match error.is_data() {
                    true => LabelsError::Shape { file, line, column, cause },
                    false => LabelsError::NotJson { file, line, column, cause },
                })
            }
        }
    }

    /// The file's name, as messages show it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The features that have labels, sorted.
    pub fn features(&self) -> impl Iterator<Item = &String> {
        self.features.keys()
    }

    /// The labels of a feature's codes 0, 1, … up to the largest that has one. A code without a label stands for itself,
    /// written as a float64: `2.0`.
    #[must_use]
    pub fn of(&self, feature: &str) -> Option<Vec<String>> {
        let labels = self.features.get(feature)?;
        let n_codes = labels.keys().next_back().map_or(0, |code| code + 1);
        let label = |code: u32| labels.get(&code).cloned().unwrap_or_else(|| format!("{:?}", f64::from(code)));
        Some((0..n_codes).map(label).collect())
    }
}

impl LabelsError {
    /// A name for the error that does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "data.labels_not_json",
            Self::Shape { .. } => "data.labels_shape",
            Self::UnknownFeature { .. } => "data.unknown_feature",
            Self::Known { .. } => "data.labels_known",
        }
    }
}

/// What is read of the file. Where something stands twice, a map of serde would keep the last in silence.
struct Features(BTreeMap<String, BTreeMap<u32, String>>);

struct Codes(BTreeMap<u32, String>);

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByName;
        impl<'de> Visitor<'de> for ByName {
            type Value = Features;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an entry per feature")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Features, A::Error> {
                let mut features = BTreeMap::new();
                let mut n_labels = 0;
                while let Some((name, Codes(codes))) = map.next_entry::<String, Codes>()? {
                    n_labels += codes.keys().next_back().map_or(0, |code| *code as usize + 1);
                    if n_labels > LABELS_MAX {
                        return Err(A::Error::custom(format_args!("more than {LABELS_MAX} codes in all")));
                    }
                    let words = Quoted(&name).to_string();
                    if features.insert(name, codes).is_some() {
                        return Err(A::Error::custom(format_args!("the feature {words} stands twice")));
                    }
                }
                Ok(Features(features))
            }
        }
        deserializer.deserialize_map(ByName)
    }
}

impl<'de> Deserialize<'de> for Codes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByCode;
        impl<'de> Visitor<'de> for ByCode {
            type Value = Codes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a label per code of the feature")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Codes, A::Error> {
                let mut codes = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    let is_whole = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
                    let code = key.parse().ok().filter(|code| is_whole && *code <= CATEGORY_CODE_MAX);
                    let code = code.ok_or_else(|| {
                        let found = Quoted(&key);
                        A::Error::custom(format_args!(
                            "expected a code, a whole number from 0 to {CATEGORY_CODE_MAX}, found {found}"
                        ))
                    })?;
                    if codes.insert(code, map.next_value::<String>()?).is_some() {
                        return Err(A::Error::custom(format_args!("the code {code} stands twice")));
                    }
                }
                Ok(Codes(codes))
            }
        }
        deserializer.deserialize_map(ByCode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CategoryLabels, LabelsError> {
        CategoryLabels::from_json_slice("l.json", text.as_bytes())
    }

    #[test]
    fn gaps_between_codes_stand_for_themselves() {
        let labels = read(r#"{"island": {"2": "Dream", "0": "Biscoe"}, "sex": {}}"#).unwrap();
        assert_eq!(labels.of("island").unwrap(), ["Biscoe", "1.0", "Dream"]);
        assert_eq!(labels.of("sex").unwrap(), [] as [&str; 0]);
        assert_eq!(labels.of("mass"), None);
        assert_eq!(labels.features().collect::<Vec<_>>(), ["island", "sex"]);
    }

    #[test]
    fn what_is_no_json_is_an_error_with_line_and_column() {
        for text in ["", "{", "{\"a\": }", "island,0,Biscoe"] {
            let error = read(text).unwrap_err();
            assert_eq!(error.code(), "data.labels_not_json", "{text}");
            assert!(error.to_string().starts_with("l.json:1:"), "{error}");
            assert!(error.to_string().contains(r#"such as {"island": {"0": "Biscoe""#), "{error}");
        }
    }

    #[test]
    fn another_shape_is_an_error_with_line_and_column() {
        for (text, words) in [
            ("[]", "l.json:1:1: invalid type: sequence, expected an object with an entry per feature: write"),
            ("{\n\"a\": [\"x\"]}", "l.json:2:5: invalid type: sequence, expected an object with a label per code"),
            ("{\"a\": {\"0\": 3}}", "invalid type: integer `3`, expected a string: write"),
            ("{\"a\": {\"1.5\": \"x\"}}", "expected a code, a whole number from 0 to 65535, found `1.5`"),
            ("{\"a\": {\"-1\": \"x\"}}", "found `-1`"),
            ("{\"a\": {\"x\": \"x\"}}", "found `x`"),
            ("{\"a\": {\"\": \"x\"}}", "found ``"),
            ("{\"a\": {\"65536\": \"x\"}}", "found `65536`"),
            ("{\"a\": {\"0\": \"x\", \"00\": \"y\"}}", "the code 0 stands twice"),
            ("{\"a\": {}, \"a\": {}}", "the feature `a` stands twice"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.code(), "data.labels_shape", "{text}");
            assert!(error.to_string().contains(words), "{text}: {error}");
            assert!(error.to_string().starts_with("l.json:"), "{error}");
        }
        assert_eq!(read("{\"a\": {\"65535\": \"x\"}}").unwrap().of("a").unwrap().len(), 65_536);
    }

    #[test]
    fn many_lists_of_labels_are_limited_together() {
        let features: Vec<String> = (0..17).map(|idx| format!("\"f{idx}\": {{\"65535\": \"x\"}}")).collect();
        let error = read(&format!("{{{}}}", features.join(", "))).unwrap_err();
        assert!(error.to_string().contains("more than 1048576 codes in all"), "{error}");
    }
}
