//! The arguments of `%` formatting, for `str` and `bytes`.

use super::int;
use super::protocol;
use super::slots::R;
use super::string::Str;
use super::text::percent::{Amount, Directive, Field};
use super::thread::Thread;
use super::tuple::Tuple;
use super::value::Value;

/// The right operand of `%`: a tuple of arguments, one argument, or a mapping.
pub struct Arguments<'a> {
    t: &'a Thread,
    all: &'a Value,
    /// The arguments of a tuple; one that is no tuple stands for itself.
    items: &'a [Value],
    next: usize,
    is_mapping: bool,
    /// Once a key was looked up, what was found is the only argument, until it is used.
    keyed: Option<Option<Value>>,
    /// `string` or `bytes`, for messages.
    what: &'static str,
}

impl<'a> Arguments<'a> {
    /// Of the right operand.
    pub fn new(t: &'a Thread, all: &'a Value, what: &'static str) -> Arguments<'a> {
        let tuple = all.cast::<Tuple>();
        let text = match what {
            "string" => all.cast::<Str>().is_some(),
            _ => super::bytes::bytes_or_bytearray(t, all).is_some(),
        };
        let is_mapping = tuple.is_none() && !text && all.type_of(t).slots().getitem.is_some();
        let items = tuple.map_or(std::slice::from_ref(all), |tuple| tuple.items());
        Arguments { t, all, items, next: 0, is_mapping, keyed: None, what }
    }

    fn next_value(&mut self) -> R {
        let next = match &mut self.keyed {
            Some(keyed) => keyed.take(),
            None => {
                self.next += 1;
                self.items.get(self.next - 1).cloned()
            }
        };
        next.ok_or_else(|| self.t.type_error("not enough arguments for format string"))
    }

    fn star(&mut self, precision: bool) -> R<i64> {
        let (t, value) = (self.t, self.next_value()?);
        if !int::is_int(&value) {
            return Err(t.type_error("* wants int"));
        }
        match int::as_i64(&value) {
            Some(i) if !precision || i32::try_from(i).is_ok() => Ok(i),
            _ if precision => Err(t.overflow_error("Python int too large to convert to C int")),
            _ => Err(t.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    /// The field of a directive with its stars filled in, and the value to convert. `key` is the text of
    /// `%(key)s` as the mapping is asked for it.
    pub fn next_field(&mut self, directive: &Directive, key: Option<Value>) -> R<(Field, Value)> {
        let t = self.t;
        if let Some(key) = key {
            if !self.is_mapping {
                return Err(t.type_error("format requires a mapping"));
            }
            self.keyed = Some(Some(protocol::getitem(t, self.all, &key)?));
        }
        let width = if directive.width == Amount::Star { self.star(false)? } else { 0 };
        let precision = if directive.precision == Amount::Star { self.star(true)? } else { 0 };
        if let Some(fault) = directive.fault.clone() {
            return Err(super::arith::raise_fault(t, fault));
        }
        let value = self.next_value()?;
        Ok((Field::new(directive, width, precision), value))
    }

    /// `TypeError` if arguments are left.
    pub fn finish(self) -> R<()> {
        if self.next < self.items.len() && !self.is_mapping && self.keyed.is_none() {
            return Err(self.t.type_error(format!("not all arguments converted during {} formatting", self.what)));
        }
        Ok(())
    }
}

/// An `int` object.
pub struct Number(pub Value);

/// The int that `%d` and its kin convert.
pub fn integer(t: &Thread, kind: u8, value: &Value) -> R<Number> {
    if int::is_int(value) {
        return Ok(Number(value.clone()));
    }
    let whole = matches!(kind, b'x' | b'X' | b'o');
    let slots = value.type_of(t).slots();
    let is_number = slots.nb_index.is_some() || slots.nb_int.is_some() || slots.nb_float.is_some();
    if is_number {
        let converted = if whole { protocol::index(t, value) } else { super::int::number_int(t, value) };
        if let Some(number) = t.catch(converted, |types| &types.type_error)? {
            return Ok(Number(number));
        }
    }
    let name = value.type_of(t).name_str();
    Err(t.type_error(match whole {
        true => format!("%{} format: an integer is required, not {name}", kind as char),
        false => format!("%{} format: a real number is required, not {name}", kind as char),
    }))
}
