//! The built-in types of an interpreter, a cell each: `t.types().list`.

use super::type_object::Type;
use super::value::{Payload, Value};
use std::sync::atomic::{AtomicPtr, Ordering::*};

/// A place for a type that is made while the interpreter starts.
#[derive(Default)]
pub struct TypeCell(AtomicPtr<Type>);

impl TypeCell {
    /// The type.
    #[inline(always)]
    pub fn get(&self) -> &Type {
        let p = self.0.load(Relaxed);
        debug_assert!(!p.is_null(), "a built-in type is used before it is made");
        // SAFETY: set while the interpreter starts, before any code runs; built-in types are immortal.
        unsafe { &*p }
    }

    /// The type as an object.
    pub fn value(&self) -> Value {
        self.get().value()
    }

    /// Whether the value's type is exactly this one.
    #[inline(always)]
    pub fn is(&self, typ: &Type) -> bool {
        std::ptr::eq(self.0.load(Relaxed), typ)
    }

    pub(super) fn set(&self, typ: &Type) {
        self.0.store(typ as *const Type as *mut Type, Relaxed);
    }

    pub fn is_set(&self) -> bool {
        !self.0.load(Relaxed).is_null()
    }
}

impl std::ops::Deref for TypeCell {
    type Target = Type;
    fn deref(&self) -> &Type {
        self.get()
    }
}

macro_rules! types {
    ($($name:ident)*) => {
        /// The built-in types.
        #[derive(Default)]
        pub struct Types { $(pub $name: TypeCell),* }

        impl Types {
            /// Every cell with its field's name.
            pub fn all(&self) -> Vec<(&'static str, &TypeCell)> {
                vec![$((stringify!($name), &self.$name)),*]
            }
        }
    };
}

types! {
    object type_ int float bool_ none not_implemented ellipsis complex str_ bytes bytearray memoryview
    list tuple dict dict_keys dict_values dict_items dict_keyiterator dict_valueiterator dict_itemiterator
    dict_reversekeyiterator dict_reversevalueiterator dict_reverseitemiterator
    mappingproxy set frozenset set_iterator range range_iterator longrange_iterator slice list_iterator
    list_reverseiterator tuple_iterator iterator callable_iterator str_iterator str_ascii_iterator bytes_iterator
    bytearray_iterator memory_iterator
    enumerate zip map filter reversed module function builtin_function_or_method method
    method_descriptor wrapper_descriptor method_wrapper classmethod_descriptor getset_descriptor
    member_descriptor property classmethod staticmethod super_ code frame frame_locals_proxy traceback cell
    generator coroutine async_generator coroutine_wrapper anext_awaitable async_generator_asend
    async_generator_athrow async_generator_wrapped_value
    weakref weakproxy weakcallableproxy generic_alias union typevar paramspec paramspecargs paramspeckwargs typevartuple
    typealias no_default generic template interpolation template_iterator simple_namespace capsule
    context contextvar context_token token_missing
    // The exception tree.
    base_exception exception type_error value_error key_error index_error lookup_error attribute_error name_error
    unbound_local_error runtime_error recursion_error not_implemented_error python_finalization_error
    stop_iteration stop_async_iteration
    generator_exit system_exit keyboard_interrupt arithmetic_error overflow_error zero_division_error
    floating_point_error assertion_error import_error module_not_found_error memory_error os_error
    blocking_io_error child_process_error connection_error broken_pipe_error connection_aborted_error
    connection_refused_error connection_reset_error file_exists_error file_not_found_error interrupted_error
    is_a_directory_error not_a_directory_error permission_error process_lookup_error timeout_error
    buffer_error eof_error reference_error syntax_error indentation_error tab_error incomplete_input_error system_error
    unicode_error unicode_encode_error unicode_decode_error unicode_translate_error
    base_exception_group exception_group
    warning deprecation_warning pending_deprecation_warning runtime_warning syntax_warning user_warning
    future_warning import_warning unicode_warning bytes_warning resource_warning encoding_warning
}
