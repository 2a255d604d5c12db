//! `StringIO`: a stream of text in memory.

use super::newlines::Newlines;
use super::text::Newline;
use super::{FLAGS, saved, size_arg};
use crate::modules::native_type::Signature;
use crate::modules::system::{c_int, not_none, os_error_text};
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::string::{Str, Units};
use crate::objects::text::{self, CodePoints};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::Mutex;

/// What the stream holds.
#[derive(Default)]
struct State {
    data: Text,
    pos: usize,
    closed: bool,
    ready: bool,
    newline: Newline,
    /// Notes and translates line ends of what is written.
    newlines: Option<Newlines>,
}

/// Text that only grows at its end is kept in the narrowest units; once it is overwritten, as code points.
enum Text {
    Growing(CodePoints),
    Points(Vec<u32>),
}

impl Default for Text {
    fn default() -> Text {
        Text::Growing(CodePoints::new())
    }
}

impl Text {
    fn len(&self) -> usize {
        match self {
            Text::Growing(text) => text.len(),
            Text::Points(points) => points.len(),
        }
    }

    fn points(&mut self) -> &mut Vec<u32> {
        if let Text::Growing(text) = self {
            *self = Text::Points(text.iter().collect());
        }
        match self {
            Text::Points(points) => points,
            Text::Growing(_) => unreachable!("just changed"),
        }
    }

    fn with_units<T>(&self, f: impl FnOnce(Units<'_>) -> T) -> T {
        match self {
            Text::Growing(text) => f(match text.units() {
                text::Units::One(u) => Units::One(u),
                text::Units::Two(u) => Units::Two(u),
                text::Units::Four(u) => Units::Four(u),
            }),
            Text::Points(points) => f(Units::Four(points)),
        }
    }

    fn slice(&self, t: &Thread, start: usize, end: usize) -> Value {
        self.with_units(|units| Str::from_units(t, units.slice(start, end)))
    }
}

/// The payload.
struct StringIo(Mutex<State>);

impl Native for StringIo {}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    opaque::new(t, class.cast::<Type>().expect("a class"), StringIo(Mutex::default()))
}

fn with<T>(t: &Thread, v: &Value, f: impl FnOnce(&mut State) -> T) -> R<T> {
    let this = v.opaque::<StringIo>().ok_or_else(|| t.type_error("a StringIO is required"))?;
    Ok(f(&mut this.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())))
}

fn check_open(t: &Thread, v: &Value) -> R<()> {
    match with(t, v, |s| (s.ready, s.closed))? {
        (false, _) => Err(t.value_error("I/O operation on uninitialized object")),
        (_, true) => Err(super::closed_error(t)),
        _ => Ok(()),
    }
}

static SIGNATURE: Signature = Signature::new("StringIO", "(initial_value='', newline='\\n')");

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let [initial, newline] = SIGNATURE.bind::<2>(t, args)?;
    setup(t, v, not_none(&initial), newline.as_ref())
}

fn setup(t: &Thread, v: &Value, initial: Option<&Value>, newline: Option<&Value>) -> R<()> {
    let newline = match newline {
        None => Newline::Only("\n"),
        Some(n) => {
            if !n.is_none() && n.cast::<Str>().is_none() {
                let given = n.type_of(t).name_str();
                return Err(t.type_error(format!("newline must be str or None, not {given}")));
            }
            match n.cast::<Str>().map(|s| s.to_str_lossy()) {
                Some(text) if !matches!(&*text, "" | "\n" | "\r" | "\r\n") => {
                    return Err(t.value_error(format!("illegal newline value: {}", protocol::repr_text(t, n)?)));
                }
                _ => Newline::parse(t, n)?,
            }
        }
    };
    if let Some(value) = initial.filter(|i| i.cast::<Str>().is_none()) {
        let given = value.type_of(t).name_str();
        return Err(t.type_error(format!("initial_value must be str or None, not {given}")));
    }
    let newlines = newline.decoder();
    with(t, v, |s| *s = State { newline, newlines, ready: true, ..State::default() })?;
    if let Some(text) = initial {
        put(t, v, text)?;
        with(t, v, |s| s.pos = 0)?;
    }
    Ok(())
}

/// Writes at the position, line ends translated.
fn put(t: &Thread, v: &Value, text: &Value) -> R<()> {
    let (newlines, ends) = with(t, v, |s| (s.newlines, s.newline.written()))?;
    let text = match newlines {
        Some(mut newlines) => {
            let text = newlines.decode(t, text.clone(), true);
            with(t, v, |s| s.newlines = Some(newlines))?;
            text
        }
        None => text.clone(),
    };
    let Some(s) = text.cast::<Str>() else { return Ok(()) };
    let units = s.units();
    let translated: Vec<u32>;
    let units = match ends {
        Some(end) if super::text::find(units, 0, b'\n').is_some() => {
            let mut out = Vec::with_capacity(units.len() + 8);
            for c in units.iter() {
                match c {
                    0x0A => out.extend(end.chars().map(u32::from)),
                    _ => out.push(c),
                }
            }
            translated = out;
            Units::Four(&translated)
        }
        _ => units,
    };
    if units.is_empty() {
        return Ok(());
    }
    let done = with(t, v, |s| {
        let Some(end) = s.pos.checked_add(units.len()).filter(|&end| end <= isize::MAX as usize / 4) else {
            return false;
        };
        match &mut s.data {
            Text::Growing(text) if s.pos == text.len() => match units {
                Units::One(u) => text.push_units(u),
                Units::Two(u) => text.push_units(u),
                Units::Four(u) => text.push_units(u),
            },
            data => {
                let points = data.points();
                if end > points.len() {
                    points.resize(end, 0);
                }
                points[s.pos..end].iter_mut().zip(units.iter()).for_each(|(place, c)| *place = c);
            }
        }
        s.pos = end;
        true
    })?;
    if done { Ok(()) } else { Err(t.overflow_error("new position too large")) }
}

fn write(t: &Thread, v: &Value, text: &Value) -> R {
    let Some(s) = text.cast::<Str>() else {
        return Err(t.type_error(format!("string argument expected, got '{}'", text.type_of(t).name_str())));
    };
    check_open(t, v)?;
    put(t, v, text)?;
    Ok(int::from_usize(t, s.len()))
}

fn read(t: &Thread, v: &Value, a: &[Value]) -> R {
    let n = usize::try_from(size_arg(t, a.first())?).unwrap_or(usize::MAX);
    check_open(t, v)?;
    with(t, v, |s| {
        let start = s.pos.min(s.data.len());
        let end = start.saturating_add(n).min(s.data.len());
        if end > start {
            s.pos = end;
        }
        s.data.slice(t, start, end)
    })
}

fn line(t: &Thread, v: &Value, limit: isize) -> R {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    with(t, v, |s| {
        let (start, len) = (s.pos, s.data.len());
        if start >= len {
            return t.interp.empty_str.clone();
        }
        let end = s.data.with_units(|units| s.newline.line_end(units, start)).unwrap_or(len);
        let end = end.min(start.saturating_add(limit));
        s.pos = end;
        s.data.slice(t, start, end)
    })
}

fn readline(t: &Thread, v: &Value, a: &[Value]) -> R {
    let limit = size_arg(t, a.first())?;
    check_open(t, v)?;
    line(t, v, limit)
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    check_open(t, v)?;
    let found = match v.type_of(t).is_heap_type() {
        false => line(t, v, -1)?,
        true => {
            let found = protocol::call_method(t, v, &t.names().readline, &[])?;
            if found.cast::<Str>().is_none() {
                let given = found.type_of(t).name_str();
                let message = format!("readline() should have returned a str object, not '{given}'");
                return Err(os_error_text(t, &message));
            }
            found
        }
    };
    Ok(found.cast::<Str>().is_some_and(|s| !s.is_empty()).then_some(found))
}

fn tell(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    Ok(int::from_usize(t, with(t, v, |s| s.pos)?))
}

fn seek(t: &Thread, v: &Value, a: &[Value]) -> R {
    let at = int::arg_isize(t, &a[0])?;
    let whence = a.get(1).map_or(Ok(0), |w| c_int(t, w))?;
    check_open(t, v)?;
    let to = match whence {
        0 => match usize::try_from(at) {
            Ok(at) => at,
            Err(_) => return Err(t.value_error(format!("Negative seek position {at}"))),
        },
        1 | 2 if at != 0 => return Err(os_error_text(t, "Can't do nonzero cur-relative seeks")),
        1 => with(t, v, |s| s.pos)?,
        2 => with(t, v, |s| s.data.len())?,
        _ => return Err(t.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    with(t, v, |s| s.pos = to)?;
    Ok(int::from_usize(t, to))
}

fn truncate(t: &Thread, v: &Value, a: &[Value]) -> R {
    check_open(t, v)?;
    let size = match a.first().filter(|s| !s.is_none()) {
        Some(size) if size.type_of(t).slots().nb_index.is_none() && !int::is_int(size) => {
            let given = size.type_of(t).name_str();
            return Err(t.type_error(format!("argument should be integer or None, not '{given}'")));
        }
        Some(size) => int::arg_isize(t, size)?,
        None => with(t, v, |s| s.pos)? as isize,
    };
    let Ok(size) = usize::try_from(size) else { return Err(t.value_error(format!("Negative size value {size}"))) };
    with(t, v, |s| {
        if size < s.data.len() {
            let points: Vec<u32> = s.data.with_units(|units| units.slice(0, size).iter().collect());
            s.data = Text::Growing(points.into_iter().collect());
        }
    })?;
    Ok(int::from_usize(t, size))
}

fn getvalue(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    with(t, v, |s| s.data.slice(t, 0, s.data.len()))
}

fn close(t: &Thread, v: &Value) -> R {
    with(t, v, |s| {
        s.closed = true;
        s.data = Text::default();
    })?;
    Ok(Value::NONE)
}

fn closed(t: &Thread, v: &Value) -> R {
    with(t, v, |s| s.closed).map(Value::bool)
}

fn yes(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    Ok(Value::TRUE)
}

fn newlines(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    let newlines = with(t, v, |s| s.newlines)?;
    Ok(newlines.map_or(Value::NONE, |n| n.kinds(t)))
}

fn line_buffering(t: &Thread, v: &Value) -> R {
    check_open(t, v)?;
    Ok(Value::FALSE)
}

fn getstate(t: &Thread, v: &Value) -> R {
    let value = getvalue(t, v)?;
    let (pos, newline) = with(t, v, |s| (s.pos, s.newline))?;
    let newline = match newline {
        Newline::Translated => Value::NONE,
        Newline::Universal => t.str(""),
        Newline::Only(end) => t.str(end),
    };
    let dict = saved::attributes(t, v)?;
    Ok(t.tuple([value, newline, int::from_usize(t, pos), dict]))
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    let class = v.type_of(t).name_str();
    if with(t, v, |s| s.closed)? {
        return Err(super::closed_error(t));
    }
    let Some([initial, newline, position, dict, ..]) = state.cast::<Tuple>().map(|s| s.items()) else {
        let given = state.type_of(t).name_str();
        return Err(t.type_error(format!("{class}.__setstate__ argument should be 4-tuple, got {given}")));
    };
    // The text is as it was: its line ends are not translated again.
    setup(t, v, None, Some(newline))?;
    let Some(text) = initial.cast::<Str>() else {
        let given = initial.type_of(t).name_str();
        return Err(t.type_error(format!("initial_value must be str or None, not {given}")));
    };
    let data: CodePoints = text.units().iter().collect();
    with(t, v, |s| s.data = Text::Growing(data))?;
    let pos = saved::position(t, position, "third item of state must be an integer, got")?;
    with(t, v, |s| s.pos = pos)?;
    saved::restore_attributes(t, v, dict, "fourth")?;
    Ok(Value::NONE)
}

pub static SPEC: Spec = Spec {
    flags: FLAGS,
    doc: "StringIO(initial_value='', newline='\\n')\n--\n\nText I/O implementation using an in-memory buffer.\n\nThe initial_value argument sets the value of object.  The newline\nargument is like the one of TextIOWrapper's constructor.",
    slots: Slots { new: Some(new), init: Some(init), next: Some(next), ..opaque::spec::<StringIo>("").slots },
    methods: &[
        Def::new(
            "close",
            Func::NoArgs(close),
            "($self, /)",
            "Close the IO object.\n\nAttempting any further operation after the object is closed\nwill raise a ValueError.\n\nThis method has no effect if the file is already closed.",
        ),
        Def::new("getvalue", Func::NoArgs(getvalue), "($self, /)", "Retrieve the entire contents of the object."),
        Def::new(
            "read",
            Func::Pos(read, 0, 1),
            "($self, size=-1, /)",
            "Read at most size characters, returned as a string.\n\nIf the argument is negative or omitted, read until EOF\nis reached. Return an empty string at EOF.",
        ),
        Def::new("readline", Func::Pos(readline, 0, 1), "($self, size=-1, /)", "Read until newline or EOF."),
        Def::new("tell", Func::NoArgs(tell), "($self, /)", "Tell the current file position."),
        Def::new(
            "truncate",
            Func::Pos(truncate, 0, 1),
            "($self, pos=None, /)",
            "Truncate size to pos.\n\nThe pos argument defaults to the current file position, as\nreturned by tell().  The current file position is unchanged.\nReturns the new absolute position.",
        ),
        Def::new("seek", Func::Pos(seek, 1, 2), "($self, pos, whence=0, /)", "Change stream position."),
        Def::new(
            "write",
            Func::One(write),
            "($self, s, /)",
            "Write string to file.\n\nReturns the number of characters written, which is always equal to\nthe length of the string.",
        ),
        Def::new("seekable", Func::NoArgs(yes), "($self, /)", "Returns True if the IO object can be seeked."),
        Def::new("readable", Func::NoArgs(yes), "($self, /)", "Returns True if the IO object can be read."),
        Def::new("writable", Func::NoArgs(yes), "($self, /)", "Returns True if the IO object can be written."),
        Def::new("__getstate__", Func::NoArgs(getstate), "($self, /)", ""),
        Def::new("__setstate__", Func::One(setstate), "($self, state, /)", ""),
    ],
    getset: &[
        GetSet::ro("closed", closed, ""),
        GetSet::ro("newlines", newlines, ""),
        GetSet::ro("line_buffering", line_buffering, ""),
    ],
    ..opaque::spec::<StringIo>("_io.StringIO")
};
