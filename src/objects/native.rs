//! Native functions as Python objects: module functions, methods of built-in types, and the binding of
//! arguments to their signatures.

use super::header::{Header, Kind, gc_bits};
use super::slot::Slot;
use super::slots::{Args, R, Raised};
use super::spec::{Binding, Def, Func};
use super::string::{Str, out_of_memory};
use super::thread::Thread;
use super::type_object::Type;
use super::value::{Payload, Value};
use std::sync::OnceLock;

/// `builtin_function_or_method`: a native function bound to an instance, class or module.
#[repr(C)]
pub struct Native {
    header: Header,
    pub def: &'static Def,
    signature: OnceLock<Box<Signature>>,
    /// What it is bound to; empty for a static method.
    pub receiver: Slot,
    /// `__module__`.
    pub module: Slot,
}

// SAFETY: `repr(C)`, header first; all objects of the kind are made here.
unsafe impl Payload for Native {
    const KIND: Kind = Kind::Native;
}

/// `method_descriptor` and `classmethod_descriptor`: a native method as it stands in its type.
#[repr(C)]
pub struct MethodDescr {
    header: Header,
    pub def: &'static Def,
    signature: OnceLock<Box<Signature>>,
    /// The type it belongs to (built-in types are immortal; native heap types are kept).
    pub typ: Slot,
}

// SAFETY: as above. Class methods have the kind `ClassMethodDescr` and the same layout.
unsafe impl Payload for MethodDescr {
    const KIND: Kind = Kind::MethodDescr;
}

/// Allocates an object of fixed size with a payload written by `init`.
///
/// # Safety
/// `typ`'s kind and payload size are those of `T`, and `init` fills everything behind the header.
pub unsafe fn allocate<T>(t: &Thread, kind: Kind, typ: &Type, gc: u8, init: impl FnOnce(*mut T)) -> Value {
    // SAFETY: fresh memory; heap types give a count to the object.
    unsafe {
        let Some(memory) = t.heap.0.allocate(std::mem::size_of::<T>()) else { out_of_memory() };
        if gc & gc_bits::TRACKED != 0 {
            t.count_container();
        }
        if !typ.header.is_immortal() {
            typ.header.incref_by(t.tid());
        }
        init(memory as *mut T);
        Header::init(memory, t, kind as u8, gc, typ);
        Value::from_header(memory)
    }
}

impl Native {
    /// A native function bound to `receiver`.
    pub fn make(t: &Thread, def: &'static Def, receiver: Option<Value>, module: Option<Value>) -> Value {
        let typ = t.types().builtin_function_or_method.get();
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<Native>(t, Kind::Native, typ, gc_bits::TRACKED, |this| {
                (&raw mut (*this).def).write(def);
                (&raw mut (*this).signature).write(OnceLock::new());
                (&raw mut (*this).receiver).write(Slot::from_option(receiver.map(Value::into_owned)));
                (&raw mut (*this).module).write(Slot::from_option(module));
            })
        }
    }

    /// What it is bound to, or `None`.
    #[inline(always)]
    pub fn receiver(&self) -> &Value {
        // SAFETY: the receiver never changes.
        unsafe { self.receiver.peek() }.unwrap_or(Value::none())
    }

    /// Calls it.
    #[inline(always)]
    pub fn call(&self, t: &Thread, args: Args<'_>) -> R {
        invoke(t, self.def, &self.signature, self.receiver(), args)
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe {
            let this = this as *mut Native;
            std::ptr::drop_in_place(&raw mut (*this).signature);
            std::ptr::drop_in_place(&raw mut (*this).receiver);
            std::ptr::drop_in_place(&raw mut (*this).module);
        }
    }

    pub fn traverse(value: &Value, visit: &mut dyn FnMut(&Value)) {
        if let Some(f) = value.cast::<Native>() {
            f.receiver.visit(visit);
            f.module.visit(visit);
        }
    }
}

impl MethodDescr {
    /// A method of a type.
    pub fn make(t: &Thread, def: &'static Def, typ: &Type) -> Value {
        let (kind, of) = match def.binding {
            Binding::Class => (Kind::ClassMethodDescr, &t.types().classmethod_descriptor),
            _ => (Kind::MethodDescr, &t.types().method_descriptor),
        };
        // SAFETY: everything behind the header is written.
        unsafe {
            allocate::<MethodDescr>(t, kind, of.get(), gc_bits::TRACKED, |this| {
                (&raw mut (*this).def).write(def);
                (&raw mut (*this).signature).write(OnceLock::new());
                (&raw mut (*this).typ).write(Slot::new(typ.value()));
            })
        }
    }

    /// The descriptor in a value of either kind.
    pub fn of(value: &Value) -> Option<&MethodDescr> {
        let header = value.header()?;
        matches!(header.layout(), Kind::MethodDescr | Kind::ClassMethodDescr)
            // SAFETY: both kinds have this layout.
            .then(|| unsafe { &*(header as *const Header as *const MethodDescr) })
    }

    /// The type the method belongs to.
    #[inline(always)]
    pub fn owner(&self) -> &Type {
        // SAFETY: never changes, and is a type.
        unsafe { self.typ.peek().and_then(|v| v.cast::<Type>()).unwrap_unchecked() }
    }

    /// Calls the method on a receiver that was already checked.
    #[inline(always)]
    pub fn call_on(&self, t: &Thread, receiver: &Value, args: Args<'_>) -> R {
        invoke(t, self.def, &self.signature, receiver, args)
    }

    /// Calls it with the receiver as first argument.
    pub fn call(&self, t: &Thread, args: Args<'_>) -> R {
        let owner = self.owner();
        let Some((receiver, rest)) = args.pos.split_first() else {
            return Err(t.type_error(format!(
                "unbound method {}.{}() needs an argument",
                owner.name_str(),
                self.def.name
            )));
        };
        let fits = if self.def.binding == Binding::Class {
            receiver.cast::<Type>().is_some_and(|r| r.is_subtype(owner))
        } else {
            receiver.type_of(t).is_subtype(owner)
        };
        if !fits {
            return Err(t.type_error(format!(
                "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
                self.def.name,
                owner.name_str(),
                receiver.type_of(t).name_str()
            )));
        }
        self.call_on(t, receiver, Args { pos: rest, ..args })
    }

    /// # Safety
    /// The object is dead.
    pub unsafe fn drop_payload(this: *mut Header) {
        // SAFETY: nobody else refers to it.
        unsafe {
            let this = this as *mut MethodDescr;
            std::ptr::drop_in_place(&raw mut (*this).signature);
            std::ptr::drop_in_place(&raw mut (*this).typ);
        }
    }
}

/// Calls a native function: checks the number of arguments and binds them.
#[inline(always)]
fn invoke(t: &Thread, def: &'static Def, signature: &OnceLock<Box<Signature>>, receiver: &Value, args: Args<'_>) -> R {
    match def.func {
        Func::NoArgs(f) if args.is_empty() => f(t, receiver),
        Func::One(f) if args.pos.len() == 1 && args.kw.is_empty() => f(t, receiver, &args.pos[0]),
        Func::Pos(f, min, max)
            if args.kw.is_empty() && args.pos.len() >= min as usize && args.pos.len() <= max as usize =>
        {
            f(t, receiver, args.pos)
        }
        Func::VarPos(f) if args.kw.is_empty() => f(t, receiver, args.pos),
        Func::Any(f) => f(t, receiver, args),
        Func::Bound(f) => {
            let signature = signature.get_or_init(|| Box::new(Signature::parse(def)));
            // Most have few parameters, and the array is made and dropped with every call.
            match signature.params.len() {
                0..=4 => signature.call::<4>(t, f, receiver, args),
                5..=8 => signature.call::<8>(t, f, receiver, args),
                _ => signature.call::<MAX_BOUND>(t, f, receiver, args),
            }
        }
        _ => Err(wrong_arguments(t, def, receiver, args)),
    }
}

/// `TypeError` for a native function that takes positional arguments only.
#[cold]
#[inline(never)]
fn wrong_arguments(t: &Thread, def: &Def, receiver: &Value, args: Args<'_>) -> Raised {
    let name = qualified(t, def, receiver);
    if !args.kw.is_empty() {
        return t.type_error(format!("{name}() takes no keyword arguments"));
    }
    let given = args.pos.len();
    match def.func {
        Func::NoArgs(_) => t.type_error(format!("{name}() takes no arguments ({given} given)")),
        Func::One(_) => t.type_error(format!("{name}() takes exactly one argument ({given} given)")),
        Func::Pos(_, min, max) => t.type_error(count_message(def.name, min as usize, max as usize, given)),
        _ => t.type_error(format!("{name}() got unexpected arguments")),
    }
}

/// `list.append`, `len`: how messages about the number of arguments name a native function.
fn qualified(t: &Thread, def: &Def, receiver: &Value) -> String {
    match receiver.cast::<Type>() {
        Some(typ) if def.binding != Binding::Instance => format!("{}.{}", typ.short_name(), def.name),
        _ if receiver.cast::<super::module::Module>().is_some() || receiver.is_none() => match module_name(t, receiver)
        {
            Some(m) if m != "builtins" => format!("{m}.{}", def.name),
            _ => def.name.to_owned(),
        },
        _ => format!("{}.{}", receiver.type_of(t).short_name(), def.name),
    }
}

fn module_name(t: &Thread, module: &Value) -> Option<String> {
    let m = module.cast::<super::module::Module>()?;
    let name = m.dict(t).cast::<super::dict::Dict>()?.get_str(t, &t.names().__name__)?;
    name.cast::<Str>().map(|s| s.to_str_lossy().into_owned())
}

/// CPython's `_PyArg_CheckPositional` message.
pub fn count_message(name: &str, min: usize, max: usize, given: usize) -> String {
    let bound = if min == max {
        ""
    } else if given < min {
        "at least "
    } else {
        "at most "
    };
    let n = if given < min { min } else { max };
    format!("{name} expected {bound}{n} argument{}, got {given}", if n == 1 { "" } else { "s" })
}

/// The most parameters that a `Func::Bound` may have.
pub const MAX_BOUND: usize = 32;

/// What is called with the arguments bound.
type BoundFn = fn(&Thread, &Value, &[Option<Value>]) -> R;

/// How a parameter takes its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    PositionalOnly,
    PositionalOrKeyword,
    VarPositional,
    KeywordOnly,
    VarKeyword,
}

/// One parameter of a native function.
#[derive(Debug)]
pub struct Param {
    pub name: &'static str,
    pub kind: ParamKind,
    pub required: bool,
}

/// A text signature, parsed: what arguments are bound by.
#[derive(Debug)]
pub struct Signature {
    function: &'static str,
    pub params: Vec<Param>,
    /// See [`Signature::plain_counts`].
    plain: Option<std::ops::RangeInclusive<usize>>,
}

impl Signature {
    /// Parses `"($self, a, /, b=1, *, c)"`. The receiver (`$...`) is no parameter.
    pub fn parse(def: &'static Def) -> Signature {
        Signature::parse_text(def.name, def.sig)
    }

    /// As [`Signature::parse`], for a text of its own.
    pub fn parse_text(function: &'static str, sig: &'static str) -> Signature {
        let inner = sig.trim().trim_start_matches('(').trim_end_matches(')');
        let mut params: Vec<Param> = Vec::new();
        let mut kind = ParamKind::PositionalOrKeyword;
        for part in split_parameters(inner) {
            let part = part.trim();
            if part.is_empty() || part.starts_with('$') {
            } else if part == "/" {
                params.iter_mut().for_each(|p| p.kind = ParamKind::PositionalOnly);
            } else if part == "*" {
                kind = ParamKind::KeywordOnly;
            } else if let Some(name) = part.strip_prefix("**") {
                params.push(Param { name, kind: ParamKind::VarKeyword, required: false });
            } else if let Some(name) = part.strip_prefix('*') {
                params.push(Param { name, kind: ParamKind::VarPositional, required: false });
                kind = ParamKind::KeywordOnly;
            } else {
                let (name, default) = part.split_once('=').map_or((part, None), |(n, d)| (n, Some(d)));
                params.push(Param { name: name.trim(), kind, required: default.is_none() });
            }
        }
        assert!(params.len() <= MAX_BOUND, "{function} has too many parameters");
        Signature { plain: Signature::plain_counts(&params), function, params }
    }

    /// Calls a function of these parameters, of which there are at most `N`.
    fn call<const N: usize>(&self, t: &Thread, f: BoundFn, receiver: &Value, args: Args<'_>) -> R {
        let mut bound = [const { None }; N];
        let bound = &mut bound[..self.params.len()];
        if args.kw.is_empty() && self.plain.as_ref().is_some_and(|counts| counts.contains(&args.pos.len())) {
            for (slot, value) in bound.iter_mut().zip(args.pos) {
                *slot = Some(value.clone());
            }
        } else {
            self.bind(t, args, bound)?;
        }
        f(t, receiver, bound)
    }

    /// How many positional arguments are enough and not too many, if each is bound to the parameter of its place then.
    fn plain_counts(params: &[Param]) -> Option<std::ops::RangeInclusive<usize>> {
        use ParamKind::*;
        let positional = params.iter().take_while(|p| matches!(p.kind, PositionalOnly | PositionalOrKeyword)).count();
        let required = params[..positional].iter().filter(|p| p.required).count();
        let others = params[positional..].iter().all(|p| p.kind == KeywordOnly && !p.required);
        others.then_some(required..=positional)
    }

    /// Binds arguments to parameters: CPython's Argument Clinic, with its messages.
    pub fn bind(&self, t: &Thread, args: Args<'_>, bound: &mut [Option<Value>]) -> R<()> {
        use ParamKind::*;
        let name = self.function;
        let positional =
            self.params.iter().take_while(|p| matches!(p.kind, PositionalOnly | PositionalOrKeyword)).count();
        let var_positional = self.params.iter().position(|p| p.kind == VarPositional);
        let var_keyword = self.params.iter().position(|p| p.kind == VarKeyword);
        let given = args.pos.len();
        if given > positional && var_positional.is_none() {
            let required = self.params[..positional].iter().filter(|p| p.required).count();
            let total = given + args.kw.len();
            let all_positional_only = self.params.iter().all(|p| p.kind == PositionalOnly);
            return Err(t.type_error(if positional == 0 {
                format!("{name}() takes no positional arguments")
            } else if all_positional_only {
                count_message(name, required, positional, given)
            } else if total > self.params.len() {
                let most = self.params.len();
                format!("{name}() takes at most {most} argument{} ({total} given)", if most == 1 { "" } else { "s" })
            } else {
                format!(
                    "{name}() takes {} {positional} positional argument{} ({given} given)",
                    if required < positional { "at most" } else { "exactly" },
                    if positional == 1 { "" } else { "s" }
                )
            }));
        }
        for (slot, value) in bound.iter_mut().zip(&args.pos[..given.min(positional)]) {
            *slot = Some(value.clone());
        }
        if let Some(i) = var_positional {
            bound[i] = Some(super::tuple::Tuple::from_slice(t, &args.pos[given.min(positional)..]));
        }
        let rest = var_keyword.map(|i| {
            let dict = super::dict::Dict::make(t);
            bound[i] = Some(dict.clone());
            dict
        });
        for (key, value) in args.names.iter().zip(args.kw) {
            let text = key.cast::<Str>().map(|s| s.to_str_lossy()).unwrap_or_default();
            let index =
                self.params.iter().position(|p| p.name == text && matches!(p.kind, PositionalOrKeyword | KeywordOnly));
            match (index, &rest) {
                (Some(i), _) if bound[i].is_some() => {
                    return Err(t.type_error(format!(
                        "argument for {name}() given by name ('{text}') and position ({})",
                        i + 1
                    )));
                }
                (Some(i), _) => bound[i] = Some(value.clone()),
                (None, Some(dict)) => {
                    dict.cast::<super::dict::Dict>().expect("just made").set(t, key.clone(), value.clone())?;
                }
                (None, None) => {
                    if self.params.iter().all(|p| p.kind == PositionalOnly) {
                        return Err(t.type_error(format!("{name}() takes no keyword arguments")));
                    }
                    if self.params.iter().any(|p| p.name == text && p.kind == PositionalOnly) {
                        return Err(t.type_error(format!(
                            "{name}() got some positional-only arguments passed as keyword arguments: '{text}'"
                        )));
                    }
                    return Err(t.type_error(format!("{name}() got an unexpected keyword argument '{text}'")));
                }
            }
        }
        for (i, param) in self.params.iter().enumerate() {
            if param.required && bound[i].is_none() {
                return Err(t.type_error(match param.kind {
                    PositionalOnly => {
                        let required = self.params[..positional].iter().filter(|p| p.required).count();
                        if self.params.iter().all(|p| p.kind == PositionalOnly) {
                            count_message(name, required, positional, given)
                        } else {
                            let min = self.params.iter().filter(|p| p.kind == PositionalOnly && p.required).count();
                            format!(
                                "{name}() takes {} {min} positional argument{} ({given} given)",
                                if min < positional { "at least" } else { "exactly" },
                                if min == 1 { "" } else { "s" }
                            )
                        }
                    }
                    _ => format!("{name}() missing required argument '{}' (pos {})", param.name, i + 1),
                }));
            }
        }
        Ok(())
    }
}

/// Splits at the commas that are not inside brackets or quotes (a default may hold some).
fn split_parameters(text: &'static str) -> Vec<&'static str> {
    let (mut out, mut start, mut depth, mut quote) = (Vec::new(), 0, 0, None);
    for (i, c) in text.char_indices() {
        match (c, quote) {
            (q, Some(open)) if q == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(c),
            ('(' | '[' | '{', None) => depth += 1,
            (')' | ']' | '}', None) => depth -= 1,
            (',', None) if depth == 0 => {
                out.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out
}
