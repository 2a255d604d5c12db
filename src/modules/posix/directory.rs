//! Directories: their contents, making and removing them, the current one.

use crate::import::library::Kind;
use crate::modules::system::path::{self, Also, Path};
use crate::modules::system::{self, c_int_or, given, packaged};
use crate::objects::bytes::Bytes;
use crate::objects::list::List;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::CStr;

/// An open directory stream.
pub enum Stream {
    System(*mut libc::DIR),
    /// A folder of the packaged library.
    Packaged(std::vec::IntoIter<(&'static str, Kind)>),
}

// SAFETY: it is used by one thread at a time: its owner guards it.
unsafe impl Send for Stream {}

/// An entry of a directory.
pub struct Entry {
    pub name: Vec<u8>,
    pub inode: u64,
    /// `DT_REG` and the like.
    pub kind: u8,
}

impl Stream {
    /// Opens the directory that a path names.
    pub fn open(t: &Thread, p: &Path) -> R<Stream> {
        let (dir, error) = t.blocking(|| {
            // SAFETY: the name ends with a zero; the duplicate belongs to the stream.
            let dir = unsafe {
                match p.fd {
                    Some(fd) => match libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) {
                        -1 => std::ptr::null_mut(),
                        copy => {
                            let dir = libc::fdopendir(copy);
                            if dir.is_null() {
                                let error = system::errno();
                                libc::close(copy);
                                system::set_errno(error);
                            } else {
                                libc::rewinddir(dir);
                            }
                            dir
                        }
                    },
                    None => libc::opendir(p.ptr()),
                }
            };
            (dir, if dir.is_null() { system::errno() } else { 0 })
        });
        if !dir.is_null() {
            return Ok(Stream::System(dir));
        }
        match packaged::list(error, p.name()) {
            Some(entries) => Ok(Stream::Packaged(entries.into_iter())),
            None => Err(t.os_error_with(error, p.files())),
        }
    }

    /// The next entry besides `.` and `..`; `Err` is the error number.
    pub fn next(&mut self, t: &Thread) -> Result<Option<Entry>, i32> {
        let dir = match self {
            Stream::System(dir) => *dir,
            Stream::Packaged(entries) => {
                return Ok(entries.next().map(|(name, kind)| {
                    let kind = if kind == Kind::Folder { libc::DT_DIR } else { libc::DT_REG };
                    Entry { name: name.into(), inode: 1, kind }
                }));
            }
        };
        t.blocking(|| {
            loop {
                system::set_errno(0);
                // SAFETY: the stream is open; the entry is valid until the next call.
                let entry = unsafe { libc::readdir(dir).as_ref() };
                let Some(entry) = entry else {
                    return match system::errno() {
                        0 => Ok(None),
                        error => Err(error),
                    };
                };
                // SAFETY: the name ends with a zero.
                let name = unsafe { CStr::from_ptr(entry.d_name.as_ptr()) }.to_bytes();
                if name != b"." && name != b".." {
                    return Ok(Some(Entry { name: name.to_vec(), inode: entry.d_ino, kind: entry.d_type }));
                }
            }
        })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let Stream::System(dir) = *self else { return };
        // SAFETY: the stream is open and belongs to us. Rewound: a descriptor it was made from shares its place.
        unsafe {
            libc::rewinddir(dir);
            libc::closedir(dir);
        }
    }
}

fn listdir(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::convert(t, given(&a[0]), "listdir", "path", Also::FdOrNone)?;
    let mut stream = Stream::open(t, &p)?;
    let mut names = Vec::new();
    loop {
        match stream.next(t) {
            Ok(Some(entry)) => names.push(p.make(t, &entry.name)),
            Ok(None) => return Ok(List::make(t, names)),
            Err(error) => return Err(t.os_error_with(error, p.files())),
        }
    }
}

fn cwd(t: &Thread) -> R<Vec<u8>> {
    let mut buffer = vec![0u8; 4096];
    loop {
        let place = buffer.as_mut_ptr().cast();
        let size = buffer.len();
        let error = t.blocking(|| {
            // SAFETY: the buffer has that size.
            if unsafe { libc::getcwd(place, size) }.is_null() { system::errno() } else { 0 }
        });
        match error {
            0 => {
                let end = buffer.iter().position(|&b| b == 0).unwrap_or(0);
                buffer.truncate(end);
                return Ok(buffer);
            }
            libc::ERANGE => buffer.resize(buffer.len() * 2, 0),
            error => return Err(t.os_error(error)),
        }
    }
}

fn getcwd(t: &Thread, _m: &Value) -> R {
    Ok(path::decode(t, &cwd(t)?))
}

fn getcwdb(t: &Thread, _m: &Value) -> R {
    Ok(Bytes::make(t, &cwd(t)?))
}

fn mkdir(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], "mkdir")?;
    let (mode, dir) = (c_int_or(t, &a[1], 0o777)?, path::dir_fd(t, &a[2])?);
    // SAFETY: the name ends with a zero.
    system::call_on(t, p.files(), || unsafe { libc::mkdirat(dir, p.ptr(), mode as libc::mode_t) })?;
    Ok(Value::NONE)
}

fn rmdir(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], "rmdir")?;
    let dir = path::dir_fd(t, &a[1])?;
    // SAFETY: the name ends with a zero.
    system::call_on(t, p.files(), || unsafe { libc::unlinkat(dir, p.ptr(), libc::AT_REMOVEDIR) })?;
    Ok(Value::NONE)
}

fn chdir(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::convert(t, given(&a[0]), "chdir", "path", Also::Fd)?;
    system::call_on(t, p.files(), || {
        // SAFETY: the name ends with a zero.
        unsafe {
            match p.fd {
                Some(fd) => libc::fchdir(fd),
                None => libc::chdir(p.ptr()),
            }
        }
    })?;
    Ok(Value::NONE)
}

fn fchdir(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let fd = path::fildes(t, &a[0])?;
    // SAFETY: takes a number.
    system::call(t, || unsafe { libc::fchdir(fd) })?;
    Ok(Value::NONE)
}

fn chroot(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let p = path::plain(t, &a[0], "chroot")?;
    // SAFETY: the name ends with a zero.
    system::call_on(t, p.files(), || unsafe { libc::chroot(p.ptr()) })?;
    Ok(Value::NONE)
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "listdir",
        Func::Bound(listdir),
        "($module, /, path=None)",
        "Return a list containing the names of the files in the directory.\n\npath can be specified as either str, bytes, or a path-like object.  If\npath is bytes, the filenames returned will also be bytes; in all other\ncircumstances the filenames returned will be str.\nIf path is None, uses the path='.'.\nOn some platforms, path may also be specified as an open file\ndescriptor; the file descriptor must refer to a directory.  If this\nfunctionality is unavailable, using it raises NotImplementedError.\n\nThe list is in arbitrary order.  It does not include the special\nentries '.' and '..' even if they are present in the directory.",
    ),
    Def::new(
        "getcwd",
        Func::NoArgs(getcwd),
        "($module, /)",
        "Return a unicode string representing the current working directory.",
    ),
    Def::new(
        "getcwdb",
        Func::NoArgs(getcwdb),
        "($module, /)",
        "Return a bytes string representing the current working directory.",
    ),
    Def::new(
        "mkdir",
        Func::Bound(mkdir),
        "($module, /, path, mode=511, *, dir_fd=None)",
        "Create a directory.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError.\n\nThe mode argument is ignored on Windows.  Where it is used, the current\numask value is first masked out.",
    ),
    Def::new(
        "rmdir",
        Func::Bound(rmdir),
        "($module, /, path, *, dir_fd=None)",
        "Remove a directory.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative\nto that directory.\ndir_fd may not be implemented on your platform.\nIf it is unavailable, using it will raise a NotImplementedError.",
    ),
    Def::new(
        "chdir",
        Func::Bound(chdir),
        "($module, /, path)",
        "Change the current working directory to the specified path.\n\npath may always be specified as a string.  On some platforms, path may\nalso be specified as an open file descriptor.  If this functionality is\nunavailable, using it raises an exception.",
    ),
    Def::new(
        "fchdir",
        Func::Bound(fchdir),
        "($module, /, fd)",
        "Change to the directory of the given file descriptor.\n\nfd must be opened on a directory, not a file.\nEquivalent to os.chdir(fd).",
    ),
    Def::new("chroot", Func::Bound(chroot), "($module, /, path)", "Change root directory to path."),
];
