//! How much of a sandbox holds a worker, as settings ask for it and telemetry tells it. It never builds one.

use std::fmt;

/// How much of the sandbox holds: a later one holds more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Less than no-new-privileges and the filters of system calls.
    None,
    /// At least no-new-privileges and the filters of system calls.
    Partial,
    /// Also every limit, refused calls told by name, and no file that can be opened but for those that were granted.
    Full,
}

impl Level {
    /// All of them, from the least to the most.
    pub const ALL: [Level; 3] = [Level::None, Level::Partial, Level::Full];

    /// The word for it in settings, telemetry and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Partial => "partial",
            Level::Full => "full",
        }
    }

    /// The level of this name, letter for letter; `None` if there is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Level> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn a_level_is_found_by_its_own_name_only() {
        for level in Level::ALL {
            assert_eq!(Level::parse(level.name()), Some(level));
        }
        for name in ["", "Full", "full ", "complete"] {
            assert_eq!(Level::parse(name), None);
        }
    }

    #[test]
    fn more_of_the_sandbox_is_a_higher_level() {
        assert!(Level::ALL.is_sorted() && Level::None < Level::Partial && Level::Partial < Level::Full);
    }
}
