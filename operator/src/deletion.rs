//! What the removal of a resource means for its ads: a pure table.
//!
//! A resource that a person removes obeys its deletion policy. A teardown (of the definitions, the namespace, the
//! operator, the account) is no such wish: everything on the platform stays as it is, and nothing hangs. The first row
//! that fits wins; teardown signs are read live, after the deletion was seen, so that they are decisive.

use std::time::Duration;

use adplane_core::desired::Management;

/// Whether something that the API server holds is being torn down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is there to stay.
    Stays,
    /// It is being removed, or gone, or nobody can tell; what and why.
    Leaves(String),
}

/// What is known when a resource has a deletion timestamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The definitions of our kinds.
    pub definitions: Presence,
    /// Its namespace.
    pub namespace: Presence,
    /// Whether the operator is being uninstalled.
    pub uninstall: bool,
    /// Its account.
    pub account: Presence,
    /// Whether Adplane may write to the account.
    pub management: Management,
    /// Whether writes to the account are suspended.
    pub suspended: bool,
    /// Whether an admin gave it up (`adplane.io/abandon`).
    pub abandoned: bool,
    /// For how long this process has known of its deletion. The API server's clock may differ from ours.
    pub rested: Duration,
    /// How long a deletion rests before it is believed.
    pub settle: Duration,
}

/// What to do about one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Release {
    /// Leave the ads as they are and let the resource go at once; why.
    LetGo(String),
    /// Keep the finalizer and wait; why.
    Wait(String),
    /// Carry out its deletion policy, then let it go.
    CarryOut,
}

/// Decides.
pub fn decide(facts: &Facts) -> Release {
    for (presence, what) in [(&facts.definitions, "the definitions"), (&facts.namespace, "the namespace")] {
        if let Presence::Leaves(because) = presence {
            return Release::LetGo(format!("{what}: {because}"));
        }
    }
    if facts.uninstall {
        return Release::LetGo("the operator is being uninstalled".to_owned());
    }
    if let Presence::Leaves(because) = &facts.account {
        return Release::LetGo(format!("the account: {because}"));
    }
    if facts.management == Management::Observe {
        return Release::LetGo("the account is only observed".to_owned());
    }
    if facts.abandoned {
        return Release::LetGo("an admin gave it up".to_owned());
    }
    if facts.suspended {
        return Release::Wait("writes to the account are suspended".to_owned());
    }
    if facts.rested < facts.settle {
        let left = facts.settle.saturating_sub(facts.rested).as_secs() + 1;
        return Release::Wait(format!("it rests {left} s, in case more is being removed than this"));
    }
    Release::CarryOut
}

/// How many removals of one account are too many to be one person's wish without a second look.
pub fn is_mass(removed: usize, all: usize) -> bool {
    removed > (all / 10).max(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            definitions: Presence::Stays,
            namespace: Presence::Stays,
            uninstall: false,
            account: Presence::Stays,
            management: Management::Manage,
            suspended: false,
            abandoned: false,
            rested: Duration::from_mins(1),
            settle: Duration::from_secs(30),
        }
    }

    fn leaves() -> Presence {
        Presence::Leaves("it is terminating".to_owned())
    }

    #[test]
    fn a_persons_removal_obeys_the_policy() {
        assert_eq!(decide(&facts()), Release::CarryOut);
    }

    #[test]
    fn a_teardown_of_any_kind_touches_nothing_and_never_waits() {
        // Even suspended, even a moment after the deletion.
        let harsh = || Facts { suspended: true, rested: Duration::ZERO, ..facts() };
        for torn in [
            Facts { definitions: leaves(), ..harsh() },
            Facts { namespace: leaves(), ..harsh() },
            Facts { uninstall: true, ..harsh() },
            Facts { account: leaves(), ..harsh() },
            Facts { management: Management::Observe, ..harsh() },
            Facts { abandoned: true, ..harsh() },
        ] {
            assert!(matches!(decide(&torn), Release::LetGo(_)), "{torn:?}");
        }
    }

    #[test]
    fn a_fresh_deletion_rests_and_a_suspended_account_waits() {
        let fresh = Facts { rested: Duration::from_secs(29), ..facts() };
        assert_eq!(
            decide(&fresh),
            Release::Wait("it rests 2 s, in case more is being removed than this".to_owned())
        );
        assert!(matches!(decide(&Facts { suspended: true, ..facts() }), Release::Wait(_)));
    }

    #[test]
    fn many_at_once_are_looked_at_twice() {
        assert!(!is_mass(3, 10) && is_mass(4, 10));
        assert!(!is_mass(10, 100) && is_mass(11, 100));
    }
}
