//! `grp`: the groups of users.

use super::ModuleSpec;
use super::pwd::{copied, look_up, name_arg};
use crate::modules::posix::ids;
use crate::modules::system::given;
use crate::modules::system::path::decode;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::Guarded;
use std::mem::MaybeUninit;

static STRUCT_GROUP: Description = Description::new(
    "grp.struct_group",
    "grp.struct_group: Results from getgr*() routines.\n\nThis object may be accessed either as a tuple of\n  (gr_name,gr_passwd,gr_gid,gr_mem)\nor via the object attributes as named in the above tuple.\n",
    &[("gr_name", "group name"), ("gr_passwd", "password"), ("gr_gid", "group id"), ("gr_mem", "group members")],
    4,
);

/// One group: the system's strings, copied.
struct Group {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
    gid: u32,
    members: Vec<Vec<u8>>,
}

impl Group {
    /// # Safety
    /// The entry's strings are there.
    unsafe fn copy(p: &libc::group) -> Group {
        // SAFETY: as the caller says; the array of members ends with a null.
        unsafe {
            let mut members = Vec::new();
            let mut member = p.gr_mem;
            while !member.is_null() && !(*member).is_null() {
                members.extend(copied(*member));
                member = member.add(1);
            }
            let name = copied(p.gr_name).unwrap_or_default();
            Group { name, password: copied(p.gr_passwd), gid: p.gr_gid, members }
        }
    }

    fn to_python(&self, t: &Thread) -> R {
        let password = self.password.as_ref().map_or(Value::NONE, |s| decode(t, s));
        let members: Vec<Value> = self.members.iter().map(|m| decode(t, m)).collect();
        let values = [decode(t, &self.name), password, ids::to_python(t, self.gid), List::make(t, members)];
        struct_sequence::make(t, &STRUCT_GROUP, values)
    }
}

fn getgrgid(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let gid = ids::gid(t, given(&a[0]))?;
    let mut found = None;
    look_up(t, |room| {
        let (mut entry, mut result) = (MaybeUninit::<libc::group>::zeroed(), std::ptr::null_mut());
        // SAFETY: room for the entry and its strings.
        unsafe {
            let p = libc::getgrgid_r(gid, entry.as_mut_ptr(), room.as_mut_ptr(), room.len(), &mut result);
            found = result.as_ref().map(|p| Group::copy(p));
            p
        }
    })?;
    match found {
        Some(group) => group.to_python(t),
        None => {
            let gid = protocol::repr_text(t, &ids::to_python(t, gid))?;
            Err(t.key_error(&t.str(format!("getgrgid(): gid not found: {gid}"))))
        }
    }
}

fn getgrnam(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let name = name_arg(t, given(&a[0]), "getgrnam() argument 'name'")?;
    let mut found = None;
    look_up(t, |room| {
        let (mut entry, mut result) = (MaybeUninit::<libc::group>::zeroed(), std::ptr::null_mut());
        // SAFETY: the name ends with a zero; room for the entry and its strings.
        unsafe {
            let p = libc::getgrnam_r(name.as_ptr(), entry.as_mut_ptr(), room.as_mut_ptr(), room.len(), &mut result);
            found = result.as_ref().map(|p| Group::copy(p));
            p
        }
    })?;
    match found {
        Some(group) => group.to_python(t),
        None => {
            let name = protocol::repr_text(t, given(&a[0]))?;
            Err(t.key_error(&t.str(format!("getgrnam(): name not found: {name}"))))
        }
    }
}

fn getgrall(t: &Thread, _m: &Value) -> R {
    // The C library has one place in the list.
    static TURN: Guarded<()> = Guarded::new(());
    let mut groups = Vec::new();
    {
        let _turn = TURN.lock();
        // SAFETY: what each call gives is copied before the next.
        unsafe {
            libc::setgrent();
            while let Some(p) = libc::getgrent().as_ref() {
                groups.push(Group::copy(p));
            }
            libc::endgrent();
        }
    }
    let groups = groups.iter().map(|g| g.to_python(t)).collect::<R<Vec<Value>>>()?;
    Ok(List::make(t, groups))
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "struct_group", struct_sequence::type_of(t, &STRUCT_GROUP));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "grp",
    doc: "Access to the Unix group database.\n\nGroup entries are reported as 4-tuples containing the following fields\nfrom the group database, in order:\n\n  gr_name   - name of the group\n  gr_passwd - group password (encrypted); often empty\n  gr_gid    - numeric ID of the group\n  gr_mem    - list of members\n\nThe gid is an integer, name and password are strings.  (Note that most\nusers are not explicitly listed as members of the groups they are in\naccording to the password database.  Check both databases to get\ncomplete membership information.)",
    functions: &[
        Def::new(
            "getgrgid",
            Func::Bound(getgrgid),
            "($module, /, id)",
            "Return the group database entry for the given numeric group ID.\n\nIf id is not valid, raise KeyError.",
        ),
        Def::new(
            "getgrnam",
            Func::Bound(getgrnam),
            "($module, /, name)",
            "Return the group database entry for the given group name.\n\nIf name is not valid, raise KeyError.",
        ),
        Def::new(
            "getgrall",
            Func::NoArgs(getgrall),
            "($module, /)",
            "Return a list of all available group entries, in arbitrary order.\n\nAn entry whose name starts with '+' or '-' represents an instruction\nto use YP/NIS and may not be accessible via getgrnam or getgrgid.",
        ),
    ],
    exec: Some(exec),
};
