//! The packaged library's files for system calls: they appear below the binary's own path, where the system finds
//! nothing but `ENOTDIR`. Whoever gets that asks here, so that nothing else pays for it.
//!
//! They can be asked about, listed and read, not written. An open one is a sealed file in memory, a descriptor like any
//! other. Other processes do not see them, and a folder cannot be opened, nor can one change to it.

use super::{errno, set_errno};
use crate::import::library::{self, Kind};
use std::ffi::CStr;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};

/// The path in the library, and what lies there.
fn find(name: &CStr) -> Option<(String, Kind)> {
    let name = name.to_str().ok()?;
    if !name.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let path = format!("/{}", parts.join("/"));
    let inside = match library::inside(&path) {
        Some(inside) => inside.to_owned(),
        // `lib`, between the binary and the library.
        None => return (library::root().strip_suffix("/python3.14") == Some(&path)).then_some((path, Kind::Folder)),
    };
    let kind = library::kind(&inside)?;
    Some((inside, kind))
}

/// Asks the library, if the system said that there is no such place.
fn asked(error: i32, name: &CStr) -> Option<(String, Kind)> {
    if error == libc::ENOTDIR { find(name) } else { None }
}

/// Opens a file for reading where the system failed with that error.
pub fn open(error: i32, name: &CStr, flags: i32) -> Result<i32, i32> {
    let Some((path, Kind::File)) = asked(error, name) else { return Err(error) };
    if flags & libc::O_ACCMODE != libc::O_RDONLY || flags & (libc::O_TRUNC | libc::O_APPEND) != 0 {
        return Err(libc::EROFS);
    }
    if flags & libc::O_CREAT != 0 && flags & libc::O_EXCL != 0 {
        return Err(libc::EEXIST);
    }
    if flags & libc::O_DIRECTORY != 0 {
        return Err(libc::ENOTDIR);
    }
    let bytes = library::source(&path).ok_or(libc::ENOENT)?;
    // SAFETY: the name ends with a zero.
    let fd = unsafe { libc::memfd_create(c"library".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
    if fd < 0 {
        return Err(errno());
    }
    // SAFETY: the descriptor is ours.
    let mut file = unsafe { std::fs::File::from_raw_fd(fd) };
    file.write_all(&bytes).map_err(|error| error.raw_os_error().unwrap_or(libc::EIO))?;
    // SAFETY: takes numbers.
    unsafe {
        libc::lseek(file.as_raw_fd(), 0, libc::SEEK_SET);
        let seals = libc::F_SEAL_WRITE | libc::F_SEAL_GROW | libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL;
        libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals);
    }
    Ok(file.into_raw_fd())
}

/// What `stat` says of a file or folder where the system failed with that error: as of the binary, but for size and type.
pub fn stat(error: i32, name: &CStr) -> Option<libc::stat> {
    let (path, kind) = asked(error, name)?;
    let binary = std::ffi::CString::new(std::env::current_exe().ok()?.into_os_string().into_encoded_bytes()).ok()?;
    let mut found = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: room for the answer; the name ends with a zero.
    if unsafe { libc::stat(binary.as_ptr(), found.as_mut_ptr()) } < 0 {
        set_errno(error);
        return None;
    }
    // SAFETY: the call filled it.
    let mut found = unsafe { found.assume_init() };
    found.st_mode = match kind {
        Kind::File => libc::S_IFREG | 0o444,
        Kind::Folder => libc::S_IFDIR | 0o555,
    };
    found.st_size = library::size(&path).unwrap_or(0) as i64;
    found.st_blocks = (found.st_size + 511) / 512;
    // FNV, so that two files are not the same one.
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    found.st_ino ^= path.bytes().fold(0xcbf2_9ce4_8422_2325, mix) >> 1;
    Some(found)
}

/// Whether a file or folder can be used like that (`access`), where the system failed with that error.
pub fn access(error: i32, name: &CStr, mode: i32) -> bool {
    match asked(error, name) {
        Some((_, Kind::Folder)) => mode & libc::W_OK == 0,
        Some((_, Kind::File)) => mode & (libc::W_OK | libc::X_OK) == 0,
        None => false,
    }
}

/// What lies in a folder, where the system failed with that error.
pub fn list(error: i32, name: &CStr) -> Option<Vec<(&'static str, Kind)>> {
    let (path, _) = asked(error, name)?;
    if path.starts_with('/') {
        return Some(vec![("python3.14", Kind::Folder)]);
    }
    library::list(&path)
}
