//! The buffer of a stream, and where in it and in the raw stream things stand.

use super::{raw_read, raw_seek, raw_tell, raw_write};
use crate::modules::_io::would_block;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// What a buffered stream remembers. Indices are into `buffer`.
#[derive(Default)]
pub struct State {
    /// As large as the buffer size; empty when the stream is closed or not initialized.
    pub buffer: Vec<u8>,
    pub readable: bool,
    pub writable: bool,
    /// The logical position.
    pub pos: usize,
    /// Where the raw stream stands; `None` if that is not known.
    pub raw_pos: Option<usize>,
    /// End of what was read ahead; `None` if the buffer holds nothing that was read.
    pub read_end: Option<usize>,
    /// Start of what is still to be written.
    pub write_pos: usize,
    /// End of it; `None` if there is nothing.
    pub write_end: Option<usize>,
    /// The raw stream's absolute position, if known.
    pub abs_pos: Option<i64>,
}

impl State {
    /// Size of the buffer.
    pub fn size(&self) -> usize {
        self.buffer.len()
    }

    /// How many bytes were read ahead.
    pub fn ahead(&self) -> usize {
        self.read_end.map_or(0, |end| end.saturating_sub(self.pos))
    }

    /// The bytes read ahead.
    pub fn ahead_bytes(&self) -> &[u8] {
        &self.buffer[self.pos..self.pos + self.ahead()]
    }

    /// How far the raw stream is beyond the logical position.
    pub fn raw_offset(&self) -> i64 {
        match self.raw_pos {
            Some(raw) if self.read_end.is_some() || self.write_end.is_some() => raw as i64 - self.pos as i64,
            _ => 0,
        }
    }

    /// Moves the logical position; what lies before it counts as read.
    fn move_to(&mut self, pos: usize) {
        self.pos = pos;
        if self.read_end.is_some_and(|end| end < pos) {
            self.read_end = Some(pos);
        }
    }

    /// Forgets what was read ahead.
    pub fn reset_read(&mut self) {
        self.read_end = None;
    }

    /// The raw stream's position, asked for if need be.
    pub fn absolute(&mut self, t: &Thread, raw: &Value) -> R<i64> {
        match self.abs_pos {
            Some(at) => Ok(at),
            None => self.tell_raw(t, raw),
        }
    }

    /// Asks the raw stream where it stands.
    pub fn tell_raw(&mut self, t: &Thread, raw: &Value) -> R<i64> {
        let at = raw_tell(t, raw)?;
        self.abs_pos = Some(at);
        Ok(at)
    }

    /// Moves the raw stream.
    pub fn seek_raw(&mut self, t: &Thread, raw: &Value, at: i64, whence: i32) -> R<i64> {
        let at = raw_seek(t, raw, at, whence)?;
        self.abs_pos = Some(at);
        Ok(at)
    }

    fn advance(&mut self, n: Option<usize>) {
        if let (Some(n), Some(at)) = (n, self.abs_pos) {
            self.abs_pos = Some(at + n as i64);
        }
    }

    /// One read of the raw stream into memory of the caller.
    pub fn read_raw(&mut self, t: &Thread, raw: &Value, place: &mut [u8]) -> R<Option<usize>> {
        let n = raw_read(t, raw, place)?;
        self.advance(n);
        Ok(n)
    }

    /// One read of the raw stream into the free end of the buffer.
    pub fn fill(&mut self, t: &Thread, raw: &Value) -> R<Option<usize>> {
        let start = self.read_end.unwrap_or(0);
        // Taken out while the raw stream is called: it may be anything.
        let mut buffer = std::mem::take(&mut self.buffer);
        let answer = raw_read(t, raw, &mut buffer[start..]);
        self.buffer = buffer;
        let n = answer?;
        self.advance(n);
        if let Some(n) = n.filter(|&n| n > 0) {
            self.read_end = Some(start + n);
            self.raw_pos = Some(start + n);
        }
        Ok(n)
    }

    fn write_raw(&mut self, t: &Thread, raw: &Value, data: &[u8]) -> R<Option<usize>> {
        let n = raw_write(t, raw, data)?;
        self.advance(n);
        Ok(n)
    }

    /// Writes out what waits to be written.
    pub fn flush(&mut self, t: &Thread, raw: &Value) -> R<()> {
        let Some(end) = self.write_end.filter(|&end| self.write_pos < end) else {
            self.reset_write();
            return Ok(());
        };
        // First to where the data belongs.
        let rewind = self.raw_offset() + (self.pos as i64 - self.write_pos as i64);
        if rewind != 0 {
            self.seek_raw(t, raw, -rewind, libc::SEEK_CUR)?;
            self.raw_pos = self.raw_pos.map(|raw| (raw as i64 - rewind).max(0) as usize);
        }
        while self.write_pos < end {
            let buffer = std::mem::take(&mut self.buffer);
            let answer = self.write_raw(t, raw, &buffer[self.write_pos..end]);
            self.buffer = buffer;
            let Some(n) = answer? else {
                return Err(would_block(t, "write could not complete without blocking", 0));
            };
            self.write_pos += n;
            self.raw_pos = Some(self.write_pos);
            // A signal may be why not everything was written.
            if self.write_pos < end {
                crate::vm::breaker::handle(t)?;
            }
        }
        self.reset_write();
        Ok(())
    }

    fn reset_write(&mut self) {
        (self.write_pos, self.write_end) = (0, None);
    }

    /// Writes out what waits, and moves the raw stream to the logical position.
    pub fn flush_and_rewind(&mut self, t: &Thread, raw: &Value) -> R<()> {
        self.flush(t, raw)?;
        if self.readable {
            let offset = self.raw_offset();
            let moved = self.seek_raw(t, raw, -offset, libc::SEEK_CUR);
            self.reset_read();
            moved?;
        }
        Ok(())
    }

    /// Puts data into the buffer at the logical position, where there is room for it.
    fn put(&mut self, data: &[u8]) {
        self.buffer[self.pos..self.pos + data.len()].copy_from_slice(data);
        if self.write_end.is_none() || self.write_pos > self.pos {
            self.write_pos = self.pos;
        }
        self.move_to(self.pos + data.len());
        if self.write_end.is_none_or(|end| end < self.pos) {
            self.write_end = Some(self.pos);
        }
    }

    /// Writes data, through the buffer if it fits in there.
    pub fn write(&mut self, t: &Thread, raw: &Value, data: &[u8]) -> R<usize> {
        if self.read_end.is_none() && self.write_end.is_none() {
            (self.pos, self.raw_pos) = (0, Some(0));
        }
        if data.len() <= self.size() - self.pos && data.len() < self.size() {
            self.put(data);
            return Ok(data.len());
        }
        if let Err(raised) = self.flush(t, raw) {
            if !t.raised_is(&raised, &t.types().blocking_io_error) {
                return Err(raised);
            }
            return self.buffer_what_fits(t, raised, data);
        }
        let offset = self.raw_offset();
        if offset != 0 {
            self.seek_raw(t, raw, -offset, libc::SEEK_CUR)?;
            self.raw_pos = self.raw_pos.map(|raw| (raw as i64 - offset).max(0) as usize);
        }
        let mut rest = data;
        while rest.len() > self.size() {
            match self.write_raw(t, raw, rest)? {
                Some(n) => rest = &rest[n..],
                None if rest.len() > self.size() => {
                    let size = self.size();
                    self.buffer.copy_from_slice(&rest[..size]);
                    self.raw_pos = Some(0);
                    self.move_to(size);
                    (self.write_pos, self.write_end) = (0, Some(size));
                    let written = data.len() - rest.len() + size;
                    return Err(would_block(t, "write could not complete without blocking", written));
                }
                None => break,
            }
            crate::vm::breaker::handle(t)?;
        }
        if self.readable {
            self.reset_read();
        }
        self.buffer[..rest.len()].copy_from_slice(rest);
        (self.write_pos, self.write_end) = (0, Some(rest.len()));
        self.move_to(rest.len());
        self.raw_pos = Some(0);
        Ok(data.len())
    }

    /// The raw stream takes nothing now: the buffer takes what it has room for.
    fn buffer_what_fits(&mut self, t: &Thread, raised: crate::objects::slots::Raised, data: &[u8]) -> R<usize> {
        if self.readable {
            self.reset_read();
        }
        let shift = self.write_pos;
        let end = self.write_end.unwrap_or(shift);
        self.buffer.copy_within(shift..end, 0);
        let kept = end - shift;
        self.raw_pos = self.raw_pos.map(|raw| raw.saturating_sub(shift));
        self.pos = self.pos.saturating_sub(shift);
        self.write_pos = 0;
        let n = data.len().min(self.size() - kept);
        self.buffer[kept..kept + n].copy_from_slice(&data[..n]);
        self.write_end = Some(kept + n);
        self.pos += n;
        drop(t.take_exception(raised));
        if n == data.len() {
            return Ok(n);
        }
        Err(would_block(t, "write could not complete without blocking", n))
    }
}
