//! `re.Match`: where a pattern and its groups matched.

use super::pattern::Pattern;
use super::subject::Subject;
use super::template::{Replacement, expand};
use crate::modules::native_type::with_type;
use crate::objects::container::class_getitem;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// Start and end of what a group matched, if it took part.
pub(super) type Span = Option<(usize, usize)>;

/// The payload of `Match`.
pub(super) struct Match {
    pattern: Value,
    string: Value,
    /// Bounds that the search was given.
    pos: usize,
    endpos: usize,
    /// The group that was closed last, or -1.
    lastindex: isize,
    /// Group 0 is the whole match.
    spans: Box<[Span]>,
}

impl Native for Match {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.pattern);
        visit(&self.string);
    }
}

impl Match {
    /// A match object of a search between `bounds`.
    pub fn make(
        t: &Thread,
        pattern: &Value,
        string: &Value,
        bounds: (usize, usize),
        lastindex: isize,
        spans: Vec<Span>,
    ) -> R {
        let found = Match {
            pattern: pattern.clone(),
            string: string.clone(),
            pos: bounds.0,
            endpos: bounds.1,
            lastindex,
            spans: spans.into(),
        };
        with_type(t, &SPEC, |class| opaque::new(t, class, found))
    }

    fn this(v: &Value) -> &Match {
        v.opaque::<Match>().expect("slots of `Match` get its objects")
    }

    /// The text of a group, `None` (Python's) if it took no part; nothing if there is no such group.
    pub fn group(&self, t: &Thread, group: usize) -> R<Option<Value>> {
        match self.spans.get(group) {
            None => Ok(None),
            Some(None) => Ok(Some(Value::NONE)),
            Some(&Some((start, end))) => Ok(Some(Subject::of(t, &self.string)?.slice(t, &self.string, start, end))),
        }
    }

    /// The text of a group that exists, or the default.
    fn group_or(&self, t: &Thread, group: usize, default: &Value) -> R {
        match self.spans.get(group).copied().flatten() {
            None => Ok(default.clone()),
            Some((start, end)) => Ok(Subject::of(t, &self.string)?.slice(t, &self.string, start, end)),
        }
    }

    /// The number of a group given by number or name.
    fn index(&self, t: &Thread, group: &Value) -> R<usize> {
        let index = if group.type_of(t).slots().nb_index.is_some() {
            protocol::index_clamped(t, group)?
        } else {
            let names = &Pattern::this(&self.pattern).groupindex;
            let found = names.cast::<Dict>().map_or(Ok(None), |names| names.get(t, group))?;
            found.filter(int::is_int).map_or(Ok(-1), |index| int::to_isize(t, &index))?
        };
        match usize::try_from(index) {
            Ok(index) if index < self.spans.len() => Ok(index),
            _ => Err(t.index_error("no such group")),
        }
    }

    /// The span of the group that an optional argument names.
    fn span_of(&self, t: &Thread, args: &[Value]) -> R<Span> {
        let index = args.first().map_or(Ok(0), |group| self.index(t, group))?;
        Ok(self.spans[index])
    }
}

fn by_key(t: &Thread, this: &Match, key: &Value) -> R {
    let index = this.index(t, key)?;
    this.group_or(t, index, Value::none())
}

fn group(t: &Thread, v: &Value, args: &[Value]) -> R {
    let this = Match::this(v);
    match args {
        [] => this.group_or(t, 0, Value::none()),
        [one] => by_key(t, this, one),
        many => Ok(t.tuple(many.iter().map(|key| by_key(t, this, key)).collect::<R<Vec<_>>>()?)),
    }
}

fn getitem(t: &Thread, v: &Value, key: &Value) -> R {
    by_key(t, Match::this(v), key)
}

/// An end of a span, -1 if the group took no part.
fn offset(t: &Thread, place: Option<usize>) -> Value {
    place.map_or(Value::small(-1), |i| int::from_usize(t, i))
}

fn pair(t: &Thread, span: Span) -> Value {
    t.tuple([offset(t, span.map(|s| s.0)), offset(t, span.map(|s| s.1))])
}

fn start(t: &Thread, v: &Value, args: &[Value]) -> R {
    Ok(offset(t, Match::this(v).span_of(t, args)?.map(|s| s.0)))
}

fn end(t: &Thread, v: &Value, args: &[Value]) -> R {
    Ok(offset(t, Match::this(v).span_of(t, args)?.map(|s| s.1)))
}

fn span(t: &Thread, v: &Value, args: &[Value]) -> R {
    Ok(pair(t, Match::this(v).span_of(t, args)?))
}

fn groups(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let this = Match::this(v);
    let default = args[0].as_ref().unwrap_or(Value::none());
    let items = (1..this.spans.len()).map(|group| this.group_or(t, group, default)).collect::<R<Vec<_>>>()?;
    Ok(t.tuple(items))
}

fn groupdict(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let this = Match::this(v);
    let default = args[0].as_ref().unwrap_or(Value::none());
    let result = Dict::make(t);
    let dict = result.cast::<Dict>().expect("just made");
    let names = Pattern::this(&this.pattern).groupindex.cast::<Dict>().map(|d| d.keys(t)).unwrap_or_default();
    for name in names {
        let group = this.index(t, &name)?;
        let text = this.group_or(t, group, default)?;
        dict.set(t, name, text)?;
    }
    Ok(result)
}

fn expand_template(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let template = args[0].as_ref().unwrap_or(Value::none());
    match Replacement::parse(t, &Match::this(v).pattern, template)? {
        Replacement::Literal(text) | Replacement::Callable(text) => Ok(text),
        Replacement::Template(template) => expand(t, &template, v),
    }
}

fn itself(_: &Thread, v: &Value) -> R {
    Ok(v.clone())
}

fn deepcopy(_: &Thread, v: &Value, _memo: &Value) -> R {
    Ok(v.clone())
}

fn repr(t: &Thread, v: &Value) -> R {
    let this = Match::this(v);
    let text = this.group_or(t, 0, Value::none())?;
    let (start, end) = this.spans[0].unwrap_or_default();
    let mut out = crate::objects::container::Text::default();
    out.push(&format!("<{} object; span=({start}, {end}), match=", v.type_of(t).name_str()));
    out.push_repr(t, &text)?;
    out.push(">");
    Ok(out.finish(t))
}

fn lastindex(t: &Thread, v: &Value) -> R {
    let last = Match::this(v).lastindex;
    Ok(if last >= 0 { int::new(t, last as i64) } else { Value::NONE })
}

fn lastgroup(_: &Thread, v: &Value) -> R {
    let this = Match::this(v);
    let names = Pattern::this(&this.pattern).indexgroup.cast::<Tuple>();
    let name = names.and_then(|names| names.items().get(usize::try_from(this.lastindex).ok()?));
    Ok(name.cloned().unwrap_or(Value::NONE))
}

fn regs(t: &Thread, v: &Value) -> R {
    let pairs: Vec<Value> = Match::this(v).spans.iter().map(|&span| pair(t, span)).collect();
    Ok(t.tuple(pairs))
}

const GROUP_DOC: &str = "group([group1, ...]) -> str or tuple.\n    Return subgroup(s) of the match by indices or names.\n    For 0 returns the entire match.";

static METHODS: &[Def] = &[
    Def::new("group", Func::VarPos(group), "", GROUP_DOC),
    Def::new(
        "start",
        Func::Pos(start, 0, 1),
        "($self, group=0, /)",
        "Return index of the start of the substring matched by group.",
    ),
    Def::new(
        "end",
        Func::Pos(end, 0, 1),
        "($self, group=0, /)",
        "Return index of the end of the substring matched by group.",
    ),
    Def::new(
        "span",
        Func::Pos(span, 0, 1),
        "($self, group=0, /)",
        "For match object m, return the 2-tuple (m.start(group), m.end(group)).",
    ),
    Def::new(
        "groups",
        Func::Bound(groups),
        "($self, /, default=None)",
        "Return a tuple containing all the subgroups of the match, from 1.\n\n  default\n    Is used for groups that did not participate in the match.",
    ),
    Def::new(
        "groupdict",
        Func::Bound(groupdict),
        "($self, /, default=None)",
        "Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.\n\n  default\n    Is used for groups that did not participate in the match.",
    ),
    Def::new(
        "expand",
        Func::Bound(expand_template),
        "($self, /, template)",
        "Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.",
    ),
    Def::new("__copy__", Func::NoArgs(itself), "($self, /)", ""),
    Def::new("__deepcopy__", Func::One(deepcopy), "($self, memo, /)", ""),
    Def::class(
        "__class_getitem__",
        Func::One(class_getitem),
        "($type, object, /)",
        "Matches are generic over the type of string which was matched (str or bytes)",
    ),
];

static GETSET: &[GetSet] = &[
    GetSet::member("string", |_, v| Ok(Match::this(v).string.clone()), "The string passed to match() or search()."),
    GetSet::member("re", |_, v| Ok(Match::this(v).pattern.clone()), "The regular expression object."),
    GetSet::member(
        "pos",
        |t, v| Ok(int::from_usize(t, Match::this(v).pos)),
        "The index into the string at which the RE engine started looking for a match.",
    ),
    GetSet::member(
        "endpos",
        |t, v| Ok(int::from_usize(t, Match::this(v).endpos)),
        "The index into the string beyond which the RE engine will not go.",
    ),
    GetSet::ro("lastindex", lastindex, "The integer index of the last matched capturing group."),
    GetSet::ro("lastgroup", lastgroup, "The name of the last matched capturing group."),
    GetSet::ro("regs", regs, ""),
];

/// `re.Match`.
pub(super) static SPEC: Spec = {
    let mut spec = opaque::spec::<Match>("re.Match");
    spec.flags = type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
    spec.doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.";
    spec.slots.repr = Some(repr);
    spec.slots.getitem = Some(getitem);
    spec.methods = METHODS;
    spec.getset = GETSET;
    spec
};
