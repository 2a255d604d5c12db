//! Models of what `sync/` rests on, checked under every interleaving that matters (up to a bound on
//! preemptions) by `loom`:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test --profile quick --target-dir target/loom --test loom
//! ```
//!
//! The files are the very ones that the program is made of; only `primitives` is another.
#![cfg(loom)]
#![allow(dead_code, unused_macros, unused_imports)]

#[path = "../../src/sync/biased.rs"]
mod biased;
#[path = "../../src/sync/breaker.rs"]
mod breaker;
#[path = "../../src/sync/gil.rs"]
mod gil;
#[path = "../../src/sync/guarded.rs"]
mod guarded;
#[path = "../../src/sync/parker.rs"]
mod parker;
mod primitives;
#[path = "../../src/sync/waiting.rs"]
mod waiting;
#[path = "../../src/sync/word_lock.rs"]
mod word_lock;

mod bias;
mod models;
