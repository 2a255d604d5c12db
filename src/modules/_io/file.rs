//! `FileIO`: a raw stream over a file descriptor.

use super::{FLAGS, base, bool_field, closed_error, position, unsupported};
use crate::modules::native_type::Signature;
use crate::modules::posix::descriptor::{close_fd, set_inheritable_fd, write_once};
use crate::modules::system::{self, c_int, flag_or, given, not_none, path};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicBool, AtomicI8, AtomicI32, AtomicI64, AtomicU8, Ordering::*};

/// What a mode string asks for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Mode {
    created: bool,
    readable: bool,
    writable: bool,
    appending: bool,
}

impl Mode {
    fn bits(self) -> u8 {
        self.created as u8 | (self.readable as u8) << 1 | (self.writable as u8) << 2 | (self.appending as u8) << 3
    }

    fn from_bits(bits: u8) -> Mode {
        let has = |bit: u8| bits & bit != 0;
        Mode { created: has(1), readable: has(2), writable: has(4), appending: has(8) }
    }

    /// `FileIO.mode`.
    fn text(self) -> &'static str {
        match (self.created, self.appending, self.readable, self.writable) {
            (true, _, true, _) => "xb+",
            (true, _, false, _) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, false, _) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, false) => "rb",
            _ => "wb",
        }
    }
}

/// The payload.
pub struct FileIo {
    /// -1 when closed.
    fd: AtomicI32,
    mode: AtomicU8,
    /// Whether closing the stream closes the descriptor.
    closefd: AtomicBool,
    /// The finalizer closes it.
    finalizing: AtomicBool,
    /// 1 or 0 once it is known whether the file can seek; -1 before.
    seekable: AtomicI8,
    block_size: AtomicI64,
    /// Size of the file when it was opened: how much `readall` is to expect. -1 if unknown.
    size: AtomicI64,
}

impl Native for FileIo {}

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let payload = FileIo {
        fd: AtomicI32::new(-1),
        mode: AtomicU8::new(0),
        closefd: AtomicBool::new(true),
        finalizing: AtomicBool::new(false),
        seekable: AtomicI8::new(-1),
        block_size: AtomicI64::new(super::DEFAULT_BUFFER_SIZE as i64),
        size: AtomicI64::new(-1),
    };
    opaque::new(t, class.cast::<Type>().expect("a class"), payload)
}

/// The payload of a `FileIO` or an instance of a subclass.
pub fn of<'a>(t: &Thread, v: &'a Value) -> R<&'a FileIo> {
    v.opaque::<FileIo>().ok_or_else(|| t.type_error("a FileIO is required"))
}

/// The payload with its descriptor; `ValueError` if it is closed.
fn open_of<'a>(t: &Thread, v: &'a Value) -> R<(&'a FileIo, i32)> {
    let this = of(t, v)?;
    match this.fd.load(Relaxed) {
        -1 => Err(closed_error(t)),
        fd => Ok((this, fd)),
    }
}

fn parse_mode(t: &Thread, text: &str) -> R<(Mode, i32)> {
    let bad = || t.value_error("Must have exactly one of create/read/write/append mode and at most one plus");
    let (mut mode, mut flags, mut kind, mut plus) = (Mode::default(), 0, false, false);
    for c in text.chars() {
        match c {
            'x' | 'r' | 'w' | 'a' if kind => return Err(bad()),
            'x' => {
                (mode.created, mode.writable) = (true, true);
                flags |= libc::O_EXCL | libc::O_CREAT;
            }
            'r' => mode.readable = true,
            'w' => {
                mode.writable = true;
                flags |= libc::O_CREAT | libc::O_TRUNC;
            }
            'a' => {
                (mode.writable, mode.appending) = (true, true);
                flags |= libc::O_APPEND | libc::O_CREAT;
            }
            'b' => {}
            '+' if plus => return Err(bad()),
            '+' => plus = true,
            _ => return Err(t.value_error(format!("invalid mode: {text}"))),
        }
        kind |= matches!(c, 'x' | 'r' | 'w' | 'a');
    }
    if !kind {
        return Err(bad());
    }
    if plus {
        (mode.readable, mode.writable) = (true, true);
    }
    flags |= match (mode.readable, mode.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    Ok((mode, flags | libc::O_CLOEXEC))
}

static SIGNATURE: Signature = Signature::new("FileIO", "(file, mode='r', closefd=True, opener=None)");

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let a = SIGNATURE.bind::<4>(t, args)?;
    let this = of(t, v)?;
    // Initialized anew: what was open is closed.
    if this.fd.load(Relaxed) >= 0 {
        if this.closefd.load(Relaxed) {
            internal_close(t, this)?;
        } else {
            this.fd.store(-1, Relaxed);
        }
    }
    let file = given(&a[0]);
    let text = match &a[1] {
        Some(m) => match m.cast::<Str>() {
            Some(s) => s.to_str_lossy().into_owned(),
            None => {
                return Err(
                    t.type_error(format!("FileIO() argument 'mode' must be str, not {}", m.type_of(t).name_str()))
                );
            }
        },
        None => "r".to_owned(),
    };
    if text.contains('\0') {
        return Err(t.value_error("embedded null character"));
    }
    let closefd = flag_or(t, &a[2], true)?;
    let number = descriptor_arg(t, file)?;
    let (mode, flags) = parse_mode(t, &text)?;
    this.mode.store(mode.bits(), Relaxed);
    this.seekable.store(-1, Relaxed);
    this.size.store(-1, Relaxed);
    let opened = match number {
        Some(fd) => {
            this.closefd.store(closefd, Relaxed);
            fd
        }
        None => {
            this.closefd.store(true, Relaxed);
            if !closefd {
                return Err(t.value_error("Cannot use closefd=False with file name"));
            }
            open_file(t, file, not_none(&a[3]), flags)?
        }
    };
    this.fd.store(opened, Relaxed);
    let result = finish_init(t, v, this, file, opened, mode);
    if result.is_err() && number.is_some() {
        // The caller's descriptor stays the caller's.
        this.fd.store(-1, Relaxed);
    } else if result.is_err() {
        this.fd.store(-1, Relaxed);
        _ = close_fd(t, opened);
    }
    result
}

/// A descriptor given as a number; `None` for anything else.
fn descriptor_arg(t: &Thread, file: &Value) -> R<Option<i32>> {
    system::warn_bool(t, file)?;
    if !int::is_int(file) {
        return Ok(None);
    }
    match c_int(t, file)? {
        fd if fd < 0 => Err(t.value_error("negative file descriptor")),
        fd => Ok(Some(fd)),
    }
}

fn open_file(t: &Thread, file: &Value, opener: Option<&Value>, flags: i32) -> R<i32> {
    let name = path::fs_converter(t, file)?;
    let Some(opener) = opener else {
        let files = std::slice::from_ref(file);
        // SAFETY: the name ends with a zero.
        let opened = system::attempt(t, || unsafe { libc::open(name.as_ptr(), flags, 0o666) })?;
        let opened = opened.or_else(|error| system::packaged::open(error, &name, flags));
        return opened.map_err(|error| t.os_error_with(error, files));
    };
    let result = protocol::call(t, opener, &[file.clone(), Value::small(flags.into())])?;
    if !int::is_int(&result) {
        return Err(t.type_error("expected integer from opener"));
    }
    let fd = c_int(t, &result)?;
    if fd < 0 {
        return Err(t.value_error(format!("opener returned {fd}")));
    }
    set_inheritable_fd(t, fd, false)?;
    Ok(fd)
}

fn finish_init(t: &Thread, v: &Value, this: &FileIo, file: &Value, fd: i32, mode: Mode) -> R<()> {
    // SAFETY: `place` has room for a `struct stat`.
    match crate::modules::posix::stat::raw(t, |place| unsafe { libc::fstat(fd, place) })? {
        Ok(st) => {
            if st.st_mode & libc::S_IFMT == libc::S_IFDIR {
                return Err(t.os_error_with(libc::EISDIR, std::slice::from_ref(file)));
            }
            if st.st_blksize > 1 {
                this.block_size.store(st.st_blksize, Relaxed);
            }
            this.size.store(st.st_size, Relaxed);
        }
        Err(libc::EBADF) => return Err(t.os_error_with(libc::EBADF, std::slice::from_ref(file))),
        // Some other failure is no reason not to read and write.
        Err(_) => {}
    }
    protocol::setattr(t, v, &t.names().name, Some(file))?;
    if mode.appending {
        // For `tell`. A stream that cannot seek is none the worse for it.
        // SAFETY: takes numbers.
        t.blocking(|| unsafe { libc::lseek(fd, 0, libc::SEEK_END) });
    }
    Ok(())
}

fn internal_close(t: &Thread, this: &FileIo) -> R<()> {
    match this.fd.swap(-1, Relaxed) {
        -1 => Ok(()),
        fd => close_fd(t, fd).map_err(|error| t.os_error(error)),
    }
}

/// Warns of a file that nobody closed.
fn dealloc_warn(t: &Thread, v: &Value, source: &Value) -> R {
    let this = of(t, v)?;
    if this.fd.load(Relaxed) >= 0 && this.closefd.load(Relaxed) {
        let saved = t.take_raised();
        let text = protocol::repr_text(t, source).unwrap_or_default();
        let message = format!("unclosed file {text}");
        if let Err(raised) = crate::objects::warn::warn(t, |types| &types.resource_warning, &message) {
            if t.raised_is(&raised, &t.types().warning) {
                t.unraisable(raised, "Exception ignored in", Some(v));
            } else {
                drop(t.take_exception(raised));
            }
        }
        t.put_raised(saved);
    }
    Ok(Value::NONE)
}

fn close(t: &Thread, v: &Value) -> R {
    let this = of(t, v)?;
    let closed = base::close(t, v);
    if !this.closefd.load(Relaxed) {
        this.fd.store(-1, Relaxed);
        return closed;
    }
    if this.finalizing.load(Relaxed) {
        dealloc_warn(t, v, v)?;
    }
    super::both(t, closed, || internal_close(t, this).map(|()| Value::NONE))
}

/// `UnsupportedOperation` unless the mode allows it.
fn need(t: &Thread, allowed: bool, what: &str) -> R<()> {
    if allowed { Ok(()) } else { Err(unsupported(t, &format!("File not open for {what}"))) }
}

fn mode_of(this: &FileIo) -> Mode {
    Mode::from_bits(this.mode.load(Relaxed))
}

/// Reads once into memory that is not Python's: the number of bytes, or `None` if it would block.
pub fn read_into(t: &Thread, v: &Value, place: &mut [u8]) -> R<Option<usize>> {
    let (this, fd) = open_of(t, v)?;
    need(t, mode_of(this).readable, "reading")?;
    read_fd(t, fd, place.as_mut_ptr(), place.len())
}

fn read_fd(t: &Thread, fd: i32, place: *mut u8, room: usize) -> R<Option<usize>> {
    let room = room.min(isize::MAX as usize);
    system::ready::before_read(t, fd)?;
    // SAFETY: the place has that room; it is not moved meanwhile.
    match system::attempt(t, || unsafe { libc::read(fd, place.cast(), room) })? {
        Ok(n) => Ok(Some(n as usize)),
        Err(libc::EAGAIN) => Ok(None),
        Err(error) => Err(t.os_error(error)),
    }
}

/// Writes once: the number of bytes, or `None` if it would block.
pub fn write_from(t: &Thread, v: &Value, data: &[u8]) -> R<Option<usize>> {
    let (this, fd) = open_of(t, v)?;
    need(t, mode_of(this).writable, "writing")?;
    match write_once(t, fd, data)? {
        Ok(n) => Ok(Some(n)),
        Err(libc::EAGAIN) => Ok(None),
        Err(error) => Err(t.os_error(error)),
    }
}

fn read(t: &Thread, v: &Value, a: &[Value]) -> R {
    let (this, fd) = open_of(t, v)?;
    need(t, mode_of(this).readable, "reading")?;
    let Ok(size) = usize::try_from(super::size_arg(t, a.first())?) else { return readall(t, v) };
    // As much as one call can give.
    let size = size.min(0x7FFF_F000);
    let mut data: Vec<u8> = Vec::new();
    if data.try_reserve_exact(size).is_err() {
        return Err(t.memory_error());
    }
    let Some(n) = read_fd(t, fd, data.as_mut_ptr(), size)? else { return Ok(Value::NONE) };
    // SAFETY: the call filled `n` bytes.
    unsafe { data.set_len(n) };
    Bytes::try_make(t, &data)
}

/// Reads to the end; `None` if there is nothing yet and it would block.
pub fn read_all(t: &Thread, v: &Value) -> R<Option<Vec<u8>>> {
    let (this, fd) = open_of(t, v)?;
    need(t, mode_of(this).readable, "reading")?;
    let size = this.size.load(Relaxed);
    let mut guess = 8192;
    if size > 0 {
        // SAFETY: takes numbers.
        let at = t.blocking(|| unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) });
        if at >= 0 && size >= at {
            // One byte more, to see the end without growing.
            guess = (size - at) as usize + 1;
        }
    }
    let mut data: Vec<u8> = Vec::new();
    let mut wanted = guess;
    loop {
        if data.try_reserve(wanted).is_err() {
            return Err(t.memory_error());
        }
        let room = data.spare_capacity_mut();
        let (place, space) = (room.as_mut_ptr().cast::<u8>(), room.len().min(0x7FFF_F000));
        match read_fd(t, fd, place, space)? {
            None if data.is_empty() => return Ok(None),
            None | Some(0) => return Ok(Some(data)),
            // SAFETY: the call filled `n` bytes behind the length.
            Some(n) => unsafe { data.set_len(data.len() + n) },
        }
        // Grows faster while the file proves to be large.
        wanted = match data.capacity() - data.len() {
            0 => (data.len() / 8).max(256 * 1024),
            _ => 1,
        };
    }
}

fn readall(t: &Thread, v: &Value) -> R {
    match read_all(t, v)? {
        Some(data) => Bytes::try_make(t, &data),
        None => Ok(Value::NONE),
    }
}

fn readinto(t: &Thread, v: &Value, target: &Value) -> R {
    let (this, fd) = open_of(t, v)?;
    need(t, mode_of(this).readable, "reading")?;
    let place = buffer::writable(t, target, "readinto() argument")?;
    let n = read_fd(t, fd, place.ptr(), place.len())?;
    Ok(n.map_or(Value::NONE, |n| int::from_usize(t, n)))
}

fn write(t: &Thread, v: &Value, data: &Value) -> R {
    let (this, _) = open_of(t, v)?;
    need(t, mode_of(this).writable, "writing")?;
    let data = buffer::bytes_like(t, data)?;
    let n = write_from(t, v, &data)?;
    Ok(n.map_or(Value::NONE, |n| int::from_usize(t, n)))
}

/// Moves the position; the new one.
pub fn seek_to(t: &Thread, v: &Value, at: i64, whence: i32) -> R<i64> {
    let (this, fd) = open_of(t, v)?;
    // SAFETY: takes numbers.
    let answer = system::attempt(t, || unsafe { libc::lseek(fd, at, whence) })?;
    if this.seekable.load(Relaxed) < 0 {
        this.seekable.store(answer.is_ok() as i8, Relaxed);
    }
    answer.map_err(|error| t.os_error(error))
}

fn seek(t: &Thread, v: &Value, a: &[Value]) -> R {
    open_of(t, v)?;
    let whence = a.get(1).map_or(Ok(0), |w| c_int(t, w))?;
    let at = seek_position(t, &a[0])?;
    Ok(int::from_i64(t, seek_to(t, v, at, whence)?))
}

fn seek_position(t: &Thread, v: &Value) -> R<i64> {
    if v.type_of(t).slots().nb_index.is_none() && !int::is_int(v) {
        return Err(t.type_error(format!("'{}' object cannot be interpreted as an integer", v.type_of(t).name_str())));
    }
    int::arg_i64(t, v)
}

fn tell(t: &Thread, v: &Value) -> R {
    Ok(int::from_i64(t, seek_to(t, v, 0, libc::SEEK_CUR)?))
}

fn truncate(t: &Thread, v: &Value, a: &[Value]) -> R {
    let (this, fd) = open_of(t, v)?;
    need(t, mode_of(this).writable, "writing")?;
    let size = match a.first().filter(|s| !s.is_none()) {
        Some(size) => size.clone(),
        None => tell(t, v)?,
    };
    let length = position(t, &size)?;
    // SAFETY: takes numbers.
    system::call(t, || unsafe { libc::ftruncate(fd, length) })?;
    this.size.store(-1, Relaxed);
    Ok(size)
}

/// Whether the file can seek: found out once.
pub fn can_seek(t: &Thread, v: &Value) -> R<bool> {
    let (this, fd) = open_of(t, v)?;
    if this.seekable.load(Relaxed) < 0 {
        // SAFETY: takes numbers.
        let at = t.blocking(|| unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) });
        this.seekable.store((at >= 0) as i8, Relaxed);
    }
    Ok(this.seekable.load(Relaxed) == 1)
}

fn seekable(t: &Thread, v: &Value) -> R {
    can_seek(t, v).map(Value::bool)
}

fn readable(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(mode_of(open_of(t, v)?.0).readable))
}

fn writable(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(mode_of(open_of(t, v)?.0).writable))
}

fn fileno(t: &Thread, v: &Value) -> R {
    Ok(Value::small(open_of(t, v)?.1.into()))
}

fn isatty(t: &Thread, v: &Value) -> R {
    let fd = open_of(t, v)?.1;
    // SAFETY: takes a number.
    Ok(Value::bool(t.blocking(|| unsafe { libc::isatty(fd) }) == 1))
}

/// For `open`, which asks this of a file that it has just opened: a regular file is no terminal.
fn isatty_open_only(t: &Thread, v: &Value) -> R {
    isatty(t, v)
}

fn closed(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.fd.load(Relaxed) < 0))
}

fn closefd(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.closefd.load(Relaxed)))
}

fn mode(t: &Thread, v: &Value) -> R {
    Ok(t.str(mode_of(of(t, v)?).text()))
}

fn block_size(t: &Thread, v: &Value) -> R {
    Ok(int::from_i64(t, of(t, v)?.block_size.load(Relaxed)))
}

fn finalizing(t: &Thread, v: &Value) -> R {
    Ok(Value::bool(of(t, v)?.finalizing.load(Relaxed)))
}

fn set_finalizing(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let on = bool_field(t, value)?;
    of(t, v)?.finalizing.store(on, Relaxed);
    Ok(())
}

fn repr(t: &Thread, v: &Value) -> R {
    let this = of(t, v)?;
    let class = v.type_of(t).name_str();
    let fd = this.fd.load(Relaxed);
    if fd < 0 {
        return Ok(t.str(format!("<{class} [closed]>")));
    }
    let (mode, closefd) = (mode_of(this).text(), if this.closefd.load(Relaxed) { "True" } else { "False" });
    match protocol::getattr_opt(t, v, &t.names().name)? {
        None => Ok(t.str(format!("<{class} fd={fd} mode='{mode}' closefd={closefd}>"))),
        Some(name) => {
            let Some(_guard) = crate::objects::container::ReprGuard::enter(t, v) else {
                return Err(t.runtime_error(format!("reentrant call inside {class}.__repr__")));
            };
            let name = protocol::repr_text(t, &name)?;
            Ok(t.str(format!("<{class} name={name} mode='{mode}' closefd={closefd}>")))
        }
    }
}

/// `__getstate__` of streams: they cannot be pickled.
pub fn getstate(t: &Thread, v: &Value) -> R {
    Err(t.type_error(format!("cannot pickle '{}' instances", v.type_of(t).name_str())))
}

pub static SPEC: Spec = Spec {
    flags: FLAGS,
    doc: "FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nOpen a file.\n\nThe mode can be 'r' (default), 'w', 'x' or 'a' for reading,\nwriting, exclusive creation or appending.  The file will be created if it\ndoesn't exist when opened for writing or appending; it will be truncated\nwhen opened for writing.  A FileExistsError will be raised if it already\nexists when opened for creating. Opening a file for creating implies\nwriting so this mode behaves in a similar way to 'w'.Add a '+' to the mode\nto allow simultaneous reading and writing. A custom opener can be used by\npassing a callable as *opener*. The underlying file descriptor for the file\nobject is then obtained by calling opener with (*name*, *flags*).\n*opener* must return an open file descriptor (passing os.open as *opener*\nresults in functionality similar to passing None).",
    slots: Slots { repr: Some(repr), new: Some(new), init: Some(init), ..opaque::spec::<FileIo>("_io.FileIO").slots },
    methods: &[
        Def::new(
            "read",
            Func::Pos(read, 0, 1),
            "($self, size=-1, /)",
            "Read at most size bytes, returned as bytes.\n\nIf size is less than 0, read all bytes in the file making multiple\nread calls.  See ``FileIO.readall``.\n\nAttempts to make only one system call, retrying only per PEP 475\n(EINTR).  This means less data may be returned than requested.\n\nIn non-blocking mode, returns None if no data is available.  Return\nan empty bytes object at EOF.",
        ),
        Def::new(
            "readall",
            Func::NoArgs(readall),
            "($self, /)",
            "Read all data from the file, returned as bytes.\n\nReads until either there is an error or read() returns size 0\n(indicates EOF).  If the file is already at EOF, returns an empty\nbytes object.\n\nIn non-blocking mode, returns as much data as could be read before\nEAGAIN.  If no data is available (EAGAIN is returned before bytes\nare read) returns None.",
        ),
        Def::new("readinto", Func::One(readinto), "($self, buffer, /)", "Same as RawIOBase.readinto()."),
        Def::new(
            "write",
            Func::One(write),
            "($self, b, /)",
            "Write buffer b to file, return number of bytes written.\n\nOnly makes one system call, so not all of the data may be written.\nThe number of bytes actually written is returned.  In non-blocking\nmode, returns None if the write would block.",
        ),
        Def::new(
            "seek",
            Func::Pos(seek, 1, 2),
            "($self, pos, whence=0, /)",
            "Move to new file position and return the file position.\n\nArgument offset is a byte count.  Optional argument whence defaults\nto SEEK_SET or 0 (offset from start of file, offset should be >= 0);\nother values are SEEK_CUR or 1 (move relative to current position,\npositive or negative), and SEEK_END or 2 (move relative to end of\nfile, usually negative, although many platforms allow seeking beyond\nthe end of a file).\n\nNote that not all file objects are seekable.",
        ),
        Def::new(
            "tell",
            Func::NoArgs(tell),
            "($self, /)",
            "Current file position.\n\nCan raise OSError for non seekable files.",
        ),
        Def::new(
            "truncate",
            Func::Pos(truncate, 0, 1),
            "($self, size=None, /)",
            "Truncate the file to at most size bytes and return the truncated size.\n\nSize defaults to the current file position, as returned by tell().\nThe current file position is changed to the value of size.",
        ),
        Def::new(
            "close",
            Func::NoArgs(close),
            "($self, /)",
            "Close the file.\n\nA closed file cannot be used for further I/O operations.  close()\nmay be called more than once without error.",
        ),
        Def::new("seekable", Func::NoArgs(seekable), "($self, /)", "True if file supports random-access."),
        Def::new("readable", Func::NoArgs(readable), "($self, /)", "True if file was opened in a read mode."),
        Def::new("writable", Func::NoArgs(writable), "($self, /)", "True if file was opened in a write mode."),
        Def::new("fileno", Func::NoArgs(fileno), "($self, /)", "Return the underlying file descriptor (an integer)."),
        Def::new("isatty", Func::NoArgs(isatty), "($self, /)", "True if the file is connected to a TTY device."),
        Def::new("_isatty_open_only", Func::NoArgs(isatty_open_only), "($self, /)", ""),
        Def::new("_dealloc_warn", Func::One(dealloc_warn), "($self, object, /)", ""),
        Def::new("__getstate__", Func::NoArgs(getstate), "($self, /)", ""),
    ],
    getset: &[
        GetSet::member_rw("_finalizing", finalizing, set_finalizing, ""),
        GetSet::ro("closed", closed, "True if the file is closed"),
        GetSet::ro("closefd", closefd, "True if the file descriptor will be closed by close()."),
        GetSet::ro("mode", mode, "String giving the file mode"),
        GetSet::ro("_blksize", block_size, "Stat st_blksize if available"),
    ],
    ..opaque::spec::<FileIo>("_io.FileIO")
};

impl FileIo {
    /// Whether the descriptor was closed.
    pub fn is_closed(&self) -> bool {
        self.fd.load(Relaxed) < 0
    }
}
