//! `cell`: a variable that functions share.

use super::header::{Header, Kind, gc_bits};
use super::native::allocate;
use super::protocol;
use super::slot::Slot;
use super::slots::{Args, CmpOp, R, Slots};
use super::spec::{GetSet, Spec, type_flags};
use super::thread::Thread;
use super::value::{Payload, Value};

/// The payload of a `cell`.
#[repr(C)]
pub struct Cell {
    header: Header,
    pub contents: Slot,
}

// SAFETY: `repr(C)`, header first; made here.
unsafe impl Payload for Cell {
    const KIND: Kind = Kind::Cell;
}

impl Cell {
    /// A cell, empty for an unbound variable.
    pub fn make(t: &Thread, contents: Option<Value>) -> Value {
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<Cell>(t, Kind::Cell, t.types().cell.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).contents).write(Slot::from_option(contents.map(Value::into_owned)));
            })
        }
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe { std::ptr::drop_in_place(&raw mut (*(this as *mut Cell)).contents) };
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(cell) = value.cast::<Cell>() {
            cell.contents.visit(visit);
        }
    }

    pub fn clear_refs(_t: &Thread, value: &Value) {
        if let Some(cell) = value.cast::<Cell>() {
            drop(cell.contents.take());
        }
    }
}

fn cell<'a>(t: &Thread, v: &'a Value) -> R<&'a Cell> {
    v.cast::<Cell>().ok_or_else(|| t.type_error("a cell is required"))
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    super::container::no_keywords(t, "cell", args)?;
    super::container::check_positional(t, "cell", args.pos.len(), 0, 1)?;
    Ok(Cell::make(t, args.pos.first().cloned()))
}

fn repr(t: &Thread, v: &Value) -> R {
    Ok(t.str(match cell(t, v)?.contents.get(t) {
        Some(inner) => {
            format!("<cell at {:#x}: {} object at {:#x}>", v.id(), inner.type_of(t).name_str(), inner.id())
        }
        None => format!("<cell at {:#x}: empty>", v.id()),
    }))
}

/// Cells compare by their contents; an empty one is less than any other.
fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (a.cast::<Cell>(), b.cast::<Cell>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    match (x.contents.get(t), y.contents.get(t)) {
        (Some(x), Some(y)) => protocol::compare(t, &x, &y, op),
        (x, y) => Ok(Value::bool(op.holds(x.is_some().cmp(&y.is_some())))),
    }
}

fn contents(t: &Thread, v: &Value) -> R {
    cell(t, v)?.contents.get(t).ok_or_else(|| t.value_error("Cell is empty"))
}

fn set_contents(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    drop(cell(t, v)?.contents.replace(value.cloned()));
    Ok(())
}

pub static SPEC: Spec = Spec {
    name: "cell",
    kind: Kind::Cell,
    size: std::mem::size_of::<Cell>(),
    flags: type_flags::HAVE_GC,
    doc: "cell([contents])\n--\n\nCreate a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        compare: Some(compare),
        traverse: Some(Cell::traverse),
        clear: Some(Cell::clear_refs),
        drop: Some(Cell::drop_payload),
        ..Slots::EMPTY
    },
    getset: &[GetSet::rw("cell_contents", contents, set_contents, "")],
    ..Spec::DEFAULT
};
