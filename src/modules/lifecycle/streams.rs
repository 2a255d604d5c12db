//! `sys.stdin`, `sys.stdout` and `sys.stderr` (`create_stdio` of CPython).

use super::import;
use crate::modules::sys;
use crate::objects::native::Native;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::io::Write;

/// `sys.stderr` for the time before it can be opened: it writes what it is given to the descriptor.
pub fn preliminary(t: &Thread) -> R<()> {
    let file = crate::objects::simple_namespace::make(t, [])?;
    for def in PRELIMINARY {
        let function = Native::make(t, def, None, None);
        protocol::setattr(t, &file, &t.intern(def.name), Some(&function))?;
    }
    sys::set_attribute(t, "stderr", file);
    Ok(())
}

static PRELIMINARY: &[Def] = &[
    Def::new("write", Func::One(write_to_stderr), "($module, text, /)", "Writes a text."),
    Def::new("flush", Func::NoArgs(nothing), "($module, /)", "Does nothing: nothing waits."),
];

fn write_to_stderr(t: &Thread, _m: &Value, text: &Value) -> R {
    let text = protocol::to_text(t, text)?;
    // Standard error may be closed.
    let _ = t.blocking(|| std::io::stderr().write_all(text.as_bytes()));
    Ok(Value::NONE)
}

fn nothing(_t: &Thread, _m: &Value) -> R {
    Ok(Value::NONE)
}

/// Opens the three streams. A closed descriptor gives `None`.
pub fn open(t: &Thread) -> R<()> {
    let io = import(t, "io")?;
    let wrapper = protocol::getattr_str(t, &io, "open")?;
    if let Some(builtins) = t.interp.builtins_dict.get(t) {
        protocol::setitem(t, &builtins, &t.intern("open"), Some(&wrapper))?;
    }
    let (given, errors) = encoding(t);
    let encoding = normal_name(t, &given)?;
    for (fd, name, write) in [(0, "stdin", false), (1, "stdout", true), (2, "stderr", true)] {
        let errors = if fd == 2 { "backslashreplace" } else { &errors };
        let stream = stream(t, &io, fd, name, write, &encoding, errors)?;
        sys::set_attribute(t, &format!("__{name}__"), stream.clone());
        sys::set_attribute(t, name, stream);
    }
    Ok(())
}

fn stream(t: &Thread, io: &Value, fd: i32, name: &str, write: bool, encoding: &str, errors: &str) -> R {
    if t.interp.config.closed_streams & 1 << fd != 0 {
        // What Rust's start has opened there: the program finds it closed.
        // SAFETY: nobody else uses it.
        unsafe { libc::close(fd) };
        return Ok(Value::NONE);
    }
    // SAFETY: asks about a number that may be no descriptor.
    if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
        return Ok(Value::NONE);
    }
    let unbuffered = write && t.interp.config.unbuffered;
    let buffer = {
        let names = [t.intern("buffering"), t.intern("closefd")];
        let values = [Value::small(if unbuffered { 0 } else { -1 }), Value::FALSE];
        let mode = t.str(if write { "wb" } else { "rb" });
        let open = protocol::getattr_str(t, io, "open")?;
        protocol::call_args(t, &open, Args { pos: &[Value::small(fd.into()), mode], kw: &values, names: &names })?
    };
    let raw = if unbuffered { buffer.clone() } else { protocol::getattr_str(t, &buffer, "raw")? };
    protocol::setattr(t, &raw, &t.names().name, Some(&t.str(format!("<{name}>"))))?;
    let terminal = protocol::truth(t, &protocol::call_method_str(t, &raw, "isatty", &[])?)?;
    let line_buffering = !unbuffered && (terminal || fd == 2);
    let wrapper = protocol::getattr_str(t, io, "TextIOWrapper")?;
    let args =
        [buffer, t.str(encoding), t.str(errors), t.str("\n"), Value::bool(line_buffering), Value::bool(unbuffered)];
    let stream = protocol::call(t, &wrapper, &args)?;
    protocol::setattr(t, &stream, &t.intern("mode"), Some(&t.str(if write { "w" } else { "r" })))?;
    Ok(stream)
}

/// The name that a codec calls itself. One that does not exist is the end.
fn normal_name(t: &Thread, encoding: &str) -> R<String> {
    if encoding == "utf-8" {
        return Ok(encoding.to_owned());
    }
    let codecs = import(t, "codecs")?;
    let codec = protocol::call_method_str(t, &codecs, "lookup", &[t.str(encoding)])?;
    protocol::to_text(t, &protocol::getattr_str(t, &codec, "name")?)
}

/// `PYTHONIOENCODING`, or UTF-8. In the C locale and in UTF-8 mode bytes that cannot be decoded pass through.
fn encoding(t: &Thread) -> (String, String) {
    let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default();
    let plain = matches!(&*locale, "" | "C" | "POSIX" | "C.UTF-8" | "C.utf8" | "C.UTF8");
    let default = if plain || t.interp.config.utf8_mode { "surrogateescape" } else { "strict" };
    let (mut encoding, mut errors) = ("utf-8".to_owned(), default.to_owned());
    if let Some(given) = variable("PYTHONIOENCODING").filter(|_| !t.interp.config.ignore_environment) {
        let (name, handler) = given.split_once(':').unwrap_or((&given, ""));
        if !name.is_empty() {
            encoding = name.to_owned();
        }
        errors = if handler.is_empty() { "strict".to_owned() } else { handler.to_owned() };
    }
    (encoding, errors)
}
