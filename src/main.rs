//! The command `ungil`.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Which of the descriptors 0, 1 and 2 were closed when the process began, as bits. Rust's runtime opens `/dev/null` in
/// their place before `main`; a program is to see `None` for such a stream.
static CLOSED: AtomicU8 = AtomicU8::new(0);

extern "C" fn look_at_descriptors() {
    for fd in 0..3 {
        // SAFETY: asks about a number that may be no descriptor.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            CLOSED.fetch_or(1 << fd, Relaxed);
        }
    }
}

// SAFETY: the section holds functions that the loader calls before `main`; this one calls nothing that needs Rust's
// runtime.
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static BEFORE_MAIN: extern "C" fn() = look_at_descriptors;

fn main() {
    std::process::exit(ungil::cli::main(std::env::args_os().collect(), CLOSED.load(Relaxed)));
}
