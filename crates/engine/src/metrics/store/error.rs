//! Why the store could not do something, and what to do about it. Nothing here holds a connection string.

use adplane_core::money::Currency;
use adplane_core::time::Zone;

/// What went wrong in the metrics store. Whatever it is, nothing was stored by the call that returns it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else lives there.
    #[error("{place} holds something else than Adplane's metrics: name another place, or move that away")]
    Foreign {
        /// The file, or the database.
        place: String,
    },
    /// A newer version wrote it.
    #[error(
        "{place} was written by a newer Adplane (layout {found}, this one knows {known}): nothing was stored; update Adplane here"
    )]
    Newer {
        /// The file, or the database.
        place: String,
        /// The layout found.
        found: i64,
        /// The newest layout known.
        known: i64,
    },
    /// It is damaged.
    #[error(
        "{place} is damaged ({detail}): move it away, together with its `-wal` and `-shm` files, and run \
         `adplane metrics sync`; platforms tell past days again, but not what they said of them earlier"
    )]
    Corrupt {
        /// The file, or the database.
        place: String,
        /// What the database says.
        detail: String,
    },
    /// Somebody else writes for too long.
    #[error("{place} is in use by another process: nothing was stored; run again when that is done")]
    Busy {
        /// The file, or the database.
        place: String,
    },
    /// No room.
    #[error("no room is left for {place}: nothing was stored and nothing was lost; make room and run again")]
    Full {
        /// The file, or the database.
        place: String,
    },
    /// It may not be written, or not be reached as this user.
    #[error("{place} refuses this user: {detail}")]
    Refused {
        /// The file, or the database.
        place: String,
        /// What is refused, and what would help.
        detail: String,
    },
    /// It cannot be opened or reached.
    #[error("{place} cannot be reached: {detail}")]
    Unreachable {
        /// The file, or the database.
        place: String,
        /// What is known of it.
        detail: String,
    },
    /// The account is not what it was.
    #[error(
        "{account} was stored in {} with days of {}, and is now in {} with days of {}: these cannot be compared; \
         move the store away to begin anew", .stored.0, .stored.1, .now.0, .now.1
    )]
    OtherAccount {
        /// The account.
        account: String,
        /// What is stored.
        stored: Box<(Currency, Zone)>,
        /// What it is now.
        now: Box<(Currency, Zone)>,
    },
    /// A reading that contradicts itself; a mistake of the program.
    #[error("a report cannot be stored: {0}")]
    Reading(String),
    /// What is stored makes no sense.
    #[error("{place} holds {what}, which this version cannot read")]
    Unreadable {
        /// The file, or the database.
        place: String,
        /// What.
        what: String,
    },
    /// Anything else.
    #[error("{place} failed: {detail}")]
    Other {
        /// The file, or the database.
        place: String,
        /// What the database says.
        detail: String,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unreachable { .. })
    }
}
