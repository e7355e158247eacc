//! Which package may depend on which: the arrows of `ARCHITECTURE.md`, compared with what cargo says.
//!
//! Packages are compared by their manifests. Two rules are finer than a package and are looked up in the
//! sources: a platform's folder never names another platform's, and the command line uses the sandbox in two
//! commands only. Tests may use anything.

use anyhow::Result;

use crate::source;
use crate::workspace::{TextFile, Workspace};

/// A member and the members it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("adplane-core", &[]),
    ("adplane-sandbox", &[]),
    ("adplane-manifest", &["adplane-core"]),
    ("adplane-engine", &["adplane-core"]),
    ("adplane-platforms", &["adplane-core", "adplane-engine"]),
    (
        "adplane-cli",
        &["adplane-core", "adplane-manifest", "adplane-engine", "adplane-platforms", "adplane-sandbox"],
    ),
    ("adplane-operator", &["adplane-core", "adplane-manifest", "adplane-engine", "adplane-platforms"]),
    // Outside its tests it is empty.
    ("adplane-tests", &[]),
    ("xtask", &["adplane-manifest", "adplane-cli"]),
];

/// What core must stay free of to be pure: runtimes, sockets, clusters.
const IMPURE: &[&str] = &["tokio", "reqwest", "kube", "futures", "tempfile", "async-trait", "rand"];

/// The one member that knows git, behind `adplane_engine::git`.
const GIT: (&str, &str) = ("git2", "adplane-engine");

const PLATFORMS: [&str; 3] = ["google", "meta", "tiktok"];

/// Where the command line may use the sandbox: files, or folders of the same name.
const SANDBOX_USERS: [&str; 2] = ["cli/src/commands/sandbox", "cli/src/commands/demo"];

/// Every arrow that is not allowed, as a sentence.
pub(crate) fn problems(workspace: &Workspace) -> Result<Vec<String>> {
    let mut problems = forbidden_dependencies(workspace);
    problems.extend(forbidden_imports(&workspace.rust_files()?));
    Ok(problems)
}

fn forbidden_dependencies(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    for member in &workspace.members {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == member.name) else {
            problems.push(format!(
                "`{}` is a new member: say in `xtask/src/arrows.rs` what it may use",
                member.name
            ));
            continue;
        };
        for dependency in member.dependencies.iter().filter(|dependency| !dependency.development) {
            let name = dependency.name.as_str();
            let ours = workspace.members.iter().any(|other| other.name == name);
            if ours && !allowed.contains(&name) {
                problems.push(format!("`{}` must not depend on `{name}`", member.name));
            }
            if name == GIT.0 && member.name != GIT.1 {
                problems.push(format!("`{}` must reach git through `{}`", member.name, GIT.1));
            }
            if member.name == "adplane-core" && IMPURE.contains(&name) {
                problems.push(format!("`adplane-core` is pure and must not depend on `{name}`"));
            }
        }
    }
    problems
}

fn forbidden_imports(files: &[TextFile]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in files {
        let code = source::without_tests(file);
        for (number, line) in code.lines().enumerate() {
            let place = format!("{}:{}", file.path, number + 1);
            if let Some(other) = foreign_platform(&file.path, line) {
                problems.push(format!("{place}: a platform's folder must not name `{other}`"));
            }
            let is_user = SANDBOX_USERS.iter().any(|user| {
                file.path.strip_prefix(user).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            });
            if file.path.starts_with("cli/src/") && !is_user && source::names(line, "adplane_sandbox") {
                problems.push(format!("{place}: only `sandbox` and `demo` may use the sandbox"));
            }
        }
    }
    problems
}

/// Another platform's module that a line in a platform's folder names.
fn foreign_platform(path: &str, line: &str) -> Option<&'static str> {
    let folder = path.strip_prefix("crates/platforms/src/")?.split(['/', '.']).next()?;
    if folder == "lib" {
        return None;
    }
    // Shared modules beside the folders must not name any.
    PLATFORMS.into_iter().filter(|other| *other != folder).find(|other| {
        ["crate", "super"].iter().any(|from| {
            let path = format!("{from}::{other}");
            source::names(line, &path)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::workspace::{Dependency, Member};

    fn member(name: &str, dependencies: &[(&str, bool)]) -> Member {
        let dependencies = dependencies
            .iter()
            .map(|(name, development)| Dependency { name: (*name).to_owned(), development: *development })
            .collect();
        Member { name: name.to_owned(), folder: PathBuf::from(name), dependencies }
    }

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn the_workspace_keeps_its_arrows() {
        let workspace = Workspace::read().unwrap();
        assert_eq!(problems(&workspace).unwrap(), Vec::<String>::new());
        for (name, _) in ARROWS {
            assert!(workspace.members.iter().any(|member| member.name == *name), "`{name}` is gone");
        }
    }

    #[test]
    fn an_arrow_against_the_flow_is_reported() {
        let members = vec![
            member("adplane-core", &[("tokio", false)]),
            member("adplane-cli", &[("adplane-core", false), ("serde", false)]),
            member("adplane-operator", &[("adplane-cli", false)]),
            member("adplane-manifest", &[("git2", false)]),
            member("adplane-sandbox", &[("adplane-core", true)]),
            member("adplane-extra", &[]),
        ];
        let workspace = Workspace { root: PathBuf::new(), members };
        assert_eq!(
            forbidden_dependencies(&workspace),
            [
                "`adplane-core` is pure and must not depend on `tokio`",
                "`adplane-operator` must not depend on `adplane-cli`",
                "`adplane-manifest` must reach git through `adplane-engine`",
                "`adplane-extra` is a new member: say in `xtask/src/arrows.rs` what it may use",
            ]
        );
    }

    #[test]
    fn folders_of_platforms_know_nothing_of_each_other() {
        let files = [
            file(
                "crates/platforms/src/google/wire/mod.rs",
                "use crate::google::calls;\nuse crate::meta::wire;\n",
            ),
            file("crates/platforms/src/tiktok/mod.rs", "use super::meta::wire;\n"),
            file("crates/platforms/src/http/mod.rs", "fn f() { crate::tiktok::schema(); }\n"),
            file("crates/platforms/src/lib.rs", "use crate::meta;\n"),
            file("crates/platforms/src/meta/write.rs", "use crate::metadata;\n"),
        ];
        assert_eq!(
            forbidden_imports(&files),
            [
                "crates/platforms/src/google/wire/mod.rs:2: a platform's folder must not name `meta`",
                "crates/platforms/src/tiktok/mod.rs:1: a platform's folder must not name `meta`",
                "crates/platforms/src/http/mod.rs:1: a platform's folder must not name `tiktok`",
            ]
        );
    }

    #[test]
    fn the_command_line_uses_the_sandbox_in_two_commands() {
        let line = "use adplane_sandbox::Sandbox;\n";
        let tested = "//! A command.\n#[cfg(test)]\nmod tests {\n    use adplane_sandbox::Sandbox;\n}\n";
        let files = [
            file("cli/src/commands/sandbox.rs", line),
            file("cli/src/commands/demo/story.rs", line),
            file("cli/src/commands/plan.rs", tested),
            file("cli/src/pipeline/connect.rs", line),
        ];
        assert_eq!(
            forbidden_imports(&files),
            ["cli/src/pipeline/connect.rs:1: only `sandbox` and `demo` may use the sandbox"]
        );
    }
}
