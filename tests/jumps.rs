//! In optimized builds a handler goes to the next one by a jump. A call in its place works too, until the native stack is
//! used up: after some hundred thousand instructions. So the machine code is looked at.

use std::process::Command;

/// Functions among the handlers that are called in earnest, and return.
const CALLED: [&str; 2] = ["shared::cached_slow", "shared::store"];

#[test]
#[cfg_attr(debug_assertions, ignore = "without optimization handlers return to a loop")]
fn handlers_jump() {
    let out = Command::new("objdump")
        .args(["-d", "-C", "--no-show-raw-insn", env!("CARGO_BIN_EXE_ungil")])
        .output()
        .expect("objdump, which comes with the linker");
    let text = String::from_utf8_lossy(&out.stdout);
    let (mut handler, mut handlers, mut calls) = (None, 0, Vec::new());
    for line in text.lines() {
        if let Some(name) = line.strip_suffix(">:").and_then(|l| l.split_once('<')).map(|(_, name)| name) {
            handler = name.contains("ungil::vm::ops::").then_some(name);
            handlers += usize::from(handler.is_some());
        } else if let Some(name) = handler
            && let Some((_, target)) = line.split_once("call ")
            // Through the table of handlers, or by name.
            && (target.ends_with(",8)") || target.contains("ungil::vm::ops::"))
            && !CALLED.iter().any(|called| target.contains(called))
        {
            calls.push(format!("{name}: {target}"));
        }
    }
    assert!(handlers > 150, "{handlers} handlers found: have they other names now?");
    assert!(calls.is_empty(), "handlers call each other:\n{}", calls.join("\n"));
}
