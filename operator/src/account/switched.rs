//! The kill switch of a cluster: `adplane.io/suspend` of an account stops what Adplane writes there.
//!
//! What people were told is known from the account's condition `Suspended`, which is written after that; what this process
//! told it knows itself, since a status may be heard of late.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use adplane_core::notify::{EventAccount, Happening, KillSwitch};
use adplane_engine::notify::happenings::Told;
use adplane_manifest::api::status::{ConditionStatus, ResourceStatus};

use super::gather::World;
use super::status::Type;
use crate::context::Context;
use crate::{names, notices};

/// Tells that an account was suspended, or let go on.
pub(super) fn tell(context: &Context, world: &World) {
    let known = context.suspended.lock().unwrap_or_else(PoisonError::into_inner).get(&world.key).copied();
    // What could not be kept is told with the next look.
    if notices::keep(context, &world.key, news(world, known)) {
        let mut told = context.suspended.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert(world.key.clone(), world.suspended());
    }
}

/// What is new; `known` is what this process told last.
fn news(world: &World, known: Option<bool>) -> Vec<Told> {
    let Some(resource) = world.account() else { return Vec::new() };
    let is_suspended = world.suspended();
    let status: ResourceStatus = serde_json::from_value(resource.status()).unwrap_or_default();
    let mut told = status.conditions.iter().flatten();
    let was_told =
        told.any(|one| one.kind.0 == Type::Suspended.word() && one.status == ConditionStatus::True);
    if is_suspended == known.unwrap_or(was_told) {
        return Vec::new();
    }
    let account = world.wanted.account().map(|account| EventAccount {
        namespace: account.key.namespace.clone(),
        name: account.key.name.clone(),
        platform: account.platform,
    });
    let reason = resource.annotation(names::SUSPEND_REASON).filter(|_| is_suspended);
    let happening = Happening::KillSwitch {
        scope: format!("account {}", world.key.name),
        account,
        state: if is_suspended { KillSwitch::Held } else { KillSwitch::Lifted },
        // Who set an annotation is written down nowhere.
        by: None,
        reason: reason.map(str::to_owned),
        left: Vec::new(),
    };
    vec![(happening, BTreeSet::new())]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use std::sync::Arc;

    use super::super::rules::worlds::Small;
    use super::*;
    use crate::cache::Resource;

    /// What is told of an account that is suspended or not, and whose status says so or not.
    fn told(is_suspended: bool, was_suspended: bool, known: Option<bool>) -> Option<KillSwitch> {
        let mut small = Small::new();
        small.annotate("meta-eu", names::SUSPEND, if is_suspended { "true" } else { "false" });
        small.annotate("meta-eu", names::SUSPEND_REASON, "audit");
        let place = small.world.resources.iter().position(|one| &*one.key.name == "meta-eu").unwrap();
        let conditions = json!([{"type": "Suspended", "status": "True", "reason": "Suspended",
            "lastTransitionTime": "2026-11-20T09:00:00Z"}]);
        let conditions = if was_suspended { conditions } else { json!([]) };
        let resource = Resource::clone(&small.world.resources[place]);
        small.world.resources[place] = Arc::new(resource.with_status(&json!({ "conditions": conditions })));
        let (happening, _) = news(&small.world, known).pop()?;
        let Happening::KillSwitch { state, reason, account, scope, .. } = happening else { return None };
        assert_eq!(reason.as_deref(), is_suspended.then_some("audit"));
        assert_eq!((account.unwrap().name.as_str(), scope.as_str()), ("meta-eu", "account meta-eu"));
        Some(state)
    }

    #[test]
    fn a_suspended_account_is_told_once_and_again_when_it_goes_on() {
        assert_eq!(told(true, false, None), Some(KillSwitch::Held));
        assert_eq!(told(true, true, None), None, "also after a restart");
        assert_eq!(told(true, false, Some(true)), None, "the status is not heard of yet");
        assert_eq!(told(false, true, None), Some(KillSwitch::Lifted));
        assert_eq!(told(false, true, Some(false)), None);
        assert_eq!(told(false, false, None), None);
    }
}
