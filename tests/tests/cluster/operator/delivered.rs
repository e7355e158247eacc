//! What was delivered: in statuses, in kubectl's tables and in gauges, and written only when it changed.

use std::time::Duration;

use adplane_engine::clock::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team};
use super::ads::META;
use super::field::{Field, Wishes};

pub(crate) const CASES: &[Case] = &[
    Case::new("what was delivered is told, and written again only when it changed", told),
    Case::new("reports that cannot be read are a condition and hold up nothing", unread),
];

/// How long before now the sandbox's time begins.
const AGO: SignedDuration = SignedDuration::from_hours(48);

/// A field whose campaigns deliver when the sandbox's time is moved, and whose operator reads it often.
fn field<'a>(team: &'a Team<'a>) -> Result<Field<'a>, String> {
    let wishes = Wishes {
        started: Some(Clock::System.now() - AGO),
        config: json!({"metrics": {"every": "5s", "statusEvery": "5s"}}),
        ..Wishes::default()
    };
    let field = Field::with(team, wishes)?;
    field.accounts(&[&META])?;
    field.apply(&META.whole("boots", &field.pictures))?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/boots", "adg/boots-group"])?;
    field.reviewed()?;
    Ok(field)
}

/// Lets almost all of the time pass.
fn deliver(field: &Field<'_>) -> Outcome {
    field.sandbox("clock", Some(&json!({"advance": "47h"}))).map(|_| ())
}

fn week(field: &Field<'_>, object: &str) -> Result<Value, String> {
    Ok(field.team.get(object)?["status"]["metrics"]["last7d"].clone())
}

fn spent(figures: &Value) -> i64 {
    figures["spendMicros"].as_i64().unwrap_or_default()
}

fn told(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    if !team.get("cmp/boots")?["status"]["metrics"].is_null() {
        return Err("it tells figures before it delivered".to_owned());
    }
    deliver(&field)?;
    let objects = ["cmp/boots", "adg/boots-group", "adacc/meta-es", "crv/boots-creative"];
    for object in objects {
        field.until(&format!("{object} tells what it spent"), || Ok(spent(&week(&field, object)?) > 0))?;
    }
    field.has("adacc/meta-es", "Measured", "True", "MetricsRead", &[])?;
    // One campaign with one group and one ad: the account has spent what each of them has, and the ad's creative.
    settled(&field)?;
    let campaign = week(&field, "cmp/boots")?;
    for object in objects {
        if spent(&week(&field, object)?) != spent(&campaign) {
            return Err(format!("{object}: {}, not {campaign}", week(&field, object)?));
        }
    }
    let whole = team.get("cmp/boots")?["status"]["metrics"].clone();
    let ad = &team.get("adg/boots-group")?["status"]["ads"][0];
    for window in ["today", "yesterday", "last7d", "flight"] {
        if ad[window]["spend"] != whole[window]["spend"]
            || ad[window]["asOf"].is_null() != whole[window]["asOf"].is_null()
        {
            return Err(format!("{window}: the ad tells {}, its campaign {}", ad[window], whole[window]));
        }
    }
    tables(&field, &campaign)?;
    gauges(&field, spent(&campaign))?;
    quiet(&field)?;
    // What was read lies in the operator's folder, and what was told in the statuses.
    field.restart(0)?;
    field.until("it looks again", || Ok(field.looks(0, META.account).unwrap_or_default() > 1))?;
    quiet(&field)
}

/// Waits until looks after a sync tell the same as before it.
fn settled(field: &Field<'_>) -> Outcome {
    let mut former = Value::Null;
    field.until("the figures stay as they are", || {
        std::thread::sleep(Duration::from_secs(12));
        let found = json!(
            field
                .all("adacc,cmp,adg,crv")?
                .iter()
                .map(|object| object["status"]["metrics"].clone())
                .collect::<Vec<_>>()
        );
        let same = found == former;
        former = found;
        Ok(same)
    })
}

fn tables(field: &Field<'_>, campaign: &Value) -> Outcome {
    for table in ["campaigns", "adgroups", "adaccounts", "creatives"] {
        let text = field.team.may("viewer", &["get", table], "")?;
        let spend = campaign["spend"].as_str().unwrap_or_default();
        if !text.contains("SPEND-7D") || !text.contains("ROAS-7D") || !text.contains(spend) {
            return Err(format!("no {spend} in\n{text}"));
        }
    }
    Ok(())
}

fn gauges(field: &Field<'_>, micros: i64) -> Outcome {
    let metrics = field.page(0, "/metrics")?;
    let wanted = format!(
        "adplane_delivery_spend_micros{{namespace=\"{}\",account=\"{}\",currency=\"EUR\",window=\"last_7d\"}} {micros}",
        field.team.namespace, META.account
    );
    if metrics.lines().any(|line| line == wanted) {
        Ok(())
    } else {
        Err(format!("no {wanted} in\n{metrics}"))
    }
}

/// Looks and syncs go on, and nothing is written.
fn quiet(field: &Field<'_>) -> Outcome {
    field.look(0, META.account)?;
    let (versions, reports) = (field.versions()?, reports(field)?);
    field.until("it was read twice more", || Ok(self::reports(field)? >= reports + 12))?;
    field.look(0, META.account)?;
    let later = field.versions()?;
    let changed: Vec<_> =
        later.iter().filter(|(name, version)| versions.get(*name) != Some(version)).collect();
    if changed.is_empty() {
        Ok(())
    } else {
        Err(format!("written although nothing changed: {changed:?}\n{}", field.logs()))
    }
}

/// How many reports the platform was asked for.
fn reports(field: &Field<'_>) -> Result<usize, String> {
    let log = field.log()?;
    Ok(log
        .iter()
        .filter(|entry| entry["path"].as_str().is_some_and(|path| path.contains("insights")))
        .count())
}

fn unread(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    let reports = json!({"platform": "meta", "path": "insights"});
    let fault = json!([{"kind": "expired_token", "match": reports, "times": 100_000}]);
    field.sandbox("faults", Some(&fault))?;
    field.has("adacc/meta-es", "Measured", "False", "MetricsUnread", &[])?;
    field.until("an event tells it", || {
        let events = field.all("events.events.k8s.io")?;
        let mut ours = events.iter().filter(|event| event["reason"] == "MetricsUnread");
        Ok(ours.any(|event| event["regarding"]["name"] == META.account && event["type"] == "Warning"))
    })?;
    // An edit is planned and applied all the same.
    let change = json!({"spec": {"budget": {"daily": "30.00 EUR"}}});
    team.patch("editor", "cmp/boots", &change)?;
    field.until("it is applied", || {
        Ok(META.campaigns(&field, "boots")?.first().is_some_and(|live| live["daily_budget"] == "3000"))
    })?;
    field.ready(&["cmp/boots", "adacc/meta-es"])?;
    field.sandbox("faults", Some(&json!([])))?;
    field.has("adacc/meta-es", "Measured", "True", "MetricsRead", &[])
}
