//! `_imp`: what `importlib` needs from below. Beside CPython's functions it has those that the packaged library's
//! finder (`src/import/python/_library.py`) and the code cache need; their names begin with two words.

use super::ModuleSpec;
use crate::import::{code, frozen, library};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::code_object::CodeObject;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::number::siphash::HashKey;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::{Attempt, Patience, ReentrantLock};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// The import lock.
#[derive(Default)]
struct Lock(ReentrantLock);

fn acquire_lock(t: &Thread, _m: &Value) -> R {
    while t.interp.state::<Lock>().0.acquire(&t.sched, Patience::Endless) != Attempt::Acquired {
        crate::vm::breaker::handle(t)?;
    }
    Ok(Value::NONE)
}

fn release_lock(t: &Thread, _m: &Value) -> R {
    match t.interp.state::<Lock>().0.release(&t.sched) {
        Ok(()) => Ok(Value::NONE),
        Err(_) => Err(t.runtime_error("not holding the import lock")),
    }
}

fn lock_held(t: &Thread, _m: &Value) -> R {
    Ok(Value::bool(t.interp.state::<Lock>().0.is_locked()))
}

/// Before a fork: no other thread is in the middle of an import.
pub fn hold_lock(t: &Thread) -> R<()> {
    acquire_lock(t, Value::none()).map(drop)
}

/// After a fork, in the parent.
pub fn let_go(t: &Thread) {
    _ = t.interp.state::<Lock>().0.release(&t.sched);
}

/// An argument that must be a `str`.
fn name_of<'a>(t: &Thread, function: &str, v: &'a Value) -> R<std::borrow::Cow<'a, str>> {
    match v.cast::<Str>() {
        Some(s) => Ok(s.to_str_lossy()),
        None => Err(t.type_error(format!("{function}() argument must be str, not {}", v.type_of(t).name_str()))),
    }
}

fn is_builtin(t: &Thread, _m: &Value, name: &Value) -> R {
    let name = name_of(t, "is_builtin", name)?;
    // `sys` and `builtins` cannot be made anew.
    Ok(Value::small(match &*name {
        "sys" | "builtins" => -1,
        name => super::find(name).is_some().into(),
    }))
}

fn create_builtin(t: &Thread, _m: &Value, spec: &Value) -> R {
    let name = protocol::getattr(t, spec, &t.names().name)?;
    let Some(text) = name.cast::<Str>() else {
        return Err(t.type_error(format!("name must be string, not {}", name.type_of(t).name_str())));
    };
    if let Some(module) = crate::import::statement::in_modules(t, &name)? {
        return Ok(module);
    }
    match super::find(&text.to_str_lossy()) {
        Some(spec) => super::create(t, spec),
        None => Ok(Value::NONE),
    }
}

/// Modules are complete once they are made.
fn exec_builtin(_t: &Thread, _m: &Value, _module: &Value) -> R {
    Ok(Value::small(0))
}

fn no_such_frozen(t: &Thread, name: &Value) -> Raised {
    let message = match protocol::repr_text(t, name) {
        Ok(shown) => format!("No such frozen object named {}", shown.trim_matches('\'')),
        Err(raised) => return raised,
    };
    t.raise_named(&t.types().import_error, &message, name)
}

fn is_frozen(t: &Thread, _m: &Value, name: &Value) -> R {
    Ok(Value::bool(frozen::find(&name_of(t, "is_frozen", name)?).is_some()))
}

fn is_frozen_package(t: &Thread, _m: &Value, name: &Value) -> R {
    match frozen::find(&name_of(t, "is_frozen_package", name)?) {
        Some(module) => Ok(Value::bool(module.is_package)),
        None => Err(no_such_frozen(t, name)),
    }
}

fn find_frozen(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let name = args[0].as_ref().unwrap_or(Value::none());
    let Some(module) = frozen::find(&name_of(t, "find_frozen", name)?) else { return Ok(Value::NONE) };
    let data = match &args[1] {
        Some(flag) if protocol::truth(t, flag)? => Bytes::make(t, &library::source(module.path).unwrap_or_default()),
        _ => Value::NONE,
    };
    Ok(t.tuple([data, Value::bool(module.is_package), t.str(module.origin)]))
}

fn get_frozen_object(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let found = frozen::find(&name_of(t, "get_frozen_object", &args[0])?);
    match found {
        Some(module) => code::of_library(t, module.path)?.ok_or_else(|| no_such_frozen(t, &args[0])),
        None => Err(no_such_frozen(t, &args[0])),
    }
}

/// Runs a frozen module: `PyImport_ImportFrozenModule`.
pub fn init_frozen(t: &Thread, _m: &Value, name: &Value) -> R {
    let Some(module) = frozen::find(&name_of(t, "init_frozen", name)?) else { return Ok(Value::NONE) };
    let Some(code) = code::of_library(t, module.path)? else { return Ok(Value::NONE) };
    let value = Module::make(t, module.name, None);
    let dict = value.cast::<Module>().expect("just made").dict(t);
    let namespace = dict.cast::<Dict>().expect("a module's namespace is a dict");
    if module.is_package {
        namespace.set_name(t, "__path__", List::make(t, []));
    }
    namespace.set_name(t, "__origname__", t.str(module.origin));
    if let Some(modules) = t.interp.modules.get(t) {
        protocol::setitem(t, &modules, &t.intern(module.name), Some(&value))?;
    }
    crate::vm::source::exec(t, &code, &dict, None)?;
    Ok(value)
}

fn frozen_module_names(t: &Thread, _m: &Value) -> R {
    Ok(List::make(t, frozen::all().map(|module| t.str(module.name)).collect::<Vec<_>>()))
}

fn nothing_to_override(t: &Thread, _m: &Value, value: &Value) -> R {
    int::arg_i32(t, value).map(|_| Value::NONE)
}

fn extension_suffixes(t: &Thread, _m: &Value) -> R {
    Ok(List::make(t, []))
}

fn fix_co_filename(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let Some(code) = args[0].cast::<CodeObject>() else {
        return Err(
            t.type_error(format!("_fix_co_filename() argument 1 must be code, not {}", args[0].type_of(t).name_str()))
        );
    };
    let Some(path) = args[1].cast::<Str>() else {
        return Err(
            t.type_error(format!("_fix_co_filename() argument 2 must be str, not {}", args[1].type_of(t).name_str()))
        );
    };
    // Code objects never change here; what was compiled elsewhere keeps the name it was compiled under.
    let _ = (code, path);
    Ok(Value::NONE)
}

fn source_hash(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let [Some(key), Some(source)] = args else { return Err(t.type_error("source_hash() needs key and source")) };
    let key = int::as_i64(key).unwrap_or(0) as u64;
    let Some(bytes) = buffer::contiguous_bytes(t, source)? else {
        let name = source.type_of(t).name_str();
        return Err(t.type_error(format!("a bytes-like object is required, not '{name}'")));
    };
    let mut half = [0; 16];
    half[..8].copy_from_slice(&key.to_le_bytes());
    Ok(Bytes::make(t, &HashKey::from_bytes(half).hash(&bytes).to_le_bytes()))
}

/// `_library_find(folder, name)`: (path, whether it is a package); the path alone of a folder; or `None`.
fn library_find(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let folder = name_of(t, "_library_find", &args[0])?;
    let name = name_of(t, "_library_find", &args[1])?;
    let Some(inside) = library::inside(&folder) else { return Ok(Value::NONE) };
    let stem = if inside.is_empty() { name.into_owned() } else { format!("{inside}/{name}") };
    for (path, is_package) in [(format!("{stem}/__init__.py"), true), (format!("{stem}.py"), false)] {
        if library::size(&path).is_some() {
            return Ok(t.tuple([t.str(library::shown(&path)), Value::bool(is_package)]));
        }
    }
    Ok(match library::kind(&stem) {
        Some(library::Kind::Folder) => t.str(library::shown(&stem)),
        _ => Value::NONE,
    })
}

/// `_library_kind(path)`: `'file'`, `'folder'` or `None`.
fn library_kind(t: &Thread, _m: &Value, path: &Value) -> R {
    let path = name_of(t, "_library_kind", path)?;
    Ok(match library::inside(&path).and_then(library::kind) {
        Some(library::Kind::File) => t.intern("file"),
        Some(library::Kind::Folder) => t.intern("folder"),
        None => Value::NONE,
    })
}

/// `_library_data(path)`: the bytes of a file, or `None`.
fn library_data(t: &Thread, _m: &Value, path: &Value) -> R {
    let path = name_of(t, "_library_data", path)?;
    Ok(library::inside(&path).and_then(library::source).map_or(Value::NONE, |data| Bytes::make(t, &data)))
}

/// `_library_list(path)`: the names in a folder, or `None`.
fn library_list(t: &Thread, _m: &Value, path: &Value) -> R {
    let path = name_of(t, "_library_list", path)?;
    Ok(match library::inside(&path).and_then(library::list) {
        Some(entries) => List::make(t, entries.iter().map(|entry| t.str(entry.0)).collect::<Vec<_>>()),
        None => Value::NONE,
    })
}

/// `_library_code(path)`: the code of a file, compiled now if need be.
fn library_code(t: &Thread, _m: &Value, path: &Value) -> R {
    let text = name_of(t, "_library_code", path)?;
    match library::inside(&text) {
        Some(inside) => Ok(code::of_library(t, inside)?.unwrap_or(Value::NONE)),
        None => Ok(Value::NONE),
    }
}

/// What ends a zip file, and how far from the end it can begin.
const ZIP_END: &[u8] = b"PK\x05\x06";
const ZIP_TAIL: u64 = 22 + 0xFFFF;

/// `_may_be_zip(path)`: whether the path is that of a zip file, or of something in one. Asked for every entry of
/// `sys.path` that is no folder, so that `zipimport` is imported only where there is work for it.
fn may_be_zip(t: &Thread, _m: &Value, path: &Value) -> R {
    let text = name_of(t, "_may_be_zip", path)?.into_owned();
    let found = t.blocking(|| {
        let file = Path::new(&text).ancestors().find(|p| p.exists()).filter(|p| p.is_file())?;
        let mut file = std::fs::File::open(file).ok()?;
        let start = file.metadata().ok()?.len().saturating_sub(ZIP_TAIL);
        file.seek(SeekFrom::Start(start)).ok()?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail).ok()?;
        memchr::memmem::rfind(&tail, ZIP_END)
    });
    Ok(Value::bool(found.is_some()))
}

/// When a source was changed, and its size: what `os.stat` said.
fn stamp(t: &Thread, stat: &Value) -> R<(std::time::SystemTime, u64)> {
    let nanoseconds = int::as_i64(&protocol::getattr_str(t, stat, "st_mtime_ns")?).unwrap_or(0);
    let size = int::as_u64(&protocol::getattr_str(t, stat, "st_size")?).unwrap_or(0);
    let time = match nanoseconds {
        0.. => UNIX_EPOCH + Duration::from_nanos(nanoseconds as u64),
        before => UNIX_EPOCH - Duration::from_nanos(before.unsigned_abs()),
    };
    Ok((time, size))
}

/// `_cached_code(path, stat)`: the code of a source file if the cache has it.
fn cached_code(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let path = name_of(t, "_cached_code", &args[0])?;
    let (modified, size) = stamp(t, &args[1])?;
    Ok(code::load(t, Path::new(&*path), modified, size).unwrap_or(Value::NONE))
}

/// `_cache_code(path, stat, code)`.
fn cache_code(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let path = name_of(t, "_cache_code", &args[0])?;
    let (modified, size) = stamp(t, &args[1])?;
    if let Some(code) = args[2].cast::<CodeObject>() {
        code::store(t, Path::new(&*path), modified, size, code);
    }
    Ok(Value::NONE)
}

fn exec(t: &Thread, m: &Module) -> R<()> {
    let checks = t.interp.config.check_hash_based_pycs.as_deref().unwrap_or("default");
    m.set(t, "check_hash_based_pycs", t.str(checks));
    // `MAGIC_NUMBER` is made of it: CPython's number for 3.14 bytecode and CR LF.
    m.set(t, "pyc_magic_number_token", Value::small(168_627_755));
    Ok(())
}

/// The module's table.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_imp",
    doc: "(Extremely) low-level import machinery bits as used by importlib.",
    functions: &[
        Def::new(
            "acquire_lock",
            Func::NoArgs(acquire_lock),
            "($module, /)",
            "Acquires the interpreter's import lock for the current thread.\n\nThis lock should be used by import hooks to ensure thread-safety when importing\nmodules. On platforms without threads, this function does nothing.",
        ),
        Def::new(
            "release_lock",
            Func::NoArgs(release_lock),
            "($module, /)",
            "Release the interpreter's import lock.\n\nOn platforms without threads, this function does nothing.",
        ),
        Def::new(
            "lock_held",
            Func::NoArgs(lock_held),
            "($module, /)",
            "Return True if the import lock is currently held, else False.\n\nOn platforms without threads, return False.",
        ),
        Def::new(
            "is_builtin",
            Func::One(is_builtin),
            "($module, name, /)",
            "Returns True if the module name corresponds to a built-in module.",
        ),
        Def::new("create_builtin", Func::One(create_builtin), "($module, spec, /)", "Create an extension module."),
        Def::new("exec_builtin", Func::One(exec_builtin), "($module, mod, /)", "Initialize a built-in module."),
        Def::new(
            "is_frozen",
            Func::One(is_frozen),
            "($module, name, /)",
            "Returns True if the module name corresponds to a frozen module.",
        ),
        Def::new(
            "is_frozen_package",
            Func::One(is_frozen_package),
            "($module, name, /)",
            "Returns True if the module name is of a frozen package.",
        ),
        Def::new(
            "find_frozen",
            Func::Bound(find_frozen),
            "($module, name, /, *, withdata=False)",
            "Return info about the corresponding frozen module (if there is one) or None.\n\nThe returned info (a 2-tuple):\n\n * data         the raw marshalled bytes\n * is_package   whether or not it is a package\n * origname     the originally frozen module's name, or None if not\n                a stdlib module (this will usually be the same as\n                the module's current name)",
        ),
        Def::new(
            "get_frozen_object",
            Func::Pos(get_frozen_object, 1, 2),
            "($module, name, data=None, /)",
            "Create a code object for a frozen module.",
        ),
        Def::new("init_frozen", Func::One(init_frozen), "($module, name, /)", "Initializes a frozen module."),
        Def::new(
            "_frozen_module_names",
            Func::NoArgs(frozen_module_names),
            "($module, /)",
            "Returns the list of available frozen modules.",
        ),
        Def::new(
            "_override_frozen_modules_for_tests",
            Func::One(nothing_to_override),
            "($module, override, /)",
            "(internal-only) Override PyConfig.use_frozen_modules.",
        ),
        Def::new(
            "_override_multi_interp_extensions_check",
            Func::One(nothing_to_override),
            "($module, override, /)",
            "(internal-only) Override PyInterpreterConfig.check_multi_interp_extensions.",
        ),
        Def::new(
            "extension_suffixes",
            Func::NoArgs(extension_suffixes),
            "($module, /)",
            "Returns the list of file suffixes used to identify extension modules.",
        ),
        Def::new(
            "_fix_co_filename",
            Func::Pos(fix_co_filename, 2, 2),
            "($module, code, path, /)",
            "Changes code.co_filename to specify the passed-in file path.",
        ),
        Def::new("source_hash", Func::Bound(source_hash), "($module, /, key, source)", ""),
        Def::new(
            "_library_find",
            Func::Pos(library_find, 2, 2),
            "($module, folder, name, /)",
            "Where a module of the packaged library is.",
        ),
        Def::new(
            "_library_kind",
            Func::One(library_kind),
            "($module, path, /)",
            "What lies at a path of the packaged library.",
        ),
        Def::new(
            "_library_data",
            Func::One(library_data),
            "($module, path, /)",
            "The bytes of a file of the packaged library.",
        ),
        Def::new(
            "_library_list",
            Func::One(library_list),
            "($module, path, /)",
            "The names in a folder of the packaged library.",
        ),
        Def::new(
            "_library_code",
            Func::One(library_code),
            "($module, path, /)",
            "The code of a file of the packaged library.",
        ),
        Def::new("_may_be_zip", Func::One(may_be_zip), "($module, path, /)", "Whether a path leads into a zip file."),
        Def::new(
            "_cached_code",
            Func::Pos(cached_code, 2, 2),
            "($module, path, stat, /)",
            "The cached code of a source file.",
        ),
        Def::new(
            "_cache_code",
            Func::Pos(cache_code, 3, 3),
            "($module, path, stat, code, /)",
            "Keeps the code of a source file.",
        ),
    ],
    exec: Some(exec),
};
