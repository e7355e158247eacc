//! Insights over simulated delivery, and what was spent (meta-ads.md §11, §13).

mod columns;
mod ranges;
pub(super) mod runs;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::columns::Sums;
use super::errors::GraphError;
use super::fields::Field;
use super::filters::{self, Condition};
use super::kind::Kind;
use super::lists;
use super::money;
use super::paging::Window;
use super::params::Params;
use super::reader::Reader;
use super::schema::{has_word, insights as schema};
use super::status;
use super::store::{self, Node};
use crate::delivery::Delivered;
use crate::world::{Object, Vendor, World};

/// Columns answered when none are named.
const DEFAULT_COLUMNS: [&str; 2] = ["impressions", "spend"];
const HOURLY: &str = "hourly_stats_aggregated_by_advertiser_time_zone";

/// Answers an insights edge.
pub(super) fn edge(
    reader: &Reader<'_>,
    node: &Node,
    params: &Params,
    sub: Option<&[Field]>,
) -> Result<Value, GraphError> {
    let rows = Query::of(reader.world, node, params, sub)?.rows(reader.world, node);
    check_size(reader.world, rows.len())?;
    page(reader, node, params, rows)
}

/// Answers the rows of a report that was made: however many.
pub(super) fn of_run(reader: &Reader<'_>, node: &Node, params: &Params) -> Result<Value, GraphError> {
    let rows = Query::of(reader.world, node, params, None)?.rows(reader.world, node);
    page(reader, node, params, rows)
}

fn page(
    reader: &Reader<'_>,
    node: &Node,
    params: &Params,
    mut rows: Vec<Value>,
) -> Result<Value, GraphError> {
    sort(&mut rows, params);
    let window = Window::of(params)?;
    let places: Vec<String> = (0..rows.len()).map(|place| place.to_string()).collect();
    let page = window.cut(&places)?;
    let shown = page.ids.iter().filter_map(|place| rows.get(place.parse::<usize>().ok()?).cloned()).collect();
    Ok(page.answer(shown, &lists::link(reader, node, "insights", params), window.with_total))
}

/// Refuses what is too much for one call (§11); how much that is no document says, so it is an option.
fn check_size(world: &World, rows: usize) -> Result<(), GraphError> {
    let most = world.option("meta.insights_rows", "").parse().unwrap_or(usize::MAX);
    if rows <= most {
        return Ok(());
    }
    let text = "Please reduce the amount of data you're asking for, then retry your request";
    Err(GraphError::new(1, text).subcode(99))
}

/// What a report is asked for.
struct Query {
    level: Kind,
    columns: Vec<String>,
    buckets: Vec<ranges::Bucket>,
    hourly: bool,
    conditions: Vec<Condition>,
}

impl Query {
    fn of(world: &World, node: &Node, params: &Params, sub: Option<&[Field]>) -> Result<Self, GraphError> {
        let columns = match sub {
            Some(sub) => sub.iter().map(|field| field.name.clone()).collect(),
            None => params
                .words("fields")
                .unwrap_or_else(|| DEFAULT_COLUMNS.iter().map(|name| (*name).to_owned()).collect()),
        };
        let columns: Vec<String> = columns
            .into_iter()
            .map(|name: String| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        if let Some(unknown) = columns.iter().find(|name| !has_word(schema::INSIGHTS_FIELDS, name)) {
            return Err(GraphError::invalid(format!(
                "Tried accessing nonexisting field ({unknown}) on node type (AdsInsights)"
            )));
        }
        let breakdowns = params.words("breakdowns").unwrap_or_default();
        if let Some(other) = breakdowns.iter().find(|name| !name.is_empty() && *name != HOURLY) {
            if !has_word(schema::BREAKDOWNS, other) {
                return Err(GraphError::must_be("breakdowns[0]", "a known breakdown"));
            }
            let text = format!("The sandbox does not break down by {other}.");
            let error = GraphError::parameter("breakdowns", "Breakdown is not available", text);
            return Err(error.code(2).subcode(1_504_041));
        }
        Ok(Self {
            level: level(node, params)?,
            columns,
            buckets: ranges::buckets(world, &node.account, params)?,
            hourly: breakdowns.iter().any(|name| name == HOURLY),
            conditions: filters::conditions(params)?,
        })
    }

    /// One row for each object, time and breakdown with delivery; objects without give none (§11).
    fn rows(&self, world: &World, node: &Node) -> Vec<Value> {
        let mut rows = Vec::new();
        for target in targets(world, node, self.level) {
            let Some(object) = object(world, &target) else { continue };
            if !self.shows(world, node, &target, object) {
                continue;
            }
            let ads = ads_under(world, &target);
            for &bucket in &self.buckets {
                if self.hourly {
                    for hour in 0..24 {
                        let label = format!("{hour:02}:00:00 - {hour:02}:59:59");
                        let sums = Sums::of(world, &target.account, &ads, bucket, Some(hour));
                        let row = self.row(world, &target, object, bucket, &sums);
                        rows.extend(row.map(|mut row| {
                            row[HOURLY] = json!(label);
                            row
                        }));
                    }
                } else {
                    let sums = Sums::of(world, &target.account, &ads, bucket, None);
                    rows.extend(self.row(world, &target, object, bucket, &sums));
                }
            }
        }
        rows
    }

    /// Deleted objects show by their own id, in lists only when filtered for (§11).
    fn shows(&self, world: &World, node: &Node, target: &Node, object: &Object) -> bool {
        let listed = node != target;
        let deleted = status::effective(world, target, object) == "DELETED";
        let asked = self.conditions.iter().any(|condition| condition.field.ends_with("effective_status"));
        (!listed || !deleted || asked)
            && self.conditions.iter().all(|condition| {
                let own = match target.kind {
                    Kind::Campaign => "campaign.",
                    Kind::AdSet => "adset.",
                    _ => "ad.",
                };
                let field = condition.field.strip_prefix(own).unwrap_or(&condition.field);
                condition.holds(filters::resolve(world, target, object, field).as_ref())
            })
    }

    fn row(
        &self,
        world: &World,
        target: &Node,
        object: &Object,
        bucket: ranges::Bucket,
        sums: &Sums,
    ) -> Option<Value> {
        if sums.total.impressions == 0 {
            return None;
        }
        let facts = columns::Facts { world, target, object, sums };
        let mut row = Object::new();
        for name in &self.columns {
            if let Some(value) = facts.value(name) {
                row.insert(name.clone(), value);
            }
        }
        for name in facts.ids() {
            if let Some(value) = facts.value(name) {
                row.entry(*name).or_insert(value);
            }
        }
        row.insert("date_start".into(), json!(bucket.first.to_string()));
        row.insert("date_stop".into(), json!(bucket.last.to_string()));
        Some(Value::Object(row))
    }
}

fn level(node: &Node, params: &Params) -> Result<Kind, GraphError> {
    match params.text("level").as_deref() {
        None => Ok(node.kind),
        Some("account") => Ok(Kind::Account),
        Some("campaign") => Ok(Kind::Campaign),
        Some("adset") => Ok(Kind::AdSet),
        Some("ad") => Ok(Kind::Ad),
        Some(_) => Err(GraphError::must_be("level", "one of {ad, adset, campaign, account}")),
    }
}

fn object<'a>(world: &'a World, node: &Node) -> Option<&'a Object> {
    match node.kind {
        Kind::Account => store::account(world, &node.account).map(|found| &found.object),
        kind => store::object(world, &node.account, kind, &node.id),
    }
}

/// The objects of a level under a node.
fn targets(world: &World, node: &Node, level: Kind) -> Vec<Node> {
    if level == node.kind || level == Kind::Account {
        return vec![node.clone()];
    }
    let ids: Vec<&str> = match node.kind {
        Kind::Account => store::account(world, &node.account)
            .zip(level.collection())
            .and_then(|(account, name)| account.collection(name))
            .map(|all| all.keys().map(String::as_str).collect())
            .unwrap_or_default(),
        Kind::Ad => return vec![node.clone()],
        _ => store::children(world, &node.id, level),
    };
    ids.into_iter().map(|id| Node::new(level, &node.account, id)).collect()
}

/// Ids of the ads under a node.
pub(super) fn ads_under<'a>(world: &'a World, node: &'a Node) -> Vec<&'a str> {
    match node.kind {
        Kind::Ad => vec![node.id.as_str()],
        Kind::Account => store::account(world, &node.account)
            .and_then(|account| account.collection("ads"))
            .map(|ads| ads.keys().map(String::as_str).collect())
            .unwrap_or_default(),
        _ => store::children(world, &node.id, Kind::Ad),
    }
}

/// What the ads under a node delivered in a span.
pub(super) fn delivered(world: &World, node: &Node, from: Timestamp, to: Timestamp) -> Delivered {
    let mut sum = Delivered::default();
    let report = world.report(Vendor::Meta, &node.account);
    for ad in ads_under(world, node) {
        sum.add(&report.total(ad, from, to));
    }
    sum
}

/// What an account, campaign or ad set has spent so far, in minor units.
pub(super) fn spent_minor(world: &World, node: &Node) -> i64 {
    spent(world, node, Timestamp::MIN, Timestamp::MAX)
}

/// What it had spent before the day began that it is now.
pub(super) fn spent_before_today(world: &World, node: &Node) -> i64 {
    spent(world, node, Timestamp::MIN, today(world, node))
}

fn spent_today(world: &World, node: &Node) -> i64 {
    spent(world, node, today(world, node), Timestamp::MAX)
}

fn today(world: &World, node: &Node) -> Timestamp {
    let clock = store::clock(world, &node.account);
    clock.start_of(clock.day(world.now))
}

fn spent(world: &World, node: &Node, from: Timestamp, to: Timestamp) -> i64 {
    let Some(ledger) = world.delivered.get(&Vendor::Meta) else { return 0 };
    let micros: i64 = ads_under(world, node).into_iter().map(|ad| ledger.spent(ad, from, to)).sum();
    micros / money::micros(&money::currency(world, &node.account), 1)
}

/// What is left of an object's budget, as text in minor units.
pub(super) fn remaining(world: &World, node: &Node, object: &Object) -> String {
    let (daily, lifetime) = (money::amount(object, "daily_budget"), money::amount(object, "lifetime_budget"));
    let left = match (daily, lifetime) {
        (0, 0) => 0,
        (0, total) => total - spent_minor(world, node),
        (daily, _) => daily - spent_today(world, node),
    };
    left.max(0).to_string()
}

/// A lowered budget stays at 110 % of what is spent, or above (§5.1).
pub(super) fn check_lowered(
    world: &World,
    node: &Node,
    field: &'static str,
    before: i64,
    after: i64,
) -> Result<(), GraphError> {
    if after == 0 || after >= before {
        return Ok(());
    }
    let spent = if field == "lifetime_budget" { spent_minor(world, node) } else { spent_today(world, node) };
    let smallest = (spent * 11 + 9) / 10;
    if after >= smallest {
        return Ok(());
    }
    let text = format!("{spent} is spent already: the budget must be at least 110% of it, {smallest}.");
    Err(GraphError::parameter(field, "Budget is too low", text).subcode(1_885_272))
}

/// `sort=["spend_descending"]`.
fn sort(rows: &mut [Value], params: &Params) {
    let Some(order) = params.words("sort").and_then(|words| words.into_iter().next()) else { return };
    let (name, descending) = match order.strip_suffix("_descending") {
        Some(name) => (name, true),
        None => (order.strip_suffix("_ascending").unwrap_or(&order), false),
    };
    let key = |row: &Value| row[name].as_str().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    rows.sort_by(|one, other| {
        let ordering = key(one).total_cmp(&key(other));
        if descending { ordering.reverse() } else { ordering }
    });
}
