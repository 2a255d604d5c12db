//! A Python with a GIL you can switch off, watch and steer.
// A room's chapter points at the files in it, private ones too: it is read in the source.
#![allow(rustdoc::private_intra_doc_links)]
pub mod bytecode;
pub mod cli;
pub mod compiler;
pub mod event_loop;
pub mod import;
pub mod modules;
pub mod objects;
pub mod sync;
pub mod syntax;
pub mod vm;
