//! What a plan says, case by case.

use super::world::{
    World, account_id, ad, address, campaign, desired, euros, group, key, lines, money, steps,
};
use crate::address::Kind;
use crate::desired::{CredentialSource, DeletionPolicy, Management};
use crate::ids::ProjectName;
use crate::marker::{Marker, Owner};
use crate::observed::{Coverage, ObservedObject};
use crate::plan::document::{DocumentContext, PlanDocument};
use crate::plan::{Action, Reason};
use crate::value::Value;

pub(super) fn tree() -> crate::desired::Desired {
    desired([campaign("spring").daily("20.00 EUR"), group("spring", "es"), ad("es", "hero")])
}

#[track_caller]
fn blocked(plan: &crate::plan::Plan) -> String {
    plan.changes
        .iter()
        .flat_map(|change| &change.reasons)
        .find_map(|reason| match reason {
            Reason::Blocked(blocked) => Some(format!("{}: {}", blocked.code, blocked.why)),
            _ => None,
        })
        .expect("something is blocked")
}

#[test]
fn a_new_tree_is_created_paused_and_enabled_from_the_leaves() {
    let mut world = World::default();
    let plan = world.converge(&tree());
    assert_eq!(
        lines(&plan),
        ["create campaign/spring raise", "create ad-group/es edit", "create ad/es/hero edit"]
    );
    assert_eq!(
        steps(&plan),
        [
            "create campaign/spring",
            "create ad-group/es",
            "create ad/es/hero",
            "enable ad/es/hero",
            "enable ad-group/es",
            "enable campaign/spring"
        ]
    );
    assert!(world.plan(&tree()).is_empty());
}

#[test]
fn absent_state_means_paused_at_create_and_unmanaged_later() {
    let mut world = World::default();
    let wanted = desired([campaign("spring").without("state").daily("20.00 EUR")]);
    assert_eq!(steps(&world.converge(&wanted)), ["create campaign/spring"]);
    world.edit(&address(Kind::Campaign, "spring"), |live| {
        live.fields.insert("state".into(), Value::text("Active"));
    });
    assert!(world.plan(&wanted).is_empty());
}

#[test]
fn nothing_is_created_where_the_platform_retired_it() {
    let mut world = World::default();
    world.converge(&tree());
    world.edit(&address(Kind::Campaign, "spring"), |live| {
        live.no_creates = Some("its objective is retired".to_owned());
    });
    let more = desired([campaign("spring").daily("20.00 EUR"), group("spring", "es"), group("spring", "fr")]);
    assert_eq!(blocked(&world.plan(&more)), "no-creates: its objective is retired");
    let replaced = desired([campaign("spring").daily("20.00 EUR").with("objective", Value::text("Leads"))]);
    assert_eq!(blocked(&world.plan(&replaced)), "no-creates: its objective is retired");
    let cheaper = desired([campaign("spring").daily("10.00 EUR"), group("spring", "es"), ad("es", "hero")]);
    assert_eq!(steps(&world.plan(&cheaper)), ["update[budget.daily] campaign/spring"]);
}

#[test]
fn what_siblings_share_takes_their_parent_along() {
    let shared = |path: &'static [&'static str]| {
        let mut world = World::default();
        let alike = |goal: &str| {
            let goal = Value::text(goal);
            desired([
                campaign("spring").daily("20.00 EUR"),
                group("spring", "es").with("bidding.strategy", goal.clone()),
                group("spring", "fr").with("bidding.strategy", goal),
            ])
        };
        world.converge(&alike("LowestCost"));
        for name in ["es", "fr"] {
            world.edit(&address(Kind::AdGroup, name), |live| {
                live.fixed = &["bidding.strategy"];
                live.shared = path;
            });
        }
        lines(&world.plan(&alike("CostCap")))
    };
    let replaced = |plan: &[String]| plan.iter().filter(|line| line.starts_with("replace")).count();
    assert_eq!(replaced(&shared(&[])), 2, "each group alone");
    assert_eq!(replaced(&shared(&["bidding.strategy"])), 3, "with their campaign");
}

#[test]
fn what_is_made_beside_edited_siblings_waits_for_them() {
    let mut world = World::default();
    let bidding = |amount: &str, names: &[&str]| {
        let group = |name: &&str| group("spring", name).with("bidding.amount", money(amount));
        desired(std::iter::once(campaign("spring").daily("20.00 EUR")).chain(names.iter().map(group)))
    };
    world.converge(&bidding("2.00 EUR", &["es"]));
    let order = |world: &World| steps(&world.plan(&bidding("3.00 EUR", &["es", "fr"])));
    let position =
        |steps: &[String], word: &str| steps.iter().position(|step| step.starts_with(word)).unwrap();
    let apart = order(&world);
    assert!(position(&apart, "create") < position(&apart, "update"), "{apart:?}");
    world.edit(&address(Kind::AdGroup, "es"), |live| live.shared = &["bidding.amount"]);
    let shared = order(&world);
    assert!(position(&shared, "update") < position(&shared, "create"), "{shared:?}");
}

#[test]
fn what_cannot_be_made_again_is_not_deleted() {
    let mut world = World::default();
    world.options.prune = true;
    world.converge(&tree());
    for name in ["spring", "es"] {
        let kind = if name == "es" { Kind::AdGroup } else { Kind::Campaign };
        world.edit(&address(kind, name), |live| live.no_creates = Some("its lane is closed".to_owned()));
    }
    let mut gone = desired([]);
    for account in gone.accounts.values_mut() {
        account.deletion_policy = DeletionPolicy::Delete;
    }
    let steps = steps(&world.plan(&gone));
    assert!(steps.iter().any(|step| step.starts_with("pause")), "{steps:?}");
    assert!(
        !steps.iter().any(|step| step.starts_with("delete campaign") || step.starts_with("delete ad-group"))
    );
}

#[test]
fn undeclared_fields_and_create_defaults_are_never_compared() {
    let mut world = World::default();
    let wanted =
        desired([campaign("spring").daily("20.00 EUR").by_default("network", Value::text("Search"))]);
    world.converge(&wanted);
    world.edit(&address(Kind::Campaign, "spring"), |live| {
        live.fields.insert("network".into(), Value::text("Everywhere"));
        live.fields.insert("labels".into(), Value::text("theirs"));
    });
    assert!(world.plan(&wanted).is_empty());
}

#[test]
fn money_goes_down_first_and_up_last() {
    let mut world = World::default();
    world.converge(&desired([
        campaign("a").daily("10.00 EUR"),
        campaign("b").daily("50.00 EUR"),
        campaign("c").daily("5.00 EUR"),
    ]));
    let plan = world.plan(&desired([
        campaign("a").daily("30.00 EUR"),
        campaign("b").daily("40.00 EUR"),
        campaign("c").paused().with("displayName", Value::text("C")),
    ]));
    assert_eq!(
        lines(&plan),
        [
            "update campaign/a raise budget.daily: 10.00 EUR → 30.00 EUR",
            "update campaign/b lower budget.daily: 50.00 EUR → 40.00 EUR",
            "update campaign/c lower displayName: ∅ → C state: Active → Paused"
        ]
    );
    assert_eq!(
        steps(&plan),
        [
            "update[budget.daily] campaign/b",
            "pause campaign/c",
            "update[displayName] campaign/c",
            "update[budget.daily] campaign/a"
        ]
    );
    let impact = &plan.money[0];
    assert_eq!(
        [impact.total.daily_before, impact.total.daily_after, impact.delta(), impact.total.worst_day],
        // The worst day of a lowered budget is still that of the higher one.
        [euros("65.00 EUR"), euros("70.00 EUR"), euros("5.00 EUR"), euros("140.00 EUR")]
    );
    assert_eq!(impact.total.worst_period["calendar week"], euros("490.00 EUR"));
}

#[test]
fn a_field_fixed_at_create_replaces_the_subtree_and_keeps_the_old_one_paused() {
    let mut world = World::default();
    world.converge(&tree());
    let wanted = desired([
        campaign("spring").daily("20.00 EUR").with("objective", Value::text("Traffic")),
        group("spring", "es"),
        ad("es", "hero"),
    ]);
    let plan = world.converge(&wanted);
    assert_eq!(plan.changes.iter().filter(|change| change.action == Action::Replace).count(), 3);
    assert_eq!(
        steps(&plan)[..4],
        [
            "supersede campaign/spring",
            "supersede ad-group/es",
            "supersede ad/es/hero",
            "create campaign/spring"
        ]
    );
    assert_eq!(world.objects.len(), 6, "the old objects stay");
    assert_eq!(world.objects.iter().filter(|object| object.is_active()).count(), 3);
    assert!(world.plan(&wanted).is_empty());
}

#[test]
fn what_moves_is_replaced_under_its_new_parent() {
    let mut world = World::default();
    let under = |parent: &str| {
        desired([campaign("a").daily("10.00 EUR"), campaign("b").daily("10.00 EUR"), group(parent, "es")])
    };
    world.converge(&under("a"));
    let plan = world.plan(&under("b"));
    let parent = |plan: &crate::plan::Plan, name: &str| {
        let change = plan.changes.iter().find(|change| change.address == address(Kind::Campaign, name));
        change.and_then(|change| change.id.clone())
    };
    let moved = plan.changes.iter().find(|change| change.action == Action::Replace).unwrap();
    assert_eq!(moved.parent_id, parent(&plan, "b"));
    world.apply(&plan);
    assert!(world.plan(&under("b")).is_empty());
}

#[test]
fn switching_between_exclusive_budgets_follows_the_schema() {
    let mut world = World::default();
    world.converge(&desired([campaign("a").daily("10.00 EUR")]));
    let plan = world.plan(&desired([campaign("a").with("budget.total", money("100.00 EUR"))]));
    assert_eq!(plan.changes[0].action, Action::Replace);
}

#[test]
fn a_field_that_cannot_change_blocks_with_what_to_do() {
    let mut world = World::default();
    let start = |text: &str| Value::Time(text.parse().unwrap());
    let on = |text| desired([campaign("a").daily("10.00 EUR").with("schedule.start", start(text))]);
    world.converge(&on("2026-03-01T00:00:00+00:00[UTC]"));
    let plan = world.plan(&on("2026-04-01T00:00:00+00:00[UTC]"));
    assert_eq!(blocked(&plan), "field-fixed: `schedule.start` cannot be changed on Meta Ads");
}

#[test]
fn an_instant_moves_until_it_has_come() {
    let start = |text: &str| Value::Time(text.parse().unwrap());
    let on = |text| desired([campaign("a").daily("10.00 EUR").with("pretend.flight", start(text))]);
    // Plans in tests are made on the first of March.
    for (live, allowed) in
        [("2026-03-02T00:00:00+00:00[UTC]", true), ("2026-02-01T00:00:00+00:00[UTC]", false)]
    {
        let mut world = World::default();
        world.converge(&on(live));
        let plan = world.plan(&on("2026-04-01T00:00:00+00:00[UTC]"));
        let expected = if allowed { Action::Update } else { Action::Blocked };
        assert_eq!(plan.changes[0].action, expected, "{live}");
        if !allowed {
            assert_eq!(blocked(&plan), "field-past: `pretend.flight` has passed, and Meta Ads keeps it then");
        }
    }
    let mut world = World::default();
    world.converge(&desired([campaign("a").daily("10.00 EUR")]));
    let plan = world.plan(&on("2026-04-01T00:00:00+00:00[UTC]"));
    assert_eq!(plan.changes[0].action, Action::Blocked, "what has no start has started");
}

#[test]
fn unreadable_fields_are_sent_and_never_compared() {
    let mut world = World::default();
    let wanted = desired([campaign("a").daily("10.00 EUR").with("pretend.secret", Value::text("x"))]);
    assert!(world.converge(&wanted).changes[0].field("pretend.secret").is_some());
    world.edit(&address(Kind::Campaign, "a"), |live| {
        live.fields.remove("pretend.secret");
    });
    assert!(world.plan(&wanted).is_empty());
}

#[test]
fn clearing_is_written_out() {
    let mut world = World::default();
    world.converge(&desired([campaign("a").daily("10.00 EUR").with("bidding.amount", money("1.00 EUR"))]));
    let wanted = desired([campaign("a").daily("10.00 EUR").clearing("bidding.amount")]);
    let plan = world.converge(&wanted);
    assert_eq!(lines(&plan), ["update campaign/a raise bidding.amount: 1.00 EUR → ∅"]);
    assert!(world.plan(&wanted).is_empty());
}

#[test]
fn a_rename_keeps_the_live_object() {
    let mut world = World::default();
    world.converge(&desired([campaign("old").daily("10.00 EUR")]));
    let wanted = desired([campaign("new").moved_from("old").daily("10.00 EUR")]);
    let plan = world.converge(&wanted);
    assert_eq!(lines(&plan), ["update campaign/new edit"]);
    assert_eq!(world.objects.len(), 1);
    assert!(world.plan(&desired([campaign("new").daily("10.00 EUR")])).is_empty());
}

fn somebody_elses(id: &str) -> ObservedObject {
    let mut object = ObservedObject::new(Kind::Campaign, id.parse().unwrap());
    object.fields.insert("state".into(), Value::text("Active"));
    object.fields.insert("objective".into(), Value::text("Sales"));
    object.fields.insert("budget.daily".into(), money("10.00 EUR"));
    object
}

#[test]
fn binding_writes_nothing_until_something_changes() {
    let mut world = World { objects: vec![somebody_elses("77")], ..World::default() };
    assert!(world.plan(&desired([campaign("a").bound("77").daily("10.00 EUR")])).is_empty());

    let plan = world.plan(&desired([campaign("a").bound("77").daily("9.00 EUR")]));
    assert_eq!(lines(&plan), ["adopt campaign/a lower budget.daily: 10.00 EUR → 9.00 EUR"]);

    world.options.adopt_now = true;
    let plan = world.converge(&desired([campaign("a").bound("77").daily("10.00 EUR")]));
    assert_eq!(steps(&plan), ["update[] campaign/a"]);
    assert!(world.plan(&desired([campaign("a").daily("10.00 EUR")])).is_empty(), "the marker finds it now");
}

#[test]
fn an_object_of_ours_bound_under_another_name_waits_for_a_change_too() {
    let mut world = World::default();
    world.converge(&desired([campaign("a").daily("10.00 EUR")]));
    let renamed = desired([campaign("imported").bound("n1").daily("10.00 EUR")]);
    assert!(!world.plan(&renamed).has_pending(), "the id keeps naming it");
    let plan = world.converge(&desired([campaign("imported").bound("n1").daily("9.00 EUR")]));
    assert_eq!(lines(&plan), ["update campaign/imported lower budget.daily: 10.00 EUR → 9.00 EUR"]);
    assert!(!world.plan(&desired([campaign("imported").daily("9.00 EUR")])).has_pending());
}

#[test]
fn an_unknown_external_id_is_blocked_not_created() {
    let plan = World::default().plan(&desired([campaign("a").bound("77").daily("10.00 EUR")]));
    assert_eq!(blocked(&plan), "unknown-external-id: the platform has no Campaign with id 77");
}

#[test]
fn another_owners_object_is_only_written_when_taken_over() {
    let mut theirs = somebody_elses("77");
    theirs.marker = Some(Marker {
        owner: Owner::of_project(&ProjectName::new("other").unwrap()),
        key: campaign("x").0.identity(&account_id()),
    });
    let mut world = World { objects: vec![theirs], ..World::default() };
    let same = desired([campaign("a").bound("77").daily("10.00 EUR")]);
    assert!(!world.plan(&same).has_pending(), "an object without a difference is none whoever owns it");
    let other = desired([campaign("a").bound("77").daily("9.00 EUR")]);
    assert_eq!(blocked(&world.plan(&other)), "owned-by-another: it carries another owner's marker");
    world.options.take_over = true;
    world.converge(&other);
    assert!(world.plan(&other).is_empty());
}

#[test]
fn a_lost_marker_is_restored_through_the_remembered_id() {
    let mut world = World::default();
    let wanted = desired([campaign("a").daily("10.00 EUR")]);
    let plan = world.converge(&wanted);
    world.bindings.insert(plan.changes[0].address.clone(), world.objects[0].id.clone());
    world.objects[0].marker = None;
    let plan = world.converge(&wanted);
    assert!(plan.changes[0].reasons.contains(&Reason::MarkerLost));
    assert_eq!(world.objects.len(), 1);
    assert!(world.plan(&wanted).is_empty());
}

#[test]
fn two_objects_with_one_marker_are_reported_never_guessed_about() {
    let mut world = World::default();
    world.converge(&desired([campaign("a").daily("10.00 EUR")]));
    let mut copy = world.objects[0].clone();
    copy.id = "copy".parse().unwrap();
    world.objects.push(copy);
    let plan = world.plan(&desired([campaign("a").daily("9.00 EUR")]));
    assert_eq!(blocked(&plan), "duplicate-marker: 2 live objects carry its marker: n1, copy");
}

#[test]
fn nothing_is_created_or_removed_on_partial_coverage() {
    let mut world = World::default();
    world.converge(&desired([campaign("a").daily("10.00 EUR")]));
    world.options.prune = true;
    let mut observed = world.observed();
    observed.accounts.get_mut(&key()).unwrap().coverage =
        Coverage::Partial { because: "page 2 failed".into() };
    let plan = world.plan_with(&desired([campaign("b").daily("10.00 EUR")]), &observed);
    assert!(plan.is_empty());
    assert_eq!(
        blocked(&plan),
        "partial-coverage: the account was read only in part (page 2 failed), so it may exist already"
    );
}

#[test]
fn a_different_currency_stops_everything() {
    let world = World::default();
    let mut observed = world.observed();
    let facts = observed.accounts.get_mut(&key()).unwrap().facts.as_mut().unwrap();
    facts.currency = crate::money::Currency::USD;
    let plan = world.plan_with(&tree(), &observed);
    assert!(plan.is_empty());
    assert!(plan.diagnostics.iter().any(|finding| finding.code == "wrong-currency" && finding.is_error()));
}

#[test]
fn an_observed_only_account_shows_differences_and_writes_nothing() {
    let mut wanted = tree();
    wanted.accounts.get_mut(&key()).unwrap().management = Management::Observe;
    let plan = World::default().plan(&wanted);
    assert!(plan.is_empty() && plan.has_pending());
    assert_eq!(blocked(&plan), "observed-only: the account is only observed");
}

#[test]
fn one_creative_on_several_ads_fans_out() {
    let text = |text: &str| Value::text_list([text]);
    let wanted = |headline: &str| {
        desired([
            campaign("a").daily("10.00 EUR"),
            group("a", "g"),
            ad("g", "one").with("creative.headlines", text(headline)),
            ad("g", "two").with("creative.headlines", text(headline)),
        ])
    };
    let mut world = World::default();
    world.converge(&wanted("Before"));
    let plan = world.plan(&wanted("After"));
    assert_eq!(plan.classes.iter().map(crate::plan::Class::word).collect::<Vec<_>>(), ["fan-out"]);
}

#[test]
fn the_document_round_trips_and_refuses_edits() {
    let world = World::default();
    let wanted = tree();
    let plan = world.plan(&wanted);
    let context = DocumentContext {
        desired: &wanted,
        observed: &world.observed(),
        engine: "adplane test",
        approvals: None,
    };
    let document = PlanDocument::new(&plan, &context);
    let text = serde_json::to_string(&document).unwrap();
    let read: PlanDocument = serde_json::from_str(&text).unwrap();
    assert_eq!(read, document);
    let back = read.to_plan().unwrap();
    assert_eq!((&back.changes, &back.steps), (&plan.changes, &plan.steps));

    let validator = jsonschema::validator_for(&PlanDocument::json_schema()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        validator.iter_errors(&json).map(|error| error.to_string()).collect::<Vec<_>>(),
        Vec::<String>::new()
    );

    let edits: [fn(&mut PlanDocument); 4] = [
        |plan| plan.changes[0].fields[0].after = Some(serde_json::json!("99999.00 EUR")),
        |plan| plan.approvals = Some(serde_json::json!({})),
        |plan| plan.scope.accounts[0].connection.token_endpoint = Some("http://elsewhere".into()),
        |plan| {
            let command = vec!["anything".to_owned()];
            plan.scope.accounts[0].connection.credentials = Some(CredentialSource::Exec(command));
        },
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let mut edited = read.clone();
        edit(&mut edited);
        assert!(edited.to_plan().is_err(), "edit {number}");
    }
}
