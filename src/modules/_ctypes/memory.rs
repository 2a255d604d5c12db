//! Memory of C data: blocks that objects own, and how words in it are read and written.
//!
//! What lies in such memory may be written at any time: by other threads, by other processes that share it, by C.
//! Words at their natural place are therefore read and written atomically, whatever the mode.

use crate::objects::slots::R;
use crate::objects::thread::Thread;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed};

/// Alignment of every block: what C's largest types want.
const ALIGN: usize = 16;

/// A block of zeroed memory, freed when it is dropped.
pub struct Block {
    place: *mut u8,
    layout: Layout,
}

// SAFETY: the block is memory like any other; who reads and writes it goes through `load` and `store`.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// So many zeros; `MemoryError` where the system has no such memory.
    pub fn new(t: &Thread, size: usize) -> R<Block> {
        let Ok(layout) = Layout::from_size_align(size.max(1), ALIGN) else { return Err(t.memory_error()) };
        // SAFETY: the size is not zero.
        let place = unsafe { alloc_zeroed(layout) };
        if place.is_null() { Err(t.memory_error()) } else { Ok(Block { place, layout }) }
    }

    /// Where it begins.
    pub fn place(&self) -> *mut u8 {
        self.place
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated with that layout, and nobody uses it any more.
        unsafe { dealloc(self.place, self.layout) };
    }
}

/// Reads `N` bytes.
///
/// # Safety
/// They are readable.
pub unsafe fn load<const N: usize>(place: *const u8) -> [u8; N] {
    let mut bytes = [0; N];
    let aligned = (place as usize).is_multiple_of(N);
    // SAFETY: readable, says the caller, and aligned where that is wanted.
    unsafe {
        match N {
            2 if aligned => bytes.copy_from_slice(&(*(place as *const AtomicU16)).load(Relaxed).to_ne_bytes()),
            4 if aligned => bytes.copy_from_slice(&(*(place as *const AtomicU32)).load(Relaxed).to_ne_bytes()),
            8 if aligned => bytes.copy_from_slice(&(*(place as *const AtomicU64)).load(Relaxed).to_ne_bytes()),
            _ => {
                for (i, byte) in bytes.iter_mut().enumerate() {
                    *byte = (*(place.add(i) as *const AtomicU8)).load(Relaxed);
                }
            }
        }
    }
    bytes
}

/// Writes bytes: at once if they are a word at its natural place.
///
/// # Safety
/// The place is writable for so many bytes.
pub unsafe fn store(place: *mut u8, bytes: &[u8]) {
    let aligned = (place as usize).is_multiple_of(bytes.len().max(1));
    // SAFETY: as above.
    unsafe {
        match *bytes {
            [a, b] if aligned => (*(place as *const AtomicU16)).store(u16::from_ne_bytes([a, b]), Relaxed),
            [a, b, c, d] if aligned => {
                (*(place as *const AtomicU32)).store(u32::from_ne_bytes([a, b, c, d]), Relaxed);
            }
            [a, b, c, d, e, f, g, h] if aligned => {
                (*(place as *const AtomicU64)).store(u64::from_ne_bytes([a, b, c, d, e, f, g, h]), Relaxed);
            }
            _ => {
                for (i, &byte) in bytes.iter().enumerate() {
                    (*(place.add(i) as *const AtomicU8)).store(byte, Relaxed);
                }
            }
        }
    }
}

/// Reads a pointer.
///
/// # Safety
/// As for [`load`].
pub unsafe fn load_pointer(place: *const u8) -> *mut u8 {
    // SAFETY: as the caller says.
    usize::from_ne_bytes(unsafe { load(place) }) as *mut u8
}

/// Writes a pointer.
///
/// # Safety
/// As for [`store`].
pub unsafe fn store_pointer(place: *mut u8, pointer: *const u8) {
    // SAFETY: as the caller says.
    unsafe { store(place, &(pointer as usize).to_ne_bytes()) };
}

/// Copies bytes, which may overlap.
///
/// # Safety
/// So many are readable and writable.
pub unsafe fn copy(from: *const u8, to: *mut u8, count: usize) {
    match count {
        1 | 2 | 4 | 8 => {
            // SAFETY: as the caller says; a word is copied at once.
            unsafe {
                match count {
                    1 => store(to, &load::<1>(from)),
                    2 => store(to, &load::<2>(from)),
                    4 => store(to, &load::<4>(from)),
                    _ => store(to, &load::<8>(from)),
                }
            }
        }
        // SAFETY: as the caller says.
        _ => unsafe { std::ptr::copy(from, to, count) },
    }
}

/// The bytes up to a zero, or `most` of them.
///
/// # Safety
/// The memory is readable up to there.
pub unsafe fn text(place: *const u8, most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for i in 0..most {
        // SAFETY: no zero was met yet.
        match unsafe { load::<1>(place.add(i)) } {
            [0] => break,
            [byte] => bytes.push(byte),
        }
    }
    bytes
}

/// The wide characters up to a zero, or `most` of them.
///
/// # Safety
/// As for [`text`].
pub unsafe fn wide_text(place: *const u8, most: usize) -> Vec<u32> {
    let mut points = Vec::new();
    for i in 0..most {
        // SAFETY: as there.
        match u32::from_ne_bytes(unsafe { load(place.add(i * 4)) }) {
            0 => break,
            point => points.push(point),
        }
    }
    points
}
