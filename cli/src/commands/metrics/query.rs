//! `adplane metrics query`: sums over a window, with what is missing and how fresh they are.

use adplane_core::address::AccountKey;
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Slots, WindowTotals};
use serde_json::{Value, json};

use super::Asked;
use crate::args::{Global, MetricsFormat, MetricsQueryArgs};
use crate::error::{Exit, Failure};
use crate::pipeline::metrics::{self, Names};
use crate::render::metrics::{Figures, csv_line};
use crate::render::{json as render_json, table};
use crate::settings::Settings;
use crate::ui::Ui;

/// What is known of one account.
struct Found<'a> {
    key: &'a AccountKey,
    account: &'a DesiredAccount,
    totals: WindowTotals,
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
        let totals = asked.totals(&args.scope, account).await?;
        found.push(Found::new(key, account, totals, &names));
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
            ui.data(&render_json::pretty(&json!({"window": window(args), "accounts": accounts})))?;
        }
        MetricsFormat::Csv => ui.data(&csv(&found))?,
    }
    Ok(Exit::Done)
}

fn window(args: &MetricsQueryArgs) -> String {
    match args.scope.from.zip(args.scope.to) {
        Some((from, to)) => format!("{from} to {to}"),
        None => args.scope.window.to_string(),
    }
}

impl<'a> Found<'a> {
    fn new(key: &'a AccountKey, account: &'a DesiredAccount, totals: WindowTotals, names: &Names) -> Self {
        let (told, currency) = (metrics::told(account), account.currency);
        let mut objects: Vec<_> = totals
            .objects
            .keys()
            .map(|id| {
                let name = names.address(key, id).map(ToString::to_string);
                (id.clone(), name, Figures::of(&totals, id, told, currency))
            })
            .collect();
        objects.sort_by_key(|(id, _, figures)| (std::cmp::Reverse(figures.spend()), id.clone()));
        let all = Figures::of_all(&totals, told, currency);
        Self { key, account, totals, objects, all }
    }

    fn json(&self) -> Value {
        let object = |(id, address, figures): &(ExternalId, Option<String>, Figures)| {
            let mut object = figures.json();
            object["id"] = json!(id);
            object["address"] = json!(address);
            object
        };
        let mut all = self.all.json();
        all["objects"] = Value::Array(self.objects.iter().map(object).collect());
        all["account"] = json!(self.key.to_string());
        all["platform"] = json!(self.account.platform);
        all["currency"] = json!(self.account.currency);
        all["level"] = json!(self.totals.level);
        all["slots"] = json!(self.totals.span.to_string());
        all["attribution"] = json!(self.totals.attribution);
        all["gaps"] = json!(self.totals.gaps.iter().map(Slots::to_string).collect::<Vec<_>>());
        all["asOf"] = json!(self.totals.freshness.map(|freshness| {
            json!({"oldest": freshness.oldest.to_string(), "newest": freshness.newest.to_string()})
        }));
        all
    }
}

/// Which days these are, how fresh, and what is missing.
fn note(found: &Found<'_>, ui: &Ui) {
    let Found { key, totals, .. } = found;
    let read = match totals.freshness {
        Some(freshness) => format!("as of {}", freshness.oldest),
        None => "never read".to_owned(),
    };
    let attribution =
        totals.attribution.as_ref().map(|label| format!(", attributed by {label}")).unwrap_or_default();
    ui.note(&format!("{key}: {}, {read}{attribution}", totals.span));
    if let Err(unknown) = totals.covered() {
        ui.note(&format!("{key}: {unknown}"));
    }
}

fn rows(found: &[Found<'_>]) -> String {
    let mut header = vec!["ACCOUNT", "NAME"];
    header.extend(Figures::header());
    let mut rows = Vec::new();
    for found in found {
        let line = |name: String, figures: &Figures| {
            let mut cells = vec![found.key.name.to_string(), name];
            cells.extend(figures.cells());
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
            let plain = figures.plain();
            let known = [
                ("account", found.key.to_string()),
                ("platform", found.account.platform.slug().to_owned()),
                ("currency", found.account.currency.to_string()),
                ("level", found.totals.level.to_string()),
                ("slots", found.totals.span.to_string()),
                (
                    "asOf",
                    found.totals.freshness.map(|freshness| freshness.oldest.to_string()).unwrap_or_default(),
                ),
                ("id", id.to_string()),
                ("address", address.clone().unwrap_or_default()),
            ];
            if text.is_empty() {
                let names = known.iter().map(|(name, _)| *name).chain(plain.iter().map(|(name, _)| *name));
                text.push_str(&csv_line(&names.map(str::to_owned).collect::<Vec<_>>()));
            }
            let cells: Vec<String> = known
                .into_iter()
                .map(|(_, cell)| cell)
                .chain(plain.into_iter().map(|(_, cell)| cell.unwrap_or_default()))
                .collect();
            text.push_str(&csv_line(&cells));
        }
    }
    text
}
