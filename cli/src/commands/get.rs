//! `adplane get`: live objects in tables like kubectl's.

use std::borrow::Cow;

use adplane_core::address::Kind;
use adplane_core::observed::Observed;
use adplane_core::plan::document::encode;
use adplane_engine::metrics::query::{Figures, Period, SHOWN, WEEK};
use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::args::{GetArgs, GetOutput, Global};
use crate::error::{Exit, Failure};
use crate::pipeline::metrics::Delivered;
use crate::pipeline::{self, Gathered, LiveObject, Prepared};
use crate::render::{json as render_json, metrics as render_metrics, table};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    args: &GetArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let asked = Listed::parse(&args.kind)?;
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let connected = pipeline::connect(prepared.desired.accounts.values(), settings).await?;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let failed = pipeline::show_observation(&observed, ui);
    let live = pipeline::live(&prepared.desired, &observed);
    let of_kind = live.iter().filter(|live| asked.kinds.contains(&live.object.kind)).map(Row::Live);
    let gathered = pipeline::gathered(&prepared.desired, &live);
    let referred = gathered.iter().filter(|one| asked.documents.contains(&one.kind)).map(Row::Gathered);
    let wanted: Vec<Row<'_>> = of_kind.chain(referred).collect();
    let counted = Counted::of(&prepared, (&observed, &live), connected.clock.now(), args.output, ui).await;
    match args.output {
        GetOutput::Table | GetOutput::Wide if wanted.is_empty() => ui.note("nothing is live there"),
        GetOutput::Table => ui.data(&rows(&wanted, None))?,
        GetOutput::Wide => {
            if counted.delivered.is_some() {
                ui.note(&format!("counts are of {WEEK}"));
            }
            ui.data(&rows(&wanted, Some(&counted)))?;
        }
        GetOutput::Json => {
            let objects: Vec<Value> = wanted.iter().map(|row| counted.object(*row)).collect();
            ui.data(&render_json::pretty(&objects))?;
        }
        GetOutput::Yaml => {
            let objects: Vec<Value> = wanted.iter().map(|row| counted.object(*row)).collect();
            ui.data(&yaml(&objects)?)?;
        }
    }
    Ok(if failed { Exit::Error } else { Exit::Done })
}

/// What is listed.
struct Listed {
    kinds: Vec<Kind>,
    /// Documents without reports of their own, as far as something live refers to them.
    documents: Vec<DocumentKind>,
}

impl Listed {
    fn parse(text: &str) -> Result<Self, Failure> {
        let word = text.to_ascii_lowercase();
        if word == "all" {
            let documents = vec![DocumentKind::Budget, DocumentKind::Creative];
            return Ok(Self { kinds: Kind::ALL.to_vec(), documents });
        }
        if matches!(word.as_str(), "creative" | "creatives") {
            return Ok(Self { kinds: Vec::new(), documents: vec![DocumentKind::Creative] });
        }
        let kind = Kind::parse_loosely(text).ok_or_else(|| {
            Failure::new(Exit::Usage, format!("there is no kind `{text}`"))
                .hint("kinds are campaigns, ad-groups, ads, budgets, creatives and all")
        })?;
        let pools = (kind == Kind::Budget).then_some(DocumentKind::Budget);
        Ok(Self { kinds: vec![kind], documents: pools.into_iter().collect() })
    }
}

/// A live object, or what some refer to.
#[derive(Clone, Copy)]
enum Row<'r> {
    Live(&'r LiveObject<'r>),
    Gathered(&'r Gathered<'r>),
}

/// What the objects delivered, where reports were read.
struct Counted<'r> {
    delivered: Option<Delivered>,
    live: &'r [LiveObject<'r>],
}

impl<'r> Counted<'r> {
    /// Reads the store, unless nothing of it is shown; one that cannot be read is told and shows nothing.
    async fn of(
        prepared: &Prepared,
        (observed, live): (&Observed, &'r [LiveObject<'r>]),
        now: Timestamp,
        output: GetOutput,
        ui: &Ui,
    ) -> Self {
        let periods: &[Period] = match output {
            GetOutput::Table => return Self { delivered: None, live },
            GetOutput::Wide => &[Period::Window(WEEK)],
            GetOutput::Json | GetOutput::Yaml => &SHOWN,
        };
        Self { delivered: Delivered::of(prepared, observed, now, periods, ui).await, live }
    }

    /// What it delivered: a budget what its campaigns did, a creative what the ads did that show it.
    fn figures(&self, row: Row<'_>, period: Period) -> Option<Cow<'_, Figures>> {
        let delivered = self.delivered.as_ref()?;
        let sum = match row {
            Row::Gathered(one) => delivered.sum(one.account, one.level, &one.ids, period),
            Row::Live(live) if live.object.kind == Kind::Budget => {
                let campaigns = pipeline::drawing(self.live, live);
                delivered.sum(live.account, Kind::Campaign, campaigns, period)
            }
            Row::Live(live) => {
                let object = live.object;
                return delivered.figures(live.account, object.kind, &object.id, period).map(Cow::Borrowed);
            }
        };
        sum.map(Cow::Owned)
    }

    /// An object for programs, with what it delivered over each period.
    fn object(&self, row: Row<'_>) -> Value {
        let mut object = match row {
            Row::Live(live) => object(live),
            Row::Gathered(one) => gathered(one),
        };
        let told = SHOWN.into_iter().filter_map(|period| Some((period, self.figures(row, period)?)));
        let told: Map<String, Value> =
            told.map(|(period, figures)| (period.to_string(), render_metrics::delivered(&figures))).collect();
        let why = match row {
            Row::Live(live) if self.delivered.is_some() && live.object.kind == Kind::Budget => {
                "no campaign draws on it"
            }
            _ => "nothing was read from the platform yet; run `adplane metrics sync`",
        };
        object["delivered"] = if told.is_empty() { json!({ "unknown": why }) } else { Value::Object(told) };
        object
    }
}

/// A table; with more columns where figures can be told.
fn rows(wanted: &[Row<'_>], wide: Option<&Counted<'_>>) -> String {
    let mut header = vec!["KIND", "NAME", "ACCOUNT", "STATE", "DELIVERY", "REVIEW", "BUDGET", "OWNER"];
    if wide.is_some() {
        header.extend(["ID", "REASON", "DISPLAY NAME"]);
        header.extend(render_metrics::header());
        header.push("AS OF");
    }
    let cells = |row: &Row<'_>| {
        let mut cells = match row {
            Row::Live(live) => vec![
                live.object.kind.to_string(),
                live.name(),
                live.account.name.to_string(),
                live.object.text("state").unwrap_or_default().to_owned(),
                live.object.status.delivery.map(|delivery| format!("{delivery:?}")).unwrap_or_default(),
                live.review.map(|review| format!("{review:?}")).unwrap_or_default(),
                live.budget(),
                live.ownership.word().to_owned(),
            ],
            Row::Gathered(one) => vec![
                one.kind.word().to_owned(),
                one.name.clone(),
                one.account.name.to_string(),
                String::new(),
                String::new(),
                one.review.map(|review| format!("{review:?}")).unwrap_or_default(),
                String::new(),
                String::new(),
            ],
        };
        if let Some(counted) = wide {
            cells.extend(match row {
                Row::Live(live) => [
                    live.object.id.to_string(),
                    live.object.status.reason.clone().unwrap_or_default(),
                    live.object.display_name().to_owned(),
                ],
                Row::Gathered(_) => [String::new(), String::new(), String::new()],
            });
            if let Some(figures) = counted.figures(*row, Period::Window(WEEK)) {
                cells.extend(render_metrics::cells(&figures));
                let read = figures.basis.freshness.map(|freshness| freshness.oldest.to_string());
                cells.push(read.unwrap_or_else(|| "never".to_owned()));
            }
        }
        cells
    };
    table::table(&header, &wanted.iter().map(cells).collect::<Vec<_>>())
}

/// A pool or a creative for programs, with what refers to it on one account.
fn gathered(one: &Gathered<'_>) -> Value {
    json!({
        "kind": one.kind.word(),
        "account": one.account.to_string(),
        "address": one.short(),
        "level": one.level,
        "ids": one.ids,
        "names": one.names,
        "review": one.review,
    })
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
