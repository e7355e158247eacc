//! A mail server that is down for a day.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use adplane_core::notify::{Channel, Email, Happening, Match, Medium, NotificationPolicy, Route, Tls};
use adplane_core::time::Zone;
use adplane_engine::clock::{Clock, Followed};
use adplane_engine::credentials::Local;
use adplane_engine::notify::{Flush, Outbox, Shelf};
use adplane_engine::state::StateDir;
use jiff::{SignedDuration, Timestamp};

use super::expect;
use super::server::{Mode, Server, Tools};

const HOURS: usize = 24;

fn policy(port: u16) -> Result<NotificationPolicy, String> {
    let name = |text: &str| text.parse().map_err(|error| format!("{error}"));
    let email = Email {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::None,
        from: "ads@shop.example".into(),
        to: vec!["ana@shop.example".into()],
        credentials: None,
    };
    let route = Route {
        name: name("all")?,
        channels: [name("mail")?].into(),
        matches: Match::default(),
        dedup: Route::DEDUP,
        quiet: vec![],
        digest: None,
        throttle: None,
    };
    Ok(NotificationPolicy {
        namespace: "growth".parse().map_err(|error| format!("{error}"))?,
        name: name("team")?,
        zone: Zone::utc(),
        channels: vec![Channel { name: name("mail")?, medium: Medium::Email(email) }],
        routes: vec![route],
        origin: None,
    })
}

/// Twenty-four failures, hour by hour, and nobody to take them; then the server is back.
pub(crate) fn a_day(tools: &Tools) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let outbox = Outbox::of(&StateDir::of_project(folder.path()));
    let mut now: Timestamp = "2026-03-02T10:00:00Z".parse().map_err(|error| format!("{error}"))?;
    let clock = Followed::new(now);
    let flush = |policy: &NotificationPolicy| {
        let secrets = Local { base: Path::new(""), environment: &|_| None };
        let work = Flush {
            outbox: &outbox,
            policies: std::slice::from_ref(policy),
            secrets: &secrets,
            clock: Clock::Followed(clock),
            budget: Duration::from_mins(1),
        };
        runtime.block_on(work.run()).map_err(|error| error.to_string())
    };
    // A port that nobody listens at.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let down = policy(closed.map_err(|error| error.to_string())?.port())?;
    for hour in 0..HOURS {
        let because = format!("failure of hour {hour:02}");
        let happening = Happening::ApplyFailed { account: None, plan: None, because, details: vec![] };
        let event = happening.event(Some("shop"), now, BTreeSet::new());
        outbox.take_in(std::slice::from_ref(&down), vec![event], now).map_err(|error| error.to_string())?;
        let flushed = flush(&down)?;
        expect(
            flushed.sent == 0 && flushed.troubles.len() == 1,
            "somebody took it",
            &format!("{flushed:?}"),
        )?;
        now += SignedDuration::from_hours(1);
        clock.set(now);
    }
    let server = Server::start(tools, Mode::Plain)?;
    now += SignedDuration::from_hours(2);
    clock.set(now);
    let flushed = flush(&policy(server.port)?)?;
    expect(flushed.sent == HOURS, "not all were sent", &format!("{flushed:?}"))?;
    let mails = server.mails()?;
    for (hour, mail) in mails.iter().enumerate() {
        let text = mail["text"].as_str().unwrap_or_default();
        expect(text.contains(&format!("failure of hour {hour:02}")), "out of order", &text)?;
    }
    let left = outbox.read(Shelf::Pending).map_err(|error| error.to_string())?;
    expect(mails.len() == HOURS && left.deliveries.is_empty(), "some are left", &mails.len())
}
