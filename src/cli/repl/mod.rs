//! The prompt: reads a statement, runs it, shows its value.
//!
//! On a terminal lines are read by an editor ([`editor`]) with colours, completions and a history ([`helper`]); a
//! block is read line by line and indented by itself ([`input`]). While the prompt waits, the GIL is released:
//! threads that were started go on, and what they print appears above the line. Otherwise (a pipe, a terminal that
//! can do nothing, `PYTHON_BASIC_REPL`) it is CPython's plain prompt ([`plain`]).
//!
//! Statements are compiled with top-level `await`. The first one that awaits makes an event loop, which from then on
//! runs whenever the prompt waits for a line, as in `python -m asyncio`; before that nothing is different from a prompt
//! without one, and `asyncio.run` works.
//!
//! Lines that begin with a colon are for ungil itself ([`commands`]). A command that changes what is fixed when an
//! interpreter is made (the lock, the counts, the schedule) ends this one and starts another.

mod commands;
mod editor;
mod helper;
mod input;
mod plain;

use super::run::{main_namespace, register_source, report};
use crate::modules::lifecycle;
use crate::modules::sys;
use crate::modules::system;
use crate::objects::code_object::CodeObject;
use crate::objects::dict::Dict;
use crate::objects::exception::Exception;
use crate::objects::frame::FrameObject;
use crate::objects::interpreter::Config;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::traceback::Traceback;
use crate::objects::value::Value;
use crate::vm::source::{self, flags};
use editor::{Editor, Event, Line};
use std::path::PathBuf;

/// How a session ends.
pub enum End {
    /// With a status to exit with.
    Exit(i32),
    /// A command wants an interpreter with other settings.
    Restart(Box<Config>),
}

/// What outlives an interpreter that a command has ended: the editor with its history.
#[derive(Default)]
pub struct Console {
    editor: Option<Editor>,
    /// Nobody wants to read the banner twice.
    greeted: bool,
}

/// `flags` of `from __future__` imports that were typed stay for the statements that follow.
const KEPT: u32 = flags::FUTURE;

/// What is typed without parentheses as well, as in CPython's prompt.
const BARE: [&str; 5] = ["exit", "quit", "copyright", "help", "clear"];

/// Reads statements until the input ends.
pub fn run(t: &Thread, console: &mut Console, after_script: bool) -> End {
    for (name, prompt) in [("ps1", ">>> "), ("ps2", "... ")] {
        if sys::attribute(t, name).is_none() {
            sys::set_attribute(t, name, t.str(prompt));
        }
    }
    let edited = is_terminal(t);
    // Behind a script there is no banner.
    if after_script {
        console.greeted = true;
    }
    if !t.interp.config.quiet && !std::mem::replace(&mut console.greeted, true) {
        banner(t, edited);
    }
    plain::startup(t);
    interactive_hook(t);
    if edited {
        if console.editor.is_none() {
            console.editor = Editor::start(options(t));
        }
        if let Some(editor) = &console.editor {
            return Session::new(t, editor).run();
        }
    }
    End::Exit(plain::run(t))
}

/// Whether lines can be edited.
fn is_terminal(t: &Thread) -> bool {
    // SAFETY: asks about descriptors.
    let terminals = unsafe { libc::isatty(0) == 1 && libc::isatty(1) == 1 };
    let able = std::env::var("TERM").is_ok_and(|term| !matches!(&*term, "" | "dumb" | "cons25" | "emacs"));
    let basic = std::env::var_os("PYTHON_BASIC_REPL").filter(|_| !t.interp.config.ignore_environment);
    terminals && able && basic.is_none_or(|value| value.is_empty())
}

fn banner(t: &Thread, edited: bool) {
    tell!("Python {} on {}", sys::info::version(), std::env::consts::OS);
    tell!("Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.");
    if edited {
        tell!("{}. Type \":help\" for what only ungil has.", commands::mode(&t.interp.config));
    }
}

/// `sys.__interactivehook__`, unless it is the one of `site`: that sets a line editor up, and ours is another.
fn interactive_hook(t: &Thread) {
    if t.interp.config.isolated {
        return;
    }
    let own = |hook: &Value| {
        let module = protocol::getattr_opt(t, hook, &t.intern("__module__")).ok().flatten();
        module.is_none_or(|module| module.cast::<Str>().is_none_or(|name| name.to_str_lossy() != "site"))
    };
    if let Some(hook) = sys::attribute(t, "__interactivehook__").filter(|hook| !hook.is_none() && own(hook))
        && let Err(raised) = protocol::call(t, &hook, &[])
    {
        tell!("Failed calling sys.__interactivehook__");
        report(t, raised, true);
    }
}

fn options(t: &Thread) -> editor::Options {
    let variable = |name| std::env::var_os(name).filter(|value: &std::ffi::OsString| !value.is_empty());
    let own = variable("PYTHON_HISTORY").filter(|_| !t.interp.config.ignore_environment).map(PathBuf::from);
    let history = own.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".ungil_history")));
    let history = history.filter(|_| !t.interp.config.isolated);
    let names = t.interp.builtins_dict.get(t);
    let keys = names.and_then(|names| protocol::collect(t, &names).ok()).unwrap_or_default();
    let text = |key: &Value| key.cast::<Str>().map(|s| s.to_str_lossy().into_owned());
    editor::Options { colours: colours(t), history, builtins: keys.iter().filter_map(text).collect() }
}

/// What `_colorize.can_colorize()` says.
fn colours(t: &Thread) -> bool {
    let asked = lifecycle::import(t, "_colorize")
        .and_then(|module| protocol::call_method_str(t, &module, "can_colorize", &[]))
        .and_then(|answer| protocol::truth(t, &answer));
    asked.unwrap_or_else(|raised| {
        drop(t.take_exception(raised));
        false
    })
}

/// What became of a statement.
enum Next {
    Go,
    End(End),
}

/// A session on a terminal.
struct Session<'a> {
    t: &'a Thread,
    editor: &'a Editor,
    /// `from __future__`
    future: u32,
    /// How many statements were read: they are called `<python-input-0>` and so on.
    count: usize,
    /// The namespace of `session.py`.
    helpers: Option<Value>,
    /// The event loop, once a statement has awaited something.
    event_loop: Option<Value>,
}

impl<'a> Session<'a> {
    fn new(t: &'a Thread, editor: &'a Editor) -> Session<'a> {
        let output = editor.output.clone();
        let _ = t.interp.console.set(Box::new(move |fd, data| output.take(fd, data)));
        Session { t, editor, future: 0, count: 0, helpers: None, event_loop: None }
    }

    fn run(&mut self) -> End {
        let end = loop {
            plain::flush(self.t);
            let Some(text) = self.statement() else { break End::Exit(0) };
            if text.trim().is_empty() {
                continue;
            }
            self.editor.remember(text.trim_end());
            let next = match text.trim().strip_prefix(':') {
                Some(command) => commands::run(self, command),
                None => self.execute(&text),
            };
            match next {
                Ok(Next::Go) => {}
                Ok(Next::End(end)) => break end,
                Err(raised) => {
                    if let Some(status) = self.show(raised) {
                        break End::Exit(status);
                    }
                }
            }
        };
        if let Some(event_loop) = self.event_loop.take()
            && let Err(raised) = self.helper("close", &[event_loop])
        {
            self.show(raised);
        }
        plain::flush(self.t);
        end
    }

    /// Reads a statement, with as many lines as it wants. `None` at the end of the input.
    fn statement(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let first = text.is_empty();
            let indent = if first { String::new() } else { input::indentation(&text) };
            match self.line(if first { "ps1" } else { "ps2" }, &indent) {
                Line::End if first => return None,
                // The input ended within a statement: that is its error now.
                Line::End => return Some(text),
                Line::Interrupted => {
                    tell!("KeyboardInterrupt");
                    text.clear();
                    continue;
                }
                Line::Text(line) => {
                    // Nothing but the indentation that the editor put there is an empty line.
                    text += if line.trim().is_empty() { "" } else { &line };
                    text.push('\n');
                }
            }
            if text.trim().is_empty() {
                return Some(String::new());
            }
            if text.trim_start().starts_with(':') || !input::wants_more(&text) {
                return Some(text);
            }
        }
    }

    /// Reads a line. Meanwhile other threads run, and the event loop if there is one.
    fn line(&mut self, prompt: &str, indent: &str) -> Line {
        let prompt = sys::attribute(self.t, prompt).map_or(Ok(String::new()), |p| protocol::to_text(self.t, &p));
        let prompt = prompt.unwrap_or_else(|raised| {
            drop(self.t.take_exception(raised));
            String::new()
        });
        self.editor.ask(&prompt, &helper::styled_prompt(&prompt), indent);
        loop {
            if let Err(raised) = self.wait() {
                // A signal's handler, or a callback of the loop, raised something; the line is still being typed.
                self.show(raised);
            }
            while let Some(event) = self.editor.event() {
                match event {
                    Event::Line(line) => return line,
                    Event::Complete { before, reply } => {
                        let found = self.completions(&before).unwrap_or_else(|raised| {
                            drop(self.t.take_exception(raised));
                            (before.len(), Vec::new())
                        });
                        let _ = reply.send(found);
                    }
                }
            }
        }
    }

    /// Waits until the editor has something to tell.
    fn wait(&mut self) -> R<()> {
        let descriptor = self.editor.descriptor();
        if let Some(event_loop) = &self.event_loop {
            return self.helper("wait", &[event_loop.clone(), Value::small(descriptor.into())]).map(drop);
        }
        let mut poll = libc::pollfd { fd: descriptor, events: libc::POLLIN, revents: 0 };
        let poll = &raw mut poll as usize;
        // SAFETY: the structure outlives the call.
        system::call(self.t, || unsafe { libc::poll(poll as *mut libc::pollfd, 1, -1) }).map(drop)
    }

    fn completions(&mut self, before: &str) -> R<(usize, Vec<String>)> {
        let found = self.helper("completions", &[main_namespace(self.t)?, self.t.str(before)])?;
        let found = protocol::collect(self.t, &found)?;
        let start = protocol::index_isize(self.t, &found[0])? as usize;
        let words = protocol::collect(self.t, &found[1])?;
        let words: R<Vec<String>> = words.iter().map(|word| protocol::to_text(self.t, word)).collect();
        // An editor's position must be a character's.
        Ok(if before.is_char_boundary(start) { (start, words?) } else { (before.len(), Vec::new()) })
    }

    /// Calls a function of `session.py`.
    fn helper(&mut self, name: &str, args: &[Value]) -> R {
        let t = self.t;
        let namespace = match &self.helpers {
            Some(namespace) => namespace.clone(),
            None => {
                let module = Module::make(t, "_session", None);
                let namespace = module.cast::<Module>().expect("just made").dict(t);
                let text = include_bytes!("session.py");
                let code = source::compile(t, text, &t.str("<session>"), "exec", flags::IGNORE_COOKIE, 0)?;
                source::exec(t, &code, &namespace, None)?;
                self.helpers = Some(namespace.clone());
                namespace
            }
        };
        let function = protocol::getitem(t, &namespace, &t.intern(name))?;
        protocol::call(t, &function, args)
    }

    /// Runs what was typed.
    fn execute(&mut self, text: &str) -> R<Next> {
        let t = self.t;
        let namespace = main_namespace(t)?;
        let word = text.trim();
        if BARE.contains(&word) && namespace.cast::<Dict>().is_some_and(|d| d.get_name(t, word).is_none()) {
            return self.bare(word).map(|()| Next::Go);
        }
        let name = format!("<python-input-{}>", self.count);
        self.count += 1;
        let filename = t.str(&name);
        let Some(pieces) = input::pieces(text) else {
            let bits = flags::IGNORE_COOKIE | flags::ALLOW_TOP_LEVEL_AWAIT | self.future;
            return source::compile(t, text.as_bytes(), &filename, "exec", bits, -1).map(|_| Next::Go);
        };
        for piece in pieces {
            let bits = flags::IGNORE_COOKIE | flags::ALLOW_TOP_LEVEL_AWAIT | self.future;
            let mode = if piece.shown { "single" } else { "exec" };
            let code = source::compile(t, piece.text.as_bytes(), &filename, mode, bits, -1)?;
            register_source(t, &code, text, &name);
            self.execute_code(&code, &namespace)?;
        }
        Ok(Next::Go)
    }

    /// `exit` and the like without parentheses.
    fn bare(&mut self, word: &str) -> R<()> {
        let t = self.t;
        if word == "clear" {
            print!("\x1b[H\x1b[2J");
            let _ = std::io::Write::flush(&mut std::io::stdout());
            return Ok(());
        }
        let Some(builtins) = t.interp.builtins_dict.get(t) else { return Ok(()) };
        let function = protocol::getitem(t, &builtins, &t.intern(word))?;
        protocol::call(t, &function, &[]).map(drop)
    }

    fn execute_code(&mut self, code: &Value, namespace: &Value) -> R<()> {
        let t = self.t;
        let code_flags = code.cast::<CodeObject>().map_or(0, |code| code.flags);
        self.future |= code_flags & KEPT;
        if code_flags & crate::compiler::code::flags::COROUTINE != 0 {
            let event_loop = match &self.event_loop {
                Some(event_loop) => event_loop.clone(),
                None => self.helper("new_loop", &[])?,
            };
            self.event_loop = Some(event_loop.clone());
            let coroutine = source::exec(t, code, namespace, None)?;
            let outcome = self.helper("run_task", &[event_loop, coroutine])?;
            let exception = protocol::getitem(t, &outcome, &Value::small(1))?;
            return if exception.is_none() { Ok(()) } else { Err(t.raise(exception)) };
        }
        let Some(event_loop) = self.event_loop.clone() else {
            return source::exec(t, code, namespace, None).map(drop);
        };
        self.helper("running", &[event_loop])?;
        let result = source::exec(t, code, namespace, None).map(drop);
        let raised = result.err().map(|raised| t.take_exception(raised));
        self.helper("running", &[Value::NONE])?;
        raised.map_or(Ok(()), |e| Err(t.raise(e)))
    }

    /// Shows an exception; a status if it was `SystemExit`.
    fn show(&self, raised: Raised) -> Option<i32> {
        let t = self.t;
        if t.raised_is(&raised, &t.types().system_exit) {
            return Some(report(t, raised, false).status);
        }
        let e = t.take_exception(raised);
        typed_part(t, &e);
        report(t, t.raise(e), true);
        None
    }
}

/// Leaves the machinery that ran a statement out of its traceback.
fn typed_part(t: &Thread, e: &Value) {
    let Some(e) = e.cast::<Exception>() else { return };
    let mut at = e.traceback.get(t);
    while let Some(entry) = at {
        let Some(tb) = entry.cast::<Traceback>() else { return };
        let frame = tb.frame.get(t);
        let code = frame.as_ref().and_then(|f| f.cast::<FrameObject>()).and_then(|f| f.code.get(t));
        let typed = code
            .as_ref()
            .and_then(|c| c.cast::<CodeObject>())
            .is_some_and(|c| c.code.filename.starts_with("<python-input-"));
        if typed {
            e.traceback.set(entry.clone());
            return;
        }
        at = tb.next.get(t);
    }
}
