//! The registries of codecs and of error handlers.

use super::errors::FUNCTIONS;
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::{self, Bytes};
use crate::objects::native::Native;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::objects::warn::warn;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// What an interpreter knows of codecs. No Python code runs, and nothing is dropped, under its locks.
#[derive(Default)]
struct Registry {
    /// Whether `encodings` has been imported.
    ready: AtomicBool,
    search: Mutex<Vec<Value>>,
    /// Codecs found, by normalized name.
    found: Mutex<HashMap<String, Value>>,
    handlers: Mutex<HashMap<String, Value>>,
}

fn registry(t: &Thread) -> &Registry {
    t.interp.state::<Registry>()
}

/// Takes what a lock guards, even if a thread died holding it: each change is one step.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A name as search functions get it: lower case, with `_` for runs of anything else.
pub fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

/// Imports `encodings`, which registers its search function.
fn prepare(t: &Thread) -> R<()> {
    if registry(t).ready.swap(true, AcqRel) {
        return Ok(());
    }
    let Some(hooks) = t.interp.hooks.get() else { return Ok(()) };
    let imported = (hooks.import)(t, &t.intern("encodings"), None, None, None, 0);
    if imported.is_err() {
        registry(t).ready.store(false, Release);
    }
    imported.map(drop)
}

/// `codecs.register(search)`.
pub fn register(t: &Thread, search: &Value) -> R<()> {
    if search.type_of(t).slots().call.is_none() {
        return Err(t.type_error("argument must be callable"));
    }
    locked(&registry(t).search).push(search.clone());
    Ok(())
}

/// `codecs.unregister(search)`: what was found by any function is forgotten too.
pub fn unregister(t: &Thread, search: &Value) {
    let removed = {
        let mut functions = locked(&registry(t).search);
        functions.iter().position(|f| f.is(search)).map(|i| functions.remove(i))
    };
    if removed.is_some() {
        let forgotten = std::mem::take(&mut *locked(&registry(t).found));
        drop(forgotten);
    }
}

/// `codecs.lookup(encoding)`: a tuple of four.
pub fn lookup(t: &Thread, encoding: &str) -> R {
    prepare(t)?;
    let name = normalize(encoding);
    if let Some(found) = locked(&registry(t).found).get(&name).cloned() {
        return Ok(found);
    }
    let functions = locked(&registry(t).search).clone();
    if functions.is_empty() {
        return Err(t.lookup_error("no codec search functions registered: can't find encoding"));
    }
    let argument = t.str(&name);
    for function in functions {
        let codec = protocol::call(t, &function, std::slice::from_ref(&argument))?;
        if codec.is_none() {
            continue;
        }
        if codec.cast::<Tuple>().is_none_or(|c| c.len() != 4) {
            return Err(t.type_error("codec search functions must return 4-tuples"));
        }
        let replaced = locked(&registry(t).found).insert(name, codec.clone());
        drop(replaced);
        return Ok(codec);
    }
    Err(t.lookup_error(format!("unknown encoding: {encoding}")))
}

/// Says in a note which codec an exception came from.
fn with_note(t: &Thread, result: R, operation: &str, encoding: &str) -> R {
    let Err(raised) = result else { return result };
    let exception = t.take_exception(raised);
    let note = t.str(format!("{operation} with '{encoding}' codec failed"));
    match protocol::call_method_str(t, &exception, "add_note", &[note]) {
        Ok(_) => {}
        Err(raised) => drop(t.take_exception(raised)),
    }
    Err(t.raise_as_is(exception))
}

/// Calls one of a codec's functions on an object: the first of the two things it gives.
fn run(t: &Thread, codec: &Value, decode: bool, object: &Value, encoding: &str, errors: Option<&str>) -> R {
    let function = codec.cast::<Tuple>().and_then(|c| c.items().get(usize::from(decode)).cloned());
    let Some(function) = function else { return Err(t.lookup_error(format!("unknown encoding: {encoding}"))) };
    let mut args = vec![object.clone()];
    args.extend(errors.map(|errors| t.str(errors)));
    let operation = if decode { "decoding" } else { "encoding" };
    let result = with_note(t, protocol::call(t, &function, &args), operation, encoding)?;
    match result.cast::<Tuple>().map(|r| r.items()) {
        Some([converted, _]) => Ok(converted.clone()),
        _ if decode => Err(t.type_error("decoder must return a tuple (object,integer)")),
        _ => Err(t.type_error("encoder must return a tuple (object, integer)")),
    }
}

/// `codecs.encode(object, encoding, errors)`.
pub fn encode(t: &Thread, object: &Value, encoding: &str, errors: Option<&str>) -> R {
    run(t, &lookup(t, encoding)?, false, object, encoding, errors)
}

/// `codecs.decode(object, encoding, errors)`.
pub fn decode(t: &Thread, object: &Value, encoding: &str, errors: Option<&str>) -> R {
    run(t, &lookup(t, encoding)?, true, object, encoding, errors)
}

/// A codec that converts between `str` and `bytes`.
pub fn lookup_text(t: &Thread, encoding: &str, alternative: &str) -> R {
    let codec = lookup(t, encoding)?;
    if codec.cast_exact::<Tuple>().is_none()
        && let Some(flag) = protocol::getattr_opt(t, &codec, &t.names()._is_text_encoding)?
        && !protocol::truth(t, &flag)?
    {
        return Err(t.lookup_error(format!(
            "'{encoding}' is not a text encoding; use {alternative} to handle arbitrary codecs"
        )));
    }
    Ok(codec)
}

/// `str.encode` by a codec that is not native.
pub(super) fn encode_text(t: &Thread, text: &Value, encoding: &str, errors: Option<&str>) -> R {
    let codec = lookup_text(t, encoding, "codecs.encode()")?;
    let encoded = run(t, &codec, false, text, encoding, errors)?;
    if encoded.cast::<Bytes>().is_some() {
        return Ok(encoded);
    }
    if encoded.cast::<ByteArray>().is_some() {
        let message = format!(
            "encoder {encoding} returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types"
        );
        warn(t, |types| &types.runtime_warning, &message)?;
        return bytes::to_bytes(t, &encoded);
    }
    Err(t.type_error(format!(
        "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
        encoded.type_of(t).name_str()
    )))
}

/// `bytes.decode` by a codec that is not native.
pub(super) fn decode_text(t: &Thread, source: &Value, encoding: &str, errors: Option<&str>) -> R {
    let codec = lookup_text(t, encoding, "codecs.decode()")?;
    let decoded = run(t, &codec, true, source, encoding, errors)?;
    match decoded.cast::<Str>() {
        Some(_) => Ok(decoded),
        None => Err(t.type_error(format!(
            "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
            decoded.type_of(t).name_str()
        ))),
    }
}

/// `codecs.register_error(name, handler)`.
pub fn register_error(t: &Thread, name: &str, handler: &Value) -> R<()> {
    if handler.type_of(t).slots().call.is_none() {
        return Err(t.type_error("handler must be callable"));
    }
    let replaced = locked(&registry(t).handlers).insert(name.to_owned(), handler.clone());
    drop(replaced);
    Ok(())
}

/// `codecs._unregister_error(name)`: whether there was such a handler.
pub fn unregister_error(t: &Thread, name: &str) -> R<bool> {
    if FUNCTIONS.iter().any(|(native, _)| *native == name) {
        return Err(t.value_error(format!("cannot un-register built-in error handler '{name}'")));
    }
    let removed = locked(&registry(t).handlers).remove(name);
    Ok(removed.is_some())
}

/// `codecs.lookup_error(name)`.
pub fn lookup_error(t: &Thread, name: &str) -> R {
    if let Some(handler) = locked(&registry(t).handlers).get(name).cloned() {
        return Ok(handler);
    }
    let Some((_, def)) = FUNCTIONS.iter().find(|(native, _)| *native == name) else {
        return Err(unknown_handler(t, name));
    };
    let function = Native::make(t, def, None, None);
    let mut handlers = locked(&registry(t).handlers);
    Ok(handlers.entry(name.to_owned()).or_insert(function).clone())
}

#[cold]
fn unknown_handler(t: &Thread, name: &str) -> Raised {
    t.lookup_error(format!("unknown error handler name '{name}'"))
}
