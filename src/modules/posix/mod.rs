//! `posix`: the system calls behind `os`.
//!
//! | file | what |
//! |---|---|
//! | `stat` | `stat` and its kin, `stat_result` |
//! | `directory` | `listdir`, `scandir`, `mkdir`, `getcwd` ... |
//! | `names` | links, renaming, access rights of files |
//! | `descriptor` | `open`, `read`, `write` and other calls on descriptors |
//! | `path` | the helpers of `posixpath` |
//! | `process` | ids of processes; signals to them |
//! | `ids` | users, groups, process groups, priorities |
//! | `fork` | `fork` and its hooks |
//! | `exec`, `spawn` | running other programs |
//! | `wait` | waiting for children |
//! | `terminal` | pseudo-terminals |
//! | `vectors` | several buffers at once, data between descriptors |
//! | `kernel` | events, memory, processes and timers as descriptors |
//! | `xattr` | extended attributes |
//! | `limits` | `sysconf`, `statvfs` |
//! | `sched` | how processes are scheduled |
//! | `info` | what the system says of itself: `uname`, `cpu_count`, `strerror`, `urandom` |
//! | `constants` | numbers |

mod constants;
pub(super) mod descriptor;
mod directory;
mod environ;
pub(super) mod exec;
pub(super) mod fork;
pub(super) mod ids;
mod info;
mod kernel;
mod limits;
mod names;
mod path;
mod process;
mod scandir;
mod sched;
mod spawn;
pub(super) mod stat;
mod terminal;
mod vectors;
mod wait;
mod xattr;

use super::{ModuleSpec, add_functions};
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::Def;
use crate::objects::thread::Thread;
use crate::objects::value::Payload;

/// The functions, by file.
static FUNCTIONS: &[&[Def]] = &[
    descriptor::FUNCTIONS,
    directory::FUNCTIONS,
    environ::FUNCTIONS,
    exec::FUNCTIONS,
    fork::FUNCTIONS,
    ids::FUNCTIONS,
    info::FUNCTIONS,
    kernel::FUNCTIONS,
    limits::FUNCTIONS,
    names::FUNCTIONS,
    path::FUNCTIONS,
    process::FUNCTIONS,
    scandir::FUNCTIONS,
    sched::FUNCTIONS,
    stat::FUNCTIONS,
    terminal::FUNCTIONS,
    vectors::FUNCTIONS,
    wait::FUNCTIONS,
    xattr::FUNCTIONS,
];

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "posix",
    doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.",
    exec: Some(exec),
    ..ModuleSpec::DEFAULT
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    let value = module.value();
    for functions in FUNCTIONS {
        add_functions(t, module, &value, "posix", functions);
    }
    module.set(t, "error", t.types().os_error.value());
    constants::add(t, module);
    environ::add(t, module)?;
    stat::add(t, module);
    info::add(t, module);
    limits::add(t, module);
    scandir::add(t, module);
    sched::add(t, module);
    wait::add(t, module);
    Ok(())
}
