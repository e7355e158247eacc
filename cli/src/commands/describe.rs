//! `adplane describe`: one object, wanted beside live, with its review and history.

use std::fmt::Write;

use adplane_core::address::Kind;
use adplane_core::desired::DesiredObject;
use adplane_core::field::{FieldPath, FieldSource};
use adplane_core::observed::ObservedObject;
use adplane_core::plan::document::encode;
use adplane_engine::metrics::query::{Figures, Period, SHOWN};

use crate::args::{DescribeArgs, Global};
use crate::error::{Exit, Failure};
use crate::pipeline::metrics::Delivered;
use crate::pipeline::{self, Gathered, LiveObject, names, names_text};
use crate::render::{metrics as render_metrics, table, words};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    args: &DescribeArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let connected = pipeline::connect_project(&mut prepared, settings).await?;
    let desired = prepared
        .desired
        .accounts
        .values()
        .flat_map(|account| account.objects.values())
        .find(|object| names(&object.address, &args.address));
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let failed = pipeline::show_observation(&observed, ui);
    let live = pipeline::live(&prepared.desired, &observed);
    let found = live.iter().find(|live| match desired {
        Some(object) => live.address == Some(&object.address),
        None => live.object.id.as_str() == args.address,
    });
    let now = connected.clock.now();
    if desired.is_none() && found.is_none() {
        let gathered = pipeline::gathered(&prepared.desired, &live);
        let named: Vec<&Gathered<'_>> =
            gathered.iter().filter(|one| names_text(&one.short(), &args.address)).collect();
        if !named.is_empty() {
            let delivered = Delivered::of(&prepared, &observed, now, &SHOWN, ui).await;
            ui.data(&referred(&named, delivered.as_ref()))?;
            return Ok(if failed { Exit::Error } else { Exit::Done });
        }
        return Err(Failure::error(format!("nothing is called `{}`", args.address)).hint(
            "write an address such as `campaign/spring-sale`, or a live id as `adplane get` shows it",
        ));
    }
    let mut out = String::new();
    head(&mut out, desired, found);
    fields(&mut out, desired, found.map(|live| live.object));
    if let Some(object) = found {
        let delivered = Delivered::of(&prepared, &observed, now, &SHOWN, ui).await;
        counts(&mut out, delivered.as_ref(), |delivered, period| match object.object.kind {
            Kind::Budget => {
                let campaigns = pipeline::drawing(&live, object);
                delivered.sum(object.account, Kind::Campaign, campaigns, period)
            }
            kind => delivered.figures(object.account, kind, &object.object.id, period).cloned(),
        });
    }
    if let Some(live) = found {
        let history = pipeline::history(&connected, [live.account.clone()], ui).await;
        let own: Vec<_> = history.of(live.account, &live.object.id).collect();
        if !own.is_empty() {
            let _ = writeln!(out, "\nHistory on the platform:");
        }
        for event in own.iter().take(20) {
            let _ = writeln!(out, "  {}  {} ({})  {}", event.at, event.actor, event.client, event.what);
        }
    }
    ui.data(&out)?;
    Ok(if failed { Exit::Error } else { Exit::Done })
}

/// A pool or a creative: on each account what refers to it, and what that delivered.
fn referred(named: &[&Gathered<'_>], delivered: Option<&Delivered>) -> String {
    let mut out = String::new();
    for (place, one) in named.iter().enumerate() {
        if place > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "Address:    {} in {}", one.short(), one.namespace);
        let _ = writeln!(out, "Account:    {}", one.account);
        let what = if one.level == Kind::Ad { "Ads:       " } else { "Campaigns: " };
        let _ = writeln!(out, "{what} {}", one.names.join(", "));
        if let Some(review) = one.review {
            let _ = writeln!(out, "Review:     {review:?}");
        }
        counts(&mut out, delivered, |delivered, period| {
            delivered.sum(one.account, one.level, &one.ids, period)
        });
    }
    out
}

/// What was delivered over each period, line by line, with the reason where something is not known.
fn counts(
    out: &mut String,
    delivered: Option<&Delivered>,
    figures: impl Fn(&Delivered, Period) -> Option<Figures>,
) {
    let Some(delivered) = delivered else {
        let _ = writeln!(out, "\nDelivered: nothing was read yet; run `adplane metrics sync`");
        return;
    };
    for period in SHOWN {
        let Some(figures) = figures(delivered, period) else { continue };
        let basis = &figures.basis;
        let slots = basis.span.as_ref().map(|span| format!(", {span}")).unwrap_or_default();
        let read = basis.freshness.map(|freshness| format!(", as of {}", freshness.oldest));
        let label = basis.attribution.as_ref().map(|label| format!(", attributed by {label}"));
        let come_in = basis.completeness.map(render_metrics::come_in);
        let rest = [read, label, come_in].map(Option::unwrap_or_default).concat();
        let _ = writeln!(out, "\nDelivered, {period}{slots}{rest}:");
        if let Err(why) = figures.sums() {
            let _ = writeln!(out, "  - ({why})");
            continue;
        }
        for (word, value) in render_metrics::lines(&figures) {
            let _ = writeln!(out, "  {word:<12}{value}");
        }
    }
}

fn head(out: &mut String, desired: Option<&DesiredObject>, live: Option<&LiveObject<'_>>) {
    if let Some(object) = desired {
        let _ = writeln!(out, "Address:    {}", object.address);
        if let Some(origin) = &object.origin {
            let _ = writeln!(out, "Written at: {origin}");
        }
    }
    let Some(live) = live else {
        let _ = writeln!(out, "Live:       not on the platform");
        return;
    };
    let status = &live.object.status;
    let _ = writeln!(out, "Live id:    {} on {}", live.object.id, live.account);
    let _ = writeln!(out, "Name there: {}", live.object.display_name());
    let owner = if live.ownership.word().is_empty() { "nobody (no marker)" } else { live.ownership.word() };
    let _ = writeln!(out, "Owner:      {owner}");
    if let Some(delivery) = status.delivery {
        let reason = status.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let _ = writeln!(out, "Delivery:   {delivery:?}{reason}");
    }
    if let Some(review) = live.review {
        let _ = writeln!(out, "Review:     {review:?}");
    }
    for detail in &status.details {
        let _ = writeln!(out, "Says:       {detail}");
    }
    if let Some(why) = &live.object.read_only {
        let _ = writeln!(out, "Read only:  {why}");
    }
    if !live.object.unexpressed.is_empty() {
        let _ = writeln!(out, "Kept as is: {}", live.object.unexpressed.join("; "));
    }
}

fn fields(out: &mut String, desired: Option<&DesiredObject>, live: Option<&ObservedObject>) {
    let mut paths: Vec<&str> = Vec::new();
    paths.extend(desired.into_iter().flat_map(|object| object.fields.keys().map(FieldPath::as_str)));
    paths.extend(live.into_iter().flat_map(|object| object.fields.keys().map(FieldPath::as_str)));
    paths.sort_unstable();
    paths.dedup();
    let rows: Vec<Vec<String>> = paths
        .into_iter()
        .map(|path| {
            let field = desired.and_then(|object| object.field(path));
            let wanted = field.map(|field| words::value(Some(&encode(&field.value)))).unwrap_or_default();
            let value = live.and_then(|object| object.value(path));
            let shown = value.map(|value| words::value(Some(&encode(value)))).unwrap_or_default();
            let note = match field {
                None => "not managed",
                Some(field) if field.source == FieldSource::CreateDefault => "create default",
                Some(field) if live.is_some() && Some(&field.value) != value => "differs",
                Some(_) => "",
            };
            let overlay = field.and_then(|field| {
                let by = field.owner.overlay()?;
                let author = by.author();
                let until = by.ends().map_or_else(|| "it lets go".to_owned(), |end| end.to_string());
                Some(format!("{author} until {until}, in place of {}", field.owner.written()?))
            });
            let note: Vec<&str> =
                overlay.as_deref().into_iter().chain((!note.is_empty()).then_some(note)).collect();
            vec![path.to_owned(), wanted, shown, note.join("; ")]
        })
        .collect();
    out.push('\n');
    out.push_str(&table::table(&["FIELD", "YAML", "LIVE", "NOTE"], &rows));
}
