//! `mmap`: files as memory.
//!
//! The memory is shared with other processes, or with the file, and may change at any time; it is copied in and out,
//! never borrowed, but by the buffer protocol. What the object knows of it (where it lies, how much, the position)
//! changes under a lock, and so does the memory where two threads could be in it at once: a map that one thread
//! closes is not read by another.
//!
//! | file | what |
//! |---|---|
//! | here | the map, how it is made |
//! | `methods` | its methods |
//! | `slots` | subscripts, the buffer protocol, iteration |

mod methods;
mod slots;

use super::ModuleSpec;
use crate::modules::native_type::{self, Signature};
use crate::modules::sys::audit::audit;
use crate::modules::system::{self, c_int, c_int_or, given};
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Raised};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard};

const ACCESS_DEFAULT: i32 = 0;
const ACCESS_READ: i32 = 1;
const ACCESS_WRITE: i32 = 2;
const ACCESS_COPY: i32 = 3;

/// Where the memory lies, and the rest of a map that changes.
struct State {
    /// `None` once closed.
    data: Option<*mut u8>,
    size: usize,
    pos: usize,
    /// A copy of the descriptor, or -1.
    fd: i32,
    /// Buffers that lend the memory out: it stays where it is.
    exports: usize,
}

// SAFETY: the memory belongs to no thread.
unsafe impl Send for State {}

impl State {
    /// The memory; empty once closed.
    fn bytes(&mut self) -> &mut [u8] {
        match self.data {
            // SAFETY: mapped, and the state's lock keeps it so while the borrow lives.
            Some(data) => unsafe { std::slice::from_raw_parts_mut(data, self.size) },
            None => &mut [],
        }
    }

    fn unmap(&mut self) {
        if let Some(data) = self.data.take() {
            // SAFETY: mapped by us; nobody borrows it.
            unsafe { libc::munmap(data.cast(), self.size) };
        }
        self.size = 0;
        if self.fd >= 0 {
            // SAFETY: our own copy.
            unsafe { libc::close(self.fd) };
            self.fd = -1;
        }
    }
}

/// The payload of an `mmap`.
pub struct Map {
    state: Mutex<State>,
    offset: i64,
    access: i32,
    flags: i32,
    trackfd: bool,
}

impl Native for Map {}

impl Drop for Map {
    fn drop(&mut self) {
        self.lock().unmap();
    }
}

impl Map {
    /// The state, locked: no Python code runs, and nothing is dropped, meanwhile.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// The state of a map that is open.
    fn open(&self, t: &Thread) -> R<MutexGuard<'_, State>> {
        let state = self.lock();
        if state.data.is_none() {
            drop(state);
            return Err(t.value_error("mmap closed or invalid"));
        }
        Ok(state)
    }

    /// Checks that the memory may be written to.
    fn check_writable(&self, t: &Thread) -> R<()> {
        if self.access == ACCESS_READ {
            return Err(t.type_error("mmap can't modify a readonly memory map."));
        }
        Ok(())
    }
}

/// The map that a slot or method was called on.
fn this(v: &Value) -> &Map {
    v.opaque::<Map>().expect("slots of `mmap` get maps")
}

fn too_long(t: &Thread) -> Raised {
    t.value_error("mmap length is greater than file size")
}

/// How much to map of a file: what was asked for, or all of it.
fn length_in(t: &Thread, fd: i32, length: usize, offset: i64) -> R<usize> {
    let mut found = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: room for the answer.
    let answer = t.blocking(|| unsafe { libc::fstat(fd, found.as_mut_ptr()) });
    // SAFETY: zeroed, or filled.
    let found = unsafe { found.assume_init() };
    if answer != 0 || found.st_mode & libc::S_IFMT != libc::S_IFREG {
        return Ok(length);
    }
    if length == 0 {
        if found.st_size == 0 {
            return Err(t.value_error("cannot mmap an empty file"));
        }
        if offset >= found.st_size {
            return Err(t.value_error("mmap offset is greater than file size"));
        }
        return Ok((found.st_size - offset) as usize);
    }
    if offset > found.st_size || ((found.st_size - offset) as u64) < length as u64 {
        return Err(too_long(t));
    }
    Ok(length)
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new(
        "function",
        "(fileno, length, flags=None, prot=None, access=None, offset=None, *, trackfd=None)",
    );
    let [fd, length, flags, prot, access, offset, trackfd] = SIGNATURE.bind(t, args).map_err(|raised| {
        // The old argument parser has no parentheses here.
        let exception = t.take_exception(raised);
        match protocol::to_text(t, &exception) {
            Ok(text) => t.type_error(text.replacen("function()", "function", 1)),
            Err(raised) => raised,
        }
    })?;
    let fd = c_int(t, given(&fd))?;
    let length = int::arg_isize(t, given(&length))?;
    let flags = c_int_or(t, &flags, libc::MAP_SHARED)?;
    let prot = c_int_or(t, &prot, libc::PROT_READ | libc::PROT_WRITE)?;
    let access = c_int_or(t, &access, ACCESS_DEFAULT)?;
    let offset = offset.as_ref().map_or(Ok(0), |v| int::arg_i64(t, v))?;
    let trackfd = system::flag_or(t, &trackfd, true)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(t.overflow_error("memory mapped length must be positive"));
    };
    if offset < 0 {
        return Err(t.overflow_error("memory mapped offset must be positive"));
    }
    if access != ACCESS_DEFAULT && (flags != libc::MAP_SHARED || prot != libc::PROT_READ | libc::PROT_WRITE) {
        return Err(t.value_error("mmap can't specify both access and flags, prot."));
    }
    let both = libc::PROT_READ | libc::PROT_WRITE;
    let (access, flags, prot) = match access {
        ACCESS_READ => (access, libc::MAP_SHARED, libc::PROT_READ),
        ACCESS_WRITE => (access, libc::MAP_SHARED, both),
        ACCESS_COPY => (access, libc::MAP_PRIVATE, both),
        ACCESS_DEFAULT if prot & both == both => (ACCESS_DEFAULT, flags, prot),
        ACCESS_DEFAULT if prot & libc::PROT_WRITE != 0 => (ACCESS_WRITE, flags, prot),
        ACCESS_DEFAULT => (ACCESS_READ, flags, prot),
        _ => return Err(t.value_error("mmap invalid access parameter.")),
    };
    let number = |n: i64| int::from_i64(t, n);
    audit(t, "mmap.__new__", &[number(fd.into()), number(length as i64), number(access.into()), number(offset)])?;
    let length = if fd == -1 { length } else { length_in(t, fd, length, offset)? };
    let mut own = -1;
    let flags = if fd == -1 { flags | libc::MAP_ANONYMOUS } else { flags };
    if fd != -1 && trackfd {
        // SAFETY: takes numbers.
        own = system::check(t, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })?;
    }
    // A map that cannot be read would end the process at the first look.
    let readable = if prot & libc::PROT_WRITE != 0 { prot | libc::PROT_READ } else { prot };
    // SAFETY: a new mapping wherever the system likes.
    let data = t.blocking(|| unsafe { libc::mmap(std::ptr::null_mut(), length, readable, flags, fd, offset) });
    if data == libc::MAP_FAILED {
        let error = system::errno();
        if own != -1 {
            // SAFETY: our own copy.
            unsafe { libc::close(own) };
        }
        return Err(t.os_error(error));
    }
    let state = State { data: Some(data.cast()), size: length, pos: 0, fd: own, exports: 0 };
    let map = Map { state: Mutex::new(state), offset, access, flags, trackfd };
    opaque::new(t, class.cast::<Type>().expect("a type"), map)
}

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    PROT_EXEC PROT_READ PROT_WRITE MAP_SHARED MAP_PRIVATE MAP_DENYWRITE MAP_EXECUTABLE MAP_ANONYMOUS MAP_ANON
    MAP_POPULATE MAP_STACK MAP_NORESERVE MAP_32BIT MADV_NORMAL MADV_RANDOM MADV_SEQUENTIAL MADV_WILLNEED
    MADV_DONTNEED MADV_REMOVE MADV_DONTFORK MADV_DOFORK MADV_HWPOISON MADV_MERGEABLE MADV_UNMERGEABLE MADV_HUGEPAGE
    MADV_NOHUGEPAGE MADV_DONTDUMP MADV_DODUMP MADV_FREE
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    native_type::add_types(t, module, &[&slots::SPEC]);
    module.set(t, "error", t.types().os_error.value());
    NUMBERS.iter().for_each(|&(name, n)| module.set(t, name, Value::small(n)));
    // SAFETY: asks for a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let sizes = [("PAGESIZE", page), ("ALLOCATIONGRANULARITY", page)];
    let access = [ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY].map(i64::from);
    let names = ["ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"];
    for (name, n) in sizes.into_iter().chain(names.into_iter().zip(access)) {
        module.set(t, name, Value::small(n));
    }
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec { name: "mmap", exec: Some(exec), ..ModuleSpec::DEFAULT };
