//! Values and types; so far the machinery of text and numbers.
pub mod number;
pub mod text;
