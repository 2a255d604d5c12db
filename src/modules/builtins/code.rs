//! `compile`, `eval`, `exec`, and the namespaces of the running code.

use crate::modules::_ast::{from_python, to_python};
use crate::objects::code_object::CodeObject;
use crate::objects::dict::Dict;
use crate::objects::dict::merge::Present;
use crate::objects::frame::Frame;
use crate::objects::function::Function;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Payload, Value};
use crate::syntax::ast::{Ast, Mod};
use crate::vm::call;
use crate::vm::source::{self, flags as flag};

/// The `CO_FUTURE_*` flags of the code that calls, which `compile` inherits.
fn inherited(t: &Thread) -> u32 {
    let f: *mut Frame = t.frame.get();
    // SAFETY: the running frame, if there is one.
    if f.is_null() { 0 } else { unsafe { Frame::code_of(f).flags & flag::FUTURE } }
}

/// `compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)`.
pub fn compile(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let source = args[0].as_ref().expect("required");
    let filename = fs_text(t, args[1].as_ref().expect("required"))?;
    let mode_value = args[2].as_ref().expect("required");
    let Some(mode_text) = mode_value.cast::<Str>() else {
        return Err(
            t.type_error(format!("compile() argument 'mode' must be str, not {}", mode_value.type_of(t).name_str()))
        );
    };
    let number = |v: &Option<Value>, default: i32| v.as_ref().map_or(Ok(default), |v| int::arg_i32(t, v));
    let mut flags = number(&args[3], 0)? as u32;
    let dont_inherit = args[4].as_ref().map_or(Ok(false), |v| protocol::truth(t, v))?;
    let optimize = number(&args[5], -1)?;
    const KNOWN: u32 = flag::FUTURE
        | flag::DONT_IMPLY_DEDENT
        | flag::OPTIMIZED_AST
        | flag::IGNORE_COOKIE
        | flag::TYPE_COMMENTS
        | flag::ALLOW_TOP_LEVEL_AWAIT
        | flag::ALLOW_INCOMPLETE_INPUT
        | 0x10;
    if flags & !KNOWN != 0 {
        return Err(t.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(t.value_error("compile(): invalid optimize value"));
    }
    if !dont_inherit {
        flags |= inherited(t);
    }
    let mode = mode_text.to_str_lossy();
    if mode == "func_type" && flags & flag::ONLY_AST == 0 {
        return Err(t.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
    }
    let optimized = flags & flag::OPTIMIZED_AST == flag::OPTIMIZED_AST;
    if from_python::is_tree(source) {
        if flags & flag::ONLY_AST != 0 && !optimized {
            return Ok(source.clone());
        }
        let (ast, root) = from_python::tree(t, source, &mode)?;
        let filename = t.str(filename);
        if optimized {
            return optimized_tree(t, &ast, &root, &filename, flags, optimize);
        }
        return Ok(CodeObject::make(t, &source::compile_tree(t, &ast, &root, "", &filename, flags, optimize)?));
    }
    let (text, bytes) = text_of(t, source, "compile() arg 1")?;
    let (filename, flags) = (t.str(filename), flags | cookie(bytes));
    if flags & flag::ONLY_AST != 0 {
        let parsed = source::parse(t, &text, &filename, &mode, flags)?;
        if optimized {
            return optimized_tree(t, &parsed.ast, &parsed.root, &filename, flags, optimize);
        }
        return to_python::tree(t, &parsed.ast, &parsed.root);
    }
    source::compile(t, &text, &filename, &mode, flags, optimize)
}

/// A tree after the compiler's first pass (`ast.parse(..., optimize=1)`).
fn optimized_tree(t: &Thread, ast: &Ast, root: &Mod, filename: &Value, flags: u32, optimize: i32) -> R {
    match crate::compiler::optimized_tree(ast, root, &source::compile_options(t, flags, optimize)) {
        Ok((ast, root)) => to_python::tree(t, &ast, &root),
        Err(error) => Err(source::raise_syntax_error(t, &error, filename, None)),
    }
}

/// The flag for a text that is a `str`'s.
fn cookie(bytes: bool) -> u32 {
    if bytes { 0 } else { flag::IGNORE_COOKIE }
}

/// The bytes of what `compile`, `exec` or `eval` got as source: the UTF-8 of a `str`, or bytes. And whether it was
/// bytes.
pub fn text_of(t: &Thread, source: &Value, what: &str) -> R<(Vec<u8>, bool)> {
    if let Some(s) = source.cast::<Str>() {
        return match s.to_utf8() {
            Some(text) => Ok((text.into_owned().into_bytes(), false)),
            None => {
                // Lone surrogates cannot be encoded: let the codec say so.
                protocol::call_method_str(t, source, "encode", &[])?;
                Ok((Vec::new(), false))
            }
        };
    }
    match crate::objects::buffer::contiguous_bytes(t, source)? {
        Some(bytes) => Ok((bytes.to_vec(), true)),
        None => Err(t.type_error(format!("{what} must be a string, bytes or AST object"))),
    }
}

/// A file name: `str`, bytes or path-like.
fn fs_text(t: &Thread, v: &Value) -> R<String> {
    if let Some(s) = v.cast::<Str>() {
        return Ok(s.to_str_lossy().into_owned());
    }
    if let Some(b) = crate::objects::buffer::contiguous_bytes(t, v)? {
        return Ok(String::from_utf8_lossy(&b).into_owned());
    }
    match protocol::call_special(t, v, &t.intern("__fspath__"), &[])? {
        Some(path) => fs_text(t, &path),
        None => {
            Err(t.type_error(format!("expected str, bytes or os.PathLike object, not {}", v.type_of(t).name_str())))
        }
    }
}

/// The globals of the running frame.
fn current_globals(t: &Thread) -> Option<Value> {
    let f: *mut Frame = t.frame.get();
    // SAFETY: the running frame's globals are a dict, kept by its function.
    if f.is_null() { None } else { Some(unsafe { Value::from_ref(&(*f).globals) }.clone()) }
}

/// `locals()` of the running frame: its mapping, or a snapshot of its variables (PEP 667).
pub fn current_locals(t: &Thread) -> Option<Value> {
    let f: *mut Frame = t.frame.get();
    if f.is_null() {
        return None;
    }
    // SAFETY: the running frame; its locals are words of values or cells.
    unsafe {
        if (*f).locals != 0 {
            return Some(Value::from_ref(&(*f).locals).clone());
        }
        let code = Frame::code_of(f);
        let value = Dict::make(t);
        let dict = value.cast::<Dict>().expect("just made");
        for i in 0..code.nlocalsplus {
            use crate::compiler::code::local_kind::{CELL, FREE, HIDDEN};
            let kind = code.code.localspluskinds[i];
            let word = *Frame::local(f, i);
            if word == 0 || kind & HIDDEN != 0 {
                continue;
            }
            let v = Value::from_ref(&word).clone();
            let v = match v.cast_exact::<crate::objects::cell::Cell>() {
                Some(cell) if kind & (CELL | FREE) != 0 => match cell.contents.get(t) {
                    Some(v) => v,
                    None => continue,
                },
                _ => v,
            };
            dict.set_str(t, &code.localsplus()[i], v);
        }
        // What was put in through `f_locals`.
        if (*f).object != 0
            && let Some(object) = Value::from_ref(&(*f).object).cast::<crate::objects::frame::FrameObject>()
            && let Some(extra) = object.extra_locals.get(t)
            && let Err(raised) = crate::objects::dict::merge::merge(t, dict, &extra, Present::Replace)
        {
            drop(t.take_exception(raised));
        }
        Some(value)
    }
}

pub fn globals(t: &Thread, _m: &Value) -> R {
    Ok(current_globals(t).unwrap_or(Value::NONE))
}

pub fn locals(t: &Thread, _m: &Value) -> R {
    current_locals(t).ok_or_else(|| t.system_error("frame does not exist"))
}

pub fn vars(t: &Thread, m: &Value, args: &[Value]) -> R {
    match args.first() {
        None => locals(t, m),
        Some(v) => match protocol::getattr_opt(t, v, &t.names().__dict__)? {
            Some(d) => Ok(d),
            None => Err(t.type_error("vars() argument must have __dict__ attribute")),
        },
    }
}

pub fn dir(t: &Thread, m: &Value, args: &[Value]) -> R {
    let names = match args.first() {
        None => {
            let locals = locals(t, m)?;
            protocol::call_method_str(t, &locals, "keys", &[])?
        }
        Some(v) => match protocol::call_special(t, v, &t.names().__dir__, &[])? {
            Some(names) => names,
            None => return Err(t.type_error("object does not provide __dir__")),
        },
    };
    let list = List::make(t, protocol::collect(t, &names)?);
    protocol::call_method_str(t, &list, "sort", &[])?;
    Ok(list)
}

/// The namespaces of `eval` and `exec`: globals get `__builtins__`.
fn namespaces(t: &Thread, what: &str, globals: Option<&Value>, locals: Option<&Value>) -> R<(Value, Value)> {
    let globals = globals.filter(|g| !g.is_none());
    let locals = locals.filter(|l| !l.is_none());
    let (globals, locals) = match (globals, locals) {
        (None, locals) => {
            let Some(g) = current_globals(t) else {
                return Err(t.system_error("globals and locals cannot be NULL"));
            };
            let l = match locals {
                Some(l) => l.clone(),
                None => current_locals(t).unwrap_or_else(|| g.clone()),
            };
            (g, l)
        }
        (Some(g), None) => (g.clone(), g.clone()),
        (Some(g), Some(l)) => (g.clone(), l.clone()),
    };
    let Some(dict) = globals.cast::<Dict>() else {
        return Err(t.type_error(match what {
            "eval" if protocol::is_sequence(t, &globals) || globals.type_of(t).slots().getitem.is_some() => {
                "globals must be a real dict; try eval(code, {}, mapping)".to_owned()
            }
            "eval" => "globals must be a dict".to_owned(),
            _ => format!("exec() globals must be a dict, not {}", globals.type_of(t).name_str()),
        }));
    };
    if locals.cast::<Dict>().is_none() && locals.type_of(t).slots().getitem.is_none() {
        return Err(t.type_error(match what {
            "eval" => "locals must be a mapping".to_owned(),
            _ => format!("locals must be a mapping or None, not {}", locals.type_of(t).name_str()),
        }));
    }
    let names = t.names();
    if dict.get(t, &names.__builtins__)?.is_none() {
        let builtins =
            t.interp.modules.get(t).and_then(|m| m.cast::<Dict>().and_then(|m| m.get_str(t, &names.builtins)));
        let builtins = builtins.or_else(|| t.interp.builtins_dict.get(t)).unwrap_or(Value::NONE);
        dict.set(t, names.__builtins__.clone(), builtins)?;
    }
    Ok((globals, locals))
}

/// Runs a code object in namespaces, with cells for its free variables.
fn run(t: &Thread, code: &Value, globals: Value, locals: Value, closure: Option<Value>) -> R {
    let function = Function::make(t, code.clone(), globals);
    if let (Some(f), Some(closure)) = (function.cast::<Function>(), closure) {
        f.closure.set(closure);
    }
    call::run_function(t, &function, Args::NONE, Some(locals))
}

pub fn eval(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let source = args[0].as_ref().expect("required");
    let (globals, locals) = namespaces(t, "eval", args[1].as_ref(), args[2].as_ref())?;
    if let Some(code) = source.cast::<CodeObject>() {
        if code.nfree > 0 {
            return Err(t.type_error("code object passed to eval() may not contain free variables"));
        }
        return run(t, source, globals, locals, None);
    }
    let (text, bytes) = match text_of(t, source, "eval() arg 1") {
        Ok(x) => x,
        Err(raised) if t.raised_is(&raised, &t.types().type_error) => {
            drop(t.take_exception(raised));
            return Err(t.type_error("eval() arg 1 must be a string, bytes or code object"));
        }
        Err(raised) => return Err(raised),
    };
    let start = text.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(text.len());
    let code = source::compile(t, &text[start..], &t.str("<string>"), "eval", inherited(t) | cookie(bytes), -1)?;
    run(t, &code, globals, locals, None)
}

pub fn exec(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let source = args[0].as_ref().expect("required");
    let (globals, locals) = namespaces(t, "exec", args[1].as_ref(), args[2].as_ref())?;
    let closure = args[3].clone().filter(|c| !c.is_none());
    if let Some(code) = source.cast::<CodeObject>() {
        if code.nfree == 0 {
            if closure.is_some() {
                return Err(t.type_error("cannot use a closure with this code object"));
            }
        } else {
            let fits = closure.as_ref().and_then(|c| c.cast_exact::<Tuple>()).is_some_and(|c| {
                c.len() == code.nfree && c.items().iter().all(|c| c.cast::<crate::objects::cell::Cell>().is_some())
            });
            if !fits {
                return Err(t.type_error(format!("code object requires a closure of exactly length {}", code.nfree)));
            }
        }
        run(t, source, globals, locals, closure)?;
        return Ok(Value::NONE);
    }
    if closure.is_some() {
        return Err(t.type_error("closure can only be used when source is a code object"));
    }
    let (text, bytes) = match text_of(t, source, "exec() arg 1") {
        Ok(x) => x,
        Err(raised) if t.raised_is(&raised, &t.types().type_error) => {
            drop(t.take_exception(raised));
            return Err(t.type_error("exec() arg 1 must be a string, bytes or code object"));
        }
        Err(raised) => return Err(raised),
    };
    let code = source::compile(t, &text, &t.str("<string>"), "exec", inherited(t) | cookie(bytes), -1)?;
    run(t, &code, globals, locals, None)?;
    Ok(Value::NONE)
}

/// `breakpoint()`: `sys.breakpointhook`.
pub fn breakpoint(t: &Thread, _m: &Value, args: Args<'_>) -> R {
    let hook = t.interp.sys_dict.get(t).and_then(|d| d.cast::<Dict>().and_then(|d| d.get_name(t, "breakpointhook")));
    match hook {
        Some(hook) => protocol::call_args(t, &hook, args),
        None => Err(t.runtime_error("lost sys.breakpointhook")),
    }
}

const _: fn(&CodeObject) -> Value = <CodeObject as Payload>::value;
