//! The commands of the prompt that begin with a colon.

use super::{End, Next, Session, flags, main_namespace, register_source, source};
use crate::bytecode::disassemble::{ListingOptions, SWITCH_POINT};
use crate::cli::dis;
use crate::modules::ungil;
use crate::objects::interpreter::Config;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::time::Instant;

/// Name, what stands behind it, what it does, and the function.
type Row = (&'static str, &'static str, &'static str, fn(&mut Session, &str) -> R<Next>);

const COMMANDS: &[Row] = &[
    ("help", "", "this list", help),
    ("gil", "on|off", "with or without the lock, in a fresh interpreter", gil),
    ("refcount", "biased|naive", "how references are counted, in a fresh interpreter", refcount),
    ("seed", "N|off", "one thread at a time, chosen by a seed, in a fresh interpreter", seed),
    ("dis", "NAME", "the instructions of a function or class, and where it can lose the GIL", disassembly),
    ("threads", "", "the threads and where they are", threads),
    ("gilstats", "", "who waited for the GIL, and for how long", gil_stats),
    ("time", "EXPR", "runs it once: how long it took, on the clock and on the processors", time),
];

/// Runs a command, the colon taken off.
pub fn run(session: &mut Session, line: &str) -> R<Next> {
    let (name, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    match COMMANDS.iter().find(|row| row.0 == name) {
        Some((_, _, _, function)) => function(session, rest.trim()),
        None => {
            tell!("There is no command :{name}; \":help\" lists them.");
            Ok(Next::Go)
        }
    }
}

/// In one line what kind of interpreter this is.
pub fn mode(config: &Config) -> String {
    let lock = if config.gil { "The GIL is on" } else { "The GIL is off" };
    let counts = if config.naive_counts { ", references are counted naively" } else { "" };
    let seed = config.seed.map_or(String::new(), |seed| format!(", threads run by seed {seed}"));
    format!("{lock}{counts}{seed}")
}

fn help(_: &mut Session, _: &str) -> R<Next> {
    for (name, argument, text, _) in COMMANDS {
        let command = format!(":{name} {argument}");
        say!("{command:24} {text}");
    }
    say!("\nawait works at the prompt; the event loop then runs on while it waits for you.");
    say!("Threads run on as well: what they print appears above the line you type.");
    Ok(Next::Go)
}

/// Ends this interpreter for one with another setting.
fn fresh(session: &Session, change: impl FnOnce(&mut Config)) -> R<Next> {
    let mut config = session.t.interp.config.clone();
    change(&mut config);
    say!("A fresh interpreter, without the names of the last one. {}.", mode(&config));
    Ok(Next::End(End::Restart(Box::new(config))))
}

/// The present setting, where a command has no argument or a wrong one.
fn told(session: &Session, usage: &str, argument: &str) -> R<Next> {
    if argument.is_empty() {
        say!("{}.", mode(&session.t.interp.config));
    } else {
        tell!("usage: {usage}");
    }
    Ok(Next::Go)
}

fn gil(session: &mut Session, argument: &str) -> R<Next> {
    match argument {
        "on" => fresh(session, |config| config.gil = true),
        "off" => fresh(session, |config| config.gil = false),
        other => told(session, ":gil on|off", other),
    }
}

fn refcount(session: &mut Session, argument: &str) -> R<Next> {
    match argument {
        "biased" => fresh(session, |config| config.naive_counts = false),
        "naive" => fresh(session, |config| config.naive_counts = true),
        other => told(session, ":refcount biased|naive", other),
    }
}

fn seed(session: &mut Session, argument: &str) -> R<Next> {
    match (argument, argument.parse()) {
        (_, Ok(seed)) => fresh(session, |config| config.seed = Some(seed)),
        ("off", _) => fresh(session, |config| config.seed = None),
        (other, _) => told(session, ":seed N|off", other),
    }
}

/// Evaluates an expression in `__main__`.
fn evaluate(t: &Thread, text: &str) -> R {
    let code = source::compile(t, text.as_bytes(), &t.str("<command>"), "eval", flags::IGNORE_COOKIE, -1)?;
    source::exec(t, &code, &main_namespace(t)?, None)
}

fn disassembly(session: &mut Session, name: &str) -> R<Next> {
    let t = session.t;
    if name.is_empty() {
        tell!("usage: :dis NAME");
        return Ok(Next::Go);
    }
    let thing = evaluate(t, name)?;
    let everywhere = t.interp.config.switch_at_instruction;
    let options = ListingOptions { offsets: false, switch_points: true, everywhere };
    match dis::of_object(t, &thing, options)? {
        Some(listing) => say!("{listing}\n{SWITCH_POINT} a thread can lose the GIL here"),
        None => tell!("{name} is a {}, which has no bytecode", thing.type_of(t).full_name(t)),
    }
    Ok(Next::Go)
}

fn threads(session: &mut Session, _: &str) -> R<Next> {
    let t = session.t;
    let rows = session.helper("threads", &[])?;
    let mut table = Vec::new();
    for row in protocol::collect(t, &rows)? {
        let cells: R<Vec<String>> = protocol::collect(t, &row)?.iter().map(|cell| protocol::to_text(t, cell)).collect();
        table.push(cells?);
    }
    print_table(&table);
    Ok(Next::Go)
}

fn gil_stats(session: &mut Session, _: &str) -> R<Next> {
    let t = session.t;
    if !t.gil_enabled() {
        say!("The GIL is off: what is taken here is the right to touch objects.");
    }
    say!("{}", ungil::gil_table(&t.interp.records(), |number| t.interp.thread_name(number)).trim_end());
    Ok(Next::Go)
}

/// Prints columns, each as wide as its widest cell.
fn print_table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        say!("{}", cells.join("  ").trim_end());
    }
}

/// Seconds of processor time that all threads of the process have used.
fn processor_time() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn time(session: &mut Session, text: &str) -> R<Next> {
    let t = session.t;
    if text.is_empty() {
        tell!("usage: :time EXPR");
        return Ok(Next::Go);
    }
    let name = "<timed>";
    let bits = flags::IGNORE_COOKIE | flags::ALLOW_TOP_LEVEL_AWAIT;
    let code = source::compile(t, text.as_bytes(), &t.str(name), "single", bits, -1)?;
    register_source(t, &code, text, name);
    let namespace: Value = main_namespace(t)?;
    let (begin, used) = (Instant::now(), processor_time());
    session.execute_code(&code, &namespace)?;
    let (taken, used) = (begin.elapsed().as_secs_f64(), processor_time() - used);
    super::plain::flush(t);
    say!("{} on the clock, {} of processor time", seconds(taken), seconds(used));
    Ok(Next::Go)
}

/// A time with a unit that suits it.
fn seconds(time: f64) -> String {
    match time {
        t if t >= 1.0 => format!("{t:.3} s"),
        t if t >= 1e-3 => format!("{:.3} ms", t * 1e3),
        t => format!("{:.1} µs", t * 1e6),
    }
}
