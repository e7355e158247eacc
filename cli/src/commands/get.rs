//! `adplane get`: live objects in tables like kubectl's.

use adplane_core::address::Kind;
use adplane_core::observed::Observed;
use adplane_core::plan::document::encode;
use adplane_engine::metrics::query::{Figures, Period, SHOWN, WEEK};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::args::{GetArgs, GetOutput, Global};
use crate::error::{Exit, Failure};
use crate::pipeline::metrics::Delivered;
use crate::pipeline::{self, LiveObject, Prepared};
use crate::render::{json as render_json, metrics as render_metrics, table};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    args: &GetArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let kinds = kinds(&args.kind)?;
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let connected = pipeline::connect(prepared.desired.accounts.values(), settings).await?;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let failed = pipeline::show_observation(&observed, ui);
    let live = pipeline::live(&prepared.desired, &observed);
    let wanted: Vec<&LiveObject<'_>> = live.iter().filter(|live| kinds.contains(&live.object.kind)).collect();
    let counted = Counted::of(&prepared, &observed, connected.clock.now(), args.output, ui).await;
    match args.output {
        GetOutput::Table | GetOutput::Wide if wanted.is_empty() => ui.note("nothing is live there"),
        GetOutput::Table => ui.data(&rows(&wanted, None))?,
        GetOutput::Wide => {
            if counted.0.is_some() {
                ui.note(&format!("counts are of {WEEK}"));
            }
            ui.data(&rows(&wanted, Some(&counted)))?;
        }
        GetOutput::Json => {
            let objects: Vec<Value> = wanted.iter().map(|live| counted.object(live)).collect();
            ui.data(&render_json::pretty(&objects))?;
        }
        GetOutput::Yaml => {
            let objects: Vec<Value> = wanted.iter().map(|live| counted.object(live)).collect();
            ui.data(&yaml(&objects)?)?;
        }
    }
    Ok(if failed { Exit::Error } else { Exit::Done })
}

fn kinds(text: &str) -> Result<Vec<Kind>, Failure> {
    if text.eq_ignore_ascii_case("all") {
        return Ok(Kind::ALL.to_vec());
    }
    Kind::parse_loosely(text).map(|kind| vec![kind]).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("there is no kind `{text}`"))
            .hint("kinds are campaigns, ad-groups, ads, budgets and all")
    })
}

/// What the objects delivered, where reports were read.
struct Counted(Option<Delivered>);

impl Counted {
    /// Reads the store, unless nothing of it is shown; one that cannot be read is told and shows nothing.
    async fn of(
        prepared: &Prepared,
        observed: &Observed,
        now: Timestamp,
        output: GetOutput,
        ui: &Ui,
    ) -> Self {
        let periods: &[Period] = match output {
            GetOutput::Table => return Self(None),
            GetOutput::Wide => &[Period::Window(WEEK)],
            GetOutput::Json | GetOutput::Yaml => &SHOWN,
        };
        Self(Delivered::of(prepared, observed, now, periods, ui).await)
    }

    fn figures(&self, live: &LiveObject<'_>, period: Period) -> Option<&Figures> {
        self.0.as_ref()?.figures(live.account, live.object.kind, &live.object.id, period)
    }

    /// An object for programs, with what it delivered over each period; budgets have no reports.
    fn object(&self, live: &LiveObject<'_>) -> Value {
        let mut object = object(live);
        if live.object.kind == Kind::Budget {
            return object;
        }
        let told = SHOWN.into_iter().filter_map(|period| Some((period, self.figures(live, period)?)));
        let told: Map<String, Value> =
            told.map(|(period, figures)| (period.to_string(), render_metrics::delivered(figures))).collect();
        object["delivered"] = if told.is_empty() {
            json!({"unknown": "nothing was read from the platform yet; run `adplane metrics sync`"})
        } else {
            Value::Object(told)
        };
        object
    }
}

/// A table; with more columns where figures can be told.
fn rows(live: &[&LiveObject<'_>], wide: Option<&Counted>) -> String {
    let mut header = vec!["KIND", "NAME", "ACCOUNT", "STATE", "DELIVERY", "REVIEW", "BUDGET", "OWNER"];
    if wide.is_some() {
        header.extend(["ID", "REASON", "DISPLAY NAME"]);
        header.extend(render_metrics::header());
        header.push("AS OF");
    }
    let cells = |live: &&LiveObject<'_>| {
        let object = live.object;
        let mut cells = vec![
            object.kind.to_string(),
            live.name(),
            live.account.name.to_string(),
            object.text("state").unwrap_or_default().to_owned(),
            object.status.delivery.map(|delivery| format!("{delivery:?}")).unwrap_or_default(),
            live.review.map(|review| format!("{review:?}")).unwrap_or_default(),
            live.budget(),
            live.ownership.word().to_owned(),
        ];
        if let Some(counted) = wide {
            cells.extend([
                object.id.to_string(),
                object.status.reason.clone().unwrap_or_default(),
                object.display_name().to_owned(),
            ]);
            if let Some(figures) = counted.figures(live, Period::Window(WEEK)) {
                cells.extend(render_metrics::cells(figures));
                let read = figures.basis.freshness.map(|freshness| freshness.oldest.to_string());
                cells.push(read.unwrap_or_else(|| "never".to_owned()));
            }
        }
        cells
    };
    table::table(&header, &live.iter().map(cells).collect::<Vec<_>>())
}

/// One live object for programs; the field paths are the YAML's.
pub(super) fn object(live: &LiveObject<'_>) -> Value {
    let object = live.object;
    let fields: Map<String, Value> =
        object.fields.iter().map(|(path, value)| (path.to_string(), encode(value))).collect();
    json!({
        "kind": object.kind,
        "account": live.account.to_string(),
        "address": live.address,
        "id": object.id,
        "parent": object.parent,
        "ownership": live.ownership.word(),
        "delivery": object.status.delivery,
        "review": live.review,
        "reason": object.status.reason,
        "details": object.status.details,
        "fields": fields,
    })
}

fn yaml(objects: &[Value]) -> Result<String, Failure> {
    serde_saphyr::to_string(&objects).map_err(|error| Failure::error("cannot write YAML").caused_by(&error))
}
