//! Source text becomes code, and code runs: what `compile()`, `exec()` and the import system share.

use super::call;
use crate::compiler::code::Code;
use crate::compiler::{self, CompileOptions};
use crate::objects::code_object::CodeObject;
use crate::objects::dict::Dict;
use crate::objects::function::Function;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::types::{TypeCell, Types};
use crate::objects::value::Value;
use crate::syntax::ast::{Ast, Mod};
use crate::syntax::error::{Shown, SyntaxError, SyntaxErrorKind, SyntaxWarning, WarningCategory};
use crate::syntax::{self, Mode, ParseOptions, Parsed};
use std::sync::Arc;

/// `PyCF_*`: flags of `compile()` beside the `CO_FUTURE_*` ones.
pub mod flags {
    pub const SOURCE_IS_UTF8: u32 = 0x100;
    pub const DONT_IMPLY_DEDENT: u32 = 0x200;
    pub const ONLY_AST: u32 = 0x400;
    /// The source is a `str`: a coding cookie says nothing.
    pub const IGNORE_COOKIE: u32 = 0x800;
    pub const TYPE_COMMENTS: u32 = 0x1000;
    pub const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
    pub const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
    pub const OPTIMIZED_AST: u32 = 0x8000 | ONLY_AST;
    /// Not CPython's: the source is a script that was read from its file; one message then names the file.
    pub const SCRIPT: u32 = 1 << 30;
    /// What `from __future__` and inherited flags may set.
    pub const FUTURE: u32 = 0x01fe_0000;
}

/// Compiles a text (bytes with a coding cookie, or with `IGNORE_COOKIE` the UTF-8 of a `str`) to a code object.
///
/// `mode` is `exec`, `eval` or `single`; `optimize` below 0 means the interpreter's own level.
pub fn compile(t: &Thread, source: &[u8], filename: &Value, mode: &str, bits: u32, optimize: i32) -> R {
    Ok(CodeObject::make(t, &compile_plain(t, source, filename, mode, bits, optimize)?))
}

/// Parses a text as [`compile`] does; warnings are given out.
pub fn parse(t: &Thread, source: &[u8], filename: &Value, mode: &str, bits: u32) -> R<Parsed> {
    let mode = match mode {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        _ => return Err(t.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let file = || filename.cast::<Str>().map(|s| s.to_str_lossy().into_owned());
    let options = ParseOptions {
        bytes: bits & flags::IGNORE_COOKIE == 0,
        file: if bits & flags::SCRIPT != 0 { file() } else { None },
        barry_as_flufl: bits & compiler::code::flags::FUTURE_BARRY_AS_BDFL != 0,
        allow_incomplete_input: bits & flags::ALLOW_INCOMPLETE_INPUT != 0,
        dont_imply_dedent: bits & flags::DONT_IMPLY_DEDENT != 0,
    };
    let parsed = match syntax::parse(source, mode, &options) {
        Ok(parsed) => parsed,
        Err(error) => return Err(raise_syntax_error(t, &error, filename, None)),
    };
    warn(t, &parsed.warnings, filename, &parsed.source)?;
    Ok(parsed)
}

/// As [`compile`], giving the plain data that the cache keeps.
pub fn compile_plain(
    t: &Thread,
    source: &[u8],
    filename: &Value,
    mode: &str,
    bits: u32,
    optimize: i32,
) -> R<Arc<Code>> {
    let parsed = parse(t, source, filename, mode, bits)?;
    compile_tree(t, &parsed.ast, &parsed.root, &parsed.source, filename, bits, optimize)
}

/// What a compilation is told by the flags of `compile()`.
pub fn compile_options(t: &Thread, bits: u32, optimize: i32) -> CompileOptions {
    CompileOptions {
        optimize: if optimize < 0 { t.interp.config.optimize } else { optimize as u8 },
        future_flags: bits & flags::FUTURE,
        allow_top_level_await: bits & flags::ALLOW_TOP_LEVEL_AWAIT != 0,
    }
}

/// Compiles a tree; `source` is the text it comes from, if it does.
pub fn compile_tree(
    t: &Thread,
    ast: &Ast,
    root: &Mod,
    source: &str,
    filename: &Value,
    bits: u32,
    optimize: i32,
) -> R<Arc<Code>> {
    let file = filename.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
    let options = compile_options(t, bits, optimize);
    match compiler::compile(ast, root, &file, &options) {
        Ok((code, warnings)) => {
            warn(t, &warnings, filename, source)?;
            Ok(code)
        }
        Err(error) => Err(raise_syntax_error(t, &error, filename, Some(source))),
    }
}

/// Runs a code object as a block of its own, as `exec()` does; without `locals` they are the globals.
pub fn exec(t: &Thread, code: &Value, globals: &Value, locals: Option<&Value>) -> R {
    if let Some(dict) = globals.cast::<Dict>()
        && dict.get_str(t, &t.names().__builtins__).is_none()
        && let Some(builtins) = t.interp.builtins_dict.get(t)
    {
        dict.set_str(t, &t.names().__builtins__, builtins);
    }
    let function = Function::make(t, code.clone(), globals.clone());
    call::run_function(t, &function, Args::NONE, Some(locals.unwrap_or(globals).clone()))
}

/// Raises what a pass of the compiler found, with CPython's attributes. `source` gives the line's text
/// where the error comes from a pass that does not know it.
pub fn raise_syntax_error(t: &Thread, error: &SyntaxError, filename: &Value, source: Option<&str>) -> Raised {
    let pick: fn(&Types) -> &TypeCell = match error.kind {
        SyntaxErrorKind::SyntaxError => |types| &types.syntax_error,
        SyntaxErrorKind::IndentationError => |types| &types.indentation_error,
        SyntaxErrorKind::TabError => |types| &types.tab_error,
        SyntaxErrorKind::IncompleteInput => |types| &types.incomplete_input_error,
        SyntaxErrorKind::RecursionError => return t.recursion_error(&error.message),
        SyntaxErrorKind::MemoryError => return t.memory_error(),
        SyntaxErrorKind::ValueError => return t.value_error(&error.message),
        SyntaxErrorKind::OverflowError => return t.overflow_error(&error.message),
    };
    let typ = pick(t.types());
    let shown = match &error.shown {
        Some(shown) => (**shown).clone(),
        None if error.span.line == 0 => return t.raise_message(typ, &error.message),
        None => Shown {
            lineno: error.span.line.into(),
            offset: i64::from(error.span.col) + 1,
            end_lineno: error.span.end_line.into(),
            end_offset: i64::from(error.span.end_col) + 1,
            text: source.and_then(|s| line_of(s, error.span.line)).map(str::to_owned),
        },
    };
    let text = shown.text.as_ref().map_or(Value::NONE, |s| t.str(s));
    let number = |i: i64| Value::small(i);
    let place = t.tuple([
        filename.clone(),
        number(shown.lineno),
        number(shown.offset),
        text,
        number(shown.end_lineno),
        number(shown.end_offset),
    ]);
    let raised = t.raise_with(typ, &[t.str(&error.message), place]);
    if let (Some((line, source)), Some(e)) = (&error.statement, t.current_exception()) {
        let metadata = t.tuple([number(i64::from(*line)), number(0), t.str(source)]);
        let kept = t.take_raised();
        if let Err(raised) = protocol::setattr(t, &e, &t.intern("_metadata"), Some(&metadata)) {
            drop(t.take_exception(raised));
        }
        t.put_raised(kept);
    }
    raised
}

fn line_of(source: &str, line: u32) -> Option<&str> {
    source.split_inclusive('\n').nth(line.checked_sub(1)? as usize)
}

/// Gives the warnings of a pass to `warnings.warn_explicit`; a filter may make an error of one.
fn warn(t: &Thread, warnings: &[SyntaxWarning], filename: &Value, source: &str) -> R<()> {
    for warning in warnings {
        // While the import system starts nobody could filter anything.
        let Some(hooks) = t.interp.hooks.get() else { return Ok(()) };
        let category = match warning.category {
            WarningCategory::SyntaxWarning => &t.types().syntax_warning,
            WarningCategory::DeprecationWarning => &t.types().deprecation_warning,
        };
        let module = (hooks.import)(t, &t.intern("_warnings"), None, None, None, 0)?;
        let line = Value::small(warning.span.line.into());
        let args = [t.str(&warning.message), category.value(), filename.clone(), line];
        if let Err(raised) = protocol::call_method_str(t, &module, "warn_explicit", &args) {
            if !t.raised_is(&raised, &t.types().syntax_warning) {
                return Err(raised);
            }
            // An error has a caret where a warning has none.
            drop(t.take_exception(raised));
            let error = SyntaxError::new(SyntaxErrorKind::SyntaxError, warning.message.clone(), warning.span);
            return Err(raise_syntax_error(t, &error, filename, Some(source)));
        }
    }
    Ok(())
}
