//! `memoryview.cast`: the same bytes as other items, in another shape.

use super::{Held, MemoryView, Shown, items};
use crate::objects::buffer::Layout;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::sequence_args::none_or_type;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// The most dimensions (`PyBUF_MAX_NDIM`).
const MAX_DIMENSIONS: usize = 64;

pub(super) fn cast(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let held = super::slots::held(t, v)?;
    let [Some(format), shape] = args else { return Err(t.type_error("cast() missing its format")) };
    let Some(format) = format.cast::<Str>() else {
        return Err(t.type_error(format!("cast() argument 'format' must be str, not {}", none_or_type(t, format))));
    };
    let shape = shape.as_ref().map(|shape| shape_items(t, shape)).transpose()?;
    if !held.layout.is_c_contiguous(held.itemsize) {
        return Err(t.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    if (shape.is_some() || held.ndim() != 1) && held.layout.shape.contains(&0) {
        return Err(t.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    if let Some(shape) = &shape {
        if shape.len() > MAX_DIMENSIONS {
            return Err(t.value_error("memoryview: number of dimensions must not exceed 64"));
        }
        if held.ndim() != 1 && shape.len() != 1 {
            return Err(t.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
        }
    }
    let row = to_row(t, &held, &format.to_str_lossy())?;
    let shown = match shape {
        None => row,
        Some(shape) => in_shape(t, row, &shape)?,
    };
    Ok(MemoryView::make(t, held.buffer.clone(), shown))
}

fn shape_items(t: &Thread, shape: &Value) -> R<Vec<Value>> {
    if let Some(list) = shape.cast::<List>() {
        return Ok(list.snapshot(t));
    }
    match shape.cast::<Tuple>() {
        Some(tuple) => Ok(tuple.items().to_vec()),
        None => Err(t.type_error("shape must be a list or a tuple")),
    }
}

/// The bytes as one row of items of the format.
fn to_row(t: &Thread, held: &Held<'_>, format: &str) -> R<Shown> {
    let Some(letter) = items::letter(format) else {
        return Err(t.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    let is_byte = |f: Option<u8>| matches!(f, Some(b'b' | b'B' | b'c'));
    let from = items::letter(&held.format);
    if !is_byte(from) && !is_byte(Some(letter)) {
        return Err(t.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let itemsize = items::size(letter).unwrap_or(1);
    if held.len % itemsize != 0 {
        return Err(t.type_error("memoryview: length is not a multiple of itemsize"));
    }
    Ok(Shown {
        itemsize,
        format: items::static_format(letter, format.starts_with('@')).into(),
        layout: Layout::in_order(vec![held.len / itemsize], itemsize),
        ..held.shown.clone()
    })
}

fn in_shape(t: &Thread, row: Shown, items: &[Value]) -> R<Shown> {
    let mut shape = Vec::with_capacity(items.len());
    let mut product = row.itemsize;
    for item in items {
        if !int::is_int(item) {
            return Err(t.type_error("memoryview.cast(): elements of shape must be integers"));
        }
        let n = usize::try_from(int::to_isize(t, item)?).ok().filter(|&n| n > 0);
        let Some(n) = n else {
            return Err(t.value_error("memoryview.cast(): elements of shape must be integers > 0"));
        };
        product = match product.checked_mul(n).filter(|&p| p <= isize::MAX as usize) {
            Some(product) => product,
            None => return Err(t.value_error("memoryview.cast(): product(shape) > SSIZE_MAX")),
        };
        shape.push(n);
    }
    if product != row.len {
        return Err(t.type_error("memoryview: product(shape) * itemsize != buffer size"));
    }
    let layout = Layout::in_order(shape, row.itemsize);
    Ok(Shown { layout, ..row })
}
