//! `_testmultiphase`: a native module to be imported, which CPython's tests of the import system want to find.

use crate::modules::ModuleSpec;
use crate::modules::exceptions::Exception;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

static ERROR: Exception = Exception { module: "_testimportexec", name: "error", base: |types| &types.exception };

fn foo(t: &Thread, _: &Value, args: &[Value]) -> R {
    let sum = i128::from(int::arg_i64(t, &args[0])?) + i128::from(int::arg_i64(t, &args[1])?);
    Ok(int::from_i128(t, sum))
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "error", ERROR.class(t)?);
    module.set(t, "int_const", Value::small(1969));
    module.set(t, "str_const", t.str("something different"));
    Ok(())
}

/// `_testmultiphase`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_testmultiphase",
    doc: "Test module main",
    functions: &[Def::new("foo", Func::Pos(foo, 2, 2), "", "foo(i,j)\n\nReturn the sum of i and j.")],
    exec: Some(exec),
};
