//! The `adplane-operator` binary; everything is in the library.

/// A look at an account takes much memory for a moment. What is freed goes back to the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    adplane_operator::main(std::env::args_os())
}
