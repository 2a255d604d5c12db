//! `Unpickler`: reads pickles from a file.

use super::input::Input;
use super::load::{Load, find_class as find, no_persistent_load};
use super::memo::{Locked, Numbered};
use super::pickler::{Running, not_initialized, overridden};
use super::proxy::{self, UNPICKLER_MEMO};
use super::state::unpickling_error;
use crate::modules::native_type::Signature;
use crate::objects::attribute::{generic_getattr, generic_setattr};
use crate::objects::dict::Dict;
use crate::objects::opaque::{self, Native};
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::{int, protocol};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::*};

/// The methods of a file that is read.
#[derive(Clone)]
pub struct Source {
    pub read: Value,
    pub readline: Value,
    pub peek: Option<Value>,
}

impl Source {
    pub fn of(t: &Thread, file: &Value) -> R<Source> {
        let method = |name: &str| protocol::getattr_opt(t, file, &t.intern(name));
        let (peek, _) = (method("peek")?, method("readinto")?);
        let (read, readline) = (method("read")?, method("readline")?);
        match (read, readline) {
            (Some(read), Some(readline)) => Ok(Source { read, readline, peek }),
            _ => Err(t.type_error("file must have 'read' and 'readline' attributes")),
        }
    }
}

/// How strings of Python 2 are decoded.
#[derive(Clone)]
pub struct Words {
    pub encoding: Rc<str>,
    pub errors: Rc<str>,
}

impl Words {
    pub fn new(t: &Thread, function: &str, encoding: Option<&Value>, errors: Option<&Value>) -> R<Words> {
        let word = |name: &str, v: Option<&Value>, default: &str| -> R<Rc<str>> {
            let Some(v) = v else { return Ok(default.into()) };
            let Some(text) = v.cast::<Str>() else {
                let kind = v.type_of(t).name_str();
                return Err(t.type_error(format!("{function}() argument '{name}' must be str, not {kind}")));
            };
            let Some(text) = text.to_utf8() else {
                return Err(crate::objects::codecs::surrogates_not_allowed(t, v));
            };
            if text.contains('\0') {
                return Err(t.value_error("embedded null character"));
            }
            Ok((&*text).into())
        };
        Ok(Words { encoding: word("encoding", encoding, "ASCII")?, errors: word("errors", errors, "strict")? })
    }
}

/// The iterator over out-of-band buffers.
pub fn buffers(t: &Thread, buffers: Option<&Value>) -> R<Option<Value>> {
    buffers.filter(|b| !b.is_none()).map(|b| protocol::iter(t, b)).transpose()
}

/// What an initialized unpickler has.
struct Setting {
    input: Input<'static>,
    encoding: String,
    errors: String,
}

/// The payload of an `Unpickler`.
#[derive(Default)]
pub struct Unpickler {
    running: AtomicBool,
    initialized: AtomicBool,
    setting: Locked<Option<Box<Setting>>>,
    /// What was assigned to `persistent_load`.
    persistent_load: Slot,
    buffers: Slot,
    fix_imports: AtomicBool,
    proto: AtomicI32,
    pub memo: Locked<Numbered>,
}

impl Native for Unpickler {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.persistent_load.visit(visit);
        self.buffers.visit(visit);
        self.setting.visit(|setting| {
            if let Some(source) = setting.as_ref().and_then(|s| s.input.source()) {
                visit(&source.read);
                visit(&source.readline);
                source.peek.iter().for_each(&mut *visit);
            }
        });
        self.memo.visit(|memo| memo.visit(visit));
    }

    fn clear(&self, t: &Thread) {
        drop(self.persistent_load.take());
        drop(self.buffers.take());
        drop(self.setting.with(t, None, Option::take));
        drop(self.memo.with(t, None, std::mem::take));
    }
}

/// The unpickler that a slot or method was called on.
pub fn this(v: &Value) -> &Unpickler {
    v.opaque::<Unpickler>().expect("slots of `Unpickler` get unpicklers")
}

fn new(t: &Thread, class: &Value, _: Args<'_>) -> R {
    opaque::new(t, class.cast::<Type>().expect("a class"), Unpickler::default())
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: Signature =
        Signature::new("Unpickler", "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())");
    let [file, fix_imports, encoding, errors, buffers] = SIGNATURE.bind::<5>(t, args)?;
    let fix_imports = super::flag(t, fix_imports.as_ref())?;
    let words = Words::new(t, "Unpickler", encoding.as_ref(), errors.as_ref())?;
    let this = this(v);
    let _running = Running::enter(t, &this.running, "Unpickler")?;
    let source = Source::of(t, file.as_ref().unwrap_or(Value::none()))?;
    let buffers = self::buffers(t, buffers.as_ref())?;
    let setting = Setting {
        input: Input::of_file(Some(source)),
        encoding: words.encoding.to_string(),
        errors: words.errors.to_string(),
    };
    drop(this.setting.with(t, v.header(), |old| old.replace(Box::new(setting))));
    drop(this.memo.with(t, v.header(), std::mem::take));
    drop(this.buffers.replace(buffers));
    this.fix_imports.store(fix_imports, Relaxed);
    this.proto.store(0, Relaxed);
    this.initialized.store(true, Release);
    Ok(())
}

fn load(t: &Thread, v: &Value) -> R {
    let this = this(v);
    if !this.initialized.load(Acquire) {
        return Err(not_initialized(t, v, "Unpickler", unpickling_error));
    }
    let _running = Running::enter(t, &this.running, "Unpickler")?;
    // Nobody else asks for it while this one is running.
    let Some(mut setting) = this.setting.with(t, v.header(), Option::take) else {
        return Err(t.runtime_error("the unpickler was cleared"));
    };
    let result = run(t, v, &mut setting);
    drop(this.setting.with(t, v.header(), |old| old.replace(setting)));
    result
}

fn run(t: &Thread, v: &Value, setting: &mut Setting) -> R {
    let this = this(v);
    let words = Words { encoding: (&*setting.encoding).into(), errors: (&*setting.errors).into() };
    this.proto.store(0, Relaxed);
    let fix_imports = this.fix_imports.load(Relaxed);
    let mut load = Load::new(t, &mut setting.input, &this.memo, words, fix_imports, this.buffers.get(t));
    load.owner = v.header();
    load.shown_proto = Some(&this.proto);
    load.persistent_load = overridden(t, v, "persistent_load", &METHODS[0])?;
    load.finder = overridden(t, v, "find_class", &METHODS[2])?.map(|_| v.clone());
    load.run()
}

fn persistent_load(t: &Thread, _: &Value, _: &Value) -> R {
    Err(no_persistent_load(t))
}

fn find_class(t: &Thread, v: &Value, args: &[Value]) -> R {
    let this = this(v);
    find(t, this.proto.load(Relaxed), this.fix_imports.load(Relaxed), &args[0], &args[1])
}

fn sizeof(t: &Thread, v: &Value) -> R {
    let entries = this(v).memo.with(t, v.header(), |memo| memo.len());
    let base = v.type_of(t).payload_size();
    Ok(int::from_usize(t, base + entries * std::mem::size_of::<Value>()))
}

fn is_persistent_load(name: &Value) -> bool {
    name.cast::<Str>().is_some_and(|s| s.is("persistent_load"))
}

fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    if is_persistent_load(name)
        && let Some(assigned) = this(v).persistent_load.get(t)
    {
        return Ok(assigned);
    }
    generic_getattr(t, v, name)
}

fn setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    if is_persistent_load(name) {
        drop(this(v).persistent_load.replace(value.cloned()));
        return Ok(());
    }
    generic_setattr(t, v, name, value)
}

fn memo(t: &Thread, v: &Value) -> R {
    proxy::make(t, &UNPICKLER_MEMO, v)
}

fn set_memo(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("attribute deletion is not supported")) };
    let mut new = Numbered::default();
    if let Some(other) = proxy::target(value, &UNPICKLER_MEMO) {
        for (number, object) in self::this(&other).memo.with(t, other.header(), |memo| memo.entries()) {
            drop(new.put(number, object));
        }
    } else if let Some(dict) = value.cast::<Dict>() {
        for (key, object) in dict.pairs(t) {
            if !int::is_int(&key) {
                return Err(t.type_error("memo key must be integers"));
            }
            let Ok(number) = usize::try_from(int::to_isize(t, &key)?) else {
                return Err(t.value_error("memo key must be positive integers."));
            };
            drop(new.put(number, object));
        }
    } else {
        let kind = value.type_of(t).name_str();
        let message = format!("'memo' attribute must be an UnpicklerMemoProxy object or dict, not {kind}");
        return Err(t.type_error(message));
    }
    drop(this(v).memo.with(t, v.header(), |memo| std::mem::replace(memo, new)));
    Ok(())
}

/// What the memo's proxy shows: numbers with objects.
pub fn shown_memo(t: &Thread, v: &Value) -> R {
    let entries = this(v).memo.with(t, v.header(), |memo| memo.entries());
    Dict::from_pairs(t, entries.into_iter().map(|(number, object)| (int::from_usize(t, number), object)))
}

/// Empties the memo.
pub fn empty_memo(t: &Thread, v: &Value) {
    drop(this(v).memo.with(t, v.header(), std::mem::take));
}

#[rustfmt::skip]
static METHODS: [Def; 4] = [
    Def::new("persistent_load", Func::One(persistent_load), "($self, pid, /)", ""),
    Def::new("load", Func::NoArgs(load), "($self, /)", "Load a pickle.\n\nRead a pickled object representation from the open file object given\nin the constructor, and return the reconstituted object hierarchy\nspecified therein."),
    Def::new("find_class", Func::Pos(find_class, 2, 2), "($self, module_name, global_name, /)", "Return an object from a specified module.\n\nIf necessary, the module will be imported. Subclasses may override\nthis method (e.g. to restrict unpickling of arbitrary classes and\nfunctions).\n\nThis method is called whenever a class or a function object is\nneeded.  Both arguments passed are str objects."),
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Returns size in memory, in bytes."),
];

/// `_pickle.Unpickler`.
pub static SPEC: Spec = {
    let mut spec = opaque::spec::<Unpickler>("_pickle.Unpickler");
    spec.flags |= type_flags::IMMUTABLE | type_flags::BASETYPE;
    spec.doc = "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict',\n          buffers=())\n--\n\nThis takes a binary file for reading a pickle data stream.";
    spec.slots.new = Some(new);
    spec.slots.init = Some(init);
    spec.slots.getattr = Some(getattr);
    spec.slots.setattr = Some(setattr);
    spec.methods = &METHODS;
    spec.getset = &[GetSet::rw("memo", memo, set_memo, "")];
    spec
};
