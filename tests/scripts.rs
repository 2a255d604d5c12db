//! Runs every script of `tests/scripts` that has its expected output beside it.
//!
//! To add a case is to add two files, `NAME.py` and `NAME.out` (a `.py` without `.out` is a module that others
//! import); `tests/record.py` writes the second by running CPython 3.14. Beside them may lie
//!
//! | file | holds | when absent |
//! |---|---|---|
//! | `NAME.err` | the whole standard error | nothing |
//! | `NAME.status` | the exit status | 0 |
//! | `NAME.args` | arguments, one a line | none |
//! | `NAME.in` | the standard input | empty |
//! | `NAME.modes` | names of the modes to run in, one a line | all of them |
//!
//! `known_failures.txt` lists the runs that do not pass yet, as `SCRIPT MODE REASON` (MODE `all` is every mode).
//! They run too: one that passes must leave the list, so that it can only shrink.
//!
//! Scripts run in their own folder; its path is taken out of what they print. `cargo test --test scripts -- WORD`
//! runs those with the word in their path; `UNGIL=PATH` in the environment chooses another binary.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The ways to run that must all give the same output.
const MODES: [(&str, &[&str]); 4] =
    [("gil", &["--gil=on"]), ("free", &["--gil=off"]), ("seed1", &["--seed=1"]), ("seed2", &["--seed=2"])];

/// Far beyond what a script needs in a build without optimization on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Enough for a run that is listed as failing, as hanging is one way to fail.
const LISTED_TIMEOUT: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts = find_scripts(&root);
    scripts.retain(|script| words.iter().all(|word| script.to_string_lossy().contains(word)));
    scripts.sort();
    let runs: Vec<(&PathBuf, usize)> =
        scripts.iter().flat_map(|script| modes_of(script).into_iter().map(move |mode| (script, mode))).collect();
    let list = read_list(&root);
    let listed: Vec<bool> =
        runs.iter().map(|(script, mode)| list.iter().any(|line| line.covers(script, *mode))).collect();

    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((script, mode)) = runs.get(at) else { break };
                    let report = match (run(script, *mode, listed[at]), listed[at]) {
                        (Ok(()), false) | (Err(_), true) => continue,
                        (Err(report), false) => report,
                        (Ok(()), true) => "it passes: take it off known_failures.txt\n".to_string(),
                    };
                    let name = script.strip_prefix(&root).unwrap_or(script).display();
                    failures.lock().unwrap().push(format!(
                        "---- {name} {} ({})\n{report}",
                        MODES[*mode].0,
                        MODES[*mode].1.join(" ")
                    ));
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    if words.is_empty() {
        let idle = list.iter().filter(|line| !runs.iter().any(|(script, mode)| line.covers(script, *mode)));
        failures.extend(idle.map(|line| format!("---- known_failures.txt:{}: no such run\n", line.number)));
    }
    failures.sort();
    failures.iter().for_each(|failure| println!("{failure}"));
    let known = listed.iter().filter(|listed| **listed).count();
    println!(
        "{} scripts, {} runs, {} listed as failing, {} failures",
        scripts.len(),
        runs.len(),
        known,
        failures.len()
    );
    ExitCode::from(u8::from(!failures.is_empty()))
}

/// A line of `known_failures.txt`.
struct Listed {
    number: usize,
    script: PathBuf,
    /// None is every mode.
    mode: Option<usize>,
}

impl Listed {
    fn covers(&self, script: &Path, mode: usize) -> bool {
        self.script == script && self.mode.is_none_or(|listed| listed == mode)
    }
}

fn read_list(root: &Path) -> Vec<Listed> {
    let text = fs::read_to_string(root.join("known_failures.txt")).unwrap_or_default();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(at, line)| {
            let number = at + 1;
            let mut words = line.splitn(3, ' ');
            let (Some(script), Some(mode), Some(_reason)) = (words.next(), words.next(), words.next()) else {
                panic!("known_failures.txt:{number}: expected SCRIPT MODE REASON");
            };
            let named = MODES.iter().position(|(name, _)| *name == mode);
            assert!(mode == "all" || named.is_some(), "known_failures.txt:{number}: no mode {mode:?}");
            Listed { number, script: root.join(script), mode: named }
        })
        .collect()
}

fn find_scripts(folder: &Path) -> Vec<PathBuf> {
    let mut scripts = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            scripts.extend(find_scripts(&path));
        } else if path.extension().is_some_and(|extension| extension == "py") && path.with_extension("out").exists() {
            scripts.push(path);
        }
    }
    scripts
}

fn modes_of(script: &Path) -> Vec<usize> {
    let all = 0..MODES.len();
    let Some(names) = beside(script, "modes") else { return all.collect() };
    let named = |name: &str| MODES.iter().position(|mode| mode.0 == name);
    names.lines().map(|name| named(name).unwrap_or_else(|| panic!("{}: no mode {name:?}", script.display()))).collect()
}

fn beside(script: &Path, extension: &str) -> Option<String> {
    fs::read_to_string(script.with_extension(extension)).ok()
}

/// Runs a script in a mode. An error is what went wrong, to be read.
fn run(script: &Path, mode: usize, listed: bool) -> Result<(), String> {
    let timeout = if listed { LISTED_TIMEOUT } else { TIMEOUT };
    let folder = script.parent().expect("a script lies in a folder");
    let input = File::open(script.with_extension("in")).map_or_else(|_| Stdio::null(), Stdio::from);
    let binary = std::env::var_os("UNGIL").unwrap_or_else(|| env!("CARGO_BIN_EXE_ungil").into());
    let mut command = Command::new(binary);
    command.args(MODES[mode].1).arg(script.file_name().expect("a script has a name"));
    command.args(beside(script, "args").unwrap_or_default().lines());
    command.current_dir(folder).stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PYTHON")) {
        command.env_remove(name);
    }
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.env("XDG_CACHE_HOME", cache).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    // A group of its own, so that a script that hangs takes its children along.
    command.process_group(0);

    let mut child = command.spawn().map_err(|error| format!("cannot start ungil: {error}"))?;
    let out = reader(child.stdout.take());
    let err = reader(child.stderr.take());
    let status = wait(&mut child, timeout);
    let clean = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace(&format!("{}/", folder.display()), "");
    let out = clean(out.join().unwrap_or_default());
    let err = clean(err.join().unwrap_or_default());

    let mut report = String::new();
    let expected: i32 = beside(script, "status").map_or(0, |text| text.trim().parse().expect("a status is a number"));
    match status {
        None => report += &format!("it was still running after {} s and was killed\n", timeout.as_secs()),
        Some(status) if status.code() == Some(expected) => {}
        Some(status) => match status.signal() {
            Some(signal) => report += &format!("it was killed by signal {signal}\n"),
            None => report += &format!("exit status {}, expected {expected}\n", status.code().unwrap_or(-1)),
        },
    }
    report += &difference("standard output", &beside(script, "out").unwrap_or_default(), &out);
    report += &difference("standard error", &beside(script, "err").unwrap_or_default(), &err);
    if report.is_empty() { Ok(()) } else { Err(report) }
}

fn reader<R: Read + Send + 'static>(stream: Option<R>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Waits for a child, not longer than the timeout, then kills what is left of its group: a grandchild that
/// lives on would keep the pipes open.
fn wait(child: &mut Child, timeout: Duration) -> Option<std::process::ExitStatus> {
    let deadline = Instant::now() + timeout;
    let mut pause = Duration::from_millis(1);
    let mut status = None;
    while status.is_none() && Instant::now() < deadline {
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
        status = child.try_wait().ok().flatten();
    }
    // SAFETY: the call takes no pointer, and the group is the child's own.
    unsafe { libc::kill(-(child.id() as i32), libc::SIGKILL) };
    let _ = child.wait();
    status
}

/// The lines that differ, with a few around them; empty when none does.
fn difference(what: &str, expected: &str, actual: &str) -> String {
    if expected == actual {
        return String::new();
    }
    let diff = similar::TextDiff::from_lines(expected, actual);
    format!("{}", diff.unified_diff().context_radius(2).header(&format!("{what} expected"), &format!("{what} printed")))
}
