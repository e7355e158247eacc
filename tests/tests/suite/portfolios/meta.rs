//! Meta campaigns: objectives with their goals, budgets on either level, bids, targeting, link and carousel ads.

use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Value as Json, json};

use super::parts::{
    Any, Campaign, Part, all, always, campaign, display_name, either, fixed, flight, groups, hours, maybe,
    money, nothing, set, spec, state, tagged, utm, word,
};

/// Objectives with goals that each of their ad groups may have.
const OBJECTIVES: [(&str, &[&str]); 6] = [
    ("Awareness", &["Reach", "Impressions"]),
    ("Traffic", &["Clicks", "LandingPageViews", "Reach"]),
    ("Engagement", &["PostEngagement", "PageLikes"]),
    ("Leads", &["LeadForm", "Lead", "CompleteRegistration"]),
    ("Sales", &["Purchase", "AddToCart"]),
    ("Sales", &["Value"]),
];

/// Campaigns of an account in this currency.
pub(super) fn campaigns(currency: &'static str) -> BoxedStrategy<Campaign> {
    let mut kinds = Vec::new();
    for (objective, goals) in OBJECTIVES {
        let is_value = goals == ["Value"];
        // A campaign that holds the budget says how it bids: ad sets below carry the amounts of its strategy, and
        // what is absent is not managed.
        let bids_of_campaign = bids(currency, is_value, fixed("bidding.strategy", "LowestCost"));
        let bids = bids(currency, is_value, nothing());
        let top = |more: Vec<Part>| spec([vec![fixed("objective", objective), common()], more].concat());
        let below = |more: Vec<Part>| spec([vec![group(goals)], more].concat());
        let daily =
            || all(vec![always("budget.daily", money(currency, 10..=400)), either([nothing(), flight()])]);
        let total = || {
            all(vec![
                always("budget.total", money(currency, 6000..=9000)),
                flight(),
                maybe("schedule.hours", hours()),
            ])
        };
        let creative = creative();
        // The campaign's budget.
        for budget in [daily(), total()] {
            // A budget does not move between the levels by what is written on one of them.
            kinds.push(tagged(
                "own-budget-",
                campaign(
                    top(vec![budget, bids_of_campaign.clone()]),
                    groups(below(Vec::new()), &creative, 0..=2),
                ),
            ));
        }
        // The ad groups' budgets, with bids on either level.
        for budget in [daily(), total()] {
            kinds.push(campaign(
                top(vec![bids.clone()]),
                groups(below(vec![budget.clone()]), &creative, 1..=2),
            ));
            kinds
                .push(campaign(top(Vec::new()), groups(below(vec![budget, bids.clone()]), &creative, 1..=2)));
        }
    }
    Union::new(kinds).boxed()
}

fn bids(currency: &'static str, value: bool, usual: Part) -> Part {
    let amount = |strategy: &'static str| {
        all(vec![fixed("bidding.strategy", strategy), always("bidding.amount", money(currency, 1..=9))])
    };
    let mut bids = vec![usual, fixed("bidding.strategy", "LowestCost"), amount("CostCap"), amount("BidCap")];
    if value {
        let roas = prop::sample::select(vec![json!(2.5), json!(3)]).boxed();
        bids.push(all(vec![fixed("bidding.strategy", "MinRoas"), always("bidding.roas", roas)]));
    }
    either(bids)
}

fn common() -> Part {
    all(vec![
        display_name(),
        state(),
        maybe("specialAdCategories", set(&["Gambling"], 0..=1)),
        always("targeting.locations", places()),
        maybe("targeting.languages", set(&["es", "en", "de"], 0..=2)),
        maybe("targeting.ages", ages()),
        maybe("deletionPolicy", word(&["Pause", "Delete"])),
    ])
}

fn places() -> Any {
    prop_oneof![1 => Just(json!(["WORLD"])), 4 => set(&["ES", "FR-IDF", "US", "DE"], 1..=3)].boxed()
}

fn ages() -> Any {
    prop_oneof![
        Just(json!({"min": 18})),
        (13..40_u32, 40..=65_u32).prop_map(|(min, max)| json!({"min": min, "max": max})),
    ]
    .boxed()
}

fn group(goals: &[&'static str]) -> Part {
    all(vec![
        display_name(),
        state(),
        always("optimization.goal", word(goals)),
        maybe("targeting.locations", places()),
        maybe("targeting.ages", ages()),
        maybe("targeting.genders", set(&["Female", "Male"], 1..=2)),
        maybe("targeting.audiences.include", set(&["2384", "91"], 0..=2)),
        maybe("targeting.interests", set(&["6003107902433", "6003139266461"], 0..=2)),
        maybe("targeting.devices", set(&["Mobile", "Desktop"], 1..=2)),
        maybe("meta.publisher_platforms", set(&["facebook", "instagram"], 1..=2)),
    ])
}

fn creative() -> Any {
    let texts =
        |texts: &'static [&'static str]| (1..=texts.len()).prop_map(move |n| json!(texts[..n])).boxed();
    let image = || Just(json!([{"id": "a3f1c2"}])).boxed();
    let card = |text: &str| json!({"image": {"id": "b7"}, "headline": text, "landingPage": "https://shop.example/c"});
    let cards = prop::sample::subsequence(vec![card("One"), card("Two"), card("Three")], 2..=3);
    spec(vec![
        either([
            always("images", image()),
            all(vec![always("images", image()), fixed("videos", json!([{"id": "778899"}]))]),
            always("cards", cards.prop_map(Json::Array).boxed()),
        ]),
        maybe("headlines", texts(&["Zapatillas", "Second: unused"])),
        maybe("descriptions", texts(&["Envío en 24 horas"])),
        maybe("primaryTexts", texts(&["Corre más ligero — ya.", "100 % \"dry\""])),
        maybe("callToAction", word(&["LearnMore", "ShopNow", "SignUp"])),
        always("landingPage", word(&["https://shop.example/", "https://www.shop.example/a?b=c"])),
        // Read only where a goal collects leads on the platform.
        fixed("leadForm", "5550001"),
        utm(),
    ])
}
