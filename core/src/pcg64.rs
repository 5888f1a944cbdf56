//! numpy's default random generator, bit for bit: SeedSequence and PCG64 (O'Neill 2014). It never seeds itself.
//!
//! The package that this project follows draws its noise and its splits from `numpy.random.default_rng(seed)`; the same
//! seed must give the same explanation here.

/// A PCG64 generator (XSL-RR, 128 bits of state), equal to `numpy.random.default_rng(seed)`.
///
/// ```
/// assert_eq!(ce_core::pcg64::Pcg64::new(42).permutation(8), [3, 4, 2, 7, 6, 1, 5, 0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pcg64 {
    state: u128,
    increment: u128,
    /// The upper half of a 64-bit draw of which only the lower half was asked for.
    spare: Option<u32>,
}

impl Pcg64 {
    /// The generator that numpy's `default_rng(seed)` returns.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let [state, sequence] = seed_words(seed);
        let mut generator = Self { state: 0, increment: (sequence << 1) | 1, spare: None };
        generator.step();
        generator.state = generator.state.wrapping_add(state);
        generator.step();
        generator
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    /// 32 random bits: two calls share one 64-bit draw, the lower half first.
    pub fn next_u32(&mut self) -> u32 {
        if let Some(upper) = self.spare.take() {
            return upper;
        }
        let draw = self.next_u64();
        self.spare = Some((draw >> 32) as u32);
        draw as u32
    }

    /// A number drawn uniformly from `[a, b)`, with 53 random bits; rounding may return `b` itself.
    pub fn uniform(&mut self, a: f64, b: f64) -> f64 {
        let unit = (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
        a + (b - a) * unit
    }

    /// The numbers `0..n` in random order; none for `n == 0`.
    pub fn permutation(&mut self, n: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }

    /// Shuffles in place (Fisher-Yates, from the last entry down).
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = self.at_most(last);
            values.swap(last, other);
        }
    }

    /// An index drawn uniformly from `0..=limit`, by masking and rejecting, for `limit > 0`.
    fn at_most(&mut self, limit: usize) -> usize {
        let mask = usize::MAX >> limit.leading_zeros();
        loop {
            let draw = match u32::try_from(limit) {
                Ok(_) => self.next_u32() as usize,
                Err(_) => self.next_u64() as usize,
            };
            if draw & mask <= limit {
                return draw & mask;
            }
        }
    }

    fn step(&mut self) {
        const MULTIPLIER: u128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645;
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }
}

/// numpy's SeedSequence: spreads a seed over the 256 bits of [state, sequence].
fn seed_words(seed: u64) -> [u128; 2] {
    // A seed below 2^32 has one word; the missing ones count as 0, so that two words serve every seed.
    let mut hash = Hash { factor: 0x43b0_d7e5, growth: 0x931e_8875 };
    let mut pool = [seed as u32, (seed >> 32) as u32, 0, 0].map(|word| hash.of(word));
    for source in 0..pool.len() {
        for target in 0..pool.len() {
            if source != target {
                pool[target] = mix(pool[target], hash.of(pool[source]));
            }
        }
    }
    let mut hash = Hash { factor: 0x8b51_f9dd, growth: 0x58f3_8ded };
    let words: [u128; 8] = std::array::from_fn(|idx| u128::from(hash.of(pool[idx % pool.len()])));
    // Pairs are low word first, and the halves of a 128-bit number high half first.
    let joined = |w: &[u128]| ((w[1] << 32 | w[0]) << 64) | (w[3] << 32 | w[2]);
    [joined(&words[..4]), joined(&words[4..])]
}

/// SeedSequence's hash, whose factor grows with each use.
struct Hash {
    factor: u32,
    growth: u32,
}

impl Hash {
    fn of(&mut self, word: u32) -> u32 {
        let word = word ^ self.factor;
        self.factor = self.factor.wrapping_mul(self.growth);
        let word = word.wrapping_mul(self.factor);
        word ^ (word >> 16)
    }
}

fn mix(x: u32, y: u32) -> u32 {
    let mixed = 0xca01_f9dd_u32.wrapping_mul(x).wrapping_sub(0x4973_f715_u32.wrapping_mul(y));
    mixed ^ (mixed >> 16)
}

#[cfg(test)]
mod tests {
    use super::Pcg64;

    #[test]
    fn seed_42_draws_what_numpy_draws() {
        assert_eq!(Pcg64::new(42).next_u64(), 14_276_969_152_011_380_360);
        assert_eq!(Pcg64::new(42).permutation(8), [3, 4, 2, 7, 6, 1, 5, 0]);
        assert_eq!(Pcg64::new(42).uniform(0.0, 1.0), 0.773_956_048_555_963_3);
    }

    #[test]
    fn two_halves_make_one_draw() {
        let mut halves = Pcg64::new(42);
        let (low, high) = (halves.next_u32(), halves.next_u32());
        assert_eq!(u64::from(high) << 32 | u64::from(low), Pcg64::new(42).next_u64());
    }

    #[test]
    fn a_64_bit_draw_leaves_the_spare_half_alone() {
        let mut mixed = Pcg64::new(1);
        let mut plain = Pcg64::new(1);
        mixed.next_u32();
        mixed.next_u64();
        let first = plain.next_u64();
        assert_eq!(u64::from(mixed.next_u32()), first >> 32);
    }

    #[test]
    fn seeds_of_any_length_draw_what_numpy_draws() {
        // Made with numpy 2.4.6.
        assert_eq!(Pcg64::new(0).next_u64(), 11_749_869_230_777_074_271);
        let mut two_words = Pcg64::new((1 << 32) + 5);
        assert_eq!(two_words.next_u64(), 14_281_546_376_153_053_393);
        assert_eq!(two_words.permutation(8), [6, 7, 4, 2, 5, 0, 1, 3]);
        let mut largest = Pcg64::new(u64::MAX);
        assert_eq!(largest.next_u64(), 12_544_278_110_101_001_871);
        assert_eq!(largest.permutation(10), [8, 7, 3, 0, 4, 6, 1, 2, 5, 9]);
        assert_eq!(largest.uniform(-3.5, 1.25), -0.699_996_849_964_072_5);
    }

    #[test]
    fn a_long_permutation_draws_what_numpy_draws() {
        // Made with numpy 2.4.6: the sum tells the order, the next draw how many were rejected.
        let mut generator = Pcg64::new(7);
        let order = generator.permutation(1000);
        assert_eq!((0..).zip(&order).map(|(idx, &value)| idx * value).sum::<u32>(), 249_031_891);
        assert_eq!(generator.next_u64(), 7_434_362_453_980_810_553);
    }

    #[test]
    fn nothing_and_one_need_no_draw() {
        let mut generator = Pcg64::new(7);
        assert_eq!(generator.permutation(0), [0_u32; 0]);
        assert_eq!(generator.permutation(1), [0]);
        assert_eq!(generator, Pcg64::new(7));
    }
}
