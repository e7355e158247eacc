//! `adplane ops`: what waits to be told, what could not be, and whether channels work.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use adplane_core::notify::{Channel, Happening, NotificationPolicy};
use adplane_engine::clock::Clock;
use adplane_engine::credentials::Local;
use adplane_engine::notify::{Delivery, Flush, Flushed, Outbox, Shelf, connect};
use serde_json::{Value, json};

use crate::args::{Global, OpsChoice, OpsCommand, OpsFormat, OpsListArgs, OpsTestArgs, PathArgs};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared, notices};
use crate::render::{json as render_json, table};
use crate::settings::Settings;
use crate::ui::Ui;

/// Digits of an id that are shown, and that are enough to name a message.
const DIGITS: usize = 12;
/// Fewer digits could name another message tomorrow.
const FEWEST: usize = 6;
/// How long `retry` takes at most.
const BUDGET: Duration = Duration::from_mins(5);

pub(super) async fn run(
    global: &Global,
    command: &OpsCommand,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let paths = match command {
        OpsCommand::List(OpsListArgs { path, .. }) | OpsCommand::Test(OpsTestArgs { path, .. }) => {
            path.clone()
        }
        OpsCommand::Retry(_) | OpsCommand::Drop(_) => PathArgs::default(),
    };
    let prepared = pipeline::prepare(global, settings, &paths, &[])?;
    let outbox = Outbox::of(&prepared.state());
    match command {
        OpsCommand::List(args) => list(&outbox, args, ui),
        OpsCommand::Retry(choice) => retry(&outbox, choice, &prepared, settings, ui).await,
        OpsCommand::Drop(choice) => discard(&outbox, choice, ui),
        OpsCommand::Test(args) => {
            prepared.require_sound(ui)?;
            test(args, &prepared, settings, ui).await
        }
    }
}

fn clock(settings: &Settings) -> Clock {
    settings.now.map_or(Clock::System, Clock::Fixed)
}

fn list(outbox: &Outbox, args: &OpsListArgs, ui: &Ui) -> Result<Exit, Failure> {
    let (pending, dead) = (outbox.read(Shelf::Pending)?, outbox.read(Shelf::Dead)?);
    for path in pending.unreadable.iter().chain(&dead.unreadable) {
        ui.note(&format!("`{}` cannot be read as a message: mend it, or remove it", path.display()));
    }
    let all = || {
        let waiting = pending.deliveries.iter().map(|delivery| (delivery, false));
        waiting.chain(dead.deliveries.iter().map(|delivery| (delivery, true)))
    };
    match args.format {
        OpsFormat::Json => {
            let rows: Vec<Value> = all().map(|(delivery, dead)| object(delivery, dead)).collect();
            ui.data(&render_json::pretty(&rows))?;
        }
        OpsFormat::Text if all().next().is_none() => ui.data("Nothing waits, and nothing was given up.\n")?,
        OpsFormat::Text => {
            let rows: Vec<Vec<String>> = all().map(|(delivery, dead)| row(delivery, dead)).collect();
            let header = ["ID", "STATE", "CHANNEL", "SINCE", "TRIES", "WHAT", "LAST ERROR"];
            ui.data(&table::table(&header, &rows))?;
        }
    }
    Ok(Exit::Done)
}

fn object(delivery: &Delivery, dead: bool) -> Value {
    json!({
        "id": delivery.id,
        "state": if dead { "dead" } else { "pending" },
        "channel": delivery.place(),
        "created": delivery.created,
        "due": delivery.due,
        "attempts": delivery.attempts,
        "error": delivery.error,
        "events": delivery.events,
    })
}

fn row(delivery: &Delivery, dead: bool) -> Vec<String> {
    let state = if dead { "given up".to_owned() } else { format!("waits until {}", delivery.due) };
    let what = match delivery.events.as_slice() {
        [event] => event.title.clone(),
        events => format!("{} events", events.len()),
    };
    vec![
        short(delivery).to_owned(),
        state,
        delivery.place(),
        delivery.created.to_string(),
        delivery.attempts.to_string(),
        what,
        delivery.error.clone().unwrap_or_default(),
    ]
}

fn short(delivery: &Delivery) -> &str {
    delivery.id.get(..DIGITS).unwrap_or(&delivery.id)
}

/// What was named, checked: every id must name exactly one message.
fn chosen(outbox: &Outbox, choice: &OpsChoice) -> Result<BTreeSet<String>, Failure> {
    let mut known = outbox.read(Shelf::Dead)?.deliveries;
    known.extend(outbox.read(Shelf::Pending)?.deliveries);
    let mut found = BTreeSet::new();
    for wanted in &choice.ids {
        let ids: BTreeSet<&String> = known
            .iter()
            .map(|delivery| &delivery.id)
            .filter(|id| wanted.len() >= FEWEST && id.starts_with(wanted.as_str()))
            .collect();
        match ids.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => found.insert((*one).clone()),
            [] => {
                return Err(Failure::error(format!("no message has the id `{wanted}`"))
                    .hint("`adplane ops list` shows ids; write six digits of one or more"));
            }
            _ => {
                return Err(Failure::error(format!(
                    "several messages begin with `{wanted}`: write more of it"
                )));
            }
        };
    }
    Ok(found)
}

async fn retry(
    outbox: &Outbox,
    choice: &OpsChoice,
    prepared: &Prepared,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let ids = chosen(outbox, choice)?;
    if !outbox.root().is_dir() {
        ui.note("nothing waits, and nothing was given up");
        return Ok(Exit::Done);
    }
    let clock = clock(settings);
    let count = outbox.retry(&|delivery| ids.is_empty() || ids.contains(&delivery.id), clock.now())?;
    let secrets = Local { base: &settings.cwd, environment: &Settings::environment };
    let flush =
        Flush { outbox, policies: &prepared.desired.notifications, secrets: &secrets, clock, budget: BUDGET };
    let flushed = flush.run().await?;
    ui.diagnostics(&notices::warnings(&flushed), &|_| None);
    told(count, &flushed, ui)?;
    let clean = flushed.troubles.is_empty() && flushed.unknown.is_empty() && !flushed.unfinished;
    Ok(if clean { Exit::Done } else { Exit::Error })
}

fn told(count: usize, flushed: &Flushed, ui: &Ui) -> Result<(), Failure> {
    if flushed.busy {
        ui.note("another command is sending just now, these among the rest");
    }
    for place in &flushed.unknown {
        ui.note(&format!(
            "{place}: no NotificationPolicy here declares this channel; what it was to get still waits"
        ));
    }
    ui.data(&format!("Sent {} of {count} messages.\n", flushed.sent))
}

fn discard(outbox: &Outbox, choice: &OpsChoice, ui: &Ui) -> Result<Exit, Failure> {
    if choice.ids.is_empty() && !choice.all {
        return Err(Failure::new(Exit::Usage, "what is to be dropped?")
            .hint("name ids, or `--all` for everything that was given up"));
    }
    let ids = chosen(outbox, choice)?;
    let count = if choice.all {
        outbox.discard(&[Shelf::Dead], &|_| true)?
    } else {
        outbox.discard(&[Shelf::Dead, Shelf::Pending], &|delivery| ids.contains(&delivery.id))?
    };
    let messages = if count == 1 { "message" } else { "messages" };
    ui.data(&format!("Dropped {count} {messages}; nobody will be told.\n"))?;
    Ok(Exit::Done)
}

async fn test(
    args: &OpsTestArgs,
    prepared: &Prepared,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let clock = clock(settings);
    let project = prepared.desired.project.as_ref().map(ToString::to_string);
    let mut out = String::new();
    let (mut tried, mut failed) = (0, 0);
    for policy in &prepared.desired.notifications {
        for channel in policy.channels.iter().filter(|channel| wanted(args, policy, channel)) {
            let place = format!("{}/{}", policy.key(), channel.name);
            let happening = Happening::Test { channel: place.clone() };
            let event = happening.event(project.as_deref(), clock.now(), BTreeSet::new());
            let delivery = Delivery::of_test(policy, channel, event, clock.now());
            let secrets = Local { base: &settings.cwd, environment: &Settings::environment };
            let (whither, outcome) = match connect(channel, &policy.namespace, &secrets).await {
                Ok(reach) => (Some(reach.whither()), reach.send(&delivery, &policy.zone).await),
                Err(error) => (None, Err(error)),
            };
            tried += 1;
            let whither = whither.map(|whither| format!(", {whither}")).unwrap_or_default();
            let _ = match outcome {
                Ok(()) => writeln!(out, "{place} ({}{whither}): sent", channel.medium.word()),
                Err(error) => {
                    failed += 1;
                    writeln!(out, "{place} ({}{whither}): NOT SENT: {error}", channel.medium.word())
                }
            };
            for line in routes(policy, channel) {
                let _ = writeln!(out, "  {line}");
            }
        }
    }
    ui.data(&out)?;
    if tried == 0 {
        return Err(Failure::error("there is no such channel").hint(
            "write a NotificationPolicy, or name a channel as `chat` or `growth/team/chat` with `--channel`",
        ));
    }
    Ok(if failed == 0 { Exit::Done } else { Exit::Error })
}

fn wanted(args: &OpsTestArgs, policy: &NotificationPolicy, channel: &Channel) -> bool {
    let whole = format!("{}/{}", policy.key(), channel.name);
    args.channel.is_empty()
        || args.channel.iter().any(|name| *name == whole || name.as_str() == channel.name.as_str())
}

/// The routes that lead to a channel.
fn routes(policy: &NotificationPolicy, channel: &Channel) -> Vec<String> {
    let leading = policy.routes.iter().filter(|route| route.channels.contains(&channel.name));
    leading
        .map(|route| {
            let events: Vec<String> = route.matches.events.iter().map(ToString::to_string).collect();
            let events = if events.is_empty() { "every event".to_owned() } else { events.join(", ") };
            format!("route {}: {events}, {} and above", route.name, route.matches.severity)
        })
        .collect()
}
