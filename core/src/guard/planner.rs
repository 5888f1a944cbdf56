//! What to ask about an instance: the representatives that the guard accepts. It never asks.

use super::candidate::Candidate;
use super::feature::GuardedFeature;
use super::grid::{GuardedGrid, Kind};
use super::probe::{Probe, Probed};
use crate::Error;

/// A handle on a [`GuardedGrid`], made by [`GuardedGrid::planner`] for a batch of instances.
#[derive(Debug)]
pub struct Planner<'a> {
    grid: &'a GuardedGrid,
    probe: Probe<'a>,
    found: Vec<Candidate>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(grid: &'a GuardedGrid) -> Self {
        Self { grid, probe: grid.guard().probe(), found: Vec::new() }
    }

    /// Appends the candidates of instance `x`, ascending by feature and bin, and returns how many there are.
    ///
    /// For each that `is_asked`, one row is to be asked about: the instance with [`GuardedGrid::value`] of the candidate
    /// written into its feature. Only what becomes a rule or enters one is planned: of a factual explanation, features
    /// whose own bin is accepted; of an alternative one, the other bins.
    ///
    /// * `x`: `[n_features]`. NaN in a numeric feature lies nowhere, so that no other feature has an accepted bin; a
    ///   category that the calibration data lack is no category's own
    /// * `is_ignored`: the features that are left out for this instance, beside those of the grid
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is not `[n_features]`; nothing is appended then.
    pub fn plan(
        &mut self,
        kind: Kind,
        x: &[f64],
        is_ignored: impl Fn(usize) -> bool,
        candidates: &mut Vec<Candidate>,
    ) -> Result<usize, Error> {
        let before = candidates.len();
        let probed = self.probe.at(x)?;
        let mut tester = Tester { grid: self.grid, probed, feature: 0 };
        for (feature, (bins, &value)) in self.grid.features().iter().zip(x).enumerate() {
            if is_ignored(feature) {
                continue;
            }
            tester.feature = feature;
            self.found.clear();
            match bins {
                GuardedFeature::Numeric(bins) => {
                    tester.bins(kind, bins.n_bins(), Some(bins.bin_of(value)), &mut self.found)?;
                    if self.grid.merges() && self.found.len() > 1 {
                        let single = std::mem::take(&mut self.found);
                        tester.merge(&single, &mut self.found)?;
                    }
                }
                GuardedFeature::Categorical(categories) => {
                    let own = categories.values().iter().position(|&category| category == value);
                    tester.bins(kind, categories.values().len(), own, &mut self.found)?;
                }
                GuardedFeature::Ignored => {}
            }
            // Where no other bin is accepted, the own one's representative takes the place of the others.
            let has_others = self.found.iter().any(|candidate| !candidate.is_own);
            self.found.iter_mut().for_each(|candidate| candidate.is_asked = candidate.is_own != has_others);
            candidates.append(&mut self.found);
        }
        Ok(candidates.len() - before)
    }
}

/// Tests the bins of one feature of one instance.
struct Tester<'p> {
    grid: &'p GuardedGrid,
    probed: Probed<'p>,
    feature: usize,
}

impl Tester<'_> {
    /// The bins or categories that are accepted, ascending; of an alternative explanation without the own one, of a
    /// factual one none at all unless the own one is among them.
    fn bins(&mut self, kind: Kind, n_bins: usize, own: Option<usize>, found: &mut Vec<Candidate>) -> Result<(), Error> {
        let accepted_own = match (kind, own) {
            (Kind::Alternative, _) => None,
            (Kind::Factual, Some(own)) => self.accepted(own, own, true)?,
            (Kind::Factual, None) => None,
        };
        if kind == Kind::Factual && accepted_own.is_none() {
            return Ok(());
        }
        for bin in 0..n_bins {
            found.extend(if own == Some(bin) { accepted_own } else { self.accepted(bin, bin, false)? });
        }
        Ok(())
    }

    /// Merges accepted bins that lie side by side, wherever the guard accepts what is merged: the own bin grows by one
    /// neighbour after the other, all other runs are merged whole or not at all.
    fn merge(&mut self, single: &[Candidate], merged: &mut Vec<Candidate>) -> Result<(), Error> {
        let Some(at) = single.iter().position(|candidate| candidate.is_own) else {
            return self.merge_runs(single, merged);
        };
        let (mut grown, mut start, mut end) = (single[at], at, at + 1);
        loop {
            let n_before = end - start;
            if let Some(before) = start.checked_sub(1).map(|start| single[start])
                && before.last + 1 == grown.first
                && let Some(wider) = self.run(before, grown, true)?
            {
                (grown, start) = (wider, start - 1);
            }
            if let Some(&after) = single.get(end)
                && grown.last + 1 == after.first
                && let Some(wider) = self.run(grown, after, true)?
            {
                (grown, end) = (wider, end + 1);
            }
            if end - start == n_before {
                break;
            }
        }
        self.merge_runs(&single[..start], merged)?;
        merged.push(grown);
        self.merge_runs(&single[end..], merged)
    }

    /// Merges each run of neighbours, or keeps its bins apart if the guard does not accept the whole.
    fn merge_runs(&mut self, single: &[Candidate], merged: &mut Vec<Candidate>) -> Result<(), Error> {
        for run in single.chunk_by(|a, b| a.last + 1 == b.first) {
            let whole = match run {
                [first, .., last] => self.run(*first, *last, false)?,
                _ => None,
            };
            match whole {
                Some(whole) => merged.push(whole),
                None => merged.extend_from_slice(run),
            }
        }
        Ok(())
    }

    fn run(&mut self, first: Candidate, last: Candidate, is_own: bool) -> Result<Option<Candidate>, Error> {
        self.accepted(first.first as usize, last.last as usize, is_own)
    }

    /// The candidate, if it has a representative that the guard accepts: an empty bin has none.
    fn accepted(&mut self, first: usize, last: usize, is_own: bool) -> Result<Option<Candidate>, Error> {
        let Some(value) = self.grid.features()[self.feature].value(first, last) else { return Ok(None) };
        let p_value = self.probed.p_value(self.feature, value)?;
        let (feature, first, last) = (self.feature as u32, first as u32, last as u32);
        let candidate = Candidate { feature, first, last, is_own, is_asked: true, p_value };
        Ok(self.grid.confidence().accepts(p_value).then_some(candidate))
    }
}
