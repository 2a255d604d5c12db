//! `syslog`: messages to the system's log.

use super::ModuleSpec;
use crate::modules::sys::audit::audit;
use crate::modules::system::{c_int, c_int_or};
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::sync::Guarded;
use std::ffi::CString;

/// The name in front of the messages. The C library keeps its address, so it belongs to the process; `None` while the
/// log is not open.
static IDENT: Guarded<Option<Option<CString>>> = Guarded::new(None);

fn text_arg(t: &Thread, v: &Value, what: &str) -> R<CString> {
    let Some(s) = v.cast::<Str>() else {
        return Err(t.type_error(format!("{what} must be str, not {}", v.type_of(t).name_str())));
    };
    CString::new(s.to_str_lossy().as_bytes()).map_err(|_| t.value_error("embedded null character"))
}

/// The program's name, as `openlog` takes it without one.
fn program(t: &Thread) -> Option<CString> {
    let first = t.interp.config.argv.first()?.to_string_lossy().into_owned();
    let name = first.rsplit('/').next().filter(|name| !name.is_empty())?;
    CString::new(name).ok()
}

fn open_log(t: &Thread, ident: Option<CString>, options: i32, facility: i32) {
    let ident = ident.or_else(|| program(t));
    let mut current = IDENT.lock();
    let name = ident.as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
    // SAFETY: the string is kept until another takes its place.
    unsafe { libc::openlog(name, options, facility) };
    *current = Some(ident);
}

fn openlog(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let ident = a[0].as_ref().map(|v| text_arg(t, v, "openlog() argument 'ident'")).transpose()?;
    let (options, facility) = (c_int_or(t, &a[1], 0)?, c_int_or(t, &a[2], libc::LOG_USER)?);
    let name = a[0].clone().unwrap_or(Value::NONE);
    audit(t, "syslog.openlog", &[name, Value::small(options.into()), Value::small(facility.into())])?;
    open_log(t, ident, options, facility);
    Ok(Value::NONE)
}

fn syslog(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (priority, message) = match a {
        [message] => (libc::LOG_INFO, text_arg(t, message, "syslog() argument 1")?),
        [priority, message] => (c_int(t, priority)?, text_arg(t, message, "syslog() argument 2")?),
        _ => return Err(t.type_error("syslog.syslog requires 1 to 2 arguments")),
    };
    audit(t, "syslog.syslog", &[Value::small(priority.into()), a[a.len() - 1].clone()])?;
    let is_open = IDENT.lock().is_some();
    if !is_open {
        open_log(t, None, 0, libc::LOG_USER);
    }
    // SAFETY: a format and the string that it asks for.
    t.blocking(|| unsafe { libc::syslog(priority, c"%s".as_ptr(), message.as_ptr()) });
    Ok(Value::NONE)
}

fn closelog(t: &Thread, _m: &Value) -> R {
    audit(t, "syslog.closelog", &[])?;
    let mut current = IDENT.lock();
    if current.is_some() {
        // SAFETY: takes nothing; the string goes afterwards.
        unsafe { libc::closelog() };
        *current = None;
    }
    Ok(Value::NONE)
}

fn setlogmask(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let mask = c_int(t, &a[0])?;
    audit(t, "syslog.setlogmask", &a[..1])?;
    // SAFETY: takes a number.
    Ok(Value::small(unsafe { libc::setlogmask(mask) }.into()))
}

fn log_mask(t: &Thread, _m: &Value, a: &[Value]) -> R {
    Ok(Value::small(1i32.wrapping_shl(c_int(t, &a[0])? as u32).into()))
}

fn log_upto(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let priority = c_int(t, &a[0])?.wrapping_add(1);
    Ok(Value::small(1i32.wrapping_shl(priority as u32).wrapping_sub(1).into()))
}

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    LOG_EMERG LOG_ALERT LOG_CRIT LOG_ERR LOG_WARNING LOG_NOTICE LOG_INFO LOG_DEBUG LOG_PID LOG_CONS LOG_NDELAY
    LOG_ODELAY LOG_NOWAIT LOG_PERROR LOG_KERN LOG_USER LOG_MAIL LOG_DAEMON LOG_AUTH LOG_LPR LOG_LOCAL0 LOG_LOCAL1
    LOG_LOCAL2 LOG_LOCAL3 LOG_LOCAL4 LOG_LOCAL5 LOG_LOCAL6 LOG_LOCAL7 LOG_SYSLOG LOG_CRON LOG_UUCP LOG_NEWS
    LOG_AUTHPRIV LOG_FTP
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    NUMBERS.iter().for_each(|&(name, n)| module.set(t, name, Value::small(n)));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "syslog",
    functions: &[
        Def::new(
            "openlog",
            Func::Bound(openlog),
            "($module, /, ident=<unrepresentable>, logoption=0, facility=LOG_USER)",
            "Set logging options of subsequent syslog() calls.",
        ),
        Def::new(
            "closelog",
            Func::NoArgs(closelog),
            "($module, /)",
            "Reset the syslog module values and call the system library closelog().",
        ),
        Def::new(
            "syslog",
            Func::VarPos(syslog),
            "",
            "syslog([priority=LOG_INFO,] message)\nSend the string message to the system logger.",
        ),
        Def::new(
            "setlogmask",
            Func::Pos(setlogmask, 1, 1),
            "($module, maskpri, /)",
            "Set the priority mask to maskpri and return the previous mask value.",
        ),
        Def::new(
            "LOG_MASK",
            Func::Pos(log_mask, 1, 1),
            "($module, pri, /)",
            "Calculates the mask for the individual priority pri.",
        ),
        Def::new(
            "LOG_UPTO",
            Func::Pos(log_upto, 1, 1),
            "($module, pri, /)",
            "Calculates the mask for all priorities up to and including pri.",
        ),
    ],
    exec: Some(exec),
    ..ModuleSpec::DEFAULT
};
