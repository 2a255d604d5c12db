//! Operations on any object, through the slots of its type (CPython's abstract object API).

use super::dict::Dict;
use super::list::List;
use super::slots::{Args, CmpOp, R};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_object::Type;
use super::value::Value;

/// `repr(v)`: a `str`.
pub fn repr(t: &Thread, v: &Value) -> R {
    let typ = v.type_of(t);
    let Some(f) = typ.slots().repr else {
        return Ok(t.str(format!("<{} object at {:#x}>", typ.name_str(), v.id())));
    };
    let s = t.recurse(" while getting the repr of an object", || f(t, v))?;
    if s.cast::<Str>().is_none() {
        return Err(t.type_error(format!("__repr__ returned non-string (type {})", s.type_of(t).name_str())));
    }
    Ok(s)
}

/// `str(v)`: a `str`.
pub fn str(t: &Thread, v: &Value) -> R {
    if v.cast_exact::<Str>().is_some() {
        return Ok(v.clone());
    }
    let Some(f) = v.type_of(t).slots().str else { return repr(t, v) };
    let s = t.recurse(" while getting the str of an object", || f(t, v))?;
    if s.cast::<Str>().is_none() {
        return Err(t.type_error(format!("__str__ returned non-string (type {})", s.type_of(t).name_str())));
    }
    Ok(s)
}

/// `ascii(v)`: a `str`.
pub fn ascii(t: &Thread, v: &Value) -> R {
    let s = repr(t, v)?;
    let Some(text) = s.cast::<Str>() else { return Ok(s) };
    if text.is_ascii() {
        return Ok(s);
    }
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.units().iter() {
        match c {
            0..0x80 => out.push(c as u8 as char),
            0x80..0x100 => out.push_str(&format!("\\x{c:02x}")),
            0x100..0x10000 => out.push_str(&format!("\\u{c:04x}")),
            _ => out.push_str(&format!("\\U{c:08x}")),
        }
    }
    Ok(t.str(out))
}

/// `format(v, spec)`: a `str`. Without a specification an empty one is passed.
pub fn format(t: &Thread, v: &Value, spec: Option<&Value>) -> R {
    let spec = spec.cloned().unwrap_or_else(|| t.interp.empty_str.clone());
    let Some(text) = spec.cast::<Str>() else {
        return Err(t.type_error(format!("Format specifier must be a string, not {}", spec.type_of(t).name_str())));
    };
    if text.is_empty() && (v.cast_exact::<Str>().is_some() || v.is_small()) {
        return str(t, v);
    }
    let Some(s) = call_special(t, v, &t.names().__format__, std::slice::from_ref(&spec))? else {
        return Err(t.type_error(format!("Type {} doesn't define __format__", v.type_of(t).name_str())));
    };
    if s.cast::<Str>().is_none() {
        return Err(t.type_error(format!("__format__ must return a str, not {}", s.type_of(t).name_str())));
    }
    Ok(s)
}

/// `str(v)` as Rust text, for messages.
pub fn to_text(t: &Thread, v: &Value) -> R<String> {
    let s = str(t, v)?;
    Ok(s.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default())
}

/// `repr(v)` as Rust text, for messages.
pub fn repr_text(t: &Thread, v: &Value) -> R<String> {
    let s = repr(t, v)?;
    Ok(s.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default())
}

/// [`eq`] where no code need be asked: the same object, two strings, two small numbers.
#[inline(always)]
pub fn eq_at_once(a: &Value, b: &Value) -> Option<bool> {
    if a.is(b) {
        return Some(true);
    }
    match (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        (Some(a), Some(b)) => Some(a.equals(b)),
        // Two immediates of one kind that differ are unequal.
        _ => (a.is_small() && b.is_small()).then_some(false),
    }
}

/// The hash of a string or a small number.
#[inline(always)]
pub fn hash_at_once(t: &Thread, v: &Value) -> Option<i64> {
    match v.as_small() {
        Some(i) => Some(super::int::hash_small(i)),
        None => v.cast_exact::<Str>().map(|s| s.hash(t)),
    }
}

/// `hash(v)`.
pub fn hash(t: &Thread, v: &Value) -> R<i64> {
    if let Some(hash) = hash_at_once(t, v) {
        return Ok(hash);
    }
    t.check_stack("")?;
    match v.type_of(t).slots().hash {
        Some(f) => f(t, v),
        None => Err(unhashable(t, v)),
    }
}

/// `TypeError: unhashable type: 'list'`.
#[cold]
pub fn unhashable(t: &Thread, v: &Value) -> super::slots::Raised {
    t.type_error(format!("unhashable type: '{}'", v.type_of(t).name_str()))
}

/// Truth.
#[inline(always)]
pub fn truth(t: &Thread, v: &Value) -> R<bool> {
    match v.as_bool() {
        Some(b) => Ok(b),
        None => truth_slow(t, v),
    }
}

#[inline(never)]
fn truth_slow(t: &Thread, v: &Value) -> R<bool> {
    if v.is_none() {
        return Ok(false);
    }
    t.check_stack("")?;
    let slots = v.type_of(t).slots();
    if let Some(f) = slots.nb_bool {
        return f(t, v);
    }
    match slots.len {
        Some(f) => Ok(f(t, v)? != 0),
        None => Ok(true),
    }
}

/// A rich comparison; the result may be any object.
pub fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    if let (Some(x), Some(y)) = (a.as_small(), b.as_small()) {
        return Ok(Value::bool(op.holds(x.cmp(&y))));
    }
    t.check_stack(" in comparison")?;
    let (ta, tb) = (a.type_of(t), b.type_of(t));
    let mut tried_reflected = false;
    if !std::ptr::eq(ta, tb)
        && tb.is_subtype(ta)
        && let Some(f) = tb.slots().compare
    {
        tried_reflected = true;
        let result = f(t, b, a, op.swapped())?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    if let Some(f) = ta.slots().compare {
        let result = f(t, a, b, op)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    if !tried_reflected && let Some(f) = tb.slots().compare {
        let result = f(t, b, a, op.swapped())?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    match op {
        CmpOp::Eq => Ok(Value::bool(a.is(b))),
        CmpOp::Ne => Ok(Value::bool(!a.is(b))),
        _ => Err(t.type_error(format!(
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            ta.name_str(),
            tb.name_str()
        ))),
    }
}

/// A rich comparison as truth, without the identity shortcut.
pub fn compare_bool(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R<bool> {
    truth(t, &compare(t, a, b, op)?)
}

/// `a is b or a == b`, as containers compare their items.
#[inline(always)]
pub fn eq(t: &Thread, a: &Value, b: &Value) -> R<bool> {
    if a.is(b) {
        return Ok(true);
    }
    if let (Some(x), Some(y)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        return Ok(x.equals(y));
    }
    compare_bool(t, a, b, CmpOp::Eq)
}

/// `v.name`; the name is an exact `str`.
#[inline(always)]
pub fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    t.check_stack("")?;
    match v.type_of(t).slots().getattr {
        Some(f) => f(t, v, name),
        None => Err(t.no_attribute(v, name)),
    }
}

/// `v.name`, `None` where there is no such attribute (`AttributeError` is swallowed).
pub fn getattr_opt(t: &Thread, v: &Value, name: &Value) -> R<Option<Value>> {
    t.catch(getattr(t, v, name), |types| &types.attribute_error)
}

/// `v.name` for a name in Rust text.
pub fn getattr_str(t: &Thread, v: &Value, name: &str) -> R {
    getattr(t, v, &t.intern(name))
}

/// `v.name = value`, or `del v.name`.
#[inline(always)]
pub fn setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    t.check_stack("")?;
    match v.type_of(t).slots().setattr {
        Some(f) => f(t, v, name, value),
        None => Err(t.no_attribute(v, name)),
    }
}

/// Calls an object with positional arguments.
#[inline(always)]
pub fn call(t: &Thread, f: &Value, args: &[Value]) -> R {
    call_args(t, f, Args::pos(args))
}

/// Calls an object.
#[inline(always)]
pub fn call_args(t: &Thread, f: &Value, args: Args<'_>) -> R {
    let typ = f.type_of(t);
    match typ.slots().call {
        Some(call) => {
            t.check_stack("")?;
            call(t, f, args)
        }
        None => Err(t.type_error(format!("'{}' object is not callable", typ.name_str()))),
    }
}

/// `v.name(*args)`, without making a bound method where that can be seen beforehand.
pub fn call_method(t: &Thread, v: &Value, name: &Value, args: &[Value]) -> R {
    let method = getattr(t, v, name)?;
    call(t, &method, args)
}

/// `v.name(*args)` for a name in Rust text.
pub fn call_method_str(t: &Thread, v: &Value, name: &str, args: &[Value]) -> R {
    call_method(t, v, &t.intern(name), args)
}

/// Looks a special method up on the type (not the instance) and binds it: `None` if there is none.
pub fn lookup_special(t: &Thread, v: &Value, name: &Value) -> R<Option<Value>> {
    let typ = v.type_of(t);
    match typ.lookup(t, name) {
        None => Ok(None),
        Some(found) => match found.type_of(t).slots().descr_get {
            Some(get) => Ok(Some(get(t, &found, Some(v), Some(&typ_value(typ)))?)),
            None => Ok(Some(found)),
        },
    }
}

fn typ_value(typ: &Type) -> Value {
    use super::value::Payload;
    typ.value()
}

/// Calls a special method looked up on the type; `None` if the type has none.
pub fn call_special(t: &Thread, v: &Value, name: &Value, args: &[Value]) -> R<Option<Value>> {
    let Some(found) = v.type_of(t).lookup(t, name) else { return Ok(None) };
    // A plain function or method descriptor takes the receiver as first argument: no bound method is made.
    if found.type_of(t).has_flag(super::spec::type_flags::METHOD_DESCRIPTOR) {
        let mut all = Vec::with_capacity(args.len() + 1);
        all.push(v.clone());
        all.extend_from_slice(args);
        return call(t, &found, &all).map(Some);
    }
    match lookup_special(t, v, name)? {
        Some(method) => call(t, &method, args).map(Some),
        None => Ok(None),
    }
}

/// `iter(v)`.
pub fn iter(t: &Thread, v: &Value) -> R {
    t.check_stack("")?;
    let typ = v.type_of(t);
    if let Some(f) = typ.slots().iter {
        let it = f(t, v)?;
        if it.type_of(t).slots().next.is_none() {
            return Err(t.type_error(format!("iter() returned non-iterator of type '{}'", it.type_of(t).name_str())));
        }
        return Ok(it);
    }
    if is_sequence(t, v) {
        return Ok(super::iter::SeqIter::make(t, v));
    }
    Err(t.type_error(format!("'{}' object is not iterable", typ.name_str())))
}

/// `PySequence_Check`: has `__getitem__` and is no dict.
pub fn is_sequence(t: &Thread, v: &Value) -> bool {
    v.type_of(t).slots().getitem.is_some() && v.cast::<Dict>().is_none()
}

/// The next item of an iterator; `None` at the end (`StopIteration` is swallowed).
#[inline(always)]
pub fn next(t: &Thread, it: &Value) -> R<Option<Value>> {
    t.check_stack("")?;
    match it.type_of(t).slots().next {
        Some(f) => f(t, it),
        None => Err(t.type_error(format!("'{}' object is not an iterator", it.type_of(t).name_str()))),
    }
}

/// Calls `f` with every item of an iterable until it breaks.
pub fn for_each(t: &Thread, v: &Value, mut f: impl FnMut(Value) -> R<()>) -> R<()> {
    if let Some(tuple) = v.cast_exact::<Tuple>() {
        return tuple.items().iter().try_for_each(|item| f(item.clone()));
    }
    if let Some(list) = v.cast_exact::<List>() {
        let mut i = 0;
        while let Some(item) = list.get(t, i) {
            f(item)?;
            i += 1;
        }
        return Ok(());
    }
    let it = iter(t, v)?;
    while let Some(item) = next(t, &it)? {
        f(item)?;
    }
    Ok(())
}

/// The items of a built-in container or dict view, as of one moment, whatever other threads do to it.
pub fn snapshot(t: &Thread, v: &Value) -> Option<Vec<Value>> {
    if let Some(tuple) = v.cast_exact::<Tuple>() {
        return Some(tuple.items().to_vec());
    }
    if let Some(list) = v.cast_exact::<List>() {
        return Some(list.snapshot(t));
    }
    if let Some(dict) = v.cast_exact::<Dict>() {
        return Some(dict.keys(t));
    }
    super::dict::views::snapshot(t, v).or_else(|| super::set::exact(v).map(|set| set.items(t)))
}

/// All items of an iterable.
pub fn collect(t: &Thread, v: &Value) -> R<Vec<Value>> {
    if let Some(items) = snapshot(t, v) {
        return Ok(items);
    }
    let it = iter(t, v)?;
    let hint = length_hint(t, v, 0)?;
    check_room(t, hint)?;
    let mut out = Vec::with_capacity(hint.min(1 << 16));
    while let Some(item) = next(t, &it)? {
        out.push(item);
    }
    Ok(out)
}

/// `MemoryError` if there is no room for that many items: a range of 10**18 ints is not begun.
pub fn check_room(t: &Thread, items: usize) -> R<()> {
    if items > 1 << 16 && Vec::<Value>::new().try_reserve_exact(items).is_err() {
        return Err(t.memory_error());
    }
    Ok(())
}

/// `len(v)`.
pub fn len(t: &Thread, v: &Value) -> R<usize> {
    t.check_stack("")?;
    match v.type_of(t).slots().len {
        Some(f) => f(t, v),
        None => Err(t.type_error(format!("object of type '{}' has no len()", v.type_of(t).name_str()))),
    }
}

/// `operator.length_hint`: `__len__`, else `__length_hint__`, else the default.
pub fn length_hint(t: &Thread, v: &Value, default: usize) -> R<usize> {
    if v.type_of(t).slots().len.is_some() {
        match t.catch(len(t, v), |types| &types.type_error)? {
            Some(n) => return Ok(n),
            None => return Ok(default),
        }
    }
    let Some(result) = t.catch(call_special(t, v, &t.names().__length_hint__, &[]), |types| &types.type_error)? else {
        return Ok(default);
    };
    match result {
        None => Ok(default),
        Some(n) if n.is_not_implemented() => Ok(default),
        Some(n) => {
            if super::int::big_of(&n).is_none() {
                return Err(
                    t.type_error(format!("__length_hint__ must be an integer, not {}", n.type_of(t).name_str()))
                );
            }
            let n = super::int::to_isize(t, &n)?;
            usize::try_from(n).map_err(|_| t.value_error("__length_hint__() should return >= 0"))
        }
    }
}

/// `v[key]`.
#[inline(always)]
pub fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    t.check_stack("")?;
    if let Some(f) = v.type_of(t).slots().getitem {
        return f(t, v, key);
    }
    // `list[int]`.
    if let Some(typ) = v.cast::<Type>() {
        return super::generic_alias::class_getitem(t, typ, v, key);
    }
    Err(t.type_error(format!("'{}' object is not subscriptable", v.type_of(t).name_str())))
}

/// `v[key] = value`, or `del v[key]`.
pub fn setitem(t: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> R<()> {
    t.check_stack("")?;
    match v.type_of(t).slots().setitem {
        Some(f) => f(t, v, key, value),
        None => Err(t.type_error(format!(
            "'{}' object does{} support item {}",
            v.type_of(t).name_str(),
            if value.is_some() { " not" } else { "n't" },
            if value.is_some() { "assignment" } else { "deletion" }
        ))),
    }
}

/// `item in v`.
pub fn contains(t: &Thread, v: &Value, item: &Value) -> R<bool> {
    t.check_stack("")?;
    if let Some(f) = v.type_of(t).slots().contains {
        return f(t, v, item);
    }
    let it = match t.catch(iter(t, v), |types| &types.type_error)? {
        Some(it) => it,
        None => {
            return Err(
                t.type_error(format!("argument of type '{}' is not a container or iterable", v.type_of(t).name_str()))
            );
        }
    };
    while let Some(x) = next(t, &it)? {
        if eq(t, &x, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `operator.index`: an `int` from an object that is one or has `__index__`.
pub fn index(t: &Thread, v: &Value) -> R {
    if v.is_small() || super::int::big_of(v).is_some() {
        return Ok(v.clone());
    }
    t.check_stack("")?;
    let typ = v.type_of(t);
    let Some(f) = typ.slots().nb_index else {
        return Err(t.type_error(format!("'{}' object cannot be interpreted as an integer", typ.name_str())));
    };
    let i = f(t, v)?;
    if super::int::big_of(&i).is_none() {
        return Err(t.type_error(format!("__index__ returned non-int (type {})", i.type_of(t).name_str())));
    }
    Ok(i)
}

/// An index or size as `isize`, clamped to its range (`PyNumber_AsSsize_t(v, NULL)`), for slices.
pub fn index_clamped(t: &Thread, v: &Value) -> R<isize> {
    let i = index(t, v)?;
    Ok(super::int::clamp_isize(&i))
}

/// An index as `isize`; `IndexError` if it does not fit.
pub fn index_isize(t: &Thread, v: &Value) -> R<isize> {
    let i = index(t, v)?;
    match super::int::as_i64(&i) {
        Some(i) => Ok(i as isize),
        None => Err(t.index_error(format!("cannot fit '{}' into an index-sized integer", v.type_of(t).name_str()))),
    }
}

/// `isinstance(v, class)` with all hooks; `class` may be a tuple or union.
pub fn isinstance(t: &Thread, v: &Value, class: &Value) -> R<bool> {
    if let Some(typ) = class.cast::<Type>() {
        if std::ptr::eq(v.type_of(t), typ) {
            return Ok(true);
        }
        if std::ptr::eq(class.type_of(t), t.types().type_.get()) {
            return real_isinstance(t, v, class);
        }
    }
    if let Some(tuple) = class.cast::<Tuple>() {
        for c in tuple.items() {
            if t.recurse(" in __instancecheck__", || isinstance(t, v, c))? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(union) = class.cast::<super::union::Union>() {
        return isinstance(t, v, &union.args(t));
    }
    if let Some(result) = call_special(t, class, &t.names().__instancecheck__, std::slice::from_ref(v))? {
        return truth(t, &result);
    }
    real_isinstance(t, v, class)
}

/// `type.__instancecheck__`: along the MRO, and `v.__class__`.
pub fn real_isinstance(t: &Thread, v: &Value, class: &Value) -> R<bool> {
    if let Some(typ) = class.cast::<Type>() {
        if v.type_of(t).is_subtype(typ) {
            return Ok(true);
        }
        return Ok(match getattr_opt(t, v, &t.names().__class__)? {
            Some(c) => c.cast::<Type>().is_some_and(|c| !std::ptr::eq(c, v.type_of(t)) && c.is_subtype(typ)),
            None => false,
        });
    }
    check_class(t, class, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
    match getattr_opt(t, v, &t.names().__class__)? {
        Some(c) => abstract_issubclass(t, &c, class),
        None => Ok(false),
    }
}

/// `issubclass(derived, class)` with all hooks.
pub fn issubclass(t: &Thread, derived: &Value, class: &Value) -> R<bool> {
    if class.cast::<Type>().is_some() && std::ptr::eq(class.type_of(t), t.types().type_.get()) {
        if derived.is(class) {
            return Ok(true);
        }
        return real_issubclass(t, derived, class);
    }
    if let Some(tuple) = class.cast::<Tuple>() {
        for c in tuple.items() {
            if t.recurse(" in __subclasscheck__", || issubclass(t, derived, c))? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(union) = class.cast::<super::union::Union>() {
        return issubclass(t, derived, &union.args(t));
    }
    if let Some(result) = call_special(t, class, &t.names().__subclasscheck__, std::slice::from_ref(derived))? {
        return truth(t, &result);
    }
    real_issubclass(t, derived, class)
}

/// `type.__subclasscheck__`.
pub fn real_issubclass(t: &Thread, derived: &Value, class: &Value) -> R<bool> {
    if let (Some(d), Some(c)) = (derived.cast::<Type>(), class.cast::<Type>()) {
        return Ok(d.is_subtype(c));
    }
    check_class(t, derived, "issubclass() arg 1 must be a class")?;
    check_class(t, class, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
    abstract_issubclass(t, derived, class)
}

/// An object with a tuple `__bases__` counts as a class.
fn abstract_bases(t: &Thread, class: &Value) -> R<Option<Value>> {
    Ok(getattr_opt(t, class, &t.names().__bases__)?.filter(|b| b.cast::<Tuple>().is_some()))
}

fn check_class(t: &Thread, class: &Value, message: &str) -> R<()> {
    match abstract_bases(t, class)? {
        Some(_) => Ok(()),
        None => Err(t.type_error(message)),
    }
}

fn abstract_issubclass(t: &Thread, derived: &Value, class: &Value) -> R<bool> {
    if derived.is(class) {
        return Ok(true);
    }
    let Some(bases) = abstract_bases(t, derived)? else { return Ok(false) };
    for base in bases.cast::<Tuple>().map(|b| b.items()).unwrap_or(&[]) {
        if t.recurse(" in __subclasscheck__", || abstract_issubclass(t, base, class))? {
            return Ok(true);
        }
    }
    Ok(false)
}
