//! `_csv`: reading and writing of comma-separated values.
//!
//! A dialect says how fields are separated and quoted; `reader` is a state machine over the characters of
//! lines, `writer` quotes what needs it.

mod dialect;
mod reader;
mod writer;

use crate::modules::exceptions::Exception;
use crate::modules::native_type::add_types;
use crate::modules::{ModuleSpec, module_type};
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicI64, Ordering::*};

static ERROR: Exception = Exception { module: "_csv", name: "Error", base: |types| &types.exception };

/// The longest field by default.
const FIELD_LIMIT: i64 = 128 * 1024;

/// What the module keeps.
struct State {
    /// Registered dialects: a dict.
    dialects: Slot,
    field_limit: AtomicI64,
}

impl Default for State {
    fn default() -> State {
        State { dialects: Slot::EMPTY, field_limit: AtomicI64::new(FIELD_LIMIT) }
    }
}

fn state(t: &Thread) -> &State {
    t.interp.state::<State>()
}

fn dialects(t: &Thread) -> Value {
    if let Some(dialects) = state(t).dialects.get(t) {
        return dialects;
    }
    state(t).dialects.set(Dict::make(t));
    state(t).dialects.get(t).unwrap_or(Value::NONE)
}

fn unknown_dialect(t: &Thread) -> Raised {
    ERROR.raise(t, "unknown dialect")
}

/// The dialect registered under a name.
fn registered(t: &Thread, name: &Value) -> R {
    let dialects = dialects(t);
    let found = dialects.cast::<Dict>().map(|d| d.get(t, name)).transpose()?.flatten();
    found.ok_or_else(|| unknown_dialect(t))
}

fn register_dialect(t: &Thread, _: &Value, args: Args<'_>) -> R {
    let (name, dialect) = match args.pos {
        [name] => (name, None),
        [name, dialect] => (name, Some(dialect)),
        _ => {
            let n = args.pos.len();
            return Err(t.type_error(crate::objects::native::count_message("register_dialect", 1, 2, n)));
        }
    };
    if name.cast::<Str>().is_none() {
        return Err(t.type_error("dialect name must be a string"));
    }
    let dialect = dialect::of(t, dialect, args)?;
    if let Some(dialects) = dialects(t).cast::<Dict>() {
        dialects.set(t, name.clone(), dialect)?;
    }
    Ok(Value::NONE)
}

fn unregister_dialect(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let Some(name) = &args[0] else { return Err(unknown_dialect(t)) };
    let removed = dialects(t).cast::<Dict>().map(|d| d.remove(t, name)).transpose()?.flatten();
    removed.map(|_| Value::NONE).ok_or_else(|| unknown_dialect(t))
}

fn get_dialect(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    match &args[0] {
        Some(name) => registered(t, name),
        None => Err(unknown_dialect(t)),
    }
}

fn list_dialects(t: &Thread, _: &Value) -> R {
    Ok(List::make(t, dialects(t).cast::<Dict>().map(|d| d.keys(t)).unwrap_or_default()))
}

fn field_size_limit(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let limit = &state(t).field_limit;
    let old = int::new(t, limit.load(Relaxed));
    if let Some(new) = &args[0] {
        if !int::is_exact(new) {
            return Err(t.type_error("limit must be an integer"));
        }
        let Some(new) = int::as_i64(new) else {
            return Err(t.overflow_error("Python int too large to convert to C long"));
        };
        limit.store(new, Relaxed);
    }
    Ok(old)
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, &[&dialect::SPEC]);
    let namespace = module.dict(t);
    let Some(dict) = namespace.cast::<Dict>() else { return Ok(()) };
    dict.set_name(t, "Reader", module_type(t, &reader::SPEC));
    dict.set_name(t, "Writer", module_type(t, &writer::SPEC));
    dict.set_name(t, "_dialects", dialects(t));
    dict.set_name(t, "Error", ERROR.class(t)?);
    for (name, number) in dialect::QUOTING {
        dict.set_name(t, name, Value::small(*number as i64));
    }
    Ok(())
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("reader", Func::Any(reader::make), "($module, iterable, /, dialect='excel', **fmtparams)", "Return a reader object that will process lines from the given iterable.\n\nThe \"iterable\" argument can be any object that returns a line\nof input for each iteration, such as a file object or a list.  The\noptional \"dialect\" argument defines a CSV dialect.  The function\nalso accepts optional keyword arguments which override settings\nprovided by the dialect.\n\nThe returned object is an iterator.  Each iteration returns a row\nof the CSV file (which can span multiple input lines).\n"),
    Def::new("writer", Func::Any(writer::make), "($module, fileobj, /, dialect='excel', **fmtparams)", "Return a writer object that will write user data on the given file object.\n\nThe \"fileobj\" argument can be any object that supports the file API.\nThe optional \"dialect\" argument defines a CSV dialect.  The function\nalso accepts optional keyword arguments which override settings\nprovided by the dialect.\n"),
    Def::new("list_dialects", Func::NoArgs(list_dialects), "($module, /)", "Return a list of all known dialect names."),
    Def::new("register_dialect", Func::Any(register_dialect), "($module, name, /, dialect='excel', **fmtparams)", "Create a mapping from a string name to a CVS dialect.\n\nThe optional \"dialect\" argument specifies the base dialect instance\nor the name of the registered dialect.  The function also accepts\noptional keyword arguments which override settings provided by the\ndialect.\n"),
    Def::new("unregister_dialect", Func::Bound(unregister_dialect), "($module, /, name)", "Delete the name/dialect mapping associated with a string name."),
    Def::new("get_dialect", Func::Bound(get_dialect), "($module, /, name)", "Return the dialect instance associated with name."),
    Def::new("field_size_limit", Func::Bound(field_size_limit), "($module, /, new_limit=<unrepresentable>)", "Sets an upper limit on parsed fields.\n\nReturns old limit. If limit is not given, no new limit is set and\nthe old limit is returned"),
];

/// `_csv`.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_csv", doc: "CSV parsing and writing.\n", functions: FUNCTIONS, exec: Some(exec) };
