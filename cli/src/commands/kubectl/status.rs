//! `kubectl adplane status`: accounts as the operator last told of them, and what waits for somebody.

mod gather;
mod told;

use std::fmt::Write;

use super::cluster::Cluster;
use super::plan;
use crate::args::ClusterStatusArgs;
use crate::error::{Exit, Failure};
use crate::render::safe;
use crate::render::table::table;
use crate::ui::Ui;
use told::{Account, Item};

/// Objects of an account that are listed one by one.
const OBJECTS: usize = 20;

pub(super) async fn run(cluster: &Cluster, args: &ClusterStatusArgs, ui: &Ui) -> Result<Exit, Failure> {
    let accounts = gather::gather(cluster, args).await?;
    if accounts.is_empty() {
        let place = if args.all_namespaces {
            "this cluster".to_owned()
        } else {
            format!("namespace {}", cluster.namespace)
        };
        ui.note(&format!("no ad accounts in {place}; `-A` looks in every namespace"));
        return Ok(Exit::Done);
    }
    ui.data(&text(&accounts, args.account.is_some(), args.all_namespaces))?;
    Ok(Exit::Done)
}

/// A table of all, then each with something to tell; everything of the one that was named.
fn text(accounts: &[Account], whole: bool, namespaces: bool) -> String {
    let mut out = overview(accounts, namespaces);
    for account in accounts {
        let lines = details(account, whole);
        if !lines.is_empty() {
            let _ = write!(out, "\n{}\n{}\n", account.shown(namespaces), lines.join("\n"));
        }
    }
    out
}

fn overview(accounts: &[Account], namespaces: bool) -> String {
    let header =
        ["ACCOUNT", "PLATFORM", "READY", "WHY", "OBJECTS", "PENDING", "DRIFTED", "BLOCKED", "PLAN", "PHASE"];
    let rows: Vec<Vec<String>> = accounts
        .iter()
        .map(|account| {
            let ready = account.ready();
            let count = |count: Option<i64>| count.map(|count| count.to_string()).unwrap_or_default();
            let counts = account.status.counts.clone().unwrap_or_default();
            let waits = account.plans.first();
            vec![
                account.shown(namespaces),
                account.platform.clone(),
                ready.map_or_else(|| "Unknown".to_owned(), |found| format!("{:?}", found.status)),
                match ready {
                    _ if account.suspended => "Suspended".to_owned(),
                    Some(found) => found.reason.0.clone(),
                    None => "NeverLookedAt".to_owned(),
                },
                count(counts.objects),
                count(counts.pending),
                count(counts.drifted),
                count(counts.blocked),
                waits.map(|plan| plan.name.clone()).unwrap_or_default(),
                waits.map(|plan| format!("{:?}", plan.status.phase.unwrap_or_default())).unwrap_or_default(),
            ]
        })
        .collect();
    table(&header, &rows)
}

fn details(account: &Account, whole: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if account.suspended {
        let why = account
            .suspended_because
            .as_ref()
            .map(|why| format!(": {}", safe::plain(why)))
            .unwrap_or_default();
        lines.push(format!(
            "  paused{why}; nothing is written until `kubectl adplane pause --lift {}`",
            account.name
        ));
    }
    if account.ready().is_none() {
        lines
            .push("  the operator has not told of it yet: does it run, and watch this namespace?".to_owned());
    }
    let shown = account.conditions().filter(|found| whole || told::needs_somebody(found));
    lines.extend(told::lines(shown).into_iter().map(|line| format!("  {line}")));
    if let Some(next) = &account.status.next_window {
        lines.push(format!("  a freeze window opens or closes at {}", next.0));
    }
    lines.extend(account.plans.iter().flat_map(plan_lines));
    lines.extend(item_lines("changed on the platform", &account.drifted));
    lines.extend(item_lines("held back", &account.held_back));
    lines
}

fn plan_lines(plan: &plan::Read) -> Vec<String> {
    let money = plan.spec.money.as_ref().map(|money| format!("; {}", plan::money(money))).unwrap_or_default();
    let phase = plan.status.phase.unwrap_or_default();
    let mut lines = vec![format!("  {} {phase:?}: {}{money}", plan.name, plan::classes(&plan.spec))];
    lines.extend(plan::standing(&plan.status).into_iter().map(|line| format!("    {line}")));
    if told::waits(plan) {
        lines.push(format!(
            "    `kubectl adplane diff {0}` shows it, `kubectl adplane approve {0}` approves it",
            plan.name
        ));
    }
    lines
}

fn item_lines(title: &str, items: &[Item]) -> Vec<String> {
    if items.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("  {title}:")];
    lines.extend(
        items.iter().take(OBJECTS).map(|item| format!("    {}: {}", item.object, safe::plain(&item.says))),
    );
    if items.len() > OBJECTS {
        lines.push(format!("    and {} more", items.len() - OBJECTS));
    }
    lines
}

#[cfg(test)]
mod tests;
