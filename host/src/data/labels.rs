//! The labels of classes or categories, in the order of their codes. It never invents a label and never guesses between two.

use rustc_hash::FxHashMap;

use super::cell::Cell;

/// Labels and the codes 0, 1, 2, … that they stand for.
///
/// A text finds the label that is the same text. Where there is none, it finds the one label of the same value: `1`,
/// `1.0` and ` 1` are one number, `True` and `true` one boolean, for programs differ in how they write them. A number is
/// never a boolean. A value that two labels share finds neither, and neither does an integer that a float64 cannot hold.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    texts: Vec<String>,
    by_text: FxHashMap<String, u32>,
    /// `None`: several labels have this value.
    by_value: FxHashMap<Value, Option<u32>>,
}

impl Labels {
    /// Labels in the order of their codes. Of two that are the same text, the first counts.
    ///
    /// # Panics
    /// If there are more labels than a `u32` counts.
    #[must_use]
    pub fn new(texts: Vec<String>) -> Self {
        let mut labels = Self::default();
        for (code, text) in texts.iter().enumerate() {
            let code = u32::try_from(code).expect("fewer labels than 2^32");
            if labels.by_text.contains_key(text) {
                continue;
            }
            labels.by_text.insert(text.clone(), code);
            if let Some(value) = Value::read(text) {
                labels.by_value.entry(value).and_modify(|known| *known = None).or_insert(Some(code));
            }
        }
        Self { texts, ..labels }
    }

    /// The labels of these texts: each once, sorted as Unicode code points, which is how scikit-learn's encoders order them.
    #[must_use]
    pub fn sorted<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut seen: Vec<&str> = texts.into_iter().collect();
        seen.sort_unstable();
        seen.dedup();
        Self::new(seen.into_iter().map(str::to_owned).collect())
    }

    /// The labels in the order of their codes.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The code of the label that a text means.
    #[must_use]
    pub fn code(&self, text: &str) -> Option<u32> {
        match self.by_text.get(text) {
            Some(code) => Some(*code),
            None => *self.by_value.get(&Value::read(text)?)?,
        }
    }
}

/// What several spellings have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Value {
    /// The bits of a finite number that is not -0.
    Number(u64),
    Boolean(bool),
}

impl Value {
    fn read(text: &str) -> Option<Self> {
        match Cell::read(text) {
            // `+ 0.0` makes 0 of -0.
            Cell::Number(value) if value.abs() < INTEGERS_END => Some(Self::Number((value + 0.0).to_bits())),
            Cell::Text if text.eq_ignore_ascii_case("true") => Some(Self::Boolean(true)),
            Cell::Text if text.eq_ignore_ascii_case("false") => Some(Self::Boolean(false)),
            _ => None,
        }
    }
}

/// 2^53: from here on two integers can be one float64, so only their text tells them apart.
const INTEGERS_END: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use super::Labels;

    fn labels(texts: &[&str]) -> Labels {
        Labels::new(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn the_same_text_comes_first() {
        let labels = labels(&["1.0", "1", "b"]);
        assert_eq!([labels.code("1.0"), labels.code("1"), labels.code("b")], [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn numbers_and_booleans_are_found_by_value() {
        let numbers = labels(&["0", "1", "-2.5"]);
        assert_eq!([numbers.code("1.0"), numbers.code(" 1"), numbers.code("-0.0")], [Some(1), Some(1), Some(0)]);
        assert_eq!(numbers.code("-25e-1"), Some(2));
        let booleans = labels(&["false", "true"]);
        assert_eq!([booleans.code("True"), booleans.code("FALSE")], [Some(1), Some(0)]);
    }

    #[test]
    fn nothing_is_guessed() {
        assert_eq!(labels(&["false", "true"]).code("1"), None, "a number is no boolean");
        assert_eq!(labels(&["1", "1.0"]).code("1.00"), None, "two labels have the value");
        assert_eq!(labels(&["9007199254740992"]).code("9007199254740993"), None, "one float64, two integers");
        assert_eq!(labels(&["yes"]).code("Yes"), None, "text is compared letter by letter");
        assert_eq!(labels(&["nan", "NA"]).code("NaN"), None, "what has no value equals nothing");
        assert_eq!(labels(&[]).code(""), None);
    }

    #[test]
    fn sorted_labels_stand_once_in_code_point_order() {
        assert_eq!(Labels::sorted(["b", "é", "a", "B", "b"]).texts(), ["B", "a", "b", "é"]);
    }
}
