//! `adplane metrics`: read what was delivered, keep it, answer from it.

mod export;
mod query;
mod sync;

use adplane_core::desired::DesiredAccount;
use adplane_core::metrics::{Granularity, Slots, Span, WindowTotals};
use adplane_engine::metrics::store::{AsOf, MetricStore};
use jiff::Timestamp;

use crate::args::{Global, MetricsCommand, MetricsScope};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared, metrics};
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
        MetricsCommand::Export(args) => export::run(global, args, settings, ui).await,
    }
}

/// The project, its store, and the instant that a question is asked for.
struct Asked {
    prepared: Prepared,
    store: std::sync::Arc<dyn MetricStore>,
    at: Timestamp,
    as_of: AsOf,
}

impl Asked {
    async fn of(
        global: &Global,
        scope: &MetricsScope,
        settings: &Settings,
        ui: &Ui,
    ) -> Result<Self, Failure> {
        let prepared = pipeline::prepare(global, settings, &scope.path, &[])?;
        prepared.require_sound(ui)?;
        if prepared.desired.accounts.is_empty() {
            let failure = Failure::error("no account was found");
            return Err(failure.hint("name the files that hold `kind: AdAccount`"));
        }
        let store = metrics::existing(&prepared)?.ok_or_else(|| {
            Failure::error("nothing was read from the platforms yet").hint("run `adplane metrics sync`")
        })?;
        let (at, as_of) = if let Some(at) = scope.as_of {
            (at, AsOf::At(at))
        } else {
            let accounts = prepared.desired.accounts.values();
            (pipeline::clock_of_accounts(accounts, settings).await?.now(), AsOf::Latest)
        };
        Ok(Self { prepared, store, at, as_of })
    }

    /// The days or hours of an account.
    fn span(&self, scope: &MetricsScope, account: &DesiredAccount) -> Result<Span, Failure> {
        if let Some((first, last)) = scope.from.zip(scope.to) {
            if last < first {
                return Err(Failure::new(Exit::Usage, format!("`--to {last}` lies before `--from {first}`")));
            }
            let ranges = vec![Slots::days(first, last)];
            return Ok(Span {
                granularity: Granularity::Day,
                zone: account.zone.clone(),
                at: self.at,
                ranges,
            });
        }
        metrics::span(scope.window, self.at, account).map_err(|error| {
            Failure::from_error(Exit::Usage, &error).hint("name days with `--from` and `--to`")
        })
    }

    async fn totals(&self, scope: &MetricsScope, account: &DesiredAccount) -> Result<WindowTotals, Failure> {
        let span = self.span(scope, account)?;
        Ok(self.store.window(&metrics::account(account), scope.level, &span, self.as_of).await?)
    }
}
