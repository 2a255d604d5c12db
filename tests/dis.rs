//! The listings of `tests/dis/*.py` are those of CPython 3.14's `dis.dis`, addresses aside.

use ungil::bytecode::disassemble::ListingOptions;
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
