//! Runs the stress script for a few seconds in every mode: it must end, and find everything sound. (Longer, and under
//! sanitizers: `tests/sanitize.sh`.)

use std::path::Path;
use std::process::Command;

/// Seconds of each run.
const SECONDS: &str = "3";

fn run(mode: &[&str], seed: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stress.py");
    let run = Command::new(env!("CARGO_BIN_EXE_ungil"))
        .args(mode)
        .arg(script)
        .args([SECONDS, seed])
        .output()
        .expect("the interpreter starts");
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    // With naive counts something is lost, and said so: status 3.
    let naive = mode.contains(&"--refcount=naive");
    let fine = run.status.success() || naive && run.status.code() == Some(3);
    assert!(fine && out == "sound\n", "{mode:?}, seed {seed}: {}\n{out}\n{err}", run.status);
}

#[test]
fn with_the_gil() {
    run(&["--gil=on"], "1");
}

#[test]
fn with_a_tiny_switch_interval() {
    run(&["--gil=on", "--switch-interval=0.000005"], "2");
}

#[test]
fn with_a_switch_at_every_instruction() {
    run(&["--gil=on", "--switch-at=instruction", "--switch-interval=0.000005"], "3");
}

#[test]
fn without_the_gil() {
    run(&["--gil=off"], "4");
}

#[test]
fn with_naive_counts() {
    run(&["--gil=off", "--refcount=naive"], "5");
}
