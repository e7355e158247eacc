//! What a plan breaks: what the vendor will do to an object besides storing the new value.
//!
//! Every statement rests on a row of the platform's `limits` or on what is live, and says how sure it is. Breaks explain;
//! they steer neither the planner nor `apply`, and they are not part of the hash, which covers what they follow from.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::{Action, Reason};
use super::change::{Change, FieldChange};
use super::input::PlanInput;
use super::money::view::{Side, View};
use crate::address::{AccountKey, Address, Kind};
use crate::desired::{DeletionPolicy, DesiredAccount};
use crate::field::FieldPath;
use crate::ids::ExternalId;
use crate::observed::ObservedObject;
use crate::schema::{Claim, Confidence, EditLimit, EditWindow, KindSchema, OnChange, PlatformSchema};
use crate::value::Value;

/// Names that a message lists before it counts the rest.
const NAMED: usize = 5;

/// Kinds of what can break, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BreakKind {
    /// It cannot be undone.
    CannotBeUndone,
    /// History, review, learning or ids in reports are lost.
    Loses,
    /// A new object has to take the old one's place.
    ForcesReplacement,
    /// Something stays live whose parent goes.
    LeavesWithoutParent,
    /// It spends outside the flight that it had.
    SpendsOutsideFlight,
    /// The vendor refuses so many edits, or edits at this time.
    ExceedsEditLimit,
    /// It goes back to review.
    GoesToReview,
    /// The learning phase starts again.
    ResetsLearning,
}

impl BreakKind {
    /// What people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::CannotBeUndone => "cannot be undone",
            Self::Loses => "loses",
            Self::ForcesReplacement => "forces a replacement",
            Self::LeavesWithoutParent => "leaves without a parent",
            Self::SpendsOutsideFlight => "spends outside its flight",
            Self::ExceedsEditLimit => "exceeds an edit limit",
            Self::GoesToReview => "goes to review",
            Self::ResetsLearning => "resets learning",
        }
    }
}

/// One thing that a change breaks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Break {
    /// What.
    pub what: BreakKind,
    /// The field behind it; absent when it is the whole object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<FieldPath>,
    /// The same for people, a sentence fragment.
    pub says: String,
    /// The vendor's rule behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How sure the rule is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
}

impl Break {
    fn new(what: BreakKind, says: impl Into<String>) -> Self {
        Self { what, path: None, says: says.into(), rule: None, confidence: None }
    }

    fn of(mut self, path: &FieldPath) -> Self {
        self.path = Some(path.clone());
        self
    }

    fn by(mut self, claim: Option<Claim>) -> Self {
        self.rule = claim.map(|claim| claim.source.to_owned());
        self.confidence = claim.map(|claim| claim.confidence);
        self
    }
}

/// What each change breaks, by address; changes that break nothing are left out.
pub(super) fn breaks(input: &PlanInput<'_>, changes: &[Change]) -> BTreeMap<Address, Vec<Break>> {
    let mut writing: HashMap<AccountKey, Vec<&Change>> = HashMap::new();
    for change in changes.iter().filter(|change| change.action.writes()) {
        writing.entry(change.address.account_key()).or_default().push(change);
    }
    let mut found = BTreeMap::new();
    for (key, changes) in &writing {
        let Some(account) = input.desired.accounts.get(key) else { continue };
        let Some(platform) = input.schemas.get(&account.platform) else { continue };
        let eyes = Eyes::new(input, account, platform, changes);
        for change in changes {
            let mut broken = eyes.look(change);
            broken.sort_by(|a, b| (a.what, &a.path).cmp(&(b.what, &b.path)));
            if !broken.is_empty() {
                found.insert(change.address.clone(), broken);
            }
        }
    }
    found
}

/// A change of a field that a vendor lets through only so often, when `recent` changes of it are known already.
pub fn exceeded(limit: &EditLimit, path: &FieldPath, recent: usize) -> Option<Break> {
    let EditWindow::Rate { changes, minutes } = limit.when else { return None };
    if recent < changes {
        return None;
    }
    let says = format!(
        "was changed {recent} times within the last {minutes} minutes, and {changes} changes are let through: wait, or \
         the platform refuses it"
    );
    Some(Break::new(BreakKind::ExceedsEditLimit, says).of(path).by(Some(limit.claim)))
}

/// One account as it is live, and what the plan does there.
struct Eyes<'a> {
    now: Timestamp,
    account: &'a DesiredAccount,
    platform: &'static PlatformSchema,
    live: HashMap<&'a ExternalId, &'a ObservedObject>,
    children: HashMap<&'a ExternalId, Vec<&'a ObservedObject>>,
    /// Live objects that this plan itself replaces or removes.
    going: HashSet<&'a ExternalId>,
}

impl<'a> Eyes<'a> {
    fn new(
        input: &PlanInput<'a>,
        account: &'a DesiredAccount,
        platform: &'static PlatformSchema,
        changes: &[&'a Change],
    ) -> Self {
        let objects =
            input.observed.accounts.get(&account.key).into_iter().flat_map(|account| &account.objects);
        let mut children: HashMap<&ExternalId, Vec<&ObservedObject>> = HashMap::new();
        let mut live = HashMap::new();
        for object in objects {
            live.insert(&object.id, object);
            if let Some(parent) = &object.parent {
                children.entry(parent).or_default().push(object);
            }
        }
        let going = changes
            .iter()
            .filter(|change| matches!(change.action, Action::Replace | Action::Delete | Action::Release))
            .flat_map(|change| change.id.iter().chain(&change.superseded))
            .collect();
        Self { now: input.now, account, platform, live, children, going }
    }

    fn look(&self, change: &Change) -> Vec<Break> {
        let Some(schema) = self.platform.kind(change.address.kind) else { return Vec::new() };
        let mut found = Vec::new();
        if change.action != Action::Create {
            for field in change.fields.iter().filter(|field| field.before != field.after) {
                self.field(change, schema, field, &mut found);
            }
        }
        match change.action {
            Action::Create => found.extend(self.joining(change)),
            Action::Replace => self.replaced(change, schema, &mut found),
            Action::Delete => self.removed(change, schema, &mut found),
            Action::Release => found.extend(self.orphans(change, "is not ours any more")),
            Action::Update | Action::Adopt => {
                self.flight(change, &mut found);
                found.extend(self.resumed(change));
            }
            Action::None | Action::Blocked => {}
        }
        found
    }

    fn field(&self, change: &Change, schema: &KindSchema, field: &FieldChange, found: &mut Vec<Break>) {
        let row = schema.field(field.path.as_str());
        let title = self.platform.platform.title();
        if field.immutable {
            let says =
                format!("is fixed at create on {title}: a new {} takes its place", word(change.address.kind));
            found.push(Break::new(BreakKind::ForcesReplacement, says).of(&field.path));
        }
        if field.resets_learning.is_some() {
            let says = "starts the learning phase again";
            found.push(Break::new(BreakKind::ResetsLearning, says).of(&field.path).by(row.learning));
        }
        if field.needs_review.is_some() {
            let says = "goes back to review; it may not run until it is approved";
            found.push(Break::new(BreakKind::GoesToReview, says).of(&field.path).by(row.review));
        }
        let emptied = field.after.as_ref().is_none_or(|value| value.members().is_empty());
        if row.clears_in_place && emptied && !field.immutable {
            let says = "can be emptied once; filling it again takes a new campaign";
            found.push(Break::new(BreakKind::CannotBeUndone, says).of(&field.path));
        }
        let comes = field.after.as_ref().and_then(Value::as_time).is_none_or(|time| time.at <= self.now);
        if matches!(row.on_change, OnChange::RefuseOncePast(_)) && comes && !field.immutable {
            let says = "has come with this change and cannot be moved afterwards";
            found.push(Break::new(BreakKind::CannotBeUndone, says).of(&field.path));
        }
        if change.action != Action::Replace {
            found.extend(self.time_of_day(change.address.kind, field));
        }
    }

    /// An edit at a time of day when the vendor refuses it.
    fn time_of_day(&self, kind: Kind, field: &FieldChange) -> Option<Break> {
        let local = self.now.to_zoned(self.account.zone.rules());
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        self.platform
            .edit_limits
            .iter()
            .filter(|limit| limit.kind == kind && field.path.is_within(limit.path))
            .find_map(|limit| {
                let EditWindow::TimeOfDay { from, to } = limit.when else { return None };
                let inside =
                    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to };
                let clock = |minute: i32| format!("{:02}:{:02}", minute / 60, minute % 60);
                let says = format!(
                    "is refused between {} and {} in {}, and it is {} there",
                    clock(from),
                    clock(to),
                    self.account.zone,
                    clock(minute)
                );
                inside.then(|| {
                    Break::new(BreakKind::ExceedsEditLimit, says).of(&field.path).by(Some(limit.claim))
                })
            })
    }

    /// What runs again after a pause that may have been long enough to forget what was learned.
    fn resumed(&self, change: &Change) -> Option<Break> {
        let rule = self.platform.pause_relearns?;
        let state = change.field("state").filter(|field| text(field.after.as_ref()) == Some("Active"))?;
        let live = self.live.get(change.id.as_ref()?).filter(|live| !live.is_active())?;
        let whose = match change.address.kind {
            Kind::AdGroup => "its learning phase starts",
            // Ad groups learn; those that are active below it stood still with it.
            Kind::Campaign if self.children.get(&live.id)?.iter().any(|group| group.is_active()) => {
                "the learning phases of its ad groups start"
            }
            Kind::Budget | Kind::Campaign | Kind::Ad => return None,
        };
        let long = SignedDuration::from_hours(24 * rule.days);
        let is_long = |since: Timestamp| self.now.duration_since(since) >= long;
        if live.created.is_some_and(|created| !is_long(created)) {
            return None;
        }
        let says = match live.edited.filter(|edited| is_long(*edited)) {
            Some(edited) => {
                let day = edited.to_zoned(self.account.zone.rules()).date();
                format!("was paused on {day} at the latest, {} days ago or more: {whose} again", rule.days)
            }
            None => format!("if paused for {} days or more, {whose} again", rule.days),
        };
        Some(Break::new(BreakKind::ResetsLearning, says).of(&state.path).by(Some(rule.claim)))
    }

    /// A new ad in an ad group that runs already.
    fn joining(&self, change: &Change) -> Option<Break> {
        let claim = self.platform.new_ad_relearns.filter(|_| change.address.kind == Kind::Ad)?;
        let group = self.live.get(change.parent_id.as_ref()?).filter(|group| group.is_active())?;
        let says = format!("joins `{}`, whose learning phase starts again", group.display_name());
        Some(Break::new(BreakKind::ResetsLearning, says).by(Some(claim)))
    }

    fn replaced(&self, change: &Change, schema: &KindSchema, found: &mut Vec<Break>) {
        let object = self.account.objects.get(&change.address);
        let deletes = object.is_some_and(|object| object.deletion_policy == DeletionPolicy::Delete);
        let (fate, undone) = if deletes {
            ("is deleted", "the old one is deleted and cannot be brought back")
        } else {
            (
                "stays paused",
                "writing the old value again makes a third object; the old one stays paused under its id",
            )
        };
        found.push(Break::new(BreakKind::CannotBeUndone, undone));
        found.push(Break::new(BreakKind::Loses, format!("{}; the old one {fate}", schema.lost_with_it)));
        found.extend(self.orphans(change, if deletes { "is deleted" } else { "is paused" }));
    }

    fn removed(&self, change: &Change, schema: &KindSchema, found: &mut Vec<Break>) {
        let deletes = change
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::NotInYaml { policy: DeletionPolicy::Delete }));
        if deletes {
            let says = format!(
                "{} does not bring a deleted {} back",
                self.platform.platform.title(),
                word(change.address.kind)
            );
            found.push(Break::new(BreakKind::CannotBeUndone, says));
            found.push(Break::new(BreakKind::Loses, schema.lost_with_it));
        }
        found.extend(self.orphans(change, if deletes { "is deleted" } else { "is paused" }));
    }

    /// Active objects below what goes that the plan itself leaves where they are.
    fn orphans(&self, change: &Change, fate: &str) -> Option<Break> {
        let children = self.children.get(change.id.as_ref()?)?;
        let left: Vec<&str> = children
            .iter()
            .filter(|child| child.is_active() && !self.going.contains(&child.id))
            .map(|child| child.display_name())
            .collect();
        if left.is_empty() {
            return None;
        }
        let mut names: Vec<String> = left.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        if left.len() > NAMED {
            names.push(format!("{} more", left.len() - NAMED));
        }
        let verb = if left.len() == 1 { "stays" } else { "stay" };
        let says = format!("{} {verb} active below it while it {fate}", names.join(", "));
        Some(Break::new(BreakKind::LeavesWithoutParent, says))
    }

    /// What runs on past the end that it had, or before its start.
    fn flight(&self, change: &Change, found: &mut Vec<Break>) {
        let live = change.id.as_ref().and_then(|id| self.live.get(id).copied());
        let view = View { live, change: Some(change) };
        if !view.active(Side::After) {
            return;
        }
        let (before, after) = (view.flight(Side::Before), view.flight(Side::After));
        let day =
            |at: Timestamp| at.to_zoned(self.account.zone.rules()).strftime("%Y-%m-%d %H:%M").to_string();
        let mut say = |path: &str, says: String| {
            found.push(Break::new(BreakKind::SpendsOutsideFlight, says).of(&path.into()));
        };
        match (before.end, after.end) {
            (Some(old), None) => {
                say("schedule.end", format!("runs on without an end; it ended on {}", day(old)));
            }
            (Some(old), Some(new)) if new > old => {
                say("schedule.end", format!("runs on past {}, its end so far, until {}", day(old), day(new)));
            }
            _ => {}
        }
        if let Some(old) = before.start.filter(|start| *start > self.now)
            && after.start.is_none_or(|new| new < old)
        {
            let new = after
                .start
                .filter(|start| *start > self.now)
                .map_or("at once".to_owned(), |new| format!("on {}", day(new)));
            say("schedule.start", format!("starts {new}, before {}, its start so far", day(old)));
        }
    }
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_text)
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Budget => "shared budget",
        Kind::Campaign => "campaign",
        Kind::AdGroup => "ad group",
        Kind::Ad => "ad",
    }
}
