//! Tuples, lists, dicts and sets, and what is put into them.

use super::Load;
use crate::modules::_pickle::state::unpickling_error;
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::set;
use crate::objects::slots::R;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

impl Load<'_, '_> {
    /// The last items as a tuple.
    pub(super) fn tuple_from(&mut self, start: usize) -> R {
        if start < self.fence || start > self.stack.len() {
            return Err(self.underflow());
        }
        Ok(Tuple::make(self.t, self.stack.drain(start..)))
    }

    pub(super) fn counted_tuple(&mut self, len: usize) -> R<()> {
        let Some(start) = self.stack.len().checked_sub(len) else { return Err(self.underflow()) };
        let tuple = self.tuple_from(start)?;
        self.stack.push(tuple);
        Ok(())
    }

    pub(super) fn tuple(&mut self) -> R<()> {
        let mark = self.mark()?;
        let tuple = self.tuple_from(mark)?;
        self.stack.push(tuple);
        Ok(())
    }

    pub(super) fn list(&mut self) -> R<()> {
        let mark = self.mark()?;
        let items = self.pop_from(mark)?;
        self.stack.push(List::from_vec(self.t, items));
        Ok(())
    }

    pub(super) fn dict(&mut self) -> R<()> {
        let t = self.t;
        let mark = self.mark()?;
        let items = self.pop_from(mark)?;
        if items.len() % 2 != 0 {
            return Err(unpickling_error(t, "odd number of items for DICT"));
        }
        let value = Dict::make(t);
        fill(self, &value, items)?;
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn frozenset(&mut self) -> R<()> {
        let t = self.t;
        let mark = self.mark()?;
        let items = self.tuple_from(mark)?;
        let frozen = protocol::call(t, &t.types().frozenset.value(), &[items])?;
        self.stack.push(frozen);
        Ok(())
    }

    /// The container below what lies from a height on, and that; `None` if nothing does.
    fn filling(&mut self, start: usize) -> R<Option<(Value, Vec<Value>)>> {
        if start > self.stack.len() || start <= self.fence {
            return Err(self.underflow());
        }
        if start == self.stack.len() {
            return Ok(None);
        }
        let items = self.stack.split_off(start);
        Ok(Some((self.stack[start - 1].clone(), items)))
    }

    pub(super) fn append(&mut self) -> R<()> {
        let t = self.t;
        let len = self.stack.len();
        if len <= self.fence + 1 {
            return Err(self.underflow());
        }
        if self.stack[len - 2].cast_exact::<List>().is_some()
            && let Some(item) = self.stack.pop()
        {
            if let Some(list) = self.stack[len - 2].cast_exact::<List>() {
                list.push(t, item);
            }
            return Ok(());
        }
        self.extend(len - 1)
    }

    pub(super) fn appends(&mut self) -> R<()> {
        let mark = self.mark()?;
        self.extend(mark)
    }

    fn extend(&mut self, start: usize) -> R<()> {
        let t = self.t;
        let Some((container, items)) = self.filling(start)? else { return Ok(()) };
        if let Some(list) = container.cast_exact::<List>() {
            return list.extend_vec(t, items);
        }
        if let Some(extend) = protocol::getattr_opt(t, &container, &t.intern("extend"))? {
            return protocol::call(t, &extend, &[List::from_vec(t, items)]).map(drop);
        }
        let append = protocol::getattr_str(t, &container, "append")?;
        items.iter().try_for_each(|item| protocol::call(t, &append, std::slice::from_ref(item)).map(drop))
    }

    pub(super) fn set_item(&mut self) -> R<()> {
        let Some(start) = self.stack.len().checked_sub(2) else { return Err(self.underflow()) };
        self.update(start)
    }

    pub(super) fn set_items(&mut self) -> R<()> {
        let mark = self.mark()?;
        self.update(mark)
    }

    fn update(&mut self, start: usize) -> R<()> {
        if (self.stack.len().saturating_sub(start)) % 2 != 0 && start > self.fence && start <= self.stack.len() {
            return Err(unpickling_error(self.t, "odd number of items for SETITEMS"));
        }
        match self.filling(start)? {
            Some((container, items)) => fill(self, &container, items),
            None => Ok(()),
        }
    }

    pub(super) fn add_items(&mut self) -> R<()> {
        let t = self.t;
        let mark = self.mark()?;
        let Some((container, items)) = self.filling(mark)? else { return Ok(()) };
        if let Some(set) = set::of(&container).filter(|_| !set::is_frozen(&container)) {
            return items.iter().try_for_each(|item| set.add(t, item).map(drop));
        }
        let add = protocol::getattr(t, &container, &t.names().add)?;
        items.iter().try_for_each(|item| protocol::call(t, &add, std::slice::from_ref(item)).map(drop))
    }
}

/// Sets keys and values that follow each other.
fn fill(load: &Load<'_, '_>, container: &Value, items: Vec<Value>) -> R<()> {
    let t = load.t;
    let dict = container.cast_exact::<Dict>();
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        match dict {
            Some(dict) => dict.set(t, key, value)?,
            None => protocol::setitem(t, container, &key, Some(&value))?,
        }
    }
    Ok(())
}
