//! Models against statsmodels, and records of series whose future is known.

use serde::Deserialize;

use super::{Ets, Model, NoForecast, Outcome, Question, Record, Trend, forecast};
use crate::stats::{Seed, length};

#[derive(Deserialize)]
struct Vectors {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    period: usize,
    series: Vec<f64>,
    seasonal: Fitted,
    damped: Fitted,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fitted {
    log_likelihood: f64,
    aicc: f64,
    forecast: Vec<f64>,
}

#[test]
fn exponential_smoothing_is_statsmodels() {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../../vectors/forecast.json")).expect("the vectors can be read");
    assert!(!vectors.rows.is_empty());
    for row in &vectors.rows {
        for (trend, theirs) in [(Trend::Flat, &row.seasonal), (Trend::Damped, &row.damped)] {
            let ets = Ets::fit(&row.series, row.period, trend).expect("it can be fitted");
            let what = format!("{} {trend:?}", row.name);
            // Ours may be better, as the state before the first day is exact.
            let better = ets.log_likelihood() - theirs.log_likelihood;
            assert!((-0.1..2.0).contains(&better), "{what}: {better}");
            assert!((ets.aicc() + 2.0 * better - theirs.aicc).abs() < 1e-6, "{what}: parameters count alike");
            for ((ours, _), theirs) in ets.forecast(row.period).iter().zip(&theirs.forecast) {
                assert!((ours / theirs - 1.0).abs() < 0.01, "{what}: {ours} is not {theirs}");
            }
        }
    }
}

/// Days with this weekly swing, slope and noise around a hundred.
fn days(count: usize, swing: f64, slope: f64, noise: f64, seed: u64) -> Vec<f64> {
    let mut stream = Seed(seed).stream(0);
    let season = [1.0, 0.8, 0.3, 0.0, -0.2, -0.9, -1.0];
    (0..count)
        .map(|day| 100.0 + swing * season[day % 7] + slope * length(day) + noise * stream.normal())
        .collect()
}

fn ask(values: &[f64], horizon: usize) -> Result<Outcome, NoForecast> {
    forecast(&Question { values, period: 7, horizon, at_least: Some(0.0) })
}

fn record(outcome: &Outcome) -> Record {
    match outcome {
        Outcome::Shown(forecast) => forecast.record,
        Outcome::Hidden(record) => *record,
    }
}

#[test]
fn noise_around_a_mean_is_told_by_the_mean() {
    let outcome = ask(&days(140, 0.0, 0.0, 10.0, 1), 7).expect("enough days");
    let record = record(&outcome);
    assert!(record.mase < 0.85 && record.skill > 0.1, "{record:?}");
    let Outcome::Shown(forecast) = outcome else { panic!("the mean beats last week: {record:?}") };
    assert!(forecast.steps.iter().all(|step| (step.expected - 100.0).abs() < 6.0));
}

#[test]
fn a_season_under_noise_is_told_by_smoothing() {
    let values = days(168, 40.0, 0.0, 12.0, 2);
    let Outcome::Shown(forecast) = ask(&values, 14).expect("enough days") else { panic!("it has skill") };
    assert!(
        matches!(forecast.record.model, Model::Smoothing | Model::DampedSmoothing),
        "{:?}",
        forecast.record
    );
    assert!(forecast.record.skill > 0.15);
    for (step, season) in forecast.steps.iter().zip([1.0, 0.8, 0.3, 0.0, -0.2, -0.9, -1.0].iter().cycle()) {
        assert!((step.expected - (100.0 + 40.0 * season)).abs() < 10.0, "{step:?}");
        assert!(step.within_95.0 < step.within_80.0 && step.within_80.1 < step.within_95.1);
    }
}

#[test]
fn intervals_hold_what_they_say() {
    let (mut in_80, mut in_95, mut measured) = (0.0, 0.0, 0.0);
    for seed in 0..3 {
        let record = record(&ask(&days(112, 30.0, 0.0, 10.0, seed), 7).expect("enough days"));
        let count = length(record.measured_on);
        in_80 += record.coverage_80 * count;
        in_95 += record.coverage_95 * count;
        measured += count;
    }
    let (in_80, in_95) = (in_80 / measured, in_95 / measured);
    assert!((0.7..0.9).contains(&in_80) && (0.89..1.0).contains(&in_95), "{in_80} {in_95}");
}

#[test]
fn without_skill_there_is_no_forecast() {
    // Every week repeats the one before with steps that nothing foretells: last week is the best there is.
    let mut hidden = 0;
    for seed in 0..3 {
        let mut stream = Seed(seed).stream(0);
        let mut values: Vec<f64> = (0..7).map(|_| 500.0 + 100.0 * stream.normal()).collect();
        while values.len() < 112 {
            values.push(values[values.len() - 7] + 40.0 * stream.normal());
        }
        let outcome = ask(&values, 7).expect("enough days");
        let record = record(&outcome);
        assert!(record.skill < 0.05 && record.measured_on == 42, "{record:?}");
        assert_eq!(matches!(outcome, Outcome::Hidden(_)), record.skill <= 0.0);
        hidden += usize::from(record.skill <= 0.0);
    }
    assert!(hidden >= 2, "{hidden}");
}

#[test]
fn nothing_is_expected_below_zero() {
    let mut values = days(140, 0.0, 0.0, 1.0, 3);
    for (day, value) in values.iter_mut().enumerate() {
        *value = if day % 7 < 2 { *value / 100.0 } else { 0.0 } + if day % 9 == 0 { 1.0 } else { 0.0 };
    }
    if let Outcome::Shown(forecast) = ask(&values, 7).expect("enough days") {
        assert!(forecast.steps.iter().all(|step| step.within_95.0 >= 0.0 && step.expected >= 0.0));
    }
}

#[test]
fn what_cannot_be_told_says_why() {
    let values = days(140, 0.0, 0.0, 10.0, 1);
    assert_eq!(ask(&values[..55], 7), Err(NoForecast::TooShort { have: 55, need: 56, horizon: 7 }));
    assert_eq!(ask(&values, 0), Err(NoForecast::Question));
    assert_eq!(ask(&[7.0; 140], 7), Err(NoForecast::Constant));
    let mut broken = values;
    broken[3] = f64::NAN;
    assert_eq!(ask(&broken, 7), Err(NoForecast::NotANumber(3)));
    assert_eq!(Ets::fit(&broken, 7, Trend::Flat), None);
}
