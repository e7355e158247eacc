//! Links between the repository's documents: whatever a document points to is there.

use std::path::Path;

use crate::workspace::{TextFile, Workspace};

/// Links that lead nowhere, as sentences.
pub(crate) fn problems(workspace: &Workspace, documents: &[TextFile]) -> Vec<String> {
    let mut problems = Vec::new();
    for document in documents {
        let folder = Path::new(&document.path).parent().unwrap_or(Path::new(""));
        for target in targets(&document.text) {
            if !workspace.root.join(folder).join(target).exists() {
                problems.push(format!("{}: `{target}` does not exist", document.path));
            }
        }
    }
    problems
}

/// Files that a document links to, without anchors; web addresses are left out.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split_once(')')?.0;
        let file = target.split('#').next().unwrap_or_default();
        (!file.is_empty() && !file.contains("://") && !file.contains(' ')).then_some(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_anchors_and_addresses() {
        let text =
            "See [map](ARCHITECTURE.md#map), [here](#below), [web](https://adplane.io) and [b](docs/cli.md).";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["ARCHITECTURE.md", "docs/cli.md"]);
    }
}
