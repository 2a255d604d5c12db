//! Running the binary, for tests of what it prints.
#![allow(dead_code)]

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Far beyond what a run needs in a build without optimization on a busy machine.
pub const TIMEOUT: Duration = Duration::from_secs(120);

/// The binary: this build's, or the one that `UNGIL` names.
pub fn binary() -> PathBuf {
    std::env::var_os("UNGIL").map_or_else(|| env!("CARGO_BIN_EXE_ungil").into(), PathBuf::from)
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A new empty folder for one test.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// A command without the environment's wishes for Python and for colours, with a code cache of the tests' own.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    let ours = |name: &str| name.starts_with("PYTHON") || name.ends_with("_COLOR") || name == "TERM";
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.env("XDG_CACHE_HOME", cache).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    command
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// The exit status; as a shell shows it, 128 and the number of the signal that killed it; `None` if it was still
    /// running when its time was over.
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs a command to its end.
pub fn run(command: &mut Command, input: &[u8]) -> Run {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writing = std::thread::spawn(move || {
        // A program that does not read it is free not to.
        let _ = stdin.write_all(&input);
    });
    let reading: Vec<_> = [
        Box::new(child.stdout.take().expect("a pipe")) as Box<dyn Read + Send>,
        Box::new(child.stderr.take().expect("a pipe")),
    ]
    .into_iter()
    .map(|mut stream| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        })
    })
    .collect();
    let status = wait(&mut child, TIMEOUT);
    let _ = writing.join();
    let mut texts = reading.into_iter().map(|thread| thread.join().unwrap_or_default());
    let (out, err) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    Run { status, out, err }
}

/// Waits for a child and kills what is left of its group.
pub fn wait(child: &mut Child, timeout: Duration) -> Option<i32> {
    let deadline = Instant::now() + timeout;
    let mut status = None;
    while status.is_none() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
        status = child.try_wait().ok().flatten();
    }
    // SAFETY: the call takes no pointer, and the group is the child's own.
    unsafe { libc::kill(-(child.id() as i32), libc::SIGKILL) };
    let _ = child.wait();
    status.map(|status| status.code().unwrap_or(128 + status.signal().unwrap_or(0)))
}
