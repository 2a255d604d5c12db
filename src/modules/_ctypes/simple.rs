//! `_SimpleCData`: one number, character or pointer.

use super::argument::Argument;
use super::codes::{self, Code, Holds};
use super::data::{self, Data};
use super::info::{self, Class, Info};
use super::meta;
use crate::modules::subtype_in;
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::native::MethodDescr;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

static SPEC: Spec = Spec {
    name: "_ctypes._SimpleCData",
    doc: "XXX to be provided",
    slots: Slots { new: Some(data::new), init: Some(init), repr: Some(repr), nb_bool: Some(truth), ..data::BASE.slots },
    methods: &[Def::new("__ctypes_from_outparam__", Func::NoArgs(from_outparam), "($self, /)", "")],
    getset: &[GetSet::rw("value", value, set_value, "current value")],
    ..data::BASE
};

/// `_ctypes._SimpleCData`.
pub fn class(t: &Thread) -> Value {
    subtype_in(t, &SPEC, || data::class(t), || meta::simple(t))
}

/// A class of a simple type is made: it says in `_type_` which.
pub fn init_class(t: &Thread, class: &Value, args: Args<'_>) -> R<()> {
    let typ = meta::begin(t, class, args)?;
    let code = read_type(t, class)?;
    let direct = typ.base(t).is_some_and(|base| base.is(&self::class(t)));
    make_info(code, false).keep(t, typ)?;
    if !direct {
        return Ok(());
    }
    let namespace = typ.dict(t);
    let namespace = namespace.cast::<Dict>().expect("a namespace is a dict");
    if matches!(code.holds, Holds::CharPointer | Holds::WidePointer | Holds::Pointer) {
        namespace.set_name(t, "from_param", MethodDescr::make(t, &FROM_PARAM, typ));
        typ.modified();
    }
    if code.swaps && class.type_of_value(t).is(&meta::simple(t)) {
        add_swapped(t, class, code, args)?;
    }
    Ok(())
}

static FROM_PARAM: Def = Def::class("from_param", Func::One(from_param), "", "");

fn make_info(code: &'static Code, swapped: bool) -> Info {
    let other = if swapped == cfg!(target_endian = "big") { '<' } else { '>' };
    Info {
        size: code.size,
        align: code.align,
        format: format!("{other}{}", code.format),
        code: Some(code),
        swapped,
        has_pointer: code.is_pointer(),
        ..Info::new(Class::Simple)
    }
}

fn read_type(t: &Thread, class: &Value) -> R<&'static Code> {
    let name = t.intern("_type_");
    let missing = |message: &str| t.attribute_error(message, class, &name);
    let Some(given) = protocol::getattr_opt(t, class, &name)? else {
        return Err(missing("class must define a '_type_' attribute"));
    };
    let Some(text) = given.cast::<Str>() else {
        return Err(t.type_error("class must define a '_type_' string attribute"));
    };
    if text.len() != 1 {
        return Err(t.value_error("class must define a '_type_' attribute which must be a string of length 1"));
    }
    let letter = char::from_u32(text.units().at(0)).unwrap_or('\0');
    if !codes::LETTERS.contains(letter) {
        return Err(t.raise_message(
            &t.types().attribute_error,
            &format!(
                "class must define a '_type_' attribute which must be\n\
                 a single character string containing one of the\nsupported types: '{}'.",
                codes::LETTERS
            ),
        ));
    }
    codes::find(letter).ok_or_else(|| t.value_error(format!("_type_ '{letter}' not supported")))
}

/// The same type with its bytes in the other order, and the attributes by which each finds the other.
fn add_swapped(t: &Thread, class: &Value, code: &'static Code, args: Args<'_>) -> R<()> {
    let [name, bases, namespace] = args.pos else { return Ok(()) };
    let name = name.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
    let (suffix, own, other) = match cfg!(target_endian = "big") {
        true => ("_le", "__ctype_be__", "__ctype_le__"),
        false => ("_be", "__ctype_le__", "__ctype_be__"),
    };
    let simple = meta::simple(t);
    let args = [t.str(format!("{name}{suffix}")), bases.clone(), namespace.clone()];
    let swapped = crate::objects::type_new::type_new(t, &simple, Args::pos(&args))?;
    make_info(code, true).keep(t, meta::class_of(t, &swapped)?)?;
    for each in [class, &swapped] {
        protocol::setattr(t, each, &t.intern(own), Some(class))?;
        protocol::setattr(t, each, &t.intern(other), Some(&swapped))?;
    }
    Ok(())
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    match args.pos {
        [] => Ok(()),
        [value] => set_value(t, v, Some(value)),
        more => Err(t.type_error(format!("__init__ expected at most 1 argument, got {}", more.len()))),
    }
}

/// How the instance's memory is read and written.
fn code_of(t: &Thread, v: &Value) -> R<(&'static Code, bool)> {
    let info = info::concrete(t, v.type_of(t))?;
    info.code.map(|code| (code, info.swapped)).ok_or_else(|| t.type_error("abstract class"))
}

fn value(t: &Thread, v: &Value) -> R {
    let (code, swapped) = code_of(t, v)?;
    // SAFETY: the instance's own memory.
    unsafe { code.get(t, Data::of(v).place(), swapped, None) }
}

fn set_value(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete attribute")) };
    let (code, swapped) = code_of(t, v)?;
    // SAFETY: the instance's own memory.
    let object = unsafe { code.set(t, Data::of(v).place(), value, swapped, None)? };
    data::keep(t, v, 0, object)
}

fn truth(_t: &Thread, v: &Value) -> R<bool> {
    let data = Data::of(v);
    // SAFETY: the instance's own memory.
    Ok((0..data.size()).any(|i| unsafe { super::memory::load::<1>(data.place().add(i)) } != [0]))
}

fn repr(t: &Thread, v: &Value) -> R {
    let typ = v.type_of(t);
    if info::is_own_simple(t, typ) {
        return Ok(t.str(format!("<{} object at {:#x}>", typ.name_str(), v.id())));
    }
    let value = value(t, v)?;
    Ok(t.str(format!("{}({})", typ.name_str(), protocol::repr_text(t, &value)?)))
}

fn from_outparam(t: &Thread, v: &Value) -> R {
    if info::is_own_simple(t, v.type_of(t)) { Ok(v.clone()) } else { value(t, v) }
}

/// `from_param` of simple types: what can be written to such memory.
pub fn from_param(t: &Thread, class: &Value, value: &Value) -> R {
    let typ = meta::class_of(t, class)?;
    let info = info::concrete(t, typ)?;
    let Some(code) = info.code else { return Err(t.type_error("abstract class")) };
    if matches!(code.holds, Holds::CharPointer | Holds::WidePointer | Holds::Pointer) {
        return pointer_param(t, class, typ, code, value);
    }
    if protocol::isinstance(t, value, class)? {
        return Ok(value.clone());
    }
    let mut word = [0u64; 4];
    // SAFETY: every simple type has room there.
    match unsafe { code.set(t, word.as_mut_ptr().cast(), value, info.swapped, None) } {
        Ok(object) => Argument::make(t, code.letter, word, object),
        Err(raised) => {
            let error = t.take_exception(raised);
            match stand_in(t, value)? {
                Some(other) => t.recurse(" while processing _as_parameter_", || from_param(t, class, &other)),
                None => Err(t.raise_as_is(error)),
            }
        }
    }
}

/// `_as_parameter_`.
fn stand_in(t: &Thread, value: &Value) -> R<Option<Value>> {
    protocol::getattr_opt(t, value, &t.intern("_as_parameter_"))
}

/// Whether it is an array of, or a pointer to, items of that code.
fn refers_to(t: &Thread, value: &Value, letter: Option<char>) -> bool {
    let Some(info) = value.opaque::<Data>().and_then(|_| info::of_instance(t, value)) else { return false };
    if !matches!(info.class, Class::Array | Class::Pointer) {
        return false;
    }
    let Some(letter) = letter else { return true };
    info.proto.as_ref().and_then(|proto| info::of_class(t, proto)).is_some_and(|item| item.is_char(letter))
}

/// `from_param` of `c_char_p`, `c_wchar_p` and `c_void_p`.
fn pointer_param(t: &Thread, class: &Value, typ: &Type, code: &'static Code, value: &Value) -> R {
    if value.is_none() {
        return Ok(Value::NONE);
    }
    let text = |letter: char| -> R {
        let code = codes::find(letter).expect("a letter of the table");
        let mut word = [0u64; 4];
        // SAFETY: a pointer has room there.
        let object = unsafe { code.set(t, word.as_mut_ptr().cast(), value, false, None)? };
        Argument::make(t, letter, word, object)
    };
    let any = code.holds == Holds::Pointer;
    if value.cast::<Bytes>().is_some() && (any || code.holds == Holds::CharPointer) {
        return text('z');
    }
    if value.cast::<Str>().is_some() && (any || code.holds == Holds::WidePointer) {
        return text('Z');
    }
    if any && int::is_int(value) {
        return text('P');
    }
    if protocol::isinstance(t, value, class)? {
        return Ok(value.clone());
    }
    let item = match code.holds {
        Holds::CharPointer => Some('c'),
        Holds::WidePointer => Some('u'),
        _ => None,
    };
    if refers_to(t, value, item) {
        return Ok(value.clone());
    }
    if let Some(argument) = Argument::of(value)
        && let Some(object) = argument.object(t)
    {
        let fits = match item {
            None => argument.letter() == 'P',
            Some(letter) => info::of_instance(t, &object).is_some_and(|info| info.is_char(letter)),
        };
        if fits {
            return Ok(value.clone());
        }
    }
    if any && let Some(data) = value.opaque::<Data>() {
        let info = info::concrete(t, value.type_of(t))?;
        let letter = match (info.class, info.code.map(|code| code.holds)) {
            (Class::Function, _) => Some('P'),
            (_, Some(Holds::CharPointer | Holds::WidePointer)) => Some('Z'),
            _ => None,
        };
        if let Some(letter) = letter {
            // SAFETY: the instance is a pointer.
            let pointer = unsafe { super::memory::load_pointer(data.place()) };
            return Argument::make(t, letter, [pointer as u64, 0, 0, 0], Some(value.clone()));
        }
    }
    if let Some(other) = stand_in(t, value)? {
        return t.recurse(" while processing _as_parameter_", || pointer_param(t, class, typ, code, &other));
    }
    let given = value.type_of(t).name_str();
    Err(t.type_error(format!("'{given}' object cannot be interpreted as {}", typ.full_name(t))))
}
