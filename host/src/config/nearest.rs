//! The name that somebody probably meant. It never corrects anything, it only suggests.

/// The candidate with the fewest changed letters, if that is at most a third of the longer name; the first one on a tie.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = |candidate: &str| (name.chars().count().max(candidate.chars().count()) / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(changes, candidate)| *changes <= limit(candidate))
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, candidate)| candidate)
}

/// The number of letters to insert, delete or replace (Levenshtein), without regard to case.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().flat_map(char::to_lowercase).take(LETTERS_MAX).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (left_idx, letter) in left.chars().flat_map(char::to_lowercase).take(LETTERS_MAX).enumerate() {
        let mut diagonal = row[0];
        row[0] = left_idx + 1;
        for (right_idx, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[right_idx + 1];
            row[right_idx + 1] = replaced.min(diagonal + 1).min(row[right_idx] + 1);
        }
    }
    row[right.len()]
}

/// Names are short; what is longer is no near miss of one.
const LETTERS_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distance_counts_insertions_deletions_and_replacements() {
        for (left, right, expected) in [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3)] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
            assert_eq!(distance(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn a_typo_is_recognised_and_a_stranger_is_not() {
        let known = ["CE_INTERVAL_PLUGIN", "CE_INTERVAL_PLUGIN_FAST", "CE_PLOT_STYLE"];
        assert_eq!(nearest("CE_INTERVALL_PLUGIN", known), Some("CE_INTERVAL_PLUGIN"));
        assert_eq!(nearest("ce_plot_style", known), Some("CE_PLOT_STYLE"));
        assert_eq!(nearest("CE_XYZ", known), None);
        assert_eq!(nearest("", known), None);
    }
}
