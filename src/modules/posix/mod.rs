//! `posix`: the system calls behind `os`.
//!
//! | file | what |
//! |---|---|
//! | `stat` | `stat` and its kin, `stat_result` |
//! | `directory` | `listdir`, `scandir`, `mkdir`, `getcwd` ... |
//! | `names` | links, renaming, access rights of files |
//! | `descriptor` | `open`, `read`, `write` and other calls on descriptors |
//! | `path` | the helpers of `posixpath` |
//! | `process` | ids of processes, users and groups |
//! | `info` | what the system says of itself: `uname`, `cpu_count`, `strerror`, `urandom` |
//! | `constants` | numbers |

mod constants;
pub(super) mod descriptor;
mod directory;
mod environ;
mod info;
mod names;
mod path;
mod process;
mod scandir;
pub(super) mod stat;

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
    info::FUNCTIONS,
    names::FUNCTIONS,
    path::FUNCTIONS,
    process::FUNCTIONS,
    scandir::FUNCTIONS,
    stat::FUNCTIONS,
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
    scandir::add(t, module);
    Ok(())
}
