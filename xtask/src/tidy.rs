//! Rules of the repository that the compiler cannot check.

use anyhow::{Result, bail};

use crate::workspace::{Member, TextFile, Workspace};
use crate::{arrows, links, say};

/// Above this many lines a file is listed, for somebody to split it by meaning.
const LONG: usize = 600;

/// Words that leave work undone; split so that this file does not hold them.
const UNDONE: [&str; 2] = [concat!("todo", "!("), concat!("unimplemented", "!(")];

/// Keys of a package that every member takes from the root.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

/// Checks every rule and fails when one is broken.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let files = workspace.rust_files()?;
    for file in &files {
        let lines = file.text.lines().count();
        if lines > LONG {
            say(&format!(
                "note: {} has {lines} lines; split it by meaning if it is not one table",
                file.path
            ));
        }
    }
    let problems = problems(workspace, &files)?;
    for problem in &problems {
        say(problem);
    }
    if !problems.is_empty() {
        bail!("{} rules are broken", problems.len());
    }
    say(&format!("tidy: {} files of {} members", files.len(), workspace.members.len()));
    Ok(())
}

fn problems(workspace: &Workspace, files: &[TextFile]) -> Result<Vec<String>> {
    let mut problems = arrows::problems(workspace)?;
    problems.extend(files.iter().flat_map(source_problems));
    for member in &workspace.members {
        let manifest = workspace.text(&format!("{}/Cargo.toml", member.folder.display()))?;
        problems.extend(manifest_problems(member, &manifest));
    }
    problems.extend(links::problems(workspace, &workspace.documents()?));
    Ok(problems)
}

fn source_problems(file: &TextFile) -> Vec<String> {
    let mut problems = Vec::new();
    // `tests.rs` holds the tests of the module it lies beside; its name says so.
    if !file.text.starts_with("//!") && !file.path.ends_with("/tests.rs") {
        problems.push(format!("{}:1: begin with `//!` and what the module is for", file.path));
    }
    for (number, line) in file.text.lines().enumerate() {
        let place = format!("{}:{}", file.path, number + 1);
        let line = line.trim_start();
        if line.starts_with("#[ignore") {
            problems.push(format!("{place}: a test runs or is removed; it is never ignored"));
        }
        if UNDONE.iter().any(|word| line.contains(word)) {
            problems.push(format!("{place}: finish it or leave it out"));
        }
    }
    problems
}

fn manifest_problems(member: &Member, manifest: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let place = format!("{}/Cargo.toml", member.folder.display());
    let mut section = "";
    let mut lints = false;
    for (number, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            if is_dependencies(section.rsplit_once('.').map_or("", |(parent, _)| parent)) {
                problems.push(format!("{place}:{}: write dependencies one a line", number + 1));
            }
            continue;
        }
        let inherits = line.replace(' ', "").contains("workspace=true");
        if is_dependencies(section) && !inherits {
            problems
                .push(format!("{place}:{}: versions stand in the root: `x.workspace = true`", number + 1));
        }
        lints |= section == "lints" && inherits;
    }
    if !lints {
        problems.push(format!("{place}: inherit the lints: `[lints] workspace = true`"));
    }
    for key in INHERITED {
        if !manifest.contains(&format!("\n{key}.workspace = true\n")) {
            problems.push(format!("{place}: inherit `{key}`: `{key}.workspace = true`"));
        }
    }
    problems
}

fn is_dependencies(section: &str) -> bool {
    let last = section.rsplit('.').next().unwrap_or_default();
    matches!(last, "dependencies" | "dev-dependencies" | "build-dependencies")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn each_rule_of_sources_is_checked() {
        let source = |text: String| source_problems(&TextFile { path: "a.rs".into(), text });
        assert_eq!(source("//! A module.\nfn f() {}\n".into()), Vec::<String>::new());
        assert_eq!(source("#![expect(dead_code)]\n//! A module.\n".into()).len(), 1);
        assert_eq!(source("//! A module.\n    #[ignore = \"slow\"]\n".into()).len(), 1);
        assert_eq!(source(format!("//! A module.\nfn f() {{ {}) }}\n", UNDONE[0])).len(), 1);
    }

    #[test]
    fn each_rule_of_manifests_is_checked() {
        let sound = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
                     rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
                     [lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n\
                     tokio = { workspace = true, features = [\"test-util\"] }\n";
        let member = Member { name: "a".into(), folder: PathBuf::from("a"), dependencies: Vec::new() };
        let check = |from: &str, to: &str| manifest_problems(&member, &sound.replace(from, to)).len();
        assert_eq!(check("", ""), 0);
        assert_eq!(check("[lints]\nworkspace = true\n", ""), 1);
        assert_eq!(check("serde.workspace = true", "serde = \"1\""), 1);
        assert_eq!(check("edition.workspace = true", "edition = \"2021\""), 1);
        assert_eq!(check("[dependencies]", "[target.'cfg(unix)'.dependencies]\nlibc = \"1\""), 1);
        assert_eq!(check("[dependencies]", "[dependencies.libc]\nversion = \"1\"\n[dependencies]"), 1);
    }
}
