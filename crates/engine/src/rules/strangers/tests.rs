//! What is counted of live objects that nobody wants.

use adplane_core::money::Currency;
use adplane_core::time::{Time, Zone};
use adplane_core::value::Value;

use super::*;

const EURO: i64 = 1_000_000;

fn now() -> Timestamp {
    "2026-06-10T10:00:00Z".parse().unwrap()
}

fn object(kind: Kind, id: &str, parent: Option<&str>, fields: &[(&'static str, Value)]) -> ObservedObject {
    let mut object = ObservedObject::new(kind, id.parse().unwrap());
    object.parent = parent.map(|id| id.parse().unwrap());
    for (path, value) in fields {
        object.fields.insert((*path).into(), value.clone());
    }
    object
}

fn active() -> (&'static str, Value) {
    ("state", Value::text("Active"))
}

fn paused() -> (&'static str, Value) {
    ("state", Value::text("Paused"))
}

fn euros(path: &'static str, amount: i64) -> (&'static str, Value) {
    (path, Value::Money(Money::from_micros(amount * EURO, Currency::EUR)))
}

fn until(text: &str) -> (&'static str, Value) {
    ("schedule.end", Value::Time(Time::new(text.parse().unwrap(), Zone::utc())))
}

/// What is told of these, of which those with ids of claimed ones are wanted.
fn told(objects: Vec<ObservedObject>, claimed: &[(Kind, &str, &Address)]) -> Strangers {
    let claimed = claimed.iter().map(|(kind, id, address)| ((*kind, *id), *address)).collect();
    strangers(&ObservedAccount { objects, ..ObservedAccount::default() }, &claimed, now())
}

/// Whole euros of each: daily, total, and what the platform itself raises.
fn amounts(found: &Strangers) -> Vec<(&str, [i64; 3])> {
    let of = |spend: Spend| [spend.daily, spend.total, spend.automatic].map(|micros| micros / EURO);
    found.each.iter().map(|(id, one)| (id.as_str(), of(one.spend))).collect()
}

#[test]
fn what_runs_by_a_budget_of_its_own_counts() {
    use Kind::{AdGroup, Campaign};
    let mut raised = object(Campaign, "3", None, &[active(), euros("budget.daily", 30)]);
    raised.raises_itself = true;
    let found = told(
        vec![
            object(Campaign, "1", None, &[active(), euros("budget.daily", 10)]),
            object(Campaign, "2", None, &[active(), euros("budget.total", 20)]),
            raised,
            object(Campaign, "4", None, &[paused(), euros("budget.daily", 40)]),
            object(Campaign, "5", None, &[active()]),
            object(AdGroup, "51", Some("5"), &[active(), euros("budget.daily", 51)]),
            object(AdGroup, "52", Some("5"), &[paused(), euros("budget.daily", 52)]),
            object(AdGroup, "41", Some("4"), &[active(), euros("budget.daily", 41)]),
            // What is over, itself or above, spends nothing; what is still to begin may.
            object(
                Campaign,
                "6",
                None,
                &[active(), euros("budget.total", 60), until("2026-06-10T10:00:00Z")],
            ),
            object(AdGroup, "61", Some("6"), &[active(), euros("budget.daily", 61)]),
            object(
                Campaign,
                "7",
                None,
                &[active(), euros("budget.total", 70), until("2026-06-10T10:00:01Z")],
            ),
        ],
        &[],
    );
    let counted = [
        ("AdGroup/51", [51, 0, 0]),
        ("Campaign/1", [10, 0, 0]),
        ("Campaign/2", [0, 20, 0]),
        ("Campaign/3", [30, 0, 30]),
        ("Campaign/7", [0, 70, 0]),
    ];
    assert_eq!((amounts(&found), &found.unknown), (counted.to_vec(), &None));
    assert!(found.each.values().all(|one| one.above.is_none()));
}

#[test]
fn what_is_wanted_is_none_and_what_lies_in_it_runs_with_it() {
    use Kind::{AdGroup, Campaign};
    let wanted: Address = "meta/meta-eu/Campaign/growth/sale".parse().unwrap();
    let group: Address = "meta/meta-eu/AdGroup/growth/all".parse().unwrap();
    let found = told(
        vec![
            object(Campaign, "1", None, &[paused(), euros("budget.daily", 10)]),
            object(AdGroup, "11", Some("1"), &[active(), euros("budget.daily", 11)]),
            object(AdGroup, "12", Some("1"), &[active(), euros("budget.daily", 12)]),
            object(AdGroup, "13", Some("1"), &[paused(), euros("budget.daily", 13)]),
            // An id means another object in each kind.
            object(AdGroup, "1", None, &[active(), euros("budget.daily", 1)]),
        ],
        &[(Campaign, "1", &wanted), (AdGroup, "11", &group)],
    );
    assert_eq!(amounts(&found), [("AdGroup/1", [1, 0, 0]), ("AdGroup/12", [12, 0, 0])]);
    assert_eq!((&found.each["AdGroup/12"].above, &found.each["AdGroup/1"].above), (&Some(wanted), &None));
}

#[test]
fn a_shared_budget_counts_where_something_may_draw_on_it() {
    use Kind::{Budget, Campaign};
    let wanted: Address = "google/google-eu/Campaign/growth/sale".parse().unwrap();
    let draws = |id: &str, state, budget: &str| {
        let mut campaign = object(Campaign, id, None, &[state]);
        campaign.budget = Some(budget.parse().unwrap());
        campaign
    };
    let budget = |id: &str, amount| object(Budget, id, None, &[euros("shared.daily", amount)]);
    let found = told(
        vec![
            budget("1", 10),
            budget("2", 20),
            budget("3", 30),
            budget("4", 40),
            draws("91", active(), "1"),
            draws("92", paused(), "2"),
            // A rule may resume what is wanted.
            draws("93", paused(), "3"),
        ],
        &[(Campaign, "93", &wanted)],
    );
    assert_eq!(amounts(&found), [("Budget/1", [10, 0, 0]), ("Budget/3", [30, 0, 0])]);
}

#[test]
fn what_may_or_may_not_run_is_told() {
    use Kind::{AdGroup, Campaign};
    let unknown = |objects| told(objects, &[]).unknown;
    let name = ("displayName", Value::text("Summer"));
    let budget = || euros("budget.daily", 10);
    let untold = || object(Campaign, "1", None, &[name.clone(), budget()]);
    assert_eq!(unknown(vec![untold()]).as_deref(), Some("Summer (Campaign 1), which is not in git,"));
    let mut ended = untold();
    ended.status.delivery = Some(Delivery::Ended);
    assert_eq!(unknown(vec![ended]), None);
    assert_eq!(
        unknown(vec![object(Campaign, "1", None, std::slice::from_ref(&name))]),
        None,
        "it has nothing to spend"
    );
    let below = |state| object(AdGroup, "2", Some("1"), &[state, budget()]);
    assert!(unknown(vec![below(active())]).is_some(), "nobody read what it lies in");
    assert_eq!(unknown(vec![below(paused())]), None);
    let above = object(Campaign, "1", None, &[name]);
    assert!(unknown(vec![above, below(active())]).is_some());
}
