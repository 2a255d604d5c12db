//! The scanner: one value from a place in a string.

use super::text::{Unit, plain, scan_units};
use super::{decode_error, string};
use crate::modules::native_type::{Signature, fields};
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::slots::{Args, R, Raised, Slots};
use crate::objects::spec::{GetSet, Spec};
use crate::objects::string::{Str, Units};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::{float, int, protocol};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

fields! {
    /// The payload: the hooks of the decoder that it was made for.
    Scanner {
        strict: bool,
        object_hook: Value,
        object_pairs_hook: Value,
        parse_float: Value,
        parse_int: Value,
        parse_constant: Value,
    }
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new("make_scanner", "(context)");
    let [context] = SIGNATURE.bind::<1>(t, args)?;
    let context = context.unwrap_or(Value::NONE);
    let hook = |name: &str| protocol::getattr_str(t, &context, name);
    let strict = protocol::truth(t, &hook("strict")?)?;
    let class = class.cast::<Type>().expect("a class");
    let (object_hook, object_pairs_hook) = (hook("object_hook")?, hook("object_pairs_hook")?);
    let (parse_float, parse_int) = (hook("parse_float")?, hook("parse_int")?);
    Scanner::make_in(t, class, strict, object_hook, object_pairs_hook, parse_float, parse_int, hook("parse_constant")?)
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new("scan_once", "(string, idx)");
    let [text, at] = SIGNATURE.bind::<2>(t, args)?;
    let (text, at) = (text.unwrap_or(Value::NONE), at.unwrap_or(Value::NONE));
    let at = int::arg_isize(t, &at)?;
    let Ok(at) = usize::try_from(at) else {
        string(t, &text)?;
        return Err(t.value_error("idx cannot be negative"));
    };
    let (found, end) = match string(t, &text)?.units() {
        Units::One(units) => Scan::new(t, Scanner::this(v), &text, units).value(at)?,
        Units::Two(units) => Scan::new(t, Scanner::this(v), &text, units).value(at)?,
        Units::Four(units) => Scan::new(t, Scanner::this(v), &text, units).value(at)?,
    };
    Ok(t.tuple([found, int::from_usize(t, end)]))
}

/// Hashes keys: a few multiplications. The table lives for one call.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn write_u64(&mut self, n: u64) {
        // Folded multiplication, as in wyhash.
        let wide = u128::from(self.0 ^ n ^ 0xA076_1D64_78BD_642F) * 0xE703_7ED1_A0B4_28DB;
        self.0 = wide as u64 ^ (wide >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// One run over a text, whose units never change.
struct Scan<'a, U> {
    t: &'a Thread,
    hooks: &'a Scanner,
    text: &'a Value,
    units: &'a [U],
    /// Keys met so far: equal ones are one string.
    keys: HashMap<&'a [U], Value, BuildHasherDefault<Quick>>,
    /// Whether numbers need no hook.
    plain_floats: bool,
    plain_ints: bool,
}

impl<'a, U: Unit> Scan<'a, U> {
    fn new(t: &'a Thread, hooks: &'a Scanner, text: &'a Value, units: &'a [U]) -> Scan<'a, U> {
        let plain_floats = hooks.parse_float.is(&t.types().float.value());
        let plain_ints = hooks.parse_int.is(&t.types().int.value());
        Scan { t, hooks, text, units, keys: HashMap::default(), plain_floats, plain_ints }
    }

    fn error(&self, message: &str, at: usize) -> Raised {
        decode_error(self.t, message, self.text, at)
    }

    /// There is no value here: the Python half makes a message of it.
    #[cold]
    fn nothing(&self, at: usize) -> Raised {
        self.t.stop_iteration(&int::from_usize(self.t, at))
    }

    /// The ASCII character at a place; 0 for others and behind the end.
    #[inline(always)]
    fn at(&self, at: usize) -> u8 {
        self.units.get(at).map_or(0, |u| u8::try_from(u.code()).unwrap_or(0))
    }

    #[inline(always)]
    fn skip_space(&self, mut at: usize) -> usize {
        while matches!(self.at(at), b' ' | b'\t' | b'\n' | b'\r') {
            at += 1;
        }
        at
    }

    fn has(&self, at: usize, word: &str) -> bool {
        let found = self.units.get(at..at + word.len());
        found.is_some_and(|u| u.iter().zip(word.bytes()).all(|(u, b)| u.code() == b.into()))
    }

    fn constant(&self, word: &str, at: usize) -> R<(Value, usize)> {
        let t = self.t;
        Ok((protocol::call(t, &self.hooks.parse_constant, &[t.str(word)])?, at + word.len()))
    }

    /// A value, with the place behind it.
    fn value(&mut self, at: usize) -> R<(Value, usize)> {
        if at >= self.units.len() {
            return Err(self.nothing(at));
        }
        let t = self.t;
        match self.at(at) {
            b'"' => scan_units(t, self.text, self.units, at + 1, self.hooks.strict),
            b'{' => t.recurse(" while decoding a JSON object from a unicode string", || self.object(at + 1)),
            b'[' => t.recurse(" while decoding a JSON array from a unicode string", || self.array(at + 1)),
            b'n' if self.has(at, "null") => Ok((Value::NONE, at + 4)),
            b't' if self.has(at, "true") => Ok((Value::TRUE, at + 4)),
            b'f' if self.has(at, "false") => Ok((Value::FALSE, at + 5)),
            b'N' if self.has(at, "NaN") => self.constant("NaN", at),
            b'I' if self.has(at, "Infinity") => self.constant("Infinity", at),
            b'-' if self.has(at, "-Infinity") => self.constant("-Infinity", at),
            _ => self.number(at),
        }
    }

    fn key(&mut self, at: usize) -> R<(Value, usize)> {
        let stop = plain(self.t, self.text, self.units, at, self.hooks.strict)?;
        if self.at(stop) != b'"' {
            return scan_units(self.t, self.text, self.units, at, self.hooks.strict);
        }
        let key = &self.units[at..stop];
        let make = || Str::from_units(self.t, U::units(key));
        Ok((self.keys.entry(key).or_insert_with(make).clone(), stop + 1))
    }

    fn object(&mut self, at: usize) -> R<(Value, usize)> {
        let t = self.t;
        let hooks = self.hooks;
        let has_pairs = !hooks.object_pairs_hook.is_none();
        let made = if has_pairs { List::make(t, []) } else { Dict::make(t) };
        let mut at = self.skip_space(at);
        if self.at(at) != b'}' {
            loop {
                if self.at(at) != b'"' {
                    return Err(self.error("Expecting property name enclosed in double quotes", at));
                }
                let (key, end) = self.key(at + 1)?;
                at = self.skip_space(end);
                if self.at(at) != b':' {
                    return Err(self.error("Expecting ':' delimiter", at));
                }
                let (value, end) = self.value(self.skip_space(at + 1))?;
                match made.cast::<Dict>() {
                    Some(dict) => dict.set(t, key, value)?,
                    None => made.cast::<List>().expect("a list").push(t, t.tuple([key, value])),
                }
                at = self.skip_space(end);
                match self.at(at) {
                    b'}' => break,
                    b',' => {}
                    _ => return Err(self.error("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.at(at) == b'}' {
                    return Err(self.error("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let made = match has_pairs {
            true => protocol::call(t, &hooks.object_pairs_hook, &[made])?,
            false if !hooks.object_hook.is_none() => protocol::call(t, &hooks.object_hook, &[made])?,
            false => made,
        };
        Ok((made, at + 1))
    }

    fn array(&mut self, at: usize) -> R<(Value, usize)> {
        let t = self.t;
        let mut items = Vec::new();
        let mut at = self.skip_space(at);
        if self.at(at) != b']' {
            loop {
                let (value, end) = self.value(at)?;
                items.push(value);
                at = self.skip_space(end);
                match self.at(at) {
                    b']' => break,
                    b',' => {}
                    _ => return Err(self.error("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.at(at) == b']' {
                    return Err(self.error("Illegal trailing comma before end of array", comma));
                }
            }
        }
        Ok((List::from_vec(t, items), at + 1))
    }

    fn digits(&self, mut at: usize) -> usize {
        while self.at(at).is_ascii_digit() {
            at += 1;
        }
        at
    }

    fn number(&self, start: usize) -> R<(Value, usize)> {
        let t = self.t;
        let mut at = start + usize::from(self.at(start) == b'-');
        at = match self.at(at) {
            b'0' => at + 1,
            b'1'..=b'9' => self.digits(at + 1),
            _ => return Err(self.nothing(start)),
        };
        let mut is_float = false;
        if self.at(at) == b'.' && self.at(at + 1).is_ascii_digit() {
            at = self.digits(at + 2);
            is_float = true;
        }
        if matches!(self.at(at), b'e' | b'E') {
            let sign = usize::from(matches!(self.at(at + 1), b'+' | b'-'));
            if self.at(at + 1 + sign).is_ascii_digit() {
                at = self.digits(at + 2 + sign);
                is_float = true;
            }
        }
        let units = &self.units[start..at];
        if !is_float && self.plain_ints && units.len() <= 18 {
            let (negative, digits) = match units {
                [sign, digits @ ..] if sign.code() == u32::from(b'-') => (true, digits),
                _ => (false, units),
            };
            let n = digits.iter().fold(0i64, |n, u| n * 10 + i64::from(u.code() as u8 - b'0'));
            return Ok((int::new(t, if negative { -n } else { n }), at));
        }
        let mut room = [0u8; 48];
        if is_float && self.plain_floats && units.len() <= room.len() {
            room.iter_mut().zip(units).for_each(|(place, u)| *place = u.code() as u8);
            let number = std::str::from_utf8(&room[..units.len()]).ok().and_then(|text| text.parse().ok());
            return Ok((float::new(t, number.unwrap_or(f64::NAN)), at));
        }
        let text: String = units.iter().map(|u| u.code() as u8 as char).collect();
        let value = match is_float {
            true if self.plain_floats => float::new(t, text.parse().unwrap_or(f64::NAN)),
            true => protocol::call(t, &self.hooks.parse_float, &[t.str(text)])?,
            // The plain class too: it knows how long a number may be.
            false => protocol::call(t, &self.hooks.parse_int, &[t.str(text)])?,
        };
        Ok((value, at))
    }
}

pub static SPEC: Spec = Spec {
    doc: "JSON scanner object",
    size: Scanner::SIZE,
    slots: Slots { new: Some(new), call: Some(call), ..Scanner::MEMORY },
    getset: &[
        GetSet::member("strict", |_, v| Ok(Value::bool(Scanner::this(v).strict)), "strict"),
        GetSet::member("object_hook", |_, v| Ok(Scanner::this(v).object_hook.clone()), "object_hook"),
        GetSet::member("object_pairs_hook", |_, v| Ok(Scanner::this(v).object_pairs_hook.clone()), ""),
        GetSet::member("parse_float", |_, v| Ok(Scanner::this(v).parse_float.clone()), "parse_float"),
        GetSet::member("parse_int", |_, v| Ok(Scanner::this(v).parse_int.clone()), "parse_int"),
        GetSet::member("parse_constant", |_, v| Ok(Scanner::this(v).parse_constant.clone()), "parse_constant"),
    ],
    ..crate::objects::opaque::spec::<Scanner>("_json.Scanner")
};
