//! From bytes to text: which encoding the input has, and where in it one stands.

use super::{Code, Place, code};

/// What the bytes of an encoding of one byte per character mean; `None` for those that mean nothing.
pub type Table = Box<[Option<char>; 256]>;

enum Encoding {
    Utf8,
    Utf16 { big: bool },
    Ascii,
    Latin1,
    Table(Table),
}

/// The input: what came and is not read yet.
pub struct Input {
    /// Bytes that are not text yet: before the encoding is known, or the start of a character.
    bytes: Vec<u8>,
    encoding: Option<Encoding>,
    /// The text, of which `at` bytes were read.
    pub text: String,
    pub at: usize,
    /// Whether all of the input has come.
    pub ended: bool,
    /// Behind the text stand bytes that are no character.
    pub broken: bool,
    /// The encoding that was given from outside.
    given: Option<String>,
    place: Place,
    /// Where in the declaration the name of the encoding stands.
    name_at: u64,
    /// Whether the last character was a carriage return.
    after_return: bool,
}

/// What a look at the start of the input found.
pub enum Sniffed {
    Ready,
    More,
    /// The encoding of this name must be told by a table.
    Unknown(String),
}

impl Input {
    pub fn new(given: Option<String>) -> Input {
        Input {
            bytes: Vec::new(),
            encoding: None,
            text: String::new(),
            at: 0,
            ended: false,
            broken: false,
            given,
            place: Place { line: 1, column: 0, byte: 0 },
            name_at: 0,
            after_return: false,
        }
    }

    pub fn set_encoding(&mut self, name: &str) {
        self.given = Some(name.to_owned());
    }

    /// Takes a table, in which the characters that matter for XML must be where ASCII has them, and nowhere else.
    pub fn set_table(&mut self, table: Table) -> Result<(), Code> {
        let matters = |c: char| matches!(c, ' '..='~' | '\t' | '\n' | '\r') && !"$@\\^`{}~".contains(c);
        let moved = |(byte, c): (usize, &Option<char>)| c.is_some_and(|c| matters(c) && c as usize != byte);
        if ('\0'..='\x7f').any(|c| matters(c) && table[c as usize] != Some(c)) || table.iter().enumerate().any(moved) {
            self.place.column += self.name_at;
            return Err(code::UNKNOWN_ENCODING);
        }
        self.encoding = Some(Encoding::Table(table));
        Ok(())
    }

    /// Takes more bytes.
    pub fn feed(&mut self, bytes: &[u8], last: bool) {
        if self.at > 0 {
            self.text.drain(..self.at);
            self.at = 0;
        }
        self.bytes.extend_from_slice(bytes);
        self.ended |= last;
    }

    /// Finds the encoding, if it is not known, and turns bytes into text.
    pub fn decode(&mut self) -> Result<Sniffed, Code> {
        if self.encoding.is_none() {
            match self.sniff()? {
                Sniffed::Ready => {}
                other => return Ok(other),
            }
        }
        self.convert();
        Ok(Sniffed::Ready)
    }

    fn sniff(&mut self) -> Result<Sniffed, Code> {
        let b = &self.bytes;
        // The start of a mark, or of a declaration, may come with the next piece.
        if b.len() < 4 && !self.ended {
            return Ok(Sniffed::More);
        }
        if let Some(name) = self.given.clone() {
            let folded = name.to_ascii_lowercase();
            let skip = match &b[..] {
                [0xef, 0xbb, 0xbf, ..] if folded == "utf-8" => 3,
                [0xff, 0xfe, ..] | [0xfe, 0xff, ..] if folded.starts_with("utf-16") => 2,
                _ => 0,
            };
            let big = matches!(b[..], [0xfe, 0xff, ..] | [0, ..]) && folded != "utf-16le";
            return self.choose(&name, Some(big), skip);
        }
        let (encoding, skip) = match &b[..] {
            [0xff, 0xfe, ..] => (Encoding::Utf16 { big: false }, 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16 { big: true }, 2),
            [0, ..] => (Encoding::Utf16 { big: true }, 0),
            [_, 0, ..] => (Encoding::Utf16 { big: false }, 0),
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
            _ => (Encoding::Utf8, 0),
        };
        if let Encoding::Utf16 { .. } = encoding {
            self.settle(encoding, skip);
            return Ok(Sniffed::Ready);
        }
        let start = &b[skip..];
        if start.len() < 6 && !self.ended && b"<?xml ".starts_with(start) {
            return Ok(Sniffed::More);
        }
        let declares = start.starts_with(b"<?xml") && start.get(5).is_some_and(u8::is_ascii_whitespace);
        if declares {
            let Some(end) = start.windows(2).position(|w| w == b"?>") else {
                // A declaration is short. One that does not end is told as one.
                if !self.ended && start.len() < 4096 {
                    return Ok(Sniffed::More);
                }
                self.settle(Encoding::Utf8, skip);
                return Ok(Sniffed::Ready);
            };
            if let Some((name, at)) = declared_encoding(&start[..end]) {
                self.name_at = at as u64;
                return self.choose(&name, None, skip);
            }
        }
        self.settle(encoding, skip);
        Ok(Sniffed::Ready)
    }

    fn settle(&mut self, encoding: Encoding, skip: usize) {
        self.bytes.drain(..skip);
        self.place.byte += skip as u64;
        // A byte order mark is a character.
        self.place.column += u64::from(skip > 0);
        self.encoding = Some(encoding);
    }

    /// Takes an encoding by its name. `big` is given where the name did not come out of the bytes themselves.
    fn choose(&mut self, name: &str, big: Option<bool>, skip: usize) -> Result<Sniffed, Code> {
        let encoding = match (name.to_ascii_lowercase().as_str(), big) {
            ("utf-8", _) => Encoding::Utf8,
            ("us-ascii", _) => Encoding::Ascii,
            ("iso-8859-1", _) => Encoding::Latin1,
            ("utf-16", Some(big)) => Encoding::Utf16 { big },
            ("utf-16be", Some(_)) => Encoding::Utf16 { big: true },
            ("utf-16le", Some(_)) => Encoding::Utf16 { big: false },
            // The declaration was read with a byte per character.
            ("utf-16" | "utf-16be" | "utf-16le", None) => return Err(code::INCORRECT_ENCODING),
            _ => return Ok(Sniffed::Unknown(name.to_owned())),
        };
        self.settle(encoding, skip);
        Ok(Sniffed::Ready)
    }

    fn convert(&mut self) {
        if self.broken {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let used = match &self.encoding {
            None => 0,
            Some(Encoding::Utf8) => match std::str::from_utf8(&bytes) {
                Ok(text) => {
                    self.text.push_str(text);
                    bytes.len()
                }
                Err(error) => {
                    let good = error.valid_up_to();
                    self.text.push_str(std::str::from_utf8(&bytes[..good]).unwrap_or_default());
                    self.broken = error.error_len().is_some();
                    good
                }
            },
            Some(Encoding::Utf16 { big }) => {
                let mut used = 0;
                while let Some(&[a, b]) = bytes.get(used..used + 2) {
                    let unit = |pair: [u8; 2]| if *big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
                    let first = unit([a, b]);
                    if let Some(c) = char::from_u32(first.into()) {
                        self.text.push(c);
                        used += 2;
                        continue;
                    }
                    let Some(&[c, d]) = bytes.get(used + 2..used + 4) else { break };
                    match char::decode_utf16([first, unit([c, d])]).next() {
                        Some(Ok(c)) => self.text.push(c),
                        _ => {
                            self.broken = true;
                            break;
                        }
                    }
                    used += 4;
                }
                used
            }
            Some(Encoding::Ascii) => {
                let good = bytes.iter().position(|b| !b.is_ascii()).unwrap_or(bytes.len());
                self.broken = good < bytes.len();
                self.text.extend(bytes[..good].iter().map(|&b| char::from(b)));
                good
            }
            Some(Encoding::Latin1) => {
                self.text.extend(bytes.iter().map(|&b| char::from(b)));
                bytes.len()
            }
            Some(Encoding::Table(table)) => {
                let mut used = 0;
                for &b in &bytes {
                    match table[usize::from(b)] {
                        Some(c) => self.text.push(c),
                        None => {
                            self.broken = true;
                            break;
                        }
                    }
                    used += 1;
                }
                used
            }
        };
        self.bytes = bytes;
        self.bytes.drain(..used);
    }

    /// The error of an input that ends in the middle of a character.
    pub fn cut_character(&self) -> Option<Code> {
        let half_unit = matches!(self.encoding, Some(Encoding::Utf16 { .. })) && self.bytes.len() == 1;
        let error = if half_unit { code::UNCLOSED_TOKEN } else { code::PARTIAL_CHAR };
        (self.ended && !self.bytes.is_empty()).then_some(error)
    }

    /// Whether text is told in pieces, because it comes out of a conversion.
    pub fn is_converted(&self) -> bool {
        !matches!(self.encoding, Some(Encoding::Utf8))
    }

    /// What was not read yet.
    pub fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Where the reader stands, `ahead` bytes of text further on.
    pub fn place(&self, ahead: usize) -> Place {
        let mut place = self.place;
        let mut after_return = self.after_return;
        self.walk(&mut place, &mut after_return, ahead);
        place
    }

    /// Where the reader will stand when it has read `text`, which comes next.
    pub fn place_behind(&self, text: &str) -> Place {
        let (mut place, mut after_return) = (self.place, self.after_return);
        self.walk_text(&mut place, &mut after_return, text);
        place
    }

    /// Reads so many bytes of text.
    pub fn advance(&mut self, length: usize) {
        let (mut place, mut after_return) = (self.place, self.after_return);
        self.walk(&mut place, &mut after_return, length);
        (self.place, self.after_return) = (place, after_return);
        self.at += length;
    }

    fn walk(&self, place: &mut Place, after_return: &mut bool, length: usize) {
        // The text may be lent to a scanner just now.
        if length == 0 {
            return;
        }
        let end = (self.at + length).min(self.text.len());
        self.walk_text(place, after_return, &self.text[self.at..end]);
    }

    fn walk_text(&self, place: &mut Place, after_return: &mut bool, text: &str) {
        for c in text.chars() {
            place.byte += match &self.encoding {
                Some(Encoding::Utf16 { .. }) => 2 * c.len_utf16() as u64,
                Some(Encoding::Utf8) | None => c.len_utf8() as u64,
                _ => 1,
            };
            match c {
                '\n' if *after_return => {}
                '\n' | '\r' => {
                    place.line += 1;
                    place.column = 0;
                }
                _ => place.column += 1,
            }
            *after_return = c == '\r';
        }
    }
}

/// The encoding that an XML declaration names, and where.
fn declared_encoding(declaration: &[u8]) -> Option<(String, usize)> {
    let text: String = declaration.iter().map(|&b| char::from(b)).collect();
    let at = text.find("encoding")?;
    let rest = text[at + 8..].trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = &rest[1..];
    let name = &value[..value.find(quote)?];
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    valid.then(|| (name.to_owned(), text.len() - value.len()))
}
