//! Raising, catching and unwinding.

use crate::objects::value::{Value, word};
use crate::vm::dispatch::op;
use crate::vm::{slow, unwind as unwinding};

op!(
/// Every error ends here: finds the handler in the exception tables, frame by frame.
unwind, r => {
    r.save();
    if !unwinding::unwind(r.thread()) { return 0; }
    r = r.reload();
    r.next()
});

op!(RAISE_VARARGS, r => {
    r.save();
    let n = r.arg();
    slow::raise_varargs(r.thread(), r.sp.sub(n), n);
    r.error()
});

op!(RERAISE, r => {
    r.save();
    // With an argument, the offset of the first raise lies under the exception: `unwind` looks for it.
    let exception = r.pop();
    slow::reraise(r.thread(), exception);
    r.error()
});

op!(PUSH_EXC_INFO, r => {
    // exception -> previous, exception
    let exception = r.pop();
    let previous = slow::push_exc_info(r.thread(), exception);
    r.push(previous);
    r.push(exception);
    r.next()
});

op!(POP_EXCEPT, r => {
    let previous = r.pop();
    slow::pop_except(r.thread(), previous);
    r.next()
});

op!(CHECK_EXC_MATCH, r => {
    r.save();
    let w = slow::check_exc_match(r.thread(), r.value(2), r.value(1));
    if w == 0 { return r.error(); }
    let class = r.peek(1);
    r.poke(1, w);
    r.drop_word(class);
    r.next()
});

op!(CHECK_EG_MATCH, r => {
    // group, types -> rest, match
    r.save();
    if !slow::check_eg_match(r.thread(), r.sp.sub(2)) { return r.error(); }
    r.next()
});

op!(WITH_EXCEPT_START, r => {
    // exit, exit's self, lasti, previous, exception
    r.save();
    let w = slow::with_except_start(r.thread(), r.value(5), r.peek(4), r.value(1));
    if w == 0 { return r.error(); }
    r.push(w);
    r.next()
});

op!(CLEANUP_THROW, r => {
    // iterator, last sent, exception -> None, value
    r.save();
    if !slow::cleanup_throw(r.thread(), r.sp.sub(3)) { return r.error(); }
    r.sp = r.sp.sub(1);
    r.next()
});

op!(END_ASYNC_FOR, r => {
    // iterator, exception
    r.save();
    let exception = r.pop();
    if slow::end_async_for(r.thread(), exception) {
        let iterator = r.pop();
        r.drop_word(iterator);
        return r.next();
    }
    r.error()
});

const _: (u64, fn(&Value) -> u64) = (word::NONE, Value::bits);
