//! SipHash-1-3, the keyed hash of `str`, `bytes` and `memoryview`.
//!
//! The key comes from `PYTHONHASHSEED` (or from the system's randomness), so that a script that feeds a
//! server crafted keys cannot make all of them collide. A given seed gives CPython's own hashes.

/// The 128-bit key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashKey {
    k0: u64,
    k1: u64,
}

impl HashKey {
    /// The key of `PYTHONHASHSEED=seed`. Seed 0 switches randomization off: the key is zero.
    pub fn from_seed(seed: u32) -> HashKey {
        if seed == 0 {
            return HashKey::default();
        }
        // CPython's lcg_urandom: the generator of old C libraries, one byte a step.
        let mut state = seed;
        let mut bytes = [0u8; 16];
        for byte in &mut bytes {
            state = state.wrapping_mul(214_013).wrapping_add(2_531_011);
            *byte = (state >> 16) as u8;
        }
        HashKey::from_bytes(bytes)
    }

    /// The key made of 16 random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> HashKey {
        let (low, high) = bytes.split_at(8);
        HashKey { k0: word(low), k1: word(high) }
    }

    /// `hash()` of a `str`'s units in memory order or of `bytes`: 0 for nothing, never -1.
    #[inline]
    pub fn hash(self, data: &[u8]) -> i64 {
        if data.is_empty() {
            return 0;
        }
        super::hash::not_minus_one(self.sip13(data) as i64)
    }

    /// `hash()` of a string stored as 16-bit units.
    pub fn hash_u16(self, units: &[u16]) -> i64 {
        // SAFETY: any bytes of a u16 slice are valid bytes, and u8 needs no alignment.
        self.hash(unsafe { std::slice::from_raw_parts(units.as_ptr().cast(), std::mem::size_of_val(units)) })
    }

    /// `hash()` of a string stored as 32-bit units.
    pub fn hash_u32(self, units: &[u32]) -> i64 {
        // SAFETY: any bytes of a u32 slice are valid bytes, and u8 needs no alignment.
        self.hash(unsafe { std::slice::from_raw_parts(units.as_ptr().cast(), std::mem::size_of_val(units)) })
    }

    #[inline]
    fn sip13(self, data: &[u8]) -> u64 {
        let mut v = [
            self.k0 ^ 0x736f_6d65_7073_6575,
            self.k1 ^ 0x646f_7261_6e64_6f6d,
            self.k0 ^ 0x6c79_6765_6e65_7261,
            self.k1 ^ 0x7465_6462_7974_6573,
        ];
        let mut chunks = data.chunks_exact(8);
        for chunk in &mut chunks {
            let m = word(chunk);
            v[3] ^= m;
            round(&mut v);
            v[0] ^= m;
        }
        let mut last = (data.len() as u64) << 56;
        for (i, &byte) in chunks.remainder().iter().enumerate() {
            last |= u64::from(byte) << (8 * i);
        }
        v[3] ^= last;
        round(&mut v);
        v[0] ^= last;
        v[2] ^= 0xff;
        round(&mut v);
        round(&mut v);
        round(&mut v);
        v[0] ^ v[1] ^ v[2] ^ v[3]
    }
}

#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(bytes);
    u64::from_le_bytes(eight)
}

#[inline(always)]
fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::HashKey;

    // python -c "print(hash('abc'))" under PYTHONHASHSEED.
    #[test]
    fn equals_cpython() {
        for (seed, data, hash) in [
            (0, &b""[..], 0),
            (0, &b"abc"[..], -4594863902769663758),
            (0, &b"12345678"[..], 3785724242978802311),
            (0, &b"hello, world of hashes"[..], 8878108412377687433),
            (42, &b""[..], 0),
            (42, &b"abc"[..], 3869580338025362921),
            (42, &b"12345678"[..], -8868897825882322955),
            (42, &b"hello, world of hashes"[..], -3065007946487671260),
            (4294967295, &b""[..], 0),
            (4294967295, &b"abc"[..], -6122489556238538401),
            (4294967295, &b"12345678"[..], -5472437280652225004),
            (4294967295, &b"hello, world of hashes"[..], -5545674837862351605),
        ] {
            assert_eq!(HashKey::from_seed(seed).hash(data), hash, "{seed} {data:?}");
        }
        let euro: Vec<u16> = "a€".encode_utf16().collect();
        assert_eq!(HashKey::from_seed(42).hash_u16(&euro), 329774080364429319);
        assert_eq!(HashKey::from_seed(42).hash_u32(&['a' as u32, 0x1f600]), 3739657454509745579);
    }
}
