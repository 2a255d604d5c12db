//! `_lru_cache_wrapper`: a callable that remembers results, at most so many.
//!
//! A dict maps keys to results; in a bounded cache to the numbers of the nodes of a ring, which runs from the
//! result used last to the one used longest ago. No Python code runs while the ring is locked.

use crate::modules::native_type::{Signature, fields};
use crate::objects::attribute;
use crate::objects::container::{Held, class_of};
use crate::objects::dict::Dict;
use crate::objects::function::Method;
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use crate::sync::Guarded;
use std::sync::atomic::{AtomicI64, Ordering::*};

struct Node {
    previous: usize,
    next: usize,
    key: Value,
    result: Value,
}

/// The nodes of a bounded cache. Node 0 is the root and holds nothing.
#[derive(Default)]
pub struct Ring(Vec<Node>);

impl Held for Ring {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        for node in &self.0 {
            visit(&node.key);
            visit(&node.result);
        }
    }
}

impl Ring {
    fn unlink(&mut self, i: usize) {
        let (previous, next) = (self.0[i].previous, self.0[i].next);
        self.0[previous].next = next;
        self.0[next].previous = previous;
    }

    /// Makes node `i` the one used last.
    fn link_first(&mut self, i: usize) {
        let second = self.0[0].next;
        (self.0[i].previous, self.0[i].next) = (0, second);
        self.0[second].previous = i;
        self.0[0].next = i;
    }

    fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// Adds a node; gives its number.
    fn add(&mut self, key: Value, result: Value) -> usize {
        if self.0.is_empty() {
            self.0.push(Node { previous: 0, next: 0, key: Value::NONE, result: Value::NONE });
        }
        let i = self.0.len();
        self.0.push(Node { previous: 0, next: 0, key, result });
        self.link_first(i);
        i
    }

    /// The result of a node, if it is there and has that very key.
    fn touch(&mut self, i: usize, key: &Value) -> Option<Value> {
        let node = self.0.get(i).filter(|_| i > 0)?;
        if !node.key.is(key) {
            return None;
        }
        let result = node.result.clone();
        self.unlink(i);
        self.link_first(i);
        Some(result)
    }
}

fields! {
    /// The payload of `_lru_cache_wrapper`.
    LruCache {
        function: Value,
        /// -1 without bound, 0 for no cache at all.
        maxsize: i64,
        typed: bool,
        /// What separates positional arguments from keywords in a key.
        mark: Value,
        /// Keys to results, or to pairs of the key and the number of a node.
        cache: Value,
        ring: Guarded<Ring>,
        hits: AtomicI64,
        misses: AtomicI64,
        info_type: Value,
    }
}

static SIGNATURE: Signature = Signature::new("_lru_cache_wrapper", "(user_function, maxsize, typed, cache_info_type)");

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let [function, maxsize, typed, info_type] = SIGNATURE.bind::<4>(t, args)?.map(|v| v.unwrap_or(Value::NONE));
    if function.type_of(t).slots().call.is_none() {
        return Err(t.type_error("the first argument must be callable"));
    }
    let maxsize = if maxsize.is_none() {
        -1
    } else if maxsize.type_of(t).slots().nb_index.is_some() {
        (int::arg_isize(t, &maxsize)? as i64).max(0)
    } else {
        return Err(t.type_error("maxsize should be integer or None"));
    };
    let typed = protocol::truth(t, &typed)?;
    let mark = protocol::call(t, &t.types().object.value(), &[])?;
    LruCache::make_in(
        t,
        class_of(t, class)?,
        function.into_owned(),
        maxsize,
        typed,
        mark,
        Dict::make(t),
        Guarded::new(Ring::default()),
        AtomicI64::new(0),
        AtomicI64::new(0),
        info_type.into_owned(),
    )
}

/// What a call is remembered by.
fn make_key(t: &Thread, this: &LruCache, args: Args<'_>) -> Value {
    if !this.typed
        && args.kw.is_empty()
        && let [only] = args.pos
    {
        let plain = only.kind() == Kind::Int || only.cast_exact::<Str>().is_some();
        if plain {
            return only.clone();
        }
    }
    let mut parts = args.pos.to_vec();
    if !args.kw.is_empty() {
        parts.push(this.mark.clone());
        for (name, value) in args.names.iter().zip(args.kw) {
            parts.extend([name.clone(), value.clone()]);
        }
    }
    if this.typed {
        parts.extend(args.pos.iter().chain(args.kw).map(|v| v.type_of(t).value()));
    }
    t.tuple(parts)
}

fn count(counter: &AtomicI64) {
    counter.fetch_add(1, Relaxed);
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let this = LruCache::this(v);
    if this.maxsize == 0 {
        count(&this.misses);
        return protocol::call_args(t, &this.function, args);
    }
    let key = make_key(t, this, args);
    let hash = protocol::hash(t, &key)?;
    if let Some(result) = find(t, this, &key, hash)? {
        count(&this.hits);
        return Ok(result);
    }
    count(&this.misses);
    let result = protocol::call_args(t, &this.function, args)?;
    remember(t, this, key, hash, &result)?;
    Ok(result)
}

fn cache(this: &LruCache) -> &Dict {
    this.cache.cast::<Dict>().expect("the cache is a dict")
}

/// A remembered result, which is from now on the one used last.
fn find(t: &Thread, this: &LruCache, key: &Value, hash: i64) -> R<Option<Value>> {
    let Some(found) = cache(this).get_hashed(t, key, hash)? else { return Ok(None) };
    if this.maxsize < 0 {
        return Ok(Some(found));
    }
    let Some([own_key, node]) = found.cast::<crate::objects::tuple::Tuple>().map(|p| p.items()) else {
        return Ok(None);
    };
    let node = node.as_small().unwrap_or(0) as usize;
    Ok(this.ring.lock().touch(node, own_key))
}

fn remember(t: &Thread, this: &LruCache, key: Value, hash: i64, result: &Value) -> R<()> {
    if this.maxsize < 0 {
        return cache(this).set_hashed(t, key, hash, result.clone());
    }
    // The call may have come back here and remembered the same already.
    if cache(this).get_hashed(t, &key, hash)?.is_some() {
        return Ok(());
    }
    let mut ring = this.ring.lock();
    let (node, evicted) = if (ring.len() as i64) < this.maxsize {
        (ring.add(key.clone(), result.clone()), None)
    } else {
        // The node used longest ago is used again.
        let oldest = ring.0[0].previous;
        ring.unlink(oldest);
        ring.link_first(oldest);
        let old_key = std::mem::replace(&mut ring.0[oldest].key, key.clone());
        let old_result = std::mem::replace(&mut ring.0[oldest].result, result.clone());
        (oldest, Some((old_key, old_result)))
    };
    drop(ring);
    if let Some((old_key, old_result)) = evicted {
        cache(this).remove(t, &old_key)?;
        drop(old_result);
    }
    let place = t.tuple([key.clone(), int::from_usize(t, node)]);
    cache(this).set_hashed(t, key, hash, place)
}

fn cache_info(t: &Thread, v: &Value) -> R {
    let this = LruCache::this(v);
    let maxsize = if this.maxsize < 0 { Value::NONE } else { int::new(t, this.maxsize) };
    let counts = [this.hits.load(Relaxed), this.misses.load(Relaxed)].map(|n| int::new(t, n));
    let [hits, misses] = counts;
    protocol::call(t, &this.info_type, &[hits, misses, maxsize, int::from_usize(t, cache(this).len())])
}

fn cache_clear(t: &Thread, v: &Value) -> R {
    let this = LruCache::this(v);
    this.hits.store(0, Relaxed);
    this.misses.store(0, Relaxed);
    cache(this).clear(t);
    let ring = std::mem::take(&mut *this.ring.lock());
    drop(ring);
    Ok(Value::NONE)
}

fn get(t: &Thread, v: &Value, obj: Option<&Value>, _class: Option<&Value>) -> R {
    match obj.filter(|o| !o.is_none()) {
        Some(obj) => Ok(Method::make(t, v.clone(), obj.clone())),
        None => Ok(v.clone()),
    }
}

fn reduce(t: &Thread, v: &Value) -> R {
    protocol::getattr(t, v, &t.names().__qualname__)
}

fn copy(_: &Thread, v: &Value) -> R {
    Ok(v.clone())
}

fn deepcopy(_: &Thread, v: &Value, _memo: &Value) -> R {
    Ok(v.clone())
}

static METHODS: &[Def] = &[
    Def::new("cache_info", Func::NoArgs(cache_info), "($self, /)", "Report cache statistics"),
    Def::new("cache_clear", Func::NoArgs(cache_clear), "($self, /)", "Clear the cache and cache statistics"),
    Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", ""),
    Def::new("__copy__", Func::NoArgs(copy), "", ""),
    Def::new("__deepcopy__", Func::One(deepcopy), "", ""),
];

/// `functools._lru_cache_wrapper`.
pub static SPEC: Spec = Spec {
    name: "functools._lru_cache_wrapper",
    kind: Kind::Opaque,
    size: LruCache::SIZE,
    flags: type_flags::HAVE_GC
        | type_flags::IMMUTABLE
        | type_flags::BASETYPE
        | type_flags::HAS_DICT
        | type_flags::WEAKREFABLE
        | type_flags::METHOD_DESCRIPTOR,
    doc: "Create a cached callable that wraps another function.\n\nuser_function:      the function being cached\n\nmaxsize:  0         for no caching\n          None      for unlimited cache size\n          n         for a bounded cache\n\ntyped:    False     cache f(3) and f(3.0) as identical calls\n          True      cache f(3) and f(3.0) as distinct calls\n\ncache_info_type:    namedtuple class with the fields:\n                        hits misses currsize maxsize\n",
    slots: Slots { new: Some(new), call: Some(call), descr_get: Some(get), ..LruCache::MEMORY },
    methods: METHODS,
    getset: &[GetSet::rw("__dict__", attribute::get_dict, attribute::set_dict, "")],
    ..Spec::DEFAULT
};
