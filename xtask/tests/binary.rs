//! The real tasks on the real repository, so that `cargo test` fails where `cargo xtask` would.
#![cfg(test)] // so that helpers count as tests, which may unwrap

use std::process::Command;

fn xtask(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn generated_files_are_fresh() {
    xtask(&["codegen", "--check"]);
}

#[test]
fn the_repository_is_tidy() {
    xtask(&["tidy"]);
}
