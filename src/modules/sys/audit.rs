//! Audit hooks (PEP 578).

use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The hooks, a list; empty until the first is added.
struct Hooks(Slot);

impl Default for Hooks {
    fn default() -> Hooks {
        Hooks(Slot::EMPTY)
    }
}

/// Whether anybody listens.
pub fn is_watched(t: &Thread) -> bool {
    !t.interp.state::<Hooks>().0.is_empty()
}

/// Tells the hooks of an event; the first one that raises forbids it.
pub fn audit(t: &Thread, event: &str, args: &[Value]) -> R<()> {
    let Some(hooks) = t.interp.state::<Hooks>().0.get(t) else { return Ok(()) };
    let (event, args) = (t.str(event), t.tuple(args.to_vec()));
    for hook in hooks.cast::<List>().map(|l| l.snapshot(t)).unwrap_or_default() {
        protocol::call(t, &hook, &[event.clone(), args.clone()])?;
    }
    Ok(())
}

pub(super) fn audit_function(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let Some((event, rest)) = args.split_first() else {
        return Err(t.type_error("audit expected at least 1 argument, got 0"));
    };
    let Some(event) = event.cast::<Str>() else {
        return Err(t.type_error(format!("audit() argument 1 must be str, not {}", event.type_of(t).name_str())));
    };
    audit(t, &event.to_str_lossy(), rest)?;
    Ok(Value::NONE)
}

pub(super) fn addaudithook(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    // A hook that is there already may veto the new one with a RuntimeError; then nothing is added.
    if let Err(raised) = audit(t, "sys.addaudithook", &[]) {
        if t.raised_is(&raised, &t.types().runtime_error) {
            drop(t.take_exception(raised));
            return Ok(Value::NONE);
        }
        return Err(raised);
    }
    let hooks = t.interp.state::<Hooks>();
    let list = hooks.0.get(t).unwrap_or_else(|| List::make(t, []));
    if let (Some(l), Some(hook)) = (list.cast::<List>(), &args[0]) {
        l.push(t, hook.clone());
    }
    hooks.0.set(list);
    Ok(Value::NONE)
}
