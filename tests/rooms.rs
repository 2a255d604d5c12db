//! The rooms of `src/` import only rooms below them: reads every file and fails on a path that climbs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, highest first (ARCHITECTURE.md tells what lives where). `main` and `cli` are one floor.
const FLOORS: [&[&str]; 11] = [
    &["main", "cli"],
    &["lab"],
    &["modules"],
    &["event_loop"],
    &["import"],
    &["vm"],
    &["objects"],
    &["sync"],
    &["compiler"],
    &["bytecode"],
    &["syntax"],
];

#[test]
fn no_import_climbs() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut climbing = Vec::new();
    for file in rust_files(&source) {
        let inside = file.strip_prefix(&source).unwrap();
        let from = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        // lib.rs names every room and uses none.
        if from == "lib" {
            continue;
        }
        let floor = floor(from).unwrap_or_else(|| panic!("{} is in no room of the table", inside.display()));
        let text = without_comments(&fs::read_to_string(&file).unwrap());
        for to in rooms_used(&text, depth(inside)) {
            if self::floor(&to).is_some_and(|other| other < floor) {
                climbing.push(format!("src/{}: {from} must not use {to}, which lies above it", inside.display()));
            }
        }
    }
    assert!(climbing.is_empty(), "\n{}\n", climbing.join("\n"));
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// How many times `super` leads from the file's module to the crate.
fn depth(file: &Path) -> usize {
    file.components().count() - usize::from(file.ends_with("mod.rs"))
}

/// Comments and doc comments name other rooms freely.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The first names after `crate::`, or after as many `super::` as lead there.
fn rooms_used(text: &str, depth: usize) -> BTreeSet<String> {
    let climb = "super::".repeat(depth);
    let mut rooms = BTreeSet::new();
    for root in ["crate::", &climb] {
        for (at, _) in text.match_indices(root) {
            let whole_word = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if whole_word {
                rooms.extend(first_names(text[at + root.len()..].trim_start()));
            }
        }
    }
    rooms
}

/// `a::b` gives a; `{a::{b, c}, d}` gives a and d.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut names, mut level, mut start) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => level += 1,
            ',' | '}' if level == 0 => {
                names.push(name(group[start..at].trim()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => level -= 1,
            _ => {}
        }
    }
    names
}

fn name(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn uses_are_read_in_every_form() {
    let text = without_comments(
        "use crate::vm::Frame; // crate::lab\nuse crate::{objects::{Value, list}, sync};\nlet x = $crate::cli::run();\n\
         use super::super::modules::time; use super::frame; mycrate::other()",
    );
    let rooms: Vec<String> = rooms_used(&text, 2).into_iter().collect();
    assert_eq!(rooms, ["cli", "modules", "objects", "sync", "vm"]);
}
