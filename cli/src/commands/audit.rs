//! `adplane audit`: what the apply log proves, and what it says.

use std::fmt::Write;

use adplane_core::marker::Owner;
use adplane_engine::approve::{Keyring, Unapproved};
use adplane_engine::audit::{self, Finding};
use adplane_engine::state::{Chain, Event, Line};
use serde_json::json;

use crate::args::{ApprovalFlags, AuditCommand, AuditFormat, AuditVerifyArgs, Global};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared, people};
use crate::render::{json as render_json, table};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    command: &AuditCommand,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    match command {
        AuditCommand::Verify(args) => verify(global, args, settings, ui).await,
        AuditCommand::List(path) => {
            let chain = pipeline::prepare(global, settings, path, &[])?.state().apply_log().read()?;
            list(&chain, ui)
        }
        AuditCommand::Show { line, path } => {
            let chain = pipeline::prepare(global, settings, path, &[])?.state().apply_log().read()?;
            let found = chain.lines.iter().find(|entry| entry.line == *line);
            let found = found.ok_or_else(|| Failure::error(format!("the log has no line {line}")))?;
            ui.data(&render_json::pretty(found))?;
            Ok(Exit::Done)
        }
    }
}

async fn verify(
    global: &Global,
    args: &AuditVerifyArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    let mut chain = prepared.state().apply_log().read()?;
    if let Some(hash) = &args.expect {
        chain.expect(hash);
    }
    let keys = keys(&prepared, args, settings)?;
    let mut findings = audit::log(&chain, &prepared.state().evidence(), keys.as_ref());
    if !args.offline {
        prepared.require_sound(ui)?;
        findings.extend(live(&prepared, &chain, settings, ui).await?);
    }
    let head = chain.head().map(|hash| format!("sha256:{hash}"));
    match args.format {
        AuditFormat::Json => {
            let writes = writes(&chain);
            ui.data(&render_json::pretty(&json!({
                "lines": chain.lines.len(), "writes": writes, "head": head, "live": !args.offline,
                "findings": findings,
                "sound": findings.is_empty(),
            })))?;
        }
        AuditFormat::Text => {
            let mut text = String::new();
            for finding in &findings {
                let _ = writeln!(text, "✗ {finding}");
            }
            text.push_str(&summary(&chain, &findings, args.offline));
            if let Some(head) = head {
                let _ = writeln!(text, "Head: {head}");
            }
            ui.data(&text)?;
        }
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::Error })
}

/// The keys to judge by, where somebody names them; those of the time of each write otherwise.
fn keys(
    prepared: &Prepared,
    args: &AuditVerifyArgs,
    settings: &Settings,
) -> Result<Option<Keyring>, Failure> {
    if args.allowed_signers.is_none() && args.revoked_signers.is_none() {
        return Ok(None);
    }
    let flags = ApprovalFlags {
        allowed_signers: args.allowed_signers.clone(),
        revoked_signers: args.revoked_signers.clone(),
        ..ApprovalFlags::default()
    };
    let sources = people::sources(Some(&prepared.loaded.project), None, &flags, settings);
    Ok(Some(sources.keyring().map_err(Unapproved::Keys).map_err(|error| people::unapproved(&error))?))
}

fn writes(chain: &Chain) -> usize {
    chain.lines.iter().filter(|line| matches!(line.event, Event::Write { .. })).count()
}

fn summary(chain: &Chain, findings: &[Finding], offline: bool) -> String {
    let (lines, writes) = (chain.lines.len(), writes(chain));
    if !findings.is_empty() {
        return format!("{} findings in {lines} lines with {writes} writes.\n", findings.len());
    }
    let live = if offline { "" } else { ", and each live object of ours is explained" };
    format!(
        "Sound: {lines} lines with {writes} writes follow from each other, each write was approved{live}.\n"
    )
}

async fn live(
    prepared: &Prepared,
    chain: &Chain,
    settings: &Settings,
    ui: &Ui,
) -> Result<Vec<Finding>, Failure> {
    let connected = pipeline::connect(prepared.desired.accounts.values(), settings).await?;
    let observed = pipeline::observe_all(prepared, &connected, ui).await;
    let owners: Vec<Owner> = prepared.desired.owner().into_iter().collect();
    let mut findings = audit::live(chain, &observed, &owners, &adplane_platforms::schemas());
    let accounts = findings.iter().filter_map(|finding| match finding {
        Finding::Changed { address, .. } => Some(address.account_key()),
        _ => None,
    });
    let accounts: Vec<_> = accounts.collect();
    if accounts.is_empty() {
        return Ok(findings);
    }
    let history = pipeline::history(&connected, accounts, ui).await;
    for finding in &mut findings {
        if let Finding::Changed { address, id, path, by, .. } = finding {
            let account = prepared.desired.accounts.get(&address.account_key());
            let event = history.last(&address.account_key(), id, Some(path));
            *by = event.zip(account).map(|(event, account)| event.told(&account.zone));
        }
    }
    Ok(findings)
}

fn list(chain: &Chain, ui: &Ui) -> Result<Exit, Failure> {
    let rows: Vec<Vec<String>> = chain.lines.iter().filter_map(|line| row(chain, line)).collect();
    if rows.is_empty() {
        ui.data("Nothing was applied here yet.\n")?;
    } else {
        ui.data(&table::table(&["LINE", "AT", "WHAT", "WHO", "WRITES", "APPROVALS", "PLAN"], &rows))?;
    }
    Ok(if chain.problems.is_empty() {
        Exit::Done
    } else {
        ui.note("the log is broken; see `adplane audit verify`");
        Exit::Error
    })
}

fn row(chain: &Chain, line: &Line) -> Option<Vec<String>> {
    let Event::Begin { intent, plan, actor, approvals, .. } = &line.event else { return None };
    let after = chain.lines.iter().filter(|other| other.line > line.line);
    let own = after.take_while(|other| !matches!(other.event, Event::Begin { .. }));
    let writes = own.filter(|other| matches!(other.event, Event::Write { .. })).count();
    let people: Vec<&str> = approvals.iter().filter_map(|approval| approval["principal"].as_str()).collect();
    Some(vec![
        line.line.to_string(),
        line.at.to_string(),
        format!("{intent:?}").to_lowercase(),
        actor.shown().unwrap_or_default().to_owned(),
        writes.to_string(),
        people.join(", "),
        plan.chars().take(19).collect(),
    ])
}
