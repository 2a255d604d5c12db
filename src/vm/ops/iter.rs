//! Iteration and unpacking.

use crate::bytecode::Opcode;
use crate::objects::frame::ReturnTo;
use crate::objects::header::Kind;
use crate::objects::iter::{ListIter, TupleIter};
use crate::objects::list::List;
use crate::objects::range::RangeIter;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Value, is_pointer, word};
use crate::vm::dispatch::{Registers, Table, op};
use crate::vm::ops::{Extra, TABLE};
use crate::vm::{generator, slow};

op!(GET_ITER, r => {
    r.save();
    let w = slow::get_iter(r.thread(), r.value(1));
    if w == 0 { return r.error(); }
    let old = r.peek(1);
    r.poke(1, w);
    r.drop_word(old);
    r.next()
});

op!(GET_YIELD_FROM_ITER, r => {
    r.save();
    let w = slow::get_yield_from_iter(r.thread(), r.f, r.value(1));
    if w == 0 { return r.error(); }
    let old = r.peek(1);
    r.poke(1, w);
    r.drop_word(old);
    r.next()
});

op!(
/// Any iterator; the common built-in ones get a form of their own.
FOR_ITER, r => {
    let w = r.peek(1);
    if is_pointer(w) {
        let kind = r.value(1).header_unchecked().kind_byte();
        let form = if kind == Kind::RangeIter as u8 {
            Extra::FOR_ITER_RANGE
        } else if kind == Kind::ListIter as u8 {
            Extra::FOR_ITER_LIST
        } else if kind == Kind::TupleIter as u8 {
            Extra::FOR_ITER_TUPLE
        } else if kind == Kind::Generator as u8 {
            Extra::FOR_ITER_GENERATOR
        } else if unpacks_pair(&r) && slow::yields_pairs(r.thread(), r.value(1)) {
            Extra::FOR_ITER_PAIR
        } else {
            return r.tail(for_iter_slow);
        };
        r.specialize(form);
    }
    r.tail(for_iter_slow)
});

/// Whether the iterator on top is a built-in one of that kind.
#[inline(always)]
unsafe fn iterator_is(r: &Registers, kind: Kind) -> bool {
    // SAFETY: a pointer word points to a live object.
    unsafe { is_pointer(r.peek(1)) && r.value(1).header_unchecked().kind_byte() == kind as u8 }
}

op!(FOR_ITER_RANGE, r => {
    if !iterator_is(&r, Kind::RangeIter) { return r.tail(FOR_ITER); }
    match r.value(1).cast::<RangeIter>().unwrap_unchecked().step_small() {
        Some(i) => {
            r.push(Value::small_word(i));
            r.next_skipping(1)
        }
        // The end, or a number that is no immediate one.
        None => r.tail(for_iter_slow),
    }
});

op!(
/// The items of a list that the thread holds.
FOR_ITER_LIST, r => {
    if !iterator_is(&r, Kind::ListIter) { return r.tail(FOR_ITER); }
    if let Some((slot, index)) = r.value(1).cast::<ListIter>().unwrap_unchecked().place(r.thread().tid()) {
        let w = r.read(&*slot);
        r.value(1).cast::<ListIter>().unwrap_unchecked().move_to(index + 1);
        r.push(w);
        return r.next_skipping(1);
    }
    r.tail(for_iter_slow)
});

op!(
/// The items of a tuple that the thread made.
FOR_ITER_TUPLE, r => {
    if !iterator_is(&r, Kind::TupleIter) { return r.tail(FOR_ITER); }
    if let Some((item, index)) = r.value(1).cast::<TupleIter>().unwrap_unchecked().place(r.thread().tid()) {
        let w = (*item).bits();
        r.incref(w);
        r.value(1).cast::<TupleIter>().unwrap_unchecked().move_to(index + 1);
        r.push(w);
        return r.next_skipping(1);
    }
    r.tail(for_iter_slow)
});

/// Whether what comes next only takes a pair apart, and nobody watches or counts instructions.
#[inline(always)]
unsafe fn unpacks_pair(r: &Registers) -> bool {
    // SAFETY: the loop's body follows the one cell of cache.
    let next = unsafe { *r.pc.add(1) };
    next as u16 == Opcode::UNPACK_SEQUENCE as u16 && next >> 32 == 2 && r.table == TABLE.as_ptr() as Table
}

op!(
/// `enumerate`, `zip` of two and `dict.items()`, whose pairs the next instruction would take apart.
FOR_ITER_PAIR, r => {
    if !is_pointer(r.peek(1)) || !unpacks_pair(&r) { return r.tail(for_iter_slow); }
    r.save();
    match slow::next_pair(r.thread(), r.value(1), r.sp) {
        slow::NextPair::Pair => {
            r.sp = r.sp.add(2);
            r.next_skipping(3)
        }
        slow::NextPair::End => {
            r.pc = r.pc.add(1 + r.arg() + 1);
            r.next()
        }
        slow::NextPair::Raised => r.error(),
        slow::NextPair::Other => r.tail(FOR_ITER),
    }
});

op!(for_iter_slow, r => {
    r.save();
    match slow::iter_next(r.thread(), r.value(1)) {
        slow::Next::Item(w) => {
            r.push(w);
            r.next_skipping(1)
        }
        slow::Next::End => {
            r.pc = r.pc.add(1 + r.arg() + 1);
            r.next()
        }
        slow::Next::Raised => r.error(),
    }
});

op!(
/// Resumes a generator as a frame: no recursion.
FOR_ITER_GENERATOR, r => {
    if !iterator_is(&r, Kind::Generator) { return r.tail(FOR_ITER); }
    if let Some(inner) = generator::enter_plainly(&r, r.peek(1), ReturnTo::ForIter, word::NONE) {
        r.save();
        r.f = inner;
        r.pc = (*inner).pc;
        r.sp = (*inner).sp;
        return r.next();
    }
    r.tail(for_iter_generator_slow)
});

op!(for_iter_generator_slow, r => {
    r.save();
    if !generator::enter(r.thread(), r.f, r.value(1), ReturnTo::ForIter, Value::NONE.bits(), 1) {
        return r.tail(for_iter_slow);
    }
    r = r.reload();
    r.next()
});

op!(END_FOR, r => {
    let w = r.pop();
    r.drop_word(w);
    r.next()
});

op!(POP_ITER, r => {
    let w = r.pop();
    r.drop_word(w);
    r.next()
});

op!(UNPACK_SEQUENCE, r => {
    let n = r.arg();
    if let Some(tuple) = r.value(1).cast_exact::<Tuple>() && tuple.len() == n {
        let w = r.pop();
        let items = tuple.items().as_ptr();
        let mut i = n;
        while i > 0 {
            i -= 1;
            let item = (*items.add(i)).bits();
            r.incref(item);
            r.push(item);
        }
        r.drop_word(w);
        return r.next_skipping(1);
    }
    if let Some(list) = r.value(1).cast_exact::<List>()
        && r.holds(r.peek(1))
        && list.len() == n
    {
        let w = r.pop();
        let mut i = n;
        while i > 0 {
            i -= 1;
            let item = list.slot_locked(i).map_or(word::NONE, |slot| r.read(&*slot));
            r.push(item);
        }
        r.drop_word(w);
        return r.next_skipping(1);
    }
    r.tail(unpack_sequence_slow)
});

op!(unpack_sequence_slow, r => {
    let n = r.arg();
    r.save();
    if !slow::unpack_sequence(r.thread(), r.sp.sub(1), n) { return r.error(); }
    r.sp = r.sp.sub(1).add(n);
    r.next_skipping(1)
});

op!(UNPACK_EX, r => {
    let (before, after) = (r.arg() & 0xFF, r.arg() >> 8);
    r.save();
    if !slow::unpack_ex(r.thread(), r.sp.sub(1), before, after) { return r.error(); }
    r.sp = r.sp.add(before + after);
    r.next()
});
