//! Code of sources: from the cache, or compiled now and put there.

use super::cache::{Cache, LibraryCode, Source};
use super::{frozen, library};
use crate::compiler::serialize;
use crate::objects::code_object::CodeObject;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::vm::source;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

/// What an interpreter knows of the cache on disk.
#[derive(Default)]
struct Store {
    cache: OnceLock<Cache>,
    library: OnceLock<LibraryCode>,
}

impl Store {
    fn cache(&self, t: &Thread) -> &Cache {
        self.cache.get_or_init(|| {
            let config = &t.interp.config;
            let environment = |name: &str| std::env::var_os(name);
            let option = config.x_options.iter().rev().find(|o| o.0 == "pycache_prefix").and_then(|o| o.1.clone());
            let variable = environment("PYTHONPYCACHEPREFIX").filter(|v| !config.ignore_environment && !v.is_empty());
            let prefix = option.map(PathBuf::from).or_else(|| variable.map(PathBuf::from));
            Cache::new(prefix.as_deref(), environment, !config.dont_write_bytecode)
        })
    }

    fn library(&self, t: &Thread) -> &LibraryCode {
        self.library.get_or_init(|| self.cache(t).library(t.interp.config.optimize))
    }
}

/// The code object of a file of the packaged library (`json/decoder.py`); `None` when there is no such file.
pub fn of_library(t: &Thread, path: &str) -> R<Option<Value>> {
    let store = t.interp.state::<Store>();
    let code = store.library(t).get(path).and_then(|(owner, part)| serialize::read(&owner, part).ok());
    if let Some(code) = code {
        return Ok(Some(CodeObject::make(t, &code)));
    }
    let Some(text) = library::source(path) else { return Ok(None) };
    let filename = match frozen::name_of(path) {
        Some(name) => format!("<frozen {name}>"),
        None => library::shown(path),
    };
    let code = source::compile_plain(t, &text, &t.str(filename), "exec", 0, -1)?;
    store.library(t).put(path, serialize::write(&code));
    Ok(Some(CodeObject::make(t, &code)))
}

/// The cached code object of a source file as it is now.
pub fn load(t: &Thread, path: &Path, modified: SystemTime, size: u64) -> Option<Value> {
    let key = Source { path, modified, size, optimization: t.interp.config.optimize };
    let bytes = t.interp.state::<Store>().cache(t).load(&key)?;
    let end = bytes.len();
    let owner: serialize::Owner = Arc::new(bytes);
    let code = serialize::read(&owner, 0..end).ok()?;
    Some(CodeObject::make(t, &code))
}

/// Keeps the code object of a source file as it was when it was read.
pub fn store(t: &Thread, path: &Path, modified: SystemTime, size: u64, code: &CodeObject) {
    let key = Source { path, modified, size, optimization: t.interp.config.optimize };
    t.interp.state::<Store>().cache(t).store(&key, &serialize::write(&code.code));
}

/// Writes what this run compiled of the library; to be called when it ends.
pub fn flush(t: &Thread) {
    if let Some(library) = t.interp.state::<Store>().library.get() {
        library.flush();
    }
}
