//! Shapes: which attributes an instance has and where, shared by all instances that got the same attributes
//! in the same order (hidden classes).
//!
//! A shape belongs to one type. Adding an attribute moves the instance along a transition to another shape;
//! asking for `__dict__`, deleting an attribute or having too many moves it to the *dictionary mode*, where
//! the attributes lie in a real `dict`.
//!
//! `version` stands for "this layout, on a type that has not changed since": an inline cache that remembers
//! it needs no other guard. When the type or one of its bases changes, all its shapes lose their versions.

use super::thread::Thread;
use super::type_object::Type;
use super::value::Value;
use crate::sync::Guarded;
use std::collections::HashMap;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU32, Ordering::*};

/// More attributes than this and the instance goes to dictionary mode.
pub const MAX_ATTRIBUTES: usize = 64;

/// One layout of attributes.
pub struct Shape {
    /// The type whose instances have it. Shapes live as long as their type.
    pub typ: *const Type,
    /// See the module's chapter; 0 until somebody asks.
    pub version: AtomicU32,
    /// Names in order. They are interned strings, hence immortal and equal by address.
    names: Vec<Value>,
    /// Whether attributes lie in a dict.
    pub dictionary: bool,
    parent: *const Shape,
    transitions: Guarded<Vec<(u64, *const Shape)>>,
    /// For shapes with many names.
    lookup: RwLock<Option<HashMap<u64, u32>>>,
}

// SAFETY: immutable but for atomics and what the mutexes guard.
unsafe impl Send for Shape {}
// SAFETY: as above.
unsafe impl Sync for Shape {}

impl Shape {
    /// The shape of a fresh instance, and that of one in dictionary mode. They are owned by the type.
    pub fn root(typ: *const Type, dictionary: bool) -> *const Shape {
        Box::into_raw(Box::new(Shape {
            typ,
            version: AtomicU32::new(0),
            names: Vec::new(),
            dictionary,
            parent: std::ptr::null(),
            transitions: Guarded::default(),
            lookup: RwLock::default(),
        }))
    }

    /// Where the attribute lies.
    pub fn index_of(&self, name: &Value) -> Option<usize> {
        let bits = name.bits() & !super::value::BORROWED;
        if self.names.len() <= 8 {
            return self.names.iter().position(|n| n.bits() == bits);
        }
        if let Some(map) = &*self.lookup.read().expect("no panic under this lock") {
            return map.get(&bits).map(|&i| i as usize);
        }
        let map: HashMap<u64, u32> = self.names.iter().enumerate().map(|(i, n)| (n.bits(), i as u32)).collect();
        let found = map.get(&bits).map(|&i| i as usize);
        *self.lookup.write().expect("no panic under this lock") = Some(map);
        found
    }

    /// The names in order.
    pub fn names(&self) -> &[Value] {
        &self.names
    }

    /// The shape after the last attribute was deleted, if `name` is the last.
    pub fn without_last(&self, name: &Value) -> Option<&Shape> {
        let last = self.names.last()?;
        // SAFETY: shapes live as long as their type, which the instance keeps.
        (last.is(name)).then(|| unsafe { &*self.parent })
    }

    /// The shape with one more attribute, whose name is interned.
    pub fn with(&self, name: &Value) -> &Shape {
        let bits = name.bits() & !super::value::BORROWED;
        let mut transitions = self.transitions.lock();
        if let Some(&(_, next)) = transitions.iter().find(|(n, _)| *n == bits) {
            // SAFETY: as above.
            return unsafe { &*next };
        }
        let mut names = self.names.clone();
        names.push(name.clone().into_owned());
        let next = Box::into_raw(Box::new(Shape {
            typ: self.typ,
            version: AtomicU32::new(0),
            names,
            dictionary: false,
            parent: self,
            transitions: Guarded::default(),
            lookup: RwLock::default(),
        }));
        transitions.push((bits, next));
        // SAFETY: as above.
        unsafe { &*next }
    }

    /// The version, given now if there is none. 0 when versions have run out.
    pub fn assign_version(&self, t: &Thread) -> u32 {
        match self.version.load(Relaxed) {
            0 => {
                let v = t.interp.new_version();
                self.version.store(v, Relaxed);
                v
            }
            v => v,
        }
    }

    /// Takes the versions of this shape and all that grew from it.
    pub fn invalidate(&self) {
        let mut todo = vec![self as *const Shape];
        while let Some(shape) = todo.pop() {
            // SAFETY: as above.
            let shape = unsafe { &*shape };
            shape.version.store(0, Release);
            todo.extend(shape.transitions.lock().iter().map(|(_, s)| *s));
        }
    }

    /// Frees a tree of shapes.
    ///
    /// # Safety
    /// `this` came from [`Shape::root`]; the type is dead, so no instance has one of the shapes.
    pub unsafe fn free_tree(this: *const Shape) {
        let mut todo = vec![this as *mut Shape];
        while let Some(shape) = todo.pop() {
            // SAFETY: each shape is in one parent's transitions only.
            let shape = unsafe { Box::from_raw(shape) };
            todo.extend(shape.transitions.lock().iter().map(|(_, s)| *s as *mut Shape));
        }
    }
}
