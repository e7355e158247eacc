use adplane_core::pacing::Pattern;
use adplane_core::pool::{Allocation, Marginal, Pool, Returns, Term};
use adplane_core::value::Value;

use super::*;
use crate::lower::tests::{ACCOUNT, Case};

const GOOGLE: &str = "apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: google-eu, namespace: growth}
spec:
  platform: Google
  accountId: \"1234567890\"
  currency: CURRENCY
  timeZone: Europe/Madrid
  credentials: {env: GOOGLE_EU}
  compliance: {euPoliticalAds: false}
";

fn case_in(currency: &str, pool: &str, campaigns: &[(&str, &str, &str)]) -> Case {
    let pool = format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Budget\nmetadata: {{name: spring, namespace: growth}}\nspec:\n  pool: {pool}\n"
    );
    let campaigns: Vec<String> = campaigns
        .iter()
        .map(|(name, labels, rest)| {
            let account = if *name == "search" { "google-eu" } else { "meta-eu" };
            format!(
                "---\napiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}, namespace: growth, \
                 labels: {{{labels}}}}}\nspec: {{account: {account}, objective: Sales, targeting: {{locations: [ES]}}, {rest}}}\n"
            )
        })
        .collect();
    let campaigns = campaigns.concat();
    Case::new(&[
        ("adplane.yaml", "project: shop\n"),
        ("account.yaml", ACCOUNT),
        ("google.yaml", &GOOGLE.replace("CURRENCY", currency)),
        ("pool.yaml", &pool),
        ("shop.yaml", campaigns.trim_start_matches("---\n")),
    ])
}

fn case(pool: &str, campaigns: &[(&str, &str, &str)]) -> Case {
    case_in("EUR", pool, campaigns)
}

const MANAGED: &str = "state: Active, budget: {managed: {daily: {initial: 10 EUR, min: 5 EUR, max: 90 EUR}}}";
const NAMED: &str = "state: Active, budget: {ref: spring}";

fn one(case: &Case) -> Pool {
    assert_eq!(case.found(), Vec::<String>::new());
    case.lowered.pools[0].clone()
}

fn initial(case: &Case, name: &str) -> Vec<String> {
    let objects = case.lowered.desired.accounts.values().flat_map(|account| account.objects.values());
    let field = objects
        .filter(|object| object.address.name.as_str() == name)
        .find_map(|object| object.field(DAILY_BUDGET));
    let FieldOwner::Managed(managed) = field.unwrap().owner.clone() else { panic!("not managed") };
    let owner = managed.pool.as_ref().map(|owner| format!("{} {}", owner.name, owner.pauses));
    vec![
        managed.initial.to_string(),
        managed.min.to_string(),
        managed.max.to_string(),
        owner.unwrap_or_default(),
    ]
}

#[test]
fn campaigns_of_any_platform_draw_on_a_pool_by_name_or_by_labels() {
    let found = case(
        "{monthly: 3000.00 EUR, onExhausted: Pause, selector: {matchLabels: {season: spring}}, pattern: Even}",
        &[("search", "", NAMED), ("social", "season: spring", MANAGED), ("other", "season: autumn", MANAGED)],
    );
    let pool = one(&found);
    let members: Vec<String> = pool.members.iter().map(ToString::to_string).collect();
    assert_eq!(members, ["google/google-eu/Campaign/growth/search", "meta/meta-eu/Campaign/growth/social"]);
    assert_eq!((pool.term, pool.pattern.clone(), pool.is_hard()), (Term::Month, Pattern::Even, true));
    assert_eq!(
        initial(&found, "search"),
        ["48.38 EUR", "0.01 EUR", "3000.00 EUR", "spring true"],
        "3000 / 31 / 2"
    );
    assert_eq!(initial(&found, "social"), ["10.00 EUR", "5.00 EUR", "90.00 EUR", "spring true"]);
    assert_eq!(initial(&found, "other")[3], "", "not its own");
    let search = found.lowered.desired.object(&pool.members[0]).unwrap();
    assert!(
        search.field("budget.ref").is_none() && search.budget.is_none(),
        "no shared budget of the vendor's"
    );
    assert_eq!(search.value(DAILY_BUDGET), Some(&Value::from("48.38 EUR".parse::<Money>().unwrap())));
}

#[test]
fn bounds_go_beside_the_name_of_a_pool() {
    let both =
        "state: Active, budget: {ref: spring, managed: {daily: {initial: 20 EUR, min: 5 EUR, max: 90 EUR}}}";
    let found = case(
        "{total: 900 EUR, start: \"2026-03-01\", end: \"2026-03-10\", allocation: Weights, weights: {social: 3}}",
        &[("social", "", both)],
    );
    let pool = one(&found);
    assert_eq!(initial(&found, "social"), ["20.00 EUR", "5.00 EUR", "90.00 EUR", "spring false"]);
    let days = Term::Days("2026-03-01".parse().unwrap(), "2026-03-10".parse().unwrap());
    assert_eq!(pool.term, days);
    let weights = BTreeMap::from([(ObjectName::new("social").unwrap(), 3)]);
    assert_eq!(pool.allocation, Allocation::Weights(weights));
}

#[test]
fn what_cannot_be_meant_is_told() {
    let social = [("social", "", NAMED)];
    for (pool, campaigns, expected) in [
        ("{total: 900 EUR}", &social[..], vec!["900 EUR pool-period"]),
        ("{monthly: 900 EUR, end: \"2026-03-10\"}", &social, vec!["\"2026-03-10\" pool-period"]),
        (
            "{total: 900 EUR, start: \"2026-03-10\", end: \"2026-03-01\"}",
            &social,
            vec!["\"2026-03-01\" pool-period"],
        ),
        (
            "{total: 900 EUR, start: \"2026-03-10T08:00\", end: \"2026-03-11\"}",
            &social,
            vec!["\"2026-03-10T08:00\" pool-period"],
        ),
        ("{monthly: 900 EUR, weights: {social: 2}}", &social, vec!["{social: 2} pool-allocation"]),
        (
            "{monthly: 900 EUR, allocation: Weights, weights: {social: 2, socail: 9}}",
            &social,
            vec!["{social: 2, socail: 9} pool-weights"],
        ),
        ("{monthly: 900 EUR, pattern: Even, floorPct: 50}", &social, vec!["50 pool-pattern"]),
        ("{monthly: 900 EUR, floorPct: 120}", &social, vec!["120 out-of-range"]),
        ("{monthly: 900 EUR, pattern: Custom}", &social, vec!["Custom pool-pattern"]),
        ("{monthly: 900 EUR, dayWeights: [1, 2]}", &social, vec!["[1, 2] pool-pattern"]),
        ("{monthly: 900 EUR, pattern: Custom, dayWeights: [1, 2]}", &social, vec!["[1, 2] pool-pattern"]),
        (
            "{total: 900 EUR, start: \"2026-03-01\", end: \"2026-03-02\", pattern: Custom, dayWeights: [0, 0]}",
            &social,
            vec!["[0, 0] pool-pattern"],
        ),
        ("{monthly: 900 EUR, stop: {marginalCpa: 9 EUR}}", &social, vec!["9 EUR pool-allocation"]),
        ("{monthly: 900 EUR, allocation: Curves, stop: {marginalRoas: 2.5}}", &social, vec!["2.5 pool-stop"]),
        (
            "{monthly: 900 EUR, allocation: Curves, returns: Value, stop: {marginalCpa: 9 EUR}}",
            &social,
            vec!["9 EUR pool-stop"],
        ),
        (
            "{monthly: 900 EUR, allocation: Curves, returns: Value, stop: {marginalRoas: 0}}",
            &social,
            vec!["0 pool-stop"],
        ),
        (
            "{monthly: 900 EUR, allocation: Curves, stop: {marginalCpa: 0 EUR}}",
            &social,
            vec!["0 EUR pool-amount"],
        ),
        ("{monthly: 900 EUR, caps: {meta: 20 USD}}", &social, vec!["20 USD pool-currency"]),
        ("{monthly: 900 EUR, caps: {google: 20 EUR}}", &social, vec!["20 EUR pool-caps"]),
        ("{monthly: 900 EUR, caps: {meta: 20 EUR}}", &social, vec!["900 EUR pool-maximums"]),
        (
            "{monthly: 900 EUR, caps: {meta: 4 EUR}}",
            &[("social", "", &MANAGED.replace("managed", "ref: spring, managed"))],
            vec!["900 EUR pool-maximums", "4 EUR pool-caps"],
        ),
        ("{monthly: 900 EUR}", &[], vec!["900 EUR pool-without-members"]),
        (
            "{monthly: 900 EUR, onExhausted: Pause}",
            &[("social", "", "budget: {ref: spring}")],
            vec!["spring pool-member-state"],
        ),
        (
            "{monthly: 900 EUR, selector: {matchLabels: {season: spring}}}",
            &[("social", "season: spring", "budget: {daily: 10 EUR}")],
            vec!["season: spring pool-member-budget"],
        ),
        (
            "{monthly: 100 EUR}",
            &[("social", "", &MANAGED.replace("managed", "ref: spring, managed"))],
            vec!["100 EUR pool-minimums"],
        ),
        (
            "{monthly: 300 EUR}",
            &[("social", "", &MANAGED.replace("managed", "ref: spring, managed"))],
            vec!["300 EUR pool-initial"],
        ),
        (
            "{monthly: 9000 EUR}",
            &[("social", "", &MANAGED.replace("managed", "ref: spring, managed"))],
            vec!["9000 EUR pool-maximums"],
        ),
    ] {
        let found: Vec<String> = case(pool, campaigns).found();
        let codes = |all: &[String]| {
            all.iter().map(|one| one.rsplit(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(codes(&found), codes(&expected), "{pool}: {found:?}");
        if expected.iter().all(|one| !one.starts_with("season")) {
            assert_eq!(found, expected, "{pool}");
        }
    }
    let dollars = case_in("USD", "{monthly: 900 EUR}", &[("search", "", NAMED), ("social", "", NAMED)]);
    assert_eq!(dollars.found(), ["spring pool-currency"]);
}

#[test]
fn a_campaign_draws_on_one_pool() {
    let two = "{monthly: 900 EUR, selector: {matchLabels: {season: spring}}}
---
apiVersion: adplane.io/v1alpha1
kind: Budget
metadata: {name: other, namespace: growth}
spec:
  pool: {monthly: 900 EUR}";
    let named = NAMED.replace("ref: spring", "ref: other");
    let found = case(two, &[("social", "season: spring", &named), ("meta", "season: spring", MANAGED)]);
    assert_eq!(found.found(), ["other pool-member-twice"]);
    let members: Vec<usize> = found.lowered.pools.iter().map(|pool| pool.members.len()).collect();
    assert_eq!(members, [1, 1], "the one that it names counts");
}

#[test]
fn how_a_pool_is_spread_and_split_is_read() {
    let social = [("social", "", NAMED), ("search", "", NAMED)];
    let read = |pool: &str| one(&case(pool, &social));
    assert_eq!(read("{monthly: 900 EUR, floorPct: 62.5}").pattern, Pattern::WeekdayWithFloor(6_250));
    let custom = read(
        "{total: 900 EUR, start: \"2026-03-01\", end: \"2026-03-03\", pattern: Custom, dayWeights: [1, 0, 2]}",
    );
    assert_eq!(custom.pattern, Pattern::Custom(vec![1, 0, 2]));
    let cpa = read("{monthly: 900 EUR, allocation: Curves, stop: {marginalCpa: 40 EUR}}");
    let most = Marginal::Cpa("40 EUR".parse().unwrap());
    assert_eq!(cpa.allocation, Allocation::Curves(Returns::Conversions, Some(most)));
    let roas = read("{monthly: 900 EUR, allocation: Curves, returns: Value, stop: {marginalRoas: 2.5}}");
    assert_eq!(roas.allocation, Allocation::Curves(Returns::Value, Some(Marginal::Roas(2_500_000))));
    let capped = read("{monthly: 900 EUR, caps: {google: 12.50 EUR, meta: 40 EUR}}");
    assert_eq!(capped.caps, BTreeMap::from([(Platform::Google, 12_500_000), (Platform::Meta, 40_000_000)]));
}
