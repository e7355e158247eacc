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
use super::live::{Seen, is_clear, live};
use super::task::{Stage, Task};

/// What is live of an account whose budgets can be added up: it was read whole, and is billed as it is declared.
pub(super) fn whole<'o>(account: &DesiredAccount, observed: &'o Observed) -> Option<&'o ObservedAccount> {
    let found = observed.accounts.get(&account.key)?;
    let whole = found.coverage == Coverage::Complete && found.is_billed_in(account.currency);
    whole.then_some(found)
}

/// What is live of an account at an instant; `None` where its budgets cannot be added up: it was not read whole, is billed in
/// another currency, or several live objects claim to be the same, of which each may spend.
pub(super) fn live_of(
    desired: &Desired,
    account: &DesiredAccount,
    (observed, now): (&Observed, Timestamp),
    remembered: &BTreeMap<Address, ExternalId>,
) -> Option<Seen> {
    let found = whole(account, observed)?;
    is_clear(desired, account, found).then(|| live(desired, account, found, remembered, now))
}

/// Shows a snapshot what the other accounts of the project can spend, where an amount is set about several together. Of
/// one that nobody has seen it is not known.
pub(super) fn put_others(
    desired: &Desired,
    snapshot: &mut Snapshot,
    seen: impl Fn(&DesiredAccount) -> Option<Seen>,
) {
    if !desired.spend_guard.spans_accounts() {
        return;
    }
    let mut around = super::empty(snapshot.now);
    let mut unread = BTreeMap::new();
    let not_there = desired.accounts.values().filter(|account| !snapshot.accounts.contains_key(&account.key));
    for account in not_there {
        if let Some(seen) = seen(account) {
            put(&mut around, account, seen);
        } else {
            let (platform, currency) = (account.platform, account.currency);
            unread.insert(account.key.clone(), OtherAccount { platform, currency, spend: None });
        }
    }
    snapshot.others = other_accounts(&around);
    snapshot.others.extend(unread);
}

fn put(snapshot: &mut Snapshot, account: &DesiredAccount, seen: Seen) {
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
    snapshot.objects.extend(seen.objects.into_iter().map(|(address, one)| (address, one.state)));
    snapshot.strangers.insert(account.key.clone(), seen.strangers);
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

/// All accounts as they stand, without numbers, under their spend guard, with what runs there outside git. A daily budget
/// that is in force and not live yet counts where it is more.
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
        if let Some(seen) = live_of(desired, account, (observed, now), remembered) {
            put(&mut snapshot, account, seen);
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
