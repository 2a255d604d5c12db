//! Building values from operands on the stack.

use super::{name_text, ret};
use crate::compiler::code::flags;
use crate::objects::code_object::CodeObject;
use crate::objects::dict::Dict;
use crate::objects::frame::Frame;
use crate::objects::function::Function;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::set::Set;
use crate::objects::slice::Slice;
use crate::objects::slots::R;
use crate::objects::string::{Str, Width};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// `n` operands from `base` on.
#[inline(always)]
unsafe fn operands<'a>(base: *mut u64, n: usize) -> &'a [Value] {
    // SAFETY: the handler says that they lie there; they stay until it pops them.
    unsafe { std::slice::from_raw_parts(base as *const Value, n) }
}

/// `n` operands from `base` on, taken off the stack.
unsafe fn take_operands(base: *mut u64, n: usize) -> impl ExactSizeIterator<Item = Value> {
    // SAFETY: as in `operands`; the handler pops the words without dropping them.
    (0..n).map(move |i| unsafe { Value::from_bits(*base.add(i)) })
}

/// BUILD_TUPLE. The operands move.
///
/// # Safety
/// The operands lie from `base` on (and so below).
#[inline(never)]
pub unsafe fn build_tuple(t: &Thread, base: *mut u64, n: usize) -> u64 {
    // SAFETY: see above.
    unsafe { Tuple::of_operands(t, base, n) }.into_bits()
}

/// BUILD_LIST. The operands move.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn build_list(t: &Thread, base: *mut u64, n: usize) -> u64 {
    // SAFETY: see above.
    List::make(t, unsafe { take_operands(base, n) }).into_bits()
}

/// BUILD_SET.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn build_set(t: &Thread, base: *mut u64, n: usize) -> u64 {
    let value = Set::make(t);
    let set = value.cast::<Set>().expect("just made");
    // SAFETY: see above.
    for item in unsafe { operands(base, n) } {
        if set.add(t, item).is_err() {
            return 0;
        }
    }
    value.into_bits()
}

/// BUILD_MAP.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn build_map(t: &Thread, base: *mut u64, n: usize) -> u64 {
    let value = Dict::make(t);
    let dict = value.cast::<Dict>().expect("just made");
    // SAFETY: see above.
    for pair in unsafe { operands(base, n * 2) }.chunks_exact(2) {
        if dict.set(t, pair[0].clone(), pair[1].clone()).is_err() {
            return 0;
        }
    }
    value.into_bits()
}

/// BUILD_SLICE.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn build_slice(t: &Thread, base: *mut u64, n: usize) -> u64 {
    // SAFETY: see above.
    let parts = unsafe { operands(base, n) };
    Slice::make(t, parts[0].clone(), parts[1].clone(), parts.get(2).cloned().unwrap_or(Value::NONE)).into_bits()
}

/// BUILD_STRING.
///
/// # Safety
/// As above; all operands are strings.
#[inline(never)]
pub unsafe fn build_string(t: &Thread, base: *mut u64, n: usize) -> u64 {
    // SAFETY: see above.
    let parts: Vec<&Str> = unsafe { operands(base, n) }.iter().filter_map(|p| p.cast::<Str>()).collect();
    let width = parts.iter().map(|p| p.width()).max().unwrap_or(Width::Ascii);
    let len = parts.iter().map(|p| p.len()).sum();
    ret(Str::try_alloc(t, len, width, |data| {
        let mut at = 0;
        for part in &parts {
            let end = at + part.len() * width.bytes();
            part.write_units(width, &mut data[at..end]);
            at = end;
        }
    }))
}

/// BUILD_INTERPOLATION: value, text and perhaps a format specification.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn build_interpolation(t: &Thread, base: *mut u64, arg: usize) -> u64 {
    // SAFETY: see above.
    let parts = unsafe { operands(base, 2 + (arg & 1)) };
    let conversion = match arg >> 2 {
        1 => t.str("s"),
        2 => t.str("r"),
        3 => t.str("a"),
        _ => Value::NONE,
    };
    let spec = parts.get(2).cloned().unwrap_or_else(|| t.str(""));
    crate::objects::template::Interpolation::make(t, parts[0].clone(), parts[1].clone(), conversion, spec).into_bits()
}

/// BUILD_TEMPLATE: a tuple of strings and one of interpolations.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn build_template(t: &Thread, base: *mut u64, _arg: usize) -> u64 {
    // SAFETY: see above.
    let parts = unsafe { operands(base, 2) };
    crate::objects::template::Template::make(t, parts[0].clone(), parts[1].clone()).into_bits()
}

/// FORMAT_SIMPLE.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn format_simple(t: &Thread, base: *mut u64, _arg: usize) -> u64 {
    // SAFETY: see above.
    let v = &unsafe { operands(base, 1) }[0];
    if v.cast_exact::<Str>().is_some() {
        return v.clone().into_bits();
    }
    ret(protocol::format(t, v, None))
}

/// FORMAT_WITH_SPEC.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn format_with_spec(t: &Thread, base: *mut u64, _arg: usize) -> u64 {
    // SAFETY: see above.
    let parts = unsafe { operands(base, 2) };
    ret(protocol::format(t, &parts[0], Some(&parts[1])))
}

/// CONVERT_VALUE: 1 `str`, 2 `repr`, 3 `ascii`.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn convert_value(t: &Thread, base: *mut u64, how: usize) -> u64 {
    // SAFETY: see above.
    let v = &unsafe { operands(base, 1) }[0];
    ret(match how {
        1 => protocol::str(t, v),
        2 => protocol::repr(t, v),
        _ => protocol::ascii(t, v),
    })
}

/// MAKE_FUNCTION.
///
/// # Safety
/// As above, and a frame runs.
#[inline(never)]
pub unsafe fn make_function_op(t: &Thread, base: *mut u64, _arg: usize) -> u64 {
    // SAFETY: see above.
    unsafe {
        let code = operands(base, 1)[0].clone();
        if code.cast::<CodeObject>().is_none() {
            let _ = t.system_error("MAKE_FUNCTION of what is no code");
            return 0;
        }
        let f: *mut Frame = t.frame.get();
        // The body of a class runs once, however often the statement does.
        let lasting = flags::NESTED | flags::OPTIMIZED;
        let top_level = code.cast::<CodeObject>().is_some_and(|c| c.flags & lasting == flags::OPTIMIZED);
        let function = Function::make(t, code.clone(), Value::from_ref(&(*f).globals).clone());
        // A second function of the code may be one of many: it is counted.
        if top_level && !code.header_unchecked().is_immortal() {
            t.share_forever(&function);
            t.share_forever(&code);
        }
        function.into_bits()
    }
}

/// SET_FUNCTION_ATTRIBUTE.
#[inline(never)]
pub fn set_function_attribute(t: &Thread, function: &Value, attribute: &Value, which: usize) {
    let Some(f) = function.cast::<Function>() else { return };
    match which {
        0x01 => f.defaults.set(attribute.clone()),
        0x02 => f.kwdefaults.set(attribute.clone()),
        // Annotations as a tuple of names and values are made a dict when asked for.
        0x04 => f.annotations.set(attribute.clone()),
        0x08 => f.closure.set(attribute.clone()),
        0x10 => {
            if let (Some(annotate), Some(qualname)) = (attribute.cast::<Function>(), f.qualname.get(t))
                && let Some(qualname) = qualname.cast::<Str>()
            {
                annotate.qualname.set(t.str(format!("{}.__annotate__", qualname.to_str_lossy())));
            }
            f.annotate.set(attribute.clone());
        }
        _ => {}
    }
}

/// LIST_APPEND.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn list_append(t: &Thread, list: &Value, base: *mut u64) -> bool {
    // SAFETY: see above.
    let item = &unsafe { operands(base, 1) }[0];
    if let Some(list) = list.cast::<List>() {
        list.push(t, item.clone());
    }
    true
}

/// SET_ADD.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn set_add(t: &Thread, set: &Value, base: *mut u64) -> bool {
    // SAFETY: see above.
    let item = &unsafe { operands(base, 1) }[0];
    match set.cast::<Set>() {
        Some(set) => set.add(t, item).is_ok(),
        None => {
            // Only `__conditional_annotations__` can be something else.
            let _ = t.type_error(format!("'{}' object is not a set", set.type_of(t).name_str()));
            false
        }
    }
}

/// MAP_ADD: key, value.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn map_add(t: &Thread, dict: &Value, base: *mut u64) -> bool {
    // SAFETY: see above.
    let pair = unsafe { operands(base, 2) };
    dict.cast::<Dict>().is_some_and(|d| d.set(t, pair[0].clone(), pair[1].clone()).is_ok())
}

/// LIST_EXTEND.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn list_extend(t: &Thread, list: &Value, base: *mut u64) -> bool {
    // SAFETY: see above.
    let iterable = &unsafe { operands(base, 1) }[0];
    let Some(list) = list.cast::<List>() else {
        let _ = t.system_error("LIST_EXTEND of what is no list");
        return false;
    };
    if iterable.type_of(t).slots().iter.is_none() && !protocol::is_sequence(t, iterable) {
        let _ = t.type_error(format!("Value after * must be an iterable, not {}", iterable.type_of(t).name_str()));
        return false;
    }
    list.extend(t, iterable).is_ok()
}

/// SET_UPDATE.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn set_update(t: &Thread, set: &Value, base: *mut u64) -> bool {
    // SAFETY: see above.
    let iterable = &unsafe { operands(base, 1) }[0];
    set.cast::<Set>().is_some_and(|s| crate::objects::set::ops::update(t, s, iterable).is_ok())
}

/// DICT_UPDATE: `{**mapping}`.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn dict_update(t: &Thread, dict: &Value, base: *mut u64) -> bool {
    // SAFETY: see above.
    let mapping = &unsafe { operands(base, 1) }[0];
    let Some(d) = dict.cast::<Dict>() else {
        let _ = t.system_error("DICT_UPDATE of what is no dict");
        return false;
    };
    let result = merge_mapping(t, d, mapping, |_| Ok(()));
    match result {
        Ok(true) => true,
        Ok(false) => {
            let _ = t.type_error(format!("'{}' object is not a mapping", mapping.type_of(t).name_str()));
            false
        }
        Err(_) => false,
    }
}

/// Adds a mapping's items; false if the object has no `keys`. `check` sees each key first.
fn merge_mapping(t: &Thread, dict: &Dict, mapping: &Value, mut check: impl FnMut(&Value) -> R<()>) -> R<bool> {
    if let Some(other) = mapping.cast_exact::<Dict>() {
        for (k, v) in other.pairs(t) {
            check(&k)?;
            dict.set(t, k, v)?;
        }
        return Ok(true);
    }
    let Some(keys) = protocol::getattr_opt(t, mapping, &t.intern("keys"))? else { return Ok(false) };
    let keys = protocol::call(t, &keys, &[])?;
    protocol::for_each(t, &keys, |k| {
        check(&k)?;
        let v = protocol::getitem(t, mapping, &k)?;
        dict.set(t, k, v)
    })?;
    Ok(true)
}

/// DICT_MERGE: `f(**mapping)`.
#[inline(never)]
pub fn dict_merge(t: &Thread, dict: &Value, mapping: &Value, callable: &Value) -> bool {
    let Some(d) = dict.cast::<Dict>() else {
        let _ = t.system_error("DICT_MERGE into what is no dict");
        return false;
    };
    let result = merge_mapping(t, d, mapping, |key| {
        if key.cast::<Str>().is_none() {
            return Err(t.type_error("keywords must be strings"));
        }
        if d.get(t, key)?.is_some() {
            let name = super::callable_name(t, callable);
            return Err(t.type_error(format!("{name} got multiple values for keyword argument '{}'", name_text(key))));
        }
        Ok(())
    });
    match result {
        Ok(true) => true,
        Ok(false) => {
            let name = super::callable_name(t, callable);
            let _ = t.type_error(format!(
                "{name} argument after ** must be a mapping, not {}",
                mapping.type_of(t).name_str()
            ));
            false
        }
        Err(_) => false,
    }
}

/// SETUP_ANNOTATIONS.
///
/// # Safety
/// `f` is the running frame.
#[inline(never)]
pub unsafe fn setup_annotations(t: &Thread, f: *mut Frame) -> bool {
    // SAFETY: see above.
    let Ok(locals) = (unsafe { super::locals_of(t, f) }) else { return false };
    let name = &t.names().__annotations__;
    match super::mapping_get(t, locals, name) {
        Ok(Some(_)) => true,
        Ok(None) => protocol::setitem(t, locals, name, Some(&Dict::make(t))).is_ok(),
        Err(_) => false,
    }
}
