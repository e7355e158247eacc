//! Tails against scipy's: `crates/core/vectors/tails.json`, made by `tails.py` beside it.

use serde::Deserialize;

use super::super::{
    Parent, Tails, beta_tails, gamma_tails, negative_binomial, normal_upper, poisson, prob_cpa_above,
    prob_ctr_above, prob_ctr_below, prob_cvr_above, whole,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    gamma: Table,
    beta: Table,
    poisson: Table,
    negative_binomial: Table,
    normal: Table,
    cpa_above: Table,
    ctr_above: Table,
}

#[derive(Deserialize)]
struct Table {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    arguments: Vec<f64>,
    parent: Option<(i64, i64)>,
    lower: Option<f64>,
    upper: f64,
}

impl Row {
    fn parent(&self) -> Option<Parent> {
        self.parent.map(|(successes, exposure)| Parent { successes, exposure })
    }

    fn count(&self, place: usize) -> i64 {
        whole(self.arguments[place])
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../vectors/tails.json")).expect("the vectors can be read")
}

/// Within 1e-9 of the value itself, however small it is.
fn assert_close(ours: f64, theirs: f64, what: &str) {
    let error = (ours - theirs).abs() / theirs.abs().max(f64::MIN_POSITIVE);
    assert!(error <= 1e-9, "{what}: {ours:e} is not {theirs:e} (relative error {error:e})");
}

fn assert_tails(table: &Table, name: &str, ours: impl Fn(&Row) -> Option<Tails>) {
    assert!(!table.rows.is_empty());
    for row in &table.rows {
        let tails = ours(row).expect("the arguments are in range");
        let what = format!("{name} {:?}", row.arguments);
        assert_close(tails.upper, row.upper, &format!("{what} upper"));
        assert_close(tails.lower, row.lower.expect("both tails"), &format!("{what} lower"));
    }
}

#[test]
fn the_gamma_distribution_is_scipys() {
    assert_tails(&vectors().gamma, "gamma", |row| gamma_tails(row.arguments[0], row.arguments[1]));
}

#[test]
fn the_beta_distribution_is_scipys() {
    assert_tails(&vectors().beta, "beta", |row| {
        let point = row.arguments[2];
        beta_tails(row.arguments[0], row.arguments[1], point, 1.0 - point)
    });
}

#[test]
fn counts_are_scipys() {
    let vectors = vectors();
    assert_tails(&vectors.poisson, "poisson", |row| poisson(row.count(0), row.arguments[1]));
    assert_tails(&vectors.negative_binomial, "negative binomial", |row| {
        negative_binomial(row.count(0), row.arguments[1], row.arguments[2])
    });
}

#[test]
fn the_normal_tail_is_scipys() {
    for row in vectors().normal.rows {
        let ours = normal_upper(row.arguments[0]).expect("a number");
        assert_close(ours, row.upper, &format!("normal {:?}", row.arguments));
    }
}

#[test]
fn the_chance_of_a_cpa_above_target_is_scipys() {
    for row in vectors().cpa_above.rows {
        let ours = prob_cpa_above(row.count(0), row.count(1), row.count(2), row.parent()).expect("data");
        assert_close(ours.probability, row.upper, &format!("cpa {:?}", row.arguments));
    }
}

#[test]
fn the_chance_of_a_rate_above_target_is_scipys() {
    for row in vectors().ctr_above.rows {
        let target = row.arguments[2];
        let above = prob_ctr_above(row.count(0), row.count(1), target, row.parent()).expect("data");
        assert_close(above.probability, row.upper, &format!("ctr {:?}", row.arguments));
        let below = prob_ctr_below(row.count(0), row.count(1), target, row.parent()).expect("data");
        assert!((above.probability + below.probability - 1.0).abs() < 1e-12);
        let parts = row.parent().map(|parent| Parent { successes: parent.successes * 1_000_000, ..parent });
        let rate = prob_cvr_above(row.count(0) * 1_000_000, row.count(1), target, parts).expect("data");
        assert_close(rate.probability, row.upper, "a conversion rate is the same question in millionths");
    }
}
