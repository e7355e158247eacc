//! From a decision and its outcome to the status of every resource of an account.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::address::{Address, Kind};
use adplane_core::ids::ExternalId;
use adplane_core::money::Money;
use adplane_core::observed::{Delivery, ObservedObject, Review};
use adplane_core::plan::document::DocumentDrift;
use adplane_core::plan::{Action, Blocked, Change, Reason as PlanReason};
use adplane_core::value::Value;
use adplane_manifest::api::status::{
    AdStatus, Condition, ObjectCounts, PlanPhase, PlanReference, ResourceStatus,
};
use adplane_manifest::api::text::{AdLabel, Amount, Instant, Note, ResourceName, VendorId, Word};
use adplane_manifest::load::DocumentKind;

use super::super::act::Outcome;
use super::super::decide::{Decision, Hold, Standing, opening};
use super::super::gather::World;
use super::super::lower::resource_of;
use super::super::rules::Ran;
use super::conditions::{Found, Reason, Type};
use super::figures::{self, Of};
use crate::cache::{Resource, ResourceKey};
use crate::deletion::Release;
use crate::delivered::Known;
use crate::plans::{note, shown};

/// Ads that a status lists.
const ADS: usize = 50;
/// The planner's code for an object that carries somebody else's marker.
const OWNED_BY_ANOTHER: &str = "owned-by-another";

/// The status of every resource that this account reports on, one at a time.
pub fn project<'a>(
    world: &'a World,
    decision: &'a Decision,
    outcome: &'a Outcome,
    ran: &'a Ran,
) -> impl Iterator<Item = (&'a Resource, ResourceStatus)> {
    let view = View::new(world, decision, outcome, ran);
    let reported = world.resources.iter().filter(|resource| world.reports.contains(&resource.key));
    reported.map(move |resource| (&**resource, view.status(resource)))
}

/// What was changed on the platform, for people.
pub fn drift_text(item: &DocumentDrift) -> String {
    let what = match &item.path {
        None => format!("{} is gone", item.address.short()),
        Some(path) => {
            let wanted = shown(item.yaml.as_ref());
            let wanted = match &item.overlay {
                None => wanted,
                Some(overlay) => {
                    let author = overlay.by.author();
                    format!("{} ({author}; git: {wanted})", shown(overlay.value.as_ref()))
                }
            };
            format!("{path} of {}: {}, not {wanted}", item.address.short(), shown(item.live.as_ref()))
        }
    };
    match &item.changed_by {
        Some(by) if by.client.is_empty() => format!("{what}; {} at {}", by.actor, by.local),
        Some(by) => format!("{what}; {} ({}) at {}", by.actor, by.client, by.local),
        None => what,
    }
}

/// Everything indexed by the resource that it is about.
struct View<'a> {
    world: &'a World,
    decision: &'a Decision,
    outcome: &'a Outcome,
    ran: &'a Ran,
    changes: BTreeMap<ResourceKey, Vec<&'a Change>>,
    drift: BTreeMap<ResourceKey, Vec<&'a DocumentDrift>>,
    live: HashMap<(Kind, &'a ExternalId), &'a ObservedObject>,
    /// The gravest review among the ads below a campaign.
    reviews: HashMap<&'a Address, Review>,
}

impl<'a> View<'a> {
    fn new(world: &'a World, decision: &'a Decision, outcome: &'a Outcome, ran: &'a Ran) -> Self {
        let mut changes: BTreeMap<ResourceKey, Vec<&Change>> = BTreeMap::new();
        for change in &decision.plan.changes {
            changes.entry(resource_of(&change.address)).or_default().push(change);
        }
        let mut drift: BTreeMap<ResourceKey, Vec<&DocumentDrift>> = BTreeMap::new();
        for item in &outcome.drift {
            drift.entry(resource_of(&item.address)).or_default().push(item);
        }
        let observed = world.observed.accounts.values().flat_map(|account| &account.objects);
        let live = observed.map(|object| ((object.kind, &object.id), object)).collect();
        let mut view = Self { world, decision, outcome, ran, reviews: HashMap::new(), live, changes, drift };
        view.reviews = view.gravest_reviews();
        view
    }

    /// Reviews of ads carried up to their campaigns, in one pass: there may be ten thousand of each.
    fn gravest_reviews(&self) -> HashMap<&'a Address, Review> {
        let changes = &self.decision.plan.changes;
        let groups = changes.iter().filter(|change| change.address.kind == Kind::AdGroup);
        let campaigns: HashMap<&Address, &Address> =
            groups.filter_map(|group| Some((&group.address, group.parent.as_ref()?))).collect();
        let mut gravest: HashMap<&Address, Review> = HashMap::new();
        for ad in changes.iter().filter(|change| change.address.kind == Kind::Ad) {
            let campaign = ad.parent.as_ref().and_then(|group| campaigns.get(group));
            let review = self.live_of(ad).and_then(|object| object.status.review);
            if let Some((campaign, review)) = campaign.zip(review) {
                gravest.entry(campaign).and_modify(|known| *known = review.max(*known)).or_insert(review);
            }
        }
        gravest
    }

    fn status(&self, resource: &Resource) -> ResourceStatus {
        let former: ResourceStatus = serde_json::from_value(resource.status()).unwrap_or_default();
        let (mut status, found) = match resource.key.kind {
            DocumentKind::AdAccount => self.account(),
            DocumentKind::Campaign | DocumentKind::AdGroup | DocumentKind::Budget => self.object(resource),
            DocumentKind::AutomationRule if !self.world.wanted.broken.contains_key(&resource.key) => {
                super::rules::rule(self.world, self.ran, resource, &former)
            }
            DocumentKind::AutomationRule
            | DocumentKind::Creative
            | DocumentKind::FreezeWindow
            | DocumentKind::Policy
            | DocumentKind::Override
            | DocumentKind::NotificationPolicy => self.shared(resource),
        };
        if self.is_blind() {
            // What was known stays known until the platform can be read again.
            let conditions = former.conditions.clone();
            status = ResourceStatus { conditions, ..former.clone() };
        }
        if !self.is_blind() {
            self.tell_figures(&mut status, &former, resource.key.kind);
        }
        let old: Vec<Condition> = former.conditions.clone().unwrap_or_default();
        let mut conditions: Vec<Condition> =
            found.into_iter().map(|found| found.dated(&old, resource.generation, self.world.now)).collect();
        if self.is_blind() {
            let told: BTreeSet<String> =
                conditions.iter().map(|condition| condition.kind.0.clone()).collect();
            let passing = ["Ready", "Reconciling", "Stalled"];
            let kept = old
                .into_iter()
                .filter(|old| !told.contains(&old.kind.0) && !passing.contains(&old.kind.0.as_str()));
            conditions.extend(kept);
        }
        if self.world.delivered == Known::Unread && !self.is_blind() {
            let measured = former.conditions.iter().flatten().find(|old| old.kind.0 == Type::Measured.word());
            conditions.extend(measured.cloned());
        }
        conditions.sort_by(|a, b| a.kind.0.cmp(&b.kind.0));
        status.conditions = Some(conditions);
        status.observed_generation = Some(resource.generation);
        status
    }

    /// Whether nothing new is known of the platform.
    fn is_blind(&self) -> bool {
        matches!(self.decision.standing, Standing::NoAccount | Standing::Unreadable { .. })
    }

    fn account(&self) -> (ResourceStatus, Vec<Found>) {
        let changes = &self.decision.plan.changes;
        let count = |wanted: &dyn Fn(&Change) -> bool| {
            i64::try_from(changes.iter().filter(|change| wanted(change)).count()).unwrap_or(i64::MAX)
        };
        let drifted: BTreeSet<&Address> = self.outcome.drift.iter().map(|item| &item.address).collect();
        let counts = ObjectCounts {
            objects: Some(count(&|_| true)),
            ready: Some(count(&|change| change.action == Action::None)),
            pending: Some(count(&|change| change.action.writes())),
            drifted: Some(i64::try_from(drifted.len()).unwrap_or(i64::MAX)),
            blocked: Some(count(&|change| change.action == Action::Blocked)),
        };
        let facts =
            self.world.observed.accounts.get(&self.world.key).and_then(|account| account.facts.as_ref());
        let status = ResourceStatus {
            counts: Some(counts),
            next_window: opening(self.world).map(|opening| Instant(opening.to_string())),
            plan: self.plan_reference(),
            state: facts
                .map(|facts| Word(if facts.inactive.is_some() { "Inactive" } else { "Active" }.to_owned())),
            ..ResourceStatus::default()
        };
        let own = self.world.account().map(|account| account.key.clone());
        let broken = own.and_then(|key| self.world.wanted.broken.get(&key));
        let mut found = match broken.and_then(|found| found.first()) {
            Some(first) => stalled(Reason::Invalid, told(first)),
            None => self.standing(self.decision.plan_name().is_some()),
        };
        found.push(drift_condition(self.outcome.drift.iter()));
        found.extend(self.guards());
        found.extend(self.quota());
        found.extend(self.measured());
        found.extend(self.dead_letters());
        (status, found)
    }

    /// What an object delivered, of the kinds that deliver.
    fn tell_figures(&self, status: &mut ResourceStatus, former: &ResourceStatus, kind: DocumentKind) {
        let of = match kind {
            DocumentKind::AdAccount => Of::Account,
            DocumentKind::Campaign => Of::Object(Kind::Campaign),
            DocumentKind::AdGroup => Of::Object(Kind::AdGroup),
            _ => return,
        };
        figures::tell(status, former, (&self.world.delivered, self.world.figures_every), of);
    }

    /// Whether what it delivers was read, once that was tried.
    fn measured(&self) -> Option<Found> {
        match &self.world.delivered {
            Known::Off | Known::Unread => None,
            Known::Read { trouble: None, .. } => {
                Some(Found::new(Type::Measured, true, Reason::MetricsRead, ""))
            }
            Known::Read { trouble: Some(trouble), .. } => {
                Some(Found::new(Type::Measured, false, Reason::MetricsUnread, trouble.clone()))
            }
        }
    }

    fn dead_letters(&self) -> Option<Found> {
        let message = self.outcome.given_up.clone()?;
        Some(Found::new(Type::DeadLetters, true, Reason::MessagesGivenUp, message))
    }

    fn guards(&self) -> Option<Found> {
        let missing = &self.world.guards_missing;
        (!missing.is_empty()).then(|| {
            let message =
                format!("missing or changed: {}; install the chart's policies again", missing.join(", "));
            Found::new(Type::GuardMissing, true, Reason::PoliciesMissing, message)
        })
    }

    fn quota(&self) -> Option<Found> {
        let left =
            self.world.observed.accounts.get(&self.world.key).and_then(|account| account.quota_left)?;
        (left == 0).then(|| {
            Found::new(
                Type::QuotaLimited,
                true,
                Reason::QuotaExhausted,
                "no operations are left of today's quota",
            )
        })
    }

    /// A creative, a policy or a freeze window: nothing of it is live by itself.
    fn shared(&self, resource: &Resource) -> (ResourceStatus, Vec<Found>) {
        let found = match self.world.wanted.broken.get(&resource.key).and_then(|found| found.first()) {
            Some(first) => stalled(Reason::Invalid, told(first)),
            None => vec![Found::new(Type::Ready, true, Reason::InUse, "")],
        };
        (ResourceStatus::default(), found)
    }

    fn object(&self, resource: &Resource) -> (ResourceStatus, Vec<Found>) {
        let changes = self.changes.get(&resource.key).map(Vec::as_slice).unwrap_or_default();
        let drift = self.drift.get(&resource.key).map(Vec::as_slice).unwrap_or_default();
        let own = changes.iter().find(|change| change.address.kind != Kind::Ad).copied();
        let live = own.and_then(|change| self.live_of(change));
        let mut status = ResourceStatus { plan: None, ..live.map(live_status).unwrap_or_default() };
        if changes.iter().any(|change| change.action.writes()) {
            status.plan = self.plan_reference();
        }
        let ads: Vec<&Change> =
            changes.iter().filter(|change| change.address.kind == Kind::Ad).copied().collect();
        let review = self.review(own, &ads);
        if resource.key.kind != DocumentKind::Budget {
            status.review = review.map(|review| Word(review_word(review).to_owned()));
        }
        self.list_ads(&mut status, &ads);
        let mut found = self.lifecycle(resource, changes);
        if !drift.is_empty() {
            for synced in found.iter_mut().filter(|found| found.kind == Type::Synced) {
                (synced.holds, synced.reason) = (false, Reason::ChangedOnPlatform);
            }
        }
        found.push(drift_condition(drift.iter().copied()));
        if let Some(review) = review.filter(|_| resource.key.kind != DocumentKind::Budget) {
            found.push(review_condition(review, &self.refusals(&ads)));
        }
        if let Some(object) = live.filter(|_| resource.key.kind != DocumentKind::Budget) {
            found.extend(delivery_condition(object));
        }
        if resource.key.kind != DocumentKind::Budget && live.is_none() && !self.is_blind() {
            found.push(Found::new(Type::Delivering, false, Reason::NotLive, ""));
        }
        (status, found)
    }

    /// `Ready`, `Synced` and what stands in their way.
    fn lifecycle(&self, resource: &Resource, changes: &[&Change]) -> Vec<Found> {
        if resource.deleting.is_some() {
            return self.leaving(resource, changes);
        }
        if let Some(first) = self.world.wanted.broken.get(&resource.key).and_then(|found| found.first()) {
            return stalled(Reason::Invalid, told(first));
        }
        if let Some(cause) = self.blocked_by(resource) {
            let detail = self.world.wanted.broken.get(cause).and_then(|found| found.first()).map(told);
            return stalled(Reason::ReferenceInvalid, format!("{cause}: {}", detail.unwrap_or_default()));
        }
        // Where the account cannot be read, the planner blocks everything; that is not the object's own trouble.
        let blocks = |change: &&&Change| change.action == Action::Blocked && !self.is_blind();
        if let Some(change) = changes.iter().find(blocks) {
            return blocked(change);
        }
        self.standing(changes.iter().any(|change| change.action.writes()))
    }

    fn blocked_by(&self, resource: &Resource) -> Option<&ResourceKey> {
        let own = self.world.wanted.blocked.iter().find(|(address, _)| resource_of(address) == resource.key);
        own.map(|(_, cause)| cause)
    }

    fn leaving(&self, resource: &Resource, changes: &[&Change]) -> Vec<Found> {
        let message = match self.world.releases.get(&resource.key) {
            Some(Release::Wait(because) | Release::LetGo(because)) => because.clone(),
            Some(Release::CarryOut) => match &self.decision.standing {
                _ if changes.iter().any(|change| change.action == Action::Blocked) => {
                    told_obstacles(changes.iter().copied())
                }
                Standing::Waiting(judgement) => judgement.missing().join("; "),
                _ => "its deletion policy is being carried out".to_owned(),
            },
            None => String::new(),
        };
        let mut found = vec![
            Found::new(Type::Ready, false, Reason::Deleting, message.clone()),
            Found::new(Type::Reconciling, true, Reason::Deleting, message.clone()),
        ];
        if matches!(self.decision.standing, Standing::Waiting(_)) {
            found.push(Found::new(Type::ApprovalRequired, true, Reason::PlanPending, message));
        }
        found
    }

    /// What the account's standing means for something that has changes pending, or none.
    fn standing(&self, pending: bool) -> Vec<Found> {
        match &self.decision.standing {
            Standing::NoAccount => stalled(
                Reason::AccountInvalid,
                format!("AdAccount {} is not there, or is wrong", self.world.key),
            ),
            Standing::Unreadable { because } => vec![
                Found::new(Type::Ready, false, Reason::AccountUnreadable, because.clone()),
                Found::new(Type::Reconciling, true, Reason::AccountUnreadable, "it is tried again"),
            ],
            _ if !pending => vec![
                Found::new(Type::Ready, true, Reason::InSync, ""),
                Found::new(Type::Synced, true, Reason::InSync, ""),
            ],
            standing => {
                let mut found = self.pending(standing);
                found.push(Found::new(Type::Synced, false, found[0].reason, ""));
                found
            }
        }
    }

    fn pending(&self, standing: &Standing) -> Vec<Found> {
        let name = self.decision.plan_name().unwrap_or_default();
        match standing {
            Standing::Waiting(judgement) => {
                let rejected = judgement.classes.iter().any(|class| !class.rejected.is_empty());
                let reason = if rejected { Reason::PlanRejected } else { Reason::PlanPending };
                let message = format!("{name}: {}", judgement.missing().join("; "));
                let mut found = progressing(reason, message.clone());
                found.push(Found::new(Type::ApprovalRequired, true, reason, message));
                found
            }
            Standing::Denied { rule, message } => {
                stalled(Reason::PolicyDenied, format!("{name}: policy {rule}: {message}"))
            }
            Standing::Unsound(because) => stalled(Reason::ApplyFailed, format!("{name}: {because}")),
            Standing::Holding(hold) => held(hold),
            Standing::Ready(_) => match (&self.outcome.failure, &self.outcome.plan) {
                (Some(failure), Some((_, PlanPhase::Held))) => progressing(Reason::Held, failure.clone()),
                (Some(failure), _) => {
                    let kept_back = self.outcome.kept_back.iter().map(|why| format!("{why}: "));
                    let kept_back: String = kept_back.collect();
                    progressing(Reason::ApplyFailed, format!("{name}: {kept_back}{failure}"))
                }
                (None, _) => progressing(Reason::Applying, name),
            },
            Standing::NoAccount | Standing::Unreadable { .. } | Standing::InSync => Vec::new(),
        }
    }

    fn plan_reference(&self) -> Option<PlanReference> {
        let (name, phase) = self.outcome.plan.clone()?;
        Some(PlanReference { name: ResourceName(name), phase: Some(phase) })
    }

    fn live_of(&self, change: &Change) -> Option<&'a ObservedObject> {
        self.live.get(&(change.address.kind, change.id.as_ref()?)).copied()
    }

    /// The gravest review among ads: of an ad group its own, of a campaign all below it.
    fn review(&self, own: Option<&Change>, ads: &[&Change]) -> Option<Review> {
        let own = own?;
        if own.address.kind == Kind::Campaign {
            return self.reviews.get(&own.address).copied();
        }
        ads.iter().filter_map(|change| self.live_of(change)?.status.review).max()
    }

    /// What the platform says of refused ads.
    fn refusals(&self, ads: &[&Change]) -> String {
        let refused = ads.iter().filter_map(|change| {
            let object =
                self.live_of(change).filter(|object| object.status.review == Some(Review::Rejected))?;
            Some(format!("{}: {}", ad_name(change), object.status.details.join(", ")))
        });
        refused.collect::<Vec<String>>().join("; ")
    }

    /// Ads that need attention first.
    fn list_ads(&self, status: &mut ResourceStatus, ads: &[&Change]) {
        let mut listed: Vec<(Option<Review>, AdStatus)> = ads
            .iter()
            .filter_map(|change| {
                let object = self.live_of(change)?;
                Some((object.status.review, ad_status(change, object)))
            })
            .collect();
        listed.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.name.0.cmp(&b.1.name.0)));
        let omitted = listed.len().saturating_sub(ADS);
        let listed: Vec<AdStatus> = listed.into_iter().take(ADS).map(|(_, ad)| ad).collect();
        status.ads = (!listed.is_empty()).then_some(listed);
        status.ads_omitted = (omitted > 0).then(|| i64::try_from(omitted).unwrap_or(i64::MAX));
    }
}

fn drift_condition<'d>(drift: impl Iterator<Item = &'d DocumentDrift>) -> Found {
    let lines: Vec<String> = drift.map(drift_text).collect();
    if lines.is_empty() {
        Found::new(Type::Drifted, false, Reason::NoDrift, "")
    } else {
        Found::new(Type::Drifted, true, Reason::ChangedOnPlatform, lines.join("; "))
    }
}

fn ad_name(change: &Change) -> String {
    change.address.ad.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn ad_status(change: &Change, object: &ObservedObject) -> AdStatus {
    AdStatus {
        name: AdLabel(ad_name(change)),
        external_id: Some(VendorId(object.id.as_str().to_owned())),
        state: object.text("state").map(|state| Word(state.to_owned())),
        review: object.status.review.map(|review| Word(review_word(review).to_owned())),
        reason: (!object.status.details.is_empty()).then(|| Note(note(&object.status.details.join("; ")))),
        last_7d: None,
    }
}

fn live_status(object: &ObservedObject) -> ResourceStatus {
    let amount = ["budget.daily", "budget.total", "shared.daily"]
        .into_iter()
        .find_map(|path| object.value(path).and_then(Value::as_money));
    ResourceStatus {
        external_id: Some(VendorId(object.id.as_str().to_owned())),
        state: object.text("state").map(|state| Word(state.to_owned())),
        delivery: object.status.delivery.map(|delivery| Word(delivery_word(delivery).1.to_owned())),
        reason: object.status.reason.as_ref().map(|reason| Note(note(reason))),
        budget: amount.map(|amount| Amount(amount.to_string())),
        budget_micros: amount.map(Money::micros),
        ..ResourceStatus::default()
    }
}

fn review_word(review: Review) -> &'static str {
    match review {
        Review::Approved => "Approved",
        Review::Limited => "Limited",
        Review::Pending => "Pending",
        Review::Rejected => "Rejected",
    }
}

fn review_condition(review: Review, refusals: &str) -> Found {
    let (holds, reason) = match review {
        Review::Approved => (true, Reason::Approved),
        Review::Limited => (true, Reason::ApprovedLimited),
        Review::Pending => (false, Reason::InReview),
        Review::Rejected => (false, Reason::Rejected),
    };
    Found::new(Type::Reviewed, holds, reason, refusals)
}

fn delivery_word(delivery: Delivery) -> (bool, &'static str, Reason) {
    match delivery {
        Delivery::Serving => (true, "Serving", Reason::Serving),
        Delivery::Learning => (true, "Learning", Reason::Learning),
        Delivery::Limited => (true, "Limited", Reason::Limited),
        Delivery::NotDelivering => (false, "NotDelivering", Reason::NotDelivering),
        Delivery::Paused => (false, "Paused", Reason::Paused),
        Delivery::Ended => (false, "Ended", Reason::Ended),
    }
}

fn delivery_condition(object: &ObservedObject) -> Option<Found> {
    let (holds, _, reason) = delivery_word(object.status.delivery?);
    let message = object.status.reason.clone().unwrap_or_default();
    Some(Found::new(Type::Delivering, holds, reason, message))
}

pub(crate) fn told(diagnostic: &adplane_core::diagnostic::Diagnostic) -> String {
    let field = diagnostic.field.as_ref().map(|field| format!("spec.{field}: ")).unwrap_or_default();
    let hint = diagnostic.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{field}{}{hint}", diagnostic.message)
}

/// It stays as it is until somebody does something.
pub(crate) fn stalled(reason: Reason, message: impl Into<String>) -> Vec<Found> {
    let message = message.into();
    vec![
        Found::new(Type::Ready, false, reason, message.clone()),
        Found::new(Type::Stalled, true, reason, message),
    ]
}

/// Something is under way, or waits for somebody.
fn progressing(reason: Reason, message: impl Into<String>) -> Vec<Found> {
    let message = message.into();
    vec![
        Found::new(Type::Ready, false, reason, message.clone()),
        Found::new(Type::Reconciling, true, reason, message),
    ]
}

/// What blocks a change, and what would unblock it.
fn obstacles(change: &Change) -> impl Iterator<Item = &Blocked> {
    change.reasons.iter().filter_map(|reason| match reason {
        PlanReason::Blocked(blocked) => Some(blocked),
        _ => None,
    })
}

fn told_obstacles<'c>(changes: impl IntoIterator<Item = &'c Change>) -> String {
    let told = changes.into_iter().flat_map(obstacles);
    told.map(|blocked| format!("{}; {}", blocked.why, blocked.unblock)).collect::<Vec<String>>().join("; ")
}

fn blocked(change: &Change) -> Vec<Found> {
    let message = told_obstacles([change]);
    let theirs = obstacles(change).any(|blocked| blocked.code == OWNED_BY_ANOTHER);
    if !theirs {
        return stalled(Reason::Blocked, message);
    }
    let mut found = stalled(Reason::OwnedByOther, message.clone());
    found.push(Found::new(Type::Contested, true, Reason::OwnedByOther, message));
    found
}

fn held(hold: &Hold) -> Vec<Found> {
    let message = hold.to_string();
    match hold {
        Hold::Observe => stalled(Reason::ObserveOnly, message),
        Hold::Suspended => stalled(Reason::Suspended, message),
        Hold::DryRun => stalled(Reason::DryRun, message),
        Hold::FirstLook | Hold::Anew => progressing(Reason::Waiting, message),
        Hold::Ungoverned(_) => stalled(Reason::PolicyInvalid, message),
        Hold::Guards(_) => stalled(Reason::PoliciesMissing, message),
        Hold::Settling(_) | Hold::Frozen { .. } => progressing(Reason::Held, message),
    }
}
