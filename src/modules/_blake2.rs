//! `_blake2`: BLAKE2b and BLAKE2s with all their parameters (RFC 7693, and the tree mode of the BLAKE2 paper).

use crate::modules::ModuleSpec;
use crate::modules::hash_object::{self, Hash, HashObject, METHODS, data_argument, input};
use crate::modules::native_type::{Signature, add_types};
use crate::objects::buffer::bytes_like;
use crate::objects::container::class_of;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::Spec;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

impl Hash for blake2b_simd::State {
    fn update(&mut self, data: &[u8]) {
        self.update(data);
    }
    fn digest(&self, _: usize) -> Vec<u8> {
        self.finalize().as_bytes().to_vec()
    }
    fn copy(&self) -> Box<dyn Hash> {
        Box::new(self.clone())
    }
}

impl Hash for blake2s_simd::State {
    fn update(&mut self, data: &[u8]) {
        self.update(data);
    }
    fn digest(&self, _: usize) -> Vec<u8> {
        self.finalize().as_bytes().to_vec()
    }
    fn copy(&self) -> Box<dyn Hash> {
        Box::new(self.clone())
    }
}

const TEXT: &str = "(data=b'', *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, \
     node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)";
static BLAKE2B_SIGNATURE: Signature = Signature::new("blake2b", TEXT);
static BLAKE2S_SIGNATURE: Signature = Signature::new("blake2s", TEXT);

/// What the two functions differ in.
struct Limits {
    digest: usize,
    key: usize,
    salt: usize,
    node_offset: u64,
}

const B: Limits = Limits { digest: 64, key: 64, salt: 16, node_offset: u64::MAX };
const S: Limits = Limits { digest: 32, key: 32, salt: 8, node_offset: (1 << 48) - 1 };

/// The parameters, checked.
struct Parameters {
    data: Option<Value>,
    digest_size: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf_size: u32,
    node_offset: u64,
    node_depth: u8,
    inner_size: usize,
    last_node: bool,
}

fn parameters(t: &Thread, bound: [Option<Value>; 14], limits: &Limits) -> R<Parameters> {
    let [data, digest_size, key, salt, person, fanout, depth, leaf, offset, node_depth, inner, last, _, string] = bound;
    let data = data_argument(t, data, string)?;
    let number = |v: &Option<Value>, default: i64| v.as_ref().map_or(Ok(default), |v| int::arg_i64(t, v));
    let bytes = |v: &Option<Value>| match v {
        None => Ok(Vec::new()),
        Some(v) => Ok(bytes_like(t, v)?.to_vec()),
    };
    let check = |ok: bool, message: &dyn Fn() -> String| if ok { Ok(()) } else { Err(t.value_error(message())) };
    let digest_size = number(&digest_size, limits.digest as i64)?;
    check((1..=limits.digest as i64).contains(&digest_size), &|| {
        format!(
            "digest_size for {} must be between 1 and {} bytes, here it is {digest_size}",
            name(limits),
            limits.digest
        )
    })?;
    let (key, salt, person) = (bytes(&key)?, bytes(&salt)?, bytes(&person)?);
    check(salt.len() <= limits.salt, &|| format!("maximum salt length is {} bytes", limits.salt))?;
    check(person.len() <= limits.salt, &|| format!("maximum person length is {} bytes", limits.salt))?;
    let (fanout, depth) = (number(&fanout, 1)?, number(&depth, 1)?);
    check((0..=255).contains(&fanout), &|| "fanout must be between 0 and 255".into())?;
    check((1..=255).contains(&depth), &|| "depth must be between 1 and 255".into())?;
    let unsigned = |v: &Option<Value>| match v {
        None => Ok(0),
        Some(v) => {
            let i = protocol::index(t, v)?;
            match int::as_u64(&i) {
                Some(u) => Ok(u),
                None if int::as_i64(&i).is_some_and(|i| i < 0) => Err(t.value_error("Cannot convert negative int")),
                None => Err(t.overflow_error("Python int too large for C unsigned long long")),
            }
        }
    };
    let leaf_size = unsigned(&leaf)?;
    let Ok(leaf_size) = u32::try_from(leaf_size) else { return Err(t.overflow_error("leaf_size is too large")) };
    let node_offset = unsigned(&offset)?;
    if node_offset > limits.node_offset {
        return Err(t.overflow_error("node_offset is too large"));
    }
    let (node_depth, inner_size) = (number(&node_depth, 0)?, number(&inner, 0)?);
    check((0..=255).contains(&node_depth), &|| "node_depth must be between 0 and 255".into())?;
    check((0..=limits.digest as i64).contains(&inner_size), &|| {
        format!("inner_size must be between 0 and is {}", limits.digest)
    })?;
    check(key.len() <= limits.key, &|| format!("maximum key length is {} bytes", limits.key))?;
    Ok(Parameters {
        data,
        digest_size: digest_size as usize,
        key,
        salt,
        person,
        fanout: fanout as u8,
        depth: depth as u8,
        leaf_size,
        node_offset,
        node_depth: node_depth as u8,
        inner_size: inner_size as usize,
        last_node: last.map_or(Ok(false), |v| protocol::truth(t, &v))?,
    })
}

fn name(limits: &Limits) -> &'static str {
    if limits.digest == B.digest { "Blake2b" } else { "Blake2s" }
}

macro_rules! function {
    ($new:ident $spec:ident $signature:ident $limits:ident $library:ident $name:literal $block:literal) => {
        fn $new(t: &Thread, class: &Value, args: Args<'_>) -> R {
            let p = parameters(t, $signature.bind(t, args)?, &$limits)?;
            let state = $library::Params::new()
                .hash_length(p.digest_size)
                .key(&p.key)
                .salt(&p.salt)
                .personal(&p.person)
                .fanout(p.fanout)
                .max_depth(p.depth)
                .max_leaf_length(p.leaf_size)
                .node_offset(p.node_offset)
                .node_depth(p.node_depth)
                .inner_hash_length(p.inner_size)
                .last_node(p.last_node)
                .to_state();
            let object = HashObject::new(stringify!($new), $block, p.digest_size, Box::new(state));
            if let Some(data) = &p.data {
                object.update(t, &input(t, data)?);
            }
            opaque::new(t, class_of(t, class)?, object)
        }

        static $spec: Spec = {
            let mut spec = opaque::spec::<HashObject>($name);
            spec.flags |= crate::objects::spec::type_flags::BASETYPE | crate::objects::spec::type_flags::IMMUTABLE;
            spec.doc = concat!("Return a new hash object of ", stringify!($new), ".");
            spec.methods = METHODS;
            spec.getset = hash_object::GETSET;
            spec.slots.new = Some($new);
            spec
        };
    };
}

function!(blake2b BLAKE2B BLAKE2B_SIGNATURE B blake2b_simd "_blake2.blake2b" 128);
function!(blake2s BLAKE2S BLAKE2S_SIGNATURE S blake2s_simd "_blake2.blake2s" 64);

fn exec(t: &Thread, module: &Module) -> R<()> {
    hash_object::add_constants(t, module);
    add_types(t, module, &[&BLAKE2B, &BLAKE2S]);
    let namespace = module.dict(t);
    let Some(dict) = namespace.cast::<Dict>() else { return Ok(()) };
    for (spec, prefix, limits) in [(&BLAKE2B, "BLAKE2B", &B), (&BLAKE2S, "BLAKE2S", &S)] {
        let class = crate::modules::module_type(t, spec);
        let class_dict = class.cast::<Type>().map(|c| c.dict(t));
        let sizes = [
            ("SALT_SIZE", limits.salt),
            ("PERSON_SIZE", limits.salt),
            ("MAX_KEY_SIZE", limits.key),
            ("MAX_DIGEST_SIZE", limits.digest),
        ];
        for (name, size) in sizes {
            let size = Value::small(size as i64);
            dict.set_name(t, &format!("{prefix}_{name}"), size.clone());
            if let Some(class) = class_dict.as_ref().and_then(|d| d.cast::<Dict>()) {
                class.set_name(t, name, size);
            }
        }
    }
    Ok(())
}

/// `_blake2`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_blake2",
    doc: "_blake2b provides BLAKE2b for hashlib\n",
    exec: Some(exec),
    ..ModuleSpec::DEFAULT
};
