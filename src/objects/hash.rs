//! Hashes of the interpreter's objects.

use super::number::siphash::HashKey;

/// The hash of a `str`'s units or of `bytes`.
#[inline]
pub fn bytes(key: HashKey, data: &[u8]) -> i64 {
    key.hash(data)
}
