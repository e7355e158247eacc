//! Choosing a model by what it would have said, and saying how good that was.

use super::models::{Model, seasonal_differences};
use crate::stats::{length, mean};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question<'a> {
    /// One value a day (or hour, or week), oldest first and without a gap.
    pub values: &'a [f64],
    /// How many make a season: 7 for days.
    pub period: usize,
    /// How many are wanted.
    pub horizon: usize,
    /// What no value is below: `Some(0.0)` for counts and money.
    pub at_least: Option<f64>,
}

/// One of the next days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// What is expected.
    pub expected: f64,
    /// Between which it should lie in 80 of 100 cases.
    pub within_80: (f64, f64),
    /// And in 95.
    pub within_95: (f64, f64),
}

/// How forecasts of this series would have done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// The model with the smallest scaled error.
    pub model: Model,
    /// Its mean absolute error over all origins, scaled by that of repeating the last period within the days it was
    /// fitted to.
    pub mase: f64,
    /// One less the error of the models as they would have been chosen over that of repeating the last period: 0.1
    /// is an error smaller by a tenth, zero and below is no skill.
    pub skill: f64,
    /// How often a day lay within its 80 % interval.
    pub coverage_80: f64,
    /// And within its 95 % interval.
    pub coverage_95: f64,
    /// How many days this was measured on.
    pub measured_on: usize,
}

/// The next days.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// How such forecasts would have done.
    pub record: Record,
    /// One for each day asked for.
    pub steps: Vec<Step>,
}

/// A forecast, or the reason why none is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Forecasts of this series have skill.
    Shown(Forecast),
    /// They have none: repeating the last period would have been as good, and nothing decides on them.
    Hidden(Record),
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoForecast {
    /// Too few values to try models on.
    #[error("{have} values are too few: at least {need} are needed for a horizon of {horizon}")]
    TooShort {
        /// How many there are.
        have: usize,
        /// How many are needed.
        need: usize,
        /// What was asked for.
        horizon: usize,
    },
    /// A value is no number.
    #[error("value {0} is no number")]
    NotANumber(usize),
    /// A horizon of nothing, or a period below two.
    #[error("the horizon must be at least 1 and the period at least 2")]
    Question,
    /// Every period is as the one before: there is no error to scale by.
    #[error("every period is as the one before it")]
    Constant,
}

/// Origins that models are tried from, one horizon apart.
const ORIGINS: usize = 8;
/// Origins before the first choice that counts.
const LEARNING: usize = 2;
/// Fewer that count than this say nothing.
const COUNTING: usize = 2;
/// Periods before the first origin.
const PERIODS: usize = 4;
/// Standard deviations to each side that hold 80 and 95 of 100.
const WITHIN_80: f64 = 1.281_551_565_544_600_4;
const WITHIN_95: f64 = 1.959_963_984_540_054;

/// What one model said from one origin, and how far off it was.
struct Trial {
    model: Model,
    path: Vec<(f64, f64)>,
    error: f64,
    scaled: f64,
}

/// One origin: what came, and what each model had said.
struct Origin<'a> {
    came: &'a [f64],
    trials: Vec<Trial>,
}

/// The next days, by the model that would have told the past best.
///
/// # Errors
/// When nothing can be said: see [`NoForecast`].
pub fn forecast(question: &Question<'_>) -> Result<Outcome, NoForecast> {
    let Question { values, period, horizon, .. } = *question;
    if horizon == 0 || period < 2 {
        return Err(NoForecast::Question);
    }
    if let Some(place) = values.iter().position(|value| !value.is_finite()) {
        return Err(NoForecast::NotANumber(place));
    }
    let need = PERIODS * period + (LEARNING + COUNTING) * horizon;
    if values.len() < need {
        return Err(NoForecast::TooShort { have: values.len(), need, horizon });
    }
    let count = ORIGINS.min((values.len() - PERIODS * period) / horizon);
    let origins: Vec<Origin<'_>> = (1..=count)
        .rev()
        .map(|back| try_from(question, values.len() - back * horizon))
        .collect::<Result<_, _>>()?;
    let record = record(&origins, question).ok_or(NoForecast::Constant)?;
    if record.skill <= 0.0 {
        return Ok(Outcome::Hidden(record));
    }
    let path = record.model.predict(values, period, horizon).ok_or(NoForecast::Constant)?;
    let steps = path.into_iter().map(|(expected, deviation)| step(expected, deviation, question)).collect();
    Ok(Outcome::Shown(Forecast { record, steps }))
}

/// What each model says of the days after an origin, knowing those before it.
fn try_from<'a>(question: &Question<'a>, origin: usize) -> Result<Origin<'a>, NoForecast> {
    let (known, after) = question.values.split_at(origin);
    let came = &after[..question.horizon];
    let differences: Vec<f64> =
        seasonal_differences(known, question.period).into_iter().map(f64::abs).collect();
    let scale = mean(&differences).filter(|scale| *scale > 0.0).ok_or(NoForecast::Constant)?;
    let trial = |model: Model| {
        let path = model.predict(known, question.period, question.horizon)?;
        let off: f64 = path.iter().zip(came).map(|((expected, _), value)| (expected - value).abs()).sum();
        let error = off / length(came.len());
        Some(Trial { model, path, error, scaled: error / scale })
    };
    Ok(Origin { came, trials: Model::ALL.into_iter().filter_map(trial).collect() })
}

/// The model with the smallest mean scaled error over these origins, and that error.
fn choose(origins: &[Origin<'_>]) -> Option<(Model, f64)> {
    Model::ALL
        .into_iter()
        .filter_map(|model| {
            let scaled: Option<Vec<f64>> =
                origins.iter().map(|origin| Some(origin.of(model)?.scaled)).collect();
            Some((model, mean(&scaled?)?))
        })
        .min_by(|one, other| one.1.total_cmp(&other.1))
}

impl Origin<'_> {
    fn of(&self, model: Model) -> Option<&Trial> {
        self.trials.iter().find(|trial| trial.model == model)
    }
}

/// At each origin that counts, what would have been chosen by those before it.
fn record(origins: &[Origin<'_>], question: &Question<'_>) -> Option<Record> {
    let (mut chosen, mut naive, mut in_80, mut in_95, mut days) = (0.0, 0.0, 0_usize, 0_usize, 0_usize);
    for place in LEARNING..origins.len() {
        let (model, _) = choose(&origins[..place])?;
        let origin = &origins[place];
        let trial = origin.of(model)?;
        chosen += trial.error;
        naive += origin.of(Model::SeasonalNaive)?.error;
        for ((expected, deviation), value) in trial.path.iter().zip(origin.came) {
            let step = step(*expected, *deviation, question);
            in_80 += usize::from((step.within_80.0..=step.within_80.1).contains(value));
            in_95 += usize::from((step.within_95.0..=step.within_95.1).contains(value));
            days += 1;
        }
    }
    let (model, mase) = choose(origins)?;
    let share = |count: usize| length(count) / length(days);
    (naive > 0.0).then(|| Record {
        model,
        mase,
        skill: 1.0 - chosen / naive,
        coverage_80: share(in_80),
        coverage_95: share(in_95),
        measured_on: days,
    })
}

fn step(expected: f64, deviation: f64, question: &Question<'_>) -> Step {
    let floor = |value: f64| question.at_least.map_or(value, |least| value.max(least));
    let around = |times: f64| (floor(expected - times * deviation), floor(expected + times * deviation));
    Step { expected: floor(expected), within_80: around(WITHIN_80), within_95: around(WITHIN_95) }
}
