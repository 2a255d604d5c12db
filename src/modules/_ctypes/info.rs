//! What is known of a C type: size, alignment, what its items are.
//!
//! A class of C data keeps one [`Info`] (CPython's `StgInfo`), made when the class is made. It never changes, but for
//! two things: that it is final, and the type of pointers to it. Giving a structure its fields gives the class another.

use super::codes::Code;
use super::meta;
use crate::objects::opaque::{self, Native};
use crate::objects::slot::Slot;
use crate::objects::slots::R;
use crate::objects::spec::Spec;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What kind of type it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Simple,
    Structure,
    Union,
    Array,
    Pointer,
    Function,
}

/// How functions of a type are called.
#[derive(Clone, Default)]
pub struct Prototype {
    /// `FUNCFLAG_...`.
    pub flags: i32,
    /// The types of the arguments, a tuple, and their `from_param`.
    pub argtypes: Option<Value>,
    pub converters: Option<Vec<Value>>,
    pub restype: Option<Value>,
    /// `_check_retval_` of the result's type.
    pub checker: Option<Value>,
}

impl Prototype {
    /// Visits what it holds.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        let options = [&self.argtypes, &self.restype, &self.checker];
        options.into_iter().flatten().for_each(&mut *visit);
        self.converters.iter().flatten().for_each(visit);
    }
}

/// What is known of a type.
pub struct Info {
    pub class: Class,
    pub size: usize,
    pub align: usize,
    /// Items of an array, fields of a structure.
    pub length: usize,
    /// As `struct` and PEP 3118 write it.
    pub format: String,
    /// Of an array, outermost first.
    pub shape: Vec<usize>,
    /// How a simple type is read and written.
    pub code: Option<&'static Code>,
    /// Whether its bytes are in the other order.
    pub swapped: bool,
    /// The type of an array's items, of what a pointer points to.
    pub proto: Option<Value>,
    /// Types of a structure's fields.
    pub members: Vec<Value>,
    pub prototype: Option<Prototype>,
    /// It is or holds a pointer.
    pub has_pointer: bool,
    pub final_: AtomicBool,
    /// The type of pointers to it.
    pub pointer_type: Slot,
}

impl Native for Info {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.proto.iter().for_each(&mut *visit);
        self.members.iter().for_each(&mut *visit);
        if let Some(prototype) = &self.prototype {
            prototype.visit(visit);
        }
        self.pointer_type.visit(visit);
    }

    fn clear(&self, _t: &Thread) {
        drop(self.pointer_type.take());
    }
}

static SPEC: Spec = opaque::spec::<Info>("_ctypes.StgInfo");

impl Info {
    /// What a type begins with.
    pub fn new(class: Class) -> Info {
        Info {
            class,
            size: 0,
            align: 1,
            length: 0,
            format: String::new(),
            shape: Vec::new(),
            code: None,
            swapped: false,
            proto: None,
            members: Vec::new(),
            prototype: None,
            has_pointer: false,
            final_: AtomicBool::new(false),
            pointer_type: Slot::EMPTY,
        }
    }

    /// The same for a derived class, which is not final yet and has no pointers to it.
    pub fn derived(&self) -> Info {
        Info {
            format: self.format.clone(),
            shape: self.shape.clone(),
            proto: self.proto.clone(),
            members: self.members.clone(),
            prototype: self.prototype.clone(),
            final_: AtomicBool::new(false),
            pointer_type: Slot::EMPTY,
            ..*self
        }
    }

    /// Keeps it with the class.
    pub fn keep(self, t: &Thread, class: &Type) -> R<()> {
        let holder = crate::modules::module_type(t, &SPEC);
        class.set_native(opaque::new(t, holder.cast::<Type>().expect("a type"), self)?);
        Ok(())
    }

    /// From now on its fields cannot be given.
    pub fn settle(&self) {
        self.final_.store(true, Relaxed);
    }

    pub fn is_final(&self) -> bool {
        self.final_.load(Relaxed)
    }

    /// Whether items of the type are characters, or wide ones.
    pub fn is_char(&self, letter: char) -> bool {
        self.code.is_some_and(|code| code.letter == letter)
    }
}

/// The info of a class, held.
pub struct Held(Value);

impl std::ops::Deref for Held {
    type Target = Info;
    fn deref(&self) -> &Info {
        self.0.opaque::<Info>().expect("checked when it was taken")
    }
}

/// The info of a class, if it has one.
pub fn of_type(t: &Thread, class: &Type) -> Option<Held> {
    let native = class.native(t)?;
    native.opaque::<Info>()?;
    Some(Held(native))
}

/// As [`of_type`], for any object.
pub fn of_class(t: &Thread, class: &Value) -> Option<Held> {
    of_type(t, class.cast::<Type>()?)
}

/// The info of an instance's class.
pub fn of_instance(t: &Thread, v: &Value) -> Option<Held> {
    of_type(t, v.type_of(t))
}

/// The info of a class of which there can be instances.
pub fn concrete(t: &Thread, class: &Type) -> R<Held> {
    of_type(t, class).ok_or_else(|| t.type_error("abstract class"))
}

/// Whether a simple type is one's own: values of it are objects, where those of `c_int` are ints.
pub fn is_own_simple(t: &Thread, class: &Type) -> bool {
    let direct = class.base(t).is_some_and(|base| base.is(&super::simple::class(t)));
    meta::is_class_of(t, &class.value(), &meta::simple(t)) && !direct
}
