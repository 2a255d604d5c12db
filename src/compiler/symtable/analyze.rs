//! The second pass: what each name is.
//!
//! A block is analyzed with the names bound around it, its own names are sorted into local, global and
//! free, then its children are analyzed, and what they found free comes back as a cell here or travels
//! further out (CPython's `analyze_block`).

use super::{BlockKind, ComprehensionKind, NameScope, ScopeId, SymbolTable, error, symbol::*};
use crate::syntax::ast::{Ident, Span};
use crate::syntax::error::SyntaxError;
use std::collections::{HashMap, HashSet};

type Names = HashSet<Ident>;
type Result<T = ()> = std::result::Result<T, Box<SyntaxError>>;

/// Resolves every name of the table.
pub(super) fn analyze(table: &mut SymbolTable) -> Result {
    let mut free = Names::new();
    let mut global = Names::new();
    let mut type_params = Names::new();
    analyze_block(table, SymbolTable::TOP, None, &mut free, &mut global, &mut type_params, None)
}

/// The context one block's names are sorted in.
struct Around<'a> {
    /// Names bound in enclosing functions; `None` at module level.
    bound: Option<&'a mut Names>,
    local: &'a mut Names,
    free: &'a mut Names,
    global: &'a mut Names,
    type_params: &'a mut Names,
    class_entry: Option<ScopeId>,
}

fn directive_span(table: &SymbolTable, id: ScopeId, name: &Ident) -> Span {
    let scope = &table[id];
    scope.directives.iter().find(|(n, _)| n == name).map_or(scope.span, |(_, span)| *span)
}

fn analyze_name(
    table: &SymbolTable,
    id: ScopeId,
    scopes: &mut HashMap<Ident, NameScope>,
    name: &Ident,
    flags: u32,
    around: &mut Around<'_>,
) -> Result {
    if flags & DEF_GLOBAL != 0 {
        if flags & DEF_NONLOCAL != 0 {
            return error(directive_span(table, id, name), format!("name '{name}' is nonlocal and global"));
        }
        scopes.insert(name.clone(), NameScope::GlobalExplicit);
        around.global.insert(name.clone());
        if let Some(bound) = &mut around.bound {
            bound.remove(name);
        }
        return Ok(());
    }
    if flags & DEF_NONLOCAL != 0 {
        let span = || directive_span(table, id, name);
        match &around.bound {
            None => return error(span(), "nonlocal declaration not allowed at module level"),
            Some(bound) if !bound.contains(name) => {
                return error(span(), format!("no binding for nonlocal '{name}' found"));
            }
            _ => {}
        }
        if around.type_params.contains(name) {
            return error(span(), format!("nonlocal binding not allowed for type parameter '{name}'"));
        }
        scopes.insert(name.clone(), NameScope::Free);
        around.free.insert(name.clone());
        return Ok(());
    }
    if flags & DEF_BOUND != 0 {
        scopes.insert(name.clone(), NameScope::Local);
        around.local.insert(name.clone());
        around.global.remove(name);
        if flags & DEF_TYPE_PARAM != 0 {
            around.type_params.insert(name.clone());
        } else {
            around.type_params.remove(name);
        }
        return Ok(());
    }
    // Class scopes are not visible from nested functions, but annotation scopes directly in a class see it.
    // (`__classdict__` is how they see it: a class may bind that name too.)
    if let Some(class) = around.class_entry.filter(|_| &**name != "__classdict__") {
        let class_flags = table[class].symbols.get(name).unwrap_or(0);
        if class_flags & DEF_GLOBAL != 0 {
            scopes.insert(name.clone(), NameScope::GlobalExplicit);
            return Ok(());
        }
        if class_flags & DEF_BOUND != 0 && class_flags & DEF_NONLOCAL == 0 {
            scopes.insert(name.clone(), NameScope::GlobalImplicit);
            return Ok(());
        }
    }
    if around.bound.as_ref().is_some_and(|bound| bound.contains(name)) {
        scopes.insert(name.clone(), NameScope::Free);
        around.free.insert(name.clone());
        return Ok(());
    }
    scopes.insert(name.clone(), NameScope::GlobalImplicit);
    Ok(())
}

fn analyze_block(
    table: &mut SymbolTable,
    id: ScopeId,
    mut bound: Option<Names>,
    free: &mut Names,
    global: &mut Names,
    type_params: &mut Names,
    class_entry: Option<ScopeId>,
) -> Result {
    let mut local = Names::new();
    let mut scopes: HashMap<Ident, NameScope> = HashMap::new();
    let mut new_global = Names::new();
    let mut new_free = Names::new();
    let mut new_bound = Names::new();
    let mut inlined_cells = Names::new();

    let kind = table[id].kind;
    if kind == BlockKind::Class {
        // Names of a class body are not visible in its functions, so what is passed down is what was here.
        new_global.extend(global.iter().cloned());
        if let Some(bound) = &bound {
            new_bound.extend(bound.iter().cloned());
        }
    }
    let symbols: Vec<(Ident, u32)> = table[id].symbols.iter().map(|(n, f)| (n.clone(), f)).collect();
    for (name, flags) in &symbols {
        let mut around = Around { bound: bound.as_mut(), local: &mut local, free, global, type_params, class_entry };
        analyze_name(table, id, &mut scopes, name, *flags, &mut around)?;
    }
    if kind != BlockKind::Class {
        if table[id].is_function_like() {
            new_bound.extend(local.iter().cloned());
        }
        if let Some(bound) = &bound {
            new_bound.extend(bound.iter().cloned());
        }
        new_global.extend(global.iter().cloned());
    } else {
        // A class's own cells are visible to its methods.
        new_bound.insert("__class__".into());
        new_bound.insert("__classdict__".into());
        new_bound.insert("__conditional_annotations__".into());
    }

    let children = table[id].children.clone();
    let mut all_children: Vec<ScopeId> = Vec::with_capacity(children.len());
    for child in children {
        let mut new_class_entry = None;
        if table[child].can_see_class_scope {
            new_class_entry = if kind == BlockKind::Class { Some(id) } else { class_entry };
        }
        let inline = table[child].comprehension != ComprehensionKind::None
            && table[child].comprehension != ComprehensionKind::Generator
            && !table[id].can_see_class_scope;
        let mut child_free = analyze_child_block(table, child, &new_bound, &new_global, type_params, new_class_entry)?;
        if inline {
            inline_comprehension(table, id, child, &mut scopes, &mut child_free, &mut inlined_cells);
            table[child].comp_inlined = true;
        }
        new_free.extend(child_free);
        if inline {
            // The comprehension's children become the block's own.
            all_children.extend(table[child].children.clone());
        } else {
            all_children.push(child);
        }
    }
    table[id].children = all_children;

    if table[id].is_function_like() {
        analyze_cells(&mut scopes, &mut new_free, &inlined_cells);
    } else if kind == BlockKind::Class {
        drop_class_free(table, id, &mut new_free);
    }
    update_symbols(table, id, &scopes, bound.as_ref(), &new_free, &inlined_cells, kind == BlockKind::Class);
    free.extend(new_free);
    Ok(())
}

/// Analyzes a child with copies of the names around it, so that siblings do not see its changes; returns
/// its free names.
fn analyze_child_block(
    table: &mut SymbolTable,
    child: ScopeId,
    bound: &Names,
    global: &Names,
    type_params: &Names,
    class_entry: Option<ScopeId>,
) -> Result<Names> {
    let mut free = Names::new();
    let mut global = global.clone();
    let mut type_params = type_params.clone();
    analyze_block(table, child, Some(bound.clone()), &mut free, &mut global, &mut type_params, class_entry)?;
    Ok(free)
}

/// Merges a comprehension's names into the block that surrounds it (PEP 709).
fn inline_comprehension(
    table: &mut SymbolTable,
    id: ScopeId,
    comp: ScopeId,
    scopes: &mut HashMap<Ident, NameScope>,
    comp_free: &mut Names,
    inlined_cells: &mut Names,
) {
    let symbols: Vec<(Ident, u32)> = table[comp].symbols.iter().map(|(n, f)| (n.clone(), f)).collect();
    let mut removed = Vec::new();
    for (name, flags) in symbols {
        // The comprehension's parameter is its outermost iterable, which is not needed when inlined.
        if flags & DEF_PARAM != 0 {
            continue;
        }
        let mut scope = NameScope::of(flags);
        let only_flags = flags & ((1 << SCOPE_OFFSET) - 1);
        // What a class provides itself its comprehensions do not see, even where the class binds such a name.
        if scope == NameScope::Free
            && table[id].kind == BlockKind::Class
            && matches!(&*name, "__class__" | "__classdict__" | "__conditional_annotations__")
        {
            scope = NameScope::GlobalImplicit;
            removed.push(name.clone());
            // A function inside does see it.
            if !table[comp].children.iter().any(|&c| table[c].name_scope(&name) == NameScope::Free) {
                comp_free.remove(&name);
            }
        }
        if scope == NameScope::Cell || only_flags & DEF_COMP_CELL != 0 {
            inlined_cells.insert(name.clone());
        }
        match table[id].symbols.get(&name) {
            None => {
                // The name exists only in the comprehension: it becomes the block's.
                table[id].symbols.set(&name, only_flags);
                scopes.insert(name.clone(), scope);
            }
            Some(existing) => {
                // Free in the comprehension, but bound here: the inner scopes must still see a cell.
                if existing & DEF_BOUND != 0 && table[id].kind != BlockKind::Class {
                    let free_in_child =
                        table[comp].children.iter().any(|&c| table[c].name_scope(&name) == NameScope::Free);
                    if !free_in_child {
                        comp_free.remove(&name);
                    }
                }
            }
        }
    }
    // Globals now: the inlined code must not find them free.
    for name in removed {
        table[comp].symbols.remove(&name);
    }
}

/// A local that an inner function uses is a cell; it is no longer free further out.
fn analyze_cells(scopes: &mut HashMap<Ident, NameScope>, free: &mut Names, inlined_cells: &Names) {
    for (name, scope) in scopes.iter_mut() {
        if *scope != NameScope::Local || !(free.contains(name) || inlined_cells.contains(name)) {
            continue;
        }
        *scope = NameScope::Cell;
        free.remove(name);
    }
}

/// A class provides `__class__` and its like itself.
fn drop_class_free(table: &mut SymbolTable, id: ScopeId, free: &mut Names) {
    if free.remove("__class__") {
        table[id].needs_class_closure = true;
    }
    if free.remove("__classdict__") {
        table[id].needs_classdict = true;
    }
    if free.remove("__conditional_annotations__") {
        table[id].has_conditional_annotations = true;
    }
}

fn update_symbols(
    table: &mut SymbolTable,
    id: ScopeId,
    scopes: &HashMap<Ident, NameScope>,
    bound: Option<&Names>,
    free: &Names,
    inlined_cells: &Names,
    is_class: bool,
) {
    let symbols = &mut table[id].symbols;
    for (name, flags) in &mut symbols.entries {
        if inlined_cells.contains(name) {
            *flags |= DEF_COMP_CELL;
        }
        let scope = scopes.get(name).copied().unwrap_or(NameScope::Unknown);
        *flags |= (scope as u32) << SCOPE_OFFSET;
    }
    // Names that are only free here because an inner block needs them.
    let mut names: Vec<&Ident> = free.iter().collect();
    names.sort();
    for name in names {
        match symbols.get(name) {
            Some(flags) => {
                // A class that binds a name its methods take from further out: both are kept.
                if is_class && flags & (DEF_BOUND | DEF_GLOBAL) != 0 {
                    symbols.set(name, flags | DEF_FREE_CLASS);
                }
            }
            None if bound.is_some_and(|bound| !bound.contains(name)) => {}
            None => symbols.set(name, (NameScope::Free as u32) << SCOPE_OFFSET),
        }
    }
}
