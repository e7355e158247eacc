//! What people do beside the operator, and what they wait for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::super::people::{Outcome, document, list};
use super::ads::Platform;
use super::field::Field;

/// Looks that were asked for: each is asked for by another value.
static ASKED_FOR: AtomicUsize = AtomicUsize::new(1);
/// Classes that need an approval in these cases.
const ASKED: [&str; 3] = ["raise", "replace", "delete"];
/// Phases of plans that have run their course.
const ENDED: [&str; 4] = ["Superseded", "Applied", "PartlyApplied", "Failed"];

/// Whether an object, as it is written now, is `Ready`.
pub(crate) fn is_ready(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|condition| {
        condition["type"] == "Ready"
            && condition["status"] == "True"
            && condition["observedGeneration"] == object["metadata"]["generation"]
    })
}

impl Field<'_> {
    /// Creates accounts.
    pub(crate) fn accounts(&self, platforms: &[&Platform]) -> Outcome {
        platforms
            .iter()
            .try_for_each(|platform| self.team.create("administrator", &platform.account(self)).map(|_| ()))
    }

    /// Applies documents as an editor.
    pub(crate) fn apply(&self, documents: &[Value]) -> Outcome {
        let arguments = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        self.team.may("editor", &arguments, &list(documents)).map(|_| ())
    }

    /// Objects of kinds, as they are stored.
    pub(crate) fn all(&self, kinds: &str) -> Result<Vec<Value>, String> {
        let text = self.team.may("admin", &["get", kinds, "-o", "json"], "")?;
        let found: Value = serde_json::from_str(&text).map_err(super::field::text)?;
        Ok(found["items"].as_array().cloned().unwrap_or_default())
    }

    /// Plans of an account that have not run their course.
    pub(crate) fn plans(&self, account: &str) -> Result<Vec<Value>, String> {
        let mut plans = self.all("adplan")?;
        plans.retain(|plan| {
            let phase = plan["status"]["phase"].as_str().unwrap_or_default();
            plan["spec"]["account"] == account && !phase.is_empty() && !ENDED.contains(&phase)
        });
        Ok(plans)
    }

    /// The only such plan, waited for until it stands in a phase.
    pub(crate) fn plan(&self, account: &str, phase: &str) -> Result<Value, String> {
        let mut found = Value::Null;
        self.until(&format!("a plan of {account} is {phase}"), || {
            let plans = self.plans(account)?;
            let told = || plans.iter().map(|plan| plan["status"].to_string()).collect::<Vec<_>>().join(", ");
            match plans.as_slice() {
                [plan] if plan["status"]["phase"] == phase => {
                    found = plan.clone();
                    Ok(true)
                }
                _ => Err(told()),
            }
        })?;
        Ok(found)
    }

    /// An approval of one class of a plan.
    pub(crate) fn approval(plan: &Value, class: &str) -> Value {
        let name = plan["metadata"]["name"].as_str().unwrap_or_default();
        let mut approval = document(
            "PlanApproval",
            "",
            json!({
                "plan": name, "hash": plan["spec"]["hash"], "class": class, "decision": "Approve",
            }),
        );
        approval["metadata"] = json!({"generateName": format!("{name}-")});
        approval
    }

    /// Classes of a plan that somebody must approve.
    pub(crate) fn asked(plan: &Value) -> Vec<String> {
        let classes = plan["spec"]["classes"].as_array().into_iter().flatten();
        classes
            .filter_map(Value::as_str)
            .filter(|class| ASKED.contains(class))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// Approves every class of a plan that needs it.
    pub(crate) fn approve(&self, user: &str, plan: &Value) -> Outcome {
        Self::asked(plan).iter().try_for_each(|class| {
            let mut superseded = None;
            // The admission policy hears of a new plan with a delay; of one that was superseded meanwhile nothing comes, and
            // one that was carried out meanwhile had what it needed.
            self.until(&format!("{user} approves {class}"), || {
                match self.team.create(user, &Self::approval(plan, class)) {
                    Err(refused) if refused.contains("is Superseded") => superseded = Some(refused),
                    Err(refused) if refused.contains("is Applied") => {}
                    other => return other.map(|_| true),
                }
                Ok(true)
            })?;
            superseded.map_or(Ok(()), Err)
        })
    }

    /// Approves as often as is asked: what nobody signed may need two people.
    pub(crate) fn approve_all(&self, user: &str, plan: &Value) -> Outcome {
        self.approve(user, plan)?;
        if plan["spec"]["unknownAuthors"] == true { self.approve("approver-b", plan) } else { Ok(()) }
    }

    /// Approves what is planned for an account until it is applied. What was written in several steps may have been
    /// planned in between, and such a plan is superseded.
    pub(crate) fn carry_out(&self, account: &str) -> Outcome {
        let mut approved: Option<Value> = None;
        self.until(&format!("what is planned for {account} is approved and applied"), || {
            let plans = self.plans(account)?;
            if let Some(plan) = plans.iter().find(|plan| plan["status"]["phase"] == "Pending")
                && approved.as_ref().is_none_or(|former| former["spec"]["hash"] != plan["spec"]["hash"])
            {
                self.approve_all("approver-a", plan)?;
                approved = Some(plan.clone());
            }
            let Some(plan) = &approved else { return Err(format!("{plans:?}")) };
            let name = plan["metadata"]["name"].as_str().unwrap_or_default();
            let status = self.team.get(&format!("adplan/{name}"))?["status"].clone();
            if status["phase"] == "Applied" { Ok(true) } else { Err(status.to_string()) }
        })
    }

    /// Waits until a plan is applied.
    pub(crate) fn applied(&self, plan: &Value) -> Outcome {
        let name = plan["metadata"]["name"].as_str().unwrap_or_default();
        self.until(&format!("{name} is applied"), || {
            let plan = self.team.get(&format!("adplan/{name}"))?;
            let status = &plan["status"];
            if status["phase"] == "Applied" { Ok(true) } else { Err(status.to_string()) }
        })
    }

    /// Waits until objects are `Ready`, as people do.
    pub(crate) fn ready(&self, objects: &[&str]) -> Outcome {
        let wait = [&["wait", "--for=condition=Ready", "--timeout=120s"], objects].concat();
        self.team.may("viewer", &wait, "").map(|_| ()).map_err(|error| {
            let unready = objects
                .iter()
                .filter(|object| !self.condition(object, "Ready").is_ok_and(|found| found[0] == "True"));
            let told = unready.take(3).map(|object| {
                let found = self.team.get(object);
                format!("{object}: {}", found.map_or_else(|error| error, |found| found["status"].to_string()))
            });
            format!("{error}{}\n{}", told.collect::<Vec<_>>().join("\n"), self.logs())
        })
    }

    /// A condition of an object: status, reason, message.
    pub(crate) fn condition(&self, object: &str, kind: &str) -> Result<[String; 3], String> {
        let object = self.team.get(object)?;
        let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let found = conditions.iter().find(|condition| condition["type"] == kind);
        let word = |name: &str| found.and_then(|found| found[name].as_str()).unwrap_or_default().to_owned();
        Ok([word("status"), word("reason"), word("message")])
    }

    /// Waits until a condition of an object is as told: status, reason, and words of its message.
    pub(crate) fn has(
        &self,
        object: &str,
        kind: &str,
        status: &str,
        reason: &str,
        words: &[&str],
    ) -> Outcome {
        self.until(&format!("{object} has {kind} {status} {reason} {words:?}"), || {
            let found = self.condition(object, kind)?;
            let told = found[0] == status && found[1] == reason;
            if told && words.iter().all(|word| found[2].contains(word)) {
                Ok(true)
            } else {
                Err(format!("{found:?}"))
            }
        })
    }

    /// Lets the platforms' reviews end, and waits until every status tells it: whenever they do, it is written once.
    pub(crate) fn reviewed(&self) -> Outcome {
        self.sandbox("clock", Some(&json!({"advance": "10m"})))?;
        let wait = ["wait", "--for=condition=Reviewed", "--timeout=120s", "campaigns,adgroups", "--all"];
        self.team.may("admin", &wait, "").map(|_| ()).map_err(|error| format!("{error}\n{}", self.logs()))
    }

    /// Asks for a look at an account.
    pub(crate) fn look_now(&self, account: &str) -> Outcome {
        let now = format!("adplane.io/reconcile-now={}", ASKED_FOR.fetch_add(1, Ordering::Relaxed));
        let object = format!("adacc/{account}");
        self.team.may("administrator", &["annotate", "--overwrite", &object, &now], "").map(|_| ())
    }

    /// Versions of everything that is stored in the namespace, but for what people write down.
    pub(crate) fn versions(&self) -> Result<BTreeMap<String, String>, String> {
        let found = self.all("ads-all,planapprovals,configmaps,secrets,rolebindings,events.events.k8s.io")?;
        let version = |object: &Value| {
            let metadata = &object["metadata"];
            let name = format!("{}/{}", object["kind"], metadata["name"]);
            (name, metadata["resourceVersion"].as_str().unwrap_or_default().to_owned())
        };
        Ok(found.iter().map(version).collect())
    }

    /// Waits until an object is gone.
    pub(crate) fn gone(&self, object: &str) -> Outcome {
        self.until(&format!("{object} is gone"), || {
            let output = self.team.kubectl("admin", &["get", object], "");
            Ok(!output.success && output.stderr.contains("not found"))
        })
    }
}
