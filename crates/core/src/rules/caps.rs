//! Amounts of the spend guard: what worst days of accounts, platforms and namespaces may come to.
//!
//! A worst day takes of daily budgets what the platform may overspend, and all of a total one. What is not known refuses.

use std::collections::{BTreeMap, BTreeSet};

use super::coming::foreseen;
use super::guards::{Amounts, OtherAccount};
use super::snapshot::{AccountState, Snapshot};
use super::spend::{Spend, Tree};
use crate::address::{AccountKey, Address, Platform};
use crate::money::Money;

/// Basis points of a whole.
const WHOLE: i128 = 10_000;

/// What amounts are held against.
pub(super) struct Caps<'a> {
    snapshot: &'a Snapshot,
    /// An object of the account of which nobody knows whether it runs.
    unknown: BTreeMap<AccountKey, String>,
}

impl<'a> Caps<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let mut unknown = BTreeMap::new();
        for (address, object) in &snapshot.objects {
            if snapshot.runs(object).is_none() {
                unknown.entry(address.account_key()).or_insert_with(|| address.short());
            }
        }
        for (key, strangers) in &snapshot.strangers {
            if let Some(name) = &strangers.unknown {
                unknown.entry(key.clone()).or_insert_with(|| name.clone());
            }
        }
        Self { snapshot, unknown }
    }

    /// What is not known of an account, so that its budgets cannot be added up.
    pub(super) fn unknown(&self, key: &AccountKey) -> Option<String> {
        self.unknown.get(key).map(|name| format!("whether {name} runs is not known"))
    }

    /// Whether worst days stay within their amounts with these sums, of which some rise.
    pub(super) fn check<'k>(
        &self,
        after: &BTreeMap<AccountKey, Spend>,
        rising: impl IntoIterator<Item = &'k AccountKey>,
    ) -> Result<(), String> {
        let guard = &self.snapshot.guards.spend;
        for key in rising {
            let account = self.account(key)?;
            self.account_cap(key, account, after)?;
            let platform = account.platform;
            if let Some(amounts) = guard.platforms.get(&platform) {
                let what = format!("{} in namespace {}", platform.title(), key.namespace);
                self.together((&what, amounts), (key, account), Some(platform), after)?;
            }
            if !guard.namespace.is_empty() {
                let what = format!("namespace {}", key.namespace);
                self.together((&what, &guard.namespace), (key, account), None, after)?;
            }
        }
        Ok(())
    }

    fn account(&self, key: &AccountKey) -> Result<&'a AccountState, String> {
        self.snapshot.accounts.get(key).ok_or_else(|| format!("nothing is known of account {key}"))
    }

    fn account_cap(
        &self,
        key: &AccountKey,
        account: &AccountState,
        after: &BTreeMap<AccountKey, Spend>,
    ) -> Result<(), String> {
        for cap in self.snapshot.guards.spend.of(key).worst_day {
            if cap.currency() != account.currency {
                return Err(format!("the spend guard of account {} is not in its currency", key.name));
            }
            let sum = self.in_view(key, account, after)?;
            within(&format!("account {}", key.name), sum, cap)?;
        }
        Ok(())
    }

    /// The amount of several accounts together, in the currency of the one that rises.
    fn together(
        &self,
        (what, amounts): (&str, &Amounts),
        (rising, account): (&AccountKey, &AccountState),
        platform: Option<Platform>,
        after: &BTreeMap<AccountKey, Spend>,
    ) -> Result<(), String> {
        let currency = account.currency;
        let cap = amounts
            .get(&currency)
            .ok_or_else(|| format!("the spend guard names no amount in {currency} for {what}"))?;
        let among = |key: &AccountKey, of: Platform, its: crate::money::Currency| {
            key.namespace == rising.namespace && its == currency && platform.is_none_or(|one| one == of)
        };
        let mut sum: i128 = 0;
        for (key, account) in &self.snapshot.accounts {
            if among(key, account.platform, account.currency) {
                sum = sum.saturating_add(self.in_view(key, account, after)?);
            }
        }
        let others =
            self.snapshot.others.iter().filter(|(key, _)| !self.snapshot.accounts.contains_key(*key));
        for (key, OtherAccount { platform, currency, spend }) in others {
            if among(key, *platform, *currency) {
                let spend = spend.ok_or_else(|| format!("what account {} spends is not known", key.name))?;
                sum = sum.saturating_add(self.worst(*platform, spend)?);
            }
        }
        within(what, sum, *cap)
    }

    /// The worst day of an account that rules look at.
    fn in_view(
        &self,
        key: &AccountKey,
        account: &AccountState,
        after: &BTreeMap<AccountKey, Spend>,
    ) -> Result<i128, String> {
        match self.unknown(key) {
            Some(why) => Err(why),
            None => self.worst(account.platform, after.get(key).copied().unwrap_or_default()),
        }
    }

    fn worst(&self, platform: Platform, spend: Spend) -> Result<i128, String> {
        let known = self.snapshot.guards.over_delivery.get(&platform);
        let over =
            known.ok_or_else(|| format!("how far {} overspends a budget is not known", platform.title()))?;
        let of = |micros: i64, points: u32| (i128::from(micros) * i128::from(points) + WHOLE - 1) / WHOLE;
        let written = spend.daily.saturating_sub(spend.automatic);
        // A total is never overspent.
        Ok(of(written, over.written) + of(spend.automatic, over.automatic) + i128::from(spend.total))
    }
}

fn within(what: &str, sum: i128, cap: Money) -> Result<(), String> {
    if sum <= i128::from(cap.micros()) {
        return Ok(());
    }
    let sum = Money::from_micros(i64::try_from(sum).unwrap_or(i64::MAX), cap.currency());
    Err(format!("the worst day of {what} would be {sum}, at most {cap} is allowed"))
}

/// Of objects that are to run with these daily budgets, in this order, those that would take a worst day past an amount of
/// the spend guard, and why. What comes down in the same step makes no room: it may fail.
pub fn beyond_caps(snapshot: &Snapshot, raises: &[(Address, Money)]) -> BTreeMap<Address, String> {
    let (tree, caps, none) = (Tree::new(snapshot), Caps::new(snapshot), BTreeSet::new());
    let mut sums = tree.totals(&none);
    let mut beyond = BTreeMap::new();
    for (address, to) in raises {
        let key = address.account_key();
        let own = snapshot.objects.get(address).map(Spend::own).unwrap_or_default();
        let runs = snapshot.objects.get(address).is_some_and(|object| snapshot.is_running(object));
        let with_it = if runs { Spend::default() } else { tree.rise(address, &none).all().minus(own) };
        let had = if runs { own } else { Spend::default() };
        let rise = Spend::of(super::snapshot::Cadence::Daily, to.micros()).minus(had).plus(with_it).rise();
        let mut after = sums.clone();
        let sum = after.entry(key.clone()).or_default();
        *sum = sum.plus(rise);
        match caps.check(&after, [&key]) {
            Ok(()) => sums = after,
            Err(why) => {
                beyond.insert(address.clone(), why);
            }
        }
    }
    beyond
}

/// The same with what is on its way there, as if it were live.
pub fn committed(snapshot: &Snapshot) -> BTreeMap<AccountKey, OtherAccount> {
    other_accounts(&foreseen(snapshot))
}

/// What accounts of a snapshot can spend, for [`Snapshot::others`] of another one.
pub fn other_accounts(snapshot: &Snapshot) -> BTreeMap<AccountKey, OtherAccount> {
    let (sums, caps) = (Tree::new(snapshot).totals(&BTreeSet::new()), Caps::new(snapshot));
    let each = snapshot.accounts.iter().map(|(key, account)| {
        let spend = caps.unknown(key).is_none().then(|| sums.get(key).copied().unwrap_or_default());
        (key.clone(), OtherAccount { platform: account.platform, currency: account.currency, spend })
    });
    each.collect()
}
