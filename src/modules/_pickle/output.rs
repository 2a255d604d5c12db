//! What a pickler has written: a buffer, cut into frames from protocol 4 on.
//!
//! A frame's header is left open until the frame ends: at an instruction's boundary behind so many bytes, or before a
//! large string, which is written outside of frames.

use super::opcode::FRAME;
use crate::objects::bytes::Bytes;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// A frame ends when it has so many bytes.
pub const FRAME_TARGET: usize = 64 * 1024;
/// Fewer bytes get no frame.
const FRAME_MIN: usize = 4;
/// The instruction and eight bytes.
const FRAME_HEADER: usize = 9;

/// The output of one pickler.
#[derive(Default)]
pub struct Output {
    buffer: Vec<u8>,
    /// Where the open frame's header lies.
    frame: Option<usize>,
    framing: bool,
    /// The file's `write`; none if the result is the buffer.
    write: Option<Value>,
}

impl Output {
    pub fn new(write: Option<Value>) -> Output {
        Output { write, ..Output::default() }
    }

    /// From here on there are frames.
    pub fn start_framing(&mut self) {
        self.framing = true;
    }

    /// What has been written and not flushed.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Adds a few bytes.
    #[inline(always)]
    pub fn push(&mut self, bytes: &[u8]) {
        if self.framing && self.frame.is_none() {
            self.open_frame();
        }
        self.buffer.extend_from_slice(bytes);
    }

    #[cold]
    fn open_frame(&mut self) {
        self.frame = Some(self.buffer.len());
        self.buffer.extend_from_slice(&[0xFE; FRAME_HEADER]);
    }

    /// Adds an instruction.
    #[inline(always)]
    pub fn op(&mut self, op: u8) {
        self.push(&[op]);
    }

    /// Fills in the header of the open frame.
    pub fn close_frame(&mut self) {
        let Some(start) = self.frame.take() else { return };
        let len = self.buffer.len() - start - FRAME_HEADER;
        if len >= FRAME_MIN {
            self.buffer[start] = FRAME;
            self.buffer[start + 1..start + FRAME_HEADER].copy_from_slice(&(len as u64).to_le_bytes());
        } else {
            self.buffer.drain(start..start + FRAME_HEADER);
        }
    }

    /// Between two instructions: a frame may end here.
    #[inline(always)]
    pub fn boundary(&mut self, t: &Thread) -> R<()> {
        match self.frame {
            Some(start) if self.buffer.len() >= start + FRAME_HEADER + FRAME_TARGET => self.commit(t),
            _ => Ok(()),
        }
    }

    #[cold]
    fn commit(&mut self, t: &Thread) -> R<()> {
        self.close_frame();
        if self.write.is_some() { self.flush(t) } else { Ok(()) }
    }

    /// Gives the buffer to the file.
    pub fn flush(&mut self, t: &Thread) -> R<()> {
        let Some(write) = self.write.clone() else { return Ok(()) };
        let bytes = Bytes::try_make(t, &self.buffer)?;
        self.buffer.clear();
        protocol::call(t, &write, &[bytes])?;
        Ok(())
    }

    /// Adds a header and the data behind it. Large data stand outside of frames and go to the file as they are:
    /// `payload`, if the data are an object's own.
    pub fn push_data(&mut self, t: &Thread, header: &[u8], data: &[u8], payload: Option<&Value>) -> R<()> {
        if data.len() < FRAME_TARGET {
            self.push(header);
            self.buffer.extend_from_slice(data);
            return Ok(());
        }
        self.close_frame();
        let framing = std::mem::replace(&mut self.framing, false);
        self.push(header);
        let done = match self.write.clone() {
            Some(write) => self.flush(t).and_then(|()| {
                let payload = payload.map_or_else(|| Bytes::try_make(t, data), |v| Ok(v.clone()))?;
                protocol::call(t, &write, &[payload])
            }),
            None => match self.buffer.try_reserve(data.len()) {
                Ok(()) => {
                    self.buffer.extend_from_slice(data);
                    Ok(Value::NONE)
                }
                Err(_) => Err(t.memory_error()),
            },
        };
        self.framing = framing;
        done.map(drop)
    }
}
