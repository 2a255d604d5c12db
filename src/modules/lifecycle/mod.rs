//! The beginning and the end of an interpreter: CPython's `pylifecycle.c`.
//!
//! [`start`] makes `sys` and `builtins`, runs the packaged `importlib` from below (nothing can be imported yet),
//! opens the standard streams and imports `site`. [`finish`] does what CPython does at exit, in its order: join
//! the threads, run `atexit` functions, flush, take the modules apart so that `__del__` methods run, flush again.

mod finish;
mod start;
mod streams;

pub use finish::finish;
pub use start::{import, main_module, site, start};
