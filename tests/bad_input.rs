//! What goes wrong: every bad input gets CPython's message and status, never a crash or a hang.
//!
//! `bad_input/NAME.py` is a script, `bad_input/NAME.txt` the status and the standard error that CPython 3.14 gives for
//! it (`*` stands for any text in a line: addresses, and the words for a stack that has run out). The command line's own
//! mistakes, and streams that are closed or full, stand in the tables here.

mod common;

use std::os::unix::ffi::OsStrExt;

/// Whether a line fits a pattern, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(after, &rest[at..]))
}

fn same(expected: &str, actual: &str) -> bool {
    let (expected, actual): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    expected.len() == actual.len() && expected.iter().zip(&actual).all(|(e, a)| *e == *a || matches(e, a))
}

#[test]
fn scripts_fail_as_cpythons_do() {
    let folder = common::root().join("tests/bad_input");
    let mut scripts: Vec<_> = std::fs::read_dir(&folder).expect("the folder").flatten().map(|e| e.path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    scripts.sort();
    assert!(scripts.len() > 40);
    let mut failures = String::new();
    for script in scripts {
        for lock in ["--gil=on", "--gil=off"] {
            let expected = std::fs::read_to_string(script.with_extension("txt")).expect("what CPython prints");
            let (status, err) = expected.split_once('\n').expect("a status, then the error");
            let mut command = common::command(common::binary());
            command.arg(lock).arg(script.file_name().expect("a script")).current_dir(&folder);
            let run = common::run(&mut command, b"");
            let shown = run.err.replace(&format!("{}/", folder.display()), "");
            if run.status != status.parse().ok() || !same(err, &shown) {
                let name = script.file_name().expect("a script").to_string_lossy();
                failures += &format!(
                    "---- {name} {lock}: status {:?}, expected {status}\n{shown}--- expected\n{err}",
                    run.status
                );
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Arguments, status, and the first lines of standard error (`PROG` is the program).
const COMMAND_LINES: &[(&[&str], i32, &str)] = &[
    (&["nonexistent.py"], 2, "PROG: can't open file 'HERE/nonexistent.py': [Errno 2] No such file or directory"),
    (&["."], 1, "PROG: can't find '__main__' module in 'HERE'"),
    (
        &["-Z"],
        2,
        "Unknown option: -Z\nusage: PROG [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `python -h' for more information.",
    ),
    (&["--foo"], 2, "Unknown option: --foo"),
    (&["-c"], 2, "Argument expected for the -c option"),
    (&["-m"], 2, "Argument expected for the -m option"),
    (&["-W"], 2, "Argument expected for the -W option"),
    (&["-X"], 2, "Argument expected for the -X option"),
    (&["--gil=maybe"], 2, "--gil must be on or off"),
    (&["--refcount=x"], 2, "--refcount must be biased or naive"),
    (&["--seed=x"], 2, "--seed must be a number"),
    (&["--check-hash-based-pycs"], 2, "Argument expected for the --check-hash-based-pycs options"),
    (&["-X", "gil=2", "-c", "1"], 1, "Fatal Python error: config_read_gil: PYTHON_GIL / -X gil must be \"0\" or \"1\""),
    (
        &["-X", "utf8=2"],
        1,
        "Fatal Python error: preconfig_init_utf8_mode: invalid -X utf8 option value\nPython runtime state: preinitializing",
    ),
    (&["-m", "nosuchmodule"], 1, "PROG: No module named nosuchmodule"),
    (&["-m", "json"], 0, ""),
    (&["-m", "json.nosuch"], 1, "PROG: No module named json.nosuch"),
    (&["-W", "nonsense", "-c", "1"], 0, "Invalid -W option ignored: invalid action: 'nonsense'"),
    (&["-c", "raise SystemExit(4)"], 4, ""),
    (&["-c", "raise SystemExit('words')"], 1, "words"),
    (&["-c", "import os; os.abort()"], 134, ""),
    (&["-bb", "-c", "str(b'')"], 1, "Traceback (most recent call last):"),
    (&["dis"], 2, "ungil dis: a FILE or MODULE:QUALNAME is missing"),
    (&["dis", "nonexistent.py"], 2, "ungil dis: can't open file 'nonexistent.py': [Errno 2] No such file or directory"),
    (&["dis", "math:sin"], 1, "ungil dis: math:sin is a builtin_function_or_method, which has no bytecode"),
    (&["dis", "nosuchmodule:f"], 1, "ungil dis: No module named 'nosuchmodule'"),
];

#[test]
fn command_lines_that_make_no_sense_are_refused() {
    let here = common::folder("command-lines").canonicalize().expect("a folder");
    let program = common::binary();
    for (args, status, err) in COMMAND_LINES {
        let run = common::run(common::command(&program).args(*args).current_dir(&here), b"{}");
        let shown = run.err.replace(&*program.to_string_lossy(), "PROG").replace(&*here.to_string_lossy(), "HERE");
        assert_eq!(run.status, Some(*status), "{args:?}: {shown}");
        assert!(shown.starts_with(err), "{args:?}: {shown:?} does not begin with {err:?}");
    }
    let bytes = std::ffi::OsStr::from_bytes(b"print('\xff')");
    let run = common::run(common::command(&program).arg("-c").arg(bytes), b"");
    assert_eq!(run.status, Some(1));
    let expected = "Unable to decode the command from the command line:\nUnicodeEncodeError: 'utf-8' codec can't encode \
                    character '\\udcff' in position 7: surrogates not allowed\n";
    assert_eq!(run.err, expected);
}

/// A shell command (`PROG` is the program), status, standard output, and how standard error begins.
const STREAMS: &[(&str, i32, &str, &str)] = &[
    (
        "PROG -c 'print(1)' > /dev/full",
        120,
        "",
        "Exception ignored while flushing sys.stdout:\nOSError: [Errno 28] No space left on device\n",
    ),
    ("PROG -c 'print(1); raise SystemExit(5)' > /dev/full", 120, "", "Exception ignored while flushing sys.stdout:\n"),
    ("PROG -c 'print(1)' 2> /dev/full; echo $?", 0, "1\n0\n", ""),
    ("PROG nonexistent.py 2> /dev/full; echo $?", 0, "2\n", ""),
    ("PROG --help > /dev/full; echo $?", 0, "0\n", ""),
    ("PROG -c 'print(1)' >&-; echo $?", 0, "0\n", ""),
    ("PROG -c 'import sys; print(sys.stdin)' <&-", 0, "None\n", ""),
    ("PROG <&-; echo $?", 0, "0\n", ""),
    ("PROG -c '1/0' 2>&-; echo $?", 0, "1\n", ""),
    ("PROG -c 'for i in range(100000): print(i)' 2> /dev/null | head -1", 0, "0\n", ""),
    (
        "ulimit -n 12; PROG -c 'l = []\nwhile 1: l.append(open(\"/dev/null\"))'",
        1,
        "",
        "Traceback (most recent call last):\n",
    ),
    (
        "PYTHONIOENCODING=nope PROG -c 1",
        1,
        "",
        "Fatal Python error: init_stdio_encoding: failed to get the Python codec name of the stdio encoding\n",
    ),
    (
        "echo 'print(1' | PROG",
        1,
        "",
        "  File \"<stdin>\", line 1\n    print(1\n         ^\nSyntaxError: '(' was never closed\n",
    ),
];

#[test]
fn streams_may_be_closed_or_full() {
    let program = common::binary();
    for (text, status, out, err) in STREAMS {
        let text = text.replace("PROG", &program.to_string_lossy());
        let run = common::run(common::command("sh").arg("-c").arg(&text), b"");
        assert_eq!((run.status, &*run.out), (Some(*status), *out), "{text}: {}", run.err);
        assert!(run.err.starts_with(err), "{text}: {:?}", run.err);
    }
}
