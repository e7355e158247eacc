use super::super::super::rules::worlds::{NOW, Small, at, rule as resource};
use super::*;

/// What a rule tells, as `Type=status Reason: message`.
fn told(small: &Small, ran: &Ran, told: Option<&RuleTold>, former: &ResourceStatus) -> Vec<String> {
    let compiled = small.world.wanted.rules.first();
    let found = conditions(ran, told, compiled, &resource("share"), former);
    let shown = |found: &Found| {
        format!("{}={} {}: {}", found.kind.word(), found.holds, found.reason.word(), found.message)
    };
    found.iter().map(shown).collect()
}

fn ran(set: impl FnOnce(&mut Ran)) -> Ran {
    let mut ran = Ran::default();
    set(&mut ran);
    ran
}

fn idle(idle: Idle) -> Ran {
    ran(|ran| ran.idle = Some(idle))
}

#[test]
fn a_rule_tells_why_it_does_not_run() {
    let small = Small::new();
    let of = |ran: &Ran| told(&small, ran, None, &ResourceStatus::default());
    let ungoverned = Idle::Ungoverned("Policy/growth/guard: it is wrong".to_owned());
    let cases = [
        (idle(Idle::Blind), "Ready=false AccountUnreadable: see the account"),
        (idle(Idle::Suspended), "Ready=false Suspended: see the account"),
        (idle(ungoverned), "Ready=false PolicyInvalid: Policy/growth/guard: it is wrong"),
        (idle(Idle::Unmeasured), "Ready=false Unmeasured: the operator's configuration has no `metrics`"),
        (idle(Idle::NotYet), "Ready=false Waiting: it runs once what is delivered was read"),
        (ran(|ran| ran.trouble = Some("a full disk".to_owned())), "Ready=false NotRun: a full disk"),
        (Ran::default(), "Ready=true Running: mode `act`"),
    ];
    for (ran, wanted) in cases {
        assert_eq!(of(&ran), [wanted]);
    }
    let observed = ran(|ran| ran.only_records = Some("as in shadow: nothing is written"));
    assert_eq!(of(&observed), ["Ready=true Running: mode `act`, as in shadow: nothing is written"]);
}

#[test]
fn a_suspension_goes_before_everything_else() {
    let small = Small::new();
    let suspended = RuleTold { suspended: Some("3 of 4 failed".to_owned()), ..RuleTold::default() };
    let all = ["Ready=false WritesFailed: 3 of 4 failed", "Suspended=true WritesFailed: 3 of 4 failed"];
    for ran in [Ran::default(), idle(Idle::Unmeasured), idle(Idle::NotYet)] {
        assert_eq!(told(&small, &ran, Some(&suspended), &ResourceStatus::default()), all);
    }
}

#[test]
fn a_restart_alone_is_no_news() {
    let small = Small::new();
    let rule = resource("share");
    let running = Found::new(Type::Ready, true, Reason::Running, "mode `act`");
    let former = |generation| ResourceStatus {
        conditions: Some(vec![running.clone().dated(&[], generation, at(NOW))]),
        ..ResourceStatus::default()
    };
    let of = |former: &ResourceStatus| told(&small, &idle(Idle::NotYet), None, former);
    assert_eq!(of(&former(rule.generation)), ["Ready=true Running: mode `act`"]);
    let other = of(&former(rule.generation + 1));
    assert!(other[0].starts_with("Ready=false Waiting"), "of another spec: {other:?}");
}
