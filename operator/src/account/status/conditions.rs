//! Conditions and their reasons: a closed, documented set.

use adplane_manifest::api::status::{Condition, ConditionStatus};
use adplane_manifest::api::text::{Instant, Message, Word};
use jiff::Timestamp;

use crate::plans::cut;

/// Characters of a message.
const MESSAGE: usize = 1024;

/// A condition's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Everything wanted is live.
    Ready,
    /// Something is under way.
    Reconciling,
    /// It stays as it is until somebody does something.
    Stalled,
    /// What is live is what is wanted.
    Synced,
    /// It was changed on the platform.
    Drifted,
    /// The platform's review has passed it.
    Reviewed,
    /// It serves.
    Delivering,
    /// A plan that touches it waits for approval.
    ApprovalRequired,
    /// The platform's limits hold it up.
    QuotaLimited,
    /// Somebody else owns the live object.
    Contested,
    /// Admission policies are missing.
    GuardMissing,
    /// What it delivers could be read.
    Measured,
    /// A rule decides nothing until somebody lets it go on.
    Suspended,
    /// Messages that nobody took were given up.
    DeadLetters,
}

impl Type {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Ready,
        Self::Reconciling,
        Self::Stalled,
        Self::Synced,
        Self::Drifted,
        Self::Reviewed,
        Self::Delivering,
        Self::ApprovalRequired,
        Self::QuotaLimited,
        Self::Contested,
        Self::GuardMissing,
        Self::Measured,
        Self::Suspended,
        Self::DeadLetters,
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::Synced => "Synced",
            Self::Drifted => "Drifted",
            Self::Reviewed => "Reviewed",
            Self::Delivering => "Delivering",
            Self::ApprovalRequired => "ApprovalRequired",
            Self::QuotaLimited => "QuotaLimited",
            Self::Contested => "Contested",
            Self::GuardMissing => "GuardMissing",
            Self::Measured => "Measured",
            Self::Suspended => "Suspended",
            Self::DeadLetters => "DeadLetters",
        }
    }
}

/// Reasons, each with what it means.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Why a condition is as it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Reason {
            /// All of them, with what they mean.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, concat!($($doc),+)),)+];

            /// The word.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

reasons! {
    /// What is wanted is live.
    InSync,
    /// It is used by what is in sync; it has nothing live of its own.
    InUse,
    /// Nothing uses it.
    Unused,
    /// A plan that touches it waits for approval.
    PlanPending,
    /// A plan that touches it was rejected.
    PlanRejected,
    /// A policy forbids the plan that touches it.
    PolicyDenied,
    /// The plan that touches it is being applied.
    Applying,
    /// An apply did not do all of it; it is tried again.
    ApplyFailed,
    /// The plan must wait: a freeze window, a pause, a removal that settles.
    Held,
    /// The account is only observed.
    ObserveOnly,
    /// The account is suspended.
    Suspended,
    /// The operator writes nothing.
    DryRun,
    /// It was not looked at yet.
    Waiting,
    /// The resource is wrong as it is written.
    Invalid,
    /// Something that it refers to is wrong, or is not there.
    ReferenceInvalid,
    /// The account cannot be read.
    AccountUnreadable,
    /// The account is not there, or is wrong as it is written.
    AccountInvalid,
    /// A policy or a freeze window is wrong as it is written, so nothing is written.
    PolicyInvalid,
    /// The change cannot be made; the message says why.
    Blocked,
    /// The live object carries another owner's marker.
    OwnedByOther,
    /// It was changed on the platform.
    ChangedOnPlatform,
    /// It is as it was left.
    NoDrift,
    /// It is being removed.
    Deleting,
    /// The platform approved it.
    Approved,
    /// The platform is reviewing it.
    InReview,
    /// The platform approved it with limits.
    ApprovedLimited,
    /// The platform refused it.
    Rejected,
    /// It serves.
    Serving,
    /// It serves while the bid strategy learns.
    Learning,
    /// It serves less than it could.
    Limited,
    /// It does not serve.
    NotDelivering,
    /// It is paused, itself or a parent.
    Paused,
    /// It is over.
    Ended,
    /// The platform's limits are reached.
    QuotaExhausted,
    /// Admission policies of the chart are missing or were changed.
    PoliciesMissing,
    /// It is not live yet.
    NotLive,
    /// Its metrics were read.
    MetricsRead,
    /// Some of its metrics could not be read; they are tried again.
    MetricsUnread,
    /// The rule runs on its schedule; the message tells its mode.
    Running,
    /// Rules could not be run; that is tried again.
    NotRun,
    /// Nothing is read of what is delivered, so no rule runs and no pool is paced.
    Unmeasured,
    /// The pool is paced, and its amounts are live.
    Paced,
    /// Amounts of the pool are not live yet; the message tells why.
    AmountsWait,
    /// The pool could not be paced; that is tried again.
    NotPaced,
    /// More than half of the rule's writes failed: it decides nothing until that is lifted.
    WritesFailed,
    /// Messages were given up; people ask for them to be tried again or dropped.
    MessagesGivenUp,
}

/// One condition, before it has a time.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(super) kind: Type,
    pub(super) holds: bool,
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl Found {
    pub(crate) fn new(kind: Type, holds: bool, reason: Reason, message: impl Into<String>) -> Self {
        Self { kind, holds, reason, message: message.into() }
    }

    /// The condition; the time is that of the last change of its status.
    pub(crate) fn dated(self, former: &[Condition], generation: i64, now: Timestamp) -> Condition {
        let status = if self.holds { ConditionStatus::True } else { ConditionStatus::False };
        let same = former.iter().find(|old| old.kind.0 == self.kind.word() && old.status == status);
        Condition {
            kind: Word(self.kind.word().to_owned()),
            status,
            last_transition_time: same
                .map_or_else(|| Instant(seconds(now)), |old| old.last_transition_time.clone()),
            reason: Word(self.reason.word().to_owned()),
            message: (!self.message.is_empty()).then(|| Message(cut(&self.message, MESSAGE))),
            observed_generation: Some(generation),
        }
    }
}

/// A moment as Kubernetes writes it.
pub(crate) fn seconds(now: Timestamp) -> String {
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_that_of_the_last_change() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ready = |holds| Found::new(Type::Ready, holds, Reason::InSync, "");
        let first = ready(true).dated(&[], 1, at("2026-11-20T10:00:00.5Z"));
        assert_eq!(first.last_transition_time.0, "2026-11-20T10:00:00Z");
        let later = ready(true).dated(std::slice::from_ref(&first), 2, at("2026-11-20T11:00:00Z"));
        assert_eq!(later.last_transition_time, first.last_transition_time);
        assert_eq!(later.observed_generation, Some(2));
        let turned = ready(false).dated(&[first], 2, at("2026-11-20T11:00:00Z"));
        assert_eq!(turned.last_transition_time.0, "2026-11-20T11:00:00Z");
    }

    #[test]
    fn reasons_and_types_are_words_of_the_schema() {
        let fits = |word: &str| word.len() <= 64 && word.chars().all(|c| c.is_ascii_alphanumeric());
        assert!(
            Reason::ALL.iter().all(|(reason, meaning)| fits(reason.word()) && !meaning.trim().is_empty())
        );
        assert!(Type::ALL.iter().all(|kind| fits(kind.word())));
    }
}
