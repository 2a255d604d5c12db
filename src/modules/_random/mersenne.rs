//! The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998).

/// Words of state.
pub const N: usize = 624;
const M: usize = 397;
const TWIST: [u32; 2] = [0, 0x9908_b0df];
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7fff_ffff;

/// The generator: its words, and how many of them have been given out.
#[derive(Clone)]
pub struct Mersenne {
    pub state: [u32; N],
    pub index: usize,
}

impl Default for Mersenne {
    fn default() -> Mersenne {
        Mersenne { state: [0; N], index: N }
    }
}

impl Mersenne {
    fn seed_word(&mut self, seed: u32) {
        self.state[0] = seed;
        for i in 1..N {
            let last = self.state[i - 1];
            self.state[i] = 1_812_433_253u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(i as u32);
        }
        self.index = N;
    }

    /// Seeds from any number of words (at least one).
    pub fn seed(&mut self, key: &[u32]) {
        self.seed_word(19_650_218);
        let mix = |last: u32| last ^ (last >> 30);
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            self.state[i] = (self.state[i] ^ mix(self.state[i - 1]).wrapping_mul(1_664_525))
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            i += 1;
            j += 1;
            if i >= N {
                self.state[0] = self.state[N - 1];
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            self.state[i] = (self.state[i] ^ mix(self.state[i - 1]).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                self.state[0] = self.state[N - 1];
                i = 1;
            }
        }
        // Not all zero.
        self.state[0] = UPPER;
    }

    /// 32 random bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= N {
            self.twist();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        let s = &mut self.state;
        for k in 0..N {
            let y = (s[k] & UPPER) | (s[(k + 1) % N] & LOWER);
            s[k] = s[(k + M) % N] ^ (y >> 1) ^ TWIST[(y & 1) as usize];
        }
        self.index = 0;
    }

    /// A float in [0, 1) with 53 random bits.
    #[inline]
    pub fn next_f64(&mut self) -> f64 {
        let (a, b) = (self.next_u32() >> 5, self.next_u32() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) * (1.0 / 9_007_199_254_740_992.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_sequence_as_cpython() {
        let mut m = Mersenne::default();
        m.seed(&[1]);
        assert_eq!(m.next_f64(), 0.13436424411240122);
        assert_eq!(m.next_f64(), 0.8474337369372327);
        m.seed(&[0, 0, 0, 16]);
        assert_eq!(m.next_f64(), 0.7586581712996778);
    }
}
