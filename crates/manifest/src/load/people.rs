//! People in the project file: the files of their keys, and the approval policy that names them.

use std::path::Path;
use std::sync::Arc;

use adplane_core::approval::signers::{SignerProblem, read_revoked, read_signers};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Origin;

use super::files::absolute;
use super::read::read_text;
use super::sources::Sources;
use super::tree::FileTree;
use crate::check::approvals;
use crate::yaml::node::{Content, Node};

/// Reads the key files that the project file names and checks its approval policy against them.
pub(super) fn check(
    file: &Arc<str>,
    root: &Path,
    tree: &FileTree,
    project: &Node<'_>,
    sources: &mut Sources,
    found: &mut Vec<Diagnostic>,
) {
    let mut keys = KeyFiles { file, root, tree, sources, found };
    let signers = keys.read(project, "allowedSigners", read_signers);
    keys.read(project, "revokedSigners", read_revoked);
    let Some(policy) = project.get("approvals").filter(|entry| !entry.value.is_null()) else { return };
    if project.get("allowedSigners").is_none() && asks(&policy.value) {
        let message = "nobody can approve anything: the project has no `allowedSigners`";
        found.push(
            Diagnostic::warning("approval-policy", message)
                .at(Some(&policy.key_place.in_file(file)))
                .hint("name a file of people's public keys: `allowedSigners: ./allowed_signers`"),
        );
    }
    approvals::check(file, &policy.value, signers.as_deref(), found);
}

/// Whether a policy asks anybody for anything.
fn asks(policy: &Node<'_>) -> bool {
    let Some(classes) = policy.get("classes") else { return false };
    let Content::Mapping(classes) = &classes.value.content else { return false };
    classes.iter().any(|class| {
        class.value.get("approvals").and_then(|entry| entry.value.text()).is_none_or(|number| number != "0")
    })
}

struct KeyFiles<'k> {
    file: &'k Arc<str>,
    root: &'k Path,
    tree: &'k FileTree,
    sources: &'k mut Sources,
    found: &'k mut Vec<Diagnostic>,
}

impl KeyFiles<'_> {
    /// Reads the file that a field names; problems are reported at its lines.
    fn read<T>(
        &mut self,
        project: &Node<'_>,
        field: &str,
        read: impl FnOnce(&str) -> Result<Vec<T>, Vec<SignerProblem>>,
    ) -> Option<Vec<T>> {
        let value = &project.get(field)?.value;
        let name = value.text()?;
        let path = absolute(self.root, Path::new(name));
        let shown: Arc<str> = match Path::new(&**self.file).parent() {
            Some(folder) => folder.join(name).to_string_lossy().into(),
            None => name.into(),
        };
        let text = match read_text(self.tree, &path, &shown) {
            Ok(text) => text,
            Err(problem) => {
                self.found.push(problem.at(Some(&value.place.in_file(self.file))));
                return None;
            }
        };
        let result = read(&text);
        self.sources.insert(Arc::clone(&shown), text);
        match result {
            Ok(entries) => Some(entries),
            Err(problems) => {
                self.found.extend(problems.into_iter().map(|problem| {
                    let origin = Origin { file: Arc::clone(&shown), line: problem.line, column: 1 };
                    Diagnostic::error("signers-file", problem.message).at(Some(&origin)).hint(problem.hint)
                }));
                None
            }
        }
    }
}
