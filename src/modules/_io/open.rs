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
        "Open file and return a stream.  Raise OSError upon failure.\n\nfile is either a text or byte string giving the name (and the path\nif the file isn't in the current working directory) of the file to\nbe opened or an integer file descriptor of the file to be\nwrapped.  (If a file descriptor is given, it is closed when the\nreturned I/O object is closed, unless closefd is set to False.)\n\nmode is an optional string that specifies the mode in which the file\nis opened.  It defaults to 'r' which means open for reading in text\nmode.  Other common values are 'w' for writing (truncating the file if\nit already exists), 'x' for creating and writing to a new file, and\n'a' for appending (which on some Unix systems, means that all writes\nappend to the end of the file regardless of the current seek position).\nIn text mode, if encoding is not specified the encoding used is platform\ndependent: locale.getencoding() is called to get the current locale\nencoding.  (For reading and writing raw bytes use binary mode and leave\nencoding unspecified.)  The available modes are:\n\n========= ==========================================================\nCharacter Meaning\n--------- ----------------------------------------------------------\n'r'       open for reading (default)\n'w'       open for writing, truncating the file first\n'x'       create a new file and open it for writing\n'a'       open for writing, appending to the end of the file if it\n          exists\n'b'       binary mode\n't'       text mode (default)\n'+'       open a disk file for updating (reading and writing)\n========= ==========================================================\n\nThe default mode is 'rt' (open for reading text).  For binary random\naccess, the mode 'w+b' opens and truncates the file to 0 bytes, while\n'r+b' opens the file without truncation.  The 'x' mode implies 'w' and\nraises an `FileExistsError` if the file already exists.\n\nPython distinguishes between files opened in binary and text modes,\neven when the underlying operating system doesn't.  Files opened in\nbinary mode (appending 'b' to the mode argument) return contents as\nbytes objects without any decoding.  In text mode (the default, or when\n't' is appended to the mode argument), the contents of the file are\nreturned as strings, the bytes having been first decoded using a\nplatform-dependent encoding or using the specified encoding if given.\n\nbuffering is an optional integer used to set the buffering policy.\nPass 0 to switch buffering off (only allowed in binary mode), 1 to\nselect line buffering (only usable in text mode), and an integer > 1 to\nindicate the size of a fixed-size chunk buffer.   When no buffering\nargument is given, the default buffering policy works as follows:\n\n* Binary files are buffered in fixed-size chunks; the size of the buffer\n  is max(min(blocksize, 8 MiB), DEFAULT_BUFFER_SIZE) when the device\n  block size is available.\n  On most systems, the buffer will typically be 128 kilobytes long.\n\n* \"Interactive\" text files (files for which isatty() returns True)\n  use line buffering.  Other text files use the policy described above\n  for binary files.\n\nencoding is the name of the encoding used to decode or encode the\nfile.  This should only be used in text mode.  The default encoding is\nplatform dependent, but any encoding supported by Python can be\npassed.  See the codecs module for the list of supported encodings.\n\nerrors is an optional string that specifies how encoding errors are to\nbe handled---this argument should not be used in binary mode.  Pass\n'strict' to raise a ValueError exception if there is an encoding error\n(the default of None has the same effect), or pass 'ignore' to ignore\nerrors.  (Note that ignoring encoding errors can lead to data loss.)\nSee the documentation for codecs.register or run 'help(codecs.Codec)'\nfor a list of the permitted encoding error strings.\n\nnewline controls how universal newlines works (it only applies to text\nmode).  It can be None, '', '\\n', '\\r', and '\\r\\n'.  It works as\nfollows:\n\n* On input, if newline is None, universal newlines mode is enabled.\n  Lines in the input can end in '\\n', '\\r', or '\\r\\n', and these are\n  translated into '\\n' before being returned to the caller.  If it is\n  '', universal newline mode is enabled, but line endings are returned\n  to the caller untranslated.  If it has any of the other legal values,\n  input lines are only terminated by the given string, and the line\n  ending is returned to the caller untranslated.\n\n* On output, if newline is None, any '\\n' characters written are\n  translated to the system default line separator, os.linesep.  If\n  newline is '' or '\\n', no translation takes place.  If newline is any\n  of the other legal values, any '\\n' characters written are translated\n  to the given string.\n\nIf closefd is False, the underlying file descriptor will be kept open\nwhen the file is closed.  This does not work when a file name is given\nand must be True in that case.\n\nA custom opener can be used by passing a callable as *opener*.  The\nunderlying file descriptor for the file object is then obtained by\ncalling *opener* with (*file*, *flags*).  *opener* must return an open\nfile descriptor (passing os.open as *opener* results in functionality\nsimilar to passing None).\n\nopen() returns a file object whose type depends on the mode, and\nthrough which the standard file operations such as reading and writing\nare performed.  When open() is used to open a file in a text mode ('w',\n'r', 'wt', 'rt', etc.), it returns a TextIOWrapper.  When used to open\na file in a binary mode, the returned class varies: in read binary\nmode, it returns a BufferedReader; in write binary and append binary\nmodes, it returns a BufferedWriter, and in read/write mode, it returns\na BufferedRandom.\n\nIt is also possible to use a string or bytearray as a file for both\nreading and writing.  For strings StringIO can be used like a file\nopened in a text mode, and for bytes a BytesIO can be used like a file\nopened in a binary mode.",
    ),
    Def::new(
        "text_encoding",
        Func::Pos(text_encoding, 1, 2),
        "($module, encoding, stacklevel=2, /)",
        "A helper function to choose the text encoding.\n\nWhen encoding is not None, this function returns it.\nOtherwise, this function returns the default text encoding\n(i.e. \"locale\" or \"utf-8\" depends on UTF-8 mode).\n\nThis function emits an EncodingWarning if encoding is None and\nsys.flags.warn_default_encoding is true.\n\nThis can be used in APIs with an encoding=None parameter.\nHowever, please consider using encoding=\"utf-8\" for new APIs.",
    ),
    Def::new(
        "open_code",
        Func::Bound(open_code),
        "($module, /, path)",
        "Opens the provided file with the intent to import the contents.\n\nThis may perform extra validation beyond open(), but is otherwise\ninterchangeable with calling open(path, 'rb').",
    ),
];
