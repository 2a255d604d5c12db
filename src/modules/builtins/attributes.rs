//! Functions of one object: attributes, identity, type, text.

use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn name(t: &Thread, v: &Value) -> R {
    if v.cast::<Str>().is_none() {
        return Err(t.type_error(format!("attribute name must be string, not '{}'", v.type_of(t).name_str())));
    }
    Ok(if v.cast_exact::<Str>().is_some() { t.interp.intern_value(v) } else { v.clone() })
}

pub fn getattr(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let name = name(t, &args[1])?;
    match args.get(2) {
        None => protocol::getattr(t, &args[0], &name),
        Some(default) => Ok(protocol::getattr_opt(t, &args[0], &name)?.unwrap_or_else(|| default.clone())),
    }
}

pub fn hasattr(t: &Thread, _m: &Value, args: &[Value]) -> R {
    Ok(Value::bool(protocol::getattr_opt(t, &args[0], &name(t, &args[1])?)?.is_some()))
}

pub fn setattr(t: &Thread, _m: &Value, args: &[Value]) -> R {
    protocol::setattr(t, &args[0], &name(t, &args[1])?, Some(&args[2]))?;
    Ok(Value::NONE)
}

pub fn delattr(t: &Thread, _m: &Value, args: &[Value]) -> R {
    protocol::setattr(t, &args[0], &name(t, &args[1])?, None)?;
    Ok(Value::NONE)
}

pub fn callable(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(Value::bool(v.type_of(t).slots().call.is_some()))
}

pub fn hash(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(int::new(t, protocol::hash(t, v)?))
}

pub fn id(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(int::from_u64(t, v.id()))
}

pub fn len(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(int::from_usize(t, protocol::len(t, v)?))
}

pub fn repr(t: &Thread, _m: &Value, v: &Value) -> R {
    protocol::repr(t, v)
}

pub fn ascii(t: &Thread, _m: &Value, v: &Value) -> R {
    protocol::ascii(t, v)
}

pub fn format(t: &Thread, _m: &Value, args: &[Value]) -> R {
    if let Some(spec) = args.get(1)
        && spec.cast::<Str>().is_none()
    {
        return Err(t.type_error(format!("format() argument 2 must be str, not {}", spec.type_of(t).name_str())));
    }
    protocol::format(t, &args[0], args.get(1))
}

pub fn isinstance(t: &Thread, _m: &Value, args: &[Value]) -> R {
    protocol::isinstance(t, &args[0], &args[1]).map(Value::bool)
}

pub fn issubclass(t: &Thread, _m: &Value, args: &[Value]) -> R {
    protocol::issubclass(t, &args[0], &args[1]).map(Value::bool)
}

pub fn chr(t: &Thread, _m: &Value, v: &Value) -> R {
    let i = protocol::index(t, v)?;
    match int::as_i64(&i) {
        Some(c) if (0..0x110000).contains(&c) => Ok(Str::from_char(t, c as u32)),
        _ => Err(t.value_error("chr() arg not in range(0x110000)")),
    }
}

pub fn ord(t: &Thread, _m: &Value, v: &Value) -> R {
    if let Some(s) = v.cast::<Str>() {
        return match s.len() {
            1 => Ok(Value::small(s.units().at(0) as i64)),
            n => Err(t.type_error(format!("ord() expected a character, but string of length {n} found"))),
        };
    }
    match crate::objects::bytes::bytes_or_bytearray(t, v) {
        Some(b) if b.len() == 1 => Ok(Value::small(b[0] as i64)),
        Some(b) => Err(t.type_error(format!("ord() expected a character, but string of length {} found", b.len()))),
        None => Err(t.type_error(format!("ord() expected string of length 1, but {} found", v.type_of(t).name_str()))),
    }
}
