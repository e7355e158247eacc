//! The real binary: what it prints and how it exits.
#![cfg(test)] // so that helpers count as tests, which may unwrap

use std::process::{Command, Output};

fn operator(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_adplane-operator")).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn it_prints_every_definition_as_documents_of_yaml() {
    let output = operator(&["crds"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let crds = adplane_manifest::schema::crds();
    assert_eq!(text.lines().filter(|line| *line == "---").count(), crds.len());
    for crd in crds {
        let name = crd.metadata.name.unwrap();
        assert!(text.contains(&format!("name: {name}\n")), "{name}");
    }
    assert!(output.stderr.is_empty());
}

#[test]
fn it_tells_its_version_and_its_help() {
    let version = operator(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(stdout(&version), format!("adplane-operator {}\n", env!("CARGO_PKG_VERSION")));
    let help = operator(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(stdout(&help).contains("crds"));
}

#[test]
fn a_command_line_that_it_does_not_understand_exits_with_64() {
    for arguments in [
        &["reconcile"] as &[&str],
        &["crds", "--all"],
        &[],
        &["run"],
        &["release"],
        &["release", "--all", "--namespace", "growth"],
    ] {
        let output = operator(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_configuration_that_cannot_be_used_is_told_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    std::fs::write(&path, "project: shop\nshards: 0\nsettle: 1s\n").unwrap();
    let output = operator(&["run", "--config", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stderr).unwrap();
    let wanted = format!(
        "error: cannot use the configuration `{}`\n  `settle` is 1s: write 6s to 1h\n  `shards` is 0: write 1 to 64\n",
        path.display()
    );
    assert_eq!(shown, wanted);
}

#[test]
fn without_a_cluster_it_says_how_to_name_one() {
    let output = operator(&["release", "--all"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(
        shown.starts_with("error: this is not a pod of a cluster: name one with `--kubeconfig FILE`"),
        "{shown}"
    );
    let output = operator(&["release", "--all", "--kubeconfig", "/nowhere/kubeconfig"]);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.starts_with("error: cannot use the kubeconfig `/nowhere/kubeconfig`"), "{shown}");
}
