//! What the room keeps per interpreter: its types, and what it uses of the Python half of `asyncio`.

use super::{future_iter, future_type, handle_type, loop_type, step, task_type, transport_type};
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::Spec;
use crate::objects::thread::Thread;
use crate::objects::type_new::{finish_builtin_type, finish_with_bases, make_builtin_type};
use crate::objects::types::TypeCell;
use crate::objects::value::Value;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// Something that a Python module of the library defines, fetched at first use.
pub struct Import {
    module: &'static str,
    name: &'static str,
    value: Slot,
}

impl Import {
    const fn new(module: &'static str, name: &'static str) -> Import {
        Import { module, name, value: Slot::EMPTY }
    }

    /// The object.
    pub fn get(&self, t: &Thread) -> R {
        if let Some(value) = self.value.get(t) {
            return Ok(value);
        }
        let Some(hooks) = t.interp.hooks.get() else { return Err(t.system_error("nothing can be imported yet")) };
        let from = t.tuple([t.intern(self.name)]);
        let module = (hooks.import)(t, &t.intern(self.module), None, None, Some(&from), 0)?;
        let value = protocol::getattr_str(t, &module, self.name)?;
        self.value.set(value.clone());
        Ok(value)
    }

    /// Raises the exception that this names.
    pub fn raise(&self, t: &Thread, args: &[Value]) -> Raised {
        match self.get(t).and_then(|class| protocol::call(t, &class, args)) {
            Ok(exception) => t.raise(exception),
            Err(raised) => raised,
        }
    }

    /// Whether the exception being propagated is an instance of the class that this names.
    pub fn is_raised(&self, t: &Thread) -> R<bool> {
        let Some(exception) = t.current_exception() else { return Ok(false) };
        Ok(crate::objects::exception::matches(t, &exception, &self.peek(t)?))
    }

    /// As [`Import::get`], with the exception being propagated kept.
    fn peek(&self, t: &Thread) -> R {
        if let Some(value) = self.value.get(t) {
            return Ok(value);
        }
        let raised = t.take_raised();
        let value = self.get(t)?;
        t.put_raised(raised);
        Ok(value)
    }
}

/// A module of the library, in which a program may replace what the loop makes.
pub struct Home {
    name: &'static str,
    module: Slot,
}

impl Home {
    const fn new(name: &'static str) -> Home {
        Home { name, module: Slot::EMPTY }
    }

    /// What the name stands for in the module now.
    pub fn look(&self, t: &Thread, name: &Value) -> R {
        let module = match self.module.get(t) {
            Some(module) => module,
            None => {
                let Some(hooks) = t.interp.hooks.get() else {
                    return Err(t.system_error("nothing can be imported yet"));
                };
                let from = t.tuple([name.clone()]);
                let module = (hooks.import)(t, &t.intern(self.name), None, None, Some(&from), 0)?;
                self.module.set(module.clone());
                module
            }
        };
        match module.cast::<Module>().and_then(|module| module.get(t, name)) {
            Some(value) => Ok(value),
            None => protocol::getattr(t, &module, name),
        }
    }
}

/// The room's state.
pub struct State {
    pub future: TypeCell,
    pub task: TypeCell,
    pub future_iter: TypeCell,
    pub step: TypeCell,
    pub handle: TypeCell,
    pub timer: TypeCell,
    pub event_loop: TypeCell,
    pub transport: TypeCell,
    pub cancelled_error: Import,
    pub invalid_state_error: Import,
    pub future_repr: Import,
    pub task_repr: Import,
    pub task_get_stack: Import,
    pub task_print_stack: Import,
    pub get_event_loop_policy: Import,
    pub iscoroutine: Import,
    pub extract_stack: Import,
    pub extract_stack_for_debug: Import,
    pub format_callback_source: Import,
    pub thread_safe_handle: Import,
    pub buffered_protocol: Import,
    pub weak_set: Import,
    pub tasks_module: Home,
    pub futures_module: Home,
    names: OnceLock<Names>,
    /// Numbers of tasks without a name.
    pub task_numbers: AtomicU64,
    pub tasks: super::running::Tasks,
}

macro_rules! names {
    ($($name:ident)*) => {
        /// Interned strings that the room uses often.
        #[allow(non_snake_case, reason = "each is named for what it says")]
        pub struct Names { $(pub $name: Value),* }

        impl Names {
            fn new(t: &Thread) -> Names {
                Names { $($name: t.intern(stringify!($name))),* }
            }
        }
    };
}

names! {
    Future Task _asyncio_future_blocking _loop add_done_callback call_exception_handler call_soon cancel context data_received get_debug
    get_loop is_running msg result
}

impl Default for State {
    fn default() -> State {
        State {
            future: TypeCell::default(),
            task: TypeCell::default(),
            future_iter: TypeCell::default(),
            step: TypeCell::default(),
            handle: TypeCell::default(),
            timer: TypeCell::default(),
            event_loop: TypeCell::default(),
            transport: TypeCell::default(),
            cancelled_error: Import::new("asyncio.exceptions", "CancelledError"),
            invalid_state_error: Import::new("asyncio.exceptions", "InvalidStateError"),
            future_repr: Import::new("asyncio.base_futures", "_future_repr"),
            task_repr: Import::new("asyncio.base_tasks", "_task_repr"),
            task_get_stack: Import::new("asyncio.base_tasks", "_task_get_stack"),
            task_print_stack: Import::new("asyncio.base_tasks", "_task_print_stack"),
            get_event_loop_policy: Import::new("asyncio.events", "_get_event_loop_policy"),
            iscoroutine: Import::new("asyncio.coroutines", "iscoroutine"),
            extract_stack: Import::new("traceback", "extract_stack"),
            extract_stack_for_debug: Import::new("asyncio.format_helpers", "extract_stack"),
            format_callback_source: Import::new("asyncio.format_helpers", "_format_callback_source"),
            thread_safe_handle: Import::new("asyncio.events", "_ThreadSafeHandle"),
            buffered_protocol: Import::new("asyncio.protocols", "BufferedProtocol"),
            weak_set: Import::new("weakref", "WeakSet"),
            tasks_module: Home::new("asyncio.tasks"),
            futures_module: Home::new("asyncio.futures"),
            names: OnceLock::new(),
            task_numbers: AtomicU64::new(1),
            tasks: Default::default(),
        }
    }
}

/// The room's state in the thread's interpreter.
#[inline]
pub fn state(t: &Thread) -> &State {
    let known = t.event_loop_state.get();
    if !known.is_null() {
        // SAFETY: set below, to a state that lives as long as the interpreter.
        return unsafe { &*(known as *const State) };
    }
    let state = t.interp.state::<State>();
    t.event_loop_state.set(state as *const State as *const ());
    state
}

impl State {
    /// Strings used often.
    pub fn names(&self, t: &Thread) -> &Names {
        self.names.get_or_init(|| Names::new(t))
    }

    /// Makes the types, when `_asyncio` is first imported.
    pub fn make_types(&self, t: &Thread) {
        let make = |spec: &'static Spec, cell: &TypeCell, base: Option<&TypeCell>| {
            if cell.is_set() {
                return;
            }
            make_builtin_type(t, spec, cell);
            match base {
                Some(base) => finish_with_bases(t, cell.get(), spec, &[base.get()]),
                None => finish_builtin_type(t, cell.get()),
            }
        };
        make(&future_type::SPEC, &self.future, None);
        make(&task_type::SPEC, &self.task, Some(&self.future));
        make(&future_iter::SPEC, &self.future_iter, None);
        make(&step::SPEC, &self.step, None);
        make(&handle_type::HANDLE, &self.handle, None);
        make(&handle_type::TIMER, &self.timer, Some(&self.handle));
        make(&loop_type::SPEC, &self.event_loop, None);
        make(&transport_type::SPEC, &self.transport, None);
    }

    /// The number of a new task without a name.
    pub fn task_number(&self) -> u64 {
        self.task_numbers.fetch_add(1, Relaxed)
    }
}
