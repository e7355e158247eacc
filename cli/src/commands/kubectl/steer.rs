//! `kubectl adplane pause` and `reconcile`: annotations that the operator obeys.

use adplane_engine::clock::Clock;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};

use super::MANAGER;
use super::cluster::Cluster;
use super::refusal::Refusal;
use crate::args::{ClusterPauseArgs, ReconcileArgs};
use crate::error::{Exit, Failure};
use crate::ui::Ui;

/// Annotation of an account: nothing is written while it is `true`.
pub(super) const SUSPEND: &str = "adplane.io/suspend";
/// Annotation of an account: why it is suspended, for people.
pub(super) const SUSPEND_REASON: &str = "adplane.io/suspend-reason";
/// Annotation of an account that was suspended together with all others: these are let go together.
const SUSPENDED_WITH_ALL: &str = "adplane.io/suspended-with-all";
/// Annotation: a new value asks for a look now.
const RECONCILE_NOW: &str = "adplane.io/reconcile-now";

/// What else stops spend, for who may not pause.
const NO_RIGHT: &str =
    "accounts are the role adplane-admin's; the platform's own web site stops spend at once";

pub(super) async fn pause(cluster: &Cluster, args: &ClusterPauseArgs, ui: &Ui) -> Result<Exit, Failure> {
    let Some(account) = &args.account else { return pause_all(cluster, args, ui).await };
    let place = (cluster.namespace.as_str(), account.as_str());
    annotate(cluster, place, &purpose(args, account), &suspension(args), NO_RIGHT).await?;
    if args.lift {
        ui.note(&format!("lifted: plans of {account} that are approved are applied again"));
        return Ok(Exit::Done);
    }
    ui.note(&format!(
        "paused: nothing is written to {account} until `kubectl adplane pause --lift {account}`"
    ));
    ui.note(
        "what runs on the platform keeps running and spending; the platform's own web site stops it at once",
    );
    Ok(Exit::Done)
}

/// Pauses every account that runs, or lifts the pause of those that were paused so; one that fails stops no other.
async fn pause_all(cluster: &Cluster, args: &ClusterPauseArgs, ui: &Ui) -> Result<Exit, Failure> {
    let accounts = cluster.list("AdAccount", args.all_namespaces).await?;
    let (mut done, mut failed) = (0_usize, 0_usize);
    for account in accounts.iter().filter(|account| is_concerned(account, args.lift)) {
        let namespace = account.metadata.namespace.as_deref().unwrap_or(&cluster.namespace);
        let name = account.metadata.name.as_deref().unwrap_or_default();
        let shown = format!("{namespace}/{name}");
        match annotate(cluster, (namespace, name), &purpose(args, &shown), &suspension(args), NO_RIGHT).await
        {
            Ok(_) => {
                done += 1;
                ui.note(&format!("{}: {shown}", if args.lift { "lifted" } else { "paused" }));
            }
            Err(failure) => {
                failed += 1;
                ui.failure(&failure);
            }
        }
    }
    let verb = if args.lift { "lifted" } else { "paused" };
    ui.note(&format!(
        "{done} of {} accounts {verb}; the others were already as asked",
        accounts.len() - failed
    ));
    if failed > 0 {
        return Err(Failure::error(format!("{failed} of {} accounts could not be {verb}", accounts.len()))
            .hint("run it again: what is done already is left as it is"));
    }
    if !args.lift {
        ui.note("what runs on the platforms keeps running and spending; `kubectl adplane pause --all --lift` lets go");
    }
    Ok(Exit::Done)
}

/// Whether an account is to be paused or let go together with all. One that was paused by itself stays so.
fn is_concerned(account: &DynamicObject, lift: bool) -> bool {
    let says = |name: &str| {
        account
            .metadata
            .annotations
            .as_ref()
            .and_then(|all| all.get(name))
            .is_some_and(|value| value == "true")
    };
    if lift { says(SUSPENDED_WITH_ALL) } else { !says(SUSPEND) }
}

fn purpose(args: &ClusterPauseArgs, account: &str) -> String {
    if args.lift { format!("lift the pause of {account}") } else { format!("pause {account}") }
}

/// The annotations of a pause, or of its end.
fn suspension(args: &ClusterPauseArgs) -> Value {
    match (args.lift, &args.reason, args.all) {
        (true, ..) => json!({ SUSPEND: null, SUSPEND_REASON: null, SUSPENDED_WITH_ALL: null }),
        (false, reason, true) => {
            json!({ SUSPEND: "true", SUSPEND_REASON: reason, SUSPENDED_WITH_ALL: "true" })
        }
        (false, reason, false) => {
            json!({ SUSPEND: "true", SUSPEND_REASON: reason, SUSPENDED_WITH_ALL: null })
        }
    }
}

pub(super) async fn reconcile(cluster: &Cluster, args: &ReconcileArgs, ui: &Ui) -> Result<Exit, Failure> {
    let account = &args.account;
    let asked = json!({ RECONCILE_NOW: Clock::System.now().to_string() });
    let help = format!(
        "accounts are the role adplane-admin's; a look can be asked for on what you may edit as well: `kubectl annotate campaign NAME --overwrite {RECONCILE_NOW}=\"$(date)\"`"
    );
    let place = (cluster.namespace.as_str(), account.as_str());
    annotate(cluster, place, &format!("have {account} looked at"), &asked, &help).await?;
    ui.note(&format!("asked: `kubectl adplane status {account}` shows what the operator finds"));
    Ok(Exit::Done)
}

/// Sets annotations of an account and nothing else; `null` takes one away. `help` is for who has no right to.
async fn annotate(
    cluster: &Cluster,
    (namespace, account): (&str, &str),
    what: &str,
    annotations: &Value,
    help: &str,
) -> Result<DynamicObject, Failure> {
    let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let patch = Patch::Merge(json!({ "metadata": { "annotations": annotations } }));
    cluster.resources_of("AdAccount", namespace).patch(account, &parameters, &patch).await.map_err(|error| {
        let failure = cluster.failed(what, &error);
        match Refusal::of(&error) {
            Refusal::NoRight(_) => failure.hint(help),
            _ => failure,
        }
    })
}
