//! Descriptors: objects in a class's namespace that decide what an attribute access gives.
//!
//! | type                     | stands for                                              | file        |
//! |--------------------------|---------------------------------------------------------|-------------|
//! | `getset_descriptor`      | a computed attribute of a built-in type                 | `getset`    |
//! | `member_descriptor`      | a field: one of `__slots__`, or of a native structure    | `member`    |
//! | `wrapper_descriptor`     | a native slot, as its special method                    | `wrapper`   |
//! | `method_descriptor` ...  | native methods and functions (their memory: `native`)   | `method`    |
//! | `property`               | three functions                                         | `property`  |
//! | `classmethod` ...        | a function that gets the class, or nothing              | `classmethod` |
//! | `super`                  | what comes after a class in the MRO                     | `super_`    |

pub mod classmethod;
pub mod getset;
pub mod member;
pub mod method;
pub mod property;
pub mod super_;
pub mod wrapper;

pub use classmethod::{ClassMethod, StaticMethod};
pub use getset::GetSetDescr;
pub use member::MemberDescr;
pub use property::Property;
pub use super_::{super_attribute, super_lookup, super_method};
pub use wrapper::{MethodWrapper, WrapperDescr};

use super::slots::{R, Raised};
use super::string::Str;
use super::thread::Thread;
use super::type_object::Type;
use super::value::Value;

/// Implements the memory management of a payload whose references all lie in slots.
macro_rules! slots_payload {
    ($type:ident, $kind:ident, [$($slot:ident),*]) => {
        // SAFETY: `repr(C)`, header first; all objects of the kind are made in this file.
        unsafe impl Payload for $type {
            const KIND: Kind = Kind::$kind;
        }

        impl $type {
            /// # Safety
            /// The object is dead.
            pub unsafe fn drop_payload(this: *mut Header) {
                // SAFETY: nobody else refers to it.
                let this = unsafe { &*(this as *const $type) };
                $(drop(this.$slot.take_last());)*
            }

            /// Visits what it holds (collector).
            pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
                if let Some(this) = value.cast::<$type>() {
                    $(this.$slot.visit(visit);)*
                }
            }

            /// Drops what it holds (collector).
            pub fn clear_refs(_t: &Thread, value: &Value) {
                if let Some(this) = value.cast::<$type>() {
                    $(drop(this.$slot.take());)*
                }
            }
        }
    };
}
pub(super) use slots_payload;

/// `descriptor 'x' for 'T' objects doesn't apply to a 'U' object`.
#[cold]
pub(super) fn does_not_apply(t: &Thread, name: &str, owner: &Type, v: &Value) -> Raised {
    t.type_error(format!(
        "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
        owner.name_str(),
        v.type_of(t).name_str()
    ))
}

/// `T.name`: the qualified name of something in a type.
pub(super) fn qualname(t: &Thread, owner: &Type, name: &str) -> Value {
    let class = owner.qualname.get(t);
    let class = class.as_ref().and_then(|q| q.cast::<Str>()).map(|q| q.to_str_lossy().into_owned());
    t.str(format!("{}.{name}", class.unwrap_or_default()))
}

/// Text, or `None` where there is none.
pub(super) fn text_or_none(t: &Thread, text: &str) -> Value {
    if text.is_empty() { Value::NONE } else { t.str(text) }
}

/// `getattr(owner, name)` as `pickle` wants it: `(getattr, (owner, name))`.
pub(super) fn reduce_as_attribute(t: &Thread, owner: &Value, name: &str) -> R {
    let builtins = t.interp.builtins_dict.get(t);
    let getattr =
        builtins.as_ref().and_then(|b| b.cast::<super::dict::Dict>()).and_then(|b| b.get_str(t, &t.names().getattr));
    let Some(getattr) = getattr else { return Err(t.runtime_error("builtins.getattr is missing")) };
    Ok(t.tuple([getattr, t.tuple([owner.clone(), t.intern(name)])]))
}
