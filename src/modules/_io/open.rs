//! `open` and the other functions of the module.

use super::{buffered, call0, class, construct, file, text};
use crate::modules::system::{c_int, c_int_or, given, not_none, path};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::warn::warn_at;

/// What the `mode` of `open` says.
#[derive(Default)]
struct Mode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

impl Mode {
    fn parse(t: &Thread, mode: &Value) -> R<Mode> {
        let text = mode.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default();
        let invalid = || Err(t.value_error(format!("invalid mode: '{text}'")));
        let mut m = Mode::default();
        for c in text.chars() {
            let flag = match c {
                'x' => &mut m.creating,
                'r' => &mut m.reading,
                'w' => &mut m.writing,
                'a' => &mut m.appending,
                '+' => &mut m.updating,
                't' => &mut m.text,
                'b' => &mut m.binary,
                _ => return invalid(),
            };
            if std::mem::replace(flag, true) {
                return invalid();
            }
        }
        if m.text && m.binary {
            return Err(t.value_error("can't have text and binary mode at once"));
        }
        if [m.creating, m.reading, m.writing, m.appending].iter().filter(|&&b| b).count() != 1 {
            return Err(t.value_error("must have exactly one of create/read/write/append mode"));
        }
        Ok(m)
    }

    /// The mode of the raw stream.
    fn raw(&self) -> String {
        let parts = [
            (self.creating, 'x'),
            (self.reading, 'r'),
            (self.writing, 'w'),
            (self.appending, 'a'),
            (self.updating, '+'),
        ];
        parts.iter().filter(|(on, _)| *on).map(|(_, c)| c).collect()
    }
}

/// Checks that an argument of `open` is a `str` or, if it may be, `None`.
fn check_text(t: &Thread, v: &Option<Value>, name: &str, or_none: bool) -> R<()> {
    match v {
        Some(v) if v.cast::<Str>().is_none() && !(or_none && v.is_none()) => {
            let kinds = if or_none { "str or None" } else { "str" };
            let given = v.type_of(t).name_str();
            Err(t.type_error(format!("open() argument '{name}' must be {kinds}, not {given}")))
        }
        _ => Ok(()),
    }
}

fn open(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let [file, mode, buffering, encoding, errors, newline, closefd, opener] = a else { return Ok(Value::NONE) };
    check_text(t, mode, "mode", false)?;
    let buffering = c_int_or(t, buffering, -1)?;
    check_text(t, encoding, "encoding", true)?;
    check_text(t, errors, "errors", true)?;
    check_text(t, newline, "newline", true)?;
    let closefd = match closefd {
        Some(v) => Value::bool(protocol::truth(t, v)?),
        None => Value::TRUE,
    };
    let mode_text = mode.clone().unwrap_or_else(|| t.str("r"));
    let target = match given(file) {
        number if int::is_int(number) => number.clone(),
        name => path::fspath(t, name)?,
    };
    let m = Mode::parse(t, &mode_text)?;
    for (value, name) in [(encoding, "an encoding"), (errors, "an errors"), (newline, "a newline")] {
        if m.binary && not_none(value).is_some() {
            return Err(t.value_error(format!("binary mode doesn't take {name} argument")));
        }
    }
    if m.binary && buffering == 1 {
        let message =
            "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
        warn_at(t, &t.types().runtime_warning.value(), message, 1)?;
    }
    let opener = opener.clone().unwrap_or(Value::NONE);
    let raw = construct(t, &file::SPEC, &[target, t.str(m.raw()), closefd, opener])?;
    let mut made = raw.clone();
    let result = build(t, &mut made, &m, &mode_text, buffering, [encoding, errors, newline]);
    if result.is_err() {
        // What was opened is closed again; the first error is what counts.
        let error = t.take_raised();
        let closed = call0(t, &made, "close");
        if let Err(raised) = closed {
            drop(t.take_exception(raised));
        }
        t.put_raised(error);
    }
    result
}

fn build(
    t: &Thread,
    made: &mut Value,
    m: &Mode,
    mode: &Value,
    buffering: i32,
    [encoding, errors, newline]: [&Option<Value>; 3],
) -> R {
    let raw = made.clone();
    // Line buffering for what a person sees.
    let isatty = buffering < 0 && protocol::truth(t, &call0(t, &raw, "_isatty_open_only")?)?;
    let line_buffering = buffering == 1 && !m.binary || isatty;
    let size = match buffering {
        0 if m.binary => return Ok(raw),
        0 => return Err(t.value_error("can't have unbuffered text I/O")),
        n if n > 1 => n as usize,
        _ => {
            let block = protocol::getattr_str(t, &raw, "_blksize")?;
            super::DEFAULT_BUFFER_SIZE.max(usize::try_from(int::clamp_isize(&block)).unwrap_or(0).min(8 << 20))
        }
    };
    let spec = if m.updating {
        &buffered::RANDOM
    } else if m.reading {
        &buffered::READER
    } else {
        &buffered::WRITER
    };
    let buffer = protocol::call(t, &class(t, spec), &[raw, int::from_usize(t, size)])?;
    made.clone_from(&buffer);
    if m.binary {
        return Ok(buffer);
    }
    let or_none = |v: &Option<Value>| v.clone().unwrap_or(Value::NONE);
    let args = [buffer, or_none(encoding), or_none(errors), or_none(newline), Value::bool(line_buffering)];
    let stream = protocol::call(t, &class(t, &text::SPEC), &args)?;
    protocol::setattr(t, &stream, &t.names().mode, Some(mode))?;
    Ok(stream)
}

fn text_encoding(t: &Thread, _m: &Value, a: &[Value]) -> R {
    if let Some(level) = a.get(1) {
        c_int(t, level)?;
    }
    if !a[0].is_none() {
        return Ok(a[0].clone());
    }
    Ok(t.str(if t.interp.config.utf8_mode { "utf-8" } else { "locale" }))
}

fn open_code(t: &Thread, m: &Value, a: &[Option<Value>]) -> R {
    let path = given(&a[0]);
    if path.cast::<Str>().is_none() {
        let given = path.type_of(t).name_str();
        return Err(t.type_error(format!("open_code() argument 'path' must be str, not {given}")));
    }
    let mut args = [const { None }; 8];
    (args[0], args[1]) = (Some(path.clone()), Some(t.str("rb")));
    open(t, m, &args)
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "open",
        Func::Bound(open),
        "($module, /, file, mode='r', buffering=-1, encoding=None,\n     errors=None, newline=None, closefd=True, opener=None)",
        "Open file and return a stream.  Raise OSError upon failure.",
    ),
    Def::new(
        "text_encoding",
        Func::Pos(text_encoding, 1, 2),
        "($module, encoding, stacklevel=2, /)",
        "A helper function to choose the text encoding.",
    ),
    Def::new(
        "open_code",
        Func::Bound(open_code),
        "($module, /, path)",
        "Opens the provided file with the intent to import the contents.",
    ),
];
