//! `adplane doctor`: is every account reachable, with the right currency, zone, scopes and quota?

use std::fmt::Write;

use adplane_core::desired::DesiredAccount;
use adplane_engine::port::Health;

use crate::args::{Global, PathArgs};
use crate::error::{Exit, Failure};
use crate::pipeline;
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    args: &PathArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = pipeline::prepare(global, settings, args, &[])?;
    let connected = pipeline::connect(prepared.desired.accounts.values(), settings).await?;
    let mut out = String::new();
    let mut sound = true;
    if let (Some(project), Some(owner)) = (&prepared.desired.project, prepared.desired.owner()) {
        let _ = writeln!(out, "project {project}: marks what it owns with `{}`", owner.as_str());
    } else {
        sound = false;
        let _ =
            writeln!(out, "project: has no name; write `project: <name>` in `adplane.yaml` before `apply`");
    }
    for (key, account) in &prepared.desired.accounts {
        let _ = writeln!(out, "\naccount {key} ({} {})", account.platform.title(), account.account_id);
        if let Some(observed) = connected.unreachable.get(key) {
            sound = false;
            for finding in &observed.diagnostics {
                bad(&mut out, &finding.message, finding.hint.as_deref());
            }
            continue;
        }
        let Some(adapter) = connected.adapters.get(key) else { continue };
        match adapter.health().await {
            Ok(health) => sound &= describe(&mut out, account, &health),
            Err(error) => {
                sound = false;
                bad(&mut out, &error.to_string(), Some(error.advice()));
            }
        }
    }
    if prepared.desired.accounts.is_empty() {
        return Err(Failure::error("no account was found").hint("name the files that hold `kind: AdAccount`"));
    }
    ui.data(&out)?;
    Ok(if sound { Exit::Done } else { Exit::Error })
}

fn good(out: &mut String, text: &str) {
    let _ = writeln!(out, "  ok    {text}");
}

fn bad(out: &mut String, text: &str, hint: Option<&str>) {
    let _ = writeln!(out, "  FAIL  {text}");
    if let Some(hint) = hint {
        let _ = writeln!(out, "        {hint}");
    }
}

fn describe(out: &mut String, account: &DesiredAccount, health: &Health) -> bool {
    let facts = &health.facts;
    let mut sound = true;
    let mut check = |holds: bool, text: &str, problem: &str, hint: &str| {
        if holds {
            good(out, text);
        } else {
            sound = false;
            bad(out, problem, Some(hint));
        }
    };
    let currency = format!("billed in {}", facts.currency);
    let wrong = format!("billed in {}, the YAML says {}", facts.currency, account.currency);
    check(facts.currency == account.currency, &currency, &wrong, "correct `currency` of the AdAccount");
    let zone = format!("reports in {}", facts.zone);
    let wrong = format!("reports in {}, the YAML says {}", facts.zone, account.zone);
    check(facts.zone == account.zone, &zone, &wrong, "correct `timeZone` of the AdAccount");
    let word = facts.inactive.clone().unwrap_or_default();
    let problem = format!("the account is not active: {word}");
    check(facts.inactive.is_none(), "active", &problem, "reactivate it on the platform");
    good(out, &format!("credentials are accepted for `{}`", facts.name));
    good(out, &format!("API version {}", health.api_version));
    if !health.scopes.is_empty() {
        good(out, &format!("scopes: {}", health.scopes.join(", ")));
    }
    if let Some(left) = health.quota_left {
        good(out, &format!("{left} operations left of today's quota"));
    }
    if account.connection.endpoint.is_some() {
        let _ = writeln!(out, "  note  the endpoint is overridden: this is not the platform itself");
    }
    for note in &health.notes {
        let _ = writeln!(out, "  note  {note}");
    }
    sound
}
