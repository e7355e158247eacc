//! Which plan a commit went through: what its message says, and what this checkout remembers of applies.

use std::collections::BTreeMap;
use std::path::Path;

use adplane_engine::git::Commit;
use adplane_engine::state::StateDir;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The trailer by which a commit names its plan.
const TRAILER: &str = "Adplane-Plan";

/// A plan that carried a commit to the platforms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanNote {
    /// Its hash.
    pub(super) hash: String,
    /// When it was last applied from this checkout, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) applied_at: Option<Timestamp>,
    /// Who approved it, where approvals were asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) approved_by: Vec<String>,
}

/// One line of what `adplane run` followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Followed {
    pub(crate) commit: String,
    pub(crate) plan: String,
    pub(crate) at: Timestamp,
}

/// Where that is written, below `.adplane/`.
pub(crate) const FOLLOWED: &str = "followed.jsonl";

/// What is remembered of applies.
pub(super) struct AppliedPlans {
    /// When each plan was applied, and who approved it.
    applied: BTreeMap<String, (Timestamp, Vec<String>)>,
    /// Plans by the commit that they were made for.
    followed: BTreeMap<String, Vec<String>>,
}

impl AppliedPlans {
    /// Reads it; what is not there or broken counts as nothing, since it only adds to what git says.
    pub(super) fn read(project: &Path) -> Self {
        let state = StateDir::of_project(project);
        let entries = state.apply_log().verify().unwrap_or_default();
        let text = std::fs::read_to_string(state.root().join(FOLLOWED)).unwrap_or_default();
        let mut followed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines().filter_map(|line| serde_json::from_str::<Followed>(line).ok()) {
            followed.entry(line.commit).or_default().push(line.plan);
        }
        let applied = entries.into_iter().map(|entry| (entry.plan, (entry.at, Vec::new()))).collect();
        Self { applied, followed }
    }

    /// Plans of a commit.
    pub(super) fn of(&self, commit: &Commit) -> Vec<PlanNote> {
        let named = commit.trailers(TRAILER).map(ToOwned::to_owned);
        let followed = self.followed.get(&commit.id.to_string()).into_iter().flatten().cloned();
        let mut notes: Vec<PlanNote> = named
            .chain(followed)
            .map(|hash| {
                let known = self.applied.get(&hash);
                PlanNote {
                    applied_at: known.map(|(at, _)| *at),
                    approved_by: known.map(|(_, by)| by.clone()).unwrap_or_default(),
                    hash,
                }
            })
            .collect();
        notes.sort();
        notes.dedup();
        notes
    }
}
