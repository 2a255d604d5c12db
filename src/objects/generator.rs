//! Generators, coroutines and asynchronous generators: one payload, with the suspended frame inside.

use super::exc_info::ExcInfo;
use super::frame::{FRAME_WORDS, Frame, Owner};
use super::header::{Header, Kind, gc_bits};
use super::slot::Slot;
use super::string::out_of_memory;
use super::thread::Thread;
use super::value::{Payload, Value};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::*};

/// What a generator is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Made, not yet run.
    Created,
    Suspended,
    Running,
    /// Its frame is gone.
    Finished,
}

/// The payload of `generator`, `coroutine` and `async_generator`. The frame follows it.
#[repr(C)]
pub struct Generator {
    header: Header,
    state: AtomicU8,
    /// Asynchronous generator: the hooks were called; closed; an `asend`/`athrow` is under way.
    pub hooks_inited: AtomicBool,
    pub closed: AtomicBool,
    pub running_async: AtomicBool,
    pub name: Slot,
    pub qualname: Slot,
    pub code: Slot,
    /// Coroutine: `cr_origin`. Asynchronous generator: its finalizer hook.
    pub origin: Slot,
    /// What it handles while suspended.
    pub exc_info: ExcInfo,
}

// SAFETY: `repr(C)`, header first; `Generator::of` checks for the three kinds that have this layout.
unsafe impl Payload for Generator {
    const KIND: Kind = Kind::Generator;
}

impl Generator {
    /// An object of that kind with room for a frame of so many words, not yet filled; state `Created`.
    pub fn make(t: &Thread, kind: Kind, name: Value, qualname: Value, code: Value, frame_words: usize) -> Value {
        let typ = match kind {
            Kind::Coroutine => &t.types().coroutine,
            Kind::AsyncGenerator => &t.types().async_generator,
            _ => &t.types().generator,
        };
        let size = std::mem::size_of::<Generator>() + (FRAME_WORDS + frame_words) * 8;
        // SAFETY: fresh memory; the caller fills the frame before anybody sees the object.
        unsafe {
            let Some(memory) = t.heap.0.allocate(size) else { out_of_memory() };
            t.count_container();
            let this = memory as *mut Generator;
            (&raw mut (*this).state).write(AtomicU8::new(State::Created as u8));
            for flag in [&raw mut (*this).hooks_inited, &raw mut (*this).closed, &raw mut (*this).running_async] {
                flag.write(AtomicBool::new(false));
            }
            (&raw mut (*this).name).write(Slot::new(name));
            (&raw mut (*this).qualname).write(Slot::new(qualname));
            (&raw mut (*this).code).write(Slot::new(code));
            (&raw mut (*this).origin).write(Slot::EMPTY);
            (&raw mut (*this).exc_info).write(ExcInfo::default());
            Header::init(memory, t, kind as u8, gc_bits::TRACKED, typ.get());
            Value::from_header(memory)
        }
    }

    /// The payload of a value of any of the three kinds.
    #[inline(always)]
    pub fn of(value: &Value) -> Option<&Generator> {
        let header = value.header()?;
        matches!(header.layout(), Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator)
            // SAFETY: the three kinds have this layout.
            .then(|| unsafe { &*(header as *const Header as *const Generator) })
    }

    /// Whether the object is of one of the three kinds and has run to its end, so that there is nothing to finalize.
    #[inline(always)]
    pub fn is_finished(header: &Header) -> bool {
        matches!(header.layout(), Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator)
            // SAFETY: the three kinds have this layout.
            && unsafe { &*(header as *const Header as *const Generator) }.state() == State::Finished
    }

    /// The frame inside.
    #[inline(always)]
    pub fn frame(&self) -> *mut Frame {
        // The frame follows the payload.
        (self as *const Generator).wrapping_add(1) as *mut Frame
    }

    /// The generator that a frame lies in.
    ///
    /// # Safety
    /// The frame's owner is `Owner::Generator`.
    #[inline(always)]
    pub unsafe fn of_frame<'a>(frame: *mut Frame) -> &'a Generator {
        // SAFETY: see above.
        unsafe { &*(frame as *const Generator).sub(1) }
    }

    #[inline(always)]
    pub fn state(&self) -> State {
        match self.state.load(Acquire) {
            0 => State::Created,
            1 => State::Suspended,
            2 => State::Running,
            _ => State::Finished,
        }
    }

    #[inline(always)]
    pub fn set_state(&self, state: State) {
        self.state.store(state as u8, Release);
    }

    /// Becomes `Running`, if it can be resumed. With the GIL off only one thread succeeds.
    #[inline(always)]
    pub fn begin(&self, t: &Thread) -> Result<State, State> {
        let state = self.state();
        match state {
            State::Created | State::Suspended if t.gil_enabled() || self.header.is_held_by(t.tid()) => {
                self.set_state(State::Running);
                Ok(state)
            }
            State::Created | State::Suspended => {
                // The thread that made it resumes it without asking.
                t.share(&self.header);
                match self.state.compare_exchange(state as u8, State::Running as u8, AcqRel, Acquire) {
                    Ok(_) => Ok(state),
                    Err(_) => Err(State::Running),
                }
            }
            _ => Err(state),
        }
    }

    /// The frame has ended: its contents are dropped.
    ///
    /// # Safety
    /// The frame will not run again; `sp` is saved.
    pub unsafe fn finish(&self, t: &Thread) {
        self.set_state(State::Finished);
        // SAFETY: see above.
        unsafe { Frame::finish(t, self.frame()) };
        if !self.exc_info.value.is_empty() {
            drop(self.exc_info.value.take());
        }
    }

    /// # Safety
    /// The object is dead; it was closed by its finalizer.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe {
            let this = &*(this as *const Generator);
            if this.state() != State::Finished {
                this.finish(super::thread::current());
            }
            for slot in [&this.name, &this.qualname, &this.code, &this.origin, &this.exc_info.value] {
                drop(slot.take_last());
            }
        }
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(g) = Generator::of(value) {
            for slot in [&g.name, &g.qualname, &g.code, &g.origin, &g.exc_info.value] {
                slot.visit(visit);
            }
            // A running frame's references are counted as coming from outside.
            if matches!(g.state(), State::Created | State::Suspended) {
                // SAFETY: the world is stopped and the frame is suspended, so `sp` is saved.
                unsafe {
                    debug_assert!((*g.frame()).owner == Owner::Generator);
                    Frame::traverse(g.frame(), visit);
                }
            }
        }
    }

    /// Shows what the local variables of a running generator hold, for `gc.get_referrers`.
    ///
    /// # Safety
    /// The world is stopped, or this is the thread that runs it.
    pub unsafe fn visit_running(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(g) = Generator::of(value)
            && g.state() == State::Running
        {
            // SAFETY: the frame lives while the generator runs; locals are valid words.
            unsafe {
                for i in 0..Frame::code_of(g.frame()).nlocalsplus {
                    let word = Frame::local(g.frame(), i);
                    if *word != 0 {
                        visit(Value::from_ref(&*word));
                    }
                }
            }
        }
    }

    /// Ends the generator without running it further (collector; finalizers have run).
    pub fn clear_refs(t: &Thread, value: &Value) {
        if let Some(g) = Generator::of(value)
            && matches!(g.state(), State::Created | State::Suspended)
        {
            // SAFETY: it is unreachable, so nobody resumes it.
            unsafe { g.finish(t) };
        }
    }
}
