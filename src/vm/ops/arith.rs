//! Arithmetic, comparison and subscription.
//!
//! Immediate ints and floats are told apart by a compare of the words, so the common cases need no
//! specialization: every operator has a handler of its own, which tries them first.

use crate::objects::dict::Dict;
use crate::objects::header::Kind;
use crate::objects::list::List;
use crate::objects::slot::Slot;
use crate::objects::slots::CmpOp;
use crate::objects::tuple::Tuple;
use crate::objects::value::{DOUBLE_OFFSET, INT_SHIFT, INT_TAG, Value, is_pointer, word};
use crate::vm::dispatch::{Registers, op};
use crate::vm::ops::Extra;
use crate::vm::slow;

/// Cells of cache behind BINARY_OP.
const CACHE: usize = 5;

#[inline(always)]
fn both_small(a: u64, b: u64) -> bool {
    a & b >= INT_TAG
}

#[inline(always)]
fn small(w: u64) -> i64 {
    ((w << INT_SHIFT) as i64) >> INT_SHIFT
}

#[inline(always)]
fn is_float(w: u64) -> bool {
    w.wrapping_sub(DOUBLE_OFFSET) < INT_TAG - DOUBLE_OFFSET
}

#[inline(always)]
fn float(w: u64) -> f64 {
    f64::from_bits(w - DOUBLE_OFFSET)
}

/// The operands as floats, if at least one is a float and the other a float or small int.
#[inline(always)]
fn floats(a: u64, b: u64) -> Option<(f64, f64)> {
    if is_float(a) {
        if is_float(b) {
            Some((float(a), float(b)))
        } else if b >= INT_TAG {
            Some((float(a), small(b) as f64))
        } else {
            None
        }
    } else if is_float(b) && a >= INT_TAG {
        Some((small(a) as f64, float(b)))
    } else {
        None
    }
}

/// Replaces two immediate operands by a word that owns no count, and goes on.
#[inline(always)]
unsafe fn replace_two(mut r: Registers, w: u64) -> u64 {
    // SAFETY: two operands are on the stack.
    unsafe {
        r.sp = r.sp.sub(1);
        r.poke(1, w);
        r.next_skipping(CACHE)
    }
}

op!(
/// Any binary operator, by way of the slots.
binary_slow, r => {
    r.save();
    let w = slow::binary(r.thread(), r.aux(), r.value(2), r.value(1));
    if w == 0 { return r.error(); }
    let b = r.pop();
    let a = r.peek(1);
    r.poke(1, w);
    r.drop_word(a);
    r.drop_word(b);
    r.next_skipping(CACHE)
});

macro_rules! add_like {
    ($name:ident, $checked:ident, $float:tt) => {
        op!($name, r => {
            let (a, b) = (r.peek(2), r.peek(1));
            if both_small(a, b) {
                if let Some(sum) = ((a << INT_SHIFT) as i64).$checked((b << INT_SHIFT) as i64) {
                    return replace_two(r, (sum as u64 >> INT_SHIFT) | INT_TAG);
                }
            } else if let Some((x, y)) = floats(a, b) {
                let z = x $float y;
                if !z.is_nan() {
                    return replace_two(r, z.to_bits().wrapping_add(DOUBLE_OFFSET));
                }
            }
            r.tail(binary_slow)
        });
    };
}
add_like!(BINARY_ADD, checked_add, +);
add_like!(BINARY_SUBTRACT, checked_sub, -);

op!(BINARY_MULTIPLY, r => {
    let (a, b) = (r.peek(2), r.peek(1));
    if both_small(a, b) {
        if let Some(product) = small(a).checked_mul((b << INT_SHIFT) as i64) {
            return replace_two(r, (product as u64 >> INT_SHIFT) | INT_TAG);
        }
    } else if let Some((x, y)) = floats(a, b) {
        let z = x * y;
        if !z.is_nan() {
            return replace_two(r, z.to_bits().wrapping_add(DOUBLE_OFFSET));
        }
    }
    r.tail(binary_slow)
});

op!(BINARY_TRUE_DIVIDE, r => {
    let (a, b) = (r.peek(2), r.peek(1));
    let operands = if both_small(a, b) { Some((small(a) as f64, small(b) as f64)) } else { floats(a, b) };
    if let Some((x, y)) = operands && y != 0.0 {
        let z = x / y;
        if !z.is_nan() {
            return replace_two(r, z.to_bits().wrapping_add(DOUBLE_OFFSET));
        }
    }
    r.tail(binary_slow)
});

op!(BINARY_FLOOR_DIVIDE, r => {
    let (a, b) = (r.peek(2), r.peek(1));
    if both_small(a, b) && b != INT_TAG {
        let (x, y) = (small(a), small(b));
        let mut q = x / y;
        if (x % y != 0) && ((x < 0) != (y < 0)) { q -= 1; }
        // The one quotient out of range is the least int by -1.
        if q <= crate::objects::value::INT_MAX {
            return replace_two(r, Value::small_word(q));
        }
    }
    r.tail(binary_slow)
});

op!(BINARY_REMAINDER, r => {
    let (a, b) = (r.peek(2), r.peek(1));
    if both_small(a, b) && b != INT_TAG {
        let (x, y) = (small(a), small(b));
        let mut m = x % y;
        if m != 0 && ((m < 0) != (y < 0)) { m += y; }
        return replace_two(r, Value::small_word(m));
    }
    r.tail(binary_slow)
});

macro_rules! bitwise {
    ($name:ident, $op:tt) => {
        op!($name, r => {
            let (a, b) = (r.peek(2), r.peek(1));
            if both_small(a, b) {
                return replace_two(r, Value::small_word(small(a) $op small(b)));
            }
            r.tail(binary_slow)
        });
    };
}
bitwise!(BINARY_AND, &);
bitwise!(BINARY_OR, |);
bitwise!(BINARY_XOR, ^);

op!(BINARY_LSHIFT, r => {
    let (a, b) = (r.peek(2), r.peek(1));
    if both_small(a, b) {
        let (x, n) = (small(a), small(b));
        if (0..50).contains(&n) && (x << n) >> n == x && Value::small_fits(x << n) {
            return replace_two(r, Value::small_word(x << n));
        }
    }
    r.tail(binary_slow)
});

op!(BINARY_RSHIFT, r => {
    let (a, b) = (r.peek(2), r.peek(1));
    if both_small(a, b) && small(b) >= 0 {
        return replace_two(r, Value::small_word(small(a) >> small(b).min(63)));
    }
    r.tail(binary_slow)
});

op!(BINARY_POWER, r => {
    let (a, b) = (r.peek(2), r.peek(1));
    if is_float(a) && b == Value::small_word(2) {
        let z = float(a) * float(a);
        if z.is_finite() {
            return replace_two(r, z.to_bits().wrapping_add(DOUBLE_OFFSET));
        }
    }
    r.tail(binary_slow)
});

op!(BINARY_SUBSCR, r => {
    let (a, b) = (r.peek(2), r.peek(1));
    if is_pointer(a) {
        let header = r.value(2).header_unchecked();
        if b >= INT_TAG {
            if header.kind_byte() == Kind::List as u8 {
                if r.holds(a) {
                    r.specialize(Extra::BINARY_OP_SUBSCR_LIST);
                    return r.tail(BINARY_SUBSCR_LIST);
                }
                return r.tail(subscr_list);
            } else if header.kind_byte() == Kind::Tuple as u8 {
                let i = small(b);
                let items = r.value(2).cast::<Tuple>().unwrap_unchecked().items();
                let i = if i < 0 { i.wrapping_add(items.len() as i64) } else { i } as usize;
                if i < items.len() {
                    let w = items.get_unchecked(i).bits();
                    r.incref(w);
                    r.sp = r.sp.sub(1);
                    r.poke(1, w);
                    r.drop_word(a);
                    return r.next_skipping(CACHE);
                }
            }
        }
        if header.kind_byte() == Kind::Dict as u8 {
            r.specialize(Extra::BINARY_OP_SUBSCR_DICT);
            return r.tail(subscr_dict);
        }
    }
    r.tail(binary_slow)
});

/// The item of a list that the thread holds, where the container and an immediate index lie below the top: its slot, or
/// null beyond the end; `None` for any other operands.
#[inline(always)]
unsafe fn held_item(r: &Registers) -> Option<*const Slot> {
    let (a, b) = (r.peek(2), r.peek(1));
    // SAFETY: a pointer word points to a live object; nobody else changes the list.
    unsafe {
        if !is_pointer(a) || b < INT_TAG || r.value(2).header_unchecked().kind_byte() != Kind::List as u8 || !r.holds(a)
        {
            return None;
        }
        let list = r.value(2).cast::<List>().unwrap_unchecked();
        let i = small(b);
        let i = if i < 0 { i.wrapping_add(list.len() as i64) } else { i };
        Some(list.slot_locked(i as usize).unwrap_or(std::ptr::null()))
    }
}

op!(
/// A list that the thread holds and an immediate int.
BINARY_SUBSCR_LIST, r => {
    match held_item(&r) {
        Some(slot) if !slot.is_null() => {
            let (a, w) = (r.peek(2), r.read(&*slot));
            r.sp = r.sp.sub(1);
            r.poke(1, w);
            r.drop_word(a);
            r.next_skipping(CACHE)
        }
        Some(_) => r.tail(binary_slow),
        None => {
            r.specialize(Extra::BINARY_OP_SUBSCR);
            r.tail(BINARY_SUBSCR)
        }
    }
});

op!(
/// A list and an immediate int.
subscr_list, r => {
    let (a, b) = (r.peek(2), r.peek(1));
    let list = r.value(2).cast::<List>().unwrap_unchecked();
    let i = small(b);
    match list.get(r.thread(), if i < 0 { i.wrapping_add(list.len() as i64) } else { i } as usize) {
        Some(item) => {
            r.sp = r.sp.sub(1);
            r.poke(1, item.into_bits());
            r.drop_word(a);
            r.next_skipping(CACHE)
        }
        None => r.tail(binary_slow),
    }
});

/// The place in a dict that the thread holds for the key on top, where a glance finds it; `n` below lies the dict.
#[inline(always)]
unsafe fn held_entry<'a>(r: &Registers, n: usize) -> Option<&'a Slot> {
    let w = r.peek(n);
    // SAFETY: a pointer word points to a live object; nobody else changes the dict.
    unsafe {
        if !is_pointer(w) || r.value(n).header_unchecked().kind_byte() != Kind::Dict as u8 || !r.holds(w) {
            return None;
        }
        r.value(n).cast::<Dict>().unwrap_unchecked().find_same(r.value(1))
    }
}

op!(
/// A dict that the thread holds and a key that is found at a glance.
BINARY_SUBSCR_DICT, r => {
    if let Some(slot) = held_entry(&r, 2) {
        let w = r.read(slot);
        let key = r.pop();
        let dict = r.peek(1);
        r.poke(1, w);
        r.drop_word(key);
        r.drop_word(dict);
        return r.next_skipping(CACHE);
    }
    if !is_pointer(r.peek(2)) || r.value(2).header_unchecked().kind_byte() != Kind::Dict as u8 {
        r.specialize(Extra::BINARY_OP_SUBSCR);
        return r.tail(BINARY_SUBSCR);
    }
    r.tail(subscr_dict)
});

op!(subscr_dict, r => {
    r.save();
    let w = slow::subscr_dict(r.thread(), r.value(2).cast::<Dict>().unwrap_unchecked(), r.value(1));
    if w == 0 { return r.error(); }
    let b = r.pop();
    let a = r.peek(1);
    r.poke(1, w);
    r.drop_word(b);
    r.drop_word(a);
    r.next_skipping(CACHE)
});

op!(BINARY_SLICE, r => {
    r.save();
    let w = slow::binary_slice(r.thread(), r.value(3), r.value(2), r.value(1));
    if w == 0 { return r.error(); }
    for _ in 0..3 {
        let w = r.pop();
        r.drop_word(w);
    }
    r.push(w);
    r.next()
});

op!(STORE_SLICE, r => {
    r.save();
    if !slow::store_slice(r.thread(), r.value(3), r.value(2), r.value(1), r.value(4)) { return r.error(); }
    for _ in 0..4 {
        let w = r.pop();
        r.drop_word(w);
    }
    r.next()
});

op!(
/// A list that the thread holds and an immediate int.
STORE_SUBSCR_LIST, r => {
    if let Some(slot) = held_item(&r) && !slot.is_null() {
        let (value, a) = (r.peek(3), r.peek(2));
        let value = r.own(value);
        let old = Value::option_into_bits((*slot).replace_locked(Some(Value::from_bits(value))));
        r.sp = r.sp.sub(3);
        r.drop_word(old);
        r.drop_word(a);
        return r.next_skipping(1);
    }
    r.tail(STORE_SUBSCR)
});

op!(
/// A dict that the thread holds and a key that it has already, found at a glance.
STORE_SUBSCR_DICT, r => {
    if let Some(slot) = held_entry(&r, 2) {
        let value = r.peek(3);
        let value = r.own(value);
        let old = Value::option_into_bits(slot.replace_locked(Some(Value::from_bits(value))));
        let (key, dict) = (r.peek(1), r.peek(2));
        r.sp = r.sp.sub(3);
        r.drop_word(old);
        r.drop_word(key);
        r.drop_word(dict);
        return r.next_skipping(1);
    }
    r.tail(STORE_SUBSCR)
});

op!(STORE_SUBSCR, r => {
    // value, container, key
    if r.peek(1) >= INT_TAG && r.value(2).kind() == Kind::List && r.holds(r.peek(2)) {
        r.specialize(Extra::STORE_SUBSCR_LIST);
    }
    r.save();
    if let Some(dict) = r.value(2).cast_exact::<Dict>() {
        r.specialize(Extra::STORE_SUBSCR_DICT);
        let (value, key, container) = (r.peek(3), r.peek(1), r.peek(2));
        let (value, key) = (r.own(value), r.own(key));
        // The words are the dict's now, whatever comes.
        r.sp = r.sp.sub(3);
        r.save();
        let ok = slow::store_dict(r.thread(), dict, Value::from_bits(key), Value::from_bits(value));
        r.drop_word(container);
        return if ok { r.next_skipping(1) } else { r.error() };
    }
    if !slow::store_subscr(r.thread(), r.value(2), r.value(1), r.value(3)) { return r.error(); }
    for _ in 0..3 {
        let w = r.pop();
        r.drop_word(w);
    }
    r.next_skipping(1)
});

op!(DELETE_SUBSCR, r => {
    r.save();
    if !slow::delete_subscr(r.thread(), r.value(2), r.value(1)) { return r.error(); }
    for _ in 0..2 {
        let w = r.pop();
        r.drop_word(w);
    }
    r.next()
});

macro_rules! comparison {
    ($name:ident, $op:tt) => {
        op!($name, r => {
            let (a, b) = (r.peek(2), r.peek(1));
            let answer = if both_small(a, b) {
                small(a) $op small(b)
            } else if let Some((x, y)) = floats_exact(a, b) {
                x $op y
            } else {
                return r.tail(compare_slow);
            };
            r.sp = r.sp.sub(1);
            r.poke(1, if answer { word::TRUE } else { word::FALSE });
            r.next_skipping(1)
        });
    };
}
comparison!(COMPARE_LT, <);
comparison!(COMPARE_LE, <=);
comparison!(COMPARE_EQ, ==);
comparison!(COMPARE_NE, !=);
comparison!(COMPARE_GT, >);
comparison!(COMPARE_GE, >=);

/// As `floats`; ints of 51 bits are exact as doubles.
#[inline(always)]
fn floats_exact(a: u64, b: u64) -> Option<(f64, f64)> {
    floats(a, b)
}

op!(compare_slow, r => {
    r.save();
    // The argument is CPython's: the operator above four flags; flag 16 asks for a bool.
    let w = slow::compare(r.thread(), r.value(2), r.value(1), CmpOp::ALL[(r.arg() >> 5) & 7], r.arg() & 16 != 0);
    if w == 0 { return r.error(); }
    let b = r.pop();
    let a = r.peek(1);
    r.poke(1, w);
    r.drop_word(a);
    r.drop_word(b);
    r.next_skipping(1)
});

op!(CONTAINS_OP, r => {
    let (item, container) = (r.peek(2), r.peek(1));
    if is_pointer(container) && r.value(1).header_unchecked().kind_byte() == Kind::Dict as u8 && r.holds(container)
        && r.value(1).cast::<Dict>().unwrap_unchecked().find_same(r.value(2)).is_some()
    {
        r.sp = r.sp.sub(1);
        r.poke(1, if r.arg() == 0 { word::TRUE } else { word::FALSE });
        r.drop_word(item);
        r.drop_word(container);
        return r.next_skipping(1);
    }
    r.tail(contains_slow)
});

op!(contains_slow, r => {
    r.save();
    let w = slow::contains(r.thread(), r.value(1), r.value(2), r.arg() != 0);
    if w == 0 { return r.error(); }
    let b = r.pop();
    let a = r.peek(1);
    r.poke(1, w);
    r.drop_word(a);
    r.drop_word(b);
    r.next_skipping(1)
});

op!(UNARY_NEGATIVE, r => {
    let a = r.peek(1);
    if is_float(a) {
        r.poke(1, (-float(a)).to_bits().wrapping_add(DOUBLE_OFFSET));
        return r.next();
    }
    if a >= INT_TAG && Value::small_fits(-small(a)) {
        r.poke(1, Value::small_word(-small(a)));
        return r.next();
    }
    r.tail(unary_negative_slow)
});

macro_rules! unary {
    ($name:ident, $slow:ident) => {
        op!($name, r => {
            r.save();
            let w = slow::$slow(r.thread(), r.value(1));
            if w == 0 { return r.error(); }
            let a = r.peek(1);
            r.poke(1, w);
            r.drop_word(a);
            r.next()
        });
    };
}
unary!(unary_negative_slow, negative);
unary!(UNARY_INVERT, invert);
