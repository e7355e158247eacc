//! `adplane rules backtest`: what rules would have done over days that have passed.

use adplane_engine::rules::{Asked, BacktestError, World, backtest};
use adplane_engine::state::Pauses;

use super::shadow::prepared;
use crate::args::{BacktestFormat, Global, RulesBacktestArgs};
use crate::error::{Exit, Failure};
use crate::pipeline::metrics;
use crate::render::{backtest as render, json as render_json};
use crate::settings::Settings;
use crate::ui::Ui;

pub(in crate::commands) async fn run(
    global: &Global,
    args: &RulesBacktestArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    if args.to < args.from {
        let message = format!("`--to {}` lies before `--from {}`", args.to, args.from);
        return Err(Failure::new(Exit::Usage, message));
    }
    let prepared = prepared(global, &args.path, settings, ui)?;
    let store = metrics::existing(&prepared).await?.ok_or_else(|| {
        Failure::error("nothing was read from the platforms yet").hint("run `adplane metrics sync`")
    })?;
    let (schemas, remembered) = (adplane_platforms::schemas(), prepared.state().bindings().ids());
    // Stops of today were none then.
    let pauses = Pauses::default();
    let world = World {
        desired: &prepared.desired,
        rules: &prepared.rules,
        schemas: &schemas,
        pauses: &pauses,
        remembered: &remembered,
    };
    let asked =
        Asked { world, from: args.from, to: args.to, allow_restated: args.allow_restated, agree: args.agree };
    let report = {
        let _waiting = ui.spinner("running rules over the days");
        backtest(asked, store.as_ref()).await.map_err(|error| failure(&error))?
    };
    let text = match args.format {
        BacktestFormat::Text => render::text(&report),
        BacktestFormat::Markdown => render::markdown(&report),
        BacktestFormat::Json => render_json::pretty(&render::document(&report)),
        BacktestFormat::Html => render::html(&report),
    };
    match &args.out {
        None => ui.data(&text)?,
        Some(file) => {
            let path = settings.cwd.join(file);
            std::fs::write(&path, &text).map_err(|error| {
                Failure::error(format!("cannot write `{}`", file.display())).caused_by(&error)
            })?;
            ui.note(&format!("wrote {}", file.display()));
        }
    }
    Ok(Exit::Done)
}

fn failure(error: &BacktestError) -> Failure {
    let failure = Failure::from_error(Exit::Error, error);
    match error {
        BacktestError::Store(_) => failure,
        BacktestError::Restated { .. } => failure.hint(
            "ask for days since which `adplane metrics sync` ran; or write `--allow-restated`, and read the result as what later numbers say",
        ),
        BacktestError::NoIds => failure
            .hint("`adplane apply` remembers them in `.adplane/bindings.json`; or write `adplane.io/external-id`"),
    }
}
