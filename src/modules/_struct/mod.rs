//! `_struct`: Python values as the bytes of C structures.
//!
//! * [`layout`]: format strings; [`values`]: values to bytes and back; [`memory`]: the buffers.

mod layout;
mod memory;
mod values;

use crate::modules::native_type::{Signature, add_types, fields};
use crate::modules::{ModuleSpec, module_type};
use crate::objects::arith::check_new_class;
use crate::objects::bytes::Bytes;
use crate::objects::container::Field;
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Raised, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use layout::Layout;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Formats parsed before, and the exception `struct.error`.
#[derive(Default)]
struct State {
    error: Slot,
    layouts: Mutex<HashMap<Vec<u8>, Arc<Layout>>>,
}

/// The cache is emptied when it has so many formats.
const CACHE_SIZE: usize = 100;

/// No Python code runs under these locks, so a panic elsewhere cannot have left them halfway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `struct.error`, made at first use.
fn error_type(t: &Thread) -> R {
    let state = t.interp.state::<State>();
    if let Some(class) = state.error.get(t) {
        return Ok(class);
    }
    let namespace = crate::objects::dict::Dict::make(t);
    if let Some(dict) = namespace.cast::<crate::objects::dict::Dict>() {
        dict.set_str(t, &t.names().__module__, t.intern("struct"));
    }
    let bases = t.tuple([t.types().exception.value()]);
    let class = protocol::call(t, &t.types().type_.value(), &[t.intern("error"), bases, namespace])?;
    state.error.set(class.clone());
    Ok(class)
}

/// Raises `struct.error`.
#[cold]
fn error(t: &Thread, message: impl AsRef<str>) -> Raised {
    match error_type(t) {
        Ok(class) => match class.cast::<Type>() {
            Some(typ) => t.raise_message(typ, message.as_ref()),
            None => t.value_error(message),
        },
        Err(raised) => raised,
    }
}

/// A format argument as ASCII bytes.
fn format_bytes(t: &Thread, format: &Value) -> R<Vec<u8>> {
    let encoded = match format.cast::<Str>() {
        Some(s) if s.is_ascii() => return Ok(s.unit_bytes().to_vec()),
        Some(_) => protocol::call_method_str(t, format, "encode", &[t.intern("ascii")])?,
        None => format.clone(),
    };
    match encoded.cast::<Bytes>() {
        Some(bytes) => Ok(bytes.as_slice().to_vec()),
        None => Err(t.type_error(format!(
            "Struct() argument 1 must be a str or bytes object, not {}",
            format.type_of(t).name_str()
        ))),
    }
}

fn parse(t: &Thread, format: &[u8]) -> R<Arc<Layout>> {
    if format.contains(&0) {
        return Err(error(t, "embedded null character"));
    }
    Layout::parse(format).map(Arc::new).map_err(|message| error(t, message))
}

/// The layout of a format argument, from the cache if it is there.
fn layout_of(t: &Thread, format: &Value) -> R<Arc<Layout>> {
    let text = format_bytes(t, format)?;
    let cache = &t.interp.state::<State>().layouts;
    if let Some(layout) = lock(cache).get(&text) {
        return Ok(layout.clone());
    }
    let layout = parse(t, &text)?;
    let mut layouts = lock(cache);
    if layouts.len() >= CACHE_SIZE {
        layouts.clear();
    }
    layouts.insert(text, layout.clone());
    Ok(layout)
}

fn unpack_exact(t: &Thread, layout: &Layout, buffer: &Value) -> R {
    memory::read(t, buffer, |bytes| {
        if bytes.len() != layout.size {
            return Err(error(t, format!("unpack requires a buffer of {} bytes", layout.size)));
        }
        Ok(layout.unpack(t, bytes))
    })
}

/// What is done at an offset of a buffer, as errors tell it.
struct Access {
    function: &'static str,
    /// "not enough data to unpack", "no space to pack"
    too_short: &'static str,
    doing: &'static str,
}

/// The offset, counted from the end if it is negative, where the layout fits into `length` bytes.
fn place(t: &Thread, layout: &Layout, length: usize, offset: isize, access: &Access) -> R<usize> {
    let size = layout.size;
    let Access { function, too_short, doing } = access;
    let start = if offset < 0 {
        if offset.unsigned_abs() < size {
            return Err(error(t, format!("{too_short} {size} bytes at offset {offset}")));
        }
        match length.checked_sub(offset.unsigned_abs()) {
            Some(start) => start,
            None => return Err(error(t, format!("offset {offset} out of range for {length}-byte buffer"))),
        }
    } else {
        offset as usize
    };
    if length.checked_sub(start).is_none_or(|left| left < size) {
        return Err(error(
            t,
            format!(
                "{function} requires a buffer of at least {} bytes for {doing} {size} bytes at offset {start} (actual \
                 buffer size is {length})",
                size as u128 + start as u128
            ),
        ));
    }
    Ok(start)
}

fn unpack_at(t: &Thread, layout: &Layout, buffer: &Value, offset: Option<&Value>) -> R {
    let offset = offset.map_or(Ok(0), |o| int::arg_isize(t, o))?;
    let access = Access { function: "unpack_from", too_short: "not enough data to unpack", doing: "unpacking" };
    memory::read(t, buffer, |bytes| {
        let start = place(t, layout, bytes.len(), offset, &access)?;
        Ok(layout.unpack(t, &bytes[start..start + layout.size]))
    })
}

fn pack_at(t: &Thread, layout: &Layout, args: &[Value]) -> R {
    let [buffer, offset, values @ ..] = args else {
        let missing = if args.is_empty() { "buffer" } else { "offset" };
        return Err(error(t, format!("pack_into expected {missing} argument")));
    };
    if values.len() != layout.count {
        let (count, given) = (layout.count, values.len());
        return Err(error(t, format!("pack_into expected {count} items for packing (got {given})")));
    }
    let offset = int::arg_isize(t, offset)?;
    let access = Access { function: "pack_into", too_short: "no space to pack", doing: "packing" };
    // The place is checked before the values are looked at.
    memory::write(t, buffer, |bytes| place(t, layout, bytes.len(), offset, &access).map(drop))?;
    let packed = layout.pack(t, values, "pack_into")?;
    memory::write(t, buffer, |bytes| {
        let start = place(t, layout, bytes.len(), offset, &access)?;
        bytes[start..start + layout.size].copy_from_slice(&packed);
        Ok(())
    })?;
    Ok(Value::NONE)
}

fn calcsize(t: &Thread, _: &Value, format: &Value) -> R {
    Ok(int::from_usize(t, layout_of(t, format)?.size))
}

fn pack(t: &Thread, _: &Value, args: &[Value]) -> R {
    let Some((format, values)) = args.split_first() else {
        return Err(t.type_error("missing format argument"));
    };
    let packed = layout_of(t, format)?.pack(t, values, "pack")?;
    Ok(Bytes::make(t, &packed))
}

fn pack_into(t: &Thread, _: &Value, args: &[Value]) -> R {
    let Some((format, rest)) = args.split_first() else {
        return Err(t.type_error("missing format argument"));
    };
    pack_at(t, &*layout_of(t, format)?, rest)
}

fn unpack(t: &Thread, _: &Value, args: &[Value]) -> R {
    unpack_exact(t, &*layout_of(t, &args[0])?, &args[1])
}

fn unpack_from(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    match (&args[0], &args[1]) {
        (Some(format), Some(buffer)) => unpack_at(t, &*layout_of(t, format)?, buffer, args[2].as_ref()),
        _ => Err(t.type_error("missing argument")),
    }
}

fn iter_unpack(t: &Thread, _: &Value, args: &[Value]) -> R {
    Unpacking::start(t, layout_of(t, &args[0])?, &args[1])
}

fn clear_cache(t: &Thread, _: &Value) -> R {
    lock(&t.interp.state::<State>().layouts).clear();
    Ok(Value::NONE)
}

fields! {
    /// `_struct.Struct`.
    Struct {
        /// `str`.
        format: Slot,
        /// `None` until `__init__` has run.
        layout: Mutex<Option<Arc<Layout>>>,
    }
}

impl Field for Mutex<Option<Arc<Layout>>> {}

static STRUCT_SIGNATURE: Signature = Signature::new("Struct", "(format)");

fn struct_new(t: &Thread, class: &Value, _: Args<'_>) -> R {
    Struct::make_in(t, check_new_class(t, class)?, Slot::EMPTY, Mutex::default())
}

fn struct_init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let [format] = STRUCT_SIGNATURE.bind::<1>(t, args)?;
    let format = format.unwrap_or(Value::NONE);
    let text = format_bytes(t, &format)?;
    let layout = parse(t, &text)?;
    let this = Struct::this(v);
    this.format.set(t.str(String::from_utf8_lossy(&text)));
    *lock(&this.layout) = Some(layout);
    Ok(())
}

/// The layout of an initialized `Struct`.
fn own_layout(t: &Thread, v: &Value) -> R<Arc<Layout>> {
    let layout = lock(&Struct::this(v).layout).clone();
    layout.ok_or_else(|| t.runtime_error("Struct object is not initialized"))
}

fn struct_repr(t: &Thread, v: &Value) -> R {
    let format = protocol::repr_text(t, &struct_format(t, v)?)?;
    Ok(t.str(format!("{}({format})", v.type_of(t).short_name())))
}

fn struct_format(t: &Thread, v: &Value) -> R {
    own_layout(t, v)?;
    Ok(Struct::this(v).format.get(t).unwrap_or(Value::NONE))
}

fn struct_size(t: &Thread, v: &Value) -> R {
    let layout = lock(&Struct::this(v).layout).clone();
    Ok(layout.map_or(Value::small(-1), |layout| int::from_usize(t, layout.size)))
}

fn struct_pack(t: &Thread, v: &Value, args: &[Value]) -> R {
    let packed = own_layout(t, v)?.pack(t, args, "pack")?;
    Ok(Bytes::make(t, &packed))
}

fn struct_pack_into(t: &Thread, v: &Value, args: &[Value]) -> R {
    pack_at(t, &*own_layout(t, v)?, args)
}

fn struct_unpack(t: &Thread, v: &Value, buffer: &Value) -> R {
    unpack_exact(t, &*own_layout(t, v)?, buffer)
}

fn struct_unpack_from(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    match &args[0] {
        Some(buffer) => unpack_at(t, &*own_layout(t, v)?, buffer, args[1].as_ref()),
        None => Err(t.type_error("missing argument")),
    }
}

fn struct_iter_unpack(t: &Thread, v: &Value, buffer: &Value) -> R {
    Unpacking::start(t, own_layout(t, v)?, buffer)
}

fn struct_sizeof(t: &Thread, v: &Value) -> R {
    let fields = own_layout(t, v)?.fields.len() + 1;
    Ok(int::from_usize(t, Struct::SIZE + fields * 32))
}

fields! {
    /// `_struct.unpack_iterator`.
    Unpacking {
        /// Empty once the iterator is at its end.
        buffer: Slot,
        layout: Arc<Layout>,
        at: AtomicUsize,
    }
}

impl Field for Arc<Layout> {}

impl Unpacking {
    fn start(t: &Thread, layout: Arc<Layout>, buffer: &Value) -> R {
        let size = layout.size;
        if size == 0 {
            return Err(error(t, "cannot iteratively unpack with a struct of length 0"));
        }
        memory::read(t, buffer, |bytes| {
            if bytes.len() % size != 0 {
                let message = format!("iterative unpacking requires a buffer of a multiple of {size} bytes");
                return Err(error(t, message));
            }
            Ok(())
        })?;
        let class = module_type(t, &UNPACKING_SPEC);
        Unpacking::make_in(t, check_new_class(t, &class)?, Slot::new(buffer.clone()), layout, AtomicUsize::new(0))
    }
}

fn itself(_: &Thread, v: &Value) -> R {
    Ok(v.clone())
}

fn unpacking_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let this = Unpacking::this(v);
    let Some(buffer) = this.buffer.get(t) else { return Ok(None) };
    let size = this.layout.size;
    let start = this.at.fetch_add(size, Relaxed);
    let next = memory::read(t, &buffer, |bytes| {
        Ok(bytes.get(start..start.saturating_add(size)).map(|bytes| this.layout.unpack(t, bytes)))
    })?;
    if next.is_none() {
        drop(this.buffer.take());
    }
    Ok(next)
}

fn unpacking_hint(t: &Thread, v: &Value) -> R {
    let this = Unpacking::this(v);
    let Some(buffer) = this.buffer.get(t) else { return Ok(Value::small(0)) };
    let left = memory::read(t, &buffer, |bytes| Ok(bytes.len().saturating_sub(this.at.load(Relaxed))))?;
    Ok(int::from_usize(t, left / this.layout.size))
}

static STRUCT_METHODS: &[Def] = &[
    Def::new(
        "iter_unpack",
        Func::One(struct_iter_unpack),
        "($self, buffer, /)",
        "Return an iterator yielding tuples.\n\nTuples are unpacked from the given bytes source, like a \
         repeated\ninvocation of unpack_from().\n\nRequires that the bytes length be a multiple of the struct size.",
    ),
    Def::new(
        "pack",
        Func::VarPos(struct_pack),
        "",
        "S.pack(v1, v2, ...) -> bytes\n\nReturn a bytes object containing values v1, v2, ... packed according\nto the \
         format string S.format.  See help(struct) for more on format\nstrings.",
    ),
    Def::new(
        "pack_into",
        Func::VarPos(struct_pack_into),
        "",
        "S.pack_into(buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string \
         S.format\nand write the packed bytes into the writable buffer buf starting at\noffset.  Note that the offset \
         is a required argument.  A negative\noffset counts from the end of the buffer.  See help(struct) for \
         more\non format strings.",
    ),
    Def::new(
        "unpack",
        Func::One(struct_unpack),
        "($self, buffer, /)",
        "Return a tuple containing unpacked values.\n\nUnpack according to the format string Struct.format. The \
         buffer's size\nin bytes must be Struct.size.\n\nSee help(struct) for more on format strings.",
    ),
    Def::new(
        "unpack_from",
        Func::Bound(struct_unpack_from),
        "($self, /, buffer, offset=0)",
        "Return a tuple containing unpacked values.\n\nValues are unpacked according to the format string \
         Struct.format.\n\nThe buffer's size in bytes, starting at position offset, must be\nat least Struct.size.  A \
         negative offset counts from the end of the\nbuffer.\n\nSee help(struct) for more on format strings.",
    ),
    Def::new(
        "__sizeof__",
        Func::NoArgs(struct_sizeof),
        "($self, /)",
        "S.__sizeof__() -> size of S in memory, in bytes",
    ),
];

/// `_struct.Struct`.
pub static STRUCT_SPEC: Spec = Spec {
    name: "_struct.Struct",
    kind: Kind::Opaque,
    size: Struct::SIZE,
    flags: type_flags::BASETYPE | type_flags::HAVE_GC | type_flags::WEAKREFABLE,
    doc: "Struct(fmt) --> compiled struct object\n\n",
    slots: Slots { new: Some(struct_new), init: Some(struct_init), repr: Some(struct_repr), ..Struct::MEMORY },
    methods: STRUCT_METHODS,
    getset: &[
        GetSet::ro("format", struct_format, "struct format string"),
        GetSet::ro("size", struct_size, "struct size in bytes"),
    ],
    ..Spec::DEFAULT
};

/// `_struct.unpack_iterator`.
pub static UNPACKING_SPEC: Spec = Spec {
    name: "_struct.unpack_iterator",
    kind: Kind::Opaque,
    size: Unpacking::SIZE,
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(itself), next: Some(unpacking_next), ..Unpacking::MEMORY },
    methods: &[Def::new("__length_hint__", Func::NoArgs(unpacking_hint), "($self, /)", "")],
    ..Spec::DEFAULT
};

static FUNCTIONS: &[Def] = &[
    Def::new("_clearcache", Func::NoArgs(clear_cache), "($module, /)", "Clear the internal cache."),
    Def::new(
        "calcsize",
        Func::One(calcsize),
        "($module, format, /)",
        "Return size in bytes of the struct described by the format string.",
    ),
    Def::new(
        "iter_unpack",
        Func::Pos(iter_unpack, 2, 2),
        "($module, format, buffer, /)",
        "Return an iterator yielding tuples unpacked from the given bytes.\n\nThe bytes are unpacked according to the \
         format string, like\na repeated invocation of unpack_from().\n\nRequires that the bytes length be a multiple \
         of the format struct size.",
    ),
    Def::new(
        "pack",
        Func::VarPos(pack),
        "",
        "pack(format, v1, v2, ...) -> bytes\n\nReturn a bytes object containing the values v1, v2, ... packed \
         according\nto the format string.  See help(struct) for more on format strings.",
    ),
    Def::new(
        "pack_into",
        Func::VarPos(pack_into),
        "",
        "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string \
         and write\nthe packed bytes into the writable buffer buf starting at offset.  Note\nthat the offset is a \
         required argument.  A negative offset counts from\nthe end of the buffer.  See help(struct) for more on \
         format strings.",
    ),
    Def::new(
        "unpack",
        Func::Pos(unpack, 2, 2),
        "($module, format, buffer, /)",
        "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size in bytes must \
         be calcsize(format).\n\nSee help(struct) for more on format strings.",
    ),
    Def::new(
        "unpack_from",
        Func::Bound(unpack_from),
        "($module, format, /, buffer, offset=0)",
        "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size, minus \
         offset, must be at least calcsize(format).\nA negative offset counts from the end of the buffer.\n\nSee \
         help(struct) for more on format strings.",
    ),
];

const DOC: &str = "Functions to convert between Python values and C structs.\nPython bytes objects are used to hold \
    the data representing the C struct.\nThe format string (explained below) describes the layout of data\nin the C \
    struct.\n\nThe optional first format char indicates byte order, size and alignment:\n  @: native order, size & \
    alignment (default)\n  =: native order, std. size & alignment\n  <: little-endian, std. size & alignment\n  >: \
    big-endian, std. size & alignment\n  !: same as >\n\nThe remaining characters indicate types of args and must \
    match exactly;\nthese can be preceded by a decimal repeat count:\n  x: pad byte (no data); c: char; b: signed \
    byte; B: unsigned byte;\n  ?: _Bool; h: short; H: unsigned short; i: int; I: unsigned int;\n  l: long; L: \
    unsigned long; q: long long; Q: unsigned long long;\n  f: float; d: double; e: half-float;\n  F: float complex; \
    D: double complex.\nSpecial cases (preceding decimal count indicates length):\n  s: byte string (array of char); \
    p: Pascal string (with count byte).\nSpecial cases (only available in native format):\n  n: ssize_t; N: \
    size_t;\n  P: an integer type that is wide enough to hold a pointer.\nWhitespace between formats is ignored.\n\nThe \
    variable struct.error is an exception raised on errors.\n";

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, &[&STRUCT_SPEC]);
    module.set(t, "error", error_type(t)?);
    Ok(())
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_struct", doc: DOC, functions: FUNCTIONS, exec: Some(exec) };
