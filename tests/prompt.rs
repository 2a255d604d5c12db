//! Drives the prompt through a pseudo-terminal, as a person would.

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Until something appears: a build without optimization on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A session at the prompt.
struct Session {
    child: Child,
    terminal: File,
    /// All that the terminal was sent.
    screen: String,
    /// How much of its plain text was looked at.
    seen: usize,
}

impl Session {
    /// Starts the prompt and waits for it.
    fn start(name: &str, args: &[&str], environment: &[(&str, &str)]) -> Session {
        let (mut parent, mut child) = (0, 0);
        let size = libc::winsize { ws_row: 50, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the pointers are to locals that outlive the call, or null where that is allowed.
        let opened = unsafe {
            libc::openpty(
                &mut parent,
                &mut child,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                &raw const size as *mut _,
            )
        };
        assert_eq!(opened, 0, "there are pseudo-terminals");
        // SAFETY: both descriptors are new and nobody else's.
        let (terminal, end) = unsafe { (File::from_raw_fd(parent), OwnedFd::from_raw_fd(child)) };
        let copy = || Stdio::from(end.try_clone().expect("a descriptor can be copied"));
        let home = common::folder(&format!("prompt-{name}"));
        let mut command = common::command(common::binary());
        command.args(args).env("TERM", "xterm").env("HOME", &home).current_dir(&home);
        command.env("NO_COLOR", "1").envs(environment.iter().copied());
        command.stdin(copy()).stdout(copy()).stderr(copy());
        // SAFETY: between fork and exec only these system calls are made.
        unsafe {
            command.pre_exec(|| {
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY as _, 0);
                Ok(())
            });
        }
        let child = command.spawn().expect("ungil starts");
        drop(command);
        let mut session = Session { child, terminal, screen: String::new(), seen: 0 };
        session.expect(">>> ");
        session
    }

    /// Reads what has come within a moment; false at the end.
    fn read(&mut self, moment: Duration) -> bool {
        let mut poll = libc::pollfd { fd: self.terminal.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one structure, which outlives the call.
        if unsafe { libc::poll(&mut poll, 1, moment.as_millis() as i32) } <= 0 {
            return true;
        }
        let mut bytes = [0; 4096];
        match self.terminal.read(&mut bytes) {
            Ok(0) | Err(_) => false,
            Ok(n) => {
                self.screen += &String::from_utf8_lossy(&bytes[..n]);
                true
            }
        }
    }

    /// Waits until a text appears behind what was looked at before.
    fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut more = true;
        loop {
            let all = plain(&self.screen);
            let new = all.get(self.seen..).unwrap_or_default();
            if let Some(at) = new.find(text) {
                self.seen += at + text.len();
                return;
            }
            assert!(more && Instant::now() < deadline, "{text:?} did not appear in {new:?}\nall: {}", self.screen);
            more = self.read(Duration::from_millis(50));
        }
    }

    fn type_in(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).expect("the terminal takes it");
    }

    /// Types a line and waits for what follows it and for the next prompt.
    fn line(&mut self, text: &str, answer: &str) {
        self.type_in(&format!("{text}\r"));
        self.expect(answer);
    }

    /// How the process ended.
    fn end(mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        while self.read(Duration::from_millis(20)) && Instant::now() < deadline {
            if let Ok(Some(_)) = self.child.try_wait() {
                break;
            }
        }
        common::wait(&mut self.child, PATIENCE).unwrap_or_else(|| panic!("it did not end: {}", self.screen))
    }
}

/// A text without escape sequences.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => {
                if rest.next_if_eq(&'[').is_some() {
                    while rest.next().is_some_and(|c| !c.is_ascii_alphabetic() && c != '~') {}
                }
            }
            '\r' => {}
            c => out.push(c),
        }
    }
    out
}

#[test]
fn statements_are_read_and_their_values_shown() {
    let mut s = Session::start("values", &[], &[]);
    assert!(plain(&s.screen).starts_with("Python 3.14"));
    s.line("6 * 7", "\n42\n>>> ");
    s.line("_ + 1", "\n43\n>>> ");
    s.line("def f(x):", "...     ");
    s.line("return 1 / x", "... ");
    s.line("", ">>> ");
    s.line(
        "f(0)",
        "Traceback (most recent call last):\n  File \"<python-input-3>\", line 1, in <module>\n    f(0)\n    ~^^^\n  \
         File \"<python-input-2>\", line 2, in f\n    return 1 / x\n           ~~^~~\nZeroDivisionError: division by zero\n>>> ",
    );
    s.line("x = = 1", "SyntaxError: invalid syntax\n>>> ");
    s.line("import sys; sys.ps1 = '# '", "# ");
    s.line("sys.ps1 = '>>> '", ">>> ");
    s.type_in("exit\r");
    assert_eq!(s.end(), 0);
}

#[test]
fn control_c_and_control_d_are_cpythons() {
    let mut s = Session::start("control", &[], &[]);
    s.type_in("half a line\x03");
    s.expect("KeyboardInterrupt\n>>> ");
    s.type_in("while True: pass\r\r");
    s.expect("... ");
    std::thread::sleep(Duration::from_secs(1));
    s.type_in("\x03");
    s.expect("KeyboardInterrupt\n>>> ");
    s.type_in("if 1:\r");
    s.expect("... ");
    s.type_in("\x03");
    s.expect("KeyboardInterrupt\n>>> ");
    s.line("'still here'", "'still here'\n>>> ");
    s.type_in("\x04");
    assert_eq!(s.end(), 0);

    let mut s = Session::start("status", &["-q"], &[]);
    s.type_in("raise SystemExit(7)\r");
    assert_eq!(s.end(), 7);
}

#[test]
fn threads_go_on_while_the_prompt_waits() {
    let mut s = Session::start("threads", &[], &[]);
    s.line("import threading, time", ">>> ");
    s.line("go = threading.Event()", ">>> ");
    s.line("def work(): go.wait(); print('from the other thread')", "... ");
    s.line("", ">>> ");
    s.line("threading.Thread(target=work, name='worker').start()", ">>> ");
    s.line(":threads", "worker");
    s.line("threading.Timer(0.5, go.set).start()", ">>> ");
    // A line that is being typed is not spoilt.
    s.type_in("'typed so far'");
    s.expect("from the other thread\n>>> 'typed so far'");
    s.line("", "\n'typed so far'\n>>> ");
    s.type_in("\x04");
    assert_eq!(s.end(), 0);
}

#[test]
fn pasted_text_and_history_come_as_a_whole() {
    let mut s = Session::start("paste", &[], &[]);
    s.type_in("\x1b[200~a = 20\nfor i in range(2):\n    print(a + i)\n\nprint('done')\x1b[201~\r");
    s.expect("20\n21\ndone\n>>> ");
    s.line("a + 400", "\n420\n>>> ");
    s.type_in("\x1b[A\r");
    s.expect("\n420\n>>> ");
    // Searching backwards.
    s.type_in("\x12400\r");
    s.expect("\n420\n>>> ");
    s.type_in("\x04");
    assert_eq!(s.end(), 0);
    let history = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("prompt-paste/.ungil_history");
    let history = std::fs::read_to_string(history).expect("the history is kept");
    assert!(history.contains("a + 400"), "{history}");
}

#[test]
fn words_are_completed() {
    let mut s = Session::start("completion", &[], &[]);
    s.line("import threading", ">>> ");
    s.line("unmistakable = 'seen'", ">>> ");
    s.type_in("unmist\t");
    s.expect("unmistakable");
    s.line("", "'seen'\n>>> ");
    s.type_in("threading.main_th\t");
    s.expect("main_thread()");
    s.line(".name", "'MainThread'\n>>> ");
    s.type_in(":gils\t");
    s.expect(":gilstats");
    s.line("", "MainThread");
    s.expect(">>> ");
    s.type_in("\x04");
    assert_eq!(s.end(), 0);
}

#[test]
fn modules_are_completed_behind_import() {
    let mut s = Session::start("modules", &[], &[]);
    s.type_in("import concurrent.futures.thr\t");
    s.expect("concurrent.futures.thread");
    s.line(" as pool; pool.__name__", "'concurrent.futures.thread'\n>>> ");
    s.type_in("from xml.etree import ElementT\t");
    s.expect("ElementTree");
    s.line(" as tree; tree.XML('<a><b/></a>')[0].tag", "'b'\n>>> ");
    s.type_in("\x04");
    assert_eq!(s.end(), 0);
}

#[test]
fn await_works_at_the_top_level() {
    let mut s = Session::start("await", &[], &[]);
    s.line("import asyncio", ">>> ");
    s.line("await asyncio.sleep(0.01, 'slept')", "\n'slept'\n>>> ");
    s.line("async def tick(): await asyncio.sleep(0.2); print('a task ran')", "... ");
    s.line("", ">>> ");
    // It runs on while the prompt waits.
    s.line("task = asyncio.create_task(tick())", ">>> ");
    s.expect("a task ran\n>>> ");
    s.line("task.done()", "\nTrue\n>>> ");
    s.line(":time await asyncio.sleep(0.01, 6 * 7)", "\n42\n");
    s.expect("of processor time");
    s.expect(">>> ");
    s.line("await asyncio.wait_for(asyncio.sleep(9), 0.01)", "TimeoutError\n>>> ");
    s.line("[x async for x in asyncio.as_completed([])]", "\n[]\n>>> ");
    s.type_in("await asyncio.sleep(60)\r");
    std::thread::sleep(Duration::from_secs(1));
    s.type_in("\x03");
    s.expect("KeyboardInterrupt\n>>> ");
    s.type_in("\x04");
    assert_eq!(s.end(), 0);
}

#[test]
fn commands_begin_with_a_colon() {
    let mut s = Session::start("commands", &[], &[]);
    s.line(":help", ":gilstats");
    s.expect(">>> ");
    s.line("def f(x): return x + abs(x)", "... ");
    s.line("", ">>> ");
    s.line(":dis f", "⇄  CALL");
    s.expect(">>> ");
    s.line(":dis abs", "no bytecode");
    s.line(":gilstats", "MainThread");
    s.line(":time 6 * 7", "42");
    s.expect("of processor time");
    s.line(":nonsense", "There is no command :nonsense");
    s.expect(">>> ");
    s.line(":gil off", "A fresh interpreter");
    s.expect(">>> ");
    s.line("f", "NameError: name 'f' is not defined\n>>> ");
    s.line("import sys; sys._is_gil_enabled()", "False\n>>> ");
    s.line(":seed 3", "threads run by seed 3");
    s.expect(">>> ");
    s.line(":gil", "The GIL is off, threads run by seed 3");
    s.expect(">>> ");
    s.line(":threads", "at the prompt");
    s.expect(">>> ");
    s.line(":seed off", "The GIL is off.");
    s.expect(">>> ");
    s.line(":gilstats", "The GIL is off: what is taken here");
    s.expect(">>> ");
    s.line(":refcount naive", "references are counted naively");
    s.expect(">>> ");
    s.line(":refcount", "The GIL is off, references are counted naively");
    s.expect(">>> ");
    s.line(":refcount x", "usage: :refcount biased|naive");
    s.expect(">>> ");
    s.line(":gil on", "A fresh interpreter");
    s.expect(">>> ");
    s.line(":dis", "usage: :dis NAME");
    s.expect(">>> ");
    s.line(":time", "usage: :time EXPR");
    s.expect(">>> ");
    s.line(":dis nothing", "NameError: name 'nothing' is not defined");
    s.expect(">>> ");
    s.line(":time 1/0", "ZeroDivisionError: division by zero");
    s.expect(">>> ");
    s.type_in("\x04");
    assert_eq!(s.end(), 0);
}

#[test]
fn colours_are_there_when_they_are_wanted() {
    let mut s = Session::start("colours", &[], &[("NO_COLOR", "")]);
    s.type_in("def f(): pass");
    s.expect("def f(): pass");
    assert!(s.screen.contains("\x1b[1;34mdef\x1b[0m"), "{:?}", s.screen);
    s.type_in("\x03");
    s.expect(">>> ");
    s.line("1/0", "division by zero");
    assert!(s.screen.contains("\x1b[1;35mZeroDivisionError\x1b[0m"), "{:?}", s.screen);
    s.expect(">>> ");
    s.type_in("\x04");
    assert_eq!(s.end(), 0);
}

#[test]
fn a_terminal_that_can_do_nothing_gets_the_plain_prompt() {
    let mut s = Session::start("dumb", &[], &[("TERM", "dumb")]);
    s.line("1 + 1", "\n2\n>>> ");
    s.line("1/0", "File \"<stdin>\", line 1, in <module>");
    s.expect(">>> ");
    s.type_in("\x04");
    assert_eq!(s.end(), 0);
}
