//! `pyexpat`: a parser of XML that calls functions of the program for what it meets, with Expat's interface.
//!
//! [`xml`] parses and knows no Python; [`parser`] is the object that a program has, [`handlers`] calls the functions.
//! `xml.sax`, `xml.dom`, `xml.etree` and `plistlib` are made on it.

mod handlers;
mod parser;
mod xml;

use crate::modules::ModuleSpec;
use crate::modules::exceptions::Exception;
use crate::modules::module_type;
use crate::objects::bytes::Bytes;
use crate::objects::codecs;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use xml::{Code, ERRORS, Failure};

static ERROR: Exception = Exception { module: "xml.parsers.expat", name: "ExpatError", base: |types| &types.exception };

/// The version of Expat whose interface and behaviour this is.
const VERSION: (i64, i64, i64) = (2, 7, 3);

/// What an error number means.
fn message(code: Code) -> Option<&'static str> {
    let index = usize::try_from(code).ok()?.checked_sub(1)?;
    ERRORS.get(index).map(|row| row.1)
}

/// Raises `ExpatError` for an error of the parser.
#[cold]
fn expat_error(t: &Thread, failure: Failure) -> Raised {
    let Failure { code, place } = failure;
    let text = format!("{}: line {}, column {}", message(code).unwrap_or(""), place.line, place.column);
    let raised = ERROR.raise(t, text);
    if let Some(exception) = t.current_exception() {
        let numbers = [("code", code.into()), ("offset", place.column), ("lineno", place.line)];
        for (name, number) in numbers {
            // The class has a namespace for its instances: nothing can go wrong that matters more.
            _ = protocol::setattr(t, &exception, &t.intern(name), Some(&int::from_u64(t, number)));
        }
    }
    raised
}

/// Raises `ExpatError` with a text.
#[cold]
fn raise_text(t: &Thread, text: &str) -> Raised {
    ERROR.raise(t, text)
}

/// The table of an encoding that the parser does not know, by its codec.
fn unknown_encoding(t: &Thread, name: &str) -> R<xml::Table> {
    let all: Vec<u8> = (0..=255).collect();
    let decoded = codecs::decode_text(t, &Bytes::make(t, &all), Some(name), Some("replace"))?;
    let text = decoded.cast::<Str>().filter(|s| s.len() == 256);
    let Some(text) = text else { return Err(t.value_error("multi-byte encodings are not supported")) };
    let mut table: xml::Table = Box::new([None; 256]);
    for (entry, c) in table.iter_mut().zip(text.units().iter()) {
        *entry = char::from_u32(c).filter(|&c| c != char::REPLACEMENT_CHARACTER);
    }
    Ok(table)
}

fn error_string(t: &Thread, _: &Value, code: &Value) -> R {
    let code = int::arg_i64(t, code)?;
    Ok(Code::try_from(code).ok().and_then(message).map_or(Value::NONE, |text| t.str(text)))
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("ParserCreate", Func::Bound(parser::create), "($module, /, encoding=None, namespace_separator=None,\n             intern=<unrepresentable>)", "Return a new XML parser object."),
    Def::new("ErrorString", Func::One(error_string), "($module, code, /)", "Returns string error for given number."),
];

/// A module inside the module.
fn submodule(t: &Thread, module: &Module, name: &str, doc: &str) -> Value {
    let inner = Module::make(t, &format!("pyexpat.{name}"), Some(doc));
    module.set(t, name, inner.clone());
    inner
}

static MODEL: &[(&str, i64)] = &[
    ("XML_CTYPE_EMPTY", 1),
    ("XML_CTYPE_ANY", 2),
    ("XML_CTYPE_MIXED", 3),
    ("XML_CTYPE_NAME", 4),
    ("XML_CTYPE_CHOICE", 5),
    ("XML_CTYPE_SEQ", 6),
    ("XML_CQUANT_NONE", 0),
    ("XML_CQUANT_OPT", 1),
    ("XML_CQUANT_REP", 2),
    ("XML_CQUANT_PLUS", 3),
];

static FEATURES: &[(&str, i64)] = &[
    ("sizeof(XML_Char)", 1),
    ("sizeof(XML_LChar)", 1),
    ("XML_DTD", 0),
    ("XML_CONTEXT_BYTES", 1024),
    ("XML_NS", 0),
    ("XML_BLAP_MAX_AMP", 100),
    ("XML_BLAP_ACT_THRES", 8 << 20),
    ("XML_GE", 0),
];

fn exec(t: &Thread, module: &Module) -> R<()> {
    let error = ERROR.class(t)?;
    module.set(t, "error", error.clone());
    module.set(t, "ExpatError", error);
    module.set(t, "XMLParserType", module_type(t, &parser::SPEC));
    let (major, minor, micro) = VERSION;
    module.set(t, "EXPAT_VERSION", t.str(format!("expat_{major}.{minor}.{micro}")));
    module.set(t, "version_info", t.tuple([major, minor, micro].map(Value::small)));
    module.set(t, "native_encoding", t.str("UTF-8"));
    let features = FEATURES.iter().map(|(name, value)| t.tuple([t.str(name), Value::small(*value)]));
    module.set(t, "features", List::make(t, features.collect::<Vec<_>>()));
    for (i, name) in ["NEVER", "UNLESS_STANDALONE", "ALWAYS"].iter().enumerate() {
        module.set(t, &format!("XML_PARAM_ENTITY_PARSING_{name}"), Value::small(i as i64));
    }
    let inner = submodule(t, module, "errors", "Constants used to describe error conditions.");
    let (codes, messages) = (Dict::make(t), Dict::make(t));
    if let (Some(errors), Some(codes), Some(messages)) =
        (inner.cast::<Module>(), codes.cast::<Dict>(), messages.cast::<Dict>())
    {
        for (i, (name, text)) in ERRORS.iter().enumerate() {
            let (code, text) = (Value::small(i as i64 + 1), t.str(text));
            errors.set(t, name, text.clone());
            codes.set(t, text.clone(), code.clone())?;
            messages.set(t, code, text)?;
        }
    }
    if let Some(errors) = inner.cast::<Module>() {
        errors.set(t, "codes", codes);
        errors.set(t, "messages", messages);
    }
    let inner = submodule(t, module, "model", "Constants used to interpret content model information.");
    if let Some(model) = inner.cast::<Module>() {
        for (name, value) in MODEL {
            model.set(t, name, Value::small(*value));
        }
    }
    Ok(())
}

/// `pyexpat`.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "pyexpat", doc: "Python wrapper for Expat parser.", functions: FUNCTIONS, exec: Some(exec) };
