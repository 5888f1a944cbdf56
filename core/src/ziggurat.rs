//! numpy's standard normal draws, bit for bit: the ziggurat of Marsaglia and Tsang (2000) with 256 layers. It draws from a
//! generator that is handed to it, and never seeds one.
//!
//! The tables are numpy's. They follow from the number of layers and [`EDGE`], but numpy rounded on the way:
//! computing them anew moves draws by parts in 10^14, and makes one in a long stream another one.

mod tables;

use self::tables::{DENSITIES, WHOLE, WIDTHS};
use crate::pcg64::Pcg64;

/// Where the tail begins.
const EDGE: f64 = 3.654_152_885_361_009;

const EDGE_INVERSE: f64 = 0.273_661_237_329_758_3;

impl Pcg64 {
    /// A draw from the normal distribution of mean 0 and deviation 1.
    ///
    /// Rare draws, about one in 4000, take a logarithm, whose last bit is the machine's.
    pub fn standard_normal(&mut self) -> f64 {
        loop {
            let draw = self.next_u64();
            let layer = (draw & 0xff) as usize;
            let is_negative = draw >> 8 & 1 == 1;
            let height = draw >> 9 & 0x000f_ffff_ffff_ffff;
            let size = height as f64 * f64::from_bits(WIDTHS[layer]);
            let signed = if is_negative { -size } else { size };
            if height < WHOLE[layer] {
                return signed;
            }
            if layer == 0 {
                let tail = self.tail();
                return if height >> 8 & 1 == 1 { -tail } else { tail };
            }
            let (above, below) = (f64::from_bits(DENSITIES[layer - 1]), f64::from_bits(DENSITIES[layer]));
            if (above - below) * self.uniform(0.0, 1.0) + below < (-0.5 * size * size).exp() {
                return signed;
            }
        }
    }

    /// A draw from the part of the distribution beyond the edge.
    fn tail(&mut self) -> f64 {
        loop {
            let beyond = -EDGE_INVERSE * (-self.uniform(0.0, 1.0)).ln_1p();
            let twice = -2.0 * (-self.uniform(0.0, 1.0)).ln_1p();
            if twice > beyond * beyond {
                return EDGE + beyond;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EDGE;
    use crate::pcg64::Pcg64;

    #[test]
    fn seed_42_draws_what_numpy_draws() {
        // Made with numpy 2.4.6: `default_rng(42).standard_normal(200_000)`, and the next 64 bits.
        let mut generator = Pcg64::new(42);
        let draws: Vec<f64> = (0..200_000).map(|_| generator.standard_normal()).collect();
        assert_eq!(draws[..3], [0.304_717_079_754_431_35, -1.039_984_106_240_495_5, 0.750_451_195_806_457_2]);
        assert_eq!(draws.iter().filter(|draw| draw.abs() > EDGE).count(), 59);
        assert_eq!(generator.next_u64(), 13278915851514028286);
        let sum = draws.iter().fold(0_u64, |xor, draw| xor ^ (draw.to_bits() >> 8));
        assert_eq!(sum, 71822275117081214);
    }
}
