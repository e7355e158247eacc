//! Why what a pool gives is not put in force now.

use adplane_core::address::AccountKey;
use adplane_core::plan::document::PlanDocument;
use adplane_core::rules::SpendGuard;

use crate::account::decide::{Standing, frozen, standing};
use crate::account::foresee::Wish;
use crate::account::gather::World;
use crate::account::rules::{Idle, idle_here, only_records};
use crate::context::Context;

/// Why nothing is raised on an account that this replica does not look after, where the spend guard has an amount: rules may
/// give the same room there at the same time.
pub(super) fn untaken(guard: &SpendGuard, account: &AccountKey, is_ours: bool) -> Option<String> {
    let has_amount = || guard.spans_accounts() || !guard.of(account).worst_day.is_empty();
    (!is_ours && has_amount()).then(|| {
        format!(
            "the spend guard has an amount for account {}, and with `shards` another replica looks after it: leave `shards` out",
            account.name
        )
    })
}

/// Why nothing of an account is moved now.
pub(super) fn left_alone(context: &Context, world: &World) -> Option<String> {
    let idle = match idle_here(world) {
        Some(Idle::Blind) => Some("its account cannot be read: see there".to_owned()),
        Some(Idle::Suspended) => Some("its account is suspended".to_owned()),
        Some(Idle::Ungoverned(because)) => Some(format!("nothing is written while this is wrong: {because}")),
        // Numbers are asked of the store itself.
        Some(Idle::NotYet | Idle::Unmeasured) | None => None,
    };
    let only = || match only_records(world, &context.config) {
        Some(_) if context.config.dry_run => Some("the operator runs dry and writes nothing (`dryRun`)"),
        Some(_) => Some("its account is only observed (`management: Observe`)"),
        None => None,
    };
    idle.or_else(|| only().map(str::to_owned))
}

/// Why nothing of a plan would be written now: what only waits must not be in force meanwhile. What lowers waits for nobody.
pub(super) fn held_back(
    context: &Context,
    world: &World,
    document: &PlanDocument,
    wish: &Wish,
) -> Option<String> {
    match standing(world, &context.config, document) {
        Standing::Ready(_) | Standing::InSync | Standing::Waiting(_) => {}
        Standing::Holding(hold) => return Some(hold.to_string()),
        Standing::NoAccount => return Some("its account is not there".to_owned()),
        Standing::Denied { rule, message } => return Some(format!("policy `{rule}` denies it: {message}")),
        Standing::Unreadable { because } | Standing::Unsound(because) => return Some(because),
    }
    // One that waits for an approval is not asked about freeze windows.
    let plan = document.to_plan().ok().filter(|_| !wish.lowers && !document.steps.is_empty())?;
    frozen(&plan, world.now)
}

#[cfg(test)]
mod tests {
    use adplane_core::rules::AccountGuard;

    use super::*;
    use crate::cache::account_key;

    #[test]
    fn nothing_rises_where_another_replica_may_give_the_same_room() {
        let [meta, google] = ["meta-eu", "google-eu"].map(|name| account_key("growth", name).unwrap());
        let mut guard = SpendGuard::default();
        assert_eq!(untaken(&guard, &meta, false), None, "there is no amount");
        let own = AccountGuard { worst_day: vec!["90 EUR".parse().unwrap()], ..AccountGuard::default() };
        guard.hold(&meta, &own);
        assert_eq!(untaken(&guard, &meta, true), None, "whoever decides there takes turns with this");
        assert!(untaken(&guard, &meta, false).unwrap().contains("account meta-eu"));
        assert_eq!(untaken(&guard, &google, false), None);
    }
}
