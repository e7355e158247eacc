//! Safeguards that no rule gets around: stops and the spend guard; the last one active is in `running`.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::Outcome;
use super::intent::{Direction, Intent};
use super::snapshot::Snapshot;
use crate::address::{AccountKey, Address, Platform};
use crate::freeze::Allow;
use crate::ids::ObjectName;
use crate::money::Money;

/// Basis points of a whole.
const WHOLE: i128 = 10_000;

/// Safeguards of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guards {
    /// The spend guard.
    pub spend: SpendGuard,
}

/// How high the sum of active daily budgets may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendGuard {
    /// The worst day of an account.
    pub accounts: BTreeMap<ObjectName, Money>,
    /// The worst day of a platform's accounts, one amount for each currency.
    pub platforms: BTreeMap<Platform, Vec<Money>>,
    /// The worst day of the namespace, one amount for each currency.
    pub namespace: Vec<Money>,
    /// How far the sum of an account may rise on one of its days over what it was at midnight, in basis points.
    pub max_rise: u32,
    /// What a platform may spend on a day, in basis points of the budget.
    pub over_delivery: BTreeMap<Platform, u32>,
}

impl Default for SpendGuard {
    /// A rise of a fifth a day; no amounts; what platforms may spend on a day as their documents say.
    fn default() -> Self {
        Self {
            accounts: BTreeMap::new(),
            platforms: BTreeMap::new(),
            namespace: Vec::new(),
            max_rise: 2_000,
            over_delivery: BTreeMap::from([
                (Platform::Google, 20_000),
                (Platform::Meta, 17_500),
                (Platform::TikTok, 10_000),
            ]),
        }
    }
}

/// Why an intent may not be done, whatever wins.
pub(super) fn stopped(snapshot: &Snapshot, intent: &Intent) -> Option<Outcome> {
    let refused = |guard: &str, why: String| Some(Outcome::Refused { guard: guard.to_owned(), why });
    if intent.changes.iter().all(|change| !change.claims) {
        return None;
    }
    let touched: BTreeSet<&Address> = intent.changes.iter().map(|change| &change.object).collect();
    for address in touched {
        let Some(account) = snapshot.account(address) else {
            return refused("snapshot", format!("nothing is known of the account of {address}"));
        };
        if let Some(why) = &account.killed {
            return refused("kill switch", why.clone());
        }
        match account.frozen {
            Some(Allow::Nothing) => return refused("freeze", "a freeze window is closed".to_owned()),
            Some(Allow::LowerSpend) if !intent.direction().lowers() => {
                return refused("freeze", "a freeze window lets spend fall and nothing else".to_owned());
            }
            _ => {}
        }
        if let Some(hold) = snapshot.objects.get(address).and_then(|object| object.hold.as_ref()) {
            return refused("hold", format!("{} holds {}: {}", hold.by, address.short(), hold.reason));
        }
    }
    None
}

/// How far spend may still rise in one run. Cuts of the same run give nothing back: they may fail.
#[derive(Clone)]
pub(super) struct Headroom<'a> {
    guard: &'a SpendGuard,
    snapshot: &'a Snapshot,
    /// Micros of active daily budgets by account, with raises that were let through.
    sums: BTreeMap<AccountKey, i128>,
    /// An object of the account of which nobody knows whether it runs.
    unknown: BTreeMap<AccountKey, &'a Address>,
}

impl<'a> Headroom<'a> {
    pub(super) fn new(guard: &'a SpendGuard, snapshot: &'a Snapshot) -> Self {
        let mut sums: BTreeMap<AccountKey, i128> =
            snapshot.accounts.keys().map(|key| (key.clone(), 0)).collect();
        let mut unknown = BTreeMap::new();
        for (address, object) in &snapshot.objects {
            *sums.entry(address.account_key()).or_default() += i128::from(snapshot.daily_spend(object));
            if object.state.is_none() {
                unknown.entry(address.account_key()).or_insert(address);
            }
        }
        Self { guard, snapshot, sums, unknown }
    }

    /// Lets an intent through and counts it, or says why not.
    pub(super) fn take(&mut self, intent: &Intent) -> Result<(), String> {
        let mut rises: BTreeMap<AccountKey, i128> = BTreeMap::new();
        for change in &intent.changes {
            *rises.entry(change.object.account_key()).or_default() += i128::from(change.daily);
        }
        rises.retain(|_, rise| *rise > 0);
        // What lets a platform spend more in a way that no budget bounds rises by nothing and needs its inputs all the same.
        if rises.is_empty() && !intent.direction().raises() {
            return Ok(());
        }
        self.known(intent)?;
        let mut after = self.sums.clone();
        for (key, rise) in &rises {
            *after.entry(key.clone()).or_default() += rise;
        }
        for key in rises.keys() {
            self.day(key, &after)?;
        }
        self.caps(&after, &rises)?;
        self.sums = after;
        Ok(())
    }

    /// Whether every object runs must be known: what is not known cannot be added up.
    fn known(&self, intent: &Intent) -> Result<(), String> {
        let accounts: BTreeSet<AccountKey> =
            intent.changes.iter().map(|change| change.object.account_key()).collect();
        match accounts.iter().find_map(|key| self.unknown.get(key)) {
            Some(address) => Err(format!("whether {} runs is not known", address.short())),
            None => Ok(()),
        }
    }

    fn day(&self, key: &AccountKey, after: &BTreeMap<AccountKey, i128>) -> Result<(), String> {
        let account =
            self.snapshot.accounts.get(key).ok_or_else(|| format!("nothing is known of account {key}"))?;
        let baseline = account
            .baseline
            .ok_or_else(|| format!("what account {} could spend at midnight is not known", key.name))?;
        let most = i128::from(baseline) * (WHOLE + i128::from(self.guard.max_rise)) / WHOLE;
        let sum = after.get(key).copied().unwrap_or_default();
        if sum <= most {
            return Ok(());
        }
        let shown =
            |micros: i128| Money::from_micros(i64::try_from(micros).unwrap_or(i64::MAX), account.currency);
        Err(format!(
            "daily budgets of account {} would come to {}; {} at midnight and {} % more are {}",
            key.name,
            shown(sum),
            shown(i128::from(baseline)),
            self.guard.max_rise / 100,
            shown(most)
        ))
    }

    /// Worst days against amounts, each in its currency.
    fn caps(
        &self,
        after: &BTreeMap<AccountKey, i128>,
        rises: &BTreeMap<AccountKey, i128>,
    ) -> Result<(), String> {
        let worst = |key: &AccountKey| -> i128 {
            let Some(account) = self.snapshot.accounts.get(key) else { return 0 };
            let factor = self.guard.over_delivery.get(&account.platform).copied().unwrap_or(20_000);
            after.get(key).copied().unwrap_or_default() * i128::from(factor).max(WHOLE) / WHOLE
        };
        let check = |what: &str, cap: Money, within: &dyn Fn(&AccountKey) -> bool| -> Result<(), String> {
            let of = |key: &&AccountKey| {
                within(key)
                    && self
                        .snapshot
                        .accounts
                        .get(*key)
                        .is_some_and(|account| account.currency == cap.currency())
            };
            if !rises.keys().any(|key| of(&key)) {
                return Ok(());
            }
            let sum: i128 = after.keys().filter(of).map(worst).sum();
            if sum <= i128::from(cap.micros()) {
                return Ok(());
            }
            let sum = Money::from_micros(i64::try_from(sum).unwrap_or(i64::MAX), cap.currency());
            Err(format!("the worst day of {what} would be {sum}, at most {cap} is allowed"))
        };
        for (name, cap) in &self.guard.accounts {
            if rises.keys().any(|key| {
                key.name == *name
                    && self
                        .snapshot
                        .accounts
                        .get(key)
                        .is_some_and(|account| account.currency != cap.currency())
            }) {
                return Err(format!("the spend guard of account {name} is not in its currency"));
            }
            check(&format!("account {name}"), *cap, &|key| key.name == *name)?;
        }
        for (platform, caps) in &self.guard.platforms {
            for cap in caps {
                let of = |key: &AccountKey| {
                    self.snapshot.accounts.get(key).is_some_and(|account| account.platform == *platform)
                };
                check(platform.title(), *cap, &of)?;
            }
        }
        for cap in &self.guard.namespace {
            check("the namespace", *cap, &|_| true)?;
        }
        Ok(())
    }
}

/// Whether a direction needs the spend guard.
pub(super) fn needs_headroom(intent: &Intent) -> bool {
    intent.direction().raises()
        || intent.daily() > 0
        || intent.changes.iter().any(|change| change.direction == Direction::Raise)
}
