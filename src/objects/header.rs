//! What every heap object begins with, and how its references are counted.
//!
//! The count is *biased* (PEP 703): the thread that owns an object counts with plain loads and stores in
//! `local`, all others atomically in `shared`. With the GIL on every thread of an interpreter counts under
//! one and the same id, so the plain path is always taken, and the GIL is what makes it safe. One code
//! path thus serves both disciplines, and costs a compare of the owner.
//!
//! Invariant: a header stays readable after its object was freed (see `heap`), so a thread that raced to an
//! object may look at its header, and finds there that it is dead.

use super::dealloc;
use super::naive;
use super::thread::{self, Thread};
use super::type_object::Type;
use crate::sync::biased::{self, Outcome};
use crate::sync::object_lock::{self, BIASED};
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, Ordering::*};

pub use crate::sync::biased::{DEAD, IMMORTAL, MERGED_OWNER as MERGED};

/// The id under which all threads of an interpreter count with the GIL on.
pub const GIL_TID: u32 = 1;

/// The layout of an object's memory. A [`Header`] keeps it in the low bits of its kind byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Instances of Python classes, and native ones without a kind of their own.
    Instance,
    Int,
    Float,
    Bool,
    None,
    NotImplemented,
    Ellipsis,
    Complex,
    Str,
    Bytes,
    ByteArray,
    MemoryView,
    List,
    Tuple,
    Dict,
    DictKeys,
    DictValues,
    DictItems,
    DictIter,
    MappingProxy,
    Set,
    FrozenSet,
    SetIter,
    Range,
    RangeIter,
    LongRangeIter,
    Slice,
    ListIter,
    TupleIter,
    SeqIter,
    CallIter,
    StrIter,
    BytesIter,
    Enumerate,
    Zip,
    Map,
    Filter,
    Reversed,
    Type,
    Module,
    Function,
    Native,
    Method,
    MethodDescr,
    WrapperDescr,
    MethodWrapper,
    ClassMethodDescr,
    GetSet,
    Member,
    Property,
    ClassMethod,
    StaticMethod,
    Super,
    Code,
    Frame,
    FrameLocals,
    Traceback,
    Cell,
    Generator,
    Coroutine,
    AsyncGenerator,
    CoroutineWrapper,
    AsyncGenSend,
    AsyncGenThrow,
    AsyncGenWrapped,
    Exception,
    WeakRef,
    WeakProxy,
    GenericAlias,
    Union,
    TypeVar,
    ParamSpec,
    ParamSpecAttr,
    TypeVarTuple,
    TypeAlias,
    Template,
    Interpolation,
    TemplateIter,
    Context,
    ContextVar,
    ContextToken,
    SimpleNamespace,
    Capsule,
    /// A native object with any Rust payload (`opaque`).
    Opaque,
}

/// Set in the kind byte of instances of heap subclasses: the layout is the built-in type's, the behaviour
/// may not be.
pub const SUBCLASS: u8 = 0x80;

/// Bits of `Header::flags`. The upper four belong to the kind.
pub mod flag {
    /// Weak references to the object exist.
    pub const WEAKLY_REFERENCED: u8 = 0x01;
    /// The finalizer (`__del__`) has run.
    pub const FINALIZED: u8 = 0x02;
    /// Memory came from the large allocator.
    pub const LARGE: u8 = 0x04;
    /// Racy counts lie beside it (`naive`).
    pub const ROOMY: u8 = 0x08;
}

/// Bits of `Header::gc`.
pub mod gc_bits {
    /// The collector looks at the object.
    pub const TRACKED: u8 = 0x01;
    /// Being examined by the running collection.
    pub const COLLECTING: u8 = 0x02;
    /// Found to be reachable from outside.
    pub const REACHABLE: u8 = 0x04;
    /// In the old generation.
    pub const OLD: u8 = 0x08;
    /// In the permanent generation (`gc.freeze`).
    pub const FROZEN: u8 = 0x10;
    /// Its deallocation is under way.
    pub const DYING: u8 = 0x20;
    /// Made before the program began (`gc::mark_startup`).
    pub const STARTUP: u8 = 0x40;
}

/// What every heap object begins with: 24 bytes.
#[repr(C)]
pub struct Header {
    /// Id of the thread that counts in `local`; `MERGED` or `IMMORTAL`.
    pub owner: AtomicU32,
    /// The owner's count. Only the owner writes it.
    pub local: AtomicU32,
    /// Everybody else's count (signed) above two flags.
    pub shared: AtomicU32,
    kind: AtomicU8,
    /// See [`flag`].
    pub flags: AtomicU8,
    /// `sync`'s object lock: guards writes to the object with the GIL off.
    pub lock: AtomicU8,
    /// See [`gc_bits`].
    pub gc: AtomicU8,
    /// Null while the memory is free. Owns a count of heap types.
    typ: AtomicPtr<Type>,
}

impl Header {
    /// Makes a header in fresh memory, with one count.
    ///
    /// # Safety
    /// `this` is memory for an object that nobody else refers to; `typ` lives, and one count of it (if it
    /// is a heap type) is given to the object.
    #[inline(always)]
    pub unsafe fn init(this: *mut Header, t: &Thread, kind: u8, gc: u8, typ: *const Type) {
        let tid = t.tid();
        // SAFETY: the memory is ours. Stores are atomic because a late reader of the object that was here
        // before may still look at it.
        unsafe {
            let h = &*this;
            h.kind.store(kind, Relaxed);
            h.flags.store(h.flags.load(Relaxed) & flag::LARGE, Relaxed);
            h.lock.store(t.unmet.get(), Relaxed);
            h.gc.store(gc, Relaxed);
            if tid >= naive::FIRST_TID {
                naive::init(h);
            } else {
                // With the GIL off any object may be met by a lock-free reader.
                h.shared.store(if tid == GIL_TID { biased::PRIVATE } else { biased::PUBLIC }, Relaxed);
                h.local.store(1, Relaxed);
                h.owner.store(tid, Relaxed);
            }
            h.typ.store(typ as *mut Type, Release);
        }
    }

    /// The built-in type that this is an exact instance of, if its layout is a built-in's. Instances of
    /// subclasses have a kind of their own that equals none of those.
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        let k = self.kind.load(Relaxed);
        if k & SUBCLASS != 0 { Kind::Instance } else { Self::kind_from(k) }
    }

    /// The layout of the object's memory.
    #[inline(always)]
    pub fn layout(&self) -> Kind {
        Self::kind_from(self.kind.load(Relaxed) & !SUBCLASS)
    }

    #[inline(always)]
    fn kind_from(byte: u8) -> Kind {
        debug_assert!(byte <= Kind::Opaque as u8);
        // SAFETY: `init` and `set_type` store only kinds.
        unsafe { std::mem::transmute::<u8, Kind>(byte) }
    }

    /// The kind byte as it stands, with the subclass bit: what guards compare.
    #[inline(always)]
    pub fn kind_byte(&self) -> u8 {
        self.kind.load(Relaxed)
    }

    #[inline(always)]
    pub fn type_of(&self) -> &Type {
        // SAFETY: a live object keeps its type alive.
        unsafe { &*self.typ.load(Acquire) }
    }

    #[inline(always)]
    pub fn type_ptr(&self) -> *const Type {
        self.typ.load(Acquire)
    }

    /// `obj.__class__ = typ`: the layouts are equal, the caller has checked. The count of the old type
    /// goes to the caller.
    pub fn replace_type(&self, typ: *const Type, kind: u8) -> *const Type {
        self.kind.store(kind, Relaxed);
        self.typ.swap(typ as *mut Type, AcqRel)
    }

    /// Marks the memory as free: the collector's walk passes it over.
    #[inline(always)]
    pub fn mark_free(&self) {
        self.typ.store(std::ptr::null_mut(), Release);
        self.owner.store(MERGED, Relaxed);
        self.shared.store(DEAD, Release);
    }

    /// Adds a reference.
    #[inline(always)]
    pub fn incref(&self) {
        self.incref_by(thread::tid());
    }

    /// Adds a reference, counted by the thread with that id.
    #[inline(always)]
    pub fn incref_by(&self, tid: u32) {
        if !biased::incref_own(&self.owner, &self.local, tid) && !self.is_immortal() {
            self.incref_other(tid);
        }
    }

    #[cold]
    #[inline(never)]
    fn incref_other(&self, tid: u32) {
        if self.owner.load(Relaxed) == naive::OWNER {
            naive::incref(self);
        } else {
            biased::incref_other(&self.owner, &self.shared, tid);
        }
    }

    /// Adds a reference if that takes a plain increment: the thread owns the object and the count has room.
    #[inline(always)]
    pub fn incref_own(&self, tid: u32) -> bool {
        biased::incref_own(&self.owner, &self.local, tid)
    }

    /// Gives a reference back if that takes a plain decrement: the thread owns the object and has more of it.
    #[inline(always)]
    pub fn decref_alive(&self, tid: u32) -> bool {
        let count = self.local.load(Relaxed).wrapping_sub(1);
        let plain = self.owner.load(Relaxed) == tid && count != 0;
        if plain {
            self.local.store(count, Relaxed);
        }
        plain
    }

    /// Gives a reference back; the last one frees the object.
    ///
    /// # Safety
    /// The caller owns one count of the live object and does not use it again.
    #[inline(always)]
    pub unsafe fn decref(this: *const Header, tid: u32) {
        // SAFETY: the object lives until the count is given back; the outcome says who sees to its end.
        unsafe {
            match biased::decref_own(&(*this).owner, &(*this).local, &(*this).shared, tid) {
                Some(Outcome::Alive) => {}
                Some(outcome) => dealloc::last_reference(this, outcome),
                None if (*this).is_immortal() => {}
                None => Header::decref_other(this),
            }
        }
    }

    /// # Safety
    /// As for [`Header::decref`], for an object that is not the thread's own.
    #[cold]
    #[inline(never)]
    unsafe fn decref_other(this: *const Header) {
        // SAFETY: as there.
        unsafe {
            let outcome = if (*this).owner.load(Relaxed) == naive::OWNER {
                naive::decref(this)
            } else {
                biased::decref_shared(&(*this).owner, &(*this).shared)
            };
            if outcome != Outcome::Alive {
                dealloc::last_reference(this, outcome);
            }
        }
    }

    /// Whether the object is the thread's to change without a lock: it made it, and no other thread has ever wanted to
    /// change it. With the GIL on that is so for every object that is counted.
    #[inline(always)]
    pub fn is_held_by(&self, tid: u32) -> bool {
        self.owner.load(Relaxed) == tid && self.lock.load(Relaxed) == BIASED
    }

    /// Tries to add a reference to an object that another thread may just have freed; what was found in
    /// a slot must be looked at again afterwards.
    pub fn try_incref(&self, tid: u32) -> bool {
        if self.owner.load(Relaxed) == naive::OWNER {
            return naive::try_incref(self);
        }
        biased::try_incref(&self.owner, &self.local, &self.shared, tid)
    }

    /// The number of references (`sys.getrefcount`).
    #[inline]
    pub fn refcount(&self) -> i64 {
        match self.owner.load(Relaxed) {
            IMMORTAL => u32::MAX as i64,
            _ => biased::refcount(&self.owner, &self.local, &self.shared),
        }
    }

    /// From now on the object is never freed and its references are not counted.
    ///
    /// The caller is the owner.
    pub fn make_immortal(&self) {
        object_lock::remove_bias(&self.lock);
        self.owner.store(IMMORTAL, Relaxed);
    }

    #[inline(always)]
    pub fn is_immortal(&self) -> bool {
        self.owner.load(Relaxed) == IMMORTAL
    }

    #[inline(always)]
    pub fn has_flag(&self, flag: u8) -> bool {
        self.flags.load(Relaxed) & flag != 0
    }

    #[inline]
    pub fn set_flag(&self, flag: u8) {
        self.flags.fetch_or(flag, Relaxed);
    }

    pub fn clear_flag(&self, flag: u8) {
        self.flags.fetch_and(!flag, Relaxed);
    }

    #[inline(always)]
    pub fn has_gc(&self, bit: u8) -> bool {
        self.gc.load(Relaxed) & bit != 0
    }

    pub fn set_gc(&self, bit: u8) {
        self.gc.fetch_or(bit, Relaxed);
    }

    /// As [`Header::set_gc`] where no other thread looks (the object is dead, or the world stopped): no atomic
    /// read-modify-write.
    #[inline(always)]
    pub fn set_gc_alone(&self, bit: u8) {
        self.gc.store(self.gc.load(Relaxed) | bit, Relaxed);
    }

    /// As [`Header::clear_gc`], as above.
    #[inline(always)]
    pub fn clear_gc_alone(&self, bit: u8) {
        self.gc.store(self.gc.load(Relaxed) & !bit, Relaxed);
    }

    pub fn clear_gc(&self, bit: u8) {
        self.gc.fetch_and(!bit, Relaxed);
    }
}
