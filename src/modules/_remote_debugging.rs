//! `_remote_debugging`: a look into another process, which `asyncio ps` and `asyncio pstree` would take. It reads
//! CPython's memory by the layout of CPython's structures; ungil's are others, so it says that it cannot. The module is
//! there because `python -m asyncio` imports it in any case.

use super::{ModuleSpec, module_type};
use crate::objects::module::Module;
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::Spec;
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

struct RemoteUnwinder;

impl Native for RemoteUnwinder {}

fn new(t: &Thread, _class: &Value, _args: Args<'_>) -> R {
    Err(t.runtime_error("ungil cannot look into other processes"))
}

const BASE: Spec = opaque::spec::<RemoteUnwinder>("_remote_debugging.RemoteUnwinder");

static UNWINDER: Spec = Spec {
    doc: "RemoteUnwinder(pid): Inspect stack of a remote Python process.",
    slots: Slots { new: Some(new), ..BASE.slots },
    ..BASE
};

static FRAME_INFO: Description = Description::new(
    "_remote_debugging.FrameInfo",
    "Information about a frame",
    &[("filename", "Source code filename"), ("lineno", "Line number"), ("funcname", "Function name")],
    3,
);

fn exec(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "RemoteUnwinder", module_type(t, &UNWINDER));
    module.set(t, "FrameInfo", struct_sequence::type_of(t, &FRAME_INFO));
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec { name: "_remote_debugging", exec: Some(exec), ..ModuleSpec::DEFAULT };
