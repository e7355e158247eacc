//! What a plan costs: expected daily spend before and after, and the worst the vendors allow.
//!
//! [`spend`] is the arithmetic of one budget under the vendor's own over-delivery rule (a dated row of the platform's
//! `limits`), `view` sees an object before and after, `account` finds who spends on an account. Amounts are exact
//! integers of micros, multiplied first, divided last, rounded up; nothing is converted between currencies.
//!
//! - A campaign counts while it is active: with its own budget, else with its shared one, else with those of its
//!   active ad groups. A paused parent counts as zero, and so does what has passed the end of its flight.
//! - A shared budget counts once while any campaign on it is active, and names every campaign that draws on it.
//! - A total counts per day as what it comes to over what is left of its flight. What is spent already cannot be read
//!   everywhere, so the whole amount counts: the figure is never too low.
//! - A campaign that runs without any limit is named, because no figure can hold it, and so is one whose budget the
//!   platform itself raises: it counts by a row of its own.

mod account;
mod spend;
pub(super) mod view;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::change::Change;
use super::input::PlanInput;
use crate::address::{AccountKey, Address, Platform};
use crate::money::{Currency, Money};
use crate::schema::OverDelivery;

pub use spend::Spend;

/// Money of one currency over the whole plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyImpact {
    /// The currency.
    pub currency: Currency,
    /// Everything in this currency.
    pub total: Spend,
    /// The same by account; every account of the currency.
    pub accounts: Vec<AccountMoney>,
    /// Campaigns that the plan touches or whose money moves. One on a shared budget shows all of that budget, since it
    /// can use all of it; the sums count it once.
    pub campaigns: Vec<CampaignMoney>,
    /// Shared budgets that such campaigns draw on.
    pub budgets: Vec<BudgetMoney>,
    /// Campaigns that run afterwards without a budget that limits them: the figures cannot hold them.
    pub unlimited: Vec<Address>,
    /// Campaigns that run afterwards and whose budget the platform itself raises: git does not bound it.
    pub automatic: Vec<Address>,
    /// The rules that the worst days and periods come from.
    pub rules: Vec<(Platform, &'static OverDelivery)>,
}

/// Money of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMoney {
    /// The account.
    pub account: AccountKey,
    /// The platform.
    pub platform: Platform,
    /// Its money.
    pub spend: Spend,
}

/// Money of one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignMoney {
    /// The campaign.
    pub address: Address,
    /// What people see on the platform.
    pub display_name: String,
    /// Its money.
    pub spend: Spend,
    /// The shared budget it draws on afterwards, else before: its money is that budget's and counts there.
    pub shared: Option<Address>,
}

/// Money of one shared budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetMoney {
    /// The budget; one that the YAML does not hold has an address made from its id.
    pub address: Address,
    /// What people see on the platform.
    pub display_name: String,
    /// Its money.
    pub spend: Spend,
    /// Every campaign that draws on it before or after, by its name in the YAML, else as people see it.
    pub campaigns: Vec<String>,
}

impl MoneyImpact {
    /// Nothing, in a currency.
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            total: Spend::zero(currency),
            accounts: Vec::new(),
            campaigns: Vec::new(),
            budgets: Vec::new(),
            unlimited: Vec::new(),
            automatic: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// After minus before, a day.
    pub fn delta(&self) -> Money {
        self.total.delta()
    }
}

/// Adds up what the plan costs, by currency.
pub fn money_impact(input: &PlanInput<'_>, changes: &[Change]) -> Vec<MoneyImpact> {
    let mut by_account: HashMap<AccountKey, Vec<&Change>> = HashMap::new();
    for change in changes {
        by_account.entry(change.address.account_key()).or_default().push(change);
    }
    let mut impacts: BTreeMap<Currency, MoneyImpact> = BTreeMap::new();
    for (key, account) in &input.desired.accounts {
        let Some(schema) = input.schemas.get(&account.platform) else { continue };
        let impact = impacts.entry(account.currency).or_insert_with(|| MoneyImpact::new(account.currency));
        let changes = by_account.get(key).map_or(&[][..], Vec::as_slice);
        account::Books::new(input, account, schema, changes).close(impact);
    }
    impacts.into_values().collect()
}
