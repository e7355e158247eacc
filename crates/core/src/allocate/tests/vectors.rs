//! Best splits against scipy's general solver: `crates/core/vectors/allocation.json`, made by `allocation.py`.

use serde::Deserialize;

use super::super::{Curve, Member, Request, allocate};
use super::{amounts, member, micros, request, total};
use crate::address::Platform;

#[derive(Deserialize)]
struct Vectors {
    rows: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    ceiling: Vec<f64>,
    half: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    group: Vec<String>,
    caps: std::collections::BTreeMap<String, f64>,
    budget: f64,
    x: Vec<f64>,
    response: f64,
}

fn platform(word: &str) -> Platform {
    match word {
        "google" => Platform::Google,
        "meta" => Platform::Meta,
        _ => Platform::TikTok,
    }
}

impl Case {
    fn request(&self) -> Request {
        let members = (0..self.x.len()).map(|place| Member {
            platform: platform(&self.group[place]),
            min: micros(self.low[place]),
            max: Some(micros(self.high[place])),
            ..member(&place.to_string(), self.ceiling[place], self.half[place])
        });
        let mut request = request(self.budget, members.collect());
        request.caps = self.caps.iter().map(|(word, cap)| (platform(word), micros(*cap))).collect();
        request
    }
}

#[test]
fn the_golden_split_is_exact() {
    let members =
        [("a", 1000.0, 500.0), ("b", 600.0, 200.0), ("c", 300.0, 100.0)].map(|(id, ceiling, half)| Member {
            min: micros(50.0),
            max: Some(micros(600.0)),
            ..member(id, ceiling, half)
        });
    let allocation = allocate(&request(1000.0, members.to_vec())).expect("feasible");
    // No bound holds, so the level is (budget + sum of half) / sum of sqrt(ceiling * half).
    let roots = [500_000.0_f64, 120_000.0, 30_000.0].map(f64::sqrt);
    let level = 1800.0 / roots.iter().sum::<f64>();
    for ((amount, root), half) in amounts(&allocation).iter().zip(roots).zip([500.0, 200.0, 100.0]) {
        assert!((amount - (root * level - half)).abs() <= 1e-6, "{amount}");
    }
    let published = [537.5555, 308.2963, 154.1482];
    assert!(amounts(&allocation).iter().zip(published).all(|(ours, theirs)| (ours - theirs).abs() < 6e-5));
    assert!((allocation.response - 1063.9739).abs() < 6e-5, "{}", allocation.response);
    assert!((allocation.marginal.expect("all are free") - 0.464_459).abs() < 6e-7);
    assert_eq!(total(&allocation), 1_000_000_000);
    let even: f64 = [(1000.0, 500.0), (600.0, 200.0), (300.0, 100.0)]
        .iter()
        .map(|(ceiling, half)| Curve::new(*ceiling, *half).expect("a curve").response(1000.0 / 3.0))
        .sum();
    assert!((even - 1005.7692).abs() < 6e-5);
}

#[test]
fn a_general_solver_finds_nothing_better() {
    let vectors: Vectors = serde_json::from_str(include_str!("../../../vectors/allocation.json"))
        .expect("the vectors can be read");
    assert!(vectors.rows.len() >= 25, "{}", vectors.rows.len());
    for (number, case) in vectors.rows.iter().enumerate() {
        let allocation = allocate(&case.request()).expect("feasible");
        assert_eq!(total(&allocation), micros(case.budget));
        // Theirs may lie a rounding error outside the bounds.
        let better = allocation.response - case.response;
        assert!(better > -1e-7 * case.response && better < 1e-5 * case.response, "case {number}: {better}");
        for (place, theirs) in case.x.iter().enumerate() {
            let ours = crate::stats::real(allocation.shares[&place.to_string()].amount) / 1e6;
            assert!((ours - theirs).abs() < 5e-4 * case.budget, "case {number}: {ours} is not {theirs}");
        }
    }
}
