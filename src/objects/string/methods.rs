//! The table of `str`'s methods, and the plain ones: case, tests, padding, encoding.

use super::slots::this;
use super::{Str, each_width, format, search, translate};
use crate::objects::codecs;
use crate::objects::sequence_args as arg;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::text::layout::{self, Align};
use crate::objects::text::{case, unicode};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Methods that make new text of the whole string.
macro_rules! changes {
    ($($name:ident)*) => { $(
        fn $name(t: &Thread, v: &Value) -> R {
            Str::from_text(t, each_width!(this(v).units(), u => case::$name(u)))
        }
    )* };
}
changes! { lower upper casefold title capitalize swapcase }

/// Methods that test every character.
macro_rules! tests {
    ($($name:ident: $u:ident => $test:expr;)*) => { $(
        fn $name(_: &Thread, v: &Value) -> R {
            Ok(Value::bool(each_width!(this(v).units(), $u => $test)))
        }
    )* };
}
tests! {
    islower: u => case::is_lower(u);
    isupper: u => case::is_upper(u);
    istitle: u => case::is_title(u);
    isspace: u => case::all(u, unicode::is_space);
    isdecimal: u => case::all(u, unicode::is_decimal);
    isdigit: u => case::all(u, unicode::is_digit);
    isnumeric: u => case::all(u, unicode::is_numeric);
    isalpha: u => case::all(u, unicode::is_alpha);
    isalnum: u => case::all(u, unicode::is_alnum);
    isidentifier: u => case::is_identifier(u);
    isprintable: u => case::is_printable(u);
}

fn isascii(_: &Thread, v: &Value) -> R {
    Ok(Value::bool(this(v).is_ascii()))
}

fn pad(t: &Thread, v: &Value, args: &[Value], align: Align) -> R {
    let width = arg::width(t, &args[0])?;
    let fill = match args.get(1) {
        None => ' ' as u32,
        Some(fill) => match fill.cast::<Str>() {
            Some(s) if s.len() == 1 => s.units().at(0),
            Some(_) => return Err(t.type_error("The fill character must be exactly one character long")),
            None => {
                let name = fill.type_of(t).name_str();
                return Err(t.type_error(format!("The fill character must be a unicode character, not {name}")));
            }
        },
    };
    let text = this(v);
    if width <= text.len() {
        return Ok(Str::exact(t, v));
    }
    arg::fits(t, width)?;
    Str::from_text(t, each_width!(text.units(), u => layout::pad(u, width, align, fill)))
}

fn center(t: &Thread, v: &Value, args: &[Value]) -> R {
    pad(t, v, args, Align::Center)
}

fn ljust(t: &Thread, v: &Value, args: &[Value]) -> R {
    pad(t, v, args, Align::Left)
}

fn rjust(t: &Thread, v: &Value, args: &[Value]) -> R {
    pad(t, v, args, Align::Right)
}

fn zfill(t: &Thread, v: &Value, width: &Value) -> R {
    let width = arg::width(t, width)?;
    let text = this(v);
    if width <= text.len() {
        return Ok(Str::exact(t, v));
    }
    arg::fits(t, width)?;
    Str::from_text(t, each_width!(text.units(), u => layout::zfill(u, width)))
}

fn expandtabs(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let size = arg::tab_size(t, args[0].as_ref())?;
    let text = this(v);
    let tabs = text.units().iter().filter(|&c| c == 0x09).count();
    arg::fits(t, tabs.saturating_mul(size).saturating_add(text.len()))?;
    match each_width!(text.units(), u => layout::expand_tabs(u, size)) {
        Some(text) => Str::from_text(t, text),
        None => Err(t.overflow_error("new string is too long")),
    }
}

fn encode(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let encoding = args[0].as_ref().map(|v| arg::codec_name(t, "encode", "encoding", v)).transpose()?;
    let errors = args[1].as_ref().map(|v| arg::codec_name(t, "encode", "errors", v)).transpose()?;
    codecs::encode_text(t, v, encoding.as_deref(), errors.as_deref())
}

fn getnewargs(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([Str::from_units(t, this(v).units())]))
}

/// As CPython counts: a header of 40 bytes for ASCII or 56, and the units with a null.
fn sizeof(_: &Thread, v: &Value) -> R {
    let text = this(v);
    let header = if text.is_ascii() { 40 } else { 56 };
    Ok(Value::small((header + (text.len() + 1) * text.width().bytes()) as i64))
}

pub(super) static METHODS: &[Def] = &[
    Def::new(
        "encode",
        Func::Bound(encode),
        "($self, /, encoding='utf-8', errors='strict')",
        "Encode the string using the codec registered for encoding.",
    ),
    Def::new(
        "replace",
        Func::Bound(search::replace),
        "($self, old, new, /, count=-1)",
        "Return a copy with all occurrences of substring old replaced by new.",
    ),
    Def::new(
        "split",
        Func::Bound(search::split),
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the substrings in the string, using sep as the separator string.",
    ),
    Def::new(
        "rsplit",
        Func::Bound(search::rsplit),
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the substrings in the string, using sep as the separator string.",
    ),
    Def::new("join", Func::One(search::join_method), "($self, iterable, /)", "Concatenate any number of strings."),
    Def::new("capitalize", Func::NoArgs(capitalize), "($self, /)", "Return a capitalized version of the string."),
    Def::new(
        "casefold",
        Func::NoArgs(casefold),
        "($self, /)",
        "Return a version of the string suitable for caseless comparisons.",
    ),
    Def::new(
        "title",
        Func::NoArgs(title),
        "($self, /)",
        "Return a version of the string where each word is titlecased.",
    ),
    Def::new(
        "center",
        Func::Pos(center, 1, 2),
        "($self, width, fillchar=' ', /)",
        "Return a centered string of length width.",
    ),
    Def::new(
        "count",
        Func::Pos(search::count, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the number of non-overlapping occurrences of substring sub in string S[start:end].",
    ),
    Def::new(
        "expandtabs",
        Func::Bound(expandtabs),
        "($self, /, tabsize=8)",
        "Return a copy where all tab characters are expanded using spaces.",
    ),
    Def::new(
        "find",
        Func::Pos(search::find, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].",
    ),
    Def::new(
        "partition",
        Func::One(search::partition),
        "($self, sep, /)",
        "Partition the string into three parts using the given separator.",
    ),
    Def::new(
        "index",
        Func::Pos(search::index, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].",
    ),
    Def::new(
        "ljust",
        Func::Pos(ljust, 1, 2),
        "($self, width, fillchar=' ', /)",
        "Return a left-justified string of length width.",
    ),
    Def::new("lower", Func::NoArgs(lower), "($self, /)", "Return a copy of the string converted to lowercase."),
    Def::new(
        "lstrip",
        Func::Pos(search::lstrip, 0, 1),
        "($self, chars=None, /)",
        "Return a copy of the string with leading whitespace removed.",
    ),
    Def::new(
        "rfind",
        Func::Pos(search::rfind, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].",
    ),
    Def::new(
        "rindex",
        Func::Pos(search::rindex, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].",
    ),
    Def::new(
        "rjust",
        Func::Pos(rjust, 1, 2),
        "($self, width, fillchar=' ', /)",
        "Return a right-justified string of length width.",
    ),
    Def::new(
        "rstrip",
        Func::Pos(search::rstrip, 0, 1),
        "($self, chars=None, /)",
        "Return a copy of the string with trailing whitespace removed.",
    ),
    Def::new(
        "rpartition",
        Func::One(search::rpartition),
        "($self, sep, /)",
        "Partition the string into three parts using the given separator.",
    ),
    Def::new(
        "splitlines",
        Func::Bound(search::splitlines),
        "($self, /, keepends=False)",
        "Return a list of the lines in the string, breaking at line boundaries.",
    ),
    Def::new(
        "strip",
        Func::Pos(search::strip, 0, 1),
        "($self, chars=None, /)",
        "Return a copy of the string with leading and trailing whitespace removed.",
    ),
    Def::new(
        "swapcase",
        Func::NoArgs(swapcase),
        "($self, /)",
        "Convert uppercase characters to lowercase and lowercase characters to uppercase.",
    ),
    Def::new(
        "translate",
        Func::One(translate::translate),
        "($self, table, /)",
        "Replace each character in the string using the given translation table.",
    ),
    Def::new("upper", Func::NoArgs(upper), "($self, /)", "Return a copy of the string converted to uppercase."),
    Def::new(
        "startswith",
        Func::Pos(search::startswith, 1, 3),
        "($self, prefix[, start[, end]], /)",
        "Return True if the string starts with the specified prefix, False otherwise.",
    ),
    Def::new(
        "endswith",
        Func::Pos(search::endswith, 1, 3),
        "($self, suffix[, start[, end]], /)",
        "Return True if the string ends with the specified suffix, False otherwise.",
    ),
    Def::new(
        "removeprefix",
        Func::One(search::removeprefix),
        "($self, prefix, /)",
        "Return a str with the given prefix string removed if present.",
    ),
    Def::new(
        "removesuffix",
        Func::One(search::removesuffix),
        "($self, suffix, /)",
        "Return a str with the given suffix string removed if present.",
    ),
    Def::new(
        "isascii",
        Func::NoArgs(isascii),
        "($self, /)",
        "Return True if all characters in the string are ASCII, False otherwise.",
    ),
    Def::new(
        "islower",
        Func::NoArgs(islower),
        "($self, /)",
        "Return True if the string is a lowercase string, False otherwise.",
    ),
    Def::new(
        "isupper",
        Func::NoArgs(isupper),
        "($self, /)",
        "Return True if the string is an uppercase string, False otherwise.",
    ),
    Def::new(
        "istitle",
        Func::NoArgs(istitle),
        "($self, /)",
        "Return True if the string is a title-cased string, False otherwise.",
    ),
    Def::new(
        "isspace",
        Func::NoArgs(isspace),
        "($self, /)",
        "Return True if the string is a whitespace string, False otherwise.",
    ),
    Def::new(
        "isdecimal",
        Func::NoArgs(isdecimal),
        "($self, /)",
        "Return True if the string is a decimal string, False otherwise.",
    ),
    Def::new(
        "isdigit",
        Func::NoArgs(isdigit),
        "($self, /)",
        "Return True if the string is a digit string, False otherwise.",
    ),
    Def::new(
        "isnumeric",
        Func::NoArgs(isnumeric),
        "($self, /)",
        "Return True if the string is a numeric string, False otherwise.",
    ),
    Def::new(
        "isalpha",
        Func::NoArgs(isalpha),
        "($self, /)",
        "Return True if the string is an alphabetic string, False otherwise.",
    ),
    Def::new(
        "isalnum",
        Func::NoArgs(isalnum),
        "($self, /)",
        "Return True if the string is an alpha-numeric string, False otherwise.",
    ),
    Def::new(
        "isidentifier",
        Func::NoArgs(isidentifier),
        "($self, /)",
        "Return True if the string is a valid Python identifier, False otherwise.",
    ),
    Def::new(
        "isprintable",
        Func::NoArgs(isprintable),
        "($self, /)",
        "Return True if all characters in the string are printable, False otherwise.",
    ),
    Def::new(
        "zfill",
        Func::One(zfill),
        "($self, width, /)",
        "Pad a numeric string with zeros on the left, to fill a field of the given width.",
    ),
    Def::new(
        "format",
        Func::Any(format::format),
        "($self, /, *args, **kwargs)",
        "Return a formatted version of the string, using substitutions from args and kwargs.\nThe substitutions are identified by braces ('{' and '}').",
    ),
    Def::new(
        "format_map",
        Func::One(format::format_map),
        "($self, mapping, /)",
        "Return a formatted version of the string, using substitutions from mapping.\nThe substitutions are identified by braces ('{' and '}').",
    ),
    Def::new(
        "__format__",
        Func::One(format::dunder_format),
        "($self, format_spec, /)",
        "Return a formatted version of the string as described by format_spec.",
    ),
    Def::statik(
        "maketrans",
        Func::Pos(translate::maketrans, 1, 3),
        "(x, y=<unrepresentable>, z=<unrepresentable>, /)",
        "Return a translation table usable for str.translate().",
    ),
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Return the size of the string in memory, in bytes."),
    Def::new("__getnewargs__", Func::NoArgs(getnewargs), "($self, /)", ""),
];
