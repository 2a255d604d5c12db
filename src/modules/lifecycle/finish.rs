//! Ending: `Py_FinalizeEx`.

use crate::import::{code, statement};
use crate::modules::{_signal, sys, ungil};
use crate::objects::dict::Dict;
use crate::objects::gc;
use crate::objects::header::gc_bits;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::io::Write;
use std::sync::atomic::Ordering::*;

/// Ends an interpreter. False if standard output could not be flushed.
pub fn finish(t: &Thread) -> bool {
    code::flush(t);
    ignore(t, "threading", |t| call_if_imported(t, "threading", "_shutdown"));
    ignore(t, "atexit", |t| call_if_imported(t, "atexit", "_run_exitfuncs"));
    let flushed = flush_streams(t);
    t.interp.finalizing.store(true, Relaxed);
    // Daemon threads run no further: they wait for a turn that never comes.
    t.interp.scheduler.close(&t.sched);
    _signal::finish(t);
    gc::collect(t, 2);
    take_modules_apart(t);
    // What could not be written the first time was reported then.
    let flushed_again = !flushed || flush_streams(t);
    if t.interp.config.gil_stats {
        // Standard error may be closed.
        let table = ungil::gil_table(&t.interp.records(), |number| t.interp.thread_name(number));
        let _ = std::io::stderr().write_all(table.as_bytes());
    }
    flushed && flushed_again
}

/// A step of the end: what it raises is reported, and the next one follows.
fn ignore(t: &Thread, what: &str, step: impl FnOnce(&Thread) -> R<()>) {
    if let Err(raised) = step(t) {
        let object = statement::in_modules(t, &t.intern(what)).ok().flatten();
        t.unraisable(raised, &format!("Exception ignored on {what} shutdown"), object.as_ref());
    }
}

fn call_if_imported(t: &Thread, module: &str, function: &str) -> R<()> {
    match statement::in_modules(t, &t.intern(module))? {
        Some(module) if !module.is_none() => protocol::call_method_str(t, &module, function, &[]).map(drop),
        _ => Ok(()),
    }
}

/// Flushes `sys.stdout` and `sys.stderr`; an error of the former is reported.
fn flush_streams(t: &Thread) -> bool {
    let mut fine = true;
    for name in ["stdout", "stderr"] {
        let Some(file) = sys::attribute(t, name).filter(|f| !f.is_none()) else { continue };
        let closed = protocol::getattr_opt(t, &file, &t.names().closed).and_then(|closed| match closed {
            Some(closed) => protocol::truth(t, &closed),
            None => Ok(false),
        });
        match closed {
            Ok(true) => continue,
            Ok(false) => {}
            Err(raised) => drop(t.take_exception(raised)),
        }
        if let Err(raised) = protocol::call_method(t, &file, &t.names().flush, &[]) {
            if name == "stdout" {
                t.unraisable(raised, "Exception ignored while flushing sys.stdout", None);
            } else {
                drop(t.take_exception(raised));
            }
            fine = false;
        }
    }
    fine
}

/// `finalize_modules`: forgets every module, collects, and empties those that others still hold.
fn take_modules_apart(t: &Thread) {
    let Some(table) = t.interp.modules.get(t) else { return };
    let Some(modules) = table.cast::<Dict>() else { return };
    // What the interpreter or a session left in sys would keep much alive.
    for name in ["path", "argv", "ps1", "ps2", "last_exc", "last_type", "last_value", "last_traceback"] {
        forget(t, name);
    }
    for name in ["path_hooks", "path_importer_cache", "meta_path"] {
        forget(t, name);
    }
    for name in ["stdin", "stdout", "stderr"] {
        let original = sys::attribute(t, &format!("__{name}__")).unwrap_or(Value::NONE);
        sys::set_attribute(t, name, original);
    }
    let mut weak = Vec::new();
    for (name, module) in modules.pairs(t) {
        if module.cast::<Module>().is_none() {
            continue;
        }
        if let Ok(reference) = protocol::call(t, &t.types().weakref.value(), std::slice::from_ref(&module)) {
            weak.push((name.clone(), reference));
        }
        let kept = matches!(&*text(&name), "sys" | "builtins");
        if !kept {
            let _ = modules.set(t, name, Value::NONE);
        }
    }
    drop(t.interp.importlib.take());
    modules.clear(t);
    gc::collect(t, 2);
    for (name, reference) in weak.into_iter().rev() {
        let Ok(module) = protocol::call(t, &reference, &[]) else { continue };
        if !matches!(&*text(&name), "sys" | "builtins")
            && let Some(module) = module.cast::<Module>()
        {
            clear_namespace(t, module);
        }
    }
    gc::collect(t, 2);
}

fn text(name: &Value) -> std::borrow::Cow<'_, str> {
    name.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default()
}

fn forget(t: &Thread, name: &str) {
    if sys::attribute(t, name).is_some() {
        sys::set_attribute(t, name, Value::NONE);
    }
}

/// Whether it shows when a namespace lets go of a value: not of plain data, nor of what was there before the program.
fn may_matter(value: &Value) -> bool {
    value.header().is_some_and(|h| !h.has_gc(gc_bits::STARTUP) && !h.is_immortal() && value.cast::<Str>().is_none())
}

/// `_PyModule_ClearDict`: names with one underscore in front go first, then all the others but
/// `__builtins__`.
fn clear_namespace(t: &Thread, module: &Module) {
    let dict = module.dict(t);
    let Some(dict) = dict.cast::<Dict>() else { return };
    for private in [true, false] {
        for (key, value) in dict.pairs(t) {
            let name = text(&key);
            let one_underscore = name.starts_with('_') && !name[1..].starts_with('_');
            if !may_matter(&value) || &*name == "__builtins__" || one_underscore != private {
                continue;
            }
            drop(value);
            let _ = dict.set(t, key.clone(), Value::NONE);
        }
    }
}
