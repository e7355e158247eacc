//! Curves from days, and how sure a split is.

use std::collections::BTreeMap;

use super::super::{
    Curve, DayResponse, Evidence, History, Member, NotComparable, NotIdentifiable, allocate, chance_better,
    fit,
};
use super::{member, micros, request};
use crate::stats::{Bootstrap, Seed, Stream};

/// Days of a campaign with this curve, spends between the two, and this relative noise.
fn history(curve: (f64, f64), spends: (f64, f64), noise: f64, days: u32, stream: &mut Stream) -> History {
    let curve = Curve::new(curve.0, curve.1).expect("a curve");
    let day = |stream: &mut Stream| {
        let spend = spends.0 + (spends.1 - spends.0) * stream.unit();
        let response = curve.response(spend) * (1.0 + noise * stream.normal());
        DayResponse { spend: micros(spend), response: micros(response.max(0.0)) }
    };
    History {
        days: (0..days).map(|_| day(stream)).collect(),
        adstock: None,
        evidence: Evidence::Observational,
    }
}

fn fitted(histories: &[History]) -> Vec<(f64, f64)> {
    fit(histories)
        .iter()
        .map(|fit| fit.expect("a curve"))
        .map(|fit| (fit.curve.ceiling(), fit.curve.half()))
        .collect()
}

#[test]
fn days_without_noise_give_the_curve_back() {
    let mut stream = Seed(1).stream(0);
    for (ceiling, half) in [(1000.0, 500.0), (60.0, 40.0), (300.0, 900.0)] {
        let found = fitted(&[history((ceiling, half), (50.0, 600.0), 0.0, 60, &mut stream)])[0];
        assert!((found.0 / ceiling - 1.0).abs() < 1e-4 && (found.1 / half - 1.0).abs() < 1e-4, "{found:?}");
    }
}

#[test]
fn carry_over_is_taken_out() {
    let mut stream = Seed(2).stream(0);
    let curve = Curve::new(1000.0, 300.0).expect("a curve");
    let mut carried = None;
    let days = (0..90).map(|_| {
        let spend = 50.0 + 700.0 * stream.unit();
        let now = carried.map_or(spend, |before: f64| 0.4 * before + 0.6 * spend);
        carried = Some(now);
        DayResponse { spend: micros(spend), response: micros(curve.response(now)) }
    });
    let mut history = History { days: days.collect(), adstock: Some(0.4), evidence: Evidence::Causal };
    let found = fitted(std::slice::from_ref(&history))[0];
    assert!((found.0 / 1000.0 - 1.0).abs() < 1e-3 && (found.1 / 300.0 - 1.0).abs() < 1e-3, "{found:?}");
    assert_eq!(fit(std::slice::from_ref(&history))[0].expect("a curve").evidence, Evidence::Causal);
    history.adstock = Some(1.0);
    assert_eq!(fit(&[history])[0], Err(NotIdentifiable::OutOfRange));
}

#[test]
fn days_that_cannot_tell_a_curve_say_why() {
    let mut stream = Seed(3).stream(0);
    let alone = |history: History| fit(&[history])[0];
    let short = history((1000.0, 500.0), (50.0, 600.0), 0.1, 27, &mut stream);
    assert_eq!(alone(short), Err(NotIdentifiable::TooFewDays { have: 27, need: 28 }));
    let steady = alone(history((1000.0, 500.0), (95.0, 105.0), 0.1, 60, &mut stream));
    assert!(
        matches!(steady, Err(NotIdentifiable::SpendHardlyVaried { share }) if share < 0.05),
        "{steady:?}"
    );
    let nothing = history((1e-9, 500.0), (50.0, 600.0), 0.0, 60, &mut stream);
    assert_eq!(alone(nothing), Err(NotIdentifiable::NoResponse));
    let straight = history((1e6, 1e6), (50.0, 600.0), 0.01, 60, &mut stream);
    assert_eq!(alone(straight), Err(NotIdentifiable::NoBend));
    let unspent = History {
        days: vec![DayResponse { spend: 0, response: 5 }; 40],
        adstock: None,
        evidence: Evidence::Observational,
    };
    assert_eq!(alone(unspent), Err(NotIdentifiable::NoSpend));
}

#[test]
fn campaigns_that_say_little_lean_on_those_that_say_much() {
    // Eight with one bend, twice the mean spend; the noise leaves each alone far off.
    let mut stream = Seed(4).stream(0);
    let histories: Vec<History> =
        (0..8).map(|_| history((1000.0, 650.0), (50.0, 600.0), 0.12, 60, &mut stream)).collect();
    let off = |fits: &[(f64, f64)]| -> f64 { fits.iter().map(|(_, half)| (half / 650.0).ln().abs()).sum() };
    let alone: Vec<_> = histories.iter().flat_map(|one| fitted(std::slice::from_ref(one))).collect();
    let together = fitted(&histories);
    assert!(off(&together) < 0.6 * off(&alone), "{together:?} {alone:?}");
}

#[test]
fn a_campaign_that_is_truly_other_keeps_its_own_bend() {
    let mut stream = Seed(5).stream(0);
    let mut histories: Vec<History> =
        (0..5).map(|_| history((1000.0, 650.0), (50.0, 600.0), 0.02, 60, &mut stream)).collect();
    histories.push(history((1000.0, 60.0), (50.0, 600.0), 0.02, 60, &mut stream));
    let half = fitted(&histories)[5].1;
    assert!((half / 60.0 - 1.0).abs() < 0.25, "{half}");
}

/// Two campaigns of which the second would use the money better, or as well.
fn two(second: (f64, f64)) -> (Vec<Member>, BTreeMap<String, History>) {
    let mut stream = Seed(6).stream(0);
    let names = ["a", "b"];
    let histories: Vec<History> = [(400.0, 200.0), second]
        .iter()
        .map(|curve| history(*curve, (100.0, 500.0), 0.1, 56, &mut stream))
        .collect();
    let members = names.iter().zip(fit(&histories)).map(|(name, fit)| Member {
        curve: fit.ok().map(|fit| fit.curve),
        current: Some(micros(300.0)),
        ..member(name, 1.0, 1.0)
    });
    (members.collect(), names.iter().map(|name| (*name).to_owned()).zip(histories).collect())
}

#[test]
fn a_clear_gain_is_sure_and_a_small_one_is_not() {
    let bootstrap = Bootstrap { seed: Seed(9), draws: 120 };
    let (members, histories) = two((1600.0, 400.0));
    let request_clear = request(600.0, members);
    let allocation = allocate(&request_clear).expect("feasible");
    let clear = chance_better(&request_clear, &histories, &allocation, bootstrap).expect("comparable");
    assert!(clear.probability > 0.95 && clear.moves() && clear.gain_low > 0.0, "{clear:?}");
    assert_eq!(clear, chance_better(&request_clear, &histories, &allocation, bootstrap).expect("as before"));

    let (members, histories) = two((400.0, 200.0));
    let request_even = request(600.0, members);
    let allocation = allocate(&request_even).expect("feasible");
    let even = chance_better(&request_even, &histories, &allocation, bootstrap).expect("comparable");
    assert!(!even.moves() && even.gain_low < 0.0, "{even:?}");
    assert!(even.amounts["a"].0 < even.amounts["a"].1);
}

#[test]
fn what_cannot_be_compared_says_so() {
    let bootstrap = Bootstrap { seed: Seed(9), draws: 40 };
    let (mut members, histories) = two((1600.0, 400.0));
    let asked = request(600.0, members.clone());
    let allocation = allocate(&asked).expect("feasible");
    let none = chance_better(&asked, &BTreeMap::new(), &allocation, bootstrap);
    assert_eq!(none, Err(NotComparable::NoHistory));
    for member in &mut members {
        member.current = None;
    }
    let new = chance_better(&request(600.0, members), &histories, &allocation, bootstrap);
    assert_eq!(new, Err(NotComparable::NoPresent));
}
