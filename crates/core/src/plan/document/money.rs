//! The document's money: per currency, account, campaign and shared budget.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::{Address, Platform};
use crate::money::Money;
use crate::plan::{MoneyImpact, Plan, Spend};
use crate::schema::Confidence;

/// What is spent before and after, and the worst that the vendors' over-delivery rules allow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentSpend {
    /// Expected spend per day now.
    pub daily_before: Money,
    /// Expected spend per day afterwards.
    pub daily_after: Money,
    /// After minus before.
    pub delta: Money,
    /// The worst day of the apply: a budget lowered today still counts with the higher amount.
    pub worst_day: Money,
    /// The worst day at the amounts before.
    pub worst_day_before: Money,
    /// The worst day at the amounts after, from the day after the apply.
    pub worst_day_after: Money,
    /// The worst billing periods at the amounts after, by name.
    pub worst_period: BTreeMap<String, Money>,
    /// The worst billing periods at the amounts before, by name.
    pub worst_period_before: BTreeMap<String, Money>,
}

/// Money of one currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentMoney {
    /// Everything in this currency.
    #[serde(flatten)]
    pub total: DocumentSpend,
    /// The same by account.
    #[serde(default)]
    pub accounts: Vec<DocumentAccountMoney>,
    /// Campaigns that the plan touches or whose money moves. One on a shared budget shows all of that budget, since it
    /// can use all of it; the sums count the budget once.
    #[serde(default)]
    pub campaigns: Vec<DocumentCampaignMoney>,
    /// Shared budgets that such campaigns draw on.
    #[serde(default)]
    pub budgets: Vec<DocumentBudgetMoney>,
    /// Campaigns that run afterwards and that no budget limits: no figure holds them.
    #[serde(default)]
    pub unlimited: Vec<Address>,
    /// Campaigns that run afterwards and whose budget the platform itself raises during the day: git does not bound it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automatic: Vec<Address>,
    /// The over-delivery rules behind the worst days and periods.
    #[serde(default)]
    pub rules: Vec<DocumentRule>,
}

/// Money of one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentAccountMoney {
    /// `namespace/name`.
    pub account: String,
    /// The platform.
    pub platform: Platform,
    /// Its money.
    #[serde(flatten)]
    pub spend: DocumentSpend,
}

/// Money of one campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentCampaignMoney {
    /// The campaign.
    pub address: Address,
    /// What people see on the platform.
    pub display_name: String,
    /// The shared budget it draws on; its money is that budget's and counts there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_budget: Option<Address>,
    /// Its money.
    #[serde(flatten)]
    pub spend: DocumentSpend,
}

/// Money of one shared budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentBudgetMoney {
    /// The budget.
    pub address: Address,
    /// What people see on the platform.
    pub display_name: String,
    /// Every campaign that draws on it, by its name in the YAML, else as people see it.
    pub campaigns: Vec<String>,
    /// Its money, counted once.
    #[serde(flatten)]
    pub spend: DocumentSpend,
}

/// One over-delivery rule of a vendor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentRule {
    /// The platform.
    pub platform: Platform,
    /// The budget field.
    pub path: String,
    /// Holds where the platform itself raises the budget during the day.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// Worst day as numerator and denominator of the amount; absent: all that remains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst_day: Option<[i64; 2]>,
    /// Worst period as numerator and denominator of the amount.
    pub worst_period: [i64; 2],
    /// What that period is called.
    pub period: String,
    /// What a change means for the day and the period in progress.
    pub on_change: String,
    /// Since when the rule is known to hold.
    pub since: String,
    /// Where it stands.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// The money of a plan, by currency.
pub(super) fn money(plan: &Plan) -> BTreeMap<String, DocumentMoney> {
    plan.money.iter().map(|impact| (impact.currency.to_string(), of(impact))).collect()
}

fn of(impact: &MoneyImpact) -> DocumentMoney {
    let MoneyImpact { currency: _, total, accounts, campaigns, budgets, unlimited, automatic, rules } =
        impact;
    DocumentMoney {
        total: total.into(),
        accounts: accounts
            .iter()
            .map(|row| DocumentAccountMoney {
                account: row.account.to_string(),
                platform: row.platform,
                spend: (&row.spend).into(),
            })
            .collect(),
        campaigns: campaigns
            .iter()
            .map(|row| DocumentCampaignMoney {
                address: row.address.clone(),
                display_name: row.display_name.clone(),
                shared_budget: row.shared.clone(),
                spend: (&row.spend).into(),
            })
            .collect(),
        budgets: budgets
            .iter()
            .map(|row| DocumentBudgetMoney {
                address: row.address.clone(),
                display_name: row.display_name.clone(),
                campaigns: row.campaigns.clone(),
                spend: (&row.spend).into(),
            })
            .collect(),
        unlimited: unlimited.clone(),
        automatic: automatic.clone(),
        rules: rules
            .iter()
            .map(|(platform, rule)| DocumentRule {
                platform: *platform,
                path: rule.path.to_owned(),
                automatic: rule.automatic,
                worst_day: rule.worst_day.map(|(times, of)| [times, of]),
                worst_period: [rule.worst_period.0, rule.worst_period.1],
                period: rule.period.to_owned(),
                on_change: rule.on_change.to_owned(),
                since: rule.since.to_owned(),
                source: rule.claim.source.to_owned(),
                confidence: rule.claim.confidence,
            })
            .collect(),
    }
}

impl From<&Spend> for DocumentSpend {
    fn from(spend: &Spend) -> Self {
        let named = |periods: &BTreeMap<&'static str, Money>| {
            periods.iter().map(|(period, amount)| ((*period).to_owned(), *amount)).collect()
        };
        let Spend {
            daily_before,
            daily_after,
            worst_day,
            worst_day_before,
            worst_day_after,
            worst_period,
            worst_period_before,
        } = spend;
        Self {
            daily_before: *daily_before,
            daily_after: *daily_after,
            delta: spend.delta(),
            worst_day: *worst_day,
            worst_day_before: *worst_day_before,
            worst_day_after: *worst_day_after,
            worst_period: named(worst_period),
            worst_period_before: named(worst_period_before),
        }
    }
}
