//! The spend guard as people set it: how far budgets may rise on a day, what a worst day may come to, how much one run may
//! touch. Who holds rules to it is `guard` and `caps`.

use std::collections::BTreeMap;

use super::spend::Spend;
use crate::address::{AccountKey, Platform};
use crate::money::{Currency, Money};
use crate::schema::{PlatformSchema, Schemas};

/// How far the budgets of an account may rise on a day where nobody says, in basis points: a fifth.
const MAX_RISE: u32 = 2_000;
/// Fields of daily budgets.
const DAILY: [&str; 2] = ["budget.daily", "shared.daily"];

/// Amounts, one for each currency.
pub type Amounts = BTreeMap<Currency, Money>;

/// The spend guard of one account. What is not written does not count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountGuard {
    /// How far the sum of its budgets may rise on one of its days over what it was at midnight, in basis points.
    pub max_rise: Option<u32>,
    /// The most that its worst day may come to; each of these holds.
    pub worst_day: Vec<Money>,
    /// Objects that all rules together may touch in one run.
    pub per_run: Option<u32>,
    /// The same as a share of what is live, in basis points.
    pub share_of_live: Option<u32>,
}

impl AccountGuard {
    /// What both allow.
    #[must_use]
    pub fn tighter(self, other: &Self) -> Self {
        let least = |a: Option<u32>, b: Option<u32>| a.into_iter().chain(b).min();
        let mut worst_day = self.worst_day;
        worst_day.extend(&other.worst_day);
        Self {
            max_rise: least(self.max_rise, other.max_rise),
            worst_day,
            per_run: least(self.per_run, other.per_run),
            share_of_live: least(self.share_of_live, other.share_of_live),
        }
    }

    /// How far it may rise; a fifth where nobody says.
    pub fn max_rise(&self) -> u32 {
        self.max_rise.unwrap_or(MAX_RISE)
    }
}

/// The spend guard, as the approval policy and accounts say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpendGuard {
    /// Of every account.
    pub every: AccountGuard,
    /// Of single accounts; the tighter of both counts.
    pub accounts: BTreeMap<AccountKey, AccountGuard>,
    /// The most that the worst day of a platform's accounts in one namespace may come to. Accounts in a currency that is
    /// not named may not rise at all.
    pub platforms: BTreeMap<Platform, Amounts>,
    /// The same of all accounts of a namespace; nothing is asked where it is empty.
    pub namespace: Amounts,
}

impl SpendGuard {
    /// What counts for an account.
    pub fn of(&self, key: &AccountKey) -> AccountGuard {
        match self.accounts.get(key) {
            Some(own) => self.every.clone().tighter(own),
            None => self.every.clone(),
        }
    }

    /// Holds an account to this as well.
    pub fn hold(&mut self, key: &AccountKey, guard: &AccountGuard) {
        let held = self.accounts.remove(key).unwrap_or_default();
        self.accounts.insert(key.clone(), held.tighter(guard));
    }

    /// Whether an amount is set about several accounts together.
    pub fn spans_accounts(&self) -> bool {
        !self.platforms.is_empty() || !self.namespace.is_empty()
    }

    /// Whether any amount is set.
    pub fn has_amounts(&self) -> bool {
        let of_accounts = || self.accounts.values().chain([&self.every]).any(|one| !one.worst_day.is_empty());
        self.spans_accounts() || of_accounts()
    }
}

/// What a day may take of a daily budget, in basis points of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OverDelivery {
    /// Of one that stays as it is written.
    pub(super) written: u32,
    /// Of one that the platform itself raises.
    pub(super) automatic: u32,
}

impl OverDelivery {
    /// As the platform's own rules say; `None` where they do not.
    fn of(schema: &PlatformSchema) -> Option<Self> {
        let most = |automatic| DAILY.iter().filter_map(|path| schema.worst_day(path, automatic)).max();
        let written = most(false)?;
        Some(Self { written, automatic: most(true).unwrap_or(written) })
    }
}

/// What rules are held to: the spend guard, with how far platforms overspend.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guards {
    /// The spend guard.
    pub spend: SpendGuard,
    /// What a day may take of daily budgets; a platform that is not here does not say, and then no amount can be held.
    pub(super) over_delivery: BTreeMap<Platform, OverDelivery>,
}

impl Guards {
    /// A spend guard, with what platforms say of over-delivery.
    pub fn of(spend: &SpendGuard, schemas: &Schemas) -> Self {
        let each =
            schemas.iter().filter_map(|(platform, schema)| Some((*platform, OverDelivery::of(schema)?)));
        Self { spend: spend.clone(), over_delivery: each.collect() }
    }
}

/// An account that rules do not look at and that counts in amounts about several accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherAccount {
    /// Its platform.
    pub platform: Platform,
    /// Its currency.
    pub currency: Currency,
    /// Its budgets in force; `None` where they are not known.
    pub spend: Option<Spend>,
}

/// Basis points as people write them: `12.5`.
pub(super) fn percent(points: u32) -> String {
    match (points / 100, points % 100) {
        (whole, 0) => whole.to_string(),
        (whole, part) => format!("{whole}.{}", format!("{part:02}").trim_end_matches('0')),
    }
}
