//! From source text to an abstract syntax tree.
pub mod ast;
pub mod error;
