//! Making the built-in types while an interpreter starts.

use super::spec::Spec;
use super::thread::Thread;
use super::type_new::{finish_builtin_type, make_builtin_type};
use super::types::{TypeCell, Types};
use super::*;

/// A built-in type: its description and its cell.
type Row = (&'static Spec, fn(&Types) -> &TypeCell);

macro_rules! rows {
    ($($spec:path => $cell:ident),* $(,)?) => {
        /// Every built-in type but the exceptions.
        fn rows() -> Vec<Row> {
            vec![$((&$spec, |types: &Types| &types.$cell)),*]
        }
    };
}

rows! {
    type_methods::SPEC => type_,
    object::SPEC => object,
    int::SPEC => int,
    bool::SPEC => bool_,
    float::SPEC => float,
    complex::SPEC => complex,
    none::SPEC => none,
    none::NOT_IMPLEMENTED_SPEC => not_implemented,
    none::ELLIPSIS_SPEC => ellipsis,
    string::SPEC => str_,
    bytes::SPEC => bytes,
    bytearray::SPEC => bytearray,
    memoryview::SPEC => memoryview,
    list::SPEC => list,
    tuple::SPEC => tuple,
    dict::SPEC => dict,
    dict::views::KEYS => dict_keys,
    dict::views::VALUES => dict_values,
    dict::views::ITEMS => dict_items,
    dict::iter::KEYS => dict_keyiterator,
    dict::iter::VALUES => dict_valueiterator,
    dict::iter::ITEMS => dict_itemiterator,
    dict::iter::REVERSE_KEYS => dict_reversekeyiterator,
    dict::iter::REVERSE_VALUES => dict_reversevalueiterator,
    dict::iter::REVERSE_ITEMS => dict_reverseitemiterator,
    mapping_proxy::SPEC => mappingproxy,
    set::SPEC => set,
    set::FROZEN => frozenset,
    set::ITERATOR => set_iterator,
    range::SPEC => range,
    range::ITERATOR => range_iterator,
    range::LONG_ITERATOR => longrange_iterator,
    slice::SPEC => slice,
    iter::LIST => list_iterator,
    iter::LIST_REVERSE => list_reverseiterator,
    iter::TUPLE => tuple_iterator,
    iter::STR => str_iterator,
    iter::STR_ASCII => str_ascii_iterator,
    iter::BYTES => bytes_iterator,
    iter::BYTEARRAY => bytearray_iterator,
    iter::MEMORY => memory_iterator,
    iter::SEQUENCE => iterator,
    iter::CALLABLE => callable_iterator,
    iter::ENUMERATE => enumerate,
    iter::ZIP => zip,
    iter::MAP => map,
    iter::FILTER => filter,
    iter::REVERSED => reversed,
    descriptors::method::SPEC => method_descriptor,
    descriptors::method::CLASSMETHOD_DESCRIPTOR => classmethod_descriptor,
    descriptors::method::BUILTIN => builtin_function_or_method,
    descriptors::wrapper::SPEC => wrapper_descriptor,
    descriptors::wrapper::METHOD_WRAPPER => method_wrapper,
    descriptors::getset::SPEC => getset_descriptor,
    descriptors::member::SPEC => member_descriptor,
    descriptors::property::SPEC => property,
    descriptors::classmethod::CLASSMETHOD => classmethod,
    descriptors::classmethod::STATICMETHOD => staticmethod,
    descriptors::super_::SPEC => super_,
    generic_alias::SPEC => generic_alias,
    union::SPEC => union,
    simple_namespace::SPEC => simple_namespace,
    template::TEMPLATE => template,
    template::INTERPOLATION => interpolation,
    template::ITERATOR => template_iterator,
    module_type::SPEC => module,
    function_type::SPEC => function,
    method_type::SPEC => method,
    code_type::SPEC => code,
    frame_type::SPEC => frame,
    frame_locals::SPEC => frame_locals_proxy,
    traceback::SPEC => traceback,
    cell::SPEC => cell,
    generator_type::GENERATOR => generator,
    generator_type::COROUTINE => coroutine,
    generator_type::COROUTINE_WRAPPER => coroutine_wrapper,
    async_generator::SPEC => async_generator,
    async_generator::ASEND => async_generator_asend,
    async_generator::ATHROW => async_generator_athrow,
    async_generator::WRAPPED => async_generator_wrapped_value,
    anext_awaitable::SPEC => anext_awaitable,
    typing::param::TYPEVAR => typevar,
    typing::param::PARAMSPEC => paramspec,
    typing::param::PARAMSPECARGS => paramspecargs,
    typing::param::PARAMSPECKWARGS => paramspeckwargs,
    typing::param::TYPEVARTUPLE => typevartuple,
    typing::alias::SPEC => typealias,
    typing::generic::GENERIC => generic,
    typing::generic::NO_DEFAULT => no_default,
    weakref_type::SPEC => weakref,
    weakref_proxy::PROXY => weakproxy,
    weakref_proxy::CALLABLE => weakcallableproxy,
    context::CONTEXT => context,
    context::VAR => contextvar,
    context::TOKEN => context_token,
    context::MISSING => token_missing,
}

/// Makes the types without contents: everything else needs them.
pub(super) fn types(t: &Thread) {
    for (spec, cell) in rows() {
        make_builtin_type(t, spec, cell(t.types()));
    }
    for (spec, cell) in exception::rows() {
        make_builtin_type(t, spec, cell(t.types()));
    }
}

/// Fills the types' namespaces.
pub(super) fn fill(t: &Thread) {
    exception::finish_group(t);
    for (_, cell) in rows().into_iter().chain(exception::rows()) {
        finish_builtin_type(t, cell(t.types()));
    }
    template::fill(t);
}
