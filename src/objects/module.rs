//! `module`: a namespace.

use super::dict::Dict;
use super::header::{Header, Kind, gc_bits};
use super::native::allocate;
use super::slot::Slot;
use super::thread::Thread;
use super::value::{Payload, Value};

/// The payload of a `module`.
#[repr(C)]
pub struct Module {
    header: Header,
    /// `__dict__`.
    pub(super) dict: Slot,
}

// SAFETY: `repr(C)`, header first; made here and by `module.__new__`.
unsafe impl Payload for Module {
    const KIND: Kind = Kind::Module;
}

impl Module {
    /// A module with its `__name__`, `__doc__` and empty import attributes.
    pub fn make(t: &Thread, name: &str, doc: Option<&str>) -> Value {
        let dict = Dict::make(t);
        let d = dict.cast::<Dict>().expect("just made");
        let names = t.names();
        d.set_str(t, &names.__name__, t.intern(name));
        d.set_str(t, &names.__doc__, doc.map_or(Value::NONE, |doc| t.str(doc)));
        d.set_str(t, &names.__package__, Value::NONE);
        d.set_str(t, &names.__loader__, Value::NONE);
        d.set_str(t, &names.__spec__, Value::NONE);
        Module::with_dict(t, dict)
    }

    /// A module around a namespace.
    pub fn with_dict(t: &Thread, dict: Value) -> Value {
        // SAFETY: everything behind the header is written.
        let module = unsafe {
            allocate::<Module>(t, Kind::Module, t.types().module.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).dict).write(Slot::new(dict));
            })
        };
        t.share_forever(&module);
        module
    }

    /// # Safety
    /// `this` is memory for a module.
    pub(super) unsafe fn init_payload(this: *mut Module, dict: Value) {
        // SAFETY: see above.
        unsafe { (&raw mut (*this).dict).write(Slot::new(dict)) };
    }

    /// The namespace.
    pub fn dict(&self, t: &Thread) -> Value {
        self.dict.get(t).expect("a module has a namespace")
    }

    /// The namespace, which is never replaced.
    #[inline(always)]
    pub fn dict_ref(&self) -> &Dict {
        // SAFETY: set once, when the module is made.
        unsafe { self.dict.peek().and_then(|d| d.cast::<Dict>()).unwrap_unchecked() }
    }

    /// A name of the module.
    pub fn get(&self, t: &Thread, name: &Value) -> Option<Value> {
        self.dict(t).cast::<Dict>().and_then(|d| d.get_str(t, name))
    }

    /// Sets a name of the module.
    pub fn set(&self, t: &Thread, name: &str, value: Value) {
        if let Some(d) = self.dict(t).cast::<Dict>() {
            d.set_name(t, name, value);
        }
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe { std::ptr::drop_in_place(&raw mut (*(this as *mut Module)).dict) };
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(module) = value.cast::<Module>() {
            module.dict.visit(visit);
        }
    }
}
