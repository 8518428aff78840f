//! How transactions are written: the feature `transaction.version` of a cluster (`TransactionVersion`, KIP-890).

use std::fmt;

/// A level of the feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionVersion {
    /// As ever: a producer says which partitions it will write to, and has one epoch until another one fences it.
    #[default]
    V0,
    /// The same, with records in `__transaction_state` that can have more fields.
    V1,
    /// A partition is added by the leader that is written to, and each transaction has an epoch of its own.
    V2,
}

impl TransactionVersion {
    /// Every level.
    pub const ALL: [TransactionVersion; 3] =
        [TransactionVersion::V0, TransactionVersion::V1, TransactionVersion::V2];

    /// Its number.
    pub const fn level(self) -> u8 {
        match self {
            TransactionVersion::V0 => 0,
            TransactionVersion::V1 => 1,
            TransactionVersion::V2 => 2,
        }
    }

    /// The level of that number; the newest of one that is larger.
    pub const fn of_level(level: u64) -> TransactionVersion {
        match level {
            0 => TransactionVersion::V0,
            1 => TransactionVersion::V1,
            _ => TransactionVersion::V2,
        }
    }

    /// Whether leaders add partitions, and each transaction ends with the next epoch (`supportsEpochBump`).
    pub const fn supports_epoch_bump(self) -> bool {
        matches!(self, TransactionVersion::V2)
    }
}

impl fmt::Display for TransactionVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.level())
    }
}
