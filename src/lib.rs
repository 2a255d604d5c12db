//! A Python with a GIL you can switch off, watch and steer.
pub mod bytecode;
pub mod cli;
pub mod compiler;
pub mod import;
pub mod modules;
pub mod objects;
pub mod sync;
pub mod syntax;

pub mod vm;
