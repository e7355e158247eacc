//! `adplane metrics query`: sums over a window, with what is missing and how fresh they are.

use adplane_core::address::{AccountKey, Kind};
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::Slots;
use adplane_engine::metrics::export::csv_line;
use adplane_engine::metrics::query::{Answer, Basis, Figures};
use serde_json::{Value, json};

use super::Asked;
use crate::args::{Global, MetricsFormat, MetricsQueryArgs};
use crate::error::{Exit, Failure};
use crate::pipeline::metrics::Names;
use crate::render::{json as render_json, metrics as render_metrics, table};
use crate::settings::Settings;
use crate::ui::Ui;

/// What is known of one account.
struct Found<'a> {
    key: &'a AccountKey,
    account: &'a DesiredAccount,
    level: Kind,
    /// Whether every object has days of its own.
    is_own: bool,
    /// The dearest first.
    objects: Vec<(ExternalId, Option<String>, Figures)>,
    all: Figures,
}

pub(super) async fn run(
    global: &Global,
    args: &MetricsQueryArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let asked = Asked::of(global, &args.scope, settings, ui).await?;
    let names = Names::of(&asked.prepared);
    let mut found = Vec::new();
    for (key, account) in &asked.prepared.desired.accounts {
        let answer = asked.answer(key, account).await?;
        found.push(Found::new(&asked, (key, account), answer, &names));
    }
    match args.format {
        MetricsFormat::Table => {
            for found in &found {
                note(found, ui);
            }
            ui.data(&rows(&found))?;
        }
        MetricsFormat::Json => {
            let accounts: Vec<Value> = found.iter().map(Found::json).collect();
            let window = asked.period.to_string();
            ui.data(&render_json::pretty(&json!({"window": window, "accounts": accounts})))?;
        }
        MetricsFormat::Csv => ui.data(&csv(&found))?,
    }
    Ok(Exit::Done)
}

impl<'a> Found<'a> {
    fn new(
        asked: &Asked,
        (key, account): (&'a AccountKey, &'a DesiredAccount),
        answer: Answer,
        names: &Names,
    ) -> Self {
        let titled = |(id, figures): (ExternalId, Figures)| {
            let name = names.address(key, &id).map(ToString::to_string);
            (id, name, figures)
        };
        let mut objects: Vec<_> = answer.each.into_iter().map(titled).collect();
        objects
            .sort_by_key(|(id, _, figures)| (std::cmp::Reverse(render_metrics::spend(figures)), id.clone()));
        Self { key, account, level: asked.level, is_own: asked.period.is_own(), objects, all: answer.all }
    }

    fn json(&self) -> Value {
        let object = |(id, address, figures): &(ExternalId, Option<String>, Figures)| {
            let mut object = render_metrics::json(figures);
            object["id"] = json!(id);
            object["address"] = json!(address);
            if self.is_own {
                rests_on(&mut object, &figures.basis);
            }
            object
        };
        let mut all = render_metrics::json(&self.all);
        all["objects"] = Value::Array(self.objects.iter().map(object).collect());
        all["account"] = json!(self.key.to_string());
        all["platform"] = json!(self.account.platform);
        all["currency"] = json!(self.account.currency);
        all["level"] = json!(self.level);
        all["attribution"] = json!(self.all.basis.attribution);
        rests_on(&mut all, &self.all.basis);
        all
    }
}

/// Which slots, what is missing of them, how fresh and how complete they are.
fn rests_on(object: &mut Value, basis: &Basis) {
    object["slots"] = json!(basis.span.as_ref().map(ToString::to_string));
    object["gaps"] = json!(basis.gaps.iter().map(Slots::to_string).collect::<Vec<_>>());
    object["completeness"] = json!(basis.completeness);
    object["asOf"] = json!(basis.freshness.map(|freshness| {
        json!({"oldest": freshness.oldest.to_string(), "newest": freshness.newest.to_string()})
    }));
}

/// Which days these are, how fresh, and what is missing.
fn note(found: &Found<'_>, ui: &Ui) {
    let Found { key, all, .. } = found;
    let basis = &all.basis;
    let slots = match &basis.span {
        Some(span) => span.to_string(),
        None if found.is_own => "each over days of its own".to_owned(),
        None => "no days".to_owned(),
    };
    let read = match basis.freshness {
        Some(freshness) => format!("as of {}", freshness.oldest),
        None => "never read".to_owned(),
    };
    let attribution =
        basis.attribution.as_ref().map(|label| format!(", attributed by {label}")).unwrap_or_default();
    let come_in = basis.completeness.map(render_metrics::come_in).unwrap_or_default();
    ui.note(&format!("{key}: {slots}, {read}{attribution}{come_in}"));
    if let Err(unknown) = all.sums() {
        ui.note(&format!("{key}: {unknown}"));
    }
}

fn rows(found: &[Found<'_>]) -> String {
    let mut header = vec!["ACCOUNT", "NAME"];
    header.extend(render_metrics::header());
    let mut rows = Vec::new();
    for found in found {
        let line = |name: String, figures: &Figures| {
            let mut cells = vec![found.key.name.to_string(), name];
            cells.extend(render_metrics::cells(figures));
            cells
        };
        for (id, address, figures) in &found.objects {
            rows.push(line(address.as_deref().map_or_else(|| id.to_string(), short), figures));
        }
        rows.push(line("(all)".to_owned(), &found.all));
    }
    table::table(&header, &rows)
}

/// `spring-sale` of `meta/meta-eu/Campaign/growth/spring-sale`.
fn short(address: &str) -> String {
    address.splitn(5, '/').nth(4).unwrap_or(address).to_owned()
}

fn csv(found: &[Found<'_>]) -> String {
    let mut text = String::new();
    for found in found {
        for (id, address, figures) in &found.objects {
            let (plain, basis) = (figures.plain(), &figures.basis);
            let known = [
                ("account", found.key.to_string()),
                ("platform", found.account.platform.slug().to_owned()),
                ("currency", found.account.currency.to_string()),
                ("level", found.level.to_string()),
                ("slots", basis.span.as_ref().map(ToString::to_string).unwrap_or_default()),
                ("asOf", basis.freshness.map(|freshness| freshness.oldest.to_string()).unwrap_or_default()),
                ("id", id.to_string()),
                ("address", address.clone().unwrap_or_default()),
            ];
            if text.is_empty() {
                let names = known.iter().map(|(name, _)| *name).chain(plain.iter().map(|(name, _)| *name));
                text.push_str(&csv_line(names));
            }
            let cells = known
                .into_iter()
                .map(|(_, cell)| cell)
                .chain(plain.into_iter().map(|(_, cell)| cell.unwrap_or_default()));
            text.push_str(&csv_line(cells));
        }
    }
    text
}
