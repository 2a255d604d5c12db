//! Starting: from a bare interpreter to one that can import.

use super::streams;
use crate::import::{code, statement};
use crate::modules::{self, _imp, _signal, builtins, faulthandler, sys};
use crate::objects::dict::Dict;
use crate::objects::gc;
use crate::objects::interpreter::Hooks;
use crate::objects::module::Module;
use crate::objects::native::Native;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::vm;

/// Makes an interpreter ready to import and run code. `site` is the caller's.
pub fn start(t: &Thread) -> R<()> {
    vm::install::install(t);
    t.interp.hooks.set(Some(Hooks {
        compile: vm::source::compile,
        exec: vm::source::exec,
        import: statement::import,
        handle_breaker: vm::breaker::handle,
    }));
    let builtins = modules::create(t, &builtins::MODULE)?;
    let dict = builtins.cast::<Module>().expect("just made").dict(t);
    t.interp.builtins_dict.set(dict.clone());
    for (name, slot) in [("all", &t.interp.common_all), ("any", &t.interp.common_any)] {
        drop(slot.replace(dict.cast::<Dict>().and_then(|d| d.get_name(t, name))));
    }
    let def = &statement::IMPORT[0];
    let import = Native::make(t, def, Some(builtins.clone()), Some(t.intern("builtins")));
    dict.cast::<Dict>().expect("a namespace").set_name(t, def.name, import.clone());
    t.interp.state::<statement::State>().import_function.0.set(import);

    let sys = modules::create(t, &sys::MODULE)?;
    let table = t.interp.modules.get(t).expect("sys made it");
    let add = |name: &str, module: &Value| protocol::setitem(t, &table, &t.intern(name), Some(module));
    add("sys", &sys)?;
    add("builtins", &builtins)?;
    streams::preliminary(t)?;
    import_system(t, &sys, &add)?;
    main_module(t)?;
    // The codecs' search function registers itself.
    if modules::find("_codecs").is_some() {
        self::import(t, "encodings")?;
    }
    _signal::ignore_broken_pipes();
    self::import(t, "_signal")?;
    faulthandler::start(t)?;
    streams::open(t)
}

/// `init_importlib`: the packaged bootstrap modules run before anything can be imported.
fn import_system(t: &Thread, sys: &Value, add: &dyn Fn(&str, &Value) -> R<()>) -> R<()> {
    let importlib = _imp::init_frozen(t, Value::none(), &t.intern("_frozen_importlib"))?;
    t.interp.importlib.set(importlib.clone());
    let imp = modules::create(t, &_imp::MODULE)?;
    add("_imp", &imp)?;
    protocol::call_method_str(t, &importlib, "_install", &[sys.clone(), imp])?;
    protocol::call_method_str(t, &importlib, "_install_external_importers", &[])?;
    // How the packaged library looks to it.
    let finder = Module::make(t, "_library", None);
    let dict = finder.cast::<Module>().expect("just made").dict(t);
    if let Some(code) = code::of_library(t, "_library.py")? {
        vm::source::exec(t, &code, &dict, None)?;
        protocol::call_method_str(t, &finder, "install", &[])?;
    }
    Ok(())
}

/// Imports a module by its full name and gives that module.
pub fn import(t: &Thread, name: &str) -> R {
    let list = t.tuple([t.intern("*")]);
    let from = name.contains('.').then_some(&list);
    statement::import(t, &t.intern(name), None, None, from, 0)
}

/// `__main__`, made if there is none yet.
pub fn main_module(t: &Thread) -> R {
    let name = t.intern("__main__");
    if let Some(module) = statement::in_modules(t, &name)? {
        return Ok(module);
    }
    let module = Module::make(t, "__main__", None);
    let namespace = module.cast::<Module>().expect("just made");
    if let Some(builtins) = statement::in_modules(t, &t.intern("builtins"))? {
        namespace.set(t, "__builtins__", builtins);
    }
    if let Some(importlib) = t.interp.importlib.get(t) {
        namespace.set(t, "__loader__", protocol::getattr_str(t, &importlib, "BuiltinImporter")?);
    }
    if let Some(table) = t.interp.modules.get(t) {
        protocol::setitem(t, &table, &name, Some(&module))?;
    }
    Ok(module)
}

/// Imports `site`, unless `-S` forbids it, and `warnings` where an option asks for it. The program comes next.
pub fn site(t: &Thread) -> R<()> {
    if !t.interp.config.warn_options.is_empty() {
        import(t, "warnings")?;
    }
    if !t.interp.config.no_site {
        import(t, "site")?;
    }
    let main = main_module(t)?;
    let namespace = main.cast::<Module>().map_or(Value::NONE, |main| main.dict(t));
    gc::mark_startup(t, &[main, namespace]);
    Ok(())
}
