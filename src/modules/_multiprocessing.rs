//! `_multiprocessing`: semaphores that processes share.
//!
//! A semaphore of the system is known by a name, under which another process opens it; what `RLock` needs besides,
//! who holds it and how often, is each process's own.

use super::{ModuleSpec, native_type};
use crate::modules::native_type::Signature;
use crate::modules::system::path::decode;
use crate::modules::system::{self, c_int, ready};
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::collections::HashMap;
use std::ffi::CString;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::*};
use std::sync::{Arc, Mutex, Weak};

const RECURSIVE_MUTEX: i32 = 0;
const SEMAPHORE: i32 = 1;

/// A semaphore that this process has open.
struct Handle(*mut libc::sem_t);

// SAFETY: a semaphore is there to be used by many threads.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: opened by us, and nobody uses it any more.
        unsafe { libc::sem_close(self.0) };
    }
}

/// The open ones by address: `_rebuild` is given one as a number.
#[derive(Default)]
struct Open(Mutex<HashMap<usize, Weak<Handle>>>);

impl Open {
    fn add(&self, semaphore: *mut libc::sem_t) -> Arc<Handle> {
        let handle = Arc::new(Handle(semaphore));
        let mut table = self.0.lock().expect("no panic under this lock");
        table.retain(|_, handle| handle.strong_count() > 0);
        table.insert(semaphore as usize, Arc::downgrade(&handle));
        handle
    }

    fn find(&self, address: i64) -> Option<Arc<Handle>> {
        self.0.lock().expect("no panic under this lock").get(&(address as usize))?.upgrade()
    }
}

/// `SemLock`.
struct SemLock {
    handle: Arc<Handle>,
    kind: i32,
    maxvalue: i32,
    name: Option<CString>,
    /// How often this process has taken it, less how often it has let go.
    count: AtomicI64,
    /// Ident of the thread that took it last.
    owner: AtomicU64,
}

impl Native for SemLock {}

fn this(v: &Value) -> &SemLock {
    v.opaque::<SemLock>().expect("methods of SemLock get one")
}

fn name_arg(t: &Thread, v: &Value, what: &str, expected: &str) -> R<CString> {
    let Some(s) = v.cast::<Str>() else {
        return Err(t.type_error(format!("{what} must be {expected}, not {}", v.type_of(t).name_str())));
    };
    CString::new(s.to_str_lossy().as_bytes()).map_err(|_| t.value_error("embedded null character"))
}

fn make(t: &Thread, class: &Value, handle: Arc<Handle>, kind: i32, maxvalue: i32, name: Option<CString>) -> R {
    let class = class.cast::<Type>().expect("a type");
    let (count, owner) = (AtomicI64::new(0), AtomicU64::new(0));
    opaque::new(t, class, SemLock { handle, kind, maxvalue, name, count, owner })
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new("SemLock", "(kind, value, maxvalue, name, unlink)");
    let [kind, value, maxvalue, name, unlink] = SIGNATURE.bind(t, args)?;
    let (kind, value) = (c_int(t, system::given(&kind))?, c_int(t, system::given(&value))?);
    let maxvalue = c_int(t, system::given(&maxvalue))?;
    let name = name_arg(t, system::given(&name), "SemLock() argument 'name'", "str")?;
    let unlink = protocol::truth(t, system::given(&unlink))?;
    if kind != RECURSIVE_MUTEX && kind != SEMAPHORE {
        return Err(t.value_error("unrecognized kind"));
    }
    // SAFETY: the name ends with a zero.
    let semaphore = unsafe { libc::sem_open(name.as_ptr(), libc::O_CREAT | libc::O_EXCL, 0o600, value as u32) };
    if semaphore == libc::SEM_FAILED {
        return Err(t.last_os_error());
    }
    let handle = t.interp.state::<Open>().add(semaphore);
    // SAFETY: as above.
    if unlink && unsafe { libc::sem_unlink(name.as_ptr()) } < 0 {
        return Err(t.last_os_error());
    }
    // One that has no name any more is known by none.
    make(t, class, handle, kind, maxvalue, (!unlink).then_some(name))
}

fn rebuild(t: &Thread, class: &Value, a: &[Value]) -> R {
    let (address, kind, maxvalue) = (int::arg_i64(t, &a[0])?, c_int(t, &a[1])?, c_int(t, &a[2])?);
    let name = if a[3].is_none() { None } else { Some(name_arg(t, &a[3], "_rebuild() argument 4", "str or None")?) };
    let open = t.interp.state::<Open>();
    let handle = match &name {
        Some(name) => {
            // SAFETY: the name ends with a zero.
            let semaphore = unsafe { libc::sem_open(name.as_ptr(), 0) };
            if semaphore == libc::SEM_FAILED {
                return Err(t.last_os_error());
            }
            open.add(semaphore)
        }
        None => open.find(address).ok_or_else(|| t.os_error(libc::EINVAL))?,
    };
    make(t, class, handle, kind, maxvalue, name)
}

fn is_mine(t: &Thread, lock: &SemLock) -> bool {
    lock.count.load(Relaxed) > 0 && lock.owner.load(Relaxed) == t.ident
}

/// The time of the system's clock so many seconds from now.
fn deadline(seconds: f64) -> libc::timespec {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: room for the time.
    unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &mut now) };
    let seconds = seconds.clamp(0.0, 1e10);
    let nanoseconds = now.tv_nsec + (seconds.fract() * 1e9) as i64;
    now.tv_sec += seconds as i64 + nanoseconds / 1_000_000_000;
    now.tv_nsec = nanoseconds % 1_000_000_000;
    now
}

/// Under a script: others get their turns, and the time runs by their clock, until the semaphore is free.
fn take_in_turns(t: &Thread, semaphore: &Handle, timeout: Option<f64>) -> R<Result<i32, i32>> {
    let end = timeout.map(|seconds| t.interp.scheduler.now().saturating_add((seconds.clamp(0.0, 1e9) * 1e9) as u64));
    // SAFETY: an open semaphore, which the object keeps open.
    let free = || unsafe { libc::sem_trywait(semaphore.0) == 0 };
    let taken = ready::until(t, end, |patience| ready::look(patience, free))?;
    Ok(taken.and_then(|answer| if answer > 0 { Ok(0) } else { Err(libc::ETIMEDOUT) }))
}

fn take(t: &Thread, v: &Value, block: bool, timeout: Option<f64>) -> R {
    let lock = this(v);
    if lock.kind == RECURSIVE_MUTEX && is_mine(t, lock) {
        lock.count.fetch_add(1, Relaxed);
        return Ok(Value::TRUE);
    }
    let until = timeout.map(deadline);
    let semaphore = &*lock.handle;
    // SAFETY: an open semaphore.
    let mut end = match unsafe { libc::sem_trywait(semaphore.0) } {
        0 => Ok(0),
        _ => Err(system::errno()),
    };
    if matches!(end, Err(libc::EAGAIN | libc::EINTR)) && block {
        end = if t.interp.scheduler.is_scripted() {
            take_in_turns(t, semaphore, timeout)?
        } else {
            system::attempt(t, || {
                // SAFETY: an open semaphore, which the object keeps open.
                unsafe {
                    match &until {
                        Some(until) => libc::sem_timedwait(semaphore.0, until),
                        None => libc::sem_wait(semaphore.0),
                    }
                }
            })?
        };
    }
    match end {
        Ok(_) => {
            lock.count.fetch_add(1, Relaxed);
            lock.owner.store(t.ident, Relaxed);
            Ok(Value::TRUE)
        }
        Err(libc::EAGAIN | libc::ETIMEDOUT | libc::EINTR) => Ok(Value::FALSE),
        Err(error) => Err(t.os_error(error)),
    }
}

fn acquire(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    let block = system::flag_or(t, &a[0], true)?;
    let timeout = system::not_none(&a[1]).map(|s| float::to_f64(t, s)).transpose()?;
    take(t, v, block, timeout)
}

fn enter(t: &Thread, v: &Value) -> R {
    take(t, v, true, None)
}

fn value_of(t: &Thread, lock: &SemLock) -> R<i32> {
    let mut value = 0;
    // SAFETY: an open semaphore, and room for the number.
    system::check(t, unsafe { libc::sem_getvalue(lock.handle.0, &mut value) })?;
    Ok(value)
}

fn release(t: &Thread, v: &Value) -> R {
    let lock = this(v);
    if lock.kind == RECURSIVE_MUTEX {
        if !is_mine(t, lock) {
            return Err(t.assertion_error("attempt to release recursive lock not owned by thread"));
        }
        if lock.count.load(Relaxed) > 1 {
            lock.count.fetch_sub(1, Relaxed);
            return Ok(Value::NONE);
        }
    } else if value_of(t, lock)? >= lock.maxvalue {
        return Err(t.value_error("semaphore or lock released too many times"));
    }
    // Before others can have it: with the GIL off they would find the old count.
    lock.count.fetch_sub(1, Relaxed);
    // SAFETY: an open semaphore.
    if let Err(raised) = system::check(t, unsafe { libc::sem_post(lock.handle.0) }) {
        lock.count.fetch_add(1, Relaxed);
        return Err(raised);
    }
    Ok(Value::NONE)
}

fn exit(t: &Thread, v: &Value, _: &[Value]) -> R {
    release(t, v)
}

fn count(t: &Thread, v: &Value) -> R {
    Ok(int::from_i64(t, this(v).count.load(Relaxed)))
}

fn is_mine_method(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(is_mine(t, this(v))))
}

fn get_value(t: &Thread, v: &Value) -> R {
    Ok(Value::small(value_of(t, this(v))?.into()))
}

fn is_zero(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(value_of(t, this(v))? == 0))
}

fn after_fork(_t: &Thread, v: &Value) -> R {
    this(v).count.store(0, Relaxed);
    Ok(Value::NONE)
}

fn handle(t: &Thread, v: &Value) -> R {
    Ok(int::from_usize(t, this(v).handle.0 as usize))
}

fn kind(_t: &Thread, v: &Value) -> R {
    Ok(Value::small(this(v).kind.into()))
}

fn maxvalue(_t: &Thread, v: &Value) -> R {
    Ok(Value::small(this(v).maxvalue.into()))
}

fn name(t: &Thread, v: &Value) -> R {
    Ok(this(v).name.as_ref().map_or(Value::NONE, |name| decode(t, name.as_bytes())))
}

fn sem_unlink(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let name = name_arg(t, &a[0], "sem_unlink() argument", "str")?;
    // SAFETY: the name ends with a zero.
    system::check(t, unsafe { libc::sem_unlink(name.as_ptr()) })?;
    Ok(Value::NONE)
}

const BASE: Spec = opaque::spec::<SemLock>("_multiprocessing.SemLock");

static SPEC: Spec = Spec {
    doc: "Semaphore/Mutex type",
    flags: BASE.flags | type_flags::BASETYPE,
    slots: Slots { new: Some(new), ..BASE.slots },
    methods: &[
        Def::new(
            "acquire",
            Func::Bound(acquire),
            "($self, /, block=True, timeout=None)",
            "Acquire the semaphore/lock.",
        ),
        Def::new("release", Func::NoArgs(release), "($self, /)", "Release the semaphore/lock."),
        Def::new("__enter__", Func::NoArgs(enter), "($self, /)", "Enter the semaphore/lock."),
        Def::new(
            "__exit__",
            Func::Pos(exit, 0, 3),
            "($self, exc_type=None, exc_value=None, exc_tb=None, /)",
            "Exit the semaphore/lock.",
        ),
        Def::new(
            "_count",
            Func::NoArgs(count),
            "($self, /)",
            "Num of `acquire()`s minus num of `release()`s for this process.",
        ),
        Def::new("_is_mine", Func::NoArgs(is_mine_method), "($self, /)", "Whether the lock is owned by this thread."),
        Def::new("_get_value", Func::NoArgs(get_value), "($self, /)", "Get the value of the semaphore."),
        Def::new("_is_zero", Func::NoArgs(is_zero), "($self, /)", "Return whether semaphore has value zero."),
        Def::class("_rebuild", Func::Pos(rebuild, 4, 4), "($type, handle, kind, maxvalue, name, /)", ""),
        Def::new(
            "_after_fork",
            Func::NoArgs(after_fork),
            "($self, /)",
            "Rezero the net acquisition count after fork().",
        ),
    ],
    getset: &[
        GetSet::member("handle", handle, ""),
        GetSet::member("kind", kind, ""),
        GetSet::member("maxvalue", maxvalue, ""),
        GetSet::member("name", name, ""),
    ],
    ..BASE
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    native_type::add_types(t, module, &[&SPEC]);
    let class = super::module_type(t, &SPEC);
    let namespace = class.cast::<Type>().expect("a type").dict(t);
    // What the kernel counts to.
    namespace.cast::<Dict>().expect("a namespace").set_name(t, "SEM_VALUE_MAX", Value::small(i32::MAX.into()));
    let flags = Dict::make(t);
    for name in ["HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT"] {
        flags.cast::<Dict>().expect("just made").set_name(t, name, Value::small(1));
    }
    module.set(t, "flags", flags);
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_multiprocessing",
    functions: &[Def::new("sem_unlink", Func::Pos(sem_unlink, 1, 1), "($module, name, /)", "")],
    exec: Some(exec),
    ..ModuleSpec::DEFAULT
};
