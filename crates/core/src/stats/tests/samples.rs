//! Summaries of samples, and the draws.

use proptest::prelude::*;

use super::super::{
    Seed, beta_tails, coefficient_of_variation, ewma, gamma_tails, mad, mean, median, negative_binomial,
    poisson, quantile, standard_deviation,
};

#[test]
fn summaries_of_little_are_what_paper_says() {
    assert_eq!((median(&[]), mean(&[]), mad(&[]), standard_deviation(&[1.0])), (None, None, None, None));
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!(mad(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 900.0]), Some(1.0));
    assert_eq!(quantile(&[0.0, 10.0], 0.25), Some(2.5));
    assert_eq!(quantile(&[1.0], 1.5), None);
    assert_eq!(ewma(&[10.0, 20.0], 0.2), Some(12.0));
    assert_eq!(coefficient_of_variation(&[1.0, 3.0]), Some(2.0_f64.sqrt() / 2.0));
    assert_eq!(coefficient_of_variation(&[0.0, 0.0]), None);
}

#[test]
fn places_are_drawn_evenly_and_by_the_seed_alone() {
    let mut stream = Seed(11).stream(0);
    let mut counts = [0_i32; 7];
    for place in (0..70_000).map(|_| stream.place(7)) {
        counts[place] += 1;
    }
    // Five standard deviations of a binomial around 10,000.
    assert!(counts.iter().all(|count| (count - 10_000).abs() < 463), "{counts:?}");
    assert_eq!(Seed(11).stream(3).resample(50), Seed(11).stream(3).resample(50));
    assert_ne!(Seed(11).stream(3).resample(50), Seed(11).stream(4).resample(50));
    assert_eq!(Seed(11).stream(0).place(0), 0);
}

#[test]
fn draws_do_not_change_between_versions() {
    // A run that is audited next year must draw what it drew.
    assert_eq!(Seed(2026).stream(5).resample(8), DRAWN);
}

const DRAWN: [usize; 8] = [0, 7, 1, 1, 7, 6, 1, 5];

#[test]
fn arguments_out_of_range_have_no_tails() {
    assert_eq!(gamma_tails(0.0, 1.0), None);
    assert_eq!(gamma_tails(1.0, -1.0), None);
    assert_eq!(gamma_tails(f64::NAN, 1.0), None);
    assert_eq!(gamma_tails(1.0, f64::INFINITY), None);
    assert_eq!(beta_tails(1.0, 1.0, 0.5, 0.6), None);
    assert_eq!(poisson(-1, 2.0), None);
    assert_eq!(poisson(3, f64::NAN), None);
    assert_eq!(negative_binomial(3, f64::NAN, 4.0), None);
    assert_eq!(poisson(0, 0.0).map(|tails| (tails.lower, tails.upper)), Some((1.0, 1.0)));
}

proptest! {
    #[test]
    fn tails_add_to_one_and_move_one_way(shape in 0.001..1e5_f64, ratio in 0.01..3.0_f64) {
        let here = gamma_tails(shape, shape * ratio).expect("in range");
        let further = gamma_tails(shape, shape * ratio * 1.01).expect("in range");
        prop_assert!((here.lower + here.upper - 1.0).abs() < 1e-12);
        prop_assert!(here.lower <= further.lower + 1e-13 && here.upper + 1e-13 >= further.upper);
    }

    #[test]
    fn a_beta_is_its_mirror(a in 0.01..1e4_f64, b in 0.01..1e4_f64, point in 0.0001..0.9999_f64) {
        let rest = 1.0 - point;
        let one = beta_tails(a, b, point, rest).expect("in range");
        let other = beta_tails(b, a, rest, point).expect("in range");
        prop_assert!((one.lower - other.upper).abs() < 1e-12 && (0.0..=1.0).contains(&one.lower));
    }
}
