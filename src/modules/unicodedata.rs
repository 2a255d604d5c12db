//! `unicodedata`: properties of characters, by Unicode 16; and by Unicode 3.2, for `stringprep`.
//!
//! `ucd_3_2_0` knows which characters Unicode 3.2 had: others are unassigned there. The properties of those it
//! had are today's, which for `stringprep` and IDNA, its only users, are the same.

use crate::modules::native_type::add_types;
use crate::modules::{ModuleSpec, module_type};
use crate::objects::arith::str_of;
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::sequence_args::none_or_type;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::{Str, each_width};
use crate::objects::text::unicode::{self, Form};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// The payload of `ucd_3_2_0`.
struct Old;

impl Native for Old {}

/// The character of an argument; `position` is what messages have after "argument".
fn character(t: &Thread, function: &str, position: &str, v: &Value) -> R<u32> {
    match v.cast::<Str>() {
        Some(s) if s.len() == 1 => Ok(s.units().at(0)),
        Some(s) => Err(t.type_error(format!(
            "{function}(): argument{position} must be a unicode character, not a string of length {}",
            s.len()
        ))),
        None => Err(t.type_error(format!(
            "{function}() argument{position} must be a unicode character, not {}",
            none_or_type(t, v)
        ))),
    }
}

/// Whether the database that the function was called on has the character.
fn is_known(receiver: &Value, code: u32) -> bool {
    receiver.opaque::<Old>().is_none() || was_assigned(code)
}

/// Whether Unicode 3.2 had the character: by the blocks that came later. Single characters that were added to
/// older blocks are taken for old ones.
fn was_assigned(code: u32) -> bool {
    unicode::is_assigned(code) && !LATER.iter().any(|&(first, last)| (first..=last).contains(&code))
}

/// Blocks that came after Unicode 3.2.
const LATER: &[(u32, u32)] = &[
    (0x0750, 0x077f),
    (0x07c0, 0x08ff),
    (0x1380, 0x139f),
    (0x1900, 0x1dff),
    (0x2c00, 0x2e7f),
    (0x31c0, 0x31ef),
    (0x4dc0, 0x4dff),
    (0xa4d0, 0xabff),
    (0xd7b0, 0xd7ff),
    (0xfe10, 0xfe1f),
    (0x1_0000, 0x1_02ff),
    (0x1_0350, 0x1_03ff),
    (0x1_0450, 0x1_cfff),
    (0x1_d200, 0x1_d3ff),
    (0x1_d800, 0x1_ffff),
    (0x2_a6d7, 0x2_f7ff),
    (0x2_fa1e, 0xe_0000),
    (0xe_0080, 0xe_ffff),
];

/// Properties that always have a value.
macro_rules! properties {
    ($($name:ident: |$code:ident| $known:expr, $unknown:expr;)*) => { $(
        fn $name(t: &Thread, receiver: &Value, v: &Value) -> R {
            let $code = character(t, stringify!($name), "", v)?;
            let _ = t;
            Ok(if is_known(receiver, $code) { ($known)(t) } else { ($unknown)(t) })
        }
    )* };
}

properties! {
    category: |c| |t: &Thread| t.str(unicode::category(c)), |t: &Thread| t.str("Cn");
    bidirectional: |c| |t: &Thread| t.str(unicode::bidirectional(c)), |t: &Thread| t.str("");
    combining: |c| |_: &Thread| Value::small(unicode::combining(c).into()), |_: &Thread| Value::small(0);
    mirrored: |c| |_: &Thread| Value::small(unicode::mirrored(c).into()), |_: &Thread| Value::small(0);
    east_asian_width: |c| |t: &Thread| t.str(unicode::east_asian_width(c)), |t: &Thread| t.str("N");
    decomposition: |c| |t: &Thread| t.str(unicode::decomposition(c)), |t: &Thread| t.str("");
}

/// Properties that a character may not have: then the default, or `ValueError`.
fn or_default(t: &Thread, found: Option<Value>, args: &[Value], message: &str) -> R {
    match (found, args.get(1)) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(t.value_error(message)),
    }
}

fn decimal(t: &Thread, receiver: &Value, args: &[Value]) -> R {
    let code = character(t, "decimal", " 1", &args[0])?;
    let found = unicode::decimal(code).filter(|_| is_known(receiver, code));
    or_default(t, found.map(|d| Value::small(d.into())), args, "not a decimal")
}

fn digit(t: &Thread, receiver: &Value, args: &[Value]) -> R {
    let code = character(t, "digit", " 1", &args[0])?;
    let found = unicode::digit(code).filter(|_| is_known(receiver, code));
    or_default(t, found.map(|d| Value::small(d.into())), args, "not a digit")
}

fn numeric(t: &Thread, receiver: &Value, args: &[Value]) -> R {
    let code = character(t, "numeric", " 1", &args[0])?;
    let found = unicode::numeric(code).filter(|_| is_known(receiver, code));
    or_default(t, found.map(|n| float::new(t, n)), args, "not a numeric character")
}

fn name(t: &Thread, receiver: &Value, args: &[Value]) -> R {
    let code = character(t, "name", " 1", &args[0])?;
    let found = unicode::name(code).filter(|_| is_known(receiver, code));
    or_default(t, found.map(|n| t.str(n)), args, "no such name")
}

fn lookup(t: &Thread, receiver: &Value, name: &Value) -> R {
    let Some(s) = name.cast::<Str>() else {
        return Err(crate::objects::buffer::required(t, name));
    };
    let text = s.to_str_lossy();
    if text.len() > 256 {
        return Err(t.key_error(&t.str("name too long")));
    }
    match unicode::lookup(&text).filter(|&code| is_known(receiver, code)) {
        Some(code) => Ok(Str::from_char(t, code)),
        None => Err(t.key_error(&t.str(format!("undefined character name '{text}'")))),
    }
}

/// The form and the text of `normalize` and `is_normalized`.
fn form_and_text<'a>(t: &Thread, function: &str, args: &'a [Value]) -> R<(Form, &'a Str)> {
    let text = |i: usize| {
        args[i].cast::<Str>().ok_or_else(|| {
            t.type_error(format!("{function}() argument {} must be str, not {}", i + 1, none_or_type(t, &args[i])))
        })
    };
    let (form, text) = (text(0)?, text(1)?);
    match Form::by_name(&form.to_str_lossy()) {
        Some(form) => Ok((form, text)),
        None => Err(t.value_error("invalid normalization form")),
    }
}

fn normalize(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (form, text) = form_and_text(t, "normalize", args)?;
    if text.is_ascii() {
        return Ok(Str::exact(t, &args[1]));
    }
    Ok(str_of(t, each_width!(text.units(), u => unicode::normalize(u, form))))
}

fn is_normalized(t: &Thread, _: &Value, args: &[Value]) -> R {
    let (form, text) = form_and_text(t, "is_normalized", args)?;
    Ok(Value::bool(each_width!(text.units(), u => unicode::is_normalized(u, form))))
}

const CHR: &str = "($self, chr, /)";
const CHR_DEFAULT: &str = "($self, chr, default=<unrepresentable>, /)";

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("decimal", Func::Pos(decimal, 1, 2), CHR_DEFAULT, "Converts a Unicode character into its equivalent decimal value.\n\nReturns the decimal value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised."),
    Def::new("digit", Func::Pos(digit, 1, 2), CHR_DEFAULT, "Converts a Unicode character into its equivalent digit value.\n\nReturns the digit value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised."),
    Def::new("numeric", Func::Pos(numeric, 1, 2), CHR_DEFAULT, "Converts a Unicode character into its equivalent numeric value.\n\nReturns the numeric value assigned to the character chr as float.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised."),
    Def::new("category", Func::One(category), CHR, "Returns the general category assigned to the character chr as string."),
    Def::new("bidirectional", Func::One(bidirectional), CHR, "Returns the bidirectional class assigned to the character chr as string.\n\nIf no such value is defined, an empty string is returned."),
    Def::new("combining", Func::One(combining), CHR, "Returns the canonical combining class assigned to the character chr as integer.\n\nReturns 0 if no combining class is defined."),
    Def::new("mirrored", Func::One(mirrored), CHR, "Returns the mirrored property assigned to the character chr as integer.\n\nReturns 1 if the character has been identified as a \"mirrored\"\ncharacter in bidirectional text, 0 otherwise."),
    Def::new("east_asian_width", Func::One(east_asian_width), CHR, "Returns the east asian width assigned to the character chr as string."),
    Def::new("decomposition", Func::One(decomposition), CHR, "Returns the character decomposition mapping assigned to the character chr as string.\n\nAn empty string is returned in case no such mapping is defined."),
    Def::new("name", Func::Pos(name, 1, 2), CHR_DEFAULT, "Returns the name assigned to the character chr as a string.\n\nIf no name is defined, default is returned, or, if not given,\nValueError is raised."),
    Def::new("lookup", Func::One(lookup), "($self, name, /)", "Look up character by name.\n\nIf a character with the given name is found, return the\ncorresponding character.  If not found, KeyError is raised."),
    Def::new("is_normalized", Func::Pos(is_normalized, 2, 2), "($self, form, unistr, /)", "Return whether the Unicode string unistr is in the normal form 'form'.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'."),
    Def::new("normalize", Func::Pos(normalize, 2, 2), "($self, form, unistr, /)", "Return the normal form 'form' for the Unicode string unistr.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'."),
];

/// `unicodedata.UCD`.
static UCD: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION,
    methods: FUNCTIONS,
    getset: &[GetSet::member("unidata_version", |t, _| Ok(t.str("3.2.0")), "")],
    ..opaque::spec::<Old>("unicodedata.UCD")
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    add_types(t, module, &[&UCD]);
    let class = module_type(t, &UCD);
    let namespace = module.dict(t);
    if let (Some(dict), Some(class)) = (namespace.cast::<Dict>(), class.cast::<Type>()) {
        dict.set_name(t, "unidata_version", t.str(unicode::VERSION));
        dict.set_name(t, "ucd_3_2_0", opaque::new(t, class, Old)?);
    }
    Ok(())
}

/// `unicodedata`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "unicodedata",
    doc: "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters. The data in\nthis database is based on the UnicodeData.txt file version\n16.0.0 which is publicly available from ftp://ftp.unicode.org/.\n\nThe module uses the same names and symbols as defined by the\nUnicodeData File Format 16.0.0.",
    functions: FUNCTIONS,
    exec: Some(exec),
};
