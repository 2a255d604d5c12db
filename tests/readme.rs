//! What the README shows is what happens: its transcripts are run.
//!
//! A transcript is a block fenced as `console`; a line that begins with `$ ` is a command, the lines below it what it
//! prints. `ungil` is this build's; `…` stands for any text, a line of its own for any lines. The programs that the
//! README names must exist, and so must the files that it links to.

mod common;

use std::path::Path;

/// The commands of a text, each with what is shown below it.
fn transcripts(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut within = false;
    for line in text.lines() {
        if line.starts_with("```") {
            within = line == "```console";
        } else if within && let Some(command) = line.strip_prefix("$ ") {
            found.push((command.to_owned(), Vec::new()));
        } else if within && let Some((_, shown)) = found.last_mut() {
            shown.push(line.to_owned());
        }
    }
    found
}

/// Whether a line fits a pattern, in which `…` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('…') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(after, &rest[at..]))
}

/// Whether lines fit patterns; the pattern `…` fits any number of lines.
fn fits(patterns: &[String], lines: &[&str]) -> bool {
    match patterns.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "…" => (0..=lines.len()).any(|n| fits(rest, &lines[n..])),
        Some((first, rest)) => lines.split_first().is_some_and(|(line, more)| matches(first, line) && fits(rest, more)),
    }
}

fn check(file: &str) -> usize {
    let text = std::fs::read_to_string(common::root().join(file)).expect("the file is there");
    let found = transcripts(&text);
    // The binary under the name that the text calls it by, whatever its file is called.
    let folder = common::folder(&format!("readme-{}", file.replace('/', "-")));
    std::os::unix::fs::symlink(common::binary(), folder.join("ungil")).expect("a link can be made");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    for (command, shown) in &found {
        let mut shell = common::command("sh");
        shell.arg("-c").arg(format!("{command} 2>&1")).env("PATH", &path).current_dir(common::root());
        let run = common::run(&mut shell, b"");
        let lines: Vec<&str> = run.out.lines().collect();
        let mut shown = shown.clone();
        while shown.last().is_some_and(|line| line.is_empty()) {
            shown.pop();
        }
        assert!(fits(&shown, &lines), "{file}: $ {command}\n{}\n--- but it says\n{}", run.out, shown.join("\n"));
    }
    found.len()
}

#[test]
fn the_readme_shows_what_happens() {
    assert!(check("README.md") >= 3, "there are transcripts");
}

#[test]
fn the_course_shows_what_happens() {
    check("programs/README.md");
}

#[test]
fn what_the_readme_names_is_there() {
    for file in ["README.md", "ARCHITECTURE.md", "programs/README.md", "tests/README.md"] {
        let text = std::fs::read_to_string(common::root().join(file)).expect("the file is there");
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default();
            if !target.contains("://") {
                assert!(common::root().join(folder).join(target).exists(), "{file} links to {target}");
            }
        }
        for word in text.split(|c: char| c.is_whitespace() || "`()|".contains(c)) {
            if word.starts_with("programs/") && word.ends_with(".py") {
                assert!(common::root().join(word).exists(), "{file} names {word}");
            }
        }
    }
}
