//! What happened, from the failures of commands and the kill switch; from plans and reports the engine tells.

use std::collections::BTreeSet;

use adplane_core::desired::Desired;
use adplane_core::notify::{EventAccount, Happening, KillSwitch};
use adplane_core::plan::document::PlanDocument;
use adplane_engine::notify::happenings;
use adplane_engine::state::PauseScope;

use crate::error::{Exit, Failure};
use crate::render::words;

pub(crate) use adplane_engine::notify::happenings::{Told, executed};

/// A plan could not be applied, or must wait, and nothing was written.
pub(crate) fn not_applied(document: &PlanDocument, failure: &Failure) -> Vec<Told> {
    let waits =
        failure.exit == Exit::Unapproved || (failure.exit == Exit::Denied && document.denial().is_none());
    match failure.exit {
        // A person said no, or the report has told already what was left.
        Exit::Interrupted | Exit::Partial | Exit::Usage => Vec::new(),
        _ if waits => {
            let because: Vec<String> = std::iter::once(&failure.message)
                .chain(&failure.causes)
                .filter(|text| !text.is_empty())
                .cloned()
                .collect();
            happenings::waiting(document, &because)
        }
        _ => happenings::not_applied(document, &failure.message, &failure.causes),
    }
}

/// Something failed before there was a plan.
pub(crate) fn failed(failure: &Failure) -> Vec<Told> {
    let message = if failure.message.is_empty() { "the YAML has errors" } else { &failure.message };
    let happening = Happening::ApplyFailed {
        account: None,
        plan: None,
        because: message.to_owned(),
        details: failure.causes.clone(),
    };
    vec![(happening, BTreeSet::new())]
}

/// What was changed on the platforms.
pub(crate) fn drifted(document: &PlanDocument) -> Vec<Told> {
    happenings::drifted(document, &document.drift, &words::value)
}

/// What the kill switch came to, scope by scope.
pub(crate) fn switched(
    scopes: &[(PauseScope, Option<String>)],
    desired: &Desired,
    state: KillSwitch,
    by: Option<&str>,
    left: &[String],
) -> Vec<Told> {
    let told = scopes.iter().map(|(scope, reason)| {
        let account = match scope {
            PauseScope::Account(key) => desired.accounts.get(key).map(|account| EventAccount {
                namespace: key.namespace.clone(),
                name: key.name.clone(),
                platform: account.platform,
            }),
            PauseScope::All | PauseScope::Selector(_) => None,
        };
        let happening = Happening::KillSwitch {
            scope: scope.to_string(),
            account,
            state,
            by: by.map(str::to_owned),
            reason: reason.clone(),
            left: left.to_vec(),
        };
        (happening, BTreeSet::new())
    });
    told.collect()
}
