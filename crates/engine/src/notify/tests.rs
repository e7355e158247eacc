use std::collections::BTreeSet;
use std::time::Duration;

use adplane_core::desired::CredentialSource;
use adplane_core::notify::{
    Channel, Difference, Digest, Event, Happening, Match, Medium, NotificationPolicy, Route, Severity, Times,
};
use adplane_core::time::Zone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::channel::{Refusal, SendError};
use super::outbox::{Delivery, Outbox, Shelf};
use super::render::Letter;
use super::retry::{self, Next};
use super::*;
use crate::state::StateDir;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn drift(name: &str, live: &str, now: Timestamp) -> Event {
    let fields =
        vec![Difference { field: "budget.daily".into(), wanted: "20.00 EUR".into(), live: live.into() }];
    let address = format!("meta/meta-eu/Campaign/growth/{name}").parse().unwrap();
    Happening::Drift { address, fields, by: Some("ana@shop.example".into()), policy: "Alert".into() }.event(
        Some("shop"),
        now,
        BTreeSet::new(),
    )
}

fn policy(digest: Option<Digest>) -> NotificationPolicy {
    let route = Route {
        name: "all".parse().unwrap(),
        channels: ["chat".parse().unwrap()].into(),
        matches: Match::default(),
        dedup: Route::DEDUP,
        quiet: vec![],
        digest,
        throttle: None,
    };
    let medium = Medium::Slack { credentials: CredentialSource::Env("CHAT".into()) };
    NotificationPolicy {
        namespace: "growth".parse().unwrap(),
        name: "team".parse().unwrap(),
        zone: Zone::utc(),
        channels: vec![Channel { name: "chat".parse().unwrap(), medium }],
        routes: vec![route],
        origin: None,
    }
}

fn outbox() -> (tempfile::TempDir, Outbox) {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::of(&StateDir::of_project(folder.path()));
    (folder, outbox)
}

fn error(refusal: Refusal, retry_after: Option<Duration>) -> SendError {
    SendError { refusal, retry_after, message: "hooks.shop.example answered 503".into() }
}

#[test]
fn what_is_taken_in_lies_on_disk_once() {
    let (_folder, outbox) = outbox();
    let now = at("2026-03-02T10:00:00Z");
    let policies = [policy(None)];
    assert_eq!(outbox.take_in(&policies, vec![drift("a", "30.00 EUR", now)], now).unwrap(), 1);
    assert_eq!(outbox.take_in(&policies, vec![drift("a", "30.00 EUR", now)], now).unwrap(), 0);
    let kept = outbox.read(Shelf::Pending).unwrap();
    assert_eq!(kept.deliveries.len(), 1);
    assert_eq!(kept.deliveries[0].place(), "growth/team/chat");
    // A crash before the memory was written: the same message again, under the same id.
    std::fs::remove_file(outbox.root().join("memory.json")).unwrap();
    assert_eq!(outbox.take_in(&policies, vec![drift("a", "30.00 EUR", now)], now).unwrap(), 1);
    assert_eq!(outbox.read(Shelf::Pending).unwrap().deliveries, kept.deliveries);
    // What a crash left half written is not taken for a message.
    std::fs::write(outbox.root().join("pending/.tmpX"), "{").unwrap();
    std::fs::write(outbox.root().join("pending/broken.json"), "{").unwrap();
    let kept = outbox.read(Shelf::Pending).unwrap();
    assert_eq!((kept.deliveries.len(), kept.unreadable.len()), (1, 1));
}

#[test]
fn a_digest_is_one_message_that_grows() {
    let (_folder, outbox) = outbox();
    let every = SignedDuration::from_hours(4);
    let digest = Digest { times: Times::Every(every), up_to: Severity::Warning };
    let policies = [policy(Some(digest))];
    let first = at("2026-03-02T10:00:00Z");
    let mut ids = BTreeSet::new();
    for minute in 0..5 {
        let now = first + SignedDuration::from_mins(minute);
        outbox.take_in(&policies, vec![drift(&format!("c{minute}"), "1.00 EUR", now)], now).unwrap();
        let kept = outbox.read(Shelf::Pending).unwrap().deliveries;
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].events.len(), usize::try_from(minute).unwrap() + 1);
        assert_eq!(kept[0].due, at("2026-03-02T12:00:00Z"));
        ids.insert(kept[0].id.clone());
    }
    assert_eq!(ids.len(), 1, "its id is the same however much it holds");
    let late = at("2026-03-02T11:59:00Z");
    outbox.take_in(&policies, vec![drift("late", "1.00 EUR", late)], late).unwrap();
    let now = at("2026-03-02T12:00:00Z");
    outbox.take_in(&policies, vec![drift("later", "1.00 EUR", now)], now).unwrap();
    let due: Vec<_> = outbox
        .read(Shelf::Pending)
        .unwrap()
        .deliveries
        .into_iter()
        .map(|one| (one.due, one.events.len()))
        .collect();
    // The last minute is a message of its own: the first may be on its way.
    assert_eq!(due, [(now, 5), (now, 1), (at("2026-03-02T16:00:00Z"), 1)]);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let (folder, outbox) = outbox();
    std::fs::create_dir_all(folder.path().join(".adplane")).unwrap();
    std::fs::write(folder.path().join(".adplane/outbox"), "in the way").unwrap();
    let now = at("2026-03-02T10:00:00Z");
    let error = outbox.take_in(&[policy(None)], vec![drift("a", "1.00 EUR", now)], now).unwrap_err();
    assert!(error.to_string().contains("outbox"), "{error}");
}

#[test]
fn waits_grow_are_spread_and_end() {
    let (_folder, outbox) = outbox();
    let begun = at("2026-03-02T10:00:00Z");
    outbox.take_in(&[policy(None)], vec![drift("a", "1.00 EUR", begun)], begun).unwrap();
    let mut delivery = outbox.read(Shelf::Pending).unwrap().deliveries.remove(0);
    let mut now = begun;
    let mut waits = Vec::new();
    loop {
        delivery.attempts += 1;
        match retry::next(&delivery, &error(Refusal::Down, None), now) {
            Next::At(next) => {
                waits.push(next.duration_since(now).as_secs());
                now = next;
            }
            Next::Dead => break,
        }
    }
    let passed = now.duration_since(begun);
    assert!(passed >= LONGEST_TRY && passed < LONGEST_TRY + SignedDuration::from_hours(2), "{passed}");
    assert!((48..=72).contains(&waits[0]) && (96..=144).contains(&waits[1]), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 72 * 60), "{waits:?}");
    let day = waits.iter().scan(0, |sum, wait| {
        *sum += wait;
        Some(*sum)
    });
    assert!(day.filter(|at| *at < 24 * 3600).count() > 20, "a day without the receiver is only a wait");
    // What the receiver asks for counts when it is longer.
    delivery.attempts = 1;
    let asked = |seconds| error(Refusal::Down, Some(Duration::from_secs(seconds)));
    let wait = |error: &SendError| match retry::next(&delivery, error, begun) {
        Next::At(next) => next.duration_since(begun).as_secs(),
        Next::Dead => 0,
    };
    assert_eq!(wait(&asked(7200)), 7200);
    assert_eq!(wait(&asked(10)), wait(&error(Refusal::Down, None)));
    assert_eq!(wait(&asked(u64::MAX)), 24 * 3600);
    // Who refuses is asked a few times, who is gone once.
    assert_eq!(retry::next(&delivery, &error(Refusal::Gone, None), begun), Next::Dead);
    delivery.attempts = 6;
    assert_eq!(retry::next(&delivery, &error(Refusal::Refused, None), begun), Next::Dead);
    assert_ne!(retry::next(&delivery, &error(Refusal::Down, None), begun), Next::Dead);
}

#[test]
fn dead_letters_come_back_or_go_for_good() {
    let (_folder, outbox) = outbox();
    let now = at("2026-03-02T10:00:00Z");
    outbox.take_in(&[policy(None)], vec![drift("a", "1.00 EUR", now)], now).unwrap();
    let mut delivery = outbox.read(Shelf::Pending).unwrap().deliveries.remove(0);
    delivery.attempts = MOST_TRIES;
    outbox.bury(&delivery).unwrap();
    let count = |shelf| outbox.read(shelf).unwrap().deliveries.len();
    assert_eq!((count(Shelf::Pending), count(Shelf::Dead)), (0, 1));
    let later = now + SignedDuration::from_hours(100);
    assert_eq!(outbox.retry(&|_| true, later).unwrap(), 1);
    assert_eq!((count(Shelf::Pending), count(Shelf::Dead)), (1, 0));
    let back = outbox.read(Shelf::Pending).unwrap().deliveries.remove(0);
    assert_eq!((back.id.as_str(), back.attempts, back.due), (delivery.id.as_str(), 0, later));
    outbox.bury(&back).unwrap();
    assert_eq!(outbox.discard(&[Shelf::Dead], &|_| true).unwrap(), 1);
    assert_eq!((count(Shelf::Pending), count(Shelf::Dead)), (0, 0));
}

#[test]
fn a_signature_holds_for_its_body_and_its_time_alone() {
    let now = at("2026-03-02T10:00:00Z");
    let (secret, body) = ("0123456789abcdef", b"{\"specversion\":\"1.0\"}");
    let header = sign(secret, now, body);
    // By `printf '%s.%s' 1772445600 '{"specversion":"1.0"}' | openssl dgst -sha256 -hmac 0123456789abcdef`.
    assert_eq!(header, "t=1772445600,v1=cf776285faf216d049a05a0972e9c494f2cf44100a9b8ed6aba7f2b2eb151122");
    let five = SignedDuration::from_mins(5);
    assert!(verify(secret, &header, body, now, five));
    assert!(verify(secret, &header, body, now + SignedDuration::from_mins(4), five));
    for (secret, header, body, now) in [
        ("another secret...", header.as_str(), &body[..], now),
        (secret, header.as_str(), b"{\"specversion\":\"1.1\"}", now),
        (secret, &header.replace("1772445600", "1772445601"), body, now),
        (secret, header.as_str(), body, now + SignedDuration::from_mins(6)),
        (secret, "v1=00", body, now),
        (secret, "t=1772445600,v1=", body, now),
        (secret, "", body, now),
    ] {
        assert!(!verify(secret, header, body, now, five), "{header}");
    }
}

#[test]
fn programs_get_cloud_events() {
    let now = at("2026-03-02T10:00:00Z");
    let event = drift("sale", "30.00 EUR", now);
    assert_eq!(
        cloud_event(&event),
        json!({
            "specversion": "1.0",
            "id": event.id,
            "source": "/adplane/shop",
            "type": "io.adplane.drift",
            "time": "2026-03-02T10:00:00Z",
            "datacontenttype": "application/json",
            "subject": "meta/meta-eu/Campaign/growth/sale",
            "data": {
                "severity": "Warning",
                "title": "campaign/sale on meta-eu was changed on the platform",
                "key": event.key,
                "account": {"namespace": "growth", "name": "meta-eu", "platform": "Meta"},
                "address": "meta/meta-eu/Campaign/growth/sale",
                "facts": [
                    {"label": "budget.daily", "text": "20.00 EUR in the YAML, 30.00 EUR live"},
                    {"label": "Changed by", "text": "ana@shop.example"},
                    {"label": "Policy", "text": "Alert"},
                ],
                "repeats": 0,
            },
        })
    );
}

#[test]
fn people_get_words_and_nothing_that_runs() {
    let now = at("2026-03-02T10:00:00Z");
    let hostile = "<script>alert(1)</script> <!channel> & \"*\"";
    let events = [drift("sale", hostile, now)];
    let zone = Zone::parse("Europe/Madrid").unwrap();
    let letter = Letter { events: &events, zone: &zone };
    assert_eq!(letter.subject(), "[shop] Warning: campaign/sale on meta-eu was changed on the platform");
    assert!(letter.plain().contains("When: 2026-03-02 11:00:00 Europe/Madrid\n"), "{}", letter.plain());
    let html = letter.html();
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;alert(1)"), "{html}");
    let slack = letter.slack();
    assert!(!slack.contains("<!channel>") && slack.contains("&lt;!channel&gt; &amp;"), "{slack}");
    assert!(
        slack.starts_with("*Warning*: campaign/sale on meta-eu was changed on the platform\n• When: "),
        "{slack}"
    );
}

#[test]
fn many_events_are_counted() {
    let now = at("2026-03-02T10:00:00Z");
    let events: Vec<Event> = (0..120).map(|number| drift(&format!("c{number}"), "1.00 EUR", now)).collect();
    let letter = Letter { events: &events, zone: &Zone::utc() };
    assert_eq!(letter.subject(), "[shop] 120 events: 120 warnings");
    assert!(letter.plain().ends_with("and 70 more events\n\n"), "{}", letter.plain());
    let slack = letter.slack();
    assert!(slack.len() < 13_000 && slack.contains("more events"), "{}", slack.len());
}

#[test]
fn a_delivery_reads_back_as_it_was_written() {
    let (_folder, outbox) = outbox();
    let now = at("2026-03-02T10:00:00Z");
    outbox.take_in(&[policy(None)], vec![drift("a", "1.00 EUR", now)], now).unwrap();
    let delivery = outbox.read(Shelf::Pending).unwrap().deliveries.remove(0);
    let text = serde_json::to_string(&delivery).unwrap();
    assert_eq!(serde_json::from_str::<Delivery>(&text).unwrap(), delivery);
}
