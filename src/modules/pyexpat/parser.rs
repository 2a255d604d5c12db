//! `xmlparser` objects.
//!
//! The parser below is behind a mutex that is held for one event at a time and never while a function of the program
//! runs, so that such a function may ask the parser where it stands, or make another one for an external entity.

use super::handlers::{self, Which};
use super::xml::{Failure, Machine, Next, Place, Told, Wishes, code};
use super::{expat_error, unknown_encoding};
use crate::modules::native_type::with_type;
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::codecs;
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::sequence_args::none_or_type;
use crate::objects::slot::Slot;
use crate::objects::slots::{R, Raised};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::*};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The payload.
pub struct Parser {
    machine: Mutex<Machine>,
    /// One per [`Which`].
    pub handlers: [Slot; handlers::COUNT],
    /// The names met so far, or nothing where they are not kept.
    pub intern: Slot,
    base: Slot,
    /// Text that waits to be told at once.
    text: Mutex<String>,
    buffer_size: AtomicUsize,
    buffer_text: AtomicBool,
    pub ordered_attributes: AtomicBool,
    pub specified_attributes: AtomicBool,
    namespace_prefixes: AtomicBool,
    /// Whether a thread is parsing, and whether it is inside a function of the program just now.
    parsing: AtomicBool,
    inside: AtomicBool,
    error: AtomicU32,
}

impl Native for Parser {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.handlers.iter().chain([&self.intern, &self.base]).for_each(|slot| slot.visit(visit));
    }

    fn clear(&self, _t: &Thread) {
        self.handlers.iter().chain([&self.intern]).for_each(|slot| drop(slot.take()));
    }
}

/// Says that nobody is parsing any more.
struct Parsing<'a>(&'a AtomicBool);

impl Drop for Parsing<'_> {
    fn drop(&mut self) {
        self.0.store(false, Release);
    }
}

const BUFFER_SIZE: usize = 8 * 1024;

impl Parser {
    pub fn this(v: &Value) -> &Parser {
        v.opaque::<Parser>().expect("methods of `xmlparser` get them")
    }

    fn make(t: &Thread, machine: Machine, intern: Option<Value>) -> R {
        let parser = Parser {
            machine: Mutex::new(machine),
            handlers: [const { Slot::EMPTY }; handlers::COUNT],
            intern: Slot::from_option(intern),
            base: Slot::EMPTY,
            text: Mutex::default(),
            buffer_size: AtomicUsize::new(BUFFER_SIZE),
            buffer_text: AtomicBool::new(false),
            ordered_attributes: AtomicBool::new(false),
            specified_attributes: AtomicBool::new(false),
            namespace_prefixes: AtomicBool::new(false),
            parsing: AtomicBool::new(false),
            inside: AtomicBool::new(false),
            error: AtomicU32::new(0),
        };
        with_type(t, &SPEC, |class| opaque::new(t, class, parser))
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, String> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn base(&self, t: &Thread) -> Value {
        self.base.get(t).unwrap_or(Value::NONE)
    }

    fn place(&self) -> Place {
        self.machine().place()
    }

    /// Tells text, or keeps it until there is more.
    pub fn characters(&self, t: &Thread, handler: &Value, text: &str) -> R<()> {
        if !self.buffer_text.load(Relaxed) {
            return protocol::call(t, handler, &[t.str(text)]).map(drop);
        }
        let size = self.buffer_size.load(Relaxed);
        if self.waiting().len() + text.len() > size {
            self.flush(t)?;
        }
        if text.len() > size {
            return protocol::call(t, handler, &[t.str(text)]).map(drop);
        }
        self.waiting().push_str(text);
        Ok(())
    }

    /// Tells the text that was kept.
    pub fn flush(&self, t: &Thread) -> R<()> {
        let text = std::mem::take(&mut *self.waiting());
        if text.is_empty() {
            return Ok(());
        }
        match self.handler(t, Which::CharacterDataHandler) {
            Some(handler) => protocol::call(t, &handler, &[t.str(text)]).map(drop),
            None => Ok(()),
        }
    }

    #[cold]
    fn fail(&self, t: &Thread, failure: Failure) -> Raised {
        self.error.store(failure.code, Relaxed);
        expat_error(t, failure)
    }

    /// A function of the program that the parser called must not parse with it.
    fn check_outside(&self, t: &Thread, function: &str) -> R<()> {
        match self.parsing.load(Acquire) {
            true => Err(t.runtime_error(format!("cannot call {function}() from within a handler"))),
            false => Ok(()),
        }
    }

    /// Parses a piece of input, for a function of that name.
    fn feed(&self, t: &Thread, bytes: &[u8], last: bool, function: &str) -> R<()> {
        if self.parsing.swap(true, Acquire) {
            return Err(t.runtime_error(format!("cannot call {function}() from within a handler")));
        }
        let _parsing = Parsing(&self.parsing);
        let fed = self.machine().feed(bytes, last);
        fed.map_err(|failure| self.fail(t, failure))?;
        loop {
            let wishes = Wishes {
                keep_references: self.handler(t, Which::DefaultHandler).is_some(),
                external: self.handler(t, Which::ExternalEntityRefHandler).is_some(),
            };
            let next = self.machine().next(wishes);
            match next {
                Ok(Next::Idle) => break,
                Ok(Next::Told(told)) => self.tell(t, &told)?,
                Ok(Next::Encoding(name)) => {
                    let table = unknown_encoding(t, &name)?;
                    let taken = self.machine().set_table(table);
                    taken.map_err(|failure| self.fail(t, failure))?;
                }
                Err(failure) => {
                    // What was read before the error is told.
                    self.flush(t)?;
                    return Err(self.fail(t, failure));
                }
            }
        }
        self.flush(t)
    }

    fn tell(&self, t: &Thread, told: &Told) -> R<()> {
        self.inside.store(true, Relaxed);
        let went = self.dispatch(t, &told.event, &told.source);
        self.inside.store(false, Relaxed);
        match went {
            Ok(true) => Ok(()),
            Ok(false) => {
                let code = match told.event {
                    super::xml::Event::NotStandalone => code::NOT_STANDALONE,
                    _ => code::EXTERNAL_ENTITY_HANDLING,
                };
                Err(self.fail(t, Failure { code, place: told.place }))
            }
            Err(raised) => {
                // Nothing is called any more after a function raised.
                self.handlers.iter().for_each(|slot| drop(slot.take()));
                Err(raised)
            }
        }
    }
}

/// `ParserCreate`.
pub fn create(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let text = |i: usize, name: &str| match &args[i] {
        Some(v) if !v.is_none() => match v.cast::<Str>() {
            Some(s) => Ok(Some(s.to_str_lossy().into_owned())),
            None => Err(t.type_error(format!(
                "ParserCreate() argument '{name}' must be str or None, not {}",
                none_or_type(t, v)
            ))),
        },
        _ => Ok(None),
    };
    let (encoding, separator) = (text(0, "encoding")?, text(1, "namespace_separator")?);
    if separator.as_ref().is_some_and(|s| s.chars().count() > 1) {
        return Err(t.value_error("namespace_separator must be at most one character, omitted, or None"));
    }
    let intern = match &args[2] {
        None => Some(Dict::make(t)),
        Some(v) if v.is_none() => None,
        Some(v) if v.cast::<Dict>().is_some() => Some(v.clone()),
        Some(_) => return Err(t.type_error("intern must be a dictionary")),
    };
    let separator = separator.map(|s| if s == "\0" { String::new() } else { s });
    Parser::make(t, Machine::new(encoding, separator), intern)
}

fn parse(t: &Thread, v: &Value, args: &[Value]) -> R {
    let last = args.get(1).map_or(Ok(false), |last| protocol::truth(t, last))?;
    let parser = Parser::this(v);
    parser.check_outside(t, "Parse")?;
    if args[0].cast::<Str>().is_some() {
        let bytes = codecs::encode_text(t, &args[0], None, None)?;
        parser.machine().set_encoding("utf-8");
        parser.feed(t, bytes.cast::<Bytes>().map_or(&[][..], Bytes::as_slice), last, "Parse")?;
    } else {
        let bytes = bytes_like(t, &args[0])?;
        parser.feed(t, &bytes, last, "Parse")?;
    }
    Ok(Value::small(1))
}

fn parse_file(t: &Thread, v: &Value, file: &Value) -> R {
    const PIECE: usize = 2048;
    let parser = Parser::this(v);
    parser.check_outside(t, "ParseFile")?;
    let Some(read) = protocol::getattr_opt(t, file, &t.str("read"))? else {
        return Err(t.type_error("argument must have 'read' attribute"));
    };
    loop {
        let piece = protocol::call(t, &read, &[Value::small(PIECE as i64)])?;
        let Some(bytes) = crate::objects::bytes::bytes_or_bytearray(t, &piece) else {
            let name = piece.type_of(t).name_str().to_owned();
            return Err(t.type_error(format!("read() did not return a bytes object (type={name})")));
        };
        if bytes.len() > PIECE {
            let length = bytes.len();
            return Err(
                t.value_error(format!("read() returned too much data: {PIECE} bytes requested, {length} returned"))
            );
        }
        parser.feed(t, &bytes, bytes.is_empty(), "ParseFile")?;
        if bytes.is_empty() {
            return Ok(Value::small(1));
        }
    }
}

fn external_entity_parser_create(t: &Thread, v: &Value, args: &[Value]) -> R {
    let optional = |v: Option<&Value>, position: usize| match v.filter(|v| !v.is_none()) {
        None => Ok(None),
        Some(v) => match v.cast::<Str>() {
            Some(s) => Ok(Some(s.to_str_lossy().into_owned())),
            None => Err(t.type_error(format!(
                "ExternalEntityParserCreate() argument {position} must be str{}, not {}",
                if position == 1 { " or None" } else { "" },
                none_or_type(t, v)
            ))),
        },
    };
    let (context, encoding) = (optional(args.first(), 1)?, optional(args.get(1), 2)?);
    let parser = Parser::this(v);
    let machine = parser.machine().external(context.as_deref(), encoding);
    let child = Parser::make(t, machine, parser.intern.get(t))?;
    let new = Parser::this(&child);
    for (from, to) in parser.handlers.iter().zip(&new.handlers) {
        if let Some(handler) = from.get(t) {
            to.set(handler);
        }
    }
    if let Some(base) = parser.base.get(t) {
        new.base.set(base);
    }
    new.buffer_size.store(parser.buffer_size.load(Relaxed), Relaxed);
    for (from, to) in [
        (&parser.buffer_text, &new.buffer_text),
        (&parser.ordered_attributes, &new.ordered_attributes),
        (&parser.specified_attributes, &new.specified_attributes),
        (&parser.namespace_prefixes, &new.namespace_prefixes),
    ] {
        to.store(from.load(Relaxed), Relaxed);
    }
    Ok(child)
}

fn set_base(t: &Thread, v: &Value, base: &Value) -> R {
    if base.cast::<Str>().is_none() {
        let found = none_or_type(t, base);
        return Err(t.type_error(format!("SetBase() argument must be str, not {found}")));
    }
    drop(Parser::this(v).base.replace(Some(base.clone())));
    Ok(Value::NONE)
}

fn get_base(t: &Thread, v: &Value) -> R {
    Ok(Parser::this(v).base(t))
}

fn get_input_context(t: &Thread, v: &Value) -> R {
    let parser = Parser::this(v);
    if !parser.inside.load(Relaxed) {
        return Ok(Value::NONE);
    }
    let text = parser.machine().context_text().to_owned();
    Bytes::try_make(t, text.as_bytes())
}

fn set_param_entity_parsing(t: &Thread, v: &Value, flag: &Value) -> R {
    let flag = int::arg_i32(t, flag)?;
    let mut machine = Parser::this(v).machine();
    let allowed = !machine.has_begun() && (0..=2).contains(&flag);
    if allowed {
        machine.set_parameter_entities(flag as u8);
    }
    Ok(Value::small(allowed.into()))
}

fn use_foreign_dtd(t: &Thread, v: &Value, args: &[Value]) -> R {
    let on = args.first().map_or(Ok(true), |on| protocol::truth(t, on))?;
    let parser = Parser::this(v);
    let mut machine = parser.machine();
    if machine.has_begun() {
        let failure = Failure { code: code::CANT_CHANGE_FEATURE_ONCE_PARSING, place: machine.place() };
        drop(machine);
        return Err(parser.fail(t, failure));
    }
    machine.set_foreign(on);
    Ok(Value::NONE)
}

fn set_reparse_deferral(t: &Thread, v: &Value, on: &Value) -> R {
    let on = protocol::truth(t, on)?;
    Parser::this(v).machine().defers = on;
    Ok(Value::NONE)
}

fn get_reparse_deferral(_: &Thread, v: &Value) -> R {
    Ok(Value::bool(Parser::this(v).machine().defers))
}

fn limit(t: &Thread, v: &Value, threshold: Option<&Value>, factor: Option<&Value>, entities: bool) -> R {
    let threshold = match threshold {
        Some(v) => {
            let value = protocol::index(t, v)?;
            if int::view(&value).is_some_and(|i| i.is_negative()) {
                return Err(t.value_error("Cannot convert negative int"));
            }
            Some(
                int::as_u64(&value)
                    .ok_or_else(|| t.overflow_error("Python int too large to convert to C unsigned long long"))?,
            )
        }
        None => None,
    };
    let factor = factor.map(|v| float::to_f64(t, v)).transpose()?;
    let parser = Parser::this(v);
    if factor.is_some_and(|f| f.is_nan() || f < 1.0) {
        return Err(super::raise_text(t, "'max_factor' must be at least 1.0"));
    }
    let mut machine = parser.machine();
    if machine.is_child() {
        drop(machine);
        return Err(super::raise_text(t, "parser must be a root parser"));
    }
    // Memory is not counted here: its limits are taken and never reached.
    if entities {
        machine.set_limits(threshold, factor);
    }
    Ok(Value::NONE)
}

fn blap_threshold(t: &Thread, v: &Value, threshold: &Value) -> R {
    limit(t, v, Some(threshold), None, true)
}

fn blap_factor(t: &Thread, v: &Value, factor: &Value) -> R {
    limit(t, v, None, Some(factor), true)
}

fn alloc_threshold(t: &Thread, v: &Value, threshold: &Value) -> R {
    limit(t, v, Some(threshold), None, false)
}

fn alloc_factor(t: &Thread, v: &Value, factor: &Value) -> R {
    limit(t, v, None, Some(factor), false)
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::new("Parse", Func::Pos(parse, 1, 2), "($self, data, isfinal=False, /)", "Parse XML data.\n\n'isfinal' should be true at end of input."),
    Def::new("ParseFile", Func::One(parse_file), "($self, file, /)", "Parse XML data from file-like object."),
    Def::new("SetBase", Func::One(set_base), "($self, base, /)", "Set the base URL for the parser."),
    Def::new("GetBase", Func::NoArgs(get_base), "($self, /)", "Return base URL string for the parser."),
    Def::new("GetInputContext", Func::NoArgs(get_input_context), "($self, /)", "Return the untranslated text of the input that caused the current event.\n\nIf the event was generated by a large amount of text (such as a start tag\nfor an element with many attributes), not all of the text may be available."),
    Def::new("ExternalEntityParserCreate", Func::Pos(external_entity_parser_create, 1, 2), "($self, context, encoding=<unrepresentable>,\n                           /)", "Create a parser for parsing an external entity based on the information passed to the ExternalEntityRefHandler."),
    Def::new("SetParamEntityParsing", Func::One(set_param_entity_parsing), "($self, flag, /)", "Controls parsing of parameter entities (including the external DTD subset).\n\nPossible flag values are XML_PARAM_ENTITY_PARSING_NEVER,\nXML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE and\nXML_PARAM_ENTITY_PARSING_ALWAYS. Returns true if setting the flag\nwas successful."),
    Def::new("UseForeignDTD", Func::Pos(use_foreign_dtd, 0, 1), "($self, flag=True, /)", "Allows the application to provide an artificial external subset if one is not specified as part of the document instance.\n\nThis readily allows the use of a 'default' document type controlled by the\napplication, while still getting the advantage of providing document type\ninformation to the parser. 'flag' defaults to True if not provided."),
    Def::new("SetReparseDeferralEnabled", Func::One(set_reparse_deferral), "($self, enabled, /)", "Enable/Disable reparse deferral; enabled by default with Expat >=2.6.0."),
    Def::new("GetReparseDeferralEnabled", Func::NoArgs(get_reparse_deferral), "($self, /)", "Retrieve reparse deferral enabled status; always returns false with Expat <2.6.0."),
    Def::new("SetBillionLaughsAttackProtectionActivationThreshold", Func::One(blap_threshold), "($self, threshold, /)", "Sets the number of output bytes needed to activate protection against billion laughs attacks."),
    Def::new("SetBillionLaughsAttackProtectionMaximumAmplification", Func::One(blap_factor), "($self, max_factor,\n                                                     /)", "Sets the maximum tolerated amplification factor for protection against billion laughs attacks."),
    Def::new("SetAllocTrackerActivationThreshold", Func::One(alloc_threshold), "($self, threshold, /)", "Sets the number of allocated bytes of dynamic memory needed to activate protection against disproportionate use of RAM."),
    Def::new("SetAllocTrackerMaximumAmplification", Func::One(alloc_factor), "($self, max_factor, /)", "Sets the maximum amplification factor between direct input and bytes of dynamic memory allocated."),
];

macro_rules! flags {
    ($($name:ident)*) => { [$(
        GetSet::rw(
            stringify!($name),
            |_, v| Ok(Value::bool(Parser::this(v).$name.load(Relaxed))),
            |t, v, value| {
                let Some(value) = value else { return Err(t.runtime_error("Cannot delete attribute")) };
                Parser::this(v).$name.store(protocol::truth(t, value)?, Relaxed);
                Ok(())
            },
            "",
        )
    ),*] };
}

const FLAGS: [GetSet; 2] = flags!(ordered_attributes specified_attributes);

fn number(t: &Thread, n: u64) -> R {
    Ok(int::from_u64(t, n))
}

fn set_buffer_size(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.runtime_error("Cannot delete attribute")) };
    if !int::is_int(value) {
        return Err(t.type_error("buffer_size must be an integer"));
    }
    let size = int::to_isize(t, value)?;
    if size <= 0 {
        return Err(t.value_error("buffer_size must be greater than zero"));
    }
    if size > i32::MAX as isize {
        return Err(t.value_error(format!("buffer_size must not be greater than {}", i32::MAX)));
    }
    let parser = Parser::this(v);
    if size as usize != parser.buffer_size.load(Relaxed) {
        parser.flush(t)?;
        parser.buffer_size.store(size as usize, Relaxed);
    }
    Ok(())
}

fn set_buffer_text(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.runtime_error("Cannot delete attribute")) };
    let on = protocol::truth(t, value)?;
    let parser = Parser::this(v);
    if !on {
        parser.flush(t)?;
    }
    parser.buffer_text.store(on, Relaxed);
    Ok(())
}

fn set_namespace_prefixes(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(t.runtime_error("Cannot delete attribute")) };
    let on = protocol::truth(t, value)?;
    let parser = Parser::this(v);
    parser.namespace_prefixes.store(on, Relaxed);
    parser.machine().set_triplets(on);
    Ok(())
}

const OTHERS: [GetSet; 12] = [
    GetSet::rw("buffer_size", |t, v| number(t, Parser::this(v).buffer_size.load(Relaxed) as u64), set_buffer_size, ""),
    GetSet::rw("buffer_text", |_, v| Ok(Value::bool(Parser::this(v).buffer_text.load(Relaxed))), set_buffer_text, ""),
    GetSet::ro("buffer_used", |t, v| number(t, Parser::this(v).waiting().len() as u64), ""),
    GetSet::rw(
        "namespace_prefixes",
        |_, v| Ok(Value::bool(Parser::this(v).namespace_prefixes.load(Relaxed))),
        set_namespace_prefixes,
        "",
    ),
    GetSet::member("intern", |t, v| Ok(Parser::this(v).intern.get(t).unwrap_or(Value::NONE)), ""),
    GetSet::ro("ErrorCode", |t, v| number(t, Parser::this(v).error.load(Relaxed).into()), ""),
    GetSet::ro("ErrorLineNumber", |t, v| number(t, Parser::this(v).place().line), ""),
    GetSet::ro("ErrorColumnNumber", |t, v| number(t, Parser::this(v).place().column), ""),
    GetSet::ro("ErrorByteIndex", byte_index, ""),
    GetSet::ro("CurrentLineNumber", |t, v| number(t, Parser::this(v).place().line), ""),
    GetSet::ro("CurrentColumnNumber", |t, v| number(t, Parser::this(v).place().column), ""),
    GetSet::ro("CurrentByteIndex", byte_index, ""),
];

/// -1 before anything was parsed.
fn byte_index(t: &Thread, v: &Value) -> R {
    let machine = Parser::this(v).machine();
    let index = if machine.has_begun() { machine.place().byte as i64 } else { -1 };
    drop(machine);
    Ok(int::new(t, index))
}

/// The attributes of every table, one after the other.
static GETSET: [GetSet; handlers::COUNT + 2 + 12] = {
    let mut all = [const { GetSet::ro("", |_, _| Ok(Value::NONE), "") }; handlers::COUNT + 2 + 12];
    let mut i = 0;
    while i < all.len() {
        let row = if i < handlers::COUNT {
            &handlers::ATTRIBUTES[i]
        } else if i < handlers::COUNT + 2 {
            &FLAGS[i - handlers::COUNT]
        } else {
            &OTHERS[i - handlers::COUNT - 2]
        };
        all[i] = GetSet { name: row.name, get: row.get, set: row.set, doc: row.doc, member: row.member };
        i += 1;
    }
    all
};

pub static SPEC: Spec = {
    let mut spec = opaque::spec::<Parser>("pyexpat.xmlparser");
    spec.flags |= type_flags::IMMUTABLE | type_flags::DISALLOW_INSTANTIATION;
    spec.doc = "XML parser";
    spec.methods = METHODS;
    spec.getset = &GETSET;
    spec
};
