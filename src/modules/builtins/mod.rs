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
            "Return an ASCII-only representation of an object.\n\nAs repr(), return a string containing a printable representation of an\nobject, but escape the non-ASCII characters in the string returned by\nrepr() using \\\\x, \\\\u or \\\\U escapes. This generates a string similar\nto that returned by repr() in Python 2.",
        ),
        Def::new(
            "bin",
            One(numbers::bin),
            "($module, number, /)",
            "Return the binary representation of an integer.\n\n   >>> bin(2796202)\n   '0b1010101010101010101010'",
        ),
        Def::new(
            "breakpoint",
            Any(code::breakpoint),
            "($module, /, *args, **kws)",
            "Call sys.breakpointhook(*args, **kws).  sys.breakpointhook() must accept\nwhatever arguments are passed.\n\nBy default, this drops you into the pdb debugger.",
        ),
        Def::new(
            "callable",
            One(attributes::callable),
            "($module, obj, /)",
            "Return whether the object is callable (i.e., some kind of function).\n\nNote that classes are callable, as are instances of classes with a\n__call__() method.",
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
            "Compile source into a code object that can be executed by exec() or eval().\n\nThe source code may represent a Python module, statement or\nexpression.\nThe filename will be used for run-time error messages.\nThe mode must be 'exec' to compile a module, 'single' to compile a\nsingle (interactive) statement, or 'eval' to compile an expression.\nThe flags argument, if present, controls which future statements\ninfluence the compilation of the code.\nThe dont_inherit argument, if true, stops the compilation inheriting\nthe effects of any future statements in effect in the code calling\ncompile; if absent or false these statements do influence the\ncompilation, in addition to any features explicitly specified.",
        ),
        Def::new(
            "delattr",
            Pos(attributes::delattr, 2, 2),
            "($module, obj, name, /)",
            "Deletes the named attribute from the given object.\n\ndelattr(x, 'y') is equivalent to ``del x.y``",
        ),
        Def::new(
            "dir",
            Pos(code::dir, 0, 1),
            "",
            "dir([object]) -> list of strings\n\nIf called without an argument, return the names in the current scope.\nElse, return an alphabetized list of names comprising (some of) the\nattributes of the given object, and of attributes reachable from it.\nIf the object supplies a method named __dir__, it will be used;\notherwise the default dir() logic is used and returns:\n  for a module object: the module's attributes.\n  for a class object:  its attributes, and recursively the attributes\n    of its bases.\n  for any other object: its attributes, its class's attributes, and\n    recursively the attributes of its class's base classes.",
        ),
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
            "Evaluate the given source in the context of globals and locals.\n\nThe source may be a string representing a Python expression\nor a code object as returned by compile().\nThe globals must be a dictionary and locals can be any mapping,\ndefaulting to the current globals and locals.\nIf only globals is given, locals defaults to it.",
        ),
        Def::new(
            "exec",
            Bound(code::exec),
            "($module, source, /, globals=None, locals=None, *, closure=None)",
            "Execute the given source in the context of globals and locals.\n\nThe source may be a string representing one or more Python statements\nor a code object as returned by compile().\nThe globals must be a dictionary and locals can be any mapping,\ndefaulting to the current globals and locals.\nIf only globals is given, locals defaults to it.\nThe closure must be a tuple of cellvars, and can only be used\nwhen source is a code object requiring exactly that many cellvars.",
        ),
        Def::new(
            "format",
            Pos(attributes::format, 1, 2),
            "($module, value, format_spec='', /)",
            "Return type(value).__format__(value, format_spec)\n\nMany built-in types implement format_spec according to the\nFormat Specification Mini-language. See help('FORMATTING').\n\nIf type(value) does not supply a method named __format__\nand format_spec is empty, then str(value) is returned.\nSee also help('SPECIALMETHODS').",
        ),
        Def::new(
            "getattr",
            Pos(attributes::getattr, 2, 3),
            "",
            "getattr(object, name[, default]) -> value\n\nGet a named attribute from an object.\n\ngetattr(x, 'y') is equivalent to x.y.\nWhen a default argument is given, it is returned when the attribute\ndoesn't exist; without it, an exception is raised in that case.",
        ),
        Def::new(
            "globals",
            NoArgs(code::globals),
            "($module, /)",
            "Return the dictionary containing the current scope's global variables.\n\nNOTE: Updates to this dictionary *will* affect name lookups in the\ncurrent global scope and vice-versa.",
        ),
        Def::new(
            "hasattr",
            Pos(attributes::hasattr, 2, 2),
            "($module, obj, name, /)",
            "Return whether the object has an attribute with the given name.\n\nThis is done by calling getattr(obj, name) and catching AttributeError.",
        ),
        Def::new(
            "hash",
            One(attributes::hash),
            "($module, obj, /)",
            "Return the integer hash value for the given object.\n\nTwo objects that compare equal must also have the same hash value, but\nthe reverse is not necessarily true.  Hash values may differ between\nPython processes.  Not all objects are hashable; calling hash() on an\nunhashable object raises TypeError.",
        ),
        Def::new(
            "hex",
            One(numbers::hex),
            "($module, number, /)",
            "Return the hexadecimal representation of an integer.\n\n   >>> hex(12648430)\n   '0xc0ffee'",
        ),
        Def::new(
            "id",
            One(attributes::id),
            "($module, obj, /)",
            "Return the identity of an object.\n\nThis is guaranteed to be unique among simultaneously existing objects.\n(CPython uses the object's memory address.)",
        ),
        Def::new(
            "input",
            Pos(input_output::input, 0, 1),
            "($module, prompt='', /)",
            "Read a string from standard input.  The trailing newline is stripped.\n\nThe prompt string, if given, is printed to standard output without a\ntrailing newline before reading input.\n\nIf the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise\nEOFError.\nOn *nix systems, readline is used if available.",
        ),
        Def::new(
            "isinstance",
            Pos(attributes::isinstance, 2, 2),
            "($module, obj, class_or_tuple, /)",
            "Return whether an object is an instance of a class or of a subclass thereof.\n\nA tuple, as in ``isinstance(x, (A, B, ...))``, may be given as the\ntarget to check against.  This is equivalent to ``isinstance(x, A) or\nisinstance(x, B) or ...`` etc.",
        ),
        Def::new(
            "issubclass",
            Pos(attributes::issubclass, 2, 2),
            "($module, cls, class_or_tuple, /)",
            "Return whether 'cls' is derived from another class or is the same class.\n\nA tuple, as in ``issubclass(x, (A, B, ...))``, may be given as the\ntarget to check against.  This is equivalent to ``issubclass(x, A) or\nissubclass(x, B) or ...``.",
        ),
        Def::new(
            "iter",
            Pos(iteration::iter, 1, 2),
            "",
            "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nGet an iterator from an object.  In the first form, the argument must\nsupply its own iterator, or be a sequence.\nIn the second form, the callable is called until it returns the\nsentinel.",
        ),
        Def::new("len", One(attributes::len), "($module, obj, /)", "Return the number of items in a container."),
        Def::new(
            "locals",
            NoArgs(code::locals),
            "($module, /)",
            "Return a dictionary containing the current scope's local variables.\n\nNOTE: Whether or not updates to this dictionary will affect name\nlookups in the local scope and vice-versa is *implementation\ndependent* and not covered by any backwards compatibility\nguarantees.",
        ),
        Def::new(
            "max",
            Any(numbers::max),
            "",
            "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value\n\nWith a single iterable argument, return its biggest item. The\ndefault keyword-only argument specifies an object to return if\nthe provided iterable is empty.\nWith two or more positional arguments, return the largest argument.",
        ),
        Def::new(
            "min",
            Any(numbers::min),
            "",
            "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value\n\nWith a single iterable argument, return its smallest item. The\ndefault keyword-only argument specifies an object to return if\nthe provided iterable is empty.\nWith two or more positional arguments, return the smallest argument.",
        ),
        Def::new(
            "next",
            Pos(iteration::next, 1, 2),
            "",
            "next(iterator[, default])\n\nReturn the next item from the iterator.  If default is given and the\niterator is exhausted, it is returned instead of raising StopIteration.",
        ),
        Def::new(
            "oct",
            One(numbers::oct),
            "($module, number, /)",
            "Return the octal representation of an integer.\n\n   >>> oct(342391)\n   '0o1234567'",
        ),
        Def::new(
            "ord",
            One(attributes::ord),
            "($module, c, /)",
            "Return the ordinal value of a character.\n\nIf the argument is a one-character string, return the Unicode code\npoint of that character.\n\nIf the argument is a bytes or bytearray object of length 1, return its\nsingle byte value.",
        ),
        Def::new(
            "pow",
            Bound(numbers::pow),
            "($module, /, base, exp, mod=None)",
            "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments\n\nSome types, such as ints, are able to use a more efficient algorithm\nwhen invoked using the three argument form.",
        ),
        Def::new(
            "print",
            Bound(input_output::print),
            "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)",
            "Prints the values to a stream, or to sys.stdout by default.\n\n  sep\n    string inserted between values, default a space.\n  end\n    string appended after the last value, default a newline.\n  file\n    a file-like object (stream); defaults to the current sys.stdout.\n  flush\n    whether to forcibly flush the stream.",
        ),
        Def::new(
            "repr",
            One(attributes::repr),
            "($module, obj, /)",
            "Return the canonical string representation of the object.\n\nFor many object types, including most builtins, eval(repr(obj)) == obj.",
        ),
        Def::new(
            "round",
            Bound(numbers::round),
            "($module, /, number, ndigits=None)",
            "Round a number to a given precision in decimal digits.\n\nThe return value is an integer if ndigits is omitted or None.\nOtherwise the return value has the same type as the number.  ndigits\nmay be negative.",
        ),
        Def::new(
            "setattr",
            Pos(attributes::setattr, 3, 3),
            "($module, obj, name, value, /)",
            "Sets the named attribute on the given object to the specified value.\n\nsetattr(x, 'y', v) is equivalent to ``x.y = v``",
        ),
        Def::new(
            "sorted",
            Any(iteration::sorted),
            "($module, iterable, /, *, key=None, reverse=False)",
            "Return a new list containing all items from the iterable in ascending order.\n\nA custom key function can be supplied to customize the sort order, and the\nreverse flag can be set to request the result in descending order.",
        ),
        Def::new(
            "sum",
            Bound(numbers::sum),
            "($module, iterable, /, start=0)",
            "Return the sum of a 'start' value (default: 0) plus an iterable of numbers\n\nWhen the iterable is empty, return the start value.\nThis function is intended specifically for use with numeric values and\nmay reject non-numeric types.",
        ),
        Def::new(
            "vars",
            Pos(code::vars, 0, 1),
            "",
            "vars([object]) -> dictionary\n\nWithout arguments, equivalent to locals().\nWith an argument, equivalent to object.__dict__.",
        ),
    ],
    exec: Some(exec),
};
