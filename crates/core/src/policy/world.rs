//! What policies see around an object: its parents, its live form, and what the plan comes to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use compact_str::CompactString;

use super::compile::Policy;
use super::lookup::{Facts, Object, Subject};
use super::slot::Holder;
use crate::address::{Address, Kind};
use crate::desired::{Desired, DesiredAccount};
use crate::observed::{Observed, ObservedObject};
use crate::plan::{Action, Change, Class, MoneyImpact, PlanInput, money_impact};

/// Changes, wanted and live objects by what finds them.
pub(super) struct World<'a> {
    desired: &'a Desired,
    /// Campaigns and ad groups.
    parents: HashMap<&'a Address, &'a Change>,
    live: HashMap<(&'a str, &'a str, Kind, &'a str), &'a ObservedObject>,
}

impl<'a> World<'a> {
    pub(super) fn new(desired: &'a Desired, observed: &'a Observed, changes: &'a [Change]) -> Self {
        let parents = changes
            .iter()
            .filter(|change| matches!(change.address.kind, Kind::Campaign | Kind::AdGroup))
            .map(|change| (&change.address, change))
            .collect();
        let mut live = HashMap::new();
        for (key, account) in &observed.accounts {
            for object in &account.objects {
                live.insert(
                    (key.namespace.as_str(), key.name.as_str(), object.kind, object.id.as_str()),
                    object,
                );
            }
        }
        Self { desired, parents, live }
    }

    fn object(&self, account: &'a DesiredAccount, change: &'a Change) -> Object<'a> {
        let key = (account.key.namespace.as_str(), account.key.name.as_str());
        let live = change
            .id
            .as_ref()
            .and_then(|id| self.live.get(&(key.0, key.1, change.address.kind, id.as_str())).copied());
        Object { change, desired: account.objects.get(&change.address), live }
    }

    pub(super) fn subject(&self, change: &'a Change) -> Option<Subject<'a>> {
        let account = self.desired.accounts.get(&change.address.account_key())?;
        let object = self.object(account, change);
        let parent = |of: &Change| {
            let found = self.parents.get(of.parent.as_ref()?)?;
            Some(self.object(account, found))
        };
        let (campaign, ad_group) = match change.address.kind {
            Kind::Budget => (None, None),
            Kind::Campaign => (Some(object), None),
            Kind::AdGroup => (parent(change), Some(object)),
            Kind::Ad => {
                let group = parent(change);
                (group.and_then(|group| parent(group.change)), group)
            }
        };
        Some(Subject { object, campaign, ad_group, account })
    }
}

/// What is the same for every object of a plan.
pub(super) fn facts<'a>(
    input: &PlanInput<'a>,
    changes: &[Change],
    classes: &[Class],
    money: &[MoneyImpact],
    world: &World<'_>,
    policies: &[Policy],
) -> Facts<'a> {
    let count = |action| {
        let number = changes.iter().filter(|change| change.action == action).count();
        i64::try_from(number).unwrap_or(i64::MAX)
    };
    let keys: BTreeSet<&CompactString> =
        policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.grouped).collect();
    Facts {
        project: input.desired.project.as_ref().map(crate::ids::ProjectName::as_str),
        now: input.now,
        creates: count(Action::Create),
        updates: count(Action::Update) + count(Action::Adopt),
        replaces: count(Action::Replace),
        deletes: count(Action::Delete),
        unlimited: money.iter().map(|impact| i64::try_from(impact.unlimited.len()).unwrap_or(i64::MAX)).sum(),
        classes: classes.iter().map(|class| class.word().into()).collect(),
        money: money.to_vec(),
        by_label: keys.into_iter().map(|key| (key.clone(), by_label(input, changes, world, key))).collect(),
    }
}

/// Money of the objects with a label, by its value; a shared budget counts where its campaigns do.
fn by_label(
    input: &PlanInput<'_>,
    changes: &[Change],
    world: &World<'_>,
    key: &str,
) -> BTreeMap<CompactString, Vec<MoneyImpact>> {
    let mut groups: BTreeMap<CompactString, BTreeMap<&Address, &Change>> = BTreeMap::new();
    let budgets: HashMap<&Address, &Change> = changes
        .iter()
        .filter(|change| change.address.kind == Kind::Budget)
        .map(|change| (&change.address, change))
        .collect();
    for change in
        changes.iter().filter(|change| matches!(change.address.kind, Kind::Campaign | Kind::AdGroup))
    {
        let Some(subject) = world.subject(change) else { continue };
        let Some(value) = subject.label(Holder::After, key) else { continue };
        let group = groups.entry(CompactString::new(value)).or_default();
        group.insert(&change.address, change);
        if let Some(budget) = change.budget.as_ref().and_then(|budget| budgets.get(budget)) {
            group.insert(&budget.address, budget);
        }
    }
    groups
        .into_iter()
        .map(|(value, members)| {
            let members: Vec<Change> = members.into_values().cloned().collect();
            let impacts = money_impact(input, &members);
            let used: BTreeSet<_> = members
                .iter()
                .filter_map(|change| input.desired.accounts.get(&change.address.account_key()))
                .map(|account| account.currency)
                .collect();
            (value, impacts.into_iter().filter(|impact| used.contains(&impact.currency)).collect())
        })
        .collect()
}
