//! Classes.

use super::super::code::Const;
use super::super::ir::{Loc, op::*};
use super::super::symtable::NodeKey;
use super::{ArgCounts, Codegen, Result, UnitKind, intrinsic};
use crate::syntax::ast::*;

impl<'a> Codegen<'a> {
    pub fn class(&mut self, id: StmtId, def: &'a ClassDef) -> Result {
        self.exprs(&def.decorators)?;
        let firstlineno = self.first_line(id, &def.decorators);
        let loc = self.stmt_loc(id);
        let generic = !def.type_params.is_empty();
        let (type_params, generic_base): (Ident, Ident) = (".type_params".into(), ".generic_base".into());
        if generic {
            self.enter_generic(id, &def.name, firstlineno, Some(def.name.clone()), 0)?;
            self.type_params(id, &def.type_params)?;
            self.store_name(loc, &type_params)?;
        }
        self.class_body(id, def, firstlineno)?;
        if generic {
            self.load_name(loc, &type_params)?;
            self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::SUBSCRIPT_GENERIC);
            self.store_name(loc, &generic_base)?;
            self.call_helper(loc, 2, &def.bases, Some(&generic_base), &def.keywords)?;
            let code = self.assemble(false)?;
            self.make_closure(loc, code, 0);
            self.op(loc, PUSH_NULL);
            self.op_arg(loc, CALL, 0);
        } else {
            self.call_helper(loc, 2, &def.bases, None, &def.keywords)?;
        }
        self.apply_decorators(&def.decorators);
        self.store_name(loc, &def.name)
    }

    fn class_body(&mut self, id: StmtId, def: &ClassDef, firstlineno: u32) -> Result {
        let private = Some(def.name.clone());
        let key = NodeKey::Stmt(id);
        self.enter_scope(def.name.clone(), UnitKind::Class, key, firstlineno, private, ArgCounts::default())?;
        let line = firstlineno as i32;
        let loc = Loc::new(line, line, 0, 0);
        self.load_name(loc, &"__name__".into())?;
        self.store_name(loc, &"__module__".into())?;
        let qualname = self.unit_ref().qualname.clone();
        self.load_str(loc, &qualname);
        self.store_name(loc, &"__qualname__".into())?;
        self.load_const(loc, Const::Int(firstlineno.into()));
        self.store_name(loc, &"__firstlineno__".into())?;
        if !def.type_params.is_empty() {
            self.load_name(loc, &".type_params".into())?;
            self.store_name(loc, &"__type_params__".into())?;
        }
        if self.scope().needs_classdict {
            self.op(loc, LOAD_LOCALS);
            let i = self.unit().cellvars.add(&"__classdict__".into());
            self.op_arg(loc, STORE_DEREF, i);
        }
        if self.scope().has_conditional_annotations {
            self.op_arg(loc, BUILD_SET, 0);
            let i = self.unit().cellvars.add(&"__conditional_annotations__".into());
            self.op_arg(loc, STORE_DEREF, i);
        }
        self.body(loc, &def.body, false)?;
        let attributes = self.unit_ref().static_attributes.iter().map(|name| Const::Str(Text::new(name)));
        let attributes = Const::Tuple(attributes.collect());
        self.load_const(Loc::NONE, attributes);
        self.store_name(Loc::NONE, &"__static_attributes__".into())?;
        if self.scope().needs_classdict {
            let i = self.unit().cellvars.add(&"__classdict__".into());
            self.op_arg(Loc::NONE, LOAD_CLOSURE, i);
            self.store_name(Loc::NONE, &"__classdictcell__".into())?;
        }
        if self.scope().needs_class_closure {
            let i = self.unit().cellvars.add(&"__class__".into());
            self.op_arg(Loc::NONE, LOAD_CLOSURE, i);
            self.op_arg(Loc::NONE, COPY, 1);
            self.store_name(Loc::NONE, &"__classcell__".into())?;
        } else {
            self.load_none(Loc::NONE);
        }
        self.op(Loc::NONE, RETURN_VALUE);
        let code = self.assemble(true)?;
        // From here on it is the line of the class, not of a decorator.
        let loc = self.stmt_loc(id);
        self.op(loc, LOAD_BUILD_CLASS);
        self.op(loc, PUSH_NULL);
        self.make_closure(loc, code, 0);
        self.load_str(loc, &def.name);
        Ok(())
    }
}
