//! Functions and lambdas.

use super::super::code::{Code, Const, local_kind};
use super::super::ir::{Loc, op::*};
use super::super::symtable::{NameScope, NodeKey};
use super::{ArgCounts, Codegen, FBlockKind, Result, UnitKind, function_flag, intrinsic};
use crate::syntax::ast::*;
use std::sync::Arc;

impl<'a> Codegen<'a> {
    /// The line a decorated definition starts on.
    pub fn first_line(&self, id: StmtId, decorators: &[ExprId]) -> u32 {
        decorators.first().map_or(self.ast[id].span.line, |&d| self.ast[d].span.line)
    }

    pub fn apply_decorators(&mut self, decorators: &[ExprId]) {
        for &decorator in decorators.iter().rev() {
            let loc = self.loc(decorator);
            self.op_arg(loc, CALL, 0);
        }
    }

    pub fn function(&mut self, id: StmtId, def: &'a FunctionDef) -> Result {
        let loc = self.stmt_loc(id);
        self.exprs(&def.decorators)?;
        let firstlineno = self.first_line(id, &def.decorators);
        let mut flags = self.default_arguments(loc, &def.args)?;
        let generic = !def.type_params.is_empty();
        let mut forwarded = 0;
        if generic {
            forwarded = (flags & function_flag::DEFAULTS != 0) as u32 + (flags & function_flag::KWDEFAULTS != 0) as u32;
            if forwarded == 2 {
                self.op_arg(loc, SWAP, 2);
            }
            self.enter_generic(id, &def.name, firstlineno, None, forwarded)?;
            self.type_params(id, &def.type_params)?;
            for i in 0..forwarded {
                self.op_arg(loc, LOAD_FAST, i);
            }
        }
        flags |= self.function_annotations(id, def)?;
        self.function_body(id, def, flags, firstlineno)?;
        if generic {
            self.op_arg(loc, SWAP, 2);
            self.op_arg(loc, CALL_INTRINSIC_2, intrinsic::SET_FUNCTION_TYPE_PARAMS);
            let code = self.assemble(false)?;
            self.make_closure(loc, code, 0);
            if forwarded > 0 {
                self.op_arg(loc, SWAP, forwarded + 1);
                self.op_arg(loc, CALL, forwarded - 1);
            } else {
                self.op(loc, PUSH_NULL);
                self.op_arg(loc, CALL, 0);
            }
        }
        self.apply_decorators(&def.decorators);
        self.store_name(loc, &def.name)
    }

    /// Enters the function around a generic definition, in which its type parameters live.
    pub fn enter_generic(
        &mut self,
        id: StmtId,
        name: &Ident,
        firstlineno: u32,
        private: Option<Ident>,
        args: u32,
    ) -> Result {
        let name: Ident = format!("<generic parameters of {name}>").into();
        let args = ArgCounts { positional: args, ..ArgCounts::default() };
        self.enter_scope(name, UnitKind::Annotations, NodeKey::TypeParams(id), firstlineno, private, args)
    }

    fn function_body(&mut self, id: StmtId, def: &FunctionDef, flags: u32, firstlineno: u32) -> Result {
        let kind = if def.is_async { UnitKind::AsyncFunction } else { UnitKind::Function };
        let args = arg_counts(&def.args);
        self.enter_scope(def.name.clone(), kind, NodeKey::Stmt(id), firstlineno, None, args)?;
        let mut first = 0;
        if let Some(doc) = super::super::docstring(self.ast, &def.body) {
            first = 1;
            if self.options.optimize < 2 {
                let text = self.doc_text(doc);
                self.unit().consts.add(text);
            }
        }
        let start = self.label();
        self.place(start);
        let is_generator = self.scope().coroutine || self.scope().generator;
        if is_generator {
            self.push_block(FBlockKind::StopIteration, Loc::NONE, Some(start), None)?;
        }
        self.stmts(&def.body[first..])?;
        if is_generator {
            self.wrap_in_stopiteration_handler();
            self.pop_block();
        }
        let code = self.assemble(true)?;
        let loc = self.stmt_loc(id);
        self.make_closure(loc, code, flags);
        Ok(())
    }

    /// A StopIteration that leaves a generator becomes a RuntimeError.
    pub fn wrap_in_stopiteration_handler(&mut self) {
        let handler = self.label();
        self.unit().seq.insert(0, Loc::NONE, SETUP_CLEANUP, handler.0);
        self.load_none(Loc::NONE);
        self.op(Loc::NONE, RETURN_VALUE);
        self.place(handler);
        self.op_arg(Loc::NONE, CALL_INTRINSIC_1, intrinsic::STOPITERATION_ERROR);
        self.op_arg(Loc::NONE, RERAISE, 1);
    }

    pub fn lambda(&mut self, id: ExprId, args: &Arguments, body: ExprId) -> Result {
        let loc = self.loc(id);
        let flags = self.default_arguments(loc, args)?;
        let line = self.ast[id].span.line;
        self.enter_scope("<lambda>".into(), UnitKind::Lambda, NodeKey::Expr(id), line, None, arg_counts(args))?;
        self.expr(body)?;
        let code = if self.scope().generator {
            self.assemble(false)?
        } else {
            let loc = self.loc(body);
            self.op(loc, RETURN_VALUE);
            self.assemble(true)?
        };
        self.make_closure(loc, code, flags);
        Ok(())
    }

    /// Pushes the defaults; returns which there are.
    fn default_arguments(&mut self, loc: Loc, args: &Arguments) -> Result<u32> {
        let mut flags = 0;
        if !args.defaults.is_empty() {
            flags |= function_flag::DEFAULTS;
            self.exprs(&args.defaults)?;
            self.op_arg(loc, BUILD_TUPLE, args.defaults.len() as u32);
        }
        let mut n = 0;
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            if let Some(default) = default {
                n += 1;
                let name = self.mangled(&arg.arg);
                self.load_str(loc, &name);
                self.expr(*default)?;
            }
        }
        if n > 0 {
            flags |= function_flag::KWDEFAULTS;
            self.op_arg(loc, BUILD_MAP, n);
        }
        Ok(flags)
    }

    /// Makes a function of a code object, with its closure and what was pushed before.
    pub fn make_closure(&mut self, loc: Loc, code: Arc<Code>, mut flags: u32) {
        let free: Vec<Ident> = code
            .localsplusnames
            .iter()
            .zip(code.localspluskinds.iter())
            .filter(|(_, kind)| **kind & local_kind::FREE != 0)
            .map(|(name, _)| name.clone())
            .collect();
        if !free.is_empty() {
            for name in &free {
                let i = self.closure_cell(name);
                self.op_arg(loc, LOAD_CLOSURE, i);
            }
            self.op_arg(loc, BUILD_TUPLE, free.len() as u32);
            flags |= function_flag::CLOSURE;
        }
        self.load_const(loc, Const::Code(code));
        self.op(loc, MAKE_FUNCTION);
        for flag in
            [function_flag::CLOSURE, function_flag::ANNOTATE, function_flag::KWDEFAULTS, function_flag::DEFAULTS]
        {
            if flags & flag != 0 {
                self.op_arg(loc, SET_FUNCTION_ATTRIBUTE, flag);
            }
        }
    }

    /// The number of the cell that an inner function's free variable refers to. A class may bind a name
    /// and also hand an outer cell of that name to its methods: then the outer one is meant.
    fn closure_cell(&mut self, name: &Ident) -> u32 {
        let implicit = self.unit_ref().kind == UnitKind::Class
            && matches!(&**name, "__class__" | "__classdict__" | "__conditional_annotations__");
        let is_cell = implicit || self.scope().name_scope(name) == NameScope::Cell;
        let unit = self.unit();
        if is_cell && let Some(i) = unit.cellvars.get(name) {
            return i;
        }
        let cells = unit.cellvars.len() as u32;
        cells + unit.freevars.add(name)
    }
}

fn arg_counts(args: &Arguments) -> ArgCounts {
    ArgCounts {
        positional: args.args.len() as u32,
        posonly: args.posonlyargs.len() as u32,
        kwonly: args.kwonlyargs.len() as u32,
    }
}
