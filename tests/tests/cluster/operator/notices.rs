//! People are told what the operator does: once, signed, and also after it was ended in between.

use adplane_engine::clock::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team, document};
use super::ads::META;
use super::field::{Field, Wishes};
use super::receiver::Receiver;

pub(crate) const CASES: &[Case] = &[
    Case::new("a plan that waits and what became of it are told once, signed", told),
    Case::new("what a receiver could not take is sent once it can, also after a restart", later),
    Case::new("an apply that did half of it is told as such", half),
    Case::new("credentials that end and an account that is paused are told once", watched),
    Case::new("what was given up is told, and tried again or dropped when somebody asks", dead),
];

const PENDING: &str = "io.adplane.plan.pending";
const DONE: &str = "io.adplane.apply.done";
const DRIFT: &str = "io.adplane.drift";
const EXPIRES: &str = "io.adplane.token.expiring";
const SWITCHED: &str = "io.adplane.killswitch";
const PARTLY: &str = "io.adplane.apply.partial";

/// A receiver that everything is told.
pub(crate) fn listen(field: &Field<'_>) -> Result<Receiver, String> {
    let receiver = Receiver::serve()?;
    field.team.create("admin", &Receiver::secret())?;
    let spec = json!({"channels": [receiver.channel()], "routes": [{"name": "all", "channels": ["hook"]}]});
    field.team.create("administrator", &document("NotificationPolicy", "team", spec))?;
    Ok(receiver)
}

/// The plan of an event.
fn plan_of(event: &Value) -> String {
    event["data"].to_string()
}

fn told(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    let receiver = listen(&field)?;
    // Held meanwhile, so that there is one plan and not one for each document.
    let mut account = META.account(&field);
    account["metadata"]["annotations"] = json!({"adplane.io/suspend": "true"});
    team.create("administrator", &account)?;
    field.apply(&META.whole("boots", &field.pictures))?;
    field.look(0, META.account)?;
    team.may("administrator", &["annotate", "adacc/meta-es", "adplane.io/suspend-"], "")?;
    let plan = field.plan(META.account, "Pending")?;
    let of_plan = |receiver: &Receiver| -> Result<usize, String> {
        let hash = plan["spec"]["hash"].as_str().unwrap_or_default();
        let short = &hash["sha256:".len()..][..12];
        Ok(receiver.events(PENDING)?.iter().filter(|event| plan_of(event).contains(short)).count())
    };
    field.until("the plan is told", || Ok(of_plan(&receiver)? == 1))?;
    field.look(0, META.account)?;
    field.restart(0)?;
    field.until("it looks again", || Ok(field.looks(0, META.account).unwrap_or_default() > 1))?;
    if of_plan(&receiver)? != 1 {
        return Err(format!("the plan was told {} times\n{}", of_plan(&receiver)?, field.logs()));
    }
    field.carry_out(META.account)?;
    field.until("it is told that it was applied", || Ok(receiver.events(DONE)?.len() == 1))?;
    field.ready(&["cmp/boots"])?;
    META.edit(&field, "boots", &json!({"daily_budget": "4400"}), "ana@shop.example")?;
    field.until("it is told who changed it", || {
        let told = receiver.events(DRIFT)?;
        Ok(told.len() == 1 && told[0].to_string().contains("ana@shop.example"))
    })?;
    field.restart(0)?;
    field.until("it looks again", || Ok(field.looks(0, META.account).unwrap_or_default() > 1))?;
    for (of, events) in [(DONE, receiver.events(DONE)?), (DRIFT, receiver.events(DRIFT)?)] {
        if events.len() != 1 {
            return Err(format!("{of} was told {} times: {events:?}", events.len()));
        }
    }
    Ok(())
}

fn later(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    let receiver = listen(&field)?;
    receiver.is_down(true);
    field.accounts(&[&META])?;
    field.apply(&META.whole("boots", &field.pictures))?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/boots"])?;
    field.until("the log says that it was not told", || {
        field.of(0, |replica| replica.log().contains("not told"))
    })?;
    if !receiver.events(DONE)?.is_empty() {
        return Err("a receiver that is down took something".to_owned());
    }
    field.restart(0)?;
    receiver.is_down(false);
    field.until("it is told after all", || Ok(receiver.events(DONE)?.len() == 1))?;
    field.look(0, META.account)?;
    if receiver.events(DONE)?.len() == 1 { Ok(()) } else { Err("it was told twice".to_owned()) }
}

/// A value of an annotation of the policy.
fn ask(field: &Field<'_>, annotation: &str) -> Outcome {
    let annotation = format!("adplane.io/{annotation}");
    field
        .team
        .may("administrator", &["annotate", "--overwrite", "adnotify/team", &annotation], "")
        .map(|_| ())
}

fn dead(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    let receiver = listen(&field)?;
    receiver.is_gone(true);
    field.accounts(&[&META])?;
    field.apply(&META.whole("boots", &field.pictures))?;
    field.carry_out(META.account)?;
    let given_up =
        ["growth", "adplane.io/retry-dead-letters"].map(|word| word.replace("growth", &team.namespace));
    let given_up: Vec<&str> = given_up.iter().map(String::as_str).collect();
    field.has("adacc/meta-es", "DeadLetters", "True", "MessagesGivenUp", &given_up)?;
    field.until("an event of the policy says it", || {
        let events = field.all("events.events.k8s.io")?;
        Ok(events
            .iter()
            .any(|event| event["reason"] == "MessageGivenUp" && event["regarding"]["name"] == "team"))
    })?;
    receiver.is_gone(false);
    ask(&field, "retry-dead-letters=once")?;
    field.until("it is told after all", || Ok(receiver.events(DONE)?.len() == 1))?;
    none_left(&field)?;
    receiver.is_gone(true);
    META.edit(&field, "boots", &json!({"daily_budget": "4400"}), "ana@shop.example")?;
    field.has("adacc/meta-es", "DeadLetters", "True", "MessagesGivenUp", &given_up)?;
    receiver.is_gone(false);
    ask(&field, "drop-dead-letters=once")?;
    none_left(&field)?;
    field.look(0, META.account)?;
    if receiver.events(DRIFT)?.is_empty() { Ok(()) } else { Err("what was dropped was told".to_owned()) }
}

fn none_left(field: &Field<'_>) -> Outcome {
    field.until("nothing is left that was given up", || {
        let found = field.condition("adacc/meta-es", "DeadLetters")?;
        if found[0].is_empty() { Ok(true) } else { Err(format!("{found:?}")) }
    })
}

fn half(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    field.apply(&[META.campaign("boots"), META.campaign("hats")])?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/boots", "cmp/hats"])?;
    let receiver = listen(&field)?;
    let boots = META.campaigns(&field, "boots")?;
    let id = boots.first().map_or(Value::Null, |campaign| campaign["id"].clone());
    let refused = json!({"platform": "meta", "method": "POST", "path": id});
    field.sandbox("faults", Some(&json!([{"kind": "http_500", "times": 9999, "match": refused}])))?;
    // Held meanwhile, so that both are in one plan.
    team.may("administrator", &["annotate", "adacc/meta-es", "adplane.io/suspend=true"], "")?;
    for name in ["boots", "hats"] {
        let raised = json!({"spec": {"budget": {"daily": "80.00 EUR"}}});
        team.patch("editor", &format!("cmp/{name}"), &raised)?;
    }
    field.look(0, META.account)?;
    team.may("administrator", &["annotate", "adacc/meta-es", "adplane.io/suspend-"], "")?;
    let plan = field.plan(META.account, "Pending")?;
    field.approve_all("approver-a", &plan)?;
    field.until("it is told that half of it was written", || {
        let told = receiver.events(PARTLY)?;
        let words = told.first().map(Value::to_string).unwrap_or_default();
        Ok(words.contains("campaign/boots") && words.contains("Critical"))
    })
}

/// Titles of events of a type, waited for until there are so many.
fn titles(field: &Field<'_>, receiver: &Receiver, of: &str, many: usize) -> Result<Vec<String>, String> {
    let mut titles = Vec::new();
    field.until(&format!("{of} is told {many} times"), || {
        let told = receiver.events(of)?;
        titles = told.iter().map(|event| event["data"]["title"].to_string()).collect();
        if titles.len() == many { Ok(true) } else { Err(format!("{titles:?}")) }
    })?;
    Ok(titles)
}

fn watched(team: &Team<'_>) -> Outcome {
    let config = json!({"metrics": {"every": "5s", "statusEvery": "1h"}});
    let field = Field::with(team, Wishes { config, ..Wishes::default() })?;
    let receiver = listen(&field)?;
    let ends = Clock::System.now() + SignedDuration::from_hours(60);
    field.sandbox("options", Some(&json!({"meta.token_expires_at": ends.as_second().to_string()})))?;
    field.accounts(&[&META])?;
    let expires = titles(&field, &receiver, EXPIRES, 1)?;
    if !expires[0].contains("The credentials of") {
        return Err(format!("{expires:?}"));
    }
    let annotate = |words: &[&str]| {
        team.may("administrator", &[&["annotate", "--overwrite", "adacc/meta-es"], words].concat(), "")
            .map(drop)
    };
    annotate(&["adplane.io/suspend=true", "adplane.io/suspend-reason=audit"])?;
    let paused = titles(&field, &receiver, SWITCHED, 1)?;
    field.has("adacc/meta-es", "Suspended", "True", "Suspended", &["audit"])?;
    field.restart(0)?;
    field.until("it looks again", || Ok(field.looks(0, META.account).unwrap_or_default() > 1))?;
    annotate(&["adplane.io/suspend-", "adplane.io/suspend-reason-"])?;
    let both = titles(&field, &receiver, SWITCHED, 2)?;
    let told = paused[0].contains("Nothing is written to account meta-es")
        && both[1].contains("The pause of account meta-es is lifted");
    if !told || receiver.events(EXPIRES)?.len() != 1 {
        return Err(format!("{both:?}"));
    }
    field.until("the condition goes", || Ok(field.condition("adacc/meta-es", "Suspended")?[0].is_empty()))
}
