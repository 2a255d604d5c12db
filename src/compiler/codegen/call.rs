//! Calls: plain, of methods, through `super()`, and `all`, `any`, `tuple` of a generator expression.

use super::super::code::Const;
use super::super::ir::{Label, Loc, op::*};
use super::super::symtable::{NameScope, SymbolTable, symbol};
use super::expr::LIST;
use super::{Codegen, Result, STACK_USE_GUIDELINE, common, intrinsic};
use crate::syntax::ast::*;

impl<'a> Codegen<'a> {
    pub fn call(&mut self, id: ExprId, func: ExprId, args: &[ExprId], keywords: &[Keyword]) -> Result {
        self.validate_keywords(keywords)?;
        if self.method_call(id, func, args, keywords)? {
            return Ok(());
        }
        self.check_caller(func);
        let end = self.label();
        self.expr(func)?;
        self.call_of_generator(func, args, keywords, end)?;
        let func_loc = self.loc(func);
        self.op(func_loc, PUSH_NULL);
        let loc = self.loc(id);
        self.call_helper(loc, 0, args, None, keywords)?;
        self.place(end);
        Ok(())
    }

    fn validate_keywords(&mut self, keywords: &[Keyword]) -> Result {
        for (i, keyword) in keywords.iter().enumerate() {
            let Some(name) = &keyword.arg else { continue };
            if let Some(again) = keywords[i + 1..].iter().find(|k| k.arg.as_ref() == Some(name)) {
                return self.error(again.span.into(), format!("keyword argument repeated: {name}"));
            }
        }
        Ok(())
    }

    /// Whether the name is imported at module level: then an attribute of it is hardly a method.
    fn is_imported(&self, id: ExprId) -> bool {
        let ExprKind::Name { id: name, .. } = &self.ast[id].kind else { return false };
        self.table[SymbolTable::TOP].symbols.get(name).unwrap_or(0) & symbol::DEF_IMPORT != 0
    }

    /// `object.method(...)` without `*` and `**`.
    fn method_call(&mut self, id: ExprId, func: ExprId, args: &[ExprId], keywords: &[Keyword]) -> Result<bool> {
        let ast = self.ast;
        let ExprKind::Attribute { value, attr, ctx: Context::Load } = &ast[func].kind else { return Ok(false) };
        if self.is_imported(*value) {
            return Ok(false);
        }
        let n = args.len() + keywords.len();
        if n + usize::from(!keywords.is_empty()) >= STACK_USE_GUIDELINE {
            return Ok(false);
        }
        let starred = args.iter().any(|&a| matches!(ast[a].kind, ExprKind::Starred { .. }));
        if starred || keywords.iter().any(|k| k.arg.is_none()) {
            return Ok(false);
        }
        let loc = self.loc(func);
        let attr_loc = self.attribute_loc(loc, func);
        if self.is_super_call(*value, attr) {
            self.super_arguments(*value)?;
            self.load_super_attr(loc, *value, attr, true);
            self.op(attr_loc, NOP);
        } else {
            self.expr(*value)?;
            self.load_attr(attr_loc, attr, true);
        }
        self.exprs(args)?;
        let id_loc = self.loc(id);
        let call_loc = self.attribute_loc(id_loc, func);
        if keywords.is_empty() {
            self.op_arg(call_loc, CALL, n as u32);
        } else {
            self.keyword_values(keywords)?;
            self.keyword_names(attr_loc, keywords);
            self.op_arg(call_loc, CALL_KW, n as u32);
        }
        Ok(true)
    }

    fn keyword_values(&mut self, keywords: &[Keyword]) -> Result {
        keywords.iter().try_for_each(|keyword| self.expr(keyword.value))
    }

    fn keyword_names(&mut self, loc: Loc, keywords: &[Keyword]) {
        let names = keywords.iter().filter_map(|k| k.arg.as_ref()).map(|name| Const::Str(Text::new(name)));
        let names = Const::Tuple(names.collect());
        self.load_const(loc, names);
    }

    /// `super().attr` or `super(C, self).attr` of the builtin, which needs no super object.
    pub fn is_super_call(&self, value: ExprId, attr: &Ident) -> bool {
        let ExprKind::Call { func, args, keywords } = &self.ast[value].kind else { return false };
        let ExprKind::Name { id: name, .. } = &self.ast[*func].kind else { return false };
        if &**name != "super" || &**attr == "__class__" || !keywords.is_empty() {
            return false;
        }
        if self.scope().name_scope(name) != NameScope::GlobalImplicit
            || self.table[SymbolTable::TOP].name_scope(name) != NameScope::Unknown
        {
            return false;
        }
        match args.len() {
            2 => !args.iter().any(|&a| matches!(self.ast[a].kind, ExprKind::Starred { .. })),
            0 => {
                let counts = self.unit_ref().args;
                counts.positional + counts.posonly > 0 && self.scope().name_scope("__class__") == NameScope::Free
            }
            _ => false,
        }
    }

    pub fn super_arguments(&mut self, call: ExprId) -> Result {
        let ast = self.ast;
        let ExprKind::Call { func, args, .. } = &ast[call].kind else { return Ok(()) };
        let loc = self.loc(call);
        self.expr(*func)?;
        if !args.is_empty() {
            return self.exprs(args);
        }
        self.load_name(loc, &"__class__".into())?;
        match self.unit_ref().varnames.names.first().cloned() {
            Some(first) => self.load_name(loc, &first),
            None => Ok(()),
        }
    }

    pub fn load_super_attr(&mut self, loc: Loc, call: ExprId, attr: &Ident, method: bool) {
        let ExprKind::Call { args, .. } = &self.ast[call].kind else { return };
        let explicit = !args.is_empty();
        let mangled = self.mangled(attr);
        let i = self.unit().names.add(&mangled);
        self.op_arg(loc, LOAD_SUPER_ATTR, i << 2 | u32::from(explicit) << 1 | u32::from(method));
    }

    /// `all`, `any` or `tuple` of a generator expression: if the name has not been rebound, a loop over
    /// the generator takes the place of the call.
    fn call_of_generator(&mut self, func: ExprId, args: &[ExprId], keywords: &[Keyword], end: Label) -> Result {
        let ast = self.ast;
        let (ExprKind::Name { id: name, .. }, [arg], []) = (&ast[func].kind, args, keywords) else { return Ok(()) };
        if !matches!(ast[*arg].kind, ExprKind::GeneratorExp { .. }) {
            return Ok(());
        }
        let (constant, exhausted, found, go_on) = match &**name {
            "all" => (common::ALL, Some(Const::True), Some(Const::False), POP_JUMP_IF_TRUE),
            "any" => (common::ANY, Some(Const::False), Some(Const::True), POP_JUMP_IF_FALSE),
            "tuple" => (common::TUPLE, None, None, NOP),
            _ => return Ok(()),
        };
        let loc = self.loc(func);
        let (skip, start, cleanup) = (self.label(), self.label(), self.label());
        self.op_arg(loc, COPY, 1);
        self.op_arg(loc, LOAD_COMMON_CONSTANT, constant);
        self.op_arg(loc, IS_OP, 0);
        self.jump(loc, POP_JUMP_IF_FALSE, skip);
        self.op(loc, POP_TOP);
        if exhausted.is_none() {
            self.op_arg(loc, BUILD_LIST, 0);
        }
        self.expr(*arg)?;
        self.place(start);
        self.jump(loc, FOR_ITER, cleanup);
        if exhausted.is_none() {
            self.op_arg(loc, LIST_APPEND, 2);
            self.jump(loc, JUMP, start);
        } else {
            self.op(loc, TO_BOOL);
            self.jump(loc, go_on, start);
        }
        self.op(Loc::NONE, POP_ITER);
        if let Some(found) = found {
            self.load_const(loc, found);
        }
        self.jump(loc, JUMP, end);
        self.place(cleanup);
        self.op(Loc::NONE, END_FOR);
        self.op(Loc::NONE, POP_ITER);
        match exhausted {
            Some(value) => self.load_const(loc, value),
            None => self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::LIST_TO_TUPLE),
        }
        self.jump(loc, JUMP, end);
        self.place(skip);
        Ok(())
    }

    /// The arguments and the call; `pushed` positional arguments are on the stack, `injected` is a name
    /// whose value is the last one.
    pub fn call_helper(
        &mut self,
        loc: Loc,
        pushed: usize,
        args: &[ExprId],
        injected: Option<&Ident>,
        keywords: &[Keyword],
    ) -> Result {
        self.validate_keywords(keywords)?;
        let starred = args.iter().any(|&a| matches!(self.ast[a].kind, ExprKind::Starred { .. }));
        let unpacked = keywords.iter().any(|k| k.arg.is_none());
        if args.len() + keywords.len() * 2 > STACK_USE_GUIDELINE || starred || unpacked {
            return self.call_ex(loc, pushed, args, injected, keywords);
        }
        self.exprs(args)?;
        let mut n = pushed + args.len();
        if let Some(name) = injected {
            self.load_name(loc, name)?;
            n += 1;
        }
        if keywords.is_empty() {
            self.op_arg(loc, CALL, n as u32);
        } else {
            self.keyword_values(keywords)?;
            self.keyword_names(loc, keywords);
            self.op_arg(loc, CALL_KW, (n + keywords.len()) as u32);
        }
        Ok(())
    }

    fn call_ex(
        &mut self,
        loc: Loc,
        pushed: usize,
        args: &[ExprId],
        injected: Option<&Ident>,
        keywords: &[Keyword],
    ) -> Result {
        match args {
            [only] if pushed == 0 && matches!(self.ast[*only].kind, ExprKind::Starred { .. }) => {
                if let ExprKind::Starred { value, .. } = self.ast[*only].kind {
                    self.expr(value)?;
                }
            }
            _ => self.collect(loc, args, injected, pushed, super::expr::Collect { tuple: true, ..LIST })?,
        }
        let mut have_dict = false;
        let mut pending = 0;
        for (i, keyword) in keywords.iter().enumerate() {
            if keyword.arg.is_some() {
                pending += 1;
                continue;
            }
            if pending > 0 {
                self.sub_keywords(loc, &keywords[i - pending..i])?;
                if have_dict {
                    self.op_arg(loc, DICT_MERGE, 1);
                }
                have_dict = true;
                pending = 0;
            }
            if !have_dict {
                self.op_arg(loc, BUILD_MAP, 0);
                have_dict = true;
            }
            self.expr(keyword.value)?;
            self.op_arg(loc, DICT_MERGE, 1);
        }
        if pending > 0 {
            self.sub_keywords(loc, &keywords[keywords.len() - pending..])?;
            if have_dict {
                self.op_arg(loc, DICT_MERGE, 1);
            }
        }
        if keywords.is_empty() {
            self.op(loc, PUSH_NULL);
        }
        self.op(loc, CALL_FUNCTION_EX);
        Ok(())
    }

    fn sub_keywords(&mut self, loc: Loc, keywords: &[Keyword]) -> Result {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(Loc::NONE, BUILD_MAP, 0);
        }
        for keyword in keywords {
            if let Some(name) = &keyword.arg {
                self.load_str(loc, name);
            }
            self.expr(keyword.value)?;
            if big {
                self.op_arg(Loc::NONE, MAP_ADD, 1);
            }
        }
        if !big {
            self.op_arg(loc, BUILD_MAP, keywords.len() as u32);
        }
        Ok(())
    }
}
