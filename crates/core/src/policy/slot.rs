//! What the expressions of policies look up.

use compact_str::CompactString;

use super::catalogue::Fact;
use crate::field::FieldPath;
use crate::money::Currency;

/// Whose fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Holder {
    Before,
    After,
    Campaign,
    AdGroup,
    Account,
}

/// Something that evaluation looks up once per object, however many rules ask for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Slot {
    /// A field, or what lies at some keys inside its value.
    Field { holder: Holder, path: FieldPath, keys: Vec<CompactString> },
    /// Whether a group has any field.
    Group { holder: Holder, path: FieldPath },
    /// A value that is not a field.
    Fact(Fact),
    /// One label, of the object or of a parent.
    Label { holder: Holder, key: CompactString },
    /// All labels.
    Labels { holder: Holder },
    /// A sum of the plan's money, or of its part with this label; in a currency, or the only one there is.
    PlanMoney { label: Option<CompactString>, currency: Option<Currency>, sum: Sum },
}

/// A part of a plan's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Sum {
    DailyBefore,
    DailyAfter,
    Delta,
    WorstDay,
}
