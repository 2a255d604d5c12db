//! f-strings and t-strings.

use super::super::code::Const;
use super::super::ir::{Loc, op::*};
use super::{Codegen, Result, STACK_USE_GUIDELINE};
use crate::syntax::ast::*;

/// `CONVERT_VALUE`'s argument.
fn conversion_arg(conversion: Conversion) -> u32 {
    match conversion {
        Conversion::None => 0,
        Conversion::Str => 1,
        Conversion::Repr => 2,
        Conversion::Ascii => 3,
    }
}

impl Codegen<'_> {
    pub fn formatted_value(
        &mut self,
        loc: Loc,
        value: ExprId,
        conversion: Conversion,
        format_spec: Option<ExprId>,
    ) -> Result {
        self.expr(value)?;
        if conversion != Conversion::None {
            self.op_arg(loc, CONVERT_VALUE, conversion_arg(conversion));
        }
        match format_spec {
            Some(spec) => {
                self.expr(spec)?;
                self.op(loc, FORMAT_WITH_SPEC);
            }
            None => self.op(loc, FORMAT_SIMPLE),
        }
        Ok(())
    }

    pub fn joined_str(&mut self, loc: Loc, values: &[ExprId]) -> Result {
        if values.len() > STACK_USE_GUIDELINE {
            self.load_str(loc, "");
            self.load_attr(loc, &"join".into(), true);
            self.op_arg(loc, BUILD_LIST, 0);
            for &value in values {
                self.expr(value)?;
                self.op_arg(loc, LIST_APPEND, 1);
            }
            self.op_arg(loc, CALL, 1);
            return Ok(());
        }
        self.exprs(values)?;
        match values.len() {
            0 => self.load_str(loc, ""),
            1 => {}
            n => self.op_arg(loc, BUILD_STRING, n as u32),
        }
        Ok(())
    }

    pub fn interpolation(
        &mut self,
        loc: Loc,
        value: ExprId,
        text: &Text,
        conversion: Conversion,
        format_spec: Option<ExprId>,
    ) -> Result {
        self.expr(value)?;
        self.load_const(loc, Const::Str(text.clone()));
        if let Some(spec) = format_spec {
            self.expr(spec)?;
        }
        let arg = 2 | u32::from(format_spec.is_some()) | conversion_arg(conversion) << 2;
        self.op_arg(loc, BUILD_INTERPOLATION, arg);
        Ok(())
    }

    /// The strings first, one more than there are interpolations, then these.
    pub fn template_str(&mut self, loc: Loc, values: &[ExprId]) -> Result {
        let is_field = |c: &Self, id: ExprId| matches!(c.ast[id].kind, ExprKind::Interpolation { .. });
        let mut strings = 0;
        let mut after_field = true;
        for &value in values {
            let field = is_field(self, value);
            if !field {
                self.expr(value)?;
                strings += 1;
            } else if after_field {
                self.load_str(loc, "");
                strings += 1;
            }
            after_field = field;
        }
        if after_field {
            self.load_str(loc, "");
            strings += 1;
        }
        self.op_arg(loc, BUILD_TUPLE, strings);
        let mut fields = 0;
        for &value in values {
            if is_field(self, value) {
                self.expr(value)?;
                fields += 1;
            }
        }
        self.op_arg(loc, BUILD_TUPLE, fields);
        self.op(loc, BUILD_TEMPLATE);
        Ok(())
    }
}
