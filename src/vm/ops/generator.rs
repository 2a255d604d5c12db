//! Generators, coroutines and asynchronous generators: suspending and resuming frames.

use crate::objects::frame::{Frame, ReturnTo};
use crate::objects::header::Kind;
use crate::objects::value::is_pointer;
use crate::vm::dispatch::op;
use crate::vm::{generator, slow};

op!(
/// The frame moves into a new generator, which is what the call returns.
RETURN_GENERATOR, r => {
    r.save();
    let leave = generator::return_generator(r.thread(), r.f);
    if leave != 0 { return if leave == crate::vm::call::RAISED { 0 } else { leave }; }
    r = r.reload();
    r.next()
});

op!(YIELD_VALUE, r => {
    let w = r.pop();
    let w = r.own(w);
    r.save();
    let (return_to, caller, offset) = generator::suspend(r.thread(), r.f);
    if return_to == ReturnTo::Native { return w; }
    // FOR_ITER or SEND resumed it: the value goes on the caller's stack.
    r.f = caller;
    r.pc = (*caller).pc.add(offset);
    r.sp = (*caller).sp;
    r.push(w);
    r.next()
});

op!(SEND, r => {
    // receiver, value
    let w = r.peek(2);
    if is_pointer(w) {
        let kind = r.value(2).header_unchecked().kind_byte();
        if kind == Kind::Generator as u8 || kind == Kind::Coroutine as u8 {
            return r.tail(send_generator);
        }
    }
    r.tail(send_slow)
});

op!(send_generator, r => {
    let value = r.peek(1);
    let value = r.own(value);
    r.sp = r.sp.sub(1);
    if let Some(inner) = generator::enter_plainly(&r, r.peek(1), ReturnTo::Send, value) {
        r.save();
        r.f = inner;
        r.pc = (*inner).pc;
        r.sp = (*inner).sp;
        return r.next();
    }
    r.push(value);
    r.tail(send_generator_slow)
});

op!(send_generator_slow, r => {
    let value = r.pop();
    r.save();
    if !generator::enter(r.thread(), r.f, r.value(1), ReturnTo::Send, value, 1) {
        r.push(value);
        return r.tail(send_slow);
    }
    r = r.reload();
    r.next()
});

op!(send_slow, r => {
    r.save();
    match generator::send(r.thread(), r.value(2), r.value(1)) {
        generator::SendResult::Yielded(w) => {
            let old = r.peek(1);
            r.poke(1, w);
            r.drop_word(old);
            r.next_skipping(1)
        }
        generator::SendResult::Returned(w) => {
            let old = r.peek(1);
            r.poke(1, w);
            r.drop_word(old);
            r.pc = r.pc.add(1 + r.arg());
            r.next()
        }
        generator::SendResult::Raised => r.error(),
    }
});

op!(END_SEND, r => {
    // receiver, value -> value
    let value = r.pop();
    let receiver = r.pop();
    r.push(value);
    r.drop_word(receiver);
    r.next()
});

macro_rules! convert {
    ($($name:ident => $slow:ident),*) => { $(
        op!($name, r => {
            r.save();
            let w = slow::$slow(r.thread(), r.value(1), r.arg());
            if w == 0 { return r.error(); }
            let old = r.peek(1);
            r.poke(1, w);
            r.drop_word(old);
            r.next()
        });
    )* };
}
convert!(GET_AWAITABLE => get_awaitable, GET_AITER => get_aiter);

op!(GET_ANEXT, r => {
    r.save();
    let w = slow::get_anext(r.thread(), r.value(1));
    if w == 0 { return r.error(); }
    r.push(w);
    r.next()
});

const _: fn(*mut Frame, usize) -> *mut u64 = Frame::local;
