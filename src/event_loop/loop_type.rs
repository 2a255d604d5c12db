//! The type of native loops: methods and attributes. It is the first base of the default loop's class
//! (`_native_loop`), whose second is the library's own loop.

use super::event_loop::{self, EventLoop, this};
use super::flag::flag;
use super::future;
use super::handle;
use super::soon::Job;
use super::state::state;
use super::task::{self, Options, Task};
use super::watch::Watcher;
use crate::objects::arith::{BinaryOp, binary_op};
use crate::objects::container::class_of;
use crate::objects::float;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::sync::atomic::Ordering::*;

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    opaque::new(t, class_of(t, class)?, EventLoop::default())
}

/// Methods which, when a subclass has its own, are called by name for every callback.
const HOT: [&str; 4] = ["call_soon", "_call_soon", "_run_once", "time"];

/// Opens the poller. A subclass with hot methods of its own gets to see every callback.
fn open(t: &Thread, v: &Value) -> R {
    let base = state(t).event_loop.get();
    for name in HOT {
        let name = t.intern(name);
        let (own, native) = (v.type_of(t).lookup(t, &name), base.lookup(t, &name));
        if !own.is_some_and(|own| native.is_some_and(|native| own.is(&native))) {
            this(v).overridden.store(true, Relaxed);
        }
    }
    this(v).open(t)?;
    Ok(Value::NONE)
}

/// `callback, *args, context=None` after `skip` arguments of the method's own.
struct Call<'a> {
    own: &'a [Value],
    callback: &'a Value,
    args: &'a [Value],
    context: Option<&'a Value>,
}

fn parse<'a>(t: &Thread, name: &str, parameters: &[&str], a: Args<'a>) -> R<Call<'a>> {
    let mut context = None;
    for (key, value) in a.names.iter().zip(a.kw) {
        if key.cast::<Str>().is_none_or(|key| key.as_ascii() != Some("context")) {
            let key = protocol::to_text(t, key)?;
            return Err(t.type_error(format!("BaseEventLoop.{name}() got an unexpected keyword argument '{key}'")));
        }
        context = Some(value).filter(|v| !v.is_none());
    }
    let wanted = parameters.len() + 1;
    if a.pos.len() < wanted {
        let missing: Vec<String> =
            parameters.iter().chain(&["callback"]).skip(a.pos.len()).map(|p| format!("'{p}'")).collect();
        let plural = if missing.len() == 1 { "" } else { "s" };
        return Err(t.type_error(format!(
            "BaseEventLoop.{name}() missing {} required positional argument{plural}: {}",
            missing.len(),
            missing.join(" and ")
        )));
    }
    let (own, rest) = a.pos.split_at(parameters.len());
    Ok(Call { own, callback: &rest[0], args: &rest[1..], context })
}

/// In debug mode: the thread and the callback are the right ones.
fn check(t: &Thread, v: &Value, name: &str, callback: &Value, thread: bool) -> R<()> {
    if !this(v).debug.load(Relaxed) {
        return Ok(());
    }
    if thread {
        protocol::call_method_str(t, v, "_check_thread", &[])?;
    }
    protocol::call_method_str(t, v, "_check_callback", &[callback.clone(), t.str(name)]).map(drop)
}

fn call_soon(t: &Thread, v: &Value, a: Args<'_>) -> R {
    let call = parse(t, "call_soon", &[], a)?;
    this(v).check_closed(t)?;
    check(t, v, "call_soon", call.callback, true)?;
    let h = handle::make(t, call.callback, call.args, v, call.context)?;
    if this(v).debug.load(Relaxed) {
        handle::record_origin(t, &h)?;
    }
    this(v).push(Job::Handle(h.clone()));
    Ok(h)
}

fn call_soon_tuple(t: &Thread, v: &Value, args: &[Value]) -> R {
    let items = args[1].cast::<Tuple>().map(Tuple::items).unwrap_or(&[]);
    let h = handle::make(t, &args[0], items, v, Some(&args[2]).filter(|c| !c.is_none()))?;
    if this(v).debug.load(Relaxed) {
        handle::record_origin(t, &h)?;
    }
    this(v).push(Job::Handle(h.clone()));
    Ok(h)
}

fn call_soon_threadsafe(t: &Thread, v: &Value, a: Args<'_>) -> R {
    let call = parse(t, "call_soon_threadsafe", &[], a)?;
    this(v).check_closed(t)?;
    check(t, v, "call_soon_threadsafe", call.callback, false)?;
    let class = state(t).thread_safe_handle.get(t)?;
    let context = call.context.cloned().unwrap_or(Value::NONE);
    let h = protocol::call(t, &class, &[call.callback.clone(), Tuple::from_slice(t, call.args), v.clone(), context])?;
    if this(v).debug.load(Relaxed)
        && let Some(source) = handle::of(&h).and_then(|h| h.source_traceback.get(t))
    {
        // The innermost entry is the handle's own constructor.
        protocol::setitem(t, &source, &Value::small(-1), None)?;
    }
    this(v).push(Job::Handle(h.clone()));
    this(v).wake();
    Ok(h)
}

fn make_timer(t: &Thread, v: &Value, name: &str, when: &Value, call: &Call<'_>) -> R {
    this(v).check_closed(t)?;
    check(t, v, name, call.callback, true)?;
    let timer = handle::make_timer(t, when, call.callback, call.args, v, call.context)?;
    if this(v).debug.load(Relaxed) {
        handle::record_origin(t, &timer)?;
    }
    this(v).push_timer(t, timer.clone())?;
    Ok(timer)
}

fn call_at(t: &Thread, v: &Value, a: Args<'_>) -> R {
    let call = parse(t, "call_at", &["when"], a)?;
    if call.own[0].is_none() {
        return Err(t.type_error("when cannot be None"));
    }
    make_timer(t, v, "call_at", &call.own[0], &call)
}

fn call_later(t: &Thread, v: &Value, a: Args<'_>) -> R {
    let call = parse(t, "call_later", &["delay"], a)?;
    let delay = &call.own[0];
    if delay.is_none() {
        return Err(t.type_error("delay must not be None"));
    }
    let now = now(t, v)?;
    let when = match (float::as_f64(&now), float::as_f64(delay).or(int::as_i64(delay).map(|d| d as f64))) {
        (Some(now), Some(delay)) => float::new(t, now + delay),
        _ => binary_op(t, BinaryOp::Add, &now, delay)?,
    };
    make_timer(t, v, "call_at", &when, &call)
}

/// The loop's clock: a subclass may have its own.
fn now(t: &Thread, v: &Value) -> R {
    match this(v).overridden.load(Relaxed) {
        true => protocol::call_method_str(t, v, "time", &[]),
        false => Ok(float::new(t, this(v).time(t))),
    }
}

fn create_future(t: &Thread, v: &Value) -> R {
    let state = state(t);
    let names = state.names(t);
    let class = state.futures_module.look(t, &names.Future)?;
    if class.is(&state.future.value()) {
        return future::make(t, v);
    }
    let of = std::slice::from_ref(v);
    protocol::call_args(t, &class, Args { pos: &[], kw: of, names: &[t.intern("loop")] })
}

/// A task of another class: what was given, and the loop.
fn task_of(t: &Thread, class: &Value, v: &Value, coro: &Value, a: Args<'_>) -> R {
    let (mut names, mut values) = (a.names.to_vec(), a.kw.to_vec());
    names.push(t.intern("loop"));
    values.push(v.clone());
    protocol::call_args(t, class, Args { pos: std::slice::from_ref(coro), kw: &values, names: &names })
}

fn create_task(t: &Thread, v: &Value, a: Args<'_>) -> R {
    this(v).check_closed(t)?;
    let [coro] = a.pos else {
        let given = a.pos.len() + 1;
        return Err(t.type_error(if a.pos.is_empty() {
            "BaseEventLoop.create_task() missing 1 required positional argument: 'coro'".to_owned()
        } else {
            format!("BaseEventLoop.create_task() takes 2 positional arguments but {given} were given")
        }));
    };
    if let Some(factory) = this(v).task_factory.get(t).filter(|f| !f.is_none()) {
        return protocol::call_args(t, &factory, Args { pos: &[v.clone(), coro.clone()], ..a });
    }
    let class = state(t).tasks_module.look(t, &state(t).names(t).Task)?;
    if !class.is(&state(t).task.value()) {
        return task_of(t, &class, v, coro, a);
    }
    let mut options = Options { event_loop: Some(v), ..Options::default() };
    for (key, value) in a.names.iter().zip(a.kw) {
        let given = Some(value).filter(|v| !v.is_none());
        match key.cast::<Str>().and_then(Str::as_ascii) {
            Some("name") => options.name = given,
            Some("context") => options.context = given,
            Some("eager_start") => options.eager_start = protocol::truth(t, value)?,
            // The type says what is wrong with it.
            _ => return task_of(t, &class, v, coro, a),
        }
    }
    let made = opaque::new(t, state(t).task.get(), Task::default())?;
    task::init(t, &made, coro, options)?;
    Ok(made)
}

fn run_once(t: &Thread, v: &Value) -> R {
    this(v).run_once(t, v)?;
    Ok(Value::NONE)
}

fn run_forever(t: &Thread, v: &Value) -> R {
    protocol::call_method_str(t, v, "_run_forever_setup", &[])?;
    let l = this(v);
    let own_turn = v.type_of(t).lookup(t, &t.intern("_run_once")).is_some_and(|f| {
        state(t).event_loop.get().lookup(t, &t.intern("_run_once")).is_some_and(|native| !f.is(&native))
    });
    let result = loop {
        let turn = match own_turn {
            true => protocol::call_method_str(t, v, "_run_once", &[]).map(drop),
            false => l.run_once(t, v),
        };
        if turn.is_err() || l.stopping.load(Relaxed) {
            break turn;
        }
    };
    let raised = t.take_raised();
    let cleaned = protocol::call_method_str(t, v, "_run_forever_cleanup", &[]);
    match (result, raised) {
        (Err(_), Some(e)) => Err(t.raise_as_is(e)),
        _ => cleaned.map(|_| Value::NONE),
    }
}

/// The descriptor of a file object or number.
fn descriptor(t: &Thread, v: &Value) -> R<i32> {
    let number = match int::is_int(v) {
        true => v.clone(),
        false => match protocol::call_method(t, v, &t.names().fileno, &[]) {
            Ok(number) => number,
            Err(raised) => {
                drop(t.take_exception(raised));
                return Err(t.value_error(format!("Invalid file object: {}", protocol::repr_text(t, v)?)));
            }
        },
    };
    match int::as_i64(&number).and_then(|fd| i32::try_from(fd).ok()) {
        Some(fd) if fd >= 0 => Ok(fd),
        _ => Err(t.value_error(format!("Invalid file descriptor: {}", protocol::repr_text(t, &number)?))),
    }
}

fn add_watcher(t: &Thread, v: &Value, args: &[Value], write: bool) -> R {
    this(v).check_closed(t)?;
    let [fd, callback, rest @ ..] = args else {
        return Err(t.type_error("a file descriptor and a callback are required"));
    };
    let h = handle::make(t, callback, rest, v, None)?;
    if this(v).debug.load(Relaxed) {
        handle::record_origin(t, &h)?;
    }
    let old = this(v).watch(t, descriptor(t, fd)?, write, Some(Watcher::Handle(h.clone())))?;
    cancel_watcher(t, old)?;
    Ok(h)
}

/// Whoever watched before is told no more; whether there was somebody.
fn cancel_watcher(t: &Thread, old: Option<Watcher>) -> R<bool> {
    match old {
        None => Ok(false),
        Some(Watcher::Handle(h)) => handle::cancel(t, &h).map(|()| true),
        Some(Watcher::Transport(_)) => Ok(true),
    }
}

fn remove_watcher(t: &Thread, v: &Value, fd: &Value, write: bool) -> R {
    if this(v).closed.load(Relaxed) {
        return Ok(Value::FALSE);
    }
    let old = this(v).watch(t, descriptor(t, fd)?, write, None)?;
    Ok(Value::bool(cancel_watcher(t, old)?))
}

/// What descriptors are watched for: `{fd: (reads, writes)}`, as pairs.
fn interests(t: &Thread, v: &Value) -> R {
    let all = this(v).interests();
    Ok(List::make(
        t,
        all.into_iter().map(|(fd, interest)| {
            let events = i64::from(interest.read) | i64::from(interest.write) << 1;
            t.tuple([Value::small(fd.into()), Value::small(events)])
        }),
    ))
}

fn add_callback(t: &Thread, v: &Value, h: &Value) -> R {
    if !protocol::truth(t, &protocol::getattr_str(t, h, "_cancelled")?)? {
        this(v).push(Job::Handle(h.clone()));
    }
    Ok(Value::NONE)
}

fn timer_cancelled(t: &Thread, v: &Value, timer: &Value) -> R {
    if timer.opaque::<handle::Timer>().is_some() {
        event_loop::timer_cancelled(t, v, timer);
    }
    Ok(Value::NONE)
}

fn set_thread(_: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    this(v).thread.store(value.and_then(int::as_u64).unwrap_or(0), Relaxed);
    Ok(())
}

/// The library's constructor assigns what is native here.
fn ignore(_: &Thread, _: &Value, _: Option<&Value>) -> R<()> {
    Ok(())
}

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots { new: Some(new), ..opaque::spec::<EventLoop>("").slots },
    methods: METHODS,
    getset: &[
        flag!("_debug", debug),
        flag!("_closed", closed),
        flag!("_stopping", stopping),
        GetSet::rw(
            "_thread_id",
            |t, v| match this(v).thread.load(Relaxed) {
                0 => Ok(Value::NONE),
                ident => Ok(int::from_u64(t, ident)),
            },
            set_thread,
            "",
        ),
        GetSet::rw("_ready", |t, v| Ok(List::make(t, this(v).ready_handles())), ignore, ""),
        GetSet::rw("_scheduled", |t, v| Ok(List::make(t, this(v).timer_handles(t))), ignore, ""),
        GetSet::rw("_timer_cancelled_count", |t, v| Ok(int::from_usize(t, this(v).cancelled_timers())), ignore, ""),
        GetSet::rw(
            "_task_factory",
            |t, v| Ok(this(v).task_factory.get(t).unwrap_or(Value::NONE)),
            |_, v, value| {
                this(v).task_factory.set(value.cloned().unwrap_or(Value::NONE));
                Ok(())
            },
            "",
        ),
        GetSet::rw(
            "_current_handle",
            |t, v| Ok(this(v).current_handle.get(t).unwrap_or(Value::NONE)),
            |_, v, value| {
                this(v).current_handle.set(value.cloned().unwrap_or(Value::NONE));
                Ok(())
            },
            "",
        ),
    ],
    ..opaque::spec::<EventLoop>("_event_loop.EventLoop")
};

const METHODS: &[Def] = &[
    Def::new("_open", Func::NoArgs(open), "($self, /)", ""),
    Def::new(
        "_close_poller",
        Func::NoArgs(|_, v| {
            this(v).close();
            Ok(Value::NONE)
        }),
        "($self, /)",
        "",
    ),
    Def::new("_interests", Func::NoArgs(interests), "($self, /)", ""),
    Def::new(
        "call_soon",
        Func::Any(call_soon),
        "($self, callback, *args, context=None)",
        "Arrange for a callback to be called as soon as possible.\n\nThis operates as a FIFO queue: callbacks are called in the\norder in which they are registered.  Each callback will be\ncalled exactly once.\n\nAny positional arguments after the callback will be passed to\nthe callback when it is called.",
    ),
    Def::new("_call_soon", Func::Pos(call_soon_tuple, 3, 3), "($self, callback, args, context, /)", ""),
    Def::new(
        "call_soon_threadsafe",
        Func::Any(call_soon_threadsafe),
        "($self, callback, *args, context=None)",
        "Like call_soon(), but thread-safe.",
    ),
    Def::new(
        "call_later",
        Func::Any(call_later),
        "($self, delay, callback, *args, context=None)",
        "Arrange for a callback to be called at a given time.\n\nReturn a Handle: an opaque object with a cancel() method that\ncan be used to cancel the call.\n\nThe delay can be an int or float, expressed in seconds.  It is\nalways relative to the current time.",
    ),
    Def::new(
        "call_at",
        Func::Any(call_at),
        "($self, when, callback, *args, context=None)",
        "Like call_later(), but uses an absolute time.\n\nAbsolute time corresponds to the event loop's time() method.",
    ),
    Def::new(
        "time",
        Func::NoArgs(|t, v| Ok(float::new(t, this(v).time(t)))),
        "($self, /)",
        "Return the time according to the event loop's clock.\n\nThis is a float expressed in seconds since an epoch, but the\nepoch, precision, accuracy and drift are unspecified and may\ndiffer per event loop.",
    ),
    Def::new(
        "create_future",
        Func::NoArgs(create_future),
        "($self, /)",
        "Create a Future object attached to the loop.",
    ),
    Def::new(
        "create_task",
        Func::Any(create_task),
        "($self, coro, **kwargs)",
        "Schedule or begin executing a coroutine object.\n\nReturn a task object.",
    ),
    Def::new("run_forever", Func::NoArgs(run_forever), "($self, /)", "Run until stop() is called."),
    Def::new("_run_once", Func::NoArgs(run_once), "($self, /)", ""),
    Def::new(
        "is_running",
        Func::NoArgs(|_, v| Ok(Value::bool(this(v).thread.load(Relaxed) != 0))),
        "($self, /)",
        "Returns True if the event loop is running.",
    ),
    Def::new(
        "is_closed",
        Func::NoArgs(|_, v| Ok(Value::bool(this(v).closed.load(Relaxed)))),
        "($self, /)",
        "Returns True if the event loop was closed.",
    ),
    Def::new("get_debug", Func::NoArgs(|_, v| Ok(Value::bool(this(v).debug.load(Relaxed)))), "($self, /)", ""),
    Def::new("_check_closed", Func::NoArgs(|t, v| this(v).check_closed(t).map(|()| Value::NONE)), "($self, /)", ""),
    Def::new(
        "_add_reader",
        Func::VarPos(|t, v, args| add_watcher(t, v, args, false)),
        "($self, fd, callback, *args)",
        "",
    ),
    Def::new(
        "_add_writer",
        Func::VarPos(|t, v, args| add_watcher(t, v, args, true)),
        "($self, fd, callback, *args)",
        "",
    ),
    Def::new("_remove_reader", Func::One(|t, v, fd| remove_watcher(t, v, fd, false)), "($self, fd, /)", ""),
    Def::new("_remove_writer", Func::One(|t, v, fd| remove_watcher(t, v, fd, true)), "($self, fd, /)", ""),
    Def::new("_add_callback", Func::One(add_callback), "($self, handle, /)", ""),
    Def::new("_timer_handle_cancelled", Func::One(timer_cancelled), "($self, handle, /)", ""),
    Def::new(
        "_write_to_self",
        Func::NoArgs(|_, v| {
            this(v).wake();
            Ok(Value::NONE)
        }),
        "($self, /)",
        "",
    ),
];
