//! `_asyncio`: the native half of `asyncio`, which is `event_loop`'s.

use super::ModuleSpec;
use crate::event_loop::state::state;
use crate::event_loop::{future, running};
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// An argument that `Func::Bound` has made sure of.
fn given(args: &[Option<Value>], i: usize) -> &Value {
    args[i].as_ref().unwrap_or(Value::none())
}

/// The loop that was named, or the running one.
fn named_loop(t: &Thread, args: &[Option<Value>]) -> R {
    match args[0].as_ref().filter(|v| !v.is_none()) {
        Some(named) => Ok(named.clone()),
        None => running::required_loop(t),
    }
}

fn none(done: R<()>) -> R {
    done.map(|()| Value::NONE)
}

fn set_running_loop(t: &Thread, _m: &Value, v: &Value) -> R {
    running::set_running_loop(t, (!v.is_none()).then(|| v.clone()));
    Ok(Value::NONE)
}

fn exec(t: &Thread, m: &Module) -> R<()> {
    let state = state(t);
    state.make_types(t);
    m.set(t, "Future", state.future.value());
    m.set(t, "Task", state.task.value());
    Ok(())
}

pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_asyncio", doc: "Accelerator module for asyncio", functions: FUNCTIONS, exec: Some(exec) };

const FUNCTIONS: &[Def] = &[
    Def::new(
        "current_task",
        Func::Bound(|t, _, args| running::current_task(t, &named_loop(t, args)?)),
        "($module, /, loop=None)",
        "Return a currently executed task.",
    ),
    Def::new(
        "all_tasks",
        Func::Bound(|t, _, args| running::all_tasks(t, &named_loop(t, args)?)),
        "($module, /, loop=None)",
        "Return a set of all tasks for the loop.",
    ),
    Def::new(
        "get_event_loop",
        Func::NoArgs(|t, _| running::event_loop(t)),
        "($module, /)",
        "Return an asyncio event loop.\n\nWhen called from a coroutine or a callback (e.g. scheduled with\ncall_soon or similar API), this function will always return the\nrunning event loop.\n\nIf there is no running event loop set, the function will return\nthe result of `get_event_loop_policy().get_event_loop()` call.",
    ),
    Def::new(
        "get_running_loop",
        Func::NoArgs(|t, _| running::required_loop(t)),
        "($module, /)",
        "Return the running event loop.  Raise a RuntimeError if there is none.\n\nThis function is thread-specific.",
    ),
    Def::new(
        "_get_running_loop",
        Func::NoArgs(|t, _| Ok(running::running_loop(t).unwrap_or(Value::NONE))),
        "($module, /)",
        "Return the running event loop or None.\n\nThis is a low-level function intended to be used by event loops.\nThis function is thread-specific.",
    ),
    Def::new(
        "_set_running_loop",
        Func::One(set_running_loop),
        "($module, loop, /)",
        "Set the running event loop.\n\nThis is a low-level function intended to be used by event loops.\nThis function is thread-specific.",
    ),
    Def::new(
        "_register_task",
        Func::Bound(|t, _, args| none(running::register_any(t, given(args, 0)))),
        "($module, /, task)",
        "Register a new task in asyncio as executed by loop.\n\nReturns None.",
    ),
    Def::new(
        "_register_eager_task",
        Func::Bound(|t, _, args| none(running::register_eager(t, given(args, 0)))),
        "($module, /, task)",
        "Register a new task in asyncio as executed by loop.\n\nReturns None.",
    ),
    Def::new(
        "_unregister_task",
        Func::Bound(|t, _, args| none(running::unregister_any(t, given(args, 0)))),
        "($module, /, task)",
        "Unregister a task.\n\nReturns None.",
    ),
    Def::new(
        "_unregister_eager_task",
        Func::Bound(|t, _, args| none(running::unregister_eager(t, given(args, 0)))),
        "($module, /, task)",
        "Unregister a task.\n\nReturns None.",
    ),
    Def::new(
        "_enter_task",
        Func::Bound(|t, _, args| none(running::enter_task(t, given(args, 0), given(args, 1)))),
        "($module, /, loop, task)",
        "Enter into task execution or resume suspended task.\n\nTask belongs to loop.\n\nReturns None.",
    ),
    Def::new(
        "_leave_task",
        Func::Bound(|t, _, args| none(running::leave_task(t, given(args, 0), given(args, 1)))),
        "($module, /, loop, task)",
        "Leave task execution or suspend a task.\n\nTask belongs to loop.\n\nReturns None.",
    ),
    Def::new(
        "_swap_current_task",
        Func::Bound(|t, _, args| running::swap_current_task(t, given(args, 0), given(args, 1))),
        "($module, /, loop, task)",
        "Temporarily swap in the supplied task and return the original one (or None).\n\nThis is intended for use during eager coroutine execution.",
    ),
    Def::new(
        "future_add_to_awaited_by",
        Func::Pos(|t, _, args| none(future::add_awaited_by(t, &args[0], &args[1])), 2, 2),
        "($module, fut, waiter, /)",
        "Record that `fut` is awaited on by `waiter`.",
    ),
    Def::new(
        "future_discard_from_awaited_by",
        Func::Pos(|t, _, args| none(future::discard_awaited_by(t, &args[0], &args[1])), 2, 2),
        "($module, fut, waiter, /)",
        "",
    ),
];
