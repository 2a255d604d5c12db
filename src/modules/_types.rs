//! `_types`: names for built-in types.

use super::ModuleSpec;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::thread::Thread;

fn exec(t: &Thread, m: &Module) -> R<()> {
    let types = t.types();
    for (name, cell) in [
        ("AsyncGeneratorType", &types.async_generator),
        ("BuiltinFunctionType", &types.builtin_function_or_method),
        ("BuiltinMethodType", &types.builtin_function_or_method),
        ("CapsuleType", &types.capsule),
        ("CellType", &types.cell),
        ("ClassMethodDescriptorType", &types.classmethod_descriptor),
        ("CodeType", &types.code),
        ("CoroutineType", &types.coroutine),
        ("EllipsisType", &types.ellipsis),
        ("FrameType", &types.frame),
        ("FunctionType", &types.function),
        ("GeneratorType", &types.generator),
        ("GenericAlias", &types.generic_alias),
        ("GetSetDescriptorType", &types.getset_descriptor),
        ("LambdaType", &types.function),
        ("MappingProxyType", &types.mappingproxy),
        ("MemberDescriptorType", &types.member_descriptor),
        ("MethodDescriptorType", &types.method_descriptor),
        ("MethodType", &types.method),
        ("MethodWrapperType", &types.method_wrapper),
        ("ModuleType", &types.module),
        ("NoneType", &types.none),
        ("NotImplementedType", &types.not_implemented),
        ("SimpleNamespace", &types.simple_namespace),
        ("TracebackType", &types.traceback),
        ("UnionType", &types.union),
        ("WrapperDescriptorType", &types.wrapper_descriptor),
    ] {
        if cell.is_set() {
            m.set(t, name, cell.value());
        }
    }
    Ok(())
}

pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_types", doc: "Define names for built-in types.", functions: &[], exec: Some(exec) };
