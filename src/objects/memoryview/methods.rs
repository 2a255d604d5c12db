//! The methods and attributes of `memoryview`.

use super::slots::{held, item, letter, this};
use super::{MemoryView, Shown, cast};
use crate::objects::buffer::flags;
use crate::objects::bytes::{Bytes, hex};
use crate::objects::container;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::sequence_args::none_or_type;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, GetSet};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn release(t: &Thread, v: &Value) -> R {
    this(v).release(t)?;
    Ok(Value::NONE)
}

fn enter(t: &Thread, v: &Value) -> R {
    held(t, v)?;
    Ok(v.clone())
}

fn exit(t: &Thread, v: &Value, _: &[Value]) -> R {
    release(t, v)
}

fn tobytes(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let held = held(t, v)?;
    let fortran = match args[0].as_ref().filter(|order| !order.is_none()) {
        None => false,
        Some(order) => match order.cast::<Str>() {
            Some(s) if s.is("C") => false,
            Some(s) if s.is("F") => true,
            Some(s) if s.is("A") => {
                held.layout.is_f_contiguous(held.itemsize) && !held.layout.is_c_contiguous(held.itemsize)
            }
            Some(_) => return Err(t.value_error("order must be 'C', 'F' or 'A'")),
            None => {
                let name = none_or_type(t, order);
                return Err(t.type_error(format!("tobytes() argument 'order' must be str or None, not {name}")));
            }
        },
    };
    Bytes::try_make(t, &held.to_vec(fortran))
}

fn hex(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let held = held(t, v)?;
    let (sep, per) = hex::separator(t, args[0].as_ref(), args[1].as_ref())?;
    Ok(Str::make_ascii(t, &hex::hexlify(&held.to_vec(false), sep, per)))
}

fn tolist(t: &Thread, v: &Value) -> R {
    let held = held(t, v)?;
    let letter = letter(t, &held)?;
    if held.ndim() == 0 {
        return Ok(item(t, &held, letter, held.ptr));
    }
    Ok(nested(t, &held, letter, 0, held.ptr))
}

/// The items along a dimension, as nested lists.
fn nested(t: &Thread, shown: &Shown, letter: u8, dimension: usize, at: *mut u8) -> Value {
    let (n, stride) = (shown.layout.shape[dimension], shown.layout.strides[dimension]);
    // SAFETY: items or rows of items lie at these places.
    let places = (0..n).map(|i| unsafe { at.offset(i as isize * stride) });
    let last = dimension + 1 == shown.ndim();
    List::make(
        t,
        places.map(|place| match last {
            true => item(t, shown, letter, place),
            false => nested(t, shown, letter, dimension + 1, place),
        }),
    )
}

fn toreadonly(t: &Thread, v: &Value) -> R {
    let held = held(t, v)?;
    Ok(MemoryView::make(t, held.buffer.clone(), Shown { readonly: true, ..held.shown.clone() }))
}

fn from_flags(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let [Some(object), Some(flags)] = args else { return Err(t.type_error("_from_flags() takes 2 arguments")) };
    let flags = int::arg_i32(t, flags)?;
    MemoryView::of_object(t, object, flags as u32 | flags::SIMPLE)
}

fn one_dimension(t: &Thread, shown: &Shown, what: &str) -> R<()> {
    match shown.ndim() {
        1 => Ok(()),
        0 => Err(t.type_error("invalid lookup on 0-dim memory")),
        _ => Err(t.not_implemented_error(format!("multi-dimensional {what} is not implemented"))),
    }
}

fn count(t: &Thread, v: &Value, value: &Value) -> R {
    let it = protocol::iter(t, v)?;
    let mut count = 0;
    while let Some(item) = protocol::next(t, &it)? {
        count += i64::from(protocol::eq(t, &item, value)?);
    }
    Ok(Value::small(count))
}

fn index(t: &Thread, v: &Value, args: &[Value]) -> R {
    let held = held(t, v)?;
    one_dimension(t, &held, "index")?;
    let (start, stop) = container::search_range(t, &args[1..], || held.layout.shape[0])?;
    let letter = letter(t, &held)?;
    for i in start..stop.min(held.layout.shape[0]) {
        if protocol::eq(t, &item(t, &held, letter, held.place(&[i])), &args[0])? {
            return Ok(int::from_usize(t, i));
        }
    }
    Err(t.value_error("memoryview.index(x): x not found"))
}

fn class_getitem(t: &Thread, class: &Value, item: &Value) -> R {
    container::class_getitem(t, class, item)
}

fn obj(t: &Thread, v: &Value) -> R {
    Ok(held(t, v)?.buffer.obj.clone())
}

fn nbytes(t: &Thread, v: &Value) -> R {
    Ok(int::from_usize(t, held(t, v)?.len))
}

fn readonly(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(held(t, v)?.readonly))
}

fn itemsize(t: &Thread, v: &Value) -> R {
    Ok(int::from_usize(t, held(t, v)?.itemsize))
}

fn format(t: &Thread, v: &Value) -> R {
    Ok(t.str(&*held(t, v)?.format))
}

fn ndim(t: &Thread, v: &Value) -> R {
    Ok(int::from_usize(t, held(t, v)?.ndim()))
}

fn shape(t: &Thread, v: &Value) -> R {
    let held = held(t, v)?;
    Ok(t.tuple(held.layout.shape.iter().map(|&n| int::from_usize(t, n)).collect::<Vec<_>>()))
}

fn strides(t: &Thread, v: &Value) -> R {
    let held = held(t, v)?;
    Ok(t.tuple(held.layout.strides.iter().map(|&n| int::new(t, n as i64)).collect::<Vec<_>>()))
}

fn suboffsets(t: &Thread, v: &Value) -> R {
    held(t, v)?;
    Ok(t.tuple([]))
}

fn c_contiguous(t: &Thread, v: &Value) -> R {
    let held = held(t, v)?;
    Ok(Value::bool(held.layout.is_c_contiguous(held.itemsize)))
}

fn f_contiguous(t: &Thread, v: &Value) -> R {
    let held = held(t, v)?;
    Ok(Value::bool(held.layout.is_f_contiguous(held.itemsize)))
}

fn contiguous(t: &Thread, v: &Value) -> R {
    let held = held(t, v)?;
    Ok(Value::bool(held.layout.is_c_contiguous(held.itemsize) || held.layout.is_f_contiguous(held.itemsize)))
}

pub(super) static GETSET: &[GetSet] = &[
    GetSet::ro("obj", obj, "The underlying object of the memoryview."),
    GetSet::ro(
        "nbytes",
        nbytes,
        "The amount of space in bytes that the array would use in\n a contiguous representation.",
    ),
    GetSet::ro("readonly", readonly, "A bool indicating whether the memory is read only."),
    GetSet::ro("itemsize", itemsize, "The size in bytes of each element of the memoryview."),
    GetSet::ro(
        "format",
        format,
        "A string containing the format (in struct module style)\n for each element in the view.",
    ),
    GetSet::ro(
        "ndim",
        ndim,
        "An integer indicating how many dimensions of a multi-dimensional\n array the memory represents.",
    ),
    GetSet::ro("shape", shape, "A tuple of ndim integers giving the shape of the memory\n as an N-dimensional array."),
    GetSet::ro(
        "strides",
        strides,
        "A tuple of ndim integers giving the size in bytes to access\n each element for each dimension of the array.",
    ),
    GetSet::ro("suboffsets", suboffsets, "A tuple of integers used internally for PIL-style arrays."),
    GetSet::ro("c_contiguous", c_contiguous, "A bool indicating whether the memory is C contiguous."),
    GetSet::ro("f_contiguous", f_contiguous, "A bool indicating whether the memory is Fortran contiguous."),
    GetSet::ro("contiguous", contiguous, "A bool indicating whether the memory is contiguous."),
];

pub(super) static METHODS: &[Def] = &[
    Def::new(
        "release",
        Func::NoArgs(release),
        "($self, /)",
        "Release the underlying buffer exposed by the memoryview object.",
    ),
    Def::new(
        "tobytes",
        Func::Bound(tobytes),
        "($self, /, order='C')",
        "Return the data in the buffer as a byte string.\n\nOrder can be {'C', 'F', 'A'}.  When order is 'C' or 'F', the data of\nthe original array is converted to C or Fortran order.  For\ncontiguous views, 'A' returns an exact copy of the physical memory.\nIn particular, in-memory Fortran order is preserved.  For\nnon-contiguous views, the data is converted to C first.  order=None\nis the same as order='C'.",
    ),
    Def::new(
        "hex",
        Func::Bound(hex),
        "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        "Return the data in the buffer as a str of hexadecimal numbers.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from\n    the right, negative values count from the left.\n\nExample:\n>>> value = memoryview(b'\\xb9\\x01\\xef')\n>>> value.hex()\n'b901ef'\n>>> value.hex(':')\n'b9:01:ef'\n>>> value.hex(':', 2)\n'b9:01ef'\n>>> value.hex(':', -2)\n'b901:ef'",
    ),
    Def::new("tolist", Func::NoArgs(tolist), "($self, /)", "Return the data in the buffer as a list of elements."),
    Def::new(
        "cast",
        Func::Bound(cast::cast),
        "($self, /, format, shape=<unrepresentable>)",
        "Cast a memoryview to a new format or shape.",
    ),
    Def::new("toreadonly", Func::NoArgs(toreadonly), "($self, /)", "Return a readonly version of the memoryview."),
    Def::class(
        "_from_flags",
        Func::Bound(from_flags),
        "($type, /, object, flags)",
        "Create a new memoryview object which references the given object.",
    ),
    Def::new("count", Func::One(count), "($self, value, /)", "Count the number of occurrences of a value."),
    Def::new(
        "index",
        Func::Pos(index, 1, 3),
        "($self, value, start=0, stop=sys.maxsize, /)",
        "Return the index of the first occurrence of a value.\n\nRaises ValueError if the value is not present.",
    ),
    Def::new("__enter__", Func::NoArgs(enter), "($self, /)", ""),
    Def::new(
        "__exit__",
        Func::VarPos(exit),
        "($self, /, *exc_info)",
        "Release the underlying buffer exposed by the memoryview object.",
    ),
    Def::class(
        "__class_getitem__",
        Func::One(class_getitem),
        "($type, object, /)",
        "memoryviews are generic over the type of their underlying data",
    ),
];
