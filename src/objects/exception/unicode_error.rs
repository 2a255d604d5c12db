//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`: what could not be converted, where and why.

use super::fields::attribute;
use super::tree::FLAGS;
use super::{OWN, base, field, field_or_none, payload, set_field};
use crate::objects::bytes::Bytes;
use crate::objects::container::Text;
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Fields, the same in all three types.
pub const ENCODING: usize = 0;
pub const OBJECT: usize = 1;
pub const START: usize = 2;
pub const END: usize = 3;
pub const REASON: usize = 4;

/// How an argument of the constructor is checked.
#[derive(Clone, Copy)]
enum Check {
    Text,
    Bytes,
    Size,
}

fn fill(t: &Thread, v: &Value, args: Args<'_>, wanted: &[(usize, Check)]) -> R<()> {
    base::init(t, v, args)?;
    let e = payload(t, v)?;
    if args.pos.len() != wanted.len() {
        return Err(t.type_error(format!(
            "function takes exactly {} arguments ({} given)",
            wanted.len(),
            args.pos.len()
        )));
    }
    let mut values = Vec::with_capacity(wanted.len());
    for (i, (arg, (_, check))) in args.pos.iter().zip(wanted).enumerate() {
        values.push(match check {
            Check::Text if arg.cast::<Str>().is_none() => {
                let name = arg.type_of(t).name_str();
                return Err(t.type_error(format!("argument {} must be str, not {name}", i + 1)));
            }
            Check::Size => {
                let n = protocol::index(t, arg)?;
                int::to_isize(t, &n)?;
                n
            }
            _ => arg.clone(),
        });
    }
    for (value, (index, check)) in values.into_iter().zip(wanted) {
        let value = match check {
            Check::Bytes if value.cast::<Bytes>().is_none() => bytes_of(t, &value)?,
            _ => value,
        };
        e.fields[*index].set(value);
    }
    Ok(())
}

/// A `bytes` of a bytes-like object.
fn bytes_of(t: &Thread, v: &Value) -> R {
    match crate::objects::buffer::contiguous_bytes(t, v)? {
        Some(bytes) => Ok(Bytes::make(t, &bytes)),
        None => Err(t.type_error(format!("a bytes-like object is required, not '{}'", v.type_of(t).name_str()))),
    }
}

fn encode_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    use Check::*;
    fill(t, v, args, &[(ENCODING, Text), (OBJECT, Text), (START, Size), (END, Size), (REASON, Text)])
}

fn decode_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    use Check::*;
    fill(t, v, args, &[(ENCODING, Text), (OBJECT, Bytes), (START, Size), (END, Size), (REASON, Text)])
}

fn translate_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    use Check::*;
    fill(t, v, args, &[(OBJECT, Text), (START, Size), (END, Size), (REASON, Text)])
}

/// Where the trouble is: start, end, and the index if it is a single unit of an object of length `len`.
fn place(t: &Thread, v: &Value, len: usize) -> R<(i64, i64, Option<usize>)> {
    let number = |index| Ok(field(t, v, index)?.as_ref().and_then(int::as_i64).unwrap_or(0));
    let (start, end): (i64, i64) = (number(START)?, number(END)?);
    let single = start >= 0 && start < len as i64 && end == start + 1;
    Ok((start, end, single.then_some(start as usize)))
}

fn text_of(t: &Thread, v: &Value, index: usize) -> R {
    protocol::str(t, &field(t, v, index)?.unwrap_or(Value::NONE))
}

#[cold]
fn wrong_object(t: &Thread, what: &str) -> crate::objects::slots::Raised {
    t.type_error(format!("UnicodeError 'object' attribute must be a {what}"))
}

/// `\xe9`, `\u20ac` or `\U0001f40d`.
fn escaped(c: u32) -> String {
    match c {
        0..0x100 => format!("\\x{c:02x}"),
        0x100..0x10000 => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

/// `[intro] [subject] in position 3: reason`.
fn finish(t: &Thread, v: &Value, intro: Option<(Value, &str)>, subject: (&str, Option<String>, (i64, i64))) -> R {
    let mut out = Text::default();
    if let Some((encoding, verb)) = intro {
        out.push("'");
        out.push_str(&encoding);
        out.push(&format!("' codec {verb} "));
    }
    let (what, single, (start, end)) = subject;
    match single {
        Some(shown) => out.push(&format!("{what} {shown} in position {start}: ")),
        None => out.push(&format!("{what}s in position {start}-{}: ", end.wrapping_sub(1))),
    }
    out.push_str(&text_of(t, v, REASON)?);
    Ok(out.finish(t))
}

fn encode_str(t: &Thread, v: &Value) -> R {
    let Some(object) = field(t, v, OBJECT)? else { return Ok(t.interp.empty_str.clone()) };
    let Some(text) = object.cast::<Str>() else { return Err(wrong_object(t, "string")) };
    let encoding = text_of(t, v, ENCODING)?;
    let (start, end, single) = place(t, v, text.len())?;
    let shown = single.map(|i| format!("'{}'", escaped(text.units().at(i))));
    finish(t, v, Some((encoding, "can't encode")), ("character", shown, (start, end)))
}

fn decode_str(t: &Thread, v: &Value) -> R {
    let Some(object) = field(t, v, OBJECT)? else { return Ok(t.interp.empty_str.clone()) };
    let Some(bytes) = object.cast::<Bytes>() else { return Err(wrong_object(t, "bytes")) };
    let encoding = text_of(t, v, ENCODING)?;
    let (start, end, single) = place(t, v, bytes.len())?;
    let shown = single.map(|i| format!("0x{:02x}", bytes.as_slice()[i]));
    finish(t, v, Some((encoding, "can't decode")), ("byte", shown, (start, end)))
}

fn translate_str(t: &Thread, v: &Value) -> R {
    let Some(object) = field(t, v, OBJECT)? else { return Ok(t.interp.empty_str.clone()) };
    let Some(text) = object.cast::<Str>() else { return Err(wrong_object(t, "string")) };
    let (start, end, single) = place(t, v, text.len())?;
    let shown = single.map(|i| format!("'{}'", escaped(text.units().at(i))));
    finish(t, v, None, ("can't translate character", shown, (start, end)))
}

fn size<const I: usize>(t: &Thread, v: &Value) -> R {
    Ok(field(t, v, I)?.unwrap_or(Value::small(0)))
}

fn set_size<const I: usize>(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete numeric/char attribute")) };
    if value.type_of(t).slots().nb_index.is_none() {
        return Err(t.type_error("an integer is required"));
    }
    let n = protocol::index(t, value)?;
    int::to_isize(t, &n)?;
    payload(t, v)?.fields[I].set(n);
    Ok(())
}

static ATTRIBUTES: [GetSet; 5] = [
    attribute!("encoding", 0, "exception encoding"),
    attribute!("object", 1, "exception object"),
    GetSet::member_rw("start", size::<START>, set_size::<START>, "exception start"),
    GetSet::member_rw("end", size::<END>, set_size::<END>, "exception end"),
    attribute!("reason", 4, "exception reason"),
];

macro_rules! spec {
    ($cell:ident, $name:literal, $init:ident, $str:ident, $doc:literal) => {
        pub static $cell: Spec = Spec {
            name: $name,
            base: Some(|types| &types.unicode_error),
            kind: Kind::Exception,
            size: OWN,
            flags: FLAGS,
            doc: $doc,
            slots: Slots { new: Some(base::new), init: Some($init), str: Some($str), ..Slots::EMPTY },
            getset: &ATTRIBUTES,
            ..Spec::DEFAULT
        };
    };
}

spec!(ENCODE, "UnicodeEncodeError", encode_init, encode_str, "Unicode encoding error.");
spec!(DECODE, "UnicodeDecodeError", decode_init, decode_str, "Unicode decoding error.");
spec!(TRANSLATE, "UnicodeTranslateError", translate_init, translate_str, "Unicode translation error.");
