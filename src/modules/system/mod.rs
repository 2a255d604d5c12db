//! What the modules that speak with the operating system share: calls that may block or be interrupted,
//! and the conversion of their arguments.
//!
//! Every system call that can fail goes through [`call`]: it lets other threads run meanwhile, and after a signal
//! runs the handlers and goes on (PEP 475). A call that cannot block goes through [`check`].

pub mod packaged;
pub mod path;
pub mod ready;

use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The error number of the last system call of this thread.
pub fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Sets this thread's error number, for calls that tell failure by it alone.
pub fn set_errno(value: i32) {
    // SAFETY: this thread's own errno.
    unsafe { *libc::__errno_location() = value };
}

/// What a system call returns: -1 (of its integer type) is failure.
pub trait Answer: Copy {
    fn failed(self) -> bool;
}

impl Answer for i32 {
    fn failed(self) -> bool {
        self == -1
    }
}

impl Answer for i64 {
    fn failed(self) -> bool {
        self == -1
    }
}

impl Answer for isize {
    fn failed(self) -> bool {
        self == -1
    }
}

/// Makes a system call that may block; the error number if it failed. Signal handlers run and the call is made
/// again when a signal interrupts it (PEP 475); a handler's exception ends it.
pub fn attempt<T: Answer>(t: &Thread, f: impl Fn() -> T) -> R<Result<T, i32>> {
    loop {
        let (answer, error) = t.blocking(|| {
            let answer = f();
            (answer, if answer.failed() { errno() } else { 0 })
        });
        if !answer.failed() {
            return Ok(Ok(answer));
        }
        if error != libc::EINTR {
            return Ok(Err(error));
        }
        crate::vm::breaker::handle(t)?;
    }
}

/// As [`attempt`], with `OSError` for failure.
pub fn call<T: Answer>(t: &Thread, f: impl Fn() -> T) -> R<T> {
    attempt(t, f)?.map_err(|error| t.os_error(error))
}

/// As [`call`], where the error names files.
pub fn call_on<T: Answer>(t: &Thread, files: &[Value], f: impl Fn() -> T) -> R<T> {
    attempt(t, f)?.map_err(|error| t.os_error_with(error, files))
}

/// The answer of a system call that does not block.
pub fn check<T: Answer>(t: &Thread, answer: T) -> R<T> {
    if answer.failed() { Err(t.last_os_error()) } else { Ok(answer) }
}

/// An argument of C type `int` (`PyLong_AsInt`).
pub fn c_int(t: &Thread, v: &Value) -> R<i32> {
    let i = protocol::index(t, v)?;
    int::as_i64(&i)
        .and_then(|i| i32::try_from(i).ok())
        .ok_or_else(|| t.overflow_error("Python int too large to convert to C int"))
}

/// An optional argument of C type `int`.
pub fn c_int_or(t: &Thread, v: &Option<Value>, default: i32) -> R<i32> {
    v.as_ref().map_or(Ok(default), |v| c_int(t, v))
}

/// An optional argument that is true or false.
pub fn flag_or(t: &Thread, v: &Option<Value>, default: bool) -> R<bool> {
    v.as_ref().map_or(Ok(default), |v| protocol::truth(t, v))
}

/// A required argument, which `Func::Bound` has made sure of.
pub fn given(v: &Option<Value>) -> &Value {
    v.as_ref().unwrap_or(Value::none())
}

/// An optional argument for which `None` stands for its absence.
pub fn not_none(v: &Option<Value>) -> Option<&Value> {
    v.as_ref().filter(|v| !v.is_none())
}

/// A file descriptor from an int or an object with `fileno()` (`PyObject_AsFileDescriptor`).
pub fn file_descriptor(t: &Thread, v: &Value) -> R<i32> {
    let fd = if int::is_int(v) {
        warn_bool(t, v)?;
        c_int(t, v)?
    } else {
        let Some(method) = protocol::getattr_opt(t, v, &t.names().fileno)? else {
            return Err(t.type_error("argument must be an int, or have a fileno() method."));
        };
        let result = protocol::call(t, &method, &[])?;
        if !int::is_int(&result) {
            return Err(t.type_error("fileno() returned a non-integer"));
        }
        c_int(t, &result)?
    };
    if fd < 0 {
        return Err(t.value_error(format!("file descriptor cannot be a negative integer ({fd})")));
    }
    Ok(fd)
}

/// `True` as a descriptor is most likely a mistake.
pub fn warn_bool(t: &Thread, v: &Value) -> R<()> {
    match v.as_bool() {
        Some(_) => crate::objects::warn::warn(t, |types| &types.runtime_warning, "bool is used as a file descriptor"),
        None => Ok(()),
    }
}

/// Raises the error of a function that returns its error number.
pub fn check_number(t: &Thread, error: i32) -> R<()> {
    if error == 0 { Ok(()) } else { Err(t.os_error(error)) }
}

/// `UnsupportedOperation` and the like are made by the modules; this is the plain `OSError` with a text.
pub fn os_error_text(t: &Thread, text: &str) -> Raised {
    t.raise_message(&t.types().os_error, text)
}
