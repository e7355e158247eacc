//! The demo as people run it: the real binary, start to end, and nothing left behind.

use std::path::Path;
use std::process::{Command, Output};

fn adplane(temporary: &Path, arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_adplane"))
        .args(arguments)
        .env("TMPDIR", temporary)
        .current_dir(temporary)
        .output()
}

#[test]
fn every_step_of_the_demo_holds_and_nothing_is_left() {
    let temporary = tempfile::tempdir().unwrap();
    let run = adplane(temporary.path(), &["demo"]).unwrap();
    let told = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{told}\n{}", String::from_utf8_lossy(&run.stderr));
    for command in [
        "$ adplane validate examples",
        "$ adplane plan examples --out plan.json",
        "$ adplane apply plan.json",
        "$ adplane plan examples --detailed-exitcode",
        "$ adplane drift examples",
        "$ adplane apply examples --auto-approve",
        "$ adplane get campaigns examples",
    ] {
        assert!(told.contains(command), "`{command}` is not among:\n{told}");
    }
    for outcome in ["300.00 EUR → 120.00 EUR", "Paused → Active", "somebody in a hurry"] {
        assert!(told.contains(outcome), "`{outcome}` is not in:\n{told}");
    }
    let left: Vec<_> = std::fs::read_dir(temporary.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
