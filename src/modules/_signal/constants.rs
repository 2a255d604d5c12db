//! The numbers of `_signal`.

use super::NSIG;
use crate::objects::module::Module;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

/// In CPython's order.
static NUMBERS: &[(&str, i64)] = numbers! {
    SIG_BLOCK SIG_UNBLOCK SIG_SETMASK SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGIOT SIGABRT SIGFPE SIGKILL SIGBUS
    SIGSEGV SIGSYS SIGPIPE SIGALRM SIGTERM SIGUSR1 SIGUSR2
};

static MORE: &[(&str, i64)] = numbers! {
    SIGCHLD SIGPWR SIGIO SIGURG SIGWINCH SIGPOLL SIGSTOP SIGTSTP SIGCONT SIGTTIN SIGTTOU SIGVTALRM SIGPROF SIGXCPU
    SIGXFSZ
};

static TIMERS: &[(&str, i64)] = numbers! { SIGSTKFLT ITIMER_REAL ITIMER_VIRTUAL ITIMER_PROF };

/// Adds them.
pub fn add(t: &Thread, module: &Module) {
    let set = |name: &str, number: i64| module.set(t, name, Value::small(number));
    set("NSIG", NSIG.into());
    NUMBERS.iter().for_each(|&(name, number)| set(name, number));
    // The old name of `SIGCHLD`.
    set("SIGCLD", libc::SIGCHLD.into());
    MORE.iter().for_each(|&(name, number)| set(name, number));
    set("SIGRTMIN", libc::SIGRTMIN().into());
    set("SIGRTMAX", libc::SIGRTMAX().into());
    TIMERS.iter().for_each(|&(name, number)| set(name, number));
    set("SIG_DFL", 0);
    set("SIG_IGN", 1);
}
