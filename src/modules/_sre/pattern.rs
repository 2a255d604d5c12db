//! `re.Pattern`: a compiled regular expression.

use super::flag;
use super::scanner;
use super::search::{How, Search};
use super::subject::join;
use super::template::{Replacement, expand};
use crate::objects::container::class_getitem;
use crate::objects::int;
use crate::objects::iter::CallIter;
use crate::objects::list::List;
use crate::objects::mapping_proxy::MappingProxy;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{CmpOp, R};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The payload of `Pattern`.
pub(super) struct Pattern {
    /// The text it was compiled from, or `None`.
    pub source: Value,
    pub flags: i32,
    /// Whether it is for bytes; nothing if it is for both.
    pub bytes: Option<bool>,
    pub groups: usize,
    /// Names to numbers of groups.
    pub groupindex: Value,
    /// Names of groups by number, a tuple.
    pub indexgroup: Value,
    pub code: Box<[u32]>,
}

impl Native for Pattern {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.source);
        visit(&self.groupindex);
        visit(&self.indexgroup);
    }
}

impl Pattern {
    pub fn this(v: &Value) -> &Pattern {
        v.opaque::<Pattern>().expect("slots of `Pattern` get its objects")
    }
}

/// The arguments `string, pos=0, endpos=sys.maxsize`.
struct Target {
    string: Value,
    pos: isize,
    endpos: isize,
}

impl Target {
    fn of(t: &Thread, args: &[Option<Value>]) -> R<Target> {
        Ok(Target {
            string: args[0].clone().unwrap_or(Value::NONE),
            pos: args[1].as_ref().map_or(Ok(0), |v| int::arg_isize(t, v))?,
            endpos: args[2].as_ref().map_or(Ok(isize::MAX), |v| int::arg_isize(t, v))?,
        })
    }

    fn search<'a>(&'a self, t: &Thread, v: &'a Value) -> R<Search<'a>> {
        Search::new(t, Pattern::this(v), &self.string, self.pos, self.endpos)
    }
}

/// `match`, `fullmatch` and `search`.
fn once(t: &Thread, v: &Value, args: &[Option<Value>], how: How) -> R {
    let target = Target::of(t, args)?;
    let mut search = target.search(t, v)?;
    match search.next(t, how)? {
        Some(found) => search.make_match(t, v, &found),
        None => Ok(Value::NONE),
    }
}

fn match_(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    once(t, v, args, How::Match)
}

fn fullmatch(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    once(t, v, args, How::FullMatch)
}

fn search(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    once(t, v, args, How::Search)
}

fn findall(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let target = Target::of(t, args)?;
    let mut search = target.search(t, v)?;
    let result = List::make(t, []);
    let list = result.cast::<List>().expect("just made");
    let groups = search.pattern.groups;
    while let Some(found) = search.next(t, How::Search)? {
        // A group that took no part is shown empty.
        let group = |index| Ok(search.group(t, index)?.unwrap_or_else(|| search.slice(t, 0, 0)));
        let item = match groups {
            0 => search.slice(t, found.start, found.end),
            1 => group(0)?,
            _ => t.tuple((0..groups).map(group).collect::<R<Vec<_>>>()?),
        };
        list.push(t, item);
    }
    Ok(result)
}

fn make_scanner(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let target = Target::of(t, args)?;
    scanner::make(t, v, &target.string, target.pos, target.endpos)
}

fn finditer(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let scanner = make_scanner(t, v, args)?;
    let search = protocol::getattr_str(t, &scanner, "search")?;
    Ok(CallIter::make(t, &search, Value::none()))
}

fn split(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let string = args[0].clone().unwrap_or(Value::NONE);
    let limit = args[1].as_ref().map_or(Ok(0), |v| int::arg_isize(t, v))?;
    let mut search = Search::new(t, Pattern::this(v), &string, 0, isize::MAX)?;
    let result = List::make(t, []);
    let list = result.cast::<List>().expect("just made");
    let (mut last, mut done) = (0, 0);
    while limit == 0 || done < limit {
        let Some(found) = search.next(t, How::Search)? else { break };
        list.push(t, search.slice(t, last, found.start));
        for group in 0..search.pattern.groups {
            list.push(t, search.group(t, group)?.unwrap_or(Value::NONE));
        }
        last = found.end;
        done += 1;
    }
    list.push(t, search.slice(t, last, search.endpos));
    Ok(result)
}

/// `sub` and `subn`: the new text, and how many matches were replaced.
fn substitute(t: &Thread, v: &Value, args: &[Option<Value>]) -> R<(Value, isize)> {
    let [repl, string] = [&args[0], &args[1]].map(|arg| arg.clone().unwrap_or(Value::NONE));
    let limit = args[2].as_ref().map_or(Ok(0), |v| int::arg_isize(t, v))?;
    let replacement = Replacement::of(t, v, &repl)?;
    let mut search = Search::new(t, Pattern::this(v), &string, 0, isize::MAX)?;
    let (mut parts, mut last, mut done) = (Vec::new(), 0, 0);
    while limit == 0 || done < limit {
        let Some(found) = search.next(t, How::Search)? else { break };
        if last < found.start {
            parts.push(search.slice(t, last, found.start));
        }
        let item = match &replacement {
            Replacement::Literal(text) => text.clone(),
            Replacement::Template(template) => expand(t, template, &search.make_match(t, v, &found)?)?,
            Replacement::Callable(f) => protocol::call(t, f, &[search.make_match(t, v, &found)?])?,
        };
        if !item.is_none() {
            parts.push(item);
        }
        last = found.end;
        done += 1;
    }
    if last < search.endpos {
        parts.push(search.slice(t, last, search.endpos));
    }
    Ok((join(t, search.text.is_bytes(), parts)?, done))
}

fn sub(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    Ok(substitute(t, v, args)?.0)
}

fn subn(t: &Thread, v: &Value, args: &[Option<Value>]) -> R {
    let (text, count) = substitute(t, v, args)?;
    Ok(t.tuple([text, int::new(t, count as i64)]))
}

fn itself(_: &Thread, v: &Value) -> R {
    Ok(v.clone())
}

fn deepcopy(_: &Thread, v: &Value, _memo: &Value) -> R {
    Ok(v.clone())
}

/// `re.compile('...', re.IGNORECASE|re.DOTALL)`
fn repr(t: &Thread, v: &Value) -> R {
    let this = Pattern::this(v);
    let mut flags = this.flags;
    // What a text pattern is anyway is not said.
    if this.bytes == Some(false) && flags & flag::CHARACTERS == flag::UNICODE {
        flags &= !flag::UNICODE;
    }
    let mut names = Vec::new();
    for &(name, bit) in flag::NAMES {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("0x{flags:x}"));
    }
    let source = protocol::repr(t, &this.source)?;
    let source = source.cast::<Str>().map(|s| Str::from_units(t, s.units().slice(0, s.len().min(200))));
    let mut out = crate::objects::container::Text::default();
    out.push("re.compile(");
    out.push_str(&source.unwrap_or(Value::NONE));
    if !names.is_empty() {
        out.push(", ");
        out.push(&names.join("|"));
    }
    out.push(")");
    Ok(out.finish(t))
}

fn hash(t: &Thread, v: &Value) -> R<i64> {
    let this = Pattern::this(v);
    let code: Vec<u8> = this.code.iter().flat_map(|unit| unit.to_ne_bytes()).collect();
    let code = crate::objects::hash::bytes(t.interp.hash_key, &code);
    let bytes = this.bytes.map_or(-1, i64::from);
    let mixed = code ^ protocol::hash(t, &this.source)? ^ this.flags as i64 ^ bytes ^ this.groups as i64;
    Ok(if mixed == -1 { -2 } else { mixed })
}

fn compare(t: &Thread, a: &Value, b: &Value, op: CmpOp) -> R {
    let (Some(left), Some(right)) = (a.opaque::<Pattern>(), b.opaque::<Pattern>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let equal = std::ptr::eq(left, right)
        || left.flags == right.flags
            && left.bytes == right.bytes
            && left.code == right.code
            && protocol::eq(t, &left.source, &right.source)?;
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

const TARGET: &str = "($self, /, string, pos=0, endpos=sys.maxsize)";

static METHODS: &[Def] = &[
    Def::new("match", Func::Bound(match_), TARGET, "Matches zero or more characters at the beginning of the string."),
    Def::new("fullmatch", Func::Bound(fullmatch), TARGET, "Matches against all of the string."),
    Def::new(
        "search",
        Func::Bound(search),
        TARGET,
        "Scan through string looking for a match, and return a corresponding match object instance.\n\nReturn None if no position in the string matches.",
    ),
    Def::new(
        "sub",
        Func::Bound(sub),
        "($self, /, repl, string, count=0)",
        "Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.",
    ),
    Def::new(
        "subn",
        Func::Bound(subn),
        "($self, /, repl, string, count=0)",
        "Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.",
    ),
    Def::new(
        "findall",
        Func::Bound(findall),
        TARGET,
        "Return a list of all non-overlapping matches of pattern in string.",
    ),
    Def::new(
        "split",
        Func::Bound(split),
        "($self, /, string, maxsplit=0)",
        "Split string by the occurrences of pattern.",
    ),
    Def::new(
        "finditer",
        Func::Bound(finditer),
        TARGET,
        "Return an iterator over all non-overlapping matches for the RE pattern in string.\n\nFor each match, the iterator returns a match object.",
    ),
    Def::new("scanner", Func::Bound(make_scanner), TARGET, ""),
    Def::new("__copy__", Func::NoArgs(itself), "($self, /)", ""),
    Def::new("__deepcopy__", Func::One(deepcopy), "($self, memo, /)", ""),
    Def::class(
        "__class_getitem__",
        Func::One(class_getitem),
        "($type, object, /)",
        "Patterns are generic over the type of string they handle (str or bytes)",
    ),
];

static GETSET: &[GetSet] = &[
    GetSet::member(
        "pattern",
        |_, v| Ok(Pattern::this(v).source.clone()),
        "The pattern string from which the RE object was compiled.",
    ),
    GetSet::member("flags", |t, v| Ok(int::new(t, Pattern::this(v).flags as i64)), "The regex matching flags."),
    GetSet::member(
        "groups",
        |t, v| Ok(int::from_usize(t, Pattern::this(v).groups)),
        "The number of capturing groups in the pattern.",
    ),
    GetSet::ro(
        "groupindex",
        |t, v| Ok(MappingProxy::make(t, Pattern::this(v).groupindex.clone())),
        "A dictionary mapping group names to group numbers.",
    ),
];

/// `re.Pattern`.
pub(super) static SPEC: Spec = {
    let mut spec = opaque::spec::<Pattern>("re.Pattern");
    spec.flags =
        type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION | type_flags::WEAKREFABLE;
    spec.doc = "Compiled regular expression object.";
    spec.slots.repr = Some(repr);
    spec.slots.hash = Some(hash);
    spec.slots.compare = Some(compare);
    spec.methods = METHODS;
    spec.getset = GETSET;
    spec
};
