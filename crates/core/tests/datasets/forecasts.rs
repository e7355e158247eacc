//! Exponential smoothing against numbers published for the same split, and records of whole series.

use adplane_core::forecast::{Ets, Outcome as Told, Question, Trend, forecast};

use super::table::Table;
use super::{Outcome, ensure};

const CLICKS: &str = "Facebook Ad Clicks";
const COST: &str = "Cost per AdWords Ad";
/// Days that models learn from; 28 are held out.
const KNOWN: usize = 337;

fn smoothing(values: &[f64]) -> Result<Ets, String> {
    Ets::fit(&values[..KNOWN], 7, Trend::Flat).ok_or_else(|| "it cannot be fitted".into())
}

/// statsmodels 0.15.0: `ETSModel(x, error='add', seasonal='add', seasonal_periods=7).fit()`.
pub(crate) fn published(table: &Table) -> Outcome {
    let ets = smoothing(&table.column(CLICKS)?)?;
    let (theirs, aicc) = (-1295.585, 2613.982);
    ensure((ets.log_likelihood() - theirs).abs() < 0.1, format!("{} is not {theirs}", ets.log_likelihood()))?;
    ensure((ets.aicc() - aicc).abs() < 0.2, format!("{} is not {aicc}", ets.aicc()))?;
    let days = [51.9164, 49.4317, 48.7315, 48.3854, 48.4064, 50.5202, 51.5606];
    for ((ours, _), theirs) in ets.forecast(7).iter().zip(days) {
        ensure((ours / theirs - 1.0).abs() < 0.01, format!("{ours} is not {theirs}"))?;
    }
    Ok(())
}

/// The mean absolute errors of ETS(A,N,A) on the last 28 days.
pub(crate) fn held_out(table: &Table) -> Outcome {
    for (column, theirs) in [(CLICKS, 11.146), (COST, 26.488)] {
        let values = table.column(column)?;
        let path = smoothing(&values)?.forecast(28);
        let off: f64 = path.iter().zip(&values[KNOWN..]).map(|((ours, _), came)| (ours - came).abs()).sum();
        ensure(
            (off / 28.0 / theirs - 1.0).abs() < 0.01,
            format!("{column}: {} is not {theirs}", off / 28.0),
        )?;
    }
    Ok(())
}

pub(crate) fn records(table: &Table) -> Outcome {
    for (name, values) in table.series()? {
        let question = Question { values: &values, period: 7, horizon: 7, at_least: Some(0.0) };
        let (record, shown) = match forecast(&question).map_err(|reason| format!("{name}: {reason}"))? {
            Told::Shown(told) => (told.record, true),
            Told::Hidden(record) => (record, false),
        };
        ensure(shown == (record.skill > 0.0), format!("{name}: {record:?}"))?;
        let held = (0.6..=0.95).contains(&record.coverage_80) && record.coverage_95 >= 0.85;
        ensure(held, format!("{name}: {record:?}"))?;
    }
    Ok(())
}
