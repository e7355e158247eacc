//! What expressions give.

use super::*;

/// Whether a condition matches a case; `None` when it cannot be judged, with the code why.
fn matched(when: &str, case: &Case) -> Result<bool, String> {
    let (policy, found) = compiled(Scope::default(), when);
    assert_eq!(found, Vec::new(), "`{when}`");
    let judged = judge_case(&[policy], case);
    match judged.diagnostics.first() {
        Some(trouble) => {
            assert_eq!(judged.verdicts.len(), 1, "`{when}` fails closed");
            Err(trouble.code.to_string())
        }
        None => Ok(!judged.verdicts.is_empty()),
    }
}

#[track_caller]
fn check(case: &Case, expectations: &[(&str, bool)]) {
    for (when, expected) in expectations {
        assert_eq!(matched(when, case), Ok(*expected), "`{when}`");
    }
}

#[test]
fn before_and_after() {
    check(
        &case(),
        &[
            ("after.budget.daily > money('150 EUR')", true),
            ("after.budget.daily > money('200 EUR')", false),
            ("before.budget.daily == money('100.00 EUR')", true),
            // What the plan does not change stays as it is.
            ("after.state == 'Active'", true),
            ("change.fields == ['budget.daily']", true),
            ("'state' in change.fields", false),
            ("change.action == 'update' && change.kind == 'Campaign'", true),
            ("change.address == 'meta/meta-eu/Campaign/growth/spring'", true),
            ("account.platform == 'Meta' && account.currency == 'EUR' && account.name == 'meta-eu'", true),
            ("account.compliance.euPoliticalAds == false", true),
            ("labels.team == 'growth' && labels['team'] == 'growth' && 'team' in labels", true),
            ("campaign.name == 'spring' && campaign.budget.daily == money('200 EUR')", true),
            ("plan.project == 'retail' && plan.deletes == 3", true),
        ],
    );
}

#[test]
fn money_is_exact() {
    check(
        &case(),
        &[
            ("after.budget.daily > before.budget.daily * 1.999999", true),
            ("after.budget.daily > before.budget.daily * 2", false),
            ("after.budget.daily - before.budget.daily == money('100 EUR')", true),
            ("after.budget.daily / before.budget.daily == 2.0", true),
            ("after.budget.daily / 3 == money('66.66 EUR')", false),
            ("0.1 + 0.2 == 0.3", true),
            ("after.budget.daily > money({'EUR': '150', 'USD': '500'})", true),
            ("after.budget.daily > money({'EUR': '250', 'USD': '1'})", false),
            ("-after.budget.daily < money('0 EUR')", true),
        ],
    );
}

#[test]
fn another_currency_fails_closed_and_is_named() {
    let mut case = case();
    case.account.currency = Currency::parse("USD").unwrap();
    case.after = Some(values([("budget.daily", money("1 USD"))]));
    case.before = None;
    let (policy, _) = compiled(Scope::default(), "after.budget.daily > money('500 EUR')");
    let judged = judge_case(&[policy], &case);
    assert_eq!(judged.verdicts[0].severity, Severity::Deny);
    assert!(judged.verdicts[0].message.contains("an amount is in USD, the rule has it in EUR"));
    assert_eq!(judged.diagnostics[0].code, "policy-currency-unknown");
    assert_eq!(
        matched("after.budget.daily > money({'EUR': '500', 'JPY': '550'})", &case),
        Err("policy-currency-unknown".into())
    );
    // A policy of one currency is not about accounts in another.
    let in_euros = Scope { currency: Some(Currency::EUR), ..Scope::default() };
    let (policy, _) = compiled(in_euros, "after.budget.daily > money('500 EUR')");
    assert_eq!(judge_case(&[policy], &case), Judgement::default());
}

#[test]
fn what_is_absent_is_no_failure() {
    let mut create = case();
    create.before = None;
    check(
        &create,
        &[
            // Limits say nothing of what is not there, whichever way round they are written.
            ("after.budget.total > money('1 EUR')", false),
            ("after.budget.total <= money('1 EUR')", false),
            ("after.budget.total * 2 > money('1 EUR')", false),
            ("after.budget.daily > before.budget.daily * 1.5", false),
            // Nothing is equal to what is not there, but another absence.
            ("after.bidding.roas == 2", false),
            ("after.bidding.roas != 2", true),
            ("after.budget.total == before.budget.total", true),
            ("labels.owner != plan.project", true),
            ("labels.owner == plan.project", false),
            ("!(labels.owner in ['a', 'b'])", true),
            // Texts and lists.
            ("after.displayName.startsWith('x') || after.displayName.matches('.*')", false),
            ("!after.displayName.matches('^[A-Z]{2}_')", true),
            ("after.targeting.locations.exists(l, true)", false),
            ("after.targeting.locations.all(l, false)", true),
            ("after.targeting.locations.size() == 0", false),
            ("has(after.budget.daily) && has(after.budget) && !has(after.budget.total)", true),
            ("has(before.budget) || has(after.schedule)", false),
            ("has(labels.team) && !has(labels.owner)", true),
        ],
    );
}

#[test]
fn removals_are_judged_by_rules_that_speak_of_them() {
    let mut removal = case();
    removal.after = None;
    check(
        &removal,
        &[
            ("!after.displayName.matches('^[A-Z]{2}_')", false),
            ("change.action == 'delete'", true),
            ("change.action == 'delete' && before.budget.daily > money('50 EUR')", true),
            ("before.state == 'Active'", true),
            // Labels are gone with the YAML, so who may touch it is not known: it fails closed.
            ("labels.team != 'growth'", true),
        ],
    );
}

#[test]
fn trouble_fails_closed_unless_it_does_not_matter() {
    let case = case();
    for (when, code) in [
        ("1 / 0 == 1", "policy-failed"),
        ("9223372036854775807 + plan.deletes > 0", "policy-failed"),
        ("after.budget.daily * 9223372036854775807 > money('1 EUR')", "policy-failed"),
        ("1 / 0 == 1 || after.state == 'Paused'", "policy-failed"),
    ] {
        assert_eq!(matched(when, &case), Err(code.into()), "`{when}`");
    }
    assert_eq!(matched("1 / 0 == 1 && after.state == 'Paused'", &case), Ok(false));
    assert_eq!(matched("1 / 0 == 1 || after.state == 'Active'", &case), Ok(true));
    assert_eq!(matched("has(before.budget.total) && 1 / 0 == 1", &case), Ok(false));
}

#[test]
fn loops_end() {
    let many = |count: usize| Value::text_set((0..count).map(|index| format!("L{index:05}")));
    let mut case = case();
    case.after = Some(values([("targeting.locations", many(MAX_MEMBERS))]));
    assert_eq!(matched("after.targeting.locations.exists(l, l == 'x')", &case), Ok(false));
    let nested = "after.targeting.locations.exists(a, after.targeting.locations.exists(b, a + b == 'x'))";
    assert_eq!(matched(nested, &case), Err("policy-out-of-steps".into()));
    case.after = Some(values([("targeting.locations", many(MAX_MEMBERS + 1))]));
    assert_eq!(
        matched("after.targeting.locations.exists(l, l == 'x')", &case),
        Err("policy-out-of-steps".into())
    );
    let sets = "sets.intersects(after.targeting.locations, after.targeting.locations)";
    assert_eq!(matched(sets, &case), Err("policy-out-of-steps".into()));
}

#[test]
fn sets_texts_and_addresses() {
    let mut case = case();
    case.kind = Kind::Ad;
    case.creative = Some("hero-es".into());
    case.campaign.labels = Labels::from([("locale".into(), "es".into())]);
    case.campaign.fields = values([("targeting.locations", Value::text_set(["FR", "ES"]))]);
    case.before = None;
    case.after = Some(values([
        ("creative.headlines", Value::text_list(["Corre más", "Gratis hoy"])),
        ("creative.landingPage", "https://shop.example@evil.example/x?utm_source=ads&b=%20".into()),
        ("creative.tracking.utm", Value::map([("campaign", Value::text("spring"))])),
        ("creative.tracking.utm.source", "meta".into()),
        ("creative.meta.other", Value::text("x")),
    ]));
    check(
        &case,
        &[
            ("creative.headlines.exists(h, h.lower().contains('gratis'))", true),
            ("after.creative.headlines.all(h, h.size() <= 10)", true),
            ("creative.headlines.exists_one(h, h.startsWith('Corre'))", true),
            ("creative.headlines.filter(h, h.size() > 9).size() == 1", true),
            ("creative.headlines.map(h, h.upper()) == ['CORRE MÁS', 'GRATIS HOY']", true),
            ("creative.headlines[0] == 'Corre más' && !has(creative.headlines[7])", true),
            ("creative.landingPage.host() == 'evil.example'", true),
            ("creative.landingPage.scheme() == 'https' && creative.landingPage.path() == '/x'", true),
            ("creative.landingPage.query('utm_source') == 'ads'", true),
            ("has(creative.landingPage) && creative.landingPage.query('utm_medium') == 'x'", false),
            ("creative.tracking.utm.campaign == 'spring' && creative.tracking.utm.source == 'meta'", true),
            ("creative.name == 'hero-es' && creative.meta.other == 'x'", true),
            ("campaign.targeting.locations == ['ES', 'FR']", true),
            ("sets.contains(campaign.targeting.locations, ['ES'])", true),
            ("sets.contains(['ES'], campaign.targeting.locations)", false),
            ("sets.intersects(campaign.targeting.locations, ['ES', 'PT'])", true),
            ("sets.equivalent(campaign.targeting.locations, ['ES', 'FR', 'ES'])", true),
            // Labels of parents count where the object has none of its own.
            ("labels.locale == 'es' && labels.team == 'growth' && campaign.labels.locale == 'es'", true),
        ],
    );
}

#[test]
fn times_are_the_accounts() {
    let mut case = case();
    case.after = Some(values([
        ("schedule.start", time("2026-12-01T00:00:00+01:00[Europe/Madrid]")),
        ("schedule.end", time("2026-12-31T23:59:59+01:00[Europe/Madrid]")),
    ]));
    check(
        &case,
        &[
            // 23:30 UTC on a Saturday is half past midnight on Sunday in Madrid.
            ("now.getDayOfWeek() == 0 && now.getHours() == 0 && now.getDate() == 22", true),
            ("now.getMonth() == 10 && now.getFullYear() == 2026", true),
            ("after.schedule.end - after.schedule.start > duration('30d')", true),
            ("after.schedule.start < now + duration('7d')", false),
            ("after.schedule.start == timestamp('2026-11-30T23:00:00Z')", true),
            ("duration('1h30m') == duration('90m')", true),
        ],
    );
}

#[test]
fn the_plan_is_judged_once() {
    let mut case = case();
    case.plan.money = vec![impact("100 EUR", "350 EUR")];
    case.plan.labelled.insert("team".into(), [("growth".into(), vec![impact("0 EUR", "50 EUR")])].into());
    check(
        &case,
        &[
            ("plan.money.delta > money('200 EUR')", true),
            ("plan.money['EUR'].dailyAfter == money('350 EUR')", true),
            ("plan.money['USD'].delta > money('1 USD')", false),
            ("plan.money.EUR.worstDay == money('350 EUR')", true),
            ("plan.labelled('team', labels.team).money.delta == money('50 EUR')", true),
            ("plan.labelled('team', 'brand').money.delta > money('0 EUR')", false),
        ],
    );
    let (policy, _) = compiled(Scope::default(), "plan.money.delta > money('200 EUR')");
    assert_eq!(judge_case(&[policy], &case).verdicts[0].address, None);
    case.plan.money.push(impact("1 USD", "1 USD"));
    assert_eq!(matched("plan.money.delta > money('200 EUR')", &case), Err("policy-currency-unknown".into()));
}

#[test]
fn messages_show_values() {
    let mut rule = rule("daily-cap", Severity::Deny, "after.budget.daily > money('150 EUR')");
    rule.message = SourceText::unplaced(
        "{{{account.name}}} daily {after.budget.daily} is over {money('150 EUR')}, total {after.budget.total}",
    );
    let (policy, found) = compile(&source(Scope::default(), vec![rule]), &catalogue());
    assert_eq!(found, Vec::new());
    let verdict = &judge_case(&[policy], &case()).verdicts[0];
    assert_eq!(verdict.rule, "growth/guard/daily-cap");
    assert_eq!(verdict.message, "{meta-eu} daily 200.00 EUR is over 150.00 EUR, total (none)");
    assert_eq!(verdict.address.as_ref().unwrap().to_string(), "meta/meta-eu/Campaign/growth/spring");
}

#[test]
fn a_policy_is_about_what_it_matches() {
    let account = |name: &str| ObjectName::new(name).unwrap();
    for (scope, about) in [
        (Scope::default(), true),
        (of_kinds(&[Kind::Campaign]), true),
        (of_kinds(&[Kind::Ad]), false),
        (Scope { accounts: [account("meta-eu")].into(), ..Scope::default() }, true),
        (Scope { accounts: [account("meta-us")].into(), ..Scope::default() }, false),
        (Scope { platforms: [Platform::Google].into(), ..Scope::default() }, false),
        (Scope { labels: [("team".into(), "growth".into())].into(), ..Scope::default() }, true),
        (Scope { labels: [("team".into(), "brand".into())].into(), ..Scope::default() }, false),
        (Scope { labels: [("owner".into(), "ana".into())].into(), ..Scope::default() }, false),
    ] {
        let (policy, _) = compiled(scope.clone(), "true");
        assert_eq!(!judge_case(&[policy], &case()).verdicts.is_empty(), about, "{scope:?}");
    }
    let (mut policy, _) = compiled(Scope::default(), "true");
    policy.namespace = Namespace::new("brand").unwrap();
    assert_eq!(judge_case(&[policy], &case()), Judgement::default());
}
