//! Refusals that need a person, dry runs, what the vendor need not keep, and who changed what.

use adplane_engine::port::Verdict;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn policy_findings_name_the_text_and_no_exemption_is_sent() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    let texts = Value::text_list(["PROHIBIT-ME now", "Run lighter", "Free returns"]);
    set(&mut account, "Ad", "brand-es/hero", "creative.headlines", texts);
    bench.refine(&mut account);
    let observed = bench.observe(&account).await;
    let failures = bench.apply(&bench.plan(&account, &observed), &observed).await;
    let (_, error) = failures.iter().find(|(address, _)| address == "ad/brand-es/hero").unwrap();
    assert_eq!(error.kind, ErrorKind::Policy);
    assert_eq!(error.field.as_ref().map(FieldPath::as_str), Some("creative.headlines"));
    for part in
        ["SANDBOX_PROHIBITED (prohibited)", "`PROHIBIT-ME`", "ignorablePolicyTopics: [SANDBOX_PROHIBITED]"]
    {
        assert!(error.message.contains(part), "{}", error.message);
    }
    assert!(bench.observe(&account).await.objects.is_empty(), "nothing of the tree was stored");

    // A keyword's violation names its key, and which keyword it is.
    let texts = Value::text_list(["Spring shoes", "Run lighter", "Free returns"]);
    set(&mut account, "Ad", "brand-es/hero", "creative.headlines", texts);
    let keywords = Value::map([keyword("buy prohibit-me", "Exact", None), keyword("boots", "Exact", None)]);
    set(&mut account, "AdGroup", "brand-es", "keywords", keywords);
    bench.refine(&mut account);
    let failures = bench.apply(&bench.plan(&account, &observed), &observed).await;
    let (_, error) = failures.iter().find(|(address, _)| address == "ad-group/brand-es").unwrap();
    assert_eq!(error.field.as_ref().map(FieldPath::as_str), Some("keywords"));
    assert!(error.message.contains("policyName: sandbox_prohibited"), "{}", error.message);
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_finds_what_is_wrong_and_stores_nothing() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    bench.refine(&mut account);
    let observed = bench.observe(&account).await;
    for (name, sound) in [("Run lighter", true), ("PROHIBIT-ME", false)] {
        let texts = Value::text_list([name, "Spring shoes", "Free returns"]);
        object(&mut account, "Ad", "brand-es/hero").fields.remove("creative.google.pins");
        set(&mut account, "Ad", "brand-es/hero", "creative.headlines", texts);
        let plan = bench.plan(&account, &observed);
        let verdicts = bench.validate(&plan, &observed).await;
        let of = |wanted: &str| -> Vec<&Verdict> {
            verdicts.iter().filter(|(address, _)| address == wanted).map(|(_, verdict)| verdict).collect()
        };
        let ad = of("ad/brand-es/hero");
        match (ad[0], of("campaign/brand")[0]) {
            (Verdict::Accepted, Verdict::Accepted) => assert!(sound),
            (Verdict::Refused(error), Verdict::Unasked(_)) => {
                assert!(!sound && error.kind == ErrorKind::Policy, "{error}");
            }
            other => panic!("{other:?}"),
        }
        assert!(
            matches!(ad[1], Verdict::Unasked(why) if why.contains("does not exist yet")),
            "enabling comes later"
        );
    }
    assert!(bench.observe(&account).await.objects.is_empty());
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_may_come_back_in_another_order() {
    let sandbox = sandbox_with(&[("google.list_order", "reverse"), ("google.keyword_case", "lower")]).await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    converge(&bench, &account).await;
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn portfolio_strategies_are_referred_to_and_left() {
    let sandbox = sandbox().await;
    let made = by_hand(
        &sandbox,
        json!([{"biddingStrategyOperation": {"create": {"name": "Everything", "targetSpend": {}}}}]),
    )
    .await;
    let name = made["mutateOperationResponses"][0]["biddingStrategyResult"]["resourceName"].as_str().unwrap();
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    let boots = Value::map([keyword("boots", "Exact", None)]);
    set(&mut account, "AdGroup", "brand-es", "keywords", boots);
    object(&mut account, "Campaign", "brand").fields.retain(|path, _| !path.is_within("bidding"));
    let id = name.rsplit('/').next().unwrap();
    set(
        &mut account,
        "Campaign",
        "brand",
        "google.biddingStrategy",
        Value::text(format!("biddingStrategies/{id}")),
    );
    let observed = converge(&bench, &account).await;
    let campaign = observed.objects.iter().find(|object| object.kind == Kind::Campaign).unwrap();
    assert_eq!(campaign.text("google.biddingStrategy"), Some(name));
    object(&mut account, "Campaign", "brand").fields.remove("google.biddingStrategy");
    set(&mut account, "Campaign", "brand", "bidding.strategy", Value::text("MaximizeClicks"));
    let observed = converge(&bench, &account).await;
    let campaign = observed.objects.iter().find(|object| object.kind == Kind::Campaign).unwrap();
    assert_eq!(campaign.value("google.biddingStrategy"), None);
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_negative_keywords_do_no_harm() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    let observed = converge(&bench, &account).await;
    let campaign = observed.objects.iter().find(|object| object.kind == Kind::Campaign).unwrap();
    let set = "customers/1000000001/sharedSets/-1";
    by_hand(
        &sandbox,
        json!([
            {"sharedSetOperation": {"create": {"resourceName": set, "name": "Never", "type": "NEGATIVE_KEYWORDS"}}},
            {"sharedCriterionOperation": {"create": {"sharedSet": set, "keyword": {"text": "free", "matchType": "BROAD"}}}},
            {"campaignSharedSetOperation": {"create": {
                "campaign": format!("customers/1000000001/{}", campaign.id), "sharedSet": set}}},
        ]),
    )
    .await;
    let after = converge(&bench, &account).await;
    assert_eq!(after.objects.len(), observed.objects.len());
    sandbox.shutdown().await.unwrap();
}
