//! `sys.monitoring` (PEP 669): tools can register; nothing is watched yet.

use crate::modules::add_functions;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::simple_namespace;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicI64, Ordering::*};

/// Tools are numbered from 0; CPython keeps the last two of its eight for itself.
const TOOLS: usize = 6;

/// Events and their bits, in the order of CPython's table.
const EVENTS: &[(&str, i64)] = &[
    ("PY_START", 1),
    ("PY_RESUME", 2),
    ("PY_RETURN", 4),
    ("PY_YIELD", 8),
    ("CALL", 16),
    ("LINE", 32),
    ("INSTRUCTION", 64),
    ("JUMP", 128),
    ("BRANCH_LEFT", 256),
    ("BRANCH_RIGHT", 512),
    ("STOP_ITERATION", 1024),
    ("RAISE", 2048),
    ("EXCEPTION_HANDLED", 4096),
    ("PY_UNWIND", 8192),
    ("PY_THROW", 16384),
    ("RERAISE", 32768),
    ("C_RETURN", 65536),
    ("C_RAISE", 131_072),
    ("BRANCH", 262_144),
    ("NO_EVENTS", 0),
];

struct Tool {
    name: Slot,
    callbacks: [Slot; 19],
    events: AtomicI64,
}

impl Default for Tool {
    fn default() -> Tool {
        Tool { name: Slot::EMPTY, callbacks: [const { Slot::EMPTY }; 19], events: AtomicI64::new(0) }
    }
}

#[derive(Default)]
struct Tools([Tool; TOOLS]);

pub fn fill(t: &Thread, sys: &Module) -> R<()> {
    let value = Module::make(t, "sys.monitoring", None);
    let module = value.cast::<Module>().expect("just made");
    add_functions(t, module, &value, "sys.monitoring", FUNCTIONS);
    for name in ["DISABLE", "MISSING"] {
        module.set(t, name, protocol::call(t, &t.types().object.value(), &[])?);
    }
    let events = EVENTS.iter().map(|(name, bits)| (t.intern(name), Value::small(*bits)));
    module.set(t, "events", simple_namespace::make(t, events)?);
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        module.set(t, name, Value::small(id));
    }
    sys.set(t, "monitoring", value);
    Ok(())
}

fn tool<'t>(t: &'t Thread, id: &Value) -> R<(usize, &'t Tool)> {
    let id = int::arg_i32(t, id)?;
    match usize::try_from(id).ok().and_then(|id| t.interp.state::<Tools>().0.get(id).map(|tool| (id, tool))) {
        Some(found) => Ok(found),
        None => Err(t.value_error(format!("invalid tool {id} (must be between 0 and 5)"))),
    }
}

fn used<'t>(t: &'t Thread, id: &Value) -> R<&'t Tool> {
    match tool(t, id)? {
        (id, tool) if tool.name.is_empty() => Err(t.value_error(format!("tool {id} is not in use"))),
        (_, tool) => Ok(tool),
    }
}

fn use_tool_id(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (id, tool) = tool(t, &args[0])?;
    if args[1].cast::<Str>().is_none() {
        return Err(t.value_error("tool name must be a str"));
    }
    if !tool.name.is_empty() {
        return Err(t.value_error(format!("tool {id} is already in use")));
    }
    tool.name.set(args[1].clone());
    Ok(Value::NONE)
}

fn clear_tool_id(t: &Thread, _m: &Value, id: &Value) -> R {
    let (_, tool) = tool(t, id)?;
    tool.callbacks.iter().for_each(|slot| drop(slot.take()));
    tool.events.store(0, Relaxed);
    Ok(Value::NONE)
}

fn free_tool_id(t: &Thread, m: &Value, id: &Value) -> R {
    clear_tool_id(t, m, id)?;
    drop(tool(t, id)?.1.name.take());
    Ok(Value::NONE)
}

fn get_tool(t: &Thread, _m: &Value, id: &Value) -> R {
    Ok(tool(t, id)?.1.name.get(t).unwrap_or(Value::NONE))
}

fn register_callback(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (_, tool) = tool(t, &args[0])?;
    let event = int::arg_i32(t, &args[1])?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(t.value_error("The callback can only be set for one event at a time"));
    }
    let Some(slot) = tool.callbacks.get(event.trailing_zeros() as usize) else {
        return Err(t.value_error(format!("invalid event {event}")));
    };
    let new = (!args[2].is_none()).then(|| args[2].clone());
    Ok(slot.replace(new).unwrap_or(Value::NONE))
}

fn get_events(t: &Thread, _m: &Value, id: &Value) -> R {
    Ok(Value::small(used(t, id)?.events.load(Relaxed)))
}

fn set_events(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let events = i64::from(int::arg_i32(t, &args[1])?);
    if !(0..1 << 19).contains(&events) {
        return Err(t.value_error(format!("invalid event set 0x{events:x}")));
    }
    used(t, &args[0])?.events.store(events, Relaxed);
    Ok(Value::NONE)
}

fn check_code(t: &Thread, id: &Value, code: &Value) -> R<()> {
    if code.cast::<crate::objects::code_object::CodeObject>().is_none() {
        return Err(t.type_error("code must be a code object"));
    }
    used(t, id).map(drop)
}

fn get_local_events(t: &Thread, _m: &Value, args: &[Value]) -> R {
    check_code(t, &args[0], &args[1])?;
    Ok(Value::small(0))
}

fn set_local_events(t: &Thread, _m: &Value, args: &[Value]) -> R {
    check_code(t, &args[0], &args[1])?;
    int::arg_i32(t, &args[2])?;
    Ok(Value::NONE)
}

fn restart_events(_t: &Thread, _m: &Value) -> R {
    Ok(Value::NONE)
}

fn all_events(t: &Thread, _m: &Value) -> R {
    let dict = Dict::make(t);
    let tools = &t.interp.state::<Tools>().0;
    for (name, bit) in EVENTS.iter().filter(|e| e.1 != 0) {
        let bits: i64 =
            (0..).zip(tools).filter(|(_, tool)| tool.events.load(Relaxed) & bit != 0).map(|(i, _)| 1 << i).sum();
        if bits != 0 {
            dict.cast::<Dict>().expect("just made").set_name(t, name, Value::small(bits));
        }
    }
    Ok(dict)
}

static FUNCTIONS: &[Def] = &[
    Def::new("use_tool_id", Func::Pos(use_tool_id, 2, 2), "($module, tool_id, name, /)", ""),
    Def::new("clear_tool_id", Func::One(clear_tool_id), "($module, tool_id, /)", ""),
    Def::new("free_tool_id", Func::One(free_tool_id), "($module, tool_id, /)", ""),
    Def::new("get_tool", Func::One(get_tool), "($module, tool_id, /)", ""),
    Def::new("register_callback", Func::Pos(register_callback, 3, 3), "($module, tool_id, event, func, /)", ""),
    Def::new("get_events", Func::One(get_events), "($module, tool_id, /)", ""),
    Def::new("set_events", Func::Pos(set_events, 2, 2), "($module, tool_id, event_set, /)", ""),
    Def::new("get_local_events", Func::Pos(get_local_events, 2, 2), "($module, tool_id, code, /)", ""),
    Def::new("set_local_events", Func::Pos(set_local_events, 3, 3), "($module, tool_id, code, event_set, /)", ""),
    Def::new("restart_events", Func::NoArgs(restart_events), "($module, /)", ""),
    Def::new("_all_events", Func::NoArgs(all_events), "($module, /)", ""),
];
