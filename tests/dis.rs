//! The listings of `tests/dis/*.py` are those of CPython 3.14's `dis.dis`, addresses aside, and the functions of the
//! course are made of the same instructions.

use ungil::bytecode::disassemble::{ListingOptions, rows};
use ungil::compiler::code::{Code, Const};
use ungil::compiler::{CompileOptions, compile};
use ungil::syntax::{Mode, ParseOptions, parse};

fn without_addresses(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        out += part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    out
}

#[test]
fn listings_are_cpythons() {
    let source = include_bytes!("dis/lessons.py");
    let parsed = parse(source, Mode::Exec, &ParseOptions::default()).expect("the lessons parse");
    let (code, warnings) =
        compile(&parsed.ast, &parsed.root, "lessons.py", &CompileOptions::default()).expect("the lessons compile");
    assert!(warnings.is_empty());
    let listing = without_addresses(&code.disassemble(ListingOptions::default()));
    for (ours, theirs) in listing.lines().zip(include_str!("dis/lessons.txt").lines()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(listing.lines().count(), include_str!("dis/lessons.txt").lines().count());
}

/// Where the instructions of the course are not CPython's: file, function, and why. There is no such place.
const DIFFERENCES: &[(&str, &str, &str)] = &[];

/// The instruction names of a code object and of those among its constants: function, first line, names.
fn names(code: &Code, found: &mut Vec<(String, String, String)>) {
    let rows = rows(&code.code);
    let line = rows.iter().map(|row| row.opcode.name()).collect::<Vec<_>>().join(" ");
    found.push((code.qualname.to_string(), code.firstlineno.to_string(), line));
}

#[test]
fn the_course_has_cpythons_instructions() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let text = include_str!("dis/programs.txt");
    let mut checked = 0;
    for path in std::fs::read_dir(folder).expect("the course").flatten().map(|entry| entry.path()) {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let lines = text.lines().filter_map(|line| line.strip_prefix(&format!("{file} ")));
        // A script that was changed since tells nothing until `dis/record.py` has run again; one that is new neither.
        let expected: Vec<&str> = lines.collect();
        if expected.is_empty() {
            continue;
        }
        let source = std::fs::read(&path).expect("a script can be read");
        let parsed =
            parse(&source, Mode::Exec, &ParseOptions { bytes: true, ..Default::default() }).expect("it parses");
        let (code, _) = compile(&parsed.ast, &parsed.root, &file, &CompileOptions::default()).expect("it compiles");
        let mut todo = std::collections::VecDeque::from([code]);
        let mut found = Vec::new();
        while let Some(code) = todo.pop_front() {
            names(&code, &mut found);
            todo.extend(code.consts.iter().filter_map(|constant| match constant {
                Const::Code(inner) => Some(inner.clone()),
                _ => None,
            }));
        }
        assert_eq!(found.len(), expected.len(), "{file}: run tests/dis/record.py if it has changed");
        for ((function, first, ours), theirs) in found.iter().zip(expected) {
            let known = DIFFERENCES.iter().any(|(f, q, _)| *f == file && q == function);
            let ours = format!("{function} {first} {ours}");
            assert_eq!(ours == theirs, !known, "{file} {function}\nours   {ours}\nCPython {theirs}");
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked} functions");
}
