//! Operators and subscripts of `bytes`, and its table.

use super::{Bytes, construct, hex, kind_name, methods, part, percent, search};
use crate::objects::buffer::{self, Buffer};
use crate::objects::container;
use crate::objects::header::Kind;
use crate::objects::iter::BytesIter;
use crate::objects::protocol;
use crate::objects::sequence_args as arg;
use crate::objects::slice::Slice;
use crate::objects::slots::{CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::text::repr;
use crate::objects::thread::Thread;
use crate::objects::types::{TypeCell, Types};
use crate::objects::value::Value;

fn this(v: &Value) -> &Bytes {
    v.cast::<Bytes>().expect("slots of `bytes` get bytes")
}

fn repr(t: &Thread, v: &Value) -> R {
    Ok(Str::make_ascii(t, repr::repr_bytes(this(v).as_slice()).as_bytes()))
}

fn str(t: &Thread, v: &Value) -> R {
    bytes_warning(t, "str() on a bytes instance")?;
    repr(t, v)
}

/// `BytesWarning`, where `-b` asks for it.
pub(in crate::objects) fn bytes_warning(t: &Thread, message: &str) -> R<()> {
    if t.interp.config.bytes_warning == 0 {
        return Ok(());
    }
    crate::objects::warn::warn(t, |types: &Types| -> &TypeCell { &types.bytes_warning }, message)
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    Ok(this(v).hash(t))
}

/// With `-b`: what is compared with bytes looks like a mistake.
pub(in crate::objects) fn warn_comparison(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R<()> {
    if t.interp.config.bytes_warning == 0 || !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(());
    }
    if b.cast::<Str>().is_some() {
        bytes_warning(t, &format!("Comparison between {} and string", kind_name(a)))?;
    } else if b.as_small().is_some() && a.cast::<Bytes>().is_some() {
        bytes_warning(t, "Comparison between bytes and int")?;
    }
    Ok(())
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<Bytes>(), b.cast::<Bytes>()) else {
        warn_comparison(t, a, b, op)?;
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (x, y) = (x.as_slice(), y.as_slice());
    Ok(Value::bool(match op {
        CmpOp::Eq => x == y,
        CmpOp::Ne => x != y,
        _ => op.holds(x.cmp(y)),
    }))
}

fn len(_: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).len())
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let bytes = this(v).as_slice();
    let index = match key.as_small() {
        Some(i) => i as isize,
        None => {
            if let Some(slice) = key.cast::<Slice>() {
                let b = slice.bounds(t, || bytes.len())?;
                if b.step == 1 {
                    let start = b.start as usize;
                    return part(t, v, start, start + b.count);
                }
                return Bytes::try_make(t, &b.indices().map(|i| bytes[i]).collect::<Vec<_>>());
            }
            if key.type_of(t).slots().nb_index.is_none() {
                return Err(t.type_error(format!(
                    "byte indices must be integers or slices, not {}",
                    key.type_of(t).name_str()
                )));
            }
            protocol::index_isize(t, key)?
        }
    };
    let index = if index < 0 { index + bytes.len() as isize } else { index };
    match usize::try_from(index).ok().and_then(|i| bytes.get(i)) {
        Some(&byte) => Ok(Value::small(byte.into())),
        None => Err(t.index_error("index out of range")),
    }
}

/// `a + b` for any two bytes-like objects: the bytes, or an error.
pub(in crate::objects) fn concatenated(t: &Thread, a: &Value, b: &Value) -> R<Vec<u8>> {
    let (Some(x), Some(y)) = (buffer::contiguous_bytes(t, a)?, buffer::contiguous_bytes(t, b)?) else {
        return Err(cannot_concat(t, b, a));
    };
    let mut out = container::try_vec(t, x.len() + y.len())?;
    out.extend_from_slice(&x);
    out.extend_from_slice(&y);
    Ok(out)
}

/// `can't concat int to bytes`.
#[cold]
pub(in crate::objects) fn cannot_concat(t: &Thread, what: &Value, to: &Value) -> crate::objects::slots::Raised {
    t.type_error(format!("can't concat {} to {}", what.type_of(t).name_str(), to.type_of(t).name_str()))
}

fn concat(t: &Thread, a: &Value, b: &Value) -> R {
    if let (Some(x), Some(y)) = (a.cast::<Bytes>(), b.cast_exact::<Bytes>()) {
        if x.is_empty() {
            return Ok(b.clone());
        }
        if y.is_empty() && a.cast_exact::<Bytes>().is_some() {
            return Ok(a.clone());
        }
        let len = x.len() + y.len();
        return Bytes::try_alloc(t, len, |data| {
            let (left, right) = data.split_at_mut(x.len());
            left.copy_from_slice(x.as_slice());
            right.copy_from_slice(y.as_slice());
        });
    }
    Bytes::try_make(t, &concatenated(t, a, b)?)
}

fn repeat(t: &Thread, v: &Value, times: i64) -> R {
    let bytes = this(v).as_slice();
    if times == 1 && v.cast_exact::<Bytes>().is_some() {
        return Ok(v.clone());
    }
    let len = arg::repeated(t, bytes.len(), times, "repeated bytes are too long")?;
    Bytes::try_alloc(t, len, |data| match bytes {
        [byte] => data.fill(*byte),
        _ => data.chunks_exact_mut(bytes.len().max(1)).for_each(|piece| piece.copy_from_slice(bytes)),
    })
}

fn iter(t: &Thread, v: &Value) -> R {
    Ok(BytesIter::make(t, v))
}

fn lend(t: &Thread, v: &Value, flags: u32) -> R<Buffer> {
    buffer::check_request(t, flags, true)?;
    let bytes = this(v).as_slice();
    // SAFETY: the bytes live as long as the object, and are only read.
    Ok(unsafe { Buffer::new(v.clone(), bytes.as_ptr() as *mut u8, bytes.len(), true, None) })
}

fn getnewargs(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([Bytes::try_make(t, this(v).as_slice())?]))
}

fn dunder_bytes(t: &Thread, v: &Value) -> R {
    match v.cast_exact::<Bytes>() {
        Some(_) => Ok(v.clone()),
        None => Bytes::try_make(t, this(v).as_slice()),
    }
}

const DOC: &str = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer";

/// `bytes`.
pub static SPEC: Spec = Spec {
    name: "bytes",
    kind: Kind::Bytes,
    size: std::mem::size_of::<Bytes>(),
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF | type_flags::VAR_SIZED,
    doc: DOC,
    slots: Slots {
        new: Some(construct::new),
        repr: Some(repr),
        str: Some(str),
        hash: Some(hash),
        compare: Some(compare),
        len: Some(len),
        getitem: Some(getitem),
        contains: Some(search::contains),
        sq_concat: Some(concat),
        sq_repeat: Some(repeat),
        nb_remainder: Some(percent::remainder),
        iter: Some(iter),
        bf_get: Some(lend),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};

static METHODS: &[Def] = &[
    Def::new(
        "capitalize",
        Func::NoArgs(methods::capitalize),
        "($self, /)",
        "B.capitalize() -> copy of B\n\nReturn a copy of B with only its first character capitalized (ASCII)\nand the rest lower-cased.",
    ),
    Def::new(
        "center",
        Func::Pos(methods::center, 1, 2),
        "($self, width, fillchar=b' ', /)",
        "Return a centered string of length width.\n\nPadding is done using the specified fill character.",
    ),
    Def::new(
        "count",
        Func::Pos(search::count, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the number of non-overlapping occurrences of subsection 'sub' in bytes B[start:end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.",
    ),
    Def::new(
        "decode",
        Func::Bound(methods::decode),
        "($self, /, encoding='utf-8', errors='strict')",
        "Decode the bytes using the codec registered for encoding.\n\n  encoding\n    The encoding with which to decode the bytes.\n  errors\n    The error handling scheme to use for the handling of decoding\n    errors.  The default is 'strict' meaning that decoding errors\n    raise a UnicodeDecodeError.  Other possible values are 'ignore'\n    and 'replace' as well as any other name registered with\n    codecs.register_error that can handle UnicodeDecodeErrors.",
    ),
    Def::new(
        "endswith",
        Func::Pos(search::endswith, 1, 3),
        "($self, suffix[, start[, end]], /)",
        "Return True if the bytes ends with the specified suffix, False otherwise.\n\n  suffix\n    A bytes or a tuple of bytes to try.\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.",
    ),
    Def::new(
        "expandtabs",
        Func::Bound(methods::expandtabs),
        "($self, /, tabsize=8)",
        "Return a copy where all tab characters are expanded using spaces.\n\nIf tabsize is not given, a tab size of 8 characters is assumed.",
    ),
    Def::new(
        "find",
        Func::Pos(search::find, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nReturn -1 on failure.",
    ),
    Def::new(
        "hex",
        Func::Bound(hex::hex),
        "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        "Create a string of hexadecimal numbers from a bytes object.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from\n    the right, negative values count from the left.\n\nExample:\n>>> value = b'\\xb9\\x01\\xef'\n>>> value.hex()\n'b901ef'\n>>> value.hex(':')\n'b9:01:ef'\n>>> value.hex(':', 2)\n'b9:01ef'\n>>> value.hex(':', -2)\n'b901:ef'",
    ),
    Def::new(
        "index",
        Func::Pos(search::index, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nRaise ValueError if the subsection is not found.",
    ),
    Def::new(
        "isalnum",
        Func::NoArgs(methods::isalnum),
        "($self, /)",
        "B.isalnum() -> bool\n\nReturn True if all characters in B are alphanumeric\nand there is at least one character in B, False otherwise.",
    ),
    Def::new(
        "isalpha",
        Func::NoArgs(methods::isalpha),
        "($self, /)",
        "B.isalpha() -> bool\n\nReturn True if all characters in B are alphabetic\nand there is at least one character in B, False otherwise.",
    ),
    Def::new(
        "isascii",
        Func::NoArgs(methods::isascii),
        "($self, /)",
        "B.isascii() -> bool\n\nReturn True if B is empty or all characters in B are ASCII,\nFalse otherwise.",
    ),
    Def::new(
        "isdigit",
        Func::NoArgs(methods::isdigit),
        "($self, /)",
        "B.isdigit() -> bool\n\nReturn True if all characters in B are digits\nand there is at least one character in B, False otherwise.",
    ),
    Def::new(
        "islower",
        Func::NoArgs(methods::islower),
        "($self, /)",
        "B.islower() -> bool\n\nReturn True if all cased characters in B are lowercase and there is\nat least one cased character in B, False otherwise.",
    ),
    Def::new(
        "isspace",
        Func::NoArgs(methods::isspace),
        "($self, /)",
        "B.isspace() -> bool\n\nReturn True if all characters in B are whitespace\nand there is at least one character in B, False otherwise.",
    ),
    Def::new(
        "istitle",
        Func::NoArgs(methods::istitle),
        "($self, /)",
        "B.istitle() -> bool\n\nReturn True if B is a titlecased string and there is at least one\ncharacter in B, i.e. uppercase characters may only follow uncased\ncharacters and lowercase characters only cased ones. Return False\notherwise.",
    ),
    Def::new(
        "isupper",
        Func::NoArgs(methods::isupper),
        "($self, /)",
        "B.isupper() -> bool\n\nReturn True if all cased characters in B are uppercase and there is\nat least one cased character in B, False otherwise.",
    ),
    Def::new(
        "join",
        Func::One(search::join),
        "($self, iterable_of_bytes, /)",
        "Concatenate any number of bytes objects.\n\nThe bytes whose method is called is inserted in between each pair.\n\nThe result is returned as a new bytes object.\n\nExample: b'.'.join([b'ab', b'pq', b'rs']) -> b'ab.pq.rs'.",
    ),
    Def::new(
        "ljust",
        Func::Pos(methods::ljust, 1, 2),
        "($self, width, fillchar=b' ', /)",
        "Return a left-justified string of length width.\n\nPadding is done using the specified fill character.",
    ),
    Def::new(
        "lower",
        Func::NoArgs(methods::lower),
        "($self, /)",
        "B.lower() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to lowercase.",
    ),
    Def::new(
        "lstrip",
        Func::Pos(search::lstrip, 0, 1),
        "($self, bytes=None, /)",
        "Strip leading bytes contained in the argument.\n\nIf the argument is omitted or None, strip leading  ASCII whitespace.",
    ),
    Def::statik(
        "maketrans",
        Func::Pos(methods::maketrans, 2, 2),
        "(frm, to, /)",
        "Return a translation table usable for the bytes or bytearray translate method.",
    ),
    Def::new(
        "partition",
        Func::One(search::partition),
        "($self, sep, /)",
        "Partition the bytes into three parts using the given separator.\n\nThis will search for the separator sep in the bytes.  If the\nseparator is found, returns a 3-tuple containing the part before the\nseparator, the separator itself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing the\noriginal bytes object and two empty bytes objects.",
    ),
    Def::new(
        "replace",
        Func::Pos(search::replace, 2, 3),
        "($self, old, new, count=-1, /)",
        "Return a copy with all occurrences of substring old replaced by new.\n\n  count\n    Maximum number of occurrences to replace.\n    -1 (the default value) means replace all occurrences.\n\nIf the optional argument count is given, only the first count occurrences are\nreplaced.",
    ),
    Def::new(
        "removeprefix",
        Func::One(search::removeprefix),
        "($self, prefix, /)",
        "Return a bytes object with the given prefix string removed if present.\n\nIf the bytes starts with the prefix string, return\nbytes[len(prefix):].  Otherwise, return a copy of the original\nbytes.",
    ),
    Def::new(
        "removesuffix",
        Func::One(search::removesuffix),
        "($self, suffix, /)",
        "Return a bytes object with the given suffix string removed if present.\n\nIf the bytes ends with the suffix string and that suffix is not\nempty, return bytes[:-len(prefix)].  Otherwise, return a copy of the\noriginal bytes.",
    ),
    Def::new(
        "rfind",
        Func::Pos(search::rfind, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nReturn -1 on failure.",
    ),
    Def::new(
        "rindex",
        Func::Pos(search::rindex, 1, 3),
        "($self, sub[, start[, end]], /)",
        "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nRaise ValueError if the subsection is not found.",
    ),
    Def::new(
        "rjust",
        Func::Pos(methods::rjust, 1, 2),
        "($self, width, fillchar=b' ', /)",
        "Return a right-justified string of length width.\n\nPadding is done using the specified fill character.",
    ),
    Def::new(
        "rpartition",
        Func::One(search::rpartition),
        "($self, sep, /)",
        "Partition the bytes into three parts using the given separator.\n\nThis will search for the separator sep in the bytes, starting at the\nend.  If the separator is found, returns a 3-tuple containing the\npart before the separator, the separator itself, and the part after\nit.\n\nIf the separator is not found, returns a 3-tuple containing two\nempty bytes objects and the original bytes object.",
    ),
    Def::new(
        "rsplit",
        Func::Bound(search::rsplit),
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the sections in the bytes, using sep as the delimiter.\n\n  sep\n    The delimiter according which to split the bytes.\n    None (the default value) means split on ASCII whitespace\n    characters (space, tab, return, newline, formfeed, vertical tab).\n  maxsplit\n    Maximum number of splits to do.\n    -1 (the default value) means no limit.\n\nSplitting is done starting at the end of the bytes and working to\nthe front.",
    ),
    Def::new(
        "rstrip",
        Func::Pos(search::rstrip, 0, 1),
        "($self, bytes=None, /)",
        "Strip trailing bytes contained in the argument.\n\nIf the argument is omitted or None, strip trailing ASCII whitespace.",
    ),
    Def::new(
        "split",
        Func::Bound(search::split),
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the sections in the bytes, using sep as the delimiter.\n\n  sep\n    The delimiter according which to split the bytes.\n    None (the default value) means split on ASCII whitespace\n    characters (space, tab, return, newline, formfeed, vertical tab).\n  maxsplit\n    Maximum number of splits to do.\n    -1 (the default value) means no limit.",
    ),
    Def::new(
        "splitlines",
        Func::Bound(search::splitlines),
        "($self, /, keepends=False)",
        "Return a list of the lines in the bytes, breaking at line boundaries.\n\nLine breaks are not included in the resulting list unless keepends\nis given and true.",
    ),
    Def::new(
        "startswith",
        Func::Pos(search::startswith, 1, 3),
        "($self, prefix[, start[, end]], /)",
        "Return True if the bytes starts with the specified prefix, False otherwise.\n\n  prefix\n    A bytes or a tuple of bytes to try.\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.",
    ),
    Def::new(
        "strip",
        Func::Pos(search::strip, 0, 1),
        "($self, bytes=None, /)",
        "Strip leading and trailing bytes contained in the argument.\n\nIf the argument is omitted or None, strip leading and trailing ASCII\nwhitespace.",
    ),
    Def::new(
        "swapcase",
        Func::NoArgs(methods::swapcase),
        "($self, /)",
        "B.swapcase() -> copy of B\n\nReturn a copy of B with uppercase ASCII characters converted\nto lowercase ASCII and vice versa.",
    ),
    Def::new(
        "title",
        Func::NoArgs(methods::title),
        "($self, /)",
        "B.title() -> copy of B\n\nReturn a titlecased version of B, i.e. ASCII words start with\nuppercase characters, all remaining cased characters have lowercase.",
    ),
    Def::new(
        "translate",
        Func::Bound(methods::translate),
        "($self, table, /, delete=b'')",
        "Return a copy with each character mapped by the given translation table.\n\n  table\n    Translation table, which must be a bytes object of length 256.\n\nAll characters occurring in the optional argument delete are\nremoved.  The remaining characters are mapped through the given\ntranslation table.",
    ),
    Def::new(
        "upper",
        Func::NoArgs(methods::upper),
        "($self, /)",
        "B.upper() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to uppercase.",
    ),
    Def::new(
        "zfill",
        Func::One(methods::zfill),
        "($self, width, /)",
        "Pad a numeric string with zeros on the left, to fill a field of the given width.\n\nThe original string is never truncated.",
    ),
    Def::class(
        "fromhex",
        Func::One(hex::fromhex),
        "($type, string, /)",
        "Create a bytes object from a string of hexadecimal numbers.\n\nSpaces between two numbers are accepted.\nExample: bytes.fromhex('B9 01EF') -> b'\\\\xb9\\\\x01\\\\xef'.",
    ),
    Def::new("__getnewargs__", Func::NoArgs(getnewargs), "($self, /)", ""),
    Def::new("__bytes__", Func::NoArgs(dunder_bytes), "($self, /)", "Convert this value to exact type bytes."),
];
