//! `pwd`: who the users are.

use super::ModuleSpec;
use crate::modules::posix::ids;
use crate::modules::system::path::{decode, encode};
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::Guarded;
use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;

static STRUCT_PASSWD: Description = Description::new(
    "pwd.struct_passwd",
    "pwd.struct_passwd: Results from getpw*() routines.\n\nThis object may be accessed either as a tuple of\n  (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\nor via the object attributes as named in the above tuple.",
    &[
        ("pw_name", "user name"),
        ("pw_passwd", "password"),
        ("pw_uid", "user id"),
        ("pw_gid", "group id"),
        ("pw_gecos", "real name"),
        ("pw_dir", "home directory"),
        ("pw_shell", "shell program"),
    ],
    7,
);

/// One user: the system's strings, copied.
struct User {
    uid: u32,
    gid: u32,
    name: Vec<u8>,
    rest: [Option<Vec<u8>>; 4],
}

/// A string of the system, copied.
///
/// # Safety
/// `s` is null or a string.
pub unsafe fn copied(s: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: as the caller says.
    (!s.is_null()).then(|| unsafe { CStr::from_ptr(s) }.to_bytes().to_vec())
}

impl User {
    /// # Safety
    /// The entry's strings are there.
    unsafe fn copy(p: &libc::passwd) -> User {
        // SAFETY: as the caller says.
        unsafe {
            let rest = [p.pw_passwd, p.pw_gecos, p.pw_dir, p.pw_shell].map(|s| copied(s));
            User { uid: p.pw_uid, gid: p.pw_gid, name: copied(p.pw_name).unwrap_or_default(), rest }
        }
    }

    fn to_python(&self, t: &Thread) -> R {
        let text = |s: &Option<Vec<u8>>| s.as_ref().map_or(Value::NONE, |s| decode(t, s));
        let [password, gecos, home, shell] = &self.rest;
        let (uid, gid) = (ids::to_python(t, self.uid), ids::to_python(t, self.gid));
        let values = [decode(t, &self.name), text(password), uid, gid, text(gecos), text(home), text(shell)];
        struct_sequence::make(t, &STRUCT_PASSWD, values)
    }
}

/// Makes a look-up with more and more room for the strings; it returns an error number.
pub fn look_up(t: &Thread, mut ask: impl FnMut(&mut [c_char]) -> i32) -> R<()> {
    for size in [1 << 10, 1 << 14, 1 << 18, 1 << 22] {
        let mut room = vec![0; size];
        match t.blocking(|| ask(&mut room)) {
            0 => return Ok(()),
            libc::ERANGE => {}
            // Not found, in the words of some systems.
            libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM | libc::EIO | libc::EINTR => return Ok(()),
            error => return Err(t.os_error(error)),
        }
    }
    Err(t.memory_error())
}

/// A name as the system wants it.
pub fn name_arg(t: &Thread, v: &Value, what: &str) -> R<CString> {
    if v.cast::<Str>().is_none() {
        return Err(t.type_error(format!("{what} must be str, not {}", v.type_of(t).name_str())));
    }
    CString::new(encode(t, v)?).map_err(|_| t.value_error("embedded null byte"))
}

fn getpwnam(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let name = name_arg(t, &a[0], "getpwnam() argument")?;
    let mut found = None;
    look_up(t, |room| {
        let (mut entry, mut result) = (MaybeUninit::<libc::passwd>::zeroed(), std::ptr::null_mut());
        // SAFETY: the name ends with a zero; room for the entry and its strings.
        unsafe {
            let p = libc::getpwnam_r(name.as_ptr(), entry.as_mut_ptr(), room.as_mut_ptr(), room.len(), &mut result);
            found = result.as_ref().map(|p| User::copy(p));
            p
        }
    })?;
    match found {
        Some(user) => user.to_python(t),
        None => {
            let name = protocol::repr_text(t, &a[0])?;
            Err(t.key_error(&t.str(format!("getpwnam(): name not found: {name}"))))
        }
    }
}

fn getpwuid(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let Some(uid) = t.catch(ids::uid(t, &a[0]), |types| &types.overflow_error)? else {
        return Err(t.key_error(&t.str("getpwuid(): uid not found")));
    };
    let mut found = None;
    look_up(t, |room| {
        let (mut entry, mut result) = (MaybeUninit::<libc::passwd>::zeroed(), std::ptr::null_mut());
        // SAFETY: room for the entry and its strings.
        unsafe {
            let p = libc::getpwuid_r(uid, entry.as_mut_ptr(), room.as_mut_ptr(), room.len(), &mut result);
            found = result.as_ref().map(|p| User::copy(p));
            p
        }
    })?;
    match found {
        Some(user) => user.to_python(t),
        None => {
            let uid = protocol::repr_text(t, &ids::to_python(t, uid))?;
            Err(t.key_error(&t.str(format!("getpwuid(): uid not found: {uid}"))))
        }
    }
}

fn getpwall(t: &Thread, _m: &Value) -> R {
    // The C library has one place in the list.
    static TURN: Guarded<()> = Guarded::new(());
    let mut users = Vec::new();
    {
        let _turn = TURN.lock();
        // SAFETY: what each call gives is copied before the next.
        unsafe {
            libc::setpwent();
            while let Some(p) = libc::getpwent().as_ref() {
                users.push(User::copy(p));
            }
            libc::endpwent();
        }
    }
    let users = users.iter().map(|u| u.to_python(t)).collect::<R<Vec<Value>>>()?;
    Ok(List::make(t, users))
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "struct_passwd", struct_sequence::type_of(t, &STRUCT_PASSWD));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "pwd",
    doc: "This module provides access to the Unix password database.\nIt is available on all Unix versions.\n\nPassword database entries are reported as 7-tuples containing the following\nitems from the password database (see `<pwd.h>'), in order:\npw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell.\nThe uid and gid items are integers, all others are strings. An\nexception is raised if the entry asked for cannot be found.",
    functions: &[
        Def::new(
            "getpwuid",
            Func::Pos(getpwuid, 1, 1),
            "($module, uidobj, /)",
            "Return the password database entry for the given numeric user ID.\n\nSee `help(pwd)` for more on password database entries.",
        ),
        Def::new(
            "getpwnam",
            Func::Pos(getpwnam, 1, 1),
            "($module, name, /)",
            "Return the password database entry for the given user name.\n\nSee `help(pwd)` for more on password database entries.",
        ),
        Def::new(
            "getpwall",
            Func::NoArgs(getpwall),
            "($module, /)",
            "Return a list of all available password database entries, in arbitrary order.\n\nSee help(pwd) for more on password database entries.",
        ),
    ],
    exec: Some(exec),
};
