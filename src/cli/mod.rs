//! The command line: CPython's options and messages, and a few of our own (`--gil=off`).
//!
//! [`options`] reads the arguments and the environment into a `Config` and what is to be [`run`]; [`paths`]
//! finds out where the interpreter and its packages are; [`repl`] reads statements from a terminal.
//!
//! Exit statuses are CPython's: 0; the status of `SystemExit`; 1 after an uncaught exception; 2 for a command line
//! that makes no sense or a script that cannot be opened; 3 when racy counts were lost
//! (`--refcount=naive`) and all else went well; 120 when standard output could not be flushed. An
//! uncaught `KeyboardInterrupt` kills the process with SIGINT, so that a shell sees what happened.

/// Writes a line to standard error. Who cannot be told is not told: `eprintln` would panic.
macro_rules! tell {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = std::io::stderr().write_all((format!($($part)*) + "\n").as_bytes());
    }};
}

/// As [`tell`], to standard output.
macro_rules! say {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = std::io::stdout().write_all((format!($($part)*) + "\n").as_bytes());
    }};
}

mod dis;
mod help;
mod options;
mod paths;
mod repl;
mod run;

use crate::modules::lifecycle;
use crate::objects::exception;
use crate::objects::interpreter::{Config, Interpreter};
use crate::objects::naive;
use repl::Console;
use std::ffi::OsString;
use std::io::Write;

/// The status of a run that went well, but for racy counts that were lost.
const COUNTS_LOST: i32 = 3;

/// Standard output could not be flushed.
const FLUSH_FAILED: i32 = 120;

/// Runs the command; gives the status to exit with. `closed` has a bit for each standard stream whose descriptor was
/// closed when the process began.
pub fn main(args: Vec<OsString>, closed: u8) -> i32 {
    let (mut config, mut what) = match options::parse(args) {
        Ok(parsed) => parsed,
        Err(options::Stop { status, message, to_stderr }) => return stop(status, &message, to_stderr),
    };
    config.closed_streams = closed;
    let mut console = Console::default();
    loop {
        let (status, restart) = once(config, &what, &mut console);
        match restart {
            // Another interpreter, at the prompt.
            Some(changed) => (config, what) = (*changed, options::What::Stdin),
            None => return status,
        }
    }
}

/// Prints why nothing is run.
fn stop(status: i32, message: &str, to_stderr: bool) -> i32 {
    // Who cannot be told is not told; CPython's status is the same.
    let _ = if to_stderr {
        std::io::stderr().write_all(message.as_bytes())
    } else {
        std::io::stdout().write_all(message.as_bytes()).and_then(|()| std::io::stdout().flush())
    };
    status
}

/// One interpreter from its beginning to its end: the status, and the settings of the one to follow.
fn once(config: Config, what: &options::What, console: &mut Console) -> (i32, Option<Box<Config>>) {
    let t = Interpreter::create(config);
    if let Err(raised) = lifecycle::start(&t) {
        let e = t.take_exception(raised);
        // Only a codec that does not exist can be wrong by then.
        let unknown = e.type_of(&t).is_subtype(&t.types().lookup_error);
        let what = if unknown {
            "init_stdio_encoding: failed to get the Python codec name of the stdio encoding"
        } else {
            "the interpreter could not start"
        };
        tell!("Fatal Python error: {what}\nPython runtime state: core initialized");
        if unknown {
            e.cast::<exception::Exception>().map(|e| e.traceback.take());
        }
        exception::display(&t, &e);
        return (1, None);
    }
    let outcome = run::run(&t, what, console);
    let mut status = if lifecycle::finish(&t) { outcome.status } else { FLUSH_FAILED };
    if let Some(report) = naive::refcount_report(&t) {
        // Standard error may be closed.
        let _ = std::io::stderr().write_all(report.text().as_bytes());
        if status == 0 && report.anything_lost() {
            status = COUNTS_LOST;
        }
    }
    if outcome.interrupted {
        die_of_interrupt();
    }
    // Objects that are left die with the process, as CPython's do; daemon threads run no further.
    t.end();
    t.leave();
    std::mem::forget(t);
    (status, outcome.restart)
}

/// Dies of SIGINT as a program without a handler would.
fn die_of_interrupt() {
    // SAFETY: restores the default action and sends the signal to this process.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::kill(libc::getpid(), libc::SIGINT);
    }
}
