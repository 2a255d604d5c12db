//! The methods and attributes of `array.array`.

use super::codes::{CODES, Code, Kind};
use super::slots::code;
use super::{Array, edit, this};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::container;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::sequence_args::{instance_state, none_or_type, str_arg};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, GetSet};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

fn append(t: &Thread, v: &Value, item: &Value) -> R {
    edit::push(t, v, item)?;
    Ok(Value::NONE)
}

fn extend(t: &Thread, v: &Value, source: &Value) -> R {
    edit::extend(t, v, source)?;
    Ok(Value::NONE)
}

fn buffer_info(t: &Thread, v: &Value) -> R {
    let array = this(v);
    let (address, bytes) = array.with(t, v, |bytes| (bytes.as_ptr() as usize, bytes.len()));
    Ok(t.tuple([int::from_usize(t, address), int::from_usize(t, bytes / array.code.size)]))
}

fn byteswap(t: &Thread, v: &Value) -> R {
    if this(v).code.size == 1 { Ok(Value::NONE) } else { edit::byteswap(t, v) }
}

fn copy(t: &Thread, v: &Value) -> R {
    let array = this(v);
    Array::exact(t, array.code, array.snapshot(t, v))
}

fn deepcopy(t: &Thread, v: &Value, _: &Value) -> R {
    copy(t, v)
}

fn count(t: &Thread, v: &Value, value: &Value) -> R {
    let (array, mut i, mut count) = (this(v), 0, 0);
    while let Some(item) = array.get(t, v, i) {
        count += i64::from(protocol::eq(t, &item, value)?);
        i += 1;
    }
    Ok(Value::small(count))
}

fn index(t: &Thread, v: &Value, args: &[Value]) -> R {
    let (start, stop) = container::search_range(t, &args[1..], || this(v).len(t, v))?;
    match edit::find(t, v, &args[0], start, stop)? {
        Some(i) => Ok(int::from_usize(t, i)),
        None => Err(t.value_error("array.index(x): x not in array")),
    }
}

fn fromfile(t: &Thread, v: &Value, args: &[Value]) -> R {
    let (file, n) = (&args[0], int::arg_isize(t, &args[1])?);
    let Ok(n) = usize::try_from(n) else { return Err(t.value_error("negative count")) };
    let Some(bytes) = n.checked_mul(this(v).code.size).filter(|&b| b <= isize::MAX as usize) else {
        return Err(t.memory_error());
    };
    let read = protocol::call_method_str(t, file, "read", &[int::from_usize(t, bytes)])?;
    let Some(data) = read.cast::<Bytes>() else { return Err(t.type_error("read() didn't return bytes")) };
    add_bytes(t, v, data.as_slice())?;
    if data.len() != bytes {
        return Err(t.eof_error("read() didn't return enough bytes"));
    }
    Ok(Value::NONE)
}

fn tofile(t: &Thread, v: &Value, file: &Value) -> R {
    // In blocks: a large array is not copied whole.
    const BLOCK: usize = 64 * 1024;
    for block in this(v).snapshot(t, v).chunks(BLOCK) {
        protocol::call_method_str(t, file, "write", &[Bytes::try_make(t, block)?])?;
    }
    Ok(Value::NONE)
}

fn fromlist(t: &Thread, v: &Value, list: &Value) -> R {
    let Some(items) = list.cast::<List>() else { return Err(t.type_error("arg must be list")) };
    let array = this(v);
    let mut bytes = Vec::new();
    let mut i = 0;
    let len = items.len();
    while let Some(item) = items.get(t, i) {
        bytes.extend_from_slice(&array.code.pack(t, &item)?[..array.code.size]);
        i += 1;
        if items.len() != len {
            return Err(t.runtime_error("list changed size during iteration"));
        }
    }
    edit::append_bytes(t, v, &bytes)?;
    Ok(Value::NONE)
}

/// Appends items given as bytes.
pub fn add_bytes(t: &Thread, v: &Value, bytes: &[u8]) -> R<()> {
    if bytes.len() % this(v).code.size != 0 {
        return Err(t.value_error("bytes length not a multiple of item size"));
    }
    edit::append_bytes(t, v, bytes)
}

fn frombytes(t: &Thread, v: &Value, source: &Value) -> R {
    let bytes = buffer::bytes_like(t, source)?.to_vec();
    add_bytes(t, v, &bytes)?;
    Ok(Value::NONE)
}

/// Text as the bytes of an array of characters.
pub fn text_bytes(text: &Str) -> Vec<u8> {
    text.units().iter().flat_map(u32::to_le_bytes).collect()
}

fn fromunicode(t: &Thread, v: &Value, text: &Value) -> R {
    let text = str_arg(t, "fromunicode", "", text)?;
    if this(v).code.kind != Kind::Character {
        return Err(t.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    edit::append_bytes(t, v, &text_bytes(text))?;
    Ok(Value::NONE)
}

pub fn tounicode(t: &Thread, v: &Value) -> R {
    let array = this(v);
    if array.code.kind != Kind::Character {
        return Err(t.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    let bytes = array.snapshot(t, v);
    let codes: Vec<u32> = bytes.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
    match codes.iter().find(|&&code| code > 0x10_ffff) {
        Some(code) => Err(t.value_error(format!("character U+{code:x} is not in range [U+0000; U+10ffff]"))),
        None => Ok(Str::from_code_points(t, &codes)),
    }
}

pub fn tolist(t: &Thread, v: &Value) -> R {
    let array = this(v);
    let bytes = array.snapshot(t, v);
    Ok(List::make(t, bytes.chunks_exact(array.code.size).map(|item| array.code.unpack(t, item))))
}

fn tobytes(t: &Thread, v: &Value) -> R {
    Bytes::try_make(t, &this(v).snapshot(t, v))
}

fn reduce_ex(t: &Thread, v: &Value, protocol: &Value) -> R {
    let array = this(v);
    let (class, letter) = (v.type_of_value(t), t.str(array.code.letter.to_string()));
    let state = instance_state(t, v)?;
    if int::arg_isize(t, protocol)? < 3 {
        return Ok(t.tuple([class, t.tuple([letter, tolist(t, v)?]), state]));
    }
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("modules cannot be imported yet")) };
    let module = (hooks.import)(t, &t.intern("array"), None, None, None, 0)?;
    let function = protocol::getattr_str(t, &module, "_array_reconstructor")?;
    let args = t.tuple([class, letter, Value::small(array.code.machine.into()), tobytes(t, v)?]);
    Ok(t.tuple([function, args, state]))
}

/// `_array_reconstructor(class, typecode, machine format, bytes)`: an array from another machine.
pub fn reconstruct(t: &Thread, _: &Value, args: &[Value]) -> R {
    let Some(class) = args[0].cast::<Type>() else {
        return Err(t.type_error("first argument must be a type object, not ".to_owned() + &none_or_type(t, &args[0])));
    };
    let own = crate::modules::module_type(t, &super::slots::SPEC);
    if !own.cast::<Type>().is_some_and(|own| class.is_subtype(own)) {
        return Err(t.type_error(format!("{} is not a subtype of array.array", class.name_str())));
    }
    let letter = code(t, "_array_reconstructor() argument 2", &args[1])?;
    let machine = int::arg_i32(t, &args[2])?;
    if !(0..=21).contains(&machine) {
        return Err(t.value_error("third argument must be a valid machine format code."));
    }
    let Some(code) = Code::of(letter) else {
        return Err(t.value_error("second argument must be a valid type code"));
    };
    let Some(bytes) = args[3].cast::<Bytes>() else {
        return Err(t.type_error(format!("fourth argument should be bytes, not {}", args[3].type_of(t).name_str())));
    };
    let items = foreign_items(t, machine as u8, bytes.as_slice())?;
    let array = Array::make(t, class, code, Vec::new())?;
    match code.kind {
        Kind::Character => edit::extend_items(t, &array, &t.tuple(items))?,
        _ => edit::extend(t, &array, &t.tuple(items))?,
    }
    Ok(array)
}

/// Items written by a machine of that format.
fn foreign_items(t: &Thread, machine: u8, bytes: &[u8]) -> R<Vec<Value>> {
    // 0 and 1 have one byte; then come pairs, little end first.
    let big = machine >= 2 && machine % 2 == 1;
    let (letter, size) = match machine {
        0 => ('B', 1),
        1 => ('b', 1),
        2 | 3 => ('H', 2),
        4 | 5 => ('h', 2),
        6 | 7 => ('I', 4),
        8 | 9 => ('i', 4),
        10 | 11 => ('Q', 8),
        12 | 13 => ('q', 8),
        14 | 15 => ('f', 4),
        16 | 17 => ('d', 8),
        18 | 19 => ('H', 2),
        _ => ('w', 4),
    };
    if bytes.len() % size != 0 {
        return Err(t.value_error("bytes length not a multiple of item size"));
    }
    let code = Code::of(letter).unwrap_or(&CODES[0]);
    let swapped = |item: &[u8]| if big { item.iter().rev().copied().collect() } else { item.to_vec() };
    if matches!(machine, 18 | 19) {
        // UTF-16: pairs of surrogates are one character.
        let units = bytes.chunks_exact(2).map(|u| u16::from_le_bytes(swapped(u).try_into().unwrap_or([0; 2])));
        let text: Vec<u32> = char::decode_utf16(units)
            .map(|c| c.map_or_else(|e| u32::from(e.unpaired_surrogate()), u32::from))
            .collect();
        return Ok(text.into_iter().map(|c| Str::from_char(t, c)).collect());
    }
    Ok(bytes.chunks_exact(size).map(|item| code.unpack(t, &swapped(item))).collect())
}

fn sizeof(t: &Thread, v: &Value) -> R {
    const HEADER: usize = 64;
    let capacity = this(v).with(t, v, |bytes| bytes.capacity());
    Ok(int::from_usize(t, HEADER + capacity))
}

pub(super) static GETSET: &[GetSet] = &[
    GetSet::ro(
        "typecode",
        |t, v| Ok(t.str(this(v).code.letter.to_string())),
        "the typecode character used to create the array",
    ),
    GetSet::ro("itemsize", |t, v| Ok(int::from_usize(t, this(v).code.size)), "the size, in bytes, of one array item"),
];

#[rustfmt::skip]
pub(super) static METHODS: &[Def] = &[
    Def::new("append", Func::One(append), "($self, v, /)", "Append new value v to the end of the array."),
    Def::new("buffer_info", Func::NoArgs(buffer_info), "($self, /)", "Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents.\n\nThe length should be multiplied by the itemsize attribute to\ncalculate the buffer length in bytes."),
    Def::new("byteswap", Func::NoArgs(byteswap), "($self, /)", "Byteswap all items of the array.\n\nIf the items in the array are not 1, 2, 4, or 8 bytes in size,\nRuntimeError is raised."),
    Def::new("clear", Func::NoArgs(edit::clear), "($self, /)", "Remove all items from the array."),
    Def::new("__copy__", Func::NoArgs(copy), "($self, /)", "Return a copy of the array."),
    Def::new("count", Func::One(count), "($self, v, /)", "Return number of occurrences of v in the array."),
    Def::new("__deepcopy__", Func::One(deepcopy), "($self, unused, /)", "Return a copy of the array."),
    Def::new("extend", Func::One(extend), "($self, bb, /)", "Append items to the end of the array."),
    Def::new("fromfile", Func::Pos(fromfile, 2, 2), "($self, f, n, /)", "Read n objects from the file object f and append them to the end of the array."),
    Def::new("fromlist", Func::One(fromlist), "($self, list, /)", "Append items to array from list."),
    Def::new("frombytes", Func::One(frombytes), "($self, buffer, /)", "Appends items from the string, interpreting it as an array of machine values, as if it had been read from a file using the fromfile() method."),
    Def::new("fromunicode", Func::One(fromunicode), "($self, ustr, /)", "Extends this array with data from the unicode string ustr.\n\nThe array must be a unicode type array; otherwise a ValueError is\nraised.  Use array.frombytes(ustr.encode(...)) to append Unicode\ndata to an array of some other type."),
    Def::new("index", Func::Pos(index, 1, 3), "($self, v, start=0, stop=sys.maxsize, /)", "Return index of first occurrence of v in the array.\n\nRaise ValueError if the value is not present."),
    Def::new("insert", Func::Pos(edit::insert, 2, 2), "($self, i, v, /)", "Insert a new item v into the array before position i."),
    Def::new("pop", Func::Pos(edit::pop, 0, 1), "($self, i=-1, /)", "Return the i-th element and delete it from the array.\n\ni defaults to -1."),
    Def::new("__reduce_ex__", Func::One(reduce_ex), "($self, value, /)", "Return state information for pickling."),
    Def::new("remove", Func::One(edit::remove), "($self, v, /)", "Remove the first occurrence of v in the array."),
    Def::new("reverse", Func::NoArgs(edit::reverse), "($self, /)", "Reverse the order of the items in the array."),
    Def::new("tofile", Func::One(tofile), "($self, f, /)", "Write all items (as machine values) to the file object f."),
    Def::new("tolist", Func::NoArgs(tolist), "($self, /)", "Convert array to an ordinary list with the same items."),
    Def::new("tobytes", Func::NoArgs(tobytes), "($self, /)", "Convert the array to an array of machine values and return the bytes representation."),
    Def::new("tounicode", Func::NoArgs(tounicode), "($self, /)", "Extends this array with data from the unicode string ustr.\n\nConvert the array to a unicode string.  The array must be a unicode\ntype array; otherwise a ValueError is raised.  Use\narray.tobytes().decode() to obtain a unicode string from an array of\nsome other type."),
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Size of the array in memory, in bytes."),
    Def::class("__class_getitem__", Func::One(container::class_getitem), "($type, object, /)", "Arrays are generic over the type of their elements"),
];
