//! `str.maketrans` and `str.translate`.

use super::Str;
use super::slots::this;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::sequence_args::str_arg;
use crate::objects::slots::R;
use crate::objects::text::CodePoints;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

pub(super) fn maketrans(t: &Thread, _: &Value, args: &[Value]) -> R {
    let result = Dict::make(t);
    let table = result.cast::<Dict>().expect("just made");
    let [x, rest @ ..] = args else { return Ok(result) };
    if let [y, more @ ..] = rest {
        let y = str_arg(t, "maketrans", " 2", y)?;
        let z = more.first().map(|z| str_arg(t, "maketrans", " 3", z)).transpose()?;
        let Some(x) = x.cast::<Str>() else {
            return Err(t.type_error("first maketrans argument must be a string if there is a second argument"));
        };
        if x.len() != y.len() {
            return Err(t.value_error("the first two maketrans arguments must have equal length"));
        }
        for (from, to) in x.units().iter().zip(y.units().iter()) {
            table.set(t, Value::small(from.into()), Value::small(to.into()))?;
        }
        for dropped in z.into_iter().flat_map(|z| z.units().iter()) {
            table.set(t, Value::small(dropped.into()), Value::NONE)?;
        }
        return Ok(result);
    }
    let Some(source) = x.cast_exact::<Dict>() else {
        return Err(t.type_error("if you give only one argument to maketrans it must be a dict"));
    };
    for (key, value) in source.pairs(t) {
        let key = match key.cast::<Str>() {
            Some(s) if s.len() == 1 => Value::small(s.units().at(0).into()),
            Some(_) => return Err(t.value_error("string keys in translatetable must be of length 1")),
            None if int::is_int(&key) => key,
            None => return Err(t.type_error("keys in translate table mustbe strings or integers")),
        };
        table.set(t, key, value)?;
    }
    Ok(result)
}

/// What becomes of a character.
#[derive(Clone)]
enum Replacement {
    Itself,
    Dropped,
    Char(u32),
    Text(Value),
}

fn look_up(t: &Thread, table: &Value, code: u32) -> R<Replacement> {
    let found = t.catch(protocol::getitem(t, table, &Value::small(code.into())), |types| &types.lookup_error)?;
    let Some(found) = found else { return Ok(Replacement::Itself) };
    if found.is_none() {
        return Ok(Replacement::Dropped);
    }
    if int::is_int(&found) {
        return match int::as_i64(&found) {
            Some(code @ 0..=0x10_ffff) => Ok(Replacement::Char(code as u32)),
            _ => Err(t.value_error("character mapping must be in range(0x110000)")),
        };
    }
    match found.cast::<Str>() {
        Some(_) => Ok(Replacement::Text(found)),
        None => Err(t.type_error("character mapping must return integer, None or str")),
    }
}

pub(super) fn translate(t: &Thread, v: &Value, table: &Value) -> R {
    let text = this(v);
    let mut out = CodePoints::with_capacity(text.len());
    // As in CPython an ASCII character is looked up once.
    let mut known: [Option<Replacement>; 128] = [const { None }; 128];
    for code in text.units().iter() {
        let replacement = match known.get(code as usize) {
            Some(Some(replacement)) => replacement.clone(),
            _ => {
                let replacement = look_up(t, table, code)?;
                if let Some(slot) = known.get_mut(code as usize) {
                    *slot = Some(replacement.clone());
                }
                replacement
            }
        };
        match &replacement {
            Replacement::Itself => out.push(code),
            Replacement::Dropped => {}
            Replacement::Char(code) => out.push(*code),
            Replacement::Text(text) => {
                if let Some(text) = text.cast::<Str>() {
                    super::each_width!(text.units(), u => out.push_units(u));
                }
            }
        }
    }
    Str::from_text(t, out)
}
