//! The first pass: opens the scopes and notes what each does with its names. Statements are here,
//! expressions in `expressions.rs`.

use super::{
    BlockKind, ComprehensionKind, NodeKey, Scope, ScopeId, SymbolTable, Symbols, analyze, error, mangle, maybe_mangle,
    symbol::*,
};
use crate::compiler::depth::Depth;
use crate::syntax::ast::*;
use crate::syntax::error::SyntaxError;

pub(super) type Result<T = ()> = std::result::Result<T, Box<SyntaxError>>;

/// What the first pass carries along.
pub(super) struct Builder<'a> {
    pub(super) ast: &'a Ast,
    pub(super) table: SymbolTable,
    pub(super) current: ScopeId,
    pub(super) stack: Vec<ScopeId>,
    /// The class whose private names are mangled.
    pub(super) private: Option<Ident>,
    /// `from __future__ import annotations`: annotations are not evaluated.
    future_annotations: bool,
    depth: Depth,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`.
    pub(super) top_level_await: bool,
}

/// Builds the tables of a source text, both passes.
///
/// Errors: `SyntaxError` with CPython's messages, `RecursionError` for a tree that is too deep.
pub fn build(ast: &Ast, root: &Mod, future_annotations: bool, top_level_await: bool) -> Result<SymbolTable> {
    let mut builder = Builder {
        ast,
        table: SymbolTable::default(),
        current: ScopeId(0),
        stack: Vec::new(),
        private: None,
        future_annotations,
        depth: Depth::default(),
        top_level_await,
    };
    let top = builder.new_scope("top".into(), BlockKind::Module, NodeKey::Root, Span::default());
    builder.current = top;
    match root {
        Mod::Module(body) | Mod::Interactive(body) => {
            if builder.docstring(body).is_some() {
                builder.scope().has_docstring = true;
            }
            builder.visit_stmts(body)?;
        }
        Mod::Expression(value) => builder.visit_expr(*value)?,
    }
    let mut table = builder.table;
    analyze::analyze(&mut table)?;
    Ok(table)
}

impl<'a> Builder<'a> {
    pub(super) fn scope(&mut self) -> &mut Scope {
        let current = self.current;
        &mut self.table[current]
    }

    /// Runs `f` one level deeper.
    pub(super) fn deeper<T>(&mut self, span: Span, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth.enter(span)?;
        let result = crate::compiler::depth::grow(|| f(self));
        self.depth.leave();
        result
    }

    /// Makes a scope without entering it.
    pub(super) fn new_scope(&mut self, name: Ident, kind: BlockKind, key: NodeKey, span: Span) -> ScopeId {
        let id = ScopeId(self.table.scopes.len() as u32);
        let parent = self.table.scopes.get(self.current.0 as usize);
        let method = kind == BlockKind::Function && parent.is_some_and(|p| p.kind == BlockKind::Class);
        let nested = parent.is_some_and(|p| p.nested || p.is_function_like());
        self.table.scopes.push(Scope {
            kind,
            name,
            function_name: None,
            scope_info: "",
            span,
            symbols: Symbols::default(),
            varnames: Vec::new(),
            children: Vec::new(),
            directives: Vec::new(),
            mangled_names: None,
            comprehension: ComprehensionKind::None,
            nested,
            generator: false,
            coroutine: false,
            varargs: false,
            varkeywords: false,
            returns_value: false,
            needs_class_closure: false,
            needs_classdict: false,
            comp_inlined: false,
            comp_iter_target: false,
            comp_iter_expr: 0,
            can_see_class_scope: false,
            has_docstring: false,
            method,
            annotations_used: false,
            has_conditional_annotations: false,
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            annotation_block: None,
        });
        self.table.by_node.insert(key, id);
        id
    }

    /// Enters a scope made before.
    pub(super) fn enter_existing(&mut self, id: ScopeId) {
        let previous = self.current;
        self.stack.push(previous);
        self.table[id].comp_iter_expr = self.table[previous].comp_iter_expr;
        if self.table[id].kind != BlockKind::Class && self.table[previous].mangled_names.is_some() {
            self.table[id].mangled_names = self.table[previous].mangled_names.clone();
        }
        self.current = id;
        // Annotations that stay text bind nothing and read nothing.
        if self.table[id].kind == BlockKind::Annotation && self.future_annotations {
            return;
        }
        if !self.table[previous].children.contains(&id) {
            self.table[previous].children.push(id);
        }
    }

    /// Opens a scope and enters it.
    pub(super) fn enter(&mut self, name: Ident, kind: BlockKind, key: NodeKey, span: Span) -> Result<ScopeId> {
        let id = self.new_scope(name, kind, key, span);
        self.enter_existing(id);
        if matches!(kind, BlockKind::Annotation | BlockKind::TypeVariable | BlockKind::TypeAlias) {
            let format: Ident = ".format".into();
            self.add_def(&format, DEF_PARAM, span)?;
            self.add_def(&format, USE, span)?;
        }
        Ok(id)
    }

    pub(super) fn exit(&mut self) {
        self.current = self.stack.pop().expect("a scope is left once for each time it was entered");
    }

    pub(super) fn lookup(&self, name: &Ident) -> u32 {
        let scope = &self.table[self.current];
        let mangled = maybe_mangle(self.private.as_ref(), scope, name);
        scope.symbols.get(&mangled).unwrap_or(0)
    }

    /// Notes what is done with a name, as for a name that is read (`USE`) or bound (otherwise).
    pub(super) fn add_def(&mut self, name: &Ident, flag: u32, span: Span) -> Result {
        let context = if flag == USE { Context::Load } else { Context::Store };
        self.add_def_ctx(name, flag, span, context)
    }

    pub(super) fn add_def_ctx(&mut self, name: &Ident, flag: u32, span: Span, context: Context) -> Result {
        if flag & (DEF_PARAM | DEF_LOCAL | DEF_IMPORT) != 0 {
            check_name(name, span, context)?;
        }
        if flag & DEF_TYPE_PARAM != 0
            && let Some(names) = &mut self.scope().mangled_names
        {
            names.insert(name.clone());
        }
        self.add_def_in(self.current, name, flag, span)
    }

    pub(super) fn add_def_in(&mut self, id: ScopeId, name: &Ident, flag: u32, span: Span) -> Result {
        let mangled = maybe_mangle(self.private.as_ref(), &self.table[self.current], name);
        let scope = &mut self.table[id];
        let old = scope.symbols.get(&mangled).unwrap_or(0);
        if flag & old & DEF_PARAM != 0 {
            return error(span, format!("duplicate argument '{name}' in function definition"));
        }
        if flag & old & DEF_TYPE_PARAM != 0 {
            return error(span, format!("duplicate type parameter '{name}'"));
        }
        let mut flags = old | flag;
        if scope.comp_iter_target && flag & DEF_LOCAL != 0 {
            if flags & (DEF_GLOBAL | DEF_NONLOCAL) != 0 {
                return error(
                    span,
                    format!("comprehension inner loop cannot rebind assignment expression target '{name}'"),
                );
            }
            flags |= DEF_COMP_ITER;
        }
        scope.symbols.set(&mangled, flags);
        if flag & DEF_PARAM != 0 {
            scope.varnames.push(mangled);
        } else if flag & DEF_GLOBAL != 0 {
            let globals = &mut self.table[SymbolTable::TOP].symbols;
            let flags = globals.get(&mangled).unwrap_or(0) | flag;
            globals.set(&mangled, flags);
        }
        Ok(())
    }

    pub(super) fn docstring(&self, body: &[StmtId]) -> Option<ExprId> {
        crate::compiler::docstring(self.ast, body)
    }

    pub(super) fn visit_stmts(&mut self, body: &[StmtId]) -> Result {
        body.iter().try_for_each(|&s| self.visit_stmt(s))
    }

    fn visit_block(&mut self, body: &[StmtId]) -> Result {
        self.visit_stmts(body)
    }

    fn visit_stmt(&mut self, id: StmtId) -> Result {
        let span = self.ast[id].span;
        self.deeper(span, |b| b.visit_stmt_inner(id))
    }

    fn visit_stmt_inner(&mut self, id: StmtId) -> Result {
        let ast = self.ast;
        let stmt = &ast[id];
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::FunctionDef(def) => self.visit_function(id, def, span)?,
            StmtKind::ClassDef(def) => self.visit_class(id, def, span)?,
            StmtKind::TypeAlias { name, type_params, value } => {
                self.visit_expr(*name)?;
                let ExprKind::Name { id: alias, .. } = &ast[*name].kind else { return Ok(()) };
                let in_class = self.scope().kind == BlockKind::Class;
                let generic = !type_params.is_empty();
                if generic {
                    self.enter_type_params(id, alias, false, false, false, span)?;
                    self.visit_type_params(id, type_params)?;
                }
                self.enter(alias.clone(), BlockKind::TypeAlias, NodeKey::AliasValue(id), span)?;
                self.scope().scope_info = "";
                if in_class {
                    self.see_class_scope(ast[*value].span)?;
                }
                self.visit_expr(*value)?;
                self.exit();
                if generic {
                    self.exit();
                }
            }
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.visit_expr(*value)?;
                    self.scope().returns_value = true;
                }
            }
            StmtKind::Delete(targets) => self.visit_exprs(targets)?,
            StmtKind::Assign { targets, value } => {
                self.visit_exprs(targets)?;
                self.visit_expr(*value)?;
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.visit_ann_assign(span, *target, *annotation, *value, *simple)?;
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.visit_expr(*target)?;
                self.visit_expr(*value)?;
            }
            StmtKind::For { target, iter, body, orelse, is_async } => self.conditional(|b| {
                if *is_async {
                    b.require_async("async for", span)?;
                }
                b.visit_expr(*target)?;
                b.visit_expr(*iter)?;
                b.visit_block(body)?;
                b.visit_block(orelse)
            })?,
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => self.conditional(|b| {
                b.visit_expr(*test)?;
                b.visit_block(body)?;
                b.visit_block(orelse)
            })?,
            StmtKind::Match { subject, cases } => self.conditional(|b| {
                b.visit_expr(*subject)?;
                for case in cases {
                    b.visit_pattern(case.pattern)?;
                    if let Some(guard) = case.guard {
                        b.visit_expr(guard)?;
                    }
                    b.visit_block(&case.body)?;
                }
                Ok(())
            })?,
            StmtKind::Raise { exc, cause } => {
                if let Some(exc) = exc {
                    self.visit_expr(*exc)?;
                    if let Some(cause) = cause {
                        self.visit_expr(*cause)?;
                    }
                }
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => self.conditional(|b| {
                b.visit_block(body)?;
                for handler in handlers {
                    if let Some(typ) = handler.typ {
                        b.visit_expr(typ)?;
                    }
                    if let Some(name) = &handler.name {
                        b.add_def(name, DEF_LOCAL, handler.span)?;
                    }
                    b.visit_block(&handler.body)?;
                }
                b.visit_block(orelse)?;
                b.visit_block(finalbody)
            })?,
            StmtKind::Assert { test, msg } => {
                self.visit_expr(*test)?;
                if let Some(msg) = msg {
                    self.visit_expr(*msg)?;
                }
            }
            StmtKind::Import(names) => {
                names.iter().try_for_each(|alias| self.visit_alias(alias))?;
            }
            StmtKind::ImportFrom { names, .. } => {
                for alias in names {
                    self.visit_alias(alias)?;
                }
            }
            StmtKind::Global(names) => {
                for name in names {
                    self.visit_directive(name, DEF_GLOBAL, span)?;
                }
            }
            StmtKind::Nonlocal(names) => {
                for name in names {
                    self.visit_directive(name, DEF_NONLOCAL, span)?;
                }
            }
            StmtKind::Expr(value) => self.visit_expr(*value)?,
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
            StmtKind::With { items, body, is_async } => self.conditional(|b| {
                if *is_async {
                    b.require_async("async with", span)?;
                }
                for item in items {
                    b.visit_expr(item.context_expr)?;
                    if let Some(vars) = item.optional_vars {
                        b.visit_expr(vars)?;
                    }
                }
                b.visit_block(body)
            })?,
        }
        Ok(())
    }

    /// A statement whose parts may not all run: annotations in it are conditional.
    fn conditional(&mut self, f: impl FnOnce(&mut Self) -> Result) -> Result {
        let before = std::mem::replace(&mut self.scope().in_conditional_block, true);
        f(self)?;
        self.scope().in_conditional_block = before;
        Ok(())
    }

    fn require_async(&mut self, what: &str, span: Span) -> Result {
        if self.allows_top_level_await() {
            self.scope().coroutine = true;
        }
        let scope = self.scope();
        let is_async = scope.coroutine && matches!(scope.kind, BlockKind::Function | BlockKind::Module);
        if is_async { Ok(()) } else { error(span, format!("'{what}' outside async function")) }
    }

    fn visit_directive(&mut self, name: &Ident, flag: u32, span: Span) -> Result {
        let what = if flag == DEF_GLOBAL { "global" } else { "nonlocal" };
        let flags = self.lookup(name);
        if flags & (DEF_PARAM | DEF_LOCAL | USE | DEF_ANNOT) != 0 {
            let message = if flags & DEF_PARAM != 0 {
                format!("name '{name}' is parameter and {what}")
            } else if flags & USE != 0 {
                format!("name '{name}' is used prior to {what} declaration")
            } else if flags & DEF_ANNOT != 0 {
                format!("annotated name '{name}' can't be {what}")
            } else {
                format!("name '{name}' is assigned to before {what} declaration")
            };
            return error(span, message);
        }
        self.add_def(name, flag, span)?;
        self.record_directive(name, span);
        Ok(())
    }

    pub(super) fn record_directive(&mut self, name: &Ident, span: Span) {
        let mangled = maybe_mangle(self.private.as_ref(), &self.table[self.current], name);
        self.scope().directives.push((mangled, span));
    }

    /// An annotation or type scope directly in a class looks into its namespace.
    pub(super) fn see_class_scope(&mut self, span: Span) -> Result {
        self.scope().can_see_class_scope = true;
        self.add_def(&"__classdict__".into(), USE, span)
    }

    fn visit_function(&mut self, id: StmtId, def: &'a FunctionDef, span: Span) -> Result {
        self.add_def(&def.name, DEF_LOCAL, span)?;
        self.visit_exprs(&def.args.defaults)?;
        for default in def.args.kw_defaults.iter().flatten() {
            self.visit_expr(*default)?;
        }
        self.visit_exprs(&def.decorators)?;
        let generic = !def.type_params.is_empty();
        if generic {
            let kw_defaults = def.args.kw_defaults.iter().any(Option::is_some);
            // A slot for the defaults is there whether they are or not.
            self.enter_type_params(id, &def.name, true, kw_defaults, false, span)?;
            self.visit_type_params(id, &def.type_params)?;
        }
        let function = self.new_scope(def.name.clone(), BlockKind::Function, NodeKey::Stmt(id), span);
        self.visit_function_annotations(id, def, span)?;
        self.enter_existing(function);
        if def.is_async {
            self.scope().coroutine = true;
        }
        self.visit_parameters(&def.args)?;
        if self.docstring(&def.body).is_some() {
            self.scope().has_docstring = true;
        }
        self.visit_stmts(&def.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    fn visit_function_annotations(&mut self, id: StmtId, def: &FunctionDef, span: Span) -> Result {
        let in_class = self.scope().can_see_class_scope || self.scope().kind == BlockKind::Class;
        let block = self.enter("__annotate__".into(), BlockKind::Annotation, NodeKey::FunctionAnnotations(id), span)?;
        self.table[block].function_name = Some(def.name.clone());
        if in_class {
            self.see_class_scope(span)?;
        }
        let args = &def.args;
        let parameters = (args.posonlyargs.iter().chain(&args.args)).chain(&args.vararg);
        for parameter in parameters.chain(&args.kwarg).chain(&args.kwonlyargs) {
            if let Some(annotation) = parameter.annotation {
                self.visit_expr(annotation)?;
                self.scope().annotations_used = true;
            }
        }
        if let Some(returns) = def.returns {
            self.scope().annotations_used = true;
            self.visit_expr(returns)?;
        }
        self.exit();
        Ok(())
    }

    pub(super) fn visit_parameters(&mut self, args: &Arguments) -> Result {
        let named = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
        for parameter in named {
            self.add_def(&parameter.arg, DEF_PARAM, parameter.span)?;
        }
        if let Some(vararg) = &args.vararg {
            self.add_def(&vararg.arg, DEF_PARAM, vararg.span)?;
            self.scope().varargs = true;
        }
        if let Some(kwarg) = &args.kwarg {
            self.add_def(&kwarg.arg, DEF_PARAM, kwarg.span)?;
            self.scope().varkeywords = true;
        }
        Ok(())
    }

    fn visit_class(&mut self, id: StmtId, def: &'a ClassDef, span: Span) -> Result {
        self.add_def(&def.name, DEF_LOCAL, span)?;
        self.visit_exprs(&def.decorators)?;
        let outer = self.private.clone();
        let generic = !def.type_params.is_empty();
        if generic {
            self.enter_type_params(id, &def.name, false, false, true, span)?;
            self.private = Some(def.name.clone());
            self.scope().mangled_names = Some(Default::default());
            self.visit_type_params(id, &def.type_params)?;
        }
        self.visit_exprs(&def.bases)?;
        self.visit_keywords(&def.keywords)?;
        self.enter(def.name.clone(), BlockKind::Class, NodeKey::Stmt(id), span)?;
        self.private = Some(def.name.clone());
        if generic {
            self.add_def(&"__type_params__".into(), DEF_LOCAL, span)?;
            self.add_def(&".type_params".into(), USE, span)?;
        }
        if self.docstring(&def.body).is_some() {
            self.scope().has_docstring = true;
        }
        self.visit_stmts(&def.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        self.private = outer;
        Ok(())
    }

    fn enter_type_params(
        &mut self,
        id: StmtId,
        name: &Ident,
        has_defaults: bool,
        has_kwdefaults: bool,
        is_class: bool,
        span: Span,
    ) -> Result {
        let in_class = self.scope().kind == BlockKind::Class;
        self.enter(name.clone(), BlockKind::TypeParameters, NodeKey::TypeParams(id), span)?;
        if in_class {
            self.see_class_scope(span)?;
        }
        if is_class {
            for name in [".type_params", ".generic_base"] {
                self.add_def(&name.into(), DEF_LOCAL, span)?;
                self.add_def(&name.into(), USE, span)?;
            }
        }
        if has_defaults {
            self.add_def(&".defaults".into(), DEF_PARAM, span)?;
        }
        if has_kwdefaults {
            self.add_def(&".kwdefaults".into(), DEF_PARAM, span)?;
        }
        Ok(())
    }

    fn visit_ann_assign(
        &mut self,
        span: Span,
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
        simple: bool,
    ) -> Result {
        let ast = self.ast;
        if let ExprKind::Name { id: name, .. } = &ast[target].kind {
            let flags = self.lookup(name);
            if simple && flags & (DEF_GLOBAL | DEF_NONLOCAL) != 0 && self.current != SymbolTable::TOP {
                let what = if flags & DEF_GLOBAL != 0 { "global" } else { "nonlocal" };
                return error(span, format!("annotated name '{name}' can't be {what}"));
            }
            if simple {
                self.add_def(name, DEF_ANNOT | DEF_LOCAL, ast[target].span)?;
            } else if value.is_some() {
                self.add_def(name, DEF_LOCAL, ast[target].span)?;
            }
        } else {
            self.visit_expr(target)?;
        }
        self.visit_annotation(annotation)?;
        if let Some(value) = value {
            self.visit_expr(value)?;
        }
        Ok(())
    }

    fn visit_annotation(&mut self, annotation: ExprId) -> Result {
        let span = self.ast[annotation].span;
        let parent = self.current;
        let kind = self.table[parent].kind;
        let unevaluated = kind == BlockKind::Function;
        let conditional = kind == BlockKind::Class && self.table[parent].in_conditional_block;
        if (conditional || kind == BlockKind::Module) && !self.table[parent].has_conditional_annotations {
            self.table[parent].has_conditional_annotations = true;
            self.add_def(&"__conditional_annotations__".into(), USE, span)?;
        }
        match self.table[parent].annotation_block {
            Some(block) => self.enter_existing(block),
            None => {
                let key = NodeKey::BlockAnnotations(parent);
                let block = self.enter("__annotate__".into(), BlockKind::Annotation, key, span)?;
                self.table[parent].annotation_block = Some(block);
                if kind == BlockKind::Class {
                    self.see_class_scope(span)?;
                }
            }
        }
        if conditional {
            self.add_def(&"__conditional_annotations__".into(), USE, span)?;
        }
        if unevaluated {
            self.scope().in_unevaluated_annotation = true;
        }
        self.visit_expr(annotation)?;
        if unevaluated {
            self.scope().in_unevaluated_annotation = false;
        }
        self.exit();
        Ok(())
    }

    fn visit_alias(&mut self, alias: &Alias) -> Result {
        let name = alias.asname.as_ref().unwrap_or(&alias.name);
        if &**name == "*" {
            if self.scope().kind != BlockKind::Module {
                return error(alias.span, "import * only allowed at module level");
            }
            return Ok(());
        }
        // `import a.b` binds `a`.
        let stored: Ident = match name.split_once('.') {
            Some((first, _)) => first.into(),
            None => name.clone(),
        };
        self.add_def(&stored, DEF_IMPORT, alias.span)
    }

    pub(super) fn private_mangled(&self, name: &Ident) -> Ident {
        mangle(self.private.as_ref(), name)
    }
}

/// `__debug__` can be neither bound nor deleted.
pub(super) fn check_name(name: &Ident, span: Span, context: Context) -> Result {
    if &**name == "__debug__" {
        match context {
            Context::Store => return error(span, "cannot assign to __debug__"),
            Context::Del => return error(span, "cannot delete __debug__"),
            Context::Load => {}
        }
    }
    Ok(())
}
