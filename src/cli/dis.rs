//! `ungil dis`: the instructions of a program, and where a thread can lose the GIL.
//!
//! The listing is that of CPython's `dis`, with one mark more: `⇄` stands where `dis` would have the arrow of the
//! current instruction, in front of those that look at the eval breaker ([`Opcode::checks_eval_breaker`]). With
//! `--adaptive` the program runs first, on handlers that count; then a column tells how often each instruction was
//! executed, and specialized instructions stand under the names of the forms they have become.
//!
//! [`Opcode::checks_eval_breaker`]: crate::bytecode::Opcode::checks_eval_breaker

use super::run;
use crate::bytecode::disassemble::{ListingOptions, Range, SWITCH_POINT, Source, disassemble};
use crate::modules::lifecycle;
use crate::modules::sys;
use crate::objects::code_object::{CodeObject, Translation};
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::{self, Thread};
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::vm::ops;
use crate::vm::source::{self, flags};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

/// `ungil dis -h`
pub const HELP: &str = "\
usage: ungil [option] ... dis [--adaptive] [--offsets] FILE | MODULE:QUALNAME [arg] ...
Shows the instructions of a script, or of a function, method or class of a module.
A script that is called dis runs as ./dis.

--adaptive : run it first (with the arguments), then show how often each
         instruction was executed and which specialized form it has become
--offsets : a column of byte offsets

In front of an instruction, ⇄ marks that a thread can lose the GIL there.
";

/// The first line of the help, for messages.
pub fn usage_line() -> String {
    HELP.lines().next().unwrap_or_default().to_owned() + "\n"
}

/// What `ungil dis` was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// A file, or `MODULE:QUALNAME`.
    pub target: std::ffi::OsString,
    pub adaptive: bool,
    pub offsets: bool,
}

/// Why there is no listing.
enum Failure {
    /// A message for the reader, and a status.
    Told(String, i32),
    Raised(Raised),
}

impl From<Raised> for Failure {
    fn from(raised: Raised) -> Failure {
        Failure::Raised(raised)
    }
}

/// Does what was asked; gives how it ended.
pub fn run(t: &Thread, request: &Request) -> run::Outcome {
    match listing(t, request) {
        Ok(outcome) => outcome,
        Err(Failure::Told(message, status)) => {
            tell!("ungil dis: {message}");
            run::Outcome::status(status)
        }
        Err(Failure::Raised(raised)) => run::report(t, raised, false),
    }
}

fn listing(t: &Thread, request: &Request) -> Result<run::Outcome, Failure> {
    let options = ListingOptions {
        offsets: request.offsets,
        switch_points: true,
        everywhere: t.interp.config.switch_at_instruction,
    };
    let text = request.target.to_string_lossy();
    let module = match text.split_once(':') {
        Some(split) if !Path::new(&request.target).exists() => Some(split),
        _ => None,
    };
    let mut outcome = run::Outcome::status(0);
    let out = match module {
        Some((module, qualname)) => {
            let thing = named(t, module, qualname)?;
            of_object(t, &thing, options)?.ok_or_else(|| {
                let kind = thing.type_of(t).full_name(t);
                Failure::Told(format!("{text} is a {kind}, which has no bytecode"), 1)
            })?
        }
        None => {
            let code = script(t, &request.target)?;
            if request.adaptive {
                // What the program does comes first, even its end by an exception.
                if let Err(raised) = run::script_code(t, &request.target, &code) {
                    outcome = run::report(t, raised, false);
                }
            }
            of_code(&code, options)
        }
    };
    let everywhere = if options.everywhere { ", as --switch-at=instruction asks" } else { "" };
    let legend = format!("{SWITCH_POINT} a thread can lose the GIL here{everywhere}\n");
    print(t, &(out + "\n" + &legend))?;
    Ok(outcome)
}

/// Writes to `sys.stdout`, so that it stands behind what a program printed and fails as `print` does.
fn print(t: &Thread, text: &str) -> R<()> {
    match sys::attribute(t, "stdout").filter(|f| !f.is_none()) {
        Some(file) => protocol::call_method(t, &file, &t.names().write, &[t.str(text)]).map(drop),
        None => Ok(()),
    }
}

fn script(t: &Thread, path: &OsStr) -> Result<Value, Failure> {
    let shown = sys::info::os_str(t, path);
    let read = || {
        if path == "-" {
            let mut text = Vec::new();
            std::io::Read::read_to_end(&mut std::io::stdin(), &mut text).map(|_| text)
        } else {
            std::fs::read(path)
        }
    };
    let text = t.blocking(read).map_err(|error| {
        let quoted = protocol::repr_text(t, &shown).unwrap_or_default();
        let errno = error.raw_os_error().unwrap_or(0);
        let message = crate::objects::os_message(errno);
        Failure::Told(format!("can't open file {quoted}: [Errno {errno}] {message}"), 2)
    })?;
    let name = if path == "-" { t.str("<stdin>") } else { shown };
    Ok(source::compile(t, &text, &name, "exec", flags::SCRIPT, -1)?)
}

/// Imports the module and follows the qualified name.
fn named(t: &Thread, module: &str, qualname: &str) -> Result<Value, Failure> {
    run::prepend_path(t, t.intern(""), false)?;
    let mut thing = match lifecycle::import(t, module) {
        Ok(module) => module,
        Err(raised) if t.raised_is(&raised, &t.types().import_error) => {
            let e = t.take_exception(raised);
            return Err(Failure::Told(protocol::to_text(t, &e)?, 1));
        }
        Err(raised) => return Err(raised.into()),
    };
    for part in qualname.split('.').filter(|part| !part.is_empty()) {
        // A function's inner functions are found among its constants.
        if part == "<locals>" {
            continue;
        }
        thing = match protocol::getattr_opt(t, &thing, &t.intern(part))? {
            Some(found) => found,
            None => match inner(t, &thing, part)? {
                Some(code) => code,
                None => {
                    return Err(Failure::Told(format!("there is no '{part}' in {module}:{qualname}"), 1));
                }
            },
        };
    }
    Ok(thing)
}

/// The code of a function defined in a function.
fn inner(t: &Thread, thing: &Value, name: &str) -> R<Option<Value>> {
    let Some(code) = code_of(t, thing)? else { return Ok(None) };
    let consts = code.cast::<CodeObject>().expect("code").consts();
    Ok(consts.iter().find(|c| c.cast::<CodeObject>().is_some_and(|c| *c.code.name == *name)).cloned())
}

/// What a thing executes: as `dis._get_code_object`.
fn code_of(t: &Thread, thing: &Value) -> R<Option<Value>> {
    let mut thing = thing.clone();
    for name in ["__func__", "__wrapped__", "__code__", "gi_code", "ag_code", "cr_code"] {
        if thing.cast::<CodeObject>().is_some() {
            break;
        }
        if let Some(found) = protocol::getattr_opt(t, &thing, &t.intern(name))? {
            thing = found;
        }
    }
    Ok(thing.cast::<CodeObject>().is_some().then_some(thing))
}

/// The listing of a function, method, generator or code object, of a class's methods, of a module's functions.
/// `None` for what has no bytecode.
pub fn of_object(t: &Thread, thing: &Value, options: ListingOptions) -> R<Option<String>> {
    if let Some(code) = code_of(t, thing)? {
        return Ok(Some(of_code(&code, options)));
    }
    let is_module = thing.cast::<crate::objects::module::Module>().is_some();
    if thing.cast::<Type>().is_none() && !is_module {
        return Ok(None);
    }
    let namespace = protocol::getattr_str(t, thing, "__dict__")?;
    let mut out = String::new();
    for key in protocol::collect(t, &namespace)? {
        let value = protocol::getitem(t, &namespace, &key)?;
        // A class that a module only names belongs to the listing of its own module.
        if is_module && value.cast::<Type>().is_some() {
            continue;
        }
        if let Some(code) = code_of(t, &value)? {
            let name = protocol::to_text(t, &key)?;
            out += &format!("Disassembly of {name}:\n{}\n", of_code(&code, options));
        }
    }
    Ok((!out.is_empty()).then_some(out))
}

/// The listing of a code object and of those among its constants.
pub fn of_code(code: &Value, options: ListingOptions) -> String {
    let Some(object) = code.cast::<CodeObject>() else { return String::new() };
    let mut out = disassemble(&Ran::new(object), options);
    for constant in object.consts() {
        if let Some(inner) = constant.cast::<CodeObject>() {
            let (name, file, line) = (&inner.code.name, &inner.code.filename, inner.code.firstlineno);
            out += &format!("\nDisassembly of <code object {name}, file \"{file}\", line {line}>:\n");
            out += &of_code(constant, options);
        }
    }
    out
}

/// A code object with what its runs have left in its translations.
struct Ran<'a> {
    object: &'a CodeObject,
    translations: Vec<&'a Translation>,
}

impl<'a> Ran<'a> {
    fn new(object: &'a CodeObject) -> Ran<'a> {
        Ran { object, translations: object.own_translation(thread::current()).into_iter().collect() }
    }

    fn counted(&self) -> bool {
        self.translations.iter().any(|one| one.counts.get().is_some())
    }
}

/// A constant that leaves room for the rest: docstrings are long.
fn shortened(text: String) -> String {
    const ROOM: usize = 60;
    match text.char_indices().nth(ROOM) {
        Some((end, _)) => text[..end].to_owned() + " …",
        None => text,
    }
}

impl Source for Ran<'_> {
    fn code(&self) -> &[u8] {
        self.object.code.code()
    }

    fn lines(&self) -> Vec<Option<u32>> {
        Source::lines(&*self.object.code)
    }

    fn constant(&self, index: u32) -> String {
        match self.object.consts().get(index as usize).and_then(|c| c.cast::<CodeObject>()) {
            // Without the address, so that two listings of one program are the same.
            Some(code) => {
                let code = &code.code;
                format!("<code object {}, file \"{}\", line {}>", code.name, code.filename, code.firstlineno)
            }
            None => shortened(self.object.code.constant(index)),
        }
    }

    fn name(&self, index: u32) -> String {
        self.object.code.name(index)
    }

    fn local(&self, index: u32) -> String {
        self.object.code.local(index)
    }

    fn ranges(&self) -> Vec<Range> {
        self.object.code.ranges()
    }

    fn form(&self, offset: u32) -> Option<&'static str> {
        if !self.counted() {
            return None;
        }
        // With the GIL off every thread specializes for itself: this is what the main thread executed.
        self.translations.iter().find_map(|one| {
            let cell = one.cells.get(offset as usize)?;
            // SAFETY: the program has ended; nobody rewrites a cell any more.
            ops::extra_name(unsafe { *cell.get() } as u16)
        })
    }

    fn hits(&self, offset: u32) -> Option<u64> {
        if !self.counted() {
            return None;
        }
        let counts = self.translations.iter().filter_map(|one| one.counts.get()?.get(offset as usize));
        Some(counts.map(|count| count.load(Relaxed)).sum())
    }
}
