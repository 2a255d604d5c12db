//! `code`: a compiled block with its constants and names as objects, and what executes it.

use super::header::{Header, Kind};
use super::native::allocate;
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::value::{Payload, Value};
use crate::compiler::code::{Code, Const, ExceptionEntry, flags, local_kind};
use crate::compiler::verify;
use once_cell::sync::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

/// What stands for no line. A module begins at line 0, before its first.
const NO_LINE: u32 = u32::MAX;

/// A private translation of canonical bytecode: one 8-byte cell per code unit. `vm` defines the cells.
pub struct Translation {
    pub cells: Box<[std::cell::UnsafeCell<u64>]>,
    /// How often each cell was executed, in runs that count (`dis --adaptive`).
    pub counts: OnceCell<Box<[AtomicU64]>>,
}

impl Translation {
    /// A translation of those cells that nothing has counted yet.
    pub fn new(cells: Box<[std::cell::UnsafeCell<u64>]>) -> Translation {
        Translation { cells, counts: Default::default() }
    }
}

/// The constants and names of a code object as objects. They are made when first asked for, at the latest before it runs.
#[derive(Debug)]
struct Parts {
    consts: Box<[Value]>,
    /// `co_consts`, a tuple.
    consts_tuple: Value,
    names: Box<[Value]>,
    localsplus: Box<[Value]>,
}

/// The payload of a `code` object.
#[repr(C)]
pub struct CodeObject {
    header: Header,
    /// The plain data it was made from.
    pub code: Arc<Code>,
    parts: OnceCell<Parts>,
    /// The constants of `parts`; null before the code was first translated.
    first_const: AtomicPtr<Value>,
    pub filename: Value,
    pub name: Value,
    pub qualname: Value,
    /// Words of a frame: locals, cells, free variables and the stack.
    pub frame_words: usize,
    /// Locals, cells and free variables.
    pub nlocalsplus: usize,
    pub nlocals: usize,
    pub nfree: usize,
    pub flags: u32,
    pub argcount: u32,
    pub kwonlyargcount: u32,
    /// How many arguments a call must have to need no binding; `u32::MAX` where it always does.
    pub simple_argcount: u32,
    /// By which racy counts name it (`naive`), 0 otherwise.
    number: u32,
    /// The line of each code unit, or [`NO_LINE`]; made when first asked for.
    lines: OnceCell<Box<[u32]>>,
    /// Why code from outside cannot be run.
    fault: OnceCell<Option<Box<str>>>,
    /// The exception table, decoded.
    handlers: OnceCell<Box<[ExceptionEntry]>>,
    /// What the watchers of running code keep of it.
    pub watch: OnceCell<Box<dyn std::any::Any + Send + Sync>>,
    /// What executes: made at the first call, the interpreter's with the GIL on; with it off, per thread.
    pub translation: AtomicPtr<Translation>,
    /// The place of the code's translation in each thread's table, with the GIL off; 0 before there is one.
    pub place: AtomicU32,
}

// SAFETY: `repr(C)`, header first; made here.
unsafe impl Payload for CodeObject {
    const KIND: Kind = Kind::Code;
}

impl CodeObject {
    /// An object for compiled code.
    pub fn make(t: &Thread, code: &Arc<Code>) -> Value {
        CodeObject::with_parts(t, code, OnceCell::new())
    }

    /// As [`CodeObject::make`], with the constants given (`code.replace`).
    pub fn with_consts(t: &Thread, code: &Arc<Code>, consts: Box<[Value]>) -> Value {
        CodeObject::with_parts(t, code, OnceCell::from(Parts::new(t, code, consts)))
    }

    fn with_parts(t: &Thread, code: &Arc<Code>, parts: OnceCell<Parts>) -> Value {
        let kinds = &code.localspluskinds;
        let nlocals = kinds.iter().filter(|k| **k & local_kind::LOCAL != 0).count();
        let nfree = kinds.iter().filter(|k| **k & local_kind::FREE != 0).count();
        let (filename, name, qualname) = (t.intern(&code.filename), t.intern(&code.name), t.intern(&code.qualname));
        let code = code.clone();
        let number = t.interp.ledger.as_ref().map_or(0, |ledger| ledger.code_number(&code));
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<CodeObject>(t, Kind::Code, t.types().code.get(), 0, |this| {
                (&raw mut (*this).parts).write(parts);
                (&raw mut (*this).first_const).write(AtomicPtr::new(std::ptr::null_mut()));
                (&raw mut (*this).filename).write(filename);
                (&raw mut (*this).name).write(name);
                (&raw mut (*this).qualname).write(qualname);
                (&raw mut (*this).nlocalsplus).write(kinds.len());
                (&raw mut (*this).frame_words).write(kinds.len() + code.stacksize as usize + 1);
                (&raw mut (*this).nlocals).write(nlocals);
                (&raw mut (*this).nfree).write(nfree);
                (&raw mut (*this).flags).write(code.flags);
                (&raw mut (*this).argcount).write(code.argcount);
                (&raw mut (*this).kwonlyargcount).write(code.kwonlyargcount);
                (&raw mut (*this).simple_argcount).write(simple_argcount(&code));
                (&raw mut (*this).number).write(number);
                (&raw mut (*this).fault).write(Default::default());
                (&raw mut (*this).handlers).write(Default::default());
                (&raw mut (*this).lines).write(Default::default());
                (&raw mut (*this).watch).write(Default::default());
                (&raw mut (*this).translation).write(AtomicPtr::new(std::ptr::null_mut()));
                (&raw mut (*this).place).write(AtomicU32::new(0));
                (&raw mut (*this).code).write(code);
            })
        }
    }

    #[inline]
    fn parts(&self) -> &Parts {
        self.parts.get().unwrap_or_else(|| self.make_parts())
    }

    #[cold]
    fn make_parts(&self) -> &Parts {
        // Made outside of the lock: nobody who may stop for others waits for it. Who comes second takes the first's.
        let t = super::thread::current();
        let consts = self.code.consts.iter().map(|c| constant(t, c)).collect();
        let _ = self.parts.set(Parts::new(t, &self.code, consts));
        self.parts.get().expect("they are there by now")
    }

    /// The constants.
    pub fn consts(&self) -> &[Value] {
        &self.parts().consts
    }

    /// `co_consts`.
    pub fn consts_tuple(&self) -> &Value {
        &self.parts().consts_tuple
    }

    /// `co_names`.
    pub fn names(&self) -> &[Value] {
        &self.parts().names
    }

    /// The names of locals, cells and free variables.
    pub fn localsplus(&self) -> &[Value] {
        &self.parts().localsplus
    }

    /// A constant of code that runs.
    ///
    /// # Safety
    /// There is such a constant, and this thread has translated the code: [`cells_or_translate`](Self::cells_or_translate)
    /// has made the parts.
    #[inline(always)]
    pub unsafe fn const_unchecked(&self, index: usize) -> &Value {
        // SAFETY: as the caller says.
        unsafe { &*self.first_const.load(Relaxed).add(index) }
    }

    /// The code's number for racy counts; of a code object that was freed, any number.
    ///
    /// # Safety
    /// `this` is a code object, or was one: its memory is still readable.
    pub unsafe fn number_at(this: *const CodeObject) -> u32 {
        // SAFETY: as the caller says.
        unsafe { (&raw const (*this).number).read_volatile() }
    }

    /// The first cell of what the thread executes; null if there is none yet.
    #[inline(always)]
    pub fn cells(&self, t: &Thread) -> *const u64 {
        if !t.gil_enabled() {
            return self.own_cells(t);
        }
        let translation = self.translation.load(Acquire);
        // SAFETY: translations live as long as the code object.
        if translation.is_null() { std::ptr::null() } else { unsafe { (*translation).cells.as_ptr() as *const u64 } }
    }

    /// With the GIL off each thread has a translation of its own, which it alone rewrites.
    #[inline(always)]
    fn own_cells(&self, t: &Thread) -> *const u64 {
        // SAFETY: only the thread itself uses its table.
        let table = unsafe { &*t.translations.get() };
        match table.get(self.place.load(Relaxed) as usize) {
            Some(Some(translation)) => translation.cells.as_ptr() as *const u64,
            _ => std::ptr::null(),
        }
    }

    /// As [`CodeObject::cells`], made now if need be.
    pub fn cells_or_translate(&self, t: &Thread, translate: fn(&Code) -> Translation) -> *const u64 {
        let cells = self.cells(t);
        if !cells.is_null() {
            return cells;
        }
        self.first_const.store(self.consts().as_ptr().cast_mut(), Relaxed);
        let made = Box::new(match self.fault() {
            None => translate(&self.code),
            // Cells that all raise.
            Some(_) => {
                Translation::new((0..=self.code.code.len() / 2).map(|_| std::cell::UnsafeCell::new(0)).collect())
            }
        });
        let cells = made.cells.as_ptr() as *const u64;
        if t.gil_enabled() {
            self.translation.store(Box::into_raw(made), Release);
            return cells;
        }
        let mut place = self.place.load(Relaxed);
        if place == 0 {
            let new = t.interp.code_places.fetch_add(1, Relaxed) + 1;
            place = self.place.compare_exchange(0, new, Relaxed, Relaxed).map_or_else(|other| other, |_| new);
        }
        // SAFETY: as in `own_cells`.
        let table = unsafe { &mut *t.translations.get() };
        if table.len() <= place as usize {
            table.resize_with(place as usize + 1, || None);
        }
        table[place as usize] = Some(made);
        cells
    }

    /// What the thread executes, if it has run the code.
    pub fn own_translation(&self, t: &Thread) -> Option<&Translation> {
        if t.gil_enabled() {
            // SAFETY: translations live as long as the code object.
            return unsafe { self.translation.load(Acquire).as_ref() };
        }
        // SAFETY: only the thread itself uses its table, and an entry goes with the code object.
        unsafe { &*t.translations.get() }.get(self.place.load(Relaxed) as usize)?.as_deref()
    }

    /// Counts the execution of a cell of the thread's translation.
    pub fn count(&self, t: &Thread, cell: *const u64) {
        let Some(translation) = self.own_translation(t) else { return };
        let counts = translation.counts.get_or_init(|| translation.cells.iter().map(|_| AtomicU64::new(0)).collect());
        let offset = (cell as usize).wrapping_sub(translation.cells.as_ptr() as usize);
        if let Some(count) = counts.get(offset / size_of::<u64>()) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Why it cannot be run, if it was made outside of the compiler and is damaged.
    pub fn fault(&self) -> Option<&str> {
        let fault = || {
            if self.code.damaged {
                return Some("the code object is damaged".into());
            }
            if self.code.trusted {
                return None;
            }
            let names = |c: &Value| {
                let items = c.cast::<Tuple>()?.items();
                items.iter().all(|n| n.cast::<Str>().is_some()).then_some(items.len() as u32)
            };
            let constants: Vec<Option<u32>> = self.consts().iter().map(names).collect();
            verify::fault_of(&self.code, &constants).map(String::into_boxed_str)
        };
        self.fault.get_or_init(fault).as_deref()
    }

    /// Who handles an exception raised at a code unit: the innermost range that covers it.
    pub fn handler_at(&self, unit: usize) -> Option<&ExceptionEntry> {
        let entries = self.handlers.get_or_init(|| match self.fault() {
            None => self.code.exception_entries().collect(),
            Some(_) => Box::new([]),
        });
        // Ranges do not overlap and stand in order.
        let after = entries.partition_point(|e| e.start as usize <= unit);
        entries[..after].last().filter(|e| unit < e.end as usize)
    }

    /// Whether calling it makes a generator, coroutine or asynchronous generator.
    pub fn is_generator_like(&self) -> bool {
        self.flags & (flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR) != 0
    }

    /// Parameters, `*args` and `**kwargs` included.
    pub fn parameter_count(&self) -> usize {
        (self.argcount + self.kwonlyargcount) as usize
            + usize::from(self.flags & flags::VARARGS != 0)
            + usize::from(self.flags & flags::VARKEYWORDS != 0)
    }

    /// The line that the code unit with that index comes from.
    pub fn line_of(&self, unit: usize) -> Option<u32> {
        self.lines
            .get_or_init(|| self.code.positions().map(|p| p.line.unwrap_or(NO_LINE)).collect())
            .get(unit)
            .copied()
            .filter(|line| *line != NO_LINE)
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it; no frame runs it.
        unsafe {
            let this = this as *mut CodeObject;
            let translation = (*this).translation.load(Relaxed);
            if !translation.is_null() {
                drop(Box::from_raw(translation));
            }
            // Those of other threads go when the threads end.
            let place = (*this).place.load(Relaxed) as usize;
            let table = &mut *crate::objects::thread::current().translations.get();
            if place != 0
                && let Some(own) = table.get_mut(place)
            {
                *own = None;
            }
            std::ptr::drop_in_place(&raw mut (*this).handlers);
            std::ptr::drop_in_place(&raw mut (*this).fault);
            std::ptr::drop_in_place(&raw mut (*this).lines);
            std::ptr::drop_in_place(&raw mut (*this).watch);
            std::ptr::drop_in_place(&raw mut (*this).code);
            std::ptr::drop_in_place(&raw mut (*this).parts);
            std::ptr::drop_in_place(&raw mut (*this).filename);
            std::ptr::drop_in_place(&raw mut (*this).name);
            std::ptr::drop_in_place(&raw mut (*this).qualname);
        }
    }
}

impl Parts {
    fn new(t: &Thread, code: &Code, consts: Box<[Value]>) -> Parts {
        let interned = |names: &[Arc<str>]| names.iter().map(|n| t.intern(n)).collect();
        Parts {
            consts_tuple: Tuple::from_slice(t, &consts),
            consts,
            names: interned(&code.names),
            localsplus: interned(&code.localsplusnames),
        }
    }
}

fn simple_argcount(code: &Code) -> u32 {
    let plain = code.flags & (flags::VARARGS | flags::VARKEYWORDS | flags::OPTIMIZED) == flags::OPTIMIZED;
    if plain && code.kwonlyargcount == 0 { code.argcount } else { u32::MAX }
}

/// A constant as an object. Strings that look like names are interned, as CPython does.
pub fn constant(t: &Thread, c: &Const) -> Value {
    match c {
        Const::None => Value::NONE,
        Const::True => Value::TRUE,
        Const::False => Value::FALSE,
        Const::Ellipsis => Value::ELLIPSIS,
        Const::Int(i) => super::int::new(t, *i),
        Const::BigInt(i) => super::int::from_big(t, i.clone()),
        Const::Float(f) => super::float::new(t, *f),
        Const::Complex { real, imag } => super::complex::new(t, *real, *imag),
        Const::Str(text) => {
            let s = Str::from_wtf8(t, &text.0);
            let name_like = text.0.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
            if name_like { t.interp.intern_value(&s) } else { s }
        }
        Const::Bytes(b) => super::bytes::Bytes::make(t, b),
        Const::Tuple(items) => Tuple::make(t, items.iter().map(|c| constant(t, c))),
        Const::FrozenSet(items) => {
            let items: Vec<Value> = items.iter().map(|c| constant(t, c)).collect();
            super::set::frozenset_of(t, &items)
        }
        Const::Slice(parts) => {
            super::slice::Slice::make(t, constant(t, &parts[0]), constant(t, &parts[1]), constant(t, &parts[2]))
        }
        Const::Code(code) => CodeObject::make(t, code),
    }
}
