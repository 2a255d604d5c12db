//! A zlib stream: compression or decompression under way.
//!
//! The library is `libz-rs-sys`, zlib in Rust with zlib's own C interface: the only one that can copy a stream.

use libz_rs_sys as z;
use std::ffi::CStr;

/// Which way data goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Deflate,
    Inflate,
}

/// How to compress: the arguments of `deflateInit2`.
pub struct Options {
    pub level: i32,
    pub method: i32,
    pub wbits: i32,
    pub mem_level: i32,
    pub strategy: i32,
}

/// A stream. One that has ended answers everything with `Z_STREAM_ERROR`.
pub struct Stream {
    /// In one place: its inner state may point back to it.
    raw: Box<z::z_stream>,
    direction: Direction,
}

// SAFETY: a stream owns what it points to between calls, and no thread is bound to it.
unsafe impl Send for Stream {}

/// Where output goes: as much room as it takes, up to a limit.
pub struct Output {
    bytes: Vec<u8>,
    limit: usize,
    /// Room to begin with.
    first: usize,
}

impl Output {
    /// No more than `limit` bytes, with room for `first` of them to begin with.
    pub fn new(limit: usize, first: usize) -> Output {
        Output { bytes: Vec::new(), limit, first: first.max(1) }
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= self.limit
    }

    /// Makes room where there is none; false if there is no such memory.
    fn make_room(&mut self) -> bool {
        if self.bytes.len() < self.bytes.capacity() {
            return true;
        }
        let more = self.bytes.len().max(self.first).min(self.limit - self.bytes.len());
        self.bytes.try_reserve_exact(more).is_ok()
    }

    /// Room that the next call may fill.
    fn room(&self) -> usize {
        let spare = self.bytes.capacity() - self.bytes.len();
        spare.min(self.limit - self.bytes.len()).min(u32::MAX as usize)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Stream {
    fn new(direction: Direction, open: impl FnOnce(*mut z::z_stream) -> i32) -> Result<Stream, i32> {
        let mut stream = Stream { raw: Box::default(), direction };
        match open(&mut *stream.raw) {
            z::Z_OK => Ok(stream),
            code => Err(code),
        }
    }

    /// A stream that compresses; or the library's error code.
    pub fn deflate(o: &Options) -> Result<Stream, i32> {
        let size = std::mem::size_of::<z::z_stream>() as i32;
        Stream::new(Direction::Deflate, |raw| {
            // SAFETY: a default stream, which stays where it is.
            unsafe {
                z::deflateInit2_(raw, o.level, o.method, o.wbits, o.mem_level, o.strategy, z::zlibVersion(), size)
            }
        })
    }

    /// A stream that decompresses; or the library's error code.
    pub fn inflate(wbits: i32) -> Result<Stream, i32> {
        let size = std::mem::size_of::<z::z_stream>() as i32;
        // SAFETY: a default stream, which stays where it is.
        Stream::new(Direction::Inflate, |raw| unsafe { z::inflateInit2_(raw, wbits, z::zlibVersion(), size) })
    }

    /// Another stream in the same state; or the library's error code.
    pub fn copy(&mut self) -> Result<Stream, i32> {
        // The library wants to see a place for output, though there is no room.
        self.raw.next_out = std::ptr::NonNull::dangling().as_ptr();
        let from = &mut *self.raw as *mut z::z_stream;
        // SAFETY: `from` is a stream of that direction, or one that has ended, which is refused.
        Stream::new(self.direction, |raw| unsafe {
            match self.direction {
                Direction::Deflate => z::deflateCopy(raw, from),
                Direction::Inflate => z::inflateCopy(raw, from),
            }
        })
    }

    /// Gives the stream a dictionary (of at most 4 GiB); returns the library's code.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        let length = u32::try_from(dictionary.len()).unwrap_or(u32::MAX);
        // SAFETY: the bytes are read during the call.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), length),
                Direction::Inflate => z::inflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), length),
            }
        }
    }

    /// One call of the library: takes input away and puts output behind. `true` if it used up the room.
    fn step(&mut self, input: &mut &[u8], out: &mut Output, flush: i32) -> (i32, bool) {
        let available = input.len().min(u32::MAX as usize);
        let room = out.room();
        let spare = out.bytes.spare_capacity_mut();
        let raw = &mut *self.raw;
        (raw.next_in, raw.avail_in) = (input.as_ptr(), available as u32);
        (raw.next_out, raw.avail_out) = (spare.as_mut_ptr().cast(), room as u32);
        // SAFETY: the stream reads the input and writes to the room during the call, no further.
        let code = unsafe {
            match self.direction {
                Direction::Deflate => z::deflate(raw, flush),
                Direction::Inflate => z::inflate(raw, flush),
            }
        };
        let written = room - (raw.avail_out as usize).min(room);
        let consumed = available - (raw.avail_in as usize).min(available);
        (raw.next_in, raw.avail_in) = (std::ptr::null(), 0);
        (raw.next_out, raw.avail_out) = (std::ptr::null_mut(), 0);
        // SAFETY: so many bytes of the room were written.
        unsafe { out.bytes.set_len(out.bytes.len() + written) };
        *input = &input[consumed..];
        (code, written == room)
    }

    /// Works until the input is used up, the stream ends, the output is as long as it may be, or something is
    /// wrong. `flush` is told whether all input is at hand. Returns the library's last code.
    pub fn run(&mut self, input: &mut &[u8], out: &mut Output, flush: impl Fn(bool) -> i32) -> i32 {
        let mut code = z::Z_OK;
        loop {
            if out.is_full() {
                return code;
            }
            if !out.make_room() {
                return z::Z_MEM_ERROR;
            }
            let before = (input.len(), out.bytes.len());
            let filled;
            (code, filled) = self.step(input, out, flush(input.len() <= u32::MAX as usize));
            match code {
                z::Z_OK | z::Z_BUF_ERROR => {}
                _ => return code,
            }
            if !filled && (input.is_empty() || before == (input.len(), out.bytes.len())) {
                return code;
            }
        }
    }

    /// What the library says is wrong.
    pub fn message(&self) -> Option<&str> {
        if self.raw.msg.is_null() {
            return None;
        }
        // SAFETY: the library's messages are constant C strings.
        unsafe { CStr::from_ptr(self.raw.msg) }.to_str().ok()
    }

    /// Gives the stream's memory back; returns the library's code.
    pub fn end(&mut self) -> i32 {
        // SAFETY: a stream of that direction; one that has ended is refused.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateEnd(&mut *self.raw),
                Direction::Inflate => z::inflateEnd(&mut *self.raw),
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.end();
    }
}
