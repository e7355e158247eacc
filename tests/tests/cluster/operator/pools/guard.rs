//! An amount of the spend guard that is about several accounts: of those who would take the same room one gets it.

use std::time::Duration;

use serde_json::json;

use super::super::super::people::{Case, Outcome, Team};
use super::super::ads::Platform;
use super::super::field::Field;
use super::{CAMPAIGNS, live, pool, with};

pub(crate) const CASES: &[Case] = &[Case::new(
    "of two accounts with one amount that rise at once one rises, and the other says why not",
    shares,
)];

/// A worst day of 37.50 EUR is live. With one campaign at its most it is 55.00 or 57.50 EUR, with both 75.00 EUR.
const ROOM: &str = "60.00 EUR";
/// The most that a campaign may get a day.
const MOST: &str = "20.00 EUR";

/// Each campaign draws on a pool of its own, which would give it all that it may get.
fn pools(field: &Field<'_>) -> Outcome {
    for (_, name) in CAMPAIGNS {
        let alone = json!({
            "metadata": {"labels": {"range": name}},
            "spec": {"budget": {"managed": {"daily": {"max": MOST}}}},
        });
        field.team.patch("editor", &format!("cmp/{name}"), &alone)?;
    }
    let own = |name: &str| {
        let mut own = pool(&json!({name: 1}));
        own["metadata"]["name"] = json!(name);
        own["spec"]["pool"]["selector"]["matchLabels"]["range"] = json!(name);
        own
    };
    for (_, name) in CAMPAIGNS {
        field.team.create("administrator", &own(name))?;
    }
    Ok(())
}

/// The campaign that is raised and the other one, with their platforms; an error where none or both are.
fn one(field: &Field<'_>) -> Result<[(&'static Platform, &'static str); 2], String> {
    let found = field.all("adover")?;
    let [one] = found.as_slice() else { return Err(format!("{found:?}")) };
    let [first, second] = CAMPAIGNS;
    match (&one["spec"]["object"]["name"], &one["spec"]["value"]) {
        (name, value) if *name == first.1 && *value == MOST => Ok([first, second]),
        (name, value) if *name == second.1 && *value == MOST => Ok([second, first]),
        _ => Err(one.to_string()),
    }
}

/// Without room, and with what the other account has on its way or live.
fn is_refused(field: &Field<'_>, pool: &str) -> Outcome {
    let why = format!("would be 75.00 EUR, at most {ROOM} is allowed");
    field.has(&format!("adbud/{pool}"), "Ready", "False", "AmountsWait", &[&why])
}

fn shares(team: &Team<'_>) -> Outcome {
    let approvals = json!({"approvals": {
        "classes": {"raise": {"approvals": 1}, "replace": {"approvals": 1}},
        "spendGuard": {"worstDay": {"namespace": [ROOM]}},
    }});
    let field = with(team, Duration::ZERO, &approvals)?;
    pools(&field)?;
    field.until("one of both is raised", || one(&field).map(|_| true))?;
    let [(platform, raised), (_, refused)] = one(&field)?;
    is_refused(&field, refused)?;
    let plan = field.plan(platform.account, "Pending")?;
    field.approve_all("approver-a", &plan)?;
    field.applied(&plan)?;
    field.until("the raise is live", || Ok(live(&field, raised)? == MOST))?;
    for (platform, _) in CAMPAIGNS {
        field.look(0, platform.account)?;
    }
    is_refused(&field, refused)?;
    one(&field).map(drop)
}
