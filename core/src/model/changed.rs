//! Which features of an edited row differ from its base row. May claim too much, never too little.

/// A set of features in 64 bits: feature `f` is bit `f % 64`.
///
/// With more than 64 features some share a bit, so two sets may seem to meet that do not. Whoever asks then does work
/// that was not needed, with the same result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FeatureSet(u64);

impl FeatureSet {
    pub(super) fn insert(&mut self, feature: u32) {
        self.0 |= 1 << (feature % 64);
    }

    pub(super) fn with(mut self, feature: u32) -> Self {
        self.insert(feature);
        self
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The difference between an edited row and its base row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    /// The features that may differ.
    pub(super) features: FeatureSet,
    /// No feature before this one differs.
    pub(super) first: usize,
}

impl Changed {
    pub(super) const NOTHING: Self = Self { features: FeatureSet(0), first: usize::MAX };

    pub(super) fn insert(&mut self, feature: u32) {
        self.features.insert(feature);
        self.first = self.first.min(feature as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_meet_where_they_share_a_feature() {
        let set = FeatureSet::default().with(3).with(70);
        assert!(set.meets(FeatureSet::default().with(70)));
        assert!(!set.meets(FeatureSet::default().with(4)));
        assert!(set.meets(FeatureSet::default().with(6)), "70 and 6 share a bit: too much is claimed, not too little");
    }

    #[test]
    fn first_is_the_lowest_changed_feature() {
        let mut changed = Changed::NOTHING;
        assert!(!changed.features.meets(FeatureSet(u64::MAX)));
        changed.insert(9);
        changed.insert(4);
        changed.insert(6);
        assert_eq!(changed.first, 4);
    }
}
