//! `import`, up to where it turns to Python: CPython's `PyImport_ImportModuleLevelObject`.
//!
//! A module that is in `sys.modules` and ready costs one look-up. Everything else goes to
//! `_frozen_importlib._find_and_load`, whose frames are then taken out of tracebacks.

use crate::objects::code_object::CodeObject;
use crate::objects::dict::Dict;
use crate::objects::exception::Exception;
use crate::objects::frame::FrameObject;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::traceback::Traceback;
use crate::objects::value::Value;
use crate::objects::warn;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// What the import system remembers of an interpreter.
#[derive(Default)]
pub struct State {
    /// `builtins.__import__` as it was at first.
    pub import_function: OnceSlot,
}

/// A slot that begins empty.
pub struct OnceSlot(pub Slot);

impl Default for OnceSlot {
    fn default() -> OnceSlot {
        OnceSlot(Slot::EMPTY)
    }
}

/// `builtins.__import__`.
pub static IMPORT: &[Def] = &[Def::new(
    "__import__",
    Func::Bound(dunder_import),
    "($module, /, name, globals=None, locals=None, fromlist=(), level=0)",
    "Import a module.\n\n\
     Because this function is meant for use by the Python\n\
     interpreter and not for general use, it is better to use\n\
     importlib.import_module() to programmatically import a module.\n\n\
     The globals argument is only used to determine the context;\n\
     they are not modified.  The locals argument is unused.  The fromlist\n\
     should be a list of names to emulate ``from name import ...``, or an\n\
     empty list to emulate ``import name``.\n\
     When importing a module from a package, note that __import__('A.B', ...)\n\
     returns package A when fromlist is empty, but its submodule B when\n\
     fromlist is not empty.  The level argument is used to determine whether to\n\
     perform absolute or relative imports: 0 is absolute, while a positive number\n\
     is the number of parent directories to search relative to the current module.",
)];

fn dunder_import(t: &Thread, _module: &Value, args: &[Option<Value>]) -> R {
    let [Some(name), globals, locals, from_list, level] = args else { return Err(t.system_error("bad arguments")) };
    let level = match level {
        Some(level) => crate::objects::int::arg_i32(t, level)?,
        None => 0,
    };
    import(t, name, globals.as_ref(), locals.as_ref(), from_list.as_ref(), level)
}

fn text(v: &Value) -> String {
    v.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default()
}

/// Imports a module as the statement does.
pub fn import(
    t: &Thread,
    name: &Value,
    globals: Option<&Value>,
    _locals: Option<&Value>,
    from_list: Option<&Value>,
    level: i32,
) -> R {
    let result = find(t, name, globals.filter(|g| !g.is_none()), from_list, level);
    if result.is_err() {
        trim_traceback(t);
    }
    result
}

fn find(t: &Thread, name: &Value, globals: Option<&Value>, from_list: Option<&Value>, level: i32) -> R {
    let Some(name_str) = name.cast::<Str>() else { return Err(t.type_error("module name must be a string")) };
    if level < 0 {
        return Err(t.value_error("level must be >= 0"));
    }
    let full = if level > 0 {
        resolve(t, name, globals, level as usize)?
    } else if name_str.is_empty() {
        return Err(t.value_error("Empty module name"));
    } else {
        name.clone()
    };
    let module = load(t, &full)?;
    let from_list = match from_list {
        Some(list) if protocol::truth(t, list)? => list,
        _ => return top_of(t, module, &full, &text(name), level),
    };
    if protocol::getattr_opt(t, &module, &t.names().__path__)?.is_none() {
        return Ok(module);
    }
    let importlib = importlib(t)?;
    protocol::call_method_str(t, &importlib, "_handle_fromlist", &[module, from_list.clone(), import_function(t)])
}

/// What `import a.b.c` binds: `a`.
fn top_of(t: &Thread, module: Value, full: &Value, name: &str, level: i32) -> R {
    if level != 0 && name.is_empty() {
        return Ok(module);
    }
    let Some(dot) = name.find('.') else { return Ok(module) };
    if level == 0 {
        return load(t, &t.intern(&name[..dot]));
    }
    let full = text(full);
    let top = t.str(&full[..full.len() - (name.len() - dot)]);
    match in_modules(t, &top)? {
        Some(top) => Ok(top),
        None => {
            let shown = protocol::repr_text(t, &top)?;
            Err(t.raise_message(&t.types().key_error, &format!("{shown} not in sys.modules as expected")))
        }
    }
}

/// `sys.modules.get(name)`; it may be any mapping.
pub fn in_modules(t: &Thread, name: &Value) -> R<Option<Value>> {
    let Some(modules) = t.interp.modules.get(t) else {
        return Err(t.runtime_error("unable to get sys.modules"));
    };
    match modules.cast_exact::<Dict>() {
        Some(dict) => dict.get(t, name),
        None => t.catch(protocol::getitem(t, &modules, name), |types| &types.key_error),
    }
}

/// The module of a full name, loaded now if need be.
fn load(t: &Thread, full: &Value) -> R {
    if let Some(module) = in_modules(t, full)?
        && !module.is_none()
    {
        if is_initializing(t, &module)? {
            // Another thread may be at it: wait for the module's lock.
            protocol::call_method_str(t, &importlib(t)?, "_lock_unlock_module", std::slice::from_ref(full))?;
        }
        if t.interp.config.import_time > 1 {
            t.interp.state::<Times>().cached(t, full);
        }
        return Ok(module);
    }
    let find = || protocol::call_method_str(t, &importlib(t)?, "_find_and_load", &[full.clone(), import_function(t)]);
    if t.interp.config.import_time == 0 { find() } else { t.interp.state::<Times>().measure(t, full, find) }
}

/// What `-X importtime` has measured so far.
#[derive(Default)]
struct Times {
    started: AtomicBool,
    /// How many imports are under way.
    level: AtomicUsize,
    /// Nanoseconds that the imports within the present one have taken.
    within: AtomicU64,
}

impl Times {
    /// One line, in columns.
    fn line(&self, own: &str, cumulative: &str, name: &str) {
        let mut text = String::new();
        if !self.started.swap(true, Relaxed) {
            text += "import time: self [us] | cumulative | imported package\n";
        }
        let indent = self.level.load(Relaxed) * 2;
        text += &format!("import time: {own:9} | {cumulative:10} | {:indent$}{name}\n", "");
        // Standard error may be closed.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    fn measure(&self, t: &Thread, name: &Value, import: impl FnOnce() -> R) -> R {
        self.level.fetch_add(1, Relaxed);
        let around = self.within.swap(0, Relaxed);
        let begin = Instant::now();
        let result = import();
        let taken = begin.elapsed().as_nanos() as u64;
        self.level.fetch_sub(1, Relaxed);
        let own = taken.saturating_sub(self.within.swap(around + taken, Relaxed));
        // Writing the name must not disturb what the import raised.
        let raised = t.take_raised();
        self.line(&format!("{:9}", own / 1000), &format!("{:10}", taken / 1000), &shown_name(t, name));
        t.put_raised(raised);
        result
    }

    fn cached(&self, t: &Thread, name: &Value) {
        self.line("cached", "cached", &shown_name(t, name));
    }
}

/// A name that can be written whatever it holds.
fn shown_name(t: &Thread, name: &Value) -> String {
    match name.cast::<Str>().and_then(|s| s.to_utf8()) {
        Some(text) => text.into_owned(),
        None => {
            let escaped = protocol::ascii(t, name).and_then(|escaped| protocol::to_text(t, &escaped));
            let escaped = escaped.unwrap_or_else(|raised| {
                drop(t.take_exception(raised));
                String::new()
            });
            escaped.trim_matches('\'').to_owned()
        }
    }
}

/// `module.__spec__._initializing`.
fn is_initializing(t: &Thread, module: &Value) -> R<bool> {
    let names = t.names();
    let spec = match module.cast_exact::<Module>() {
        Some(m) => m.dict_ref().get_str(t, &names.__spec__),
        None => protocol::getattr_opt(t, module, &names.__spec__)?,
    };
    let Some(spec) = spec.filter(|s| !s.is_none()) else { return Ok(false) };
    match protocol::getattr_opt(t, &spec, &names._initializing)? {
        Some(flag) => protocol::truth(t, &flag),
        None => Ok(false),
    }
}

fn importlib(t: &Thread) -> R {
    t.interp.importlib.get(t).ok_or_else(|| t.runtime_error("the import system is not there yet"))
}

fn import_function(t: &Thread) -> Value {
    t.interp.state::<State>().import_function.0.get(t).unwrap_or(Value::NONE)
}

/// The full name of a relative import (`resolve_name` of CPython's `import.c`).
fn resolve(t: &Thread, name: &Value, globals: Option<&Value>, level: usize) -> R {
    let names = t.names();
    let no_name = || t.raise_message(&t.types().key_error, "'__name__' not in globals");
    let Some(globals) = globals else { return Err(no_name()) };
    let Some(globals) = globals.cast::<Dict>() else { return Err(t.type_error("globals must be a dict")) };
    let given = globals.get_str(t, &names.__package__).filter(|v| !v.is_none());
    let spec = globals.get_str(t, &names.__spec__).filter(|v| !v.is_none());
    let import_error = |message: &str| t.raise_message(&t.types().import_error, message);
    let no_parent = "attempted relative import with no known parent package";
    let package = match (given, spec) {
        (Some(package), spec) => {
            if package.cast::<Str>().is_none() {
                return Err(t.type_error("package must be a string"));
            }
            if let Some(spec) = spec {
                let parent = protocol::getattr_str(t, &spec, "parent")?;
                if !protocol::eq(t, &package, &parent)? {
                    warn::warn(t, |types| &types.deprecation_warning, "__package__ != __spec__.parent")?;
                }
            }
            text(&package)
        }
        (None, Some(spec)) => {
            let parent = protocol::getattr_str(t, &spec, "parent")?;
            if parent.cast::<Str>().is_none() {
                return Err(t.type_error("__spec__.parent must be a string"));
            }
            text(&parent)
        }
        (None, None) => {
            let message = "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__";
            warn::warn(t, |types| &types.import_warning, message)?;
            let Some(own) = globals.get_str(t, &names.__name__) else { return Err(no_name()) };
            if own.cast::<Str>().is_none() {
                return Err(t.type_error("__name__ must be a string"));
            }
            let own = text(&own);
            match globals.get_str(t, &names.__path__) {
                Some(_) => own,
                None => match own.rfind('.') {
                    Some(dot) => own[..dot].to_owned(),
                    None => return Err(import_error(no_parent)),
                },
            }
        }
    };
    if package.is_empty() {
        return Err(import_error(no_parent));
    }
    let mut base = &package[..];
    for _ in 1..level {
        match base.rfind('.') {
            Some(dot) => base = &base[..dot],
            None => return Err(import_error("attempted relative import beyond top-level package")),
        }
    }
    let name = text(name);
    Ok(if name.is_empty() { t.intern(base) } else { t.intern(&format!("{base}.{name}")) })
}

/// Takes the import system's own frames out of the traceback: all of them from an `ImportError`, else those
/// that only called the module's code (`remove_importlib_frames`).
fn trim_traceback(t: &Thread) {
    if t.interp.config.verbose > 0 {
        return;
    }
    let Some(exception) = t.current_exception() else { return };
    let Some(e) = exception.cast::<Exception>() else { return };
    let always = exception.type_of(t).is_subtype(&t.types().import_error);
    let entries: Vec<Value> =
        std::iter::successors(e.traceback.get(t), |tb| tb.cast::<Traceback>()?.next.get(t)).collect();
    if !entries.iter().any(|tb| place(t, tb).0) {
        return;
    }
    // Which entries go: a chunk of the import system's up to its last call of other code.
    let mut keep = vec![true; entries.len()];
    let mut chunk = None;
    for (i, tb) in entries.iter().enumerate() {
        let (inside, is_call) = place(t, tb);
        match (inside, chunk) {
            (false, _) => chunk = None,
            (true, None) => chunk = Some(i),
            _ => {}
        }
        if let Some(start) = chunk
            && (always || is_call)
        {
            keep[start..=i].fill(false);
            chunk = Some(start);
        }
    }
    let kept: Vec<&Value> = entries.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(tb, _)| tb).collect();
    for pair in kept.windows(2) {
        if let Some(tb) = pair[0].cast::<Traceback>() {
            drop(tb.next.replace(Some(pair[1].clone())));
        }
    }
    if let Some(tb) = kept.last().and_then(|tb| tb.cast::<Traceback>()) {
        drop(tb.next.take());
    }
    drop(e.traceback.replace(kept.first().map(|tb| (*tb).clone())));
}

/// Whether an entry is of the import system's code, and of the function that calls other code.
fn place(t: &Thread, tb: &Value) -> (bool, bool) {
    let frame = tb.cast::<Traceback>().and_then(|tb| tb.frame.get(t));
    let code = frame.and_then(|f| f.cast::<FrameObject>()?.code.get(t));
    let Some(code) = code.as_ref().and_then(|c| c.cast::<CodeObject>()) else { return (false, false) };
    let file = &*code.code.filename;
    let inside = matches!(file, "<frozen importlib._bootstrap>" | "<frozen importlib._bootstrap_external>");
    (inside, inside && &*code.code.name == "_call_with_frames_removed")
}
