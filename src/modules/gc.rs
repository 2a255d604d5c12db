//! `gc`: the collector's switches, and looks at what it sees.

use super::ModuleSpec;
use crate::objects::dict::Dict;
use crate::objects::gc;
use crate::objects::generator::Generator;
use crate::objects::header::{Header, flag, gc_bits};
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::world;
use std::sync::atomic::Ordering::*;

/// Debugging flags (`gc.set_debug`).
const DEBUG: [(&str, i64); 5] = [
    ("DEBUG_STATS", 1),
    ("DEBUG_COLLECTABLE", 2),
    ("DEBUG_UNCOLLECTABLE", 4),
    ("DEBUG_SAVEALL", 32),
    ("DEBUG_LEAK", 38),
];

fn set_enabled(t: &Thread, enabled: bool) -> R {
    t.interp.gc.enabled.store(enabled, Relaxed);
    Ok(Value::NONE)
}

/// Calls `gc.callbacks` with `phase` and what is known of the collection.
fn notify(t: &Thread, phase: &str, generation: i64, collected: i64) -> R<()> {
    let Some(callbacks) = t.interp.gc.callbacks.get(t) else { return Ok(()) };
    let Some(list) = callbacks.cast::<List>().filter(|l| !l.is_empty()) else { return Ok(()) };
    let info = Dict::make(t);
    let d = info.cast::<Dict>().expect("just made");
    d.set_name(t, "generation", Value::small(generation));
    d.set_name(t, "collected", Value::small(collected));
    d.set_name(t, "uncollectable", Value::small(0));
    for callback in list.snapshot(t) {
        if let Err(raised) = protocol::call(t, &callback, &[t.str(phase), info.clone()]) {
            t.unraisable(raised, "Exception ignored while calling GC callback", Some(&callback));
        }
    }
    Ok(())
}

fn collect(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let generation = match &args[0] {
        Some(g) => int::arg_i32(t, g)?,
        None => 2,
    };
    if !(0..=2).contains(&generation) {
        return Err(t.value_error("invalid generation"));
    }
    if t.interp.gc.running.load(Acquire) {
        return Ok(Value::small(0));
    }
    notify(t, "start", generation as i64, 0)?;
    let found = gc::collect(t, generation as usize) as i64;
    notify(t, "stop", generation as i64, found)?;
    Ok(Value::small(found))
}

fn set_debug(t: &Thread, _m: &Value, flags: &Value) -> R {
    t.interp.gc.debug.store(int::arg_i32(t, flags)? as u64, Relaxed);
    Ok(Value::NONE)
}

fn get_count(t: &Thread, _m: &Value) -> R {
    let young = t.heap.0.young.get().max(0);
    Ok(t.tuple([Value::small(young), Value::small(0), Value::small(0)]))
}

fn set_threshold(t: &Thread, _m: &Value, args: &[Value]) -> R {
    for (slot, arg) in t.interp.gc.thresholds.iter().zip(args) {
        slot.store(int::arg_i32(t, arg)? as i64, Relaxed);
    }
    Ok(Value::NONE)
}

fn get_threshold(t: &Thread, _m: &Value) -> R {
    let numbers = t.interp.gc.thresholds.iter().map(|n| Value::small(n.load(Relaxed)));
    Ok(t.tuple(numbers.collect::<Vec<_>>()))
}

/// The containers for which `pick` holds. The world is stopped meanwhile.
fn containers(t: &Thread, pick: impl Fn(&Header) -> bool) -> Vec<Value> {
    let mut found = Vec::new();
    world::stop(t);
    gc::for_each_container(t, |h| {
        if h.refcount() > 0 && pick(h) {
            found.push(Value::of(h));
        }
    });
    world::start(t);
    found
}

fn get_objects(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let generation = match args[0].as_ref().filter(|g| !g.is_none()) {
        None => None,
        Some(g) => {
            let index = protocol::index_isize(t, g)?;
            if index < 0 {
                return Err(t.value_error("generation parameter cannot be negative"));
            }
            if index > 2 {
                return Err(
                    t.value_error("generation parameter must be less than the number of available generations (3)")
                );
            }
            Some(index)
        }
    };
    // There are no lists of generations: all that is looked at counts as old.
    let objects = match generation {
        Some(0) | Some(1) => Vec::new(),
        _ => containers(t, |h| !h.has_gc(gc_bits::FROZEN)),
    };
    Ok(List::make(t, objects))
}

fn get_stats(t: &Thread, _m: &Value) -> R {
    let mut all = Vec::new();
    for stats in &t.interp.gc.stats {
        let entry = Dict::make(t);
        let d = entry.cast::<Dict>().expect("just made");
        for (name, value) in ["collections", "collected", "uncollectable"].iter().zip(stats) {
            d.set_name(t, name, int::from_u64(t, value.load(Relaxed)));
        }
        all.push(entry);
    }
    Ok(List::make(t, all))
}

fn has(v: &Value, test: impl Fn(&Header) -> bool) -> R {
    Ok(Value::bool(v.header().is_some_and(test)))
}

fn get_referrers(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let refers = |h: &Header| {
        let mut found = false;
        let mut look = |child: &Value| found = found || args.iter().any(|a| a.is(child));
        gc::traverse(h, &mut look);
        // SAFETY: the world is stopped.
        unsafe { Generator::visit_running(&Value::of(h), &mut look) };
        found
    };
    Ok(List::make(t, containers(t, refers)))
}

fn get_referents(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let mut found = Vec::new();
    for h in args.iter().filter_map(|a| a.header()).filter(|h| h.has_gc(gc_bits::TRACKED)) {
        gc::traverse(h, &mut |child| found.push(child.clone()));
    }
    Ok(List::make(t, found))
}

fn freeze(t: &Thread, frozen: bool) -> R {
    world::stop(t);
    gc::set_frozen(t, frozen);
    world::start(t);
    Ok(Value::NONE)
}

fn exec(t: &Thread, m: &Module) -> R<()> {
    for (name, slot) in [("garbage", &t.interp.gc.garbage), ("callbacks", &t.interp.gc.callbacks)] {
        let list = List::make(t, []);
        slot.set(list.clone());
        m.set(t, name, list);
    }
    for (name, value) in DEBUG {
        m.set(t, name, Value::small(value));
    }
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "gc",
    doc: "This module provides access to the garbage collector for reference cycles.\n\nenable() -- Enable automatic garbage collection.\ndisable() -- Disable automatic garbage collection.\nisenabled() -- Returns true if automatic collection is enabled.\ncollect() -- Do a full collection right now.\nget_count() -- Return the current collection counts.\nget_stats() -- Return list of dictionaries containing per-generation stats.\nset_debug() -- Set debugging flags.\nget_debug() -- Get debugging flags.\nset_threshold() -- Set the collection thresholds.\nget_threshold() -- Return the current collection thresholds.\nget_objects() -- Return a list of all objects tracked by the collector.\nis_tracked() -- Returns true if a given object is tracked.\nis_finalized() -- Returns true if a given object has been already finalized.\nget_referrers() -- Return the list of objects that refer to an object.\nget_referents() -- Return the list of objects that an object refers to.\nfreeze() -- Freeze all tracked objects and ignore them for future collections.\nunfreeze() -- Unfreeze all objects in the permanent generation.\nget_freeze_count() -- Return the number of objects in the permanent generation.\n",
    functions: &[
        Def::new(
            "enable",
            Func::NoArgs(|t, _| set_enabled(t, true)),
            "($module, /)",
            "Enable automatic garbage collection.",
        ),
        Def::new(
            "disable",
            Func::NoArgs(|t, _| set_enabled(t, false)),
            "($module, /)",
            "Disable automatic garbage collection.",
        ),
        Def::new(
            "isenabled",
            Func::NoArgs(|t, _| Ok(Value::bool(t.interp.gc.enabled.load(Relaxed)))),
            "($module, /)",
            "Returns true if automatic garbage collection is enabled.",
        ),
        Def::new(
            "set_debug",
            Func::One(set_debug),
            "($module, flags, /)",
            "Set the garbage collection debugging flags.\n\n  flags\n    An integer that can have the following bits turned on:\n      DEBUG_STATS - Print statistics during collection.\n      DEBUG_COLLECTABLE - Print collectable objects found.\n      DEBUG_UNCOLLECTABLE - Print unreachable but uncollectable objects\n        found.\n      DEBUG_SAVEALL - Save objects to gc.garbage rather than freeing them.\n      DEBUG_LEAK - Debug leaking programs (everything but STATS).\n\nDebugging information is written to sys.stderr.",
        ),
        Def::new(
            "get_debug",
            Func::NoArgs(|t, _| Ok(int::from_u64(t, t.interp.gc.debug.load(Relaxed)))),
            "($module, /)",
            "Get the garbage collection debugging flags.",
        ),
        Def::new(
            "get_count",
            Func::NoArgs(get_count),
            "($module, /)",
            "Return a three-tuple of the current collection counts.",
        ),
        Def::new(
            "set_threshold",
            Func::Pos(set_threshold, 1, 3),
            "",
            "set_threshold(threshold0, [threshold1, [threshold2]])\nSet the collection thresholds (the collection frequency).\n\nSetting 'threshold0' to zero disables collection.",
        ),
        Def::new(
            "get_threshold",
            Func::NoArgs(get_threshold),
            "($module, /)",
            "Return the current collection thresholds.",
        ),
        Def::new(
            "collect",
            Func::Bound(collect),
            "($module, /, generation=2)",
            "Run the garbage collector.\n\nWith no arguments, run a full collection.  The optional argument\nmay be an integer specifying which generation to collect.  A ValueError\nis raised if the generation number is invalid.\n\nThe number of unreachable objects is returned.",
        ),
        Def::new(
            "get_objects",
            Func::Bound(get_objects),
            "($module, /, generation=None)",
            "Return a list of objects tracked by the collector (excluding the list returned).\n\n  generation\n    Generation to extract the objects from.\n\nIf generation is not None, return only the objects tracked by the\ncollector that are in that generation.",
        ),
        Def::new(
            "get_stats",
            Func::NoArgs(get_stats),
            "($module, /)",
            "Return a list of dictionaries containing per-generation statistics.",
        ),
        Def::new(
            "is_tracked",
            Func::One(|_, _, v| has(v, |h| h.has_gc(gc_bits::TRACKED))),
            "($module, obj, /)",
            "Returns true if the object is tracked by the garbage collector.\n\nSimple atomic objects will return false.",
        ),
        Def::new(
            "is_finalized",
            Func::One(|_, _, v| has(v, |h| h.has_flag(flag::FINALIZED))),
            "($module, obj, /)",
            "Returns true if the object has been already finalized by the GC.",
        ),
        Def::new(
            "get_referrers",
            Func::VarPos(get_referrers),
            "($module, /, *objs)",
            "Return the list of objects that directly refer to any of 'objs'.",
        ),
        Def::new(
            "get_referents",
            Func::VarPos(get_referents),
            "($module, /, *objs)",
            "Return the list of objects that are directly referred to by 'objs'.",
        ),
        Def::new(
            "freeze",
            Func::NoArgs(|t, _| freeze(t, true)),
            "($module, /)",
            "Freeze all current tracked objects and ignore them for future collections.\n\nThis can be used before a POSIX fork() call to make the gc copy-on-write\nfriendly.\nNote: collection before a POSIX fork() call may free pages for future\nallocation which can cause copy-on-write.",
        ),
        Def::new(
            "unfreeze",
            Func::NoArgs(|t, _| freeze(t, false)),
            "($module, /)",
            "Unfreeze all objects in the permanent generation.\n\nPut all objects in the permanent generation back into oldest generation.",
        ),
        Def::new(
            "get_freeze_count",
            Func::NoArgs(|t, _| Ok(Value::small(gc::frozen_count(t)))),
            "($module, /)",
            "Return the number of objects in the permanent generation.",
        ),
    ],
    exec: Some(exec),
};
