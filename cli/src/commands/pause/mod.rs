//! `adplane pause`: the kill switch.
//!
//! `stop` pauses what spends, whatever approvals, policies and freeze windows say, and also where the YAML has errors.
//! `lift` restores what was stopped, with the approvals that raising spend needs.

mod lift;
mod stop;

use std::fmt::Write as _;

use adplane_core::desired::Desired;
use adplane_core::observed::Observed;
use adplane_core::plan::document::{DocumentContext, PlanDocument};
use adplane_core::plan::{PlanInput, PlanOptions, Target, switch};
use adplane_engine::state::{Pause, PauseScope};
use serde_json::Value;

use crate::args::{Global, PauseArgs};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Connected, Prepared};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    args: &PauseArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let named = [args.all, global.account.is_some(), global.selector.is_some()];
    let named = named.iter().filter(|given| **given).count();
    if named > 1 {
        return Err(Failure::new(Exit::Usage, "`--all`, `--account` and `--selector` exclude each other"));
    }
    if named == 0 && !args.lift {
        return Err(Failure::new(Exit::Usage, "what is to be paused?")
            .hint("name the scope: `--all`, `--account NAME` or `--selector LABELS`"));
    }
    let flags = &args.approvals;
    let keys = flags.allowed_signers.is_some() || flags.revoked_signers.is_some();
    if !args.lift && (keys || !flags.approvals.is_empty() || !flags.approval_commit.is_empty()) {
        return Err(Failure::new(Exit::Usage, "stopping asks nobody, so approvals mean nothing to it")
            .hint("approvals are for lifting: `adplane pause --lift`"));
    }
    // Labels choose among what runs; a filtered project would not know what else is ours.
    let whole = Global { selector: None, ..global.clone() };
    let mut prepared = pipeline::prepare(&whole, settings, &args.path, &[])?;
    let scopes = scopes(global, args, &prepared)?;
    if args.lift {
        lift::run(args, &scopes, &mut prepared, settings, ui).await
    } else {
        stop::run(args, &scopes, &prepared, settings, ui).await
    }
}

/// What the flags name; empty where they name nothing.
fn scopes(global: &Global, args: &PauseArgs, prepared: &Prepared) -> Result<Vec<PauseScope>, Failure> {
    if args.all {
        return Ok(vec![PauseScope::All]);
    }
    if let Some(selector) = &global.selector {
        return Ok(vec![PauseScope::Selector(pipeline::selector(selector)?.to_string())]);
    }
    let accounts = prepared.desired.accounts.keys().filter(|_| global.account.is_some());
    Ok(accounts.cloned().map(PauseScope::Account).collect())
}

/// The plan document of pausing or enabling live objects.
fn document(
    desired: &Desired,
    observed: &Observed,
    targets: &[Target<'_>],
    approvals: Option<&Value>,
    connected: &Connected,
) -> PlanDocument {
    let policy = approvals.cloned().and_then(|json| serde_json::from_value(json).ok()).unwrap_or_default();
    let options = PlanOptions { approvals: policy, ..PlanOptions::default() };
    let schemas = adplane_platforms::schemas();
    let plan = switch(
        &PlanInput {
            desired,
            observed,
            schemas: &schemas,
            options: &options,
            bindings: &std::collections::BTreeMap::new(),
            now: connected.clock.now(),
        },
        targets,
    );
    PlanDocument::new(&plan, &DocumentContext { desired, observed, engine: pipeline::ENGINE, approvals })
}

/// Lines of what a pause has stopped.
fn listed(pause: &Pause) -> String {
    pause.stopped.iter().fold(String::new(), |mut lines, stopped| {
        let (name, account) = (stopped.address.short(), &stopped.address.account);
        let _ = writeln!(lines, "  {name} on {account} ({})", stopped.display_name);
        lines
    })
}
