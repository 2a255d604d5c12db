//! `_json`: the quick halves of `json`.
//!
//! A [scanner](scan) reads values from a string, for `JSONDecoder`; an [encoder](encode) writes objects, for
//! `JSONEncoder`; [text] is what both do with strings. What is not quick (hooks, messages, unknown objects) calls back
//! into the Python half.

mod encode;
mod scan;
mod text;

use super::{ModuleSpec, module_type};
use crate::objects::module::Module;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{int, native, protocol};

/// The string that a function was given.
fn string<'a>(t: &Thread, v: &'a Value) -> R<&'a Str> {
    v.cast::<Str>()
        .ok_or_else(|| t.type_error(format!("first argument must be a string, not {}", v.type_of(t).name_str())))
}

/// Raises `json.JSONDecodeError` at a place of the text.
#[cold]
fn decode_error(t: &Thread, message: &str, text: &Value, at: usize) -> Raised {
    let raise = || -> R<Raised> {
        let Some(hooks) = t.interp.hooks.get() else { return Ok(t.runtime_error("modules cannot be imported yet")) };
        let names = t.tuple([t.intern("JSONDecodeError")]);
        let module = (hooks.import)(t, &t.intern("json.decoder"), None, None, Some(&names), 0)?;
        let class = protocol::getattr_str(t, &module, "JSONDecodeError")?;
        let error = protocol::call(t, &class, &[t.str(message), text.clone(), int::new(t, at as i64)])?;
        Ok(t.raise(error))
    };
    raise().unwrap_or_else(|raised| raised)
}

/// Says where in the object an error arose: `when serializing list item 3`.
#[cold]
fn add_note(t: &Thread, raised: Raised, note: impl FnOnce() -> R<String>) -> Raised {
    let exception = t.take_exception(raised);
    let done = note().and_then(|note| protocol::call_method_str(t, &exception, "add_note", &[t.str(note)]));
    if let Err(raised) = done {
        drop(t.take_exception(raised));
    }
    t.raise_as_is(exception)
}

fn scanstring(t: &Thread, _m: &Value, a: &[Value]) -> R {
    if !(2..=3).contains(&a.len()) {
        let (how, n) = if a.len() < 2 { ("least", 2) } else { ("most", 3) };
        return Err(t.type_error(format!("scanstring() takes at {how} {n} arguments ({} given)", a.len())));
    }
    let end = int::arg_isize(t, &a[1])?;
    let strict = a.get(2).map_or(Ok(true), |v| protocol::truth(t, v))?;
    let text = string(t, &a[0])?;
    let Some(start) = usize::try_from(end).ok().filter(|&at| at <= text.len()) else {
        return Err(t.value_error("end is out of bounds"));
    };
    let (found, end) = text::scan(t, &a[0], text, start, strict)?;
    Ok(t.tuple([found, int::from_usize(t, end)]))
}

fn encode_basestring(t: &Thread, _m: &Value, v: &Value) -> R {
    let mut out = Vec::new();
    text::quote(string(t, v)?, &mut out);
    Ok(Str::from_wtf8(t, &out))
}

fn encode_basestring_ascii(t: &Thread, _m: &Value, v: &Value) -> R {
    let mut out = Vec::new();
    text::quote_ascii(string(t, v)?, &mut out);
    Ok(Str::make_ascii(t, &out))
}

/// Which of the module's own functions a native function is.
fn own_function(v: &Value) -> Option<fn(&Str, &mut Vec<u8>)> {
    let def = v.cast::<native::Native>()?.def;
    let is = |at: usize| std::ptr::eq(def, &FUNCTIONS[at]);
    match () {
        _ if is(0) => Some(text::quote_ascii),
        _ if is(1) => Some(text::quote),
        _ => None,
    }
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "make_scanner", module_type(t, &scan::SPEC));
    module.set(t, "make_encoder", module_type(t, &encode::SPEC));
    Ok(())
}

#[rustfmt::skip]
static FUNCTIONS: [Def; 3] = [
    Def::new("encode_basestring_ascii", Func::One(encode_basestring_ascii), "($self, object, /)", "encode_basestring_ascii(string) -> string\n\nReturn an ASCII-only JSON representation of a Python string"),
    Def::new("encode_basestring", Func::One(encode_basestring), "($self, object, /)", "encode_basestring(string) -> string\n\nReturn a JSON representation of a Python string"),
    Def::new("scanstring", Func::VarPos(scanstring), "", "scanstring(string, end, strict=True) -> (string, end)\n\nScan the string s for a JSON string. End is the index of the\ncharacter in s after the quote that started the JSON string.\nUnescapes all valid JSON string escape sequences and raises ValueError\non attempt to decode an invalid string. If strict is False then literal\ncontrol characters are allowed in the string.\n\nReturns a tuple of the decoded string and the index of the character in s\nafter the end quote."),
];

/// `_json`.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_json", doc: "json speedups\n", functions: &FUNCTIONS, exec: Some(exec) };
