//! A format string, parsed: which fields lie where.

/// What a format character stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Pad,
    Char,
    /// `s`: a string of bytes, cut or filled up to its size.
    Bytes,
    /// `p`: the same with its length in the first byte.
    Pascal,
    Signed,
    Unsigned,
    /// An address: an int of either sign.
    Pointer,
    Bool,
    Float,
    Complex,
}

/// A format character: its size and alignment in native mode, its size in standard mode (0: not there).
struct Row(u8, Item, usize, usize, usize);

static ROWS: &[Row] = &[
    Row(b'x', Item::Pad, 1, 1, 1),
    Row(b'c', Item::Char, 1, 1, 1),
    Row(b's', Item::Bytes, 1, 1, 1),
    Row(b'p', Item::Pascal, 1, 1, 1),
    Row(b'b', Item::Signed, 1, 1, 1),
    Row(b'B', Item::Unsigned, 1, 1, 1),
    Row(b'?', Item::Bool, 1, 1, 1),
    Row(b'h', Item::Signed, 2, 2, 2),
    Row(b'H', Item::Unsigned, 2, 2, 2),
    Row(b'i', Item::Signed, 4, 4, 4),
    Row(b'I', Item::Unsigned, 4, 4, 4),
    Row(b'l', Item::Signed, size_of::<libc::c_long>(), align_of::<libc::c_long>(), 4),
    Row(b'L', Item::Unsigned, size_of::<libc::c_ulong>(), align_of::<libc::c_ulong>(), 4),
    Row(b'q', Item::Signed, 8, align_of::<i64>(), 8),
    Row(b'Q', Item::Unsigned, 8, align_of::<u64>(), 8),
    Row(b'n', Item::Signed, size_of::<isize>(), align_of::<isize>(), 0),
    Row(b'N', Item::Unsigned, size_of::<usize>(), align_of::<usize>(), 0),
    Row(b'P', Item::Pointer, size_of::<usize>(), align_of::<usize>(), 0),
    Row(b'e', Item::Float, 2, 2, 2),
    Row(b'f', Item::Float, 4, 4, 4),
    Row(b'd', Item::Float, 8, align_of::<f64>(), 8),
    Row(b'F', Item::Complex, 8, 4, 8),
    Row(b'D', Item::Complex, 16, align_of::<f64>(), 16),
];

/// Fields of one kind that follow each other.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub code: u8,
    pub item: Item,
    pub offset: usize,
    pub size: usize,
    pub repeat: usize,
}

impl Field {
    /// Where each of them begins.
    pub fn offsets(self) -> impl Iterator<Item = usize> {
        (0..self.repeat).map(move |i| self.offset + i * self.size)
    }
}

/// A parsed format.
#[derive(Debug)]
pub struct Layout {
    pub fields: Vec<Field>,
    /// Bytes in all.
    pub size: usize,
    /// Values in all.
    pub count: usize,
    pub little_endian: bool,
}

/// Why a format is none.
pub type Malformed = &'static str;

const TOO_LONG: Malformed = "total struct size too long";

impl Layout {
    /// Parses a format.
    pub fn parse(format: &[u8]) -> Result<Layout, Malformed> {
        const MOST: usize = isize::MAX as usize;
        let (native, little_endian, rest) = match format {
            [b'<', rest @ ..] => (false, true, rest),
            [b'>' | b'!', rest @ ..] => (false, false, rest),
            [b'=', rest @ ..] => (false, cfg!(target_endian = "little"), rest),
            [b'@', rest @ ..] => (true, cfg!(target_endian = "little"), rest),
            rest => (true, cfg!(target_endian = "little"), rest),
        };
        let mut layout = Layout { fields: Vec::new(), size: 0, count: 0, little_endian };
        let mut bytes = rest.iter().copied().peekable();
        while let Some(mut code) = bytes.next() {
            if code.is_ascii_whitespace() || code == b'\x0b' {
                continue;
            }
            let mut repeat = 1usize;
            if code.is_ascii_digit() {
                repeat = usize::from(code - b'0');
                loop {
                    match bytes.next() {
                        Some(digit @ b'0'..=b'9') => {
                            let next = repeat.checked_mul(10).and_then(|n| n.checked_add(usize::from(digit - b'0')));
                            repeat = next.filter(|&n| n <= MOST).ok_or(TOO_LONG)?;
                        }
                        Some(other) => {
                            code = other;
                            break;
                        }
                        None => return Err("repeat count given without format specifier"),
                    }
                }
            }
            let row = ROWS.iter().find(|row| row.0 == code && (native || row.4 != 0));
            let &Row(_, item, native_size, align, standard_size) = row.ok_or("bad char in struct format")?;
            let unit = if native { native_size } else { standard_size };
            if native {
                layout.size = layout.size.checked_next_multiple_of(align).ok_or(TOO_LONG)?;
            }
            let bytes = repeat.checked_mul(unit).ok_or(TOO_LONG)?;
            let end = layout.size.checked_add(bytes).filter(|&end| end <= MOST).ok_or(TOO_LONG)?;
            let field = Field { code, item, offset: layout.size, size: unit, repeat };
            layout.size = end;
            match item {
                Item::Pad => {}
                Item::Bytes | Item::Pascal => {
                    layout.count += 1;
                    layout.fields.push(Field { size: repeat, repeat: 1, ..field });
                }
                _ => {
                    layout.count = layout.count.checked_add(repeat).ok_or(TOO_LONG)?;
                    if repeat > 0 {
                        layout.fields.push(field);
                    }
                }
            }
        }
        Ok(layout)
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn sizes() {
        for (format, size, count) in [
            ("bhilq", 24, 5),
            ("<bhilq", 19, 5),
            ("b0q", 8, 1),
            ("3x", 3, 0),
            ("5s", 5, 1),
            ("0p", 0, 1),
            (" 2i ", 8, 2),
            ("=bi", 5, 2),
            ("bF", 12, 2),
        ] {
            let layout = Layout::parse(format.as_bytes()).unwrap();
            assert_eq!((layout.size, layout.count), (size, count), "{format}");
        }
        for (format, message) in [
            ("3", "repeat count given without format specifier"),
            ("z", "bad char in struct format"),
            ("<n", "bad char in struct format"),
            ("i@", "bad char in struct format"),
            ("99999999999999999999i", "total struct size too long"),
            ("9223372036854775807i", "total struct size too long"),
        ] {
            assert_eq!(Layout::parse(format.as_bytes()).unwrap_err(), message, "{format}");
        }
    }
}
