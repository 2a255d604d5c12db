//! Writing tracebacks with nothing but `write`: no allocation, no lock that anybody could hold for ever.
//!
//! The frames of the calling thread stand still. Those of others do so while the caller holds the GIL or has
//! stopped the world; where that is not known only the calling thread is shown.

use crate::objects::frame::Frame;
use crate::objects::interpreter::Interpreter;
use crate::objects::string::Str;
use crate::objects::thread::{self, Thread};
use crate::objects::value::Value;

/// Frames shown of a thread.
const MOST_FRAMES: usize = 100;
/// Threads shown.
const MOST_THREADS: usize = 100;
/// Characters shown of a name.
const MOST_CHARACTERS: usize = 500;

/// Text on its way to a descriptor.
pub struct Out {
    fd: i32,
    buffer: [u8; 512],
    len: usize,
}

impl Out {
    pub fn new(fd: i32) -> Out {
        Out { fd, buffer: [0; 512], len: 0 }
    }

    pub fn text(&mut self, text: &str) {
        text.bytes().for_each(|b| self.byte(b));
    }

    fn byte(&mut self, b: u8) {
        if self.len == self.buffer.len() {
            self.flush();
        }
        self.buffer[self.len] = b;
        self.len += 1;
    }

    pub fn decimal(&mut self, n: u64) {
        if n >= 10 {
            self.decimal(n / 10);
        }
        self.byte(b'0' + (n % 10) as u8);
    }

    /// Hexadecimal digits, at least so many.
    pub fn hex(&mut self, n: u64, width: u32) {
        let digits = (64 - n.leading_zeros()).div_ceil(4).max(width);
        for i in (0..digits).rev() {
            self.byte(b"0123456789abcdef"[(n >> (4 * i)) as usize & 15]);
        }
    }

    /// A name in ASCII, what is not escaped.
    fn name(&mut self, name: &Value) {
        let Some(s) = name.cast::<Str>() else { return self.text("???") };
        for c in s.units().iter().take(MOST_CHARACTERS) {
            match c {
                0x20..0x7F => self.byte(c as u8),
                0..0x100 => {
                    self.text("\\x");
                    self.hex(c.into(), 2);
                }
                0x100..0x10000 => {
                    self.text("\\u");
                    self.hex(c.into(), 4);
                }
                _ => {
                    self.text("\\U");
                    self.hex(c.into(), 8);
                }
            }
        }
        if s.len() > MOST_CHARACTERS {
            self.text("...");
        }
    }

    fn flush(&mut self) {
        let mut rest = &self.buffer[..self.len];
        while !rest.is_empty() {
            // SAFETY: bytes of ours.
            match unsafe { libc::write(self.fd, rest.as_ptr().cast(), rest.len()) } {
                n if n > 0 => rest = &rest[n as usize..],
                _ if crate::modules::system::errno() == libc::EINTR => {}
                _ => break,
            }
        }
        self.len = 0;
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        self.flush();
    }
}

/// The frames of a thread, the running one first.
///
/// # Safety
/// They stand still.
unsafe fn frames(out: &mut Out, thread: &Thread) {
    let mut frame = thread.frame.get();
    if frame.is_null() {
        return out.text("  <no Python frame>\n");
    }
    for _ in 0..MOST_FRAMES {
        // SAFETY: a live frame, says the caller; its code lives as long.
        let (code, line) = unsafe {
            let code = Frame::code_of(frame);
            let position = code.code.positions().nth(Frame::unit(frame));
            (code, position.and_then(|p| p.line))
        };
        out.text("  File \"");
        out.name(&code.filename);
        out.text("\", line ");
        match line {
            Some(line) => out.decimal(line.into()),
            None => out.text("???"),
        }
        out.text(" in ");
        out.name(&code.name);
        out.text("\n");
        // SAFETY: as above.
        frame = unsafe { (*frame).previous };
        if frame.is_null() {
            return;
        }
    }
    out.text("  ...\n");
}

fn heading(out: &mut Out, thread: &Thread, is_current: bool) {
    out.text(if is_current { "Current thread 0x" } else { "Thread 0x" });
    out.hex(thread.ident, 16);
    let mut name = [0; 32];
    // SAFETY: a thread that has not ended; room for its name.
    let error = unsafe { libc::pthread_getname_np(thread.ident as libc::pthread_t, name.as_mut_ptr(), name.len()) };
    if error == 0 && name[0] != 0 {
        out.text(" [");
        name.iter().take_while(|&&c| c != 0).for_each(|&c| out.byte(c as u8));
        out.text("]");
    }
    out.text(" (most recent call first):\n");
}

/// The calling thread's traceback.
pub fn this_thread(out: &mut Out) {
    out.text("Stack (most recent call first):\n");
    if thread::has_current() {
        // SAFETY: the caller's own frames.
        unsafe { frames(out, thread::current()) };
    } else {
        out.text("  <no Python frame>\n");
    }
}

/// The tracebacks of all threads, the youngest first.
///
/// # Safety
/// No other thread runs Python code.
pub unsafe fn all_threads(out: &mut Out, interp: &Interpreter, current: Option<&Thread>) {
    let Some(threads) = interp.threads.try_lock() else {
        return if current.is_some() {
            this_thread(out)
        };
    };
    for (i, &address) in threads.iter().rev().enumerate() {
        if i > 0 {
            out.text("\n");
        }
        if i >= MOST_THREADS {
            return out.text("...\n");
        }
        // SAFETY: a thread takes its state off the list, under its lock, before it ends.
        let thread = unsafe { &*(address as *const Thread) };
        heading(out, thread, current.is_some_and(|c| std::ptr::eq(c, thread)));
        // SAFETY: as the caller says.
        unsafe { frames(out, thread) };
    }
}

/// The calling thread's traceback, under its number.
pub fn current(out: &mut Out, thread: &Thread) {
    heading(out, thread, true);
    // SAFETY: the caller's own frames.
    unsafe { frames(out, thread) };
}
