//! `_thread._local`: attributes of which every thread has its own.
//!
//! The object keeps one namespace per thread. A thread that ends takes its own out.

use crate::objects::attribute::{getattr_in_dict, setattr_in_dict};
use crate::objects::dict::Dict;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::sync::Guarded;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Weak};

/// Namespaces by the ident of their thread.
type Namespaces = Arc<Guarded<HashMap<u64, Value>>>;

/// The objects in which a thread has a namespace.
type Joined = Rc<RefCell<Vec<Weak<Guarded<HashMap<u64, Value>>>>>>;

/// The length of a list that is not worth looking through for the dead.
const SHORT: usize = 32;

thread_local! {
    /// The thread's, once it has one, and how long it may get before the dead are taken out.
    static JOINED: RefCell<Option<(Joined, usize)>> = const { RefCell::new(None) };
}

struct Local {
    namespaces: Namespaces,
    /// What the constructor got: `__init__` runs again in each thread.
    args: Vec<Value>,
    names: Vec<Value>,
    values: Vec<Value>,
}

impl Native for Local {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        let lock = self.namespaces.lock();
        lock.values().chain(&self.args).chain(&self.values).for_each(visit);
    }

    fn clear(&self, _t: &Thread) {
        let taken = std::mem::take(&mut *self.namespaces.lock());
        drop(taken);
    }
}

/// The calling thread's namespace, made (and `__init__` run) at its first use.
fn namespace(t: &Thread, v: &Value) -> R {
    let Some(local) = v.opaque::<Local>() else { return Err(t.type_error("a _thread._local is required")) };
    if let Some(dict) = local.namespaces.lock().get(&t.ident) {
        return Ok(dict.clone());
    }
    let dict = Dict::make(t);
    add(t, local, dict.clone());
    let own_init = v.type_of(t).slots().init.map(|f| f as usize) != t.types().object.slots().init.map(|f| f as usize);
    if own_init && let Some(init) = v.type_of(t).slots().init {
        let args = Args { pos: &local.args, kw: &local.values, names: &local.names };
        if let Err(raised) = init(t, v, args) {
            let taken = local.namespaces.lock().remove(&t.ident);
            drop(taken);
            return Err(raised);
        }
    }
    Ok(dict)
}

fn add(t: &Thread, local: &Local, dict: Value) {
    local.namespaces.lock().insert(t.ident, dict);
    let object = Arc::downgrade(&local.namespaces);
    JOINED.with_borrow_mut(|mine| {
        let (joined, limit) = mine.get_or_insert_with(|| {
            let joined = Joined::default();
            let at_end = joined.clone();
            t.on_exit.borrow_mut().push(Box::new(move |t| leave(t, &at_end)));
            (joined, SHORT)
        });
        let mut objects = joined.borrow_mut();
        if objects.len() >= *limit {
            objects.retain(|object| object.strong_count() > 0);
            *limit = SHORT.max(objects.len() * 2);
        }
        objects.push(object);
    });
}

/// A thread ends, and takes its namespaces with it. In the child of a fork it may be another that ended.
fn leave(t: &Thread, joined: &Joined) {
    JOINED.with_borrow_mut(|mine| drop(mine.take_if(|(mine, _)| Rc::ptr_eq(mine, joined))));
    let objects = joined.take();
    for namespaces in objects.iter().filter_map(Weak::upgrade) {
        let taken = namespaces.lock().remove(&t.ident);
        drop(taken);
    }
}

fn getattr(t: &Thread, v: &Value, name: &Value) -> R {
    let dict = namespace(t, v)?;
    if name.cast::<Str>().is_some_and(|n| n.is("__dict__")) {
        return Ok(dict);
    }
    match getattr_in_dict(t, v, name, Some(&dict))? {
        Some(found) => Ok(found),
        None => Err(t.no_attribute(v, name)),
    }
}

fn setattr(t: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> R<()> {
    if name.cast::<Str>().is_some_and(|n| n.is("__dict__")) {
        let message = format!("'{}' object attribute '__dict__' is read-only", v.type_of(t).name_str());
        return Err(t.attribute_error(&message, v, name));
    }
    let dict = namespace(t, v)?;
    setattr_in_dict(t, v, name, value, &dict)
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let typ = class.cast::<Type>().expect("a type");
    let own_init = typ.slots().init.map(|f| f as usize) != t.types().object.slots().init.map(|f| f as usize);
    if !args.is_empty() && !own_init {
        return Err(t.type_error("Initialization arguments are not supported"));
    }
    let local = Local {
        namespaces: Namespaces::default(),
        args: args.pos.to_vec(),
        names: args.names.to_vec(),
        values: args.kw.to_vec(),
    };
    let value = opaque::new(t, typ, local)?;
    // The creating thread's `__init__` is called by `type.__call__`.
    if let Some(local) = value.opaque::<Local>() {
        add(t, local, Dict::make(t));
    }
    Ok(value)
}

const BASE: Spec = opaque::spec::<Local>("_thread._local");

pub static SPEC: Spec = Spec {
    doc: "Thread-local data",
    flags: BASE.flags | type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots { getattr: Some(getattr), setattr: Some(setattr), new: Some(new), ..BASE.slots },
    ..BASE
};
