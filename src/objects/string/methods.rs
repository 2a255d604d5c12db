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
        "Encode the string using the codec registered for encoding.\n\n  encoding\n    The encoding in which to encode the string.\n  errors\n    The error handling scheme to use for encoding errors.\n    The default is 'strict' meaning that encoding errors raise a\n    UnicodeEncodeError.  Other possible values are 'ignore', 'replace'\n    and 'xmlcharrefreplace' as well as any other name registered with\n    codecs.register_error that can handle UnicodeEncodeErrors.",
    ),
    Def::new(
        "replace",
        Func::Bound(search::replace),
        "($self, old, new, /, count=-1)",
        "Return a copy with all occurrences of substring old replaced by new.\n\n  count\n    Maximum number of occurrences to replace.\n    -1 (the default value) means replace all occurrences.\n\nIf the optional argument count is given, only the first count occurrences are\nreplaced.",
    ),
    Def::new(
        "split",
        Func::Bound(search::split),
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the substrings in the string, using sep as the separator string.\n\n  sep\n    The separator used to split the string.\n\n    When set to None (the default value), will split on any\n    whitespace character (including \\n \\r \\t \\f and spaces) and\n    will discard empty strings from the result.\n  maxsplit\n    Maximum number of splits.\n    -1 (the default value) means no limit.\n\nSplitting starts at the front of the string and works to the end.\n\nNote, str.split() is mainly useful for data that has been\nintentionally delimited.  With natural text that includes\npunctuation, consider using the regular expression module.",
    ),
    Def::new(
        "rsplit",
        Func::Bound(search::rsplit),
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the substrings in the string, using sep as the separator string.\n\n  sep\n    The separator used to split the string.\n\n    When set to None (the default value), will split on any\n    whitespace character (including \\n \\r \\t \\f and spaces) and\n    will discard empty strings from the result.\n  maxsplit\n    Maximum number of splits.\n    -1 (the default value) means no limit.\n\nSplitting starts at the end of the string and works to the front.",
    ),
    Def::new(
        "join",
        Func::One(search::join_method),
        "($self, iterable, /)",
        "Concatenate any number of strings.\n\nThe string whose method is called is inserted in between each given\nstring.  The result is returned as a new string.\n\nExample: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'",
    ),
    Def::new(
        "capitalize",
        Func::NoArgs(capitalize),
        "($self, /)",
        "Return a capitalized version of the string.\n\nMore specifically, make the first character have upper case and the\nrest lower case.",
    ),
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
        "Return a version of the string where each word is titlecased.\n\nMore specifically, words start with uppercased characters and all\nremaining cased characters have lower case.",
    ),
    Def::new(
        "center",
        Func::Pos(center, 1, 2),
        "($self, width, fillchar=' ', /)",
        "Return a centered string of length width.\n\nPadding is done using the specified fill character (default is\na space).",
    ),
    Def::new(
        "count",
        Func::Pos(search::count, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the number of non-overlapping occurrences of substring sub in string S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation.",
    ),
    Def::new(
        "expandtabs",
        Func::Bound(expandtabs),
        "($self, /, tabsize=8)",
        "Return a copy where all tab characters are expanded using spaces.\n\nIf tabsize is not given, a tab size of 8 characters is assumed.",
    ),
    Def::new(
        "find",
        Func::Pos(search::find, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation.  Return -1 on failure.",
    ),
    Def::new(
        "partition",
        Func::One(search::partition),
        "($self, sep, /)",
        "Partition the string into three parts using the given separator.\n\nThis will search for the separator in the string.  If the separator\nis found, returns a 3-tuple containing the part before the\nseparator, the separator itself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing\nthe original string and two empty strings.",
    ),
    Def::new(
        "index",
        Func::Pos(search::index, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation.  Raises ValueError when the substring is not found.",
    ),
    Def::new(
        "ljust",
        Func::Pos(ljust, 1, 2),
        "($self, width, fillchar=' ', /)",
        "Return a left-justified string of length width.\n\nPadding is done using the specified fill character (default is\na space).",
    ),
    Def::new("lower", Func::NoArgs(lower), "($self, /)", "Return a copy of the string converted to lowercase."),
    Def::new(
        "lstrip",
        Func::Pos(search::lstrip, 0, 1),
        "($self, chars=None, /)",
        "Return a copy of the string with leading whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.",
    ),
    Def::new(
        "rfind",
        Func::Pos(search::rfind, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation.  Return -1 on failure.",
    ),
    Def::new(
        "rindex",
        Func::Pos(search::rindex, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation.  Raises ValueError when the substring is not found.",
    ),
    Def::new(
        "rjust",
        Func::Pos(rjust, 1, 2),
        "($self, width, fillchar=' ', /)",
        "Return a right-justified string of length width.\n\nPadding is done using the specified fill character (default is\na space).",
    ),
    Def::new(
        "rstrip",
        Func::Pos(search::rstrip, 0, 1),
        "($self, chars=None, /)",
        "Return a copy of the string with trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.",
    ),
    Def::new(
        "rpartition",
        Func::One(search::rpartition),
        "($self, sep, /)",
        "Partition the string into three parts using the given separator.\n\nThis will search for the separator in the string, starting at the\nend.  If the separator is found, returns a 3-tuple containing the\npart before the separator, the separator itself, and the part after\nit.\n\nIf the separator is not found, returns a 3-tuple containing two\nempty strings and the original string.",
    ),
    Def::new(
        "splitlines",
        Func::Bound(search::splitlines),
        "($self, /, keepends=False)",
        "Return a list of the lines in the string, breaking at line boundaries.\n\nLine breaks are not included in the resulting list unless keepends\nis given and true.",
    ),
    Def::new(
        "strip",
        Func::Pos(search::strip, 0, 1),
        "($self, chars=None, /)",
        "Return a copy of the string with leading and trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.",
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
        "Replace each character in the string using the given translation table.\n\n  table\n    Translation table, which must be a mapping of Unicode ordinals\n    to Unicode ordinals, strings, or None.\n\nThe table must implement lookup/indexing via __getitem__, for\ninstance a dictionary or list.  If this operation raises\nLookupError, the character is left untouched.  Characters mapped to\nNone are deleted.",
    ),
    Def::new("upper", Func::NoArgs(upper), "($self, /)", "Return a copy of the string converted to uppercase."),
    Def::new(
        "startswith",
        Func::Pos(search::startswith, 1, 3),
        "($self, prefix[, start[, end]], /)",
        "Return True if the string starts with the specified prefix, False otherwise.\n\n  prefix\n    A string or a tuple of strings to try.\n  start\n    Optional start position. Default: start of the string.\n  end\n    Optional stop position. Default: end of the string.",
    ),
    Def::new(
        "endswith",
        Func::Pos(search::endswith, 1, 3),
        "($self, suffix[, start[, end]], /)",
        "Return True if the string ends with the specified suffix, False otherwise.\n\n  suffix\n    A string or a tuple of strings to try.\n  start\n    Optional start position. Default: start of the string.\n  end\n    Optional stop position. Default: end of the string.",
    ),
    Def::new(
        "removeprefix",
        Func::One(search::removeprefix),
        "($self, prefix, /)",
        "Return a str with the given prefix string removed if present.\n\nIf the string starts with the prefix string, return\nstring[len(prefix):].  Otherwise, return a copy of the original\nstring.",
    ),
    Def::new(
        "removesuffix",
        Func::One(search::removesuffix),
        "($self, suffix, /)",
        "Return a str with the given suffix string removed if present.\n\nIf the string ends with the suffix string and that suffix is not\nempty, return string[:-len(suffix)].  Otherwise, return a copy of\nthe original string.",
    ),
    Def::new(
        "isascii",
        Func::NoArgs(isascii),
        "($self, /)",
        "Return True if all characters in the string are ASCII, False otherwise.\n\nASCII characters have code points in the range U+0000-U+007F.\nEmpty string is ASCII too.",
    ),
    Def::new(
        "islower",
        Func::NoArgs(islower),
        "($self, /)",
        "Return True if the string is a lowercase string, False otherwise.\n\nA string is lowercase if all cased characters in the string are\nlowercase and there is at least one cased character in the string.",
    ),
    Def::new(
        "isupper",
        Func::NoArgs(isupper),
        "($self, /)",
        "Return True if the string is an uppercase string, False otherwise.\n\nA string is uppercase if all cased characters in the string are\nuppercase and there is at least one cased character in the string.",
    ),
    Def::new(
        "istitle",
        Func::NoArgs(istitle),
        "($self, /)",
        "Return True if the string is a title-cased string, False otherwise.\n\nIn a title-cased string, upper- and title-case characters may only\nfollow uncased characters and lowercase characters only cased ones.",
    ),
    Def::new(
        "isspace",
        Func::NoArgs(isspace),
        "($self, /)",
        "Return True if the string is a whitespace string, False otherwise.\n\nA string is whitespace if all characters in the string are\nwhitespace and there is at least one character in the string.",
    ),
    Def::new(
        "isdecimal",
        Func::NoArgs(isdecimal),
        "($self, /)",
        "Return True if the string is a decimal string, False otherwise.\n\nA string is a decimal string if all characters in the string are\ndecimal and there is at least one character in the string.",
    ),
    Def::new(
        "isdigit",
        Func::NoArgs(isdigit),
        "($self, /)",
        "Return True if the string is a digit string, False otherwise.\n\nA string is a digit string if all characters in the string are\ndigits and there is at least one character in the string.",
    ),
    Def::new(
        "isnumeric",
        Func::NoArgs(isnumeric),
        "($self, /)",
        "Return True if the string is a numeric string, False otherwise.\n\nA string is numeric if all characters in the string are numeric and\nthere is at least one character in the string.",
    ),
    Def::new(
        "isalpha",
        Func::NoArgs(isalpha),
        "($self, /)",
        "Return True if the string is an alphabetic string, False otherwise.\n\nA string is alphabetic if all characters in the string are\nalphabetic and there is at least one character in the string.",
    ),
    Def::new(
        "isalnum",
        Func::NoArgs(isalnum),
        "($self, /)",
        "Return True if the string is an alpha-numeric string, False otherwise.\n\nA string is alpha-numeric if all characters in the string are\nalpha-numeric and there is at least one character in the string.",
    ),
    Def::new(
        "isidentifier",
        Func::NoArgs(isidentifier),
        "($self, /)",
        "Return True if the string is a valid Python identifier, False otherwise.\n\nCall keyword.iskeyword(s) to test whether string s is a reserved\nidentifier, such as \"def\" or \"class\".",
    ),
    Def::new(
        "isprintable",
        Func::NoArgs(isprintable),
        "($self, /)",
        "Return True if all characters in the string are printable, False otherwise.\n\nA character is printable if repr() may use it in its output.",
    ),
    Def::new(
        "zfill",
        Func::One(zfill),
        "($self, width, /)",
        "Pad a numeric string with zeros on the left, to fill a field of the given width.\n\nThe string is never truncated.",
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
