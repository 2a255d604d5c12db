//! The command `ungil`.

fn main() {
    std::process::exit(ungil::cli::main(std::env::args_os().collect()));
}
