//! Character sets: which code stands for which character.
//!
//! `encoding_rs` knows the characters; its tables are read once, by decoding every code there is, and mended where
//! CPython's differ ([`super::tables`]).

use super::tables::SETS;
use encoding_rs::Encoding;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A character set, told by its differences from one of `encoding_rs`.
pub struct Spec {
    pub name: &'static str,
    pub base: &'static Encoding,
    /// The lowest byte that a code of two bytes may hold.
    pub lowest: u32,
    /// Codes that are not in it, first and last.
    pub without: &'static [(u32, u32)],
    /// Codes that are other characters: so many codes from the first on are characters in order.
    pub with: &'static [(u32, u32, &'static str)],
    /// Characters that are encoded otherwise than the table says.
    pub encoded: &'static [(u32, u32)],
    /// Of a character with several codes the last one counts.
    pub later_codes: bool,
}

/// A character set, ready to use. A code is its bytes as a number.
pub struct Charset {
    characters: HashMap<u32, [u32; 2]>,
    codes: HashMap<u32, u32>,
    /// Codes of two characters that belong together.
    pairs: HashMap<[u32; 2], u32>,
}

impl Charset {
    /// The set of that name, made at first use.
    pub fn get(name: &str) -> &'static Charset {
        static MADE: [OnceLock<Charset>; SETS.len()] = [const { OnceLock::new() }; SETS.len()];
        let index = SETS.iter().position(|set| set.name == name).expect("a set of the table");
        MADE[index].get_or_init(|| Charset::make(&SETS[index]))
    }

    fn make(spec: &Spec) -> Charset {
        let mut found: Vec<(u32, [u32; 2])> = Vec::new();
        let mut look = |bytes: &[u8]| {
            let Some(text) = spec.base.decode_without_bom_handling_and_without_replacement(bytes) else { return false };
            let code = bytes.iter().fold(0, |code, &byte| code << 8 | u32::from(byte));
            let mut chars = text.chars().map(u32::from);
            let pair = [chars.next().unwrap_or(0), chars.next().unwrap_or(0)];
            // Two characters of which the last is the last byte are an error and that byte.
            if pair[1] < 0x80 && pair[1] != 0 {
                return false;
            }
            if !spec.without.iter().any(|&(first, last)| (first..=last).contains(&code)) {
                found.push((code, pair));
            }
            true
        };
        for a in 0x80..=0xff {
            if look(&[a]) {
                continue;
            }
            for b in 0x20..=0xff {
                let low = u32::from(a.min(b)) < spec.lowest;
                if !low && !look(&[a, b]) && a == 0x8f && spec.name == "euc_jp" {
                    for c in 0xa1..=0xfe {
                        look(&[a, b, c]);
                    }
                }
            }
        }
        if spec.lowest > 0 {
            found.retain(|&(code, _)| code > 0xff);
        }
        let mut characters: HashMap<u32, [u32; 2]> = found.into_iter().collect();
        for &(first, count, text) in spec.with {
            let mut chars = text.chars().map(u32::from);
            let pair = [chars.next().unwrap_or(0), chars.next().unwrap_or(0)];
            for i in 0..count {
                characters.insert(first + i, [pair[0] + i, pair[1]]);
            }
        }
        let mut rows: Vec<_> = characters.iter().map(|(&code, &pair)| (code, pair)).collect();
        rows.sort_unstable();
        if !spec.later_codes {
            rows.reverse();
        }
        let (mut codes, mut pairs) = (HashMap::new(), HashMap::new());
        for (code, pair) in rows {
            match pair {
                [c, 0] => drop(codes.insert(c, code)),
                pair => drop(pairs.insert(pair, code)),
            }
        }
        codes.retain(|&c, _| c >= 0x80);
        codes.extend(spec.encoded.iter().copied());
        Charset { characters, codes, pairs }
    }

    /// The character of a code; the second number is 0 where it is only one.
    pub fn character(&self, code: u32) -> Option<[u32; 2]> {
        self.characters.get(&code).copied()
    }

    /// The code of a character.
    pub fn code(&self, character: u32) -> Option<u32> {
        self.codes.get(&character).copied()
    }

    /// The code of two characters.
    pub fn pair(&self, first: u32, second: u32) -> Option<u32> {
        self.pairs.get(&[first, second]).copied()
    }
}

/// The characters of GB 18030 that have four bytes: those of the first plane that have no other code, in order.
pub fn four_bytes() -> &'static (Vec<u16>, HashMap<u32, u32>) {
    static MADE: OnceLock<(Vec<u16>, HashMap<u32, u32>)> = OnceLock::new();
    MADE.get_or_init(|| {
        let set = Charset::get("gb18030");
        let plane = (0x80..0x1_0000).filter(|c| !(0xd800..0xe000).contains(c));
        let list: Vec<u16> = plane.filter(|&c| set.code(c).is_none()).map(|c| c as u16).collect();
        let index = list.iter().enumerate().map(|(i, &c)| (c.into(), i as u32)).collect();
        (list, index)
    })
}
