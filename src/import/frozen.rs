//! Frozen modules: those of the packaged library that are imported without looking at `sys.path`, under the names
//! that CPython freezes. Their code says `<frozen os>` where others' say the path, as CPython's tracebacks do.

use super::library;

/// Module name, file, and the module whose source it is (`<` in front: a package's own file).
type Row = (&'static str, &'static str, &'static str);

/// CPython's `Python/frozen.c`.
const MODULES: &[Row] = &[
    ("_frozen_importlib", "importlib/_bootstrap.py", "importlib._bootstrap"),
    ("_frozen_importlib_external", "importlib/_bootstrap_external.py", "importlib._bootstrap_external"),
    ("zipimport", "zipimport.py", "zipimport"),
    ("abc", "abc.py", "abc"),
    ("codecs", "codecs.py", "codecs"),
    ("io", "io.py", "io"),
    ("_collections_abc", "_collections_abc.py", "_collections_abc"),
    ("_sitebuiltins", "_sitebuiltins.py", "_sitebuiltins"),
    ("genericpath", "genericpath.py", "genericpath"),
    ("ntpath", "ntpath.py", "ntpath"),
    ("posixpath", "posixpath.py", "posixpath"),
    ("os", "os.py", "os"),
    ("site", "site.py", "site"),
    ("stat", "stat.py", "stat"),
    ("importlib.util", "importlib/util.py", "importlib.util"),
    ("importlib.machinery", "importlib/machinery.py", "importlib.machinery"),
    ("runpy", "runpy.py", "runpy"),
    ("__hello__", "__hello__.py", "__hello__"),
    ("__hello_alias__", "__hello__.py", "__hello__"),
    ("__phello_alias__", "__hello__.py", "__hello__"),
    ("__phello_alias__.spam", "__hello__.py", "__hello__"),
    ("__phello__", "__phello__/__init__.py", "__phello__"),
    ("__phello__.__init__", "__phello__/__init__.py", "<__phello__"),
    ("__phello__.ham", "__phello__/ham/__init__.py", "__phello__.ham"),
    ("__phello__.ham.__init__", "__phello__/ham/__init__.py", "<__phello__.ham"),
    ("__phello__.ham.eggs", "__phello__/ham/eggs.py", "__phello__.ham.eggs"),
    ("__phello__.spam", "__phello__/spam.py", "__phello__.spam"),
];

/// Modules that are packages.
const PACKAGES: &[&str] = &["__phello_alias__", "__phello__", "__phello__.ham"];

/// A frozen module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frozen {
    pub name: &'static str,
    /// Its file in the library.
    pub path: &'static str,
    /// The name under which the library has its source.
    pub origin: &'static str,
    pub is_package: bool,
}

fn row(row: &Row) -> Frozen {
    Frozen { name: row.0, path: row.1, origin: row.2, is_package: PACKAGES.contains(&row.0) }
}

/// The frozen module of that name.
pub fn find(name: &str) -> Option<Frozen> {
    MODULES.iter().find(|m| m.0 == name).map(row).filter(|m| library::kind(m.path).is_some())
}

/// Every frozen module.
pub fn all() -> impl Iterator<Item = Frozen> {
    MODULES.iter().map(row)
}

/// The name in the code's file name (`<frozen os>`) of a file of the library that is frozen.
pub fn name_of(path: &str) -> Option<&'static str> {
    MODULES.iter().find(|m| m.1 == path).map(|m| m.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frozen_modules_lie_in_the_library() {
        for module in all() {
            assert!(library::kind(module.path).is_some(), "{}", module.name);
        }
        assert_eq!(name_of("importlib/_bootstrap.py"), Some("importlib._bootstrap"));
        assert_eq!(name_of("json/__init__.py"), None);
    }
}
