//! `Pickler`: writes pickles to a file.

use super::memo::{Locked, Memo};
use super::proxy::{self, PICKLER_MEMO};
use super::save::Save;
use super::state::pickling_error;
use super::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL};
use crate::modules::native_type::Signature;
use crate::objects::attribute::{generic_getattr, generic_setattr};
use crate::objects::dict::Dict;
use crate::objects::native;
use crate::objects::opaque::{self, Native};
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Raised};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::{int, protocol};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::*};

/// The protocol, and what goes with it.
#[derive(Clone, Copy)]
pub struct Settings {
    pub proto: i32,
    pub fix_imports: bool,
}

impl Settings {
    pub fn new(t: &Thread, protocol: Option<&Value>, fix_imports: bool) -> R<Settings> {
        let proto = match protocol.filter(|p| !p.is_none()) {
            None => DEFAULT_PROTOCOL.into(),
            Some(protocol) => int::arg_i64(t, protocol)?,
        };
        if proto > HIGHEST_PROTOCOL.into() {
            return Err(t.value_error(format!("pickle protocol must be <= {HIGHEST_PROTOCOL}")));
        }
        let proto = if proto < 0 { HIGHEST_PROTOCOL } else { proto as i32 };
        Ok(Settings { proto, fix_imports: fix_imports && proto < 3 })
    }

    /// Buffers are only in the newest protocol.
    pub fn check_callback(&self, t: &Thread, callback: Option<&Value>) -> R<Option<Value>> {
        let callback = callback.filter(|c| !c.is_none()).cloned();
        if callback.is_some() && self.proto < 5 {
            return Err(t.value_error("buffer_callback needs protocol >= 5"));
        }
        Ok(callback)
    }
}

/// The file's `write`.
pub fn write_of(t: &Thread, file: &Value) -> R {
    let write = protocol::getattr_opt(t, file, &t.names().write)?;
    write.ok_or_else(|| t.type_error("file must have a 'write' attribute"))
}

/// Marks an object as being at work, until dropped.
pub struct Running<'a>(&'a AtomicBool);

impl<'a> Running<'a> {
    /// `RuntimeError` if it is at work already.
    pub fn enter(t: &Thread, flag: &'a AtomicBool, name: &str) -> R<Running<'a>> {
        if flag.swap(true, AcqRel) {
            return Err(t.runtime_error(format!("{name} object is already used")));
        }
        Ok(Running(flag))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.store(false, Release);
    }
}

/// The payload of a `Pickler`.
#[derive(Default)]
pub struct Pickler {
    running: AtomicBool,
    write: Slot,
    dispatch_table: Slot,
    buffer_callback: Slot,
    /// What was assigned to `persistent_id`.
    persistent_id: Slot,
    proto: AtomicI32,
    bin: AtomicI32,
    fast: AtomicI32,
    fix_imports: AtomicBool,
    pub memo: Locked<Memo>,
}

impl Native for Pickler {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for slot in [&self.write, &self.dispatch_table, &self.buffer_callback, &self.persistent_id] {
            slot.visit(visit);
        }
        self.memo.visit(|memo| memo.visit(visit));
    }

    fn clear(&self, t: &Thread) {
        for slot in [&self.write, &self.dispatch_table, &self.buffer_callback, &self.persistent_id] {
            drop(slot.take());
        }
        drop(self.memo.with(t, None, std::mem::take));
    }
}

/// The pickler that a slot or method was called on.
pub fn this(v: &Value) -> &Pickler {
    v.opaque::<Pickler>().expect("slots of `Pickler` get picklers")
}

fn new(t: &Thread, class: &Value, _: Args<'_>) -> R {
    opaque::new(t, class.cast::<Type>().expect("a class"), Pickler::default())
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: Signature =
        Signature::new("Pickler", "(file, protocol=None, fix_imports=True, buffer_callback=None)");
    let [file, protocol, fix_imports, callback] = SIGNATURE.bind::<4>(t, args)?;
    let fix_imports = super::flag(t, fix_imports.as_ref())?;
    let this = this(v);
    let _running = Running::enter(t, &this.running, "Pickler")?;
    let settings = Settings::new(t, protocol.as_ref(), fix_imports)?;
    let write = write_of(t, file.as_ref().unwrap_or(Value::none()))?;
    let callback = settings.check_callback(t, callback.as_ref())?;
    this.write.set(write);
    drop(this.buffer_callback.replace(callback));
    this.proto.store(settings.proto, Relaxed);
    this.bin.store(i32::from(settings.proto > 0), Relaxed);
    this.fast.store(0, Relaxed);
    this.fix_imports.store(settings.fix_imports, Relaxed);
    if this.dispatch_table.is_empty()
        && let Some(table) = protocol::getattr_opt(t, v, &t.intern("dispatch_table"))?
    {
        this.dispatch_table.set(table);
    }
    Ok(())
}

/// A method that a subclass or an instance overrides: not the native type's own.
pub fn overridden(t: &Thread, v: &Value, name: &str, own: &'static Def) -> R<Option<Value>> {
    let method = protocol::getattr_opt(t, v, &t.intern(name))?;
    Ok(method.filter(|method| {
        !method.cast_exact::<native::Native>().is_some_and(|m| std::ptr::eq(m.def, own) && m.receiver().is(v))
    }))
}

fn dump(t: &Thread, v: &Value, object: &Value) -> R {
    let this = this(v);
    let Some(write) = this.write.get(t) else { return Err(not_initialized(t, v, "Pickler", pickling_error)) };
    let _running = Running::enter(t, &this.running, "Pickler")?;
    let settings = Settings { proto: this.proto.load(Relaxed), fix_imports: this.fix_imports.load(Relaxed) };
    let mut save = Save::new(t, settings, &this.memo, v.header(), Some(write));
    save.fast = this.fast.load(Relaxed) != 0;
    save.persistent_id = overridden(t, v, "persistent_id", &METHODS[0])?;
    save.reducer_override = protocol::getattr_opt(t, v, &t.intern("reducer_override"))?;
    save.dispatch_table = this.dispatch_table.get(t);
    save.buffer_callback = this.buffer_callback.get(t);
    save.dump(object)?;
    save.out.flush(t)?;
    Ok(Value::NONE)
}

/// `__init__` was not called.
#[cold]
pub fn not_initialized(t: &Thread, v: &Value, name: &str, raise: fn(&Thread, String) -> Raised) -> Raised {
    raise(t, format!("{name}.__init__() was not called by {}.__init__()", v.type_of(t).name_str()))
}

fn persistent_id(_: &Thread, _: &Value, _: &Value) -> R {
    Ok(Value::NONE)
}

fn clear_memo(t: &Thread, v: &Value) -> R {
    drop(this(v).memo.with(t, v.header(), std::mem::take));
    Ok(Value::NONE)
}

fn sizeof(t: &Thread, v: &Value) -> R {
    let entries = this(v).memo.with(t, v.header(), |memo| memo.len());
    let base = v.type_of(t).payload_size();
    Ok(int::from_usize(t, base + entries * std::mem::size_of::<(u64, usize, Value)>()))
}

fn is_persistent_id(name: &Value) -> bool {
    name.cast::<Str>().is_some_and(|s| s.is("persistent_id"))
}

fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    if is_persistent_id(name)
        && let Some(assigned) = this(v).persistent_id.get(t)
    {
        return Ok(assigned);
    }
    generic_getattr(t, v, name)
}

fn setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    if is_persistent_id(name) {
        drop(this(v).persistent_id.replace(value.cloned()));
        return Ok(());
    }
    generic_setattr(t, v, name, value)
}

/// A field that is a C `int`.
fn set_int(t: &Thread, field: &AtomicI32, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete numeric/char attribute")) };
    let value = int::arg_i64(t, value)?;
    if i32::try_from(value).is_err() {
        crate::objects::warn::warn(t, |types| &types.runtime_warning, "Truncation of value to int")?;
    }
    field.store(value as i32, Relaxed);
    Ok(())
}

fn dispatch_table(t: &Thread, v: &Value) -> R {
    let name = t.intern("dispatch_table");
    this(v).dispatch_table.get(t).ok_or_else(|| t.no_attribute(v, &name))
}

fn set_dispatch_table(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let old = this(v).dispatch_table.replace(value.cloned());
    if value.is_none() && old.is_none() {
        return Err(t.raise_message(&t.types().attribute_error, "dispatch_table"));
    }
    Ok(())
}

fn memo(t: &Thread, v: &Value) -> R {
    proxy::make(t, &PICKLER_MEMO, v)
}

fn set_memo(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("attribute deletion is not supported")) };
    let mut new = Memo::default();
    if let Some(other) = proxy::target(value, &PICKLER_MEMO) {
        for (number, object) in self::this(&other).memo.with(t, other.header(), |memo| memo.entries()) {
            new.put(object, number);
        }
    } else if let Some(dict) = value.cast::<Dict>() {
        for (_, entry) in dict.pairs(t) {
            let Some([number, object]) = entry.cast::<Tuple>().map(Tuple::items) else {
                return Err(t.type_error("'memo' values must be 2-item tuples"));
            };
            let number = int::arg_isize(t, number)?;
            new.put(object.clone(), number as usize);
        }
    } else {
        let kind = value.type_of(t).name_str();
        return Err(t.type_error(format!("'memo' attribute must be a PicklerMemoProxy object or dict, not {kind}")));
    }
    drop(this(v).memo.with(t, v.header(), |memo| std::mem::replace(memo, new)));
    Ok(())
}

/// What the memo's proxy shows: identities with numbers and objects.
pub fn shown_memo(t: &Thread, v: &Value) -> R {
    let shown = Dict::make(t);
    for (number, object) in this(v).memo.with(t, v.header(), |memo| memo.entries()) {
        let key = int::from_u64(t, object.id());
        if let Some(dict) = shown.cast::<Dict>() {
            dict.set(t, key, t.tuple([int::from_usize(t, number), object]))?;
        }
    }
    Ok(shown)
}

/// Empties the memo.
pub fn empty_memo(t: &Thread, v: &Value) {
    drop(this(v).memo.with(t, v.header(), std::mem::take));
}

#[rustfmt::skip]
static METHODS: [Def; 4] = [
    Def::new("persistent_id", Func::One(persistent_id), "($self, obj, /)", ""),
    Def::new("dump", Func::One(dump), "($self, obj, /)", "Write a pickled representation of the given object to the open file."),
    Def::new("clear_memo", Func::NoArgs(clear_memo), "($self, /)", "Clears the pickler's \"memo\".\n\nThe memo is the data structure that remembers which objects the\npickler has already seen, so that shared or recursive objects are\npickled by reference and not by value.  This method is useful when\nre-using picklers."),
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Returns size in memory, in bytes."),
];

#[rustfmt::skip]
static GETSET: &[GetSet] = &[
    GetSet::member_rw("bin", |t, v| Ok(int::new(t, this(v).bin.load(Relaxed).into())), |t, v, value| set_int(t, &this(v).bin, value), ""),
    GetSet::member_rw("fast", |t, v| Ok(int::new(t, this(v).fast.load(Relaxed).into())), |t, v, value| set_int(t, &this(v).fast, value), ""),
    GetSet::member_rw("dispatch_table", dispatch_table, set_dispatch_table, ""),
    GetSet::rw("memo", memo, set_memo, ""),
];

/// `_pickle.Pickler`.
pub static SPEC: Spec = {
    let mut spec = opaque::spec::<Pickler>("_pickle.Pickler");
    spec.flags |= type_flags::IMMUTABLE | type_flags::BASETYPE;
    spec.doc = "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\nThis takes a binary file for writing a pickle data stream.";
    spec.slots.new = Some(new);
    spec.slots.init = Some(init);
    spec.slots.getattr = Some(getattr);
    spec.slots.setattr = Some(setattr);
    spec.methods = &METHODS;
    spec.getset = GETSET;
    spec
};
