//! Loading and storing: locals, constants, cells, stack shuffling.

use crate::objects::cell::Cell;
use crate::objects::frame::Frame;
use crate::objects::header::Header;
use crate::objects::value::{BORROWED, Payload, Value, is_pointer, word};
use crate::vm::dispatch::op;
use crate::vm::slow;

op!(NOP, r => { r.next() });
op!(EXTENDED_ARG, r => { r.next() });

op!(LOAD_FAST, r => {
    let w = *r.local(r.arg());
    r.incref(w);
    r.push(w);
    r.next()
});

op!(LOAD_FAST_BORROW, r => {
    let w = *r.local(r.arg());
    r.push(if is_pointer(w) { w | BORROWED } else { w });
    r.next()
});

op!(LOAD_FAST_BORROW_LOAD_FAST_BORROW, r => {
    let (a, b) = (*r.local(r.arg() >> 4), *r.local(r.arg() & 15));
    r.push(if is_pointer(a) { a | BORROWED } else { a });
    r.push(if is_pointer(b) { b | BORROWED } else { b });
    r.next()
});

op!(LOAD_FAST_LOAD_FAST, r => {
    let (a, b) = (*r.local(r.arg() >> 4), *r.local(r.arg() & 15));
    r.incref(a);
    r.incref(b);
    r.push(a);
    r.push(b);
    r.next()
});

op!(LOAD_FAST_CHECK, r => {
    let w = *r.local(r.arg());
    if w == 0 { return r.tail(unbound_local); }
    r.incref(w);
    r.push(w);
    r.next()
});

op!(unbound_local, r => {
    r.save();
    slow::unbound_local(r.thread(), r.f, r.arg());
    r.error()
});

op!(LOAD_FAST_AND_CLEAR, r => {
    let p = r.local(r.arg());
    r.push(*p);
    *p = 0;
    r.next()
});

op!(STORE_FAST, r => {
    let p = r.local(r.arg());
    let w = r.pop();
    let w = r.own(w);
    let old = *p;
    *p = w;
    r.drop_word(old);
    r.next()
});

op!(STORE_FAST_LOAD_FAST, r => {
    let p = r.local(r.arg() >> 4);
    let w = r.pop();
    let w = r.own(w);
    let old = *p;
    *p = w;
    let w = *r.local(r.arg() & 15);
    r.incref(w);
    r.push(w);
    r.drop_word(old);
    r.next()
});

op!(STORE_FAST_STORE_FAST, r => {
    let (p, q) = (r.local(r.arg() >> 4), r.local(r.arg() & 15));
    let a = r.pop();
    let b = r.pop();
    let (a, b) = (r.own(a), r.own(b));
    let old = *p;
    *p = a;
    r.drop_word(old);
    let old = *q;
    *q = b;
    r.drop_word(old);
    r.next()
});

op!(STORE_FAST_MAYBE_NULL, r => {
    let p = r.local(r.arg());
    let w = r.pop();
    let w = r.own(w);
    let old = *p;
    *p = w;
    r.drop_word(old);
    r.next()
});

op!(DELETE_FAST, r => {
    let p = r.local(r.arg());
    let old = *p;
    if old == 0 { return r.tail(unbound_local); }
    *p = 0;
    r.drop_word(old);
    r.next()
});

op!(LOAD_CONST, r => {
    // Borrowed: the frame keeps the code alive, and the code its constants.
    let w = Frame::code_of(r.f).const_unchecked(r.arg()).bits();
    r.push(if is_pointer(w) { w | BORROWED } else { w });
    r.next()
});

op!(LOAD_SMALL_INT, r => {
    r.push(Value::small_word(r.arg() as i64));
    r.next()
});

op!(LOAD_COMMON_CONSTANT, r => {
    let w = slow::common_constant(r.thread(), r.arg());
    r.push(w);
    r.next()
});

op!(LOAD_BUILD_CLASS, r => {
    r.save();
    let w = slow::load_build_class(r.thread(), r.f);
    if w == 0 { return r.error(); }
    r.push(w);
    r.next()
});

op!(POP_TOP, r => {
    let w = r.pop();
    r.drop_word(w);
    r.next()
});

op!(PUSH_NULL, r => {
    r.push(0);
    r.next()
});

op!(COPY, r => {
    let w = r.peek(r.arg());
    r.incref(w);
    r.push(if is_pointer(w) { w & !BORROWED } else { w });
    r.next()
});

op!(SWAP, r => {
    let (a, b) = (r.peek(1), r.peek(r.arg()));
    r.poke(1, b);
    r.poke(r.arg(), a);
    r.next()
});

op!(MAKE_CELL, r => {
    let p = r.local(r.arg());
    let cell = slow::make_cell(r.thread(), *p);
    *p = cell;
    r.next()
});

op!(COPY_FREE_VARS, r => {
    slow::copy_free_vars(r.thread(), r.f, r.arg());
    r.next()
});

op!(LOAD_DEREF, r => {
    let cell = &*(*r.local(r.arg()) as *const Cell);
    let w = r.read(&cell.contents);
    if w == 0 { return r.tail(load_deref_unbound); }
    r.push(w);
    r.next()
});

op!(load_deref_unbound, r => {
    r.save();
    let w = slow::load_deref(r.thread(), r.f, r.arg());
    if w == 0 { return r.error(); }
    r.push(w);
    r.next()
});

op!(STORE_DEREF, r => {
    let w = r.pop();
    let w = r.own(w);
    let cell = &*(*r.local(r.arg()) as *const Cell);
    let old = Value::option_into_bits(cell.contents.replace(Some(Value::from_bits(w))));
    r.drop_word(old);
    r.next()
});

op!(DELETE_DEREF, r => {
    let cell = &*(*r.local(r.arg()) as *const Cell);
    let old = Value::option_into_bits(cell.contents.replace(None));
    if old == 0 {
        r.save();
        slow::unbound_deref(r.thread(), r.f, r.arg());
        return r.error();
    }
    r.drop_word(old);
    r.next()
});

op!(GET_LEN, r => {
    r.save();
    let w = slow::get_len(r.thread(), r.value(1));
    if w == 0 { return r.error(); }
    r.push(w);
    r.next()
});

op!(IS_OP, r => {
    let (b, a) = (r.pop(), r.pop());
    let same = (a == b) || (is_pointer(a) && is_pointer(b) && (a | BORROWED) == (b | BORROWED));
    r.drop_word(b);
    r.drop_word(a);
    r.push(if same ^ (r.arg() != 0) { word::TRUE } else { word::FALSE });
    r.next()
});

// Keeps `Header` and `Payload` in scope for the handlers' inlined helpers.
const _: fn(&Cell) -> &Header = <Cell as Payload>::header;
