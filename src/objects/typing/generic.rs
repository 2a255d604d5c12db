//! `Generic`, and `NoDefault`: the default of a type parameter that has none.

use super::super::attribute::call_prepended;
use super::super::header::Kind;
use super::super::opaque::{self, Native};
use super::super::slot::Slot;
use super::super::slots::{Args, R, Slots};
use super::super::spec::{Def, Func, Spec, type_flags};
use super::super::thread::Thread;
use super::super::value::Value;

/// Calls a function of `typing` with the class in front of the arguments.
fn forward(t: &Thread, class: &Value, name: &str, args: Args<'_>) -> R {
    call_prepended(t, &super::typing_name(t, name)?, class, args)
}

pub static GENERIC: Spec = Spec {
    name: "typing.Generic",
    kind: Kind::Instance,
    flags: type_flags::BASETYPE | type_flags::HEAP | type_flags::IMMUTABLE,
    doc: "Abstract base class for generic types.\n\nOn Python 3.12 and newer, generic classes implicitly inherit from\nGeneric when they declare a parameter list after the class's name::\n\n    class Mapping[KT, VT]:\n        def __getitem__(self, key: KT) -> VT:\n            ...\n        # Etc.\n\nOn older versions of Python, however, generic classes have to\nexplicitly inherit from Generic.\n\nAfter a class has been declared to be generic, it can then be used as\nfollows::\n\n    def lookup_name[KT, VT](mapping: Mapping[KT, VT], key: KT, default: VT) -> VT:\n        try:\n            return mapping[key]\n        except KeyError:\n            return default\n",
    methods: &[
        Def::class(
            "__class_getitem__",
            Func::Any(|t, class, args| forward(t, class, "_generic_class_getitem", args)),
            "",
            "Parameterizes a generic class.\n\nAt least, parameterizing a generic class is the *main* thing this\nmethod does. For example, for some generic class `Foo`, this is called\nwhen we do `Foo[int]` - there, with `cls=Foo` and `params=int`.\n\nHowever, note that this method is also called when defining generic\nclasses in the first place with `class Foo[T]: ...`.\n",
        ),
        Def::class(
            "__init_subclass__",
            Func::Any(|t, class, args| forward(t, class, "_generic_init_subclass", args)),
            "",
            "Function to initialize subclasses.",
        ),
    ],
    ..Spec::DEFAULT
};

struct NoDefault;

impl Native for NoDefault {}

/// `typing.NoDefault`. There is one.
pub fn no_default(t: &Thread) -> R {
    #[derive(Default)]
    struct The(Slot);
    let the = &t.interp.state::<The>().0;
    if let Some(value) = the.get(t) {
        return Ok(value);
    }
    let value = opaque::new(t, &t.types().no_default, NoDefault)?;
    the.set(value.clone());
    Ok(value)
}

pub(super) fn is_no_default(v: &Value) -> bool {
    v.opaque::<NoDefault>().is_some()
}

fn new(t: &Thread, _class: &Value, args: Args<'_>) -> R {
    if !args.is_empty() {
        return Err(t.type_error("NoDefaultType takes no arguments"));
    }
    no_default(t)
}

pub static NO_DEFAULT: Spec = Spec {
    doc: "NoDefaultType()\n--\n\nThe type of the NoDefault singleton.",
    slots: Slots {
        new: Some(new),
        repr: Some(|t, _| Ok(t.str("typing.NoDefault"))),
        ..opaque::spec::<NoDefault>("").slots
    },
    methods: &[Def::new("__reduce__", Func::NoArgs(|t, _| Ok(t.str("NoDefault"))), "($self, /)", "")],
    ..opaque::spec::<NoDefault>("NoDefaultType")
};
