//! What rests on what: the changes of a plan, and the live objects between them that the plan leaves alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::address::Address;
use adplane_core::ids::ExternalId;
use adplane_core::observed::ObservedObject;
use adplane_core::plan::Change;

use super::account::Ledger;

/// Ads are in groups, groups in campaigns, and campaigns draw on budgets; what is live may be anything.
const STEPS_UP: usize = 8;

/// Who is above whom.
pub(super) struct Kin<'a> {
    changes: HashMap<&'a Address, &'a Change>,
    addresses: HashMap<&'a ExternalId, &'a Address>,
    live: &'a HashMap<ExternalId, ObservedObject>,
}

impl<'a> Kin<'a> {
    /// Of changes, by what is known of their ids and of live objects.
    pub(super) fn new(
        changes: &'a [Change],
        ids: &'a BTreeMap<Address, ExternalId>,
        live: &'a HashMap<ExternalId, ObservedObject>,
    ) -> Self {
        Self {
            changes: changes.iter().map(|change| (&change.address, change)).collect(),
            addresses: ids.iter().map(|(address, id)| (id, address)).collect(),
            live,
        }
    }

    /// What a change rests on: its shared budget, what it is in, and so on upwards. A plan's document leaves out what
    /// stays as it is, so the way up may lead through live objects.
    fn above(&self, change: &'a Change) -> Vec<&'a Address> {
        let mut found = Vec::new();
        let mut open = Vec::from(holders(change));
        for _ in 0..STEPS_UP {
            let Some((address, id)) = open.pop() else { break };
            let address = address.or_else(|| self.addresses.get(id?).copied());
            found.extend(address);
            match (address.and_then(|address| self.changes.get(address)), id.and_then(|id| self.live.get(id)))
            {
                (Some(change), _) => open.extend(holders(change)),
                (None, Some(object)) => {
                    let above = [object.budget.as_ref(), object.parent.as_ref()];
                    open.extend(above.into_iter().filter(Option::is_some).map(|id| (None, id)));
                }
                (None, None) => {}
            }
        }
        found
    }

    /// What is above something that failed or was skipped: it is not enabled, since half a campaign must not spend.
    pub(super) fn above_failed(&self, ledger: &Ledger) -> BTreeSet<Address> {
        let failed = ledger.failed.keys().chain(ledger.skipped.keys());
        let changes = failed.filter_map(|address| self.changes.get(address));
        changes.flat_map(|change| self.above(change)).cloned().collect()
    }

    /// What rests on something that failed or was skipped, with that: what was to lower it may not have been written.
    pub(super) fn below_failed(&self, ledger: &Ledger) -> HashMap<Address, Address> {
        if ledger.failed.is_empty() && ledger.skipped.is_empty() {
            return HashMap::new();
        }
        let failed = |address: &&Address| {
            ledger.failed.contains_key(*address) || ledger.skipped.contains_key(*address)
        };
        let resting = self.changes.values().filter_map(|change| {
            let cause = self.above(change).into_iter().find(failed)?;
            Some((change.address.clone(), cause.clone()))
        });
        resting.collect()
    }
}

/// What a change names above it.
fn holders(change: &Change) -> [(Option<&Address>, Option<&ExternalId>); 2] {
    [(change.budget.as_ref(), change.budget_id.as_ref()), (change.parent.as_ref(), change.parent_id.as_ref())]
}

#[cfg(test)]
mod tests {
    use adplane_core::address::Kind;
    use adplane_core::plan::Action;

    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn id(text: &str) -> ExternalId {
        ExternalId::new(text).unwrap()
    }

    fn change(at: &str, own: Option<&str>) -> Change {
        Change {
            address: address(at),
            display_name: at.to_owned(),
            action: Action::Update,
            class: None,
            id: own.map(id),
            superseded: Vec::new(),
            parent: None,
            parent_id: None,
            budget: None,
            budget_id: None,
            marker: None,
            fields: Vec::new(),
            reasons: Vec::new(),
            preconditions: Vec::new(),
            origin: None,
        }
    }

    const BUDGET: &str = "google/g/Budget/shop/shared";
    const CAMPAIGN: &str = "google/g/Campaign/shop/sale";
    const GROUP: &str = "google/g/AdGroup/shop/shoes";

    /// A group's bid, the shared budget two levels above it, and the campaign between them.
    fn shop(with_campaign: bool) -> (Vec<Change>, Ledger) {
        let mut group = change(GROUP, Some("g1"));
        group.parent = Some(address(CAMPAIGN));
        group.parent_id = Some(id("c1"));
        let mut changes = vec![change(BUDGET, Some("b1")), group];
        if with_campaign {
            let mut campaign = change(CAMPAIGN, Some("c1"));
            campaign.budget = Some(address(BUDGET));
            campaign.budget_id = Some(id("b1"));
            changes.push(campaign);
        }
        let mut ledger = Ledger::new(address(GROUP).account_key());
        let mut campaign = ObservedObject::new(Kind::Campaign, id("c1"));
        campaign.budget = Some(id("b1"));
        ledger.live.insert(id("c1"), campaign);
        for change in &changes {
            ledger.ids.insert(change.address.clone(), change.id.clone().unwrap());
        }
        (changes, ledger)
    }

    fn skipped(
        changes: &[Change],
        ledger: &mut Ledger,
        at: &str,
    ) -> (BTreeSet<Address>, HashMap<Address, Address>) {
        ledger.skipped.insert(address(at), "held".to_owned());
        let kin = Kin::new(changes, &ledger.ids, &ledger.live);
        (kin.above_failed(ledger), kin.below_failed(ledger))
    }

    #[test]
    fn what_a_plan_leaves_out_hides_nothing_above_it() {
        for with_campaign in [true, false] {
            let (changes, mut ledger) = shop(with_campaign);
            let (_, below) = skipped(&changes, &mut ledger, BUDGET);
            assert_eq!(below.get(&address(GROUP)), Some(&address(BUDGET)), "{with_campaign}");
        }
    }

    #[test]
    fn what_a_plan_leaves_out_hides_nothing_below_it() {
        for with_campaign in [true, false] {
            let (changes, mut ledger) = shop(with_campaign);
            let (above, below) = skipped(&changes, &mut ledger, GROUP);
            assert_eq!(above, [address(BUDGET), address(CAMPAIGN)].into(), "{with_campaign}");
            assert_eq!(below, HashMap::new());
        }
    }

    #[test]
    fn nothing_is_held_where_nothing_failed() {
        let (changes, ledger) = shop(true);
        let kin = Kin::new(&changes, &ledger.ids, &ledger.live);
        assert!(kin.above_failed(&ledger).is_empty() && kin.below_failed(&ledger).is_empty());
    }
}
