//! Whole texts against what CPython 3.14 makes of them.

mod errors;
mod trees;

use super::error::SyntaxError;
use super::{Mode, ParseOptions, Parsed, dump, parse};

fn exec(source: &str) -> Result<Parsed, Box<SyntaxError>> {
    parse(source.as_bytes(), Mode::Exec, &ParseOptions::default())
}

fn single(source: &str) -> Result<Parsed, Box<SyntaxError>> {
    let options = ParseOptions { allow_incomplete_input: true, dont_imply_dedent: true, ..ParseOptions::default() };
    parse(source.as_bytes(), Mode::Single, &options)
}

#[test]
fn errors_have_cpythons_words_and_places() {
    for (source, message, place) in errors::ERRORS {
        let error = exec(source).expect_err(source);
        assert_eq!(format!("{:?}: {}", error.kind, error.message), message, "{source:?}");
        let shown = error.shown.as_ref().unwrap_or_else(|| panic!("{source:?}"));
        let found = [shown.lineno, shown.offset, shown.end_lineno, shown.end_offset];
        assert_eq!(found, place, "{source:?}: {message}");
    }
}

#[test]
fn trees_have_cpythons_nodes_and_places() {
    for (source, expected) in trees::TREES {
        let parsed = exec(source).unwrap_or_else(|error| panic!("{source:?}: {}", error.message));
        assert_eq!(dump::dump(&parsed.ast, &parsed.root), expected, "{source:?}");
    }
}

#[test]
fn a_prompt_asks_for_more() {
    use super::error::SyntaxErrorKind::*;
    for (source, kind) in [
        ("if x:", Some(IncompleteInput)),
        ("if x:\n  pass", Some(IncompleteInput)),
        ("if x:\n  pass\n", None),
        ("(1,", Some(IncompleteInput)),
        ("x = \"\"\"a", Some(IncompleteInput)),
        ("x = 1 +", Some(IncompleteInput)),
        ("x", None),
        ("x = 1a", Some(SyntaxError)),
        ("x\ny", Some(SyntaxError)),
        ("def f():\n  x\n y", Some(IndentationError)),
    ] {
        assert_eq!(single(source).err().map(|error| error.kind), kind, "{source:?}");
    }
}

#[test]
fn depth_costs_no_stack() {
    let n = 100_000;
    let minuses = "-".repeat(n) + "1";
    let nots = "not ".repeat(n) + "1";
    let attributes = "a".to_owned() + &".a".repeat(n);
    let sums = "1".to_owned() + &"+1".repeat(n);
    let elifs = "if a: b\n".to_owned() + &"elif a: b\n".repeat(n);
    let powers = "1".to_owned() + &"**1".repeat(n);
    for source in [minuses, nots, attributes, sums, elifs, powers] {
        assert!(exec(&source).is_ok());
    }
    for source in ["(".repeat(n), "[".repeat(n), "-".repeat(n), "f\"{".repeat(n), "x = (".repeat(n), "a if ".repeat(n)]
    {
        assert!(exec(&source).is_err());
    }
}

/// Any piece of a text, and any text with a byte changed, gets a tree or an error.
#[test]
fn no_text_panics() {
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let texts: Vec<&str> = trees::TREES.iter().map(|t| t.0).chain(errors::ERRORS.iter().map(|e| e.0)).collect();
    const BYTES: &[u8] = b"()[]{}'\"\\\n\t :;,.=!#@0f_\xC3\xA9\xFF";
    for _ in 0..4000 {
        let mut bytes = texts[random(texts.len())].as_bytes().to_vec();
        for _ in 0..=random(3) {
            let at = random(bytes.len() + 1);
            match random(3) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, BYTES[random(BYTES.len())]),
                _ => {
                    let other = texts[random(texts.len())].as_bytes();
                    let cut = random(other.len() + 1);
                    bytes.splice(at..at, other[cut..].iter().copied());
                }
            }
        }
        for mode in [Mode::Exec, Mode::Single, Mode::Eval] {
            let options = ParseOptions { bytes: true, allow_incomplete_input: true, ..ParseOptions::default() };
            let _ = parse(&bytes, mode, &options);
        }
    }
}
