//! Which plan a commit went through: what its message says, what `adplane run` followed, and which write of the apply
//! log brought one of its values to a platform first.
//!
//! The log is read leniently, line by line: it only adds to what git says. Whether it is whole is `audit verify`'s
//! question.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use adplane_core::address::Address;
use adplane_core::plan::document::encode;
use adplane_engine::git::Commit;
use adplane_engine::state::StateDir;
use adplane_manifest::compare::{Happening, ObjectDifference};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The trailer by which a commit names its plan.
const TRAILER: &str = "Adplane-Plan";
/// The apply log, below `.adplane/`.
const LOG: &str = "log.jsonl";
/// Where `adplane run` writes which plan carried a commit, below `.adplane/`.
pub(crate) const FOLLOWED: &str = "followed.jsonl";

/// One line of what `adplane run` followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Followed {
    pub(crate) commit: String,
    pub(crate) plan: String,
    pub(crate) at: Timestamp,
}

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

/// An object and a field of it, in one namespace.
type Place = (String, String, String);

/// What is remembered of applies.
#[derive(Debug, Default)]
pub(super) struct AppliedPlans {
    /// When each plan was applied, and who approved it.
    applied: BTreeMap<String, (Timestamp, Vec<String>)>,
    /// Plans by the commit that they were made for.
    followed: BTreeMap<String, Vec<String>>,
    /// Values that were written, in the order of time, with their plans.
    written: HashMap<Place, Vec<(Timestamp, Value, String)>>,
}

impl AppliedPlans {
    /// Reads what a project remembers.
    pub(super) fn read(project: &Path) -> Self {
        let root = StateDir::of_project(project).root().to_owned();
        let text = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
        let mut plans = Self::default();
        for line in text(LOG).lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            plans.line(&line);
        }
        for line in text(FOLLOWED).lines().filter_map(|line| serde_json::from_str::<Followed>(line).ok()) {
            plans.applied.entry(line.plan.clone()).or_insert((line.at, Vec::new()));
            plans.followed.entry(line.commit).or_default().push(line.plan);
        }
        plans
    }

    fn line(&mut self, line: &Value) -> Option<()> {
        let plan = line.get("plan")?.as_str()?.to_owned();
        let at: Timestamp = line.get("at")?.as_str()?.parse().ok()?;
        if let Some(approvals) = line.get("approvals").and_then(Value::as_array) {
            let by = approvals.iter().filter_map(|approval| approval.get("principal")?.as_str());
            let mut by: Vec<String> = by.map(ToOwned::to_owned).collect();
            by.dedup();
            self.applied.insert(plan.clone(), (at, by));
        } else {
            self.applied.entry(plan.clone()).or_insert((at, Vec::new()));
        }
        if line.get("result").is_some_and(|result| result != "done") {
            return None;
        }
        let address: Address = line.get("address")?.as_str()?.parse().ok()?;
        for field in line.get("fields")?.as_array()? {
            let (Some(path), Some(after)) = (field.get("path").and_then(Value::as_str), field.get("after"))
            else {
                continue;
            };
            let place = (address.namespace.to_string(), address.short(), path.to_owned());
            self.written.entry(place).or_default().push((at, after.clone(), plan.clone()));
        }
        Some(())
    }

    /// Plans of a commit.
    pub(super) fn of(&self, commit: &Commit, objects: &[ObjectDifference]) -> Vec<PlanNote> {
        let named = commit.trailers(TRAILER).map(ToOwned::to_owned);
        let followed = self.followed.get(&commit.id.to_string()).into_iter().flatten().cloned();
        let written = objects.iter().filter_map(|object| self.first_write(commit, object));
        let mut hashes: Vec<String> = named.chain(followed).chain(written).collect();
        hashes.sort();
        hashes.dedup();
        let note = |hash: String| {
            let known = self.applied.get(&hash);
            PlanNote {
                applied_at: known.map(|(at, _)| *at),
                approved_by: known.map(|(_, by)| by.clone()).unwrap_or_default(),
                hash,
            }
        };
        hashes.into_iter().map(note).collect()
    }

    /// The plan that first wrote a value of this change after the commit.
    fn first_write(&self, commit: &Commit, object: &ObjectDifference) -> Option<String> {
        if object.happening == Happening::Removed {
            return None;
        }
        let writes = object.fields.iter().filter_map(|field| {
            let wanted = encode(field.after.as_ref()?);
            let place = (object.key.namespace.to_string(), object.short(), field.path.to_string());
            self.written.get(&place)?.iter().find(|(at, after, _)| *at >= commit.at && *after == wanted)
        });
        writes.min_by_key(|(at, ..)| *at).map(|(_, _, plan)| plan.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_found_by_trailer_by_commit_and_by_what_they_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join(".adplane");
        std::fs::create_dir(&root).unwrap();
        let begin = r#"{"at":"2026-03-02T00:00:00Z","event":"begin","plan":"sha256:b","approvals":[{"principal":"ana@shop.example"}]}"#;
        let write = |at: &str, result: &str, after: &str| {
            format!(
                r#"{{"at":"{at}","event":"write","plan":"sha256:{after}","address":"meta/meta-eu/Campaign/default/a","result":"{result}","fields":[{{"path":"budget.daily","before":null,"after":"{after}"}}]}}"#
            )
        };
        let lines = [
            begin.to_owned(),
            write("2026-02-01T00:00:00Z", "done", "5.00 EUR"),
            write("2026-03-02T00:00:00Z", "failed", "5.00 EUR"),
            write("2026-03-03T00:00:00Z", "done", "6.00 EUR"),
            "no log line".to_owned(),
        ];
        std::fs::write(root.join(LOG), lines.join("\n")).unwrap();
        let id = "0123456789abcdef0123456789abcdef01234567";
        let followed = format!(r#"{{"commit":"{id}","plan":"sha256:b","at":"2026-03-02T00:00:01Z"}}"#);
        std::fs::write(root.join(FOLLOWED), followed).unwrap();

        let plans = AppliedPlans::read(folder.path());
        let by = &plans.applied["sha256:b"];
        assert_eq!(by.1, ["ana@shop.example"]);
        assert_eq!(plans.followed[id], ["sha256:b"]);
        let place = ("default".to_owned(), "campaign/a".to_owned(), "budget.daily".to_owned());
        let values: Vec<&Value> = plans.written[&place].iter().map(|(_, after, _)| after).collect();
        assert_eq!(values, ["5.00 EUR", "6.00 EUR"], "what failed brought nothing");
    }
}
