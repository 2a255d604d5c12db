//! `_locale`: the C library's locales.
//!
//! The locale belongs to the process. Numbers and texts of Python itself do not depend on it.

use super::ModuleSpec;
use super::exceptions::Exception;
use crate::modules::system::c_int;
use crate::modules::system::path::{decode, encode};
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::{CStr, CString, c_char};

/// `locale.Error`.
static ERROR: Exception = Exception { module: "locale", name: "Error", base: |types| &types.exception };

unsafe extern "C" {
    fn gettext(message: *const c_char) -> *const c_char;
    fn dgettext(domain: *const c_char, message: *const c_char) -> *const c_char;
    fn dcgettext(domain: *const c_char, message: *const c_char, category: i32) -> *const c_char;
    fn textdomain(domain: *const c_char) -> *const c_char;
    fn bindtextdomain(domain: *const c_char, dir: *const c_char) -> *const c_char;
    fn bind_textdomain_codeset(domain: *const c_char, codeset: *const c_char) -> *const c_char;
}

/// A string of the C library; `None` for none.
fn text(t: &Thread, s: *const c_char) -> Value {
    // SAFETY: null, or a string that stays until the next call; it is copied.
    if s.is_null() { Value::NONE } else { decode(t, unsafe { CStr::from_ptr(s) }.to_bytes()) }
}

fn string(t: &Thread, v: &Value, what: &str) -> R<CString> {
    if v.cast::<Str>().is_none() {
        return Err(t.type_error(format!("{what} must be str, not {}", v.type_of(t).name_str())));
    }
    CString::new(encode(t, v)?).map_err(|_| t.value_error("embedded null character"))
}

/// A string that may be `None`.
fn string_or_none(t: &Thread, v: &Value, what: &str) -> R<Option<CString>> {
    if v.is_none() { Ok(None) } else { string(t, v, what).map(Some) }
}

fn address(s: &Option<CString>) -> *const c_char {
    s.as_ref().map_or(std::ptr::null(), |s| s.as_ptr())
}

fn setlocale(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let category = c_int(t, &a[0])?;
    let name = a.get(1).map_or(Ok(None), |v| string_or_none(t, v, "setlocale() argument 2"))?;
    // SAFETY: a name that ends with a zero, or none.
    let answer = unsafe { libc::setlocale(category, address(&name)) };
    match answer.is_null() {
        false => Ok(text(t, answer)),
        true if name.is_some() => Err(ERROR.raise(t, "unsupported locale setting")),
        true => Err(ERROR.raise(t, "locale query failed")),
    }
}

/// Sizes of groups, up to the end.
fn grouping(t: &Thread, s: *const c_char) -> Value {
    let mut sizes = Vec::new();
    if !s.is_null() {
        // SAFETY: the string ends with a zero or with `CHAR_MAX`.
        unsafe {
            let mut place = s;
            loop {
                let size = *place;
                if size == 0 && sizes.is_empty() {
                    break;
                }
                sizes.push(Value::small(size.into()));
                if size == 0 || size == c_char::MAX {
                    break;
                }
                place = place.add(1);
            }
        }
    }
    List::make(t, sizes)
}

fn localeconv(t: &Thread, _m: &Value) -> R {
    // SAFETY: a structure that stays until the next call; it is copied at once.
    let l = unsafe { &*libc::localeconv() };
    let found = Dict::make(t);
    let dict = found.cast::<Dict>().expect("just made");
    let texts = [
        ("decimal_point", l.decimal_point),
        ("thousands_sep", l.thousands_sep),
        ("int_curr_symbol", l.int_curr_symbol),
        ("currency_symbol", l.currency_symbol),
        ("mon_decimal_point", l.mon_decimal_point),
        ("mon_thousands_sep", l.mon_thousands_sep),
        ("positive_sign", l.positive_sign),
        ("negative_sign", l.negative_sign),
    ];
    let numbers = [
        ("int_frac_digits", l.int_frac_digits),
        ("frac_digits", l.frac_digits),
        ("p_cs_precedes", l.p_cs_precedes),
        ("p_sep_by_space", l.p_sep_by_space),
        ("n_cs_precedes", l.n_cs_precedes),
        ("n_sep_by_space", l.n_sep_by_space),
        ("p_sign_posn", l.p_sign_posn),
        ("n_sign_posn", l.n_sign_posn),
    ];
    texts[2..].iter().for_each(|&(name, s)| dict.set_name(t, name, text(t, s)));
    dict.set_name(t, "mon_grouping", grouping(t, l.mon_grouping));
    numbers.iter().for_each(|&(name, n)| dict.set_name(t, name, Value::small(n.into())));
    texts[..2].iter().for_each(|&(name, s)| dict.set_name(t, name, text(t, s)));
    dict.set_name(t, "grouping", grouping(t, l.grouping));
    Ok(found)
}

fn strcoll(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let (x, y) = (string(t, &a[0], "strcoll() argument 1")?, string(t, &a[1], "strcoll() argument 2")?);
    // SAFETY: strings that end with zeros.
    Ok(Value::small(unsafe { libc::strcoll(x.as_ptr(), y.as_ptr()) }.into()))
}

fn strxfrm(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let s = string(t, &a[0], "strxfrm() argument")?;
    let mut room = vec![0u8; 256];
    loop {
        // SAFETY: a string that ends with a zero, and room of that size.
        let length = unsafe { libc::strxfrm(room.as_mut_ptr().cast(), s.as_ptr(), room.len()) };
        if length < room.len() {
            return Ok(decode(t, &room[..length]));
        }
        room.resize(length + 1, 0);
    }
}

fn nl_langinfo(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let key = c_int(t, &a[0])?;
    if !NUMBERS.iter().any(|&(name, n)| n == i64::from(key) && !name.starts_with("LC_") && name != "CHAR_MAX") {
        return Err(t.value_error("unsupported langinfo constant"));
    }
    // SAFETY: a key that the system knows.
    Ok(text(t, unsafe { libc::nl_langinfo(key) }))
}

fn gettext_function(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let message = string(t, &a[0], "gettext() argument")?;
    // SAFETY: a string that ends with a zero.
    Ok(text(t, unsafe { gettext(message.as_ptr()) }))
}

fn dgettext_function(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let domain = string_or_none(t, &a[0], "dgettext() argument 1")?;
    let message = string(t, &a[1], "dgettext() argument 2")?;
    // SAFETY: strings that end with zeros.
    Ok(text(t, unsafe { dgettext(address(&domain), message.as_ptr()) }))
}

fn dcgettext_function(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let domain = string_or_none(t, &a[0], "dcgettext() argument 1")?;
    let message = string(t, &a[1], "dcgettext() argument 2")?;
    let category = c_int(t, &a[2])?;
    // SAFETY: strings that end with zeros.
    Ok(text(t, unsafe { dcgettext(address(&domain), message.as_ptr(), category) }))
}

fn textdomain_function(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let domain = string_or_none(t, &a[0], "textdomain() argument")?;
    // SAFETY: a string that ends with a zero, or none.
    let now = unsafe { textdomain(address(&domain)) };
    if now.is_null() { Err(t.last_os_error()) } else { Ok(text(t, now)) }
}

fn bindtextdomain_function(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let domain = string(t, &a[0], "bindtextdomain() argument 1")?;
    if domain.is_empty() {
        return Err(ERROR.raise(t, "domain must be a non-empty string"));
    }
    let folder = if a[1].is_none() { None } else { Some(crate::modules::system::path::fs_converter(t, &a[1])?) };
    // SAFETY: strings that end with zeros.
    let now = unsafe { bindtextdomain(domain.as_ptr(), address(&folder)) };
    if now.is_null() { Err(t.last_os_error()) } else { Ok(text(t, now)) }
}

fn bind_codeset_function(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let domain = string(t, &a[0], "bind_textdomain_codeset() argument 1")?;
    let codeset = string_or_none(t, &a[1], "bind_textdomain_codeset() argument 2")?;
    // SAFETY: strings that end with zeros.
    Ok(text(t, unsafe { bind_textdomain_codeset(domain.as_ptr(), address(&codeset)) }))
}

fn getencoding(t: &Thread, _m: &Value) -> R {
    // SAFETY: asks for the name of the character set.
    match text(t, unsafe { libc::nl_langinfo(libc::CODESET) }) {
        // In the C locale Python itself speaks UTF-8 (PEP 538, PEP 540).
        name if name.cast::<Str>().is_some_and(|s| s.is("ANSI_X3.4-1968") || s.is("")) => Ok(t.str("UTF-8")),
        name => Ok(name),
    }
}

/// The numbers of the GNU C library, by name.
static NUMBERS: &[(&str, i64)] = &[
    ("ABDAY_1", 131072),
    ("ABDAY_2", 131073),
    ("ABDAY_3", 131074),
    ("ABDAY_4", 131075),
    ("ABDAY_5", 131076),
    ("ABDAY_6", 131077),
    ("ABDAY_7", 131078),
    ("ABMON_1", 131086),
    ("ABMON_10", 131095),
    ("ABMON_11", 131096),
    ("ABMON_12", 131097),
    ("ABMON_2", 131087),
    ("ABMON_3", 131088),
    ("ABMON_4", 131089),
    ("ABMON_5", 131090),
    ("ABMON_6", 131091),
    ("ABMON_7", 131092),
    ("ABMON_8", 131093),
    ("ABMON_9", 131094),
    ("ALT_DIGITS", 131119),
    ("AM_STR", 131110),
    ("CHAR_MAX", 127),
    ("CODESET", 14),
    ("CRNCYSTR", 262159),
    ("DAY_1", 131079),
    ("DAY_2", 131080),
    ("DAY_3", 131081),
    ("DAY_4", 131082),
    ("DAY_5", 131083),
    ("DAY_6", 131084),
    ("DAY_7", 131085),
    ("D_FMT", 131113),
    ("D_T_FMT", 131112),
    ("ERA", 131116),
    ("ERA_D_FMT", 131118),
    ("ERA_D_T_FMT", 131120),
    ("ERA_T_FMT", 131121),
    ("LC_ALL", 6),
    ("LC_COLLATE", 3),
    ("LC_CTYPE", 0),
    ("LC_MESSAGES", 5),
    ("LC_MONETARY", 4),
    ("LC_NUMERIC", 1),
    ("LC_TIME", 2),
    ("MON_1", 131098),
    ("MON_10", 131107),
    ("MON_11", 131108),
    ("MON_12", 131109),
    ("MON_2", 131099),
    ("MON_3", 131100),
    ("MON_4", 131101),
    ("MON_5", 131102),
    ("MON_6", 131103),
    ("MON_7", 131104),
    ("MON_8", 131105),
    ("MON_9", 131106),
    ("NOEXPR", 327681),
    ("PM_STR", 131111),
    ("RADIXCHAR", 65536),
    ("THOUSEP", 65537),
    ("T_FMT", 131114),
    ("T_FMT_AMPM", 131115),
    ("YESEXPR", 327680),
];

fn exec(t: &Thread, module: &Module) -> R<()> {
    NUMBERS.iter().for_each(|&(name, n)| module.set(t, name, int::from_i64(t, n)));
    module.set(t, "Error", ERROR.class(t)?);
    // Of the environment's locale the character set counts from the start, the rest when a program asks for it.
    // SAFETY: an empty name.
    unsafe { libc::setlocale(libc::LC_CTYPE, c"".as_ptr()) };
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_locale",
    doc: "Support for POSIX locales.",
    functions: &[
        Def::new(
            "setlocale",
            Func::Pos(setlocale, 1, 2),
            "($module, category, locale=None, /)",
            "Activates/queries locale processing.",
        ),
        Def::new(
            "localeconv",
            Func::NoArgs(localeconv),
            "($module, /)",
            "Returns numeric and monetary locale-specific parameters.",
        ),
        Def::new(
            "strcoll",
            Func::Pos(strcoll, 2, 2),
            "($module, os1, os2, /)",
            "Compares two strings according to the locale.",
        ),
        Def::new(
            "strxfrm",
            Func::Pos(strxfrm, 1, 1),
            "($module, string, /)",
            "Return a string that can be used as a key for locale-aware comparisons.",
        ),
        Def::new(
            "nl_langinfo",
            Func::Pos(nl_langinfo, 1, 1),
            "($module, key, /)",
            "Return the value for the locale information associated with key.",
        ),
        Def::new("gettext", Func::Pos(gettext_function, 1, 1), "($module, msg, /)", "gettext(msg) -> string"),
        Def::new(
            "dgettext",
            Func::Pos(dgettext_function, 2, 2),
            "($module, domain, msg, /)",
            "dgettext(domain, msg) -> string",
        ),
        Def::new(
            "dcgettext",
            Func::Pos(dcgettext_function, 3, 3),
            "($module, domain, msg, category, /)",
            "Return translation of msg in domain and category.",
        ),
        Def::new(
            "textdomain",
            Func::Pos(textdomain_function, 1, 1),
            "($module, domain, /)",
            "Set the C library's textdmain to domain, returning the new domain.",
        ),
        Def::new(
            "bindtextdomain",
            Func::Pos(bindtextdomain_function, 2, 2),
            "($module, domain, dir, /)",
            "Bind the C library's domain to dir.",
        ),
        Def::new(
            "bind_textdomain_codeset",
            Func::Pos(bind_codeset_function, 2, 2),
            "($module, domain, codeset, /)",
            "Bind the C library's domain to codeset.",
        ),
        Def::new("getencoding", Func::NoArgs(getencoding), "($module, /)", "Get the current locale encoding."),
    ],
    exec: Some(exec),
};
