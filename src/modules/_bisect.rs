//! `_bisect`: where an item belongs in a sorted sequence.

use crate::modules::ModuleSpec;
use crate::modules::system::given;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::{CmpOp, R};
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The arguments of all four functions: `(a, x, lo=0, hi=None, *, key=None)`.
struct Search<'a> {
    sequence: &'a Value,
    item: &'a Value,
    lo: isize,
    hi: Option<isize>,
    key: Option<&'a Value>,
}

impl<'a> Search<'a> {
    fn new(t: &Thread, args: &'a [Option<Value>]) -> R<Search<'a>> {
        let lo = args[2].as_ref().map_or(Ok(0), |v| int::arg_isize(t, v))?;
        let hi = args[3].as_ref().filter(|v| !v.is_none()).map(|v| int::arg_isize(t, v)).transpose()?;
        let key = args[4].as_ref().filter(|v| !v.is_none());
        Ok(Search { sequence: given(&args[0]), item: given(&args[1]), lo, hi: hi.filter(|&hi| hi != -1), key })
    }

    /// The first index, from `lo` to `hi`, where `goes_before(item there)` holds.
    fn run(&self, t: &Thread, goes_before: impl Fn(&Value) -> R<bool>) -> R<isize> {
        let mut lo = self.lo;
        if lo < 0 {
            return Err(t.value_error("lo must be non-negative"));
        }
        let mut hi = match self.hi {
            Some(hi) => hi,
            None => protocol::len(t, self.sequence)? as isize,
        };
        let list = self.sequence.cast_exact::<List>();
        while lo < hi {
            let mid = lo + (hi - lo) / 2;
            let found = match list.and_then(|list| list.get(t, mid as usize)) {
                Some(item) => item,
                None => protocol::getitem(t, self.sequence, &int::from_i64(t, mid as i64))?,
            };
            let found = match self.key {
                Some(key) => protocol::call(t, key, &[found])?,
                None => found,
            };
            if goes_before(&found)? {
                hi = mid;
            } else {
                lo = mid + 1;
            }
        }
        Ok(lo)
    }

    /// Behind the items that equal it.
    fn right(&self, t: &Thread, item: &Value) -> R<isize> {
        self.run(t, |found| protocol::compare_bool(t, item, found, CmpOp::Lt))
    }

    /// Before them.
    fn left(&self, t: &Thread, item: &Value) -> R<isize> {
        self.run(t, |found| protocol::compare_bool(t, found, item, CmpOp::Lt).map(|less| !less))
    }

    /// What is compared: the key of the item to be inserted.
    fn own_key(&self, t: &Thread) -> R {
        match self.key {
            Some(key) => protocol::call(t, key, std::slice::from_ref(self.item)),
            None => Ok(self.item.clone()),
        }
    }

    fn insert(&self, t: &Thread, index: isize) -> R {
        match self.sequence.cast_exact::<List>() {
            Some(list) => list.insert(t, index as usize, self.item.clone()),
            None => {
                let args = [int::from_i64(t, index as i64), self.item.clone()];
                protocol::call_method_str(t, self.sequence, "insert", &args)?;
            }
        }
        Ok(Value::NONE)
    }
}

fn bisect_right(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let search = Search::new(t, args)?;
    Ok(int::from_i64(t, search.right(t, search.item)? as i64))
}

fn bisect_left(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let search = Search::new(t, args)?;
    Ok(int::from_i64(t, search.left(t, search.item)? as i64))
}

fn insort_right(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let search = Search::new(t, args)?;
    let index = search.right(t, &search.own_key(t)?)?;
    search.insert(t, index)
}

fn insort_left(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let search = Search::new(t, args)?;
    let index = search.left(t, &search.own_key(t)?)?;
    search.insert(t, index)
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("bisect_right", Func::Bound(bisect_right), "($module, /, a, x, lo=0, hi=None, *, key=None)", "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e <= x, and all e in\na[i:] have e > x.  So if x already appears in the list, a.insert(i, x)\nwill insert just after the rightmost x already there.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."),
    Def::new("bisect_left", Func::Bound(bisect_left), "($module, /, a, x, lo=0, hi=None, *, key=None)", "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e < x, and all e in\na[i:] have e >= x.  So if x already appears in the list, a.insert(i, x)\nwill insert just before the leftmost x already there.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."),
    Def::new("insort_right", Func::Bound(insort_right), "($module, /, a, x, lo=0, hi=None, *, key=None)", "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the right of the rightmost x.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."),
    Def::new("insort_left", Func::Bound(insort_left), "($module, /, a, x, lo=0, hi=None, *, key=None)", "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the left of the leftmost x.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."),
];

/// `_bisect`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_bisect",
    doc: "Bisection algorithms.\n\nThis module provides support for maintaining a list in sorted order without\nhaving to sort the list after each insertion. For long lists of items with\nexpensive comparison operations, this can be an improvement over the more\ncommon approach.\n",
    functions: FUNCTIONS,
    ..ModuleSpec::DEFAULT
};
