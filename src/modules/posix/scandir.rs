//! `scandir`: an iterator over a directory, and its entries.

use super::directory::{Entry, Stream};
use super::stat;
use crate::modules::module_type;
use crate::modules::system::path::{self, Also, Path};
use crate::modules::system::{flag_or, given};
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::Mutex;

/// The iterator. The stream is gone when it is closed.
struct Scan {
    stream: Mutex<Option<Stream>>,
    path: Path,
}

impl Native for Scan {}

/// An entry.
struct Found {
    name: Value,
    path: Value,
    inode: u64,
    kind: u8,
    /// The directory's descriptor, if it was given by one.
    dir: Option<i32>,
    stat: Slot,
    lstat: Slot,
}

impl Native for Found {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.name);
        visit(&self.path);
        self.stat.visit(visit);
        self.lstat.visit(visit);
    }
}

fn scandir(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let path = path::convert(t, given(&a[0]), "scandir", "path", Also::FdOrNone)?;
    let stream = Mutex::new(Some(Stream::open(t, &path)?));
    let class = module_type(t, &ITERATOR);
    opaque::new(t, class.cast::<Type>().expect("a type"), Scan { stream, path })
}

fn scan_of<'a>(t: &Thread, v: &'a Value) -> R<&'a Scan> {
    v.opaque::<Scan>().ok_or_else(|| t.type_error("a scandir iterator is required"))
}

fn next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let scan = scan_of(t, v)?;
    // Taken out while it reads: another thread finds it closed rather than in use.
    let Some(mut stream) = scan.stream.lock().expect("no panic under this lock").take() else { return Ok(None) };
    match stream.next(t) {
        Ok(Some(entry)) => {
            *scan.stream.lock().expect("no panic under this lock") = Some(stream);
            make_entry(t, scan, entry).map(Some)
        }
        Ok(None) => Ok(None),
        Err(error) => Err(t.os_error_with(error, scan.path.files())),
    }
}

fn make_entry(t: &Thread, scan: &Scan, entry: Entry) -> R {
    let name = scan.path.make(t, &entry.name);
    let path = match (scan.path.fd, scan.path.is_none) {
        (Some(_), _) => name.clone(),
        (None, true) => scan.path.make(t, &[b"./", &entry.name[..]].concat()),
        (None, false) => {
            let base = scan.path.name().to_bytes();
            let sep: &[u8] = if base.is_empty() || base.ends_with(b"/") { b"" } else { b"/" };
            scan.path.make(t, &[base, sep, &entry.name].concat())
        }
    };
    let class = module_type(t, &ENTRY);
    let found = Found {
        name,
        path,
        inode: entry.inode,
        kind: entry.kind,
        dir: scan.path.fd,
        stat: Slot::EMPTY,
        lstat: Slot::EMPTY,
    };
    opaque::new(t, class.cast::<Type>().expect("a type"), found)
}

fn close(t: &Thread, v: &Value) -> R {
    drop(scan_of(t, v)?.stream.lock().expect("no panic under this lock").take());
    Ok(Value::NONE)
}

fn finalize(t: &Thread, v: &Value) {
    let Some(scan) = v.opaque::<Scan>() else { return };
    let stream = scan.stream.lock().expect("no panic under this lock").take();
    if stream.is_some() {
        let text = protocol::repr_text(t, v).unwrap_or_default();
        let message = format!("unclosed scandir iterator {text}");
        if let Err(raised) = crate::objects::warn::warn(t, |types| &types.resource_warning, &message) {
            t.unraisable(raised, "Exception ignored in", Some(v));
        }
    }
}

fn iter(_t: &Thread, v: &Value) -> R {
    Ok(v.clone())
}

fn enter(_t: &Thread, v: &Value) -> R {
    Ok(v.clone())
}

fn exit(t: &Thread, v: &Value, _args: &[Value]) -> R {
    close(t, v)
}

fn found_of<'a>(t: &Thread, v: &'a Value) -> R<&'a Found> {
    v.opaque::<Found>().ok_or_else(|| t.type_error("a DirEntry is required"))
}

/// The entry's `stat_result`, asked for once.
fn stat_of(t: &Thread, v: &Value, follow: bool) -> R {
    let found = found_of(t, v)?;
    let follow = follow && (found.kind == libc::DT_LNK || found.kind == libc::DT_UNKNOWN);
    let cache = if follow { &found.stat } else { &found.lstat };
    if let Some(known) = cache.get(t) {
        return Ok(known);
    }
    let p = path::convert(t, &found.path, "stat", "path", Also::Nothing)?;
    let result = stat::stat_path(t, "stat", &p, found.dir.unwrap_or(libc::AT_FDCWD), follow)?;
    cache.set(result.clone());
    Ok(result)
}

fn entry_stat(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    stat_of(t, v, flag_or(t, &a[0], true)?)
}

/// Whether the entry is of that type (`DT_DIR` and `S_IFDIR`, or the like).
fn is_kind(t: &Thread, v: &Value, follow: bool, kind: u8) -> R<bool> {
    let found = found_of(t, v)?;
    if found.kind != libc::DT_UNKNOWN && !(follow && found.kind == libc::DT_LNK) {
        return Ok(found.kind == kind);
    }
    let Some(result) = t.catch(stat_of(t, v, follow), |types| &types.file_not_found_error)? else {
        return Ok(false);
    };
    let mode = int::as_i64(&protocol::getattr_str(t, &result, "st_mode")?).unwrap_or(0);
    // `DT_` numbers are the type bits of a mode, shifted down.
    Ok((mode & i64::from(libc::S_IFMT)) >> 12 == i64::from(kind))
}

fn is_dir(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    is_kind(t, v, flag_or(t, &a[0], true)?, libc::DT_DIR).map(Value::bool)
}

fn is_file(t: &Thread, v: &Value, a: &[Option<Value>]) -> R {
    is_kind(t, v, flag_or(t, &a[0], true)?, libc::DT_REG).map(Value::bool)
}

fn is_symlink(t: &Thread, v: &Value) -> R {
    is_kind(t, v, false, libc::DT_LNK).map(Value::bool)
}

fn is_junction(_t: &Thread, _v: &Value) -> R {
    Ok(Value::FALSE)
}

fn inode(t: &Thread, v: &Value) -> R {
    Ok(int::from_u64(t, found_of(t, v)?.inode))
}

fn entry_name(t: &Thread, v: &Value) -> R {
    Ok(found_of(t, v)?.name.clone())
}

fn entry_path(t: &Thread, v: &Value) -> R {
    Ok(found_of(t, v)?.path.clone())
}

fn entry_repr(t: &Thread, v: &Value) -> R {
    Ok(t.str(format!("<DirEntry {}>", protocol::repr_text(t, &found_of(t, v)?.name)?)))
}

static ITERATOR: Spec = Spec {
    slots: Slots {
        iter: Some(iter),
        next: Some(next),
        finalize: Some(finalize),
        ..opaque::spec::<Scan>("posix.ScandirIterator").slots
    },
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    methods: &[
        Def::new("__enter__", Func::NoArgs(enter), "", ""),
        Def::new("__exit__", Func::VarPos(exit), "", ""),
        Def::new("close", Func::NoArgs(close), "", ""),
    ],
    ..opaque::spec::<Scan>("posix.ScandirIterator")
};

static ENTRY: Spec = Spec {
    slots: Slots { repr: Some(entry_repr), ..opaque::spec::<Found>("posix.DirEntry").slots },
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    methods: &[
        Def::new(
            "is_dir",
            Func::Bound(is_dir),
            "($self, /, *, follow_symlinks=True)",
            "Return True if the entry is a directory; cached per entry.",
        ),
        Def::new(
            "is_file",
            Func::Bound(is_file),
            "($self, /, *, follow_symlinks=True)",
            "Return True if the entry is a file; cached per entry.",
        ),
        Def::new(
            "is_symlink",
            Func::NoArgs(is_symlink),
            "($self, /)",
            "Return True if the entry is a symbolic link; cached per entry.",
        ),
        Def::new(
            "is_junction",
            Func::NoArgs(is_junction),
            "($self, /)",
            "Return True if the entry is a junction; cached per entry.",
        ),
        Def::new(
            "stat",
            Func::Bound(entry_stat),
            "($self, /, *, follow_symlinks=True)",
            "Return stat_result object for the entry; cached per entry.",
        ),
        Def::new("inode", Func::NoArgs(inode), "($self, /)", "Return inode of the entry; cached per entry."),
        Def::new("__fspath__", Func::NoArgs(entry_path), "($self, /)", "Returns the path for the entry."),
        Def::class("__class_getitem__", Func::One(crate::objects::container::class_getitem), "", "See PEP 585"),
    ],
    getset: &[
        GetSet::member("name", entry_name, "the entry's base filename, relative to scandir() \"path\" argument"),
        GetSet::member(
            "path",
            entry_path,
            "the entry's full path name; equivalent to\nos.path.join(scandir_path, entry.name)",
        ),
    ],
    ..opaque::spec::<Found>("posix.DirEntry")
};

/// Adds the type of the entries.
pub fn add(t: &Thread, module: &Module) {
    module.set(t, "DirEntry", module_type(t, &ENTRY));
}

pub const FUNCTIONS: &[Def] = &[Def::new(
    "scandir",
    Func::Bound(scandir),
    "($module, /, path=None)",
    "Return an iterator of DirEntry objects for given path.\n\npath can be specified as either str, bytes, or a path-like object.  If\npath is bytes, the names of yielded DirEntry objects will also be bytes;\nin all other circumstances they will be str.\n\nIf path is None, uses the path='.'.",
)];
