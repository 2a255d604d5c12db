//! What the handlers leave to functions: everything that needs a local with an address, something to drop,
//! or more than a few instructions. Words returned own their counts; 0 (or false) means that an exception was
//! raised.

mod build;
mod except;
mod import;
mod intrinsic;
mod pattern;

pub use build::*;
pub use except::*;
pub use import::*;
pub use intrinsic::*;
pub use pattern::*;

use crate::compiler::code::local_kind;
use crate::objects::arith::{self, BinaryOp, UnaryOp};
use crate::objects::cell::Cell;
use crate::objects::code_object::CodeObject;
use crate::objects::dict::{self, Dict};
use crate::objects::frame::Frame;
use crate::objects::function::Function;
use crate::objects::header::Kind;
use crate::objects::iter::{enumerate, zip};
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slice::{Slice, adjust};
use crate::objects::slots::{CmpOp, R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value, word};

/// The word of a result.
#[inline(always)]
pub fn ret(result: R) -> u64 {
    match result {
        Ok(value) => value.into_bits(),
        Err(_) => 0,
    }
}

fn name_text(name: &Value) -> String {
    name.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default()
}

/// Handles what the eval breaker asks for.
#[cold]
#[inline(never)]
pub fn check_breaker(t: &Thread) -> bool {
    crate::vm::breaker::handle(t).is_ok()
}

/// Counts the execution of the instruction at a cell.
///
/// # Safety
/// The cell is one of the running frame's.
#[inline(never)]
pub unsafe fn count(t: &Thread, f: *mut Frame, at: *const u64) {
    // SAFETY: the frame runs.
    unsafe { Frame::code_of(f) }.count(t, at);
}

/// A cell that holds no instruction was reached: damaged bytecode.
#[cold]
#[inline(never)]
pub fn bad_cell(t: &Thread, code: &CodeObject) {
    let _ = t.system_error(code.fault().unwrap_or("unknown opcode"));
}

/// `UnboundLocalError` for a local, `NameError` for a free variable.
///
/// # Safety
/// `f` is a Python frame; the index is one of its locals'.
#[cold]
#[inline(never)]
pub unsafe fn unbound_local(t: &Thread, f: *mut Frame, index: usize) {
    // SAFETY: see above.
    let name = unsafe { &Frame::code_of(f).localsplus()[index] };
    let _ = t.raise_named(
        &t.types().unbound_local_error,
        &format!("cannot access local variable '{}' where it is not associated with a value", name_text(name)),
        name,
    );
}

/// As [`unbound_local`] for a cell or free variable.
///
/// # Safety
/// As for [`unbound_local`].
#[cold]
#[inline(never)]
pub unsafe fn unbound_deref(t: &Thread, f: *mut Frame, index: usize) {
    // SAFETY: see above.
    let code = unsafe { Frame::code_of(f) };
    let name = &code.localsplus()[index];
    if code.code.localspluskinds[index] & local_kind::FREE == 0 {
        // SAFETY: see above.
        return unsafe { unbound_local(t, f, index) };
    }
    let _ = t.name_error(
        &format!(
            "cannot access free variable '{}' where it is not associated with a value in enclosing scope",
            name_text(name)
        ),
        name,
    );
}

/// MAKE_CELL: takes over the word of the local.
///
/// # Safety
/// `word` is zero or an owned word.
#[inline(never)]
pub unsafe fn make_cell(t: &Thread, word: u64) -> u64 {
    // SAFETY: the word is the local's, zero or owned.
    Cell::make(t, unsafe { Value::option_from_bits(word) }).into_bits()
}

/// COPY_FREE_VARS.
///
/// # Safety
/// `f` is the running frame.
#[inline(never)]
pub unsafe fn copy_free_vars(t: &Thread, f: *mut Frame, n: usize) {
    // SAFETY: the code has as many free variables, in locals that are still empty.
    unsafe {
        let function = Value::from_ref(&(*f).function);
        let closure = function.cast::<Function>().and_then(|func| func.closure.get(t));
        let cells = closure.as_ref().and_then(|c| c.cast::<Tuple>()).map_or(&[][..], |c| c.items());
        let first = Frame::code_of(f).nlocalsplus - n;
        for i in 0..n {
            // Code from outside can make a function without the closure that its code needs.
            let word = match cells.get(i).filter(|cell| cell.cast::<Cell>().is_some()) {
                Some(cell) => cell.clone().into_bits(),
                None => make_cell(t, 0),
            };
            let old = std::mem::replace(&mut *Frame::local(f, first + i), word);
            drop(Value::option_from_bits(old));
        }
    }
}

/// LOAD_DEREF where the cell is empty, or with the GIL off.
///
/// # Safety
/// As for [`unbound_local`].
#[inline(never)]
pub unsafe fn load_deref(t: &Thread, f: *mut Frame, index: usize) -> u64 {
    // SAFETY: the local is a cell.
    unsafe {
        let cell = &*(*Frame::local(f, index) as *const Cell);
        match cell.contents.get(t) {
            Some(v) => v.into_bits(),
            None => {
                unbound_deref(t, f, index);
                0
            }
        }
    }
}

/// LOAD_COMMON_CONSTANT.
#[inline(never)]
pub fn common_constant(t: &Thread, index: usize) -> u64 {
    // Those that the module began with: programs may have put others there.
    let original = |slot: &crate::objects::slot::Slot| slot.get(t).unwrap_or(Value::NONE);
    match index {
        0 => t.types().assertion_error.value(),
        1 => t.types().not_implemented_error.value(),
        2 => t.types().tuple.value(),
        3 => original(&t.interp.common_all),
        _ => original(&t.interp.common_any),
    }
    .into_bits()
}

/// LOAD_BUILD_CLASS.
///
/// # Safety
/// `f` is the running frame.
#[inline(never)]
pub unsafe fn load_build_class(t: &Thread, f: *mut Frame) -> u64 {
    // SAFETY: the word is a mapping.
    let builtins = unsafe { Value::from_ref(&(*f).builtins) };
    match mapping_get(t, builtins, &t.names().__build_class__) {
        Ok(Some(v)) => v.into_bits(),
        Ok(None) => {
            let _ = t.name_error("__build_class__ not found", &t.names().__build_class__);
            0
        }
        Err(_) => 0,
    }
}

/// A key of a dict or any mapping; `None` where it is missing.
pub fn mapping_get(t: &Thread, mapping: &Value, key: &Value) -> R<Option<Value>> {
    match mapping.cast_exact::<Dict>() {
        Some(d) => d.get(t, key),
        None => t.catch(protocol::getitem(t, mapping, key), |types| &types.key_error),
    }
}

/// A global name: globals, then builtins.
pub fn global(t: &Thread, globals: &Value, builtins: &Value, name: &Value) -> R {
    if let Some(v) = mapping_get(t, globals, name)? {
        return Ok(v);
    }
    match mapping_get(t, builtins, name)? {
        Some(v) => Ok(v),
        None => Err(t.name_error(&format!("name '{}' is not defined", name_text(name)), name)),
    }
}

/// The running block's `locals` mapping.
unsafe fn locals_of<'a>(t: &Thread, f: *mut Frame) -> R<&'a Value> {
    // SAFETY: the word is zero or a mapping, which the frame keeps alive.
    unsafe {
        if (*f).locals == 0 {
            return Err(t.system_error("no locals"));
        }
        Ok(Value::from_ref(&(*f).locals))
    }
}

/// LOAD_NAME.
///
/// # Safety
/// `f` is the running frame (and so below).
#[inline(never)]
pub unsafe fn load_name(t: &Thread, f: *mut Frame, name: &Value) -> u64 {
    // SAFETY: the words are mappings.
    unsafe {
        ret((|| {
            if let Some(v) = mapping_get(t, locals_of(t, f)?, name)? {
                return Ok(v);
            }
            global(t, Value::from_ref(&(*f).globals), Value::from_ref(&(*f).builtins), name)
        })())
    }
}

/// LOAD_LOCALS.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn load_locals(t: &Thread, f: *mut Frame) -> u64 {
    // SAFETY: as above.
    unsafe { ret(locals_of(t, f).cloned()) }
}

/// LOAD_FROM_DICT_OR_GLOBALS.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn load_from_dict_or_globals(t: &Thread, f: *mut Frame, dict: &Value, name: &Value) -> u64 {
    // SAFETY: as above.
    unsafe {
        ret((|| {
            if let Some(v) = mapping_get(t, dict, name)? {
                return Ok(v);
            }
            global(t, Value::from_ref(&(*f).globals), Value::from_ref(&(*f).builtins), name)
        })())
    }
}

/// LOAD_FROM_DICT_OR_DEREF.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn load_from_dict_or_deref(t: &Thread, f: *mut Frame, dict: &Value, index: usize) -> u64 {
    // SAFETY: as above.
    unsafe {
        match mapping_get(t, dict, &Frame::code_of(f).localsplus()[index]) {
            Ok(Some(v)) => v.into_bits(),
            Ok(None) => load_deref(t, f, index),
            Err(_) => 0,
        }
    }
}

/// STORE_NAME.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn store_name(t: &Thread, f: *mut Frame, name: &Value, value: &Value) -> bool {
    // SAFETY: as above.
    unsafe {
        let Ok(locals) = locals_of(t, f) else { return false };
        match locals.cast_exact::<Dict>() {
            Some(d) => d.set(t, name.clone(), value.clone()).is_ok(),
            None => protocol::setitem(t, locals, name, Some(value)).is_ok(),
        }
    }
}

fn not_defined(t: &Thread, name: &Value) -> Raised {
    t.name_error(&format!("name '{}' is not defined", name_text(name)), name)
}

/// DELETE_NAME.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn delete_name(t: &Thread, f: *mut Frame, name: &Value) -> bool {
    // SAFETY: as above.
    unsafe {
        let Ok(locals) = locals_of(t, f) else { return false };
        let result = match locals.cast_exact::<Dict>() {
            Some(d) => d.remove(t, name).map(|v| v.is_some()),
            None => t.catch(protocol::setitem(t, locals, name, None), |types| &types.key_error).map(|v| v.is_some()),
        };
        match result {
            Ok(true) => true,
            Ok(false) => {
                let _ = not_defined(t, name);
                false
            }
            Err(_) => false,
        }
    }
}

/// STORE_GLOBAL.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn store_global(t: &Thread, f: *mut Frame, name: &Value, value: &Value) -> bool {
    // SAFETY: globals are a dict.
    unsafe { (*((*f).globals as *const Dict)).set(t, name.clone(), value.clone()).is_ok() }
}

/// DELETE_GLOBAL.
///
/// # Safety
/// As above.
#[inline(never)]
pub unsafe fn delete_global(t: &Thread, f: *mut Frame, name: &Value) -> bool {
    // SAFETY: globals are a dict.
    match unsafe { (*((*f).globals as *const Dict)).remove(t, name) } {
        Ok(Some(_)) => true,
        Ok(None) => {
            let _ = not_defined(t, name);
            false
        }
        Err(_) => false,
    }
}

/// DELETE_ATTR.
#[inline(never)]
pub fn delete_attr(t: &Thread, owner: &Value, name: &Value) -> bool {
    protocol::setattr(t, owner, name, None).is_ok()
}

/// Truth as the word of a bool.
#[inline(never)]
pub fn truth(t: &Thread, v: &Value) -> u64 {
    match protocol::truth(t, v) {
        Ok(true) => word::TRUE,
        Ok(false) => word::FALSE,
        Err(_) => 0,
    }
}

/// BINARY_OP by way of the slots.
#[inline(never)]
pub fn binary(t: &Thread, arg: u16, a: &Value, b: &Value) -> u64 {
    if arg == 26 {
        return ret(protocol::getitem(t, a, b));
    }
    let Some((op, inplace)) = BinaryOp::from_arg(arg as u32) else {
        let _ = t.system_error("unknown operator");
        return 0;
    };
    ret(if inplace { arith::inplace_op(t, op, a, b) } else { arith::binary_op(t, op, a, b) })
}

#[inline(never)]
pub fn negative(t: &Thread, v: &Value) -> u64 {
    ret(arith::unary(t, UnaryOp::Negative, v))
}

#[inline(never)]
pub fn invert(t: &Thread, v: &Value) -> u64 {
    ret(arith::unary(t, UnaryOp::Invert, v))
}

/// COMPARE_OP; `as_bool` converts the answer to a bool.
#[inline(never)]
pub fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp, as_bool: bool) -> u64 {
    if let (Some(x), Some(y)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        let answer = match op {
            CmpOp::Eq => x.equals(y),
            CmpOp::Ne => !x.equals(y),
            _ => op.holds(x.compare(y)),
        };
        return Value::bool(answer).bits();
    }
    match protocol::compare(t, a, b, op) {
        Ok(v) if as_bool => match v.as_bool() {
            Some(_) => v.into_bits(),
            None => truth(t, &v),
        },
        other => ret(other),
    }
}

/// `item in container`.
#[inline(never)]
pub fn contains(t: &Thread, container: &Value, item: &Value, negate: bool) -> u64 {
    let found = match container.cast_exact::<Dict>() {
        Some(dict) => dict.contains(t, item),
        None => protocol::contains(t, container, item),
    };
    match found {
        Ok(found) => Value::bool(found ^ negate).bits(),
        Err(_) => 0,
    }
}

/// `dict[key]` of an exact dict.
#[inline(never)]
pub fn subscr_dict(t: &Thread, dict: &Dict, key: &Value) -> u64 {
    match dict.get(t, key) {
        Ok(Some(v)) => v.into_bits(),
        Ok(None) => {
            let _ = t.key_error(key);
            0
        }
        Err(_) => 0,
    }
}

/// BINARY_SLICE.
#[inline(never)]
pub fn binary_slice(t: &Thread, container: &Value, start: &Value, stop: &Value) -> u64 {
    if let Some(list) = container.cast_exact::<List>()
        && let (Some(from), Some(to)) = (bound(start, 0), bound(stop, isize::MAX))
    {
        return ret(list.select(t, from, to, 1));
    }
    let slice = Slice::make(t, start.clone(), stop.clone(), Value::NONE);
    ret(protocol::getitem(t, container, &slice))
}

/// The bound of a slice, if it is a plain one.
fn bound(v: &Value, none: isize) -> Option<isize> {
    if v.is_none() { Some(none) } else { v.as_small().map(|i| i as isize) }
}

/// STORE_SLICE.
#[inline(never)]
pub fn store_slice(t: &Thread, container: &Value, start: &Value, stop: &Value, value: &Value) -> bool {
    if let (Some(list), Some(source)) = (container.cast_exact::<List>(), value.cast_exact::<List>())
        && let (Some(from), Some(to)) = (bound(start, 0), bound(stop, isize::MAX))
        && [list, source].iter().all(|l| l.header().is_held_by(t.tid()))
        && !std::ptr::eq(list, source)
    {
        let bounds = adjust(list.len(), from, to, 1);
        // SAFETY: nobody else changes the source, and counting references runs no Python code.
        if source.len() == bounds.count && list.overwrite(t, bounds.start as usize, unsafe { source.slice_locked() }) {
            return true;
        }
    }
    let slice = Slice::make(t, start.clone(), stop.clone(), Value::NONE);
    protocol::setitem(t, container, &slice, Some(value)).is_ok()
}

/// STORE_SUBSCR of an exact dict, which takes over key and value.
#[inline(never)]
pub fn store_dict(t: &Thread, dict: &Dict, key: Value, value: Value) -> bool {
    dict.set(t, key, value).is_ok()
}

/// STORE_SUBSCR.
#[inline(never)]
pub fn store_subscr(t: &Thread, container: &Value, key: &Value, value: &Value) -> bool {
    if let (Some(list), Some(i)) = (container.cast_exact::<List>(), key.as_small()) {
        let index = if i < 0 { i.wrapping_add(list.len() as i64) } else { i };
        if list.set(t, index as usize, value.clone()).is_ok() {
            return true;
        }
    }
    protocol::setitem(t, container, key, Some(value)).is_ok()
}

/// DELETE_SUBSCR.
#[inline(never)]
pub fn delete_subscr(t: &Thread, container: &Value, key: &Value) -> bool {
    protocol::setitem(t, container, key, None).is_ok()
}

/// GET_ITER.
#[inline(never)]
pub fn get_iter(t: &Thread, v: &Value) -> u64 {
    ret(protocol::iter(t, v))
}

/// What a step of an iterator gave.
pub enum Next {
    Item(u64),
    End,
    Raised,
}

/// What a step of an iterator over pairs gave.
#[repr(u8)]
pub enum NextPair {
    Pair,
    End,
    Raised,
    /// It is another iterator.
    Other,
}

/// Whether [`next_pair`] knows the iterator.
pub fn yields_pairs(t: &Thread, it: &Value) -> bool {
    match it.kind() {
        Kind::Enumerate => true,
        Kind::Zip => zip::is_of_two(it),
        Kind::DictIter => t.types().dict_itemiterator.is(it.type_of(t)),
        _ => false,
    }
}

/// A step of an iterator whose pairs are unpacked at once: nobody needs the tuple. The first lies on top afterwards.
///
/// # Safety
/// `sp` is the top of the stack; there is room for two words.
#[inline(never)]
pub unsafe fn next_pair(t: &Thread, it: &Value, sp: *mut u64) -> NextPair {
    if !yields_pairs(t, it) {
        return NextPair::Other;
    }
    let pair = match it.kind() {
        Kind::Enumerate => enumerate::next_pair(t, it),
        Kind::Zip => zip::next_pair(t, it),
        _ => dict::iter::next_pair(t, it),
    };
    match pair {
        Ok(Some((first, second))) => {
            // SAFETY: see above.
            unsafe {
                sp.write(second.into_bits());
                sp.add(1).write(first.into_bits());
            }
            NextPair::Pair
        }
        Ok(None) => NextPair::End,
        Err(_) => NextPair::Raised,
    }
}

/// A step of any iterator.
#[inline(never)]
pub fn iter_next(t: &Thread, it: &Value) -> Next {
    match protocol::next(t, it) {
        Ok(Some(v)) => Next::Item(v.into_bits()),
        Ok(None) => Next::End,
        Err(_) => Next::Raised,
    }
}

/// `len()` for patterns.
#[inline(never)]
pub fn get_len(t: &Thread, v: &Value) -> u64 {
    match protocol::len(t, v) {
        Ok(n) => crate::objects::int::new(t, n as i64).into_bits(),
        Err(_) => 0,
    }
}

/// UNPACK_SEQUENCE: the items replace the sequence, the first on top.
///
/// # Safety
/// `slot` is the top of the stack; there is room for `n` words.
#[inline(never)]
pub unsafe fn unpack_sequence(t: &Thread, slot: *mut u64, n: usize) -> bool {
    // SAFETY: see above.
    let v = unsafe { Value::from_ref(&*slot) };
    let items = match unpack_items(t, v, n) {
        Ok(items) => items,
        Err(_) => return false,
    };
    // SAFETY: see above.
    unsafe {
        drop(Value::option_from_bits(std::mem::replace(&mut *slot, 0)));
        for (i, item) in items.into_iter().rev().enumerate() {
            slot.add(i).write(item.into_bits());
        }
    }
    true
}

fn not_iterable(t: &Thread, v: &Value) -> Raised {
    t.type_error(format!("cannot unpack non-iterable {} object", v.type_of(t).name_str()))
}

fn unpack_iter(t: &Thread, v: &Value) -> R {
    if v.type_of(t).slots().iter.is_none() && !protocol::is_sequence(t, v) {
        return Err(not_iterable(t, v));
    }
    protocol::iter(t, v)
}

fn too_many(t: &Thread, v: &Value, n: usize) -> Raised {
    let known =
        if v.cast_exact::<List>().is_some() || v.cast_exact::<Tuple>().is_some() || v.cast_exact::<Dict>().is_some() {
            protocol::len(t, v).ok()
        } else {
            None
        };
    t.value_error(match known {
        Some(got) => format!("too many values to unpack (expected {n}, got {got})"),
        None => format!("too many values to unpack (expected {n})"),
    })
}

fn unpack_items(t: &Thread, v: &Value, n: usize) -> R<Vec<Value>> {
    let it = unpack_iter(t, v)?;
    let mut items = Vec::with_capacity(n);
    while items.len() < n {
        match protocol::next(t, &it)? {
            Some(item) => items.push(item),
            None => {
                return Err(t.value_error(format!("not enough values to unpack (expected {n}, got {})", items.len())));
            }
        }
    }
    match protocol::next(t, &it)? {
        None => Ok(items),
        Some(_) => Err(too_many(t, v, n)),
    }
}

/// UNPACK_EX: `before` items, a list, `after` items; the first on top.
///
/// # Safety
/// As for [`unpack_sequence`].
#[inline(never)]
pub unsafe fn unpack_ex(t: &Thread, slot: *mut u64, before: usize, after: usize) -> bool {
    // SAFETY: see above.
    let v = unsafe { Value::from_ref(&*slot) };
    let parts = (|| {
        let it = unpack_iter(t, v)?;
        let mut items = Vec::new();
        while let Some(item) = protocol::next(t, &it)? {
            items.push(item);
        }
        if items.len() < before + after {
            return Err(t.value_error(format!(
                "not enough values to unpack (expected at least {}, got {})",
                before + after,
                items.len()
            )));
        }
        let tail = items.split_off(items.len() - after);
        let middle = items.split_off(before);
        items.push(List::make(t, middle));
        items.extend(tail);
        Ok(items)
    })();
    let Ok(items) = parts else { return false };
    // SAFETY: see above.
    unsafe {
        drop(Value::option_from_bits(std::mem::replace(&mut *slot, 0)));
        for (i, item) in items.into_iter().rev().enumerate() {
            slot.add(i).write(item.into_bits());
        }
    }
    true
}

/// LOAD_SUPER_ATTR: `super`, class and instance are replaced by the attribute (and, as a method, the receiver or
/// null).
///
/// # Safety
/// `base` is the lowest of the three operands.
#[inline(never)]
pub unsafe fn load_super_attr(t: &Thread, base: *mut u64, name: &Value, arg: usize) -> bool {
    // SAFETY: see above.
    unsafe {
        let global_super = Value::from_ref(&*base).clone();
        let class = Value::from_ref(&*base.add(1)).clone();
        let receiver = Value::from_ref(&*base.add(2)).clone();
        let result = (|| {
            if t.types().super_.value().is(&global_super)
                && let Some(typ) = class.cast::<crate::objects::type_object::Type>()
            {
                if arg & 1 != 0 {
                    return crate::objects::descriptors::super_method(t, typ, &receiver, name);
                }
                return crate::objects::descriptors::super_lookup(t, typ, &receiver, name).map(|v| (v, false));
            }
            let two = [class.clone(), receiver.clone()];
            let args = if arg & 2 != 0 { &two[..] } else { &[] };
            let s = protocol::call(t, &global_super, args)?;
            protocol::getattr(t, &s, name).map(|v| (v, false))
        })();
        let Ok((value, unbound)) = result else { return false };
        for i in 0..3 {
            drop(Value::option_from_bits(std::mem::replace(&mut *base.add(i), 0)));
        }
        *base = value.into_bits();
        if unbound {
            *base.add(1) = receiver.into_bits();
        }
        true
    }
}

/// LOAD_SPECIAL: the owner is replaced by the special method and the receiver (or null).
///
/// # Safety
/// `slot` is the top of the stack.
#[inline(never)]
pub unsafe fn load_special(t: &Thread, slot: *mut u64, which: usize) -> bool {
    // SAFETY: see above.
    unsafe {
        let owner = Value::from_ref(&*slot).clone();
        let names = t.names();
        let name = [&names.__enter__, &names.__exit__, &names.__aenter__, &names.__aexit__][which & 3];
        let typ = owner.type_of(t);
        let Some(found) = typ.lookup(t, name) else {
            let has = |n: &Value| typ.lookup(t, n).is_some();
            let (kind, method, hint) = match which {
                0 | 1 => (
                    "context manager",
                    ["__enter__", "__exit__"][which],
                    (has(&names.__aenter__) && has(&names.__aexit__)).then_some(
                        " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?",
                    ),
                ),
                _ => (
                    "asynchronous context manager",
                    if which == 2 { "__aenter__" } else { "__aexit__" },
                    (has(&names.__enter__) && has(&names.__exit__))
                        .then_some(" but it supports the context manager protocol. Did you mean to use 'with'?"),
                ),
            };
            let _ = t.type_error(format!(
                "'{}' object does not support the {kind} protocol (missed {method} method){}",
                typ.qualified_name(t),
                hint.unwrap_or_default()
            ));
            return false;
        };
        let result = if found.type_of(t).has_flag(crate::objects::spec::type_flags::METHOD_DESCRIPTOR) {
            Ok((found, true))
        } else {
            match found.type_of(t).slots().descr_get {
                Some(get) => get(t, &found, Some(&owner), Some(&typ.value())).map(|v| (v, false)),
                None => Ok((found, false)),
            }
        };
        match result {
            Ok((method, unbound)) => {
                let receiver = std::mem::replace(&mut *slot, method.into_bits());
                if unbound {
                    *slot.add(1) = receiver;
                } else {
                    drop(Value::option_from_bits(receiver));
                    *slot.add(1) = 0;
                }
                true
            }
            Err(_) => false,
        }
    }
}

/// How messages about a call name a callable: `module.qualname()`.
pub fn callable_name(t: &Thread, f: &Value) -> String {
    let qualname = protocol::getattr_opt(t, f, &t.names().__qualname__).ok().flatten();
    let Some(qualname) = qualname.filter(|q| q.cast::<Str>().is_some()) else {
        return protocol::to_text(t, f).unwrap_or_default();
    };
    let module = protocol::getattr_opt(t, f, &t.names().__module__).ok().flatten();
    match module.as_ref().and_then(|m| m.cast::<Str>()) {
        Some(m) if !m.is("builtins") => format!("{}.{}()", m.to_str_lossy(), name_text(&qualname)),
        _ => format!("{}()", name_text(&qualname)),
    }
}
