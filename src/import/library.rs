//! The packaged library: CPython's own Python half, carried in the binary.
//!
//! `build.rs` packs it (with the changes of `substitutions.rs`), each file compressed on its own with LZ4.
//! Measured on the whole library (14.4 MB): LZ4 leaves 7.2 MB and reads it back in some 10 ms, deflate 5.1 MB
//! and 56 ms. A source is read only when the cache is cold or a traceback wants a line, so either would do:
//! a cold start that compiles a hundred modules saves more by LZ4 than a download does by deflate.
//!
//! Paths here are relative to the library's folder, with slashes: `json/decoder.py`.

use super::archive::Archive;
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The CPython release the library comes from.
pub const LIBRARY_VERSION: &str = "3.14.7";

/// The platform's triplet (`sys.implementation._multiarch`); part of `_sysconfigdata`'s name.
pub const MULTIARCH: &str = env!("UNGIL_MULTIARCH");

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.archive"));

/// What a path in the library is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder: there are files below it.
    Folder,
}

/// A module of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its full name: `json.decoder`.
    pub name: String,
    /// Where its source is: `json/decoder.py`, `json/__init__.py`.
    pub path: &'static str,
    /// Whether it is a package.
    pub is_package: bool,
}

fn archive() -> Archive<'static> {
    Archive::open(BYTES, None).expect("build.rs wrote the archive")
}

/// Changes with any file of the library.
pub fn fingerprint() -> u64 {
    archive().stamp()
}

/// The contents of a file; `None` when there is no such file.
pub fn source(path: &str) -> Option<Cow<'static, [u8]>> {
    let blob = archive().get(path)?;
    if blob.stored.len() == blob.length {
        return Some(Cow::Borrowed(blob.stored));
    }
    let bytes = lz4_flex::block::decompress(blob.stored, blob.length).expect("build.rs compressed the blob");
    Some(Cow::Owned(bytes))
}

/// How long a file is, without reading it.
pub fn size(path: &str) -> Option<usize> {
    archive().get(path).map(|blob| blob.length)
}

/// What lies at a path. The library's folder itself is the empty path.
pub fn kind(path: &str) -> Option<Kind> {
    let archive = archive();
    match archive.search(path) {
        Ok(_) => Some(Kind::File),
        Err(_) if path.is_empty() => Some(Kind::Folder),
        Err(_) => {
            let below = format!("{path}/");
            let first = archive.search(&below).unwrap_or_else(|at| at);
            archive.name(first).starts_with(&below).then_some(Kind::Folder)
        }
    }
}

/// What lies directly in a folder, sorted by name; `None` when there is no such folder.
pub fn list(folder: &str) -> Option<Vec<(&'static str, Kind)>> {
    if kind(folder)? != Kind::Folder {
        return None;
    }
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut entries: Vec<(&'static str, Kind)> = Vec::new();
    for name in names_from(&prefix) {
        let Some(rest) = name.strip_prefix(prefix.as_str()) else { break };
        let entry = match rest.split_once('/') {
            None => (rest, Kind::File),
            Some((folder, _)) => (folder, Kind::Folder),
        };
        if entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    entries.sort_unstable_by_key(|entry| entry.0);
    Some(entries)
}

/// The paths of all files, sorted.
pub fn files() -> impl Iterator<Item = &'static str> {
    names_from("")
}

fn names_from(first: &str) -> impl Iterator<Item = &'static str> {
    let archive = archive();
    let start = archive.search(first).unwrap_or_else(|at| at);
    (start..archive.len()).map(move |index| archive.name(index))
}

/// The module of that full name; `None` when the library has none. A folder without `__init__.py` is no
/// module here: as a namespace package it has no source, and [`kind`] tells of it.
pub fn find(name: &str) -> Option<Module> {
    let stem = name.replace('.', "/");
    [(format!("{stem}/__init__.py"), true), (format!("{stem}.py"), false)].into_iter().find_map(|(path, is_package)| {
        let index = archive().search(&path).ok()?;
        Some(Module { name: name.to_owned(), path: archive().name(index), is_package })
    })
}

/// Every module, sorted by path. Folders that are no packages (`ensurepip/_bundled`, `venv/scripts`) hold none.
pub fn modules() -> impl Iterator<Item = Module> {
    files().filter_map(|path| {
        let stem = path.strip_suffix(".py")?;
        let (stem, is_package) = match stem.strip_suffix("/__init__") {
            Some(package) => (package, true),
            None => (stem, false),
        };
        stem.split('/').all(is_identifier).then(|| Module { name: stem.replace('/', "."), path, is_package })
    })
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty()
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !part.as_bytes()[0].is_ascii_digit()
}

/// The folder that the library appears to lie in: `lib/python3.14` below the binary itself, as if the
/// binary were a zip file on `sys.path`. `mod.rs` says why.
pub fn root() -> &'static str {
    static ROOT: OnceLock<String> = OnceLock::new();
    ROOT.get_or_init(|| {
        let binary = std::env::current_exe().and_then(|path| path.canonicalize());
        let mut path = binary.unwrap_or_else(|_| PathBuf::from("/ungil"));
        path.push("lib/python3.14");
        // Whatever is not UTF-8 in the binary's own path only blurs what tracebacks show.
        path.to_string_lossy().into_owned()
    })
}

/// The path as Python sees it (`__file__`, `co_filename`) of a path in the library.
pub fn shown(path: &str) -> String {
    if path.is_empty() { root().to_owned() } else { format!("{}/{path}", root()) }
}

/// The path in the library of a path as Python sees it; `None` for any other.
pub fn inside(shown: &str) -> Option<&str> {
    match shown.strip_prefix(root())? {
        "" => Some(""),
        rest => Some(rest.strip_prefix('/')?.trim_end_matches('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str) -> String {
        String::from_utf8(source(path).unwrap().into_owned()).unwrap()
    }

    #[test]
    fn files_folders_and_nothing() {
        assert_eq!(kind("json/decoder.py"), Some(Kind::File));
        assert_eq!(kind("json"), Some(Kind::Folder));
        assert_eq!(kind(""), Some(Kind::Folder));
        assert_eq!(kind("jso"), None);
        assert_eq!(kind("json/"), None);
        assert_eq!(kind("json/decoder.py/x"), None);
        assert!(source("json").is_none());
        assert!(list("os.py").is_none());
    }

    #[test]
    fn a_folder_lists_what_lies_directly_in_it() {
        let names: Vec<&str> = list("json").unwrap().iter().map(|entry| entry.0).collect();
        assert_eq!(names, ["__init__.py", "__main__.py", "decoder.py", "encoder.py", "scanner.py", "tool.py"]);
        let top = list("").unwrap();
        assert!(top.contains(&("json", Kind::Folder)) && top.contains(&("os.py", Kind::File)));
        assert!(top.is_sorted_by_key(|entry| entry.0));
    }

    #[test]
    fn modules_are_found_by_name() {
        let os = find("os").unwrap();
        assert_eq!((os.path, os.is_package), ("os.py", false));
        let json = find("json").unwrap();
        assert_eq!((json.path, json.is_package), ("json/__init__.py", true));
        assert!(find("json.nothing").is_none());
        assert!(find("venv.scripts").is_none());
        let all: Vec<Module> = modules().collect();
        assert!(all.len() > 600);
        assert!(all.iter().all(|module| find(&module.name).as_ref() == Some(module)));
    }

    #[test]
    fn every_file_can_be_read() {
        for path in files() {
            assert_eq!(source(path).unwrap().len(), size(path).unwrap(), "{path}");
        }
        assert!(text("this.py").starts_with("s = \"\"\"Gur Mra bs Clguba"));
    }

    /// What the crate's patches did is undone, and what CPython 3.14 does not have is not there.
    #[test]
    fn the_library_is_cpythons() {
        for path in ["site.py", "sysconfig/__init__.py", "json/decoder.py", "unittest/__init__.py", "_sitebuiltins.py"]
        {
            let text = text(path);
            assert!(!text.contains("RUSTPYTHON") && !text.contains("rustpython"), "{path}");
        }
        assert!(find("dummy_threading").is_none());
        assert!(
            find(&format!("_sysconfigdata__{}_{MULTIARCH}", std::env::consts::OS.replace("macos", "darwin"))).is_some()
        );
    }

    #[test]
    fn shown_paths_lead_back() {
        assert_eq!(inside(&shown("json/decoder.py")), Some("json/decoder.py"));
        assert_eq!(inside(&shown("")), Some(""));
        assert_eq!(inside(&format!("{}x/os.py", root())), None);
        assert_eq!(inside("/usr/lib/python3.14/os.py"), None);
    }
}
