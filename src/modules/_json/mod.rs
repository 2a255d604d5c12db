//! `_json`: the parts of `json` that read and write text.
//!
//! [`scan`] reads strings and numbers, whatever the width of the text's units; [`scanner`] makes objects of them;
//! [`encoder`] writes objects. The Python half holds the settings and the interface.

mod encoder;
mod scan;
mod scanner;

use crate::modules::ModuleSpec;
use crate::modules::module_type;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::text::CodePoints;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// `json.decoder.JSONDecodeError(message, text, position)`.
#[cold]
fn decode_error(t: &Thread, message: &str, text: &Value, position: usize) -> Raised {
    let make = || -> R {
        let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("nothing can be imported yet")) };
        let list = t.tuple([t.intern("JSONDecodeError")]);
        let module = (hooks.import)(t, &t.intern("json.decoder"), None, None, Some(&list), 0)?;
        let class = protocol::getattr_str(t, &module, "JSONDecodeError")?;
        protocol::call(t, &class, &[t.str(message), text.clone(), int::from_usize(t, position)])
    };
    match make() {
        Ok(exception) => t.raise(exception),
        Err(raised) => raised,
    }
}

fn scanstring(t: &Thread, _: &Value, args: &[Value]) -> R {
    let end = int::arg_isize(t, &args[1])?;
    let strict = args.get(2).map_or(Ok(true), |v| protocol::truth(t, v))?;
    let Some(text) = args[0].cast::<Str>() else {
        let given = args[0].type_of(t).name_str();
        return Err(t.type_error(format!("first argument must be a string, not {given}")));
    };
    let Some(end) = usize::try_from(end).ok().filter(|&end| end <= text.len()) else {
        return Err(t.value_error("end is out of bounds"));
    };
    match scan::string(text, end, strict) {
        Ok((string, end)) => Ok(t.tuple([Str::from_text(t, string)?, int::from_usize(t, end)])),
        Err(fault) => Err(decode_error(t, fault.message, &args[0], fault.position)),
    }
}

/// A string in quotes, with escapes for what JSON has escapes for, and for all that is not ASCII if asked.
fn quote(text: &Str, ascii_only: bool, out: &mut CodePoints) {
    out.push_ascii(b"\"");
    for c in text.units().iter() {
        match c {
            0x22 => out.push_ascii(b"\\\""),
            0x5C => out.push_ascii(b"\\\\"),
            0x08 => out.push_ascii(b"\\b"),
            0x0C => out.push_ascii(b"\\f"),
            0x0A => out.push_ascii(b"\\n"),
            0x0D => out.push_ascii(b"\\r"),
            0x09 => out.push_ascii(b"\\t"),
            0x20..0x7F => out.push(c),
            0x7F.. if !ascii_only => out.push(c),
            0x1_0000.. => {
                let high = 0xD800 + ((c - 0x1_0000) >> 10);
                let low = 0xDC00 + ((c - 0x1_0000) & 0x3FF);
                out.push_ascii(format!("\\u{high:04x}\\u{low:04x}").as_bytes());
            }
            _ => out.push_ascii(format!("\\u{c:04x}").as_bytes()),
        }
    }
    out.push_ascii(b"\"");
}

fn encode(t: &Thread, v: &Value, ascii_only: bool) -> R {
    let Some(text) = v.cast::<Str>() else {
        let given = v.type_of(t).name_str();
        return Err(t.type_error(format!("first argument must be a string, not {given}")));
    };
    let mut out = CodePoints::with_capacity(text.len() + 2);
    quote(text, ascii_only, &mut out);
    Str::from_text(t, out)
}

fn encode_basestring(t: &Thread, _: &Value, v: &Value) -> R {
    encode(t, v, false)
}

fn encode_basestring_ascii(t: &Thread, _: &Value, v: &Value) -> R {
    encode(t, v, true)
}

/// The items of a tuple; none for anything else.
fn items(v: &Value) -> &[Value] {
    v.cast::<Tuple>().map_or(&[], |tuple| tuple.items())
}

/// The class that a slot was called with.
fn class(v: &Value) -> &Type {
    v.cast::<Type>().expect("`new` gets a class")
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    let namespace = module.dict(t);
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_name(t, "make_scanner", module_type(t, &scanner::SPEC));
        dict.set_name(t, "make_encoder", module_type(t, &encoder::SPEC));
    }
    Ok(())
}

const SCANSTRING: &str = "scanstring(string, end, strict=True) -> (string, end)\n\nScan the string s for a JSON string. \
                          End is the index of the\ncharacter in s after the quote that started the JSON string.\n\
                          Unescapes all valid JSON string escape sequences and raises ValueError\non attempt to decode \
                          an invalid string. If strict is False then literal\ncontrol characters are allowed in the \
                          string.\n\nReturns a tuple of the decoded string and the index of the character in s\nafter \
                          the end quote.";

static FUNCTIONS: &[Def] = &[
    Def::new(
        "encode_basestring",
        Func::One(encode_basestring),
        "($self, object, /)",
        "encode_basestring(string) -> string\n\nReturn a JSON representation of a Python string",
    ),
    Def::new(
        "encode_basestring_ascii",
        Func::One(encode_basestring_ascii),
        "($self, object, /)",
        "encode_basestring_ascii(string) -> string\n\nReturn an ASCII-only JSON representation of a Python string",
    ),
    Def::new("scanstring", Func::Pos(scanstring, 2, 3), "", SCANSTRING),
];

/// `_json`.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_json", doc: "json speedups\n", functions: FUNCTIONS, exec: Some(exec) };
