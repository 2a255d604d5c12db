//! The first script: a seed.
//!
//! A thread keeps the turn with a probability that the seed fixes for the whole run (between one half and
//! 31/32), else one of the others gets it, all alike. Some seeds thus switch at nearly every chance and some
//! let threads run for long: races need now the one and now the other.

use super::scripted::{Choice, Chooser};

/// A pseudo-random generator of 64 bits of state (SplitMix64; Steele, Lea, Flood 2014). Small and the same
/// everywhere; nothing here needs better.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator that starts from `seed`.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is small: the bias of the shortcut is of no account.
    pub fn below(&mut self, bound: usize) -> usize {
        ((self.next_u64() as u128 * bound as u128) >> 64) as usize
    }
}

/// Chooses by a seeded generator: the same seed, the same choices.
#[derive(Clone, Debug)]
pub struct Seeded {
    random: Random,
    /// The running thread is switched out at one of so many switch points.
    rarity: usize,
}

impl Seeded {
    /// The chooser of `--seed=seed`.
    pub fn new(seed: u64) -> Seeded {
        let mut random = Random::new(seed);
        let rarity = 2 << random.below(5);
        Seeded { random, rarity }
    }
}

impl Chooser for Seeded {
    fn choose(&mut self, choice: &Choice<'_>) -> usize {
        let current = choice.current.and_then(|n| choice.runnable.binary_search(&n).ok());
        match current {
            None => self.random.below(choice.runnable.len()),
            Some(at) if self.random.below(self.rarity) != 0 => at,
            Some(at) => {
                let other = self.random.below(choice.runnable.len() - 1);
                if other < at { other } else { other + 1 }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix() {
        // The reference implementation's first outputs for the seed 1234567.
        let mut r = Random::new(1234567);
        let first: Vec<u64> = (0..3).map(|_| r.next_u64()).collect();
        assert_eq!(first, [6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    #[test]
    fn the_same_seed_chooses_the_same() {
        let run = |seed| {
            let mut s = Seeded::new(seed);
            let mut current = 1;
            (0..200)
                .map(|_| {
                    let runnable = [1, 3, 4, 9];
                    current = runnable[s.choose(&Choice { current: Some(current), runnable: &runnable, now: 0 })];
                    current
                })
                .collect::<Vec<u64>>()
        };
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
        assert!([1, 3, 4, 9].iter().all(|n| run(5).contains(n)));
    }
}
