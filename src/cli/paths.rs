//! Where the interpreter is, and where packages are: a small `getpath`.
//!
//! The library is in the binary, so only `site-packages` has to be found: below `sys.prefix`, the folder
//! above the one the binary lies in, or the virtual environment's if a `pyvenv.cfg` says that there is one.

use crate::import::library;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What `sys` tells.
pub struct Paths {
    pub executable: String,
    pub base_executable: String,
    pub prefix: String,
    pub base_prefix: String,
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The program as it was called: absolute, found in `PATH` if need be; symbolic links are kept, because a virtual
/// environment's interpreter is one.
fn executable(program: &OsStr) -> PathBuf {
    let path = Path::new(program);
    if path.is_absolute() {
        return path.to_owned();
    }
    if path.components().count() > 1 {
        return std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).map(|folder| folder.join(path)).find(|path| path.is_file());
    found.or_else(|| std::env::current_exe().ok()).unwrap_or_default()
}

/// `home = FOLDER` of a `pyvenv.cfg` beside the program or in the folder above.
fn environment(executable: &Path) -> Option<(PathBuf, PathBuf)> {
    let folder = executable.parent()?;
    let root = [folder.parent()?, folder].into_iter().find(|root| root.join("pyvenv.cfg").is_file())?;
    let config = std::fs::read_to_string(root.join("pyvenv.cfg")).ok()?;
    let home = config.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case("home").then(|| PathBuf::from(value.trim()))
    })?;
    Some((root.to_owned(), home))
}

/// Finds everything out from the name the program was called by.
pub fn find(program: &OsStr, home: Option<OsString>) -> Paths {
    let executable = executable(program);
    let real = executable.canonicalize().unwrap_or_else(|_| executable.clone());
    let above = |path: &Path| path.parent().and_then(Path::parent).unwrap_or(Path::new("/")).to_owned();
    let own = match home {
        Some(home) => PathBuf::from(home.to_string_lossy().split(':').next().unwrap_or_default()),
        None => above(&real),
    };
    let (prefix, base_prefix, base_executable) = match environment(&executable) {
        Some((root, home)) => {
            let base = home.join(executable.file_name().unwrap_or_default());
            let base = if base.is_file() { base } else { real };
            (root, home.parent().unwrap_or(Path::new("/")).to_owned(), base)
        }
        None => (own.clone(), own, executable.clone()),
    };
    Paths {
        executable: text(&executable),
        base_executable: text(&base_executable),
        prefix: text(&prefix),
        base_prefix: text(&base_prefix),
    }
}

/// `sys.path` before the script's folder is put in front: `PYTHONPATH`, then the library.
pub fn module_search_path(variable: Option<OsString>) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    if let Some(variable) = variable.filter(|v| !v.is_empty()) {
        path.extend(variable.to_string_lossy().split(':').map(str::to_owned));
    }
    path.push(library::root().to_owned());
    path
}
