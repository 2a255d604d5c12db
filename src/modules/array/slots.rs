//! Operators, subscripts and the constructor of `array.array`, and its table.

use super::codes::{Code, Kind};
use super::edit;
use super::methods::{GETSET, METHODS};
use super::{Array, this};
use crate::objects::buffer::{self, Buffer};
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::container;
use crate::objects::iter::SeqIter;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::sequence_args::none_or_type;
use crate::objects::slice::{Slice, adjust};
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::warn::warn;

/// The type code of an argument.
pub fn code(t: &Thread, function: &str, v: &Value) -> R<char> {
    match v.cast::<Str>() {
        Some(s) if s.len() == 1 => Ok(char::from_u32(s.units().at(0)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        Some(s) => {
            Err(t.type_error(format!("{function} must be a unicode character, not a string of length {}", s.len())))
        }
        None => Err(t.type_error(format!("{function} must be a unicode character, not {}", none_or_type(t, v)))),
    }
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = container::class_of(t, class)?;
    if class.spec().is_some() {
        container::no_keywords(t, "array.array", args)?;
    }
    match args.pos.len() {
        0 => return Err(t.type_error("array() takes at least 1 argument (0 given)")),
        1 | 2 => {}
        n => return Err(t.type_error(format!("array() takes at most 2 arguments ({n} given)"))),
    }
    let letter = code(t, "array() argument 1", &args.pos[0])?;
    if letter == 'u' {
        let message = "The 'u' type code is deprecated and will be removed in Python 3.16";
        warn(t, |types| &types.deprecation_warning, message)?;
    }
    let initial = args.pos.get(1);
    let text = |letter: Option<char>| matches!(letter, Some('u' | 'w'));
    if let Some(initial) = initial
        && !text(Some(letter))
    {
        if initial.cast::<Str>().is_some() {
            return Err(t.type_error(format!("cannot use a str to initialize an array with typecode '{letter}'")));
        }
        if text(initial.opaque::<Array>().map(|a| a.code.letter)) {
            return Err(
                t.type_error(format!("cannot use a unicode array to initialize an array with typecode '{letter}'"))
            );
        }
    }
    let Some(code) = Code::of(letter) else {
        return Err(t.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"));
    };
    let array = Array::make(t, class, code, Vec::new())?;
    match initial {
        None => {}
        Some(v) if v.cast::<Bytes>().is_some() || v.cast::<ByteArray>().is_some() => {
            super::methods::add_bytes(t, &array, &buffer::to_vec(t, v)?)?;
        }
        Some(v) => match v.cast::<Str>() {
            Some(s) => edit::append_bytes(t, &array, &super::methods::text_bytes(s))?,
            None => match v.opaque::<Array>() {
                Some(other) if other.code.letter == letter => edit::append_bytes(t, &array, &other.snapshot(t, v))?,
                _ => edit::extend_items(t, &array, v)?,
            },
        },
    }
    Ok(array)
}

fn repr(t: &Thread, v: &Value) -> R {
    let array = this(v);
    let (name, letter) = (v.type_of(t).short_name(), array.code.letter);
    if array.len(t, v) == 0 {
        return Ok(t.str(format!("{name}('{letter}')")));
    }
    let items = match array.code.kind {
        Kind::Character => super::methods::tounicode(t, v)?,
        _ => super::methods::tolist(t, v)?,
    };
    let mut out = container::Text::default();
    out.push(&format!("{name}('{letter}', "));
    out.push_repr(t, &items)?;
    out.push(")");
    Ok(out.finish(t))
}

fn len(t: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).len(t, v))
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let array = this(v);
    if let Some(slice) = key.cast::<Slice>() {
        let (start, stop, step) = slice.unpack(t)?;
        let size = array.code.size;
        let part = array.with(t, v, |bytes| {
            let b = adjust(bytes.len() / size, start, stop, step);
            let mut out = Vec::with_capacity(b.count * size);
            match b.step {
                1 => out.extend_from_slice(&bytes[b.start as usize * size..(b.start as usize + b.count) * size]),
                _ => b.indices().for_each(|i| out.extend_from_slice(&bytes[i * size..(i + 1) * size])),
            }
            out
        });
        return Array::exact(t, array.code, part);
    }
    if key.type_of(t).slots().nb_index.is_none() && key.as_small().is_none() {
        return Err(t.type_error("array indices must be integers"));
    }
    let i = protocol::index_isize(t, key)?;
    let at = edit::normal_index(t, i, array.len(t, v), "array index out of range")?;
    array.get(t, v, at).ok_or_else(|| t.index_error("array index out of range"))
}

fn contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    Ok(edit::find(t, v, item, 0, usize::MAX)?.is_some())
}

fn concat(t: &Thread, a: &Value, b: &Value) -> R {
    let Some(other) = b.opaque::<Array>() else {
        return Err(t.type_error(format!("can only append array (not \"{}\") to array", b.type_of(t).name_str())));
    };
    let array = this(a);
    if array.code.letter != other.code.letter {
        return Err(t.type_error("bad argument type for built-in operation"));
    }
    let mut bytes = array.snapshot(t, a);
    bytes.extend(other.snapshot(t, b));
    Array::exact(t, array.code, bytes)
}

fn inplace_concat(t: &Thread, v: &Value, other: &Value) -> R {
    if other.opaque::<Array>().is_none() {
        return Err(t.type_error(format!("can only extend array with array (not \"{}\")", other.type_of(t).name_str())));
    }
    edit::extend(t, v, other)?;
    Ok(v.clone())
}

fn repeat(t: &Thread, v: &Value, times: i64) -> R {
    Array::exact(t, this(v).code, edit::repeated(t, v, times)?)
}

fn inplace_repeat(t: &Thread, v: &Value, times: i64) -> R {
    if times != 1 {
        let new = edit::repeated(t, v, times)?;
        this(v).resize_with(t, v, |bytes| *bytes = new)?;
    }
    Ok(v.clone())
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.opaque::<Array>(), b.opaque::<Array>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    let (m, n) = (x.len(t, a), y.len(t, b));
    if m != n && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::bool(op == CmpOp::Ne));
    }
    let mut i = 0;
    while let (Some(p), Some(q)) = (x.get(t, a, i), y.get(t, b, i)) {
        if !protocol::compare_bool(t, &p, &q, CmpOp::Eq)? {
            return match op {
                CmpOp::Eq => Ok(Value::FALSE),
                CmpOp::Ne => Ok(Value::TRUE),
                _ => protocol::compare(t, &p, &q, op),
            };
        }
        i += 1;
    }
    Ok(Value::bool(op.holds(x.len(t, a).cmp(&y.len(t, b)))))
}

fn iter(t: &Thread, v: &Value) -> R {
    Ok(SeqIter::make(t, v))
}

fn lend(t: &Thread, v: &Value, _: u32) -> R<Buffer> {
    Ok(this(v).lend(t, v))
}

fn release(t: &Thread, v: &Value, view: &Value) -> R<()> {
    crate::objects::memoryview::release_of(t, v, view)
}

/// `array.array`.
pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC
        | type_flags::BASETYPE
        | type_flags::IMMUTABLE
        | type_flags::SEQUENCE
        | type_flags::WEAKREFABLE,
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\ninitialized from the optional initializer value, which must be a list,\nstring or iterable over elements of the appropriate type.\n",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        compare: Some(compare),
        len: Some(len),
        getitem: Some(getitem),
        setitem: Some(edit::set_item),
        contains: Some(contains),
        sq_concat: Some(concat),
        sq_repeat: Some(repeat),
        sq_inplace_concat: Some(inplace_concat),
        sq_inplace_repeat: Some(inplace_repeat),
        iter: Some(iter),
        bf_get: Some(lend),
        bf_release: Some(release),
        ..opaque::spec::<Array>("").slots
    },
    methods: METHODS,
    getset: GETSET,
    ..opaque::spec::<Array>("array.array")
};
