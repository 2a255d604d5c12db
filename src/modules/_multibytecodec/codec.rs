//! The encodings themselves: one character at a time, with a state where the encoding has one.

use super::charset::{Charset, four_bytes};

/// What a decoder found at the start of its input: how many bytes, and what they mean.
pub enum Decoded {
    /// A character, or two (the second number is 0 otherwise).
    Characters(usize, [u32; 2]),
    /// Something that only changes the state.
    Nothing(usize),
    /// Bytes that mean nothing.
    Illegal(usize),
    /// The input ends inside a character.
    Incomplete,
}

/// What an encoder made of the start of its input.
pub enum Encoded {
    /// How many characters it took.
    Taken(usize),
    Illegal,
}

/// A character set that can be designated by an escape sequence of ISO 2022.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Set {
    Ascii,
    /// JIS X 0201: Latin letters with a yen sign, and half-width katakana.
    Roman,
    Katakana,
    Jis0208,
    Jis0212,
    Gb2312,
    Ksx1001,
}

/// A kind of encoding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One to three bytes by a table; ASCII is as it is.
    Table,
    Gb18030,
    /// GB 2312 between `~{` and `~}`.
    Hz,
    /// KS X 1001 between shift-out and shift-in, announced at the start.
    Iso2022Kr,
    /// Sets designated by escape sequences.
    Iso2022(&'static [(Set, &'static [u8])]),
}

/// An encoding, with CPython's name for it.
pub struct Codec {
    pub name: &'static str,
    /// The table of [`Kind::Table`].
    pub set: &'static str,
    pub kind: Kind,
    /// The module that has it.
    pub module: &'static str,
}

const ASCII: (Set, &[u8]) = (Set::Ascii, b"\x1b(B");
const ROMAN: (Set, &[u8]) = (Set::Roman, b"\x1b(J");
const KATAKANA: (Set, &[u8]) = (Set::Katakana, b"\x1b(I");
const JIS0208: (Set, &[u8]) = (Set::Jis0208, b"\x1b$B");
const JIS0208_OLD: (Set, &[u8]) = (Set::Jis0208, b"\x1b$@");
const JIS0212: (Set, &[u8]) = (Set::Jis0212, b"\x1b$(D");
const GB2312: (Set, &[u8]) = (Set::Gb2312, b"\x1b$(A");
const GB2312_OLD: (Set, &[u8]) = (Set::Gb2312, b"\x1b$A");
const KSX1001: (Set, &[u8]) = (Set::Ksx1001, b"\x1b$(C");

const fn table(module: &'static str, name: &'static str) -> Codec {
    Codec { name, set: name, kind: Kind::Table, module }
}

const fn iso2022(name: &'static str, kind: Kind) -> Codec {
    Codec { name, set: "", kind, module: "_codecs_iso2022" }
}

/// Every encoding that there is. Those on JIS X 0213 and Johab are not.
pub static CODECS: &[Codec] = &[
    table("_codecs_jp", "shift_jis"),
    table("_codecs_jp", "cp932"),
    table("_codecs_jp", "euc_jp"),
    table("_codecs_kr", "euc_kr"),
    table("_codecs_kr", "cp949"),
    table("_codecs_cn", "gb2312"),
    table("_codecs_cn", "gbk"),
    Codec { name: "gb18030", set: "gb18030", kind: Kind::Gb18030, module: "_codecs_cn" },
    Codec { name: "hz", set: "gb2312", kind: Kind::Hz, module: "_codecs_cn" },
    table("_codecs_tw", "big5"),
    table("_codecs_tw", "cp950"),
    table("_codecs_hk", "big5hkscs"),
    iso2022("iso2022_kr", Kind::Iso2022Kr),
    iso2022("iso2022_jp", Kind::Iso2022(&[ASCII, JIS0208, ROMAN, JIS0208_OLD])),
    iso2022("iso2022_jp_1", Kind::Iso2022(&[ASCII, JIS0208, JIS0212, ROMAN, JIS0208_OLD])),
    iso2022("iso2022_jp_2", Kind::Iso2022(&[ASCII, JIS0208, JIS0212, KSX1001, GB2312, ROMAN, JIS0208_OLD, GB2312_OLD])),
    iso2022("iso2022_jp_ext", Kind::Iso2022(&[ASCII, JIS0208, JIS0212, ROMAN, KATAKANA, JIS0208_OLD])),
];

/// Where a stateful encoding stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    pub set: Set,
    /// Between shift-out and shift-in, or in braces.
    pub shifted: bool,
    /// The announcement at the start was written.
    pub announced: bool,
}

impl State {
    pub const START: State = State { set: Set::Ascii, shifted: false, announced: false };

    /// As a number, for `getstate`.
    pub fn to_number(self) -> u64 {
        self.set as u64 | u64::from(self.shifted) << 8 | u64::from(self.announced) << 9
    }

    pub fn from_number(number: u64) -> State {
        let sets = [Set::Ascii, Set::Roman, Set::Katakana, Set::Jis0208, Set::Jis0212, Set::Gb2312, Set::Ksx1001];
        let set = sets.into_iter().find(|&set| set as u64 == number & 0xff).unwrap_or(Set::Ascii);
        State { set, shifted: number >> 8 & 1 != 0, announced: number >> 9 & 1 != 0 }
    }
}

impl Set {
    /// How many bytes its codes have, and the table and prefix that they are looked up with.
    fn source(self) -> (usize, &'static str, u32) {
        match self {
            Set::Ascii | Set::Roman | Set::Katakana => (1, "", 0),
            Set::Jis0208 => (2, "euc_jp", 0),
            Set::Jis0212 => (2, "euc_jp", 0x8f_0000),
            Set::Gb2312 => (2, "gb2312", 0),
            // With the filler, which is no character of EUC-KR.
            Set::Ksx1001 => (2, "cp949", 0),
        }
    }

    fn decode(self, bytes: &[u8]) -> Option<u32> {
        let low = *bytes.first()?;
        match self {
            Set::Ascii => Some(low.into()),
            Set::Roman => Some(match low {
                b'\\' => 0xa5,
                b'~' => 0x203e,
                other => other.into(),
            }),
            Set::Katakana => (0x21..=0x5f).contains(&low).then(|| 0xff40 + u32::from(low)),
            _ => {
                let (_, table, prefix) = self.source();
                let code = prefix | 0x8080 | u32::from(low) << 8 | u32::from(*bytes.get(1)?);
                Some(Charset::get(table).character(code).filter(|_| is_in_94_rows(code))?[0])
            }
        }
    }

    fn encode(self, c: u32, out: &mut Vec<u8>) -> bool {
        match self {
            Set::Ascii if c < 0x80 => out.push(c as u8),
            Set::Roman if c == 0xa5 => out.push(b'\\'),
            Set::Roman if c == 0x203e => out.push(b'~'),
            Set::Katakana if (0xff61..=0xff9f).contains(&c) => out.push((c - 0xff40) as u8),
            Set::Ascii | Set::Roman | Set::Katakana => return false,
            _ => {
                let (_, table, prefix) = self.source();
                let fits = |code: &u32| code & 0xff_0000 == prefix && is_in_94_rows(*code);
                let Some(code) = Charset::get(table).code(c).filter(fits) else { return false };
                out.extend([(code >> 8) as u8 & 0x7f, code as u8 & 0x7f]);
            }
        }
        true
    }
}

/// Whether a code is one of a set of 94 by 94 characters.
fn is_in_94_rows(code: u32) -> bool {
    (0xa1..=0xfe).contains(&(code & 0xff)) && (0xa1..=0xfe).contains(&(code >> 8 & 0xff))
}

fn push_code(code: u32, out: &mut Vec<u8>) {
    let bytes = code.to_be_bytes();
    let skip = bytes.iter().position(|&b| b != 0).unwrap_or(3);
    out.extend_from_slice(&bytes[skip..]);
}

impl Codec {
    /// Decodes what comes first.
    pub fn decode(&self, state: &mut State, input: &[u8]) -> Decoded {
        match self.kind {
            Kind::Table => self.decode_table(input),
            Kind::Gb18030 => decode_gb18030(self, input),
            Kind::Hz => decode_hz(state, input),
            Kind::Iso2022Kr => decode_kr(state, input),
            Kind::Iso2022(sets) => decode_iso2022(sets, state, input),
        }
    }

    fn decode_table(&self, input: &[u8]) -> Decoded {
        let set = Charset::get(self.set);
        let Some(&first) = input.first() else { return Decoded::Incomplete };
        if first < 0x80 {
            return Decoded::Characters(1, [first.into(), 0]);
        }
        if let Some(found) = set.character(first.into()) {
            return Decoded::Characters(1, found);
        }
        let Some(&second) = input.get(1) else { return Decoded::Incomplete };
        let code = u32::from(first) << 8 | u32::from(second);
        if let Some(found) = set.character(code) {
            return Decoded::Characters(2, found);
        }
        if first == 0x8f && self.set == "euc_jp" && second >= 0xa1 {
            let Some(&third) = input.get(2) else { return Decoded::Incomplete };
            if let Some(found) = set.character(code << 8 | u32::from(third)) {
                return Decoded::Characters(3, found);
            }
        }
        Decoded::Illegal(1)
    }

    /// Encodes what comes first.
    pub fn encode(&self, state: &mut State, text: &[u32], out: &mut Vec<u8>) -> Encoded {
        let c = text[0];
        match self.kind {
            Kind::Table => {
                let set = Charset::get(self.set);
                let pair = text.get(1).and_then(|&next| set.pair(c, next));
                match (pair, c) {
                    (Some(code), _) => {
                        push_code(code, out);
                        return Encoded::Taken(2);
                    }
                    (None, 0..0x80) => out.push(c as u8),
                    (None, _) => match set.code(c) {
                        Some(code) => push_code(code, out),
                        None => return Encoded::Illegal,
                    },
                }
            }
            Kind::Gb18030 => {
                let set = Charset::get(self.set);
                if c < 0x80 {
                    out.push(c as u8);
                } else if let Some(code) = set.code(c) {
                    push_code(code, out);
                } else {
                    let linear = match four_bytes().1.get(&c) {
                        Some(&index) => index,
                        None if c >= 0x1_0000 => c - 0x1_0000 + SUPPLEMENTARY,
                        None => return Encoded::Illegal,
                    };
                    out.extend([
                        0x81 + (linear / 12600) as u8,
                        0x30 + (linear / 1260 % 10) as u8,
                        0x81 + (linear / 10 % 126) as u8,
                        0x30 + (linear % 10) as u8,
                    ]);
                }
            }
            Kind::Hz => {
                if c < 0x80 {
                    if std::mem::take(&mut state.shifted) {
                        out.extend(b"~}");
                    }
                    out.push(c as u8);
                    if c == u32::from(b'~') {
                        out.push(b'~');
                    }
                } else {
                    let mut code = Vec::new();
                    if !Set::Gb2312.encode(c, &mut code) {
                        return Encoded::Illegal;
                    }
                    if !std::mem::replace(&mut state.shifted, true) {
                        out.extend(b"~{");
                    }
                    out.extend(code);
                }
            }
            Kind::Iso2022Kr => {
                let mut code = Vec::new();
                if c >= 0x80 && !Set::Ksx1001.encode(c, &mut code) {
                    return Encoded::Illegal;
                }
                if c >= 0x80 {
                    announce(state, out);
                }
                if state.shifted != (c >= 0x80) {
                    out.push(if c >= 0x80 { 0x0e } else { 0x0f });
                    state.shifted = c >= 0x80;
                }
                if c < 0x80 {
                    out.push(c as u8);
                }
                out.extend(code);
            }
            Kind::Iso2022(sets) => {
                for &(set, escape) in sets {
                    let mut code = Vec::new();
                    if set.encode(c, &mut code) {
                        if state.set != set {
                            out.extend(escape);
                            state.set = set;
                        }
                        out.extend(code);
                        return Encoded::Taken(1);
                    }
                }
                return Encoded::Illegal;
            }
        }
        Encoded::Taken(1)
    }

    /// What leads back to the state at the start.
    pub fn finish(&self, state: &mut State, out: &mut Vec<u8>) {
        match self.kind {
            Kind::Hz if state.shifted => out.extend(b"~}"),
            Kind::Iso2022Kr if state.shifted => out.push(0x0f),
            Kind::Iso2022(_) if state.set != Set::Ascii => out.extend(b"\x1b(B"),
            _ => {}
        }
        state.shifted = false;
        state.set = Set::Ascii;
    }
}

fn announce(state: &mut State, out: &mut Vec<u8>) {
    if !std::mem::replace(&mut state.announced, true) {
        out.extend(b"\x1b$)C");
    }
}

/// The number of the first character of four bytes beyond the first plane.
const SUPPLEMENTARY: u32 = 15 * 12600;

fn decode_gb18030(codec: &Codec, input: &[u8]) -> Decoded {
    let four = matches!(input, [0x81..=0xfe, 0x30..=0x39, ..]);
    if !four {
        return codec.decode_table(input);
    }
    let &[a, b, c, d] = match input.get(..4).and_then(|bytes| <&[u8; 4]>::try_from(bytes).ok()) {
        Some(bytes) => bytes,
        None => return Decoded::Incomplete,
    };
    if !(0x81..=0xfe).contains(&c) || !d.is_ascii_digit() {
        return Decoded::Illegal(1);
    }
    let part = |byte: u8, base: u8| u32::from(byte - base);
    let linear = ((part(a, 0x81) * 10 + part(b, 0x30)) * 126 + part(c, 0x81)) * 10 + part(d, 0x30);
    let found = match four_bytes().0.get(linear as usize) {
        Some(&c) => Some(c.into()),
        None => linear.checked_sub(SUPPLEMENTARY).map(|n| n + 0x1_0000).filter(|&c| c < 0x11_0000),
    };
    found.map_or(Decoded::Illegal(1), |c| Decoded::Characters(4, [c, 0]))
}

fn decode_hz(state: &mut State, input: &[u8]) -> Decoded {
    match *input {
        [] | [b'~'] => Decoded::Incomplete,
        [b'~', b'{', ..] if !state.shifted => {
            state.shifted = true;
            Decoded::Nothing(2)
        }
        [b'~', b'}', ..] if state.shifted => {
            state.shifted = false;
            Decoded::Nothing(2)
        }
        [b'~', b'~', ..] if !state.shifted => Decoded::Characters(2, [b'~'.into(), 0]),
        [b'~', b'\n', ..] => Decoded::Nothing(2),
        [b'~', ..] => Decoded::Illegal(1),
        [0x80..=0xff, ..] => Decoded::Illegal(1),
        [byte, ..] if !state.shifted => Decoded::Characters(1, [byte.into(), 0]),
        [b'\n', ..] => {
            state.shifted = false;
            Decoded::Characters(1, [b'\n'.into(), 0])
        }
        [_] => Decoded::Incomplete,
        _ => match Set::Gb2312.decode(input) {
            Some(c) => Decoded::Characters(2, [c, 0]),
            None => Decoded::Illegal(1),
        },
    }
}

fn decode_kr(state: &mut State, input: &[u8]) -> Decoded {
    match *input {
        [] => Decoded::Incomplete,
        [0x0e, ..] => {
            state.shifted = true;
            Decoded::Nothing(1)
        }
        [0x0f, ..] => {
            state.shifted = false;
            Decoded::Nothing(1)
        }
        [0x1b, ..] => match b"\x1b$)C".starts_with(&input[..input.len().min(4)]) {
            true if input.len() >= 4 => Decoded::Nothing(4),
            true => Decoded::Incomplete,
            false => Decoded::Illegal(1),
        },
        [0x80..=0xff, ..] => Decoded::Illegal(1),
        [byte @ b'\n', ..] => {
            state.shifted = false;
            Decoded::Characters(1, [byte.into(), 0])
        }
        [byte, ..] if !state.shifted || byte < 0x20 => Decoded::Characters(1, [byte.into(), 0]),
        [_] => Decoded::Incomplete,
        _ => match Set::Ksx1001.decode(input) {
            Some(c) => Decoded::Characters(2, [c, 0]),
            None => Decoded::Illegal(1),
        },
    }
}

fn decode_iso2022(sets: &[(Set, &[u8])], state: &mut State, input: &[u8]) -> Decoded {
    let Some(&first) = input.first() else { return Decoded::Incomplete };
    if first == 0x1b {
        let known = sets.iter().find(|(_, escape)| input.starts_with(escape));
        if let Some(&(set, escape)) = known {
            state.set = set;
            return Decoded::Nothing(escape.len());
        }
        let may_come = sets.iter().any(|(_, escape)| escape.starts_with(input));
        return if may_come { Decoded::Incomplete } else { Decoded::Illegal(1) };
    }
    if first >= 0x80 {
        return Decoded::Illegal(1);
    }
    if first == b'\n' {
        state.set = Set::Ascii;
    }
    if first < 0x20 {
        return Decoded::Characters(1, [first.into(), 0]);
    }
    let size = state.set.source().0;
    if input.len() < size {
        return Decoded::Incomplete;
    }
    match state.set.decode(input) {
        Some(c) => Decoded::Characters(size, [c, 0]),
        None => Decoded::Illegal(1),
    }
}
