//! `sys`: what a program can learn of its interpreter, and turn.
//!
//! The module is made before anything is imported, so that the import system finds `sys.modules` and
//! `sys.implementation`. What depends on the command line comes from the interpreter's `Config`.
//!
//! Start reading at [`MODULE`]; [`info`] has the constants, the other files a kind of function each.

pub mod audit;
mod frames;
mod hooks;
pub mod info;
mod jit;
mod monitoring;
pub mod settings;
mod stdlib_names;

use super::ModuleSpec;
use crate::objects::dict::Dict;
use crate::objects::module::Module;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// A name of the module, wherever it has been set.
pub fn attribute(t: &Thread, name: &str) -> Option<Value> {
    t.interp.sys_dict.get(t)?.cast::<Dict>()?.get_name(t, name)
}

/// Sets a name of the module.
pub fn set_attribute(t: &Thread, name: &str, value: Value) {
    if let Some(sys) = t.interp.sys_dict.get(t)
        && let Some(dict) = sys.cast::<Dict>()
    {
        dict.set_name(t, name, value);
    }
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    t.interp.sys_dict.set(module.dict(t));
    info::fill(t, module)?;
    hooks::fill(t, module);
    jit::fill(t, module);
    monitoring::fill(t, module)
}

macro_rules! functions {
    ($($name:literal $kind:ident($function:path $(, $count:literal)*) $sig:literal $doc:literal;)*) => {
        &[$(Def::new($name, Func::$kind($function $(, $count)*), $sig, $doc)),*]
    };
}

/// The module's table.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "sys",
    doc: "This module provides access to some objects used or maintained by the\n\
          interpreter and to functions that interact strongly with the interpreter.",
    functions: FUNCTIONS,
    exec: Some(exec),
};

static FUNCTIONS: &[Def] = functions! {
    "displayhook" One(hooks::displayhook) "($module, object, /)" "Print an object to sys.stdout and also save it in builtins._";
    "excepthook" Pos(hooks::excepthook, 3, 3) "($module, exctype, value, traceback, /)" "Handle an exception by displaying it with a traceback on sys.stderr.";
    "unraisablehook" One(hooks::unraisablehook) "($module, unraisable, /)" "Handle an unraisable exception.\n\nThe unraisable argument has the following attributes:\n\n* exc_type: Exception type.\n* exc_value: Exception value, can be None.\n* exc_traceback: Exception traceback, can be None.\n* err_msg: Error message, can be None.\n* object: Object causing the exception, can be None.";
    "breakpointhook" Any(hooks::breakpointhook) "($module, /, *args, **kwargs)" "This hook function is called by built-in breakpoint().";
    "exc_info" NoArgs(frames::exc_info) "($module, /)" "Return current exception information: (type, value, traceback).\n\nReturn information about the most recent exception caught by an except\nclause in the current stack frame or in an older stack frame.";
    "exception" NoArgs(frames::exception) "($module, /)" "Return the current exception.\n\nReturn the most recent exception caught by an except clause\nin the current stack frame or in an older stack frame, or None\nif no such clause exists.";
    "exit" Pos(frames::exit, 0, 1) "($module, status=None, /)" "Exit the interpreter by raising SystemExit(status).\n\nIf the status is omitted or None, it defaults to zero (i.e., success).\nIf the status is an integer, it will be used as the system exit status.\nIf it is another kind of object, it will be printed and the system\nexit status will be one (i.e., failure).";
    "_getframe" Pos(frames::getframe, 0, 1) "($module, depth=0, /)" "Return a frame object from the call stack.\n\nIf optional integer depth is given, return the frame object that many\ncalls below the top of the stack.  If that is deeper than the call\nstack, ValueError is raised.  The default for depth is zero, returning\nthe frame at the top of the call stack.\n\nThis function should be used for internal and specialized purposes\nonly.";
    "_getframemodulename" Bound(frames::getframemodulename) "($module, /, depth=0)" "Return the name of the module for a calling frame.\n\nThe default depth returns the module containing the call to this API.\nA more typical use in a library will pass a depth of 1 to get the user's\nmodule rather than the library module.\n\nIf no frame, module, or name can be found, returns None.";
    "_current_frames" NoArgs(frames::current_frames) "($module, /)" "Return a dict mapping each thread's thread id to its current stack frame.\n\nThis function should be used for specialized purposes only.";
    "_current_exceptions" NoArgs(frames::current_exceptions) "($module, /)" "Return a dict mapping each thread's identifier to its current raised exception.\n\nThis function should be used for specialized purposes only.";
    "call_tracing" Pos(frames::call_tracing, 2, 2) "($module, func, args, /)" "Call func(*args), while tracing is enabled.\n\nThe tracing state is saved, and restored afterwards.  This is intended\nto be called from a debugger from a checkpoint, to recursively debug\nsome other code.";
    "settrace" One(frames::settrace) "($module, function, /)" "Set the global debug tracing function.\n\nIt will be called on each function call.  See the debugger chapter\nin the library manual.";
    "gettrace" NoArgs(frames::gettrace) "($module, /)" "Return the global debug tracing function set with sys.settrace.\n\nSee the debugger chapter in the library manual.";
    "_settraceallthreads" One(frames::settrace_everywhere) "($module, function, /)" "Set the global debug tracing function in all running threads belonging to the current interpreter.\n\nIt will be called on each function call. See the debugger chapter\nin the library manual.";
    "setprofile" One(frames::setprofile) "($module, function, /)" "Set the profiling function.\n\nIt will be called on each function call and return.  See the profiler\nchapter in the library manual.";
    "getprofile" NoArgs(frames::getprofile) "($module, /)" "Return the profiling function set with sys.setprofile.\n\nSee the profiler chapter in the library manual.";
    "_setprofileallthreads" One(frames::setprofile_everywhere) "($module, function, /)" "Set the profiling function in all running threads belonging to the current interpreter.\n\nIt will be called on each function call and return.  See the profiler\nchapter in the library manual.";
    "audit" VarPos(audit::audit_function) "($module, event, /, *args)" "Passes the event to any audit hooks that are attached.";
    "addaudithook" Bound(audit::addaudithook) "($module, /, hook)" "Adds a new audit hook callback.";
    "getrecursionlimit" NoArgs(settings::getrecursionlimit) "($module, /)" "Return the current value of the recursion limit.\n\nThe recursion limit is the maximum depth of the Python interpreter\nstack.  This limit prevents infinite recursion from causing an overflow\nof the C stack and crashing Python.";
    "setrecursionlimit" One(settings::setrecursionlimit) "($module, limit, /)" "Set the maximum depth of the Python interpreter stack to n.\n\nThis limit prevents infinite recursion from causing an overflow of the C\nstack and crashing Python.  The highest possible limit is platform-\ndependent.";
    "getswitchinterval" NoArgs(settings::getswitchinterval) "($module, /)" "Return the current thread switch interval; see sys.setswitchinterval().";
    "setswitchinterval" One(settings::setswitchinterval) "($module, interval, /)" "Set the ideal thread switching delay inside the Python interpreter.\n\nThe actual frequency of switching threads can be lower if the\ninterpreter executes long sequences of uninterruptible code\n(this is implementation-specific and workload-dependent).\n\nThe parameter must represent the desired switching delay in seconds\nA typical value is 0.005 (5 milliseconds).";
    "get_int_max_str_digits" NoArgs(settings::get_int_max_str_digits) "($module, /)" "Return the maximum string digits limit for non-binary int<->str conversions.";
    "set_int_max_str_digits" Bound(settings::set_int_max_str_digits) "($module, /, maxdigits)" "Set the maximum string digits limit for non-binary int<->str conversions.";
    "getdlopenflags" NoArgs(settings::getdlopenflags) "($module, /)" "Return the current value of the flags that are used for dlopen calls.\n\nThe flag constants are defined in the os module.";
    "setdlopenflags" One(settings::setdlopenflags) "($module, flags, /)" "Set the flags used by the interpreter for dlopen calls.\n\nThis is used, for example, when the interpreter loads extension\nmodules. Among other things, this will enable a lazy resolving of\nsymbols when importing a module, if called as sys.setdlopenflags(0).\nTo share symbols across extension modules, call as\nsys.setdlopenflags(os.RTLD_GLOBAL).  Symbolic names for the flag\nmodules can be found in the os module (RTLD_xxx constants, e.g.\nos.RTLD_LAZY).";
    "set_coroutine_origin_tracking_depth" Bound(settings::set_origin_depth) "($module, /, depth)" "Enable or disable origin tracking for coroutine objects in this thread.\n\nCoroutine objects will track 'depth' frames of traceback information\nabout where they came from, available in their cr_origin attribute.\n\nSet a depth of 0 to disable.";
    "get_coroutine_origin_tracking_depth" NoArgs(settings::get_origin_depth) "($module, /)" "Check status of origin tracking for coroutine objects in this thread.";
    "set_asyncgen_hooks" Any(settings::set_asyncgen_hooks) "" "set_asyncgen_hooks([firstiter] [, finalizer])\n\nSet a finalizer for async generators objects.";
    "get_asyncgen_hooks" NoArgs(settings::get_asyncgen_hooks) "($module, /)" "Return the installed asynchronous generators hooks.\n\nThis returns a namedtuple of the form (firstiter, finalizer).";
    "getdefaultencoding" NoArgs(settings::getdefaultencoding) "($module, /)" "Return the current default encoding used by the Unicode implementation.";
    "getfilesystemencoding" NoArgs(settings::getdefaultencoding) "($module, /)" "Return the encoding used to convert Unicode filenames to OS filenames.";
    "getfilesystemencodeerrors" NoArgs(settings::getfilesystemencodeerrors) "($module, /)" "Return the error mode used Unicode to OS filename conversion.";
    "intern" One(settings::intern) "($module, string, /)" "``Intern'' the given string.\n\nThis enters the string in the (global) table of interned strings whose\npurpose is to speed up dictionary lookups. Return the string itself or\nthe previously interned string object with the same value.";
    "_is_interned" One(settings::is_interned) "($module, string, /)" "Return True if the given string is \"interned\".";
    "_is_immortal" One(settings::is_immortal) "($module, op, /)" "Return True if the given object is \"immortal\" per PEP 683.\n\nThis function should be used for specialized purposes only.";
    "getrefcount" One(settings::getrefcount) "($module, object, /)" "Return the reference count of object.\n\nThe count returned is generally one higher than you might expect,\nbecause it includes the (temporary) reference as an argument to\ngetrefcount().";
    "getsizeof" Bound(settings::getsizeof) "($module, object, default=None)" "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes.";
    "getallocatedblocks" NoArgs(settings::getallocatedblocks) "($module, /)" "Return the number of memory blocks currently allocated.";
    "getunicodeinternedsize" Any(settings::getunicodeinternedsize) "($module, /, *, _only_immortal=False)" "Return the number of elements of the unicode interned dictionary";
    "is_finalizing" NoArgs(settings::is_finalizing) "($module, /)" "Return True if Python is exiting.";
    "_is_gil_enabled" NoArgs(settings::is_gil_enabled) "($module, /)" "Return True if the GIL is currently enabled and False otherwise.";
    "_clear_type_cache" NoArgs(settings::nothing) "($module, /)" "Clear the internal type lookup cache.";
    "_clear_type_descriptors" One(settings::clear_type_descriptors) "($module, type, /)" "Private function for clearing certain descriptors from a type's dictionary.\n\nSee gh-135228 for context.";
    "_clear_internal_caches" NoArgs(settings::nothing) "($module, /)" "Clear all internal performance-related caches.";
    "_debugmallocstats" NoArgs(settings::nothing) "($module, /)" "Print summary info to stderr about the state of pymalloc's structures.";
    "_get_cpu_count_config" NoArgs(settings::cpu_count_config) "($module, /)" "Private function for getting PyConfig.cpu_count";
    "activate_stack_trampoline" One(settings::activate_stack_trampoline) "($module, backend, /)" "Activate stack profiler trampoline *backend*.";
    "deactivate_stack_trampoline" NoArgs(settings::nothing) "($module, /)" "Deactivate the current stack profiler trampoline backend.\n\nIf no stack profiler is activated, this function has no effect.";
    "is_stack_trampoline_active" NoArgs(settings::no) "($module, /)" "Return *True* if a stack profiler trampoline is active.";
    "is_remote_debug_enabled" NoArgs(settings::no) "($module, /)" "Return True if remote debugging is enabled, False otherwise.";
};
