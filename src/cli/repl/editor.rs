//! The line editor: `rustyline` in a thread of its own.
//!
//! The editor knows no objects. It reads lines, and asks the interpreter's main thread for what only that knows (the
//! completions of a word): requests go to it over a channel, and what happens comes back as [`Event`]s, with a byte
//! in a pipe for each, so that whoever waits can wait for a descriptor: the main thread in `poll`, with the GIL
//! released, or an event loop beside its own work.
//!
//! What other threads print while a line is being typed is handed to [`Output`], which has it shown above the line.

use super::helper::Assistant;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rustyline::config::{ColorMode, CompletionType};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Config, ExternalPrinter};
use std::collections::HashSet;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// What the user did.
#[derive(Debug)]
pub enum Line {
    Text(String),
    /// Ctrl-C
    Interrupted,
    /// Ctrl-D
    End,
}

/// What the editor tells the main thread.
pub enum Event {
    Line(Line),
    /// The completions of the word before the cursor are wanted: where it starts, and what may stand there.
    Complete {
        before: String,
        reply: Sender<(usize, Vec<String>)>,
    },
}

enum Request {
    Read { prompt: String, styled: String, initial: String },
    Remember(String),
}

/// How the editor is to be.
pub struct Options {
    pub colours: bool,
    pub history: Option<PathBuf>,
    /// Names to be coloured as built-in ones.
    pub builtins: HashSet<String>,
}

/// The main thread's end.
pub struct Editor {
    requests: Sender<Request>,
    events: Receiver<Event>,
    pipe: PipeReader,
    pub output: Arc<Output>,
}

/// Bytes in the pipe: who waits for its other end learns that there are events.
pub struct Events {
    sender: Sender<Event>,
    pipe: PipeWriter,
}

impl Events {
    /// Sends an event.
    pub fn send(&self, event: Event) {
        if self.sender.send(event).is_ok() {
            let _ = (&self.pipe).write_all(b"e");
        }
    }
}

impl Editor {
    /// Starts the editor. `None` where there is no terminal it can work with.
    pub fn start(options: Options) -> Option<Editor> {
        let (pipe, write_end) = std::io::pipe().ok()?;
        let (requests, received) = unbounded();
        let (sender, events) = unbounded();
        let (queue, queued) = unbounded();
        let (ready, started) = bounded(1);
        let work = move || edit(options, Events { sender, pipe: write_end }, received, queued, ready);
        std::thread::Builder::new().name("line editor".into()).spawn(work).ok()?;
        if !started.recv().unwrap_or(false) {
            return None;
        }
        // SAFETY: asks about descriptors.
        let terminals = [1, 2].map(|fd| unsafe { libc::isatty(fd) } == 1);
        let output = Arc::new(Output { queue, prompting: AtomicBool::new(false), terminals });
        Some(Editor { requests, events, pipe, output })
    }

    /// Shows a prompt; the line comes as an event.
    pub fn ask(&self, prompt: &str, styled: &str, initial: &str) {
        let (prompt, styled, initial) = (prompt.to_owned(), styled.to_owned(), initial.to_owned());
        self.output.prompting.store(true, Release);
        let _ = self.requests.send(Request::Read { prompt, styled, initial });
    }

    /// Puts a statement into the history.
    pub fn remember(&self, statement: &str) {
        let _ = self.requests.send(Request::Remember(statement.to_owned()));
    }

    /// Readable when there are events.
    pub fn descriptor(&self) -> RawFd {
        self.pipe.as_raw_fd()
    }

    /// An event, if there is one.
    pub fn event(&self) -> Option<Event> {
        let event = self.events.try_recv().ok()?;
        let _ = (&self.pipe).read(&mut [0]);
        if matches!(event, Event::Line(_)) {
            self.output.prompting.store(false, Release);
        }
        Some(event)
    }
}

/// Where the bytes of standard output and error go while a line is being typed.
pub struct Output {
    queue: Sender<String>,
    prompting: AtomicBool,
    terminals: [bool; 2],
}

impl Output {
    /// Takes what is about to be written to a descriptor; false if it is to be written as ever.
    pub fn take(&self, fd: i32, data: &[u8]) -> bool {
        let terminal = match fd {
            1 | 2 => self.terminals[fd as usize - 1],
            _ => false,
        };
        terminal && self.prompting.load(Acquire) && self.queue.send(String::from_utf8_lossy(data).into_owned()).is_ok()
    }
}

/// Shows what other threads print, all that has come together at once.
fn show(mut printer: impl ExternalPrinter, queued: Receiver<String>) {
    while let Ok(mut text) = queued.recv() {
        queued.try_iter().for_each(|more| text += &more);
        let _ = printer.print(text);
    }
}

/// The editor's thread.
fn edit(options: Options, events: Events, requests: Receiver<Request>, queued: Receiver<String>, ready: Sender<bool>) {
    only_window_signals();
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .color_mode(if options.colours { ColorMode::Forced } else { ColorMode::Disabled })
        .indent_size(4)
        .tab_stop(8)
        .max_history_size(10_000)
        .map(|builder| builder.build())
        .unwrap_or_default();
    let Ok(mut editor) = rustyline::Editor::<Assistant, DefaultHistory>::with_config(config) else {
        let _ = ready.send(false);
        return;
    };
    if let Some(path) = &options.history {
        let _ = editor.load_history(path);
    }
    let Ok(printer) = editor.create_external_printer() else {
        let _ = ready.send(false);
        return;
    };
    let events = Arc::new(events);
    editor.set_helper(Some(Assistant::new(events.clone(), options.builtins)));
    let printing = std::thread::Builder::new().name("printer".into()).spawn(move || {
        only_window_signals();
        show(printer, queued);
    });
    let _ = ready.send(printing.is_ok());
    for request in requests {
        match request {
            Request::Read { prompt, styled, initial } => {
                let line = match editor.readline_with_initial(&(prompt, styled), (&initial, "")) {
                    Ok(text) => Line::Text(text),
                    Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Line::Interrupted,
                    Err(_) => Line::End,
                };
                events.send(Event::Line(line));
            }
            Request::Remember(statement) => {
                let _ = editor.add_history_entry(statement);
                if let Some(path) = &options.history {
                    let _ = editor.append_history(path);
                }
            }
        }
    }
}

/// Leaves all signals to Python's threads but those that tell of the window.
fn only_window_signals() {
    // SAFETY: the set is initialized before it is used, and is this thread's.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigfillset(&mut set);
        libc::sigdelset(&mut set, libc::SIGWINCH);
        libc::pthread_sigmask(libc::SIG_SETMASK, &set, std::ptr::null_mut());
    }
}
