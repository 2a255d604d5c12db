//! Struct sequences: tuples whose items have names (`sys.version_info`, `os.stat_result`, `time.struct_time`).
//!
//! Some fields are seen by name only. Their values lie behind the tuple's items: one word with their number,
//! then the words themselves. So the tuple's own code, which goes by its length, never meets them.

use super::alloc::alloc_sized;
use super::container;
use super::descriptors::GetSetDescr;
use super::dict::Dict;
use super::header::{Header, Kind};
use super::native::Signature;
use super::protocol;
use super::slots::{Args, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::type_new::{finish_builtin_type, make_builtin_type};
use super::type_object::Type;
use super::types::TypeCell;
use super::value::{Payload, Value};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

/// A struct sequence type: `static FLAGS: Description = Description::new("sys.flags", doc, &[...], 18)`.
pub struct Description {
    spec: Spec,
    /// Names and docs, in order. An item without a name has an empty one.
    fields: &'static [(&'static str, &'static str)],
    /// How many of them are items of the tuple.
    visible: usize,
    getset: OnceLock<Box<[GetSet]>>,
}

impl Description {
    /// `name` has its module in front; the first `visible` fields are the tuple's items.
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        fields: &'static [(&'static str, &'static str)],
        visible: usize,
    ) -> Description {
        let flags = type_flags::HAVE_GC | type_flags::VAR_SIZED;
        let slots = Slots {
            repr: Some(repr),
            new: Some(new),
            traverse: Some(traverse),
            drop: Some(drop_payload),
            ..Slots::EMPTY
        };
        let spec = Spec {
            name,
            base: Some(|types| &types.tuple),
            kind: Kind::Tuple,
            size: std::mem::size_of::<Tuple>(),
            flags,
            doc,
            slots,
            methods: METHODS,
            getset: &[],
        };
        Description { spec, fields, visible, getset: OnceLock::new() }
    }

    /// A type that Python code makes no instances of (`sys.flags`).
    pub const fn not_callable(mut self) -> Description {
        self.spec.flags |= type_flags::DISALLOW_INSTANTIATION;
        self.spec.slots.new = None;
        self
    }

    /// A type with a constructor of its own, and the methods that go with it.
    pub const fn with_constructor(mut self, new: super::slots::NewFn, methods: &'static [Def]) -> Description {
        self.spec.slots.new = Some(new);
        self.spec.methods = methods;
        self
    }

    fn hidden(&self) -> usize {
        self.fields.len() - self.visible
    }

    fn unnamed(&self) -> usize {
        self.fields[..self.visible].iter().filter(|f| f.0.is_empty()).count()
    }

    /// Attributes, one for each field that has a name; made once for all interpreters.
    fn getset(&'static self) -> &'static [GetSet] {
        self.getset.get_or_init(|| {
            let named = self.fields.iter().enumerate().filter(|(_, f)| !f.0.is_empty());
            named.map(|(i, f)| GetSet::member(f.0, READERS[i], f.1)).collect()
        })
    }
}

/// The types made so far, by the address of their tables' specs.
#[derive(Default)]
struct Made(Mutex<HashMap<usize, (Box<TypeCell>, &'static Description)>>);

/// The type of a description, made at first use.
pub fn type_of(t: &Thread, description: &'static Description) -> Value {
    let made = t.interp.state::<Made>();
    let key = &raw const description.spec as usize;
    if let Some((cell, _)) = made.0.lock().expect("no panic under this lock").get(&key) {
        return cell.value();
    }
    let cell = Box::<TypeCell>::default();
    make_builtin_type(t, &description.spec, &cell);
    finish_builtin_type(t, cell.get());
    let typ = cell.get();
    let namespace = typ.dict(t);
    let dict = namespace.cast::<Dict>().expect("a namespace is a dict");
    for getset in description.getset() {
        dict.set_name(t, getset.name, GetSetDescr::make(t, getset, typ));
    }
    let counts = [
        ("n_sequence_fields", description.visible),
        ("n_fields", description.fields.len()),
        ("n_unnamed_fields", description.unnamed()),
    ];
    for (name, count) in counts {
        dict.set_name(t, name, Value::small(count as i64));
    }
    let names: Vec<Value> =
        description.fields[..description.visible].iter().filter(|f| !f.0.is_empty()).map(|f| t.intern(f.0)).collect();
    dict.set_name(t, "__match_args__", t.tuple(names));
    made.0.lock().expect("no panic under this lock").entry(key).or_insert((cell, description)).0.value()
}

/// An instance: a value for every field; missing ones at the end are `None`.
pub fn make(t: &Thread, description: &'static Description, values: impl IntoIterator<Item = Value>) -> R {
    let typ = type_of(t, description);
    let mut values: Vec<Value> = values.into_iter().collect();
    values.resize(description.fields.len(), Value::NONE);
    build(t, typ.cast::<Type>().expect("a type was made"), description, values)
}

fn build(t: &Thread, typ: &Type, description: &Description, values: Vec<Value>) -> R {
    let (visible, hidden) = (description.visible, description.hidden());
    // SAFETY: room for all values and the number; everything is written.
    unsafe {
        alloc_sized(t, typ, Tuple::size_for(visible + 1 + hidden), |memory| {
            let this = memory as *mut Tuple;
            Tuple::init_payload(this, visible);
            let place = Tuple::items_ptr(this);
            place.add(visible).write(Value::small(hidden as i64));
            for (i, value) in values.into_iter().enumerate() {
                let at = if i < visible { i } else { i + 1 };
                place.add(at).write(value.into_owned());
            }
        })
    }
}

/// The values behind the items.
fn hidden_of(v: &Value) -> &[Value] {
    let Some(tuple) = v.cast::<Tuple>() else { return &[] };
    // SAFETY: the only objects of these types are made by `build`.
    unsafe {
        let after = tuple.items().as_ptr().add(tuple.len());
        let count = (*after).as_small().unwrap_or(0) as usize;
        std::slice::from_raw_parts(after.add(1), count)
    }
}

fn field(t: &Thread, v: &Value, index: usize) -> R {
    let items = v.cast::<Tuple>().map_or(&[][..], |v| v.items());
    let found = items.get(index).or_else(|| hidden_of(v).get(index - items.len()));
    found.cloned().ok_or_else(|| t.system_error("a struct sequence has fewer fields than its type"))
}

fn read<const I: usize>(t: &Thread, v: &Value) -> R {
    field(t, v, I)
}

macro_rules! readers {
    ($($i:literal)*) => { &[$(read::<$i>),*] };
}

/// The getter of each field by its index. `os.stat_result` has the most fields.
static READERS: &[fn(&Thread, &Value) -> R] = readers! {
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
};

fn description_of(t: &Thread, typ: &Type) -> R<&'static Description> {
    let key = typ.spec.map_or(0, |spec| spec as *const Spec as usize);
    let made = t.interp.state::<Made>();
    let found = made.0.lock().expect("no panic under this lock").get(&key).map(|(_, description)| *description);
    found.ok_or_else(|| t.type_error("expected a struct sequence"))
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let typ = container::class_of(t, class)?;
    let description = description_of(t, typ)?;
    let name = description.spec.name;
    let signature = SIGNATURE.get_or_init(|| Signature::parse_text("structseq", "(sequence, dict=None)"));
    let mut bound = [const { None }; 2];
    signature.bind(t, args, &mut bound)?;
    let [Some(sequence), dict] = bound else { return Err(t.type_error("constructor requires a sequence")) };
    if protocol::iter(t, &sequence).is_err() {
        return Err(t.type_error("constructor requires a sequence"));
    }
    let dict = dict.filter(|d| !d.is_none());
    if dict.as_ref().is_some_and(|d| d.cast::<Dict>().is_none()) {
        return Err(t.type_error(format!("{name}() takes a dict as second arg, if any")));
    }
    let mut values = protocol::collect(t, &sequence)?;
    let (least, most, given) = (description.visible, description.fields.len(), values.len());
    let wrong = |how: &str, count: usize| {
        Err(t.type_error(format!("{name}() takes {how}{count}-sequence ({given}-sequence given)")))
    };
    match () {
        _ if least == most && given != least => return wrong("a ", least),
        _ if given < least => return wrong("an at least ", least),
        _ if given > most => return wrong("an at most ", most),
        _ => {}
    }
    let mut used = 0;
    for (field, _) in &description.fields[given..] {
        let value = dict.as_ref().and_then(|d| d.cast::<Dict>()).and_then(|d| d.get_name(t, field));
        used += usize::from(value.is_some());
        values.push(value.unwrap_or(Value::NONE));
    }
    if dict.as_ref().and_then(|d| d.cast::<Dict>()).is_some_and(|d| d.len() > used) {
        return Err(t.type_error(format!("{name}() got duplicate or unexpected field name(s)")));
    }
    build(t, typ, description, values)
}

fn repr(t: &Thread, v: &Value) -> R {
    let description = description_of(t, v.type_of(t))?;
    let items = v.cast::<Tuple>().map_or(&[][..], |v| v.items());
    let mut parts = Vec::new();
    for ((name, _), value) in description.fields.iter().zip(items) {
        parts.push(format!("{name}={}", protocol::repr_text(t, value)?));
    }
    Ok(t.str(format!("{}({})", description.spec.name, parts.join(", "))))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let description = description_of(t, v.type_of(t))?;
    let items = v.cast::<Tuple>().map_or(&[][..], |v| v.items());
    let dict = Dict::make(t);
    for ((name, _), value) in description.fields[description.visible..].iter().zip(hidden_of(v)) {
        dict.cast::<Dict>().expect("just made").set_name(t, name, value.clone());
    }
    Ok(t.tuple([v.type_of(t).value(), t.tuple([Tuple::from_slice(t, items), dict])]))
}

fn replace(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let typ = v.type_of(t);
    let description = description_of(t, typ)?;
    if !args.pos.is_empty() {
        return Err(t.type_error("__replace__() takes no positional arguments"));
    }
    if description.unnamed() > 0 {
        return Err(t.type_error(format!(
            "__replace__() is not supported for {} because it has unnamed field(s)",
            description.spec.name
        )));
    }
    let mut values = v.cast::<Tuple>().map_or(&[][..], |v| v.items()).to_vec();
    values.extend_from_slice(hidden_of(v));
    let mut unexpected = Vec::new();
    for (name, value) in args.names.iter().zip(args.kw) {
        let at = description.fields.iter().position(|f| name.cast::<Str>().is_some_and(|n| n.is(f.0)));
        match at {
            Some(at) => values[at] = value.clone(),
            None => unexpected.push(protocol::repr_text(t, name)?),
        }
    }
    if !unexpected.is_empty() {
        return Err(t.type_error(format!("Got unexpected field name(s): [{}]", unexpected.join(", "))));
    }
    build(t, typ, description, values)
}

fn traverse(v: &Value, visit: &mut dyn FnMut(&Value)) {
    Tuple::traverse(v, visit);
    hidden_of(v).iter().for_each(visit);
}

/// # Safety
/// The object is dead.
unsafe fn drop_payload(this: *mut Header) {
    // SAFETY: nobody else refers to it; every value is dropped once.
    unsafe {
        let tuple = this as *mut Tuple;
        let after = Tuple::items_ptr(tuple).add((*tuple).len());
        let count = (*after).as_small().unwrap_or(0) as usize;
        std::ptr::drop_in_place(std::ptr::slice_from_raw_parts_mut(after.add(1), count));
        Tuple::drop_payload(this);
    }
}

/// `__replace__`, also for types with methods of their own.
pub const REPLACE: Def = Def::new(
    "__replace__",
    Func::Any(replace),
    "",
    "__replace__($self, /, **changes)\n--\n\nReturn a copy of the structure with new values for the specified fields.",
);

const METHODS: &[Def] = &[Def::new("__reduce__", Func::NoArgs(reduce), "", ""), REPLACE];
