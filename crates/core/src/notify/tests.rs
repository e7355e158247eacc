use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::freeze::Day;

const ACCOUNT: &str = "meta-eu";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn account() -> EventAccount {
    EventAccount {
        namespace: "growth".parse().unwrap(),
        name: ACCOUNT.parse().unwrap(),
        platform: crate::address::Platform::Meta,
    }
}

fn drift(name: &str, live: &str, now: Timestamp) -> Event {
    let address: crate::address::Address = format!("meta/{ACCOUNT}/Campaign/growth/{name}").parse().unwrap();
    let fields =
        vec![Difference { field: "budget.daily".into(), wanted: "20.00 EUR".into(), live: live.into() }];
    let subject = Subject { kind: address.kind, labels: [("team".into(), "growth".into())].into() };
    Happening::Drift { address, fields, by: None, policy: "Alert".into() }.event(
        Some("shop"),
        now,
        [subject].into(),
    )
}

fn stop(now: Timestamp) -> Event {
    let stopped = KillSwitch::Stopped { campaigns: 2 };
    let scope = "the whole project".to_owned();
    Happening::KillSwitch { scope, account: None, state: stopped, by: None, reason: None, left: vec![] }
        .event(Some("shop"), now, BTreeSet::default())
}

fn a_route(name: &str, channels: &[&str]) -> Route {
    Route {
        name: name.parse().unwrap(),
        channels: channels.iter().map(|name| name.parse().unwrap()).collect(),
        matches: Match::default(),
        dedup: Route::DEDUP,
        quiet: vec![],
        digest: None,
        throttle: None,
    }
}

fn policy(routes: Vec<Route>) -> NotificationPolicy {
    let channel = |name: &str| Channel {
        name: name.parse().unwrap(),
        medium: Medium::Slack { credentials: crate::desired::CredentialSource::Env("SLACK".into()) },
    };
    NotificationPolicy {
        namespace: "growth".parse().unwrap(),
        name: "team".parse().unwrap(),
        zone: crate::time::Zone::parse("Europe/Madrid").unwrap(),
        channels: vec![channel("chat"), channel("mail")],
        routes,
        origin: None,
    }
}

/// `channel title later` of everything routed.
fn shown(routed: &[Routed]) -> Vec<String> {
    let line = |one: &Routed| {
        let later = one.later.map(|later| format!(" at {later}")).unwrap_or_default();
        format!("{} {}{later}", one.channel, one.event.kind)
    };
    routed.iter().map(line).collect()
}

fn nights() -> Quiet {
    let (from, to) = ("22:00".parse().unwrap(), "07:00".parse().unwrap());
    Quiet { days: Day::ALL.into(), from, to, up_to: Severity::Warning }
}

#[test]
fn the_same_news_comes_once_a_window_and_says_how_often_it_came_up() {
    let policies = [policy(vec![a_route("all", &["chat"])])];
    let mut memory = Memory::default();
    let mut told = |live: &str, now: &str| {
        let routed = route(&policies, vec![drift("sale", live, at(now))], at(now), &mut memory);
        routed.iter().map(|one| one.event.repeats).collect::<Vec<_>>()
    };
    assert_eq!(told("30.00 EUR", "2026-03-02T10:00:00Z"), [0]);
    assert_eq!(told("30.00 EUR", "2026-03-02T10:05:00Z"), [0; 0]);
    assert_eq!(told("30.00 EUR", "2026-03-03T09:59:59Z"), [0; 0]);
    assert_eq!(told("31.00 EUR", "2026-03-03T09:59:59Z"), [0], "another value is news");
    assert_eq!(told("30.00 EUR", "2026-03-03T10:00:00Z"), [2]);
    // A clock that was wrong for a while must not keep anybody from being told.
    assert_eq!(told("30.00 EUR", "2026-02-01T10:00:00Z"), [0]);
}

#[test]
fn routes_match_what_they_say() {
    let now = at("2026-03-02T10:00:00Z");
    let matched = |matches: Match, event: Event| {
        let policies = [policy(vec![Route { matches, ..a_route("one", &["chat"]) }])];
        !route(&policies, vec![event], now, &mut Memory::default()).is_empty()
    };
    let labels = |team: &str| Match { labels: [("team".into(), team.into())].into(), ..Match::default() };
    let found = || drift("sale", "30.00 EUR", now);
    assert!(matched(labels("growth"), found()));
    assert!(!matched(labels("brand"), found()));
    assert!(!matched(labels("growth"), stop(now)), "an event without objects carries no labels");
    assert!(matched(Match { severity: Severity::Warning, ..Match::default() }, found()));
    assert!(!matched(Match { severity: Severity::Critical, ..Match::default() }, found()));
    assert!(matched(Match { accounts: [ACCOUNT.parse().unwrap()].into(), ..Match::default() }, found()));
    assert!(!matched(Match { accounts: ["meta-us".parse().unwrap()].into(), ..Match::default() }, found()));
    let kinds = |kind| Match { kinds: [kind].into(), ..Match::default() };
    assert!(matched(kinds(crate::address::Kind::Campaign), found()));
    assert!(!matched(kinds(crate::address::Kind::Ad), found()));
    assert!(!matched(Match { events: [EventKind::Applied].into(), ..Match::default() }, found()));
    // Another namespace's events stay there; the whole project's go everywhere.
    let mut elsewhere = found();
    elsewhere.account.as_mut().unwrap().namespace = "brand".parse().unwrap();
    assert!(!matched(Match::default(), elsewhere));
    assert!(matched(Match::default(), stop(now)));
}

fn pool_event(money: PoolMoney, namespace: &str, now: Timestamp) -> Event {
    let happening = Happening::PoolThreshold {
        pool: EventPool {
            namespace: namespace.parse().unwrap(),
            name: "rain".parse().unwrap(),
            accounts: ["google-es", "meta-es"].map(|name| name.parse().unwrap()).into(),
        },
        money,
        period: "the calendar month from 2026-03-01".into(),
        spent: "2480.00 EUR".into(),
        budget: "3100.00 EUR".into(),
        assumed: None,
    };
    let labels = [("range".into(), "rain".into())].into();
    let campaign = Subject { kind: crate::address::Kind::Campaign, labels };
    let own = Subject { kind: crate::address::Kind::Budget, labels: BTreeMap::new() };
    happening.event(None, now, [campaign, own].into())
}

/// A pool is of a namespace and of several accounts, and no object of any.
#[test]
fn a_pool_is_told_to_its_namespace_and_by_each_of_its_accounts() {
    let now = at("2026-03-02T10:00:00Z");
    let matched = |matches: Match, namespace: &str| {
        let policies = [policy(vec![Route { matches, ..a_route("one", &["chat"]) }])];
        let event = pool_event(PoolMoney::Share(80), namespace, now);
        !route(&policies, vec![event], now, &mut Memory::default()).is_empty()
    };
    let on = |account: &str| Match { accounts: [account.parse().unwrap()].into(), ..Match::default() };
    for matches in [
        on("google-es"),
        on("meta-es"),
        Match { kinds: [crate::address::Kind::Budget].into(), ..Match::default() },
        Match { labels: [("range".into(), "rain".into())].into(), ..Match::default() },
        Match { events: [EventKind::BudgetThreshold].into(), ..Match::default() },
    ] {
        assert!(matched(matches.clone(), "growth"), "{matches:?}");
        assert!(!matched(matches, "brand"));
    }
    assert!(!matched(on("tiktok-es"), "growth"));
}

#[test]
fn what_became_of_a_pools_money_is_as_grave_as_what_it_goes_on_spending() {
    let now = at("2026-03-02T10:00:00Z");
    let mut keys = BTreeSet::new();
    for (money, severity, title) in [
        (PoolMoney::Share(80), Severity::Warning, "Pool growth/rain has spent 80 % of its budget of the"),
        (PoolMoney::GoesOn, Severity::Critical, "Pool growth/rain has spent 100 % of its budget of the"),
        (PoolMoney::UsedUp { beyond: false }, Severity::Warning, "Pool growth/rain has spent 100 % of its"),
        (PoolMoney::UsedUp { beyond: true }, Severity::Critical, "Pool growth/rain has spent 100 % of its"),
        (PoolMoney::Stops, Severity::Warning, "Pool growth/rain pauses its campaigns: what is left of its"),
    ] {
        let event = pool_event(money, "growth", now);
        assert!(event.title.starts_with(title), "{}", event.title);
        assert_eq!((event.severity, event.kind), (severity, EventKind::BudgetThreshold), "{money:?}");
        assert_eq!(event.subject().as_deref(), Some("pool/growth/rain"));
        assert_eq!(event.facts[0].text, "2480.00 EUR of 3100.00 EUR");
        keys.insert(event.key);
    }
    assert_eq!(keys.len(), 3, "a share, all of it, and that it stops are news of their own: {keys:?}");
}

#[test]
fn quiet_hours_end_when_the_clock_on_the_wall_says_so() {
    let policies = [policy(vec![Route { quiet: vec![nights()], ..a_route("all", &["chat"]) }])];
    for (now, expected) in [
        ("2026-03-02T20:59:59Z", "chat Drift"),
        ("2026-03-02T21:00:00Z", "chat Drift at 2026-03-03T06:00:00Z"),
        // Clocks go forward on 29 March 2026: 07:00 is an hour earlier.
        ("2026-03-28T22:00:00Z", "chat Drift at 2026-03-29T05:00:00Z"),
        // And back on 25 October: the night has an hour more.
        ("2026-10-24T21:00:00Z", "chat Drift at 2026-10-25T06:00:00Z"),
    ] {
        let events = vec![drift("sale", "30.00 EUR", at(now))];
        assert_eq!(shown(&route(&policies, events, at(now), &mut Memory::default())), [expected], "{now}");
        let grave = route(&policies, vec![stop(at(now))], at(now), &mut Memory::default());
        assert_eq!(shown(&grave), ["chat KillSwitch"], "what is graver is told at once");
    }
}

#[test]
fn quiet_hours_that_skip_an_hour_still_end() {
    let (from, to) = ("02:00".parse().unwrap(), "02:30".parse().unwrap());
    let skipped = Quiet { from, to, ..nights() };
    let policies = [policy(vec![Route { quiet: vec![skipped], ..a_route("all", &["chat"]) }])];
    let now = at("2026-03-29T01:00:00Z");
    let routed = route(&policies, vec![drift("sale", "30.00 EUR", now)], now, &mut Memory::default());
    assert_eq!(shown(&routed), ["chat Drift"], "02:00 to 02:30 does not exist on that day");
}

#[test]
fn digests_come_at_their_times() {
    let times = |texts: &[&str], days: &[Day]| Times::At {
        days: days.iter().copied().collect(),
        times: texts.iter().map(|text| text.parse().unwrap()).collect(),
    };
    let zone = crate::time::Zone::parse("Europe/Madrid").unwrap();
    let every = |hours| Times::Every(SignedDuration::from_hours(hours));
    for (times, now, expected) in [
        (times(&["09:00", "17:00"], &Day::ALL), "2026-03-02T07:59:59Z", "2026-03-02T08:00:00Z"),
        (times(&["09:00", "17:00"], &Day::ALL), "2026-03-02T08:00:00Z", "2026-03-02T16:00:00Z"),
        (times(&["09:00"], &[Day::Mon]), "2026-03-02T08:00:00Z", "2026-03-09T08:00:00Z"),
        // 02:30 does not exist on 29 March: the moment of the jump.
        (times(&["02:30"], &Day::ALL), "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
        (times(&["24:00"], &[Day::Sun]), "2026-03-01T12:00:00Z", "2026-03-01T23:00:00Z"),
        (every(4), "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"),
        (every(4), "2026-03-02T11:00:00Z", "2026-03-02T15:00:00Z"),
        // The day of 23 hours ends early, and the next is counted from its own midnight.
        (every(24), "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        (every(24), "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z"),
        (every(24), "2026-10-25T22:30:00Z", "2026-10-25T23:00:00Z"),
    ] {
        assert_eq!(times.after(at(now), &zone).unwrap(), at(expected), "{times:?} after {now}");
    }
}

#[test]
fn a_digest_waits_for_the_end_of_quiet_hours() {
    let digest = Digest {
        times: Times::At { days: Day::ALL.into(), times: ["23:00".parse().unwrap()].into() },
        up_to: Severity::Warning,
    };
    let night = Route { quiet: vec![nights()], digest: Some(digest), ..a_route("all", &["chat"]) };
    let now = at("2026-03-02T12:00:00Z");
    let events = vec![drift("sale", "30.00 EUR", now), stop(now)];
    let routed = route(&[policy(vec![night])], events, now, &mut Memory::default());
    let mut shown = shown(&routed);
    shown.sort();
    assert_eq!(shown, ["chat Drift at 2026-03-03T06:00:00Z", "chat KillSwitch"]);
}

#[test]
fn what_is_too_much_comes_together_when_the_stretch_is_over() {
    let throttle = Throttle { max: 2, per: SignedDuration::from_hours(1) };
    let policies = [policy(vec![Route { throttle: Some(throttle), ..a_route("all", &["chat"]) }])];
    let mut memory = Memory::default();
    let mut told = |now: &str, count: usize| {
        let events = (0..count).map(|number| drift(&format!("c{number}"), now, at(now))).collect();
        shown(&route(&policies, events, at(now), &mut memory))
    };
    assert_eq!(told("2026-03-02T10:00:00Z", 1), ["chat Drift"]);
    let later = "chat Drift at 2026-03-02T11:00:00Z";
    assert_eq!(told("2026-03-02T10:30:00Z", 3), ["chat Drift", later, later]);
    assert_eq!(told("2026-03-02T10:59:00Z", 1), [later]);
    assert_eq!(told("2026-03-02T11:00:00Z", 2), ["chat Drift", "chat Drift at 2026-03-02T11:30:00Z"]);
    let now = at("2026-03-02T11:01:00Z");
    assert_eq!(shown(&route(&policies, vec![stop(now)], now, &mut memory)), ["chat KillSwitch"]);
}

#[test]
fn several_routes_to_one_channel_tell_once_at_the_earliest() {
    let digest = Digest {
        times: Times::At { days: Day::ALL.into(), times: ["09:00".parse().unwrap()].into() },
        up_to: Severity::Warning,
    };
    let slow = Route { digest: Some(digest), ..a_route("slow", &["chat", "mail"]) };
    let fast = a_route("fast", &["chat"]);
    let now = at("2026-03-02T10:00:00Z");
    for routes in [vec![slow.clone(), fast.clone()], vec![fast, slow]] {
        let events = vec![drift("sale", "30.00 EUR", now)];
        let routed = route(&[policy(routes)], events, now, &mut Memory::default());
        assert_eq!(shown(&routed), ["chat Drift", "mail Drift at 2026-03-03T08:00:00Z"]);
    }
}

#[test]
fn events_are_plain_bounded_lines() {
    let now = at("2026-03-02T10:00:00Z");
    let because = "a\u{1b}[31mred\u{202e}\r\nBcc: eve@shop.example".to_owned();
    let details: Vec<String> = (0..100).map(|number| format!("{number} {}", "x".repeat(2000))).collect();
    let failed = Happening::ApplyFailed { account: Some(account()), plan: None, because, details };
    let event = failed.event(None, now, BTreeSet::default());
    assert!(!event.title.contains(['\n', '\r', '\u{1b}', '\u{202e}']), "{:?}", event.title);
    assert_eq!(event.facts.len(), MAX_FACTS);
    assert_eq!(event.facts.last().unwrap().text, "81 more");
    assert!(event.facts.iter().all(|fact| fact.text.chars().count() <= 500));
    let same = failed.event(None, now, BTreeSet::default());
    assert_eq!(event.id, same.id);
    let later = failed.event(None, now + SignedDuration::from_secs(1), BTreeSet::default());
    assert_ne!(event.id, later.id);
    assert_eq!(event.key, later.key, "the same failure is the same news");
}

proptest! {
    /// Order of events, routes and policies means nothing, and memory survives being written down.
    #[test]
    fn order_means_nothing(
        seed in proptest::collection::vec((0_u8..4, 0_u8..3, 0_u8..2), 1..12),
        shuffle in any::<prop::sample::Index>(),
        hours in 0_i64..48,
    ) {
        let now = at("2026-03-28T12:00:00Z") + SignedDuration::from_hours(hours);
        let events: Vec<Event> = seed
            .iter()
            .map(|(name, live, grave)| match grave {
                0 => drift(&format!("c{name}"), &format!("{live}.00 EUR"), now),
                _ => stop(now + SignedDuration::from_secs(i64::from(*live))),
            })
            .collect();
        let throttle = Some(Throttle { max: 2, per: SignedDuration::from_hours(2) });
        let routes = vec![
            Route { quiet: vec![nights()], throttle, ..a_route("a", &["chat"]) },
            Route { dedup: SignedDuration::from_hours(1), ..a_route("b", &["mail", "chat"]) },
        ];
        let mut other = policy(vec![a_route("z", &["mail"])]);
        other.name = "other".parse().unwrap();
        let one = [policy(routes.clone()), other.clone()];
        let two = [other, policy(routes.into_iter().rev().collect())];
        let mut turned = events.clone();
        turned.rotate_left(shuffle.index(events.len()));
        turned.reverse();
        let (mut first, mut second) = (Memory::default(), Memory::default());
        let expected = route(&one, events.clone(), now, &mut first);
        prop_assert_eq!(&expected, &route(&two, turned.clone(), now, &mut second));
        prop_assert_eq!(&first, &second);
        let mut read: Memory = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
        prop_assert_eq!(&read, &first);
        // Nothing is told twice within its window, and nothing is sent before now.
        let again = route(&one, turned, now, &mut read);
        prop_assert_eq!(again.len(), 0);
        prop_assert!(expected.iter().all(|one| one.later.is_none_or(|later| later > now)));
        let mut ids: Vec<_> = expected.iter().map(|one| (&one.policy, &one.channel, &one.event.id)).collect();
        ids.sort();
        let count = ids.len();
        ids.dedup();
        prop_assert_eq!(ids.len(), count, "an event comes once to a channel");
    }
}

/// Each answer of a vendor has a request id of its own; the trouble is the same.
#[test]
fn the_same_failure_is_the_same_message() {
    assert_eq!(unvaried("Meta: write failed: no (100, request AbC-1)"), "Meta: write failed: no (100, )");
    assert_eq!(unvaried("Meta: read failed (request AbC)"), "Meta: read failed ()");
    assert_eq!(unvaried("a bid request is refused"), "a bid request is refused");
    let failed = |request: &str, what: &str| {
        let left = vec![format!("ad/sale/hero: Meta: ad failed: {what} (100, request {request})")];
        Happening::PartlyApplied { account: account(), plan: "sha256:1".into(), applied: 1, left }
    };
    let key = |happening: Happening| {
        happening.event(None, "2026-03-01T12:00:00Z".parse().unwrap(), BTreeSet::new()).key
    };
    assert_eq!(key(failed("a1", "no text")), key(failed("b2", "no text")));
    assert_ne!(key(failed("a1", "no text")), key(failed("a1", "no image")));
}
