//! Names that the operator, its policies and people agree on.

/// How annotations and finalizers begin.
pub const PREFIX: &str = "adplane.io/";
/// Held by every resource with something live, until that was dealt with.
pub const FINALIZER: &str = "adplane.io/release";
/// The one field manager of everything the operator writes.
pub const MANAGER: &str = "adplane";
/// Annotation: who wrote what is not applied yet, as the API server saw them.
pub const AUTHORS: &str = "authors";
/// Annotation: who wrote it last, as the API server saw them.
pub const LAST_EDITED_BY: &str = "last-edited-by";
/// Annotation that comes with the finalizer: the account, for when what leads there is gone.
pub const ACCOUNT: &str = "account";
/// Annotation of an account: nothing is written while it is `true`.
pub const SUSPEND: &str = "suspend";
/// Annotation of an account: why nothing is written, for people.
pub const SUSPEND_REASON: &str = "suspend-reason";
/// Annotation: while it is `true`, what changes on the platform is planned back, whatever the drift policy says.
pub const REVERT_DRIFT: &str = "revert-drift";
/// Annotation: a new value asks for a reconcile now.
pub const RECONCILE_NOW: &str = "reconcile-now";
/// Annotation: an admin gives up what the platform cannot be asked about.
pub const ABANDON: &str = "abandon";
/// Annotation of a rule: a new value lets it go on when it is suspended.
pub const LIFT: &str = "lift";
/// Annotation of a notification policy: a new value has messages sent again that were given up.
pub const RETRY_DEAD_LETTERS: &str = "retry-dead-letters";
/// Annotation of a notification policy: a new value forgets messages that were given up.
pub const DROP_DEAD_LETTERS: &str = "drop-dead-letters";
/// Annotation of a rule's override, which the operator alone sets: the uid of the rule that it was decided for.
pub const DECIDED_FOR: &str = "decided-for";
/// Label of what belongs to an account.
pub const ACCOUNT_LABEL: &str = "adplane.io/account";
/// `ConfigMap` in the operator's namespace that says an uninstall is under way.
pub const UNINSTALL: &str = "adplane-uninstall";
