//! `atexit`: functions that are called when the interpreter ends.

use super::ModuleSpec;
use crate::objects::exception;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::{Arc, Mutex};

/// A registered call.
struct Callback {
    function: Value,
    args: Vec<Value>,
    kw: Vec<Value>,
    names: Vec<Value>,
}

/// The registered calls, oldest first.
#[derive(Default)]
struct Callbacks(Mutex<Vec<Arc<Callback>>>);

fn callbacks(t: &Thread) -> &Mutex<Vec<Arc<Callback>>> {
    &t.interp.state::<Callbacks>().0
}

fn register(t: &Thread, _m: &Value, args: Args<'_>) -> R {
    let Some((function, rest)) = args.pos.split_first() else {
        return Err(t.type_error("register() takes at least 1 argument (0 given)"));
    };
    if function.type_of(t).slots().call.is_none() {
        return Err(t.type_error("the first argument must be callable"));
    }
    let callback =
        Callback { function: function.clone(), args: rest.to_vec(), kw: args.kw.to_vec(), names: args.names.to_vec() };
    callbacks(t).lock().expect("no panic under this lock").push(Arc::new(callback));
    Ok(function.clone())
}

/// Calls what was registered, the last first, and forgets it. What is raised is reported (`sys.unraisablehook`).
pub fn run(t: &Thread) {
    loop {
        let next = callbacks(t).lock().expect("no panic under this lock").pop();
        let Some(callback) = next else { break };
        let args = Args { pos: &callback.args, kw: &callback.kw, names: &callback.names };
        if let Err(raised) = protocol::call_args(t, &callback.function, args) {
            let e = t.take_exception(raised);
            let shown = protocol::repr(t, &callback.function);
            let shown = match shown {
                Ok(text) => protocol::to_text(t, &text).unwrap_or_default(),
                Err(raised) => {
                    drop(t.take_exception(raised));
                    "<object repr() failed>".to_owned()
                }
            };
            exception::report_unraisable(t, e, &format!("Exception ignored in atexit callback {shown}"), None);
        }
    }
}

fn unregister(t: &Thread, _m: &Value, function: &Value) -> R {
    let mut i = callbacks(t).lock().expect("no panic under this lock").len();
    while i > 0 {
        i -= 1;
        // The comparison runs Python code: nothing is locked meanwhile.
        let Some(callback) = callbacks(t).lock().expect("no panic under this lock").get(i).cloned() else { continue };
        if protocol::eq(t, &callback.function, function)? {
            let mut list = callbacks(t).lock().expect("no panic under this lock");
            let at = list.iter().position(|c| Arc::ptr_eq(c, &callback));
            let removed = at.map(|at| list.remove(at));
            drop(list);
            drop(removed);
        }
    }
    Ok(Value::NONE)
}

fn clear(t: &Thread, _m: &Value) -> R {
    let all = std::mem::take(&mut *callbacks(t).lock().expect("no panic under this lock"));
    drop(all);
    Ok(Value::NONE)
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "atexit",
    doc: "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    functions: &[
        Def::new(
            "register",
            Func::Any(register),
            "($module, func, /, *args, **kwargs)",
            "Register a function to be executed upon normal program termination\n\n    func - function to be called at exit\n    args - optional arguments to pass to func\n    kwargs - optional keyword arguments to pass to func\n\n    func is returned to facilitate usage as a decorator.",
        ),
        Def::new(
            "_clear",
            Func::NoArgs(clear),
            "($module, /)",
            "Clear the list of previously registered exit functions.",
        ),
        Def::new(
            "unregister",
            Func::One(unregister),
            "($module, func, /)",
            "Unregister an exit function which was previously registered using\natexit.register\n\n    func - function to be unregistered",
        ),
        Def::new(
            "_run_exitfuncs",
            Func::NoArgs(|t, _| {
                run(t);
                Ok(Value::NONE)
            }),
            "($module, /)",
            "Run all registered exit functions.\n\nIf a callback raises an exception, it is logged with sys.unraisablehook.",
        ),
        Def::new(
            "_ncallbacks",
            Func::NoArgs(|t, _| Ok(Value::small(callbacks(t).lock().expect("no panic under this lock").len() as i64))),
            "($module, /)",
            "Return the number of registered exit functions.",
        ),
    ],
    exec: None,
};
