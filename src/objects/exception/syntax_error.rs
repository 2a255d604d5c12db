//! `SyntaxError`: a message and the place it is about.

use super::fields::attribute;
use super::tree::FLAGS;
use super::{OWN, base, field, field_or_none, payload, set_field};
use crate::objects::container::Text;
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

const MSG: usize = 0;
const FILENAME: usize = 1;
const LINENO: usize = 2;
const END_OFFSET: usize = 6;
const METADATA: usize = 8;

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    base::init(t, v, args)?;
    let e = payload(t, v)?;
    if let Some(message) = args.pos.first() {
        e.fields[MSG].set(message.clone());
    }
    let [_, place] = args.pos else { return Ok(()) };
    let place = protocol::collect(t, place)?;
    if place.len() < 4 || place.len() > 7 {
        let (bound, n) = if place.len() < 4 { ("least", 4) } else { ("most", 7) };
        return Err(t.type_error(format!("function takes at {bound} {n} arguments ({} given)", place.len())));
    }
    // filename, lineno, offset, text, end_lineno, end_offset; the seventh is `_metadata`.
    for i in 0..6 {
        drop(e.fields[FILENAME + i].replace(place.get(i).cloned()));
    }
    drop(e.fields[METADATA].replace(place.get(6).cloned()));
    if place.len() == END_OFFSET - 1 {
        return Err(t.type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

fn str(t: &Thread, v: &Value) -> R {
    let message = field(t, v, MSG)?.unwrap_or(Value::NONE);
    let filename = field(t, v, FILENAME)?.filter(|f| f.cast::<Str>().is_some());
    let line = field(t, v, LINENO)?.filter(int::is_exact);
    if filename.is_none() && line.is_none() {
        return protocol::str(t, &message);
    }
    let mut out = Text::default();
    out.push_str(&protocol::str(t, &message)?);
    out.push(" (");
    if let Some(name) = &filename {
        let name = name.cast::<Str>().map(|s| s.to_wtf8().into_owned()).unwrap_or_default();
        let start = name.iter().rposition(|&b| b == b'/').map_or(0, |i| i + 1);
        out.push_str(&Str::from_wtf8(t, &name[start..]));
    }
    if let Some(line) = line {
        out.push(if filename.is_some() { ", line " } else { "line " });
        match int::as_i64(&line) {
            Some(_) => out.push_str(&protocol::str(t, &line)?),
            None => return Err(t.overflow_error("Python int too large to convert to C long")),
        }
    }
    out.push(")");
    Ok(out.finish(t))
}

pub static SPEC: Spec = Spec {
    name: "SyntaxError",
    base: Some(|types| &types.exception),
    kind: Kind::Exception,
    size: OWN,
    flags: FLAGS,
    doc: "Invalid syntax.",
    slots: Slots { init: Some(init), str: Some(str), ..Slots::EMPTY },
    getset: &[
        attribute!("msg", 0, "exception msg"),
        attribute!("filename", 1, "exception filename"),
        attribute!("lineno", 2, "exception lineno"),
        attribute!("offset", 3, "exception offset"),
        attribute!("text", 4, "exception text"),
        attribute!("end_lineno", 5, "exception end lineno"),
        attribute!("end_offset", 6, "exception end offset"),
        attribute!("print_file_and_line", 7, "exception print_file_and_line"),
        attribute!("_metadata", 8, "exception private metadata"),
    ],
    ..Spec::DEFAULT
};
