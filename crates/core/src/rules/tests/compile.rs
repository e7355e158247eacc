//! What a rule as written compiles to, and what is wrong with it.

use super::*;
use crate::metrics::Metric;
use crate::notify::{Channel, EventKind, Match, Medium, NotificationPolicy, Route, Severity};

/// The code, and what is underlined.
#[track_caller]
fn wrong(when: &str) -> String {
    let (rule, found) = compile(&source("one", when, pause()), &reach());
    assert!(rule.is_none(), "{when}");
    let one = &found[0];
    format!("{} {} | {}", one.code, one.message, one.hint.as_deref().unwrap_or_default())
}

#[test]
fn what_a_condition_can_name() {
    for when in [
        "recent.cpa > params.target",
        "recent.cpa > 1.2 * before.cpa",
        "today.spend > money('5 EUR') && self.age > duration('3d')",
        "self.recent.ctr < parent.recent.ctr && account.mtd.spend < money('900 EUR')",
        "probCpaAbove(recent, params.target) >= 0.9 || probCtrBelow(recent, 0.01) > 0.95",
        "peers.rank(recent.roas) <= 3 && peers.percentile(recent.cpa) >= 0.9 && peers.share(recent.spend) > 0.5",
        "today.budgetUse > 0.8 && now.getHours() < 15",
        "self.labels.team == 'growth' && has(self.labels.season)",
        "zScore(yesterday.cpc) > 3.5",
        "forecast.next_7d.spend > params.target && account.forecast.month.value > parent.forecast.next_1d.spend",
        "forecast.next_28d.conversions < 20 && self.forecast.next_7d.clicks > recent.clicks",
        "self.state == 'Active' && self.budget.daily > money('5 EUR') && account.platform in ['Meta', 'TikTok']",
    ] {
        compiled(&source("one", when, pause()));
    }
}

#[test]
fn metrics_and_windows_are_extracted() {
    let rule = compiled(&source("one", "recent.cpa > params.target && parent.yesterday.ctr < 0.01", pause()));
    let metrics: Vec<Metric> = rule.metrics.keys().copied().collect();
    assert_eq!(metrics, [Metric::Spend, Metric::Impressions, Metric::Clicks, Metric::Conversions]);
    assert_eq!(rule.windows, BTreeSet::from([week(), Window::Yesterday]));
    let meta = &reach().accounts[0];
    assert!(untold(&rule, meta, &[]).is_empty(), "a platform of which nothing is told is not judged");
    let found = untold(&rule, meta, &[Metric::Spend, Metric::Impressions, Metric::Clicks]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "Meta Ads does not tell `conversions`, and AdAccount `meta-eu` is in scope");
}

#[test]
fn what_is_wrong_says_what_to_write() {
    assert_eq!(
        wrong("recent.spend / recent.conversions > params.target"),
        "rule-raw-division `recent.conversions` is divided by, and may be zero | write `recent.cpa`, which is unknown \
         where there is nothing to divide by"
    );
    assert_eq!(
        wrong("recent.cpa > money('25 USD')"),
        "rule-currency one amount is in EUR, the other in USD, and nothing is converted | narrow `scope.accounts` to \
         one currency, or write `convert(.., 'EUR')` with `rates`"
    );
    assert_eq!(
        wrong("convert(recent.spend, 'USD') > money('25 USD')"),
        "rule-no-rates nothing says at which rate this is converted | write `rates: {date: \"2026-11-01\", base: EUR, \
         rates: {USD: 1.08}}`"
    );
    assert!(wrong("recnt.cpa > params.target").ends_with("did you mean `recent`?"));
    assert!(wrong("recent.cpaa > params.target").ends_with("did you mean `cpa`?"));
    assert!(wrong("recent.cpa > params.targt").ends_with("did you mean `target`?"));
    assert!(wrong("recent.cpa").starts_with("rule-type a condition is true or false"));
    assert!(wrong("recent.cpa > 5").starts_with("rule-type"));
    assert!(wrong("zScore(recent.cpc) > 3").contains("is not one full day"));
    assert!(wrong("self.state == 'active'").starts_with("rule-unknown-word"));
    assert!(wrong("recent.cpa >").starts_with("rule-syntax"));
    assert!(wrong(&"(".repeat(30)).starts_with("rule-too-costly"));
}

#[test]
fn a_rule_must_make_sense_in_every_currency_it_reaches() {
    let mut reach = reach();
    let other = AccountKey { namespace: account().namespace, name: name("meta-us") };
    reach.accounts.push(ReachedAccount { key: other, platform: Platform::Meta, currency: Currency::USD });
    let (rule, found) = compile(&source("one", "recent.cpa > params.target", pause()), &reach);
    assert!(rule.is_none());
    assert_eq!(found[0].code, "rule-currency");
    let mut with_rates = source("one", "convert(recent.cpa, 'EUR') > params.target", pause());
    with_rates.rates = Some(Rates {
        date: jiff::civil::date(2026, 6, 1),
        base: Currency::EUR,
        rates: BTreeMap::from([(Currency::USD, "1.25".parse().unwrap())]),
        max_age: SignedDuration::from_hours(31 * 24),
    });
    assert!(compile(&with_rates, &reach).0.is_some());
}

#[test]
fn a_revision_changes_with_what_a_rule_says() {
    let one = compiled(&source("one", "recent.cpa > params.target", pause()));
    let again = compiled(&source("one", "recent.cpa > params.target", pause()));
    let other = compiled(&source("one", "recent.cpa >= params.target", pause()));
    assert_eq!(one.revision, again.revision);
    assert_ne!(one.revision, other.revision);
}

#[test]
fn rules_that_contradict_one_another_are_told() {
    let codes =
        |rules: &[Rule]| -> Vec<String> { lint(rules).iter().map(|found| found.code.to_string()).collect() };
    let cut = compiled(&source("cut", "recent.cpa > params.target", by(-2000)));
    let raise = |priority: i32| {
        compiled(&RuleSource { priority, ..source("raise", "recent.cpa < params.target", by(2000)) })
    };
    assert_eq!(codes(&[cut.clone(), raise(0)]), ["rule-conflict"]);
    assert_eq!(codes(&[cut.clone(), raise(10)]), [""; 0]);
    let mut elsewhere = source("raise", "recent.cpa < params.target", by(2000));
    elsewhere.scope.platforms = BTreeSet::from([Platform::Google]);
    let mut here = source("cut", "recent.cpa > params.target", by(-2000));
    here.scope.platforms = BTreeSet::from([Platform::Meta]);
    assert_eq!(codes(&[compiled(&here), compiled(&elsewhere)]), [""; 0]);
    let never = compiled(&source("never", "recent.clicks > 10 && recent.clicks < 5", pause()));
    assert_eq!(codes(&[never]), ["rule-never-true"]);
    let early = compiled(&source("early", "today.cpa > params.target", pause()));
    assert_eq!(codes(&[early]), ["rule-conversions-today"]);
    let with = |actions: Vec<Action<SourceText>>| {
        codes(&[compiled(&source("words", "recent.cpa > params.target", actions))])
    };
    let pull = || vec![Action::ProposePr(SourceText::unplaced("so"))];
    assert_eq!(with([pause(), vec![Action::RunReport("weekly".into())]].concat()), [""; 0]);
    assert_eq!(with(pull()), ["rule-only-tells"]);
    assert_eq!(with([pause(), pull()].concat()), [""; 0]);
}

/// What is told of a condition.
#[track_caller]
fn linted(when: &str) -> Vec<String> {
    let found = lint(&[compiled(&source("one", when, pause()))]);
    found.iter().map(|found| format!("{} {}", found.code, found.message)).collect()
}

#[test]
fn what_no_figure_can_be_is_told() {
    for (when, because) in [
        ("recent.ctr > 1.5", "`recent.ctr` is a share from 0 to 1 (1.5 % is 0.015)"),
        ("1.5 < recent.ctr", "`recent.ctr` is a share"),
        ("probCpaAbove(recent, params.target) > 1.0", "is a probability from 0 to 1"),
        ("probCtrBelow(recent, 0.01) >= 95", "is a probability from 0 to 1"),
        ("probCtrBelow(recent, 1.5) >= 0.95", "its target 1.5 is not between 0 and 1"),
        ("probCpaAbove(recent, money('0 EUR')) >= 0.95", "its target 0.00 EUR is not above 0"),
        ("recent.conversions < 0.0", "`recent.conversions` is never below 0"),
        ("recent.clicks == -1", "`recent.clicks` is never below 0"),
        ("recent.spend < money('0 EUR')", "`recent.spend` is never below 0"),
        ("recent.cpa < money('0 EUR') && recent.clicks > 5", "`recent.cpa` is never below 0"),
        ("forecast.next_7d.spend < money('0 EUR')", "is never below 0"),
        ("peers.percentile(recent.cpa) > 90", "is a share from 0 to 1"),
        ("peers.rank(recent.roas) < 1", "is a place, and 1 is the first"),
        ("self.budget.daily < money('0 EUR')", "`self.budget.daily` is never below 0"),
        ("!(recent.ctr <= 1.5)", "is a share from 0 to 1"),
        ("recent.ctr > 1.5 || recent.clicks < 0", "is never below 0"),
        ("recent.clicks > 5 && (recent.ctr > 3.0 && recent.cpc > money('1 EUR'))", "is a share from 0 to 1"),
        ("recent.clicks > 5 && false", "`false` is never true"),
    ] {
        let found = linted(when);
        assert!(found[0].starts_with("rule-never-true rule `one` can never fire: `"), "{when}: {found:?}");
        assert!(found[0].contains(because) && found.len() == 1, "{when}: {found:?}");
    }
}

#[test]
fn a_comparison_that_decides_nothing_is_told_where_others_decide() {
    for (when, told) in [
        (
            "recent.clicks > 5 && recent.conversions >= 0.0",
            "rule-always-true `recent.conversions >= 0.0` of rule `one` is true of everything",
        ),
        ("recent.ctr <= 1.0", "rule-always-true `recent.ctr <= 1.0` of rule `one` is true of everything"),
        ("recent.clicks != -1", "rule-always-true `recent.clicks != -1` of rule `one`"),
        (
            "recent.clicks > 5 || recent.ctr > 1.5",
            "rule-never-true `recent.ctr > 1.5` of rule `one` is never true",
        ),
        // One click may bring several conversions.
        ("recent.cvr > 1.5", "rule-never-true `recent.cvr > 1.5` of rule `one` is hardly ever true"),
    ] {
        let found = linted(when);
        assert!(found.len() == 1 && found[0].starts_with(told), "{when}: {found:?}");
    }
    let mut release = source("one", "recent.clicks > 5", pause());
    release.release = Some(SourceText::unplaced("recent.ctr > 1.5"));
    let found = lint(&[compiled(&release)]);
    assert!(found.len() == 1 && found[0].code == "rule-never-true", "{found:?}");
}

#[test]
fn what_figures_can_be_is_not_told() {
    for when in [
        "recent.ctr > 0.015 && recent.cvr <= 1.5",
        "recent.ctr >= 1.0 || recent.ctr == 0.0",
        "probCpaAbove(recent, params.target) >= 1.0 || probRoasAbove(recent, 1.8) < 0.05",
        "recent.roas > 4.0 && today.budgetUse > 1.5",
        // Value that is taken back can be less than none.
        "recent.roas < 0.0 || recent.value < money('0 EUR') || peers.share(recent.value) > 1.0",
        "recent.conversions == 0.0 && recent.spend > money('0 EUR')",
        "recent.frequencyAtLeast > 3.0 && recent.clicks <= 0",
        "zScore(yesterday.cpc) < -3.5",
        "peers.rank(recent.roas) == 1 && peers.share(recent.spend) > 0.5",
        "self.budget.daily > money('0 EUR') && self.age > duration('3d')",
        "self.labels.team == 'growth' || self.state == 'Active'",
        "true",
    ] {
        assert_eq!(linted(when), [""; 0], "{when}");
    }
}

/// A policy of a namespace whose one route takes these events.
fn policy(namespace: &str, matches: Match) -> NotificationPolicy {
    let credentials = crate::desired::CredentialSource::Env("SLACK".into());
    let route = Route {
        name: name("all"),
        channels: [name("chat")].into(),
        matches,
        dedup: Route::DEDUP,
        quiet: vec![],
        digest: None,
        throttle: None,
    };
    NotificationPolicy {
        namespace: Namespace::new(namespace).unwrap(),
        name: name("team"),
        zone: Zone::utc(),
        channels: vec![Channel { name: name("chat"), medium: Medium::Slack { credentials } }],
        routes: vec![route],
        origin: None,
    }
}

#[test]
fn what_is_said_to_nobody_is_told() {
    let says = |mode: Mode| {
        let words = vec![Action::Notify(SourceText::unplaced("look"))];
        compiled(&RuleSource { mode, ..source("words", "recent.cpa > params.target", words) })
    };
    let mute = |mode: Mode, policies: &[NotificationPolicy]| unheard(&[says(mode)], policies).len();
    let of = |kind: EventKind| Match { events: [kind].into(), ..Match::default() };
    assert_eq!(unheard(&[says(Mode::Act)], &[])[0].code, "rule-tells-nobody");
    assert_eq!(mute(Mode::Shadow, &[]), 0, "it says nothing yet");
    assert_eq!(mute(Mode::Act, &[policy("growth", Match::default())]), 0);
    assert_eq!(mute(Mode::Act, &[policy("growth", of(EventKind::RuleFired))]), 0);
    assert_eq!(mute(Mode::Act, &[policy("growth", of(EventKind::Drift))]), 1);
    assert_eq!(mute(Mode::Act, &[policy("other", Match::default())]), 1);
    let grave = Match { severity: Severity::Warning, ..Match::default() };
    assert_eq!(mute(Mode::Act, &[policy("growth", grave)]), 1);
    let ads = Match { kinds: [Kind::Ad].into(), ..Match::default() };
    assert_eq!(mute(Mode::Act, &[policy("growth", ads)]), 1, "it is about ad groups");
    let pauses = compiled(&source("stop", "recent.cpa > params.target", pause()));
    assert_eq!(unheard(&[pauses], &[]), [], "it says nothing");
}

#[test]
fn forecasts_are_typed_and_say_of_which_days() {
    let rule = compiled(&source(
        "one",
        "account.forecast.month.spend > params.target && forecast.next_7d.conversions > 3 || parent.forecast.next_1d.clicks > 5",
        pause(),
    ));
    let expected = [
        Foretold::OfObjects(Metric::Conversions),
        Foretold::OfParents(Metric::Clicks),
        Foretold::OfAccount(Metric::Spend),
    ];
    assert_eq!(rule.forecasts, BTreeSet::from(expected));
    assert!(compiled(&source("one", "recent.clicks > 5", pause())).forecasts.is_empty());
    let found = untold(&rule, &reach().accounts[0], &[Metric::Spend, Metric::Clicks]);
    assert_eq!(found[0].message, "Meta Ads does not tell `conversions`, and AdAccount `meta-eu` is in scope");
    assert_eq!(
        wrong("forecast.spend > params.target"),
        "rule-type a forecast says of which days, and what of them | write days to come and a metric, such as \
         `forecast.next_7d.spend`"
    );
    assert_eq!(
        wrong("calendars.holidays"),
        "rule-unknown-field `holidays` is not a member of `calendars` | there are none: declare it under `calendars`"
    );
    assert_eq!(
        wrong("forecast.last_7d.spend > params.target"),
        "rule-unknown-field `last_7d` is no days to come | write `next_7d`, from `next_1d` to `next_28d`, or `month`"
    );
    assert_eq!(
        wrong("forecast.next_7d.cpa > params.target"),
        "rule-unknown-field nobody forecasts `cpa` | there are: spend, clicks, conversions, value"
    );
    assert!(wrong("forecast.next_7d.spend > 5").starts_with("rule-type"), "an amount is no number");
    assert!(wrong("peers.forecast.next_7d.spend > params.target").starts_with("rule-unknown-field"));
    assert_eq!(
        wrong("recent.spend / forecast.next_7d.conversions > params.target"),
        "rule-raw-division `forecast.next_7d.conversions` is divided by, and may be zero | compare with a multiple, as \
         in `recent.spend > 3 * params.target`"
    );
}

#[test]
fn a_rule_with_a_gate_says_when_it_acts() {
    let gated = RuleSource {
        promote: Some(Promote { shadow_days: 14 }),
        ..source("cut", "recent.clicks > 5", by(-2000))
    };
    let found = lint(&[compiled(&gated)]);
    let told: Vec<_> = found.iter().map(|found| (found.code.as_ref(), found.is_error())).collect();
    assert_eq!(told, [("rule-promote", false)]);
    assert_eq!(lint(&[compiled(&RuleSource { mode: Mode::Shadow, ..gated })]), []);
}
