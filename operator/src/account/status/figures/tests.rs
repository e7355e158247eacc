use std::sync::Arc;

use adplane_core::metrics::Sums;
use adplane_core::time::Zone;
use adplane_manifest::api::status::AdStatus;
use adplane_manifest::api::text::{AdLabel, VendorId};
use serde_json::json;

use super::*;

const HOUR: Duration = Duration::from_hours(1);
const CAMPAIGN: Of = Of::Object(Kind::Campaign);

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
fn ads_tell_their_week_and_change_with_their_group() {
    let windows = |spend| [Some(Counts { sums: sums(spend, 0), as_of: at("08:00") }); 4];
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
    let week =
        |status: &ResourceStatus| status.ads.as_ref().unwrap()[0].last_7d.clone().unwrap().spend.unwrap().0;
    let first = write(&group, told("09:00", 10_000_000));
    assert_eq!(week(&first), "10.00 EUR");
    assert_eq!(write(&first, told("09:30", 11_000_000)), first);
    assert_eq!(week(&write(&first, told("10:30", 11_000_000))), "11.00 EUR");
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
