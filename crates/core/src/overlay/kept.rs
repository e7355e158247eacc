//! What a plan rests on that lies outside of git: it must still be so when the plan is carried out.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DAILY_BUDGET, Overlay, STATE, Target, author};
use crate::address::Address;
use crate::desired::Desired;
use crate::field::FieldPath;
use crate::ids::ObjectName;
use crate::plan::{Change, Plan};

/// A value that a rule put in force, kept by Adplane itself, as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kept {
    /// The object.
    pub address: Address,
    /// The field.
    pub path: FieldPath,
    /// The name of its `Override`.
    pub name: ObjectName,
    /// The rule or pool that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ObjectName>,
    /// Whether it is a pool.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub pool: bool,
    /// The value, before git's bounds.
    pub value: String,
    /// Fingerprint of what it was decided from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

impl Kept {
    fn of(address: &Address, overlay: &Overlay) -> Self {
        Self {
            address: address.clone(),
            path: overlay.setting.path(),
            name: overlay.name.clone(),
            rule: overlay.rule.clone(),
            pool: overlay.pool,
            value: overlay.setting.to_string(),
            evidence: overlay.evidence.clone(),
        }
    }

    fn is_of(&self, change: &Change, path: &str) -> bool {
        self.address == change.address && self.path.as_str() == path
    }

    fn author(&self) -> String {
        author(self.rule.as_ref(), self.pool, &self.name)
    }
}

/// The values of fields that a plan writes, in force or not: what is in force follows from all of them.
pub(crate) fn kept(desired: &Desired, plan: &Plan) -> Vec<Kept> {
    let mut found = Vec::new();
    for settled in desired.overlays.settled.iter().filter(|settled| settled.overlay.origin.is_none()) {
        let change = plan.changes.binary_search_by(|change| change.address.cmp(&settled.address)).ok();
        let change = change.and_then(|index| plan.changes.get(index));
        if change.is_some_and(|change| writes(change, settled.overlay.setting.path().as_str())) {
            found.push(Kept::of(&settled.address, &settled.overlay));
        }
    }
    found
}

fn writes(change: &Change, path: &str) -> bool {
    change.action.writes() && change.field(path).is_some_and(|field| field.before != field.after)
}

/// What a plan rests on and is not so any more, by the values that are kept now. How long each counts is no part of it.
pub fn moved(plan: &Plan, now: &[Overlay]) -> Vec<String> {
    let mut found = Vec::new();
    for change in &plan.changes {
        let target = Target::of(&change.address);
        for path in [DAILY_BUDGET, STATE].into_iter().filter(|path| writes(change, path)) {
            let then: BTreeSet<&Kept> =
                plan.overrides.iter().filter(|kept| kept.is_of(change, path)).collect();
            let theirs = now.iter().filter(|overlay| overlay.object == target);
            let now: BTreeSet<Kept> = theirs
                .map(|overlay| Kept::of(&change.address, overlay))
                .filter(|kept| kept.is_of(change, path))
                .collect();
            let object = change.address.short();
            let gone = then.iter().filter(|kept| !now.contains(**kept));
            found.extend(gone.map(|kept| {
                let author = kept.author();
                format!(
                    "{object}: `{path}` rests on {} by overlay of {author}, which is gone or another by now",
                    kept.value
                )
            }));
            let new = now.iter().filter(|kept| !then.contains(kept));
            found.extend(new.map(|kept| {
                format!(
                    "{object}: {} has decided {} for `{path}` since the plan was made",
                    kept.author(),
                    kept.value
                )
            }));
        }
    }
    found
}
