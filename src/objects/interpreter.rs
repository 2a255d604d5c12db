//! One interpreter: the types, modules and settings that its threads share.
//!
//! What a run changes belongs here and not to a `static`: several interpreters can live in one process.

use super::folded::Folded;
use super::heap::Heap;
use super::names::Names;
use super::number::siphash::HashKey;
use super::slot::Slot;
use super::slots::R;
use super::string::Str;
use super::thread::{Thread, ThreadHeap};
use super::types::Types;
use super::value::{Payload, Value};
use crate::sync::{Guarded, Mode, SchedThread, Scheduler, Seeded};
use std::borrow::Cow;
use std::cell::{Cell, UnsafeCell};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::*};

/// What is fixed when an interpreter is created: the command line's flags and the environment's.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether there is a global interpreter lock.
    pub gil: bool,
    /// `--seed=N`: one thread at a time, the next chosen by a generator seeded with N.
    pub seed: Option<u64>,
    /// `--switch-at=instruction`: every instruction is a switch point.
    pub switch_at_instruction: bool,
    /// `dis --adaptive`: every instruction is counted.
    pub count_instructions: bool,
    /// `--switch-interval`, in nanoseconds.
    pub switch_interval: Option<u32>,
    /// `--gil-stats`.
    pub gil_stats: bool,
    /// `--refcount=naive`: racy counts beside the true ones.
    pub naive_counts: bool,
    /// `PYTHONHASHSEED`: `None` for random hashes of strings.
    pub hash_seed: Option<u32>,
    /// `-O`: 0, 1 or 2.
    pub optimize: u8,
    /// `-X int_max_str_digits`.
    pub int_max_str_digits: usize,
    /// `-d`, which does nothing but stand in `sys.flags`.
    pub parser_debug: u8,
    pub bytes_warning: u8,
    pub inspect: bool,
    pub interactive: bool,
    pub verbose: u8,
    pub quiet: bool,
    pub isolated: bool,
    pub ignore_environment: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub safe_path: bool,
    pub dont_write_bytecode: bool,
    pub unbuffered: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub warn_default_encoding: bool,
    /// `-W`, in order.
    pub warn_options: Vec<String>,
    /// `-X`.
    pub x_options: Vec<(String, Option<String>)>,
    /// `sys.argv`, and `sys.orig_argv`.
    pub argv: Vec<std::ffi::OsString>,
    pub orig_argv: Vec<std::ffi::OsString>,
    /// `sys.path` as computed from the environment and the program.
    pub path: Vec<String>,
    pub executable: String,
    /// `sys._base_executable`: in a virtual environment the interpreter it was made from.
    pub base_executable: String,
    /// `sys.prefix` and `sys.base_prefix`.
    pub prefix: String,
    pub base_prefix: String,
    pub tracemalloc: u32,
    /// `-x`: the script's first line is no Python.
    pub skip_first_line: bool,
    /// Standard streams whose descriptors were closed when the process began, as bits.
    pub closed_streams: u8,
    /// `-X importtime`: 1 tells how long imports take, 2 also of those that were made before.
    pub import_time: u8,
    /// `--check-hash-based-pycs`.
    pub check_hash_based_pycs: Option<String>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            gil: true,
            seed: None,
            switch_at_instruction: false,
            count_instructions: false,
            switch_interval: None,
            gil_stats: false,
            naive_counts: false,
            hash_seed: None,
            optimize: 0,
            int_max_str_digits: 4300,
            parser_debug: 0,
            bytes_warning: 0,
            inspect: false,
            interactive: false,
            verbose: 0,
            quiet: false,
            isolated: false,
            ignore_environment: false,
            no_user_site: false,
            no_site: false,
            safe_path: false,
            dont_write_bytecode: false,
            unbuffered: false,
            dev_mode: false,
            utf8_mode: true,
            warn_default_encoding: false,
            warn_options: Vec::new(),
            x_options: Vec::new(),
            argv: Vec::new(),
            orig_argv: Vec::new(),
            path: Vec::new(),
            executable: String::new(),
            base_executable: String::new(),
            prefix: String::new(),
            base_prefix: String::new(),
            tracemalloc: 0,
            skip_first_line: false,
            closed_streams: 0,
            import_time: 0,
            check_hash_based_pycs: None,
        }
    }
}

/// Functions of higher rooms that objects call: the one place where `objects` reaches the VM.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Compiles source text: (source, file name, mode, flags, optimize) -> code object.
    pub compile: fn(&Thread, &[u8], &Value, &str, u32, i32) -> R,
    /// Runs a code object with globals and locals (any mapping).
    pub exec: fn(&Thread, &Value, &Value, Option<&Value>) -> R,
    /// `import name` as the statement does it: (name, globals, locals, from-list, level).
    pub import: fn(&Thread, &Value, Option<&Value>, Option<&Value>, Option<&Value>, i32) -> R,
    /// Runs what the eval breaker asks for.
    pub handle_breaker: fn(&Thread) -> R<()>,
}

/// How many threads are remembered.
const RECORDS: usize = 4096;

/// State that the threads of one interpreter share.
pub struct Interpreter {
    pub config: Config,
    /// Who may run.
    pub scheduler: Arc<Scheduler>,
    pub types: Types,
    pub names: Names,
    /// The heap of all threads with the GIL on.
    pub shared_heap: Arc<ThreadHeap>,
    /// Every heap, for the collector.
    pub heaps: Guarded<Vec<Arc<ThreadHeap>>>,
    /// Heaps of ended threads, for new ones. Looked at under the lock of `heaps`.
    idle_heaps: Guarded<Vec<Arc<ThreadHeap>>>,
    /// Interned strings by text. They are immortal.
    interned: Guarded<HashMap<&'static [u8], u64, Folded>>,
    /// One-character strings of Latin-1.
    pub latin1: Box<[Value]>,
    pub empty_str: Value,
    pub empty_bytes: Value,
    pub empty_tuple: Value,
    /// `sys.modules`, the `sys` and `builtins` modules' dicts.
    pub modules: Slot,
    pub sys_dict: Slot,
    pub builtins_dict: Slot,
    /// Some tool wants events (`sys.monitoring`): all threads are watched.
    pub monitored: AtomicBool,
    /// `all` and `any` as they were at the start, for `LOAD_COMMON_CONSTANT`.
    pub common_all: Slot,
    pub common_any: Slot,
    pub importlib: Slot,
    pub hooks: Cell<Option<Hooks>>,
    /// Key of the string hash.
    pub hash_key: HashKey,
    /// What is noted with `--refcount=naive`.
    pub ledger: Option<Box<super::naive::Ledger>>,
    /// Objects to be merged by their owners (GIL off).
    pub merge_queues: super::dealloc::MergeQueues,
    /// The threads that objects can be biased towards, by the id under which they count.
    pub(super) owners: Guarded<HashMap<u32, Arc<SchedThread>>>,
    pub(super) biases: super::lock::Biases,
    next_tid: AtomicU32,
    /// How many code objects have a place in the threads' tables of translations.
    pub code_places: AtomicU32,
    /// Source of type and dict-key versions.
    pub next_version: AtomicU32,
    recursion_limit: AtomicI64,
    pub int_max_str_digits: AtomicU64,
    /// `sys.getswitchinterval()`.
    pub switch_microseconds: AtomicU32,
    /// The collector's settings and counters.
    pub gc: super::gc::State,
    /// Weak references by referent; see `weakref`.
    pub weakrefs: super::weakref::Table,
    /// What the command line put in front of `sys.path`, for messages about modules that hide others.
    pub sys_path_0: std::sync::OnceLock<String>,
    /// Set once `finalize` has begun.
    pub finalizing: AtomicBool,
    /// State of native modules, by key.
    module_state: UnsafeCell<HashMap<std::any::TypeId, Box<dyn std::any::Any>>>,
    /// The states of the main thread and of those started and not yet ended, as addresses: looked at with the world stopped.
    pub threads: Guarded<Vec<usize>>,
    /// The records of the threads, the ended included (the last [`RECORDS`] of all): their names and counters.
    records: Guarded<VecDeque<Arc<SchedThread>>>,
    /// Where a prompt that waits for a line wants the output of other threads: takes what is about to be written to
    /// a descriptor, or leaves it.
    pub console: std::sync::OnceLock<Box<dyn Fn(i32, &[u8]) -> bool + Send + Sync>>,
    /// Functions that the eval breaker calls for signals (set by `_signal`).
    pub run_signal_handlers: Cell<Option<fn(&Thread) -> R<()>>>,
}

// SAFETY: what is not atomic is written while the interpreter is being made, or under the GIL, a mutex or
// with the world stopped.
unsafe impl Send for Interpreter {}
// SAFETY: as above.
unsafe impl Sync for Interpreter {}

impl Interpreter {
    /// Makes an interpreter and the state of its main thread, which becomes the calling thread's.
    pub fn create(config: Config) -> Box<Thread> {
        let naive = config.naive_counts;
        let shared_heap = Arc::new(ThreadHeap(Heap::new(0, Default::default(), naive)));
        let seed = config.hash_seed;
        let limit = config.int_max_str_digits as u64;
        // CPython's five milliseconds.
        let interval = config.switch_interval.map_or(5000, |nanoseconds| nanoseconds / 1000);
        let scheduler = Scheduler::new(match (config.seed, config.gil) {
            (Some(seed), _) => Mode::Scripted(Box::new(Seeded::new(seed))),
            (None, true) => Mode::Gil,
            (None, false) => Mode::Free,
        });
        if let Some(interval) = config.switch_interval {
            scheduler.set_switch_interval(interval);
        }
        let sched = scheduler.new_thread();
        crate::sync::signals::set_main_thread(&sched);
        let interp = Arc::new_cyclic(|_| Interpreter {
            config,
            scheduler,
            types: Types::default(),
            names: Names::new(|_| Value::NONE),
            heaps: Guarded::new(vec![shared_heap.clone()]),
            idle_heaps: Guarded::default(),
            shared_heap,
            // Room for the names that the start alone interns.
            interned: Guarded::new(HashMap::with_capacity_and_hasher(4096, Folded::default())),
            latin1: Box::default(),
            empty_str: Value::NONE,
            empty_bytes: Value::NONE,
            empty_tuple: Value::NONE,
            modules: Slot::EMPTY,
            sys_dict: Slot::EMPTY,
            builtins_dict: Slot::EMPTY,
            monitored: AtomicBool::new(false),
            common_all: Slot::EMPTY,
            common_any: Slot::EMPTY,
            importlib: Slot::EMPTY,
            hooks: Cell::new(None),
            hash_key: hash_key(seed),
            ledger: naive.then(Box::default),
            merge_queues: Default::default(),
            owners: Default::default(),
            biases: Default::default(),
            next_tid: AtomicU32::new(super::header::GIL_TID + 1),
            code_places: AtomicU32::new(0),
            next_version: AtomicU32::new(1),
            recursion_limit: AtomicI64::new(1000),
            int_max_str_digits: AtomicU64::new(limit),
            switch_microseconds: AtomicU32::new(interval),
            gc: super::gc::State::default(),
            weakrefs: super::weakref::Table::default(),
            sys_path_0: Default::default(),
            finalizing: AtomicBool::new(false),
            module_state: UnsafeCell::default(),
            threads: Guarded::default(),
            records: Guarded::default(),
            console: Default::default(),
            run_signal_handlers: Cell::new(None),
        });
        let this = Arc::as_ptr(&interp) as *mut Interpreter;
        let thread = Thread::new(interp, sched);
        thread.enter();
        super::bootstrap::types(&thread);
        // SAFETY: no other thread knows of the interpreter yet, and nobody holds a reference into these fields.
        unsafe {
            (*this).empty_str = Str::make_ascii(&thread, b"");
            (*this).empty_str.header_unchecked().make_immortal();
            (*this).empty_bytes = super::bytes::Bytes::make(&thread, b"");
            (*this).empty_bytes.header_unchecked().make_immortal();
            (*this).empty_tuple = super::tuple::Tuple::make(&thread, std::iter::empty());
            (*this).empty_tuple.header_unchecked().make_immortal();
            (*this).latin1 = (0..=255u8).map(|c| Str::make_latin1_char(&thread, c)).collect();
            (*this).names = Names::new(|s| thread.interp.intern(&thread, s));
        }
        super::bootstrap::fill(&thread);
        thread.interp.threads.lock().push(&*thread as *const Thread as usize);
        thread
    }

    /// Remembers a thread that begins.
    pub(super) fn record(&self, sched: &Arc<SchedThread>) {
        let mut records = self.records.lock();
        if records.len() == RECORDS {
            records.pop_front();
        }
        records.push_back(sched.clone());
    }

    /// The records of the threads that were begun, in this order.
    pub fn records(&self) -> Vec<Arc<SchedThread>> {
        self.records.lock().iter().cloned().collect()
    }

    /// The name of the thread with that number ([`SchedThread::number`]).
    pub fn thread_name(&self, number: u64) -> String {
        let records = self.records.lock();
        let name = records.iter().find(|r| r.number == number).and_then(|r| r.name.lock().clone());
        name.unwrap_or_else(|| if number == 1 { "MainThread".to_owned() } else { format!("thread {number}") })
    }

    pub(super) fn next_tid(&self) -> u32 {
        self.next_tid.fetch_add(1, Relaxed)
    }

    /// A heap for a thread that begins: what an ended one has left, with the objects that live in it, or a fresh one.
    pub(super) fn new_heap(&self) -> Arc<ThreadHeap> {
        let mut heaps = self.heaps.lock();
        if let Some(heap) = self.idle_heaps.lock().pop() {
            return heap;
        }
        let heap = Arc::new(ThreadHeap(Heap::new(
            heaps.len() as u32,
            self.shared_heap.0.large_objects(),
            self.config.naive_counts,
        )));
        heaps.push(heap.clone());
        heap
    }

    /// Takes back the heap of a thread that allocates and frees nothing any more.
    pub(super) fn leave_heap(&self, heap: &Arc<ThreadHeap>) {
        let _heaps = self.heaps.lock();
        self.idle_heaps.lock().push(heap.clone());
    }

    /// `sys.getrecursionlimit()`.
    pub fn recursion_limit(&self) -> i64 {
        self.recursion_limit.load(Relaxed)
    }

    /// Sets the limit; the calling thread's remaining depth follows.
    pub fn set_recursion_limit(&self, t: &Thread, limit: i64) {
        let old = self.recursion_limit.swap(limit, Relaxed);
        t.recursion_left.set(t.recursion_left.get() + limit - old);
    }

    /// A version number that was never used; 0 when they have run out.
    pub fn new_version(&self) -> u32 {
        let v = self.next_version.fetch_add(1, Relaxed);
        if v >= u32::MAX - 1024 {
            self.next_version.store(u32::MAX - 1024, Relaxed);
            return 0;
        }
        v
    }

    /// The interned `str` with that text.
    pub fn intern(&self, t: &Thread, s: &str) -> Value {
        if let Some(&bits) = self.interned.lock().get(s.as_bytes()) {
            // SAFETY: interned strings are immortal.
            return unsafe { Value::from_bits(bits) };
        }
        self.intern_new(Str::new(t, s))
    }

    /// The interned `str` equal to `value`, which is an exact `str`: itself, if it is the first.
    pub fn intern_value(&self, value: &Value) -> Value {
        let s = value.cast::<Str>().expect("only strings are interned");
        if s.is_interned() {
            return value.clone();
        }
        if let Some(&bits) = self.interned.lock().get(&*s.intern_key()) {
            // SAFETY: interned strings are immortal.
            return unsafe { Value::from_bits(bits) };
        }
        self.intern_new(value.clone())
    }

    /// The interned `str` equal to `value`, if there is one already: looking an attribute up interns nothing.
    pub fn find_interned(&self, value: &Value) -> Option<Value> {
        let s = value.cast::<Str>()?;
        if s.is_interned() {
            return Some(value.clone());
        }
        let bits = *self.interned.lock().get(&*s.intern_key())?;
        // SAFETY: interned strings are immortal.
        Some(unsafe { Value::from_bits(bits) })
    }

    fn intern_new(&self, value: Value) -> Value {
        let s = value.cast::<Str>().expect("only strings are interned");
        let key = s.intern_key();
        let mut table = self.interned.lock();
        if let Some(&bits) = table.get(&*key) {
            // SAFETY: interned strings are immortal.
            return unsafe { Value::from_bits(bits) };
        }
        s.header().make_immortal();
        s.set_interned();
        let key: &'static [u8] = match key {
            // SAFETY: the string is immortal, and its text stays as it is where it is.
            Cow::Borrowed(text) => unsafe { &*(text as *const [u8]) },
            Cow::Owned(text) => text.leak(),
        };
        let bits = value.bits() & !super::value::BORROWED;
        table.insert(key, bits);
        // SAFETY: as above.
        unsafe { Value::from_bits(bits) }
    }

    /// How many strings are interned.
    pub fn interned_count(&self) -> usize {
        self.interned.lock().len()
    }

    /// The state of a native module, made at first use.
    ///
    /// The reference lives as long as the interpreter: states are never removed.
    pub fn state<T: Default + 'static>(&self) -> &T {
        // SAFETY: boxes do not move when the map grows, and entries are never removed. The map itself is
        // guarded by the lock of the interned table, taken for the length of the look-up.
        let _guard = self.heaps.lock();
        let map = unsafe { &mut *self.module_state.get() };
        let state: *const dyn std::any::Any =
            &**map.entry(std::any::TypeId::of::<T>()).or_insert_with(|| Box::<T>::default());
        // SAFETY: as above.
        unsafe { &*state }.downcast_ref().expect("keyed by type")
    }
}

/// The key of string hashes for a seed; random without one.
fn hash_key(seed: Option<u32>) -> HashKey {
    match seed {
        Some(seed) => HashKey::from_seed(seed),
        None => {
            use std::hash::{BuildHasher, Hasher};
            let random = || std::collections::hash_map::RandomState::new().build_hasher().finish().to_le_bytes();
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&random());
            bytes[8..].copy_from_slice(&random());
            HashKey::from_bytes(bytes)
        }
    }
}
