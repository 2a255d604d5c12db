//! From the abstract syntax tree to code objects.
pub mod code;
