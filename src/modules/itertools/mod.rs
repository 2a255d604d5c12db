//! `itertools`: iterators made from iterators.
//!
//! Each is a small state machine around what it draws from; one that has come to its end lets go of it.

mod combinatoric;
mod combine;
mod group;
mod infinite;
mod permute;
mod select;
mod slice;
mod tee;

use crate::modules::ModuleSpec;
use crate::modules::native_type::{add_types, with_type};
use crate::objects::container::{no_keywords, overrides_init};
use crate::objects::header::Kind;
use crate::objects::iter::self_iter;
use crate::objects::module::Module;
use crate::objects::slots::{Args, NewFn, NextFn, R, Slots};
use crate::objects::spec::{Def, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;

const DOC: &str = "Functional tools for creating and using iterators.\n\nInfinite iterators:\ncount(start=0, step=1) --> start, start+step, start+2*step, ...\ncycle(p) --> p0, p1, ... plast, p0, p1, ...\nrepeat(elem [,n]) --> elem, elem, elem, ... endlessly or up to n times\n\nIterators terminating on the shortest input sequence:\naccumulate(p[, func]) --> p0, p0+p1, p0+p1+p2\nbatched(p, n) --> [p0, p1, ..., p_n-1], [p_n, p_n+1, ..., p_2n-1], ...\nchain(p, q, ...) --> p0, p1, ... plast, q0, q1, ...\nchain.from_iterable([p, q, ...]) --> p0, p1, ... plast, q0, q1, ...\ncompress(data, selectors) --> (d[0] if s[0]), (d[1] if s[1]), ...\ndropwhile(predicate, seq) --> seq[n], seq[n+1], starting when predicate fails\ngroupby(iterable[, keyfunc]) --> sub-iterators grouped by value of keyfunc(v)\nfilterfalse(predicate, seq) --> elements of seq where predicate(elem) is False\nislice(seq, [start,] stop [, step]) --> elements from\n       seq[start:stop:step]\npairwise(s) --> (s[0],s[1]), (s[1],s[2]), (s[2], s[3]), ...\nstarmap(fun, seq) --> fun(*seq[0]), fun(*seq[1]), ...\ntee(it, n=2) --> (it1, it2 , ... itn) splits one iterator into n\ntakewhile(predicate, seq) --> seq[0], seq[1], until predicate fails\nzip_longest(p, q, ...) --> (p[0], q[0]), (p[1], q[1]), ...\n\nCombinatoric generators:\nproduct(p, q, ... [repeat=1]) --> cartesian product\npermutations(p[, r])\ncombinations(p, r)\ncombinations_with_replacement(p, r)\n";

static FUNCTIONS: &[Def] = &[tee::TEE];

static TYPES: &[&Spec] = &[
    &combine::ACCUMULATE,
    &combine::BATCHED,
    &combine::CHAIN,
    &permute::COMBINATIONS,
    &permute::WITH_REPLACEMENT,
    &select::COMPRESS,
    &infinite::COUNT,
    &infinite::CYCLE,
    &select::DROPWHILE,
    &select::FILTERFALSE,
    &group::GROUPBY,
    &group::GROUPER,
    &slice::ISLICE,
    &combine::PAIRWISE,
    &permute::PERMUTATIONS,
    &combinatoric::PRODUCT,
    &infinite::REPEAT,
    &select::STARMAP,
    &select::TAKEWHILE,
    &tee::TEE_ITERATOR,
    &tee::TEE_DATA,
    &combine::ZIP_LONGEST,
];

/// The table of an iterator type, its methods left out.
const fn iterator(name: &'static str, size: usize, doc: &'static str, new: NewFn, next: NextFn, memory: Slots) -> Spec {
    Spec {
        name,
        kind: Kind::Opaque,
        size,
        flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::BASETYPE,
        doc,
        slots: Slots { new: Some(new), iter: Some(self_iter), next: Some(next), ..memory },
        ..Spec::DEFAULT
    }
}

/// `TypeError` for keyword arguments, unless a subclass has an `__init__` that takes them.
fn positional_only(t: &Thread, class: &Type, spec: &'static Spec, args: Args<'_>) -> R<()> {
    if args.kw.is_empty() || with_type(t, spec, |own| overrides_init(class, own)) {
        return Ok(());
    }
    no_keywords(t, spec.name.rsplit('.').next().unwrap_or(spec.name), args)
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, TYPES);
    Ok(())
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "itertools", doc: DOC, functions: FUNCTIONS, exec: Some(exec) };
