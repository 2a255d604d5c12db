//! Template strings.
use super::thread::Thread;
use super::value::Value;

pub struct Interpolation;
pub struct Template;
impl Interpolation {
    pub fn make(t: &Thread, a: Value, b: Value, c: Value, d: Value) -> Value {
        t.tuple([a, b, c, d])
    }
}
impl Template {
    pub fn make(t: &Thread, a: Value, b: Value) -> Value {
        t.tuple([a, b])
    }
}
