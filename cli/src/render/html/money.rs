//! Money on the page: a card for each currency.

use std::cmp::Reverse;

use adplane_core::address::Address;
use adplane_core::money::Money;
use adplane_core::plan::document::{
    DocumentCampaignMoney, DocumentMoney, DocumentRaise, DocumentRule, DocumentSpend,
};
use adplane_core::schema::Confidence;

use super::shown;
use crate::render::words;

/// Campaigns of a card.
const ROWS: usize = 12;
/// Width of the widest bar.
const WIDTH: i128 = 300;

/// One currency.
pub(super) struct Card {
    pub(super) currency: String,
    pub(super) total: Row,
    /// How much more it lets be spent per day, not reduced by what goes down.
    pub(super) raise: Option<String>,
    pub(super) today: Option<String>,
    pub(super) periods: Vec<(String, String)>,
    pub(super) bars: Vec<Bar>,
    pub(super) accounts: Vec<Row>,
    pub(super) campaigns: Vec<Row>,
    pub(super) more: usize,
    pub(super) shared: Vec<String>,
    pub(super) unlimited: Vec<String>,
    pub(super) automatic: Vec<String>,
    pub(super) rules: Vec<String>,
}

/// One line of money.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) delta: String,
    pub(super) worst: String,
    /// `up`, `down` or `same`.
    pub(super) way: &'static str,
}

/// One amount as a bar.
pub(super) struct Bar {
    pub(super) name: &'static str,
    pub(super) amount: String,
    pub(super) width: i128,
    pub(super) kind: &'static str,
}

impl Card {
    pub(super) fn new(currency: &str, money: &DocumentMoney, raise: Option<&DocumentRaise>) -> Self {
        let mut moving: Vec<&DocumentCampaignMoney> =
            money.campaigns.iter().filter(|row| row.spend.delta.micros() != 0).collect();
        moving.sort_by_key(|row| (Reverse(row.spend.delta.micros().saturating_abs()), &row.address));
        let several = money.accounts.len() > 1;
        Self {
            currency: currency.to_owned(),
            total: Row::new(String::new(), &money.total),
            raise: raise.map(raised),
            today: words::today(&money.total),
            periods: money
                .total
                .worst_period
                .iter()
                .map(|(period, amount)| (period.clone(), words::shown(*amount).to_string()))
                .collect(),
            bars: bars(&money.total),
            accounts: money
                .accounts
                .iter()
                .filter(|_| several)
                .map(|row| Row::new(row.account.clone(), &row.spend))
                .collect(),
            more: moving.len().saturating_sub(ROWS),
            campaigns: moving.into_iter().take(ROWS).map(campaign).collect(),
            shared: words::shared(money).iter().map(|line| shown(line)).collect(),
            unlimited: money.unlimited.iter().map(Address::short).collect(),
            automatic: money.automatic.iter().map(Address::short).collect(),
            rules: money.rules.iter().map(rule).collect(),
        }
    }
}

/// The amount, with the smallest one named in the approval policy that covers it.
fn raised(raise: &DocumentRaise) -> String {
    let Some(daily) = raise.daily else { return "no known upper end".to_owned() };
    let within = raise.within.map(|within| format!(", within {}", words::shown(within)));
    format!("{} a day{}", words::shown(daily), within.unwrap_or_default())
}

fn campaign(row: &DocumentCampaignMoney) -> Row {
    let shared = if row.shared_budget.is_some() { " (shared budget)" } else { "" };
    Row::new(format!("{}{shared} · {}", shown(&row.display_name), row.address.account), &row.spend)
}

impl Row {
    fn new(name: String, spend: &DocumentSpend) -> Self {
        let way = match spend.delta.micros() {
            0 => "same",
            delta if delta > 0 => "up",
            _ => "down",
        };
        Self {
            name,
            before: words::shown(spend.daily_before).to_string(),
            after: words::shown(spend.daily_after).to_string(),
            delta: words::signed(spend.delta),
            worst: words::shown(spend.worst_day).to_string(),
            way,
        }
    }
}

/// Before, after and the worst day, on one scale.
fn bars(spend: &DocumentSpend) -> Vec<Bar> {
    let amounts = [
        ("now", spend.daily_before, "before"),
        ("after", spend.daily_after, "after"),
        ("worst day", spend.worst_day, "worst"),
    ];
    let most = amounts.iter().map(|(_, amount, _)| amount.micros()).max().unwrap_or(0).max(1);
    let width = |amount: Money| i128::from(amount.micros().max(0)) * WIDTH / i128::from(most);
    amounts
        .into_iter()
        .map(|(name, amount, kind)| Bar {
            name,
            amount: words::shown(amount).to_string(),
            width: width(amount),
            kind,
        })
        .collect()
}

/// `Google Ads, budget.daily: worst day 2 ×, calendar month 30.4 × …`.
fn rule(rule: &DocumentRule) -> String {
    let times = |[times, of]: [i64; 2]| {
        let hundredths = times.saturating_mul(100) / of.max(1);
        let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        format!("{} ×", text.trim_end_matches('0').trim_end_matches('.'))
    };
    let day = rule.worst_day.map_or_else(|| "all that remains".to_owned(), times);
    let sure = match rule.confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    };
    let raised = if rule.automatic { " raised by the platform itself" } else { "" };
    format!(
        "{}, {}{raised}: worst day {day}, worst {} {}; {}. Since {}; {}; {sure} confidence.",
        rule.platform.title(),
        rule.path,
        rule.period,
        times(rule.worst_period),
        rule.on_change,
        rule.since,
        rule.source
    )
}
