//! `builtins`: what is there without an import.

mod attributes;
mod class;
pub mod code;
mod input_output;
mod iteration;
mod numbers;

pub use code::current_locals;

use super::ModuleSpec;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::Def;
use crate::objects::spec::Func::{Any, Bound, NoArgs, One, Pos};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn exec(t: &Thread, m: &Module) -> R<()> {
    let types = t.types();
    for cell in [
        &types.bool_,
        &types.memoryview,
        &types.bytearray,
        &types.bytes,
        &types.classmethod,
        &types.complex,
        &types.dict,
        &types.enumerate,
        &types.filter,
        &types.float,
        &types.frozenset,
        &types.property,
        &types.int,
        &types.list,
        &types.map,
        &types.object,
        &types.range,
        &types.reversed,
        &types.set,
        &types.slice,
        &types.staticmethod,
        &types.str_,
        &types.super_,
        &types.tuple,
        &types.type_,
        &types.zip,
    ] {
        if cell.is_set() {
            m.set(t, &cell.short_name(), cell.value());
        }
    }
    // The exceptions: every built-in type below BaseException.
    for (_, cell) in types.all() {
        if cell.is_set() && cell.is_subtype(&types.base_exception) {
            m.set(t, &cell.short_name(), cell.value());
        }
    }
    for alias in ["EnvironmentError", "IOError"] {
        m.set(t, alias, types.os_error.value());
    }
    m.set(t, "None", Value::NONE);
    m.set(t, "True", Value::TRUE);
    m.set(t, "False", Value::FALSE);
    m.set(t, "Ellipsis", Value::ELLIPSIS);
    m.set(t, "NotImplemented", Value::NOT_IMPLEMENTED);
    m.set(t, "__debug__", Value::bool(t.interp.config.optimize == 0));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "builtins",
    doc: "Built-in functions, types, exceptions, and other objects.\n\nThis module provides direct access to all 'built-in'\nidentifiers of Python; for example, builtins.len is\nthe full name for the built-in function len().\n\nThis module is not normally accessed explicitly by most\napplications, but can be useful in modules that provide\nobjects with the same name as a builtin and need to access\nthe original builtin.",
    functions: &[
        Def::new(
            "__build_class__",
            Any(class::build_class),
            "",
            "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement.",
        ),
        Def::new("abs", One(numbers::abs), "($module, x, /)", "Return the absolute value of the argument."),
        Def::new(
            "aiter",
            One(iteration::aiter),
            "($module, async_iterable, /)",
            "Return an AsyncIterator for an AsyncIterable object.",
        ),
        Def::new(
            "all",
            One(iteration::all),
            "($module, iterable, /)",
            "Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True.",
        ),
        Def::new(
            "anext",
            Pos(iteration::anext, 1, 2),
            "($module, aiterator, default=<unrepresentable>, /)",
            "Return the next item from the async iterator.\n\nIf default is given and the async iterator is exhausted,\nit is returned instead of raising StopAsyncIteration.",
        ),
        Def::new(
            "any",
            One(iteration::any),
            "($module, iterable, /)",
            "Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False.",
        ),
        Def::new(
            "ascii",
            One(attributes::ascii),
            "($module, obj, /)",
            "Return an ASCII-only representation of an object.",
        ),
        Def::new("bin", One(numbers::bin), "($module, number, /)", "Return the binary representation of an integer."),
        Def::new(
            "breakpoint",
            Any(code::breakpoint),
            "($module, /, *args, **kws)",
            "Call sys.breakpointhook(*args, **kws).",
        ),
        Def::new(
            "callable",
            One(attributes::callable),
            "($module, obj, /)",
            "Return whether the object is callable (i.e., some kind of function).",
        ),
        Def::new(
            "chr",
            One(attributes::chr),
            "($module, i, /)",
            "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.",
        ),
        Def::new(
            "compile",
            Bound(code::compile),
            "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
            "Compile source into a code object that can be executed by exec() or eval().",
        ),
        Def::new(
            "delattr",
            Pos(attributes::delattr, 2, 2),
            "($module, obj, name, /)",
            "Deletes the named attribute from the given object.",
        ),
        Def::new("dir", Pos(code::dir, 0, 1), "", "dir([object]) -> list of strings"),
        Def::new(
            "divmod",
            Pos(numbers::divmod, 2, 2),
            "($module, x, y, /)",
            "Return the tuple (x//y, x%y).  Invariant: div*y + mod == x.",
        ),
        Def::new(
            "eval",
            Bound(code::eval),
            "($module, source, /, globals=None, locals=None)",
            "Evaluate the given source in the context of globals and locals.",
        ),
        Def::new(
            "exec",
            Bound(code::exec),
            "($module, source, /, globals=None, locals=None, *, closure=None)",
            "Execute the given source in the context of globals and locals.",
        ),
        Def::new(
            "format",
            Pos(attributes::format, 1, 2),
            "($module, value, format_spec='', /)",
            "Return type(value).__format__(value, format_spec)",
        ),
        Def::new("getattr", Pos(attributes::getattr, 2, 3), "", "getattr(object, name[, default]) -> value"),
        Def::new(
            "globals",
            NoArgs(code::globals),
            "($module, /)",
            "Return the dictionary containing the current scope's global variables.",
        ),
        Def::new(
            "hasattr",
            Pos(attributes::hasattr, 2, 2),
            "($module, obj, name, /)",
            "Return whether the object has an attribute with the given name.",
        ),
        Def::new("hash", One(attributes::hash), "($module, obj, /)", "Return the hash value for the given object."),
        Def::new(
            "hex",
            One(numbers::hex),
            "($module, number, /)",
            "Return the hexadecimal representation of an integer.",
        ),
        Def::new("id", One(attributes::id), "($module, obj, /)", "Return the identity of an object."),
        Def::new(
            "input",
            Pos(input_output::input, 0, 1),
            "($module, prompt='', /)",
            "Read a string from standard input.  The trailing newline is stripped.",
        ),
        Def::new(
            "isinstance",
            Pos(attributes::isinstance, 2, 2),
            "($module, obj, class_or_tuple, /)",
            "Return whether an object is an instance of a class or of a subclass thereof.",
        ),
        Def::new(
            "issubclass",
            Pos(attributes::issubclass, 2, 2),
            "($module, cls, class_or_tuple, /)",
            "Return whether 'cls' is derived from another class or is the same class.",
        ),
        Def::new(
            "iter",
            Pos(iteration::iter, 1, 2),
            "",
            "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator",
        ),
        Def::new("len", One(attributes::len), "($module, obj, /)", "Return the number of items in a container."),
        Def::new(
            "locals",
            NoArgs(code::locals),
            "($module, /)",
            "Return a dictionary containing the current scope's local variables.",
        ),
        Def::new(
            "max",
            Any(numbers::max),
            "",
            "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value",
        ),
        Def::new(
            "min",
            Any(numbers::min),
            "",
            "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value",
        ),
        Def::new("next", Pos(iteration::next, 1, 2), "", "next(iterator[, default])"),
        Def::new("oct", One(numbers::oct), "($module, number, /)", "Return the octal representation of an integer."),
        Def::new("ord", One(attributes::ord), "($module, c, /)", "Return the ordinal value of a character."),
        Def::new(
            "pow",
            Bound(numbers::pow),
            "($module, /, base, exp, mod=None)",
            "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.",
        ),
        Def::new(
            "print",
            Bound(input_output::print),
            "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)",
            "Prints the values to a stream, or to sys.stdout by default.",
        ),
        Def::new(
            "repr",
            One(attributes::repr),
            "($module, obj, /)",
            "Return the canonical string representation of the object.",
        ),
        Def::new(
            "round",
            Bound(numbers::round),
            "($module, /, number, ndigits=None)",
            "Round a number to a given precision in decimal digits.",
        ),
        Def::new(
            "setattr",
            Pos(attributes::setattr, 3, 3),
            "($module, obj, name, value, /)",
            "Sets the named attribute on the given object to the specified value.",
        ),
        Def::new(
            "sorted",
            Any(iteration::sorted),
            "($module, iterable, /, *, key=None, reverse=False)",
            "Return a new list containing all items from the iterable in ascending order.",
        ),
        Def::new(
            "sum",
            Bound(numbers::sum),
            "($module, iterable, /, start=0)",
            "Return the sum of a 'start' value (default: 0) plus an iterable of numbers",
        ),
        Def::new("vars", Pos(code::vars, 0, 1), "", "vars([object]) -> dictionary"),
    ],
    exec: Some(exec),
};
