//! The table itself: fields, and rows in CPython's order.

use super::super::slots::Slots;
use super::generic::*;
use super::{Field, SlotDef, wrap};

macro_rules! fields {
    ($($name:ident $(= $generic:ident)?;)*) => {
        /// The fields by name.
        #[allow(non_upper_case_globals)]
        pub mod field {
            use super::*;
            $(pub static $name: Field = Field {
                is_set: |s: &Slots| s.$name.is_some(),
                copy: |to: &mut Slots, from: &Slots| to.$name = from.$name,
                clear: |s: &mut Slots| s.$name = None,
                generic: fields!(@generic $name $($generic)?),
                same: |a: &Slots, b: &Slots| match (a.$name, b.$name) {
                    (Some(a), Some(b)) => a as *const () == b as *const (),
                    (a, b) => a.is_none() && b.is_none(),
                },
            };)*
        }
    };
    (@generic $name:ident $generic:ident) => { Some(|s: &mut Slots| s.$name = Some($generic)) };
    (@generic $name:ident) => { None };
}

fields! {
    repr = slot_repr; str = slot_str; hash = slot_hash; call = slot_call;
    getattr = slot_getattr_hook; setattr = slot_setattr;
    compare = slot_compare; iter = slot_iter; next = slot_next;
    descr_get = slot_descr_get; descr_set = slot_descr_set;
    init = slot_init; new = slot_new; finalize = slot_finalize;
    am_await = slot_am_await; am_aiter = slot_am_aiter; am_anext = slot_am_anext;
    nb_add = slot_nb_add; nb_subtract = slot_nb_subtract; nb_multiply = slot_nb_multiply;
    nb_remainder = slot_nb_remainder; nb_divmod = slot_nb_divmod; nb_power = slot_nb_power;
    nb_negative = slot_nb_negative; nb_positive = slot_nb_positive; nb_absolute = slot_nb_absolute;
    nb_bool = slot_nb_bool; nb_invert = slot_nb_invert; nb_lshift = slot_nb_lshift; nb_rshift = slot_nb_rshift;
    nb_and = slot_nb_and; nb_xor = slot_nb_xor; nb_or = slot_nb_or;
    nb_int = slot_nb_int; nb_float = slot_nb_float; nb_index = slot_nb_index;
    nb_inplace_add = slot_nb_inplace_add; nb_inplace_subtract = slot_nb_inplace_subtract;
    nb_inplace_multiply = slot_nb_inplace_multiply; nb_inplace_remainder = slot_nb_inplace_remainder;
    nb_inplace_power = slot_nb_inplace_power; nb_inplace_lshift = slot_nb_inplace_lshift;
    nb_inplace_rshift = slot_nb_inplace_rshift; nb_inplace_and = slot_nb_inplace_and;
    nb_inplace_xor = slot_nb_inplace_xor; nb_inplace_or = slot_nb_inplace_or;
    nb_floor_divide = slot_nb_floor_divide; nb_true_divide = slot_nb_true_divide;
    nb_inplace_floor_divide = slot_nb_inplace_floor_divide; nb_inplace_true_divide = slot_nb_inplace_true_divide;
    nb_matrix_multiply = slot_nb_matrix_multiply; nb_inplace_matrix_multiply = slot_nb_inplace_matrix_multiply;
    len = slot_len; getitem = slot_getitem; setitem = slot_setitem; contains = slot_contains;
    bf_get = slot_bf_get; bf_release = slot_bf_release;
    sq_concat; sq_repeat; sq_inplace_concat; sq_inplace_repeat;
}

macro_rules! rows {
    ($($name:literal $field:ident $($wrap:ident $sig:literal $doc:literal)?;)*) => {
        /// Every special method that a slot stands for.
        pub static SLOT_DEFS: &[SlotDef] = &[$(rows!(@row $name $field $($wrap $sig $doc)?)),*];
    };
    (@row $name:literal $field:ident $wrap:ident $sig:literal $doc:literal) => {
        SlotDef {
            name: $name,
            field: &field::$field,
            wrap: Some(|t, def, slots, v, args| match slots.$field {
                Some(f) => wrap::$wrap(t, def, f, v, args),
                None => Err(wrap::missing(t, def, v)),
            }),
            sig: $sig,
            doc: $doc,
        }
    };
    (@row $name:literal $field:ident) => {
        SlotDef { name: $name, field: &field::$field, wrap: None, sig: "", doc: "" }
    };
}

rows! {
    "__repr__" repr unary "($self, /)" "Return repr(self).";
    "__hash__" hash hash "($self, /)" "Return hash(self).";
    "__call__" call call "($self, /, *args, **kwargs)" "Call self as a function.";
    "__str__" str unary "($self, /)" "Return str(self).";
    "__getattribute__" getattr binary "($self, name, /)" "Return getattr(self, name).";
    "__getattr__" getattr;
    "__setattr__" setattr setattr "($self, name, value, /)" "Implement setattr(self, name, value).";
    "__delattr__" setattr delattr "($self, name, /)" "Implement delattr(self, name).";
    "__lt__" compare lt "($self, value, /)" "Return self<value.";
    "__le__" compare le "($self, value, /)" "Return self<=value.";
    "__eq__" compare eq "($self, value, /)" "Return self==value.";
    "__ne__" compare ne "($self, value, /)" "Return self!=value.";
    "__gt__" compare gt "($self, value, /)" "Return self>value.";
    "__ge__" compare ge "($self, value, /)" "Return self>=value.";
    "__iter__" iter unary "($self, /)" "Implement iter(self).";
    "__next__" next next "($self, /)" "Implement next(self).";
    "__get__" descr_get descr_get "($self, instance, owner=None, /)" "Return an attribute of instance, which is of type owner.";
    "__set__" descr_set setitem "($self, instance, value, /)" "Set an attribute of instance to value.";
    "__delete__" descr_set delitem "($self, instance, /)" "Delete an attribute of instance.";
    "__init__" init init "($self, /, *args, **kwargs)" "Initialize self.  See help(type(self)) for accurate signature.";
    "__new__" new;
    "__del__" finalize finalize "($self, /)" "Called when the instance is about to be destroyed.";
    "__buffer__" bf_get buffer "($self, flags, /)" "Return a buffer object that exposes the underlying memory of the object.";
    "__release_buffer__" bf_release release_buffer "($self, buffer, /)" "Release the buffer object that exposes the underlying memory of the object.";
    "__await__" am_await unary "($self, /)" "Return an iterator to be used in await expression.";
    "__aiter__" am_aiter unary "($self, /)" "Return an awaitable, that resolves in asynchronous iterator.";
    "__anext__" am_anext unary "($self, /)" "Return a value or raise StopAsyncIteration.";
    "__add__" nb_add binary "($self, value, /)" "Return self+value.";
    "__radd__" nb_add reflected "($self, value, /)" "Return value+self.";
    "__sub__" nb_subtract binary "($self, value, /)" "Return self-value.";
    "__rsub__" nb_subtract reflected "($self, value, /)" "Return value-self.";
    "__mul__" nb_multiply binary "($self, value, /)" "Return self*value.";
    "__rmul__" nb_multiply reflected "($self, value, /)" "Return value*self.";
    "__mod__" nb_remainder binary "($self, value, /)" "Return self%value.";
    "__rmod__" nb_remainder reflected "($self, value, /)" "Return value%self.";
    "__divmod__" nb_divmod binary "($self, value, /)" "Return divmod(self, value).";
    "__rdivmod__" nb_divmod reflected "($self, value, /)" "Return divmod(value, self).";
    "__pow__" nb_power power "($self, value, mod=None, /)" "Return pow(self, value, mod).";
    "__rpow__" nb_power reflected_power "($self, value, mod=None, /)" "Return pow(value, self, mod).";
    "__neg__" nb_negative unary "($self, /)" "-self";
    "__pos__" nb_positive unary "($self, /)" "+self";
    "__abs__" nb_absolute unary "($self, /)" "abs(self)";
    "__bool__" nb_bool inquiry "($self, /)" "True if self else False";
    "__invert__" nb_invert unary "($self, /)" "~self";
    "__lshift__" nb_lshift binary "($self, value, /)" "Return self<<value.";
    "__rlshift__" nb_lshift reflected "($self, value, /)" "Return value<<self.";
    "__rshift__" nb_rshift binary "($self, value, /)" "Return self>>value.";
    "__rrshift__" nb_rshift reflected "($self, value, /)" "Return value>>self.";
    "__and__" nb_and binary "($self, value, /)" "Return self&value.";
    "__rand__" nb_and reflected "($self, value, /)" "Return value&self.";
    "__xor__" nb_xor binary "($self, value, /)" "Return self^value.";
    "__rxor__" nb_xor reflected "($self, value, /)" "Return value^self.";
    "__or__" nb_or binary "($self, value, /)" "Return self|value.";
    "__ror__" nb_or reflected "($self, value, /)" "Return value|self.";
    "__int__" nb_int unary "($self, /)" "int(self)";
    "__float__" nb_float unary "($self, /)" "float(self)";
    "__iadd__" nb_inplace_add binary "($self, value, /)" "Return self+=value.";
    "__isub__" nb_inplace_subtract binary "($self, value, /)" "Return self-=value.";
    "__imul__" nb_inplace_multiply binary "($self, value, /)" "Return self*=value.";
    "__imod__" nb_inplace_remainder binary "($self, value, /)" "Return self%=value.";
    "__ipow__" nb_inplace_power power "($self, value, /)" "Return self**=value.";
    "__ilshift__" nb_inplace_lshift binary "($self, value, /)" "Return self<<=value.";
    "__irshift__" nb_inplace_rshift binary "($self, value, /)" "Return self>>=value.";
    "__iand__" nb_inplace_and binary "($self, value, /)" "Return self&=value.";
    "__ixor__" nb_inplace_xor binary "($self, value, /)" "Return self^=value.";
    "__ior__" nb_inplace_or binary "($self, value, /)" "Return self|=value.";
    "__floordiv__" nb_floor_divide binary "($self, value, /)" "Return self//value.";
    "__rfloordiv__" nb_floor_divide reflected "($self, value, /)" "Return value//self.";
    "__truediv__" nb_true_divide binary "($self, value, /)" "Return self/value.";
    "__rtruediv__" nb_true_divide reflected "($self, value, /)" "Return value/self.";
    "__ifloordiv__" nb_inplace_floor_divide binary "($self, value, /)" "Return self//=value.";
    "__itruediv__" nb_inplace_true_divide binary "($self, value, /)" "Return self/=value.";
    "__index__" nb_index unary "($self, /)" "Return self converted to an integer, if self is suitable for use as an index into a list.";
    "__matmul__" nb_matrix_multiply binary "($self, value, /)" "Return self@value.";
    "__rmatmul__" nb_matrix_multiply reflected "($self, value, /)" "Return value@self.";
    "__imatmul__" nb_inplace_matrix_multiply binary "($self, value, /)" "Return self@=value.";
    "__len__" len len "($self, /)" "Return len(self).";
    "__getitem__" getitem binary "($self, key, /)" "Return self[key].";
    "__setitem__" setitem setitem "($self, key, value, /)" "Set self[key] to value.";
    "__delitem__" setitem delitem "($self, key, /)" "Delete self[key].";
    "__add__" sq_concat binary "($self, value, /)" "Return self+value.";
    "__mul__" sq_repeat repeat "($self, value, /)" "Return self*value.";
    "__rmul__" sq_repeat repeat "($self, value, /)" "Return value*self.";
    "__contains__" contains contains "($self, key, /)" "Return bool(key in self).";
    "__iadd__" sq_inplace_concat binary "($self, value, /)" "Implement self+=value.";
    "__imul__" sq_inplace_repeat repeat "($self, value, /)" "Implement self*=value.";
}
