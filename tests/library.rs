//! Every module of the packaged library can be imported, but for those that `tests/library.txt` lists.
//!
//! The list names native modules that are missing, with the reason, and modules for other systems. What stands there
//! without need must go, so that the list only shrinks.

mod common;

use std::collections::BTreeSet;

/// Imports the modules named on standard input one after the other and tells what went wrong. What a module prints or
/// whom it calls is nobody's business here.
const SCRIPT: &str = r#"
import io, sys, warnings
warnings.simplefilter('ignore')
names = sys.stdin.read().split()
out = sys.stdout
for name in names:
    sys.stdout = io.StringIO()
    try:
        __import__(name)
    except BaseException as error:
        text = f'{type(error).__name__}: {error}'.replace('\n', ' ')
        print(name, text, file=out, flush=True)
"#;

/// Parts of names of what is not for importing: programs, tests, jokes that open a browser.
const SKIPPED: [&str; 8] = ["__main__", "test", "tests", "idlelib", "turtledemo", "antigravity", "this", "idle_test"];

#[test]
fn the_library_can_be_imported() {
    let names: Vec<String> = ungil::import::library::modules().map(|module| module.name.to_string()).collect();
    let wanted = |name: &&String| !name.split('.').any(|part| SKIPPED.contains(&part));
    let names: Vec<&String> = names.iter().filter(wanted).collect();
    assert!(names.len() > 400, "{} modules", names.len());
    let input = names.iter().map(|name| format!("{name}\n")).collect::<String>();
    let mut command = common::command(common::binary());
    command.args(["-c", SCRIPT]).current_dir(common::folder("library"));
    let run = common::run(&mut command, input.as_bytes());
    assert_eq!(run.status, Some(0), "{}\n{}", run.out, run.err);
    let text = std::fs::read_to_string(common::root().join("tests/library.txt")).expect("the list");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let mut listed: BTreeSet<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    let mut used = BTreeSet::new();
    let mut report = String::new();
    for (name, error) in run.out.lines().filter_map(|line| line.split_once(' ')) {
        let missing = error.strip_prefix("ModuleNotFoundError: No module named '").and_then(|e| e.split('\'').next());
        match [missing.unwrap_or(name), name].into_iter().find(|reason| listed.contains(reason)) {
            Some(reason) => drop(used.insert(reason)),
            None => report += &format!("{name} {error}\n"),
        }
    }
    listed.retain(|name| !used.contains(name));
    for name in listed {
        report += &format!("{name}: nothing fails for it any more, take it off the list\n");
    }
    assert!(report.is_empty(), "{report}");
}
