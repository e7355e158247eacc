//! What a plan says of overlays: beside the changes that rest on them, and as remarks where nothing changes.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ended, InForce, Setting, Settled, Standing, author};
use crate::desired::Desired;
use crate::diagnostic::Diagnostic;
use crate::field::{Field, FieldOwner, FieldPath};
use crate::plan::{Change, Plan, Reason};
use crate::time::{Time, Zone};

/// Remarks of one code beyond which only their number is told.
const REMARKS: usize = 20;
/// Digits of evidence that people are shown.
const DIGITS: usize = 12;

/// A value in force in place of git's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overlaid {
    /// The field.
    pub path: FieldPath,
    /// The value in force.
    pub value: String,
    /// What git says.
    pub written: String,
    /// The value as asked for, where git's bounds hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// Until when, in the account's zone.
    pub until: String,
    /// Who put it in force.
    pub by: InForce,
}

/// A value that counts no more.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Returned {
    /// The field.
    pub path: FieldPath,
    /// The value as the overlay had it.
    pub value: String,
    /// What counts again.
    pub returns_to: String,
    /// Why it counts no more.
    pub ended: Ended,
    /// Who put it in force.
    pub by: InForce,
}

impl fmt::Display for Overlaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, value, written, asked, until, by } = self;
        let author = author(by.rule.as_ref(), &by.name);
        if path.as_str() == super::STATE {
            write!(f, "held by {author} until {until}: {value} in place of {written}")?;
        } else {
            write!(f, "`{path}` is {value} by overlay of {author} until {until}, in place of {written}")?;
        }
        asked.iter().try_for_each(|asked| write!(f, "; it asks for {asked}, and git's bounds win"))?;
        by.reason.iter().try_for_each(|reason| write!(f, "; {reason}"))?;
        by.evidence.iter().try_for_each(|evidence| write!(f, "; evidence {}", short(evidence)))
    }
}

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, value, returns_to, ended, by } = self;
        let author = author(by.rule.as_ref(), &by.name);
        write!(f, "overlay of {author} removed ({value}), since {ended}: `{path}` returns to {returns_to}")
    }
}

/// The first digits of a fingerprint.
fn short(evidence: &str) -> &str {
    let digits = evidence.strip_prefix("sha256:").map_or(0, |_| "sha256:".len()) + DIGITS;
    evidence.get(..digits).unwrap_or(evidence)
}

/// Says of every overlay in view what it does, or that it counts no more.
pub(crate) fn tell(desired: &Desired, plan: &mut Plan) {
    let mut remarks: BTreeMap<&'static str, Vec<Diagnostic>> = BTreeMap::new();
    for settled in &desired.overlays.settled {
        let path = settled.overlay.setting.path();
        let object = desired.object(&settled.address);
        let field = object.and_then(|object| object.field(path.as_str()));
        let zone = desired.accounts.get(&settled.address.account_key()).map(|account| &account.zone);
        let found = plan.changes.binary_search_by(|change| change.address.cmp(&settled.address)).ok();
        let change =
            found.and_then(|index| plan.changes.get_mut(index)).filter(|change| touches(change, &path));
        let Some((code, reason, text)) = said(settled, &path, field, zone) else { continue };
        if let (Some(change), Some(reason)) = (change, reason) {
            change.reasons.push(reason);
        } else {
            let remark = Diagnostic::info(code, format!("{}: {text}", settled.address.short()));
            let origin = settled.overlay.origin.as_ref();
            remarks.entry(code).or_default().push(remark.on(&settled.address).field(path).at(origin));
        }
    }
    for (code, mut all) in remarks {
        let more = all.len().saturating_sub(REMARKS);
        all.truncate(REMARKS);
        plan.diagnostics.extend(all);
        if more > 0 {
            plan.diagnostics.push(Diagnostic::info(code, format!("and {more} more overlays of this kind")));
        }
    }
}

/// Whether a change writes the field, or shows it as what cannot be written.
fn touches(change: &Change, path: &FieldPath) -> bool {
    change.field(path.as_str()).is_some_and(|field| field.before != field.after)
}

type Said = (&'static str, Option<Reason>, String);

fn said(settled: &Settled, path: &FieldPath, field: Option<&Field>, zone: Option<&Zone>) -> Option<Said> {
    let overlay = &settled.overlay;
    let by = InForce::from(overlay);
    match &settled.standing {
        Standing::Idle => None,
        Standing::InForce => {
            let field = field?;
            let written = field.owner.written()?;
            let asked = match (overlay.setting, &field.owner) {
                (Setting::DailyBudget(amount), FieldOwner::Managed(managed)) => {
                    (managed.within(amount) != amount).then(|| amount.to_string())
                }
                _ => None,
            };
            let overlaid = Overlaid {
                path: path.clone(),
                value: field.value.to_string(),
                written: written.to_string(),
                asked,
                until: until(overlay.expires, zone),
                by,
            };
            let text = overlaid.to_string();
            Some(("overlay-in-force", Some(Reason::Overlaid(Box::new(overlaid))), text))
        }
        Standing::Behind(other) => {
            let author = author(overlay.rule.as_ref(), &overlay.name);
            let text = format!("overlay of {author} on `{path}` waits behind override `{other}`");
            Some(("overlay-behind", None, text))
        }
        Standing::Ended(ended) => {
            let Some(field) = field else {
                let author = author(by.rule.as_ref(), &by.name);
                let text = format!("overlay of {author} removed, since {ended}: `{path}` is left as it is");
                return Some(("overlay-ended", None, text));
            };
            let returned = Returned {
                path: path.clone(),
                value: overlay.setting.to_string(),
                returns_to: field.value.to_string(),
                ended: ended.clone(),
                by,
            };
            let text = returned.to_string();
            Some(("overlay-ended", Some(Reason::Returned(Box::new(returned))), text))
        }
    }
}

/// An instant as people of the account read it.
fn until(at: jiff::Timestamp, zone: Option<&Zone>) -> String {
    let time = Time::new(at, zone.cloned().unwrap_or_else(Zone::utc));
    format!("{} ({})", time.local(), time.zone)
}
