//! Documents: one checked resource each, flattened to fields that know where they were written.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use adplane_core::field::{FieldPath, Origin};
use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::value::Value;
use compact_str::CompactString;

/// A place in a file: line and column in characters, both from 1, and the length for a caret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Length in characters on that line; 0 when not known.
    pub length: u32,
}

impl Place {
    /// The place in a file.
    pub fn in_file(self, file: &Arc<str>) -> Origin {
        Origin { file: Arc::clone(file), line: self.line, column: self.column }
    }
}

/// Kinds of documents that are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// An ad account.
    AdAccount,
    /// A campaign.
    Campaign,
    /// An ad group with its ads.
    AdGroup,
    /// A creative.
    Creative,
    /// A shared budget or a pool.
    Budget,
    /// When changes must not be written.
    FreezeWindow,
    /// Rules over changes.
    Policy,
    /// What is watched, and what happens then.
    AutomationRule,
    /// A value in force in place of what git says.
    Override,
    /// Who is told what.
    NotificationPolicy,
}

impl DocumentKind {
    /// All kinds, in the order they are resolved.
    pub const ALL: [Self; 10] = [
        Self::AdAccount,
        Self::Budget,
        Self::Creative,
        Self::Campaign,
        Self::AdGroup,
        Self::FreezeWindow,
        Self::Policy,
        Self::AutomationRule,
        Self::Override,
        Self::NotificationPolicy,
    ];

    /// The word in YAML's `kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::AdAccount => "AdAccount",
            Self::Campaign => "Campaign",
            Self::AdGroup => "AdGroup",
            Self::Creative => "Creative",
            Self::Budget => "Budget",
            Self::FreezeWindow => "FreezeWindow",
            Self::Policy => "Policy",
            Self::AutomationRule => "AutomationRule",
            Self::Override => "Override",
            Self::NotificationPolicy => "NotificationPolicy",
        }
    }

    /// Whether it is about every plan of the project, whichever part of it is asked for.
    pub fn governs(self) -> bool {
        matches!(self, Self::Policy | Self::FreezeWindow | Self::Override | Self::NotificationPolicy)
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One field as written, before references and time zones are resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Path below `spec`, or below the item for an ad of an ad group.
    pub path: FieldPath,
    /// The value; dates, hours, keywords and assets still in the shape of the YAML.
    pub value: Value,
    /// Where the value was written.
    pub place: Place,
    /// Where each member was written, of lists; empty otherwise.
    pub members: Box<[Place]>,
}

/// An item that is an object of its own: an ad in its ad group, a rule in its policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// The list that it is a member of, such as `ads`.
    pub list: CompactString,
    /// Where the item starts.
    pub place: Place,
    /// Its fields.
    pub fields: Vec<Written>,
}

/// One resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// Namespace; `default` when not written.
    pub namespace: Namespace,
    /// `metadata.name`.
    pub name: ObjectName,
    /// `metadata.labels`.
    pub labels: BTreeMap<CompactString, CompactString>,
    /// `metadata.annotations` of `adplane.io/`, with their places.
    pub annotations: BTreeMap<CompactString, (CompactString, Place)>,
    /// The file, as the user would name it.
    pub file: Arc<str>,
    /// Where `metadata.name` was written.
    pub place: Place,
    /// Fields below `spec`, in the order written.
    pub fields: Vec<Written>,
    /// Ads of an ad group, rules of a policy, channels and routes of a notification policy.
    pub children: Vec<Child>,
    /// Fields that are written but could not be read; each has a diagnostic.
    pub unreadable: Vec<FieldPath>,
}

impl Document {
    /// Whether overrides may name it as who wrote them: an automation rule, or a budget that is a pool.
    pub fn may_override(&self) -> bool {
        match self.kind {
            DocumentKind::AutomationRule => true,
            DocumentKind::Budget => self.is_pool(),
            _ => false,
        }
    }

    /// Whether it is a budget that Adplane paces over campaigns.
    pub fn is_pool(&self) -> bool {
        self.kind == DocumentKind::Budget && self.fields.iter().any(|field| field.path.is_within("pool"))
    }

    /// A field as written.
    pub fn written(&self, path: &str) -> Option<&Written> {
        self.fields.iter().find(|field| field.path.as_str() == path)
    }

    /// A field's text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.written(path)?.value.as_text()
    }

    /// Where it was written.
    pub fn origin(&self) -> Origin {
        self.place.in_file(&self.file)
    }
}
