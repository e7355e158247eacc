//! Probabilities that a person can check, and questions that have no answer.

use super::super::{
    Bootstrap, DayValue, NoChance, Parent, PriorSource, Seed, prob_cpa_above, prob_ctr_above, prob_cvr_above,
    prob_roas_above,
};

const TARGET: i64 = 25_000_000;

fn cpa(conversions: i64, spend: i64, parent: Option<Parent>) -> f64 {
    prob_cpa_above(conversions, spend, TARGET, parent).expect("there is data").probability
}

#[test]
fn no_sale_after_k_targets_is_the_exponential_of_k_and_the_priors_one() {
    // Without a sale the posterior is an exponential of weight one target more than was spent.
    for targets in [1, 2, 3] {
        let expected = 1.0 - f64::exp(-f64::from(targets + 1));
        let ours = cpa(0, i64::from(targets) * TARGET, None);
        assert!((ours - expected).abs() < 1e-12, "{targets} targets: {ours}");
    }
}

#[test]
fn a_good_parent_speaks_for_a_young_object() {
    let good = Parent { successes: 400_000_000, exposure: 5_000_000_000 };
    let bad = Parent { successes: 50_000_000, exposure: 5_000_000_000 };
    let (with_good, with_bad) = (cpa(0, TARGET, Some(good)), cpa(0, TARGET, Some(bad)));
    assert!(with_good < 0.7 && with_bad > 0.9, "{with_good} {with_bad}");
    // Much data outweighs the parent.
    assert!(
        (cpa(400_000_000, 400 * TARGET, Some(good)) - cpa(400_000_000, 400 * TARGET, Some(bad))).abs() < 0.1
    );
}

#[test]
fn a_parent_without_success_teaches_no_rate() {
    let none = Parent { successes: 0, exposure: 1_000_000_000 };
    let chance = prob_cpa_above(0, TARGET, TARGET, Some(none)).expect("there is data");
    assert_eq!(chance.prior, PriorSource::Target);
}

#[test]
fn more_spend_for_as_many_sales_is_more_surely_dear() {
    let chances: Vec<f64> = (1..20).map(|step| cpa(2_000_000, step * 10_000_000, None)).collect();
    assert!(chances.windows(2).all(|pair| pair[0] < pair[1]), "{chances:?}");
}

#[test]
fn what_delivered_nothing_has_no_chance() {
    assert_eq!(prob_cpa_above(0, 0, TARGET, None), Err(NoChance::NoData));
    assert_eq!(prob_ctr_above(0, 0, 0.01, None), Err(NoChance::NoData));
    assert_eq!(prob_cpa_above(0, 1, 0, None), Err(NoChance::Target));
    assert_eq!(prob_ctr_above(1, 2, 1.0, None), Err(NoChance::Target));
    assert_eq!(prob_ctr_above(1, 2, f64::NAN, None), Err(NoChance::Target));
    assert_eq!(prob_cpa_above(-1, 1, TARGET, None), Err(NoChance::Negative));
    assert_eq!(prob_cvr_above(3_000_000, 2, 0.1, None), Err(NoChance::MoreThanTrials));
}

fn days() -> Vec<DayValue> {
    (0..28).map(|day| DayValue { spend: 100_000_000, value: 150_000_000 + (day % 7) * 30_000_000 }).collect()
}

#[test]
fn a_return_is_judged_by_resampled_days() {
    let bootstrap = Bootstrap::new(Seed(7));
    // The mean is 2.4, its standard error 0.11.
    let low = prob_roas_above(&days(), 2.0, bootstrap).expect("four weeks");
    let even = prob_roas_above(&days(), 2.4, bootstrap).expect("four weeks");
    let high = prob_roas_above(&days(), 2.8, bootstrap).expect("four weeks");
    assert!(low.probability > 0.99 && high.probability < 0.01);
    assert!((even.probability - 0.5).abs() < 0.06, "{even:?}");
    assert!(even.low > 2.15 && even.low < 2.3 && even.high > 2.5 && even.high < 2.65, "{even:?}");
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let ask = |seed| prob_roas_above(&days(), 2.4, Bootstrap::new(Seed(seed))).expect("four weeks");
    assert_eq!(ask(1), ask(1));
    assert_ne!(ask(1), ask(2));
}

#[test]
fn a_return_over_too_little_is_unknown() {
    let bootstrap = Bootstrap::new(Seed(7));
    let week = &days()[..6];
    assert_eq!(prob_roas_above(week, 2.0, bootstrap), Err(NoChance::TooFewDays { have: 6, need: 7 }));
    let mut idle = vec![DayValue { spend: 0, value: 0 }; 27];
    idle.push(DayValue { spend: 100, value: 500 });
    // One draw in three would have nothing to divide by.
    assert_eq!(prob_roas_above(&idle, 2.0, bootstrap), Err(NoChance::NoData));
}
