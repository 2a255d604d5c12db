//! `_compare_digest`: equality that takes as long for unequal strings as for equal ones.

use crate::objects::buffer;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// Looks at every byte, whatever differs before it.
fn equal(a: &[u8], b: &[u8]) -> bool {
    // Of different lengths: the second is compared with itself, for the time it takes.
    let (left, mut difference) = if a.len() == b.len() { (a, 0) } else { (b, 1) };
    for (x, y) in left.iter().zip(b) {
        difference |= std::hint::black_box(x ^ y);
    }
    difference == 0
}

fn compare_digest(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (a, b) = (&args[0], &args[1]);
    if let (Some(x), Some(y)) = (a.cast::<Str>(), b.cast::<Str>()) {
        return match (x.as_ascii(), y.as_ascii()) {
            (Some(x), Some(y)) => Ok(Value::bool(equal(x.as_bytes(), y.as_bytes()))),
            _ => Err(t.type_error("comparing strings with non-ASCII characters is not supported")),
        };
    }
    // A `str` is no exporter: mixed operands end in the error below.
    match (buffer::contiguous_bytes(t, a)?, buffer::contiguous_bytes(t, b)?) {
        (Some(x), Some(y)) => Ok(Value::bool(equal(&x, &y))),
        _ => Err(t.type_error(format!(
            "unsupported operand types(s) or combination of types: '{}' and '{}'",
            a.type_of(t).name_str(),
            b.type_of(t).name_str()
        ))),
    }
}

/// `_compare_digest`.
pub const COMPARE_DIGEST: Def = Def::new(
    "_compare_digest",
    Func::Pos(compare_digest, 2, 2),
    "($module, a, b, /)",
    "Return 'a == b'.\n\nThis function uses an approach designed to prevent\ntiming analysis, making it appropriate for cryptography.\n\na and b must both be of the same type: either str (ASCII only),\nor any bytes-like object.\n\nNote: If a and b are of different lengths, or if an error occurs,\na timing attack could theoretically reveal information about the\ntypes and lengths of a and b--but not their values.",
);
