//! Where among ascending scores a query lies, without a search over all of them. It holds positions, never a score.

/// Scores that are compared at once, without a branch to guess.
const WINDOW: usize = 4;

/// Buckets per score: most of them then hold one score or none.
const BUCKETS_PER_SCORE: usize = 2;

/// Equally wide buckets between the least and the largest score, and where the scores of each begin.
///
/// The bucket of a number never descends as the number grows, rounding included. So the scores of lower buckets are below
/// a query, and those of higher ones above it: only its own bucket is left to look at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Index {
    least: f64,
    /// Buckets per unit of the score.
    scale: f64,
    /// `[n_buckets + 1]`, how many scores lie in the buckets before each.
    starts: Vec<u32>,
}

impl Index {
    /// An index of `scores`, which are finite, ascending, at least one and no more than a u32 can count.
    pub(super) fn new(scores: &[f64]) -> Self {
        let n_buckets = BUCKETS_PER_SCORE * scores.len();
        let (least, largest) = (scores.first().copied().unwrap_or(0.0), scores.last().copied().unwrap_or(0.0));
        let scale = n_buckets as f64 / (largest - least);
        // Of a single score there is no width to divide by; everything is in one bucket then.
        let scale = if scale.is_finite() { scale } else { 0.0 };
        let mut index = Self { least, scale, starts: vec![0; n_buckets + 1] };
        for &score in scores {
            let bucket = index.bucket(score);
            index.starts[bucket + 1] += 1;
        }
        for bucket in 1..index.starts.len() {
            index.starts[bucket] += index.starts[bucket - 1];
        }
        index
    }

    /// How many of the scores that it was made of are below `query`, which is not NaN.
    #[inline(always)]
    pub(super) fn below(&self, scores: &[f64], query: f64) -> usize {
        let bucket = self.bucket(query);
        let (start, end) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        // Scores before the bucket are below the query and those behind it are not, so that they may be compared too.
        let from = start.min(scores.len().saturating_sub(WINDOW));
        match scores.get(from..).and_then(<[f64]>::first_chunk::<WINDOW>) {
            Some(window) if end <= from + WINDOW => {
                from + window.iter().map(|&score| usize::from(score < query)).sum::<usize>()
            }
            _ => start + scores[start..end].partition_point(|&score| score < query),
        }
    }

    #[inline(always)]
    fn bucket(&self, score: f64) -> usize {
        // The conversion takes whatever lies below the first bucket, and NaN, to 0.
        (((score - self.least) * self.scale) as usize).min(self.starts.len() - 2)
    }
}

#[cfg(test)]
mod tests {
    use super::Index;
    use crate::pcg64::Pcg64;

    fn compare(scores: &[f64], queries: &[f64]) {
        let index = Index::new(scores);
        let around = scores.iter().flat_map(|&score| [score, score.next_down(), score.next_up()]);
        for query in around.chain(queries.iter().copied()) {
            let expected = scores.partition_point(|&score| score < query);
            assert_eq!(index.below(scores, query), expected, "{query} in {} scores", scores.len());
        }
    }

    #[test]
    fn it_says_what_a_search_says() {
        let mut generator = Pcg64::new(3);
        let far = [f64::NEG_INFINITY, f64::MIN, -1.0, -0.0, 0.0, 0.5, 1.0, f64::MAX, f64::INFINITY];
        for n in [1, 2, 3, 4, 5, 9, 100, 2000] {
            let mut scores: Vec<f64> = (0..n).map(|_| generator.uniform(0.0, 1.0)).collect();
            scores.sort_by(f64::total_cmp);
            scores.dedup();
            compare(&scores, &far);
            // Nearly all in a few buckets.
            let crowded: Vec<f64> = scores.iter().map(|score| score.powi(40)).chain([1e6]).collect();
            if crowded.is_sorted_by(|a, b| a < b) {
                compare(&crowded, &far);
            }
        }
    }

    #[test]
    fn scores_as_far_apart_or_as_close_as_numbers_can_be_are_told_apart() {
        let far = [f64::NEG_INFINITY, 0.0, f64::INFINITY];
        compare(&[f64::MIN, -1.0, 0.0, 1.0, f64::MAX], &far);
        compare(&[0.0, 5e-324, 1e-323], &far);
        compare(&[f64::MAX], &far);
    }
}
