//! `_event_loop`: the native loop, its handles and its transports, for `_native_loop` and `asyncio.events`.

use super::ModuleSpec;
use crate::event_loop::state::state;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::thread::Thread;

fn exec(t: &Thread, m: &Module) -> R<()> {
    let state = state(t);
    state.make_types(t);
    m.set(t, "Handle", state.handle.value());
    m.set(t, "TimerHandle", state.timer.value());
    m.set(t, "EventLoop", state.event_loop.value());
    m.set(t, "SocketTransport", state.transport.value());
    Ok(())
}

pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_event_loop", doc: "The native event loop.", exec: Some(exec), ..ModuleSpec::DEFAULT };
