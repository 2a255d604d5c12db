//! Runs every script of the course, with the GIL and without it.
//!
//! A script is tested from the day it lies in `programs/`: it must end with status 0 and write nothing to standard
//! error. What it prints is compared with `programs/expected/NAME.out`, if there is such a file:
//!
//! - `*` stands for any text within a line;
//! - consecutive lines that begin with `~ ` may come in any order;
//! - lines at the top that begin with `#:` say how to run it: `#: args 1000`, `#: modes gil` (or `free`), `#: input TEXT`,
//!   `#: status 1`, `#: stderr` (it may write there).
//!
//! Every script must stand in `programs/README.md`, which orders the course. `cargo test --test programs -- WORD` runs
//! those with the word in their name; `UNGIL=PATH` in the environment chooses another binary.

mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Files that lessons import.
const HELPERS: [&str; 1] = ["util.py"];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let folder = common::root().join("programs");
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
    let mut failures = Vec::new();
    let mut runs = 0;
    for script in scripts(&folder) {
        let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if HELPERS.contains(&&*name) || !words.iter().all(|word| name.contains(word)) {
            continue;
        }
        if !readme.contains(&format!("`{name}`")) {
            failures.push(format!("---- {name}: README.md does not mention it\n"));
        }
        let plan = Plan::read(&folder.join("expected").join(&name).with_extension("out"));
        for mode in ["gil", "free"].into_iter().filter(|mode| plan.modes.is_empty() || plan.modes.contains(*mode)) {
            runs += 1;
            // `print` writes a text and the end of its line one after the other, as CPython's: without the GIL another
            // thread's text may come between, now and then.
            let tries = if mode == "free" { 3 } else { 1 };
            let reports: Vec<String> = (0..tries).map_while(|_| plan.run(&script, mode).err()).collect();
            if reports.len() == tries {
                failures.push(format!("---- {name} {mode}\n{}", reports[0]));
            }
        }
    }
    failures.iter().for_each(|failure| println!("{failure}"));
    println!("{runs} runs, {} failures", failures.len());
    ExitCode::from(u8::from(!failures.is_empty()))
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the course lies in programs/").flatten().map(|entry| entry.path());
    let mut scripts: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "py")).collect();
    scripts.sort();
    scripts
}

/// How a script is run, and what it is to print.
#[derive(Default)]
struct Plan {
    args: Vec<String>,
    modes: String,
    input: String,
    status: i32,
    stderr: bool,
    /// `None` where nobody has written it down.
    lines: Option<Vec<String>>,
}

impl Plan {
    fn read(path: &Path) -> Plan {
        let mut plan = Plan::default();
        let Ok(text) = std::fs::read_to_string(path) else { return plan };
        let mut lines = text.lines().peekable();
        while let Some(setting) = lines.next_if(|line| line.starts_with("#:")) {
            let (name, value) = setting[2..].trim().split_once(' ').unwrap_or((setting[2..].trim(), ""));
            match name {
                "args" => plan.args = value.split(' ').map(str::to_owned).collect(),
                "modes" => plan.modes = value.to_owned(),
                "input" => plan.input = value.replace("\\n", "\n"),
                "status" => plan.status = value.parse().expect("a status is a number"),
                "stderr" => plan.stderr = true,
                _ => panic!("{}: what is {name:?}?", path.display()),
            }
        }
        plan.lines = Some(lines.map(str::to_owned).collect());
        plan
    }

    fn run(&self, script: &Path, mode: &str) -> Result<(), String> {
        let lock = if mode == "gil" { "--gil=on" } else { "--gil=off" };
        let mut command = common::command(common::binary());
        command.arg(lock).arg(script).args(&self.args);
        let run = common::run(&mut command, self.input.as_bytes());
        let mut report = String::new();
        if run.status != Some(self.status) {
            report += &format!("status {:?}, expected {}\n", run.status, self.status);
        }
        if !self.stderr && !run.err.is_empty() {
            report += &format!("it wrote to standard error:\n{}\n", run.err);
        }
        if let Some(expected) = &self.lines {
            let printed: Vec<&str> = run.out.lines().collect();
            if let Err(message) = compare(expected, &printed) {
                report += &format!("{message}\n--- printed\n{}---\n", run.out);
            }
        }
        if report.is_empty() { Ok(()) } else { Err(report) }
    }
}

fn compare(expected: &[String], printed: &[&str]) -> Result<(), String> {
    let mut at = 0;
    let mut rest = expected.iter().peekable();
    while let Some(line) = rest.next() {
        let Some(first) = line.strip_prefix("~ ") else {
            let actual = printed.get(at).copied().unwrap_or("(nothing)");
            if !matches(line, actual) {
                return Err(format!("line {}: {actual:?} is not {line:?}", at + 1));
            }
            at += 1;
            continue;
        };
        let mut group = vec![first];
        while let Some(next) = rest.next_if(|line| line.starts_with("~ ")) {
            group.push(&next[2..]);
        }
        for _ in 0..group.len() {
            let actual = printed.get(at).copied().unwrap_or("(nothing)");
            let Some(found) = group.iter().position(|pattern| matches(pattern, actual)) else {
                return Err(format!("line {}: {actual:?} is none of {group:?}", at + 1));
            };
            group.remove(found);
            at += 1;
        }
    }
    match printed.get(at) {
        Some(more) => Err(format!("line {}: {more:?} is one too many", at + 1)),
        None => Ok(()),
    }
}

/// Whether a line fits a pattern, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(after, &rest[at..]))
}
