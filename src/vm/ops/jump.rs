//! Jumps, truth and the switch points at their backward forms.

use crate::objects::header::Kind;
use crate::objects::value::word;
use crate::vm::dispatch::op;
use crate::vm::slow;

op!(JUMP_FORWARD, r => {
    r.pc = r.pc.add(r.arg());
    r.next()
});

op!(JUMP_BACKWARD, r => {
    if r.thread().sched.breaker.get() != 0 {
        return r.tail(jump_backward_check);
    }
    // One cell of cache, then the distance.
    r.pc = r.pc.add(1).sub(r.arg());
    r.next()
});

op!(jump_backward_check, r => {
    r.save();
    if !slow::check_breaker(r.thread()) { return r.error(); }
    r.pc = r.pc.add(1).sub(r.arg());
    r.next_anew()
});

op!(JUMP_BACKWARD_NO_INTERRUPT, r => {
    r.pc = r.pc.sub(r.arg());
    r.next()
});

op!(RESUME, r => {
    if r.thread().sched.breaker.get() != 0 && r.arg() & 3 < 2 {
        return r.tail(resume_check);
    }
    r.next()
});

op!(resume_check, r => {
    r.save();
    if !slow::check_breaker(r.thread()) { return r.error(); }
    r.next_anew()
});

macro_rules! conditional {
    ($name:ident, $slow:ident, $on:ident, $off:ident) => {
        op!($name, r => {
            let w = r.peek(1);
            if w == word::$on {
                r.sp = r.sp.sub(1);
                r.pc = r.pc.add(1 + r.arg());
                return r.next();
            }
            if w == word::$off {
                r.sp = r.sp.sub(1);
                return r.next_skipping(1);
            }
            r.tail($slow)
        });

        op!($slow, r => {
            // The compiler puts TO_BOOL in front unless the operand is a bool already: this is for the rest.
            r.save();
            let truth = slow::truth(r.thread(), r.value(1));
            if truth == 0 { return r.error(); }
            let w = r.pop();
            r.drop_word(w);
            if truth == word::$on {
                r.pc = r.pc.add(r.arg());
            }
            r.next_skipping(1)
        });
    };
}
conditional!(POP_JUMP_IF_FALSE, pop_jump_if_false_slow, FALSE, TRUE);
conditional!(POP_JUMP_IF_TRUE, pop_jump_if_true_slow, TRUE, FALSE);

op!(POP_JUMP_IF_NONE, r => {
    let w = r.pop();
    if w == word::NONE {
        r.pc = r.pc.add(r.arg());
    } else {
        r.drop_word(w);
    }
    r.next_skipping(1)
});

op!(POP_JUMP_IF_NOT_NONE, r => {
    let w = r.pop();
    if w != word::NONE {
        r.pc = r.pc.add(r.arg());
        r.drop_word(w);
    }
    r.next_skipping(1)
});

op!(TO_BOOL, r => {
    let w = r.peek(1);
    if w == word::TRUE || w == word::FALSE {
        return r.next_skipping(3);
    }
    if w == word::NONE {
        r.poke(1, word::FALSE);
        return r.next_skipping(3);
    }
    if r.value(1).is_small() {
        r.poke(1, if r.value(1).small_unchecked() != 0 { word::TRUE } else { word::FALSE });
        return r.next_skipping(3);
    }
    if r.value(1).kind() == Kind::Instance {
        let slots = r.value(1).header_unchecked().type_of().slots();
        if slots.nb_bool.is_none() && slots.len.is_none() {
            // An instance that says nothing of its truth is true.
            r.poke(1, word::TRUE);
            r.drop_word(w);
            return r.next_skipping(3);
        }
    }
    r.tail(to_bool_slow)
});

op!(to_bool_slow, r => {
    r.save();
    let truth = slow::truth(r.thread(), r.value(1));
    if truth == 0 { return r.error(); }
    let w = r.peek(1);
    r.poke(1, truth);
    r.drop_word(w);
    r.next_skipping(3)
});

op!(UNARY_NOT, r => {
    // The operand is a bool: TO_BOOL comes before.
    let w = r.peek(1);
    r.poke(1, w ^ (word::TRUE ^ word::FALSE));
    r.next()
});
