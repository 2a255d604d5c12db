//! `_sre`: what runs compiled regular expressions.
//!
//! The packaged `re` parses a pattern and compiles it to a list of numbers; [`compile`] checks the list and
//! makes a `re.Pattern` of it. The numbers are run by the crate `rustpython-sre_engine`, which is CPython's
//! engine in Rust: same codes, same order of attempts. Here are the objects around it, and two things the
//! engine leaves to its user:
//!
//! - [`drive`] lets it walk over text of any width as it lies in memory. The drive also counts steps, so that a
//!   pattern that runs away can be interrupted.
//! - [`validate`] refuses code that no compiler made: the engine trusts what it runs.
//!
//! A search is a [`search::Search`]; pattern methods, scanners and `sub` are loops around it.
//!
//! Invariant: patterns, matches and templates never change once made; the position of a scanner does.

mod drive;
mod matching;
mod pattern;
mod scanner;
mod search;
mod subject;
mod template;
mod validate;

use super::ModuleSpec;
use super::native_type::with_type;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use pattern::Pattern;
use rustpython_sre_engine as engine;

/// Bits of a pattern's flags, as in `re`.
mod flag {
    pub const UNICODE: i32 = 32;
    /// Those of which one is set by default.
    pub const CHARACTERS: i32 = 4 | UNICODE | 256;
    /// In the order in which `repr` names them.
    pub const NAMES: &[(&str, i32)] = &[
        ("re.IGNORECASE", 2),
        ("re.LOCALE", 4),
        ("re.MULTILINE", 8),
        ("re.DOTALL", 16),
        ("re.UNICODE", UNICODE),
        ("re.VERBOSE", 64),
        ("re.DEBUG", 128),
        ("re.ASCII", 256),
    ];
}

/// An argument of one type, or CPython's `TypeError`.
fn expect<'a, T: crate::objects::value::Payload>(
    t: &Thread,
    v: &'a Option<Value>,
    function: &str,
    parameter: &str,
    expected: &str,
) -> R<&'a T> {
    let v = v.as_ref().unwrap_or(Value::none());
    v.cast::<T>().ok_or_else(|| {
        let given = if v.is_none() { "None".to_owned() } else { v.type_of(t).name_str() };
        t.type_error(format!("{function}() argument '{parameter}' must be {expected}, not {given}"))
    })
}

/// `_sre.compile(pattern, flags, code, groups, groupindex, indexgroup)`
fn compile(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let [source, flags, code, groups, groupindex, indexgroup] = args else {
        return Err(t.type_error("compile() takes 6 arguments"));
    };
    let source = source.clone().unwrap_or(Value::NONE);
    let flags = int::arg_i32(t, flags.as_ref().unwrap_or(Value::none()))?;
    let code = expect::<List>(t, code, "compile", "code", "list")?.snapshot(t);
    let groups = int::arg_isize(t, groups.as_ref().unwrap_or(Value::none()))?;
    expect::<Dict>(t, groupindex, "compile", "groupindex", "dict")?;
    expect::<Tuple>(t, indexgroup, "compile", "indexgroup", "tuple")?;
    let code = code.iter().map(|number| code_unit(t, number)).collect::<R<Vec<u32>>>()?;
    let bytes = match source.is_none() {
        true => None,
        false => Some(subject::Subject::of(t, &source)?.is_bytes()),
    };
    let valid = usize::try_from(groups).is_ok_and(|groups| groups <= engine::MAXGROUPS)
        && validate::check(t, &code, groups as usize)?;
    if !valid {
        return Err(t.runtime_error("invalid SRE code"));
    }
    let pattern = Pattern {
        source,
        flags,
        bytes,
        groups: groups as usize,
        groupindex: groupindex.clone().unwrap_or(Value::NONE),
        indexgroup: indexgroup.clone().unwrap_or(Value::NONE),
        code: code.into(),
    };
    with_type(t, &pattern::SPEC, |class| crate::objects::opaque::new(t, class, pattern))
}

/// A number of the code list.
fn code_unit(t: &Thread, v: &Value) -> R<u32> {
    let Some(big) = int::big_of(v) else { return Err(t.type_error("an integer is required")) };
    let value = u64::try_from(&*big).map_err(|_| {
        t.overflow_error(if big.sign() == num_bigint::Sign::Minus {
            "can't convert negative value to unsigned int"
        } else {
            "Python int too large to convert to C unsigned long"
        })
    })?;
    u32::try_from(value).map_err(|_| t.overflow_error("regular expression code size limit exceeded"))
}

fn getcodesize(t: &Thread, _m: &Value) -> R {
    Ok(int::from_usize(t, engine::CODESIZE))
}

/// A code point given as an int.
fn code_point(t: &Thread, v: &Value) -> R<u32> {
    Ok(int::arg_i32(t, v)? as u32)
}

fn lower_unicode(c: u32) -> u32 {
    if c > 0x10_FFFF { c } else { engine::string::lower_unicode(c) }
}

fn upper_unicode(c: u32) -> u32 {
    if c > 0x10_FFFF { c } else { engine::string::upper_unicode(c) }
}

fn ascii_iscased(t: &Thread, _m: &Value, c: &Value) -> R {
    let c = code_point(t, c)?;
    Ok(Value::bool(u8::try_from(c).is_ok_and(|c| c.is_ascii_alphabetic())))
}

fn unicode_iscased(t: &Thread, _m: &Value, c: &Value) -> R {
    let c = code_point(t, c)?;
    // A character whose capital is several letters has case, too.
    let grows = char::from_u32(c).is_some_and(|c| c.to_uppercase().next() != Some(c));
    Ok(Value::bool(lower_unicode(c) != c || upper_unicode(c) != c || grows))
}

fn ascii_tolower(t: &Thread, _m: &Value, c: &Value) -> R {
    Ok(int::new(t, engine::string::lower_ascii(code_point(t, c)?) as i32 as i64))
}

fn unicode_tolower(t: &Thread, _m: &Value, c: &Value) -> R {
    Ok(int::new(t, lower_unicode(code_point(t, c)?) as i32 as i64))
}

static FUNCTIONS: &[Def] = &[
    Def::new(
        "compile",
        Func::Bound(compile),
        "($module, /, pattern, flags, code, groups, groupindex,\n        indexgroup)",
        "",
    ),
    Def::new(
        "template",
        Func::Pos(template::template, 2, 2),
        "($module, pattern, template, /)",
        "\n\n  template\n    A list containing interleaved literal strings (str or bytes) and group\n    indices (int), as returned by re._parser.parse_template():\n        [literal1, group1, ..., literalN, groupN]",
    ),
    Def::new("getcodesize", Func::NoArgs(getcodesize), "($module, /)", ""),
    Def::new("ascii_iscased", Func::One(ascii_iscased), "($module, character, /)", ""),
    Def::new("unicode_iscased", Func::One(unicode_iscased), "($module, character, /)", ""),
    Def::new("ascii_tolower", Func::One(ascii_tolower), "($module, character, /)", ""),
    Def::new("unicode_tolower", Func::One(unicode_tolower), "($module, character, /)", ""),
];

fn exec(t: &Thread, module: &Module) -> R<()> {
    let numbers = [
        ("MAGIC", engine::SRE_MAGIC),
        ("CODESIZE", engine::CODESIZE),
        ("MAXREPEAT", engine::MAXREPEAT),
        ("MAXGROUPS", engine::MAXGROUPS),
    ];
    for (name, number) in numbers {
        module.set(t, name, int::from_usize(t, number));
    }
    module.set(t, "copyright", Str::new(t, " SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB "));
    Ok(())
}

/// `_sre`.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_sre", functions: FUNCTIONS, exec: Some(exec), ..ModuleSpec::DEFAULT };
