//! The `adplane` binary; everything is in the library.

fn main() -> std::process::ExitCode {
    adplane_cli::main(std::env::args_os())
}
