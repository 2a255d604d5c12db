//! Tuples, lists, dicts and sets.

use super::{BATCH, Save, kind};
use crate::modules::_pickle::opcode::*;
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::set;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// `when serializing list item 3`
fn at(t: &Thread, v: &Value, index: usize) -> R<String> {
    Ok(format!("when serializing {} item {index}", kind(t, v)))
}

/// `when serializing dict item 'key'`
fn under(t: &Thread, v: &Value, key: &Value) -> R<String> {
    Ok(format!("when serializing {} item {}", kind(t, v), protocol::repr_text(t, key)?))
}

fn element(t: &Thread, v: &Value) -> R<String> {
    Ok(format!("when serializing {} element", kind(t, v)))
}

impl Save<'_> {
    pub(super) fn tuple(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        let items = v.cast::<Tuple>().map_or(&[][..], Tuple::items);
        let len = items.len();
        if len == 0 {
            self.out.push(if self.bin { &[EMPTY_TUPLE] } else { &[MARK, TUPLE] });
            return Ok(());
        }
        let short = len <= 3 && self.proto >= 2;
        if !short {
            self.out.op(MARK);
        }
        for (i, item) in items.iter().enumerate() {
            self.part(item, || at(t, v, i))?;
        }
        // A tuple that has come into the memo meanwhile contains itself: what lies on the stack is thrown away.
        if let Some(number) = self.number(v) {
            match (short, self.bin) {
                (true, _) => (0..len).for_each(|_| self.out.op(POP)),
                (false, true) => self.out.op(POP_MARK),
                (false, false) => (0..=len).for_each(|_| self.out.op(POP)),
            }
            self.refer(number);
            return Ok(());
        }
        self.out.op(if short { [TUPLE1, TUPLE2, TUPLE3][len - 1] } else { TUPLE });
        self.memoize(v)
    }

    pub(super) fn list(&mut self, v: &Value) -> R<()> {
        self.enter_fast(v)?;
        let done = self.list_items(v);
        self.leave_fast(v);
        done
    }

    fn list_items(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        let Some(list) = v.cast::<List>() else { return Ok(()) };
        self.out.push(if self.bin { &[EMPTY_LIST] } else { &[MARK, LIST] });
        let empty = list.is_empty();
        self.memoize(v)?;
        if empty {
            return Ok(());
        }
        if !self.bin {
            let items = protocol::iter(t, v)?;
            return self.appends(&items, v);
        }
        if list.len() == 1 {
            if let Some(item) = list.get(t, 0) {
                self.part(&item, || at(t, v, 0))?;
            }
            self.out.op(APPEND);
            return Ok(());
        }
        let mut total = 0;
        loop {
            self.out.op(MARK);
            let end = total + BATCH;
            while total < end
                && let Some(item) = list.get(t, total)
            {
                self.part(&item, || at(t, v, total))?;
                total += 1;
            }
            self.out.op(APPENDS);
            if total >= list.len() {
                return Ok(());
            }
        }
    }

    /// Appends what an iterator gives to the object on top of the stack, `v`.
    pub(super) fn appends(&mut self, items: &Value, v: &Value) -> R<()> {
        let t = self.t;
        let mut total = 0;
        if !self.bin {
            while let Some(item) = protocol::next(t, items)? {
                self.part(&item, || at(t, v, total))?;
                self.out.op(APPEND);
                total += 1;
            }
            return Ok(());
        }
        loop {
            let Some(first) = protocol::next(t, items)? else { return Ok(()) };
            let Some(second) = protocol::next(t, items)? else {
                self.part(&first, || at(t, v, total))?;
                self.out.op(APPEND);
                return Ok(());
            };
            self.out.op(MARK);
            self.part(&first, || at(t, v, total))?;
            total += 1;
            let mut next = Some(second);
            let mut n = 1;
            while let Some(item) = next {
                self.part(&item, || at(t, v, total))?;
                total += 1;
                n += 1;
                next = if n == BATCH { None } else { protocol::next(t, items)? };
            }
            self.out.op(APPENDS);
            if n < BATCH {
                return Ok(());
            }
        }
    }

    pub(super) fn dict(&mut self, v: &Value) -> R<()> {
        self.enter_fast(v)?;
        let done = self.dict_items(v);
        self.leave_fast(v);
        done
    }

    fn dict_items(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        let Some(dict) = v.cast::<Dict>() else { return Ok(()) };
        self.out.push(if self.bin { &[EMPTY_DICT] } else { &[MARK, DICT] });
        let len = dict.len();
        self.memoize(v)?;
        if len == 0 {
            return Ok(());
        }
        if !self.bin {
            let items = protocol::call_method(t, v, &t.names().items, &[])?;
            let items = protocol::iter(t, &items)?;
            return self.set_items(&items, v);
        }
        let mut position = 0;
        if len == 1 {
            if let Some((key, value)) = dict.next_entry(t, &mut position) {
                self.item(&key, &value, v)?;
            }
            self.out.op(SETITEM);
            return Ok(());
        }
        loop {
            let mut n = 0;
            self.out.op(MARK);
            while n < BATCH
                && let Some((key, value)) = dict.next_entry(t, &mut position)
            {
                self.item(&key, &value, v)?;
                if dict.len() != len {
                    return Err(t.runtime_error("dictionary changed size during iteration"));
                }
                n += 1;
            }
            self.out.op(SETITEMS);
            if n < BATCH {
                return Ok(());
            }
        }
    }

    fn item(&mut self, key: &Value, value: &Value, v: &Value) -> R<()> {
        let t = self.t;
        self.save(key)?;
        self.part(value, || under(t, v, key))
    }

    /// Sets the pairs that an iterator gives in the object on top of the stack, `v`.
    pub(super) fn set_items(&mut self, items: &Value, v: &Value) -> R<()> {
        let t = self.t;
        let pair = |item: Value| match item.cast::<Tuple>().map(Tuple::items) {
            Some([key, value]) => Ok((key.clone(), value.clone())),
            _ => Err(t.type_error("dict items iterator must return 2-tuples")),
        };
        let next = || protocol::next(t, items)?.map(pair).transpose();
        if !self.bin {
            while let Some((key, value)) = next()? {
                self.item(&key, &value, v)?;
                self.out.op(SETITEM);
            }
            return Ok(());
        }
        loop {
            let Some((key, value)) = next()? else { return Ok(()) };
            let Some(second) = next()? else {
                self.item(&key, &value, v)?;
                self.out.op(SETITEM);
                return Ok(());
            };
            self.out.op(MARK);
            self.item(&key, &value, v)?;
            let mut more = Some(second);
            let mut n = 1;
            while let Some((key, value)) = more {
                self.item(&key, &value, v)?;
                n += 1;
                more = if n == BATCH { None } else { next()? };
            }
            self.out.op(SETITEMS);
            if n < BATCH {
                return Ok(());
            }
        }
    }

    pub(super) fn set(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        let Some(set) = set::of(v) else { return Ok(()) };
        if self.proto < 4 {
            let args = t.tuple([List::make(t, set.items(t))]);
            return self.call(t.types().set.value(), args, v);
        }
        self.out.op(EMPTY_SET);
        self.memoize(v)?;
        let len = set.len();
        if len == 0 {
            return Ok(());
        }
        let mut position = 0;
        loop {
            let mut n = 0;
            self.out.op(MARK);
            while n < BATCH
                && let Some((item, _)) = set.next_entry(t, &mut position)
            {
                self.part(&item, || element(t, v))?;
                if set.len() != len {
                    return Err(t.runtime_error("set changed size during iteration"));
                }
                n += 1;
            }
            self.out.op(ADDITEMS);
            if n < BATCH {
                return Ok(());
            }
        }
    }

    pub(super) fn frozenset(&mut self, v: &Value) -> R<()> {
        self.enter_fast(v)?;
        let done = self.frozen_items(v);
        self.leave_fast(v);
        done
    }

    fn frozen_items(&mut self, v: &Value) -> R<()> {
        let t = self.t;
        let items = set::of(v).map(|set| set.items(t)).unwrap_or_default();
        if self.proto < 4 {
            return self.call(t.types().frozenset.value(), t.tuple([List::make(t, items)]), v);
        }
        self.out.op(MARK);
        for item in &items {
            self.part(item, || element(t, v))?;
        }
        if let Some(number) = self.number(v) {
            self.out.op(POP_MARK);
            self.refer(number);
            return Ok(());
        }
        self.out.op(FROZENSET);
        self.memoize(v)
    }
}
