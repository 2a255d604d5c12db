//! `make_scanner`: reads one JSON value from a text.

use super::{class, decode_error, scan};
use crate::modules::native_type::{Signature, fields};
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::number::float::parse_float_ascii;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Raised, Slots};
use crate::objects::spec::{GetSet, Spec, type_flags};
use crate::objects::string::{Str, Units};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicBool, Ordering::*};

fields! {
    /// The settings of a decoder.
    Scanner {
        strict: AtomicBool,
        object_hook: Slot,
        object_pairs_hook: Slot,
        parse_float: Slot,
        parse_int: Slot,
        parse_constant: Slot,
    }
}

static NEW: Signature = Signature::new("make_scanner", "(context)");

fn new(t: &Thread, class_value: &Value, args: Args<'_>) -> R {
    let [context] = NEW.bind(t, args)?;
    let context = context.unwrap_or(Value::NONE);
    let get = |name: &str| protocol::getattr_str(t, &context, name);
    let strict = protocol::truth(t, &get("strict")?)?;
    let [object_hook, pairs_hook, parse_float, parse_int, parse_constant] =
        ["object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant"].map(|name| get(name));
    Scanner::make_in(
        t,
        class(class_value),
        AtomicBool::new(strict),
        Slot::new(object_hook?),
        Slot::new(pairs_hook?),
        Slot::new(parse_float?),
        Slot::new(parse_int?),
        Slot::new(parse_constant?),
    )
}

/// One scan of a text.
struct Scan<'a> {
    t: &'a Thread,
    source: &'a Value,
    text: &'a Str,
    units: Units<'a>,
    strict: bool,
    /// `None` where the setting is `None`.
    object_hook: Option<Value>,
    pairs_hook: Option<Value>,
    /// `None` where the built-in type reads numbers.
    parse_float: Option<Value>,
    parse_int: Option<Value>,
    parse_constant: Value,
    /// The keys so far: equal ones are one object.
    keys: Value,
}

impl<'a> Scan<'a> {
    fn new(t: &'a Thread, scanner: &Scanner, source: &'a Value, text: &'a Str) -> Scan<'a> {
        let setting = |slot: &Slot| slot.get(t).filter(|v| !v.is_none());
        let types = t.types();
        Scan {
            t,
            source,
            text,
            units: text.units(),
            strict: scanner.strict.load(Relaxed),
            object_hook: setting(&scanner.object_hook),
            pairs_hook: setting(&scanner.object_pairs_hook),
            parse_float: setting(&scanner.parse_float).filter(|v| !v.is(&types.float.value())),
            parse_int: setting(&scanner.parse_int).filter(|v| !v.is(&types.int.value())),
            parse_constant: scanner.parse_constant.get(t).unwrap_or(Value::NONE),
            keys: Dict::make(t),
        }
    }

    fn at(&self, index: usize) -> Option<u8> {
        (index < self.units.len()).then(|| u8::try_from(self.units.at(index)).unwrap_or(0xFF))
    }

    #[cold]
    fn error<T>(&self, message: &str, position: usize) -> R<T> {
        Err(decode_error(self.t, message, self.source, position))
    }

    /// There is no value: the caller says what that means.
    #[cold]
    fn nothing_at(&self, index: usize) -> Raised {
        self.t.stop_iteration(&int::from_usize(self.t, index))
    }

    fn string(&self, start: usize) -> R<(Value, usize)> {
        match scan::string(self.text, start, self.strict) {
            Ok((string, end)) => Ok((Str::from_text(self.t, string)?, end)),
            Err(fault) => self.error(fault.message, fault.position),
        }
    }

    /// The value at an index, and the index behind it.
    fn value(&self, at: usize) -> R<(Value, usize)> {
        let t = self.t;
        let word = |word: &str| scan::starts_with(self.units, at, word).then_some(at + word.len());
        let Some(first) = self.at(at) else { return Err(self.nothing_at(at)) };
        match first {
            b'"' => return self.string(at + 1),
            b'{' => {
                return t.recurse(" while decoding a JSON object from a unicode string", || self.object(at + 1));
            }
            b'[' => {
                return t.recurse(" while decoding a JSON array from a unicode string", || self.array(at + 1));
            }
            b'n' => {
                if let Some(end) = word("null") {
                    return Ok((Value::NONE, end));
                }
            }
            b't' => {
                if let Some(end) = word("true") {
                    return Ok((Value::TRUE, end));
                }
            }
            b'f' => {
                if let Some(end) = word("false") {
                    return Ok((Value::FALSE, end));
                }
            }
            b'N' | b'I' | b'-' => {
                for constant in ["NaN", "Infinity", "-Infinity"] {
                    if let Some(end) = word(constant) {
                        return Ok((protocol::call(t, &self.parse_constant, &[t.str(constant)])?, end));
                    }
                }
            }
            _ => {}
        }
        match scan::number(self.units, at) {
            Some((text, is_float)) => {
                let end = at + text.len();
                Ok((self.number(&text, is_float)?, end))
            }
            None => Err(self.nothing_at(at)),
        }
    }

    fn number(&self, text: &str, is_float: bool) -> R {
        let t = self.t;
        match if is_float { &self.parse_float } else { &self.parse_int } {
            Some(parse) => protocol::call(t, parse, &[t.str(text)]),
            None if is_float => Ok(float::new(t, parse_float_ascii(text).unwrap_or(f64::NAN))),
            None => match int::from_text(t, text, 10)? {
                Some(int) => Ok(int),
                None => Err(t.value_error("not a number")),
            },
        }
    }

    fn key(&self, at: usize) -> R<(Value, usize)> {
        let (key, end) = self.string(at)?;
        let keys = self.keys.cast::<Dict>().expect("made as one");
        let (key, _) = keys.get_or_insert(self.t, &key, &key)?;
        Ok((key, end))
    }

    fn object(&self, start: usize) -> R<(Value, usize)> {
        let t = self.t;
        let mut at = scan::skip_space(self.units, start);
        let dict = Dict::make(t);
        let mut pairs = Vec::new();
        if self.at(at) != Some(b'}') {
            loop {
                if self.at(at) != Some(b'"') {
                    return self.error("Expecting property name enclosed in double quotes", at);
                }
                let (key, end) = self.key(at + 1)?;
                at = scan::skip_space(self.units, end);
                if self.at(at) != Some(b':') {
                    return self.error("Expecting ':' delimiter", at);
                }
                let (value, end) = self.value(scan::skip_space(self.units, at + 1))?;
                match self.pairs_hook {
                    Some(_) => pairs.push(t.tuple([key, value])),
                    None => dict.cast::<Dict>().expect("made as one").set(t, key, value)?,
                }
                at = scan::skip_space(self.units, end);
                match self.at(at) {
                    Some(b'}') => break,
                    Some(b',') => {}
                    _ => return self.error("Expecting ',' delimiter", at),
                }
                let comma = at;
                at = scan::skip_space(self.units, at + 1);
                if self.at(at) == Some(b'}') {
                    return self.error("Illegal trailing comma before end of object", comma);
                }
            }
        }
        let value = match (&self.pairs_hook, &self.object_hook) {
            (Some(hook), _) => protocol::call(t, hook, &[List::from_vec(t, pairs)])?,
            (None, Some(hook)) => protocol::call(t, hook, &[dict])?,
            (None, None) => dict,
        };
        Ok((value, at + 1))
    }

    fn array(&self, start: usize) -> R<(Value, usize)> {
        let mut at = scan::skip_space(self.units, start);
        let mut values = Vec::new();
        if self.at(at) != Some(b']') {
            loop {
                let (value, end) = self.value(at)?;
                values.push(value);
                at = scan::skip_space(self.units, end);
                match self.at(at) {
                    Some(b']') => break,
                    Some(b',') => {}
                    _ => return self.error("Expecting ',' delimiter", at),
                }
                let comma = at;
                at = scan::skip_space(self.units, at + 1);
                if self.at(at) == Some(b']') {
                    return self.error("Illegal trailing comma before end of array", comma);
                }
            }
        }
        Ok((List::from_vec(self.t, values), at + 1))
    }
}

static CALL: Signature = Signature::new("scan_once", "(string, idx)");

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let [source, index] = CALL.bind(t, args)?;
    let (source, index) = (source.unwrap_or(Value::NONE), index.unwrap_or(Value::NONE));
    let index = int::arg_isize(t, &index)?;
    let Some(text) = source.cast::<Str>() else {
        let given = source.type_of(t).name_str();
        return Err(t.type_error(format!("first argument must be a string, not {given}")));
    };
    let Ok(index) = usize::try_from(index) else { return Err(t.value_error("idx cannot be negative")) };
    let (value, end) = Scan::new(t, Scanner::this(v), &source, text).value(index)?;
    Ok(t.tuple([value, int::from_usize(t, end)]))
}

fn setting(t: &Thread, slot: &Slot) -> R {
    Ok(slot.get(t).unwrap_or(Value::NONE))
}

static GETSET: &[GetSet] = &[
    GetSet::member("strict", |_, v| Ok(Value::bool(Scanner::this(v).strict.load(Relaxed))), "strict"),
    GetSet::member("object_hook", |t, v| setting(t, &Scanner::this(v).object_hook), "object_hook"),
    GetSet::member("object_pairs_hook", |t, v| setting(t, &Scanner::this(v).object_pairs_hook), ""),
    GetSet::member("parse_float", |t, v| setting(t, &Scanner::this(v).parse_float), "parse_float"),
    GetSet::member("parse_int", |t, v| setting(t, &Scanner::this(v).parse_int), "parse_int"),
    GetSet::member("parse_constant", |t, v| setting(t, &Scanner::this(v).parse_constant), "parse_constant"),
];

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::BASETYPE,
    doc: "JSON scanner object",
    size: Scanner::SIZE,
    slots: Slots { new: Some(new), call: Some(call), ..Scanner::MEMORY },
    getset: GETSET,
    kind: crate::objects::header::Kind::Opaque,
    name: "_json.Scanner",
    ..Spec::DEFAULT
};
