//! The prompt without an editor, as CPython's: for standard input that is no terminal, and for terminals that can do
//! nothing.

use crate::cli::run::{main_namespace, register_source, report};
use crate::modules::sys;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::vm::source::{self, flags};
use std::io::Write;

/// Reads statements from standard input until it ends; gives the status to exit with.
pub fn run(t: &Thread) -> i32 {
    let mut future = 0;
    loop {
        match statement(t, &mut future) {
            Ok(true) => {}
            Ok(false) => {
                tell!("");
                return 0;
            }
            Err(raised) => {
                if t.raised_is(&raised, &t.types().system_exit) {
                    return report(t, raised, false).status;
                }
                if t.raised_is(&raised, &t.types().keyboard_interrupt) {
                    drop(t.take_exception(raised));
                    tell!("\nKeyboardInterrupt");
                    continue;
                }
                report(t, raised, true);
            }
        }
        flush(t);
    }
}

/// Runs the file that `PYTHONSTARTUP` names.
pub fn startup(t: &Thread) {
    let variable = std::env::var_os("PYTHONSTARTUP").filter(|_| !t.interp.config.ignore_environment);
    let Some(path) = variable.filter(|path| !path.is_empty()) else { return };
    let filename = sys::info::os_str(t, &path);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) => {
            tell!("Could not open PYTHONSTARTUP");
            let raised = t.os_error_with(error.raw_os_error().unwrap_or(0), &[filename]);
            report(t, raised, true);
            return;
        }
    };
    let run = || -> R {
        let code = source::compile(t, &text, &filename, "exec", 0, -1)?;
        source::exec(t, &code, &main_namespace(t)?, None)
    };
    if let Err(raised) = run() {
        report(t, raised, true);
    }
    flush(t);
}

/// Flushes `sys.stdout` and `sys.stderr`.
pub fn flush(t: &Thread) {
    for name in ["stdout", "stderr"] {
        if let Some(file) = sys::attribute(t, name).filter(|f| !f.is_none())
            && let Err(raised) = protocol::call_method(t, &file, &t.names().flush, &[])
        {
            drop(t.take_exception(raised));
        }
    }
}

/// A line with its line end; `None` at the end of the input.
fn line(t: &Thread, prompt: &str) -> R<Option<String>> {
    let prompt = match sys::attribute(t, prompt) {
        Some(prompt) => protocol::to_text(t, &prompt)?,
        None => String::new(),
    };
    let _ = std::io::stderr().write_all(prompt.as_bytes());
    let Some(input) = sys::attribute(t, "stdin").filter(|f| !f.is_none()) else { return Ok(None) };
    let line = match protocol::call_method_str(t, &input, "readline", &[]) {
        Ok(line) => line,
        // A descriptor that cannot be read any more is one that has ended.
        Err(raised) if t.raised_is(&raised, &t.types().os_error) => {
            drop(t.take_exception(raised));
            return Ok(None);
        }
        Err(raised) => return Err(raised),
    };
    let text = line.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
    Ok((!text.is_empty()).then_some(text))
}

/// Reads and runs one statement; false at the end of the input.
fn statement(t: &Thread, future: &mut u32) -> R<bool> {
    let mut text = String::new();
    loop {
        let Some(line) = line(t, if text.is_empty() { "ps1" } else { "ps2" })? else {
            if text.is_empty() {
                return Ok(false);
            }
            // The input ended within a statement: that is its end, or its error.
            tell!("");
            execute(t, &text, &text, future, 0)?;
            return Ok(true);
        };
        if text.is_empty() && line.trim().is_empty() {
            return Ok(true);
        }
        text.push_str(&line);
        // A line end at the end of the text would close a block that the next line may continue.
        let Some(attempt) = text.strip_suffix('\n').map(str::to_owned) else { continue };
        let bits = flags::ALLOW_INCOMPLETE_INPUT | flags::DONT_IMPLY_DEDENT;
        match execute(t, &attempt, &text, future, bits) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(raised) => return Err(raised),
        }
    }
}

/// Compiles and runs; false if the text is not complete. `typed` is what tracebacks show lines of.
fn execute(t: &Thread, text: &str, typed: &str, future: &mut u32, bits: u32) -> R<bool> {
    let filename = t.str("<stdin>");
    let bits = bits | flags::IGNORE_COOKIE | *future;
    let code = match source::compile(t, text.as_bytes(), &filename, "single", bits, -1) {
        Ok(code) => code,
        Err(raised) if t.raised_is(&raised, &t.types().incomplete_input_error) => {
            drop(t.take_exception(raised));
            return Ok(false);
        }
        Err(raised) => return Err(raised),
    };
    if let Some(code) = code.cast::<crate::objects::code_object::CodeObject>() {
        *future |= code.flags & super::KEPT;
    }
    register_source(t, &code, typed, "<stdin>");
    let namespace: Value = main_namespace(t)?;
    source::exec(t, &code, &namespace, None)?;
    Ok(true)
}
