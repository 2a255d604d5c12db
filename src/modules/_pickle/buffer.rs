//! `PickleBuffer`: memory that need not be copied into a pickle.

use super::memo::Locked;
use crate::objects::buffer::{self, Buffer};
use crate::objects::memoryview::MemoryView;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// The payload: the memory, until it is released.
pub struct PickleBuffer(Locked<Option<Buffer>>);

impl Native for PickleBuffer {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.visit(|buffer| buffer.iter().for_each(|b| visit(&b.obj)));
    }

    fn clear(&self, t: &Thread) {
        drop(self.0.with(t, None, Option::take));
    }
}

fn this(v: &Value) -> &PickleBuffer {
    v.opaque::<PickleBuffer>().expect("slots of `PickleBuffer` get them")
}

/// Whether the value is one.
pub fn is_pickle_buffer(v: &Value) -> bool {
    v.opaque::<PickleBuffer>().is_some()
}

/// The object whose memory it is; `ValueError` after its release.
fn object(t: &Thread, v: &Value) -> R {
    let held = this(v).0.with(t, v.header(), |buffer| buffer.as_ref().map(|b| b.obj.clone()));
    held.ok_or_else(|| t.value_error("operation forbidden on released PickleBuffer object"))
}

/// The memory once more, as it lies; `None` if it has gaps.
pub fn contiguous(t: &Thread, v: &Value) -> R<Option<Buffer>> {
    let buffer = buffer::get(t, &object(t, v)?)?;
    let dense = match &buffer.layout {
        Some(layout) => layout.is_c_contiguous(buffer.itemsize) || layout.is_f_contiguous(buffer.itemsize),
        None => true,
    };
    Ok(dense.then_some(buffer))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let given = args.pos.len() + args.kw.len();
    let [object] = args.pos else {
        return Err(t.type_error(match given {
            2.. => format!("PickleBuffer() takes at most 1 argument ({given} given)"),
            _ => "PickleBuffer() takes exactly 1 positional argument (0 given)".to_owned(),
        }));
    };
    if given > 1 {
        return Err(t.type_error(format!("PickleBuffer() takes at most 1 argument ({given} given)")));
    }
    let lent = buffer::get(t, object)?;
    let class = class.cast::<Type>().expect("a class");
    opaque::new(t, class, PickleBuffer(Locked::new(Some(lent))))
}

fn lend(t: &Thread, v: &Value, flags: u32) -> R<Buffer> {
    buffer::get_with(t, &object(t, v)?, flags)
}

fn raw(t: &Thread, v: &Value) -> R {
    let Some(buffer) = contiguous(t, v)? else {
        return Err(t.buffer_error("cannot extract raw buffer from non-contiguous buffer"));
    };
    Ok(MemoryView::of_buffer(t, buffer.flat()))
}

fn release(t: &Thread, v: &Value) -> R {
    // Giving memory back may run Python code: not under the lock.
    drop(this(v).0.with(t, v.header(), Option::take));
    Ok(Value::NONE)
}

/// `pickle.PickleBuffer`.
pub static SPEC: Spec = {
    let mut spec = opaque::spec::<PickleBuffer>("pickle.PickleBuffer");
    spec.flags |= type_flags::IMMUTABLE | type_flags::WEAKREFABLE;
    spec.doc = "Wrapper for potentially out-of-band buffers";
    spec.slots.new = Some(new);
    spec.slots.bf_get = Some(lend);
    spec.methods = &[
        Def::new(
            "raw",
            Func::NoArgs(raw),
            "($self, /)",
            "Return a memoryview of the raw memory underlying this buffer.\nWill raise BufferError is the buffer isn't contiguous.",
        ),
        Def::new(
            "release",
            Func::NoArgs(release),
            "($self, /)",
            "Release the underlying buffer exposed by the PickleBuffer object.",
        ),
    ];
    spec
};
