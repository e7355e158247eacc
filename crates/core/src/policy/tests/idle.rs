//! Rules that never match, repeat, contradict or add nothing.

use super::*;

/// What a review finds of some rules: `code rule`.
fn found(rules: &[(&str, Severity, &str)]) -> Vec<String> {
    let rules = rules.iter().map(|(name, severity, when)| rule(name, *severity, when)).collect();
    let (policy, problems) = compile(&source(of_kinds(&[Kind::Campaign]), rules), &catalogue());
    assert_eq!(problems, Vec::new());
    review(&[policy]).iter().map(|found| format!("{} {}", found.code, found.message)).collect()
}

#[test]
fn rules_that_can_never_match_are_told() {
    let told = |when: &str| found(&[("one", Severity::Deny, when)]).join(";");
    assert!(told("false && after.state == 'Active'").contains("always false"));
    assert!(
        told("after.state == 'Active' && after.state == 'Paused'")
            .contains("`== 'Active'` and `== 'Paused'`")
    );
    let range = "after.budget.daily > money('500 EUR') && after.budget.daily <= money('500 EUR')";
    assert!(told(range).starts_with("policy-never-matches rule `one` can never match"), "{}", told(range));
    assert!(told("500 > after.bidding.roas && after.bidding.roas >= 500").contains("never"));
    assert_eq!(told("after.budget.daily >= money('500 EUR') && after.budget.daily <= money('500 EUR')"), "");
    assert_eq!(told("after.budget.daily > money('500 EUR') && before.budget.daily < money('500 EUR')"), "");
}

#[test]
fn a_rule_behind_a_wider_one_that_says_more_is_told() {
    let wide = "after.budget.daily > money('500 EUR')";
    let narrow = "after.budget.daily > money('1000 EUR') && after.state == 'Active'";
    let told = found(&[("deny", Severity::Deny, wide), ("warn", Severity::Warn, narrow)]);
    assert_eq!(
        told,
        ["policy-shadowed rule `warn` adds nothing: `growth/guard/deny` says Deny whenever it matches"]
    );
    // The usual staircase is no mistake.
    assert_eq!(
        found(&[("warn", Severity::Warn, wide), ("deny", Severity::Deny, narrow)]),
        Vec::<String>::new()
    );
    assert_eq!(found(&[("a", Severity::Deny, narrow), ("b", Severity::Warn, wide)]), Vec::<String>::new());
}

#[test]
fn the_same_condition_twice_is_told_once() {
    let daily = "after.state == 'Active' && after.targeting.locations.exists(l, l == 'ES')";
    let turned = "after.targeting.locations.exists(place, place == 'ES') && 'Active' == after.state";
    let told = found(&[("first", Severity::Deny, daily), ("second", Severity::Warn, turned)]);
    assert_eq!(
        told,
        [
            "policy-contradiction rule `second` says Warn where `growth/guard/first` says Deny of the same changes"
        ]
    );
    let told = found(&[("first", Severity::Deny, daily), ("second", Severity::Deny, turned)]);
    assert_eq!(told, ["policy-shadowed rule `second` repeats `growth/guard/first`"]);
}

#[test]
fn policies_about_other_objects_do_not_touch() {
    let one = |kind| {
        let rules = vec![rule("one", Severity::Deny, "after.state == 'Active'")];
        let mut source = source(of_kinds(&[kind]), rules);
        source.name = ObjectName::new(format!("of-{}", kind.word().to_lowercase())).unwrap();
        compile(&source, &catalogue()).0
    };
    assert_eq!(review(&[one(Kind::Campaign), one(Kind::AdGroup)]), Vec::new());
    let all = compile(
        &source(Scope::default(), vec![rule("all", Severity::Deny, "after.state == 'Active'")]),
        &catalogue(),
    )
    .0;
    let told = review(&[all.clone(), one(Kind::Campaign)]);
    assert_eq!(told.len(), 1);
    assert_eq!(review(&[one(Kind::Campaign), all]).len(), 1);
}
