//! The methods of `list`, and its table.

use super::List;
use super::slots::{self, this};
use crate::objects::container;
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::iter::Reversed;
use crate::objects::protocol;
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn append(t: &Thread, v: &Value, item: &Value) -> R {
    this(v).push(t, item.clone());
    Ok(Value::NONE)
}

fn clear(t: &Thread, v: &Value) -> R {
    this(v).clear(t);
    Ok(Value::NONE)
}

fn copy(t: &Thread, v: &Value) -> R {
    Ok(List::from_vec(t, this(v).snapshot(t)))
}

fn insert(t: &Thread, v: &Value, args: &[Value]) -> R {
    let i = int::arg_isize(t, &args[0])?;
    let list = this(v);
    let i = if i < 0 { (i + list.len() as isize).max(0) } else { i };
    list.insert(t, i as usize, args[1].clone());
    Ok(Value::NONE)
}

fn extend(t: &Thread, v: &Value, iterable: &Value) -> R {
    this(v).extend(t, iterable)?;
    Ok(Value::NONE)
}

fn pop(t: &Thread, v: &Value, args: &[Value]) -> R {
    let list = this(v);
    let index = match args.first() {
        Some(i) => int::arg_isize(t, i)?,
        None => -1,
    };
    if list.is_empty() {
        return Err(t.index_error("pop from empty list"));
    }
    let popped = if index == -1 {
        list.pop(t)
    } else {
        slots::normal_index(index, list.len()).and_then(|i| list.remove_at(t, i))
    };
    popped.ok_or_else(|| t.index_error("pop index out of range"))
}

/// The index of the first item equal to `item`.
fn find(t: &Thread, list: &List, item: &Value, start: usize, stop: usize) -> R<Option<usize>> {
    let mut i = start;
    while i < stop
        && let Some(x) = list.get(t, i)
    {
        if protocol::eq(t, &x, item)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

fn remove(t: &Thread, v: &Value, item: &Value) -> R {
    let list = this(v);
    match find(t, list, item, 0, usize::MAX)? {
        Some(i) => {
            drop(list.remove_at(t, i));
            Ok(Value::NONE)
        }
        None => Err(t.value_error("list.remove(x): x not in list")),
    }
}

fn index(t: &Thread, v: &Value, args: &[Value]) -> R {
    let list = this(v);
    let (start, stop) = container::search_range(t, &args[1..], || list.len())?;
    match find(t, list, &args[0], start, stop)? {
        Some(i) => Ok(int::from_usize(t, i)),
        None => Err(t.value_error("list.index(x): x not in list")),
    }
}

fn count(t: &Thread, v: &Value, item: &Value) -> R {
    let list = this(v);
    let (mut i, mut n) = (0, 0);
    while let Some(x) = list.get(t, i) {
        n += usize::from(protocol::eq(t, &x, item)?);
        i += 1;
    }
    Ok(int::from_usize(t, n))
}

fn reverse(t: &Thread, v: &Value) -> R {
    this(v).reverse(t);
    Ok(Value::NONE)
}

fn sort(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let key = args[0].as_ref().filter(|k| !k.is_none());
    let reverse = match &args[1] {
        Some(r) => protocol::truth(t, r)?,
        None => false,
    };
    super::sort::sort_list(t, this(v), key, reverse)?;
    Ok(Value::NONE)
}

fn reversed(t: &Thread, v: &Value) -> R {
    Ok(Reversed::of_list(t, v))
}

fn sizeof(t: &Thread, v: &Value) -> R {
    let list = this(v);
    Ok(int::from_usize(t, v.type_of(t).payload_size() + 16 + list.capacity() * 8))
}

static METHODS: &[Def] = &[
    Def::new("__reversed__", Func::NoArgs(reversed), "($self, /)", "Return a reverse iterator over the list."),
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Return the size of the list in memory, in bytes."),
    Def::new("clear", Func::NoArgs(clear), "($self, /)", "Remove all items from list."),
    Def::new("copy", Func::NoArgs(copy), "($self, /)", "Return a shallow copy of the list."),
    Def::new("append", Func::One(append), "($self, object, /)", "Append object to the end of the list."),
    Def::new("insert", Func::Pos(insert, 2, 2), "($self, index, object, /)", "Insert object before index."),
    Def::new(
        "extend",
        Func::One(extend),
        "($self, iterable, /)",
        "Extend list by appending elements from the iterable.",
    ),
    Def::new(
        "pop",
        Func::Pos(pop, 0, 1),
        "($self, index=-1, /)",
        "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.",
    ),
    Def::new(
        "remove",
        Func::One(remove),
        "($self, value, /)",
        "Remove first occurrence of value.\n\nRaises ValueError if the value is not present.",
    ),
    Def::new(
        "index",
        Func::Pos(index, 1, 3),
        "($self, value, start=0, stop=sys.maxsize, /)",
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
    ),
    Def::new("count", Func::One(count), "($self, value, /)", "Return number of occurrences of value."),
    Def::new("reverse", Func::NoArgs(reverse), "($self, /)", "Reverse *IN PLACE*."),
    Def::new(
        "sort",
        Func::Bound(sort),
        "($self, /, *, key=None, reverse=False)",
        "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list itself is modified) and stable\n(i.e. the order of two equal elements is maintained).\n\nIf a key function is given, apply it once to each list item and sort\nthem, ascending or descending, according to their function values.\n\nThe reverse flag can be set to sort in descending order.",
    ),
    Def::class(
        "__class_getitem__",
        Func::One(container::class_getitem),
        "($type, object, /)",
        "lists are generic over the type of their contents",
    ),
];

/// `list`.
pub static SPEC: Spec = Spec {
    name: "list",
    kind: Kind::List,
    size: std::mem::size_of::<List>(),
    flags: type_flags::BASETYPE
        | type_flags::HAVE_GC
        | type_flags::IMMUTABLE
        | type_flags::SEQUENCE
        | type_flags::MATCH_SELF,
    doc: "list(iterable=(), /)\n--\n\nBuilt-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
    slots: Slots {
        new: Some(slots::new),
        init: Some(slots::init),
        repr: Some(slots::repr),
        hash: Some(crate::objects::type_slots::hash_not_implemented),
        compare: Some(slots::compare),
        iter: Some(slots::iter),
        len: Some(slots::len),
        getitem: Some(slots::getitem),
        setitem: Some(slots::setitem),
        contains: Some(slots::contains),
        sq_concat: Some(slots::concat),
        sq_repeat: Some(slots::repeat),
        sq_inplace_concat: Some(slots::inplace_concat),
        sq_inplace_repeat: Some(slots::inplace_repeat),
        drop: Some(List::drop_payload),
        traverse: Some(List::traverse),
        clear: Some(List::clear_refs),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..Spec::DEFAULT
};
