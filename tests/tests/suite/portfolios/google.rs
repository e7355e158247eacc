//! Google Search campaigns: every bid strategy, own and shared budgets, keywords, places, people, links.

use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Value as Json, json};

use super::parts::{
    Any, Campaign, Part, all, always, display_name, either, fixed, groups, hours, maybe, money, nothing, set,
    spec, state, utm, word,
};

const COUNTRIES: [&str; 5] = ["ES", "PT", "FR", "US", "JP"];
const KEYWORDS: [&str; 5] = ["running shoes", "zapatillas", "Trail Shoes", "shoes near me", "botas"];
const NEGATIVES: [&str; 3] = ["free", "gratis", "segunda mano"];

/// Campaigns of an account in this currency.
pub(super) fn campaigns(currency: &'static str) -> BoxedStrategy<Campaign> {
    Union::new(strategies(currency).into_iter().map(|(bidding, group)| {
        let manual = group.is_some();
        let below = group_spec(currency, group.unwrap_or_else(nothing), manual);
        let campaign = spec(vec![bidding, budget(currency), common()]);
        let groups = groups(below, &creative(), 0..=2);
        (campaign, groups)
            .prop_map(|(mut spec, groups)| {
                // The budget's name is known once the account has one.
                let shared_budget = spec["budget"].get("ref").and_then(Json::as_u64);
                if shared_budget.is_some() {
                    spec["budget"] = json!({});
                }
                let shared_budget = shared_budget.map(|index| usize::try_from(index).unwrap());
                Campaign { spec, shared_budget, groups, tag: "" }
            })
            .boxed()
    }))
    .boxed()
}

/// A campaign's bidding, and what its ad groups may say of bids where that is possible.
fn strategies(currency: &'static str) -> Vec<(Part, Option<Part>)> {
    let strategy =
        |word: &'static str, more: Vec<Part>| all([vec![fixed("bidding.strategy", word)], more].concat());
    let bid = || money(currency, 1..=4);
    let roas = || word(&["3.5", "4", "0.8"]).prop_map(|text| number(&text)).boxed();
    vec![
        (strategy("ManualCpc", vec![always("bidding.bid", bid())]), Some(maybe("bidding.bid", bid()))),
        (strategy("MaximizeClicks", vec![maybe("bidding.maxCpc", bid())]), None),
        (strategy("MaximizeConversions", vec![maybe("objective", word(&["Leads", "Sales"]))]), None),
        (strategy("TargetCpa", vec![always("bidding.amount", bid())]), None),
        (strategy("MaximizeConversionValue", Vec::new()), None),
        (strategy("TargetRoas", vec![always("bidding.roas", roas())]), None),
        (
            strategy(
                "TargetImpressionShare",
                vec![
                    maybe("objective", word(&["Awareness", "Traffic"])),
                    always("bidding.location", word(&["AnywhereOnPage", "TopOfPage", "AbsoluteTopOfPage"])),
                    always("bidding.share", (1..=100_u32).prop_map(Json::from).boxed()),
                    always("bidding.maxCpc", bid()),
                ],
            ),
            None,
        ),
    ]
}

/// A number as it would stand in YAML.
fn number(text: &Json) -> Json {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

fn budget(currency: &'static str) -> Part {
    let total = all(vec![
        always("budget.total", money(currency, 500..=900)),
        fixed("schedule.start", "2027-03-01"),
        always("schedule.end", word(&["2027-04-30", "2027-05-31"])),
    ]);
    either([
        all(vec![always("budget.daily", money(currency, 20..=300)), either([nothing(), days()])]),
        total,
        always("budget.ref", (0..2_u64).prop_map(Json::from).boxed()),
    ])
}

/// Google's campaigns end with whole days. One without a start has begun and cannot get one any more.
fn days() -> Part {
    always("schedule.end", word(&["2027-04-30", "2027-10-31"]))
}

fn common() -> Part {
    all(vec![
        fixed("google.advertisingChannelType", "SEARCH"),
        display_name(),
        state(),
        always("targeting.locations", either_world()),
        maybe("targeting.locationsExcluded", set(&["ES-CN", "US-AK"], 0..=1)),
        maybe("targeting.languages", set(&["es", "en", "pt"], 0..=3)),
        maybe("targeting.devices", set(&["Mobile", "Desktop", "Tablet"], 1..=3)),
        maybe("targeting.ages", ages()),
        maybe("schedule.hours", hours()),
        maybe("negativeKeywords", negatives()),
        maybe("sitelinks", sitelinks()),
        maybe("callouts", set(&["Free delivery", "Devolución gratis", "24 h"], 0..=3)),
        maybe(
            "google.networkSettings.targetSearchNetwork",
            word(&["yes", "no"]).prop_map(|w| json!(w == "yes")).boxed(),
        ),
        maybe("deletionPolicy", word(&["Pause", "Delete"])),
    ])
}

fn either_world() -> Any {
    prop_oneof![1 => Just(json!(["WORLD"])), 4 => set(&COUNTRIES, 1..=3)].boxed()
}

fn ages() -> Any {
    let spans = [
        json!({"min": 18}),
        json!({"min": 25, "max": 44}),
        json!({"min": 35}),
        json!({"min": 18, "max": 64}),
    ];
    prop::sample::select(spans.to_vec()).boxed()
}

fn negatives() -> Any {
    keywords_of(&NEGATIVES, false, "EUR")
}

/// Keywords of different texts; with bids where the strategy is manual.
fn keywords_of(texts: &'static [&'static str], bids: bool, currency: &'static str) -> Any {
    let entry = (word(&["Exact", "Phrase", "Broad"]), prop::option::of(money(currency, 1..=4)));
    let entries = prop::collection::vec(entry, texts.len());
    let chosen = prop::sample::subsequence((0..texts.len()).collect::<Vec<_>>(), 0..=texts.len());
    (chosen, entries)
        .prop_map(move |(chosen, entries)| {
            let keyword = |index: usize| {
                let (kind, bid) = &entries[index];
                let mut keyword = json!({"text": texts[index], "match": kind});
                if let Some(bid) = bid.as_ref().filter(|_| bids) {
                    keyword["bid"] = bid.clone();
                }
                keyword
            };
            Json::Array(chosen.into_iter().map(keyword).collect())
        })
        .boxed()
}

fn sitelinks() -> Any {
    let link = |text: &str| json!({"text": text, "url": format!("https://shop.example/{text}")});
    let mut described = link("Returns");
    described["description1"] = json!("Sixty days");
    described["description2"] = json!("Free of charge");
    let links = vec![link("Boots"), link("Shoes"), described];
    prop::sample::subsequence(links, 0..=3).prop_map(Json::Array).boxed()
}

fn group_spec(currency: &'static str, bids: Part, manual: bool) -> Any {
    spec(vec![
        bids,
        display_name(),
        state(),
        maybe("targeting.ages", ages()),
        maybe("targeting.genders", set(&["Female", "Male"], 1..=2)),
        maybe("targeting.audiences.include", set(&["2384", "77001"], 0..=2)),
        maybe("google.excludeUndetermined", Just(json!(true)).boxed()),
        maybe("keywords", keywords_of(&KEYWORDS, manual, currency)),
        maybe("negativeKeywords", negatives()),
    ])
}

fn creative() -> Any {
    const HEADLINES: [&str; 5] =
        ["Zapatillas de primavera", "Corre más ligero", "Devolución gratis", "Shoes: 20 % off", "30 días"];
    const DESCRIPTIONS: [&str; 3] =
        ["Hasta un 30 % menos esta semana.", "Entrega en dos días.", "Made for rain, snow & \"mud\"."];
    let pins = prop::sample::select(vec![
        json!([{"headline": HEADLINES[0], "position": 1}]),
        json!([{"description": DESCRIPTIONS[0], "position": 2}]),
    ]);
    let first = |count: usize, texts: &'static [&'static str]| {
        (count..=texts.len()).prop_map(|count| json!(texts[..count])).boxed()
    };
    spec(vec![
        always("headlines", first(3, &HEADLINES)),
        always("descriptions", first(2, &DESCRIPTIONS)),
        always("landingPage", word(&["https://shop.example/", "https://shop.example/boots?x=1"])),
        maybe("google.pins", pins.boxed()),
        maybe("google.path1", word(&["tienda", "botas"])),
        utm(),
    ])
}
