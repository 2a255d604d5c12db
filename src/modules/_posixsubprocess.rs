//! `_posixsubprocess`: a child process that runs another program.
//!
//! Between the fork and the exec the child touches nothing but what was made ready before: it calls the system and
//! neither allocates nor takes a lock. Unless Python code is to run in it, it is not even a copy: it borrows the
//! memory of the parent, which waits until it has called exec (`vfork`), on a stack of its own.

use super::ModuleSpec;
use crate::modules::posix::exec::Strings;
use crate::modules::posix::{fork, ids};
use crate::modules::system::path::fs_converter;
use crate::modules::system::{self, c_int};
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::ffi::{CString, c_int as CInt, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering::Acquire;

/// Most supplementary groups that Linux knows.
const MAX_GROUPS: usize = 65536;

/// A sequence of `bytes` (`_PySequence_BytesToCharpArray`).
fn byte_strings(t: &Thread, v: &Value) -> R<Strings> {
    protocol::len(t, v)?;
    let mut owned = Vec::new();
    for item in protocol::collect(t, v)? {
        let Some(bytes) = item.cast::<Bytes>() else {
            return Err(t.type_error(format!("expected bytes, {} found", item.type_of(t).name_str())));
        };
        owned.push(CString::new(bytes.as_slice()).map_err(|_| t.value_error("embedded null byte"))?);
    }
    Ok(Strings::new(owned))
}

/// What the child is to do; everything it needs.
struct Plan {
    /// The paths to try.
    executables: Strings,
    argv: Strings,
    /// `None` for the environment as it is.
    env: Option<Strings>,
    cwd: Option<CString>,
    close_fds: bool,
    /// Ascending.
    keep: Vec<i32>,
    p2cread: i32,
    p2cwrite: i32,
    c2pread: i32,
    c2pwrite: i32,
    errread: i32,
    errwrite: i32,
    errpipe_read: i32,
    errpipe_write: i32,
    restore_signals: bool,
    call_setsid: bool,
    pgid: i32,
    groups: Option<Vec<libc::gid_t>>,
    gid: Option<libc::gid_t>,
    uid: Option<libc::uid_t>,
    umask: i32,
    /// The signal mask of the parent, where all signals are blocked meanwhile.
    mask: Option<libc::sigset_t>,
}

/// Why the child did not become another program.
struct Failure {
    errno: i32,
    /// What follows the number: which step failed.
    detail: &'static [u8],
}

/// The failure of a step before the exec.
fn failed() -> Failure {
    Failure { errno: system::errno(), detail: b"noexec" }
}

fn ok(answer: i32) -> Result<i32, Failure> {
    if answer == -1 { Err(failed()) } else { Ok(answer) }
}

/// Lets the program have the descriptor, or not.
fn inherit(fd: i32, yes: bool) -> Result<(), Failure> {
    // SAFETY: takes numbers.
    unsafe {
        let flags = ok(libc::fcntl(fd, libc::F_GETFD))?;
        let new = if yes { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
        ok(libc::fcntl(fd, libc::F_SETFD, new)).map(drop)
    }
}

/// Puts a descriptor at one of the standard places.
fn place(fd: i32, at: i32) -> Result<(), Failure> {
    match fd {
        -1 => Ok(()),
        fd if fd == at => inherit(fd, true),
        // SAFETY: takes numbers.
        fd => ok(unsafe { libc::dup2(fd, at) }).map(drop),
    }
}

/// Another number for a descriptor that stands where one of the standard ones goes.
fn move_away(fd: i32) -> Result<i32, Failure> {
    // SAFETY: takes a number.
    let fd = ok(unsafe { libc::dup(fd) })?;
    inherit(fd, false)?;
    Ok(fd)
}

impl Plan {
    /// In the child: becomes the program. Returns only if that fails. `before_exec` runs Python code, if there is any.
    fn run(&self, before_exec: impl FnOnce() -> bool) -> Failure {
        let mut c2pwrite = self.c2pwrite;
        if let Err(failure) = self.prepare(&mut c2pwrite) {
            return failure;
        }
        if !before_exec() {
            return Failure { errno: 0, detail: b"Exception occurred in preexec_fn." };
        }
        if self.close_fds {
            close_all_but(3, &self.keep);
        }
        let mut first_error = 0;
        for &path in self.executables.each() {
            // SAFETY: arrays of strings that end with a null.
            unsafe {
                match &self.env {
                    Some(env) => libc::execve(path, self.argv.ptr(), env.ptr()),
                    None => libc::execv(path, self.argv.ptr()),
                };
            }
            let error = system::errno();
            if error != libc::ENOENT && error != libc::ENOTDIR && first_error == 0 {
                first_error = error;
            }
        }
        let errno = if first_error != 0 { first_error } else { system::errno() };
        Failure { errno, detail: b"" }
    }

    fn prepare(&self, c2pwrite: &mut i32) -> Result<(), Failure> {
        for &fd in self.keep.iter().filter(|&&fd| fd != self.errpipe_write) {
            inherit(fd, true)?;
        }
        for fd in [self.p2cwrite, self.c2pread, self.errread, self.errpipe_read].into_iter().filter(|&fd| fd != -1) {
            // SAFETY: the parent's ends, which are of no use to the child.
            ok(unsafe { libc::close(fd) })?;
        }
        let mut errwrite = self.errwrite;
        if *c2pwrite == 0 {
            *c2pwrite = move_away(*c2pwrite)?;
        }
        while errwrite == 0 || errwrite == 1 {
            errwrite = move_away(errwrite)?;
        }
        place(self.p2cread, 0)?;
        place(*c2pwrite, 1)?;
        place(errwrite, 2)?;
        if let Some(cwd) = &self.cwd {
            // SAFETY: the name ends with a zero.
            ok(unsafe { libc::chdir(cwd.as_ptr()) }).map_err(|f| Failure { detail: b"noexec:chdir", ..f })?;
        }
        // SAFETY: numbers, arrays of known length, and the actions of signals of this process.
        unsafe {
            if self.umask >= 0 {
                libc::umask(self.umask as libc::mode_t);
            }
            if self.restore_signals {
                // Those that were ignored at start-up.
                for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
                    libc::signal(signal, libc::SIG_DFL);
                }
            }
            if let Some(mask) = &self.mask {
                default_handlers();
                let error = libc::pthread_sigmask(libc::SIG_SETMASK, mask, std::ptr::null_mut());
                if error != 0 {
                    return Err(Failure { errno: error, detail: b"noexec" });
                }
            }
            if self.call_setsid {
                ok(libc::setsid())?;
            }
            if self.pgid >= 0 {
                ok(libc::setpgid(0, self.pgid))?;
            }
            if let Some(groups) = &self.groups {
                ok(libc::setgroups(groups.len(), groups.as_ptr()))?;
            }
            if let Some(gid) = self.gid {
                ok(libc::setregid(gid, gid))?;
            }
            if let Some(uid) = self.uid {
                ok(libc::setreuid(uid, uid))?;
            }
        }
        Ok(())
    }

    /// Tells the parent and ends the child.
    fn report(&self, failure: Failure) -> ! {
        let mut text = [0u8; 96];
        let mut len = 0;
        let mut add = |part: &[u8]| {
            text[len..len + part.len()].copy_from_slice(part);
            len += part.len();
        };
        if failure.errno != 0 {
            add(b"OSError:");
            let mut digits = [0u8; 8];
            let mut at = digits.len();
            let mut n = failure.errno as u32;
            while n != 0 {
                at -= 1;
                digits[at] = b"0123456789ABCDEF"[n as usize % 16];
                n /= 16;
            }
            add(&digits[at..]);
            add(b":");
        } else {
            add(b"SubprocessError:0:");
        }
        add(failure.detail);
        // SAFETY: writes bytes of ours, and ends the process without running anything more.
        unsafe {
            libc::write(self.errpipe_write, text.as_ptr().cast(), len);
            libc::_exit(255)
        }
    }
}

/// Signals that have a handler get their default action back: the handler is the parent's.
///
/// # Safety
/// In a child that does not share its table of actions with the parent, signals blocked.
unsafe fn default_handlers() {
    for signal in 1..65 {
        // SAFETY: zeroed sigactions are room for the old one and valid as a new one.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, std::ptr::null(), &mut action) == 0
                && action.sa_sigaction != libc::SIG_DFL
                && action.sa_sigaction != libc::SIG_IGN
            {
                action.sa_sigaction = libc::SIG_DFL;
                action.sa_flags = 0;
                libc::sigaction(signal, &action, std::ptr::null_mut());
            }
        }
    }
}

/// Closes every descriptor from `first` on but those to keep (ascending).
fn close_all_but(first: i32, keep: &[i32]) {
    let mut from = first;
    for &fd in keep.iter().filter(|&&fd| fd >= first) {
        close_range(from, fd - 1);
        from = fd + 1;
    }
    close_range(from, i32::MAX);
}

fn close_range(from: i32, to: i32) {
    if from > to {
        return;
    }
    // SAFETY: closes descriptors that the program is not to have.
    unsafe {
        if libc::syscall(libc::SYS_close_range, from as u32, to as u32, 0) == 0 {
            return;
        }
        // An old kernel: one by one, up to what there can be.
        let most = match libc::sysconf(libc::_SC_OPEN_MAX) {
            -1 => 256,
            n => n.min(1 << 20) as i32,
        };
        for fd in from..to.min(most) {
            libc::close(fd);
        }
    }
}

/// Room for the child's stack while it borrows the parent's memory.
const STACK: usize = 256 << 10;

extern "C" fn borrowed_child(plan: *mut c_void) -> CInt {
    // SAFETY: the parent passed its plan, and waits.
    let plan = unsafe { &*(plan as *const Plan) };
    plan.report(plan.run(|| true))
}

/// Starts the child in the parent's memory; the calling thread waits until it has called exec or ended. The process
/// id, or the error number.
fn spawn_borrowing(plan: &mut Plan) -> Result<i32, i32> {
    // SAFETY: signals are blocked, so that no handler of ours runs in the child; the stack is big enough for what
    // `Plan::run` does, and unmapped when the child no longer uses it.
    unsafe {
        let stack = libc::mmap(
            std::ptr::null_mut(),
            STACK,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK,
            -1,
            0,
        );
        if stack == libc::MAP_FAILED {
            return Err(system::errno());
        }
        let (mut all, mut old) = (MaybeUninit::<libc::sigset_t>::zeroed(), MaybeUninit::<libc::sigset_t>::zeroed());
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), old.as_mut_ptr());
        plan.mask = Some(old.assume_init());
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        let plan_address = std::ptr::from_mut(plan).cast();
        let pid = libc::clone(borrowed_child, stack.cast::<u8>().add(STACK).cast(), flags, plan_address);
        let error = system::errno();
        libc::pthread_sigmask(libc::SIG_SETMASK, old.as_ptr(), std::ptr::null_mut());
        libc::munmap(stack, STACK);
        if pid < 0 { Err(error) } else { Ok(pid) }
    }
}

/// Starts the child as a copy.
fn spawn_copy(plan: &Plan) -> Result<i32, i32> {
    // SAFETY: the child calls nothing but the system.
    match unsafe { libc::fork() } {
        -1 => Err(system::errno()),
        0 => plan.report(plan.run(|| true)),
        pid => Ok(pid),
    }
}

/// The descriptors that the program is to have: ascending.
fn kept(t: &Thread, v: &Value) -> R<Vec<i32>> {
    let Some(tuple) = v.cast::<Tuple>() else {
        return Err(t.type_error(format!("fork_exec() argument 4 must be tuple, not {}", v.type_of(t).name_str())));
    };
    let mut fds = Vec::with_capacity(tuple.len());
    for item in tuple.items() {
        let fd = int::as_i64(item).and_then(|n| i32::try_from(n).ok());
        match fd.filter(|&fd| fd >= 0 && fds.last().is_none_or(|&last| last < fd)) {
            Some(fd) => fds.push(fd),
            None => return Err(t.value_error("bad value(s) in fds_to_keep")),
        }
    }
    Ok(fds)
}

fn extra_groups(t: &Thread, v: &Value) -> R<Option<Vec<libc::gid_t>>> {
    if v.is_none() {
        return Ok(None);
    }
    let Some(list) = v.cast::<List>() else { return Err(t.type_error("setgroups argument must be a list")) };
    let items = list.snapshot(t);
    if items.len() > MAX_GROUPS {
        return Err(t.value_error("too many extra_groups"));
    }
    let mut groups = Vec::with_capacity(items.len());
    for item in items {
        if !int::is_int(&item) {
            return Err(t.type_error("extra_groups must be integers"));
        }
        match ids::gid(t, &item) {
            Ok(gid) => groups.push(gid),
            Err(raised) => {
                drop(t.take_exception(raised));
                return Err(t.value_error("invalid group id"));
            }
        }
    }
    Ok(Some(groups))
}

fn fork_exec(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let truth = |i: usize| protocol::truth(t, &a[i]);
    let number = |i: usize| c_int(t, &a[i]);
    let close_fds = truth(2)?;
    let is_tuple = a[3].cast::<Tuple>().is_some();
    if !is_tuple {
        kept(t, &a[3])?;
    }
    let mut fds = [0; 8];
    for (i, fd) in fds.iter_mut().enumerate() {
        *fd = number(6 + i)?;
    }
    let (restore_signals, call_setsid, pgid) = (truth(14)?, truth(15)?, number(16)?);
    let (umask, preexec) = (number(20)?, &a[21]);
    let [p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write] = fds;
    if !preexec.is_none() && t.interp.finalizing.load(Acquire) {
        let message = "preexec_fn not supported at interpreter shutdown";
        return Err(t.raise_message(&t.types().python_finalization_error, message));
    }
    if close_fds && errpipe_write < 3 {
        return Err(t.value_error("errpipe_write must be >= 3"));
    }
    let keep = kept(t, &a[3])?;
    let executables = byte_strings(t, &a[1])?;
    let argv = if a[0].is_none() {
        Strings::new(Vec::new())
    } else {
        let items = match (a[0].cast::<List>(), a[0].cast::<Tuple>()) {
            (Some(list), _) => list.snapshot(t),
            (_, Some(tuple)) => tuple.items().to_vec(),
            _ if protocol::is_sequence(t, &a[0]) => protocol::collect(t, &a[0])?,
            _ => return Err(t.type_error("argv must be a tuple")),
        };
        Strings::new(items.iter().map(|arg| fs_converter(t, arg)).collect::<R<_>>()?)
    };
    let env = if a[5].is_none() { None } else { Some(byte_strings(t, &a[5])?) };
    let cwd = if a[4].is_none() { None } else { Some(fs_converter(t, &a[4])?) };
    let groups = extra_groups(t, &a[18])?;
    let gid = if a[17].is_none() { None } else { Some(ids::gid(t, &a[17])?) };
    let uid = if a[19].is_none() { None } else { Some(ids::uid(t, &a[19])?) };
    let mut plan = Plan {
        executables,
        argv,
        env,
        cwd,
        close_fds,
        keep,
        p2cread,
        p2cwrite,
        c2pread,
        c2pwrite,
        errread,
        errwrite,
        errpipe_read,
        errpipe_write,
        restore_signals,
        call_setsid,
        pgid,
        groups,
        gid,
        uid,
        umask,
        mask: None,
    };
    let pid = if !preexec.is_none() {
        // SAFETY: `fork` stops the other threads and puts the child right.
        let pid = fork::fork(t, || unsafe { libc::fork() })?;
        if pid == Ok(0) {
            let failure = plan.run(|| match protocol::call(t, preexec, &[]) {
                Ok(_) => true,
                Err(raised) => {
                    drop(t.take_exception(raised));
                    false
                }
            });
            plan.report(failure);
        }
        pid
    } else if plan.groups.is_some() || plan.gid.is_some() || plan.uid.is_some() {
        // The C library would tell the parent's threads of new ids.
        spawn_copy(&plan)
    } else {
        spawn_borrowing(&mut plan)
    };
    let pid = pid.map_err(|error| t.os_error(error))?;
    Ok(int::from_i64(t, pid.into()))
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_posixsubprocess",
    doc: "A POSIX helper for the subprocess module.",
    functions: &[Def::new(
        "fork_exec",
        Func::Pos(fork_exec, 22, 22),
        "($module, args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)",
        "Spawn a fresh new child process.",
    )],
    ..ModuleSpec::DEFAULT
};
