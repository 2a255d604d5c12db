//! Objects by what `__reduce__` says: a function and its arguments, then state and items.

use super::{Save, kind};
use crate::modules::_pickle::opcode::*;
use crate::modules::_pickle::state::pickling_error;
use crate::objects::dict::Dict;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// What is wrong with a part of the reduction.
#[cold]
fn wrong(t: &Thread, what: &str, must: &str, v: &Value) -> Raised {
    pickling_error(t, format!("{what} must be {must}, not {}", kind(t, v)))
}

/// `when serializing X state`
fn of(t: &Thread, v: &Value, part: &str) -> R<String> {
    Ok(format!("when serializing {} {part}", kind(t, v)))
}

/// How the object is made.
enum Make {
    Call,
    /// `copyreg.__newobj__`
    New,
    /// `copyreg.__newobj_ex__`
    NewEx,
}

impl Save<'_> {
    /// Writes `v` by its reduction: 2 to 6 items.
    pub(super) fn reduce(&mut self, reduction: &[Value], v: &Value) -> R<()> {
        let t = self.t;
        let ([function, args, rest @ ..], ..=6) = (reduction, reduction.len()) else {
            return Err(pickling_error(t, "tuple returned by __reduce__ must contain 2 through 6 elements"));
        };
        let item = |which: &str| format!("{which} item of the tuple returned by __reduce__");
        let part = |i: usize| rest.get(i).filter(|v| !v.is_none());
        if function.type_of(t).slots().call.is_none() {
            return Err(wrong(t, &item("first"), "callable", function));
        }
        let Some(arguments) = args.cast::<Tuple>() else {
            return Err(wrong(t, &item("second"), "a tuple", args));
        };
        for (i, which) in [(1, "fourth"), (2, "fifth")] {
            if let Some(items) = part(i)
                && items.type_of(t).slots().next.is_none()
            {
                return Err(wrong(t, &item(which), "an iterator", items));
            }
        }
        let setter = part(3);
        if let Some(setter) = setter
            && setter.type_of(t).slots().call.is_none()
        {
            return Err(wrong(t, &item("sixth"), "callable", setter));
        }
        match self.how(function)? {
            Make::Call => {
                self.part(function, || of(t, v, "reconstructor"))?;
                self.part(args, || of(t, v, "reconstructor arguments"))?;
                self.out.op(REDUCE);
            }
            Make::New => self.new_object(arguments.items(), v)?,
            Make::NewEx => self.new_object_ex(arguments.items(), v)?,
        }
        // An object that has come into the memo meanwhile contains itself: it is complete.
        if let Some(number) = self.number(v) {
            self.out.op(POP);
            self.refer(number);
            return Ok(());
        }
        self.memoize(v)?;
        if let Some(items) = part(1) {
            self.appends(items, v)?;
        }
        if let Some(items) = part(2) {
            self.set_items(items, v)?;
        }
        let Some(state) = part(0) else { return Ok(()) };
        match setter {
            None => {
                self.part(state, || of(t, v, "state"))?;
                self.out.op(BUILD);
            }
            Some(setter) => {
                self.part(setter, || of(t, v, "state setter"))?;
                self.save(v)?;
                self.part(state, || of(t, v, "state"))?;
                // The setter changes the object in place: its result is dropped.
                self.out.push(&[TUPLE2, REDUCE, POP]);
            }
        }
        Ok(())
    }

    fn how(&self, function: &Value) -> R<Make> {
        if self.proto < 2 {
            return Ok(Make::Call);
        }
        let name = protocol::getattr_opt(self.t, function, &self.t.names().__name__)?;
        let is = |text: &str| name.as_ref().and_then(|n| n.cast::<Str>()).is_some_and(|s| s.is(text));
        Ok(match () {
            _ if is("__newobj__") => Make::New,
            _ if is("__newobj_ex__") => Make::NewEx,
            _ => Make::Call,
        })
    }

    fn new_object(&mut self, arguments: &[Value], v: &Value) -> R<()> {
        let t = self.t;
        let Some((class, args)) = arguments.split_first() else {
            return Err(pickling_error(t, "__newobj__ expected at least 1 argument, got 0"));
        };
        if class.cast::<Type>().is_none() {
            return Err(wrong(t, "first argument to __newobj__()", "a class", class));
        }
        let own = protocol::getattr(t, v, &t.names().__class__)?;
        if !own.is(class) {
            let (own, class) = (protocol::repr_text(t, &own)?, protocol::repr_text(t, class)?);
            return Err(pickling_error(t, format!("first argument to __newobj__() must be {own}, not {class}")));
        }
        self.part(class, || of(t, v, "class"))?;
        self.part(&Tuple::from_slice(t, args), || of(t, v, "__new__ arguments"))?;
        self.out.op(NEWOBJ);
        Ok(())
    }

    fn new_object_ex(&mut self, arguments: &[Value], v: &Value) -> R<()> {
        let t = self.t;
        let [class, args, kwargs] = arguments else {
            return Err(pickling_error(t, format!("__newobj_ex__ expected 3 arguments, got {}", arguments.len())));
        };
        if class.cast::<Type>().is_none() {
            return Err(wrong(t, "first argument to __newobj_ex__()", "a class", class));
        }
        let Some(positional) = args.cast::<Tuple>() else {
            return Err(wrong(t, "second argument to __newobj_ex__()", "a tuple", args));
        };
        let Some(keywords) = kwargs.cast::<Dict>() else {
            return Err(wrong(t, "third argument to __newobj_ex__()", "a dict", kwargs));
        };
        if self.proto >= 4 {
            self.part(class, || of(t, v, "class"))?;
            self.part(args, || of(t, v, "__new__ arguments"))?;
            self.part(kwargs, || of(t, v, "__new__ arguments"))?;
            self.out.op(NEWOBJ_EX);
            return Ok(());
        }
        // Without that instruction: partial(cls.__new__, cls, *args, **kwargs)().
        let mut pos = vec![protocol::getattr(t, class, &t.names().__new__)?, class.clone()];
        pos.extend_from_slice(positional.items());
        let (names, kw): (Vec<Value>, Vec<Value>) = keywords.pairs(t).into_iter().unzip();
        if names.iter().any(|name| name.cast::<Str>().is_none()) {
            return Err(t.type_error("keywords must be strings"));
        }
        let partial = self.kept(&self.state.partial);
        let call = protocol::call_args(t, &partial, Args { pos: &pos, kw: &kw, names: &names })?;
        self.part(&call, || of(t, v, "reconstructor"))?;
        self.save(&t.interp.empty_tuple.clone())?;
        self.out.op(REDUCE);
        Ok(())
    }
}
