//! `posix_spawn`: a child process that runs another program, by the C library.

use super::exec::{arguments, environment, is_mapping, tuple_or_list};
use super::sched;
use crate::modules::sys::audit::audit;
use crate::modules::system::path::{self, Also, fs_converter};
use crate::modules::system::{c_int, not_none};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::mem::MaybeUninit;

const OPEN: i32 = 0;
const CLOSE: i32 = 1;
const DUP2: i32 = 2;
const CLOSEFROM: i32 = 3;

/// Makes a table of the C library, used in one call.
struct Actions(MaybeUninit<libc::posix_spawn_file_actions_t>);

impl Actions {
    fn new(t: &Thread) -> R<Actions> {
        let mut actions = MaybeUninit::zeroed();
        // SAFETY: room for the table.
        match unsafe { libc::posix_spawn_file_actions_init(actions.as_mut_ptr()) } {
            0 => Ok(Actions(actions)),
            error => Err(t.os_error(error)),
        }
    }

    /// Adds an action that Python code gives as a tuple.
    fn add(&mut self, t: &Thread, action: &Value) -> R<()> {
        let Some(items) = action.cast::<Tuple>().map(Tuple::items).filter(|items| !items.is_empty()) else {
            return Err(t.type_error("Each file_actions element must be a non-empty tuple"));
        };
        let table = self.0.as_mut_ptr();
        let wrong = |what: &str, n: usize| {
            if items.len() == n {
                return Ok(());
            }
            Err(t.type_error(format!("A {what} file_action tuple must have {n} elements")))
        };
        // SAFETY: an initialized table; the C library copies the names.
        let error = unsafe {
            match c_int(t, &items[0])? {
                OPEN => {
                    wrong("open", 5)?;
                    let (fd, name) = (c_int(t, &items[1])?, fs_converter(t, &items[2])?);
                    let (flags, mode) = (c_int(t, &items[3])?, int::arg_i64(t, &items[4])?);
                    libc::posix_spawn_file_actions_addopen(table, fd, name.as_ptr(), flags, mode as libc::mode_t)
                }
                CLOSE => {
                    wrong("close", 2)?;
                    libc::posix_spawn_file_actions_addclose(table, c_int(t, &items[1])?)
                }
                DUP2 => {
                    wrong("dup2", 3)?;
                    libc::posix_spawn_file_actions_adddup2(table, c_int(t, &items[1])?, c_int(t, &items[2])?)
                }
                CLOSEFROM => {
                    wrong("closefrom", 2)?;
                    posix_spawn_file_actions_addclosefrom_np(table, c_int(t, &items[1])?)
                }
                _ => return Err(t.type_error("Unknown file_actions identifier")),
            }
        };
        if error == 0 { Ok(()) } else { Err(t.os_error(error)) }
    }
}

unsafe extern "C" {
    fn posix_spawn_file_actions_addclosefrom_np(table: *mut libc::posix_spawn_file_actions_t, from: i32) -> i32;
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: it was initialized.
        unsafe { libc::posix_spawn_file_actions_destroy(self.0.as_mut_ptr()) };
    }
}

/// What the child is to be.
struct Attributes(MaybeUninit<libc::posix_spawnattr_t>);

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: it was initialized.
        unsafe { libc::posix_spawnattr_destroy(self.0.as_mut_ptr()) };
    }
}

/// A set of signals.
fn signals(t: &Thread, v: &Value) -> R<libc::sigset_t> {
    let mut set = MaybeUninit::zeroed();
    // SAFETY: room for the set.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    protocol::for_each(t, v, |item| {
        let i = protocol::index(t, &item)?;
        match int::as_i64(&i).filter(|n| (1..=64).contains(n)) {
            // SAFETY: an initialized set. The C library keeps two signals for itself and refuses them: no harm.
            Some(n) => unsafe { _ = libc::sigaddset(set.as_mut_ptr(), n as i32) },
            None => {
                let given = protocol::repr_text(t, &i)?;
                return Err(t.value_error(format!("signal number {given} out of range [1; 64]")));
            }
        }
        Ok(())
    })?;
    // SAFETY: initialized above.
    Ok(unsafe { set.assume_init() })
}

impl Attributes {
    /// From `setpgroup`, `resetids`, `setsid`, `setsigmask`, `setsigdef` and `scheduler`.
    fn new(t: &Thread, function: &str, a: &[Option<Value>]) -> R<Attributes> {
        let mut made = Attributes(MaybeUninit::zeroed());
        let this = made.0.as_mut_ptr();
        // SAFETY: room for the attributes, initialized before anything is set.
        unsafe {
            let error = libc::posix_spawnattr_init(this);
            if error != 0 {
                return Err(t.os_error(error));
            }
            let mut flags = 0;
            if let Some(group) = not_none(&a[0]) {
                libc::posix_spawnattr_setpgroup(this, c_int(t, group)?);
                flags |= libc::POSIX_SPAWN_SETPGROUP;
            }
            if a[1].as_ref().map_or(Ok(false), |v| protocol::truth(t, v))? {
                flags |= libc::POSIX_SPAWN_RESETIDS;
            }
            if a[2].as_ref().map_or(Ok(false), |v| protocol::truth(t, v))? {
                flags |= libc::POSIX_SPAWN_SETSID as i32;
            }
            if let Some(mask) = &a[3] {
                libc::posix_spawnattr_setsigmask(this, &signals(t, mask)?);
                flags |= libc::POSIX_SPAWN_SETSIGMASK;
            }
            if let Some(set) = &a[4] {
                libc::posix_spawnattr_setsigdefault(this, &signals(t, set)?);
                flags |= libc::POSIX_SPAWN_SETSIGDEF;
            }
            if let Some(scheduler) = not_none(&a[5]) {
                let Some(pair) = scheduler.cast::<Tuple>() else {
                    return Err(t.type_error(format!("{function}: scheduler must be a tuple or None")));
                };
                let [policy, param] = pair.items() else {
                    return Err(t.type_error("A scheduler tuple must have two elements"));
                };
                if !policy.is_none() {
                    libc::posix_spawnattr_setschedpolicy(this, c_int(t, policy)?);
                    flags |= libc::POSIX_SPAWN_SETSCHEDULER;
                }
                libc::posix_spawnattr_setschedparam(this, &sched::param(t, param)?);
                flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
            }
            libc::posix_spawnattr_setflags(this, flags as libc::c_short);
        }
        Ok(made)
    }
}

/// A non-empty set of signals: an empty one is as good as none.
fn given_set(t: &Thread, v: &Option<Value>) -> R<Option<Value>> {
    match v {
        // The default of the signature is an empty tuple.
        Some(v) if v.cast::<Tuple>().is_none_or(|tuple| !tuple.is_empty()) => Ok(Some(v.clone())),
        Some(v) => protocol::iter(t, v).map(|_| None),
        None => Ok(None),
    }
}

fn spawn(t: &Thread, a: &[Option<Value>], function: &str, search: bool) -> R {
    let given = |i: usize| a[i].as_ref().unwrap_or(Value::none());
    let path = path::convert(t, given(0), function, "path", Also::Nothing)?;
    let argv = match tuple_or_list(t, given(1)) {
        None => return Err(t.type_error(format!("{function}: argv must be a tuple or list"))),
        Some(items) if items.is_empty() => return Err(t.value_error(format!("{function}: argv must not be empty"))),
        Some(_) => given(1),
    };
    let env = given(2);
    if !env.is_none() && !is_mapping(t, env) {
        return Err(t.type_error(format!("{function}: environment must be a mapping object or None")));
    }
    let argv = arguments(t, argv, &format!("{function}: argv"), " ")?;
    let envp = if env.is_none() { None } else { Some(environment(t, env)?) };
    let mut actions = None;
    if let Some(list) = not_none(&a[3]) {
        if !protocol::is_sequence(t, list) {
            return Err(t.type_error("file_actions must be a sequence or None"));
        }
        let list = protocol::collect(t, list)?;
        let mut table = Actions::new(t)?;
        list.iter().try_for_each(|action| table.add(t, action))?;
        actions = Some(table);
    }
    let rest = [a[4].clone(), a[5].clone(), a[6].clone(), given_set(t, &a[7])?, given_set(t, &a[8])?, a[9].clone()];
    let attributes = Attributes::new(t, function, &rest)?;
    audit(t, "os.posix_spawn", &[path.object.clone(), given(1).clone(), env.clone()])?;
    let table = actions.as_ref().map_or(std::ptr::null(), |table| table.0.as_ptr());
    let mut pid = 0;
    // SAFETY: the strings, tables and arrays live until the call returns; without an environment the child has ours.
    let error = unsafe {
        let env = envp.as_ref().map_or(environ, |e| e.ptr()).cast_mut().cast();
        let (argv, attributes) = (argv.ptr().cast_mut().cast(), attributes.0.as_ptr());
        match search {
            true => libc::posix_spawnp(&mut pid, path.ptr(), table, attributes, argv, env),
            false => libc::posix_spawn(&mut pid, path.ptr(), table, attributes, argv, env),
        }
    };
    match error {
        0 => Ok(int::from_i64(t, pid.into())),
        error => Err(t.os_error_with(error, path.files())),
    }
}

unsafe extern "C" {
    static environ: *const *const std::ffi::c_char;
}

pub fn posix_spawn(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    spawn(t, a, "posix_spawn", false)
}

pub fn posix_spawnp(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    spawn(t, a, "posix_spawnp", true)
}
