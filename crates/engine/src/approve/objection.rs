//! Why something that was given as an approval does not count: each cause with a code of its own.

use adplane_core::diagnostic::Diagnostic;
use adplane_core::plan::Class;

/// Why an approval does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The file cannot be read, or is not an approval document.
    Unreadable,
    /// There is no signature beside it.
    Unsigned,
    /// The signature does not fit the file.
    BadSignature,
    /// It was signed in another namespace, or its key may not sign in ours.
    WrongNamespace,
    /// It is for another plan.
    OtherPlan,
    /// The plan does not ask for this class.
    OtherClass,
    /// Nobody in the allowed signers file has this key.
    UnknownSigner,
    /// The key is somebody else's.
    WrongPrincipal,
    /// The key does not count at this time.
    KeyNotValid,
    /// The key was revoked.
    RevokedKey,
    /// It was signed in the future.
    Future,
    /// It holds no more.
    Expired,
    /// The approval policy does not name them for this class.
    NotApprover,
    /// They wrote what they approve.
    Author,
    /// The plan raises more than they may allow.
    OverLimit,
    /// What keeps others from writing it in their name was not in force.
    Unguarded,
}

impl Cause {
    /// A word or two for lists.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unsigned => "not signed",
            Self::BadSignature => "bad signature",
            Self::WrongNamespace => "wrong namespace",
            Self::OtherPlan => "for another plan",
            Self::OtherClass => "for another class",
            Self::UnknownSigner => "unknown signer",
            Self::WrongPrincipal => "another's key",
            Self::KeyNotValid => "key not valid now",
            Self::RevokedKey => "revoked key",
            Self::Future => "signed in the future",
            Self::Expired => "expired",
            Self::NotApprover => "not an approver",
            Self::Author => "author",
            Self::OverLimit => "over their limit",
            Self::Unguarded => "unguarded",
        }
    }
}

/// One approval that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Where it lies: a file's name, or a commit.
    pub place: String,
    /// The class it is about, where that is known.
    pub class: Option<Class>,
    /// Why.
    pub cause: Cause,
    /// Who and what exactly, as a sentence without a period.
    pub detail: String,
}

impl Objection {
    /// An objection.
    pub fn new(place: &str, class: Option<&Class>, cause: Cause, detail: impl Into<String>) -> Self {
        Self { place: place.to_owned(), class: class.cloned(), cause, detail: detail.into() }
    }

    /// The finding that people see.
    pub fn diagnostic(&self) -> Diagnostic {
        let message = format!("{}: {}", self.place, self.detail);
        match self.cause {
            Cause::Unreadable => {
                Diagnostic::warning("approval-unreadable", message).hint("write it with `adplane approve`")
            }
            Cause::Unsigned => Diagnostic::warning("approval-unsigned", message)
                .hint("keep the `.json.sig` beside the `.json`, as `adplane approve` writes them"),
            Cause::BadSignature => Diagnostic::warning("approval-bad-signature", message)
                .hint("the file was changed after it was signed: approve again"),
            Cause::WrongNamespace => Diagnostic::warning("approval-wrong-namespace", message)
                .hint("sign with `adplane approve`, or with `ssh-keygen -Y sign -n adplane-plan`"),
            Cause::OtherPlan => Diagnostic::warning("approval-other-plan", message)
                .hint("the plan has changed since: look at it and approve again"),
            Cause::OtherClass => {
                Diagnostic::warning("approval-other-class", message).hint("approve a class that the plan has")
            }
            Cause::UnknownSigner => Diagnostic::warning("approval-unknown-signer", message)
                .hint("add the key to the allowed signers file, if it is theirs"),
            Cause::WrongPrincipal => Diagnostic::warning("approval-wrong-principal", message)
                .hint("approve under the name that the allowed signers file gives the key"),
            Cause::KeyNotValid => Diagnostic::warning("approval-key-not-valid", message)
                .hint("see `valid-after` and `valid-before` in the allowed signers file"),
            Cause::RevokedKey => Diagnostic::warning("approval-revoked-key", message)
                .hint("approve again with a key that counts"),
            Cause::Future => Diagnostic::warning("approval-in-the-future", message)
                .hint("check the clocks of both machines, then approve again"),
            Cause::Expired => Diagnostic::warning("approval-expired", message).hint("approve again"),
            Cause::NotApprover => Diagnostic::warning("approval-not-approver", message)
                .hint("ask somebody whom the approval policy names for this class"),
            Cause::Author => Diagnostic::warning("approval-by-author", message)
                .hint("ask somebody who did not write the change"),
            Cause::OverLimit => {
                Diagnostic::warning("approval-over-limit", message).hint("ask somebody who may allow more")
            }
            Cause::Unguarded => Diagnostic::warning("approval-unguarded", message)
                .hint("install the chart's admission policies again, then approve again"),
        }
    }
}
