//! Warnings: the core of `_warnings`, which native code calls too (`PyErr_WarnEx`).
//!
//! A warning is issued for a line of some caller. Whether it is shown was perhaps decided before: every module keeps
//! what was shown in its `__warningregistry__`, which is void once the filters change. Otherwise the first filter that
//! matches says what happens. Showing is left to the module `warnings`, if it has been imported.

use super::code_object::CodeObject;
use super::context;
use super::dict::Dict;
use super::frame::{Frame, FrameObject};
use super::frame_type;
use super::int;
use super::list::List;
use super::protocol;
use super::slot::Slot;
use super::slots::R;
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::types::{TypeCell, Types};
use super::value::Value;
use std::sync::atomic::{AtomicI64, Ordering::*};

/// What the warnings of an interpreter share.
#[derive(Default)]
pub struct State {
    filters: Slot,
    once: Slot,
    default_action: Slot,
    context: Slot,
    /// An `RLock`, for changes of the filters.
    pub lock: Slot,
    /// Counts changes of the filters: registries of another version are void.
    pub version: AtomicI64,
}

impl State {
    /// The state of the thread's interpreter.
    pub fn of(t: &Thread) -> &State {
        t.interp.state::<State>()
    }

    fn slot(t: &Thread, slot: &Slot, make: impl FnOnce() -> R) -> R {
        match slot.get(t) {
            Some(value) => Ok(value),
            None => {
                let value = make()?;
                slot.set(value.clone());
                Ok(value)
            }
        }
    }

    /// `_warnings.filters`.
    pub fn filters(t: &Thread) -> R {
        State::slot(t, &State::of(t).filters, || Ok(default_filters(t)))
    }

    /// `_warnings._onceregistry`.
    pub fn once(t: &Thread) -> R {
        State::slot(t, &State::of(t).once, || Ok(Dict::make(t)))
    }

    /// `_warnings._defaultaction`.
    pub fn default_action(t: &Thread) -> R {
        State::slot(t, &State::of(t).default_action, || Ok(t.intern("default")))
    }

    /// `_warnings._warnings_context`: the variable of filters that hold in a context only.
    pub fn context(t: &Thread) -> R {
        State::slot(t, &State::of(t).context, || context::new_var(t, "_warnings_context", None))
    }
}

fn default_filters(t: &Thread) -> Value {
    let types = t.types();
    let filter = |action: &str, category: &TypeCell, module: Value| {
        t.tuple([t.intern(action), Value::NONE, category.value(), module, Value::small(0)])
    };
    List::make(
        t,
        [
            filter("default", &types.deprecation_warning, t.intern("__main__")),
            filter("ignore", &types.deprecation_warning, Value::NONE),
            filter("ignore", &types.pending_deprecation_warning, Value::NONE),
            filter("ignore", &types.import_warning, Value::NONE),
            filter("ignore", &types.resource_warning, Value::NONE),
        ],
    )
}

/// A warning of a category for the line that is running. A filter may turn it into an error.
#[cold]
pub fn warn(t: &Thread, category: impl Fn(&Types) -> &TypeCell, message: &str) -> R<()> {
    warn_at(t, &category(t.types()).value(), message, 1)
}

/// A warning for a line further up the stack: 1 is the running one.
#[cold]
pub fn warn_at(t: &Thread, category: &Value, message: &str, stacklevel: i64) -> R<()> {
    // While the interpreter starts nobody could be warned.
    if t.interp.hooks.get().is_none() {
        return Ok(());
    }
    issue(t, category, &t.str(message), stacklevel, None, &[])
}

/// `warnings.warn()` with everything checked: for the code `stacklevel` frames up, not counting files with one of the
/// prefixes.
pub fn issue(
    t: &Thread,
    category: &Value,
    message: &Value,
    stacklevel: i64,
    source: Option<&Value>,
    skip: &[Value],
) -> R<()> {
    let place = place(t, stacklevel, skip)?;
    explicit(t, category, message, &place, None, source)
}

/// Where a warning belongs.
pub struct Place {
    pub filename: Value,
    pub line: Value,
    pub module: Value,
    /// A dict, or `None` for none.
    pub registry: Value,
}

fn text(v: &Value) -> String {
    v.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default()
}

fn filename(t: &Thread, frame: &Value) -> Option<Value> {
    let code = frame.cast::<FrameObject>()?.code.get(t)?;
    Some(code.cast::<CodeObject>()?.filename.clone())
}

/// Frames of the import system do not count.
fn is_internal(t: &Thread, frame: &Value) -> bool {
    let name = filename(t, frame).as_ref().map(text).unwrap_or_default();
    name.contains("importlib") && name.contains("_bootstrap")
}

fn next_frame(t: &Thread, frame: &Value, external: bool, skip: &[Value]) -> R<Option<Value>> {
    let mut at = protocol::getattr_str(t, frame, "f_back")?;
    while external && !at.is_none() {
        let name = filename(t, &at).as_ref().map(text).unwrap_or_default();
        if !is_internal(t, &at) && !skip.iter().any(|prefix| name.starts_with(&text(prefix))) {
            break;
        }
        at = protocol::getattr_str(t, &at, "f_back")?;
    }
    Ok((!at.is_none()).then_some(at))
}

fn place(t: &Thread, stacklevel: i64, skip: &[Value]) -> R<Place> {
    let running = t.frame.get();
    // SAFETY: the running frame is saved while native code runs.
    let mut frame = (!running.is_null()).then(|| unsafe { Frame::object(t, running) });
    let external = stacklevel > 0 && !frame.as_ref().is_some_and(|f| is_internal(t, f));
    for _ in 1..stacklevel {
        let Some(current) = frame else { break };
        frame = next_frame(t, &current, external, skip)?;
    }
    let (globals, filename, line) = match &frame {
        Some(frame) => {
            let line = frame.cast::<FrameObject>().and_then(frame_type::line).unwrap_or(0);
            (protocol::getattr_str(t, frame, "f_globals")?, filename(t, frame), line)
        }
        None => (t.interp.sys_dict.get(t).unwrap_or_else(|| Dict::make(t)), None, 0),
    };
    let Some(dict) = globals.cast::<Dict>() else { return Err(t.type_error("globals must be a dict")) };
    let names = t.names();
    let registry = match dict.get_str(t, &names.__warningregistry__) {
        Some(registry) => registry,
        None => {
            let registry = Dict::make(t);
            dict.set_str(t, &names.__warningregistry__, registry.clone());
            registry
        }
    };
    let module = dict.get_str(t, &names.__name__).filter(|n| n.cast::<Str>().is_some());
    Ok(Place {
        filename: filename.unwrap_or_else(|| t.str("<sys>")),
        line: Value::small(line as i64),
        module: module.unwrap_or_else(|| t.str("<string>")),
        registry,
    })
}

/// The name of a module that is known by its file only.
pub fn module_of_file(t: &Thread, filename: &Value) -> Value {
    let name = text(filename);
    if name.is_empty() {
        return t.str("<unknown>");
    }
    name.strip_suffix(".py").map_or_else(|| filename.clone(), |stem| t.str(stem))
}

/// Whether a key is in a registry that is up to date; if it is not, and that is wanted, it is put there.
fn already_warned(t: &Thread, registry: &Value, key: &Value, put: bool) -> R<bool> {
    let Some(dict) = registry.cast::<Dict>() else { return Ok(false) };
    let version = State::of(t).version.load(Acquire);
    let name = t.intern("version");
    if dict.get_str(t, &name).as_ref().and_then(int::as_i64) != Some(version) {
        dict.clear(t);
        dict.set_str(t, &name, int::new(t, version));
    } else if let Some(seen) = dict.get(t, key)?
        && protocol::truth(t, &seen)?
    {
        return Ok(true);
    }
    if put {
        dict.set(t, key.clone(), Value::TRUE)?;
    }
    Ok(false)
}

/// A name of the module `warnings`, if that has been imported.
fn of_module(t: &Thread, name: &str, import: bool) -> R<Option<Value>> {
    let imported = t.interp.modules.get(t).and_then(|m| m.cast::<Dict>()?.get_str(t, &t.names().warnings));
    let module = match (imported, import, t.interp.hooks.get()) {
        (Some(module), ..) => module,
        (None, true, Some(hooks)) => match (hooks.import)(t, &t.names().warnings, None, None, None, 0) {
            Ok(module) => module,
            Err(raised) if t.raised_is(&raised, &t.types().import_error) => {
                drop(t.take_exception(raised));
                return Ok(None);
            }
            Err(raised) => return Err(raised),
        },
        _ => return Ok(None),
    };
    protocol::getattr_opt(t, &module, &t.intern(name))
}

/// Whether a filter's pattern matches: `None` and equal text do, and what a pattern's `match` finds.
fn matches(t: &Thread, pattern: &Value, text: &Value) -> R<bool> {
    if pattern.is_none() {
        return Ok(true);
    }
    if pattern.cast_exact::<Str>().is_some() {
        return protocol::eq(t, pattern, text);
    }
    let found = protocol::call_method_str(t, pattern, "match", std::slice::from_ref(text))?;
    protocol::truth(t, &found)
}

/// The action of the first filter of a list that matches, and the filter.
fn search(
    t: &Thread,
    name: &str,
    filters: &Value,
    category: &Value,
    message: &Value,
    place: &Place,
) -> R<Option<(Value, Value)>> {
    let Some(list) = filters.cast::<List>() else {
        return Err(t.value_error(format!("warnings.{name} must be a list")));
    };
    let mut i = 0;
    while let Some(item) = list.get(t, i) {
        let Some([action, pattern, wanted, module, line]) = item.cast::<Tuple>().map(|x| x.items()) else {
            return Err(t.value_error(format!("warnings.{name} item {i} isn't a 5-tuple")));
        };
        if action.cast::<Str>().is_none() {
            let kind = action.type_of(t).name_str();
            return Err(t.type_error(format!("action must be a string, not '{kind}'")));
        }
        if protocol::issubclass(t, category, wanted)?
            && matches(t, pattern, message)?
            && matches(t, module, &place.module)?
        {
            let wanted = int::as_i64(&protocol::index(t, line)?).unwrap_or(-1);
            if wanted == 0 || int::as_i64(&place.line) == Some(wanted) {
                return Ok(Some((action.clone(), item.clone())));
            }
        }
        i += 1;
    }
    Ok(None)
}

/// What is to be done with a warning: the action, and the filter that says so.
fn action(t: &Thread, category: &Value, message: &Value, place: &Place) -> R<(Value, Value)> {
    let local = context::var_value(t, &State::context(t)?)?;
    if let Some(local) = local.filter(|c| !c.is_none()) {
        let filters = protocol::getattr_str(t, &local, "_filters")?;
        if let Some(found) = search(t, "_filters", &filters, category, message, place)? {
            return Ok(found);
        }
    }
    let filters = match of_module(t, "filters", false)? {
        Some(filters) => filters,
        None => State::filters(t)?,
    };
    if let Some(found) = search(t, "filters", &filters, category, message, place)? {
        return Ok(found);
    }
    let default = match of_module(t, "defaultaction", false)? {
        Some(default) => default,
        None => State::default_action(t)?,
    };
    if default.cast::<Str>().is_none() {
        let kind = default.type_of(t).name_str();
        return Err(t.type_error(format!("_warnings.defaultaction must be a string, not '{kind}'")));
    }
    Ok((default, Value::NONE))
}

/// `warnings.warn_explicit()`: a warning for a place.
pub fn explicit(
    t: &Thread,
    category: &Value,
    message: &Value,
    place: &Place,
    source_line: Option<&Value>,
    source: Option<&Value>,
) -> R<()> {
    if !place.registry.is_none() && place.registry.cast::<Dict>().is_none() {
        return Err(t.type_error("'registry' must be a dict or None"));
    }
    let is_instance = protocol::isinstance(t, message, &t.types().warning.value())?;
    let (text, message, category) = match is_instance {
        true => (protocol::str(t, message)?, message.clone(), message.type_of_value(t)),
        false => (message.clone(), protocol::call(t, category, std::slice::from_ref(message))?, category.clone()),
    };
    let key = t.tuple([text.clone(), category.clone(), place.line.clone()]);
    if already_warned(t, &place.registry, &key, false)? {
        return Ok(());
    }
    let (action, filter) = action(t, &category, &text, place)?;
    let action_name = self::text(&action);
    match action_name.as_str() {
        "error" => return Err(t.raise(message)),
        "ignore" => return Ok(()),
        _ => {}
    }
    let mut seen = false;
    if action_name != "always" && action_name != "all" {
        if let Some(registry) = place.registry.cast::<Dict>() {
            registry.set(t, key, Value::TRUE)?;
        }
        let pair = || [text.clone(), category.clone()];
        match action_name.as_str() {
            "once" => {
                let registry = if place.registry.is_none() {
                    match of_module(t, "onceregistry", false)? {
                        Some(registry) => registry,
                        None => State::once(t)?,
                    }
                } else {
                    place.registry.clone()
                };
                seen = already_warned(t, &registry, &t.tuple(pair()), true)?;
            }
            "module" => {
                let [text, category] = pair();
                seen = already_warned(t, &place.registry, &t.tuple([text, category, Value::small(0)]), true)?;
            }
            "default" => {}
            _ => {
                return Err(t.runtime_error(format!(
                    "Unrecognized action ({}) in warnings.filters:\n {}",
                    protocol::repr_text(t, &action)?,
                    protocol::repr_text(t, &filter)?
                )));
            }
        }
    }
    if seen { Ok(()) } else { show(t, &category, &text, &message, place, source_line, source) }
}

/// Shows a warning: `warnings._showwarnmsg`, or a line on `sys.stderr` as long as nobody has imported that.
fn show(
    t: &Thread,
    category: &Value,
    text: &Value,
    message: &Value,
    place: &Place,
    source_line: Option<&Value>,
    source: Option<&Value>,
) -> R<()> {
    // With a source `tracemalloc` may have something to add: then the module is worth importing.
    let Some(show) = of_module(t, "_showwarnmsg", source.is_some())? else {
        return show_plainly(t, category, text, place, source_line);
    };
    if show.type_of(t).slots().call.is_none() {
        return Err(t.type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let Some(class) = of_module(t, "WarningMessage", false)? else {
        return Err(t.runtime_error("unable to get warnings.WarningMessage"));
    };
    let source = source.cloned().unwrap_or(Value::NONE);
    let (file, line) = (place.filename.clone(), place.line.clone());
    let args = [message.clone(), category.clone(), file, line, Value::NONE, Value::NONE, source];
    let record = protocol::call(t, &class, &args)?;
    protocol::call(t, &show, &[record]).map(drop)
}

fn show_plainly(t: &Thread, category: &Value, text: &Value, place: &Place, source_line: Option<&Value>) -> R<()> {
    let name = category.cast::<Type>().map(|c| c.short_name()).unwrap_or_default();
    let (file, line) = (self::text(&place.filename), int::as_i64(&place.line).unwrap_or(0));
    let mut out = super::container::Text::default();
    out.push(&format!("{file}:{line}: {name}: "));
    out.push_str(&protocol::str(t, text)?);
    out.push("\n");
    let source = source_line.map(self::text).or_else(|| {
        let bytes = std::fs::read(&file).ok()?;
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        Some(String::from_utf8_lossy(bytes.split(|&b| b == b'\n').nth(index)?).into_owned())
    });
    if let Some(source) = source.as_ref().map(|s| s.trim()).filter(|s| !s.is_empty()) {
        out.push(&format!("  {source}\n"));
    }
    super::exception::write_stderr(t, &out.finish(t));
    Ok(())
}
