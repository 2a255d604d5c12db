//! Error handlers: native ones by name, Python functions that were registered, and the native ones as functions.

use super::registry;
use crate::objects::arith::raise_fault;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::string::{Str, each_width};
use crate::objects::text::codec::{DecodeHandler, EncodeHandler, Failure, Handler, Problem, Replacement};
use crate::objects::text::{CodePoints, Unit};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::types::TypeCell;
use crate::objects::value::Value;
use std::convert::Infallible;

/// What one conversion does with what it cannot convert.
pub struct Errors<'a> {
    t: &'a Thread,
    /// The whole input, as the exception shows it.
    object: &'a Value,
    name: &'a str,
    native: Option<Handler>,
}

impl<'a> Errors<'a> {
    /// The handler of that name; it is looked up when it is needed, as in CPython.
    pub fn new(t: &'a Thread, object: &'a Value, name: Option<&'a str>) -> Errors<'a> {
        let name = name.unwrap_or("strict");
        Errors { t, object, name, native: Handler::by_name(name) }
    }

    /// Raises what ended an encoding.
    pub fn encode_failure(&self, failure: Failure<Raised>) -> Raised {
        match failure {
            Failure::Problem(problem) => encode_error(self.t, self.object, &problem),
            Failure::Fault(fault) => raise_fault(self.t, fault),
            Failure::Raised(raised) => raised,
        }
    }

    /// Raises what ended a decoding.
    pub fn decode_failure(&self, failure: Failure<Raised>) -> Raised {
        match failure {
            Failure::Problem(problem) => decode_error(self.t, self.object, &problem),
            Failure::Fault(fault) => raise_fault(self.t, fault),
            Failure::Raised(raised) => raised,
        }
    }

    /// Calls the registered handler: the replacement, and where to go on.
    fn call(&self, cell: &TypeCell, problem: &Problem, len: usize, message: &str) -> R<(Value, usize)> {
        let t = self.t;
        let handler = registry::lookup_error(t, self.name)?;
        let exception = protocol::call(t, &cell.value(), &arguments(t, self.object, problem))?;
        let result = protocol::call(t, &handler, &[exception])?;
        let Some([replacement, position]) = result.cast::<Tuple>().map(|r| r.items()) else {
            return Err(t.type_error(message));
        };
        if !int::is_int(position) {
            return Err(t.type_error(message));
        }
        let asked = int::clamp_isize(position);
        let at = if asked < 0 { asked.saturating_add(len as isize) } else { asked };
        match usize::try_from(at).ok().filter(|&at| at <= len) {
            Some(at) => Ok((replacement.clone(), at)),
            None => Err(t.index_error(format!("position {asked} from error handler out of bounds"))),
        }
    }
}

fn widen<T>(result: Result<T, Failure<Infallible>>) -> Result<T, Failure<Raised>> {
    result.map_err(|failure| match failure {
        Failure::Problem(problem) => Failure::Problem(problem),
        Failure::Fault(fault) => Failure::Fault(fault),
        Failure::Raised(never) => match never {},
    })
}

impl DecodeHandler for Errors<'_> {
    type Error = Raised;

    fn on_decode(&mut self, input: &[u8], problem: Problem, out: &mut CodePoints) -> Result<usize, Failure<Raised>> {
        if let Some(native) = &mut self.native {
            return widen(native.on_decode(input, problem, out));
        }
        let message = "decoding error handler must return (str, int) tuple";
        let cell = &self.t.types().unicode_decode_error;
        let (replacement, at) = self.call(cell, &problem, input.len(), message).map_err(Failure::Raised)?;
        match replacement.cast::<Str>() {
            Some(text) => each_width!(text.units(), u => out.push_units(u)),
            None => return Err(Failure::Raised(self.t.type_error(message))),
        }
        Ok(at)
    }
}

impl EncodeHandler for Errors<'_> {
    type Error = Raised;

    fn on_encode<U: Unit>(&mut self, input: &[U], problem: Problem) -> Result<(Replacement, usize), Failure<Raised>> {
        if let Some(native) = &mut self.native {
            return widen(native.on_encode(input, problem));
        }
        let message = "encoding error handler must return (str/bytes, int) tuple";
        let cell = &self.t.types().unicode_encode_error;
        let (replacement, at) = self.call(cell, &problem, input.len(), message).map_err(Failure::Raised)?;
        if let Some(bytes) = replacement.cast::<Bytes>() {
            return Ok((Replacement::Bytes(bytes.as_slice().to_vec()), at));
        }
        match replacement.cast::<Str>() {
            Some(text) => Ok((Replacement::Text(text.units().iter().collect()), at)),
            None => Err(Failure::Raised(self.t.type_error(message))),
        }
    }
}

/// The arguments of the exception for a problem.
fn arguments(t: &Thread, object: &Value, problem: &Problem) -> [Value; 5] {
    [
        t.str(problem.encoding),
        object.clone(),
        int::from_usize(t, problem.start),
        int::from_usize(t, problem.end),
        t.str(&*problem.reason),
    ]
}

/// Raises `UnicodeEncodeError`.
#[cold]
pub fn encode_error(t: &Thread, text: &Value, problem: &Problem) -> Raised {
    t.raise_with(&t.types().unicode_encode_error, &arguments(t, text, problem))
}

/// Raises `UnicodeDecodeError`; the source is a `bytes`.
#[cold]
pub fn decode_error(t: &Thread, source: &Value, problem: &Problem) -> Raised {
    t.raise_with(&t.types().unicode_decode_error, &arguments(t, source, problem))
}

macro_rules! functions {
    ($($name:ident $handler:ident $python:literal $doc:literal;)*) => {
        $(fn $name(t: &Thread, _: &Value, exception: &Value) -> R {
            handle(t, Handler::$handler, exception)
        })*

        /// The native handlers as functions, by name.
        pub(super) static FUNCTIONS: &[(&str, Def)] = &[$(
            ($python, Def::new(concat!(stringify!($name), "_errors"), Func::One($name), "", $doc)),
        )*];
    };
}

functions! {
    strict Strict "strict" "Implements the 'strict' error handling, which raises a UnicodeError on coding errors.";
    ignore Ignore "ignore" "Implements the 'ignore' error handling, which ignores malformed data and continues.";
    replace Replace "replace" "Implements the 'replace' error handling, which replaces malformed data with a replacement marker.";
    xmlcharrefreplace XmlCharRefReplace "xmlcharrefreplace" "Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference.";
    backslashreplace BackslashReplace "backslashreplace" "Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.";
    namereplace NameReplace "namereplace" "Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence.";
    surrogatepass SurrogatePass "surrogatepass" "";
    surrogateescape SurrogateEscape "surrogateescape" "";
}

/// What a `UnicodeError` says.
struct Report {
    object: Value,
    encoding: &'static str,
    start: usize,
    end: usize,
}

fn report(t: &Thread, exception: &Value, has_encoding: bool) -> R<Report> {
    let get = |name: &str| protocol::getattr_str(t, exception, name);
    let object = get("object")?;
    let len = protocol::len(t, &object)?;
    let position = |v: Value| int::clamp_isize(&v).max(0) as usize;
    let start = position(get("start")?).min(len.saturating_sub(1));
    let end = position(get("end")?).max(1).min(len).max(start);
    let encoding = if has_encoding { known(&protocol::to_text(t, &get("encoding")?)?) } else { "" };
    Ok(Report { object, encoding, start, end })
}

/// The encodings for which a handler does something of its own.
fn known(encoding: &str) -> &'static str {
    const NAMES: &[&str] =
        &["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "charmap"];
    let letters = |s: &str| s.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    NAMES.iter().find(|name| letters(name) == letters(encoding)).copied().unwrap_or("")
}

/// A native handler called as a function: what it puts in place, and where to go on.
fn handle(t: &Thread, handler: Handler, exception: &Value) -> R {
    let types = t.types();
    let typ = exception.type_of(t);
    if handler == Handler::Strict {
        return Err(match typ.is_subtype(&types.base_exception) {
            true => t.raise(exception.clone()),
            false => t.type_error("codec must pass exception instance"),
        });
    }
    let (encode, decode, translate) = (
        typ.is_subtype(&types.unicode_encode_error),
        typ.is_subtype(&types.unicode_decode_error),
        typ.is_subtype(&types.unicode_translate_error),
    );
    use Handler::*;
    let takes = match handler {
        XmlCharRefReplace | NameReplace => encode,
        SurrogatePass | SurrogateEscape => encode || decode,
        _ => encode || decode || translate,
    };
    if !takes {
        return Err(t.type_error(format!("don't know how to handle {} in error callback", typ.name_str())));
    }
    let Report { object, encoding, start, end } = report(t, exception, !translate)?;
    let problem = Problem::new(encoding, start, end, "");
    let (replacement, at) = if decode {
        let Some(bytes) = object.cast::<Bytes>() else {
            return Err(t.type_error("UnicodeError 'object' attribute must be a bytes"));
        };
        let mut text = CodePoints::new();
        let mut handler = handler;
        match handler.on_decode(bytes.as_slice(), problem, &mut text) {
            Ok(at) => (Str::from_text(t, text)?, at),
            Err(_) => return Err(t.raise(exception.clone())),
        }
    } else {
        let Some(s) = object.cast::<Str>() else {
            return Err(t.type_error("UnicodeError 'object' attribute must be a str"));
        };
        if translate && handler == Replace {
            let mut text = CodePoints::new();
            text.push_repeated(0xfffd, end - start);
            return Ok(t.tuple([Str::from_text(t, text)?, int::from_usize(t, end)]));
        }
        let mut handler = handler;
        match each_width!(s.units(), u => handler.on_encode(u, problem)) {
            Ok((Replacement::Text(text), at)) => (Str::from_text(t, text)?, at),
            Ok((Replacement::Bytes(bytes), at)) => (Bytes::try_make(t, &bytes)?, at),
            Err(_) => return Err(t.raise(exception.clone())),
        }
    };
    Ok(t.tuple([replacement, int::from_usize(t, at)]))
}
