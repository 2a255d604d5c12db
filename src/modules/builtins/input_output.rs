//! `print` and `input`.

use crate::objects::dict::Dict;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

/// An attribute of `sys`, unless it is lost or `None`.
fn sys(t: &Thread, name: &str) -> Option<Value> {
    let dict = t.interp.sys_dict.get(t)?;
    dict.cast::<Dict>()?.get_name(t, name)
}

/// `print(*args, sep=' ', end='\n', file=None, flush=False)`.
pub fn print(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let [objects, sep, end, file, flush] = args else { return Ok(Value::NONE) };
    let file = match file.as_ref().filter(|f| !f.is_none()) {
        Some(f) => f.clone(),
        None => match sys(t, "stdout") {
            None if t.interp.sys_dict.is_empty() => return print_plainly(t, objects),
            None => return Err(t.runtime_error("lost sys.stdout")),
            // `sys.stdout` may be None when the descriptor is closed: nothing is printed then.
            Some(f) if f.is_none() => return Ok(Value::NONE),
            Some(f) => f,
        },
    };
    let text = |v: &Option<Value>, name: &str| match v {
        Some(v) if !v.is_none() => match v.cast::<Str>() {
            Some(_) => Ok(Some(v.clone())),
            None => Err(t.type_error(format!("{name} must be None or a string, not {}", v.type_of(t).name_str()))),
        },
        _ => Ok(None),
    };
    let sep = text(sep, "sep")?.unwrap_or_else(|| t.str(" "));
    let end = text(end, "end")?.unwrap_or_else(|| t.str("\n"));
    let write = protocol::getattr(t, &file, &t.names().write)?;
    let objects = objects.as_ref().and_then(|o| o.cast::<Tuple>()).map_or(&[][..], |o| o.items());
    for (i, v) in objects.iter().enumerate() {
        if i > 0 {
            protocol::call(t, &write, std::slice::from_ref(&sep))?;
        }
        let s = protocol::str(t, v)?;
        protocol::call(t, &write, &[s])?;
    }
    protocol::call(t, &write, &[end])?;
    if let Some(flush) = flush
        && protocol::truth(t, flush)?
    {
        protocol::call_method(t, &file, &t.names().flush, &[])?;
    }
    Ok(Value::NONE)
}

/// Prints while there is no `sys` yet.
fn print_plainly(t: &Thread, objects: &Option<Value>) -> R {
    let mut line = Vec::new();
    for v in objects.as_ref().and_then(|o| o.cast::<Tuple>()).map_or(&[][..], |o| o.items()) {
        if !line.is_empty() {
            line.push(b' ');
        }
        line.extend(protocol::to_text(t, v)?.into_bytes());
    }
    line.push(b'\n');
    use std::io::Write;
    let _ = std::io::stdout().write_all(&line);
    Ok(Value::NONE)
}

/// `input(prompt='')`: a line of `sys.stdin` without its end.
pub fn input(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let stream = |name: &str| match sys(t, name) {
        Some(s) if !s.is_none() => Ok(s),
        _ => Err(t.runtime_error(format!("input(): lost sys.{name}"))),
    };
    let (stdin, stdout, stderr) = (stream("stdin")?, stream("stdout")?, stream("stderr")?);
    let _ = t.catch(protocol::call_method(t, &stderr, &t.names().flush, &[]), |types| &types.exception)?;
    if let Some(prompt) = args.first() {
        let prompt = protocol::str(t, prompt)?;
        protocol::call_method(t, &stdout, &t.names().write, &[prompt])?;
    }
    let _ = t.catch(protocol::call_method(t, &stdout, &t.names().flush, &[]), |types| &types.exception)?;
    let line = protocol::call_method(t, &stdin, &t.names().readline, &[])?;
    let Some(s) = line.cast::<Str>() else {
        return Err(t.type_error("object.readline() returned non-string"));
    };
    if s.is_empty() {
        return Err(t.eof_error("EOF when reading a line"));
    }
    let units = s.units();
    let end = if units.at(s.len() - 1) == '\n' as u32 { s.len() - 1 } else { s.len() };
    Ok(Str::from_units(t, units.slice(0, end)))
}
