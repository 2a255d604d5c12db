//! Iteration and unpacking.

use crate::objects::header::Kind;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Value, is_pointer};
use crate::vm::dispatch::op;
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

op!(FOR_ITER, r => {
    let w = r.peek(1);
    if is_pointer(w) {
        let kind = r.value(1).header_unchecked().kind_byte();
        if kind == Kind::RangeIter as u8 || kind == Kind::ListIter as u8 || kind == Kind::TupleIter as u8 {
            return match slow::next_builtin(r.thread(), r.value(1), kind) {
                0 => {
                    // Past the cache and END_FOR, at POP_ITER.
                    r.pc = r.pc.add(1 + r.arg() + 1);
                    r.next()
                }
                item => {
                    r.push(item);
                    r.next_skipping(1)
                }
            };
        }
        if kind == Kind::Generator as u8 {
            return r.tail(for_iter_generator);
        }
    }
    r.tail(for_iter_slow)
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
for_iter_generator, r => {
    r.save();
    if !generator::enter(r.thread(), r.f, r.value(1), crate::objects::frame::ReturnTo::ForIter, Value::NONE.bits(), 1) {
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
