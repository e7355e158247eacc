//! Rules that pause campaigns, ad groups and ads on Google, Meta and both lanes of TikTok: what they pause and resume, what
//! they leave alone, and what keeps them from it.

use serde_json::Value;

use super::bench::Bench;
use super::rule_shop::{
    GOOGLE, META, Place, SMART, SPENT, TIKTOK, live, moved, open, rule, run, switch_by_hand,
};

const PLACES: [Place; 4] = [GOOGLE, META, TIKTOK, SMART];

/// Two campaigns: one that a rule pauses whole, and one of which it pauses an ad group and an ad.
fn shop() -> String {
    let each = PLACES.into_iter().map(|place| {
        [
            place.whole("whole", "stop: campaign", "{daily: 60.00 EUR}"),
            place.campaign("part", "", "{daily: 70.00 EUR}"),
            place.ad_group("part", "bad", "stop: group", ""),
            place.ad_group("part", "hand", "stop: group", ""),
            place.ad_group("part", "ads", "stop: ad", ""),
            place.ad_group("part", "good", "", ""),
        ]
        .concat()
    });
    each.collect()
}

/// A rule for each kind on these platforms: it pauses in the morning what its label names, and lets go at two.
fn stops(name: &str, platforms: &str) -> String {
    let each =
        [("Campaign", "campaign", ""), ("AdGroup", "group", ""), ("Ad", "ad", " && self.name == 'first'")];
    let rules = each.into_iter().map(|(kind, label, and)| {
        let scope =
            format!("kind: {kind}, platforms: [{platforms}], selector: {{matchLabels: {{stop: {label}}}}}");
        let when = format!("{SPENT} && now.getHours() < 14{and}");
        let rest =
            "  release: now.getHours() >= 14\n  action: {type: pause}\n  limits: {maxShareOfScope: 1.0}\n";
        rule(&format!("{name}-{label}"), &scope, &when, rest)
    });
    rules.collect()
}

/// What the rules pause in a place.
fn paused(place: Place, state: &str) -> [String; 3] {
    let word = place.word;
    [
        format!("ad-group/{word}-bad: {state}"),
        format!("ad/{word}-ads/first: {state}"),
        format!("campaign/{word}-whole: {state} 6000"),
    ]
}

fn sorted(all: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.into_iter().collect();
    all.sort();
    all
}

/// The digests of all that waits for an answer.
async fn proposals(bench: &Bench) -> Vec<String> {
    let list = bench.run(&["rules", "proposals", "--format", "json"]).await.exits(0);
    let document: Value = serde_json::from_str(&list.out).unwrap();
    let all = document["proposals"].as_array().unwrap().iter();
    all.map(|one| one["digest"].as_str().unwrap()["sha256:".len()..][..12].to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_pause_what_their_scope_names_and_resume_what_they_paused() {
    let bench = open(&shop()).await;
    for place in PLACES {
        switch_by_hand(&bench, &format!("ad-group/{}-hand", place.word), false).await;
    }
    let before = live(&bench).await;

    bench.write("google-rules.yaml", stops("google", "Google"));
    run(&bench, 0).await;
    assert_eq!(moved(&before, &live(&bench).await), sorted(paused(GOOGLE, "off")));
    bench.write("social-rules.yaml", stops("social", "Meta, TikTok"));
    run(&bench, 0).await;
    let all = sorted(PLACES.into_iter().flat_map(|place| paused(place, "off")));
    assert_eq!(moved(&before, &live(&bench).await), all);

    // Each has its record, with what was seen and what was sent.
    for (index, place) in PLACES.into_iter().enumerate() {
        let object = paused(place, "off")[index % 3].split(':').next().unwrap().to_owned();
        let told = bench.run(&["explain", &object]).await.exits(0);
        for words in ["it acts", "yesterday.spend = ", "written", "request"] {
            assert!(told.out.contains(words), "{object}: {words}:\n{}", told.out);
        }
    }
    let neighbour = bench.run(&["explain", "ad/meta-ads/second"]).await.exits(0);
    assert!(!neighbour.out.contains("it acts"), "{}", neighbour.out);
    // The log tells every write: nothing but what the person did is not in it.
    let audit = bench.run(&["audit", "verify"]).await.exits(1);
    let strange: Vec<&str> = audit.out.lines().filter(|line| line.starts_with('✗')).collect();
    assert!(strange.len() == 4 && strange.iter().all(|line| line.contains("-hand ")), "{}", audit.out);

    let writes = bench.writes().await;
    bench.advance("1h").await;
    run(&bench, 0).await;
    assert_eq!(bench.writes().await, writes, "what is paused stays paused");

    // At two they let go: a resume is asked for, of what each rule paused and of nothing else.
    bench.advance("3h").await;
    let asks = run(&bench, 0).await;
    assert!(asks.out.contains("it raises spend"), "{}", asks.out);
    let waiting = proposals(&bench).await;
    assert_eq!(waiting.len(), all.len(), "{}", asks.out);
    for digits in waiting {
        bench.run(&["rules", "approve", &digits]).await.exits(0);
    }
    assert_eq!(moved(&before, &live(&bench).await), [""; 0], "and what a person paused stays so");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_active_ad_of_an_ad_group_stays() {
    let bench = open(&shop()).await;
    for place in PLACES {
        switch_by_hand(&bench, &format!("ad/{}-hand/first", place.word), false).await;
    }
    let rest = "  action: {type: pause}\n  limits: {maxShareOfScope: 1.0}\n";
    bench.write("rules.yaml", rule("ads", "kind: Ad", SPENT, rest));
    let told = run(&bench, 0).await;
    assert!(told.out.contains("it is the last active ad of its ad group"), "{}", told.out);
    let after = live(&bench).await;
    for place in PLACES {
        for group in ["whole", "bad", "hand", "ads", "good"] {
            let of_group = format!("ad/{}-{group}/", place.word);
            let running: Vec<&String> = after
                .iter()
                .filter(|(key, told)| key.starts_with(&of_group) && *told == "on")
                .map(|(key, _)| key)
                .collect();
            assert_eq!(running.len(), 1, "{of_group}: {after:?}");
        }
        assert_eq!(after[&format!("ad/{}-hand/second", place.word)], "on");
    }
    // The rule has done what it may.
    let writes = bench.writes().await;
    bench.advance("5h").await;
    run(&bench, 0).await;
    assert_eq!(bench.writes().await, writes);
}

/// The kill switch, a freeze window and a policy, one after the other: each says no, and what a rule wants it does when it
/// may.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_is_done_when_it_may_be() {
    let bench = open(&shop()).await;
    let before = live(&bench).await;
    bench.write("rules.yaml", stops("all", "Google, Meta, TikTok").replace("< 14", "< 24"));
    // No person has paused this one here.
    let besides = PLACES.map(|place| format!("ad-group/{}-hand: off", place.word));
    let all = sorted(PLACES.into_iter().flat_map(|place| paused(place, "off")).chain(besides));

    // What somebody runs again while the switch is on, rules see running.
    bench.run(&["pause", "--all"]).await.exits(0);
    for place in PLACES {
        switch_by_hand(&bench, &format!("campaign/{}-whole", place.word), true).await;
    }
    let (stopped, writes) = (live(&bench).await, bench.writes().await);
    let killed = run(&bench, 0).await;
    assert!(killed.out.contains("the whole project is paused"), "{}", killed.out);
    assert_eq!((live(&bench).await, bench.writes().await), (stopped, writes));
    bench.run(&["pause", "--lift", "--auto-approve"]).await.exits(0);
    assert_eq!(moved(&before, &live(&bench).await), [""; 0]);

    let window = "apiVersion: adplane.io/v1alpha1\nkind: FreezeWindow\nmetadata: {name: stocktaking}\nspec:\n  \
                  ranges: [{from: \"2026-11-04\", to: \"2026-11-05\"}]\n  allow: Nothing\n";
    bench.write("freeze.yaml", window);
    bench.advance("1h").await;
    let frozen = run(&bench, 0).await;
    assert!(frozen.out.contains("a freeze window is closed"), "{}", frozen.out);
    assert_eq!(moved(&before, &live(&bench).await), [""; 0]);
    std::fs::remove_file(bench.path("freeze.yaml")).unwrap();

    bench.write(
        "policy.yaml",
        "apiVersion: adplane.io/v1alpha1\nkind: Policy\nmetadata: {name: open}\nspec:\n  rules:\n    - name: stay-open\n      \
         severity: Deny\n      when: after.state == 'Paused'\n      message: the shop stays open\n",
    );
    bench.advance("1h").await;
    let denied = run(&bench, 3).await;
    assert!(denied.out.contains("the shop stays open"), "{}", denied.out);
    assert_eq!(moved(&before, &live(&bench).await), [""; 0]);
    std::fs::remove_file(bench.path("policy.yaml")).unwrap();

    // What was denied rests as if it had been done, and is wanted again.
    bench.advance("4h").await;
    run(&bench, 0).await;
    assert_eq!(moved(&before, &live(&bench).await), all);
}
