//! Futures, tasks and the event loop: what `asyncio` is made of, below the Python half of it.
//!
//! A *future* is a result that is not there yet, with a list of callbacks. A *task* is a future that drives a
//! coroutine: one *step* sends `None` into the coroutine, which runs until it awaits a future that is not done. That
//! future comes out of the step; the task adds its *wakeup* to the future's callbacks, and the next step follows when
//! the loop calls it. The *loop* has a queue of what is to be called, a heap of what is to be called later, and a
//! poller that says which descriptors are ready.
//!
//! CPython has futures and tasks in C (`_asyncio`) and the loop in Python (`asyncio.base_events`). Here the loop is
//! native too: what a program does a million times a second (call a callback soon or later, step a task, read from a
//! socket and hand the bytes to a protocol) runs without a Python frame in between. What it does once (open a
//! connection, start a subprocess, install a signal handler) stays the library's own Python: the default loop is a
//! subclass of both the native loop and `asyncio.unix_events._UnixSelectorEventLoop`.
//!
//! | file | what |
//! |---|---|
//! | `state` | the types, and what is fetched from the Python half |
//! | `running` | which loop and which task a thread is running; the register of all tasks |
//! | `future`, `future_type`, `future_iter` | `Future`: its states, its methods, awaiting it |
//! | `task`, `step`, `task_type` | `Task`: making and cancelling it, one step of it, its methods |
//! | `soon` | handing work to a loop of any kind |
//! | `handle`, `handle_type` | `Handle` and `TimerHandle`: a callback that can be taken back |
//! | `event_loop`, `loop_type` | the loop: its queue, and one turn of it; its methods |
//! | `flag` | attributes that are true or false |
//! | `timers`, `watch`, `readiness` | what the loop waits for: times, descriptors, and the system's notification |
//! | `transport`, `transport_type` | stream sockets: bytes to and from a protocol |
//!
//! # Invariants
//!
//! - A future is pending, then finished or cancelled, and never changes again. The change happens under the object's
//!   lock; its callbacks are scheduled afterwards, outside.
//! - Callbacks are never called by the one who completes the future, only by the loop.
//! - No Python code runs between the loop and the coroutine of a task.

// The loop itself.
#[allow(clippy::module_inception)]
pub mod event_loop;
mod flag;
pub mod future;
mod future_iter;
mod future_type;
pub mod handle;
mod handle_type;
mod loop_type;
pub mod readiness;
pub mod running;
pub mod soon;
pub mod state;
mod step;
pub mod task;
mod task_type;
mod timers;
pub mod transport;
mod transport_type;
mod watch;
