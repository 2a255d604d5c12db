//! `function` and `method`: what `def` makes, and what attribute access on an instance makes of it.

use super::code_object::CodeObject;
use super::dict::Dict;
use super::header::{Header, Kind, gc_bits};
use super::native::allocate;
use super::slot::Slot;
use super::thread::Thread;
use super::value::{Payload, Value};
use std::sync::atomic::{AtomicU32, Ordering::*};

/// The payload of a `function`.
#[repr(C)]
pub struct Function {
    header: Header,
    /// Names what a call depends on (code, defaults): inline caches of calls are guarded by it. 0 for none.
    pub version: AtomicU32,
    pub code: Slot,
    /// A `dict`; never replaced.
    pub globals: Slot,
    /// A `dict`; never replaced.
    pub builtins: Slot,
    pub name: Slot,
    pub qualname: Slot,
    /// A tuple, or empty.
    pub defaults: Slot,
    /// A dict, or empty.
    pub kwdefaults: Slot,
    /// A tuple of cells, or empty.
    pub closure: Slot,
    /// `__doc__`, once somebody has asked for it or set it: until then it is its code's.
    pub doc: Slot,
    pub module: Slot,
    /// `__dict__`, made when asked for.
    pub dict: Slot,
    pub annotations: Slot,
    pub annotate: Slot,
    pub type_params: Slot,
}

// SAFETY: `repr(C)`, header first; made here.
unsafe impl Payload for Function {
    const KIND: Kind = Kind::Function;
}

impl Function {
    /// A function of a code object, as `MAKE_FUNCTION` makes it.
    pub fn make(t: &Thread, code: Value, globals: Value) -> Value {
        let c = code.cast::<CodeObject>().expect("functions are made of code");
        let (name, qualname) = (c.name.clone(), c.qualname.clone());
        let (module, builtins) = match globals.cast::<Dict>() {
            Some(g) => (g.get_str(t, &t.names().__name__), builtins_of(t, g)),
            None => (None, t.interp.builtins_dict.get(t).unwrap_or(Value::NONE)),
        };
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<Function>(t, Kind::Function, t.types().function.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).version).write(AtomicU32::new(0));
                (&raw mut (*this).code).write(Slot::new(code));
                (&raw mut (*this).globals).write(Slot::new(globals));
                (&raw mut (*this).builtins).write(Slot::new(builtins));
                (&raw mut (*this).name).write(Slot::new(name));
                (&raw mut (*this).qualname).write(Slot::new(qualname));
                (&raw mut (*this).module).write(Slot::from_option(module));
                for empty in [
                    &raw mut (*this).doc,
                    &raw mut (*this).defaults,
                    &raw mut (*this).kwdefaults,
                    &raw mut (*this).closure,
                    &raw mut (*this).dict,
                    &raw mut (*this).annotations,
                    &raw mut (*this).annotate,
                    &raw mut (*this).type_params,
                ] {
                    empty.write(Slot::EMPTY);
                }
            })
        }
    }

    /// The code object.
    #[inline(always)]
    pub fn code(&self) -> &CodeObject {
        // SAFETY: always a code object, and what is replaced (`f.__code__ = ...`) never dies.
        unsafe { &*(self.code.bits() as *const CodeObject) }
    }

    /// What calls depend on has changed.
    pub fn modified(&self) {
        self.version.store(0, Release);
    }

    /// The version, given now if there is none.
    pub fn assign_version(&self, t: &Thread) -> u32 {
        match self.version.load(Relaxed) {
            0 => {
                let v = t.interp.new_version();
                self.version.store(v, Relaxed);
                v
            }
            v => v,
        }
    }

    /// `__doc__`.
    pub fn doc(&self, t: &Thread) -> Value {
        self.doc.get(t).unwrap_or_else(|| {
            let code = self.code();
            let documented = code.flags & crate::compiler::code::flags::HAS_DOCSTRING != 0;
            let text = documented.then(|| code.consts().first().cloned()).flatten();
            text.unwrap_or(Value::NONE)
        })
    }

    fn all_slots(&self) -> [&Slot; 14] {
        [
            &self.code,
            &self.globals,
            &self.builtins,
            &self.name,
            &self.qualname,
            &self.defaults,
            &self.kwdefaults,
            &self.closure,
            &self.doc,
            &self.module,
            &self.dict,
            &self.annotations,
            &self.annotate,
            &self.type_params,
        ]
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe { &*(this as *const Function) }.all_slots().iter().for_each(|s| drop(s.take_last()));
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(f) = value.cast::<Function>() {
            f.all_slots().iter().for_each(|s| s.visit(visit));
        }
    }

    /// Breaks cycles through the function (collector). Its code stays: it may be running.
    pub fn clear_refs(_t: &Thread, value: &Value) {
        if let Some(f) = value.cast::<Function>() {
            f.modified();
            for slot in [&f.defaults, &f.kwdefaults, &f.closure, &f.dict, &f.annotations, &f.annotate, &f.type_params] {
                drop(slot.take());
            }
        }
    }
}

/// `globals['__builtins__']` as a dict: a module stands for its namespace.
pub fn builtins_of(t: &Thread, globals: &Dict) -> Value {
    match globals.get_str(t, &t.names().__builtins__) {
        Some(b) => match b.cast::<super::module::Module>() {
            Some(m) => m.dict(t),
            None => b,
        },
        None => t.interp.builtins_dict.get(t).unwrap_or(Value::NONE),
    }
}

/// The payload of a `method`: a callable bound to an instance.
#[repr(C)]
pub struct Method {
    header: Header,
    pub function: Slot,
    pub receiver: Slot,
}

// SAFETY: as above.
unsafe impl Payload for Method {
    const KIND: Kind = Kind::Method;
}

impl Method {
    /// `function` bound to `receiver`.
    pub fn make(t: &Thread, function: Value, receiver: Value) -> Value {
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<Method>(t, Kind::Method, t.types().method.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).function).write(Slot::new(function.into_owned()));
                (&raw mut (*this).receiver).write(Slot::new(receiver.into_owned()));
            })
        }
    }

    /// The callable: never replaced.
    #[inline(always)]
    pub fn function(&self) -> &Value {
        // SAFETY: immutable.
        unsafe { self.function.peek().unwrap_unchecked() }
    }

    /// The instance: never replaced.
    #[inline(always)]
    pub fn receiver(&self) -> &Value {
        // SAFETY: immutable.
        unsafe { self.receiver.peek().unwrap_unchecked() }
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe {
            let this = &*(this as *const Method);
            drop(this.function.take_last());
            drop(this.receiver.take_last());
        }
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(m) = value.cast::<Method>() {
            m.function.visit(visit);
            m.receiver.visit(visit);
        }
    }
}
