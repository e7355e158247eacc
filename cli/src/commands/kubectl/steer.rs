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
/// Annotation: a new value asks for a look now.
const RECONCILE_NOW: &str = "adplane.io/reconcile-now";

pub(super) async fn pause(cluster: &Cluster, args: &ClusterPauseArgs, ui: &Ui) -> Result<Exit, Failure> {
    let account = &args.account;
    let what = if args.lift { format!("lift the pause of {account}") } else { format!("pause {account}") };
    let help = "accounts are the role adplane-admin's; the platform's own web site stops spend at once";
    annotate(cluster, account, &what, &suspension(args), help).await?;
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

/// The annotations of a pause, or of its end.
fn suspension(args: &ClusterPauseArgs) -> Value {
    match (args.lift, &args.reason) {
        (true, _) => json!({ SUSPEND: null, SUSPEND_REASON: null }),
        (false, reason) => json!({ SUSPEND: "true", SUSPEND_REASON: reason }),
    }
}

pub(super) async fn reconcile(cluster: &Cluster, args: &ReconcileArgs, ui: &Ui) -> Result<Exit, Failure> {
    let account = &args.account;
    let asked = json!({ RECONCILE_NOW: Clock::System.now().to_string() });
    let help = format!(
        "accounts are the role adplane-admin's; a look can be asked for on what you may edit as well: `kubectl annotate campaign NAME --overwrite {RECONCILE_NOW}=\"$(date)\"`"
    );
    annotate(cluster, account, &format!("have {account} looked at"), &asked, &help).await?;
    ui.note(&format!("asked: `kubectl adplane status {account}` shows what the operator finds"));
    Ok(Exit::Done)
}

/// Sets annotations of an account and nothing else; `null` takes one away. `help` is for who has no right to.
async fn annotate(
    cluster: &Cluster,
    account: &str,
    what: &str,
    annotations: &Value,
    help: &str,
) -> Result<DynamicObject, Failure> {
    let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let patch = Patch::Merge(json!({ "metadata": { "annotations": annotations } }));
    cluster.resources("AdAccount").patch(account, &parameters, &patch).await.map_err(|error| {
        let failure = cluster.failed(what, &error);
        match Refusal::of(&error) {
            Refusal::NoRight(_) => failure.hint(help),
            _ => failure,
        }
    })
}
