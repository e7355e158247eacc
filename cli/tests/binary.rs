//! The real binary: its version and how it refuses what it does not understand.
#![cfg(test)] // so that helpers count as tests, which may unwrap

use std::process::{Command, Output};

fn adplane(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_adplane")).args(arguments).output().unwrap()
}

#[test]
fn it_tells_its_version() {
    let output = adplane(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, format!("adplane {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_usage_error_exits_with_64_and_leaves_stdout_empty() {
    for arguments in
        [&["fly"] as &[&str], &["plan", "--no-such-flag"], &["validate", "--format", "poem"], &[]]
    {
        let output = adplane(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}
