//! What a plan says of overlays: beside the changes that rest on them, and as remarks where nothing changes.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ended, InForce, Setting, Settled, Standing};
use crate::diagnostic::Diagnostic;
use crate::field::{Field, FieldOwner, FieldPath};
use crate::observed::ObservedObject;
use crate::plan::{Change, Plan, PlanInput, Reason};
use crate::time::{Time, Zone};
use crate::value::Value;

/// Remarks of one code beyond which only their number is told.
const REMARKS: usize = 20;
/// Digits of evidence that people are shown.
const DIGITS: usize = 12;
/// What is in force and not live, because the plan leaves the field as it is.
const LEFT: &str = "overlay-not-written";

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
        let author = by.author();
        let until = by.ends().map_or("it lets go", |_| until.as_str());
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
        let author = by.author();
        write!(f, "overlay of {author} removed ({value}), since {ended}: `{path}` returns to {returns_to}")
    }
}

/// The first digits of a fingerprint.
fn short(evidence: &str) -> &str {
    let digits = evidence.strip_prefix("sha256:").map_or(0, |_| "sha256:".len()) + DIGITS;
    evidence.get(..digits).unwrap_or(evidence)
}

/// Says of every overlay in view what it does, or that it counts no more.
pub(crate) fn tell(input: &PlanInput<'_>, plan: &mut Plan) {
    let desired = input.desired;
    let mut remarks: BTreeMap<&'static str, Vec<Diagnostic>> = BTreeMap::new();
    for settled in &desired.overlays.settled {
        let path = settled.overlay.setting.path();
        let object = desired.object(&settled.address);
        let field = object.and_then(|object| object.field(path.as_str()));
        let zone = desired.accounts.get(&settled.address.account_key()).map(|account| &account.zone);
        let found = plan.changes.binary_search_by(|change| change.address.cmp(&settled.address)).ok();
        let live = found.and_then(|index| live(input, &plan.changes[index]));
        let change =
            found.and_then(|index| plan.changes.get_mut(index)).filter(|change| touches(change, &path));
        let seen = Seen {
            path: &path,
            field,
            zone,
            change: change.as_deref(),
            live: live.and_then(|live| live.value(path.as_str())),
        };
        let Some((code, reason, text)) = said(settled, &seen) else { continue };
        if let (Some(change), Some(reason)) = (change, reason) {
            change.reasons.push(reason);
        } else {
            let severity = if code == LEFT { Diagnostic::warning } else { Diagnostic::info };
            let remark = severity(code, format!("{}: {text}", settled.address.short()));
            let origin = settled.overlay.origin.as_ref();
            remarks.entry(code).or_default().push(remark.on(&settled.address).field(path).at(origin));
        }
    }
    for (code, mut all) in remarks {
        let more = all.len().saturating_sub(REMARKS);
        all.truncate(REMARKS);
        plan.diagnostics.extend(all);
        if more > 0 {
            let severity = if code == LEFT { Diagnostic::warning } else { Diagnostic::info };
            plan.diagnostics.push(severity(code, format!("and {more} more overlays of this kind")));
        }
    }
}

/// Whether a change writes the field, or shows it as what cannot be written.
fn touches(change: &Change, path: &FieldPath) -> bool {
    change.field(path.as_str()).is_some_and(|field| field.before != field.after)
}

/// The live object that a change is about.
fn live<'a>(input: &PlanInput<'a>, change: &Change) -> Option<&'a ObservedObject> {
    let account = input.observed.accounts.get(&change.address.account_key())?;
    let id = change.id.as_ref()?;
    account.objects.iter().find(|object| object.kind == change.address.kind && object.id == *id)
}

type Said = (&'static str, Option<Reason>, String);

/// A field as an overlay meets it.
struct Seen<'a> {
    path: &'a FieldPath,
    /// What is wanted of it.
    field: Option<&'a Field>,
    zone: Option<&'a Zone>,
    /// The change, where it is about this field.
    change: Option<&'a Change>,
    /// What is live.
    live: Option<&'a Value>,
}

fn said(settled: &Settled, seen: &Seen<'_>) -> Option<Said> {
    let overlay = &settled.overlay;
    let author = InForce::from(overlay).author();
    let path = seen.path;
    match &settled.standing {
        Standing::Idle => None,
        Standing::InForce => in_force(settled, seen, &author),
        Standing::Behind(other) => {
            let text = format!("overlay of {author} on `{path}` waits behind override `{other}`");
            Some(("overlay-behind", None, text))
        }
        Standing::Unproven => {
            let text = format!(
                "overlay of {author} on `{path}` ({}) waits, since nobody can tell whether the rule is still in git: plan the \
                 whole project, and mend what cannot be read",
                overlay.setting
            );
            Some((LEFT, None, text))
        }
        Standing::Ended(ended) => Some(over(settled, seen, ended, &author)),
    }
}

fn in_force(settled: &Settled, seen: &Seen<'_>, author: &str) -> Option<Said> {
    let overlay = &settled.overlay;
    let field = seen.field?;
    let written = field.owner.written()?;
    if let (None, Some(live)) = (seen.change, seen.live.filter(|live| **live != field.value)) {
        // Held by somebody's decision about drift, or outside of a range of commits.
        let text =
            format!("{author} wants `{}` at {}, but it is left as it is: {live}", seen.path, field.value);
        return Some((LEFT, None, text));
    }
    let asked = match (overlay.setting, &field.owner) {
        (Setting::DailyBudget(amount), FieldOwner::Managed(managed)) => {
            (managed.within(amount) != amount).then(|| amount.to_string())
        }
        _ => None,
    };
    let overlaid = Overlaid {
        path: seen.path.clone(),
        value: field.value.to_string(),
        written: written.to_string(),
        asked,
        until: until(overlay.expires, seen.zone),
        by: InForce::from(overlay),
    };
    let text = overlaid.to_string();
    Some(("overlay-in-force", Some(Reason::Overlaid(Box::new(overlaid))), text))
}

/// What counts no more explains a change only where its value is what is live and nothing else took its place.
fn over(settled: &Settled, seen: &Seen<'_>, ended: &Ended, author: &str) -> Said {
    let overlay = &settled.overlay;
    let path = seen.path;
    let field = seen.field.filter(|field| field.owner.overlay().is_none());
    let was = |before: &Value| match (overlay.setting, field.map(|field| &field.owner)) {
        (Setting::DailyBudget(amount), Some(FieldOwner::Managed(managed))) => {
            [amount, managed.within(amount)].into_iter().any(|amount| *before == amount.into())
        }
        (setting, _) => before.to_string() == setting.to_string(),
    };
    let before = seen.change.and_then(|change| change.field(path.as_str())?.before.as_ref());
    if let Some(field) = field.filter(|_| before.is_some_and(was)) {
        let returned = Returned {
            path: path.clone(),
            value: overlay.setting.to_string(),
            returns_to: field.value.to_string(),
            ended: ended.clone(),
            by: InForce::from(overlay),
        };
        let text = returned.to_string();
        return ("overlay-ended", Some(Reason::Returned(Box::new(returned))), text);
    }
    let remove = if overlay.origin.is_some() { "; delete it" } else { "" };
    let text = format!("overlay of {author} on `{path}` has no effect any more, since {ended}{remove}");
    ("overlay-ended", None, text)
}

/// An instant as people of the account read it.
fn until(at: jiff::Timestamp, zone: Option<&Zone>) -> String {
    let time = Time::new(at, zone.cloned().unwrap_or_else(Zone::utc));
    format!("{} ({})", time.local(), time.zone)
}
