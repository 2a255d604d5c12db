//! The metatypes: what every class of C data can do, `c_int.from_buffer(...)`, `c_int * 3`.
//!
//! `CType_Type` is the base of all; each kind of class has a metatype of its own, which reads the class's `_type_`,
//! `_fields_` and the like when the class is made.

use super::argument::Argument;
use super::data::{self, Data};
use super::{array, info, library};
use crate::modules::{module_type, subtype};
use crate::objects::buffer;
use crate::objects::int;
use crate::objects::memoryview::MemoryView;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_new::type_init;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// What the metatypes share.
const BASE: Spec = Spec {
    kind: crate::objects::header::Kind::Type,
    size: std::mem::size_of::<Type>(),
    flags: type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::WEAKREFABLE,
    ..Spec::DEFAULT
};

static CTYPE: Spec = Spec {
    name: "_ctypes.CType_Type",
    base: Some(|types| &types.type_),
    slots: Slots { sq_repeat: Some(repeat), ..Slots::EMPTY },
    methods: &[Def::new(
        "__sizeof__",
        Func::NoArgs(sizeof),
        "($self, /)",
        "Return memory consumption of the type object.",
    )],
    getset: &[GetSet::rw("__pointer_type__", pointer_type, set_pointer_type, "pointer type")],
    ..BASE
};

/// `from_param` and the ways to get an instance.
macro_rules! methods {
    ($from_param:expr $(, $more:expr)*) => {
        &[
            Def::new(
                "from_address",
                Func::One(from_address),
                "($self, value, /)",
                "C.from_address(integer) -> C instance\n\nAccess a C instance at the specified address.",
            ),
            Def::new(
                "from_buffer",
                Func::Pos(from_buffer, 1, 2),
                "($self, obj, offset=0, /)",
                "C.from_buffer(object, offset=0) -> C instance\n\nCreate a C instance from a writeable buffer.",
            ),
            Def::new(
                "from_buffer_copy",
                Func::Pos(from_buffer_copy, 1, 2),
                "($self, buffer, offset=0, /)",
                "C.from_buffer_copy(object, offset=0) -> C instance\n\nCreate a C instance from a readable buffer.",
            ),
            Def::new(
                "from_param",
                Func::One($from_param),
                "($self, value, /)",
                "Convert a Python object into a function call parameter.",
            ),
            Def::new(
                "in_dll",
                Func::Pos(in_dll, 2, 2),
                "($self, dll, name, /)",
                "C.in_dll(dll, name) -> C instance\n\nAccess a C instance in a dll.",
            ),
            $($more),*
        ]
    };
}

macro_rules! metatype {
    ($spec:ident, $function:ident, $name:expr, $doc:expr, $slots:expr, $methods:expr) => {
        static $spec: Spec = Spec { name: $name, doc: $doc, slots: $slots, methods: $methods, ..BASE };

        #[doc = concat!("`", $name, "`.")]
        pub fn $function(t: &Thread) -> Value {
            subtype(t, &$spec, || ctype(t))
        }
    };
}

const fn with_init(init: crate::objects::slots::InitFn) -> Slots {
    Slots { init: Some(init), ..Slots::EMPTY }
}

const fn with_fields(init: crate::objects::slots::InitFn) -> Slots {
    Slots { init: Some(init), setattr: Some(super::structure::setattr), ..Slots::EMPTY }
}

metatype!(
    SIMPLE,
    simple,
    "_ctypes.PyCSimpleType",
    "metatype for the PyCSimpleType Objects",
    with_init(super::simple::init_class),
    methods!(super::simple::from_param)
);
metatype!(
    STRUCTURE,
    structure,
    "_ctypes.PyCStructType",
    "metatype for the CData Objects",
    with_fields(super::structure::init_structure_class),
    methods!(from_param)
);
metatype!(
    UNION,
    union,
    "_ctypes.UnionType",
    "metatype for the Union Objects",
    with_fields(super::structure::init_union_class),
    methods!(from_param)
);
metatype!(
    ARRAY,
    array_type,
    "_ctypes.PyCArrayType",
    "metatype for the Array Objects",
    with_init(array::init_class),
    methods!(from_param)
);
metatype!(
    POINTER,
    pointer,
    "_ctypes.PyCPointerType",
    "metatype for the Pointer Objects",
    with_init(super::pointer::init_class),
    methods!(
        super::pointer::from_param,
        Def::new("set_type", Func::One(super::pointer::set_type), "($self, type, /)", "")
    )
);
metatype!(
    FUNCTION,
    function,
    "_ctypes.PyCFuncPtrType",
    "metatype for C function pointers",
    with_init(super::function::init_class),
    methods!(from_param)
);

/// `_ctypes.CType_Type`.
pub fn ctype(t: &Thread) -> Value {
    module_type(t, &CTYPE)
}

/// What every metatype's `__init__` begins with: the class, once `type.__init__` has seen the arguments.
pub fn begin<'a>(t: &Thread, class: &'a Value, args: Args<'_>) -> R<&'a Type> {
    // Keyword arguments were `__init_subclass__`'s.
    type_init(t, class, Args::pos(args.pos))?;
    class.cast::<Type>().ok_or_else(|| t.type_error("a class is expected"))
}

/// The class that a metatype's slot or method was called on.
pub fn class_of<'a>(t: &Thread, v: &'a Value) -> R<&'a Type> {
    v.cast::<Type>().ok_or_else(|| t.type_error("a class is expected"))
}

/// Whether the value is a class whose metatype is that one.
pub fn is_class_of(t: &Thread, v: &Value, meta: &Value) -> bool {
    v.cast::<Type>().is_some() && meta.cast::<Type>().is_some_and(|meta| v.type_of(t).is_subtype(meta))
}

fn sizeof(_t: &Thread, _class: &Value) -> R {
    Ok(Value::small((std::mem::size_of::<Type>() + std::mem::size_of::<info::Info>()) as i64))
}

fn storage(t: &Thread, class: &Value) -> R<info::Held> {
    match info::of_class(t, class) {
        Some(info) => Ok(info),
        None => Err(t.type_error(format!("{} must have storage info", protocol::repr_text(t, class)?))),
    }
}

fn pointer_type(t: &Thread, class: &Value) -> R {
    let info = storage(t, class)?;
    match info.pointer_type.get(t) {
        Some(pointer) => Ok(pointer),
        None => {
            let name = class_of(t, class)?.name_str();
            let message = format!("type object '{name}' has no attribute '__pointer_type__'");
            Err(t.attribute_error(&message, class, &t.intern("__pointer_type__")))
        }
    }
}

fn set_pointer_type(t: &Thread, class: &Value, value: Option<&Value>) -> R<()> {
    let info = storage(t, class)?;
    match value {
        Some(value) => info.pointer_type.set(value.clone()),
        None => drop(info.pointer_type.take()),
    }
    Ok(())
}

/// `c_int * 3`.
fn repeat(t: &Thread, class: &Value, count: i64) -> R {
    match usize::try_from(count) {
        Ok(length) => array::type_of(t, class, length),
        Err(_) => Err(t.value_error(format!("Array length must be >= 0, not {count}"))),
    }
}

fn from_address(t: &Thread, class: &Value, address: &Value) -> R {
    if !int::is_int(address) {
        return Err(t.type_error("integer expected"));
    }
    data::at_address(t, class, super::codes::wrapped(address) as *mut u8)
}

/// The offset into a buffer, which has room for the type behind it.
fn check_room(t: &Thread, info: &info::Info, args: &[Value], length: usize) -> R<usize> {
    let offset = args.get(1).map_or(Ok(0), |offset| int::arg_isize(t, offset))?;
    let Ok(offset) = usize::try_from(offset) else { return Err(t.value_error("offset cannot be negative")) };
    if length < offset || length - offset < info.size {
        let wanted = info.size.saturating_add(offset);
        return Err(t.value_error(format!("Buffer size too small ({length} instead of at least {wanted} bytes)")));
    }
    Ok(offset)
}

fn from_buffer(t: &Thread, class: &Value, args: &[Value]) -> R {
    let info = info::concrete(t, class_of(t, class)?)?;
    let view = MemoryView::of_object(t, &args[0], buffer::flags::FULL_RO)?;
    // Lent again: the view in `_objects` may be released by whoever finds it there.
    let lent = buffer::get(t, &view)?;
    if lent.readonly {
        return Err(t.type_error("underlying buffer is not writable"));
    }
    if !lent.is_c_contiguous() {
        return Err(t.type_error("underlying buffer is not C contiguous"));
    }
    let offset = check_room(t, &info, args, lent.len())?;
    crate::modules::sys::audit::audit(
        t,
        "ctypes.cdata/buffer",
        &[int::from_u64(t, lent.ptr() as u64), int::from_usize(t, lent.len()), int::from_usize(t, offset)],
    )?;
    // SAFETY: the offset is within the buffer.
    let place = unsafe { lent.ptr().add(offset) };
    let object = data::with_buffer(t, class, &info, place, lent)?;
    data::keep(t, &object, -1, Some(view))?;
    Ok(object)
}

fn from_buffer_copy(t: &Thread, class: &Value, args: &[Value]) -> R {
    let info = info::concrete(t, class_of(t, class)?)?;
    let bytes = buffer::bytes_like(t, &args[0])?;
    let offset = check_room(t, &info, args, bytes.len())?;
    crate::modules::sys::audit::audit(
        t,
        "ctypes.cdata/buffer",
        &[int::from_u64(t, bytes.as_ptr() as u64), int::from_usize(t, bytes.len()), int::from_usize(t, offset)],
    )?;
    let object = data::blank(t, class)?;
    let data = Data::of(&object);
    // SAFETY: both sides have room for an instance.
    unsafe { super::memory::copy(bytes.as_ptr().add(offset), data.place(), info.size) };
    Ok(object)
}

fn in_dll(t: &Thread, class: &Value, args: &[Value]) -> R {
    let handle = library::handle_of(t, &args[0])?;
    match library::symbol(t, handle, &args[1])? {
        Ok(address) => data::at_address(t, class, address),
        Err(message) => Err(t.value_error(message)),
    }
}

/// `from_param`, as most classes have it: an instance, or what says that it stands for one.
pub fn from_param(t: &Thread, class: &Value, value: &Value) -> R {
    if protocol::isinstance(t, value, class)? {
        return Ok(value.clone());
    }
    let mut given = value.type_of(t).name_str();
    if let Some(object) = Argument::of(value).and_then(|argument| argument.object(t)) {
        // A reference fits where there is a pointer to such a thing.
        given = object.type_of(t).name_str();
        let target = info::of_class(t, class).and_then(|info| info.proto.clone());
        if let Some(target) = target
            && protocol::isinstance(t, &object, &target)?
        {
            return Ok(value.clone());
        }
    }
    if let Some(stand_in) = protocol::getattr_opt(t, value, &t.intern("_as_parameter_"))? {
        return t.recurse(" while processing _as_parameter_", || from_param(t, class, &stand_in));
    }
    let expected = class_of(t, class)?.name_str();
    Err(t.type_error(format!("expected {expected} instance instead of {given}")))
}
