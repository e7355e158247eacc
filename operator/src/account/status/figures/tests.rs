use std::sync::Arc;

use adplane_core::address::Platform;
use adplane_core::metrics::Sums;
use adplane_manifest::api::text::{AdLabel, VendorId};
use adplane_manifest::load::DocumentKind;
use serde_json::json;

use super::*;
use crate::delivered::Together;

const HOUR: Duration = Duration::from_hours(1);
const CAMPAIGN: Of<'static> = Of::Object(Kind::Campaign);

fn at(time: &str) -> Timestamp {
    format!("2026-11-21T{time}:00Z").parse().unwrap()
}

fn sums(spend: i64, conversions: i64) -> Sums {
    Sums {
        spend: Some(spend),
        impressions: Some(3_000),
        clicks: Some(70),
        conversions: Some(conversions),
        value: Some(spend * 3),
        ..Sums::default()
    }
}

/// One object under an id, which delivered the same in every window.
fn told(kind: Kind, when: &str, sums: Sums) -> Told {
    let windows: Windows = [Some(Counts { sums, as_of: at("08:00") }); 4];
    Told::for_tests(at(when), Zone::parse("Europe/Madrid").unwrap(), &[(kind, "1", windows)])
}

fn live() -> ResourceStatus {
    ResourceStatus { external_id: Some(VendorId("1".to_owned())), ..ResourceStatus::default() }
}

/// What is written where `former` stands.
fn written(former: &ResourceStatus, told: Told) -> ResourceStatus {
    let mut status = live();
    let known = Known::Read { told: Some(Arc::new(told)), trouble: None };
    tell(&mut status, former, (&known, HOUR), CAMPAIGN);
    // As the API server gives it back.
    serde_json::from_value(serde_json::to_value(&status).unwrap()).unwrap()
}

#[test]
fn figures_are_rounded_as_people_read_them() {
    let status = written(&live(), told(Kind::Campaign, "09:00", sums(12_345_678, 2_500_000)));
    let week = status.metrics.unwrap().last_7d.unwrap();
    assert_eq!(
        serde_json::to_value(week).unwrap(),
        json!({
            "spend": "12.35 EUR", "spendMicros": 12_345_678, "impressions": 3000, "clicks": 70, "conversions": 2.5,
            "value": "37.04 EUR", "ctr": 0.0233, "cpc": "0.18 EUR", "cpa": "4.94 EUR", "roas": 3,
            "asOf": "2026-11-21T08:00:00Z",
        })
    );
}

#[test]
fn what_cannot_be_divided_or_was_not_told_is_left_out() {
    let none = Sums { spend: Some(1_000_000), conversions: Some(0), ..Sums::default() };
    let status = written(&live(), told(Kind::Campaign, "09:00", none));
    let today = serde_json::to_value(status.metrics.unwrap().today).unwrap();
    assert_eq!(
        today,
        json!({"spend": "1.00 EUR", "spendMicros": 1_000_000, "conversions": 0, "asOf": "2026-11-21T08:00:00Z"})
    );
    let taken_back = Sums { spend: Some(-2_500_000), value: Some(-1), ..Sums::default() };
    let status = written(&live(), told(Kind::Campaign, "09:00", taken_back));
    let today = status.metrics.unwrap().today.unwrap();
    assert_eq!(today.spend.unwrap().0, "-2.50 EUR");
    assert_eq!(today.roas, None, "nothing was spent to divide by");
}

#[test]
fn the_same_figures_read_again_are_no_change() {
    let first = written(&live(), told(Kind::Campaign, "09:00", sums(10_000_000, 1_000_000)));
    let mut later = told(Kind::Campaign, "13:00", sums(10_000_000, 1_000_000));
    later.read_at(at("12:00"));
    assert_eq!(written(&first, later), first);
}

#[test]
fn figures_change_once_in_a_while_and_with_the_day() {
    let first = written(&live(), told(Kind::Campaign, "09:00", sums(10_000_000, 1_000_000)));
    let more = |when| told(Kind::Campaign, when, sums(11_000_000, 1_000_000));
    assert_eq!(written(&first, more("09:30")), first, "half an hour later");
    let second = written(&first, more("10:00"));
    assert_ne!(second, first);
    assert_eq!(second.metrics.clone().unwrap().as_of.unwrap().0, "2026-11-21T10:00:00Z");
    // Madrid's day begins at 23:00 of UTC.
    let evening = written(&first, more("22:50"));
    assert_eq!(written(&evening, told(Kind::Campaign, "22:55", sums(1, 0))), evening);
    assert_ne!(written(&evening, told(Kind::Campaign, "23:05", sums(1, 0))), evening, "another day");
}

#[test]
fn what_another_replica_knew_later_stays() {
    let later = written(&live(), told(Kind::Campaign, "12:00", sums(10_000_000, 1_000_000)));
    assert_eq!(written(&later, told(Kind::Campaign, "09:00", sums(5_000_000, 0))), later);
}

#[test]
fn what_never_delivered_tells_nothing_and_what_did_tells_zero() {
    let other = || told(Kind::Campaign, "09:00", sums(1, 1));
    let quiet = ResourceStatus { external_id: Some(VendorId("2".to_owned())), ..ResourceStatus::default() };
    let known = |told| Known::Read { told: Some(Arc::new(told)), trouble: None };
    let mut status = quiet.clone();
    tell(&mut status, &quiet, (&known(other()), HOUR), CAMPAIGN);
    assert_eq!(status.metrics, None);
    let mut nothing = other();
    nothing.rest_is(
        Kind::Campaign,
        &[Some(Counts { sums: Sums::zero(&[Metric::Spend]), as_of: at("11:00") }); 4],
    );
    let once = ResourceStatus { metrics: Some(Metrics::default()), ..quiet.clone() };
    tell(&mut status, &once, (&known(nothing), HOUR), CAMPAIGN);
    assert_eq!(status.metrics.unwrap().today.unwrap().spend.unwrap().0, "0.00 EUR");
}

#[test]
fn what_was_told_stands_until_it_is_read_again_and_goes_with_the_object() {
    let first = written(&live(), told(Kind::Campaign, "09:00", sums(10_000_000, 1_000_000)));
    for known in [Known::Unread, Known::Read { told: None, trouble: Some("the platform is down".to_owned()) }]
    {
        let mut status = live();
        tell(&mut status, &first, (&known, HOUR), CAMPAIGN);
        assert_eq!(status.metrics, first.metrics);
        let mut gone = ResourceStatus::default();
        tell(&mut gone, &first, (&known, HOUR), CAMPAIGN);
        assert_eq!(gone.metrics, None);
    }
    let mut status = live();
    tell(&mut status, &first, (&Known::Off, HOUR), CAMPAIGN);
    assert_eq!(status.metrics, None, "nobody reads it any more");
}

#[test]
fn ads_tell_every_window_and_change_with_their_group() {
    let windows = |spend: i64| {
        let counts = |spend| Some(Counts { sums: sums(spend, 0), as_of: at("08:00") });
        [counts(spend), counts(spend * 2), None, counts(spend * 4)]
    };
    let told = |when, spend| {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        Told::for_tests(
            at(when),
            zone,
            &[(Kind::AdGroup, "1", windows(spend)), (Kind::Ad, "7", windows(spend))],
        )
    };
    let ad = AdStatus {
        name: AdLabel("hero".to_owned()),
        external_id: Some(VendorId("7".to_owned())),
        ..AdStatus::default()
    };
    let group = ResourceStatus { ads: Some(vec![ad]), ..live() };
    let write = |former: &ResourceStatus, told| {
        let mut status = group.clone();
        let known = Known::Read { told: Some(Arc::new(told)), trouble: None };
        tell(&mut status, former, (&known, HOUR), Of::Object(Kind::AdGroup));
        status
    };
    let spent = |status: &ResourceStatus| {
        let AdStatus { today, yesterday, last_7d, flight, .. } = status.ads.as_ref().unwrap()[0].clone();
        [today, yesterday, last_7d, flight].map(|of| of.map(|of| of.spend_micros.unwrap() / 1_000_000))
    };
    let first = write(&group, told("09:00", 10_000_000));
    assert_eq!(spent(&first), [Some(10), Some(20), None, Some(40)], "what is not known is left out");
    let today = serde_json::to_value(first.ads.as_ref().unwrap()[0].today.clone()).unwrap();
    assert_eq!(
        today,
        json!({
            "spend": "10.00 EUR", "spendMicros": 10_000_000, "impressions": 3000, "clicks": 70, "conversions": 0,
            "value": "30.00 EUR", "ctr": 0.0233, "cpc": "0.14 EUR", "roas": 3, "asOf": "2026-11-21T08:00:00Z",
        }),
        "the same fields as of everything else"
    );
    assert_eq!(write(&first, told("09:30", 11_000_000)), first);
    assert_eq!(spent(&write(&first, told("10:30", 11_000_000)))[0], Some(11));
}

fn creative() -> ResourceKey {
    ResourceKey::new(DocumentKind::Creative, "growth", "hero")
}

/// An account whose ads show the creative, and spent so many euros in each window.
fn showing(when: &str, euros: i64) -> Told {
    let windows: Windows = [Some(Counts { sums: sums(euros * 1_000_000, 1_000_000), as_of: at("08:00") }); 4];
    Told::for_tests(at(when), Zone::parse("Europe/Madrid").unwrap(), &[])
        .with(&creative(), Together::for_tests(&windows, "7d_click"))
}

/// What a creative tells of its first account and of others.
fn shown_on(own: Told, others: &[Known], former: &ResourceStatus) -> Option<Metrics> {
    let mut status = ResourceStatus::default();
    let (own, key) = (read(own), creative());
    tell(&mut status, former, (&own, HOUR), Of::Together(&key, others));
    status.metrics
}

fn read(told: Told) -> Known {
    Known::Read { told: Some(Arc::new(told)), trouble: None }
}

#[test]
fn a_creative_tells_what_ads_of_all_its_accounts_delivered() {
    let none = ResourceStatus::default();
    let metrics = shown_on(showing("09:00", 3), &[read(showing("08:30", 4))], &none).unwrap();
    assert_eq!(metrics.as_of.unwrap().0, "2026-11-21T08:30:00Z", "as of the one read longest ago");
    let week = metrics.last_7d.unwrap();
    assert_eq!(week.spend.unwrap().0, "7.00 EUR");
    assert_eq!((week.impressions, week.roas.unwrap().0.to_string()), (Some(6000), "3".to_owned()));
    let unused = Told::for_tests(at("09:00"), Zone::utc(), &[]);
    let alone = shown_on(showing("09:00", 3), &[read(unused.clone())], &none).unwrap();
    assert_eq!(alone.today.unwrap().spend.unwrap().0, "3.00 EUR", "none of its ads shows it");
    assert_eq!(shown_on(unused, &[], &none), None, "nothing is no zero");
}

/// The account that tells it need not be one whose ads show it.
#[test]
fn money_is_told_in_the_currency_of_who_spent_it() {
    let (none, unused) = (ResourceStatus::default(), Told::for_tests(at("09:00"), Zone::utc(), &[]));
    let dollars = || {
        let mut told = showing("09:00", 4);
        told.currency = Currency::USD;
        read(told)
    };
    let told = shown_on(unused.clone(), &[dollars()], &none).unwrap().today.unwrap();
    assert_eq!((told.spend.unwrap().0.as_str(), told.value.unwrap().0.as_str()), ("4.00 USD", "12.00 USD"));
    let told = shown_on(unused, &[dollars(), read(showing("09:00", 3))], &none).unwrap().today.unwrap();
    assert_eq!((told.spend, told.value, told.impressions), (None, None, Some(6000)));
}

#[test]
fn what_cannot_be_added_over_accounts_is_left_out() {
    let none = ResourceStatus::default();
    let mut dollars = showing("09:00", 4);
    dollars.currency = Currency::USD;
    let mixed = shown_on(showing("09:00", 3), &[read(dollars), read(showing("09:00", 1))], &none);
    let today = serde_json::to_value(mixed.unwrap().today).unwrap();
    assert_eq!(
        today,
        json!({"impressions": 9000, "clicks": 210, "conversions": 3, "ctr": 0.0233, "asOf": "2026-11-21T08:00:00Z"}),
        "no money of two currencies"
    );
    let mut google = showing("09:00", 4);
    google.platform = Platform::Google;
    let windows = [Some(Counts { sums: sums(4_000_000, 1), as_of: at("08:00") }); 4];
    let viewed = showing("09:00", 4).with(&creative(), Together::for_tests(&windows, "1d_view"));
    for others in [google, viewed] {
        let told = shown_on(showing("09:00", 3), &[read(others)], &none).unwrap().today.unwrap();
        assert_eq!(told.spend.unwrap().0, "7.00 EUR");
        assert_eq!((told.conversions, told.value, told.roas, told.cpa), (None, None, None, None));
    }
    let some = [None, Some(Counts { sums: sums(1, 1), as_of: at("08:00") }), None, None];
    let gap = showing("09:00", 4).with(&creative(), Together::for_tests(&some, "7d_click"));
    let told = shown_on(showing("09:00", 3), &[read(gap)], &none).unwrap();
    assert_eq!((told.today, told.last_7d), (None, None), "of a part nobody knows it");
    assert!(told.yesterday.is_some());
}

#[test]
fn an_account_that_was_not_read_leaves_what_was_told() {
    let first = ResourceStatus {
        metrics: shown_on(showing("09:00", 3), &[], &ResourceStatus::default()),
        ..ResourceStatus::default()
    };
    for other in [Known::Unread, Known::Read { told: None, trouble: Some("down".to_owned()) }] {
        assert_eq!(shown_on(showing("12:00", 9), &[other], &first), first.metrics);
    }
    assert_ne!(shown_on(showing("12:00", 9), &[], &first), first.metrics);
}

#[test]
fn numbers_are_as_the_api_server_writes_them() {
    for (units, decimals, text) in
        [(300, 2, "3"), (25, 1, "2.5"), (7, 4, "0.0007"), (0, 2, "0"), (1205, 2, "12.05")]
    {
        assert_eq!(decimal(units, decimals).unwrap().0.to_string(), text);
    }
    assert_eq!(decimal(-1, 2), None);
}

#[test]
fn halves_are_rounded_away_from_zero() {
    for (above, below, expected) in [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (-4, 10, 0), (7, 2, 4)] {
        assert_eq!(divided(above, below), Some(expected), "{above}/{below}");
    }
}
