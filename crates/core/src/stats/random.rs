//! Randomness that is an argument: the same seed draws the same numbers, on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What randomness starts from. Take it from what is judged (such as the hash of a snapshot), so that asking again
/// gives the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// Draws numbered `number`: streams of one seed do not overlap.
    pub fn stream(self, number: u64) -> Stream {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.0.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(number);
        Stream(generator)
    }
}

/// A sequence of draws.
#[derive(Debug, Clone)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// A place in a slice of this length, each equally likely; 0 for an empty one.
    pub fn place(&mut self, length: usize) -> usize {
        let length = length as u64;
        // Lemire's method: the high half of a product, with the few draws that would favour some places rejected.
        let threshold = length.wrapping_neg().checked_rem(length).unwrap_or(0);
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(length);
            let bytes = product.to_le_bytes();
            let (mut low, mut high) = ([0; 8], [0; 8]);
            low.copy_from_slice(&bytes[..8]);
            high.copy_from_slice(&bytes[8..]);
            if u64::from_le_bytes(low) >= threshold {
                return usize::try_from(u64::from_le_bytes(high)).unwrap_or_default();
            }
        }
    }

    /// As many places in a slice of this length, drawn with replacement.
    pub fn resample(&mut self, length: usize) -> Vec<usize> {
        (0..length).map(|_| self.place(length)).collect()
    }
}

#[cfg(test)]
impl Stream {
    /// A number within 0 and 1, 1 excluded.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// A standard normal draw, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}
