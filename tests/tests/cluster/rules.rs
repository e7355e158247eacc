//! What a schema cannot say: each rule refuses, names the field, and says what to write instead.

use serde_json::{Value, json};

use super::people::{Case, Outcome, Team, document, list};

pub(crate) const CASES: &[Case] = &[
    Case::new("a budget has one form", budgets),
    Case::new("a patch that writes another form is told to empty the first", patched),
    Case::new("what ends ends after it starts", ends),
    Case::new("what only files can say is refused", files),
    Case::new("amounts are texts with a currency", amounts),
    Case::new("an account's name fits a label", names),
    Case::new("a signature comes with what it signs", signatures),
];

/// Refuses each of these documents with its words.
fn refuse(team: &Team<'_>, rows: &[(&str, Value, &str)]) -> Outcome {
    rows.iter().try_for_each(|(kind, spec, words)| {
        team.cannot_create("administrator", &document(kind, "refused", spec.clone()), &[words])
    })
}

/// Accepts each of these documents.
fn accept(team: &Team<'_>, rows: &[(&str, Value)]) -> Outcome {
    let documents: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(index, (kind, spec))| document(kind, &format!("accepted-{index}"), spec.clone()))
        .collect();
    team.may("administrator", &["create", "-f", "-"], &list(&documents)).map(|_| ())
}

fn budgets(team: &Team<'_>) -> Outcome {
    let forms = "spec.budget: Invalid value: budget takes one of daily, total, ref, observe and managed: \
                 set the other to null";
    let managed = json!({"daily": {"initial": "1 EUR", "min": "1 EUR", "max": "2 EUR"}});
    refuse(
        team,
        &[
            ("Campaign", json!({"account": "a", "budget": {"daily": "1 EUR", "total": "2 EUR"}}), forms),
            ("Campaign", json!({"account": "a", "budget": {"daily": "1 EUR", "ref": "b"}}), forms),
            ("Campaign", json!({"account": "a", "budget": {"daily": "1 EUR", "observe": true}}), forms),
            ("Campaign", json!({"account": "a", "budget": {"total": "1 EUR", "managed": managed}}), forms),
            ("AdGroup", json!({"campaign": "c", "budget": {"daily": "1 EUR", "total": "2 EUR"}}), forms),
            (
                "AdGroup",
                json!({"campaign": "c", "budget": {"ref": "b"}}),
                "spec.budget: Invalid value: a shared budget belongs to the campaign: move ref there",
            ),
            (
                "Budget",
                json!({"shared": {"account": "a", "daily": "1 EUR"}, "pool": {"monthly": "9 EUR"}}),
                "write exactly one of shared, pool: set the others to null",
            ),
            ("Budget", json!({"displayName": "none"}), "write exactly one of shared, pool"),
        ],
    )?;
    accept(
        team,
        &[
            ("Campaign", json!({"account": "a", "budget": {"daily": "1 EUR", "observe": false}})),
            ("Campaign", json!({"account": "a", "budget": {"observe": true}})),
            ("Campaign", json!({"account": "a", "budget": {"ref": "b"}})),
            ("AdGroup", json!({"campaign": "c", "budget": {"total": "1 EUR"}})),
            ("Budget", json!({"pool": {"monthly": "9 EUR"}})),
        ],
    )
}

fn patched(team: &Team<'_>) -> Outcome {
    team.create("editor", &super::people::campaign("spring"))?;
    let total = json!({"spec": {"budget": {"total": "900.00 EUR"}}});
    team.cannot_patch("editor", "cmp/spring", &total, &["set the other to null"])?;
    let emptied = json!({"spec": {"budget": {"total": "900.00 EUR", "daily": null}}});
    team.patch("editor", "cmp/spring", &emptied)?;
    let live = team.get("cmp/spring")?;
    if live["spec"]["budget"] == json!({"total": "900.00 EUR"}) {
        return Ok(());
    }
    Err(format!("the budget is {}", live["spec"]["budget"]))
}

fn ends(team: &Team<'_>) -> Outcome {
    let flight = |start: &str, end: &str| json!({"account": "a", "schedule": {"start": start, "end": end}});
    let range = |from: &str, to: &str| json!({"ranges": [{"from": from, "to": to}]});
    let week = |start: &str, end: &str| json!({"weekly": [{"days": ["Fri"], "start": start, "end": end}]});
    let ages = |min: u32, max: u32| json!({"account": "a", "targeting": {"ages": {"min": min, "max": max}}});
    let schedule = "spec.schedule.end: Invalid value: the schedule ends before it starts";
    refuse(
        team,
        &[
            ("Campaign", flight("2026-03-02", "2026-03-01"), schedule),
            ("Campaign", flight("2026-03-01T10:00", "2026-03-01 10:00"), schedule),
            ("Campaign", flight("2026-03-02 00:00", "2026-03-01"), schedule),
            ("Campaign", flight("2026-03-01", "2026-02-28T23:59"), schedule),
            (
                "FreezeWindow",
                range("2026-11-30", "2026-11-26"),
                "spec.ranges[0].to: Invalid value: the window opens",
            ),
            (
                "FreezeWindow",
                week("2026-11-30", "2026-11-26"),
                "spec.weekly[0].end: Invalid value: the last day",
            ),
            ("FreezeWindow", json!({"reason": "none"}), "write ranges, weekly or yearly"),
            ("Campaign", ages(44, 25), "spec.targeting.ages.max: Invalid value: the oldest is younger"),
        ],
    )?;
    accept(
        team,
        &[
            ("Campaign", flight("2026-03-01", "2026-03-01")),
            // A day as an end is included to its last second.
            ("Campaign", flight("2026-03-01T14:30", "2026-03-01")),
            ("Campaign", flight("2026-03-01 14:30", "2026-03-01T14:31")),
            ("FreezeWindow", range("2026-11-26T18:00", "2026-11-26")),
            ("FreezeWindow", week("2026-11-26", "2026-11-26")),
            ("Campaign", ages(25, 25)),
        ],
    )
}

fn files(team: &Team<'_>) -> Outcome {
    let account = |credentials: Value| {
        json!({
            "platform": "Meta", "accountId": "act_1", "currency": "EUR", "timeZone": "Europe/Madrid",
            "credentials": credentials,
        })
    };
    let secret =
        "spec.credentials: Invalid value: a cluster reads credentials from a Secret: write secretRef";
    let picture = "Invalid value: a cluster reads no files: write url and sha256, and set file to null";
    let digest = "url needs sha256 beside it";
    refuse(
        team,
        &[
            ("AdAccount", account(json!({"env": "META"})), secret),
            ("AdAccount", account(json!({"file": "meta.json"})), secret),
            ("AdAccount", account(json!({"exec": ["secret-tool"]})), secret),
            ("AdAccount", account(json!({"env": "META", "secretRef": {"name": "meta"}})), secret),
            ("AdAccount", account(json!({})), "write exactly one of env, file, exec, secretRef"),
            ("Creative", json!({"images": [{"file": "a.png"}]}), picture),
            ("Creative", json!({"logos": [{"file": "a.png"}]}), picture),
            ("Creative", json!({"videos": [{"file": "a.mp4"}]}), picture),
            ("Creative", json!({"cards": [{"image": {"file": "a.png"}}]}), picture),
            ("Creative", json!({"images": [{"url": "https://www.shop.example/a.png"}]}), digest),
        ],
    )?;
    let image = json!({"url": "https://www.shop.example/a.png", "sha256": "0".repeat(64)});
    accept(
        team,
        &[
            ("AdAccount", account(json!({"secretRef": {"name": "meta"}}))),
            ("Creative", json!({"images": [image, {"id": "1"}], "videos": [{"youtube": "abc"}]})),
        ],
    )
}

fn amounts(team: &Team<'_>) -> Outcome {
    let daily = |amount: Value| json!({"account": "a", "budget": {"daily": amount}});
    refuse(
        team,
        &[
            ("Campaign", daily(json!(1.00)), "must be of type string"),
            ("Campaign", daily(json!("1.00")), "spec.budget.daily"),
            ("Campaign", daily(json!("EUR 1.00")), "spec.budget.daily"),
            ("Campaign", daily(json!("-1.00 EUR")), "spec.budget.daily"),
        ],
    )
}

fn names(team: &Team<'_>) -> Outcome {
    let spec =
        json!({"platform": "Meta", "accountId": "act_1", "currency": "EUR", "timeZone": "Europe/Madrid"});
    let words = ["the name of an AdAccount has at most 63 characters"];
    team.cannot_create("administrator", &document("AdAccount", &"a".repeat(64), spec.clone()), &words)?;
    team.create("administrator", &document("AdAccount", &"a".repeat(63), spec)).map(|_| ())
}

fn signatures(team: &Team<'_>) -> Outcome {
    team.create("operator", &super::people::plan())?;
    let signature = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n";
    let mut approval = super::people::approval();
    approval["spec"]["signature"] = json!(signature);
    team.cannot_create("approver-a", &approval, &["signature and record go together"])?;
    approval["spec"]["record"] = json!("{}\n");
    team.create("approver-a", &approval)?;
    approval["spec"]["signature"] = json!("trust me");
    team.cannot_create("approver-a", &approval, &["spec.signature"])
}
