//! Template strings (PEP 750): `string.templatelib.Template`, `Interpolation` and the iterator over a template.

use super::container::{class_getitem, payload};
use super::dict::Dict;
use super::header::Kind;
use super::iter::self_iter;
use super::native::Signature;
use super::protocol;
use super::sequence_args::none_or_type;
use super::slots::{Args, R, Slots};
use super::spec::{Def, Func, GetSet, Spec, type_flags};
use super::string::Str;
use super::thread::Thread;
use super::tuple::Tuple;
use super::value::Value;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::*};

payload! {
    /// The payload of a `Template`: there is one string more than there are interpolations.
    Template: Template { strings: Value, interpolations: Value }
}

payload! {
    /// The payload of an `Interpolation`.
    Interpolation: Interpolation { value: Value, expression: Value, conversion: Value, format_spec: Value }
}

payload! {
    /// The payload of a `TemplateIter`: the next thing to give, strings at even places.
    TemplateIter: TemplateIter { template: Value, next: AtomicUsize }
}

impl Template {
    /// A template of a tuple of strings and one of interpolations.
    pub fn make(t: &Thread, strings: Value, interpolations: Value) -> Value {
        Template::make_for(t, &t.types().template, strings.into_owned(), interpolations.into_owned())
    }
}

impl Interpolation {
    /// An interpolation: the conversion is `'s'`, `'r'`, `'a'` or `None`.
    pub fn make(t: &Thread, value: Value, expression: Value, conversion: Value, format_spec: Value) -> Value {
        Interpolation::make_for(
            t,
            &t.types().interpolation,
            value.into_owned(),
            expression.into_owned(),
            conversion.into_owned(),
            format_spec.into_owned(),
        )
    }
}

fn items(v: &Value) -> &[Value] {
    v.cast::<Tuple>().map_or(&[], |tuple| tuple.items())
}

fn template(v: &Value) -> &Template {
    v.cast::<Template>().expect("slots of `Template` get templates")
}

fn interpolation(v: &Value) -> &Interpolation {
    v.cast::<Interpolation>().expect("slots of `Interpolation` get interpolations")
}

fn joined(t: &Thread, a: &Value, b: &Value) -> R {
    match (a.cast::<Str>(), b.cast::<Str>()) {
        (Some(a), Some(b)) => Str::concat(t, a, b),
        _ => Ok(a.clone()),
    }
}

fn new_template(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    if !args.kw.is_empty() {
        return Err(t.type_error("Template.__new__ only accepts *args arguments"));
    }
    let empty = || t.interp.empty_str.clone();
    let (mut strings, mut interpolations, mut last) = (Vec::new(), Vec::new(), None::<Value>);
    for part in args.pos {
        if part.cast::<Str>().is_some() {
            last = Some(match last {
                Some(text) => joined(t, &text, part)?,
                None => part.clone(),
            });
        } else if part.cast::<Interpolation>().is_some() {
            strings.push(last.take().unwrap_or_else(empty));
            interpolations.push(part.clone());
        } else {
            return Err(t.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}",
                part.type_of(t).name_str()
            )));
        }
    }
    strings.push(last.unwrap_or_else(empty));
    Ok(Template::make(t, t.tuple(strings), t.tuple(interpolations)))
}

fn repr_template(t: &Thread, v: &Value) -> R {
    let this = template(v);
    let mut out = super::container::Text::default();
    out.push("Template(strings=");
    out.push_repr(t, &this.strings)?;
    out.push(", interpolations=");
    out.push_repr(t, &this.interpolations)?;
    out.push(")");
    Ok(out.finish(t))
}

fn concat(t: &Thread, a: &Value, b: &Value) -> R {
    let (Some(x), Some(y)) = (a.cast::<Template>(), b.cast::<Template>()) else {
        let (a, b) = (a.type_of(t).name_str(), b.type_of(t).name_str());
        return Err(t.type_error(format!("can only concatenate {a} (not \"{b}\") to {a}")));
    };
    let (left, right) = (items(&x.strings), items(&y.strings));
    let (Some((end, left)), Some((start, right))) = (left.split_last(), right.split_first()) else {
        return Ok(a.clone());
    };
    let middle = joined(t, end, start)?;
    let strings: Vec<Value> = left.iter().cloned().chain([middle]).chain(right.iter().cloned()).collect();
    let interpolations: Vec<Value> = items(&x.interpolations).iter().chain(items(&y.interpolations)).cloned().collect();
    Ok(Template::make(t, t.tuple(strings), t.tuple(interpolations)))
}

fn iter(t: &Thread, v: &Value) -> R {
    Ok(TemplateIter::make_for(t, &t.types().template_iterator, v.clone(), AtomicUsize::new(0)))
}

/// Strings and interpolations by turns; empty strings are left out.
fn next(_: &Thread, v: &Value) -> R<Option<Value>> {
    let this = v.cast::<TemplateIter>().expect("slots of `TemplateIter` get its kind");
    let template = template(&this.template);
    loop {
        let at = this.next.fetch_add(1, Relaxed);
        let from = if at % 2 == 0 { &template.strings } else { &template.interpolations };
        match items(from).get(at / 2) {
            Some(text) if text.cast::<Str>().is_some_and(Str::is_empty) && at % 2 == 0 => {}
            Some(part) => return Ok(Some(part.clone())),
            None => {
                this.next.store(at, Relaxed);
                return Ok(None);
            }
        }
    }
}

fn values(t: &Thread, v: &Value) -> R {
    let values = items(&template(v).interpolations).iter().map(|i| interpolation(i).value.clone());
    Ok(t.tuple(values.collect::<Vec<_>>()))
}

fn reduce_template(t: &Thread, v: &Value) -> R {
    let Some(hooks) = t.interp.hooks.get() else { return Err(t.runtime_error("modules cannot be imported yet")) };
    let from = t.tuple([t.str("_template_unpickle")]);
    let module = (hooks.import)(t, &t.intern("string.templatelib"), None, None, Some(&from), 0)?;
    let function = protocol::getattr_str(t, &module, "_template_unpickle")?;
    let this = template(v);
    Ok(t.tuple([function, t.tuple([this.strings.clone(), this.interpolations.clone()])]))
}

fn new_interpolation(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    static SIGNATURE: OnceLock<Signature> = OnceLock::new();
    let mut bound = [const { None }; 4];
    let text = "(value, expression='', conversion=None, format_spec='')";
    SIGNATURE.get_or_init(|| Signature::parse_text("Interpolation", text)).bind(t, args, &mut bound)?;
    let [Some(value), expression, conversion, format_spec] = bound else {
        return Err(t.type_error("Interpolation() missing required argument 'value' (pos 1)"));
    };
    let text = |name: &str, v: Option<Value>| match v {
        None => Ok(t.interp.empty_str.clone()),
        Some(v) if v.cast::<Str>().is_some() => Ok(v),
        Some(v) => {
            Err(t.type_error(format!("Interpolation() argument '{name}' must be str, not {}", none_or_type(t, &v))))
        }
    };
    let expression = text("expression", expression)?;
    let conversion = match conversion.filter(|c| !c.is_none()) {
        None => Value::NONE,
        Some(conversion) => text("conversion", Some(conversion))?,
    };
    if let Some(c) = conversion.cast::<Str>()
        && !(c.is("s") || c.is("a") || c.is("r"))
    {
        return Err(t.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"));
    }
    let format_spec = text("format_spec", format_spec)?;
    Ok(Interpolation::make(t, value, expression, conversion, format_spec))
}

impl Interpolation {
    fn fields(&self) -> [Value; 4] {
        [self.value.clone(), self.expression.clone(), self.conversion.clone(), self.format_spec.clone()]
    }
}

fn repr_interpolation(t: &Thread, v: &Value) -> R {
    super::container::repr_items(t, "Interpolation(", &interpolation(v).fields(), ")")
}

fn reduce_interpolation(t: &Thread, v: &Value) -> R {
    Ok(t.tuple([v.type_of_value(t), t.tuple(interpolation(v).fields())]))
}

/// What the tables cannot say: class attributes that are plain values.
pub(super) fn fill(t: &Thread) {
    let namespace = t.types().interpolation.dict(t);
    if let Some(dict) = namespace.cast::<Dict>() {
        let names = ["value", "expression", "conversion", "format_spec"].map(|name| t.intern(name));
        dict.set_name(t, "__match_args__", t.tuple(names));
    }
}

const FLAGS: u64 = type_flags::HAVE_GC | type_flags::IMMUTABLE;

/// `string.templatelib.Template`.
pub static TEMPLATE: Spec = Spec {
    name: "string.templatelib.Template",
    kind: Kind::Template,
    size: std::mem::size_of::<Template>(),
    flags: FLAGS,
    doc: "Template object",
    slots: Slots {
        new: Some(new_template),
        repr: Some(repr_template),
        iter: Some(iter),
        sq_concat: Some(concat),
        drop: Some(Template::drop_payload),
        traverse: Some(Template::traverse),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("__reduce__", Func::NoArgs(reduce_template), "($self, /)", ""),
        Def::class(
            "__class_getitem__",
            Func::One(class_getitem),
            "($type, object, /)",
            "Template supports [] for generic usage",
        ),
    ],
    getset: &[
        GetSet::member("strings", |_, v| Ok(template(v).strings.clone()), "Strings"),
        GetSet::member("interpolations", |_, v| Ok(template(v).interpolations.clone()), "Interpolations"),
        GetSet::ro("values", values, "Values of interpolations"),
    ],
    ..Spec::DEFAULT
};

/// `string.templatelib.Interpolation`.
pub static INTERPOLATION: Spec = Spec {
    name: "string.templatelib.Interpolation",
    kind: Kind::Interpolation,
    size: std::mem::size_of::<Interpolation>(),
    flags: FLAGS,
    doc: "Interpolation object",
    slots: Slots {
        new: Some(new_interpolation),
        repr: Some(repr_interpolation),
        drop: Some(Interpolation::drop_payload),
        traverse: Some(Interpolation::traverse),
        ..Slots::EMPTY
    },
    methods: &[
        Def::new("__reduce__", Func::NoArgs(reduce_interpolation), "($self, /)", "__reduce__() -> (cls, state)"),
        Def::class(
            "__class_getitem__",
            Func::One(class_getitem),
            "($type, object, /)",
            "Interpolations are generic over the types of their values",
        ),
    ],
    getset: &[
        GetSet::member("value", |_, v| Ok(interpolation(v).value.clone()), "Value"),
        GetSet::member("expression", |_, v| Ok(interpolation(v).expression.clone()), "Expression"),
        GetSet::member("conversion", |_, v| Ok(interpolation(v).conversion.clone()), "Conversion"),
        GetSet::member("format_spec", |_, v| Ok(interpolation(v).format_spec.clone()), "Format specifier"),
    ],
    ..Spec::DEFAULT
};

/// `string.templatelib.TemplateIter`.
pub static ITERATOR: Spec = Spec {
    name: "string.templatelib.TemplateIter",
    kind: Kind::TemplateIter,
    size: std::mem::size_of::<TemplateIter>(),
    flags: FLAGS | type_flags::DISALLOW_INSTANTIATION,
    doc: "Template iterator object",
    slots: Slots {
        iter: Some(self_iter),
        next: Some(next),
        drop: Some(TemplateIter::drop_payload),
        traverse: Some(TemplateIter::traverse),
        ..Slots::EMPTY
    },
    ..Spec::DEFAULT
};
