//! `permutations`, `combinations`, `combinations_with_replacement`.

use super::combinatoric::{State, numbers, sizeof};
use super::iterator;
use crate::modules::native_type::{Signature, fields};
use crate::objects::container::class_of;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Def, Func, Spec};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::sync::Guarded;

fields! {
    /// The payload of `permutations`.
    Permutations { pool: Value, r: usize, state: Guarded<State> }
}
fields! {
    /// The payload of `combinations`.
    Combinations { pool: Value, r: usize, state: Guarded<State> }
}
fields! {
    /// The payload of `combinations_with_replacement`.
    WithReplacement { pool: Value, r: usize, state: Guarded<State> }
}

fn items(pool: &Value) -> &[Value] {
    pool.cast::<Tuple>().map_or(&[], Tuple::items)
}

/// The tuple that the indices stand for.
fn pick(t: &Thread, pool: &[Value], indices: &[usize]) -> R<Option<Value>> {
    Ok(Some(t.tuple(indices.iter().map(|&i| pool[i].clone()))))
}

static PERMUTATIONS_SIGNATURE: Signature = Signature::new("permutations", "(iterable, r=None)");

fn permutations_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [iterable, r] = PERMUTATIONS_SIGNATURE.bind::<2>(t, args)?;
    let pool = t.tuple(protocol::collect(t, &iterable.unwrap_or(Value::NONE))?);
    let n = items(&pool).len();
    let r = match r.filter(|r| !r.is_none()) {
        None => n,
        Some(r) if !int::is_int(&r) => return Err(t.type_error("Expected int as r")),
        Some(r) => match usize::try_from(int::to_isize(t, &r)?) {
            Ok(r) => r,
            Err(_) => return Err(t.value_error("r must be non-negative")),
        },
    };
    let stopped = r > n;
    let (indices, cycles) =
        if stopped { Default::default() } else { (numbers(t, n, |i| i)?, numbers(t, r, |i| n - i)?) };
    let state = Guarded::new(State { indices, cycles, started: false, stopped });
    Permutations::make_in(t, class_of(t, class)?, pool, r, state)
}

fn permutations_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Permutations::this(v);
    let pool = items(&it.pool);
    let mut guard = it.state.lock();
    let state = &mut *guard;
    if state.stopped {
        return Ok(None);
    }
    if !state.started {
        state.started = true;
        return pick(t, pool, &state.indices[..it.r]);
    }
    let n = pool.len();
    for i in (0..it.r).rev() {
        state.cycles[i] -= 1;
        if state.cycles[i] == 0 {
            state.indices[i..].rotate_left(1);
            state.cycles[i] = n - i;
        } else {
            let j = n - state.cycles[i];
            state.indices.swap(i, j);
            return pick(t, pool, &state.indices[..it.r]);
        }
    }
    state.stopped = true;
    Ok(None)
}

static COMBINATIONS_SIGNATURE: Signature = Signature::new("combinations", "(iterable, r)");
static REPLACEMENT_SIGNATURE: Signature = Signature::new("combinations_with_replacement", "(iterable, r)");

/// The pool and how many of it are taken at a time.
fn pool_and_r(t: &Thread, signature: &Signature, args: Args<'_>) -> R<(Value, usize)> {
    let [iterable, r] = signature.bind::<2>(t, args)?.map(|v| v.unwrap_or(Value::NONE));
    let r = int::arg_isize(t, &r)?;
    let pool = t.tuple(protocol::collect(t, &iterable)?);
    match usize::try_from(r) {
        Ok(r) => Ok((pool, r)),
        Err(_) => Err(t.value_error("r must be non-negative")),
    }
}

fn combinations_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let (pool, r) = pool_and_r(t, &COMBINATIONS_SIGNATURE, args)?;
    let stopped = r > items(&pool).len();
    let indices = if stopped { Vec::new() } else { numbers(t, r, |i| i)? };
    let state = Guarded::new(State { indices, stopped, ..State::default() });
    Combinations::make_in(t, class_of(t, class)?, pool, r, state)
}

fn combinations_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = Combinations::this(v);
    let pool = items(&it.pool);
    let (n, r) = (pool.len(), it.r);
    let mut guard = it.state.lock();
    let state = &mut *guard;
    if state.stopped {
        return Ok(None);
    }
    if !state.started {
        state.started = true;
        return pick(t, pool, &state.indices);
    }
    // The last index that is not at its greatest moves on, those behind it follow closely.
    let Some(i) = (0..r).rev().find(|&i| state.indices[i] != i + n - r) else {
        state.stopped = true;
        return Ok(None);
    };
    let first = state.indices[i] + 1;
    for (k, index) in state.indices[i..].iter_mut().enumerate() {
        *index = first + k;
    }
    pick(t, pool, &state.indices)
}

fn replacement_new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let (pool, r) = pool_and_r(t, &REPLACEMENT_SIGNATURE, args)?;
    let stopped = items(&pool).is_empty() && r > 0;
    let indices = if stopped { Vec::new() } else { numbers(t, r, |_| 0)? };
    let state = Guarded::new(State { indices, stopped, ..State::default() });
    WithReplacement::make_in(t, class_of(t, class)?, pool, r, state)
}

fn replacement_next(t: &Thread, v: &Value) -> R<Option<Value>> {
    let it = WithReplacement::this(v);
    let pool = items(&it.pool);
    let mut guard = it.state.lock();
    let state = &mut *guard;
    if state.stopped {
        return Ok(None);
    }
    if !state.started {
        state.started = true;
        return pick(t, pool, &state.indices);
    }
    let Some(i) = (0..it.r).rev().find(|&i| state.indices[i] + 1 != pool.len()) else {
        state.stopped = true;
        return Ok(None);
    };
    let index = state.indices[i] + 1;
    state.indices[i..].fill(index);
    pick(t, pool, &state.indices)
}

macro_rules! sizeof_methods {
    ($payload:ident) => {{
        const METHODS: &[Def] = &[Def::new(
            "__sizeof__",
            Func::NoArgs(|t, v| sizeof(t, v, $payload::this(v).r)),
            "($self, /)",
            "Returns size in memory, in bytes.",
        )];
        METHODS
    }};
}

/// `itertools.permutations`.
pub static PERMUTATIONS: Spec = Spec {
    methods: sizeof_methods!(Permutations),
    ..iterator(
        "itertools.permutations",
        Permutations::SIZE,
        "permutations(iterable, r=None)\n--\n\nReturn successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)",
        permutations_new,
        permutations_next,
        Permutations::MEMORY,
    )
};

/// `itertools.combinations`.
pub static COMBINATIONS: Spec = Spec {
    methods: sizeof_methods!(Combinations),
    ..iterator(
        "itertools.combinations",
        Combinations::SIZE,
        "combinations(iterable, r)\n--\n\nReturn successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)",
        combinations_new,
        combinations_next,
        Combinations::MEMORY,
    )
};

/// `itertools.combinations_with_replacement`.
pub static WITH_REPLACEMENT: Spec = Spec {
    methods: sizeof_methods!(WithReplacement),
    ..iterator(
        "itertools.combinations_with_replacement",
        WithReplacement::SIZE,
        "combinations_with_replacement(iterable, r)\n--\n\nReturn successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.\n\ncombinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')",
        replacement_new,
        replacement_next,
        WithReplacement::MEMORY,
    )
};
