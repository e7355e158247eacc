//! The `adplane-operator` binary; everything is in the library.

fn main() -> std::process::ExitCode {
    adplane_operator::main(std::env::args_os())
}
