//! `Value`: any Python object in one machine word.
//!
//! Small ints, floats, `None`, booleans, `NotImplemented` and `...` are the word itself; everything else is
//! a pointer to a [`Header`]. The encoding is NaN-boxing that favours pointers: a double's bits are shifted
//! up by `DOUBLE_OFFSET`, which leaves the bottom of the range to pointers and the top to ints.
//!
//! | range of the word                      | what it is                                   |
//! |----------------------------------------|----------------------------------------------|
//! | 0                                      | nothing (`Option<Value>`'s `None`, an unbound local) |
//! | below `0x1000`                         | the constants                                |
//! | `0x0000_0000_0000_1000 ..`             | pointer; bit 0 marks a *borrowed* one        |
//! | `0x0007_0000_0000_0000 ..`             | double, except NaN                           |
//! | `0xFFF8_0000_0000_0000 ..`             | int of 51 bits                               |
//!
//! NaN is always boxed, so that identity (`nan in [nan]`) behaves as in CPython.
//!
//! A `Value` owns one count of its object, unless it is borrowed: `LOAD_FAST_BORROW` pushes a word with
//! bit 0 set, whose count belongs to the local variable it came from. Cloning a borrowed value gives an
//! owned one, dropping it does nothing, so native code that takes `&Value` need not know the difference.
//!
//! Invariant: a borrowed word lives on an evaluation stack only. What is stored in an object, a local
//! variable or a Rust structure is owned ([`Value::into_owned`]).

use super::header::{Header, Kind};
use super::thread::{self, Thread};
use super::type_object::Type;
use std::num::NonZeroU64;

/// What is added to a double's bits. Negative infinity, the largest pattern that is not a NaN, lands just
/// below `INT_TAG`.
pub const DOUBLE_OFFSET: u64 = 0x0007 << 48;
/// The top 13 bits of an int's word.
pub const INT_TAG: u64 = 0xFFF8 << 48;
/// How far an int is shifted up to have its sign in the sign bit.
pub const INT_SHIFT: u32 = 13;
/// The least and greatest ints that are immediate.
pub const INT_MIN: i64 = -(1 << 50);
/// See [`INT_MIN`].
pub const INT_MAX: i64 = (1 << 50) - 1;
/// Words below this are constants.
const FIRST_POINTER: u64 = 0x1000;
/// Bit 0 of a pointer: see the chapter above.
pub const BORROWED: u64 = 1;

/// The words of the constants.
pub mod word {
    pub const NONE: u64 = 0x02;
    pub const FALSE: u64 = 0x06;
    pub const TRUE: u64 = 0x0E;
    pub const NOT_IMPLEMENTED: u64 = 0x12;
    pub const ELLIPSIS: u64 = 0x1A;
}

/// Whether the word is a pointer, borrowed or not. Zero is not.
#[inline(always)]
pub const fn is_pointer(bits: u64) -> bool {
    bits.wrapping_sub(FIRST_POINTER) < DOUBLE_OFFSET - FIRST_POINTER
}

/// Any Python object; see the module's chapter.
#[repr(transparent)]
pub struct Value(NonZeroU64);

// SAFETY: counts are atomic or guarded by the GIL (see `header`), and every object guards its own interior.
unsafe impl Send for Value {}
// SAFETY: as above.
unsafe impl Sync for Value {}

impl Value {
    pub const NONE: Value = Value::constant(word::NONE);
    pub const TRUE: Value = Value::constant(word::TRUE);
    pub const FALSE: Value = Value::constant(word::FALSE);
    pub const NOT_IMPLEMENTED: Value = Value::constant(word::NOT_IMPLEMENTED);
    pub const ELLIPSIS: Value = Value::constant(word::ELLIPSIS);

    const fn constant(bits: u64) -> Value {
        match NonZeroU64::new(bits) {
            Some(bits) => Value(bits),
            None => unreachable!(),
        }
    }

    /// `None`, to be lent.
    #[inline(always)]
    pub fn none() -> &'static Value {
        static NONE: Value = Value::NONE;
        &NONE
    }

    /// The word itself.
    #[inline(always)]
    pub const fn bits(&self) -> u64 {
        self.0.get()
    }

    /// Takes over the count that the word stands for.
    ///
    /// # Safety
    /// `bits` is a valid word, not zero, and its count is the caller's to give.
    #[inline(always)]
    pub const unsafe fn from_bits(bits: u64) -> Value {
        // SAFETY: not zero, says the caller.
        Value(unsafe { NonZeroU64::new_unchecked(bits) })
    }

    /// As [`Value::from_bits`], where zero is `None`.
    ///
    /// # Safety
    /// `bits` is zero or a valid word whose count is the caller's to give.
    #[inline(always)]
    pub const unsafe fn option_from_bits(bits: u64) -> Option<Value> {
        // SAFETY: `Option<Value>` has the niche at zero.
        unsafe { std::mem::transmute::<u64, Option<Value>>(bits) }
    }

    /// Gives up the count that the value owns: the word now stands for it.
    #[inline(always)]
    pub fn into_bits(self) -> u64 {
        let bits = self.bits();
        std::mem::forget(self);
        bits
    }

    /// The word of an `Option`, zero for `None`.
    #[inline(always)]
    pub fn option_into_bits(value: Option<Value>) -> u64 {
        value.map_or(0, Value::into_bits)
    }

    /// Views a word in memory as a value.
    ///
    /// # Safety
    /// The word is a valid one, not zero, and stays so while the reference lives.
    #[inline(always)]
    pub unsafe fn from_ref(bits: &u64) -> &Value {
        // SAFETY: `Value` is a transparent, nonzero u64.
        unsafe { &*(bits as *const u64 as *const Value) }
    }

    /// Takes over one count of a heap object.
    ///
    /// # Safety
    /// The header is that of a live object, and the caller gives one count of it.
    #[inline(always)]
    pub unsafe fn from_header(header: *const Header) -> Value {
        // SAFETY: a pointer is a valid word and not null.
        unsafe { Value::from_bits(header as u64) }
    }

    /// A new reference to a live heap object.
    #[inline(always)]
    pub fn of(header: &Header) -> Value {
        header.incref();
        // SAFETY: the object lives (it is borrowed) and one count was just added.
        unsafe { Value::from_header(header) }
    }

    /// The word of an int that is known to be small.
    #[inline(always)]
    pub const fn small_word(i: i64) -> u64 {
        debug_assert!(i >= INT_MIN && i <= INT_MAX);
        ((i << INT_SHIFT) as u64 >> INT_SHIFT) | INT_TAG
    }

    /// An int that is known to be small.
    #[inline(always)]
    pub const fn small(i: i64) -> Value {
        Value::constant(Value::small_word(i))
    }

    /// Whether an int can be immediate.
    #[inline(always)]
    pub const fn small_fits(i: i64) -> bool {
        i >= INT_MIN && i <= INT_MAX
    }

    /// The int, if it is an immediate one.
    #[inline(always)]
    pub const fn as_small(&self) -> Option<i64> {
        if self.is_small() { Some(self.small_unchecked()) } else { None }
    }

    /// Whether this is an immediate int.
    #[inline(always)]
    pub const fn is_small(&self) -> bool {
        self.bits() >= INT_TAG
    }

    /// The int, which must be an immediate one.
    #[inline(always)]
    pub const fn small_unchecked(&self) -> i64 {
        ((self.bits() << INT_SHIFT) as i64) >> INT_SHIFT
    }

    /// The float, if it is an immediate one (every float but NaN).
    #[inline(always)]
    pub fn as_immediate_float(&self) -> Option<f64> {
        self.is_immediate_float().then(|| f64::from_bits(self.bits() - DOUBLE_OFFSET))
    }

    /// Whether this is a float and not NaN.
    #[inline(always)]
    pub const fn is_immediate_float(&self) -> bool {
        self.bits().wrapping_sub(DOUBLE_OFFSET) < INT_TAG - DOUBLE_OFFSET
    }

    /// A float that is not NaN. (`float::new` takes any.)
    #[inline(always)]
    pub fn immediate_float(f: f64) -> Option<Value> {
        if f.is_nan() { None } else { NonZeroU64::new(f.to_bits() + DOUBLE_OFFSET).map(Value) }
    }

    /// `True` or `False`.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// The boolean, if it is one.
    #[inline(always)]
    pub const fn as_bool(&self) -> Option<bool> {
        match self.bits() {
            word::TRUE => Some(true),
            word::FALSE => Some(false),
            _ => None,
        }
    }

    #[inline(always)]
    pub const fn is_none(&self) -> bool {
        self.bits() == word::NONE
    }

    #[inline(always)]
    pub const fn is_not_implemented(&self) -> bool {
        self.bits() == word::NOT_IMPLEMENTED
    }

    /// Whether the value is a pointer to a heap object.
    #[inline(always)]
    pub const fn is_heap(&self) -> bool {
        is_pointer(self.bits())
    }

    /// The header, if this is a heap object.
    #[inline(always)]
    pub fn header(&self) -> Option<&Header> {
        // SAFETY: a pointer word points to a live object for as long as the value exists.
        self.is_heap().then(|| unsafe { self.header_unchecked() })
    }

    /// The header of a heap object.
    ///
    /// # Safety
    /// The value is a heap object.
    #[inline(always)]
    pub unsafe fn header_unchecked(&self) -> &Header {
        // SAFETY: see above; the borrow bit is not part of the address.
        unsafe { &*((self.bits() & !BORROWED) as *const Header) }
    }

    /// `is`: the same object.
    #[inline(always)]
    pub fn is(&self, other: &Value) -> bool {
        self.bits() == other.bits() || (self.bits() ^ other.bits() == BORROWED && self.is_heap() && other.is_heap())
    }

    /// Whether this is that very heap object.
    #[inline(always)]
    pub fn is_header(&self, header: &Header) -> bool {
        self.is_heap() && self.bits() & !BORROWED == header as *const Header as u64
    }

    /// The kind byte of an exact built-in object; immediates included.
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        match self.header() {
            Some(header) => header.kind(),
            None => self.immediate_kind(),
        }
    }

    fn immediate_kind(&self) -> Kind {
        if self.is_small() {
            Kind::Int
        } else if self.is_immediate_float() {
            Kind::Float
        } else {
            match self.bits() {
                word::TRUE | word::FALSE => Kind::Bool,
                word::NONE => Kind::None,
                word::NOT_IMPLEMENTED => Kind::NotImplemented,
                _ => Kind::Ellipsis,
            }
        }
    }

    /// The object's type, which lives at least as long as the object.
    #[inline(always)]
    pub fn type_of(&self, t: &Thread) -> &Type {
        match self.header() {
            Some(header) => header.type_of(),
            None => self.immediate_type(t),
        }
    }

    /// The object's type as an object.
    pub fn type_of_value(&self, t: &Thread) -> Value {
        self.type_of(t).value()
    }

    fn immediate_type(&self, t: &Thread) -> &Type {
        let types = t.types();
        // SAFETY: built-in types live as long as the interpreter, and the thread keeps the interpreter.
        unsafe {
            &*(match self.immediate_kind() {
                Kind::Int => types.int.get(),
                Kind::Float => types.float.get(),
                Kind::Bool => types.bool_.get(),
                Kind::None => types.none.get(),
                Kind::NotImplemented => types.not_implemented.get(),
                _ => types.ellipsis.get(),
            } as *const Type)
        }
    }

    /// The payload, if the object's layout is that of `T` (instances of subclasses included).
    #[inline(always)]
    pub fn cast<T: Payload>(&self) -> Option<&T> {
        let header = self.header()?;
        // SAFETY: the layout says that the object is a `T`.
        (header.layout() == T::KIND).then(|| unsafe { &*(header as *const Header as *const T) })
    }

    /// As [`Value::cast`], for exact instances of the built-in type only.
    #[inline(always)]
    pub fn cast_exact<T: Payload>(&self) -> Option<&T> {
        let header = self.header()?;
        // SAFETY: as above.
        (header.kind() == T::KIND).then(|| unsafe { &*(header as *const Header as *const T) })
    }

    /// An owned value from one that may be borrowed.
    #[inline(always)]
    pub fn into_owned(self) -> Value {
        if self.bits() & BORROWED != 0 && self.is_heap() { self.clone() } else { self }
    }

    /// The object's address, or for an immediate a number that stands for it (`id()`).
    pub fn id(&self) -> u64 {
        if self.is_heap() { self.bits() & !BORROWED } else { self.bits() }
    }
}

/// A Rust structure that is the memory of a heap object.
///
/// # Safety
/// The type is `repr(C)`, begins with a [`Header`], and every object whose layout is `KIND` is one.
pub unsafe trait Payload: Sized {
    const KIND: Kind;

    /// The header that every object begins with.
    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: the structure begins with it.
        unsafe { &*(self as *const Self as *const Header) }
    }

    /// A new reference to this object.
    #[inline(always)]
    fn value(&self) -> Value {
        Value::of(self.header())
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        let mut bits = self.bits();
        if is_pointer(bits) {
            bits &= !BORROWED;
            // SAFETY: the value keeps the object alive.
            unsafe { (*(bits as *const Header)).incref() };
        }
        // SAFETY: one count was added.
        unsafe { Value::from_bits(bits) }
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        let bits = self.bits();
        if is_pointer(bits) && bits & BORROWED == 0 {
            // SAFETY: the value owns a count of a live object.
            unsafe { Header::decref(bits as *const Header, thread::tid()) };
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({:#x}, {:?})", self.bits(), self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_round_trip() {
        for i in [0, 1, -1, 42, INT_MIN, INT_MAX, -(1 << 40)] {
            assert_eq!(Value::small(i).as_small(), Some(i));
            assert!(!Value::small(i).is_heap() && !Value::small(i).is_immediate_float());
        }
    }

    #[test]
    fn floats_round_trip() {
        for f in [0.0, -0.0, 1.5, -1.5, f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 5e-324]
        {
            let v = Value::immediate_float(f).unwrap();
            assert_eq!(v.as_immediate_float().unwrap().to_bits(), f.to_bits());
            assert!(!v.is_heap() && !v.is_small());
        }
        assert!(Value::immediate_float(f64::NAN).is_none());
    }

    #[test]
    fn constants_are_neither() {
        for v in [Value::NONE, Value::TRUE, Value::FALSE, Value::NOT_IMPLEMENTED, Value::ELLIPSIS] {
            assert!(!v.is_heap() && !v.is_small() && !v.is_immediate_float());
        }
    }
}
