//! Running what the command line names (`Modules/main.c`).

use super::dis;
use super::options::What;
use super::repl::{self, Console, End};
use crate::modules::lifecycle;
use crate::modules::sys::{self, info};
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::exception;
use crate::objects::interpreter::Config;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::vm::source::{self, flags};
use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

/// How a run ended.
pub struct Outcome {
    pub status: i32,
    /// An uncaught `KeyboardInterrupt`: the process is to die of the signal.
    pub interrupted: bool,
    /// A command of the prompt wants an interpreter with other settings.
    pub restart: Option<Box<Config>>,
}

impl Outcome {
    pub fn status(status: i32) -> Outcome {
        Outcome { status, interrupted: false, restart: None }
    }
}

/// Runs it, and the prompt afterwards if `-i` asks for that.
pub fn run(t: &Thread, what: &What, console: &mut Console) -> Outcome {
    if let Err(raised) = lifecycle::site(t) {
        let e = t.take_exception(raised);
        if let Some(status) = exception::exit_status(t, &e) {
            return Outcome::status(status);
        }
        tell!("Fatal Python error: init_import_site: Failed to import the site module");
        tell!("Python runtime state: initialized");
        exception::display(t, &e);
        return Outcome::status(1);
    }
    let result = match what {
        What::Command(text) => command(t, text),
        What::Module(name) => module(t, name, true),
        What::File(path) => match file(t, path) {
            Ok(result) => result,
            Err(status) => return Outcome::status(status),
        },
        What::Dis(request) => return dis::run(t, request),
        What::Stdin if is_prompt(t) => {
            return match prepend_path(t, t.intern(""), false) {
                Ok(()) => prompt(t, console, false),
                Err(raised) => report(t, raised, false),
            };
        }
        What::Stdin => standard_input(t),
    };
    let outcome = match result {
        Ok(()) => Outcome::status(0),
        Err(raised) => report(t, raised, t.interp.config.inspect),
    };
    let inspect = t.interp.config.inspect || std::env::var_os("PYTHONINSPECT").is_some_and(|v| !v.is_empty());
    if inspect && !matches!(what, What::Stdin) {
        return prompt(t, console, true);
    }
    outcome
}

/// Whether statements are read one by one.
fn is_prompt(t: &Thread) -> bool {
    // SAFETY: asks about a descriptor.
    let terminal = unsafe { libc::isatty(0) } == 1;
    terminal || t.interp.config.interactive
}

fn prompt(t: &Thread, console: &mut Console, after_script: bool) -> Outcome {
    match repl::run(t, console, after_script) {
        End::Exit(status) => Outcome::status(status),
        End::Restart(config) => Outcome { restart: Some(config), ..Outcome::status(0) },
    }
}

/// Shows an exception that nobody handled. Under `-i` `SystemExit` is one like any other.
pub fn report(t: &Thread, raised: Raised, inspect: bool) -> Outcome {
    let e = t.take_exception(raised);
    if !inspect && let Some(status) = exception::exit_status(t, &e) {
        return Outcome::status(status);
    }
    let interrupted = e.type_of(t).is_subtype(&t.types().keyboard_interrupt);
    match exception::print_uncaught(t, &e) {
        Some(status) => Outcome::status(status),
        None => Outcome { status: if interrupted { 130 } else { 1 }, interrupted, restart: None },
    }
}

/// `__main__`'s namespace.
pub fn main_namespace(t: &Thread) -> R {
    let module = lifecycle::main_module(t)?;
    Ok(module.cast::<Module>().map(|m| m.dict(t)).unwrap_or(Value::NONE))
}

/// Puts a folder in front of `sys.path`, unless `-P` forbids it.
pub fn prepend_path(t: &Thread, folder: Value, always: bool) -> R<()> {
    if t.interp.config.safe_path && !always {
        return Ok(());
    }
    let _ = t.interp.sys_path_0.set(protocol::to_text(t, &folder)?);
    let Some(path) = sys::attribute(t, "path") else { return Ok(()) };
    if path.cast::<List>().is_some() {
        protocol::call_method_str(t, &path, "insert", &[Value::small(0), folder])?;
    }
    Ok(())
}

/// Shows tracebacks the source of code that is in no file.
pub fn register_source(t: &Thread, code: &Value, text: &str, name: &str) {
    let register = || -> R<()> {
        let module = lifecycle::import(t, "linecache")?;
        protocol::call_method_str(t, &module, "_register_code", &[code.clone(), t.str(text), t.str(name)]).map(drop)
    };
    if let Err(raised) = register() {
        drop(t.take_exception(raised));
    }
}

fn command(t: &Thread, text: &str) -> R<()> {
    prepend_path(t, t.intern(""), false)?;
    let text = dedent(text) + "\n";
    let code = source::compile(t, text.as_bytes(), &t.str("<string>"), "exec", flags::IGNORE_COOKIE, -1)?;
    register_source(t, &code, &text, "<string>");
    source::exec(t, &code, &main_namespace(t)?, None).map(drop)
}

/// Takes away the indentation that all lines have in common, as 3.14 does for `-c`.
fn dedent(text: &str) -> String {
    let blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let lines: Vec<&str> = text.split('\n').collect();
    let Some(first) = lines.iter().find(|l| !blank(l)) else { return text.to_owned() };
    let mut common = &first[..indent(first)];
    for line in lines.iter().filter(|l| !blank(l)) {
        let shared = common.bytes().zip(line.bytes()).take_while(|(a, b)| a == b).count();
        common = &common[..shared];
    }
    if common.is_empty() {
        return text.to_owned();
    }
    let lines: Vec<&str> = lines.iter().map(|l| if blank(l) { "" } else { &l[common.len()..] }).collect();
    lines.join("\n")
}

/// `-m name`, and the `__main__` of a folder or zip file.
fn module(t: &Thread, name: &str, set_argv0: bool) -> R<()> {
    if set_argv0 && let Ok(folder) = std::env::current_dir() {
        prepend_path(t, info::os_str(t, folder.as_os_str()), false)?;
    }
    let runpy = lifecycle::import(t, "runpy")?;
    let args = [t.str(name), Value::bool(set_argv0)];
    protocol::call_method_str(t, &runpy, "_run_module_as_main", &args).map(drop)
}

/// Runs a script. `Err` is a status: it could not be read, and a message says so.
fn file(t: &Thread, path: &OsStr) -> Result<R<()>, i32> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| Path::new(path).to_owned());
    let shown = info::os_str(t, absolute.as_os_str());
    match importer(t, &info::os_str(t, path)) {
        Ok(true) => {
            let result = prepend_path(t, shown, true).and_then(|()| module(t, "__main__", false));
            return Ok(result);
        }
        Ok(false) => {}
        Err(raised) => return Ok(Err(raised)),
    }
    let program = t.interp.config.orig_argv.first().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
    let quoted = protocol::repr_text(t, &shown).unwrap_or_default();
    let text = match t.blocking(|| std::fs::read(path)) {
        Ok(text) if t.interp.config.skip_first_line => match memchr::memchr(b'\n', &text) {
            // The line end stays, so that lines keep their numbers.
            Some(end) => text[end..].to_vec(),
            None => Vec::new(),
        },
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => {
            tell!("{program}: {quoted} is a directory, cannot continue");
            return Err(1);
        }
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(0);
            let message = crate::objects::os_message(errno);
            tell!("{program}: can't open file {quoted}: [Errno {errno}] {message}");
            return Err(2);
        }
    };
    Ok(script(t, path, &shown, &text))
}

fn script(t: &Thread, path: &OsStr, shown: &Value, text: &[u8]) -> R<()> {
    let namespace = script_namespace(t, path, shown)?;
    let external = lifecycle::import(t, "_frozen_importlib_external")?;
    if Path::new(path).extension().is_some_and(|extension| extension == "pyc") || is_compiled(t, &external, text)? {
        if !is_compiled(t, &external, text)? {
            return Err(t.runtime_error("Bad magic number in .pyc file"));
        }
        let loader =
            protocol::call_method_str(t, &external, "SourcelessFileLoader", &[t.intern("__main__"), shown.clone()])?;
        let code = protocol::call_method_str(t, &loader, "get_code", &[t.intern("__main__")])?;
        if let Some(dict) = namespace.cast::<Dict>() {
            dict.set_name(t, "__loader__", loader);
        }
        return source::exec(t, &code, &namespace, None).map(drop);
    }
    let code = source::compile(t, text, shown, "exec", flags::SCRIPT, -1)?;
    source::exec(t, &code, &namespace, None).map(drop)
}

/// Whether a file holds compiled code: it begins with this version's magic number.
fn is_compiled(t: &Thread, external: &Value, text: &[u8]) -> R<bool> {
    let magic = protocol::getattr_str(t, external, "MAGIC_NUMBER")?;
    Ok(magic.cast::<Bytes>().is_some_and(|magic| text.starts_with(magic.as_slice())))
}

/// Runs the compiled text of a script as the script.
pub fn script_code(t: &Thread, path: &OsStr, code: &Value) -> R<()> {
    let namespace = script_namespace(t, path, &info::os_str(t, path))?;
    source::exec(t, code, &namespace, None).map(drop)
}

/// `__main__`'s namespace as a script finds it; the script's folder leads `sys.path`.
fn script_namespace(t: &Thread, path: &OsStr, shown: &Value) -> R {
    // The folder the script really lies in.
    let real = std::fs::read_link(path).map(|target| Path::new(path).parent().unwrap_or(Path::new("")).join(target));
    let real = real.unwrap_or_else(|_| Path::new(path).to_owned());
    let folder = real.parent().map(|p| std::path::absolute(p).unwrap_or_else(|_| p.to_owned()));
    let folder = match folder {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => std::env::current_dir().unwrap_or_default(),
    };
    let folder = folder.canonicalize().unwrap_or(folder);
    prepend_path(t, info::os_str(t, folder.as_os_str()), false)?;
    let namespace = main_namespace(t)?;
    let external = lifecycle::import(t, "_frozen_importlib_external")?;
    let loader = protocol::call_method_str(t, &external, "SourceFileLoader", &[t.intern("__main__"), shown.clone()])?;
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_name(t, "__file__", shown.clone());
        dict.set_name(t, "__cached__", Value::NONE);
        dict.set_name(t, "__loader__", loader);
    }
    Ok(namespace)
}

/// Whether a path can stand in `sys.path` (a folder, a zip file), so that its `__main__` is run.
fn importer(t: &Thread, path: &Value) -> R<bool> {
    let Some(hooks) = sys::attribute(t, "path_hooks") else { return Ok(false) };
    let pkgutil = protocol::collect(t, &hooks)?;
    for hook in pkgutil {
        match protocol::call(t, &hook, std::slice::from_ref(path)) {
            Ok(_) => return Ok(true),
            Err(raised) if t.raised_is(&raised, &t.types().import_error) => drop(t.take_exception(raised)),
            Err(raised) => return Err(raised),
        }
    }
    Ok(false)
}

fn standard_input(t: &Thread) -> R<()> {
    prepend_path(t, t.intern(""), false)?;
    let mut text = Vec::new();
    if let Err(error) = t.blocking(|| std::io::stdin().read_to_end(&mut text)) {
        return Err(t.os_error(error.raw_os_error().unwrap_or(libc::EIO)));
    }
    let namespace = main_namespace(t)?;
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_name(t, "__file__", t.str("<stdin>"));
        dict.set_name(t, "__cached__", Value::NONE);
    }
    let code = source::compile(t, &text, &t.str("<stdin>"), "exec", 0, -1)?;
    source::exec(t, &code, &namespace, None).map(drop)
}

#[cfg(test)]
mod tests {
    use super::dedent;

    #[test]
    fn commands_lose_their_common_indentation() {
        assert_eq!(dedent("\n    if x:\n        y\n\n    z\n"), "\nif x:\n    y\n\nz\n");
        assert_eq!(dedent("a\n  b"), "a\n  b");
    }
}
