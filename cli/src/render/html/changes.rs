//! Changes on the page, by account, and what they break.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::plan::document::{DocumentChange, DocumentField, PlanDocument, Summary};
use adplane_core::plan::{Action, BreakKind};

use super::shown;
use crate::render::words;

/// Names beside each thing that breaks.
const NAMED: usize = 6;

/// Changes of one account.
pub(super) struct Account {
    pub(super) name: String,
    pub(super) platform: &'static str,
    pub(super) changes: Vec<Change>,
}

/// One change.
pub(super) struct Change {
    pub(super) anchor: String,
    pub(super) symbol: &'static str,
    pub(super) action: &'static str,
    pub(super) class: String,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) open: bool,
    pub(super) notes: Vec<String>,
    pub(super) breaks: Vec<String>,
    pub(super) fields: Vec<Field>,
}

/// One field.
pub(super) struct Field {
    pub(super) path: String,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
    pub(super) marks: Vec<&'static str>,
    pub(super) origin: String,
}

/// One kind of breakage over the whole plan.
pub(super) struct Broken {
    pub(super) what: &'static str,
    pub(super) kind: &'static str,
    pub(super) count: usize,
    pub(super) says: Vec<(String, String, String)>,
    pub(super) more: usize,
}

/// How many objects meet which action, without zeros and unchanged ones.
pub(super) fn counts(summary: &Summary) -> Vec<(&'static str, &'static str, u64)> {
    let shown = Action::ALL.into_iter().filter(|action| *action != Action::None && summary.of(*action) > 0);
    shown.map(|action| (action.symbol(), action.word(), summary.of(action))).collect()
}

/// What breaks, the gravest first, with the changes that break it.
pub(super) fn breaks(order: &[&DocumentChange]) -> Vec<Broken> {
    let mut kinds: BTreeMap<BreakKind, Vec<(String, String, String)>> = BTreeMap::new();
    for change in order {
        for found in &change.breaks {
            let path = found.path.as_ref().map(|path| format!("{path} ")).unwrap_or_default();
            let says = shown(&format!("{path}{}", found.says));
            kinds.entry(found.what).or_default().push((anchor(change), change.address.short(), says));
        }
    }
    let broken = kinds.into_iter().map(|(what, mut says)| {
        let count = says.len();
        says.truncate(NAMED);
        Broken { what: what.words(), kind: weight(what), count, more: count - says.len(), says }
    });
    broken.collect()
}

fn weight(what: BreakKind) -> &'static str {
    match what {
        BreakKind::CannotBeUndone
        | BreakKind::Loses
        | BreakKind::ForcesReplacement
        | BreakKind::LeavesWithoutParent
        | BreakKind::SpendsOutsideFlight
        | BreakKind::ExceedsEditLimit => "grave",
        BreakKind::GoesToReview | BreakKind::ResetsLearning => "mild",
    }
}

/// A place in the page; addresses hold nothing that an anchor cannot.
pub(super) fn anchor(change: &DocumentChange) -> String {
    change.address.to_string().replace('/', "-")
}

/// All changes, by account, in the document's order.
pub(super) fn accounts(document: &PlanDocument) -> Vec<Account> {
    let few = document.changes.len() <= 20;
    let mut accounts: Vec<Account> = Vec::new();
    for change in &document.changes {
        let name = change.address.account.to_string();
        let platform = change.address.platform.title();
        match accounts.last_mut().filter(|account| account.name == name && account.platform == platform) {
            Some(account) => account.changes.push(one(change, few)),
            None => accounts.push(Account { name, platform, changes: vec![one(change, few)] }),
        }
    }
    accounts
}

fn one(change: &DocumentChange, few: bool) -> Change {
    let name = change.address.local_name();
    let title = if change.display_name == name { String::new() } else { shown(&change.display_name) };
    Change {
        anchor: anchor(change),
        symbol: change.action.symbol(),
        action: change.action.word(),
        class: change.class.as_ref().map(ToString::to_string).unwrap_or_default(),
        kind: match change.address.kind {
            Kind::Budget => "shared budget",
            Kind::Campaign => "campaign",
            Kind::AdGroup => "ad group",
            Kind::Ad => "ad",
        },
        name,
        title,
        open: few && change.action != Action::Create,
        notes: words::reasons(change).map(|line| shown(&line)).collect(),
        breaks: words::breaks(change).iter().map(|line| shown(line)).collect(),
        fields: words::fields(change).map(|found| field(found, change.action)).collect(),
    }
}

fn field(field: &DocumentField, action: Action) -> Field {
    let lists = words::list_difference(field).filter(|_| action != Action::Create);
    let (added, removed) = lists.unwrap_or_default();
    let listed = !added.is_empty() || !removed.is_empty();
    let value = |json| if listed { String::new() } else { shown(&words::value(json)) };
    Field {
        path: field.path.to_string(),
        before: if action == Action::Create { String::new() } else { value(field.before.as_ref()) },
        after: value(field.after.as_ref()),
        added: added.iter().map(|member| shown(member)).collect(),
        removed: removed.iter().map(|member| shown(member)).collect(),
        marks: words::marks(field, action),
        origin: field.origin.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}
