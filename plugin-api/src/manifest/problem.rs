//! What is wrong with a manifest: all of it at once, each with a code that does not change. It never stops at the first.

use std::cell::RefCell;
use std::fmt;

use serde::Serialize;

/// The most problems, and the most warnings, that are kept for one manifest. More are counted as one.
pub const PROBLEMS_MAX: usize = 100;

/// How many characters of a foreign text are quoted in a message.
const QUOTED_CHARS_MAX: usize = 80;

/// One thing that is wrong, or, as a warning, odd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of problem: stable, such as `manifest.missing_key`.
    pub code: &'static str,
    /// Where: a JSON path such as `plugins[1].tasks[0]`, a line and column where the text is no JSON, empty for the
    /// whole document.
    pub place: String,
    /// What was expected, what was found and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.place, self.message) }
    }
}

/// Everything that is wrong with one document. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Ok` if there is no problem.
    ///
    /// # Errors
    /// All of them, if there is one.
    pub fn none_in(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// The code of the first problem, which stands for them all where there is room for one code only.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0[0].code
    }

    /// The problems, in the order in which they were found: at least one.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// The problems, in the order in which they were found: at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// One problem on the line itself; several as a count and one line each.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.as_slice() {
            return only.fmt(f);
        }
        write!(f, "{} problems:", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem} [{}]", problem.code))
    }
}

/// What a value is refused for, before anybody knows where it stood.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn at(self, place: impl Into<String>) -> Problem {
        Problem { code: self.code, place: place.into(), message: self.message }
    }
}

/// Collects problems and warnings while a manifest is read.
#[derive(Debug, Default)]
pub(super) struct Report {
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
}

impl Report {
    pub(super) fn problem(&self, problem: Problem) {
        push(&mut self.problems.borrow_mut(), problem);
    }

    pub(super) fn warning(&self, warning: Problem) {
        push(&mut self.warnings.borrow_mut(), warning);
    }

    /// The warnings, if there was no problem.
    pub(super) fn finish(self) -> Result<Vec<Problem>, Problems> {
        Problems::none_in(self.problems.into_inner())?;
        Ok(self.warnings.into_inner())
    }
}

fn push(list: &mut Vec<Problem>, problem: Problem) {
    // A hostile manifest has room for a hundred thousand problems; nobody reads that many, and their texts cost memory.
    if list.len() < PROBLEMS_MAX {
        list.push(problem);
    } else if list.len() == PROBLEMS_MAX {
        let message = format!("more than {PROBLEMS_MAX} problems were found: mend these first");
        list.push(Fault::new("manifest.too_many_problems", message).at(""));
    }
}

/// A foreign text in backticks, cut and escaped: a manifest must not be able to write to the terminal of its reader.
pub(super) fn quoted(text: &str) -> String {
    let mut escaped: String = text.chars().take(QUOTED_CHARS_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(QUOTED_CHARS_MAX).is_some() {
        escaped.push('…');
    }
    format!("`{escaped}`")
}

/// Foreign texts in backticks, separated by commas.
pub(super) fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// The known name that `name` was probably meant to be.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length > QUOTED_CHARS_MAX {
        return None;
    }
    let allowed = (length / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean ...?`, or nothing.
pub(super) fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    // Near a key that is missing may be one that is there, and that is a foreign text.
    nearest(name, known).map(|near| format!("; did you mean {}?", quoted(near))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_cannot_write_to_the_terminal() {
        assert_eq!(quoted("a\u{1b}[31m\u{202e}"), r"`a\u{1b}[31m\u{202e}`");
        assert!(quoted(&"x".repeat(1000)).chars().count() < 100);
        assert_eq!(hint("name", ["name\u{1b}"]), r"; did you mean `name\u{1b}`?");
    }

    #[test]
    fn the_nearest_name_is_close_and_else_there_is_none() {
        let known = ["tasks", "modes", "identifier"];
        assert_eq!(nearest("taks", known), Some("tasks"));
        assert_eq!(nearest("identifer", known), Some("identifier"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"tasks".repeat(100), known), None);
    }

    #[test]
    fn problems_beyond_the_limit_are_counted_as_one() {
        let report = Report::default();
        for index in 0..10 * PROBLEMS_MAX {
            report.problem(Fault::new("manifest.type", "odd").at(format!("[{index}]")));
        }
        let problems = report.finish().unwrap_err();
        assert_eq!(problems.as_slice().len(), PROBLEMS_MAX + 1);
        assert_eq!(problems.as_slice()[PROBLEMS_MAX].code, "manifest.too_many_problems");
    }

    #[test]
    fn several_problems_are_written_one_to_a_line_with_their_codes() {
        let one = Fault::new("manifest.type", "expected a text").at("bundle.name");
        assert_eq!(Problems::from(one.clone()).to_string(), "bundle.name: expected a text");
        let two = Problems::none_in(vec![one.clone(), one]).unwrap_err();
        assert_eq!(two.to_string().lines().count(), 3);
        assert!(two.to_string().contains("bundle.name: expected a text [manifest.type]"));
    }
}
