//! Type parameters.
use super::slots::R;
use super::thread::Thread;
use super::value::Value;

pub fn typevar(_t: &Thread, name: &Value, _bound: Option<&Value>, _constraints: Option<&Value>) -> R {
    Ok(name.clone())
}
pub fn paramspec(_t: &Thread, name: &Value) -> R {
    Ok(name.clone())
}
pub fn typevartuple(_t: &Thread, name: &Value) -> R {
    Ok(name.clone())
}
pub fn typealias(_t: &Thread, parts: &Value) -> R {
    Ok(parts.clone())
}
pub fn subscript_generic(_t: &Thread, params: &Value) -> R {
    Ok(params.clone())
}
pub fn set_default(_t: &Thread, param: &Value, _default: &Value) -> R {
    Ok(param.clone())
}
