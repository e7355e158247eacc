//! `adplane metrics`: read what was delivered, keep it, answer from it, and from what it foretells.

mod export;
mod forecast;
mod query;
mod sync;

use std::sync::Arc;

use adplane_core::address::{AccountKey, Kind};
use adplane_core::desired::DesiredAccount;
use adplane_core::metrics::Window;
use adplane_core::observed::Observed;
use adplane_engine::metrics::query::{Answer, Period};
use adplane_engine::metrics::store::{AsOf, MetricStore};
use jiff::Timestamp;

use crate::args::{Global, MetricsCommand, MetricsScope};
use crate::error::{Exit, Failure};
use crate::pipeline::metrics::{self, Question};
use crate::pipeline::{self, Prepared};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    command: &MetricsCommand,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    match command {
        MetricsCommand::Sync(args) => sync::run(global, args, settings, ui).await,
        MetricsCommand::Query(args) => query::run(global, args, settings, ui).await,
        MetricsCommand::Forecast(args) => forecast::run(global, args, settings, ui).await,
        MetricsCommand::Export(args) => export::run(global, args, settings, ui).await,
    }
}

/// The project, its store, what is asked for and as of when.
struct Asked {
    prepared: Prepared,
    store: Arc<dyn MetricStore>,
    at: Timestamp,
    as_of: AsOf,
    level: Kind,
    period: Period,
    /// The accounts as they are live, where a window needs to know when objects start.
    live: Option<Observed>,
}

impl Asked {
    async fn of(
        global: &Global,
        scope: &MetricsScope,
        settings: &Settings,
        ui: &Ui,
    ) -> Result<Self, Failure> {
        let period = period(scope)?;
        if period.is_own() && scope.as_of.is_some() {
            let failure = Failure::new(Exit::Usage, format!("`--as-of` cannot be asked of `{period}`"));
            return Err(failure.hint(
                "the platforms tell from when to when objects run now, and not what they ran then; name the days with \
                 `--from` and `--to`",
            ));
        }
        let prepared = pipeline::prepare(global, settings, &scope.path, &[])?;
        prepared.require_sound(ui)?;
        if prepared.desired.accounts.is_empty() {
            let failure = Failure::error("no account was found");
            return Err(failure.hint("name the files that hold `kind: AdAccount`"));
        }
        if let Period::Window(window) = period
            && let Some(days) = window.days_of_hours()
            && days > metrics::retention(&prepared).hours
        {
            ui.note(&format!(
                "`{window}` needs the hours of {days} days: write `metrics: {{retention: {{hours: {days}}}}}` in adplane.yaml, \
                 or it stays unknown"
            ));
        }
        let store = metrics::existing(&prepared).await?.ok_or_else(|| {
            Failure::error("nothing was read from the platforms yet").hint("run `adplane metrics sync`")
        })?;
        let (at, as_of) = if let Some(at) = scope.as_of {
            (at, AsOf::At(at))
        } else {
            let accounts = prepared.desired.accounts.values();
            (pipeline::clock_of_accounts(accounts, settings).await?.now(), AsOf::Latest)
        };
        let live = if period.is_own() { Some(live(&prepared, settings, ui).await?) } else { None };
        Ok(Self { prepared, store, at, as_of, level: scope.level, period, live })
    }

    /// What is known of an account.
    async fn answer(&self, key: &AccountKey, account: &DesiredAccount) -> Result<Answer, Failure> {
        let Self { at, as_of, level, period, .. } = *self;
        let question = Question { now: at, as_of, levels: &[level], periods: &[period] };
        let live = self.live.as_ref().and_then(|live| live.accounts.get(key));
        let figures = question.ask(self.store.as_ref(), account, live).await?;
        let answer = figures.into_level(level, period);
        answer.ok_or_else(|| Failure::error(format!("{level} have no reports")))
    }
}

/// Reads the accounts; what could not be read is told, and its objects have no flight.
async fn live(prepared: &Prepared, settings: &Settings, ui: &Ui) -> Result<Observed, Failure> {
    let connected = pipeline::connect(prepared.desired.accounts.values(), settings).await?;
    let observed = pipeline::observe_all(prepared, &connected, ui).await;
    pipeline::show_observation(&observed, ui);
    Ok(observed)
}

/// The days or hours that are asked for.
fn period(scope: &MetricsScope) -> Result<Period, Failure> {
    if let Some((first, last)) = scope.from.zip(scope.to) {
        if last < first {
            return Err(Failure::new(Exit::Usage, format!("`--to {last}` lies before `--from {first}`")));
        }
        return Ok(Period::Days(first, last));
    }
    let window = match scope.days {
        None => scope.window,
        Some(days) => Window::days(days, scope.end, scope.offset)
            .map_err(|error| Failure::from_error(Exit::Usage, &error))?,
    };
    Ok(Period::Window(window))
}
