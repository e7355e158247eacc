//! Accounts around those that rules look at: what they can spend counts in amounts of the spend guard that are about
//! several accounts, and pools are held to these amounts as well.

use std::collections::BTreeMap;

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::field::FieldOwner;
use adplane_core::ids::ExternalId;
use adplane_core::money::Money;
use adplane_core::observed::{Coverage, Observed, ObservedAccount};
use adplane_core::overlay::DAILY_BUDGET;
use adplane_core::rules::{
    AccountState, Budget, Cadence, Change, Direction, Guards, ObjectState, OtherAccount, Planned, Snapshot,
    other_accounts,
};
use adplane_core::schema::Schemas;
use jiff::Timestamp;

use super::carry::LAG;
use super::live::{Watched, is_clear, live};
use super::task::{Stage, Task};

/// What is live of an account whose budgets can be added up: it was read whole, and is billed as it is declared.
pub(super) fn whole<'o>(account: &DesiredAccount, observed: &'o Observed) -> Option<&'o ObservedAccount> {
    let found = observed.accounts.get(&account.key)?;
    let whole = found.coverage == Coverage::Complete && found.is_billed_in(account.currency);
    whole.then_some(found)
}

/// Objects of an account as they are live; `None` where their budgets cannot be added up: it was not read whole, is billed in
/// another currency, or several live objects claim to be the same, of which each may spend.
pub(super) fn live_of(
    desired: &Desired,
    account: &DesiredAccount,
    observed: &Observed,
    remembered: &BTreeMap<Address, ExternalId>,
) -> Option<BTreeMap<Address, Watched>> {
    let found = whole(account, observed)?;
    is_clear(desired, account, found).then(|| live(desired, account, found, remembered))
}

/// Shows a snapshot what the other accounts of the project can spend, where an amount is set about several together. Of
/// one without objects it is not known.
pub(super) fn put_others(
    desired: &Desired,
    snapshot: &mut Snapshot,
    objects: impl Fn(&DesiredAccount) -> Option<BTreeMap<Address, Watched>>,
) {
    if !desired.spend_guard.spans_accounts() {
        return;
    }
    let mut around = super::empty(snapshot.now);
    let mut unread = BTreeMap::new();
    let not_there = desired.accounts.values().filter(|account| !snapshot.accounts.contains_key(&account.key));
    for account in not_there {
        if let Some(watched) = objects(account) {
            put(&mut around, account, watched);
        } else {
            let (platform, currency) = (account.platform, account.currency);
            unread.insert(account.key.clone(), OtherAccount { platform, currency, spend: None });
        }
    }
    snapshot.others = other_accounts(&around);
    snapshot.others.extend(unread);
}

fn put(snapshot: &mut Snapshot, account: &DesiredAccount, watched: BTreeMap<Address, Watched>) {
    let state = AccountState {
        platform: account.platform,
        currency: account.currency,
        unit: account.currency.minor_unit_micros(),
        zone: account.zone.clone(),
        windows: BTreeMap::new(),
        killed: None,
        frozen: None,
        halted: None,
        baseline: None,
        usual: BTreeMap::new(),
    };
    snapshot.accounts.insert(account.key.clone(), state);
    snapshot.objects.extend(watched.into_iter().map(|(address, one)| (address, one.state)));
}

/// A daily budget that git lends and that is more in force than live, with that amount.
fn raised(desired: &Desired, address: &Address, object: &ObjectState) -> Option<(Budget, Money)> {
    let held = object.budget.filter(|held| held.cadence == Cadence::Daily)?;
    let field = desired.object(address)?.field(DAILY_BUDGET)?;
    let lent = matches!(field.owner, FieldOwner::Managed(_));
    let amount = field.value.as_money().filter(|_| lent)?;
    (held.amount.currency() == amount.currency() && amount > held.amount).then_some((held, amount))
}

/// Shows a snapshot what is in force on its accounts and not live yet, whoever decided it: a pool's raise takes room of the
/// amounts that rules are held to as well.
pub(super) fn put_in_force(desired: &Desired, snapshot: &mut Snapshot) {
    if !desired.spend_guard.has_amounts() {
        return;
    }
    let each = snapshot.objects.iter().filter_map(|(address, object)| {
        let (Budget { amount: from, cadence, .. }, to) = raised(desired, address, object)?;
        Some(Planned {
            object: address.clone(),
            field: DAILY_BUDGET.into(),
            change: Change::Budget { from, to, cadence, until: None },
            direction: Direction::Raise,
            daily: to.micros().saturating_sub(from.micros()),
            claims: false,
        })
    });
    snapshot.coming = each.collect();
}

/// All accounts as they stand, without numbers, under their spend guard. A daily budget that is in force and not live yet
/// counts where it is more.
pub(crate) fn standing(
    desired: &Desired,
    observed: &Observed,
    remembered: &BTreeMap<Address, ExternalId>,
    schemas: &Schemas,
    now: Timestamp,
) -> Snapshot {
    let mut snapshot = super::empty(now);
    snapshot.guards = Guards::of(&desired.spend_guard, schemas);
    for account in desired.accounts.values() {
        if let Some(watched) = live_of(desired, account, observed, remembered) {
            put(&mut snapshot, account, watched);
        }
    }
    for (address, object) in &mut snapshot.objects {
        if let Some((held, amount)) = raised(desired, address, object) {
            object.budget = Some(Budget { amount, ..held });
        }
    }
    put_others(desired, &mut snapshot, |_| None);
    snapshot
}

/// What accounts can spend with what rules have decided there and is not live yet, for decisions about others. One that was
/// not read whole is not in it.
pub fn committed(
    desired: &Desired,
    observed: &Observed,
    remembered: &BTreeMap<Address, ExternalId>,
    schemas: &Schemas,
    (tasks, now): (&[Task], Timestamp),
) -> BTreeMap<AccountKey, OtherAccount> {
    let mut snapshot = standing(desired, observed, remembered, schemas, now);
    let comes = |task: &&Task| match task.stage {
        Stage::Decided | Stage::InForce => true,
        Stage::Written => now.duration_since(task.since) < LAG,
        _ => false,
    };
    snapshot.coming =
        tasks.iter().filter(comes).flat_map(|task| task.intent.changes.iter().cloned()).collect();
    adplane_core::rules::committed(&snapshot)
}
