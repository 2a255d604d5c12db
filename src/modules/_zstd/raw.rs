//! The library's streams, and the few functions that take any parameter number.

use crate::modules::compression::Done;
use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;
use zstd_sys as zs;

/// The range of a parameter.
#[repr(C)]
pub struct Bounds {
    pub error: usize,
    pub lower: c_int,
    pub upper: c_int,
}

// The crate has enumerations for these, which must not hold an unknown number.
unsafe extern "C" {
    fn ZSTD_cParam_getBounds(parameter: c_int) -> Bounds;
    fn ZSTD_dParam_getBounds(parameter: c_int) -> Bounds;
    fn ZSTD_CCtx_setParameter(context: *mut zs::ZSTD_CCtx, parameter: c_int, value: c_int) -> usize;
    fn ZSTD_DCtx_setParameter(context: *mut zs::ZSTD_DCtx, parameter: c_int, value: c_int) -> usize;
}

/// An error code of the library.
#[derive(Clone, Copy, Debug)]
pub struct Error(pub usize);

/// The library's answer, which may be an error.
pub fn answer(code: usize) -> Result<usize, Error> {
    // SAFETY: any number may be asked about.
    if unsafe { zs::ZSTD_isError(code) } != 0 { Err(Error(code)) } else { Ok(code) }
}

impl Error {
    pub fn text(self) -> String {
        // SAFETY: a constant C string for every number.
        unsafe { CStr::from_ptr(zs::ZSTD_getErrorName(self.0)) }.to_string_lossy().into_owned()
    }
}

/// Which way data goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Compress,
    Decompress,
}

/// The range of a parameter.
pub fn bounds(direction: Direction, parameter: i32) -> Result<(i32, i32), Error> {
    // SAFETY: any number may be asked about.
    let bounds = unsafe {
        match direction {
            Direction::Compress => ZSTD_cParam_getBounds(parameter),
            Direction::Decompress => ZSTD_dParam_getBounds(parameter),
        }
    };
    answer(bounds.error).map(|_| (bounds.lower, bounds.upper))
}

/// How a dictionary is used; the numbers are CPython's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    Digested = 0,
    Undigested = 1,
    Prefix = 2,
}

/// A stream that compresses.
pub struct Compression {
    context: *mut zs::ZSTD_CCtx,
    /// A prefix is read during the next frame.
    prefix: Option<Vec<u8>>,
}

// SAFETY: a context owns what it points to, or `prefix` does, and no thread is bound to it.
unsafe impl Send for Compression {}

impl Compression {
    pub fn new() -> Option<Compression> {
        // SAFETY: no condition.
        let context = unsafe { zs::ZSTD_createCCtx() };
        (!context.is_null()).then_some(Compression { context, prefix: None })
    }

    pub fn set(&mut self, parameter: i32, value: i32) -> Result<(), Error> {
        // SAFETY: an open context; any number is checked.
        answer(unsafe { ZSTD_CCtx_setParameter(self.context, parameter, value) }).map(drop)
    }

    /// Gives it a dictionary. It is read again for every frame, unless it is a prefix.
    pub fn load(&mut self, dictionary: &[u8], how: Use) -> Result<(), Error> {
        let (ptr, len) = (dictionary.as_ptr().cast(), dictionary.len());
        if how != Use::Prefix {
            // SAFETY: an open context, which copies the bytes.
            return answer(unsafe { zs::ZSTD_CCtx_loadDictionary(self.context, ptr, len) }).map(drop);
        }
        let kept = self.prefix.insert(dictionary.to_vec());
        // SAFETY: an open context; the bytes stay where they are as long as it does.
        answer(unsafe { zs::ZSTD_CCtx_refPrefix(self.context, kept.as_ptr().cast(), kept.len()) }).map(drop)
    }

    /// How much data the next frame will hold; `u64::MAX` for unknown.
    pub fn pledge(&mut self, size: u64) -> Result<(), Error> {
        // SAFETY: an open context.
        answer(unsafe { zs::ZSTD_CCtx_setPledgedSrcSize(self.context, size) }).map(drop)
    }

    /// Forgets an unfinished frame.
    pub fn reset(&mut self) {
        // SAFETY: an open context.
        unsafe { zs::ZSTD_CCtx_reset(self.context, zs::ZSTD_ResetDirective::ZSTD_reset_session_only) };
    }

    /// One call of the library. It has ended when all the input is compressed and, for a flush, written.
    pub fn step(
        &mut self,
        input: &mut &[u8],
        room: &mut [MaybeUninit<u8>],
        mode: zs::ZSTD_EndDirective,
    ) -> Result<Done, Error> {
        let mut source = zs::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        let mut target = zs::ZSTD_outBuffer { dst: room.as_mut_ptr().cast(), size: room.len(), pos: 0 };
        // SAFETY: the context reads the input and writes to the room during the call, no further.
        let code = unsafe { zs::ZSTD_compressStream2(self.context, &mut target, &mut source, mode) };
        let left = answer(code)?;
        *input = &input[source.pos..];
        let done = if mode == zs::ZSTD_EndDirective::ZSTD_e_continue { input.is_empty() } else { left == 0 };
        Ok(Done { written: target.pos, ended: done })
    }
}

impl Drop for Compression {
    fn drop(&mut self) {
        // SAFETY: made by `new`, freed once.
        unsafe { zs::ZSTD_freeCCtx(self.context) };
    }
}

/// A stream that decompresses one frame.
pub struct Decompression {
    context: *mut zs::ZSTD_DCtx,
    prefix: Option<Vec<u8>>,
}

// SAFETY: as for `Compression`.
unsafe impl Send for Decompression {}

impl Decompression {
    pub fn new() -> Option<Decompression> {
        // SAFETY: no condition.
        let context = unsafe { zs::ZSTD_createDCtx() };
        (!context.is_null()).then_some(Decompression { context, prefix: None })
    }

    pub fn set(&mut self, parameter: i32, value: i32) -> Result<(), Error> {
        // SAFETY: an open context; any number is checked.
        answer(unsafe { ZSTD_DCtx_setParameter(self.context, parameter, value) }).map(drop)
    }

    pub fn load(&mut self, dictionary: &[u8], how: Use) -> Result<(), Error> {
        let (ptr, len) = (dictionary.as_ptr().cast(), dictionary.len());
        if how != Use::Prefix {
            // SAFETY: an open context, which copies the bytes.
            return answer(unsafe { zs::ZSTD_DCtx_loadDictionary(self.context, ptr, len) }).map(drop);
        }
        let kept = self.prefix.insert(dictionary.to_vec());
        // SAFETY: an open context; the bytes stay where they are as long as it does.
        answer(unsafe { zs::ZSTD_DCtx_refPrefix(self.context, kept.as_ptr().cast(), kept.len()) }).map(drop)
    }

    /// One call of the library.
    pub fn step(&mut self, input: &mut &[u8], room: &mut [MaybeUninit<u8>]) -> Result<Done, Error> {
        let mut source = zs::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        let mut target = zs::ZSTD_outBuffer { dst: room.as_mut_ptr().cast(), size: room.len(), pos: 0 };
        // SAFETY: the context reads the input and writes to the room during the call, no further.
        let code = unsafe { zs::ZSTD_decompressStream(self.context, &mut target, &mut source) };
        let left = answer(code)?;
        *input = &input[source.pos..];
        Ok(Done { written: target.pos, ended: left == 0 })
    }
}

impl Drop for Decompression {
    fn drop(&mut self) {
        // SAFETY: made by `new`, freed once.
        unsafe { zs::ZSTD_freeDCtx(self.context) };
    }
}
