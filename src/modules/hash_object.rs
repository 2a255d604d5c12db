//! What the modules of hash functions have in common: an object that takes bytes and gives a digest.
//!
//! [`HashObject`] is the payload of all their types; an [`Algorithm`] says which function it computes.

use crate::modules::module_type;
use crate::objects::buffer::{self, BytesLike};
use crate::objects::bytes::{Bytes, hex};
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::sync::{Mutex, MutexGuard};

/// Bytes from which on others may run meanwhile (`HASHLIB_GIL_MINSIZE`).
pub const LARGE: usize = 2048;

/// A hash function under way.
pub trait Hash: Send {
    fn update(&mut self, data: &[u8]);
    /// The digest of what came so far; of so many bytes, for functions that give any number.
    fn digest(&self, length: usize) -> Vec<u8>;
    fn copy(&self) -> Box<dyn Hash>;
}

/// A hash function whose digest has a fixed length.
#[derive(Clone)]
pub struct Fixed<D>(pub D);

impl<D: digest::Digest + Clone + Send + 'static> Hash for Fixed<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
    fn digest(&self, _: usize) -> Vec<u8> {
        self.0.clone().finalize().to_vec()
    }
    fn copy(&self) -> Box<dyn Hash> {
        Box::new(self.clone())
    }
}

/// A hash function.
pub struct Algorithm {
    pub name: &'static str,
    pub block_size: usize,
    /// Bytes of a digest; 0 where the caller says how many.
    pub digest_size: usize,
    pub make: fn() -> Box<dyn Hash>,
}

/// The payload of hash objects.
pub struct HashObject {
    pub name: &'static str,
    pub block_size: usize,
    pub digest_size: usize,
    state: Mutex<Box<dyn Hash>>,
}

impl Native for HashObject {}

impl HashObject {
    pub fn new(name: &'static str, block_size: usize, digest_size: usize, hash: Box<dyn Hash>) -> HashObject {
        HashObject { name, block_size, digest_size, state: Mutex::new(hash) }
    }

    fn state(&self) -> MutexGuard<'_, Box<dyn Hash>> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Adds bytes.
    pub fn update(&self, t: &Thread, data: &[u8]) {
        match data.len() {
            // The lock is taken and given back inside: nobody waits for it holding the GIL.
            LARGE.. => t.blocking(|| self.state().update(data)),
            _ => self.state().update(data),
        }
    }
}

/// The payload that a method was called on.
pub fn this(v: &Value) -> &HashObject {
    v.opaque::<HashObject>().expect("methods of hash objects get them")
}

/// The bytes to hash: text is refused.
pub fn input<'a>(t: &Thread, v: &'a Value) -> R<BytesLike<'a>> {
    if v.cast::<Str>().is_some() {
        return Err(t.type_error("Strings must be encoded before hashing"));
    }
    if !buffer::is_exporter(t, v) {
        return Err(t.type_error("object supporting the buffer API required"));
    }
    let lent = buffer::get(t, v)?;
    if lent.shape().len() > 1 {
        return Err(t.buffer_error("Buffer must be single dimension"));
    }
    drop(lent);
    buffer::bytes_like(t, v)
}

/// The `data` and `string` arguments of a constructor, which mean the same.
pub fn data_argument(t: &Thread, data: Option<Value>, string: Option<Value>) -> R<Option<Value>> {
    match (data, string.filter(|s| !s.is_none())) {
        (Some(_), Some(_)) => Err(t.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for \
             removal in a future version.",
        )),
        (data, string) => Ok(data.or(string)),
    }
}

/// A constructor's signature, for all functions but BLAKE2.
pub const SIGNATURE: &str = "($module, /, data=b'', *, usedforsecurity=True, string=None)";

/// A new object of a type, fed with the constructor's arguments.
pub fn construct(t: &Thread, spec: &'static Spec, algorithm: &Algorithm, args: &[Option<Value>]) -> R {
    let data = data_argument(t, args[0].clone(), args[2].clone())?;
    let class = module_type(t, spec);
    let object = HashObject::new(algorithm.name, algorithm.block_size, algorithm.digest_size, (algorithm.make)());
    if let Some(data) = data {
        object.update(t, &input(t, &data)?);
    }
    opaque::new(t, class.cast::<Type>().expect("a type"), object)
}

pub fn update(t: &Thread, v: &Value, data: &Value) -> R {
    this(v).update(t, &input(t, data)?);
    Ok(Value::NONE)
}

pub fn copy(t: &Thread, v: &Value) -> R {
    let object = this(v);
    let state = object.state().copy();
    opaque::new(t, v.type_of(t), HashObject::new(object.name, object.block_size, object.digest_size, state))
}

fn digest_of(v: &Value, length: usize) -> Vec<u8> {
    this(v).state().digest(length)
}

pub fn digest(t: &Thread, v: &Value) -> R {
    Bytes::try_make(t, &digest_of(v, this(v).digest_size))
}

pub fn hexdigest(t: &Thread, v: &Value) -> R {
    Ok(Str::make_ascii(t, &hex::hexlify(&digest_of(v, this(v).digest_size), None, 0)))
}

fn length(t: &Thread, args: &[Option<Value>]) -> R<usize> {
    let Some(length) = &args[0] else {
        return Err(t.type_error("digest() missing required argument 'length' (pos 1)"));
    };
    match int::arg_isize(t, length)? {
        n if n < 0 => Err(t.value_error("Cannot convert negative int")),
        n if n >= 1 << 29 => Err(t.value_error("length is too large")),
        n => Ok(n as usize),
    }
}

fn digest_long(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    Bytes::try_make(t, &digest_of(v, length(t, args)?))
}

fn hexdigest_long(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    Ok(Str::make_ascii(t, &hex::hexlify(&digest_of(v, length(t, args)?), None, 0)))
}

const COPY: &str = "Return a copy of the hash object.";
const DIGEST: &str = "Return the digest value as a bytes object.";
const HEXDIGEST: &str = "Return the digest value as a string of hexadecimal digits.";
const UPDATE: &str = "Update this hash object's state with the provided string.";

/// Methods of objects with a digest of fixed length.
pub static METHODS: &[Def] = &[
    Def::new("copy", Func::NoArgs(copy), "($self, /)", COPY),
    Def::new("digest", Func::NoArgs(digest), "($self, /)", DIGEST),
    Def::new("hexdigest", Func::NoArgs(hexdigest), "($self, /)", HEXDIGEST),
    Def::new("update", Func::One(update), "($self, obj, /)", UPDATE),
];

/// Methods of objects whose digest is as long as the caller says.
pub static LONG_METHODS: &[Def] = &[
    Def::new("copy", Func::NoArgs(copy), "($self, /)", COPY),
    Def::new("digest", Func::Bound(digest_long), "($self, /, length)", DIGEST),
    Def::new("hexdigest", Func::Bound(hexdigest_long), "($self, /, length)", HEXDIGEST),
    Def::new("update", Func::One(update), "($self, data, /)", UPDATE),
];

/// Attributes of all hash objects.
pub static GETSET: &[GetSet] = &[
    GetSet::ro("block_size", |t, v| Ok(int::from_usize(t, this(v).block_size)), ""),
    GetSet::ro("name", |t, v| Ok(t.str(this(v).name)), ""),
    GetSet::ro("digest_size", |t, v| Ok(int::from_usize(t, this(v).digest_size)), ""),
];

/// The table of a type whose objects are made by a function only.
pub const fn spec(name: &'static str) -> Spec {
    let mut spec = opaque::spec::<HashObject>(name);
    spec.flags |=
        crate::objects::spec::type_flags::IMMUTABLE | crate::objects::spec::type_flags::DISALLOW_INSTANTIATION;
    spec.methods = METHODS;
    spec.getset = GETSET;
    spec
}

/// Puts `_GIL_MINSIZE` into a module.
pub fn add_constants(t: &Thread, module: &crate::objects::module::Module) {
    let namespace = module.dict(t);
    if let Some(dict) = namespace.cast::<crate::objects::dict::Dict>() {
        dict.set_name(t, "_GIL_MINSIZE", Value::small(LARGE as i64));
    }
}

/// A module of functions that make hash objects.
macro_rules! hash_module {
    ($module:literal: $($function:ident $spec:ident $type:literal $algorithm:ident $hash:ty, $block:literal, $size:literal, $doc:literal;)*) => {
        $(
            static $algorithm: $crate::modules::hash_object::Algorithm = $crate::modules::hash_object::Algorithm {
                name: stringify!($function),
                block_size: $block,
                digest_size: $size,
                make: || Box::new($crate::modules::hash_object::Fixed(<$hash as digest::Digest>::new())),
            };
            static $spec: $crate::objects::spec::Spec = $crate::modules::hash_object::spec($type);

            fn $function(
                t: &$crate::objects::thread::Thread,
                _: &$crate::objects::value::Value,
                args: &[Option<$crate::objects::value::Value>],
            ) -> $crate::objects::slots::R {
                $crate::modules::hash_object::construct(t, &$spec, &$algorithm, args)
            }
        )*

        fn exec(
            t: &$crate::objects::thread::Thread,
            module: &$crate::objects::module::Module,
        ) -> $crate::objects::slots::R<()> {
            $crate::modules::hash_object::add_constants(t, module);
            let namespace = module.dict(t);
            if let Some(dict) = namespace.cast::<$crate::objects::dict::Dict>() {
                for (name, spec) in TYPES {
                    dict.set_name(t, name, $crate::modules::module_type(t, spec));
                }
            }
            Ok(())
        }

        #[doc = concat!("`", $module, "`.")]
        pub static MODULE: $crate::modules::ModuleSpec = $crate::modules::ModuleSpec {
            name: $module,
            functions: &[$(
                $crate::objects::spec::Def::new(
                    stringify!($function),
                    $crate::objects::spec::Func::Bound($function),
                    $crate::modules::hash_object::SIGNATURE,
                    $doc,
                ),
            )*],
            exec: Some(exec),
            ..$crate::modules::ModuleSpec::DEFAULT
        };
    };
}
pub(crate) use hash_module;
