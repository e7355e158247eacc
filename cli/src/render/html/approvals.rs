//! Approvals on the page: what each class needs, who gave it, and what is missing.

use adplane_core::plan::Class;
use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::{Approval, Judgement, Question, Standing};
use jiff::Timestamp;

use super::shown;

/// How a plan's approvals stand.
pub(super) struct Approvals {
    /// The whole in a few words.
    pub(super) verdict: String,
    /// `met`, `missing`, `rejected` or `unknown`.
    pub(super) state: &'static str,
    pub(super) classes: Vec<Asked>,
    /// What was given and does not count: why, and who and what exactly.
    pub(super) refused: Vec<(&'static str, String)>,
    /// Who wrote the change.
    pub(super) authors: Vec<String>,
}

/// A class that somebody is asked about.
pub(super) struct Asked {
    pub(super) class: String,
    pub(super) state: &'static str,
    pub(super) says: String,
    pub(super) granted: Vec<Granted>,
    pub(super) rejected: Vec<String>,
    pub(super) missing: Option<String>,
}

/// An approval that counts.
pub(super) struct Granted {
    pub(super) who: String,
    pub(super) at: String,
    pub(super) until: String,
    pub(super) key: String,
}

impl Approvals {
    /// How approvals stand; nothing where nobody is asked.
    pub(super) fn new(document: &PlanDocument, judgement: Option<&Judgement>) -> Option<Self> {
        let classes: Vec<Asked> = match judgement {
            Some(judgement) => {
                judgement.classes.iter().filter(|standing| standing.wanted > 0).map(stands).collect()
            }
            None => needs(document),
        };
        if classes.is_empty() {
            return None;
        }
        let (state, verdict) = verdict(&classes);
        let objections = judgement.map(|judgement| judgement.objections.as_slice()).unwrap_or_default();
        Some(Self {
            verdict,
            state,
            classes,
            refused: objections.iter().map(|found| (found.cause.word(), shown(&found.detail))).collect(),
            authors: document.authors.iter().map(|author| shown(author)).collect(),
        })
    }
}

/// The gravest state of all classes, and a word for the whole.
fn verdict(classes: &[Asked]) -> (&'static str, String) {
    let in_state = |state| classes.iter().filter(|class| class.state == state).count();
    let all = classes.len();
    if in_state("unknown") > 0 {
        ("unknown", "approval needed".to_owned())
    } else if in_state("rejected") > 0 {
        ("rejected", "rejected".to_owned())
    } else if in_state("missing") > 0 {
        ("missing", format!("waits for approval: {} of {all} classes approved", in_state("met")))
    } else {
        ("met", "approved".to_owned())
    }
}

/// What a class needs in words: `2 approvals by leads`.
fn wanted(wanted: u32, approvers: Option<&Vec<String>>) -> String {
    let noun = if wanted == 1 { "approval" } else { "approvals" };
    let by = approvers.map(|by| format!(" by {}", by.join(" or "))).unwrap_or_default();
    shown(&format!("{wanted} {noun}{by}"))
}

fn stands(standing: &Standing) -> Asked {
    let because =
        if standing.author_unknown { ", one of them because nobody knows who wrote the change" } else { "" };
    let lacking = (standing.wanted as usize).saturating_sub(standing.granted.len());
    let state = match () {
        () if !standing.rejected.is_empty() => "rejected",
        () if lacking > 0 => "missing",
        () => "met",
    };
    Asked {
        class: standing.class.to_string(),
        state,
        says: format!("{}{because}", wanted(standing.wanted, standing.approvers.as_ref())),
        granted: standing.granted.iter().map(Granted::new).collect(),
        rejected: standing.rejected.iter().map(|who| shown(who)).collect(),
        missing: (lacking > 0).then(|| format!("{lacking} more to go")),
    }
}

/// What each class needs, where nothing is known of what was given.
fn needs(document: &PlanDocument) -> Vec<Asked> {
    let Ok(Some(question)) = Question::of(document) else { return Vec::new() };
    let asked = |class: &Class| {
        let rule = question.policy.rule(class).filter(|rule| rule.wanted() > 0)?;
        Some(Asked {
            class: class.to_string(),
            state: "unknown",
            says: wanted(rule.wanted(), rule.approvers.as_ref()),
            granted: Vec::new(),
            rejected: Vec::new(),
            missing: None,
        })
    };
    question.classes.iter().filter_map(asked).collect()
}

impl Granted {
    fn new(approval: &Approval) -> Self {
        Self {
            who: shown(&approval.principal),
            at: minute(approval.at),
            until: minute(approval.expires),
            key: approval.key.clone(),
        }
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(wanted: u32, granted: usize, rejected: &[&str]) -> Standing {
        let approval = |number| Approval {
            principal: format!("person-{number}@shop.example"),
            class: Class::Delete,
            key: "SHA256:key".into(),
            at: "2026-03-02T10:00:00Z".parse().unwrap(),
            expires: "2026-03-03T10:00:30Z".parse().unwrap(),
        };
        Standing {
            class: Class::Delete,
            wanted,
            author_unknown: false,
            approvers: Some(vec!["leads".into(), "cleo@shop.example".into()]),
            granted: (0..granted).map(approval).collect(),
            rejected: rejected.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_class_says_what_it_needs_who_gave_it_and_what_is_missing() {
        let waits = stands(&standing(2, 1, &[]));
        assert_eq!(waits.says, "2 approvals by leads or cleo@shop.example");
        assert_eq!((waits.state, waits.missing.as_deref()), ("missing", Some("1 more to go")));
        let given = &waits.granted[0];
        assert_eq!(
            (given.who.as_str(), given.at.as_str(), given.until.as_str()),
            ("person-0@shop.example", "2026-03-02 10:00 UTC", "2026-03-03 10:00 UTC")
        );

        let met = stands(&standing(1, 1, &[]));
        assert_eq!((met.state, met.missing), ("met", None));
        let rejected = stands(&standing(1, 1, &["bo@shop.example"]));
        assert_eq!((rejected.state, rejected.rejected), ("rejected", vec!["bo@shop.example".to_owned()]));
    }

    #[test]
    fn the_whole_is_as_its_gravest_class() {
        let of = |all: &[Standing]| verdict(&all.iter().map(stands).collect::<Vec<_>>()).1;
        let (met, waits, rejected) = (standing(1, 1, &[]), standing(1, 0, &[]), standing(1, 1, &["bo"]));
        assert_eq!(of(std::slice::from_ref(&met)), "approved");
        assert_eq!(of(&[met.clone(), waits.clone()]), "waits for approval: 1 of 2 classes approved");
        assert_eq!(of(&[met, waits, rejected]), "rejected");
    }
}
