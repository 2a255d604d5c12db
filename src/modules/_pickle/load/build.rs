//! Objects made by calls, and their state.

use super::Load;
use crate::modules::_pickle::state::unpickling_error;
use crate::objects::dict::Dict;
use crate::objects::header::Kind;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::string::Str;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::{Type, part_of};
use crate::objects::value::Value;

/// So many attributes are those of an ordinary object.
const FEW: usize = 64;

impl Load<'_, '_> {
    /// `class(*args)`, or without arguments `class.__new__(class)`.
    pub(super) fn instantiate(&mut self, class: &Value, args: &Value) -> R {
        let t = self.t;
        let args = args.cast::<Tuple>().map_or(&[][..], Tuple::items);
        if args.is_empty()
            && class.cast::<Type>().is_some()
            && protocol::getattr_opt(t, class, &t.intern("__getinitargs__"))?.is_none()
        {
            return protocol::call_method(t, class, &t.names().__new__, std::slice::from_ref(class));
        }
        protocol::call(t, class, args)
    }

    pub(super) fn obj(&mut self) -> R<()> {
        let mark = self.mark()?;
        if self.stack.len() <= mark {
            return Err(self.underflow());
        }
        let args = self.tuple_from(mark + 1)?;
        let class = self.pop()?;
        let made = self.instantiate(&class, &args)?;
        self.stack.push(made);
        Ok(())
    }

    pub(super) fn new_object(&mut self, with_keywords: bool) -> R<()> {
        let t = self.t;
        let kwargs = if with_keywords { Some(self.pop()?) } else { None };
        let args = self.pop()?;
        let class_value = self.pop()?;
        let op = if with_keywords { "NEWOBJ_EX" } else { "NEWOBJ" };
        let kind = |v: &Value| v.type_of(t).name_str();
        let Some(class) = class_value.cast::<Type>() else {
            let message = format!("{op} class argument must be a type, not {}", kind(&class_value));
            return Err(unpickling_error(t, message));
        };
        let Some(new) = class.slots().new else {
            let message = format!("{op} class argument '{}' doesn't have __new__", class.name_str());
            return Err(unpickling_error(t, message));
        };
        let Some(pos) = args.cast::<Tuple>().map(Tuple::items) else {
            return Err(unpickling_error(t, format!("{op} args argument must be a tuple, not {}", kind(&args))));
        };
        let (names, kw) = match &kwargs {
            Some(kwargs) => match kwargs.cast::<Dict>() {
                Some(kwargs) => kwargs.pairs(t).into_iter().unzip(),
                None => {
                    let message = format!("{op} kwargs argument must be a dict, not {}", kind(kwargs));
                    return Err(unpickling_error(t, message));
                }
            },
            None => (Vec::new(), Vec::new()),
        };
        if names.iter().any(|name: &Value| name.cast::<Str>().is_none()) {
            return Err(t.type_error("keywords must be strings"));
        }
        let made = new(t, &class_value, Args { pos, kw: &kw, names: &names })?;
        self.stack.push(made);
        Ok(())
    }

    pub(super) fn reduce(&mut self) -> R<()> {
        let t = self.t;
        let args = self.pop()?;
        let function = self.pop()?;
        let Some(args) = args.cast::<Tuple>() else {
            return Err(t.type_error("argument list must be a tuple"));
        };
        let made = protocol::call(t, &function, args.items())?;
        self.stack.push(made);
        Ok(())
    }

    pub(super) fn build(&mut self) -> R<()> {
        let t = self.t;
        if self.stack.len() < self.fence + 2 {
            return Err(self.underflow());
        }
        let mut state = self.pop()?;
        let object = self.top()?.clone();
        if let Some(setstate) = protocol::getattr_opt(t, &object, &t.names().__setstate__)? {
            return protocol::call(t, &setstate, &[state]).map(drop);
        }
        let mut slots = None;
        if let Some([dict, values]) = state.cast::<Tuple>().map(Tuple::items) {
            slots = Some(values.clone());
            state = dict.clone();
        }
        if !state.is_none() {
            let Some(state) = state.cast::<Dict>() else {
                return Err(unpickling_error(t, "state is not a dictionary"));
            };
            self.set_attributes(&object, state)?;
        }
        if let Some(slots) = slots {
            let Some(slots) = slots.cast::<Dict>() else {
                return Err(unpickling_error(t, "slot state is not a dictionary"));
            };
            let mut position = 0;
            while let Some((name, value)) = slots.next_entry(t, &mut position) {
                protocol::setattr(t, &object, &name, Some(&value))?;
            }
        }
        Ok(())
    }

    /// `object.__dict__.update(state)`, with the names interned.
    fn set_attributes(&self, object: &Value, state: &Dict) -> R<()> {
        let t = self.t;
        let mut position = 0;
        // Interned names are kept for ever: those of a huge namespace are not worth it.
        let intern = |name: Value| {
            if name.kind() == Kind::Str && state.len() <= FEW { t.interp.intern_value(&name) } else { name }
        };
        // The attributes of a plain object are set in place, without making a dict of them.
        let plain = part_of(object).filter(|(part, _, class)| {
            let dict = class.lookup(t, &t.names().__dict__);
            class.has_dict()
                && part.dict().is_none()
                && dict.is_none_or(|d| d.kind() == Kind::GetSet)
                && state.len() <= FEW
        });
        if let Some((part, header, class)) = plain {
            while let Some((name, value)) = state.next_entry(t, &mut position) {
                if name.kind() != Kind::Str {
                    let dict = part.materialize(t, header, class);
                    protocol::setitem(t, &dict, &name, Some(&value))?;
                    continue;
                }
                part.set(t, header, class, &intern(name), value)?;
            }
            return Ok(());
        }
        let dict = protocol::getattr(t, object, &t.names().__dict__)?;
        while let Some((name, value)) = state.next_entry(t, &mut position) {
            protocol::setitem(t, &dict, &intern(name), Some(&value))?;
        }
        Ok(())
    }
}
