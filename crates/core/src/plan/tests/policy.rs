//! Policies over plans: verdicts, classes, the hash, and what they see of parents and of the whole plan.

use std::collections::BTreeMap;

use super::world::{World, ad, address, campaign, desired, group};
use crate::address::Kind;
use crate::desired::Desired;
use crate::ids::{Namespace, ObjectName};
use crate::plan::document::{DocumentContext, PlanDocument};
use crate::plan::{Class, Plan};
use crate::policy::{Catalogue, Entry, PolicySource, RuleSource, Scope, Severity, SourceText, Type, compile};
use crate::value::Value;

fn catalogue() -> Catalogue {
    let budget = [("daily".into(), Entry::Field(Type::Money(None)))];
    let fields: BTreeMap<_, _> = [
        ("state".into(), Entry::Field(Type::Text)),
        ("objective".into(), Entry::Field(Type::Text)),
        ("budget".into(), Entry::Group(budget.into())),
        ("creative".into(), Entry::Group([("landingPage".into(), Entry::Field(Type::Text))].into())),
    ]
    .into();
    let kinds = Kind::ALL.map(|kind| (kind, fields.clone())).into();
    Catalogue { kinds, bands: ["small", "large"].map(Into::into).into(), ..Catalogue::default() }
}

/// A policy of one rule per condition, named `r0`, `r1`.
fn judged_by(mut desired: Desired, rules: &[(Severity, &str)]) -> Desired {
    let rules = rules.iter().enumerate().map(|(index, (severity, when))| RuleSource {
        name: format!("r{index}").into(),
        severity: *severity,
        when: SourceText::unplaced(*when),
        message: SourceText::unplaced("of {change.name}"),
        origin: None,
    });
    let source = PolicySource {
        namespace: Namespace::default_namespace(),
        name: ObjectName::new("guard").unwrap(),
        scope: Scope::default(),
        rules: rules.collect(),
        origin: None,
    };
    let (policy, found) = compile(&source, &catalogue());
    assert_eq!(found, Vec::new());
    desired.policies = vec![policy];
    desired
}

fn verdicts(plan: &Plan) -> Vec<String> {
    plan.policy
        .iter()
        .map(|verdict| {
            let of = verdict.address.as_ref().map_or("plan".to_owned(), crate::address::Address::short);
            format!("{} {} {of}", verdict.severity, verdict.rule)
        })
        .collect()
}

fn shop(amount: &str) -> Desired {
    let mut spring = campaign("spring").daily(amount);
    spring.0.labels.insert("team".into(), "growth".into());
    let mut other = campaign("other").daily("10.00 EUR");
    other.0.labels.insert("team".into(), "brand".into());
    desired([
        spring,
        other,
        group("spring", "es"),
        ad("es", "hero").with("creative.landingPage", Value::text("http://a")),
    ])
}

fn document(plan: &Plan, desired: &Desired, world: &World) -> PlanDocument {
    let observed = world.observed();
    PlanDocument::new(
        plan,
        &DocumentContext { desired, observed: &observed, engine: "test", approvals: None },
    )
}

#[test]
fn only_changes_that_write_are_judged() {
    let rules =
        [(Severity::Deny, "after.budget.daily > money('50 EUR')"), (Severity::Warn, "change.kind == 'Ad'")];
    let mut world = World::default();
    let wanted = judged_by(shop("100 EUR"), &rules);
    let plan = world.plan(&wanted);
    assert_eq!(
        verdicts(&plan),
        ["Deny default/guard/r0 campaign/spring", "Warn default/guard/r1 ad/es/hero"]
    );
    world.apply(&plan);
    assert_eq!(verdicts(&world.plan(&wanted)), Vec::<String>::new());
    // Another field of the same campaign: the budget that is there is seen.
    let mut renamed = wanted.clone();
    let account = renamed.accounts.values_mut().next().unwrap();
    let spring = account.objects.get_mut(&address(Kind::Campaign, "spring")).unwrap();
    spring.fields.insert("displayName".into(), crate::field::Field::declared("Spring", None));
    assert_eq!(verdicts(&world.plan(&renamed)), ["Deny default/guard/r0 campaign/spring"]);
}

#[test]
fn children_see_their_parents() {
    let rules = [
        (
            Severity::Deny,
            "change.kind == 'Ad' && campaign.budget.daily > money('50 EUR') && adGroup.name == 'es'",
        ),
        (
            Severity::Warn,
            "change.kind == 'Ad' && labels.team == 'growth' && creative.landingPage.scheme() != 'https'",
        ),
    ];
    let wanted = judged_by(shop("100 EUR"), &rules);
    let expected = ["Deny default/guard/r0 ad/es/hero", "Warn default/guard/r1 ad/es/hero"];
    assert_eq!(verdicts(&World::default().plan(&wanted)), expected);
}

#[test]
fn bands_of_raises_can_be_named() {
    let mut world = World::default();
    world.options.approvals = serde_json::from_value(serde_json::json!({
        "bands": [{ "name": "small", "upTo": ["50.00 EUR"] }, { "name": "large" }],
    }))
    .unwrap();
    // 45.00 and 10.00 are small ones, and their sum is a large one.
    let rules = [
        (Severity::Deny, "change.kind == 'Campaign' && change.band == 'small'"),
        (Severity::Deny, "change.band == 'large'"),
        (Severity::Warn, "change.kind == 'Campaign' && change.class == 'raise'"),
        (Severity::Warn, "'raise-large' in plan.classes"),
        (Severity::Warn, "'raise-small' in plan.classes"),
    ];
    let wanted = judged_by(shop("45.00 EUR"), &rules);
    let small = ["Deny default/guard/r0 campaign/other", "Deny default/guard/r0 campaign/spring"];
    let raise = ["Warn default/guard/r2 campaign/other", "Warn default/guard/r2 campaign/spring"];
    let mut found = verdicts(&world.plan(&wanted));
    found.sort();
    assert_eq!(found, [&small[..], &raise[..], &["Warn default/guard/r3 plan"]].concat());
    // What changes without raising has no band.
    world.converge(&shop("45.00 EUR"));
    let lower = judged_by(shop("40.00 EUR"), &[(Severity::Deny, "has(change.band)")]);
    assert_eq!(verdicts(&world.plan(&lower)), Vec::<String>::new());
}

#[test]
fn the_plan_and_its_teams_are_summed_up() {
    let rules = [
        (Severity::Deny, "plan.money.delta > money('100 EUR')"),
        (Severity::Warn, "plan.labelled('team', labels.team).money.delta > money('50 EUR')"),
    ];
    let mut world = World::default();
    let wanted = judged_by(shop("100 EUR"), &rules);
    let plan = world.plan(&wanted);
    assert_eq!(
        verdicts(&plan),
        [
            "Deny default/guard/r0 plan",
            "Warn default/guard/r1 campaign/spring",
            "Warn default/guard/r1 ad-group/es",
            "Warn default/guard/r1 ad/es/hero"
        ]
    );
    world.apply(&plan);
    // Half as much again is under both limits.
    assert_eq!(verdicts(&world.plan(&judged_by(shop("150 EUR"), &rules))), Vec::<String>::new());
}

#[test]
fn an_approval_that_a_policy_asks_for_is_a_class_of_the_plan() {
    let world = World::default();
    let plain = shop("100 EUR");
    let asked = judged_by(shop("100 EUR"), &[(Severity::RequireApproval, "after.objective == 'Sales'")]);
    let without = document(&world.plan(&plain), &plain, &world);
    assert!(!without.classes.contains(&Class::Exception));
    let planned = world.plan(&asked);
    let document = document(&planned, &asked, &world);
    assert!(document.classes.contains(&Class::Exception) && document.classes.contains(&Class::Raise(None)));
    assert_eq!(document.to_plan().unwrap().policy, planned.policy);
}

#[test]
fn verdicts_are_in_the_hash_and_their_wording_is_not() {
    let world = World::default();
    let hash = |rules: &[(Severity, &str)]| {
        let wanted = judged_by(shop("100 EUR"), rules);
        document(&world.plan(&wanted), &wanted, &world).hash
    };
    let without = hash(&[]);
    let warned = hash(&[(Severity::Warn, "after.objective == 'Sales'")]);
    assert_ne!(without, warned);
    assert_ne!(warned, hash(&[(Severity::Deny, "after.objective == 'Sales'")]));
    assert_eq!(
        warned,
        hash(&[(Severity::Warn, "after.objective != 'Traffic' && after.objective == 'Sales'")])
    );
    let wanted = judged_by(shop("100 EUR"), &[(Severity::Deny, "after.objective == 'Sales'")]);
    let mut document = document(&world.plan(&wanted), &wanted, &world);
    document.policy[0].message = "in other words".into();
    assert!(document.to_plan().is_ok());
    document.policy[0].severity = Severity::Warn;
    assert!(document.to_plan().is_err());
    document.policy.remove(0);
    assert!(document.to_plan().is_err());
}

#[test]
fn a_rule_that_cannot_be_judged_denies_and_says_why() {
    let wanted = judged_by(shop("100 EUR"), &[(Severity::Deny, "after.budget.daily > money('1 USD')")]);
    let plan = World::default().plan(&wanted);
    assert_eq!(
        verdicts(&plan),
        ["Deny default/guard/r0 campaign/other", "Deny default/guard/r0 campaign/spring"]
    );
    assert!(plan.policy[0].message.contains("in EUR, the rule has it in USD"));
    let told: Vec<&str> = plan.diagnostics.iter().map(|found| found.code.as_ref()).collect();
    assert_eq!(told, ["policy-currency-unknown"]);
}

#[test]
fn removals_meet_rules_that_speak_of_them() {
    let mut world = World::default();
    world.options.prune = true;
    world.converge(&shop("100 EUR"));
    let rules = [
        (Severity::Deny, "after.objective != 'Traffic'"),
        (Severity::Warn, "change.action == 'delete' && before.budget.daily > money('50 EUR')"),
    ];
    let left = judged_by(desired([campaign("other").daily("10.00 EUR")]), &rules);
    let plan = world.plan(&left);
    let found = verdicts(&plan);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("Warn default/guard/r1 campaign/"), "{found:?}");
}

#[test]
fn what_needs_nothing_live_is_foreseen() {
    let rules = [
        (Severity::Deny, "after.budget.daily > money('50 EUR')"),
        (Severity::Deny, "after.budget.daily > before.budget.daily"),
        (Severity::Warn, "change.kind == 'Ad'"),
        (Severity::RequireApproval, "has(creative.landingPage) && campaign.objective == 'Sales'"),
    ];
    let mut wanted = judged_by(shop("100 EUR"), &rules);
    let told = |desired: &Desired| {
        let found = crate::policy::foresee(desired).into_iter();
        found.map(|found| format!("{} {}", found.code, found.address.unwrap().short())).collect::<Vec<_>>()
    };
    assert_eq!(told(&wanted), ["policy-would-deny campaign/spring", "policy-would-ask ad/es/hero"]);
    // What a bound object does not name is not known before it is read.
    let account = wanted.accounts.values_mut().next().unwrap();
    for object in account.objects.values_mut() {
        object.external_id = crate::ids::ExternalId::new("1").ok();
    }
    assert_eq!(told(&wanted), Vec::<String>::new());
}
