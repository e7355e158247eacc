//! Rules that move daily budgets on Google, Meta and both lanes of TikTok: which amounts come out, and that a rebalance
//! spends no more at any moment.

use serde_json::json;

use super::rule_shop::{
    GOOGLE, META, Place, SMART, SPENT, TIKTOK, id, lines, live, moved, open, open_in, rule, run, written,
};

const PLACES: [Place; 4] = [GOOGLE, META, TIKTOK, SMART];

/// A budget that rules may move, from just above the least that TikTok takes.
fn managed(initial: &str) -> String {
    format!("{{managed: {{daily: {{initial: {initial} EUR, min: 50.01 EUR, max: 200.00 EUR}}}}}}")
}

fn moves(label: &str, action: &str) -> String {
    let scope = format!("kind: Campaign, selector: {{matchLabels: {{move: {label}}}}}");
    let rest = format!(
        "  params: {{target: \"60 EUR\"}}\n  action: {{{action}}}\n  limits: {{maxShareOfScope: 1.0}}\n"
    );
    rule(label, &scope, SPENT, &rest)
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_become_what_the_platform_bills_in() {
    let each = PLACES.into_iter().map(|place| {
        [
            place.whole("less", "move: less", &managed("66.66")),
            place.whole("floor", "move: floor", &managed("80.00")),
            place.whole("set", "move: set", &managed("80.00")),
            place.whole("scale", "move: scale", &managed("77.77")),
            place.whole("still", "", &managed("80.00")),
        ]
        .concat()
    });
    // Where the budget is the ad group's: Google has none there.
    let group = "{managed: {daily: {initial: 30.33 EUR, min: 20.01 EUR, max: 60.00 EUR}}}";
    let groups = [META, TIKTOK].map(|place| {
        let (inside, beside) = (
            place.ad_group("groups", "in", "move: group", group),
            place.ad_group("groups", "out", "", group),
        );
        place.campaign("groups", "", "") + &inside + &beside
    });
    let bench = open(&(each.collect::<String>() + &groups.concat())).await;
    let before = live(&bench).await;

    let cut = |scope: &str| {
        let scope = format!("{scope}, selector: {{matchLabels: {{move: group}}}}");
        rule("group", &scope, SPENT, "  action: {type: adjustBudget, by: \"-20%\"}\n")
    };
    bench.write("rules.yaml", cut("kind: AdGroup"));
    let refused = bench.run(&["rules", "run"]).await.exits(1);
    let words = "ad groups have none on Google Ads";
    assert!(refused.err.contains("rule-no-field") && refused.err.contains(words), "{}", refused.err);
    assert!(refused.err.contains("kinds that can: `Campaign`, `AdGroup` on Meta, TikTok"), "{}", refused.err);

    let rules = [
        moves("less", "type: adjustBudget, by: \"-20%\""),
        moves("floor", "type: adjustBudget, by: \"-50%\""),
        moves("set", "type: setBudget, to: \"55.55 EUR\""),
        moves(
            "scale",
            "type: scaleToTarget, actual: self.budget.daily, target: params.target, maxStep: \"30%\"",
        ),
        cut("kind: AdGroup, platforms: [Meta, TikTok]"),
    ];
    bench.write("rules.yaml", rules.concat());
    let acted = run(&bench, 0).await;
    let mut expected: Vec<String> =
        ["meta", "tiktok"].map(|word| format!("ad-group/{word}-in: on 2426")).into();
    for (name, cents) in [("floor", 5001), ("less", 5332), ("scale", 5999), ("set", 5555)] {
        expected.extend(PLACES.map(|place| format!("campaign/{}-{name}: on {cents}", place.word)));
    }
    expected.sort();
    assert_eq!(moved(&before, &live(&bench).await), expected, "{}", acted.out);
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    let told = bench.run(&["explain", "ad-group/tiktok-in"]).await.exits(0);
    assert!(told.out.contains("budget from 30.33 EUR to 24.26 EUR"), "{}", told.out);
}

/// ISO 4217 divides the new Taiwan dollar, Meta and TikTok do not.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_does_not_divide_stays_whole() {
    let bounds = "{managed: {daily: {initial: 3001 TWD, min: 2000 TWD, max: 9000 TWD}}}";
    let each = [META, TIKTOK].map(|place| {
        place.whole("less", "move: less", bounds)
            + &place.whole("loser", "pair: one, role: gives", bounds)
            + &place.whole("winner", "pair: one, role: takes", bounds)
            + &place.whole("cut", "git: cut", "{daily: 3001 TWD}")
            + &place.whole("more", "git: more", "{daily: 3001 TWD}")
    });
    let bench = open_in("TWD", &each.concat()).await;
    let before = live(&bench).await;
    let of = |label: &str| format!("kind: Campaign, selector: {{matchLabels: {{{label}}}}}");
    let seen = "yesterday.impressions > 0";
    let less = rule("less", &of("move: less"), seen, "  action: {type: adjustBudget, by: \"-20%\"}\n");
    let given = format!("\"{seen} && self.labels.role == 'gives'\"");
    let rebalance = rule("move", &of("pair: one"), &given, "  action: {type: rebalance, by: \"-20%\"}\n");
    let git = |label: &str, priority: i32, by: &str| {
        rule(
            label,
            &of(&format!("git: {label}")),
            seen,
            &format!("  priority: {priority}\n  action: {{type: adjustBudget, by: \"{by}\"}}\n"),
        )
    };
    bench.write("rules.yaml", less + &rebalance + &git("cut", 0, "-20%") + &git("more", 1, "+20%"));
    let acted = run(&bench, 0).await;
    let expected = [META, TIKTOK].into_iter().flat_map(|place| {
        // Meta counts in whole dollars, TikTok tells amounts.
        let unit = if place.word == "meta" { 1 } else { 100 };
        [("less", 2400), ("loser", 2400), ("winner", 3602)]
            .map(|(name, dollars)| format!("campaign/{}-{name}: on {}", place.word, dollars * unit))
    });
    assert_eq!(moved(&before, &live(&bench).await), expected.collect::<Vec<_>>(), "{}", acted.out);
    // What git owns is proposed, in whole dollars as well: a raise by a fifth is 600.20, a cut leaves 2400.80.
    for place in [META, TIKTOK] {
        for (name, dollars) in [("cut", "2400.00"), ("more", "3601.00")] {
            let told = bench.run(&["explain", &format!("campaign/{}-{name}", place.word)]).await.exits(0);
            let wanted = format!("budget from 3001.00 TWD to {dollars} TWD");
            assert!(told.out.contains(&wanted), "{wanted} in {}", told.out);
        }
    }
}

/// One campaign gives a fifth to the other of its account, on TikTok across the lanes.
#[tokio::test(flavor = "multi_thread")]
async fn a_rebalance_cuts_first_and_keeps_the_sum() {
    let pairs = [(GOOGLE, GOOGLE), (META, META), (TIKTOK, SMART)];
    let each = pairs.map(|(loser, winner)| {
        loser.whole("loser", "pair: one, role: gives", &managed("70.03"))
            + &winner.whole("winner", "pair: one, role: takes", &managed("60.00"))
            + &winner.whole("other", "", &managed("60.00"))
    });
    let bench = open(&each.concat()).await;
    let before = live(&bench).await;
    let scope = "kind: Campaign, selector: {matchLabels: {pair: one}}";
    let when = format!("\"{SPENT} && self.labels.role == 'gives'\"");
    let rest = "  action: {type: rebalance, by: \"-20%\"}\n  limits: {maxShareOfScope: 1.0}\n";
    bench.write("rules.yaml", rule("move", scope, &when, rest));

    // While the cut cannot be written, nobody gets what it was to free.
    let loser = id(&bench, "campaign/meta-loser").await;
    bench
        .faults(json!([
            {"match": {"platform": "meta", "method": "POST", "path": loser}, "times": 99, "kind": "http_500"},
            {"match": {"platform": "tiktok", "path": "/v1.3/campaign/update"}, "times": 99, "kind": "http_500"},
        ]))
        .await;
    let done = |(loser, winner): (&str, &str)| {
        [format!("campaign/{loser}-loser: on 5602"), format!("campaign/{winner}-winner: on 7401")]
    };
    let failed = run(&bench, 4).await;
    assert_eq!(moved(&before, &live(&bench).await), done(("google", "google")), "{}", failed.out);

    bench.faults(json!([])).await;
    let since = lines(&bench);
    run(&bench, 0).await;
    let mut all = [done(("google", "google")), done(("meta", "meta")), done(("tiktok", "smart"))].concat();
    all.sort();
    assert_eq!(moved(&before, &live(&bench).await), all);
    let order: Vec<String> =
        written(&bench, since).into_iter().filter(|object| object.contains("Campaign")).collect();
    for account in ["meta-es", "tiktok-es"] {
        let of_account: Vec<&String> = order.iter().filter(|object| object.contains(account)).collect();
        let [first, second] = of_account.as_slice() else { panic!("{order:?}") };
        assert!(first.ends_with("-loser") && second.ends_with("-winner"), "{order:?}");
    }
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
}
