//! Finding modules: the packaged library, and the code cache.
pub mod archive;
pub mod library;
