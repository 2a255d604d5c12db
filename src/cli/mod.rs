//! The command line: CPython's options and messages, and a few of our own (`--gil=off`).
//!
//! [`options`] reads the arguments and the environment into a `Config` and what is to be [`run`]; [`paths`]
//! finds out where the interpreter and its packages are; [`repl`] reads statements from a terminal.
//!
//! Exit statuses are CPython's: 0; the status of `SystemExit`; 1 after an uncaught exception; 2 for a command line
//! that makes no sense or a script that cannot be opened; 3 when racy counts were lost
//! (`--refcount=naive`) and all else went well; 120 when standard output could not be flushed. An
//! uncaught `KeyboardInterrupt` kills the process with SIGINT, so that a shell sees what happened.

mod dis;
mod help;
mod options;
mod paths;
mod repl;
mod run;

use crate::modules::lifecycle;
use crate::objects::exception;
use crate::objects::interpreter::Interpreter;
use crate::objects::naive;
use std::ffi::OsString;
use std::io::Write;

/// The status of a run that went well, but for racy counts that were lost.
const COUNTS_LOST: i32 = 3;

/// Runs the command; gives the status to exit with.
pub fn main(args: Vec<OsString>) -> i32 {
    let (config, what) = match options::parse(args) {
        Ok(parsed) => parsed,
        Err(options::Stop { status, message, to_stderr }) => {
            if to_stderr {
                eprint!("{message}");
            } else {
                print!("{message}");
            }
            return status;
        }
    };
    let t = Interpreter::create(config);
    if let Err(raised) = lifecycle::start(&t) {
        let e = t.take_exception(raised);
        eprintln!("Fatal Python error: the interpreter could not start");
        exception::display(&t, &e);
        return 1;
    }
    let outcome = run::run(&t, &what);
    let mut status = if lifecycle::finish(&t) { outcome.status } else { 120 };
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
    t.leave();
    std::mem::forget(t);
    status
}

/// Dies of SIGINT as a program without a handler would.
fn die_of_interrupt() {
    // SAFETY: restores the default action and sends the signal to this process.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::kill(libc::getpid(), libc::SIGINT);
    }
}
