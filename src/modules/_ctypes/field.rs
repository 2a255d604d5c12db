//! `CField`: the descriptor of a structure's or union's field.

use super::data::{Data, How, Part};
use super::info::{self, Class};
use super::meta;
use crate::modules::module_type;
use crate::modules::native_type::Signature;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The payload of a `CField`.
pub struct Field {
    pub name: Value,
    /// The type of the field.
    pub class: Value,
    pub index: usize,
    pub offset: usize,
    size: usize,
    how: How,
    anonymous: AtomicBool,
}

impl Native for Field {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.name);
        visit(&self.class);
    }
}

impl Field {
    fn of(v: &Value) -> &Field {
        v.opaque::<Field>().expect("slots of CField get fields")
    }

    pub fn is_anonymous(&self) -> bool {
        self.anonymous.load(Relaxed)
    }

    pub fn set_anonymous(&self) {
        self.anonymous.store(true, Relaxed);
    }

    /// The same field elsewhere.
    pub fn moved(&self, t: &Thread, index: usize, offset: usize) -> R {
        let (name, class) = (self.name.clone(), self.class.clone());
        make(t, Field { name, class, index, offset, anonymous: AtomicBool::new(false), ..*self })
    }

    /// The field's memory in an instance.
    fn part(&self, t: &Thread, instance: &Value) -> R<Part<'_>> {
        let Some(data) = instance.opaque::<Data>() else { return Err(t.type_error("not a ctype instance")) };
        // A descriptor can be asked about the instance of another class.
        if self.offset.checked_add(self.size).is_none_or(|end| end > data.size()) {
            return Err(t.type_error("the field does not lie in this instance"));
        }
        // SAFETY: within the instance's memory.
        let place = unsafe { data.place().add(self.offset) };
        Ok(Part { class: &self.class, how: self.how, index: self.index, size: self.size, place })
    }
}

fn make(t: &Thread, field: Field) -> R {
    let class = module_type(t, &SPEC);
    opaque::new(t, class.cast::<Type>().expect("a type"), field)
}

fn size_arg(t: &Thread, v: &Option<Value>, name: &str) -> R<usize> {
    let Some(v) = v else { return Ok(0) };
    usize::try_from(int::arg_isize(t, v)?).map_err(|_| t.value_error(format!("{name} must not be negative")))
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new(
        "CField",
        "(*, name, type, byte_size, byte_offset, index, _internal_use, bit_size=None, bit_offset=None)",
    );
    let [name, class, byte_size, byte_offset, index, internal, bit_size, bit_offset] = SIGNATURE.bind(t, args)?;
    let (Some(name), Some(class)) = (name, class) else { return Err(t.type_error("CField() needs a name and a type")) };
    if name.cast::<Str>().is_none() {
        let given = name.type_of(t).name_str();
        return Err(t.type_error(format!("CField() argument 'name' must be str, not {given}")));
    }
    if internal.is_none_or(|v| v.as_bool() != Some(true)) {
        return Err(t.type_error("CField is not intended to be used directly"));
    }
    let typ = meta::class_of(t, &class)?;
    let Some(info) = info::of_type(t, typ) else {
        return Err(t.type_error(format!("type of field {} must be a C type", protocol::repr_text(t, &name)?)));
    };
    let (offset, index) = (size_arg(t, &byte_offset, "byte_offset")?, size_arg(t, &index, "index")?);
    let size = size_arg(t, &byte_size, "byte_size")?;
    if size != info.size {
        return Err(t.value_error(format!("byte_size does not match type size of {}", protocol::repr_text(t, &name)?)));
    }
    let mut how = How::AsTyped;
    if let Some(bits) = bit_size.filter(|v| !v.is_none()) {
        let (bits, low) = (int::arg_isize(t, &bits)?, size_arg(t, &bit_offset, "bit_offset")?);
        if !info.code.is_some_and(super::codes::Code::has_bits) {
            return Err(t.type_error(format!("bit fields not allowed for type {}", typ.name_str())));
        }
        let name = protocol::repr_text(t, &name)?;
        if bits <= 0 {
            return Err(t.value_error(format!("number of bits invalid for bit field {name}")));
        }
        if bits as usize + low > 8 * size {
            let room = 8 * size;
            return Err(t.value_error(format!("bit field {name} overflows its type ({low} + {bits} > {room})")));
        }
        how = How::Bits(bits as u32, low as u32);
    } else if info.class == Class::Array {
        let item = info.proto.as_ref().and_then(|proto| info::of_class(t, proto));
        how = match item {
            Some(item) if item.is_char('c') => How::Chars,
            Some(item) if item.is_char('u') => How::Wides,
            _ => How::AsTyped,
        };
    }
    make(t, Field { name, class, index, offset, size, how, anonymous: AtomicBool::new(false) })
}

fn get(t: &Thread, v: &Value, instance: Option<&Value>, _owner: Option<&Value>) -> R {
    let Some(instance) = instance else { return Ok(v.clone()) };
    let part = Field::of(v).part(t, instance)?;
    // SAFETY: the part lies within the instance.
    unsafe { part.get(t, instance) }
}

fn set(t: &Thread, v: &Value, instance: &Value, value: Option<&Value>) -> R<()> {
    let part = Field::of(v).part(t, instance)?;
    let Some(value) = value else { return Err(t.type_error("can't delete attribute")) };
    // SAFETY: as above.
    unsafe { part.set(t, instance, value) }
}

fn repr(t: &Thread, v: &Value) -> R {
    let field = Field::of(v);
    let name = protocol::repr_text(t, &field.name)?;
    let class = meta::class_of(t, &field.class)?.name_str();
    let place = match field.how {
        How::Bits(bits, low) => format!("bit_size={bits}, bit_offset={low}"),
        _ => format!("size={}", field.size),
    };
    Ok(t.str(format!("<ctypes.CField {name} type={class}, ofs={}, {place}>", field.offset)))
}

fn bit_size(t: &Thread, v: &Value) -> R {
    let field = Field::of(v);
    match field.how {
        How::Bits(bits, _) => Ok(Value::small(bits.into())),
        _ => Ok(int::from_i128(t, field.size as i128 * 8)),
    }
}

fn bit_offset(_t: &Thread, v: &Value) -> R {
    match Field::of(v).how {
        How::Bits(_, low) => Ok(Value::small(low.into())),
        _ => Ok(Value::small(0)),
    }
}

/// Number and place of the bits in one number, for bit fields: what there was before `bit_size`.
fn size(t: &Thread, v: &Value) -> R {
    match Field::of(v).how {
        How::Bits(bits, low) => Ok(Value::small(i64::from(bits) << 16 | i64::from(low))),
        _ => byte_size(t, v),
    }
}

fn byte_size(t: &Thread, v: &Value) -> R {
    Ok(int::from_usize(t, Field::of(v).size))
}

fn byte_offset(t: &Thread, v: &Value) -> R {
    Ok(int::from_usize(t, Field::of(v).offset))
}

fn is_anonymous(_t: &Thread, v: &Value) -> R {
    Ok(Value::bool(Field::of(v).is_anonymous()))
}

fn is_bitfield(_t: &Thread, v: &Value) -> R {
    Ok(Value::bool(matches!(Field::of(v).how, How::Bits(..))))
}

fn name(_t: &Thread, v: &Value) -> R {
    Ok(Field::of(v).name.clone())
}

fn field_type(_t: &Thread, v: &Value) -> R {
    Ok(Field::of(v).class.clone())
}

static SPEC: Spec = Spec {
    doc: "Structure/Union member",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        descr_get: Some(get),
        descr_set: Some(set),
        ..opaque::spec::<Field>("").slots
    },
    getset: &[
        GetSet::member("name", name, "name of this field"),
        GetSet::member("type", field_type, "type of this field"),
        GetSet::member("byte_size", byte_size, "size of this field in bytes"),
        GetSet::member(
            "byte_offset",
            byte_offset,
            "offset in bytes of this field. For bitfields: excludes bit_offset.",
        ),
        GetSet::member(
            "bit_offset",
            bit_offset,
            "additional offset in bits (relative to byte_offset); zero for non-bitfields",
        ),
        GetSet::member("offset", byte_offset, "offset in bytes of this field (same as byte_offset)"),
        GetSet::ro(
            "size",
            size,
            "size in bytes of this field. For bitfields, this is a legacy packed value; use byte_size instead",
        ),
        GetSet::ro("bit_size", bit_size, "size of this field in bits"),
        GetSet::ro("is_bitfield", is_bitfield, "true if this is a bitfield"),
        GetSet::ro("is_anonymous", is_anonymous, "true if this field is anonymous"),
    ],
    ..opaque::spec::<Field>("ctypes.CField")
};

/// `ctypes.CField`.
pub fn class(t: &Thread) -> Value {
    module_type(t, &SPEC)
}
