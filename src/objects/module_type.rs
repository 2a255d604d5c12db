//! The type `module`: attributes lie in the module's dict, and a `__getattr__` function there is asked for the rest.

use super::attribute::{generic_setattr, getattr_in_dict, setattr_in_dict};
use super::container::Text;
use super::dict::Dict;
use super::header::Kind;
use super::list::List;
use super::module::Module;
use super::native::Signature;
use super::protocol;
use super::set;
use super::slots::{Args, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::value::Value;
use std::sync::OnceLock;

/// The namespace of a module.
fn namespace(t: &Thread, v: &Value) -> R {
    match v.cast::<Module>() {
        Some(m) => Ok(m.dict(t)),
        None => Err(t.type_error("a module is required")),
    }
}

fn in_namespace(t: &Thread, v: &Value, name: &Value) -> R<Option<Value>> {
    let dict = namespace(t, v)?;
    Ok(dict.cast::<Dict>().and_then(|d| d.get_str(t, name)))
}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let class = super::container::class_of(t, class)?;
    let dict = Dict::make(t);
    // SAFETY: the class has this layout, and the whole payload is written.
    unsafe { super::alloc::alloc_instance::<Module>(t, class, |this| Module::init_payload(this, dict)) }
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 2];
    SIGNATURE.get_or_init(|| Signature::parse_text("module", "(name, doc=None)")).bind(t, args, &mut bound)?;
    let [Some(name), doc] = bound else { return Ok(()) };
    if name.cast::<Str>().is_none() {
        return Err(t.type_error(format!("module() argument 'name' must be str, not {}", name.type_of(t).name_str())));
    }
    let (dict, names) = (namespace(t, v)?, t.names());
    let dict = dict.cast::<Dict>().expect("a namespace is a dict");
    dict.set_str(t, &names.__name__, name);
    dict.set_str(t, &names.__doc__, doc.unwrap_or(Value::NONE));
    for name in [&names.__package__, &names.__loader__, &names.__spec__] {
        dict.set_str(t, name, Value::NONE);
    }
    Ok(())
}

/// `<module 'name' from 'file'>`, as `importlib._bootstrap._module_repr` has it.
fn repr(t: &Thread, v: &Value) -> R {
    let names = t.names();
    let mut out = Text::default();
    out.push("<module ");
    let spec = protocol::getattr_opt(t, v, &names.__spec__)?.filter(|s| !s.is_none());
    let (name, loader, file) = match &spec {
        Some(spec) => {
            let name = protocol::getattr(t, spec, &names.name)?;
            let origin = protocol::getattr(t, spec, &names.origin)?;
            if origin.is_none() {
                (name, protocol::getattr_str(t, spec, "loader")?, None)
            } else if protocol::truth(t, &protocol::getattr_str(t, spec, "has_location")?)? {
                (name, Value::NONE, Some(origin))
            } else {
                out.push_repr(t, &name)?;
                out.push(" (");
                out.push_str(&protocol::str(t, &origin)?);
                out.push(")>");
                return Ok(out.finish(t));
            }
        }
        None => {
            let name = protocol::getattr_opt(t, v, &names.__name__)?.unwrap_or(Value::NONE);
            let loader = protocol::getattr_opt(t, v, &names.__loader__)?.unwrap_or(Value::NONE);
            (name, loader, protocol::getattr_opt(t, v, &names.__file__)?)
        }
    };
    let name = if name.is_none() { t.str("?") } else { name };
    out.push_repr(t, &name)?;
    if let Some(file) = file {
        out.push(" from ");
        out.push_repr(t, &file)?;
    } else if spec.is_some() && loader.type_of(t).short_name() == "NamespaceLoader" {
        out.push(" (namespace) from ");
        let path = protocol::collect(t, &protocol::getattr_str(t, &loader, "_path")?)?;
        out.push_repr(t, &List::make(t, path))?;
    } else if !loader.is_none() {
        out.push(" (");
        out.push_repr(t, &loader)?;
        out.push(")");
    }
    out.push(">");
    Ok(out.finish(t))
}

/// The attribute in the namespace, of the type, or what `__getattr__` says; `None` where there is none.
fn getattr_opt(t: &Thread, v: &Value, name: &Value) -> R<Option<Value>> {
    let dict = namespace(t, v)?;
    if let Some(found) = getattr_in_dict(t, v, name, Some(&dict))? {
        return Ok(Some(found));
    }
    match in_namespace(t, v, &t.names().__getattr__)? {
        Some(hook) => protocol::call(t, &hook, std::slice::from_ref(name)).map(Some),
        None => Ok(None),
    }
}

fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    match getattr_opt(t, v, name)? {
        Some(found) => Ok(found),
        None => {
            let message = missing(t, v, name)?;
            Err(t.attribute_error(&message, v, name))
        }
    }
}

/// Where a module was found, if its spec says so.
fn origin(t: &Thread, spec: &Value) -> R<Option<String>> {
    let located = match protocol::getattr_opt(t, spec, &t.intern("has_location"))? {
        Some(located) => protocol::truth(t, &located)?,
        None => false,
    };
    if !located {
        return Ok(None);
    }
    let origin = protocol::getattr_opt(t, spec, &t.names().origin)?;
    Ok(origin.and_then(|o| o.cast::<Str>().map(|s| s.to_str_lossy().into_owned())))
}

/// Whether a file lies beside the program, so that its name may hide a module of the library.
pub fn possibly_shadowing(t: &Thread, origin: &str) -> bool {
    let Some(first) = t.interp.sys_path_0.get().filter(|_| !t.interp.config.safe_path) else { return false };
    let Some((mut root, file)) = origin.rsplit_once('/') else { return false };
    if file == "__init__.py" {
        root = root.rsplit_once('/').map_or("", |(root, _)| root);
    }
    if first.is_empty() {
        return std::env::current_dir().is_ok_and(|folder| folder.as_path() == std::path::Path::new(root));
    }
    root == first
}

/// Whether `sys.stdlib_module_names` has a name.
pub fn in_standard_library(t: &Thread, name: &str) -> bool {
    let sys = t.interp.sys_dict.get(t);
    let library = sys.and_then(|s| s.cast::<Dict>()?.get_name(t, "stdlib_module_names"));
    library.as_ref().and_then(set::of).is_some_and(|l| l.contains(t, &t.str(name)).unwrap_or(false))
}

/// Whether a module's import is under way.
pub fn is_initializing(t: &Thread, spec: &Value) -> R<bool> {
    if spec.is_none() {
        return Ok(false);
    }
    match protocol::getattr_opt(t, spec, &t.names()._initializing)? {
        Some(flag) => protocol::truth(t, &flag),
        None => Ok(false),
    }
}

/// What is said of an attribute that a module has not.
#[cold]
fn missing(t: &Thread, v: &Value, name: &Value) -> R<String> {
    let names = t.names();
    let text = |v: &Value| v.cast::<Str>().map(|s| s.to_str_lossy().into_owned());
    let attribute = text(name).unwrap_or_default();
    let Some(module) = in_namespace(t, v, &names.__name__)?.as_ref().and_then(text) else {
        return Ok(format!("module has no attribute '{attribute}'"));
    };
    let plain = format!("module '{module}' has no attribute '{attribute}'");
    let Some(spec) = in_namespace(t, v, &names.__spec__)?.filter(|s| !s.is_none()) else { return Ok(plain) };
    let origin = origin(t, &spec)?;
    let shadowing = origin.as_ref().is_some_and(|o| possibly_shadowing(t, o));
    if shadowing && in_standard_library(t, &module) {
        return Ok(format!(
            "{plain} (consider renaming '{}' since it has the same name as the standard library module named \
                 '{module}' and prevents importing that standard library module)",
            origin.unwrap_or_default()
        ));
    }
    if is_initializing(t, &spec)? {
        return Ok(match origin {
            Some(file) if shadowing => format!(
                "{plain} (consider renaming '{file}' if it has the same name as a library you intended to import)"
            ),
            Some(file) => format!(
                "partially initialized module '{module}' from '{file}' has no attribute '{attribute}' \
                 (most likely due to a circular import)"
            ),
            None => format!(
                "partially initialized module '{module}' has no attribute '{attribute}' \
                 (most likely due to a circular import)"
            ),
        });
    }
    let unready = protocol::getattr_opt(t, &spec, &t.intern("_uninitialized_submodules"))?;
    if let Some(unready) = unready
        && protocol::contains(t, &unready, name)?
    {
        return Ok(format!(
            "cannot access submodule '{attribute}' of module '{module}' (most likely due to a circular import)"
        ));
    }
    Ok(plain)
}

fn setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    match v.cast::<Module>() {
        Some(m) => setattr_in_dict(t, v, name, value, &m.dict(t)),
        None => generic_setattr(t, v, name, value),
    }
}

fn dir(t: &Thread, v: &Value) -> R {
    let dict = protocol::getattr(t, v, &t.names().__dict__)?;
    let Some(d) = dict.cast::<Dict>() else { return Err(t.type_error("<module>.__dict__ is not a dictionary")) };
    match d.get_str(t, &t.names().__dir__) {
        Some(hook) => protocol::call(t, &hook, &[]),
        None => Ok(List::make(t, d.keys(t))),
    }
}

fn get_annotations(t: &Thread, v: &Value) -> R {
    let names = t.names();
    if let Some(found) = in_namespace(t, v, &names.__annotations__)? {
        return Ok(found);
    }
    let annotate = in_namespace(t, v, &names.__annotate__)?.filter(|f| f.type_of(t).slots().call.is_some());
    let annotations = match annotate {
        Some(f) => {
            let result = protocol::call(t, &f, &[Value::small(1)])?;
            if result.cast::<Dict>().is_none() {
                let name = result.type_of(t).name_str();
                return Err(t.type_error(format!("__annotate__ returned non-dict of type '{name}'")));
            }
            result
        }
        None => Dict::make(t),
    };
    // While the module is being imported more may come.
    let spec = in_namespace(t, v, &names.__spec__)?.unwrap_or(Value::NONE);
    if !is_initializing(t, &spec)? {
        changed(t, v, |d| d.set(t, names.__annotations__.clone(), annotations.clone()))?;
    }
    Ok(annotations)
}

fn changed<T>(t: &Thread, v: &Value, f: impl FnOnce(&Dict) -> R<T>) -> R<T> {
    f(namespace(t, v)?.cast::<Dict>().expect("a namespace is a dict"))
}

fn set_annotations(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let names = t.names();
    changed(t, v, |d| {
        match value {
            Some(value) => d.set(t, names.__annotations__.clone(), value.clone())?,
            None if d.remove(t, &names.__annotations__)?.is_none() => {
                return Err(t.raise_message(&t.types().attribute_error, "__annotations__"));
            }
            None => {}
        }
        d.remove(t, &names.__annotate__).map(drop)
    })
}

fn get_annotate(t: &Thread, v: &Value) -> R {
    let name = &t.names().__annotate__;
    match in_namespace(t, v, name)? {
        Some(found) => Ok(found),
        None => changed(t, v, |d| d.set(t, name.clone(), Value::NONE)).map(|()| Value::NONE),
    }
}

fn set_annotate(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("cannot delete __annotate__ attribute")) };
    if !value.is_none() && value.type_of(t).slots().call.is_none() {
        return Err(t.type_error("__annotate__ must be callable or None"));
    }
    changed(t, v, |d| {
        d.set(t, t.names().__annotate__.clone(), value.clone())?;
        if !value.is_none() {
            d.remove(t, &t.names().__annotations__)?;
        }
        Ok(())
    })
}

pub static SPEC: Spec = Spec {
    name: "module",
    kind: Kind::Module,
    size: std::mem::size_of::<Module>(),
    flags: type_flags::BASETYPE | type_flags::HAVE_GC | type_flags::WEAKREFABLE,
    doc: "module(name, doc=None)\n--\n\nCreate a module object.\n\nThe name must be a string; the optional doc argument can have any type.",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        getattr: Some(getattr),
        setattr: Some(setattr),
        traverse: Some(Module::traverse),
        drop: Some(Module::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[Def::new(
        "__dir__",
        Func::NoArgs(dir),
        "($self, /)",
        "__dir__() -> list\nspecialized dir() implementation",
    )],
    getset: &[
        GetSet::member("__dict__", namespace, ""),
        GetSet::rw("__annotations__", get_annotations, set_annotations, ""),
        GetSet::rw("__annotate__", get_annotate, set_annotate, ""),
    ],
    ..Spec::DEFAULT
};
