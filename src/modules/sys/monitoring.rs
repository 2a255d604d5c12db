//! `sys.monitoring` (PEP 669): what tools want to be told of, and whom to tell. The telling is `vm::watch`.

use crate::modules::add_functions;
use crate::objects::code_object::CodeObject;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::simple_namespace;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::vm::watch::{self, TOOLS, Tool, code, event, tools};
use std::sync::atomic::Ordering::*;

/// `C_RETURN` and `C_RAISE` go with `CALL`.
const C_RETURNS: u32 = 1 << event::C_RETURN | 1 << event::C_RAISE;
const C_CALLS: u32 = C_RETURNS | 1 << event::CALL;

pub fn fill(t: &Thread, sys: &Module) -> R<()> {
    let value = Module::make(t, "sys.monitoring", None);
    let module = value.cast::<Module>().expect("just made");
    add_functions(t, module, &value, "sys.monitoring", FUNCTIONS);
    for (name, slot) in [("DISABLE", &tools(t).disable), ("MISSING", &tools(t).missing)] {
        let object = protocol::call(t, &t.types().object.value(), &[])?;
        slot.set(object.clone());
        module.set(t, name, object);
    }
    let events = event::NAMES.iter().enumerate().map(|(i, name)| (t.intern(name), Value::small(1 << i)));
    let none = [(t.intern("NO_EVENTS"), Value::small(0))];
    module.set(t, "events", simple_namespace::make(t, events.chain(none))?);
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        module.set(t, name, Value::small(id));
    }
    sys.set(t, "monitoring", value);
    Ok(())
}

fn tool<'t>(t: &'t Thread, id: &Value) -> R<(usize, &'t Tool)> {
    let id = int::arg_i32(t, id)?;
    match usize::try_from(id).ok().and_then(|id| tools(t).tools.get(id).map(|tool| (id, tool))) {
        Some(found) => Ok(found),
        None => Err(t.value_error(format!("invalid tool {id} (must be between 0 and {})", TOOLS - 1))),
    }
}

fn used<'t>(t: &'t Thread, id: &Value) -> R<(usize, &'t Tool)> {
    match tool(t, id)? {
        (id, tool) if tool.name.is_empty() => Err(t.value_error(format!("tool {id} is not in use"))),
        found => Ok(found),
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
    tool.events.store(0, Relaxed);
    tool.epoch.fetch_add(1, Relaxed);
    tool.callbacks.iter().for_each(|slot| drop(slot.take()));
    watch::changed(t);
    Ok(Value::NONE)
}

fn free_tool_id(t: &Thread, m: &Value, id: &Value) -> R {
    clear_tool_id(t, m, id)?;
    drop(tool(t, id)?.1.name.take());
    if tools(t).tools.iter().all(|tool| tool.name.is_empty()) {
        tools(t).local.store(0, Relaxed);
        watch::changed(t);
    }
    Ok(Value::NONE)
}

fn get_tool(t: &Thread, _m: &Value, id: &Value) -> R {
    Ok(tool(t, id)?.1.name.get(t).unwrap_or(Value::NONE))
}

fn register_callback(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (id, tool) = tool(t, &args[0])?;
    let event = int::arg_i32(t, &args[1])?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(t.value_error("The callback can only be set for one event at a time"));
    }
    let Some(slot) = tool.callbacks.get(event.trailing_zeros() as usize) else {
        return Err(t.value_error(format!("invalid event {event}")));
    };
    super::audit::audit(t, "sys.monitoring.register_callback", &[Value::small(id as i64), args[2].clone()])?;
    let new = (!args[2].is_none()).then(|| args[2].clone());
    Ok(slot.replace(new).unwrap_or(Value::NONE))
}

fn get_events(t: &Thread, _m: &Value, id: &Value) -> R {
    Ok(Value::small(tool(t, id)?.1.events.load(Relaxed).into()))
}

/// What a set of events comes down to: branches go both ways, returns go with calls.
fn event_set(t: &Thread, value: &Value, local: bool) -> R<u32> {
    let mut events = int::arg_i32(t, value)? as u32;
    let known = 1 << event::COUNT;
    if local {
        if events & C_RETURNS != 0 {
            if events & C_CALLS != C_CALLS {
                return Err(t.value_error("cannot set C_RETURN or C_RAISE events independently"));
            }
            events &= !C_RETURNS;
        }
        branches(&mut events);
        if events >= 1 << event::LOCAL {
            return Err(t.value_error(format!("invalid local event set 0x{events:x}")));
        }
        return Ok(events);
    }
    if events >= known {
        return Err(t.value_error(format!("invalid event set 0x{events:x}")));
    }
    if events & C_RETURNS != 0 {
        if events & C_CALLS != C_CALLS {
            return Err(t.value_error("cannot set C_RETURN or C_RAISE events independently"));
        }
        events &= !C_RETURNS;
    }
    branches(&mut events);
    Ok(events)
}

fn branches(events: &mut u32) {
    if *events & 1 << event::BRANCH != 0 {
        *events &= !(1 << event::BRANCH);
        *events |= 1 << event::BRANCH_LEFT | 1 << event::BRANCH_RIGHT;
    }
}

fn set_events(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (_, _) = tool(t, &args[0])?;
    let events = event_set(t, &args[1], false)?;
    used(t, &args[0])?.1.events.store(events, Relaxed);
    watch::changed(t);
    Ok(Value::NONE)
}

fn code_of<'a>(t: &Thread, v: &'a Value) -> R<&'a CodeObject> {
    v.cast::<CodeObject>().ok_or_else(|| t.type_error("code must be a code object"))
}

fn get_local_events(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let code = code_of(t, &args[1])?;
    let (id, tool) = tool(t, &args[0])?;
    Ok(Value::small(code::of(code).local(id, tool).into()))
}

fn set_local_events(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let code = code_of(t, &args[1])?;
    tool(t, &args[0])?;
    let events = event_set(t, &args[2], true)?;
    let (id, tool) = used(t, &args[0])?;
    code::of(code).set_local(id, tool, events);
    if events != 0 {
        tools(t).local.store(1, Relaxed);
    }
    watch::changed(t);
    Ok(Value::NONE)
}

fn restart_events(t: &Thread, _m: &Value) -> R {
    tools(t).restarts.fetch_add(1, Relaxed);
    Ok(Value::NONE)
}

fn all_events(t: &Thread, _m: &Value) -> R {
    let dict = Dict::make(t);
    for (i, name) in event::NAMES.iter().enumerate() {
        let wants = |tool: &Tool| tool.events.load(Relaxed) & 1 << i != 0;
        let bits: i64 = (0..).zip(&tools(t).tools).filter(|(_, tool)| wants(tool)).map(|(i, _)| 1 << i).sum();
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
