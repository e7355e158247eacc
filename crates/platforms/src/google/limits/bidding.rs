//! Strategies and their amounts, on campaigns and ad groups. Sources: mapping §5; google-ads.md §3.3, §7.

use adplane_core::desired::DesiredObject;
use adplane_core::field::FieldPath;
use adplane_core::value::Value;
use rust_decimal::Decimal;

use super::amounts;
use super::refine::{CampaignFacts, Channel, Surroundings};
use super::report::Report;
use crate::google::wire::bidding::{LOCATIONS, Strategy};

/// Values that `bidding` may hold besides the strategy.
const VALUES: [&str; 6] = ["amount", "roas", "bid", "maxCpc", "location", "share"];

/// Checks a campaign's bidding; the strategy when it has one.
pub(super) fn check_campaign(
    object: &mut DesiredObject,
    channel: Channel,
    surroundings: &Surroundings,
    report: &mut Report,
) -> Option<Strategy> {
    normalise_portfolio(object, surroundings);
    let portfolio = object.value("google.biddingStrategy").is_some();
    let Some(word) = object.text("bidding.strategy") else {
        if !portfolio && object.external_id.is_none() {
            report.error(
                object,
                "bidding",
                "missing-bidding",
                "Google needs a bid strategy, and none is safe to guess",
                "write `bidding: {strategy: MaximizeClicks, maxCpc: ..}`, or another strategy of Google's",
            );
        }
        return None;
    };
    if portfolio {
        let hint = "remove `bidding`, or `google.biddingStrategy`";
        report.error(
            object,
            "bidding",
            "two-strategies",
            "a portfolio strategy decides the bids already",
            hint,
        );
    }
    let Some(strategy) = Strategy::parse(word) else {
        let hint = match word {
            "LowestCost" => "write `MaximizeConversions`, or `MaximizeClicks`",
            "CostCap" => "write `TargetCpa` with `amount`",
            "BidCap" => "write `MaximizeClicks` with `maxCpc`",
            "MinRoas" => "write `TargetRoas` with `roas`",
            _ => {
                "write one of ManualCpc, MaximizeClicks, MaximizeConversions, TargetCpa, MaximizeConversionValue, \
                  TargetRoas, TargetImpressionShare"
            }
        };
        let message = format!("Google has no bid strategy `{word}`");
        report.error(object, "bidding.strategy", "strategy-not-on-google", message, hint);
        return None;
    };
    check_channel(object, strategy, channel, report);
    check_values(object, strategy, surroundings, report);
    Some(strategy)
}

/// `biddingStrategies/5` and the whole resource name mean the same.
fn normalise_portfolio(object: &mut DesiredObject, surroundings: &Surroundings) {
    if let Some(field) = object.fields.get_mut("google.biddingStrategy")
        && let Some(text) = field.value.as_text()
        && !text.starts_with("customers/")
    {
        let id = text.strip_prefix("biddingStrategies/").unwrap_or(text);
        field.value = Value::text(format!("customers/{}/biddingStrategies/{id}", surroundings.account_id));
    }
}

fn check_channel(object: &DesiredObject, strategy: Strategy, channel: Channel, report: &mut Report) {
    let fits = match channel {
        Channel::Search => true,
        Channel::DemandGen => !matches!(strategy, Strategy::ManualCpc | Strategy::TargetImpressionShare),
        Channel::PerformanceMax => matches!(
            strategy,
            Strategy::MaximizeConversions
                | Strategy::TargetCpa
                | Strategy::MaximizeConversionValue
                | Strategy::TargetRoas
        ),
    };
    if !fits {
        let message = format!("campaigns of this channel cannot use {}", strategy.word());
        let hint = "write MaximizeConversions, TargetCpa, MaximizeConversionValue or TargetRoas";
        report.error(object, "bidding.strategy", "strategy-not-for-channel", message, hint);
    }
    if object.text("objective") == Some("Awareness")
        && channel == Channel::Search
        && strategy != Strategy::TargetImpressionShare
    {
        let hint = "write `strategy: TargetImpressionShare`, or another objective";
        let message = "a Search campaign for awareness bids for impression share";
        report.error(object, "bidding.strategy", "objective-needs-strategy", message, hint);
    }
}

fn check_values(
    object: &DesiredObject,
    strategy: Strategy,
    surroundings: &Surroundings,
    report: &mut Report,
) {
    let (required, optional) = strategy.values();
    for value in VALUES {
        let path = format!("bidding.{value}");
        let present = object.value(&path).is_some();
        if required.contains(&value) && !present {
            let message = format!("{} needs `{value}`", strategy.word());
            report.error(
                object,
                "bidding",
                "missing-bid-value",
                message,
                format!("add `{value}` to `bidding`"),
            );
        } else if present && !required.contains(&value) && !optional.contains(&value) {
            let message = format!("{} takes no `{value}`", strategy.word());
            report.error(
                object,
                &path,
                "unused-bid-value",
                message,
                "remove it, or choose the strategy it belongs to",
            );
        }
        if matches!(value, "amount" | "bid" | "maxCpc") {
            check_amount(object, &path, surroundings, report);
        }
    }
    check_roas(object, report);
    if let Some(word) = object.text("bidding.location")
        && !LOCATIONS.iter().any(|(known, _)| *known == word)
    {
        let hint = "write AnywhereOnPage, TopOfPage or AbsoluteTopOfPage";
        report.error(
            object,
            "bidding.location",
            "unknown-location",
            format!("`{word}` is no place on the page"),
            hint,
        );
    }
    if let Some(share) = object.value("bidding.share").and_then(Value::as_decimal)
        && !(share > Decimal::ZERO
            && share <= Decimal::ONE_HUNDRED
            && (share * Decimal::from(10_000)).fract().is_zero())
    {
        let message = format!("{share} is no share in percent");
        report.error(
            object,
            "bidding.share",
            "invalid-share",
            message,
            "write a number above 0 and at most 100",
        );
    }
}

/// A bid should not eat a whole day (google-ads.md §7, probable).
fn check_amount(object: &DesiredObject, path: &str, surroundings: &Surroundings, report: &mut Report) {
    let bid = amounts::check(object, path, surroundings.currency, report);
    let daily = object.value("budget.daily").and_then(Value::as_money);
    if let (Some(bid), Some(daily)) = (bid, daily)
        && bid.currency() == daily.currency()
        && bid > daily
        && path != "bidding.amount"
    {
        let message = format!("the bid of {bid} is above the daily budget of {daily}");
        report.warning(object, path, "bid-above-budget", message, "lower the bid or raise the budget");
    }
}

fn check_roas(object: &DesiredObject, report: &mut Report) {
    let (least, most) = (Decimal::new(1, 2), Decimal::from(1_000));
    if let Some(roas) = object.value("bidding.roas").and_then(Value::as_decimal)
        && !(least..=most).contains(&roas)
    {
        let message = format!("a target of {roas} is outside {least} to {most}");
        report.error(object, "bidding.roas", "invalid-roas", message, "write 3.5 for a return of 350 %");
    }
}

/// What goes down from a campaign to its ad groups: the manual bid.
pub(super) fn hand_down(object: &mut DesiredObject, strategy: Option<Strategy>, facts: &mut CampaignFacts) {
    if strategy == Some(Strategy::ManualCpc)
        && let Some(field) = object.fields.remove("bidding.bid")
    {
        facts.handed_down.push((FieldPath::new("bidding.bid"), field));
    }
}

/// Checks an ad group's own amounts against its campaign's strategy.
pub(super) fn check_ad_group(
    object: &DesiredObject,
    facts: &CampaignFacts,
    surroundings: &Surroundings,
    report: &mut Report,
) {
    if object.value("bidding.strategy").is_some() {
        let hint = "move the strategy to the campaign; an ad group takes `bid`, `amount` or `roas` only";
        report.error(
            object,
            "bidding.strategy",
            "strategy-on-ad-group",
            "Google keeps the bid strategy on the campaign",
            hint,
        );
    }
    for (value, belongs) in [
        ("bid", facts.strategy == Some(Strategy::ManualCpc) || facts.portfolio),
        ("amount", facts.strategy == Some(Strategy::TargetCpa) || facts.portfolio),
        ("roas", facts.strategy == Some(Strategy::TargetRoas) || facts.portfolio),
        ("maxCpc", false),
        ("location", false),
        ("share", false),
    ] {
        let path = format!("bidding.{value}");
        if object.value(&path).is_none() {
            continue;
        }
        if !belongs && (facts.strategy.is_some() || matches!(value, "maxCpc" | "location" | "share")) {
            let strategy = facts.strategy.map_or("the campaign's strategy", Strategy::word);
            let message = format!("an ad group under {strategy} takes no `{value}`");
            report.error(
                object,
                &path,
                "unused-bid-value",
                message,
                "remove it, or change the campaign's strategy",
            );
        }
        amounts::check(object, &path, surroundings.currency, report);
    }
    check_roas(object, report);
    if facts.strategy == Some(Strategy::ManualCpc)
        && object.value("bidding.bid").is_none()
        && object.external_id.is_none()
    {
        let hint = "write `bidding: {bid: ..}` on the campaign or on the ad group";
        report.error(object, "bidding", "missing-bid", "ManualCpc needs a bid", hint);
    }
}
