//! Where an unpickler reads: bytes in memory, or a file's methods.
//!
//! What is read lies in a buffer of which `next` is the next byte. A file that can `peek` is looked at in large
//! pieces; what was used of them is read and dropped later, so that it never loses bytes behind the pickle.
//!
//! A frame says how many bytes belong together: they are all there, and nothing may reach across their end.

use super::state::unpickling_error;
use super::unpickler::Source;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{buffer, int, protocol};

/// How much is looked at ahead.
const PREFETCH: usize = 128 * 1024;
/// More bytes than memory can hold.
const ABSURD: usize = 1 << 47;

enum Data<'a> {
    Given(&'a [u8]),
    Read(Vec<u8>),
}

/// The input of one unpickler.
pub struct Input<'a> {
    data: Data<'a>,
    next: usize,
    /// Where the frame that is being read ends.
    frame: Option<usize>,
    file: Option<Source>,
    /// Bytes up to here the file has already given away; those behind were only looked at.
    taken: usize,
}

impl<'a> Input<'a> {
    pub fn of_bytes(bytes: &'a [u8]) -> Input<'a> {
        Input { data: Data::Given(bytes), next: 0, frame: None, file: None, taken: bytes.len() }
    }

    pub fn of_vec(bytes: Vec<u8>) -> Input<'static> {
        Input { taken: bytes.len(), data: Data::Read(bytes), next: 0, frame: None, file: None }
    }

    pub fn of_file(file: Option<Source>) -> Input<'static> {
        Input { data: Data::Given(&[]), next: 0, frame: None, file, taken: 0 }
    }

    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        match &self.data {
            Data::Given(bytes) => bytes,
            Data::Read(bytes) => bytes,
        }
    }

    /// The file's methods.
    pub fn source(&self) -> Option<&Source> {
        self.file.as_ref()
    }

    /// A new pickle begins: what is left of the one before is kept.
    pub fn begin(&mut self) {
        self.frame = None;
    }

    #[cold]
    fn truncated(t: &Thread) -> Raised {
        unpickling_error(t, "pickle data was truncated")
    }

    /// Where the frame ends, unless it ends here.
    #[inline(always)]
    fn limit(&mut self) -> Option<usize> {
        if self.frame == Some(self.next) {
            self.frame = None;
        }
        self.frame
    }

    /// The next instruction.
    #[inline(always)]
    pub fn op(&mut self, t: &Thread) -> R<u8> {
        if let Some(&op) = self.bytes().get(self.next)
            && self.frame.is_none_or(|end| self.next < end)
        {
            self.next += 1;
            return Ok(op);
        }
        match self.read(t, 1) {
            Ok(bytes) => Ok(bytes[0]),
            Err(raised) => Err(ran_out(t, raised)),
        }
    }

    /// The next `n` bytes.
    #[inline(always)]
    pub fn read(&mut self, t: &Thread, n: usize) -> R<&[u8]> {
        let start = self.next;
        let within = n <= self.bytes().len() - start && self.frame.is_none_or(|end| n <= end - start && start < end);
        if within {
            self.next = start + n;
            return Ok(&self.bytes()[start..start + n]);
        }
        self.read_more(t, n)
    }

    #[inline(never)]
    fn read_more(&mut self, t: &Thread, n: usize) -> R<&[u8]> {
        if let Some(end) = self.limit()
            && n > end - self.next
        {
            return Err(unpickling_error(t, "pickle exhausted before end of frame"));
        }
        if n > self.bytes().len() - self.next {
            if self.file.is_none() {
                return Err(Input::truncated(t));
            }
            self.fill(t, Some(n))?;
            if self.bytes().len() < n {
                return Err(Input::truncated(t));
            }
        }
        let start = self.next;
        self.next += n;
        Ok(&self.bytes()[start..start + n])
    }

    /// The next `n` bytes, which shall become an object: an absurd number is a `MemoryError`.
    pub fn read_sized(&mut self, t: &Thread, n: usize) -> R<&[u8]> {
        if n > isize::MAX as usize - 64 {
            return Err(t.overflow_error("byte string is too large"));
        }
        if n > ABSURD && self.frame.is_none() {
            return Err(t.memory_error());
        }
        self.read(t, n)
    }

    /// The next line, its end included.
    pub fn line(&mut self, t: &Thread) -> R<Vec<u8>> {
        let limit = self.limit();
        let rest = &self.bytes()[self.next..limit.unwrap_or(self.bytes().len())];
        if let Some(end) = rest.iter().position(|&b| b == b'\n') {
            let line = rest[..=end].to_vec();
            self.next += line.len();
            return Ok(line);
        }
        if limit.is_some() {
            return Err(unpickling_error(t, "pickle exhausted before end of frame"));
        }
        if self.file.is_none() {
            return Err(Input::truncated(t));
        }
        self.fill(t, None)?;
        let line = self.bytes().to_vec();
        if line.last() != Some(&b'\n') {
            return Err(Input::truncated(t));
        }
        self.next = line.len();
        Ok(line)
    }

    /// As [`Input::line`], with at least one byte before its end; without its end.
    pub fn filled_line(&mut self, t: &Thread) -> R<Vec<u8>> {
        let mut line = self.line(t)?;
        line.pop();
        if line.is_empty() { Err(Input::truncated(t)) } else { Ok(line) }
    }

    /// A frame of `n` bytes begins.
    pub fn begin_frame(&mut self, t: &Thread, n: usize) -> R<()> {
        if self.limit().is_some() {
            return Err(unpickling_error(t, "beginning of a new frame before end of current frame"));
        }
        self.read(t, n)?;
        self.next -= n;
        self.frame = Some(self.next + n);
        Ok(())
    }

    /// The pickle has ended: the file gives away what was used of what was only looked at.
    pub fn finish(&mut self, t: &Thread) -> R<()> {
        let used = self.next.saturating_sub(self.taken);
        if used == 0 {
            return Ok(());
        }
        self.taken = self.next;
        let Some(read) = self.file.as_ref().map(|file| file.read.clone()) else { return Ok(()) };
        protocol::call(t, &read, &[int::from_usize(t, used)])?;
        Ok(())
    }

    /// Asks the file for `n` bytes or a line.
    fn fill(&mut self, t: &Thread, n: Option<usize>) -> R<()> {
        self.finish(t)?;
        let Some(file) = &mut self.file else { return Ok(()) };
        let Some(n) = n else {
            let line = protocol::call(t, &file.readline, &[])?;
            return self.hold(t, &line);
        };
        if let Some(peek) = file.peek.clone()
            && n < PREFETCH
        {
            let seen = protocol::call(t, &peek, &[int::from_usize(t, PREFETCH)]);
            match t.catch(seen, |types| &types.not_implemented_error)? {
                Some(seen) => {
                    self.hold(t, &seen)?;
                    self.taken = 0;
                    if n <= self.bytes().len() {
                        return Ok(());
                    }
                }
                None => file.peek = None,
            }
        }
        let Some(file) = &self.file else { return Ok(()) };
        let data = protocol::call(t, &file.read.clone(), &[int::from_usize(t, n)])?;
        self.hold(t, &data)
    }

    fn hold(&mut self, t: &Thread, data: &Value) -> R<()> {
        let bytes = buffer::bytes_like(t, data)?.to_vec();
        (self.next, self.taken) = (0, bytes.len());
        self.data = Data::Read(bytes);
        Ok(())
    }
}

/// Where an instruction should be is nothing: `EOFError`.
#[cold]
fn ran_out(t: &Thread, raised: Raised) -> Raised {
    let class = super::state::got(t, &super::state::state(t).unpickling_error);
    let ours = t.current_exception().is_some_and(|e| class.is(&e.type_of_value(t)));
    if !ours {
        return raised;
    }
    drop(t.take_exception(raised));
    t.eof_error("Ran out of input")
}
