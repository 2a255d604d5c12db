//! What the VM adds to an interpreter: the slots of types whose instances run frames.

use super::{call, generator};
use crate::objects::thread::Thread;

/// Connects the types with the VM.
pub fn install(t: &Thread) {
    t.types().function.edit_slots_at_start(|slots| slots.call = Some(call::call_function));
    t.types().generator.edit_slots_at_start(|slots| slots.next = Some(generator::next));
    for typ in [&t.types().generator, &t.types().coroutine, &t.types().async_generator] {
        typ.edit_slots_at_start(|slots| {
            slots.am_send = Some(generator::am_send);
            slots.am_throw = Some(generator::am_throw);
        });
    }
}
