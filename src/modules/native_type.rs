//! What native modules need to declare types: payloads made from a list of fields, and constructors' signatures.

use super::module_type;
use crate::objects::module::Module;
use crate::objects::native;
use crate::objects::slots::{Args, R};
use crate::objects::spec::Spec;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::OnceLock;

/// The signature of a constructor, parsed once.
pub struct Signature {
    name: &'static str,
    text: &'static str,
    parsed: OnceLock<native::Signature>,
}

impl Signature {
    /// `text` is a text signature without a receiver: `"(iterable, n, *, strict=False)"`.
    pub const fn new(name: &'static str, text: &'static str) -> Signature {
        Signature { name, text, parsed: OnceLock::new() }
    }

    /// The arguments, one `Option` for each of the `N` parameters.
    pub fn bind<const N: usize>(&self, t: &Thread, args: Args<'_>) -> R<[Option<Value>; N]> {
        let signature = self.parsed.get_or_init(|| native::Signature::parse_text(self.name, self.text));
        let mut bound = [const { None }; N];
        signature.bind(t, args, &mut bound)?;
        Ok(bound)
    }
}

/// Declares the payload of a native type: `fields! { Deque { field: Type, ... } }`. See `container::payload!`.
macro_rules! fields {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub(crate) $field: $type),*
        }

        impl $crate::objects::opaque::Native for $name {
            fn traverse(&self, _visit: &mut dyn FnMut(&$crate::objects::value::Value)) {
                $($crate::objects::container::Field::visit(&self.$field, _visit);)*
            }

            fn clear(&self, _t: &$crate::objects::thread::Thread) {
                $($crate::objects::container::Field::clear(&self.$field);)*
            }
        }

        #[allow(dead_code)]
        impl $name {
            /// Size of the objects' memory, for the type's table.
            pub(crate) const SIZE: usize = $crate::objects::opaque::size::<$name>();

            /// The slots that every native type has: how it dies and what the collector sees.
            pub(crate) const MEMORY: $crate::objects::slots::Slots = $crate::objects::opaque::spec::<$name>("").slots;

            /// A new object of `class`: the native type or a subclass.
            pub(crate) fn make_in(
                t: &$crate::objects::thread::Thread,
                class: &$crate::objects::type_object::Type,
                $($field: $type),*
            ) -> $crate::objects::slots::R {
                $crate::objects::opaque::new(t, class, $name { $($field),* })
            }

            /// The payload of an object that has this one.
            #[inline(always)]
            pub(crate) fn of(v: &$crate::objects::value::Value) -> Option<&$name> {
                v.opaque::<$name>()
            }

            /// The payload that a slot or method was called on.
            #[inline(always)]
            pub(crate) fn this(v: &$crate::objects::value::Value) -> &$name {
                v.opaque::<$name>().expect("slots of a native type get its objects")
            }
        }
    };
}
pub(crate) use fields;

/// Calls `f` with a native type, which is made at first use.
pub fn with_type<T>(t: &Thread, spec: &'static Spec, f: impl FnOnce(&Type) -> T) -> T {
    let value = module_type(t, spec);
    f(value.cast::<Type>().expect("a native type is a type"))
}

/// Whether the type, or one that it derives from, is the one that the spec describes.
#[inline(always)]
pub fn describes(typ: &Type, spec: &'static Spec) -> bool {
    typ.spec().is_some_and(|own| std::ptr::eq(own, spec)) || describes_base(typ, spec)
}

#[inline(never)]
fn describes_base(typ: &Type, spec: &'static Spec) -> bool {
    let t = crate::objects::thread::current();
    let mut base = typ.base(t);
    while let Some(value) = base {
        let Some(typ) = value.cast::<Type>() else { return false };
        if typ.spec().is_some_and(|own| std::ptr::eq(own, spec)) {
            return true;
        }
        base = typ.base(t);
    }
    false
}

/// Puts native types into a module's namespace.
pub fn add_types(t: &Thread, module: &Module, specs: &[&'static Spec]) {
    let namespace = module.dict(t);
    let Some(dict) = namespace.cast::<crate::objects::dict::Dict>() else { return };
    for &spec in specs {
        dict.set_name(t, spec.name.rsplit('.').next().unwrap_or(spec.name), module_type(t, spec));
    }
}
