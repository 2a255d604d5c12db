//! The type `code`: its attributes, and making changed copies.

use super::bytes::Bytes;
use super::code_object::CodeObject;
use super::container::Text;
use super::header::Kind;
use super::int;
use super::native::Signature;
use super::protocol;
use super::set;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::value::Value;
use super::warn;
use crate::bytecode::Opcode;
use crate::compiler::code::{Body, Code, Const, Lazy, local_kind};
use std::sync::{Arc, OnceLock};

fn code<'a>(t: &Thread, v: &'a Value) -> R<&'a CodeObject> {
    v.cast::<CodeObject>().ok_or_else(|| t.type_error("a code object is required"))
}

/// The names of locals, cells or free variables.
fn names_of(t: &Thread, c: &CodeObject, kind: u8) -> Value {
    let named = c.localsplus().iter().zip(c.code.localspluskinds.iter()).filter(|(_, k)| **k & kind != 0);
    t.tuple(named.map(|(n, _)| n.clone()).collect::<Vec<_>>())
}

/// What a copy is made from: the fields of `code.replace()` and of the constructor, in the latter's order.
const FIELDS: [&str; 18] = [
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_nlocals",
    "co_stacksize",
    "co_flags",
    "co_code",
    "co_consts",
    "co_names",
    "co_varnames",
    "co_filename",
    "co_name",
    "co_qualname",
    "co_firstlineno",
    "co_linetable",
    "co_exceptiontable",
    "co_freevars",
    "co_cellvars",
];
const REPLACE: &str = "($self, /, *, co_argcount=0, co_posonlyargcount=0, co_kwonlyargcount=0, co_nlocals=0, \
                       co_stacksize=0, co_flags=0, co_code=b'', co_consts=(), co_names=(), co_varnames=(), \
                       co_filename='', co_name='', co_qualname='', co_firstlineno=0, co_linetable=b'', \
                       co_exceptiontable=b'', co_freevars=(), co_cellvars=())";

/// Checks the kind of an argument.
fn expect<'a, T: super::value::Payload>(t: &Thread, v: &'a Value, what: &str, label: &str) -> R<&'a T> {
    v.cast::<T>().ok_or_else(|| t.type_error(format!("{label} must be {what}, not {}", v.type_of(t).name_str())))
}

fn text(v: &Value) -> Arc<str> {
    v.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default().as_ref().into()
}

fn text_items(t: &Thread, v: &Value) -> R<Vec<Arc<str>>> {
    let items = v.cast::<Tuple>().map(|x| x.items()).unwrap_or(&[]);
    if items.iter().any(|n| n.cast::<Str>().is_none()) {
        return Err(t.system_error("non-string found in code slot"));
    }
    Ok(items.iter().map(text).collect())
}

/// A code object of values for [`FIELDS`]; `old` gives what is not among them.
fn build(t: &Thread, values: &[Value], old: Option<&Code>, label: &dyn Fn(usize) -> String) -> R {
    let number = |i: usize| -> R<u32> {
        let n = int::arg_i32(t, &values[i])?;
        u32::try_from(n).map_err(|_| t.value_error(format!("{} must be a positive integer", FIELDS[i])))
    };
    for value in &values[..6] {
        int::arg_i32(t, value)?;
    }
    let bytes = |i: usize| Ok(expect::<Bytes>(t, &values[i], "bytes", &label(i))?.as_slice().into());
    let tuple = |i: usize| expect::<Tuple>(t, &values[i], "tuple", &label(i)).map(drop);
    let string = |i: usize| expect::<Str>(t, &values[i], "str", &label(i)).map(|_| text(&values[i]));
    let bytecode: Arc<[u8]> = bytes(6)?;
    (7..10).try_for_each(tuple)?;
    let (filename, name, qualname) = (string(10)?, string(11)?, string(12)?);
    int::arg_i32(t, &values[13])?;
    let (linetable, exceptiontable) = (bytes(14)?, bytes(15)?);
    tuple(16)?;
    tuple(17)?;
    let (argcount, posonlyargcount, kwonlyargcount) = (number(0)?, number(1)?, number(2)?);
    let (nlocals, stacksize, flags, firstlineno) = (number(3)?, number(4)?, number(5)?, number(13)?);
    let names = text_items(t, &values[8])?;
    let (varnames, freevars, cellvars) =
        (text_items(t, &values[9])?, text_items(t, &values[16])?, text_items(t, &values[17])?);
    if bytecode.len() % 2 != 0 {
        return Err(t.value_error("code: co_code is malformed"));
    }
    if argcount < posonlyargcount {
        return Err(t.value_error("code: co_argcount < co_posonlyargcount"));
    }
    if nlocals as usize != varnames.len() {
        return Err(t.value_error("code: co_nlocals != len(co_varnames)"));
    }
    use crate::compiler::code::flags as f;
    let parameters = argcount as usize
        + kwonlyargcount as usize
        + usize::from(flags & f::VARARGS != 0)
        + usize::from(flags & f::VARKEYWORDS != 0);
    if parameters > varnames.len() {
        return Err(t.value_error("code: co_varnames is too small"));
    }
    let mut localsplus: Vec<(Arc<str>, u8)> = Vec::new();
    for (i, name) in varnames.into_iter().enumerate() {
        let kept = old.and_then(|o| {
            let same = o.localsplusnames.get(i)? == &name;
            same.then(|| o.localspluskinds[i] & !(local_kind::CELL | local_kind::FREE))
        });
        let cell = if cellvars.contains(&name) { local_kind::CELL } else { 0 };
        localsplus.push((name, kept.unwrap_or(local_kind::LOCAL) | local_kind::LOCAL | cell));
    }
    for name in cellvars {
        if !localsplus.iter().any(|(n, _)| *n == name) {
            localsplus.push((name, local_kind::CELL));
        }
    }
    localsplus.extend(freevars.into_iter().map(|name| (name, local_kind::FREE)));
    let consts = values[7].cast::<Tuple>().map(|c| c.items().to_vec()).unwrap_or_default();
    let plain: Option<Vec<Const>> = consts.iter().map(constant).collect();
    let (localsplusnames, localspluskinds): (Vec<_>, Vec<u8>) = localsplus.into_iter().unzip();
    let code = Arc::new(Code {
        name,
        qualname,
        filename,
        firstlineno,
        flags,
        argcount,
        posonlyargcount,
        kwonlyargcount,
        stacksize,
        localspluskinds: localspluskinds.into(),
        trusted: false,
        body: Lazy::from(Body {
            code: bytecode,
            consts: plain.unwrap_or_default().into(),
            names: names.into(),
            localsplusnames: localsplusnames.into(),
            linetable,
            exceptiontable,
            damaged: false,
        }),
    });
    Ok(CodeObject::with_consts(t, &code, consts.into_boxed_slice()))
}

/// A constant as plain data; `None` if it is an object that the compiler would not make.
fn constant(v: &Value) -> Option<Const> {
    use crate::syntax::ast;
    Some(match v.kind() {
        Kind::None => Const::None,
        Kind::Ellipsis => Const::Ellipsis,
        Kind::Bool => {
            if v.as_bool()? {
                Const::True
            } else {
                Const::False
            }
        }
        Kind::Int => match int::as_i64(v) {
            Some(i) => Const::Int(i),
            None => Const::BigInt(int::big_of(v)?.into_owned()),
        },
        Kind::Float => Const::Float(super::float::as_f64(v)?),
        Kind::Str => Const::Str(ast::Text(v.cast::<Str>()?.to_wtf8().into_owned().into())),
        Kind::Bytes => Const::Bytes(v.cast::<Bytes>()?.as_slice().into()),
        Kind::Tuple => {
            Const::Tuple(v.cast::<Tuple>()?.items().iter().map(constant).collect::<Option<Vec<_>>>()?.into())
        }
        Kind::FrozenSet => {
            let t = super::thread::current();
            Const::FrozenSet(set::of(v)?.items(t).iter().map(constant).collect::<Option<Vec<_>>>()?.into())
        }
        Kind::Code => Const::Code(v.cast::<CodeObject>()?.code.clone()),
        _ => return None,
    })
}

/// The fields of a code object as values, in the order of [`FIELDS`].
fn fields(t: &Thread, c: &CodeObject) -> Vec<Value> {
    let p = &c.code;
    let number = |n: u32| Value::small(n as i64);
    vec![
        number(p.argcount),
        number(p.posonlyargcount),
        number(p.kwonlyargcount),
        Value::small(c.nlocals as i64),
        number(p.stacksize),
        number(p.flags),
        Bytes::make(t, &p.code),
        c.consts_tuple().clone(),
        Tuple::from_slice(t, c.names()),
        names_of(t, c, local_kind::LOCAL),
        c.filename.clone(),
        c.name.clone(),
        c.qualname.clone(),
        number(p.firstlineno),
        Bytes::make(t, &p.linetable),
        Bytes::make(t, &p.exceptiontable),
        names_of(t, c, local_kind::FREE),
        names_of(t, c, local_kind::CELL),
    ]
}

fn replace(t: &Thread, v: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    if !args.pos.is_empty() {
        return Err(t.type_error("replace() takes no positional arguments"));
    }
    let mut bound = [const { None }; FIELDS.len()];
    SIGNATURE.get_or_init(|| Signature::parse_text("replace", REPLACE)).bind(t, args, &mut bound)?;
    let c = code(t, v)?;
    let mut values = fields(t, c);
    for (value, new) in values.iter_mut().zip(bound) {
        if let Some(new) = new {
            *value = new;
        }
    }
    build(t, &values, Some(&c.code), &|i| format!("replace() argument '{}'", FIELDS[i]))
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    super::container::no_keywords(t, "code", args)?;
    super::container::check_positional(t, "code", args.pos.len(), 16, 18)?;
    let mut values = args.pos.to_vec();
    values.resize(FIELDS.len(), t.interp.empty_tuple.clone());
    build(t, &values, None, &|i| format!("code() argument {}", i + 1))
}

fn repr(t: &Thread, v: &Value) -> R {
    let c = code(t, v)?;
    let mut out = Text::default();
    out.push("<code object ");
    out.push_str(&c.name);
    out.push(&format!(" at {:#x}, file \"", v.id()));
    out.push_str(&c.filename);
    out.push(&format!("\", line {}>", c.code.firstlineno));
    Ok(out.finish(t))
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    let p = &code(t, v)?.code;
    let mut data = Vec::new();
    for part in [p.name.as_bytes(), &p.code, &p.linetable, &p.exceptiontable, &p.localspluskinds] {
        data.extend_from_slice(part);
    }
    for n in [p.argcount, p.posonlyargcount, p.kwonlyargcount, p.flags, p.firstlineno] {
        data.extend(n.to_le_bytes());
    }
    for name in p.names.iter().chain(p.localsplusnames.iter()) {
        data.extend_from_slice(name.as_bytes());
    }
    Ok(super::hash::bytes(t.interp.hash_key, &data))
}

/// Equality of constants: `1`, `1.0` and `True` differ, and so do `0.0` and `-0.0`.
fn same_constant(t: &Thread, a: &Value, b: &Value) -> R<bool> {
    if a.is(b) {
        return Ok(true);
    }
    if !std::ptr::eq(a.type_of(t), b.type_of(t)) {
        return Ok(false);
    }
    match (a.cast::<Tuple>(), b.cast::<Tuple>()) {
        (Some(x), Some(y)) => {
            if x.len() != y.len() {
                return Ok(false);
            }
            for (x, y) in x.items().iter().zip(y.items()) {
                if !same_constant(t, x, y)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        // Two floats that are not the same word differ, NaN apart.
        _ if a.is_immediate_float() => Ok(false),
        _ => protocol::eq(t, a, b),
    }
}

fn same_code(t: &Thread, a: &CodeObject, b: &CodeObject) -> R<bool> {
    let (x, y) = (&a.code, &b.code);
    let plain = x.name == y.name
        && (x.argcount, x.posonlyargcount, x.kwonlyargcount) == (y.argcount, y.posonlyargcount, y.kwonlyargcount)
        && (x.flags, x.firstlineno) == (y.flags, y.firstlineno)
        && x.code == y.code
        && x.names == y.names
        && (&x.localsplusnames, &x.localspluskinds) == (&y.localsplusnames, &y.localspluskinds)
        && (&x.linetable, &x.exceptiontable) == (&y.linetable, &y.exceptiontable);
    Ok(plain && same_constant(t, a.consts_tuple(), b.consts_tuple())?)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    match (a.cast::<CodeObject>(), b.cast::<CodeObject>(), op) {
        (Some(x), Some(y), CmpOp::Eq | CmpOp::Ne) => {
            let same = a.is(b) || t.recurse(" in comparison", || same_code(t, x, y))?;
            Ok(Value::bool(same == (op == CmpOp::Eq)))
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn or_none(n: Option<u32>) -> Value {
    n.map_or(Value::NONE, |n| Value::small(n as i64))
}

/// An iterator over items that are made at once.
fn iterate(t: &Thread, items: Vec<Value>) -> R {
    protocol::iter(t, &Tuple::make(t, items.into_iter()))
}

fn co_lines(t: &Thread, v: &Value) -> R {
    let lines = code(t, v)?.code.lines();
    let entry = |(start, end, line): (u32, u32, Option<u32>)| {
        t.tuple([Value::small(start as i64 * 2), Value::small(end as i64 * 2), or_none(line)])
    };
    iterate(t, lines.into_iter().map(entry).collect())
}

fn co_positions(t: &Thread, v: &Value) -> R {
    let c = code(t, v)?.code.clone();
    let entry = |p: crate::compiler::code::Position| {
        t.tuple([or_none(p.line), or_none(p.end_line), or_none(p.col), or_none(p.end_col)])
    };
    iterate(t, c.positions().map(entry).collect())
}

/// `(offset of a conditional jump, where it goes on, where it jumps to)` for each.
fn co_branches(t: &Thread, v: &Value) -> R {
    let bytecode = &code(t, v)?.code.code;
    let units: Vec<(u8, u8)> = bytecode.chunks_exact(2).map(|u| (u[0], u[1])).collect();
    let (mut out, mut at, mut arg) = (Vec::new(), 0, 0u32);
    while at < units.len() {
        let Some(op) = Opcode::from_u8(units[at].0) else { break };
        arg = arg << 8 | units[at].1 as u32;
        let next = at + 1 + op.caches();
        if op != Opcode::EXTENDED_ARG {
            let target = next + arg as usize;
            let branch = match op {
                Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_NOT_NONE => {
                    // NOT_TAKEN follows where the jump is not taken.
                    let skip = usize::from(units.get(next).is_some_and(|u| u.0 == Opcode::NOT_TAKEN as u8));
                    Some((next + skip, target))
                }
                Opcode::FOR_ITER => {
                    let skip = usize::from(units.get(next).is_some_and(|u| u.0 == Opcode::NOT_TAKEN as u8));
                    // The end of the loop lies behind END_FOR and POP_ITER.
                    Some((next + skip, target + 2))
                }
                _ => None,
            };
            if let Some((left, right)) = branch {
                out.push(t.tuple([at, left, right].map(|u| Value::small(u as i64 * 2))));
            }
            arg = 0;
        }
        at = next;
    }
    iterate(t, out)
}

fn varname(t: &Thread, v: &Value, index: &Value) -> R {
    let i = int::arg_i32(t, index)?;
    let c = code(t, v)?;
    let name = usize::try_from(i).ok().and_then(|i| c.localsplus().get(i));
    name.cloned().ok_or_else(|| t.index_error("tuple index out of range"))
}

fn lnotab(t: &Thread, v: &Value) -> R {
    warn::warn(t, |types| &types.deprecation_warning, "co_lnotab is deprecated, use co_lines instead.")?;
    let p = &code(t, v)?.code;
    // Pairs of a byte delta and a signed line delta.
    let (mut out, mut last_line, mut last_start) = (Vec::new(), p.firstlineno as i64, 0);
    for (start, _, line) in p.lines() {
        let Some(line) = line.map(i64::from) else { continue };
        let (mut bytes, mut lines) = ((start - last_start) * 2, line - last_line);
        while bytes > 255 {
            out.extend([255, 0]);
            bytes -= 255;
        }
        while !(-128..=127).contains(&lines) {
            let step = lines.clamp(-128, 127);
            out.extend([bytes as u8, step as i8 as u8]);
            bytes = 0;
            lines -= step;
        }
        if bytes > 0 || lines != 0 {
            out.extend([bytes as u8, lines as i8 as u8]);
        }
        (last_line, last_start) = (line, start);
    }
    Ok(Bytes::make(t, &out))
}

fn sizeof(t: &Thread, v: &Value) -> R {
    let c = code(t, v)?;
    let size = std::mem::size_of::<CodeObject>() + c.code.code.len() + (c.names().len() + c.consts().len()) * 8;
    Ok(Value::small(size as i64))
}

/// A number of the plain data.
macro_rules! number {
    ($name:literal, $field:ident) => {
        GetSet::member($name, |t, v| Ok(Value::small(code(t, v)?.code.$field as i64)), "")
    };
}

macro_rules! bytes {
    ($t:ident, $v:ident, $field:ident) => {
        Ok(Bytes::make($t, &code($t, $v)?.code.$field))
    };
}

pub static SPEC: Spec = Spec {
    name: "code",
    kind: Kind::Code,
    size: std::mem::size_of::<CodeObject>(),
    flags: type_flags::WEAKREFABLE,
    doc: "code(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize,\n     flags, codestring, constants, names, varnames, filename, name,\n     qualname, firstlineno, linetable, exceptiontable, freevars=(),\n     cellvars=(), /)\n--\n\nCreate a code object.  Not for the faint of heart.",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        drop: Some(CodeObject::drop_payload),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", ""),
        Def::new("co_lines", Func::NoArgs(co_lines), "($self, /)", ""),
        Def::new("co_branches", Func::NoArgs(co_branches), "($self, /)", ""),
        Def::new("co_positions", Func::NoArgs(co_positions), "($self, /)", ""),
        Def::new(
            "replace",
            Func::Any(replace),
            "($self, /, **changes)",
            "Return a copy of the code object with new values for the specified fields.",
        ),
        Def::new(
            "_varname_from_oparg",
            Func::One(varname),
            "($self, /, oparg)",
            "(internal-only) Return the local variable name for the given oparg.\n\nWARNING: this method is for internal use only and may change or go\naway.",
        ),
        Def::new("__replace__", Func::Any(replace), "($self, /, **changes)", "The same as replace()."),
    ],
    getset: &[
        number!("co_argcount", argcount),
        number!("co_posonlyargcount", posonlyargcount),
        number!("co_kwonlyargcount", kwonlyargcount),
        number!("co_stacksize", stacksize),
        number!("co_flags", flags),
        GetSet::member("co_nlocals", |t, v| Ok(Value::small(code(t, v)?.nlocals as i64)), ""),
        GetSet::member("co_consts", |t, v| Ok(code(t, v)?.consts_tuple().clone()), ""),
        GetSet::member("co_names", |t, v| Ok(Tuple::from_slice(t, code(t, v)?.names())), ""),
        GetSet::member("co_filename", |t, v| Ok(code(t, v)?.filename.clone()), ""),
        GetSet::member("co_name", |t, v| Ok(code(t, v)?.name.clone()), ""),
        GetSet::member("co_qualname", |t, v| Ok(code(t, v)?.qualname.clone()), ""),
        number!("co_firstlineno", firstlineno),
        GetSet::member("co_linetable", |t, v| bytes!(t, v, linetable), ""),
        GetSet::member("co_exceptiontable", |t, v| bytes!(t, v, exceptiontable), ""),
        GetSet::ro("co_lnotab", lnotab, ""),
        GetSet::ro("_co_code_adaptive", |t, v| bytes!(t, v, code), ""),
        GetSet::ro("co_varnames", |t, v| Ok(names_of(t, code(t, v)?, local_kind::LOCAL)), ""),
        GetSet::ro("co_cellvars", |t, v| Ok(names_of(t, code(t, v)?, local_kind::CELL)), ""),
        GetSet::ro("co_freevars", |t, v| Ok(names_of(t, code(t, v)?, local_kind::FREE)), ""),
        GetSet::ro("co_code", |t, v| bytes!(t, v, code), ""),
    ],
    ..Spec::DEFAULT
};
