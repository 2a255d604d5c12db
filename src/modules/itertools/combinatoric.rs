//! `product`, and what the combinatoric iterators share.

use super::iterator;
use crate::modules::native_type::fields;
use crate::objects::container::{Held, class_of};
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::sync::Guarded;

/// Where a combinatoric iterator stands.
#[derive(Default)]
pub(super) struct State {
    /// Which item of which pool stands at each place.
    pub indices: Vec<usize>,
    /// What permutations count with.
    pub cycles: Vec<usize>,
    pub started: bool,
    pub stopped: bool,
}

impl Held for State {
    fn visit(&self, _visit: &mut dyn FnMut(&Value)) {}
}

/// A new vector of so many numbers; `MemoryError` where there is no room for them.
pub(super) fn numbers(t: &Thread, count: usize, f: impl Fn(usize) -> usize) -> R<Vec<usize>> {
    let mut out = crate::objects::container::try_vec(t, count)?;
    out.extend((0..count).map(f));
    Ok(out)
}

fields! {
    /// The payload of `product`.
    Product {
        /// A tuple of tuples, those of one repetition; places beyond them begin again.
        pools: Value,
        state: Guarded<State>,
    }
}

fn product_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let mut repeat = 1;
    for (name, value) in args.names.iter().zip(args.kw) {
        match name.cast::<Str>() {
            Some(n) if n.is("repeat") => repeat = int::arg_isize(t, value)?,
            n => {
                let n = n.map(|n| n.to_str_lossy()).unwrap_or_default();
                return Err(t.type_error(format!("product() got an unexpected keyword argument '{n}'")));
            }
        }
    }
    if repeat < 0 {
        return Err(t.value_error("repeat argument cannot be negative"));
    }
    let mut pools = Vec::with_capacity(args.pos.len());
    let places = args.pos.len().checked_mul(repeat as usize).filter(|&n| n <= isize::MAX as usize / 8);
    let Some(places) = places else { return Err(t.overflow_error("repeat argument too large")) };
    if repeat > 0 {
        for iterable in args.pos {
            pools.push(t.tuple(protocol::collect(t, iterable)?));
        }
    }
    let indices = numbers(t, places, |_| 0)?;
    let state = Guarded::new(State { indices, ..State::default() });
    Product::make_in(t, class_of(t, class)?, t.tuple(pools), state)
}

fn product_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Product::this(v);
    let pools = it.pools.cast::<Tuple>().map_or(&[][..], Tuple::items);
    let pool = |place: usize| pools[place % pools.len()].cast::<Tuple>().map_or(&[][..], Tuple::items);
    let mut state = it.state.lock();
    if state.stopped {
        return Ok(None);
    }
    if !state.started {
        state.started = true;
        if pools.iter().any(|p| p.cast::<Tuple>().is_none_or(Tuple::is_empty)) {
            state.stopped = true;
            return Ok(None);
        }
    } else {
        // As an odometer: the last place turns fastest.
        let mut place = state.indices.len();
        loop {
            if place == 0 {
                state.stopped = true;
                return Ok(None);
            }
            place -= 1;
            state.indices[place] += 1;
            if state.indices[place] < pool(place).len() {
                break;
            }
            state.indices[place] = 0;
        }
    }
    let items = state.indices.iter().enumerate().map(|(place, &i)| pool(place)[i].clone());
    Ok(Some(t.tuple(items)))
}

/// `__sizeof__`: the object and its counters.
pub(super) fn sizeof(t: &Thread, v: &Value, places: usize) -> R {
    Ok(int::from_usize(t, v.type_of(t).payload_size() + places * 8))
}

fn product_sizeof(t: &Thread, v: &Value) -> R {
    let places = Product::this(v).state.lock().indices.len();
    sizeof(t, v, places)
}

const PRODUCT_METHODS: &[Def] =
    &[Def::new("__sizeof__", Func::NoArgs(product_sizeof), "($self, /)", "Returns size in memory, in bytes.")];

/// `itertools.product`.
pub static PRODUCT: Spec = Spec {
    methods: PRODUCT_METHODS,
    ..iterator(
        "itertools.product",
        Product::SIZE,
        "product(*iterables, repeat=1)\n--\n\nCartesian product of input iterables.  Equivalent to nested for-loops.\n\nFor example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).\nThe leftmost iterators are in the outermost for-loop, so the output tuples\ncycle in a manner similar to an odometer (with the rightmost element changing\non every iteration).\n\nTo compute the product of an iterable with itself, specify the number\nof repetitions with the optional repeat keyword argument. For example,\nproduct(A, repeat=4) means the same as product(A, A, A, A).\n\nproduct('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)\nproduct((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ...",
        product_new,
        product_next,
        Product::MEMORY,
    )
};
