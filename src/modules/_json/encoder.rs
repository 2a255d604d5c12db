//! `make_encoder`: writes a value as JSON.

use super::{class, items, quote};
use crate::modules::native_type::{Signature, fields};
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::native::Native;
use crate::objects::number::float::float_repr;
use crate::objects::protocol;
use crate::objects::slot::Slot;
use crate::objects::slots::{Args, R, Raised, Slots};
use crate::objects::spec::{Func, GetSet, Spec, type_flags};
use crate::objects::string::{Str, Units};
use crate::objects::text::CodePoints;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

fields! {
    /// The settings of an encoder.
    Encoder {
        markers: Slot,
        default: Slot,
        encoder: Slot,
        indent: Slot,
        key_separator: Slot,
        item_separator: Slot,
        sort_keys: bool,
        skipkeys: bool,
        allow_nan: bool,
    }
}

static NEW: Signature = Signature::new(
    "make_encoder",
    "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
);

fn new(t: &Thread, class_value: &Value, args: Args<'_>) -> R {
    let bound: [Option<Value>; 9] = NEW.bind(t, args)?;
    let [markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan] =
        bound.map(|v| v.unwrap_or(Value::NONE));
    for (i, v) in [(5, &key_separator), (6, &item_separator)] {
        if v.cast::<Str>().is_none() {
            let given = v.type_of(t).name_str();
            return Err(t.type_error(format!("make_encoder() argument {i} must be str, not {given}")));
        }
    }
    if !markers.is_none() && markers.cast::<Dict>().is_none() {
        let given = markers.type_of(t).name_str();
        return Err(t.type_error(format!("make_encoder() argument 1 must be dict or None, not {given}")));
    }
    let flag = |v: &Value| protocol::truth(t, v);
    let (sort_keys, skipkeys, allow_nan) = (flag(&sort_keys)?, flag(&skipkeys)?, flag(&allow_nan)?);
    Encoder::make_in(
        t,
        class(class_value),
        Slot::new(markers),
        Slot::new(default),
        Slot::new(encoder),
        Slot::new(indent),
        Slot::new(key_separator),
        Slot::new(item_separator),
        sort_keys,
        skipkeys,
        allow_nan,
    )
}

/// How strings are written.
enum Quoting {
    Ascii,
    Unicode,
    /// By a function that is none of this module's.
    Call(Value),
}

/// One writing of a value.
struct Writer<'a> {
    t: &'a Thread,
    markers: Option<Value>,
    default: Value,
    quoting: Quoting,
    indent: Option<Value>,
    key_separator: Value,
    item_separator: Value,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    out: CodePoints,
}

fn push(out: &mut CodePoints, v: &Value) {
    match v.cast::<Str>().map(Str::units) {
        Some(Units::One(units)) => out.push_units(units),
        Some(Units::Two(units)) => out.push_units(units),
        Some(Units::Four(units)) => out.push_units(units),
        None => {}
    }
}

impl<'a> Writer<'a> {
    fn new(t: &'a Thread, encoder: &Encoder) -> Writer<'a> {
        let get = |slot: &Slot| slot.get(t).unwrap_or(Value::NONE);
        let function = get(&encoder.encoder);
        let quoting = match function.cast::<Native>().map(|native| native.def.func) {
            Some(Func::One(f)) if std::ptr::fn_addr_eq(f, super::encode_basestring_ascii as Quote) => Quoting::Ascii,
            Some(Func::One(f)) if std::ptr::fn_addr_eq(f, super::encode_basestring as Quote) => Quoting::Unicode,
            _ => Quoting::Call(function),
        };
        Writer {
            t,
            markers: Some(get(&encoder.markers)).filter(|v| !v.is_none()),
            default: get(&encoder.default),
            quoting,
            indent: Some(get(&encoder.indent)).filter(|v| !v.is_none()),
            key_separator: get(&encoder.key_separator),
            item_separator: get(&encoder.item_separator),
            sort_keys: encoder.sort_keys,
            skipkeys: encoder.skipkeys,
            allow_nan: encoder.allow_nan,
            out: CodePoints::new(),
        }
    }

    fn new_line(&mut self, level: usize) {
        if let Some(indent) = &self.indent {
            self.out.push_ascii(b"\n");
            for _ in 0..level {
                push(&mut self.out, indent);
            }
        }
    }

    fn string(&mut self, v: &Value) -> R<()> {
        let ascii_only = match &self.quoting {
            Quoting::Ascii => true,
            Quoting::Unicode => false,
            Quoting::Call(function) => {
                let quoted = protocol::call(self.t, function, std::slice::from_ref(v))?;
                if quoted.cast::<Str>().is_none() {
                    let given = quoted.type_of(self.t).name_str();
                    return Err(self.t.type_error(format!("encoder() must return a string, not {given}")));
                }
                push(&mut self.out, &quoted);
                return Ok(());
            }
        };
        if let Some(text) = v.cast::<Str>() {
            quote(text, ascii_only, &mut self.out);
        }
        Ok(())
    }

    fn float_text(&self, v: &Value, f: f64) -> R<String> {
        if f.is_finite() {
            return Ok(float_repr(f));
        }
        if !self.allow_nan {
            let text = protocol::repr_text(self.t, v)?;
            return Err(self.t.value_error(format!("Out of range float values are not JSON compliant: {text}")));
        }
        let text = if f.is_nan() { "NaN" } else { ["Infinity", "-Infinity"][usize::from(f < 0.0)] };
        Ok(text.into())
    }

    /// The text of what is neither a container nor a string; `None` for anything else.
    fn plain(&self, v: &Value) -> R<Option<String>> {
        Ok(Some(match v {
            v if v.is_none() => "null".into(),
            v if v.is(&Value::TRUE) => "true".into(),
            v if v.is(&Value::FALSE) => "false".into(),
            v => match (int::view(v), float::as_f64(v)) {
                // Not the `repr` of a subclass.
                (Some(view), _) => int::repr_text(self.t, view)?,
                (_, Some(f)) => self.float_text(v, f)?,
                _ => return Ok(None),
            },
        }))
    }

    fn value(&mut self, v: &Value, level: usize) -> R<()> {
        if v.cast::<Str>().is_some() {
            return self.string(v);
        }
        if let Some(text) = self.plain(v)? {
            self.out.push_str(&text);
            return Ok(());
        }
        let t = self.t;
        if v.cast::<List>().is_some() || v.cast::<Tuple>().is_some() {
            return t.recurse(" while encoding a JSON object", || self.array(v, level));
        }
        if v.cast::<Dict>().is_some() {
            return t.recurse(" while encoding a JSON object", || self.object(v, level));
        }
        let mark = self.mark(v)?;
        let other = protocol::call(t, &self.default, std::slice::from_ref(v))?;
        let done = t.recurse(" while encoding a JSON object", || self.value(&other, level));
        done.map_err(|raised| note(t, raised, || Ok(format!("when serializing {} object", v.type_of(t).name_str()))))?;
        self.unmark(mark)
    }

    /// Remembers a container that is being written, so that one within itself is noticed.
    fn mark(&self, v: &Value) -> R<Option<Value>> {
        let Some(markers) = &self.markers else { return Ok(None) };
        let id = int::from_u64(self.t, v.id());
        if protocol::contains(self.t, markers, &id)? {
            return Err(self.t.value_error("Circular reference detected"));
        }
        protocol::setitem(self.t, markers, &id, Some(v))?;
        Ok(Some(id))
    }

    fn unmark(&self, mark: Option<Value>) -> R<()> {
        match (&self.markers, mark) {
            (Some(markers), Some(id)) => protocol::setitem(self.t, markers, &id, None),
            _ => Ok(()),
        }
    }

    fn array(&mut self, v: &Value, level: usize) -> R<()> {
        let t = self.t;
        if protocol::len(t, v)? == 0 && (v.cast_exact::<List>().is_some() || v.cast_exact::<Tuple>().is_some()) {
            self.out.push_ascii(b"[]");
            return Ok(());
        }
        let values = match v.cast_exact::<List>() {
            Some(_) => None,
            None => Some(protocol::collect(t, v)?),
        };
        let get = |i: usize| match &values {
            Some(values) => values.get(i).cloned(),
            None => v.cast::<List>().and_then(|list| list.get(t, i)),
        };
        let mark = self.mark(v)?;
        let mut i = 0;
        while let Some(item) = get(i) {
            if i == 0 {
                self.out.push_ascii(b"[");
            } else {
                push(&mut self.out, &self.item_separator);
            }
            self.new_line(level + 1);
            self.value(&item, level + 1).map_err(|raised| {
                note(t, raised, || Ok(format!("when serializing {} item {i}", v.type_of(t).name_str())))
            })?;
            i += 1;
        }
        self.unmark(mark)?;
        if i == 0 {
            self.out.push_ascii(b"[]");
        } else {
            self.new_line(level);
            self.out.push_ascii(b"]");
        }
        Ok(())
    }

    fn object(&mut self, v: &Value, level: usize) -> R<()> {
        let t = self.t;
        let exact = v.cast_exact::<Dict>();
        if exact.is_some_and(Dict::is_empty) || exact.is_none() && protocol::len(t, v)? == 0 {
            self.out.push_ascii(b"{}");
            return Ok(());
        }
        let mark = self.mark(v)?;
        let mut count = 0;
        match exact.filter(|_| !self.sort_keys) {
            Some(dict) => {
                let mut position = 0;
                while let Some((key, value)) = dict.next_entry(t, &mut position) {
                    self.member(v, key, &value, level, &mut count)?;
                }
            }
            None => {
                let pairs = protocol::call_method_str(t, v, "items", &[])?;
                let pairs = List::from_vec(t, protocol::collect(t, &pairs)?);
                if self.sort_keys {
                    protocol::call_method_str(t, &pairs, "sort", &[])?;
                }
                for pair in pairs.cast::<List>().map(|list| list.snapshot(t)).unwrap_or_default() {
                    let [key, value] = items(&pair) else {
                        return Err(t.value_error("items must return 2-tuples"));
                    };
                    self.member(v, key.clone(), value, level, &mut count)?;
                }
            }
        }
        self.unmark(mark)?;
        if count == 0 {
            self.out.push_ascii(b"{}");
        } else {
            self.new_line(level);
            self.out.push_ascii(b"}");
        }
        Ok(())
    }

    fn member(&mut self, dict: &Value, key: Value, value: &Value, level: usize, count: &mut usize) -> R<()> {
        let t = self.t;
        let name = match key.cast::<Str>() {
            Some(_) => key.clone(),
            None => match self.plain(&key)? {
                Some(text) => t.str(text),
                None if self.skipkeys => return Ok(()),
                None => {
                    let given = key.type_of(t).name_str();
                    return Err(t.type_error(format!("keys must be str, int, float, bool or None, not {given}")));
                }
            },
        };
        if *count == 0 {
            self.out.push_ascii(b"{");
        } else {
            push(&mut self.out, &self.item_separator);
        }
        *count += 1;
        self.new_line(level + 1);
        self.string(&name)?;
        push(&mut self.out, &self.key_separator);
        self.value(value, level + 1).map_err(|raised| {
            note(t, raised, || {
                let key = protocol::repr_text(t, &key)?;
                Ok(format!("when serializing {} item {key}", dict.type_of(t).name_str()))
            })
        })
    }
}

type Quote = fn(&Thread, &Value, &Value) -> R;

/// Adds a note to an exception on its way.
#[cold]
fn note(t: &Thread, raised: Raised, text: impl FnOnce() -> R<String>) -> Raised {
    let exception = t.take_exception(raised);
    let noted = text().and_then(|text| protocol::call_method_str(t, &exception, "add_note", &[t.str(text)]));
    match noted {
        Ok(_) => t.raise_as_is(exception),
        Err(raised) => raised,
    }
}

static CALL: Signature = Signature::new("_iterencode", "(obj, _current_indent_level)");

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    let [value, level] = CALL.bind(t, args)?;
    let level = level.map_or(Ok(0), |v| int::arg_isize(t, &v))?;
    let mut writer = Writer::new(t, Encoder::this(v));
    writer.value(value.as_ref().unwrap_or(Value::none()), level.max(0) as usize)?;
    Ok(t.tuple([Str::from_text(t, writer.out)?]))
}

fn setting(t: &Thread, slot: &Slot) -> R {
    Ok(slot.get(t).unwrap_or(Value::NONE))
}

static GETSET: &[GetSet] = &[
    GetSet::member("markers", |t, v| setting(t, &Encoder::this(v).markers), "markers"),
    GetSet::member("default", |t, v| setting(t, &Encoder::this(v).default), "default"),
    GetSet::member("encoder", |t, v| setting(t, &Encoder::this(v).encoder), "encoder"),
    GetSet::member("indent", |t, v| setting(t, &Encoder::this(v).indent), "indent"),
    GetSet::member("key_separator", |t, v| setting(t, &Encoder::this(v).key_separator), "key_separator"),
    GetSet::member("item_separator", |t, v| setting(t, &Encoder::this(v).item_separator), "item_separator"),
    GetSet::member("sort_keys", |_, v| Ok(Value::bool(Encoder::this(v).sort_keys)), "sort_keys"),
    GetSet::member("skipkeys", |_, v| Ok(Value::bool(Encoder::this(v).skipkeys)), "skipkeys"),
];

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::BASETYPE,
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    size: Encoder::SIZE,
    slots: Slots { new: Some(new), call: Some(call), ..Encoder::MEMORY },
    getset: GETSET,
    kind: crate::objects::header::Kind::Opaque,
    name: "_json.Encoder",
    ..Spec::DEFAULT
};
