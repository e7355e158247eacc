//! Properties of the planner over generated portfolios (design §8).

use proptest::prelude::*;

use super::world::{World, ad, campaign, desired, group, key};
use crate::desired::Desired;
use crate::money::{Currency, Money};
use crate::plan::document::{DocumentContext, PlanDocument};
use crate::plan::{Action, Plan, check};
use crate::value::Value;

/// A portfolio as plain numbers, so that shrinking is readable.
#[derive(Debug, Clone)]
struct Shape {
    campaigns: Vec<CampaignShape>,
}

#[derive(Debug, Clone)]
struct CampaignShape {
    name: u8,
    active: bool,
    sales: bool,
    cents: u16,
    groups: Vec<GroupShape>,
}

/// Goal, whether it runs, and the headline of each ad.
type GroupShape = (u8, bool, Vec<(u8, u8)>);

fn shapes() -> impl Strategy<Value = Shape> {
    let ads = prop::collection::vec((0..3_u8, 0..3_u8), 0..3);
    let groups = prop::collection::vec((0..3_u8, any::<bool>(), ads), 0..3);
    let campaigns = (0..4_u8, any::<bool>(), any::<bool>(), 1..500_u16, groups).prop_map(
        |(name, active, sales, cents, groups)| CampaignShape { name, active, sales, cents, groups },
    );
    prop::collection::vec(campaigns, 0..4).prop_map(|campaigns| Shape { campaigns })
}

fn wanted(shape: &Shape) -> Desired {
    let mut objects = Vec::new();
    for (index, shape) in shape.campaigns.iter().enumerate() {
        // Later campaigns of the same name would be duplicates, which loading refuses.
        let name = format!("c{}-{index}", shape.name);
        let amount = Money::from_micros(i64::from(shape.cents) * 10_000, Currency::EUR);
        let objective = if shape.sales { "Sales" } else { "Traffic" };
        let mut built =
            campaign(&name).with("budget.daily", amount.into()).with("objective", Value::text(objective));
        if !shape.active {
            built = built.paused();
        }
        objects.push(built);
        for (number, (goal, active, ads)) in shape.groups.iter().enumerate() {
            let group_name = format!("{name}-g{number}");
            let mut built =
                group(&name, &group_name).with("optimization.goal", Value::text(format!("G{goal}")));
            if !active {
                built = built.paused();
            }
            objects.push(built);
            for (number, (headline, _)) in ads.iter().enumerate() {
                let headlines = Value::text_list([format!("H{headline}")]);
                objects.push(ad(&group_name, &format!("a{number}")).with("creative.headlines", headlines));
            }
        }
    }
    desired(objects)
}

fn hash(world: &World, desired: &Desired, plan: &Plan) -> String {
    let observed = world.observed();
    let context = DocumentContext { desired, observed: &observed, engine: "adplane test", approvals: None };
    PlanDocument::new(plan, &context).hash
}

/// Live objects per marker: never more than one.
fn no_duplicates(world: &World) -> bool {
    let mut markers: Vec<_> = world.objects.iter().filter_map(|object| object.marker.clone()).collect();
    let before = markers.len();
    markers.sort();
    markers.dedup();
    markers.len() == before
}

/// Drops what the YAML does not want, as a person never would but a generator may.
fn pruning() -> World {
    let mut world = World::default();
    world.options.prune = true;
    world
}

proptest! {
    #[test]
    fn plan_apply_plan_is_empty(first in shapes(), second in shapes()) {
        let mut world = pruning();
        for shape in [&first, &second] {
            let desired = wanted(shape);
            world.converge(&desired);
            let again = world.plan(&desired);
            prop_assert!(!again.has_pending(), "{:?}", super::world::lines(&again));
            prop_assert!(no_duplicates(&world));
        }
    }

    #[test]
    fn a_crash_at_any_step_heals(first in shapes(), second in shapes(), at in 0..40_usize, then in 0..40_usize) {
        let mut world = pruning();
        world.converge(&wanted(&first));
        let desired = wanted(&second);
        for count in [at, then] {
            let plan = world.plan(&desired);
            world.apply_some(&plan, count);
            prop_assert!(no_duplicates(&world));
        }
        world.converge(&desired);
        let again = world.plan(&desired);
        prop_assert!(!again.has_pending(), "{:?}", super::world::lines(&again));
        prop_assert!(no_duplicates(&world));
        let active = world.objects.iter().filter(|object| object.is_active()).count();
        let asked = desired.accounts[&key()].objects.values().filter(|object| object.wants_active()).count();
        prop_assert_eq!(active, asked, "nothing else runs");
    }

    #[test]
    fn same_input_same_hash_whatever_the_order(shape in shapes(), before in shapes()) {
        let mut world = pruning();
        world.converge(&wanted(&before));
        let desired = wanted(&shape);
        let first = hash(&world, &desired, &world.plan(&desired));
        world.objects.reverse();
        let mut shuffled = desired.clone();
        for object in shuffled.accounts.values_mut().flat_map(|account| account.objects.values_mut()) {
            for field in object.fields.values_mut() {
                if let Value::Set(members) = &field.value {
                    field.value = Value::set(members.iter().rev().cloned());
                }
                field.origin = Some(crate::field::Origin { file: "elsewhere.yaml".into(), line: 7, column: 3 });
            }
        }
        prop_assert_eq!(first, hash(&world, &shuffled, &world.plan(&shuffled)));
    }

    #[test]
    fn nothing_unmanaged_is_touched(shape in shapes(), strangers in 0..4_usize) {
        let mut world = pruning();
        for number in 0..strangers {
            let mut stranger = crate::observed::ObservedObject::new(
                crate::address::Kind::Campaign,
                format!("stranger{number}").parse().unwrap(),
            );
            stranger.fields.insert("state".into(), Value::text("Active"));
            world.objects.push(stranger);
        }
        let plan = world.plan(&wanted(&shape));
        let touched = plan.changes.iter().filter_map(|change| change.id.as_ref());
        let strange = touched.filter(|id| id.as_str().starts_with("stranger")).count();
        prop_assert_eq!(strange, 0);
        prop_assert_eq!(check::check(&plan), Vec::<String>::new());
    }

    #[test]
    fn lowering_never_waits_for_raising(first in shapes(), second in shapes()) {
        let mut world = World::default();
        world.converge(&wanted(&first));
        let plan = world.plan(&wanted(&second));
        let wave_of = |operation: &crate::plan::Operation| {
            plan.steps.iter().position(|step| step.operation == *operation)
        };
        if let (Some(pause), Some(enable)) =
            (wave_of(&crate::plan::Operation::Pause), wave_of(&crate::plan::Operation::Enable))
        {
            prop_assert!(pause < enable);
        }
        prop_assert!(plan.changes.iter().all(|change| change.action != Action::Delete), "nobody asked to prune");
    }
}
