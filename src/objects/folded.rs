//! A quick hash for tables of the interpreter's own: two words are multiplied and the product folded.
//!
//! Every table has a key of its own, so that nobody can make up texts that collide. The order of such a table means
//! nothing.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes hashers with one key.
#[derive(Clone)]
pub struct Folded(u64);

impl Default for Folded {
    fn default() -> Folded {
        Folded(RandomState::new().hash_one(0u8) | 1)
    }
}

/// A hash under way.
pub struct FoldedHasher {
    state: u64,
    key: u64,
}

/// An odd number without a pattern: the golden ratio's digits.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl FoldedHasher {
    #[inline(always)]
    fn word(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(MULTIPLIER ^ self.key);
        self.state = (product >> 64) as u64 ^ product as u64 ^ self.key;
    }
}

impl Hasher for FoldedHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.word(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.word(word as u64);
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.word(word);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.state
    }
}

impl BuildHasher for Folded {
    type Hasher = FoldedHasher;

    #[inline]
    fn build_hasher(&self) -> FoldedHasher {
        FoldedHasher { state: self.0, key: self.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn short_texts_hash_apart() {
        let folded = Folded::default();
        let hashes: HashSet<u64> = (0..20_000).map(|i| folded.hash_one(format!("name_{i}").as_bytes())).collect();
        assert_eq!(hashes.len(), 20_000);
        let low: HashSet<u64> = (0..1000).map(|i| folded.hash_one(format!("{i}").as_bytes()) & 0xffff).collect();
        assert!(low.len() > 950, "{}", low.len());
        assert_ne!(folded.hash_one(b"a".as_slice()), folded.hash_one(b"a\0".as_slice()));
    }
}
