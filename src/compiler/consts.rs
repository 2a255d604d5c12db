//! The constants of a code object in the making, each kept once.
//!
//! Two constants are the same if CPython's constant key is: type and value, with `0.0` and `-0.0`, and
//! `1`, `1.0` and `True`, apart. Code objects are compared by what they hold.

use super::code::{Code, Const};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

impl PartialEq for Const {
    fn eq(&self, other: &Const) -> bool {
        use Const::*;
        match (self, other) {
            (None, None) | (True, True) | (False, False) | (Ellipsis, Ellipsis) => true,
            (Int(a), Int(b)) => a == b,
            (BigInt(a), BigInt(b)) => a == b,
            (Float(a), Float(b)) => a.to_bits() == b.to_bits(),
            (Complex { real: a, imag: b }, Complex { real: c, imag: d }) => {
                a.to_bits() == c.to_bits() && b.to_bits() == d.to_bits()
            }
            (Str(a), Str(b)) => a == b,
            (Bytes(a), Bytes(b)) => a == b,
            (Tuple(a), Tuple(b)) => a == b,
            (FrozenSet(a), FrozenSet(b)) => a.len() == b.len() && a.iter().all(|item| b.contains(item)),
            (Slice(a), Slice(b)) => a == b,
            (Code(a), Code(b)) => std::sync::Arc::ptr_eq(a, b) || same_code(a, b),
            _ => false,
        }
    }
}

impl Eq for Const {}

fn same_code(a: &Code, b: &Code) -> bool {
    a.name == b.name
        && a.firstlineno == b.firstlineno
        && a.flags == b.flags
        && (a.argcount, a.posonlyargcount, a.kwonlyargcount) == (b.argcount, b.posonlyargcount, b.kwonlyargcount)
        && a.code == b.code
        && a.consts == b.consts
        && a.names == b.names
        && a.localsplusnames == b.localsplusnames
        && a.linetable == b.linetable
        && a.exceptiontable == b.exceptiontable
}

impl Hash for Const {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Const::None | Const::True | Const::False | Const::Ellipsis => {}
            Const::Int(i) => i.hash(state),
            Const::BigInt(i) => i.hash(state),
            Const::Float(f) => f.to_bits().hash(state),
            Const::Complex { real, imag } => (real.to_bits(), imag.to_bits()).hash(state),
            Const::Str(text) => text.hash(state),
            Const::Bytes(bytes) => bytes.hash(state),
            Const::Tuple(items) => items.hash(state),
            Const::FrozenSet(items) => items.len().hash(state),
            Const::Slice(parts) => parts.hash(state),
            Const::Code(code) => (&code.name, code.firstlineno, &code.code).hash(state),
        }
    }
}

/// Constants numbered in the order they came.
#[derive(Clone, Debug, Default)]
pub(super) struct ConstTable {
    pub items: Vec<Const>,
    index: HashMap<Const, u32>,
}

impl ConstTable {
    /// The number of a constant, which is added if it is new.
    pub fn add(&mut self, value: Const) -> u32 {
        if let Some(&i) = self.index.get(&value) {
            return i;
        }
        let i = self.items.len() as u32;
        self.items.push(value.clone());
        self.index.insert(value, i);
        i
    }
}
