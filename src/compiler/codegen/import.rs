//! Import statements.

use super::super::code::Const;
use super::super::ir::{Loc, op::*};
use super::{Codegen, Result, intrinsic};
use crate::syntax::ast::*;

impl Codegen<'_> {
    pub fn import(&mut self, loc: Loc, names: &[Alias]) -> Result {
        for alias in names {
            self.load_const(loc, Const::Int(0));
            self.load_none(loc);
            self.op_name(loc, IMPORT_NAME, &alias.name);
            match &alias.asname {
                Some(asname) => self.import_as(loc, &alias.name, asname)?,
                None => {
                    let first: Ident = alias.name.split('.').next().unwrap_or_default().into();
                    self.store_name(loc, &first)?;
                }
            }
        }
        Ok(())
    }

    /// `import a.b.c as m`: the import gives `a`, from which the rest is taken.
    fn import_as(&mut self, loc: Loc, name: &Ident, asname: &Ident) -> Result {
        let rest: Vec<Ident> = name.split('.').skip(1).map(Ident::from).collect();
        for (i, attr) in rest.iter().enumerate() {
            self.op_name(loc, IMPORT_FROM, attr);
            if i + 1 < rest.len() {
                self.op_arg(loc, SWAP, 2);
                self.op(loc, POP_TOP);
            }
        }
        self.store_name(loc, asname)?;
        if !rest.is_empty() {
            self.op(loc, POP_TOP);
        }
        Ok(())
    }

    pub fn import_from(&mut self, loc: Loc, module: &Option<Ident>, names: &[Alias], level: u32) -> Result {
        self.load_const(loc, Const::Int(level.into()));
        let wanted: Vec<Const> = names.iter().map(|alias| Const::Str(Text::new(&alias.name))).collect();
        self.load_const(loc, Const::Tuple(wanted.into()));
        self.op_name(loc, IMPORT_NAME, module.as_ref().unwrap_or(&"".into()));
        for (i, alias) in names.iter().enumerate() {
            if i == 0 && &*alias.name == "*" {
                self.op_arg(loc, CALL_INTRINSIC_1, intrinsic::IMPORT_STAR);
                self.op(Loc::NONE, POP_TOP);
                return Ok(());
            }
            self.op_name(loc, IMPORT_FROM, &alias.name);
            self.store_name(loc, alias.asname.as_ref().unwrap_or(&alias.name))?;
        }
        self.op(loc, POP_TOP);
        Ok(())
    }
}
