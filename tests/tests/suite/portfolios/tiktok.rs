//! TikTok campaigns: reach, video views and traffic in the manual lane, sales in Smart+.

use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::json;

use super::parts::{
    Any, Campaign, Part, all, always, campaign, display_name, either, fixed, flight, groups, hours, maybe,
    money, nothing, set, spec, state, tagged, utm, word,
};

/// Goals of the Smart+ lane with tags of their own, bids apart: all ad groups of a campaign share them, those
/// that were replaced and stay paused included, so none can become another.
const SALES_GOALS: [(&str, &str, &str); 4] = [
    ("Purchase", "purchase-", "purchase-bid-"),
    ("AddToCart", "cart-", "cart-bid-"),
    ("Value", "value-", "value-bid-"),
    ("LandingPageViews", "page-", "page-bid-"),
];

/// Campaigns of an account in this currency.
pub(super) fn campaigns(currency: &'static str) -> BoxedStrategy<Campaign> {
    let views = all(vec![fixed("objective", "Awareness"), fixed("tiktok.objective_type", "VIDEO_VIEWS")]);
    // Said as well: what is absent is not managed, so one could not follow the other.
    let reach = all(vec![fixed("objective", "Awareness"), fixed("tiktok.objective_type", "REACH")]);
    let frequency = all(vec![fixed("tiktok.frequency", 3), fixed("tiktok.frequency_schedule", 7)]);
    let manual = [
        (reach, either([nothing(), frequency])),
        (views, maybe("optimization.goal", word(&["VideoViews"]))),
        (fixed("objective", "Traffic"), maybe("optimization.goal", word(&["Clicks", "LandingPageViews"]))),
    ];
    let mut kinds = Vec::new();
    for (objective, goal) in manual {
        let below = all(vec![goal, manual_group()]);
        // In the manual lane each ad group bids by itself.
        let bids = [nothing(), cost_cap(currency)];
        kinds.extend(levels(currency, &objective, &below, &either(bids.clone()), &nothing(), true));
        kinds.extend(levels(currency, &objective, &below, &nothing(), &either(bids), true));
    }
    for (goal, tag, tag_of_bids) in SALES_GOALS {
        let below = all(vec![fixed("optimization.goal", goal), group()]);
        let objective = fixed("objective", "Sales");
        let free = levels(currency, &objective, &below, &nothing(), &nothing(), false);
        kinds.extend(free.into_iter().map(|campaigns| tagged(tag, campaigns)));
        // Bids of the Smart+ lane go with daily budgets only.
        let roas = prop::sample::select(vec![json!(2.5), json!(4)]).boxed();
        let bid = if goal == "Value" {
            all(vec![fixed("bidding.strategy", "MinRoas"), always("bidding.roas", roas)])
        } else {
            cost_cap(currency)
        };
        let top = all(vec![objective, common(), daily(currency), bid]);
        let capped = campaign(spec(vec![top]), groups(spec(vec![below]), &creative(false), 0..=2));
        kinds.push(tagged(tag_of_bids, capped));
    }
    Union::new(kinds).boxed()
}

/// Budgets on the campaign or on each ad group, daily or total.
fn levels(
    currency: &'static str,
    objective: &Part,
    below: &Part,
    bids: &Part,
    bids_below: &Part,
    manual: bool,
) -> Vec<BoxedStrategy<Campaign>> {
    let total = all(vec![always("budget.total", money(currency, 8000..=9500)), flight()]);
    [daily(currency), total]
        .into_iter()
        .flat_map(|budget| {
            let top = |more: Part| spec(vec![objective.clone(), common(), bids.clone(), more]);
            let below = |more: Part| spec(vec![below.clone(), bids_below.clone(), more]);
            let creative = creative(manual);
            [
                campaign(top(budget.clone()), groups(below(nothing()), &creative, 0..=2)),
                campaign(top(nothing()), groups(below(budget), &creative, 1..=2)),
            ]
        })
        .collect()
}

fn daily(currency: &'static str) -> Part {
    always("budget.daily", money(currency, 120..=400))
}

fn cost_cap(currency: &'static str) -> Part {
    all(vec![fixed("bidding.strategy", "CostCap"), always("bidding.amount", money(currency, 1..=9))])
}

fn common() -> Part {
    all(vec![
        display_name(),
        state(),
        always("targeting.locations", places()),
        maybe("targeting.languages", set(&["es", "en"], 0..=2)),
        maybe("deletionPolicy", word(&["Pause", "Delete"])),
    ])
}

fn places() -> Any {
    // The United States are left out: the vendor never lets go of them again.
    set(&["ES", "FR-IDF", "GB", "JP"], 1..=3)
}

fn ages() -> Any {
    let spans = [
        json!({"min": 18}),
        json!({"min": 25}),
        json!({"min": 18, "max": 34}),
        json!({"min": 35, "max": 54}),
    ];
    prop::sample::select(spans.to_vec()).boxed()
}

fn group() -> Part {
    all(vec![
        display_name(),
        state(),
        maybe("targeting.locations", places()),
        maybe("targeting.ages", ages()),
        maybe("targeting.genders", set(&["Female", "Male"], 1..=2)),
        maybe("targeting.audiences.include", set(&["1001", "1002"], 0..=2)),
        maybe("schedule.hours", hours()),
    ])
}

fn manual_group() -> Part {
    all(vec![
        group(),
        maybe("targeting.interests", set(&["26100", "26101"], 0..=2)),
        maybe("tiktok.comment_disabled", Just(json!(true)).boxed()),
    ])
}

/// A video with its cover; in the manual lane also a single image.
fn creative(manual: bool) -> Any {
    let cover = || fixed("images", json!([{"id": "ad-site-i18n-sg/2027cover"}]));
    let video = all(vec![fixed("videos", json!([{"id": "v10033g50000smoke0000000000000001"}])), cover()]);
    let media = if manual { either([video, cover()]) } else { video };
    spec(vec![
        media,
        always("primaryTexts", set(&["Sin tormenta no hay arco.", "Lluvia: 0, tú: 1"], 1..=2)),
        maybe("callToAction", word(&["LearnMore", "ShopNow"])),
        always("landingPage", word(&["https://shop.example/", "https://www.shop.example/a"])),
        utm(),
    ])
}
