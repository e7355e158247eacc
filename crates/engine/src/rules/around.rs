//! Accounts around those that rules look at: what they can spend counts in amounts of the spend guard that are about
//! several accounts, and pools are held to these amounts as well.

use std::collections::BTreeMap;

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::field::FieldOwner;
use adplane_core::ids::ExternalId;
use adplane_core::observed::{Coverage, Observed};
use adplane_core::overlay::DAILY_BUDGET;
use adplane_core::rules::{AccountState, Budget, Cadence, Guards, OtherAccount, Snapshot, other_accounts};
use adplane_core::schema::Schemas;
use jiff::Timestamp;

use super::carry::LAG;
use super::live::{Watched, live};
use super::task::{Stage, Task};

/// Objects of an account as they are live; `None` where it was not read whole.
pub(super) fn live_of(
    desired: &Desired,
    account: &DesiredAccount,
    observed: &Observed,
    remembered: &BTreeMap<Address, ExternalId>,
) -> Option<BTreeMap<Address, Watched>> {
    let found = observed.accounts.get(&account.key)?;
    (found.coverage == Coverage::Complete).then(|| live(desired, account, found, remembered))
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
        let field = desired.object(address).and_then(|wanted| wanted.field(DAILY_BUDGET));
        let lent = field.filter(|field| matches!(field.owner, FieldOwner::Managed(_)));
        let in_force = lent.and_then(|field| field.value.as_money());
        if let (Some(held), Some(amount)) = (object.budget, in_force)
            && held.cadence == Cadence::Daily
            && held.amount.currency() == amount.currency()
        {
            object.budget = Some(Budget { amount: held.amount.max(amount), ..held });
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
