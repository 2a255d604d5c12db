//! Reading: the machine that runs a pickle.
//!
//! Its stack is one vector; marks are heights of it, and what lies below the topmost mark is out of reach.

mod atoms;
mod build;
mod containers;
mod global;

use super::HIGHEST_PROTOCOL;
use super::input::Input;
use super::memo::{Locked, Numbered};
use super::opcode::*;
use super::state::{self, State, unpickling_error};
use super::unpickler::Words;
use crate::objects::dict::Dict;
use crate::objects::header::Header;
use crate::objects::list::List;
use crate::objects::set::Set;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::{int, protocol};
pub use global::find_class;
use std::sync::atomic::{AtomicI32, Ordering::*};

/// One run of `load`.
pub struct Load<'a, 'b> {
    t: &'a Thread,
    state: &'a State,
    input: &'a mut Input<'b>,
    memo: &'a Locked<Numbered>,
    words: Words,
    fix_imports: bool,
    buffers: Option<Value>,
    /// The `Unpickler`, whose memo it is.
    pub owner: Option<&'a Header>,
    /// Its `find_class`, if it is not the type's own.
    pub finder: Option<Value>,
    pub persistent_load: Option<Value>,
    /// Where the `Unpickler` keeps the protocol, for its `find_class`.
    pub shown_proto: Option<&'a AtomicI32>,
    proto: i32,
    stack: Vec<Value>,
    marks: Vec<usize>,
    /// The height of the topmost mark.
    fence: usize,
}

impl<'a, 'b> Load<'a, 'b> {
    pub fn new(
        t: &'a Thread,
        input: &'a mut Input<'b>,
        memo: &'a Locked<Numbered>,
        words: Words,
        fix_imports: bool,
        buffers: Option<Value>,
    ) -> Load<'a, 'b> {
        Load {
            t,
            state: state::state(t),
            input,
            memo,
            words,
            fix_imports,
            buffers,
            owner: None,
            finder: None,
            persistent_load: None,
            shown_proto: None,
            proto: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            fence: 0,
        }
    }

    /// Runs a pickle to its end.
    pub fn run(mut self) -> R {
        self.input.begin();
        loop {
            let op = self.input.op(self.t)?;
            if op == STOP {
                break;
            }
            self.step(op)?;
        }
        self.input.finish(self.t)?;
        self.pop()
    }

    #[inline(always)]
    fn step(&mut self, op: u8) -> R<()> {
        let t = self.t;
        match op {
            NONE => self.stack.push(Value::NONE),
            NEWTRUE => self.stack.push(Value::TRUE),
            NEWFALSE => self.stack.push(Value::FALSE),
            BININT => {
                let [a, b, c, d] = self.array()?;
                self.stack.push(Value::small(i32::from_le_bytes([a, b, c, d]).into()));
            }
            BININT1 => {
                let [a] = self.array()?;
                self.stack.push(Value::small(a.into()));
            }
            BININT2 => {
                let [a, b] = self.array()?;
                self.stack.push(Value::small(u16::from_le_bytes([a, b]).into()));
            }
            INT => return self.int(),
            LONG => return self.long(),
            LONG1 => return self.counted_long(1),
            LONG4 => return self.counted_long(4),
            FLOAT => return self.float(),
            BINFLOAT => {
                let bytes = self.array::<8>()?;
                self.stack.push(crate::objects::float::new(t, f64::from_be_bytes(bytes)));
            }
            STRING => return self.string(),
            BINSTRING => return self.counted_string(4),
            SHORT_BINSTRING => return self.counted_string(1),
            UNICODE => return self.unicode(),
            SHORT_BINUNICODE => return self.counted_unicode(1),
            BINUNICODE => return self.counted_unicode(4),
            BINUNICODE8 => return self.counted_unicode(8),
            SHORT_BINBYTES => return self.counted_bytes(1),
            BINBYTES => return self.counted_bytes(4),
            BINBYTES8 => return self.counted_bytes(8),
            BYTEARRAY8 => return self.bytearray(),
            NEXT_BUFFER => return self.next_buffer(),
            READONLY_BUFFER => return self.readonly_buffer(),
            EMPTY_TUPLE => self.stack.push(t.interp.empty_tuple.clone()),
            TUPLE1 => return self.counted_tuple(1),
            TUPLE2 => return self.counted_tuple(2),
            TUPLE3 => return self.counted_tuple(3),
            TUPLE => return self.tuple(),
            EMPTY_LIST => self.stack.push(List::with_capacity(t, 0)),
            EMPTY_DICT => self.stack.push(Dict::make(t)),
            EMPTY_SET => self.stack.push(Set::make(t)),
            LIST => return self.list(),
            DICT => return self.dict(),
            FROZENSET => return self.frozenset(),
            APPEND => return self.append(),
            APPENDS => return self.appends(),
            SETITEM => return self.set_item(),
            SETITEMS => return self.set_items(),
            ADDITEMS => return self.add_items(),
            MARK => {
                self.fence = self.stack.len();
                self.marks.push(self.fence);
            }
            POP => return self.pop_any(),
            POP_MARK => {
                let mark = self.mark()?;
                // What dies may run Python code, which cannot see the stack.
                self.stack.truncate(mark);
            }
            DUP => {
                let top = self.top()?.clone();
                self.stack.push(top);
            }
            GET => return self.get_line(),
            BINGET => {
                let [number] = self.array()?;
                return self.get(number.into());
            }
            LONG_BINGET => {
                let number = u32::from_le_bytes(self.array()?);
                return self.get(number as usize);
            }
            PUT => return self.put_line(),
            BINPUT => {
                let [number] = self.array()?;
                return self.put(number.into());
            }
            LONG_BINPUT => {
                let number = u32::from_le_bytes(self.array()?);
                return self.put(number as usize);
            }
            MEMOIZE => {
                let value = self.top()?.clone();
                let old = self.memo.with(t, self.owner, |memo| memo.put(memo.len(), value));
                drop(old);
            }
            GLOBAL => return self.global(),
            STACK_GLOBAL => return self.stack_global(),
            INST => return self.inst(),
            OBJ => return self.obj(),
            NEWOBJ => return self.new_object(false),
            NEWOBJ_EX => return self.new_object(true),
            REDUCE => return self.reduce(),
            BUILD => return self.build(),
            EXT1 => return self.extension(1),
            EXT2 => return self.extension(2),
            EXT4 => return self.extension(4),
            PERSID => return self.persistent_line(),
            BINPERSID => {
                let id = self.pop()?;
                return self.persistent(&id);
            }
            PROTO => {
                let [proto] = self.array()?;
                if i32::from(proto) > HIGHEST_PROTOCOL {
                    return Err(t.value_error(format!("unsupported pickle protocol: {proto}")));
                }
                self.proto = proto.into();
                if let Some(shown) = self.shown_proto {
                    shown.store(self.proto, Relaxed);
                }
            }
            FRAME => {
                let len = self.size(8, "FRAME length exceeds system's maximum of")?;
                return self.input.begin_frame(t, len);
            }
            _ => return Err(self.invalid(op)),
        }
        Ok(())
    }

    #[cold]
    fn invalid(&self, op: u8) -> Raised {
        let shown = match op {
            b'\'' | b'\\' => format!("\\x{op:02x}"),
            0x20..=0x7E => char::from(op).to_string(),
            _ => format!("\\x{op:02x}"),
        };
        unpickling_error(self.t, format!("invalid load key, '{shown}'."))
    }

    /// The next `N` bytes.
    #[inline(always)]
    fn array<const N: usize>(&mut self) -> R<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.input.read(self.t, N)?);
        Ok(array)
    }

    /// A number of so many bytes, without a sign.
    #[inline(always)]
    fn unsigned(&mut self, width: usize) -> R<u64> {
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(self.input.read(self.t, width)?);
        Ok(u64::from_le_bytes(bytes))
    }

    /// A number of bytes; `what` begins the message if it cannot be one.
    #[inline(always)]
    fn size(&mut self, width: usize, what: &str) -> R<usize> {
        let n = self.unsigned(width)?;
        match isize::try_from(n) {
            Ok(n) => Ok(n as usize),
            Err(_) => Err(self.t.overflow_error(format!("{what} {} bytes", isize::MAX))),
        }
    }

    #[cold]
    fn underflow(&self) -> Raised {
        let message = if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" };
        unpickling_error(self.t, message)
    }

    #[inline(always)]
    fn pop(&mut self) -> R {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        self.stack.pop().ok_or_else(|| self.underflow())
    }

    #[inline(always)]
    fn top(&self) -> R<&Value> {
        match self.stack.last() {
            Some(top) if self.stack.len() > self.fence => Ok(top),
            _ => Err(self.underflow()),
        }
    }

    /// Removes the topmost mark; its height.
    #[inline(always)]
    fn mark(&mut self) -> R<usize> {
        match self.marks.pop() {
            Some(mark) => {
                self.fence = self.marks.last().copied().unwrap_or(0);
                Ok(mark)
            }
            None => Err(unpickling_error(self.t, "could not find MARK")),
        }
    }

    /// Removes what lies from a height on.
    #[inline(always)]
    fn pop_from(&mut self, start: usize) -> R<Vec<Value>> {
        if start < self.fence || start > self.stack.len() {
            return Err(self.underflow());
        }
        Ok(self.stack.split_off(start))
    }

    /// Removes a mark, if one is on top, or a value.
    fn pop_any(&mut self) -> R<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            return self.mark().map(drop);
        }
        self.pop().map(drop)
    }

    fn get(&mut self, number: usize) -> R<()> {
        match self.memo.with(self.t, self.owner, |memo| memo.get(number)) {
            Some(value) => {
                self.stack.push(value);
                Ok(())
            }
            None => Err(unpickling_error(self.t, format!("Memo value not found at index {number}"))),
        }
    }

    fn put(&mut self, number: usize) -> R<()> {
        let value = self.top()?.clone();
        let old = self.memo.with(self.t, self.owner, |memo| memo.put(number, value));
        drop(old);
        Ok(())
    }

    /// A number as a line.
    fn number_line(&mut self) -> R<isize> {
        let line = self.input.filled_line(self.t)?;
        let number = self.parse_int(&line, 10)?;
        int::to_isize(self.t, &number)
    }

    fn get_line(&mut self) -> R<()> {
        let number = self.number_line()?;
        match usize::try_from(number) {
            Ok(number) => self.get(number),
            Err(_) => Err(unpickling_error(self.t, format!("Memo value not found at index {number}"))),
        }
    }

    fn put_line(&mut self) -> R<()> {
        let line = self.input.filled_line(self.t)?;
        self.top()?;
        let number = self.parse_int(&line, 10)?;
        match usize::try_from(int::to_isize(self.t, &number)?) {
            Ok(number) => self.put(number),
            Err(_) => Err(self.t.value_error("negative PUT argument")),
        }
    }

    fn persistent(&mut self, id: &Value) -> R<()> {
        let Some(load) = self.persistent_load.clone() else { return Err(no_persistent_load(self.t)) };
        let value = protocol::call(self.t, &load, std::slice::from_ref(id))?;
        self.stack.push(value);
        Ok(())
    }

    fn persistent_line(&mut self) -> R<()> {
        let mut line = self.input.line(self.t)?;
        line.pop();
        if !line.is_ascii() {
            return Err(unpickling_error(self.t, "persistent IDs in protocol 0 must be ASCII strings"));
        }
        let id = crate::objects::string::Str::make_ascii(self.t, &line);
        self.persistent(&id)
    }
}

/// There is a persistent id and nobody who knows it.
#[cold]
pub fn no_persistent_load(t: &Thread) -> Raised {
    unpickling_error(
        t,
        "A load persistent id instruction was encountered, but no persistent_load function was specified.",
    )
}
