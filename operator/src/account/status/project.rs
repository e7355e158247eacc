//! From a decision and its outcome to the status of every resource of an account.

mod account;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::address::{Address, Kind};
use adplane_core::ids::ExternalId;
use adplane_core::observed::{ObservedObject, Review};
use adplane_core::overlay::Overlay;
use adplane_core::plan::document::DocumentDrift;
use adplane_core::plan::{Action, Change};
use adplane_manifest::api::status::{AdStatus, Condition, PlanPhase, PlanReference, ResourceStatus};
use adplane_manifest::api::text::{Instant, ResourceName, Word};
use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;

use super::super::act::Outcome;
use super::super::decide::{Decision, Standing};
use super::super::gather::World;
use super::super::lower::resource_of;
use super::super::rules::Ran;
use super::conditions::{Found, Reason, Type, seconds};
use super::figures::{self, Of};
use super::words::{
    ad_name, ad_status, blocked, delivery_condition, drift_condition, held, live_status, progressing,
    review_condition, review_word, stalled, told, told_obstacles,
};
use crate::cache::{Resource, ResourceKey};
use crate::deletion::Release;
use crate::delivered::Known;

/// Ads that a status lists.
const ADS: usize = 50;
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
            self.tell_figures(&mut status, &former, &resource.key);
        }
        let old: Vec<Condition> = former.conditions.clone().unwrap_or_default();
        let mut conditions: Vec<Condition> =
            found.into_iter().map(|found| found.dated(&old, resource.generation, self.world.now)).collect();
        if self.is_blind() {
            let told: BTreeSet<String> =
                conditions.iter().map(|condition| condition.kind.0.clone()).collect();
            let mut passing = vec!["Ready", "Reconciling", "Stalled"];
            // Of an account it is said by an annotation, which anybody can read.
            passing.extend((resource.key.kind == DocumentKind::AdAccount).then_some("Suspended"));
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

    /// What was delivered, of the kinds that deliver and of those that are referred to.
    fn tell_figures(&self, status: &mut ResourceStatus, former: &ResourceStatus, key: &ResourceKey) {
        let elsewhere = || self.world.elsewhere.get(key).map(Vec::as_slice).unwrap_or_default();
        let of = match key.kind {
            DocumentKind::AdAccount => Of::Account,
            DocumentKind::Campaign => Of::Object(Kind::Campaign),
            DocumentKind::AdGroup => Of::Object(Kind::AdGroup),
            DocumentKind::Budget | DocumentKind::Creative => Of::Together(key, elsewhere()),
            DocumentKind::AutomationRule
            | DocumentKind::FreezeWindow
            | DocumentKind::Policy
            | DocumentKind::Override
            | DocumentKind::NotificationPolicy => return,
        };
        figures::tell(status, former, (&self.world.delivered, self.world.figures_every), of);
    }

    /// A creative, a policy or a freeze window: nothing of it is live by itself.
    fn shared(&self, resource: &Resource) -> (ResourceStatus, Vec<Found>) {
        let found = match self.world.wanted.broken.get(&resource.key).and_then(|found| found.first()) {
            Some(first) => stalled(Reason::Invalid, told(first)),
            None => vec![Found::new(Type::Ready, true, Reason::InUse, "")],
        };
        (ResourceStatus { ends: ends(resource), ..ResourceStatus::default() }, found)
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

/// When an `Override` ends, unless only whoever decided it ends it.
fn ends(resource: &Resource) -> Option<Instant> {
    if resource.key.kind != DocumentKind::Override {
        return None;
    }
    let document = resource.document();
    let expires: Timestamp = document.pointer("/spec/expires")?.as_str()?.parse().ok()?;
    (expires != Overlay::OPEN_ENDED).then(|| Instant(seconds(expires)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_date_ends_tells_none() {
        let told = |kind, expires: &str| {
            let object = json!({
                "metadata": {"name": "o", "namespace": "growth", "uid": "u"}, "spec": {"expires": expires},
            });
            let resource = Resource::read(kind, serde_json::from_value(object).unwrap()).unwrap();
            ends(&resource).map(|ends| ends.0)
        };
        let (date, open) = ("2027-01-01T09:00:00.5Z", Overlay::OPEN_ENDED.to_string());
        assert_eq!(told(DocumentKind::Override, date).as_deref(), Some("2027-01-01T09:00:00Z"));
        assert_eq!(told(DocumentKind::Override, &open), None);
        assert_eq!(told(DocumentKind::Policy, date), None);
    }
}
