//! What each class of a plan needs, and what is there.

use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::{Judgement, Question};

/// One line per class that somebody is asked about, lightest first: `class raise-large needs 2 approvals by
/// growth-leads, has 1 (ana@shop.example)`. Without a judgement only what is needed.
pub(crate) fn lines(document: &PlanDocument, judgement: Option<&Judgement>) -> Vec<String> {
    if let Some(judgement) = judgement {
        let asked = judgement.classes.iter().filter(|standing| standing.wanted > 0);
        return asked.map(|standing| judgement.sentence(standing)).collect();
    }
    let Ok(Some(question)) = Question::of(document) else { return Vec::new() };
    let needs = |class| {
        let rule = question.policy.rule(class).filter(|rule| rule.wanted() > 0)?;
        let wanted = rule.wanted();
        let noun = if wanted == 1 { "approval" } else { "approvals" };
        let by = rule.approvers.as_ref().map(|by| format!(" by {}", by.join(" or "))).unwrap_or_default();
        Some(format!("class {class} needs {wanted} {noun}{by}"))
    };
    question.classes.iter().filter_map(needs).collect()
}

/// How much more is let be spent per day, by currency; nothing where nothing is.
pub(crate) fn raises(document: &PlanDocument) -> Option<String> {
    let shown: Vec<String> = document
        .raises
        .iter()
        .map(|(currency, raise)| match raise.daily {
            Some(daily) => format!("{daily} a day"),
            None => format!("without a known upper end in {currency}"),
        })
        .collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}
