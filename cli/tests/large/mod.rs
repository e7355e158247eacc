//! A plan with very many changes, some of which must never be left out.

use adplane_core::desired::Desired;
use adplane_core::observed::Observed;
use adplane_core::plan::Plan;
use adplane_core::plan::document::{DocumentChange, DocumentContext, DocumentMoney, PlanDocument};
use serde_json::{Value, json};

/// The changes that matter: the dearest of each currency, what is deleted for good, and what nothing limits.
pub(crate) const MATTER: [&str; 4] = ["dearest-eur", "dearest-jpy", "deleted", "unlimited"];

/// So many raised budgets, and among them, far from the start, those that matter.
pub(crate) fn plan(changes: usize) -> PlanDocument {
    let desired = Desired::default();
    let observed = Observed::default();
    let context =
        DocumentContext { desired: &desired, observed: &observed, engine: "adplane test", approvals: None };
    let mut document = PlanDocument::new(&Plan::default(), &context);
    let mut names: Vec<String> =
        (0..changes - MATTER.len()).map(|number| format!("raised-{number:06}")).collect();
    let middle = names.len() * 3 / 4;
    names.splice(middle..middle, MATTER.map(str::to_owned));
    document.changes = names.iter().map(|name| read(change(name))).collect();
    for currency in ["EUR", "JPY"] {
        let rows: Vec<Value> = names
            .iter()
            .filter(|name| currency_of(name) == currency)
            .map(|name| row(name, currency))
            .collect();
        let mut money = spend(currency, 0, 0);
        money["campaigns"] = json!(rows);
        if currency == "EUR" {
            money["unlimited"] = json!([address("unlimited")]);
        }
        let money: DocumentMoney =
            serde_json::from_value(money).unwrap_or_else(|error| unreachable!("{error}"));
        document.money.insert(currency.to_owned(), money);
    }
    document.summary.update = changes as u64;
    document
}

fn currency_of(name: &str) -> &'static str {
    if name == "dearest-jpy" { "JPY" } else { "EUR" }
}

fn address(name: &str) -> String {
    format!("meta/shop/Campaign/growth/{name}")
}

fn amounts(name: &str) -> (i64, i64) {
    match name {
        "dearest-eur" | "dearest-jpy" => (10, 90_000),
        "deleted" => (20, 0),
        _ => (20, 21),
    }
}

fn row(name: &str, currency: &str) -> Value {
    let (before, after) = amounts(name);
    let mut row = spend(currency, before, after);
    row["address"] = json!(address(name));
    row["displayName"] = json!(name);
    row
}

fn spend(currency: &str, before: i64, after: i64) -> Value {
    let money = |amount: i64| format!("{amount} {currency}");
    json!({
        "dailyBefore": money(before), "dailyAfter": money(after), "delta": money(after - before),
        "worstDay": money(2 * after), "worstDayBefore": money(2 * before), "worstDayAfter": money(2 * after),
        "worstPeriod": {"calendar month": money(30 * after)}, "worstPeriodBefore": {},
    })
}

fn change(name: &str) -> Value {
    let (before, after) = amounts(name);
    let currency = currency_of(name);
    let deleted = name == "deleted";
    let field = json!({
        "path": "budget.daily", "type": "money", "before": format!("{before} {currency}"),
        "after": format!("{after} {currency}"), "source": "declared", "owner": "git", "sensitive": false,
        "immutable": false, "origin": {"file": "shop/<ads> & more.yaml", "line": 7, "column": 3},
    });
    let breaks = if deleted {
        json!([{"what": "cannotBeUndone", "says": "Meta Ads does not bring a deleted campaign back"}])
    } else {
        json!([])
    };
    json!({
        "address": address(name), "displayName": name, "action": if deleted { "delete" } else { "update" },
        "class": if deleted { "delete" } else { "raise" }, "id": "1", "fields": [field], "reasons": [],
        "preconditions": [], "breaks": breaks,
    })
}

fn read(json: Value) -> DocumentChange {
    serde_json::from_value(json).unwrap_or_else(|error| unreachable!("{error}"))
}
