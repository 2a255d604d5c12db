//! `_symtable`: the compiler's symbol tables, for the module `symtable`.

use crate::compiler::symtable::{ScopeId, SymbolTable, symbol};
use crate::modules::ModuleSpec;
use crate::modules::builtins::code::text_of;
use crate::modules::native_type::{fields, with_type};
use crate::modules::system::path::fs_converter;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::vm::source::{self, flags};

fields! {
    /// The payload of an entry: what the compiler knows of one block.
    Entry {
        name: Value,
        symbols: Value,
        varnames: Value,
        children: Value,
        kind: Value,
        line: Value,
        nested: Value,
    }
}

/// An entry and those below it. Blocks that the compiler merged into others are no entries of their own.
fn entry(t: &Thread, table: &SymbolTable, id: ScopeId) -> R {
    let scope = &table[id];
    let symbols = Dict::make(t);
    if let Some(dict) = symbols.cast::<Dict>() {
        for (name, flags) in scope.symbols.iter() {
            dict.set(t, t.intern(name), Value::small(flags.into()))?;
        }
    }
    let varnames = List::make(t, scope.varnames.iter().map(|name| t.intern(name)).collect::<Vec<_>>());
    let mut children = Vec::new();
    for &child in &scope.children {
        if !table[child].comp_inlined {
            children.push(t.recurse(" in a symbol table", || entry(t, table, child))?);
        }
    }
    let kind = Value::small(scope.kind as i64);
    let line = if id == SymbolTable::TOP { 0 } else { scope.span.line.into() };
    let children = List::make(t, children);
    // Only code objects have such names in brackets.
    let name = match scope.name.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
        Some(name @ ("lambda" | "genexpr" | "listcomp" | "setcomp" | "dictcomp")) => t.intern(name),
        _ => t.intern(&scope.name),
    };
    let nested = Value::small(scope.nested.into());
    with_type(t, &SPEC, |class| {
        Entry::make_in(t, class, name, symbols, varnames, children, kind, Value::small(line), nested)
    })
}

fn repr(t: &Thread, v: &Value) -> R {
    let this = Entry::this(v);
    let name = protocol::to_text(t, &this.name)?;
    let line = this.line.as_small().unwrap_or(0);
    Ok(t.str(format!("<symtable entry {name}({}), line {line}>", v.id())))
}

#[rustfmt::skip]
static GETSET: &[GetSet] = &[
    GetSet::member("id", |t, v| Ok(int::from_u64(t, v.id())), ""),
    GetSet::member("name", |_, v| Ok(Entry::this(v).name.clone()), ""),
    GetSet::member("symbols", |_, v| Ok(Entry::this(v).symbols.clone()), ""),
    GetSet::member("varnames", |_, v| Ok(Entry::this(v).varnames.clone()), ""),
    GetSet::member("children", |_, v| Ok(Entry::this(v).children.clone()), ""),
    GetSet::member("nested", |_, v| Ok(Entry::this(v).nested.clone()), ""),
    GetSet::member("type", |_, v| Ok(Entry::this(v).kind.clone()), ""),
    GetSet::member("lineno", |_, v| Ok(Entry::this(v).line.clone()), ""),
];

static SPEC: Spec = {
    let mut spec = crate::objects::opaque::spec::<Entry>("symtable entry");
    spec.flags |= type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
    spec.slots.repr = Some(repr);
    spec.getset = GETSET;
    spec
};

fn symtable(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (text, bytes) = text_of(t, &args[0], "symtable() arg 1")?;
    let filename = t.str(fs_converter(t, &args[1])?.to_string_lossy());
    let Some(mode) = args[2].cast::<Str>() else {
        let found = args[2].type_of(t).name_str().to_owned();
        return Err(t.type_error(format!("symtable() argument 3 must be str, not {found}")));
    };
    let mode = mode.to_str_lossy();
    if !matches!(&*mode, "exec" | "eval" | "single") {
        return Err(t.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'"));
    }
    let bits = if bytes { 0 } else { flags::IGNORE_COOKIE };
    let parsed = source::parse(t, &text, &filename, &mode, bits)?;
    match crate::compiler::symbol_table(&parsed.ast, &parsed.root) {
        Ok(table) => entry(t, &table, SymbolTable::TOP),
        Err(error) => Err(source::raise_syntax_error(t, &error, &filename, Some(&parsed.source))),
    }
}

static CONSTANTS: &[(&str, u32)] = &[
    ("USE", symbol::USE),
    ("DEF_GLOBAL", symbol::DEF_GLOBAL),
    ("DEF_NONLOCAL", symbol::DEF_NONLOCAL),
    ("DEF_LOCAL", symbol::DEF_LOCAL),
    ("DEF_PARAM", symbol::DEF_PARAM),
    ("DEF_TYPE_PARAM", symbol::DEF_TYPE_PARAM),
    ("DEF_FREE_CLASS", symbol::DEF_FREE_CLASS),
    ("DEF_IMPORT", symbol::DEF_IMPORT),
    ("DEF_BOUND", symbol::DEF_LOCAL | symbol::DEF_PARAM | symbol::DEF_IMPORT),
    ("DEF_ANNOT", symbol::DEF_ANNOT),
    ("DEF_COMP_ITER", symbol::DEF_COMP_ITER),
    ("DEF_COMP_CELL", symbol::DEF_COMP_CELL),
    ("TYPE_FUNCTION", 0),
    ("TYPE_CLASS", 1),
    ("TYPE_MODULE", 2),
    ("TYPE_ANNOTATION", 3),
    ("TYPE_TYPE_ALIAS", 4),
    ("TYPE_TYPE_PARAMETERS", 5),
    ("TYPE_TYPE_VARIABLE", 6),
    ("LOCAL", 1),
    ("GLOBAL_EXPLICIT", 2),
    ("GLOBAL_IMPLICIT", 3),
    ("FREE", 4),
    ("CELL", 5),
    ("SCOPE_OFF", symbol::SCOPE_OFFSET),
    ("SCOPE_MASK", symbol::SCOPE_MASK),
];

fn exec(t: &Thread, module: &Module) -> R<()> {
    for (name, value) in CONSTANTS {
        module.set(t, name, Value::small((*value).into()));
    }
    Ok(())
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("symtable", Func::Pos(symtable, 3, 3), "($module, source, filename, startstr, /)", "Return symbol and scope dictionaries used internally by compiler."),
];

/// `_symtable`.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_symtable", functions: FUNCTIONS, exec: Some(exec), ..ModuleSpec::DEFAULT };
