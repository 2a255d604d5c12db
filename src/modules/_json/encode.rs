//! The encoder: objects as one string.

use super::{add_note, own_function};
use crate::modules::native_type::{Signature, fields};
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::number::float::float_repr;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{GetSet, Spec};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::{float, list, protocol};
use std::io::Write;

fields! {
    /// The payload: what the Python encoder that it was made for wants.
    Encoder {
        /// Containers under way, by their id; `None` if cycles are not looked for.
        markers: Value,
        default: Value,
        encoder: Value,
        indent: Value,
        key_separator: Value,
        item_separator: Value,
        sort_keys: bool,
        skipkeys: bool,
        allow_nan: bool,
    }
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new(
        "make_encoder",
        "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    );
    let [markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan] =
        SIGNATURE.bind::<9>(t, args)?.map(|v| v.unwrap_or(Value::NONE));
    for (at, v) in [(5, &key_separator), (6, &item_separator)] {
        if v.cast::<Str>().is_none() {
            let given = crate::objects::sequence_args::none_or_type(t, v);
            return Err(t.type_error(format!("make_encoder() argument {at} must be str, not {given}")));
        }
    }
    let truth = |v: &Value| protocol::truth(t, v);
    let (sort_keys, skipkeys, allow_nan) = (truth(&sort_keys)?, truth(&skipkeys)?, truth(&allow_nan)?);
    if !markers.is_none() && markers.cast::<Dict>().is_none() {
        let given = markers.type_of(t).name_str();
        return Err(t.type_error(format!("make_encoder() argument 1 must be dict or None, not {given}")));
    }
    let class = class.cast::<Type>().expect("a class");
    Encoder::make_in(
        t,
        class,
        markers,
        default,
        encoder,
        indent,
        key_separator,
        item_separator,
        sort_keys,
        skipkeys,
        allow_nan,
    )
}

fn call(t: &Thread, v: &Value, args: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new("_iterencode", "(obj, _current_indent_level)");
    let given = args.pos.len() + args.kw.len();
    if given > 2 {
        return Err(t.type_error(format!("_iterencode() takes at most 2 arguments ({given} given)")));
    }
    let [object, level] = SIGNATURE.bind::<2>(t, args)?.map(|v| v.unwrap_or(Value::NONE));
    let level = int::arg_isize(t, &level)?;
    let this = Encoder::this(v);
    let mut run = Run { t, this, quick: own_function(&this.encoder), out: Vec::new(), line_breaks: Vec::new() };
    if !this.indent.is_none() && level > 0 {
        for _ in 0..level {
            run.line_break(run.line_breaks.len())?;
        }
    }
    run.object(&object, if this.indent.is_none() { 0 } else { level.max(0) as usize })?;
    let text = Str::from_wtf8(t, &run.out);
    Ok(t.tuple([text]))
}

/// One run over an object.
struct Run<'a> {
    t: &'a Thread,
    this: &'a Encoder,
    /// The module's own function that writes strings, if the encoder is one.
    quick: Option<fn(&Str, &mut Vec<u8>)>,
    /// The text so far, as WTF-8.
    out: Vec<u8>,
    /// A line's end and the indentation behind it, by level.
    line_breaks: Vec<Vec<u8>>,
}

/// A container that is under way: it is no longer when this is dropped.
struct Marker<'a> {
    t: &'a Thread,
    markers: &'a Dict,
    key: Value,
}

impl Drop for Marker<'_> {
    fn drop(&mut self) {
        let saved = self.t.take_raised();
        if let Err(raised) = self.markers.remove(self.t, &self.key) {
            drop(self.t.take_exception(raised));
        }
        self.t.put_raised(saved);
    }
}

impl<'a> Run<'a> {
    fn push_str(&mut self, v: &Value) {
        if let Some(text) = v.cast::<Str>() {
            self.out.extend_from_slice(&text.to_wtf8());
        }
    }

    /// Marks an object as being under way.
    fn mark(&self, v: &Value) -> R<Option<Marker<'a>>> {
        let Some(markers) = self.this.markers.cast::<Dict>() else { return Ok(None) };
        let key = int::from_u64(self.t, v.id());
        if markers.get(self.t, &key)?.is_some() {
            return Err(self.t.value_error("Circular reference detected"));
        }
        markers.set(self.t, key.clone(), v.clone())?;
        Ok(Some(Marker { t: self.t, markers, key }))
    }

    fn object(&mut self, v: &Value, level: usize) -> R<()> {
        let t = self.t;
        if v.is_none() {
            self.out.extend_from_slice(b"null");
        } else if let Some(truth) = v.as_bool() {
            self.out.extend_from_slice(if truth { b"true" } else { b"false" });
        } else if v.cast::<Str>().is_some() {
            self.string(v)?;
        } else if int::is_int(v) {
            self.integer(v)?;
        } else if let Some(f) = float::as_f64(v) {
            let text = self.float(v, f)?;
            self.out.extend_from_slice(text.as_bytes());
        } else if v.cast::<List>().is_some() || v.cast::<Tuple>().is_some() {
            t.recurse(" while encoding a JSON object", || self.list(v, level))?;
        } else if v.cast::<Dict>().is_some() {
            t.recurse(" while encoding a JSON object", || self.dict(v, level))?;
        } else {
            let _marker = self.mark(v)?;
            let replaced = protocol::call(t, &self.this.default, std::slice::from_ref(v))?;
            let done = t.recurse(" while encoding a JSON object", || self.object(&replaced, level));
            done.map_err(|raised| {
                add_note(t, raised, || Ok(format!("when serializing {} object", v.type_of(t).full_name(t))))
            })?;
        }
        Ok(())
    }

    fn string(&mut self, v: &Value) -> R<()> {
        if let (Some(quote), Some(text)) = (self.quick, v.cast::<Str>()) {
            quote(text, &mut self.out);
            return Ok(());
        }
        let encoded = protocol::call(self.t, &self.this.encoder, std::slice::from_ref(v))?;
        if encoded.cast::<Str>().is_none() {
            let given = encoded.type_of(self.t).name_str();
            return Err(self.t.type_error(format!("encoder() must return a string, not {given}")));
        }
        self.push_str(&encoded);
        Ok(())
    }

    fn integer(&mut self, v: &Value) -> R<()> {
        if let Some(i) = v.as_small() {
            // Into memory of ours: it cannot fail.
            let _ = write!(self.out, "{i}");
            return Ok(());
        }
        let view = int::view(v).expect("an int");
        let text = int::repr_text(self.t, view)?;
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn float(&self, v: &Value, f: f64) -> R<String> {
        if f.is_finite() {
            return Ok(float_repr(f));
        }
        if !self.this.allow_nan {
            let shown = protocol::repr_text(self.t, v)?;
            return Err(self.t.value_error(format!("Out of range float values are not JSON compliant: {shown}")));
        }
        Ok(match f {
            f if f.is_nan() => "NaN",
            f if f > 0.0 => "Infinity",
            _ => "-Infinity",
        }
        .to_owned())
    }

    /// Makes the line break of a level, and all before it.
    fn line_break(&mut self, level: usize) -> R<()> {
        while self.line_breaks.len() <= level {
            let next = match self.line_breaks.last() {
                None => b"\n".to_vec(),
                Some(last) => match self.this.indent.cast::<Str>() {
                    Some(indent) => [&last[..], &indent.to_wtf8()].concat(),
                    None => {
                        let given = self.this.indent.type_of(self.t).name_str();
                        return Err(self.t.type_error(format!("can only concatenate str (not \"{given}\") to str")));
                    }
                },
            };
            self.line_breaks.push(next);
        }
        Ok(())
    }

    /// Begins a line of that level, if lines are wanted.
    fn begin_line(&mut self, level: usize) -> R<()> {
        if !self.this.indent.is_none() {
            self.line_break(level)?;
            self.out.extend_from_slice(&self.line_breaks[level]);
        }
        Ok(())
    }

    /// What stands between two items.
    fn separate(&mut self, level: usize) -> R<()> {
        let this = self.this;
        self.push_str(&this.item_separator);
        self.begin_line(level)
    }

    fn list(&mut self, v: &Value, level: usize) -> R<()> {
        let t = self.t;
        // The list may change while items are encoded.
        let get = |at: usize| match v.cast::<List>() {
            Some(list) => list.get(t, at),
            None => v.cast::<Tuple>().and_then(|tuple| tuple.items().get(at).cloned()),
        };
        let Some(mut item) = get(0) else {
            self.out.extend_from_slice(b"[]");
            return Ok(());
        };
        let _marker = self.mark(v)?;
        self.out.push(b'[');
        self.begin_line(level + 1)?;
        let mut at = 0;
        loop {
            if at > 0 {
                self.separate(level + 1)?;
            }
            self.object(&item, level + 1).map_err(|raised| {
                let note = || Ok(format!("when serializing {} item {at}", v.type_of(t).full_name(t)));
                add_note(t, raised, note)
            })?;
            at += 1;
            match get(at) {
                Some(next) => item = next,
                None => break,
            }
        }
        self.begin_line(level)?;
        self.out.push(b']');
        Ok(())
    }

    fn dict(&mut self, v: &Value, level: usize) -> R<()> {
        let t = self.t;
        let dict = v.cast::<Dict>().expect("the caller checked");
        if dict.is_empty() {
            self.out.extend_from_slice(b"{}");
            return Ok(());
        }
        let _marker = self.mark(v)?;
        self.out.push(b'{');
        let mut first = true;
        if self.this.sort_keys || v.cast_exact::<Dict>().is_none() {
            let items = protocol::call_method_str(t, v, "items", &[])?;
            let items = List::make(t, protocol::collect(t, &items)?);
            let items = items.cast::<List>().expect("just made");
            if self.this.sort_keys {
                list::sort::sort_list(t, items, None, false)?;
            }
            let mut at = 0;
            while let Some(item) = items.get(t, at) {
                let Some([key, value]) = item.cast::<Tuple>().map(Tuple::items) else {
                    return Err(t.value_error("items must return 2-tuples"));
                };
                self.entry(v, key, value, &mut first, level + 1)?;
                at += 1;
            }
        } else {
            let mut position = 0;
            while let Some((key, value)) = dict.next_entry(t, &mut position) {
                self.entry(v, &key, &value, &mut first, level + 1)?;
            }
        }
        if !first {
            self.begin_line(level)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn entry(&mut self, dict: &Value, key: &Value, value: &Value, first: &mut bool, level: usize) -> R<()> {
        let t = self.t;
        let shown = if key.cast::<Str>().is_some() {
            None
        } else if let Some(f) = float::as_f64(key) {
            Some(self.float(key, f)?)
        } else if let Some(truth) = key.as_bool() {
            Some(if truth { "true" } else { "false" }.to_owned())
        } else if key.is_none() {
            Some("null".to_owned())
        } else if let Some(view) = int::view(key) {
            Some(int::repr_text(t, view)?)
        } else if self.this.skipkeys {
            return Ok(());
        } else {
            let given = key.type_of(t).name_str();
            return Err(t.type_error(format!("keys must be str, int, float, bool or None, not {given}")));
        };
        match std::mem::replace(first, false) {
            true => self.begin_line(level)?,
            false => self.separate(level)?,
        }
        match shown {
            None => self.string(key)?,
            Some(text) => self.string(&t.str(text))?,
        }
        let this = self.this;
        self.push_str(&this.key_separator);
        self.object(value, level).map_err(|raised| {
            let note = || {
                let class = dict.type_of(t).full_name(t);
                Ok(format!("when serializing {class} item {}", protocol::repr_text(t, key)?))
            };
            add_note(t, raised, note)
        })
    }
}

pub static SPEC: Spec = Spec {
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    size: Encoder::SIZE,
    slots: Slots { new: Some(new), call: Some(call), ..Encoder::MEMORY },
    getset: &[
        GetSet::member("markers", |_, v| Ok(Encoder::this(v).markers.clone()), "markers"),
        GetSet::member("default", |_, v| Ok(Encoder::this(v).default.clone()), "default"),
        GetSet::member("encoder", |_, v| Ok(Encoder::this(v).encoder.clone()), "encoder"),
        GetSet::member("indent", |_, v| Ok(Encoder::this(v).indent.clone()), "indent"),
        GetSet::member("key_separator", |_, v| Ok(Encoder::this(v).key_separator.clone()), "key_separator"),
        GetSet::member("item_separator", |_, v| Ok(Encoder::this(v).item_separator.clone()), "item_separator"),
        GetSet::member("sort_keys", |_, v| Ok(Value::bool(Encoder::this(v).sort_keys)), "sort_keys"),
        GetSet::member("skipkeys", |_, v| Ok(Value::bool(Encoder::this(v).skipkeys)), "skipkeys"),
    ],
    ..crate::objects::opaque::spec::<Encoder>("_json.Encoder")
};
