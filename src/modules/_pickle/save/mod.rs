//! Writing: the program that makes an object again.
//!
//! [`Save::save`] decides how an object is written: by its exact type ([`atoms`], [`containers`]), as the name of a
//! global ([`global`]), or by what its `__reduce_ex__` says ([`reduce`]).

mod atoms;
mod containers;
mod global;
mod reduce;

use super::memo::{Identities, Locked, Memo};
use super::opcode::*;
use super::output::Output;
use super::pickler::Settings;
use super::state::{self, State, got, note, pickling_error};
use crate::objects::attribute::generic_getattr;
use crate::objects::dict::Dict;
use crate::objects::header::{Header, Kind};
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::part_of;
use crate::objects::value::{Payload, Value};
use crate::objects::{self, int, protocol};

/// One run of `dump`.
pub struct Save<'a> {
    t: &'a Thread,
    state: &'a State,
    proto: i32,
    /// Not protocol 0.
    bin: bool,
    fix_imports: bool,
    /// No memo: objects that are met again are written again.
    pub fast: bool,
    pub out: Output,
    memo: &'a Locked<Memo>,
    /// The object that the memo belongs to.
    owner: Option<&'a Header>,
    pub persistent_id: Option<Value>,
    pub reducer_override: Option<Value>,
    pub dispatch_table: Option<Value>,
    pub buffer_callback: Option<Value>,
    /// In fast mode: containers being written, of which those that lie deep are remembered.
    fast_depth: usize,
    fast_running: Identities,
}

/// In fast mode, circles are looked for from this depth on.
const FAST_DEPTH: usize = 50;
/// Items of a list, dict or set that are added at once.
const BATCH: usize = 1000;

/// The type's name, as messages of this module have it.
fn kind(t: &Thread, v: &Value) -> String {
    v.type_of(t).qualified_name(t)
}

impl<'a> Save<'a> {
    pub fn new(
        t: &'a Thread,
        settings: Settings,
        memo: &'a Locked<Memo>,
        owner: Option<&'a Header>,
        write: Option<Value>,
    ) -> Save<'a> {
        Save {
            t,
            state: state::state(t),
            proto: settings.proto,
            bin: settings.proto > 0,
            fix_imports: settings.fix_imports,
            fast: false,
            out: Output::new(write),
            memo,
            owner,
            persistent_id: None,
            reducer_override: None,
            dispatch_table: None,
            buffer_callback: None,
            fast_depth: 0,
            fast_running: Identities::default(),
        }
    }

    /// Writes a whole pickle.
    pub fn dump(&mut self, object: &Value) -> R<()> {
        if self.proto >= 2 {
            self.out.push(&[PROTO, self.proto as u8]);
            if self.proto >= 4 {
                self.out.start_framing();
            }
        }
        self.save(object)?;
        self.out.op(STOP);
        self.out.close_frame();
        Ok(())
    }

    /// Writes an object.
    fn save(&mut self, v: &Value) -> R<()> {
        self.save_object(v, true)
    }

    fn save_object(&mut self, v: &Value, by_id: bool) -> R<()> {
        let t = self.t;
        self.out.boundary(t)?;
        if by_id && let Some(persistent_id) = self.persistent_id.clone() {
            let id = protocol::call(t, &persistent_id, std::slice::from_ref(v))?;
            if !id.is_none() {
                return self.save_persistent(&id);
            }
        }
        match v.kind() {
            Kind::None => {
                self.out.op(NONE);
                return Ok(());
            }
            Kind::Bool => {
                self.bool(v.as_bool() == Some(true));
                return Ok(());
            }
            Kind::Int => return self.int(v),
            Kind::Float => {
                self.float(v);
                return Ok(());
            }
            _ => {}
        }
        if let Some(number) = self.number(v) {
            self.refer(number);
            return Ok(());
        }
        match v.kind() {
            Kind::Bytes => return self.bytes(v),
            Kind::Str => return self.str(v),
            _ => {}
        }
        t.recurse(" while pickling an object", || match v.kind() {
            Kind::Dict => self.dict(v),
            Kind::Set => self.set(v),
            Kind::FrozenSet => self.frozenset(v),
            Kind::List => self.list(v),
            // Struct sequences have the layout of tuples.
            Kind::Tuple if std::ptr::eq(v.type_of(t), t.types().tuple.get()) => self.tuple(v),
            Kind::ByteArray => self.bytearray(v),
            Kind::Instance | Kind::Opaque if super::buffer::is_pickle_buffer(v) => self.pickle_buffer(v),
            _ => self.other(v),
        })
    }

    fn save_persistent(&mut self, id: &Value) -> R<()> {
        if self.bin {
            self.save_object(id, false)?;
            self.out.op(BINPERSID);
            return Ok(());
        }
        let text = protocol::str(self.t, id)?;
        let Some(ascii) = text.cast::<Str>().and_then(Str::as_ascii) else {
            return Err(pickling_error(self.t, "persistent IDs in protocol 0 must be ASCII strings"));
        };
        self.out.op(PERSID);
        self.out.push(ascii.as_bytes());
        self.out.op(b'\n');
        Ok(())
    }

    /// The object's number, if it has been met.
    #[inline]
    fn number(&self, v: &Value) -> Option<usize> {
        self.memo.with(self.t, self.owner, |memo| memo.get(v))
    }

    /// Takes the object with that number out of the memo.
    fn refer(&mut self, number: usize) {
        if !self.bin {
            self.out.op(GET);
            self.out.push(format!("{number}\n").as_bytes());
        } else if let Ok(byte) = u8::try_from(number) {
            self.out.push(&[BINGET, byte]);
        } else {
            self.out.op(LONG_BINGET);
            self.out.push(&(number as u32).to_le_bytes());
        }
    }

    /// Numbers the object on top of the stack.
    fn memoize(&mut self, v: &Value) -> R<()> {
        if self.fast {
            return Ok(());
        }
        let (number, old) = self.memo.with(self.t, self.owner, |memo| {
            let number = memo.len();
            (number, memo.put(v.clone(), number))
        });
        drop(old);
        if self.proto >= 4 {
            self.out.op(MEMOIZE);
        } else if !self.bin {
            self.out.op(PUT);
            self.out.push(format!("{number}\n").as_bytes());
        } else if let Ok(byte) = u8::try_from(number) {
            self.out.push(&[BINPUT, byte]);
        } else if let Ok(number) = u32::try_from(number) {
            self.out.op(LONG_BINPUT);
            self.out.push(&number.to_le_bytes());
        } else {
            return Err(pickling_error(self.t, "memo id too large for LONG_BINPUT"));
        }
        Ok(())
    }

    /// An object of no type that is built in here.
    fn other(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        if let Some(reduce) = self.reducer_override.clone() {
            let reduced = protocol::call(t, &reduce, std::slice::from_ref(v))?;
            if !reduced.is_not_implemented() {
                return self.reduced(v, &reduced);
            }
        }
        let class = v.type_of(t);
        if std::ptr::eq(class, t.types().type_.get()) {
            return self.class(v);
        }
        if v.kind() == Kind::Function {
            return self.global(v, None);
        }
        let class_value = class.value();
        let reduce = match &self.dispatch_table {
            None => match self.state.dispatch_table.get(t).as_ref().and_then(|d| d.cast::<Dict>()) {
                Some(table) => table.get(t, &class_value)?,
                None => None,
            },
            Some(table) => match table.cast_exact::<Dict>() {
                Some(dict) => dict.get(t, &class_value)?,
                None => t.catch(protocol::getitem(t, table, &class_value), |types| &types.key_error)?,
            },
        };
        let reduced = match reduce {
            Some(reduce) => protocol::call(t, &reduce, std::slice::from_ref(v))?,
            None if class.is_subtype(t.types().type_.get()) => return self.global(v, None),
            None if self.reduces_plainly(v) => objects::reduce::reduce_ex(t, v, &Value::small(self.proto.into()))?,
            None => match protocol::getattr_opt(t, v, &t.names().__reduce_ex__)? {
                Some(reduce) => protocol::call(t, &reduce, &[int::new(t, self.proto.into())])?,
                None => match protocol::getattr_opt(t, v, &t.names().__reduce__)? {
                    Some(reduce) => protocol::call(t, &reduce, &[])?,
                    None => return Err(pickling_error(t, format!("Can't pickle {} object", kind(t, v)))),
                },
            },
        };
        self.reduced(v, &reduced)
    }

    /// Whether the object's `__reduce_ex__` is `object`'s, found without asking it.
    fn reduces_plainly(&self, v: &Value) -> bool {
        let (t, class, name) = (self.t, v.type_of(self.t), &self.t.names().__reduce_ex__);
        let generic = class.slots().getattr.is_some_and(|f| f as *const () == generic_getattr as *const ());
        let own = part_of(v).is_some_and(|(part, _, class)| !matches!(part.get(t, class, name), Ok(None)));
        let of_class = || class.lookup(t, name).zip(t.types().object.own_attribute(t, name));
        generic && !own && of_class().is_some_and(|(found, plain)| found.is(&plain))
    }

    /// An object, by what `__reduce__` said of it.
    fn reduced(&mut self, v: &Value, reduced: &Value) -> R<()> {
        let t = self.t;
        if reduced.cast::<Str>().is_some() {
            return self.global(v, Some(reduced));
        }
        let done = match reduced.cast::<Tuple>() {
            Some(tuple) => self.reduce(tuple.items(), v),
            None => {
                Err(pickling_error(t, format!("__reduce__ must return a string or tuple, not {}", kind(t, reduced))))
            }
        };
        done.map_err(|raised| note(t, raised, || Ok(format!("when serializing {} object", kind(t, v)))))
    }

    /// Writes the function `f(*args)` as the reduction of a built-in object.
    fn call(&mut self, function: Value, args: Value, v: &Value) -> R<()> {
        self.reduce(&[function, args], v)
    }

    /// In fast mode: a container begins. Below some depth it must not be met again within itself.
    fn enter_fast(&mut self, v: &Value) -> R<()> {
        if !self.fast {
            return Ok(());
        }
        self.fast_depth += 1;
        if self.fast_depth < FAST_DEPTH || self.fast_running.insert(v.id()) {
            return Ok(());
        }
        self.fast_depth = 0;
        let name = v.type_of(self.t).name_str();
        let message = format!("fast mode: can't pickle cyclic objects including object type {name} at {:#x}", v.id());
        Err(self.t.value_error(message))
    }

    fn leave_fast(&mut self, v: &Value) {
        if self.fast {
            if self.fast_depth >= FAST_DEPTH {
                self.fast_running.remove(&v.id());
            }
            self.fast_depth = self.fast_depth.saturating_sub(1);
        }
    }

    /// Saves a part of a container; an exception tells which.
    fn part(&mut self, part: &Value, name: impl FnOnce() -> R<String>) -> R<()> {
        self.save(part).map_err(|raised| note(self.t, raised, name))
    }

    /// The memo's slot: the state's own values.
    fn kept(&self, slot: &crate::objects::slot::Slot) -> Value {
        got(self.t, slot)
    }
}
