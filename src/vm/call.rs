//! Beginning and ending calls: binding arguments, pushing frames, native callables, class calls.

use crate::objects::dict::Dict;
use crate::objects::frame::{FRAME_WORDS, Frame, Owner, ReturnTo};
use crate::objects::function::{Function, Method};
use crate::objects::generator::Generator;
use crate::objects::header::Kind;
use crate::objects::instance::{self, PLAIN_OFFSET};
use crate::objects::native::{MethodDescr, Native};
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::spec::{Binding, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::{Payload, Value};

/// How a call went on.
pub enum Begun {
    /// A frame was pushed; the registers are in the thread.
    Frame,
    /// Native code returned; the operands are gone and the registers are in the thread.
    Value(u64),
    /// As `Value`, with an exception.
    Raised,
}

/// What `return_special` returns to have the VM left with an exception.
pub const RAISED: u64 = 1;

/// Views words of the stack as values.
#[inline(always)]
unsafe fn values<'a>(start: *const u64, n: usize) -> &'a [Value] {
    // SAFETY: the words are valid, not null, and stay while the slice is used.
    unsafe { std::slice::from_raw_parts(start as *const Value, n) }
}

/// Pops the stack down to `base`.
unsafe fn pop_to(f: *mut Frame, base: *mut u64) {
    // SAFETY: words from `base` to `sp` are the frame's; each is taken off before it is dropped.
    unsafe {
        while (*f).sp > base {
            (*f).sp = (*f).sp.sub(1);
            drop(Value::option_from_bits(*(*f).sp));
        }
    }
}

/// Leaves the registers to go on in frame `f` behind `skip` cells of cache (or, for a new frame, at its start).
unsafe fn leave_registers(t: &Thread, f: *mut Frame) {
    // SAFETY: the frame is saved.
    unsafe { t.registers.set((f as u64, (*f).pc as u64, (*f).sp as u64)) };
}

/// Pushes a frame for a function and binds the arguments into it. The function's count moves to the frame.
///
/// # Safety
/// `function` is a function; `previous` is the running frame or null.
pub unsafe fn push_bound(
    t: &Thread,
    function: Value,
    args: Args<'_>,
    locals: Option<Value>,
    previous: *mut Frame,
    return_to: ReturnTo,
    skip: u32,
) -> R<*mut Frame> {
    // SAFETY: the frame stack has room up to its limit.
    unsafe {
        let func = &*(function.header_unchecked() as *const _ as *const Function);
        let code = func.code();
        let new = t.stack_top.get() as *mut Frame;
        let end = (new as *mut u64).add(FRAME_WORDS + code.frame_words);
        if end >= t.stack_limit {
            return Err(t.memory_error());
        }
        let left = t.recursion_left.get();
        if left <= 0 {
            return Err(recursion_error(t));
        }
        let cells = code.cells_or_translate(t, super::translate::translate);
        // A block that is no function's body, called as one, has the globals for locals.
        let namespace = code.flags & crate::compiler::code::flags::OPTIMIZED == 0;
        let locals = locals.or_else(|| namespace.then(|| Value::from_ref(&func.globals.bits()).clone()));
        let place = Frame::local(new, 0);
        for i in 0..code.nlocalsplus {
            place.add(i).write(0);
        }
        new.write(Frame {
            previous,
            code,
            function: 0,
            globals: func.globals.bits(),
            builtins: func.builtins.bits(),
            locals: Value::option_into_bits(locals.map(Value::into_owned)),
            object: 0,
            pc: cells,
            cells,
            sp: place.add(code.nlocalsplus),
            return_offset: skip,
            owner: Owner::Thread,
            return_to,
            padding: 0,
        });
        // Binding may run Python code (a keyword that is a strange string): frames go behind this one.
        t.stack_top.set(end);
        if let Err(raised) = super::bind::bind(t, func, code, place, args) {
            let e = t.take_exception(raised);
            for i in 0..code.nlocalsplus {
                drop(Value::option_from_bits(std::mem::replace(&mut *place.add(i), 0)));
            }
            drop(Value::option_from_bits((*new).locals));
            t.stack_top.set(new as *mut u64);
            return Err(t.raise_as_is(e));
        }
        (*new).function = function.into_owned().into_bits();
        t.recursion_left.set(left - 1);
        t.frame.set(new);
        Ok(new)
    }
}

/// `RecursionError` at `sys.getrecursionlimit()`.
#[cold]
pub fn recursion_error(t: &Thread) -> crate::objects::slots::Raised {
    // Making the exception may need a few Python calls itself.
    t.recursion_left.set(t.recursion_left.get() + 50);
    let raised = t.recursion_error("maximum recursion depth exceeded");
    t.recursion_left.set(t.recursion_left.get() - 50);
    raised
}

/// A Python function is called by the VM: callable, receiver or null, then arguments lie from `base` on.
///
/// # Safety
/// The running frame is saved.
#[inline(never)]
pub unsafe fn begin_function(t: &Thread, f: *mut Frame, base: *mut u64, n: usize, names: usize, skip: u32) -> Begun {
    // SAFETY: the operands lie from `base` on.
    unsafe {
        let has_self = usize::from(*base.add(1) != 0);
        let start = base.add(2 - has_self);
        let total = n + has_self;
        let names_tuple = if names > 0 { Some(Value::from_ref(&*base.add(2 + n)).clone()) } else { None };
        let names_slice = names_tuple.as_ref().and_then(|v| v.cast::<Tuple>()).map_or(&[][..], |v| v.items());
        let args =
            Args { pos: values(start, total - names), kw: values(start.add(total - names), names), names: names_slice };
        let function = Value::from_ref(&*base).clone();
        match push_bound(t, function, args, None, f, ReturnTo::Caller, skip) {
            Ok(new) => {
                drop(names_tuple);
                pop_to(f, base);
                leave_registers(t, new);
                Begun::Frame
            }
            Err(_) => {
                drop(names_tuple);
                leave_registers(t, f);
                Begun::Raised
            }
        }
    }
}

/// The `__init__` of a class that makes plain instances of its own accord, if it is a plain function of that many
/// parameters: a word that owns its count, or 0.
#[inline(never)]
pub fn plain_init(t: &Thread, class: &Value, parameters: usize) -> u64 {
    let Some(typ) = class.cast::<Type>() else { return 0 };
    if !makes_plain_instances(t, class, typ) {
        return 0;
    }
    match typ.lookup(t, &t.names().__init__) {
        Some(init)
            if init
                .cast_exact::<Function>()
                .is_some_and(|f| f.code().simple_argcount as usize == parameters && !f.code().is_generator_like()) =>
        {
            init.into_bits()
        }
        _ => 0,
    }
}

fn makes_plain_instances(t: &Thread, class: &Value, typ: &Type) -> bool {
    t.types().type_.is(class.type_of(t))
        && typ.is_heap_type()
        && !typ.has_flag(type_flags::ABSTRACT)
        && typ.part_offset() == PLAIN_OFFSET
        && typ.slots().new.map(|f| f as usize) == t.types().object.slots().new.map(|f| f as usize)
}

/// A class is called by the VM.
///
/// # Safety
/// As for [`begin_function`].
#[inline(never)]
pub unsafe fn begin_class(t: &Thread, f: *mut Frame, base: *mut u64, n: usize, skip: u32) -> Begun {
    // SAFETY: the operands lie from `base` on.
    unsafe {
        let class = Value::from_ref(&*base).clone();
        let typ = class.cast::<Type>().expect("the handler checked");
        if makes_plain_instances(t, &class, typ)
            && let Some(init) = typ.lookup(t, &t.names().__init__)
            && let Some(func) = init.cast_exact::<Function>()
            && !func.code().is_generator_like()
        {
            let object = instance::new_plain(t, typ);
            // The instance takes the receiver's place: it is the first argument, and stays for the return.
            *base.add(1) = object.into_bits();
            let args = Args::pos(values(base.add(1), n + 1));
            return match push_bound(t, init, args, None, f, ReturnTo::Init, skip) {
                Ok(new) => {
                    let object = std::mem::replace(&mut *base.add(1), 0);
                    drop(Value::option_from_bits(std::mem::replace(&mut *base, object)));
                    pop_to(f, base.add(1));
                    leave_registers(t, new);
                    Begun::Frame
                }
                Err(_) => {
                    leave_registers(t, f);
                    Begun::Raised
                }
            };
        }
        let result = protocol::call_args(t, &class, Args::pos(values(base.add(2), n)));
        finish_native(t, f, base, result)
    }
}

/// After native code returned: the operands go, the registers are left.
unsafe fn finish_native(t: &Thread, f: *mut Frame, base: *mut u64, result: R) -> Begun {
    // SAFETY: the operands lie from `base` on.
    unsafe {
        match result {
            Ok(value) => {
                pop_to(f, base);
                leave_registers(t, f);
                Begun::Value(value.into_bits())
            }
            Err(_) => {
                leave_registers(t, f);
                Begun::Raised
            }
        }
    }
}

/// Calls anything native; the operands stay on the stack. 0 for an exception.
///
/// # Safety
/// Callable, receiver or null, then `n` arguments lie from `base` on.
#[inline(never)]
pub unsafe fn native(t: &Thread, base: *mut u64, n: usize) -> u64 {
    // SAFETY: see above.
    let result = unsafe {
        let callable = Value::from_ref(&*base);
        let has_self = *base.add(1) != 0;
        let args = values(base.add(2), n);
        if t.native_stack_low() {
            Err(t.native_recursion_error(""))
        } else {
            match callable.kind() {
                Kind::Native if !has_self => {
                    callable.cast_exact::<Native>().unwrap_unchecked().call(t, Args::pos(args))
                }
                Kind::MethodDescr => {
                    let descr = callable.cast_exact::<MethodDescr>().unwrap_unchecked();
                    let receiver = Value::from_ref(&*base.add(1));
                    if has_self
                        && descr.def.binding == Binding::Instance
                        && receiver.type_of(t).is_subtype(descr.owner())
                    {
                        descr.call_on(t, receiver, Args::pos(args))
                    } else if has_self {
                        descr.call(t, Args::pos(values(base.add(1), n + 1)))
                    } else {
                        descr.call(t, Args::pos(args))
                    }
                }
                _ if has_self => protocol::call_args(t, callable, Args::pos(values(base.add(1), n + 1))),
                _ => protocol::call_args(t, callable, Args::pos(args)),
            }
        }
    };
    match result {
        Ok(value) => value.into_bits(),
        Err(_) => 0,
    }
}

/// CALL_KW: as CALL with a tuple of keyword names on top.
///
/// # Safety
/// As for [`begin_function`].
#[inline(never)]
pub unsafe fn begin_kw(t: &Thread, f: *mut Frame, base: *mut u64, n: usize, skip: u32) -> Begun {
    // SAFETY: the operands lie from `base` on.
    unsafe {
        let callable = Value::from_ref(&*base).clone();
        let names = Value::from_ref(&*base.add(2 + n)).clone();
        let names_slice = names.cast::<Tuple>().map_or(&[][..], |v| v.items());
        if let Some(method) = callable.cast_exact::<Method>()
            && *base.add(1) == 0
        {
            *base.add(1) = method.receiver().clone().into_bits();
            let function = method.function().clone();
            drop(Value::option_from_bits(std::mem::replace(&mut *base, function.into_bits())));
            return begin_kw(t, f, base, n, skip);
        }
        if callable.cast_exact::<Function>().is_some() {
            return begin_function(t, f, base, n, names_slice.len(), skip);
        }
        let has_self = usize::from(*base.add(1) != 0);
        let start = base.add(2 - has_self);
        let positional = n + has_self - names_slice.len();
        let args = Args {
            pos: values(start, positional),
            kw: values(start.add(positional), names_slice.len()),
            names: names_slice,
        };
        let result = protocol::call_args(t, &callable, args);
        finish_native(t, f, base, result)
    }
}

/// CALL_FUNCTION_EX: callable, null, an iterable of arguments, a mapping of keyword arguments or null.
///
/// # Safety
/// As for [`begin_function`].
#[inline(never)]
pub unsafe fn begin_ex(t: &Thread, f: *mut Frame, base: *mut u64) -> Begun {
    // SAFETY: four operands lie from `base` on.
    unsafe {
        let callable = Value::from_ref(&*base).clone();
        let star = Value::from_ref(&*base.add(2)).clone();
        let mapping = Value::option_from_bits(*base.add(3)).map(|v| {
            let copy = v.clone();
            std::mem::forget(v);
            copy
        });
        let result = (|| {
            let tuple = match star.cast_exact::<Tuple>() {
                Some(_) => star.clone(),
                None => {
                    if star.type_of(t).slots().iter.is_none() && !protocol::is_sequence(t, &star) {
                        let name = super::slow::callable_name(t, &callable);
                        return Err(t.type_error(format!(
                            "{name} argument after * must be an iterable, not {}",
                            star.type_of(t).name_str()
                        )));
                    }
                    t.tuple(protocol::collect(t, &star)?)
                }
            };
            let pairs = match mapping.as_ref().and_then(|m| m.cast::<Dict>()) {
                Some(d) => d.pairs(t),
                None => Vec::new(),
            };
            let (names, kw): (Vec<Value>, Vec<Value>) = pairs.into_iter().unzip();
            if names.iter().any(|k| k.cast::<Str>().is_none()) {
                return Err(t.type_error("keywords must be strings"));
            }
            Ok((tuple, names, kw))
        })();
        let (tuple, names, kw) = match result {
            Ok(parts) => parts,
            Err(_) => {
                leave_registers(t, f);
                return Begun::Raised;
            }
        };
        let args = Args { pos: tuple.cast::<Tuple>().map_or(&[][..], |v| v.items()), kw: &kw, names: &names };
        if callable.cast_exact::<Function>().is_some() {
            return match push_bound(t, callable, args, None, f, ReturnTo::Caller, 0) {
                Ok(new) => {
                    pop_to(f, base);
                    leave_registers(t, new);
                    Begun::Frame
                }
                Err(_) => {
                    leave_registers(t, f);
                    Begun::Raised
                }
            };
        }
        let result = protocol::call_args(t, &callable, args);
        finish_native(t, f, base, result)
    }
}

/// Ends a frame on the frame stack.
///
/// # Safety
/// The frame will not run again; `sp` is saved; the thread's running frame is already its caller.
pub unsafe fn fell_off(t: &Thread, f: *mut Frame) {
    let raised = t.take_raised();
    // SAFETY: see above.
    unsafe { Frame::finish(t, f) };
    t.put_raised(raised);
    t.stack_top.set(f as *mut u64);
    t.recursion_left.set(t.recursion_left.get() + 1);
}

/// A return with something special about it: see `RETURN_VALUE`. 0 to go on with the registers in the thread
/// (with a null frame: an exception in the caller), `RAISED` to leave the VM with an exception, else to leave it
/// with that value.
///
/// # Safety
/// The frame is the running one and saved; `w` is an owned word.
#[inline(never)]
pub unsafe fn return_special(t: &Thread, f: *mut Frame, w: u64) -> u64 {
    // SAFETY: see above.
    unsafe {
        let (caller, return_to, skip) = ((*f).previous, (*f).return_to, (*f).return_offset as usize);
        t.frame.set(caller);
        if (*f).owner == Owner::Generator {
            let generator = Generator::of_frame(f);
            super::generator::unlink(t, generator);
            (*f).previous = std::ptr::null_mut();
            generator.finish(t);
        } else {
            fell_off(t, f);
        }
        let home = caller as u64;
        let resume = move |t: &Thread, pc: *const u64, sp: *mut u64| t.registers.set((home, pc as u64, sp as u64));
        match return_to {
            ReturnTo::Native => w,
            ReturnTo::Caller => {
                *(*caller).sp = w;
                resume(t, (*caller).pc.add(skip), (*caller).sp.add(1));
                0
            }
            ReturnTo::Init => {
                let value = Value::from_bits(w);
                if !value.is_none() {
                    let _ =
                        t.type_error(format!("__init__() should return None, not '{}'", value.type_of(t).name_str()));
                    t.registers.set((0, 0, 0));
                    return 0;
                }
                resume(t, (*caller).pc.add(skip), (*caller).sp);
                0
            }
            ReturnTo::ForIter => {
                drop(Value::from_bits(w));
                // Over the cache, the loop's body and END_FOR, as FOR_ITER does at the end of its iterator.
                let distance = (*(*caller).pc.sub(1) >> 32) as usize;
                resume(t, (*caller).pc.add(1 + distance + 1), (*caller).sp);
                0
            }
            ReturnTo::Send => {
                *(*caller).sp = w;
                let distance = (*(*caller).pc.sub(1) >> 32) as usize;
                resume(t, (*caller).pc.add(1 + distance), (*caller).sp.add(1));
                0
            }
        }
    }
}

/// The `call` slot of functions: native code calls a Python function.
pub fn call_function(t: &Thread, function: &Value, args: Args<'_>) -> R {
    run_function(t, function, args, None)
}

/// Runs a function's block as native code's callee, with `locals` for a module or class body.
pub fn run_function(t: &Thread, function: &Value, args: Args<'_>, locals: Option<Value>) -> R {
    if t.native_stack_low() {
        return Err(t.native_recursion_error(""));
    }
    // SAFETY: the frame is pushed, run to its end, and gone afterwards.
    unsafe {
        let f = push_bound(t, function.clone(), args, locals, t.frame.get(), ReturnTo::Native, 0)?;
        finish_run(t, super::run_frame(t, f))
    }
}

/// What a run left: a value or the thread's current exception.
pub fn finish_run(t: &Thread, exit: u64) -> R {
    // SAFETY: the exit is 0 or an owned word.
    match unsafe { Value::option_from_bits(exit) } {
        Some(value) => Ok(value),
        None => Err(t.raised_token()),
    }
}

const _: fn(&Type) -> Value = <Type as Payload>::value;
