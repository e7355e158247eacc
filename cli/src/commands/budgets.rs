//! `adplane budgets`: where pools stand, what their campaigns get today and why, and putting that in force.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use adplane_core::pacing::Adjustment;
use adplane_core::pool::{Allotment, Pool, Share};
use adplane_engine::clock::Clock;
use adplane_engine::execute::ready;
use adplane_engine::pools::{PacedPool, World, pace, put_in_force};
use adplane_engine::state::{Holder, StateDir};
use serde_json::{Value, json};

use super::apply::not_executed;
use crate::args::{BudgetsArgs, Global, TestFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::notices::Notices;
use crate::pipeline::{self, Prepared, metrics, pools};
use crate::render::{json as render_json, table};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    args: &BudgetsArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut prepared = prepared(global, args, settings, ui)?;
    let store = metrics::existing(&prepared).await?.ok_or_else(|| {
        Failure::error("nothing was read from the platforms yet, so nobody knows what is spent")
            .hint("run `adplane metrics sync`")
    })?;
    let connected = pipeline::connect_project(&mut prepared, settings).await?;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let failed = pipeline::show_observation(&observed, ui);
    let (schemas, remembered) = (adplane_platforms::schemas(), prepared.state().bindings().ids());
    let world = World {
        desired: &prepared.desired,
        pools: &prepared.pools,
        observed: &observed,
        schemas: &schemas,
        remembered: &remembered,
        others: &BTreeMap::new(),
        now: connected.clock.now(),
    };
    let state = prepared.state();
    let memory = state.pools();
    let recall = |pool: &Pool| memory.recall(&pool.namespace, &pool.name);
    let paced = pace(world, &store.as_ref(), &recall).await?;
    if args.put {
        require_open(&paced, &state, connected.clock)?;
        let notices = Notices::of(&prepared, connected.clock, settings, ui);
        pools::tell(&paced, &prepared, &notices, ui);
        let changed = put_in_force(&paced, &state)?;
        ui.note(&match changed {
            0 => "nothing new was put in force".to_owned(),
            1 => "1 value is in force now; `adplane apply` brings it to the platforms".to_owned(),
            count => format!("{count} values are in force now; `adplane apply` brings them to the platforms"),
        });
        notices.flush().await;
    }
    match args.format {
        TestFormat::Text => ui.data(&text(&paced))?,
        TestFormat::Json => {
            let pools: Vec<Value> = paced.iter().map(document).collect();
            ui.data(&render_json::pretty(&json!({"formatVersion": 1, "at": world.now, "pools": pools})))?;
        }
    }
    Ok(if failed { Exit::Error } else { Exit::Done })
}

/// Nothing is put in force while another apply runs, or by a clock that has gone back.
fn require_open(paced: &[PacedPool], state: &StateDir, clock: Clock) -> Result<(), Failure> {
    for one in paced {
        let Pool { namespace, name, .. } = &one.pool;
        if let Some(why) = one.is_behind(&state.pools().recall(namespace, name)) {
            let message =
                format!("nothing was put in force for pool {namespace}/{name}, nor for any other: {why}");
            return Err(
                Failure::error(message).hint("set the clock right; a pool gives no day's money twice")
            );
        }
    }
    let holder = Holder::here(&Settings::actor(state.project()), "budgets --put", clock.now());
    ready(state, clock, &holder).map_err(|error| not_executed(&error))
}

/// The whole project: what is left of a pool follows from all of its campaigns.
fn prepared(global: &Global, args: &BudgetsArgs, settings: &Settings, ui: &Ui) -> Result<Prepared, Failure> {
    if global.selector.is_some() || global.account.is_some() {
        let message =
            "a pool's amounts follow from all of its campaigns: `--selector` and `--account` would hide some";
        return Err(Failure::new(Exit::Usage, message).hint("leave them out"));
    }
    let mut prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    if let Some(namespace) = &global.namespace {
        prepared.pools.retain(|pool| pool.namespace.as_str() == namespace);
    }
    if prepared.pools.is_empty() {
        return Err(Failure::error("there are no budget pools")
            .hint("name the files that hold `kind: Budget` with `pool`; see docs/pools.md"));
    }
    if !prepared.desired.complete {
        return Err(Failure::error(
            "only a part of the project was loaded, and a pool needs all of its campaigns",
        )
        .hint("leave the paths out, or name the project's folder"));
    }
    Ok(prepared)
}

fn text(paced: &[PacedPool]) -> String {
    let mut out = String::new();
    for (place, PacedPool { pool, allotment, .. }) in paced.iter().enumerate() {
        if place > 0 {
            out.push('\n');
        }
        head(&mut out, pool, allotment);
        out.push_str(&members(pool, allotment));
        for answer in &allotment.answers {
            // Writing to a string does not fail.
            let _ = writeln!(out, "  {}: {}", answer.code, answer.message);
        }
    }
    out
}

/// `pool rain: onTrack, 1000.00 EUR of 3100.00 EUR spent (plan to yesterday 980.00 EUR), 2100.00 EUR left to 2026-03-31; ..`.
fn head(out: &mut String, pool: &Pool, allotment: &Allotment) {
    let plan = allotment.planned.map(|(planned, _)| format!(" (plan to yesterday {})", pool.money(planned)));
    let assumed = Some(allotment.assumed).filter(|assumed| *assumed > 0);
    let assumed = assumed.map(|assumed| format!(", {} of it as nobody told", pool.money(assumed)));
    let today = allotment.budget.map(|budget| format!("; {} gets {}", allotment.day, pool.money(budget)));
    let _ = writeln!(
        out,
        "pool {}: {}, {} of {} spent{}{}, {} left to {}{}",
        pool.name,
        allotment.standing,
        pool.money(allotment.spent),
        pool.amount,
        plan.unwrap_or_default(),
        assumed.unwrap_or_default(),
        pool.money(allotment.left),
        allotment.period.1,
        today.unwrap_or_default(),
    );
    for adjustment in &allotment.adjustments {
        let _ = writeln!(out, "  {}", adjusted(*adjustment));
    }
}

fn adjusted(adjustment: Adjustment) -> String {
    match adjustment {
        Adjustment::Delivery(points) => {
            format!("delivery: platforms spend {} % of its amounts, so more is given", points / 100)
        }
        Adjustment::DeadBand => "dead-band: so near to yesterday's amount that it stays".to_owned(),
        Adjustment::Step => "step: no further from yesterday's amount at once".to_owned(),
        Adjustment::HardCap => "hard-cap: more could break the pool on the platforms' worst days".to_owned(),
    }
}

fn word(adjustment: Adjustment) -> &'static str {
    match adjustment {
        Adjustment::Delivery(_) => "delivery",
        Adjustment::DeadBand => "deadBand",
        Adjustment::Step => "step",
        Adjustment::HardCap => "hardCap",
    }
}

fn members(pool: &Pool, allotment: &Allotment) -> String {
    let row = |(object, share): (&adplane_core::address::Address, &Share)| {
        vec![
            object.account.to_string(),
            object.short(),
            pool.money(share.now).to_string(),
            after(pool, share),
            share.binds.map(|binds| binds.to_string()).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = allotment.members.iter().map(row).collect();
    table::table(&["ACCOUNT", "CAMPAIGN", "NOW", "TODAY", "BINDS"], &rows)
}

fn after(pool: &Pool, share: &Share) -> String {
    match share.after {
        _ if share.paused => "paused".to_owned(),
        Some(after) => pool.money(after).to_string(),
        None => "as it is".to_owned(),
    }
}

/// The public form of one pool.
fn document(PacedPool { pool, allotment, put, take_back, .. }: &PacedPool) -> Value {
    let text = |micros: i64| pool.money(micros).to_string();
    let members = allotment.members.iter().map(|(object, share)| {
        json!({
            "address": object,
            "before": text(share.now),
            "after": share.after.map(text),
            "paused": share.paused,
            "binds": share.binds.map(|binds| binds.to_string()),
        })
    });
    json!({
        "pool": format!("{}/{}", pool.namespace, pool.name),
        "state": allotment.standing.to_string(),
        "hard": pool.is_hard(),
        "day": allotment.day,
        "period": {"first": allotment.period.0, "last": allotment.period.1},
        "amount": pool.amount.to_string(),
        "spent": text(allotment.spent),
        "assumed": text(allotment.assumed),
        "left": text(allotment.left),
        "expected": allotment.planned.map(|(planned, _)| text(planned)),
        "spentBeforeToday": allotment.planned.map(|(_, spent)| text(spent)),
        "today": allotment.budget.map(text),
        "adjustments": allotment.adjustments.iter().map(|one| word(*one)).collect::<Vec<_>>(),
        "members": members.collect::<Vec<_>>(),
        "answers": allotment.answers.iter().map(|one| json!({"code": one.code, "message": one.message})).collect::<Vec<_>>(),
        "overlays": {"put": put, "takeBack": take_back},
    })
}
