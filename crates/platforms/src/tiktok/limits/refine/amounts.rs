//! Budgets and bids: level, step, minimum (tiktok-ads.md §8.1, §8.3).

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldOwner;
use adplane_core::money::Money;
use adplane_core::value::Value;
use rust_decimal::Decimal;

use super::{Pass, creates};
use crate::tiktok::wire::amount;

/// Base minimum of a campaign's budget.
pub(super) const CAMPAIGN_BASE: i64 = 50;
/// Base minimum of an ad group's daily budget.
pub(super) const AD_GROUP_BASE: i64 = 20;
/// Bounds of a ROAS target, in hundredths.
const ROAS: (i64, i64) = (1, 100_000);

/// The budget written on an object, with its path.
pub(super) fn budget(object: &DesiredObject) -> Option<(&'static str, Money)> {
    ["budget.daily", "budget.total"]
        .into_iter()
        .find_map(|path| Some((path, object.value(path)?.as_money()?)))
}

/// Checks a budget against currency, step and minimum; of one that automation moves, the lowest that it can become.
pub(super) fn check_budget(object: &DesiredObject, base: i64, pass: &mut Pass<'_>) {
    let Some((path, money)) = budget(object) else { return };
    if !check_amount(object, path, money, pass) || !creates(object) {
        return;
    }
    let lowest = match object.field(path).map(|field| &field.owner) {
        Some(FieldOwner::Managed(managed)) => managed.min,
        _ => money,
    };
    let Some(minimum) = amount::scaled_base(base, pass.currency) else {
        let finding = Diagnostic::warning(
            "currency-not-listed",
            format!("TikTok does not list {}: the minimum budget is not known", pass.currency),
        );
        pass.error(object, path, finding);
        return;
    };
    if lowest < minimum {
        let finding = Diagnostic::error(
            "budget-below-minimum",
            format!("{lowest} is below TikTok's minimum of {minimum} for this budget"),
        )
        .hint(format!("write more than {minimum}"));
        pass.error(object, path, finding);
    } else if lowest == minimum {
        let finding = Diagnostic::warning(
            "budget-at-minimum",
            format!(
                "{lowest} is exactly TikTok's minimum, which its documents call both allowed and too low"
            ),
        )
        .hint("write a little more");
        pass.error(object, path, finding);
    }
}

/// Checks one amount against currency and step; whether it is usable.
pub(super) fn check_amount(object: &DesiredObject, path: &str, money: Money, pass: &mut Pass<'_>) -> bool {
    if money.currency() != pass.currency {
        let finding = Diagnostic::error(
            "currency-mismatch",
            format!("{money} is not in the account's currency {}", pass.currency),
        )
        .hint(format!("write the amount in {}", pass.currency));
        pass.error(object, path, finding);
        return false;
    }
    let step = amount::step(pass.currency);
    if money.micros() % step != 0 {
        let (below, above) = money.neighbours(step);
        let finding = Diagnostic::error(
            "amount-too-fine",
            format!("{money} is finer than TikTok allows for {}", pass.currency),
        )
        .hint(format!("write {below} or {above}"));
        pass.error(object, path, finding);
        return false;
    }
    if money.micros() <= 0 {
        let finding = Diagnostic::error("amount-not-positive", format!("{money} is not an amount to spend"))
            .hint("write more than zero");
        pass.error(object, path, finding);
        return false;
    }
    true
}

/// Checks a ROAS target.
pub(super) fn check_roas(object: &DesiredObject, pass: &mut Pass<'_>) {
    let Some(roas) = object.value("bidding.roas").and_then(Value::as_decimal) else { return };
    let (least, most) = (Decimal::new(ROAS.0, 2), Decimal::new(ROAS.1, 2));
    if roas < least || roas > most {
        let finding =
            Diagnostic::error("roas-out-of-range", format!("a ROAS of {roas} is not between 0.01 and 1000"))
                .hint("write the return per unit spent, such as `3.5`");
        pass.error(object, "bidding.roas", finding);
    }
}
