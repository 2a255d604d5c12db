//! Two things are made before the crate is compiled: the parser, from `grammar/python.lalrpop`, and the
//! archive of the packaged library that the binary carries (`src/import/mod.rs` tells what for).
//!
//! Neither looks at the machine: the same sources give the same bytes.

#[path = "src/import/archive.rs"]
#[allow(dead_code)]
mod archive;
#[path = "src/import/substitutions.rs"]
mod substitutions;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use substitutions::{Extent, LEFT_OUT, SUBSTITUTIONS, Substitution};

/// Python files of our own that lie in the library.
const OVERLAY: &str = "src/import/python";

/// What decides how a source becomes a code object: when one of these changes, cached code is stale.
const COMPILER: [&str; 4] = ["grammar", "src/syntax", "src/bytecode", "src/compiler"];

fn main() {
    for watched in COMPILER.iter().chain(&["build.rs", OVERLAY, "src/import/archive.rs", "src/import/substitutions.rs"])
    {
        println!("cargo::rerun-if-changed={watched}");
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    make_parser(&out);
    pack_library(&out);
    println!("cargo::rustc-env=UNGIL_COMPILER_FINGERPRINT={}", fingerprint(&COMPILER));
    println!("cargo::rustc-env=UNGIL_MULTIARCH={}", multiarch());
    choose_dispatch();
}

/// Without full optimization a handler's last call is no jump and would grow the stack: the handlers then return
/// to a loop (cfg `trampoline`; also on request, for sanitizers, which break the jump).
fn choose_dispatch() {
    println!("cargo::rustc-check-cfg=cfg(trampoline)");
    let optimized = std::env::var("OPT_LEVEL").is_ok_and(|level| level == "3");
    if !optimized || std::env::var_os("CARGO_FEATURE_TRAMPOLINE").is_some() {
        println!("cargo::rustc-cfg=trampoline");
    }
}

fn make_parser(out: &Path) {
    lalrpop::Configuration::new()
        .set_in_dir("grammar")
        .set_out_dir(out)
        .process_dir("grammar")
        .expect("the grammar is valid");
}

/// Writes `library.archive`: every file of the packaged library, changed as the table of substitutions
/// says, compressed one by one.
fn pack_library(out: &Path) {
    let mut files = BTreeMap::new();
    read_folder(Path::new(rustpython_pylib::LIB_PATH), "", &mut files);
    files.retain(|name, _| !left_out(name));
    for change in SUBSTITUTIONS {
        let bytes = files.get_mut(change.file).unwrap_or_else(|| panic!("{}: no such file to change", change.file));
        substitute(bytes, change);
    }
    let mut own = BTreeMap::new();
    read_folder(Path::new(OVERLAY), "", &mut own);
    for (name, bytes) in own {
        let name = name.replace("_sysconfigdata.py", &sysconfigdata());
        assert!(files.insert(name.clone(), bytes).is_none(), "{name} is already in the library");
    }

    let mut stamp = DefaultHasher::new();
    let compressed: Vec<Vec<u8>> = files.values().map(|bytes| lz4_flex::block::compress(bytes)).collect();
    let items: Vec<archive::Item> = files
        .iter()
        .zip(&compressed)
        .map(|((name, bytes), packed)| {
            stamp.write(name.as_bytes());
            stamp.write(bytes);
            let stored = if packed.len() < bytes.len() { packed } else { bytes };
            archive::Item { name, stored, length: bytes.len(), checksum: 0 }
        })
        .collect();
    let whole = archive::build(stamp.finish(), &items).expect("the library fits into an archive");
    std::fs::write(out.join("library.archive"), whole).expect("OUT_DIR can be written to");
}

/// Reads every file below a folder, by its path with slashes.
fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("the folder can be read");
        let name = format!("{prefix}{}", entry.file_name().to_str().expect("names are UTF-8"));
        let path = entry.path();
        if !path.is_dir() {
            files.insert(name, std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
        } else if !name.ends_with("__pycache__") {
            read_folder(&path, &format!("{name}/"), files);
        }
    }
}

fn left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|left| if left.ends_with('/') { name.starts_with(left) } else { name == *left })
}

/// Makes one change, or stops the build with a message that says which one no longer fits.
fn substitute(bytes: &mut Vec<u8>, change: &Substitution) {
    let text = std::str::from_utf8(bytes).expect("the library's sources are UTF-8");
    let places: Vec<usize> = text.match_indices(change.from).map(|(at, _)| at).collect();
    let [start] = places[..] else {
        panic!(
            "src/import/substitutions.rs: {:?} is found {} times in the library's {}, and must be found once",
            change.from,
            places.len(),
            change.file
        );
    };
    let after = start + change.from.len();
    let end = match change.extent {
        Extent::Alone => after,
        Extent::ToEnd => text.len(),
        Extent::UpTo(mark) => {
            after
                + text[after..].find(mark).unwrap_or_else(|| {
                    panic!(
                        "src/import/substitutions.rs: {mark:?} does not follow {:?} in the library's {}",
                        change.from, change.file
                    )
                })
        }
    };
    bytes.splice(start..end, change.to.bytes());
}

/// A number that changes with any file below these folders.
fn fingerprint(folders: &[&str]) -> u64 {
    let mut hash = DefaultHasher::new();
    for folder in folders {
        let mut files = BTreeMap::new();
        read_folder(Path::new(folder), "", &mut files);
        for (name, bytes) in files {
            hash.write(name.as_bytes());
            hash.write(&bytes);
        }
    }
    hash.finish()
}

/// The name of the module that sysconfig imports: `_sysconfigdata_{abiflags}_{platform}_{multiarch}`.
fn sysconfigdata() -> String {
    let platform = if target("OS") == "macos" { "darwin".to_owned() } else { target("OS") };
    format!("_sysconfigdata__{platform}_{}.py", multiarch())
}

/// The platform's triplet as CPython spells it (`sys.implementation._multiarch`).
fn multiarch() -> String {
    match target("OS").as_str() {
        "macos" => "darwin".to_owned(),
        os => format!("{}-{os}-{}", target("ARCH"), target("ENV")),
    }
}

/// A fact about the platform the binary is made for.
fn target(fact: &str) -> String {
    std::env::var(format!("CARGO_CFG_TARGET_{fact}")).unwrap_or_default()
}
