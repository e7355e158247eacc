//! Edges that list nodes: which rows, in which order, one page at a time (meta-ads.md §1.4, §3).

use std::borrow::Cow;

use serde_json::{Value, json};

use super::errors::GraphError;
use super::fields::Field;
use super::filters::Filters;
use super::kind::Kind;
use super::paging::{Link, Window};
use super::params::Params;
use super::reader::{self, Reader};
use super::store::{self, Node};
use super::{accounts, activities, images, insights, money, videos};
use crate::world::World;

/// The answer of an edge; `sub` are the fields of an expansion.
pub(super) fn edge(
    reader: &Reader<'_>,
    node: &Node,
    name: &str,
    params: &Params,
    sub: Option<&[Field]>,
) -> Result<Value, GraphError> {
    match (node.kind, name) {
        (_, "insights") => insights::edge(reader, node, params, sub),
        (Kind::Account | Kind::AdSet, "activities") => activities::edge(reader, node, params, sub),
        (Kind::Account, "minimum_budgets") => {
            Ok(json!({"data": money::minimum_budgets(reader.world, &node.account)}))
        }
        (Kind::Account, "adrules_library") | (_, "adrules_governed") => Ok(json!({"data": []})),
        (Kind::Video, "thumbnails") => Ok(videos::thumbnails(reader, node)),
        _ => rows(reader, node, name, params, sub),
    }
}

fn rows(
    reader: &Reader<'_>,
    node: &Node,
    name: &str,
    params: &Params,
    sub: Option<&[Field]>,
) -> Result<Value, GraphError> {
    let window = Window::of(params)?;
    let listing = Listing::of(reader.world, node, name, params)?;
    let kind = listing.kind;
    let wanted = match sub {
        Some(sub) => sub.to_vec(),
        None => reader::wanted(params, kind)?,
    };
    reader::check_names(&wanted, kind)?;
    let candidates = listing.candidates.iter().map(AsRef::as_ref);
    let page = window.gather(candidates, |id| listing.shows(reader.world, node, params, id))?;
    let account = |id: &str| {
        if kind == Kind::Account { id.trim_start_matches("act_") } else { node.account.as_str() }.to_owned()
    };
    let rows: Result<Vec<Value>, GraphError> =
        page.ids.iter().map(|id| reader.node(&Node::new(kind, &account(id), id), &wanted)).collect();
    Ok(page.answer(rows?, &link(reader, node, name, params), window.with_total))
}

/// Where the next page is asked for: the same query but the cursors.
pub(super) fn link(reader: &Reader<'_>, node: &Node, name: &str, params: &Params) -> Link {
    let keep = |name: &str| !matches!(name, "after" | "before" | "method");
    Link {
        url: format!("{}/{}/{}/{name}", reader.base_url, reader.version, node.id),
        query: params
            .pairs()
            .filter(|(name, _)| keep(name))
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

/// What an edge lists.
struct Listing<'a> {
    kind: Kind,
    /// Ids, newest first.
    candidates: Vec<Cow<'a, str>>,
    /// What of them is shown; without it all are.
    sieve: Option<Sieve>,
}

/// What a row must be to be shown.
struct Sieve {
    filters: Filters,
    labels: Option<LabelQuery>,
}

impl<'a> Listing<'a> {
    fn of(world: &'a World, node: &'a Node, name: &str, params: &Params) -> Result<Self, GraphError> {
        let whole = |kind: Kind, ids: Vec<String>| {
            Ok(Self { kind, candidates: ids.into_iter().map(Cow::Owned).collect(), sieve: None })
        };
        match (node.kind, name) {
            (Kind::User, "adaccounts") => {
                whole(Kind::Account, accounts::all(world).into_iter().map(|account| account.id).collect())
            }
            (Kind::Account, "promote_pages") => whole(Kind::Page, accounts::note_ids(world, "pages")),
            (Kind::Account, "adspixels") => whole(Kind::Pixel, accounts::note_ids(world, "pixels")),
            (Kind::Account, "customaudiences") => {
                whole(Kind::Audience, accounts::note_ids(world, "audiences"))
            }
            _ => {
                let by_labels = name.strip_suffix("bylabels").filter(|_| node.kind == Kind::Account);
                let kind = Kind::of_collection(by_labels.unwrap_or(name))
                    .ok_or_else(|| GraphError::missing(&node.id, "get"))?;
                let filters = Filters::of(params, kind)?;
                let labels = if by_labels.is_some() { Some(label_query(params)?) } else { own_label(node) };
                let candidates = candidates(world, node, kind).into_iter().map(Cow::Borrowed).collect();
                Ok(Self { kind, candidates, sieve: Some(Sieve { filters, labels }) })
            }
        }
    }

    /// Whether a candidate is shown.
    fn shows(&self, world: &World, node: &Node, params: &Params, id: &str) -> bool {
        let Some(Sieve { filters, labels }) = &self.sieve else { return true };
        let Some(object) = store::object(world, &node.account, self.kind, id) else { return false };
        labels.as_ref().is_none_or(|query| query.matches(object))
            && (self.kind != Kind::Image || images::passes(object, params))
            && filters.pass(world, &Node::new(self.kind, &node.account, id), object)
    }
}

/// Ids that an edge may show before filters, newest first.
fn candidates<'a>(world: &'a World, node: &'a Node, kind: Kind) -> Vec<&'a str> {
    match (node.kind, kind) {
        (Kind::Campaign | Kind::AdSet, Kind::AdSet | Kind::Ad) => {
            store::children(world, &node.id, kind).into_iter().rev().collect()
        }
        (Kind::AdSet, Kind::Creative) => {
            let ads = store::children(world, &node.id, Kind::Ad).into_iter().rev();
            let mut ids: Vec<&str> = ads.filter_map(|ad| creative_of(world, &node.account, ad)).collect();
            ids.dedup();
            ids
        }
        (Kind::Ad, Kind::Creative) => creative_of(world, &node.account, &node.id).into_iter().collect(),
        _ => store::account(world, &node.account)
            .zip(kind.collection())
            .and_then(|(account, name)| account.collection(name))
            .map(|collection| collection.keys().rev().map(String::as_str).collect())
            .unwrap_or_default(),
    }
}

fn creative_of<'a>(world: &'a World, account: &str, ad: &str) -> Option<&'a str> {
    store::object(world, account, Kind::Ad, ad)?.get("creative")?.get("id")?.as_str()
}

/// Labels that rows must carry.
struct LabelQuery {
    ids: Vec<String>,
    all: bool,
}

impl LabelQuery {
    fn matches(&self, object: &crate::world::Object) -> bool {
        let carried: Vec<&str> = object
            .get("adlabels")
            .and_then(Value::as_array)
            .map(|labels| labels.iter().filter_map(|label| label["id"].as_str()).collect())
            .unwrap_or_default();
        let has = |id: &String| carried.contains(&id.as_str());
        if self.all { self.ids.iter().all(has) } else { self.ids.iter().any(has) }
    }
}

fn label_query(params: &Params) -> Result<LabelQuery, GraphError> {
    let ids = params.words("ad_label_ids").ok_or_else(|| GraphError::required("ad_label_ids"))?;
    Ok(LabelQuery { ids, all: params.text("operator").is_some_and(|operator| operator == "ALL") })
}

/// `{label}/campaigns` and its like list what carries the label.
fn own_label(node: &Node) -> Option<LabelQuery> {
    (node.kind == Kind::Label).then(|| LabelQuery { ids: vec![node.id.clone()], all: true })
}
