//! Asynchronous generators' helper objects.
use super::generator::Generator;
use super::thread::Thread;
use super::value::Value;

/// What an asynchronous generator yields, told apart from what it awaits.
pub fn wrap(_t: &Thread, v: Value) -> Value {
    v
}

/// Whether a coroutine is suspended in an `await` of its own.
pub fn is_awaited(_t: &Thread, _g: &Generator) -> bool {
    false
}
