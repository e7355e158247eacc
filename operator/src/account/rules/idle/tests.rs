use adplane_manifest::load::DocumentKind;
use serde_json::json;

use super::super::super::lower::tests::{lowered, resource};
use super::super::worlds::Small;
use super::*;
use crate::names;

/// Why nothing runs in a world that deviates so from one in which rules run.
fn idle_in(change: impl FnOnce(&mut Small)) -> Option<Idle> {
    let mut small = Small::new();
    change(&mut small);
    idle_here(&small.world)
}

#[test]
fn rules_run_where_everything_is_known() {
    assert_eq!(idle_in(|_| ()), None);
}

#[test]
fn no_rule_runs_blind() {
    assert_eq!(idle_in(|small| small.world.wanted.desired.accounts.clear()), Some(Idle::Blind));
    assert_eq!(idle_in(|small| small.world.observed.accounts.clear()), Some(Idle::Blind));
    let partial = idle_in(|small| {
        let live = small.world.observed.accounts.values_mut().next().unwrap();
        live.coverage = Coverage::Partial { because: "a page is missing".to_owned() };
    });
    assert_eq!(partial, Some(Idle::Blind));
}

#[test]
fn no_rule_runs_where_somebody_stopped_the_account() {
    assert_eq!(idle_in(|small| small.annotate("meta-eu", names::SUSPEND, "true")), Some(Idle::Suspended));
    assert_eq!(idle_in(|small| small.annotate("meta-eu", names::SUSPEND, "false")), None);
}

/// What a policy or a freeze window means to forbid must not be done meanwhile.
#[test]
fn no_rule_runs_while_what_governs_is_wrong() {
    let window = json!({"schedule": [{"name": "x", "from": "never", "to": "ever"}]});
    let policy = json!({"rules": [{"name": "x", "when": "1 +"}]});
    for (kind, spec) in [(DocumentKind::FreezeWindow, window), (DocumentKind::Policy, policy)] {
        let found = idle_in(|small| {
            small.world.resources.push(resource(kind, "guard", spec));
            small.world.wanted = lowered(&small.world.resources, &[]);
        });
        let Some(Idle::Ungoverned(because)) = found else { panic!("{kind:?}: {found:?}") };
        assert!(because.starts_with(&format!("{}/growth/guard: ", kind.word())), "{because}");
    }
}

#[test]
fn no_rule_runs_before_what_is_delivered_was_read() {
    let known = |known: Known| idle_in(|small| small.world.delivered = known);
    assert_eq!(known(Known::Off), Some(Idle::Unmeasured));
    assert_eq!(known(Known::Unread), Some(Idle::NotYet));
    assert_eq!(idle_in(|small| small.world.first_look = true), Some(Idle::NotYet));
}

#[test]
fn rules_only_record_where_nothing_is_written() {
    let mut small = Small::new();
    assert_eq!(only_records(&small.world, &small.config), None);
    small.config.dry_run = true;
    assert!(only_records(&small.world, &small.config).unwrap().contains("dry"));
    small.config.dry_run = false;
    let account = small.world.wanted.desired.accounts.values_mut().next().unwrap();
    account.management = Management::Observe;
    assert!(only_records(&small.world, &small.config).unwrap().contains("only observed"));
}
