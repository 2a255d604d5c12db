//! `_sha3`: SHA-3 and SHAKE, the functions of FIPS 202.

use crate::modules::ModuleSpec;
use crate::modules::hash_object::{self, Algorithm, Fixed, Hash, HashObject, LONG_METHODS, METHODS, this};
use crate::modules::native_type::{Signature, add_types};
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::opaque;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use digest::{ExtendableOutput, Update, XofReader};

/// A function whose digest is as long as the caller says.
#[derive(Clone)]
struct Shake<X>(X);

impl<X: ExtendableOutput + Update + Clone + Send + 'static> Hash for Shake<X> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
    fn digest(&self, length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        self.0.clone().finalize_xof().read(&mut out);
        out
    }
    fn copy(&self) -> Box<dyn Hash> {
        Box::new(self.clone())
    }
}

static SIGNATURE: Signature = Signature::new("sha3_224", "(data=b'', *, usedforsecurity=True, string=None)");

fn capacity_bits(v: &Value) -> usize {
    1600 - this(v).block_size * 8
}

static GETSET: &[GetSet] = &[
    GetSet::ro("block_size", |t, v| Ok(int::from_usize(t, this(v).block_size)), ""),
    GetSet::ro("name", |t, v| Ok(t.str(this(v).name)), ""),
    GetSet::ro("digest_size", |t, v| Ok(int::from_usize(t, this(v).digest_size)), ""),
    GetSet::ro("_capacity_bits", |t, v| Ok(int::from_usize(t, capacity_bits(v))), ""),
    GetSet::ro("_rate_bits", |t, v| Ok(int::from_usize(t, this(v).block_size * 8)), ""),
    GetSet::ro("_suffix", suffix, ""),
];

/// The bits that are put behind the message: they tell SHAKE from SHA-3.
fn suffix(t: &Thread, v: &Value) -> R {
    Ok(Bytes::make(t, if this(v).digest_size == 0 { &[0x1f] } else { &[0x06] }))
}

const fn type_spec(name: &'static str, methods: &'static [Def]) -> Spec {
    let mut spec = opaque::spec::<HashObject>(name);
    spec.flags |= type_flags::IMMUTABLE;
    spec.methods = methods;
    spec.getset = GETSET;
    spec
}

macro_rules! functions {
    ($($new:ident $spec:ident $name:literal $methods:ident $block:literal $size:literal $hash:expr;)*) => { $(
        fn $new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
            let algorithm =
                Algorithm { name: &$name[6..], block_size: $block, digest_size: $size, make: || Box::new($hash) };
            hash_object::construct(t, &$spec, &algorithm, &SIGNATURE.bind::<3>(t, args)?)
        }

        static $spec: Spec = {
            let mut spec = type_spec($name, $methods);
            spec.slots.new = Some($new);
            spec
        };
    )* };
}

functions! {
    sha3_224 SHA3_224 "_sha3.sha3_224" METHODS 144 28 Fixed(<sha3::Sha3_224 as digest::Digest>::new());
    sha3_256 SHA3_256 "_sha3.sha3_256" METHODS 136 32 Fixed(<sha3::Sha3_256 as digest::Digest>::new());
    sha3_384 SHA3_384 "_sha3.sha3_384" METHODS 104 48 Fixed(<sha3::Sha3_384 as digest::Digest>::new());
    sha3_512 SHA3_512 "_sha3.sha3_512" METHODS 72 64 Fixed(<sha3::Sha3_512 as digest::Digest>::new());
    shake_128 SHAKE_128 "_sha3.shake_128" LONG_METHODS 168 0 Shake(sha3::Shake128::default());
    shake_256 SHAKE_256 "_sha3.shake_256" LONG_METHODS 136 0 Shake(sha3::Shake256::default());
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    hash_object::add_constants(t, module);
    add_types(t, module, &[&SHA3_224, &SHA3_256, &SHA3_384, &SHA3_512, &SHAKE_128, &SHAKE_256]);
    let namespace = module.dict(t);
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_name(t, "implementation", t.str("RustCrypto"));
    }
    Ok(())
}

/// `_sha3`.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_sha3", exec: Some(exec), ..ModuleSpec::DEFAULT };
