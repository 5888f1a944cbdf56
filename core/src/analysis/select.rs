//! Which rules to keep for what they are about: their features, or how many there are. It never looks at a prediction.

use std::ops::RangeInclusive;

use super::Candidate;
use crate::{Error, check};

/// Which features rules may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureChoice<'a> {
    /// Rules with at least one of these are kept.
    Include(&'a [u32]),
    /// Rules with at least one of these are dropped.
    Exclude(&'a [u32]),
}

/// The positions of the rules that the choice keeps, ascending; none of none.
///
/// * `rules`: the features of each rule, one for a single rule, more for a conjunction
///
/// # Errors
/// [`Error::Empty`] if no feature is chosen.
pub fn by_feature<R: AsRef<[u32]>>(choice: FeatureChoice<'_>, rules: &[R]) -> Result<Vec<usize>, Error> {
    let (FeatureChoice::Include(chosen) | FeatureChoice::Exclude(chosen)) = choice;
    check::not_empty("chosen features", chosen)?;
    let is_included = matches!(choice, FeatureChoice::Include(_));
    let has_chosen = |rule: &R| rule.as_ref().iter().any(|feature| chosen.contains(feature));
    Ok((0..rules.len()).filter(|&idx| has_chosen(&rules[idx]) == is_included).collect())
}

/// The positions of the rules with so many conditions, ends included, ascending; none of none.
///
/// # Errors
/// [`Error::Invalid`] if the range begins at 0 or is empty: no rule could be kept.
pub fn by_size(sizes: RangeInclusive<usize>, rules: &[Candidate]) -> Result<Vec<usize>, Error> {
    check::rule("rule sizes", *sizes.start() > 0 && !sizes.is_empty(), || {
        format!("are {} to {}, expected 1 <= smallest <= largest", sizes.start(), sizes.end())
    })?;
    Ok((0..rules.len()).filter(|&idx| sizes.contains(&rules[idx].n_conditions)).collect())
}

#[cfg(test)]
mod tests {
    use super::{FeatureChoice, by_feature, by_size};
    use crate::Error;
    use crate::analysis::Candidate;

    #[test]
    fn a_conjunction_counts_for_each_of_its_features() {
        let rules = [vec![0], vec![1], vec![0, 2], vec![]];
        assert_eq!(by_feature(FeatureChoice::Include(&[0]), &rules), Ok(vec![0, 2]));
        assert_eq!(by_feature(FeatureChoice::Exclude(&[0]), &rules), Ok(vec![1, 3]));
        assert_eq!(by_feature(FeatureChoice::Include(&[2, 1]), &rules), Ok(vec![1, 2]));
        assert_eq!(by_feature(FeatureChoice::Include(&[]), &rules), Err(Error::Empty { what: "chosen features" }));
    }

    #[test]
    fn sizes_are_inclusive_and_an_empty_range_is_refused() {
        let rules = [1, 2, 3].map(|n_conditions| Candidate { n_conditions, ..Candidate::default() });
        assert_eq!(by_size(1..=2, &rules), Ok(vec![0, 1]));
        assert_eq!(by_size(4..=4, &rules), Ok(vec![]));
        #[expect(clippy::reversed_empty_ranges)]
        let reversed = 2..=1;
        for sizes in [0..=2, reversed] {
            assert!(matches!(by_size(sizes, &rules), Err(Error::Invalid { .. })));
        }
    }
}
