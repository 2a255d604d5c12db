//! The state of a Python thread, passed as `&Thread` to every slot and native function.
//!
//! A `Thread` belongs to one OS thread; its cells are touched by that thread alone. What others need of it
//! (the eval-breaker word, the scheduler's state) is atomic.

use super::exc_info::ExcInfo;
use super::frame::Frame;
use super::heap::Heap;
use super::interpreter::Interpreter;
use super::names::Names;
use super::type_cache::TypeCache;
use super::types::Types;
use super::value::Value;
use crate::sync::breaker::bit;
use crate::sync::{SchedThread, Why};
use std::cell::{Cell, RefCell, UnsafeCell};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

thread_local! {
    /// The running thread's count id, for `Value`'s clone and drop in native code. The VM passes it along.
    static TID: Cell<u32> = const { Cell::new(0) };
    static CURRENT: Cell<*const Thread> = const { Cell::new(std::ptr::null()) };
}

/// The id under which the running thread counts references.
#[inline(always)]
pub fn tid() -> u32 {
    TID.get()
}

/// The running thread's state, for code that is not given it: dropping a value.
///
/// # Panics
/// If the OS thread has no Python thread state.
#[inline(always)]
pub fn current() -> &'static Thread {
    let current = CURRENT.get();
    assert!(!current.is_null(), "no Python thread state on this OS thread");
    // SAFETY: `enter` keeps it valid until `leave`; the reference is used within one native call.
    unsafe { &*current }
}

/// Whether the OS thread has a Python thread state.
pub fn has_current() -> bool {
    !CURRENT.get().is_null()
}

/// Something to be done when a thread ends.
pub type ExitFn = Box<dyn FnOnce(&Thread)>;

/// How many nested deallocations run on the native stack before the rest is queued (CPython's trashcan).
pub const TRASH_DEPTH: u32 = 50;

/// The state of one Python thread.
pub struct Thread {
    /// The id under which it counts references. With the GIL on it is the same for all threads.
    tid: u32,
    gil_enabled: bool,
    /// The lock of an object that the thread makes: biased towards it, or free (see `lock`).
    pub unmet: Cell<u8>,
    /// The thread as the scheduler knows it: its eval breaker, and all that can make it stop.
    pub sched: Arc<SchedThread>,
    pub interp: Arc<Interpreter>,
    /// What it has counted, with `--refcount=naive`.
    pub tally: Option<Arc<super::naive::Tally>>,
    /// Where objects are allocated.
    pub heap: Arc<ThreadHeap>,
    /// The exception being propagated, if any.
    pub(super) raised: Cell<Option<Value>>,
    /// The innermost exception being handled (`sys.exc_info`).
    pub exc_info: Cell<*const ExcInfo>,
    /// The bottom of the stack of handled exceptions.
    pub base_exc_info: ExcInfo,
    /// The running frame, or null.
    pub frame: Cell<*mut Frame>,
    /// The frame stack: where the next frame goes, and its bounds.
    pub stack_top: Cell<*mut u64>,
    pub stack_base: *mut u64,
    pub stack_limit: *mut u64,
    /// Python calls that may still be nested before `RecursionError`.
    pub recursion_left: Cell<i64>,
    /// The native stack must not grow below this address.
    native_limit: Cell<usize>,
    /// Depth of nested deallocations, and what waits for the outermost.
    pub trash_depth: Cell<u32>,
    pub trash: RefCell<Vec<*const super::header::Header>>,
    /// Results of attribute look-ups on types.
    pub type_cache: UnsafeCell<TypeCache>,
    /// What it executes, by the code's place in it (GIL off).
    pub translations: UnsafeCell<Vec<Option<Box<super::code_object::Translation>>>>,
    /// Objects whose `repr` is under way.
    pub repr_running: RefCell<Vec<u64>>,
    /// The current `contextvars.Context`.
    pub context: super::slot::Slot,
    /// What is to be done when the thread ends.
    pub on_exit: RefCell<Vec<ExitFn>>,
    /// What `PyThreadState_SetAsyncExc` sent.
    pub async_exception: super::slot::Slot,
    /// `sys.set_asyncgen_hooks`.
    pub asyncgen_firstiter: super::slot::Slot,
    pub asyncgen_finalizer: super::slot::Slot,
    /// `sys.set_coroutine_origin_tracking_depth`.
    pub origin_depth: Cell<u32>,
    /// The exception being unwound was raised before: its traceback has the running frame already.
    pub reraising: Cell<bool>,
    /// The run that native code began has ended with a `yield`.
    pub yielded: Cell<bool>,
    /// What is remembered while somebody watches.
    pub watch: super::watch::ThreadWatch,
    /// Registers handed between functions of the VM: frame, pc, sp.
    pub registers: Cell<(u64, u64, u64)>,
    /// `threading.get_ident()`.
    pub ident: u64,
    /// `asyncio`: the loop that the thread runs, and the task whose step is under way. Other threads read them.
    pub running_loop: super::slot::Slot,
    pub running_task: super::slot::Slot,
    /// Where `event_loop` keeps its state, once the thread has asked for it.
    pub event_loop_state: Cell<*const ()>,
}

/// A heap shared by the threads that may use it: all of the interpreter's with the GIL on, one with it off.
#[derive(Default)]
pub struct ThreadHeap(pub Heap);

// SAFETY: one thread at a time uses it: the holder of the GIL, or the only thread that has it. The
// collector looks at it with the world stopped.
unsafe impl Send for ThreadHeap {}
// SAFETY: as above.
unsafe impl Sync for ThreadHeap {}

/// Bytes of address space for a thread's frames. Pages are committed when touched.
const FRAME_STACK: usize = 512 << 20;
/// What native code may still need of the native stack when the limit is hit.
const NATIVE_RESERVE: usize = 256 << 10;

impl Thread {
    /// A state for the calling OS thread.
    pub fn new(interp: Arc<Interpreter>, sched: Arc<SchedThread>) -> Box<Thread> {
        let size = FRAME_STACK;
        // SAFETY: an anonymous private mapping that is not reserved.
        let stack = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        assert!(stack != libc::MAP_FAILED, "no address space for a frame stack");
        let stack = stack as *mut u64;
        // Under a script, too, one thread runs at a time.
        let gil_enabled = interp.scheduler.is_exclusive();
        let ledger = interp.ledger.is_some();
        let tid = match (gil_enabled, ledger) {
            (true, false) => super::header::GIL_TID,
            (_, true) => super::naive::FIRST_TID + interp.next_tid(),
            (false, false) => interp.next_tid(),
        };
        interp.record(&sched);
        if !gil_enabled {
            interp.owner_begins(tid, &sched);
        }
        let heap = if gil_enabled { interp.shared_heap.clone() } else { interp.new_heap() };
        Box::new(Thread {
            tid,
            gil_enabled,
            unmet: Cell::new(super::lock::first_state(&interp, ledger)),
            sched,
            tally: super::naive::tally(&interp),
            recursion_left: Cell::new(interp.recursion_limit()),
            heap,
            interp,
            raised: Cell::default(),
            exc_info: Cell::new(std::ptr::null()),
            base_exc_info: ExcInfo::default(),
            frame: Cell::new(std::ptr::null_mut()),
            stack_top: Cell::new(stack),
            stack_base: stack,
            // SAFETY: within the mapping.
            stack_limit: unsafe { stack.add(size / 8) },
            native_limit: Cell::new(native_stack_bottom() + NATIVE_RESERVE),
            trash_depth: Cell::new(0),
            trash: RefCell::default(),
            type_cache: UnsafeCell::new(TypeCache::default()),
            translations: UnsafeCell::default(),
            repr_running: RefCell::default(),
            context: super::slot::Slot::EMPTY,
            on_exit: RefCell::default(),
            async_exception: super::slot::Slot::EMPTY,
            asyncgen_firstiter: super::slot::Slot::EMPTY,
            asyncgen_finalizer: super::slot::Slot::EMPTY,
            origin_depth: Cell::new(0),
            yielded: Cell::new(false),
            reraising: Cell::new(false),
            watch: super::watch::ThreadWatch::default(),
            registers: Cell::default(),
            // SAFETY: always succeeds.
            ident: unsafe { libc::pthread_self() } as u64,
            running_loop: super::slot::Slot::EMPTY,
            running_task: super::slot::Slot::EMPTY,
            event_loop_state: Cell::new(std::ptr::null()),
        })
    }

    /// Makes this the running thread's state and attaches: from here on the thread may touch objects.
    pub fn enter(&self) {
        self.sched.attach();
        TID.set(self.tid);
        CURRENT.set(self);
        if self.exc_info.get().is_null() {
            self.exc_info.set(&self.base_exc_info);
            if self.interp.monitored.load(Relaxed) {
                self.sched.breaker.set(bit::WATCH);
            }
        }
    }

    /// The thread runs no more Python code: drops what it holds. Its objects are everybody's from now on.
    pub fn end(&self) {
        let hooks = [&self.asyncgen_firstiter, &self.asyncgen_finalizer];
        let others = [&self.context, &self.async_exception, &self.running_loop, &self.running_task];
        for slot in hooks.into_iter().chain(others) {
            drop(slot.take());
        }
        if !self.gil_enabled {
            super::dealloc::owner_ends(self);
        }
    }

    /// After [`Thread::end`]: gives up its turn and has no state any more.
    pub fn leave(&self) {
        self.give_heap_back();
        self.sched.exit();
        self.interp.owners.lock().remove(&self.tid);
        TID.set(0);
        CURRENT.set(std::ptr::null());
    }

    /// The thread allocates and frees nothing any more, or is gone: its heap goes to one that comes.
    pub fn give_heap_back(&self) {
        if !self.gil_enabled {
            self.interp.leave_heap(&self.heap);
        }
    }

    /// The id under which the thread counts references.
    #[inline(always)]
    pub fn tid(&self) -> u32 {
        self.tid
    }

    #[inline(always)]
    pub fn gil_enabled(&self) -> bool {
        self.gil_enabled
    }

    /// Runs something that may block, or computes for long without touching an object: others may run
    /// meanwhile. `errno` is to be read inside.
    pub fn blocking<T>(&self, f: impl FnOnce() -> T) -> T {
        self.sched.blocking(Why::Io, f)
    }

    /// Counts a new container; asks for a collection when enough have come.
    #[inline(always)]
    pub fn count_container(&self) {
        let young = self.heap.0.young.get() + 1;
        self.heap.0.young.set(young);
        if young & 0x3FF == 0 {
            self.consider_collection();
        }
    }

    #[cold]
    #[inline(never)]
    fn consider_collection(&self) {
        if super::gc::is_due(self) {
            self.sched.breaker.set(bit::GC_SCHEDULED);
        }
    }

    /// The built-in types.
    #[inline(always)]
    pub fn types(&self) -> &Types {
        &self.interp.types
    }

    /// Strings that the interpreter itself uses.
    #[inline(always)]
    pub fn names(&self) -> &Names {
        &self.interp.names
    }

    /// With the GIL off: the object (a module, or a function, class or code of a module's top level) will be used by many
    /// threads, which would all count in one place. From now on nobody counts its references, and it lives as long as
    /// the interpreter. Racy counts are there to be looked at: they stay.
    pub fn share_forever(&self, v: &super::value::Value) {
        if !self.gil_enabled
            && !self.interp.config.naive_counts
            && let Some(header) = v.header()
        {
            header.make_immortal();
        }
    }

    /// Whether the native stack is nearly used up.
    #[inline(always)]
    pub fn native_stack_low(&self) -> bool {
        stack_pointer() < self.native_limit.get()
    }

    /// Runs `f` with half of the reserve of the native stack at its disposal.
    pub fn with_stack_reserve<T>(&self, f: impl FnOnce() -> T) -> T {
        let limit = self.native_limit.get();
        self.native_limit.set(limit.saturating_sub(NATIVE_RESERVE / 2));
        let result = f();
        self.native_limit.set(limit);
        result
    }

    /// Takes the exception being propagated, for the time that something else runs.
    pub fn take_raised(&self) -> Option<Value> {
        self.raised.take()
    }

    /// Puts back what [`Thread::take_raised`] took.
    pub fn put_raised(&self, raised: Option<Value>) {
        drop(self.raised.replace(raised));
    }

    /// The token for an exception that is known to be set.
    pub fn raised_token(&self) -> super::slots::Raised {
        super::slots::Raised(())
    }

    /// `RecursionError` where the native stack ends. Whatever calls a slot asks: a chain of iterators, proxies or views can
    /// be of any length, and each link calls the next one's slot.
    #[inline(always)]
    pub fn check_stack(&self, what: &str) -> super::slots::R<()> {
        if self.native_stack_low() {
            return Err(self.native_recursion_error(what));
        }
        Ok(())
    }

    /// Runs `f` one level deeper in native recursion: `RecursionError` where the native stack ends.
    #[inline(always)]
    pub fn recurse<T>(&self, what: &str, f: impl FnOnce() -> super::slots::R<T>) -> super::slots::R<T> {
        self.check_stack(what)?;
        f()
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        let bytes = (self.stack_limit as usize) - (self.stack_base as usize);
        // SAFETY: mapped in `new`; no frame is running.
        unsafe { libc::munmap(self.stack_base as *mut libc::c_void, bytes) };
    }
}

/// About where the native stack ends now. (The address of a local would do, but a function whose local has an address
/// cannot end in a jump.)
#[inline(always)]
fn stack_pointer() -> usize {
    let here: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) here, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) here, options(nomem, nostack, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        let local = 0u8;
        here = &raw const local as usize;
    }
    here
}

/// The lowest address of the calling thread's native stack.
fn native_stack_bottom() -> usize {
    #[cfg(target_os = "linux")]
    // SAFETY: plain pthread queries on the calling thread.
    unsafe {
        let mut attr = std::mem::zeroed();
        let (mut address, mut size) = (std::ptr::null_mut(), 0);
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) == 0 {
            libc::pthread_attr_getstack(&attr, &mut address, &mut size);
            libc::pthread_attr_destroy(&mut attr);
            // The main thread's stack is unlimited or grows on demand: trust no more than 64 MiB of it.
            let top = address as usize + size;
            return (address as usize).max(top.saturating_sub(64 << 20));
        }
    }
    #[cfg(target_os = "macos")]
    // SAFETY: plain pthread queries on the calling thread.
    unsafe {
        let me = libc::pthread_self();
        return libc::pthread_get_stackaddr_np(me) as usize - libc::pthread_get_stacksize_np(me);
    }
    #[allow(unreachable_code)]
    {
        let here = 0u8;
        (&raw const here as usize).saturating_sub(4 << 20)
    }
}
