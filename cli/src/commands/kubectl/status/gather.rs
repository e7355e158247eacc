//! Reads accounts, their plans, and the objects that need somebody.

use std::collections::BTreeMap;

use adplane_manifest::api::status::{ConditionStatus, ResourceStatus};
use kube::api::DynamicObject;

use super::super::cluster::Cluster;
use super::told::{self, Account, Item};
use crate::args::ClusterStatusArgs;
use crate::error::Failure;

/// Accounts in order of their names.
pub(super) async fn gather(cluster: &Cluster, args: &ClusterStatusArgs) -> Result<Vec<Account>, Failure> {
    let everywhere = args.all_namespaces;
    let found = match &args.account {
        None => cluster.list("AdAccount", everywhere).await?,
        Some(name) => {
            let read = cluster.resources("AdAccount").get(name).await;
            vec![read.map_err(|error| cluster.failed(&format!("read account {name}"), &error))?]
        }
    };
    let mut accounts: Vec<Account> = found.iter().map(Account::read).collect();
    accounts.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    if accounts.is_empty() {
        return Ok(accounts);
    }
    attach_plans(&mut accounts, &cluster.list("Plan", everywhere).await?);
    let troubled = accounts.iter().any(|account| {
        let counts = account.status.counts.clone().unwrap_or_default();
        counts.drifted.unwrap_or_default() > 0 || counts.blocked.unwrap_or_default() > 0
    });
    // Thousands of objects are not read to learn that none of them needs anybody.
    if args.account.is_some() || troubled {
        let mut objects = Vec::new();
        for kind in ["Campaign", "AdGroup", "Budget"] {
            let listed = cluster.list(kind, everywhere).await?;
            objects.extend(listed.into_iter().map(|object| (kind, object)));
        }
        attach_objects(&mut accounts, &objects);
    }
    Ok(accounts)
}

/// Gives each account its plans that are not over, newest first; a failed one only when it was the last.
pub(super) fn attach_plans(accounts: &mut [Account], found: &[DynamicObject]) {
    let mut sorted: Vec<&DynamicObject> = found.iter().collect();
    sorted.sort_by_key(|plan| std::cmp::Reverse(plan.metadata.creation_timestamp.clone()));
    for account in accounts {
        let theirs =
            sorted.iter().filter(|object| object.metadata.namespace.as_deref() == Some(&account.namespace));
        let theirs =
            theirs.map(|object| told::plan(object)).filter(|plan| plan.spec.account.0 == account.name);
        let last = account.status.plan.as_ref().map(|plan| plan.name.0.clone());
        account.plans = theirs
            .filter(|plan| !told::is_over(plan))
            .filter(|plan| !told::failed(plan) || last.as_deref() == Some(plan.name.as_str()))
            .collect();
    }
}

/// Tells accounts of their objects that drifted or cannot go on.
pub(super) fn attach_objects(accounts: &mut [Account], objects: &[(&str, DynamicObject)]) {
    let name = |object: &DynamicObject| object.metadata.name.clone().unwrap_or_default();
    let namespace = |object: &DynamicObject| object.metadata.namespace.clone().unwrap_or_default();
    let campaigns: BTreeMap<(String, String), String> = objects
        .iter()
        .filter(|(kind, _)| *kind == "Campaign")
        .map(|(_, object)| ((namespace(object), name(object)), told::text(&object.data, "/spec/account")))
        .collect();
    for (kind, object) in objects {
        let account = match *kind {
            "AdGroup" => {
                let key = (namespace(object), told::text(&object.data, "/spec/campaign"));
                campaigns.get(&key).cloned().unwrap_or_default()
            }
            "Budget" => told::text(&object.data, "/spec/shared/account"),
            _ => told::text(&object.data, "/spec/account"),
        };
        let of = |one: &&mut Account| one.name == account && one.namespace == namespace(object);
        let Some(account) = accounts.iter_mut().find(of) else { continue };
        let status: ResourceStatus = told::part(&object.data, "status");
        let holding =
            status.conditions.iter().flatten().filter(|found| found.status == ConditionStatus::True);
        for found in holding {
            let message = found.message.as_ref().filter(|message| !message.0.is_empty());
            let says = message.map_or_else(|| found.reason.0.clone(), |message| message.0.clone());
            let item = Item { object: format!("{}/{}", kind.to_lowercase(), name(object)), says };
            match found.kind.0.as_str() {
                "Drifted" => account.drifted.push(item),
                "Stalled" | "Contested" => account.held_back.push(item),
                _ => {}
            }
        }
    }
}
