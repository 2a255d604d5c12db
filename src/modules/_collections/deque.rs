//! `collections.deque`: a ring of values that grows at both ends.

use super::deque_iter;
use crate::modules::module_type;
use crate::modules::native_type::{Signature, fields};
use crate::objects::container::{self, Held, ReprGuard, class_of};
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, CmpOp, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_slots::hash_not_implemented;
use crate::objects::value::{Payload, Value};
use crate::sync::Guarded;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicIsize, AtomicU32, AtomicUsize, Ordering::*};

/// The items. Python code never runs while they are locked.
#[derive(Default)]
pub struct Ring(VecDeque<Value>);

impl Held for Ring {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.iter().for_each(visit);
    }
}

fields! {
    /// The payload of `deque`.
    Deque {
        items: Guarded<Ring>,
        /// As in `items`, to be read without the lock.
        len: AtomicUsize,
        /// -1 for none.
        maxlen: AtomicIsize,
        /// Counts changes of the length and order, for iterators.
        changes: AtomicU32,
    }
}

impl Deque {
    fn make(t: &Thread, class: &Value, maxlen: isize) -> R {
        let class = class_of(t, class)?;
        Deque::make_in(
            t,
            class,
            Guarded::new(Ring::default()),
            AtomicUsize::new(0),
            AtomicIsize::new(maxlen),
            AtomicU32::new(0),
        )
    }

    pub fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    pub fn changes(&self) -> u32 {
        self.changes.load(Relaxed)
    }

    fn maxlen(&self) -> Option<usize> {
        usize::try_from(self.maxlen.load(Relaxed)).ok()
    }

    /// The items, for a stretch of code that runs no Python code and drops no value.
    #[inline(always)]
    fn with<T>(&self, f: impl FnOnce(&VecDeque<Value>) -> T) -> T {
        f(&self.items.lock().0)
    }

    /// As [`Deque::with`], for a change. What is removed is handed out and dropped by the caller.
    #[inline(always)]
    fn change<T>(&self, f: impl FnOnce(&mut VecDeque<Value>) -> T) -> T {
        let mut guard = self.items.lock();
        let result = f(&mut guard.0);
        self.len.store(guard.0.len(), Relaxed);
        self.changes.store(self.changes.load(Relaxed).wrapping_add(1), Relaxed);
        result
    }

    pub fn get(&self, index: usize) -> Option<Value> {
        self.with(|items| items.get(index).cloned())
    }

    fn snapshot(&self) -> Vec<Value> {
        self.with(|items| items.iter().cloned().collect())
    }

    #[inline(always)]
    fn push_back(&self, item: Value) {
        let max = self.maxlen().unwrap_or(usize::MAX);
        let displaced = self.change(|items| {
            items.push_back(item);
            if items.len() > max { items.pop_front() } else { None }
        });
        drop(displaced);
    }

    #[inline(always)]
    fn push_front(&self, item: Value) {
        let max = self.maxlen().unwrap_or(usize::MAX);
        let displaced = self.change(|items| {
            items.push_front(item);
            if items.len() > max { items.pop_back() } else { None }
        });
        drop(displaced);
    }

    fn rotate(&self, n: isize) {
        let len = self.len();
        if len < 2 {
            return;
        }
        self.change(|items| {
            let right = n.rem_euclid(items.len().max(1) as isize) as usize;
            items.rotate_right(right);
        });
    }

    fn clear_all(&self) {
        let old = self.change(std::mem::take);
        drop(old);
    }

    fn extend(&self, t: &Thread, v: &Value, iterable: &Value, left: bool) -> R<()> {
        if v.is(iterable) {
            for item in self.snapshot() {
                if left { self.push_front(item) } else { self.push_back(item) }
            }
            return Ok(());
        }
        let it = protocol::iter(t, iterable)?;
        while let Some(item) = protocol::next(t, &it)? {
            if left { self.push_front(item) } else { self.push_back(item) }
        }
        Ok(())
    }
}

fn this(v: &Value) -> &Deque {
    Deque::this(v)
}

static SIGNATURE: Signature = Signature::new("deque", "(iterable=None, maxlen=None)");

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    Deque::make(t, class, -1)
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let given = args.pos.len() + args.kw.len();
    if given > 2 {
        return Err(t.type_error(format!("deque() takes at most 2 arguments ({given} given)")));
    }
    let [iterable, maxlen] = SIGNATURE.bind::<2>(t, args)?;
    let maxlen = match maxlen.filter(|m| !m.is_none()) {
        None => -1,
        Some(m) if !int::is_int(&m) => return Err(t.type_error("an integer is required")),
        Some(m) => match int::to_isize(t, &m)? {
            m if m < 0 => return Err(t.value_error("maxlen must be non-negative")),
            m => m,
        },
    };
    let deque = this(v);
    deque.maxlen.store(maxlen, Relaxed);
    if deque.len() > 0 {
        deque.clear_all();
    }
    match iterable {
        Some(iterable) => deque.extend(t, v, &iterable, false),
        None => Ok(()),
    }
}

fn append(_: &Thread, v: &Value, item: &Value) -> R {
    this(v).push_back(item.clone());
    Ok(Value::NONE)
}

fn appendleft(_: &Thread, v: &Value, item: &Value) -> R {
    this(v).push_front(item.clone());
    Ok(Value::NONE)
}

fn clear(_: &Thread, v: &Value) -> R {
    this(v).clear_all();
    Ok(Value::NONE)
}

fn copy(t: &Thread, v: &Value) -> R {
    let class = v.type_of(t).value();
    let maxlen = this(v).maxlen.load(Relaxed);
    if class.is(&module_type(t, &SPEC)) {
        let result = Deque::make(t, &class, maxlen)?;
        let items = this(v).snapshot();
        this(&result).change(|ring| ring.extend(items));
        return Ok(result);
    }
    let result = match maxlen {
        ..0 => protocol::call(t, &class, std::slice::from_ref(v))?,
        n => protocol::call(t, &class, &[v.clone(), int::new(t, n as i64)])?,
    };
    if Deque::of(&result).is_none() {
        return Err(t.type_error(format!(
            "{}() must return a deque, not {}",
            v.type_of(t).name_str(),
            result.type_of(t).name_str()
        )));
    }
    Ok(result)
}

/// Calls `f` with index and item until it gives something; a change of the deque meanwhile is an error.
fn scan<T>(
    t: &Thread,
    v: &Value,
    start: usize,
    stop: usize,
    mut f: impl FnMut(usize, Value) -> R<Option<T>>,
) -> R<Option<T>> {
    let deque = this(v);
    let changes = deque.changes();
    let mut i = start;
    while i < stop
        && let Some(item) = deque.get(i)
    {
        let result = f(i, item)?;
        if result.is_some() {
            return Ok(result);
        }
        if deque.changes() != changes {
            return Err(t.runtime_error("deque mutated during iteration"));
        }
        i += 1;
    }
    Ok(None)
}

fn find(t: &Thread, v: &Value, value: &Value, start: usize, stop: usize) -> R<Option<usize>> {
    // As long as no item need be asked nobody can change the deque meanwhile.
    let at_once = this(v).with(|items| {
        for (i, item) in items.iter().enumerate().take(stop).skip(start) {
            match protocol::eq_at_once(item, value) {
                Some(true) => return Ok(Some(i)),
                Some(false) => {}
                None => return Err(i),
            }
        }
        Ok(None)
    });
    match at_once {
        Ok(found) => Ok(found),
        Err(i) => scan(t, v, i, stop, |i, item| Ok(protocol::eq(t, &item, value)?.then_some(i))),
    }
}

fn contains(t: &Thread, v: &Value, value: &Value) -> R<bool> {
    Ok(find(t, v, value, 0, usize::MAX)?.is_some())
}

fn count(t: &Thread, v: &Value, value: &Value) -> R {
    let mut n = 0;
    scan(t, v, 0, usize::MAX, |_, item| {
        n += i64::from(protocol::eq(t, &item, value)?);
        Ok(None::<()>)
    })?;
    Ok(int::new(t, n))
}

fn index(t: &Thread, v: &Value, args: &[Value]) -> R {
    let (start, stop) = container::search_range(t, &args[1..], || this(v).len())?;
    match find(t, v, &args[0], start, stop)? {
        Some(i) => Ok(int::from_usize(t, i)),
        None => Err(t.value_error("deque.index(x): x not in deque")),
    }
}

fn extend(t: &Thread, v: &Value, iterable: &Value) -> R {
    this(v).extend(t, v, iterable, false)?;
    Ok(Value::NONE)
}

fn extendleft(t: &Thread, v: &Value, iterable: &Value) -> R {
    this(v).extend(t, v, iterable, true)?;
    Ok(Value::NONE)
}

fn insert(t: &Thread, v: &Value, args: &[Value]) -> R {
    let i = int::arg_isize(t, &args[0])?;
    let deque = this(v);
    let item = args[1].clone();
    let full = deque.change(|items| {
        if deque.maxlen() == Some(items.len()) {
            return Some(item);
        }
        let len = items.len() as isize;
        let i = if i < 0 { (i + len).max(0) } else { i.min(len) };
        items.insert(i as usize, item);
        None
    });
    if full.is_some() { Err(t.index_error("deque already at its maximum size")) } else { Ok(Value::NONE) }
}

fn pop(t: &Thread, v: &Value) -> R {
    let deque = this(v);
    if deque.len() == 0 {
        return Err(t.index_error("pop from an empty deque"));
    }
    deque.change(VecDeque::pop_back).ok_or_else(|| t.index_error("pop from an empty deque"))
}

fn popleft(t: &Thread, v: &Value) -> R {
    let deque = this(v);
    if deque.len() == 0 {
        return Err(t.index_error("pop from an empty deque"));
    }
    deque.change(VecDeque::pop_front).ok_or_else(|| t.index_error("pop from an empty deque"))
}

fn remove(t: &Thread, v: &Value, value: &Value) -> R {
    let deque = this(v);
    let len = deque.len();
    for i in 0..len {
        let Some(item) = deque.get(i) else { break };
        let equal = protocol::eq(t, &item, value)?;
        if deque.len() != len {
            return Err(t.index_error("deque mutated during remove()."));
        }
        if equal {
            drop(deque.change(|items| items.remove(i)));
            return Ok(Value::NONE);
        }
    }
    Err(t.value_error("deque.remove(x): x not in deque"))
}

fn reverse(_: &Thread, v: &Value) -> R {
    this(v).change(|items| items.make_contiguous().reverse());
    Ok(Value::NONE)
}

fn rotate(t: &Thread, v: &Value, args: &[Value]) -> R {
    let n = args.first().map_or(Ok(1), |n| int::arg_isize(t, n))?;
    this(v).rotate(n);
    Ok(Value::NONE)
}

fn len(_: &Thread, v: &Value) -> R<usize> {
    Ok(this(v).len())
}

fn position(t: &Thread, v: &Value, key: &Value) -> R<usize> {
    if !key.is_small() && key.type_of(t).slots().nb_index.is_none() {
        return Err(t.type_error(format!("sequence index must be integer, not '{}'", key.type_of(t).name_str())));
    }
    let i = protocol::index_isize(t, key)?;
    let len = this(v).len();
    let i = if i < 0 { i + len as isize } else { i };
    usize::try_from(i).ok().filter(|&i| i < len).ok_or_else(|| t.index_error("deque index out of range"))
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    let i = position(t, v, key)?;
    this(v).get(i).ok_or_else(|| t.index_error("deque index out of range"))
}

fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    let i = position(t, v, key)?;
    let deque = this(v);
    let old = match value {
        None => deque.change(|items| items.remove(i)),
        Some(value) => {
            let value = value.clone();
            deque.items.lock().0.get_mut(i).map(|place| std::mem::replace(place, value))
        }
    };
    match old {
        Some(_) => Ok(()),
        None => Err(t.index_error("deque index out of range")),
    }
}

fn concat(t: &Thread, a: &Value, b: &Value) -> R {
    if Deque::of(b).is_none() {
        return Err(t.type_error(format!("can only concatenate deque (not \"{}\") to deque", b.type_of(t).name_str())));
    }
    let result = copy(t, a)?;
    this(&result).extend(t, &result, b, false)?;
    Ok(result)
}

fn inplace_concat(t: &Thread, a: &Value, b: &Value) -> R {
    this(a).extend(t, a, b, false)?;
    Ok(a.clone())
}

fn inplace_repeat(t: &Thread, v: &Value, times: i64) -> R {
    let deque = this(v);
    let items = deque.snapshot();
    if items.is_empty() || times == 1 {
        return Ok(v.clone());
    }
    if times <= 0 {
        deque.clear_all();
        return Ok(v.clone());
    }
    let mut times = times as usize;
    if let Some(max) = deque.maxlen()
        && items.len().saturating_mul(times) > max
    {
        // More repetitions would only push the first ones out.
        times = times.min(max.div_ceil(items.len()));
    }
    let total = container::repeated_len(t, items.len(), times as i64)?;
    let reserved = deque.change(|ring| ring.try_reserve(total - items.len()).is_ok());
    if !reserved {
        return Err(t.memory_error());
    }
    for _ in 1..times {
        for item in &items {
            deque.push_back(item.clone());
        }
    }
    Ok(v.clone())
}

fn repeat(t: &Thread, v: &Value, times: i64) -> R {
    let result = copy(t, v)?;
    inplace_repeat(t, &result, times)
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(x), Some(y)) = (Deque::of(a), Deque::of(b)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if a.is(b) {
        return Ok(Value::bool(matches!(op, CmpOp::Eq | CmpOp::Le | CmpOp::Ge)));
    }
    if x.len() != y.len() && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::bool(op == CmpOp::Ne));
    }
    let (p, q) = (protocol::iter(t, a)?, protocol::iter(t, b)?);
    loop {
        match (protocol::next(t, &p)?, protocol::next(t, &q)?) {
            (Some(m), Some(n)) => {
                if !protocol::eq(t, &m, &n)? {
                    return match op {
                        CmpOp::Eq => Ok(Value::FALSE),
                        CmpOp::Ne => Ok(Value::TRUE),
                        _ => protocol::compare(t, &m, &n, op),
                    };
                }
            }
            (m, n) => return Ok(Value::bool(op.holds(m.is_some().cmp(&n.is_some())))),
        }
    }
}

fn repr(t: &Thread, v: &Value) -> R {
    let Some(_guard) = ReprGuard::enter(t, v) else { return Ok(t.str("[...]")) };
    let deque = this(v);
    let name = v.type_of(t).short_name();
    let items = deque.snapshot();
    match deque.maxlen() {
        Some(n) => container::repr_items(t, &format!("{name}(["), &items, &format!("], maxlen={n})")),
        None => container::repr_items(t, &format!("{name}(["), &items, "])"),
    }
}

fn iter(t: &Thread, v: &Value) -> R {
    deque_iter::make(t, v, false)
}

fn reversed(t: &Thread, v: &Value) -> R {
    deque_iter::make(t, v, true)
}

fn reduce(t: &Thread, v: &Value) -> R {
    let state = protocol::call_method(t, v, &t.names().__getstate__, &[])?;
    let args = match this(v).maxlen() {
        None => t.tuple([]),
        Some(n) => t.tuple([t.tuple([]), int::from_usize(t, n)]),
    };
    Ok(t.tuple([v.type_of(t).value(), args, state, protocol::iter(t, v)?]))
}

fn sizeof(t: &Thread, v: &Value) -> R {
    // CPython keeps 64 items to a block of 528 bytes, one block at least.
    Ok(int::from_usize(t, 216 + 528 * (this(v).len().max(1) + 31).div_ceil(64)))
}

fn maxlen(t: &Thread, v: &Value) -> R {
    Ok(this(v).maxlen().map_or(Value::NONE, |n| int::from_usize(t, n)))
}

static METHODS: &[Def] = &[
    Def::new("append", Func::One(append), "($self, item, /)", "Add an element to the right side of the deque."),
    Def::new("appendleft", Func::One(appendleft), "($self, item, /)", "Add an element to the left side of the deque."),
    Def::new("clear", Func::NoArgs(clear), "($self, /)", "Remove all elements from the deque."),
    Def::new("__copy__", Func::NoArgs(copy), "($self, /)", "Return a shallow copy of a deque."),
    Def::new("copy", Func::NoArgs(copy), "($self, /)", "Return a shallow copy of a deque."),
    Def::new("count", Func::One(count), "($self, value, /)", "Return number of occurrences of value."),
    Def::new(
        "extend",
        Func::One(extend),
        "($self, iterable, /)",
        "Extend the right side of the deque with elements from the iterable.",
    ),
    Def::new(
        "extendleft",
        Func::One(extendleft),
        "($self, iterable, /)",
        "Extend the left side of the deque with elements from the iterable.",
    ),
    Def::new(
        "index",
        Func::Pos(index, 1, 3),
        "($self, value, [start, [stop]])",
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
    ),
    Def::new("insert", Func::Pos(insert, 2, 2), "($self, index, value, /)", "Insert value before index."),
    Def::new("pop", Func::NoArgs(pop), "($self, /)", "Remove and return the rightmost element."),
    Def::new("popleft", Func::NoArgs(popleft), "($self, /)", "Remove and return the leftmost element."),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "Return state information for pickling."),
    Def::new("remove", Func::One(remove), "($self, value, /)", "Remove first occurrence of value."),
    Def::new("__reversed__", Func::NoArgs(reversed), "($self, /)", "Return a reverse iterator over the deque."),
    Def::new("reverse", Func::NoArgs(reverse), "($self, /)", "Reverse *IN PLACE*."),
    Def::new(
        "rotate",
        Func::Pos(rotate, 0, 1),
        "($self, n=1, /)",
        "Rotate the deque n steps to the right.  If n is negative, rotates left.",
    ),
    Def::new("__sizeof__", Func::NoArgs(sizeof), "($self, /)", "Return the size of the deque in memory, in bytes."),
    Def::class(
        "__class_getitem__",
        Func::One(container::class_getitem),
        "($type, object, /)",
        "deques are generic over the type of their contents",
    ),
];

static GETSET: &[GetSet] = &[GetSet::ro("maxlen", maxlen, "maximum size of a deque or None if unbounded")];

/// `collections.deque`.
pub static SPEC: Spec = Spec {
    name: "collections.deque",
    kind: Kind::Opaque,
    size: Deque::SIZE,
    flags: type_flags::BASETYPE
        | type_flags::HAVE_GC
        | type_flags::IMMUTABLE
        | type_flags::SEQUENCE
        | type_flags::WEAKREFABLE,
    doc: "deque([iterable[, maxlen]])\n--\n\nA list-like sequence optimized for data accesses near its endpoints.",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        hash: Some(hash_not_implemented),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(len),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(contains),
        sq_concat: Some(concat),
        sq_repeat: Some(repeat),
        sq_inplace_concat: Some(inplace_concat),
        sq_inplace_repeat: Some(inplace_repeat),
        ..Deque::MEMORY
    },
    methods: METHODS,
    getset: GETSET,
    ..Spec::DEFAULT
};
