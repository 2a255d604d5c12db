//! Comprehensions and generator expressions. A list, set or dict comprehension is part of the function
//! around it (PEP 709): its variables are saved on the stack before and restored after.

use super::super::ir::{Label, Loc, Op, op::*};
use super::super::symtable::{BlockKind, NameScope, NodeKey, ScopeId, symbol};
use super::{ArgCounts, Codegen, FBlockKind, Result, UnitKind};
use crate::syntax::ast::*;

/// What a comprehension makes.
#[derive(Clone, Copy)]
enum Produce {
    Generator,
    /// How to make the container and how to add to it.
    Container(Op, Op),
    /// A dict's values.
    Pairs(ExprId),
}

/// What an inlined comprehension changed, to be undone.
struct Inlined {
    saved: Vec<Ident>,
    symbols: Vec<(Ident, u32)>,
    hidden: Vec<Ident>,
    cleanup: Option<Label>,
}

impl<'a> Codegen<'a> {
    pub fn comprehension(&mut self, id: ExprId) -> Result {
        let ast = self.ast;
        let (name, elt, generators, produce) = match &ast[id].kind {
            ExprKind::GeneratorExp { elt, generators } => ("<genexpr>", *elt, generators, Produce::Generator),
            ExprKind::ListComp { elt, generators } => {
                ("<listcomp>", *elt, generators, Produce::Container(BUILD_LIST, LIST_APPEND))
            }
            ExprKind::SetComp { elt, generators } => {
                ("<setcomp>", *elt, generators, Produce::Container(BUILD_SET, SET_ADD))
            }
            ExprKind::DictComp { key, value, generators } => ("<dictcomp>", *key, generators, Produce::Pairs(*value)),
            _ => return Ok(()),
        };
        let loc = self.loc(id);
        let Some(scope) = self.table.lookup(NodeKey::Expr(id)) else { return Ok(()) };
        let Some(outermost) = generators.first() else { return Ok(()) };
        let inlined = self.table[scope].comp_inlined;
        let is_async = self.table[scope].coroutine;
        let is_generator = matches!(produce, Produce::Generator);
        let mut state = None;
        if inlined {
            self.outermost_iterator(outermost)?;
            state = Some(self.enter_inlined(loc, scope)?);
        } else {
            let args = ArgCounts { positional: 1, ..ArgCounts::default() };
            self.enter_scope(name.into(), UnitKind::Comprehension, NodeKey::Expr(id), ast[id].span.line, None, args)?;
        }
        let build = match produce {
            Produce::Generator => None,
            Produce::Container(build, _) => Some(build),
            Produce::Pairs(_) => Some(BUILD_MAP),
        };
        if let Some(build) = build {
            self.op_arg(loc, build, 0);
            if inlined {
                self.op_arg(loc, SWAP, 2);
            }
        }
        self.generator(loc, generators, 0, 0, elt, produce, inlined)?;
        if let Some(state) = state {
            return self.leave_inlined(loc, scope, state);
        }
        if is_generator {
            self.wrap_in_stopiteration_handler();
        } else {
            self.op(loc, RETURN_VALUE);
        }
        let code = self.assemble(true)?;
        self.make_closure(loc, code, 0);
        self.outermost_iterator(outermost)?;
        self.op_arg(loc, CALL, 0);
        if is_async && !is_generator {
            self.op_arg(loc, GET_AWAITABLE, 0);
            self.load_none(loc);
            self.yield_from(loc, true);
        }
        Ok(())
    }

    fn outermost_iterator(&mut self, outermost: &Comprehension) -> Result {
        self.expr(outermost.iter)?;
        let loc = self.loc(outermost.iter);
        self.op(loc, if outermost.is_async { GET_AITER } else { GET_ITER });
        Ok(())
    }

    fn generator(
        &mut self,
        loc: Loc,
        generators: &[Comprehension],
        index: usize,
        depth: u32,
        elt: ExprId,
        produce: Produce,
        iter_on_stack: bool,
    ) -> Result {
        let span = self.ast[elt].span;
        self.deeper(span, |c| {
            if generators[index].is_async {
                c.async_generator(loc, generators, index, depth, elt, produce, iter_on_stack)
            } else {
                c.sync_generator(loc, generators, index, depth, elt, produce, iter_on_stack)
            }
        })
    }

    fn sync_generator(
        &mut self,
        loc: Loc,
        generators: &[Comprehension],
        index: usize,
        mut depth: u32,
        elt: ExprId,
        produce: Produce,
        iter_on_stack: bool,
    ) -> Result {
        let ast = self.ast;
        let generator = &generators[index];
        let iter_loc = self.loc(generator.iter);
        let (start, if_cleanup, anchor) = (self.label(), self.label(), self.label());
        let mut is_loop = true;
        if index == 0 {
            if !iter_on_stack {
                self.op_arg(loc, LOAD_FAST, 0);
            }
        } else {
            // `for y in [f(x)]` only names a value.
            let single = match &ast[generator.iter].kind {
                ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => match elts.as_slice() {
                    [elt] if !matches!(ast[*elt].kind, ExprKind::Starred { .. }) => Some(*elt),
                    _ => None,
                },
                _ => None,
            };
            if let Some(elt) = single {
                self.expr(elt)?;
                is_loop = false;
            } else {
                self.expr(generator.iter)?;
                self.op(iter_loc, GET_ITER);
            }
        }
        if is_loop {
            depth += 1;
            self.place(start);
            self.jump(iter_loc, FOR_ITER, anchor);
        }
        self.expr(generator.target)?;
        for &test in &generator.ifs {
            self.jump_if(loc, test, if_cleanup, false)?;
        }
        let elt_loc = self.element(loc, generators, index, depth, elt, produce)?;
        self.place(if_cleanup);
        if is_loop {
            self.jump(elt_loc, JUMP, start);
            self.place(anchor);
            self.op(Loc::NONE, END_FOR);
            self.op(Loc::NONE, POP_ITER);
        }
        Ok(())
    }

    /// The next `for`, or after the last one what is collected or yielded.
    fn element(
        &mut self,
        loc: Loc,
        generators: &[Comprehension],
        index: usize,
        depth: u32,
        elt: ExprId,
        produce: Produce,
    ) -> Result<Loc> {
        let mut elt_loc = self.loc(elt);
        if index + 1 < generators.len() {
            self.generator(loc, generators, index + 1, depth, elt, produce, false)?;
            return Ok(elt_loc);
        }
        self.expr(elt)?;
        match produce {
            Produce::Generator => {
                self.yield_(elt_loc);
                self.op(elt_loc, POP_TOP);
            }
            Produce::Container(_, add) => self.op_arg(elt_loc, add, depth + 1),
            Produce::Pairs(value) => {
                self.expr(value)?;
                let end = self.loc(value);
                elt_loc = Loc { end_line: end.end_line, end_col: end.end_col, ..elt_loc };
                self.op_arg(elt_loc, MAP_ADD, depth + 1);
            }
        }
        Ok(elt_loc)
    }

    fn async_generator(
        &mut self,
        loc: Loc,
        generators: &[Comprehension],
        index: usize,
        depth: u32,
        elt: ExprId,
        produce: Produce,
        iter_on_stack: bool,
    ) -> Result {
        let generator = &generators[index];
        let (start, send, except, if_cleanup) = (self.label(), self.label(), self.label(), self.label());
        if index == 0 {
            if !iter_on_stack {
                self.op_arg(loc, LOAD_FAST, 0);
            }
        } else {
            self.expr(generator.iter)?;
            let iter_loc = self.loc(generator.iter);
            self.op(iter_loc, GET_AITER);
        }
        self.place(start);
        self.push_block(FBlockKind::AsyncComprehensionGenerator, loc, Some(start), None)?;
        self.jump(loc, SETUP_FINALLY, except);
        self.op(loc, GET_ANEXT);
        self.load_none(loc);
        self.place(send);
        self.yield_from(loc, true);
        self.op(loc, POP_BLOCK);
        self.expr(generator.target)?;
        for &test in &generator.ifs {
            self.jump_if(loc, test, if_cleanup, false)?;
        }
        let elt_loc = self.element(loc, generators, index, depth + 1, elt, produce)?;
        self.place(if_cleanup);
        self.jump(elt_loc, JUMP, start);
        self.pop_block();
        self.place(except);
        self.jump(loc, END_ASYNC_FOR, send);
        Ok(())
    }

    /// Makes the comprehension's names the function's, and saves what they hid.
    fn enter_inlined(&mut self, loc: Loc, comp: ScopeId) -> Result<Inlined> {
        let outer = self.unit_ref().scope;
        let in_class = self.table[outer].kind == BlockKind::Class && self.unit_ref().inlined_comprehensions == 0;
        let function_like = self.table[outer].is_function_like();
        self.unit().inlined_comprehensions += 1;
        let mut state = Inlined { saved: Vec::new(), symbols: Vec::new(), hidden: Vec::new(), cleanup: None };
        let symbols: Vec<(Ident, u32)> = self.table[comp].symbols.iter().map(|(n, f)| (n.clone(), f)).collect();
        for (name, flags) in symbols {
            let bound = flags & symbol::DEF_LOCAL != 0 && flags & symbol::DEF_NONLOCAL == 0;
            if bound && !function_like && self.unit_ref().fast_hidden.get(&name) != Some(&true) {
                self.unit().fast_hidden.insert(name.clone(), true);
                state.hidden.push(name.clone());
            }
            let scope = NameScope::of(flags);
            let outer_flags = self.table[outer].symbols.get(&name).unwrap_or(0);
            let outer_scope = NameScope::of(outer_flags);
            let differs = scope != outer_scope
                && scope != NameScope::Free
                && !(scope == NameScope::Cell && outer_scope == NameScope::Free);
            if differs || in_class {
                state.symbols.push((name.clone(), outer_flags));
                self.table[outer].symbols.set(&name, flags);
            }
            if bound {
                let i = self.unit().varnames.add(&name);
                self.op_arg(loc, LOAD_FAST_AND_CLEAR, i);
                if scope == NameScope::Cell {
                    let i = if outer_scope == NameScope::Free {
                        let unit = self.unit();
                        unit.cellvars.len() as u32 + unit.freevars.add(&name)
                    } else {
                        self.unit().cellvars.add(&name)
                    };
                    self.op_arg(loc, MAKE_CELL, i);
                }
                state.saved.push(name);
            }
        }
        if !state.saved.is_empty() {
            // The iterator goes back to the top; an exception restores the names, too.
            self.op_arg(loc, SWAP, state.saved.len() as u32 + 1);
            let cleanup = self.label();
            self.jump(loc, SETUP_FINALLY, cleanup);
            state.cleanup = Some(cleanup);
        }
        Ok(state)
    }

    fn leave_inlined(&mut self, loc: Loc, _comp: ScopeId, state: Inlined) -> Result {
        let outer = self.unit_ref().scope;
        self.unit().inlined_comprehensions -= 1;
        if let Some(cleanup) = state.cleanup {
            let end = self.label();
            self.op(Loc::NONE, POP_BLOCK);
            self.jump(Loc::NONE, JUMP_NO_INTERRUPT, end);
            self.place(cleanup);
            // The incomplete result lies below the exception.
            self.op_arg(Loc::NONE, SWAP, 2);
            self.op(Loc::NONE, POP_TOP);
            self.restore_saved(loc, &state.saved);
            self.op_arg(Loc::NONE, RERAISE, 0);
            self.place(end);
            self.restore_saved(loc, &state.saved);
        }
        for (name, flags) in &state.symbols {
            self.table[outer].symbols.set(name, *flags);
        }
        for name in state.hidden {
            self.unit().fast_hidden.insert(name, false);
        }
        Ok(())
    }

    fn restore_saved(&mut self, loc: Loc, saved: &[Ident]) {
        self.op_arg(loc, SWAP, saved.len() as u32 + 1);
        for name in saved.iter().rev() {
            let i = self.unit().varnames.add(name);
            self.op_arg(loc, STORE_FAST_MAYBE_NULL, i);
        }
    }
}
