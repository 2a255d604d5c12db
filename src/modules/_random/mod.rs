//! `_random`: the Mersenne Twister behind `random.Random`, with CPython's sequence for every seed.

mod mersenne;

use crate::modules::ModuleSpec;
use crate::modules::native_type::{add_types, fields, with_type};
use crate::objects::arith::check_new_class;
use crate::objects::container::Field;
use crate::objects::float::{self, has_own_init};
use crate::objects::header::Kind;
use crate::objects::int::{self, View};
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use mersenne::{Mersenne, N};
use num_bigint::{BigInt, BigUint};
use std::sync::{Mutex, MutexGuard, PoisonError};

fields! {
    /// `_random.Random`.
    Random {
        /// No Python code runs while it is locked.
        generator: Mutex<Mersenne>,
    }
}

impl Field for Mutex<Mersenne> {}

impl Random {
    fn lock(&self) -> MutexGuard<'_, Mersenne> {
        self.generator.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let class = check_new_class(t, class)?;
    if !args.kw.is_empty() && !with_type(t, &SPEC, |own| has_own_init(class, own)) {
        return Err(t.type_error("Random() takes no keyword arguments"));
    }
    Random::make_in(t, class, Mutex::default())
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    if !args.kw.is_empty() {
        return Err(t.type_error("Random() takes no keyword arguments"));
    }
    if args.pos.len() > 1 {
        return Err(t.type_error(format!("Random expected at most 1 argument, got {}", args.pos.len())));
    }
    seed(t, v, args.pos).map(drop)
}

/// The words of a seed.
fn key_of(t: &Thread, seed: &Value) -> R<Vec<u32>> {
    let words = |n: &BigUint| match n.to_u32_digits() {
        words if words.is_empty() => vec![0],
        words => words,
    };
    Ok(match int::view(seed) {
        Some(View::Small(i)) => words(&i.unsigned_abs().into()),
        Some(View::Big(big)) => words(big.magnitude()),
        None => words(&(protocol::hash(t, seed)? as u64).into()),
    })
}

/// Words from the system.
fn system_key(t: &Thread) -> R<Vec<u32>> {
    let mut bytes = [0u8; 4 * N];
    // SAFETY: the buffer is as long as said.
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if got < 0 {
        return Err(t.last_os_error());
    }
    Ok(bytes.as_chunks::<4>().0.iter().map(|&word| u32::from_le_bytes(word)).collect())
}

fn seed(t: &Thread, v: &Value, args: &[Value]) -> R {
    let key = match args.first().filter(|s| !s.is_none()) {
        Some(seed) => key_of(t, seed)?,
        None => system_key(t)?,
    };
    Random::this(v).lock().seed(&key);
    Ok(Value::NONE)
}

fn random(t: &Thread, v: &Value) -> R {
    let next = Random::this(v).lock().next_f64();
    Ok(float::new(t, next))
}

fn getrandbits(t: &Thread, v: &Value, k: &Value) -> R {
    let k = protocol::index(t, k)?;
    if int::view(&k).is_some_and(View::is_negative) {
        return Err(t.value_error("Cannot convert negative int"));
    }
    let Some(k) = int::as_u64(&k) else {
        return Err(t.overflow_error("Python int too large for C uint64_t"));
    };
    let random = Random::this(v);
    match k {
        0 => Ok(Value::small(0)),
        1..=32 => {
            let word = random.lock().next_u32();
            Ok(Value::small(i64::from(word >> (32 - k))))
        }
        _ => {
            let count = usize::try_from((k - 1) / 32 + 1).unwrap_or(usize::MAX);
            let mut words: Vec<u32> = Vec::new();
            if words.try_reserve_exact(count).is_err() {
                return Err(t.memory_error());
            }
            let mut generator = random.lock();
            words.extend((0..count).map(|_| generator.next_u32()));
            drop(generator);
            if let Some(last) = words.last_mut() {
                *last >>= 32 * count as u64 - k;
            }
            Ok(int::from_big(t, BigInt::from(BigUint::new(words))))
        }
    }
}

fn getstate(t: &Thread, v: &Value) -> R {
    let generator = Random::this(v).lock().clone();
    let words = generator.state.iter().map(|&w| Value::small(i64::from(w)));
    let all: Vec<Value> = words.chain([Value::small(generator.index as i64)]).collect();
    Ok(t.tuple(all))
}

fn setstate(t: &Thread, v: &Value, state: &Value) -> R {
    let Some(tuple) = state.cast::<Tuple>() else {
        return Err(t.type_error("state vector must be a tuple"));
    };
    if tuple.len() != N + 1 {
        return Err(t.value_error("state vector is the wrong size"));
    }
    let mut new = Mersenne::default();
    for (place, item) in new.state.iter_mut().zip(tuple.items()) {
        *place = match int::view(item) {
            Some(view) if view.is_negative() => {
                return Err(t.overflow_error("can't convert negative value to unsigned int"));
            }
            Some(_) => match int::as_u64(item) {
                Some(word) => word as u32,
                None => return Err(t.overflow_error("Python int too large to convert to C unsigned long")),
            },
            None => return Err(t.type_error("an integer is required")),
        };
    }
    let index = int::arg_i64(t, &tuple.items()[N])?;
    match usize::try_from(index) {
        Ok(index) if index <= N => new.index = index,
        _ => return Err(t.value_error("invalid state")),
    }
    *Random::this(v).lock() = new;
    Ok(Value::NONE)
}

static METHODS: &[Def] = &[
    Def::new("random", Func::NoArgs(random), "($self, /)", "random() -> x in the interval [0, 1)."),
    Def::new(
        "seed",
        Func::Pos(seed, 0, 1),
        "($self, n=None, /)",
        "seed([n]) -> None.\n\nDefaults to use urandom and falls back to a combination\nof the current time and the \
         process identifier.",
    ),
    Def::new("getstate", Func::NoArgs(getstate), "($self, /)", "getstate() -> tuple containing the current state."),
    Def::new(
        "setstate",
        Func::One(setstate),
        "($self, state, /)",
        "setstate(state) -> None.  Restores generator state.",
    ),
    Def::new(
        "getrandbits",
        Func::One(getrandbits),
        "($self, k, /)",
        "getrandbits(k) -> x.  Generates an int with k random bits.",
    ),
];

/// `_random.Random`.
pub static SPEC: Spec = Spec {
    name: "_random.Random",
    kind: Kind::Opaque,
    size: Random::SIZE,
    flags: type_flags::BASETYPE,
    doc: "Random() -> create a random number generator with its own internal state.",
    slots: Slots { new: Some(new), init: Some(init), ..Random::MEMORY },
    methods: METHODS,
    ..Spec::DEFAULT
};

const DOC: &str = "Module implements the Mersenne Twister random number generator.";

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, &[&SPEC]);
    Ok(())
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_random", doc: DOC, functions: &[], exec: Some(exec) };
