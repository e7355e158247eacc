//! Messages on their way: the outbox, against a receiver that has its moods.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use adplane_core::desired::CredentialSource;
use adplane_core::notify::{
    Channel, Event, EventAccount, Happening, Match, Medium, NotificationPolicy, Route,
};
use adplane_core::time::Zone;
use adplane_engine::clock::{Clock, Followed};
use adplane_engine::credentials::Local;
use adplane_engine::notify::{Flush, Flushed, Outbox, SIGNATURE_HEADER, Shelf, verify};
use adplane_engine::state::StateDir;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::receiver::{Answer, HIDDEN, Receiver, SECRET};

/// An outbox, its policy, and a clock that is turned by hand.
struct Case {
    folder: tempfile::TempDir,
    policies: Vec<NotificationPolicy>,
    clock: &'static Followed,
    credentials: String,
}

fn begun() -> Timestamp {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

impl Case {
    fn new(medium: Medium, credentials: String) -> Self {
        let route = Route {
            name: "all".parse().unwrap(),
            channels: ["out".parse().unwrap()].into(),
            matches: Match::default(),
            dedup: Route::DEDUP,
            quiet: vec![],
            digest: None,
            throttle: None,
        };
        let policy = NotificationPolicy {
            namespace: "growth".parse().unwrap(),
            name: "team".parse().unwrap(),
            zone: Zone::utc(),
            channels: vec![Channel { name: "out".parse().unwrap(), medium }],
            routes: vec![route],
            origin: None,
        };
        let folder = tempfile::tempdir().unwrap();
        Self { folder, policies: vec![policy], clock: Followed::new(begun()), credentials }
    }

    fn hook(receiver: &Receiver) -> Self {
        let credentials = CredentialSource::Env("OUT".into());
        Self::new(Medium::Webhook { url: None, credentials }, receiver.credentials())
    }

    fn outbox(&self) -> Outbox {
        Outbox::of(&StateDir::of_project(self.folder.path()))
    }

    fn now(&self) -> Timestamp {
        Clock::Followed(self.clock).now()
    }

    fn later(&self, by: SignedDuration) {
        self.clock.set(self.now() + by);
    }

    fn happens(&self, because: &str) -> Event {
        let account = EventAccount {
            namespace: "growth".parse().unwrap(),
            name: "meta-eu".parse().unwrap(),
            platform: adplane_core::address::Platform::Meta,
        };
        let happening = Happening::ApplyFailed {
            account: Some(account),
            plan: None,
            because: because.to_owned(),
            details: vec![],
        };
        let event = happening.event(Some("shop"), self.now(), BTreeSet::new());
        self.outbox().take_in(&self.policies, vec![event.clone()], self.now()).unwrap();
        event
    }

    async fn flush(&self) -> Flushed {
        self.flush_within(Duration::from_secs(30)).await
    }

    async fn flush_within(&self, budget: Duration) -> Flushed {
        let outbox = self.outbox();
        let environment = |name: &str| (name == "OUT").then(|| self.credentials.clone());
        let secrets = Local { base: Path::new(""), environment: &environment };
        let flush = Flush {
            outbox: &outbox,
            policies: &self.policies,
            secrets: &secrets,
            clock: Clock::Followed(self.clock),
            budget,
        };
        flush.run().await.unwrap()
    }

    fn count(&self, on: Shelf) -> usize {
        self.outbox().read(on).unwrap().deliveries.len()
    }

    /// Everything below the folder, as text.
    fn on_disk(&self) -> String {
        let mut text = String::new();
        for shelf in ["pending", "dead"] {
            let Ok(listed) = std::fs::read_dir(self.outbox().root().join(shelf)) else { continue };
            for entry in listed {
                text.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
            }
        }
        text
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_signed_and_goes_once() {
    let receiver = Receiver::start().await;
    let case = Case::hook(&receiver);
    let event = case.happens("the quota is used up");
    assert_eq!(case.flush().await.sent, 1);
    assert_eq!(case.flush().await, Flushed::default());
    let [got] = receiver.got().try_into().unwrap();
    assert_eq!(got.header("content-type"), "application/cloudevents+json; charset=utf-8");
    assert_eq!(got.header("adplane-delivery").len(), 32);
    // Signatures carry the time of the machine, which receivers compare with theirs.
    let (now, five) = (Clock::System.now(), SignedDuration::from_mins(5));
    assert!(verify(SECRET, got.header(SIGNATURE_HEADER), &got.body, now, five));
    assert!(!verify("another secret of theirs", got.header(SIGNATURE_HEADER), &got.body, now, five));
    let cloud = got.json();
    assert_eq!(cloud["id"], json!(event.id));
    assert_eq!(cloud["type"], "io.adplane.apply.failed");
    assert_eq!(cloud["subject"], "growth/meta-eu");
    assert_eq!(case.count(Shelf::Pending), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_in_trouble_gets_it_later_under_the_same_id() {
    let receiver = Receiver::start().await;
    receiver.answers([Answer::Status(500, None), Answer::Status(429, Some("7200"))]);
    let case = Case::hook(&receiver);
    case.happens("the quota is used up");
    let flushed = case.flush().await;
    assert_eq!((flushed.sent, flushed.troubles.len()), (0, 1));
    assert_eq!(flushed.troubles[0].message, "127.0.0.1 answered 500");
    assert_eq!(case.flush().await, Flushed::default(), "it is not asked again at once");
    case.later(SignedDuration::from_secs(73));
    assert_eq!(case.flush().await.troubles[0].message, "127.0.0.1 answered 429");
    case.later(SignedDuration::from_secs(7199));
    assert_eq!(case.flush().await, Flushed::default(), "what it asks for is waited");
    case.later(SignedDuration::from_secs(1));
    assert_eq!(case.flush().await.sent, 1);
    let ids: BTreeSet<String> =
        receiver.got().iter().map(|got| got.header("adplane-delivery").to_owned()).collect();
    assert_eq!((ids.len(), receiver.got().len()), (1, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_the_receiver_loses_nothing() {
    let receiver = Receiver::start().await;
    let mut case = Case::hook(&receiver);
    // Nobody listens there.
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let good = std::mem::replace(
        &mut case.credentials,
        json!({"url": format!("http://{closed}/{HIDDEN}"), "signing_secret": SECRET}).to_string(),
    );
    let mut wanted = Vec::new();
    for hour in 0..24 {
        wanted.push(case.happens(&format!("failure {hour}")).id);
        let flushed = case.flush().await;
        assert_eq!(flushed.sent, 0);
        case.later(SignedDuration::from_hours(1));
    }
    assert_eq!((case.count(Shelf::Pending), case.count(Shelf::Dead)), (24, 0));
    let disk = case.on_disk();
    assert!(!disk.contains(HIDDEN) && !disk.contains(SECRET) && disk.contains("cannot be reached"), "{disk}");
    case.credentials = good;
    case.later(SignedDuration::from_hours(2));
    assert_eq!(case.flush().await.sent, 24);
    let got: Vec<String> =
        receiver.got().iter().map(|got| got.json()["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(got, wanted, "in the order in which it happened");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_takes_for_three_days_is_a_dead_letter() {
    let receiver = Receiver::start().await;
    receiver.answers(std::iter::repeat_n(Answer::Status(503, None), 200));
    let case = Case::hook(&receiver);
    case.happens("one");
    case.happens("two");
    for _ in 0..80 {
        case.flush().await;
        case.later(SignedDuration::from_mins(73));
    }
    assert_eq!((case.count(Shelf::Pending), case.count(Shelf::Dead)), (0, 2));
    let dead = case.outbox().read(Shelf::Dead).unwrap().deliveries;
    assert_eq!(dead[0].error.as_deref(), Some("127.0.0.1 answered 503"));
    assert!(!case.on_disk().contains(HIDDEN));
    // A person tries again, once it is mended.
    let receiver = Receiver::start().await;
    let case = Case { credentials: receiver.credentials(), ..case };
    assert_eq!(case.outbox().retry(&|_| true, case.now()).unwrap(), 2);
    assert_eq!(case.flush().await.sent, 2);
    let ids: Vec<String> =
        receiver.got().iter().map(|got| got.header("adplane-delivery").to_owned()).collect();
    assert_eq!(ids, dead.iter().map(|delivery| delivery.id.clone()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_refuses_is_asked_less_and_who_is_gone_once() {
    for (status, tries) in [(403, 6), (302, 6), (410, 1)] {
        let receiver = Receiver::start().await;
        receiver.answers(std::iter::repeat_n(Answer::Status(status, None), 20));
        let case = Case::hook(&receiver);
        case.happens("one");
        for _ in 0..20 {
            case.flush().await;
            case.later(SignedDuration::from_mins(73));
        }
        assert_eq!(receiver.got().len(), tries, "{status}");
        assert_eq!(case.count(Shelf::Dead), 1, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_silent_costs_bounded_time_and_no_message() {
    let receiver = Receiver::start().await;
    receiver.answers([Answer::Silence]);
    let case = Case::hook(&receiver);
    case.happens("one");
    let started = std::time::Instant::now();
    let flushed = case.flush_within(Duration::from_millis(300)).await;
    assert!(flushed.unfinished && flushed.sent == 0, "{flushed:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(case.flush().await.sent, 1);
    let ids: BTreeSet<String> =
        receiver.got().iter().map(|got| got.header("adplane-delivery").to_owned()).collect();
    assert_eq!((receiver.got().len(), ids.len()), (2, 1), "it may come twice, and is known by its id");
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_gets_text_in_its_form() {
    let receiver = Receiver::start().await;
    let credentials = CredentialSource::Env("OUT".into());
    let case = Case::new(Medium::Slack { credentials }, json!({"url": receiver.url()}).to_string());
    case.happens("<!channel> & more");
    assert_eq!(case.flush().await.sent, 1);
    let [got] = receiver.got().try_into().unwrap();
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(
        got.json(),
        json!({
            "text": "*Warning*: Nothing was applied: &lt;!channel&gt; &amp; more\n\
                     • When: 2026-03-02 10:00:00 UTC\n• Account: growth/meta-eu (Meta Ads)",
            "unfurl_links": false,
            "unfurl_media": false,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_are_missing_or_weak_are_told_without_being_shown() {
    let receiver = Receiver::start().await;
    for (credentials, told) in [
        (json!({"url": receiver.url()}), "the credentials have no text `signing_secret`"),
        (
            json!({"url": receiver.url(), "signing_secret": "s3cret"}),
            "`signing_secret` has fewer than 16 characters",
        ),
        (json!({"url": format!("gopher://{HIDDEN}"), "signing_secret": SECRET}), "is not a web address"),
        (
            json!({"url": format!("http://shop.example/{HIDDEN}"), "signing_secret": SECRET}),
            "write `https://`",
        ),
    ] {
        let case = Case { credentials: credentials.to_string(), ..Case::hook(&receiver) };
        case.happens("one");
        let flushed = case.flush().await;
        let message = &flushed.troubles[0].message;
        assert!(message.contains(told), "{message}");
        let disk = case.on_disk();
        assert!(!disk.contains(HIDDEN) && !disk.contains(SECRET) && !disk.contains("s3cret"), "{disk}");
        assert_eq!(case.count(Shelf::Pending), 1, "it goes once the secret is right");
    }
    assert_eq!(receiver.got().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_another_command_knows_is_left_to_it() {
    let receiver = Receiver::start().await;
    let mut case = Case::hook(&receiver);
    case.happens("one");
    let policies = std::mem::take(&mut case.policies);
    assert_eq!(case.flush().await.unknown, ["growth/team/out"]);
    assert_eq!(case.count(Shelf::Pending), 1);
    case.policies = policies;
    assert_eq!(case.flush().await.sent, 1);
}
