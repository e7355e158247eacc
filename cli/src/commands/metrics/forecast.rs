//! `adplane metrics forecast`: what the next days will bring, and how good such forecasts have been.

use std::sync::Arc;

use adplane_core::address::{Address, Kind};
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::ExternalId;
use adplane_engine::metrics::forecast::{Foretold, Question};
use adplane_engine::metrics::store::{AsOf, MetricStore, Of, StoreAccount};
use serde_json::json;

use crate::args::{Global, MetricsForecastArgs, TestFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared, metrics, names};
use crate::render::forecast::{self as render, Answer, Refused};
use crate::render::json as render_json;
use crate::settings::Settings;
use crate::ui::Ui;

/// The level whose sum is the account's.
const ACCOUNT: Kind = Kind::Campaign;

/// An account, or an object of one.
struct Subject<'p> {
    account: &'p DesiredAccount,
    object: Option<(&'p Address, ExternalId)>,
}

pub(super) async fn run(
    global: &Global,
    args: &MetricsForecastArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let subjects = subjects(&prepared, args.of.as_deref())?;
    let store = metrics::existing(&prepared).await?.ok_or_else(|| {
        Failure::error("nothing was read from the platforms yet").hint("run `adplane metrics sync`")
    })?;
    let accounts = subjects.iter().map(|subject| subject.account);
    let now = pipeline::clock_of_accounts(accounts, settings).await?.now();
    let mut answers = Vec::new();
    for subject in &subjects {
        answers.push(answer(subject, args, &store, now).await?);
    }
    match args.format {
        TestFormat::Text => {
            let mut shown: Vec<String> = answers.iter().map(render::text).collect();
            shown.retain(|text| !text.is_empty());
            ui.data(&shown.join("\n"))?;
        }
        TestFormat::Json => {
            let forecasts: Vec<_> = answers.iter().map(render::json).collect();
            let document =
                json!({"metric": args.metric.metric().word(), "days": args.days, "forecasts": forecasts});
            ui.data(&render_json::pretty(&document))?;
        }
    }
    let mut refused = false;
    for answer in &answers {
        let Err(why) = &answer.path else { continue };
        if let Some((why, hint)) = why.told() {
            refused = true;
            ui.error(&format!("{} {}: {why}", answer.name, answer.metric.word()), Some(hint));
        }
    }
    Ok(if refused { Exit::Error } else { Exit::Done })
}

async fn answer<'p>(
    subject: &Subject<'p>,
    args: &MetricsForecastArgs,
    store: &Arc<dyn MetricStore>,
    now: jiff::Timestamp,
) -> Result<Answer<'p>, Failure> {
    let Subject { account, object } = subject;
    let schema = adplane_platforms::schema(account.platform);
    let stored = StoreAccount::from(*account);
    let metric = args.metric.metric();
    let question = Question {
        account: &stored,
        told: schema.metrics,
        restated_days: schema.restated_days,
        level: object.as_ref().map_or(ACCOUNT, |(address, _)| address.kind),
        of: object.as_ref().map_or(Of::Account, |(_, id)| Of::Object(id)),
        metric,
        now,
        as_of: AsOf::Latest,
    };
    let name = object.as_ref().map_or_else(|| account.key.to_string(), |(address, _)| address.to_string());
    let (history, path, drift) = match question.ask(store.as_ref()).await? {
        Err(why) => (None, Err(Refused::NotTold(why)), None),
        Ok(Foretold { outlook, today, drift }) => {
            let path = outlook.path(today, args.days).map_err(Refused::Untold);
            (outlook.history().cloned(), path, drift.and_then(|drift| drift.in_words()))
        }
    };
    let address = object.as_ref().map(|(address, _)| *address);
    Ok(Answer { name, account, address, metric, history, drift, path })
}

/// What a text means: an account, an object; all accounts without one.
fn subjects<'p>(prepared: &'p Prepared, text: Option<&str>) -> Result<Vec<Subject<'p>>, Failure> {
    let accounts = &prepared.desired.accounts;
    let whole = |account: &'p DesiredAccount| Subject { account, object: None };
    let Some(text) = text else {
        if accounts.is_empty() {
            let failure = Failure::error("no account was found");
            return Err(failure.hint("name the files that hold `kind: AdAccount`"));
        }
        return Ok(accounts.values().map(whole).collect());
    };
    let named =
        |account: &&DesiredAccount| account.key.name.as_str() == text || account.key.to_string() == text;
    let found: Vec<Subject<'p>> = accounts.values().filter(named).map(whole).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let all =
        || accounts.values().flat_map(|account| account.objects.values().map(move |one| (account, one)));
    let found: Vec<_> = all().filter(|(_, object)| names(&object.address, text)).collect();
    let [(account, object)] = found.as_slice() else {
        let found: Vec<String> = found.iter().map(|(_, object)| object.address.to_string()).collect();
        return Err(not_one(text, &found));
    };
    if object.address.kind == Kind::Budget {
        return Err(Failure::new(Exit::Usage, "budgets have no reports")
            .hint("ask about an account, or a campaign, ad group or ad"));
    }
    let remembered = || prepared.state().bindings().ids().remove(&object.address);
    let id = object.external_id.clone().or_else(remembered).ok_or_else(|| {
        let failure = Failure::error(format!("nobody knows the id of {}", object.address.short()));
        failure.hint("numbers are kept by the platform's ids, which applies remember: apply it, or import it")
    })?;
    Ok(vec![Subject { account, object: Some((&object.address, id)) }])
}

fn not_one(text: &str, found: &[String]) -> Failure {
    if found.is_empty() {
        return Failure::error(format!("nothing is called `{text}`"))
            .hint("write an account such as `meta-eu`, or an address such as `campaign/spring-sale`");
    }
    Failure::error(format!("`{text}` means {} objects", found.len()))
        .hint(format!("write one of {}", found.join(", ")))
}
