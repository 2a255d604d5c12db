//! Binding arguments to the parameters of a Python function, with CPython's errors.

use crate::compiler::code::flags;
use crate::objects::code_object::CodeObject;
use crate::objects::dict::Dict;
use crate::objects::function::Function;
use crate::objects::slots::{Args, R};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// Fills the parameters' places, all empty before. On an error the places filled so far stay filled.
///
/// # Safety
/// `place` has room for the code's locals.
pub unsafe fn bind(t: &Thread, func: &Function, code: &CodeObject, place: *mut u64, args: Args<'_>) -> R<()> {
    // SAFETY: indices are below the number of parameters.
    unsafe {
        let positional = code.argcount as usize;
        let posonly = code.code.posonlyargcount as usize;
        let named = positional + code.kwonlyargcount as usize;
        let has_varargs = code.flags & flags::VARARGS != 0;
        let has_varkw = code.flags & flags::VARKEYWORDS != 0;
        let set = |i: usize, v: Value| place.add(i).write(v.into_bits());
        let given = args.pos.len();
        for (i, v) in args.pos.iter().take(positional).enumerate() {
            set(i, v.clone());
        }
        if has_varargs {
            set(named, Tuple::from_slice(t, args.pos.get(positional..).unwrap_or(&[])));
        }
        let varkw = has_varkw.then(|| {
            let dict = Dict::make(t);
            set(named + usize::from(has_varargs), dict.clone());
            dict
        });
        for (key, value) in args.names.iter().zip(args.kw) {
            let Some(name) = key.cast::<Str>() else {
                return Err(t.type_error(format!("{}() keywords must be strings", qualname(t, func))));
            };
            let index = (posonly..named).find(|&i| {
                let p = &code.localsplus()[i];
                p.is(key) || p.cast::<Str>().is_some_and(|p| p.equals(name))
            });
            match (index, &varkw) {
                (Some(i), _) => {
                    if *place.add(i) != 0 {
                        return Err(t.type_error(format!(
                            "{}() got multiple values for argument '{}'",
                            qualname(t, func),
                            name.to_str_lossy()
                        )));
                    }
                    set(i, value.clone());
                }
                (None, Some(dict)) => {
                    dict.cast::<Dict>().expect("just made").set(t, key.clone(), value.clone())?;
                }
                (None, None) => return Err(unexpected_keyword(t, func, code, args, name)),
            }
        }
        if given > positional && !has_varargs {
            return Err(too_many_positional(t, func, code, place, given));
        }
        if given < positional {
            let defaults = func.defaults.get(t);
            let defaults = defaults.as_ref().and_then(|d| d.cast::<Tuple>()).map_or(&[][..], |d| d.items());
            let first_default = positional.saturating_sub(defaults.len());
            if (given..first_default).any(|i| *place.add(i) == 0) {
                return Err(missing(t, func, code, place, 0..first_default, "positional"));
            }
            for i in given.max(first_default)..positional {
                if *place.add(i) == 0 {
                    set(i, defaults[i + defaults.len() - positional].clone());
                }
            }
        }
        if code.kwonlyargcount > 0 {
            let defaults = func.kwdefaults.get(t);
            let defaults = defaults.as_ref().and_then(|d| d.cast::<Dict>());
            let mut lacking = false;
            for i in positional..named {
                if *place.add(i) == 0 {
                    match defaults.and_then(|d| d.get_str(t, &code.localsplus()[i])) {
                        Some(v) => set(i, v),
                        None => lacking = true,
                    }
                }
            }
            if lacking {
                return Err(missing(t, func, code, place, positional..named, "keyword-only"));
            }
        }
        Ok(())
    }
}

fn qualname(t: &Thread, func: &Function) -> String {
    func.qualname.get(t).and_then(|q| q.cast::<Str>().map(|s| s.to_str_lossy().into_owned())).unwrap_or_default()
}

fn text(v: &Value) -> String {
    v.cast::<Str>().map(|s| s.to_str_lossy().into_owned()).unwrap_or_default()
}

#[cold]
fn unexpected_keyword(
    t: &Thread,
    func: &Function,
    code: &CodeObject,
    args: Args<'_>,
    name: &Str,
) -> crate::objects::slots::Raised {
    let posonly = &code.localsplus()[..code.code.posonlyargcount as usize];
    let passed: Vec<String> = posonly
        .iter()
        .filter(|p| {
            args.names.iter().any(|k| k.cast::<Str>().is_some_and(|k| p.cast::<Str>().is_some_and(|p| p.equals(k))))
        })
        .map(text)
        .collect();
    if !passed.is_empty() {
        return t.type_error(format!(
            "{}() got some positional-only arguments passed as keyword arguments: '{}'",
            qualname(t, func),
            passed.join(", ")
        ));
    }
    // CPython suggests a parameter that is spelt alike.
    let candidates: Vec<String> = code.localsplus()
        [code.code.posonlyargcount as usize..(code.argcount + code.kwonlyargcount) as usize]
        .iter()
        .map(text)
        .collect();
    let name = name.to_str_lossy();
    let hint = match crate::objects::suggest::closest(&name, &candidates) {
        Some(s) => format!(". Did you mean '{s}'?"),
        None => String::new(),
    };
    t.type_error(format!("{}() got an unexpected keyword argument '{name}'{hint}", qualname(t, func)))
}

#[cold]
unsafe fn too_many_positional(
    t: &Thread,
    func: &Function,
    code: &CodeObject,
    place: *mut u64,
    given: usize,
) -> crate::objects::slots::Raised {
    let positional = code.argcount as usize;
    let defaults = func.defaults.get(t).and_then(|d| d.cast::<Tuple>().map(|d| d.len())).unwrap_or(0);
    // SAFETY: the keyword-only parameters follow the positional ones.
    let kwonly_given =
        unsafe { (positional..positional + code.kwonlyargcount as usize).filter(|&i| *place.add(i) != 0).count() };
    let (takes, plural) = if defaults > 0 {
        (format!("from {} to {positional}", positional - defaults), true)
    } else {
        (positional.to_string(), positional != 1)
    };
    let kwonly = if kwonly_given > 0 {
        format!(
            " positional argument{} (and {kwonly_given} keyword-only argument{})",
            if given != 1 { "s" } else { "" },
            if kwonly_given != 1 { "s" } else { "" }
        )
    } else {
        String::new()
    };
    t.type_error(format!(
        "{}() takes {takes} positional argument{} but {given}{kwonly} {} given",
        qualname(t, func),
        if plural { "s" } else { "" },
        if given == 1 && kwonly_given == 0 { "was" } else { "were" }
    ))
}

#[cold]
unsafe fn missing(
    t: &Thread,
    func: &Function,
    code: &CodeObject,
    place: *mut u64,
    range: std::ops::Range<usize>,
    kind: &str,
) -> crate::objects::slots::Raised {
    let names: Vec<String> = range
        // SAFETY: indices of parameters.
        .filter(|&i| unsafe { *place.add(i) } == 0)
        .map(|i| format!("'{}'", text(&code.localsplus()[i])))
        .collect();
    let list = match &names[..] {
        [one] => one.clone(),
        [a, b] => format!("{a} and {b}"),
        [init @ .., a, b] => format!("{}, {a}, and {b}", init.join(", ")),
        [] => String::new(),
    };
    t.type_error(format!(
        "{}() missing {} required {kind} argument{}: {list}",
        qualname(t, func),
        names.len(),
        if names.len() == 1 { "" } else { "s" }
    ))
}
