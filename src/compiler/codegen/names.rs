//! Names: which instruction reads, binds or deletes one.

use super::super::ir::{Loc, op::*};
use super::super::symtable::{self, BlockKind, NameScope};
use super::{Codegen, Result};
use crate::syntax::ast::{Context, Ident};

/// Where a name lives at run time.
enum Place {
    Fast,
    Deref(u32),
    Global,
    Name,
}

impl Codegen<'_> {
    /// The name as the innermost scope sees it.
    pub fn mangled(&self, name: &Ident) -> Ident {
        symtable::maybe_mangle(self.unit_ref().private.as_ref(), self.scope(), name)
    }

    pub fn load_name(&mut self, loc: Loc, name: &Ident) -> Result {
        self.name_op(loc, name, Context::Load)
    }

    pub fn store_name(&mut self, loc: Loc, name: &Ident) -> Result {
        self.name_op(loc, name, Context::Store)
    }

    pub fn delete_name(&mut self, loc: Loc, name: &Ident) -> Result {
        self.name_op(loc, name, Context::Del)
    }

    fn place_of(&mut self, mangled: &Ident, scope: NameScope) -> Result<Place> {
        let function_like = self.scope().is_function_like();
        let unit = self.unit();
        Ok(match scope {
            NameScope::Free => {
                let i = unit.freevars.add(mangled);
                Place::Deref(unit.cellvars.len() as u32 + i)
            }
            NameScope::Cell => Place::Deref(unit.cellvars.add(mangled)),
            NameScope::Local if function_like => Place::Fast,
            NameScope::Local if unit.fast_hidden.get(mangled) == Some(&true) => Place::Fast,
            NameScope::GlobalImplicit if function_like => Place::Global,
            NameScope::GlobalExplicit => Place::Global,
            _ => Place::Name,
        })
    }

    pub fn name_op(&mut self, loc: Loc, name: &Ident, ctx: Context) -> Result {
        let mangled = self.mangled(name);
        let scope = self.scope().name_scope(&mangled);
        let in_class = self.scope().kind == BlockKind::Class;
        let sees_class = self.scope().can_see_class_scope;
        let inlined = self.unit_ref().inlined_comprehensions > 0;
        match self.place_of(&mangled, scope)? {
            Place::Fast => {
                let op = match ctx {
                    Context::Load => LOAD_FAST,
                    Context::Store => STORE_FAST,
                    Context::Del => DELETE_FAST,
                };
                let i = self.unit().varnames.add(&mangled);
                self.op_arg(loc, op, i);
            }
            Place::Deref(i) => {
                let op = match ctx {
                    Context::Load if in_class && !inlined => {
                        self.op(loc, LOAD_LOCALS);
                        LOAD_FROM_DICT_OR_DEREF
                    }
                    Context::Load if sees_class => {
                        self.load_classdict(loc);
                        LOAD_FROM_DICT_OR_DEREF
                    }
                    Context::Load => LOAD_DEREF,
                    Context::Store => STORE_DEREF,
                    Context::Del => DELETE_DEREF,
                };
                self.op_arg(loc, op, i);
            }
            Place::Global => {
                let i = self.unit().names.add(&mangled);
                match ctx {
                    Context::Load if sees_class && scope == NameScope::GlobalImplicit => {
                        self.load_classdict(loc);
                        self.op_arg(loc, LOAD_FROM_DICT_OR_GLOBALS, i);
                    }
                    Context::Load => self.op_arg(loc, LOAD_GLOBAL, i << 1),
                    Context::Store => self.op_arg(loc, STORE_GLOBAL, i),
                    Context::Del => self.op_arg(loc, DELETE_GLOBAL, i),
                }
            }
            Place::Name => {
                let i = self.unit().names.add(&mangled);
                match ctx {
                    Context::Load if in_class && inlined => self.op_arg(loc, LOAD_GLOBAL, i << 1),
                    Context::Load => self.op_arg(loc, LOAD_NAME, i),
                    Context::Store => self.op_arg(loc, STORE_NAME, i),
                    Context::Del => self.op_arg(loc, DELETE_NAME, i),
                }
            }
        }
        Ok(())
    }

    /// Pushes the namespace of the class around an annotation scope.
    fn load_classdict(&mut self, loc: Loc) {
        let i = self.closure_index(&"__classdict__".into());
        self.op_arg(loc, LOAD_DEREF, i);
    }

    /// The number of a cell or free variable.
    pub fn closure_index(&mut self, name: &Ident) -> u32 {
        let unit = self.unit();
        match unit.cellvars.get(name) {
            Some(i) => i,
            None => {
                let i = unit.freevars.add(name);
                unit.cellvars.len() as u32 + i
            }
        }
    }
}
