//! Raising exceptions from native code: one function per kind, with CPython's words given by the caller.

use super::slots::{R, Raised};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::types::{TypeCell, Types};
use super::value::{Payload, Value};

macro_rules! raisers {
    ($($function:ident => $cell:ident),* $(,)?) => {
        impl Thread { $(
            #[doc = concat!("Raises `", stringify!($cell), "` with a message.")]
            #[cold]
            #[inline(never)]
            pub fn $function(&self, message: impl AsRef<str>) -> Raised {
                self.raise_message(self.types().$cell.get(), message.as_ref())
            }
        )* }
    };
}

raisers! {
    type_error => type_error, value_error => value_error, index_error => index_error,
    runtime_error => runtime_error, overflow_error => overflow_error, zero_division_error => zero_division_error,
    system_error => system_error, recursion_error => recursion_error, buffer_error => buffer_error,
    reference_error => reference_error, not_implemented_error => not_implemented_error,
    assertion_error => assertion_error, lookup_error => lookup_error, eof_error => eof_error,
    unbound_local_error => unbound_local_error, arithmetic_error => arithmetic_error,
    stop_async_iteration_error => stop_async_iteration,
}

impl Thread {
    /// Makes `exception` the current one: a caller's `Err` carries the token.
    #[cold]
    pub fn raise(&self, exception: Value) -> Raised {
        self.set_context(&exception);
        self.raise_as_is(exception)
    }

    /// As [`Thread::raise`], without linking the handled exception as its context (re-raising).
    pub fn raise_as_is(&self, exception: Value) -> Raised {
        drop(self.raised.replace(Some(exception)));
        Raised(())
    }

    /// Raises an exception of a type with one string argument.
    #[cold]
    #[inline(never)]
    pub fn raise_message(&self, typ: &Type, message: &str) -> Raised {
        self.raise_with(typ, &[Str::new(self, message)])
    }

    /// Raises an exception of a type with these arguments.
    #[cold]
    #[inline(never)]
    pub fn raise_with(&self, typ: &Type, args: &[Value]) -> Raised {
        match super::protocol::call(self, &typ.value(), args) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// `KeyError(key)`.
    #[cold]
    pub fn key_error(&self, key: &Value) -> Raised {
        // A tuple as key is one argument, not several.
        self.raise_with(&self.types().key_error, std::slice::from_ref(key))
    }

    /// `StopIteration(value)`; `None` gives no argument.
    #[cold]
    pub fn stop_iteration(&self, value: &Value) -> Raised {
        let args = if value.is_none() { &[][..] } else { std::slice::from_ref(value) };
        self.raise_with(&self.types().stop_iteration, args)
    }

    /// `NameError` with its `name`.
    #[cold]
    pub fn name_error(&self, message: &str, name: &Value) -> Raised {
        self.raise_named(&self.types().name_error, message, name)
    }

    /// An exception with a message and a `name` attribute.
    #[cold]
    pub fn raise_named(&self, typ: &Type, message: &str, name: &Value) -> Raised {
        let raised = self.raise_message(typ, message);
        if let Some(e) = self.current_exception() {
            let _ = super::protocol::setattr(self, &e, &self.names().name, Some(name));
        }
        raised
    }

    /// `AttributeError` with its `name` and `obj`.
    #[cold]
    #[inline(never)]
    pub fn attribute_error(&self, message: &str, obj: &Value, name: &Value) -> Raised {
        let raised = self.raise_message(&self.types().attribute_error, message);
        if let Some(e) = self.current_exception() {
            let _ = super::protocol::setattr(self, &e, &self.names().name, Some(name));
            let _ = super::protocol::setattr(self, &e, &self.names().obj, Some(obj));
        }
        raised
    }

    /// `'T' object has no attribute 'name'`.
    #[cold]
    #[inline(never)]
    pub fn no_attribute(&self, obj: &Value, name: &Value) -> Raised {
        let name_text = name.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default();
        let message = match obj.cast::<Type>() {
            Some(typ) => format!("type object '{}' has no attribute '{name_text}'", typ.name_str()),
            None => format!("'{}' object has no attribute '{name_text}'", obj.type_of(self).name_str()),
        };
        self.attribute_error(&message, obj, name)
    }

    /// `OSError` (or the subclass for it) of an `errno` value.
    #[cold]
    pub fn os_error(&self, errno: i32) -> Raised {
        self.os_error_with(errno, &[])
    }

    /// `OSError` with the file names it is about.
    #[cold]
    pub fn os_error_with(&self, errno: i32, filenames: &[Value]) -> Raised {
        let message = super::os_message(errno);
        let mut args = vec![Value::small(errno as i64), Str::new(self, &message)];
        match filenames {
            [] => {}
            [one] => args.push(one.clone()),
            [one, two, ..] => args.extend([one.clone(), Value::NONE, two.clone()]),
        }
        self.raise_with(&self.types().os_error, &args)
    }

    /// `OSError` of the last system call.
    #[cold]
    pub fn last_os_error(&self) -> Raised {
        self.os_error(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
    }

    /// `MemoryError()`.
    #[cold]
    pub fn memory_error(&self) -> Raised {
        self.raise_with(&self.types().memory_error, &[])
    }

    /// `RecursionError` where native code has used up its stack.
    #[cold]
    pub fn native_recursion_error(&self, what: &str) -> Raised {
        // Making the exception needs some stack itself: let it have half of the reserve.
        self.with_stack_reserve(|| self.recursion_error(format!("maximum recursion depth exceeded{what}")))
    }

    /// The exception being propagated.
    pub fn current_exception(&self) -> Option<Value> {
        let e = self.raised.take();
        let copy = e.clone();
        self.raised.set(e);
        copy
    }

    /// Takes the exception being propagated: the caller handles it.
    pub fn take_exception(&self, _raised: Raised) -> Value {
        self.raised.take().expect("a Raised says that an exception is set")
    }

    /// Whether the exception being propagated is an instance of `typ`.
    pub fn raised_is(&self, _raised: &Raised, typ: &TypeCell) -> bool {
        self.current_exception().is_some_and(|e| e.type_of(self).is_subtype(typ))
    }

    /// Runs `f`; an exception of that type becomes `None`.
    pub fn catch<T>(&self, result: R<T>, pick: impl Fn(&Types) -> &TypeCell) -> R<Option<T>> {
        match result {
            Ok(v) => Ok(Some(v)),
            Err(raised) if self.raised_is(&raised, pick(self.types())) => {
                drop(self.take_exception(raised));
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }

    /// The innermost exception being handled.
    pub fn handled_exception(&self) -> Option<Value> {
        let mut info = self.exc_info.get();
        // SAFETY: entries live as long as they are linked (`exc_info`).
        unsafe {
            while !info.is_null() {
                if let Some(e) = (*info).value.get(self)
                    && !e.is_none()
                {
                    return Some(e);
                }
                info = (*info).previous.get();
            }
        }
        None
    }

    /// Links the handled exception as the context of a new one, as `raise` does.
    fn set_context(&self, exception: &Value) {
        if let Some(handled) = self.handled_exception() {
            super::exception::link_context(self, exception, &handled);
        }
    }

    /// Reports an exception that cannot be propagated: `sys.unraisablehook`.
    #[cold]
    pub fn unraisable(&self, raised: Raised, message: &str, object: Option<&Value>) {
        let exception = self.take_exception(raised);
        super::exception::report_unraisable(self, exception, message, object);
    }

    /// A tuple of values.
    pub fn tuple(&self, items: impl IntoIterator<Item = Value, IntoIter: ExactSizeIterator>) -> Value {
        Tuple::make(self, items.into_iter())
    }

    /// A `str`.
    pub fn str(&self, s: impl AsRef<str>) -> Value {
        Str::new(self, s.as_ref())
    }
}
