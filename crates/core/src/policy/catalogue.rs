//! What expressions can name: variables, and the fields of each kind with their types.
//!
//! Fields come from the YAML API, which hands them over as a [`Catalogue`]; everything else is listed here.

use std::collections::BTreeMap;

use compact_str::CompactString;

use crate::address::{Kind, Platform};
use crate::cel::Type;
use crate::plan::{Action, Class};

/// What lies at a step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A field.
    Field(Type),
    /// Fields by name.
    Group(Group),
    /// Fields of free names.
    Free(Box<Entry>),
}

/// Fields by name.
pub type Group = BTreeMap<CompactString, Entry>;

/// Fields of every kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Fields of each kind of object; an ad's creative lies below `creative`.
    pub kinds: BTreeMap<Kind, Group>,
    /// Fields of accounts that objects fall back to.
    pub account: Group,
    /// Money bands of the approval policy, smallest first.
    pub bands: Vec<CompactString>,
}

impl Catalogue {
    /// Fields that any of some kinds has.
    pub(super) fn of(&self, kinds: &[Kind]) -> Group {
        let mut all = Group::new();
        for group in kinds.iter().filter_map(|kind| self.kinds.get(kind)) {
            merge(&mut all, group);
        }
        all
    }

    /// Adds fields at a path, such as those below `creative`.
    pub fn add(&mut self, kind: Kind, fields: &Group) {
        merge(self.kinds.entry(kind).or_default(), fields);
    }
}

fn merge(into: &mut Group, from: &Group) {
    for (name, entry) in from {
        match (into.get_mut(name), entry) {
            (None, entry) => {
                into.insert(name.clone(), entry.clone());
            }
            (Some(Entry::Group(ours)), Entry::Group(theirs)) => merge(ours, theirs),
            (Some(Entry::Field(ours)), Entry::Field(theirs)) if ours != theirs => {
                *ours = ours.either(theirs).unwrap_or(Type::Anything);
            }
            (Some(_), _) => {}
        }
    }
}

/// What a name at the start of a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Variable {
    /// The object as it is live.
    Before,
    /// The object as the plan leaves it.
    After,
    /// What happens to it.
    Change,
    /// The campaign it is or belongs to.
    Campaign,
    /// The ad group it is or belongs to.
    AdGroup,
    /// The creative of an ad.
    Creative,
    /// Its account.
    Account,
    /// The plan as a whole.
    Plan,
    /// Its labels, with those of its parents.
    Labels,
    /// The instant of the plan, in the account's zone.
    Now,
}

impl Variable {
    pub(super) const ALL: [(&'static str, Self); 10] = [
        ("before", Self::Before),
        ("after", Self::After),
        ("change", Self::Change),
        ("campaign", Self::Campaign),
        ("adGroup", Self::AdGroup),
        ("creative", Self::Creative),
        ("account", Self::Account),
        ("plan", Self::Plan),
        ("labels", Self::Labels),
        ("now", Self::Now),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(word, _)| *word == name).map(|(_, variable)| variable)
    }

    pub(super) fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, variable)| *variable == self).map_or("", |(word, _)| word)
    }
}

/// Values that are not fields of the YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fact {
    Action,
    Class,
    Band,
    Address,
    Kind,
    Name,
    Namespace,
    Fields,
    ResetsLearning,
    NeedsReview,
    CampaignName,
    AdGroupName,
    CreativeName,
    Platform,
    Currency,
    TimeZone,
    AccountName,
    AccountId,
    Project,
    Creates,
    Updates,
    Replaces,
    Deletes,
    Unlimited,
    Classes,
    Now,
}

impl Fact {
    /// What a variable holds besides fields, with its type, where raises fall into these bands.
    pub(super) fn of(variable: Variable, bands: &[CompactString]) -> Vec<(&'static str, Self, Type)> {
        match variable {
            Variable::Change => vec![
                ("action", Self::Action, Type::words(Action::ALL.into_iter().map(Action::word))),
                ("class", Self::Class, Type::words(words())),
                ("band", Self::Band, Type::words(bands.iter().map(CompactString::as_str))),
                ("address", Self::Address, Type::Text),
                ("kind", Self::Kind, Type::words(Kind::ALL.into_iter().map(Kind::word))),
                ("name", Self::Name, Type::Text),
                ("namespace", Self::Namespace, Type::Text),
                ("fields", Self::Fields, Type::list(Type::Text)),
                ("resetsLearning", Self::ResetsLearning, Type::Bool),
                ("needsReview", Self::NeedsReview, Type::Bool),
            ],
            Variable::Campaign => vec![("name", Self::CampaignName, Type::Text)],
            Variable::AdGroup => vec![("name", Self::AdGroupName, Type::Text)],
            Variable::Creative => vec![("name", Self::CreativeName, Type::Text)],
            Variable::Account => vec![
                ("platform", Self::Platform, Type::words(Platform::ALL.into_iter().map(platform_word))),
                ("currency", Self::Currency, Type::Text),
                ("timeZone", Self::TimeZone, Type::Text),
                ("name", Self::AccountName, Type::Text),
                ("id", Self::AccountId, Type::Text),
            ],
            Variable::Plan => vec![
                ("project", Self::Project, Type::Text),
                ("creates", Self::Creates, Type::Integer),
                ("updates", Self::Updates, Type::Integer),
                ("replaces", Self::Replaces, Type::Integer),
                ("deletes", Self::Deletes, Type::Integer),
                ("unlimited", Self::Unlimited, Type::Integer),
                ("classes", Self::Classes, Type::list(classes(bands))),
            ],
            Variable::Before | Variable::After | Variable::Labels | Variable::Now => Vec::new(),
        }
    }
}

/// Classes of changes. Every band is a `raise`, so that a rule about raises goes on matching once there are bands.
fn words() -> impl Iterator<Item = &'static str> {
    Class::WORDS.into_iter().filter(|word| *word != "exception")
}

/// Classes of plans: a raise carries its band where there are bands.
fn classes(bands: &[CompactString]) -> Type {
    let raises: Vec<String> = bands.iter().map(|band| format!("raise-{band}")).collect();
    let plain: Vec<&str> = words().filter(|word| bands.is_empty() || *word != "raise").collect();
    Type::words(plain.into_iter().chain(raises.iter().map(String::as_str)))
}

/// The platform as YAML writes it.
pub(super) fn platform_word(platform: Platform) -> &'static str {
    match platform {
        Platform::Google => "Google",
        Platform::Meta => "Meta",
        Platform::TikTok => "TikTok",
    }
}

/// Sums of a plan, by name.
pub(super) const SUMS: [&str; 4] = ["dailyBefore", "dailyAfter", "delta", "worstDay"];
