//! Which Kafka the engine answers like: the one table of what differs between versions, of all that the engine has.

use crate::TransactionVersion;
use std::fmt;

/// A version of Apache Kafka.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// Released Kafka 4.x: the default. Where 4.0 and later releases differ, the later ones.
    #[default]
    V4,
    /// The development snapshot of October 2024 from which the golden vectors were recorded.
    Snapshot40,
    /// Kafka 3.9, the last release before 4.0.
    V39,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 3] = [Profile::V4, Profile::Snapshot40, Profile::V39];
    /// The names of all of them, for sentences.
    pub const NAMES: &'static str = "4.x, 4.0-snapshot or 3.9";

    /// Its name in scripts and links.
    pub fn name(self) -> &'static str {
        match self {
            Profile::V4 => "4.x",
            Profile::Snapshot40 => "4.0-snapshot",
            Profile::V39 => "3.9",
        }
    }

    /// The profile of that name.
    pub fn from_name(name: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// Default `linger.ms`: 0 up to the snapshot, 5 since 4.0 (KIP-1030).
    pub fn linger_ms(self) -> u64 {
        match self {
            Profile::V4 => 5,
            Profile::Snapshot40 | Profile::V39 => 0,
        }
    }

    /// The least `segment.bytes` that a topic may have: 14 up to the snapshot, 1 MiB since then (KIP-1030; of topics since 4.1,
    /// KAFKA-19080).
    pub fn least_segment_bytes(self) -> u32 {
        match self {
            Profile::V4 => 1_048_576,
            Profile::Snapshot40 | Profile::V39 => 14,
        }
    }

    /// Default `message.timestamp.after.max.ms`: how far in the broker's future a record's timestamp may lie. No limit up to the
    /// snapshot, an hour since 4.0 (KIP-1030).
    pub fn timestamp_after_max_ms(self) -> i64 {
        match self {
            Profile::V4 => 3_600_000,
            Profile::Snapshot40 | Profile::V39 => i64::MAX,
        }
    }

    /// Whether brokers coordinate groups of the consumer protocol (KIP-848) if nobody says otherwise: the default of
    /// `group.coordinator.rebalance.protocols` is `classic` in 3.9, `classic,consumer` since then.
    pub fn has_consumer_protocol(self) -> bool {
        self != Profile::V39
    }

    /// `transaction.version` of a new cluster: 2 since 4.0, when it became stable (`Feature.TRANSACTION_VERSION`).
    pub fn transaction_version(self) -> TransactionVersion {
        match self {
            Profile::V4 => TransactionVersion::V2,
            Profile::Snapshot40 | Profile::V39 => TransactionVersion::V0,
        }
    }

    /// Whether it is a release since 4.0: what 4.0 has brought after the snapshot holds.
    pub fn is_released_4(self) -> bool {
        self == Profile::V4
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A row of the table: something that the engine does otherwise in one version than in another.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// The setting, or what it is about.
    pub what: &'static str,
    /// How it is in 3.9.
    pub v39: &'static str,
    /// How it is in the snapshot.
    pub snapshot: &'static str,
    /// How it is in 4.x.
    pub v4: &'static str,
    /// Where that is written.
    pub source: &'static str,
}

const fn row(
    what: &'static str,
    v39: &'static str,
    snapshot: &'static str,
    v4: &'static str,
    source: &'static str,
) -> Difference {
    Difference { what, v39, snapshot, v4, source }
}

/// The table, as `docs/fidelity.md` shows it. What is not in it is the same in all profiles.
pub const DIFFERENCES: &[Difference] = &[
    row("`linger.ms`", "0", "0", "5", "KIP-1030"),
    row("least `segment.bytes` of a topic", "14", "14", "1048576", "KIP-1030, KAFKA-19080"),
    row("`internal.segment.bytes` of a topic, for tests", "unknown", "unknown", "taken", "KAFKA-19080"),
    row(
        "`message.timestamp.after.max.ms`",
        "9223372036854775807",
        "9223372036854775807",
        "3600000",
        "KIP-1030",
    ),
    row(
        "`message.format.version`, `message.timestamp.difference.max.ms`, `message.downconversion.enable`",
        "taken",
        "taken",
        "unknown",
        "KIP-724, KIP-937",
    ),
    row("`group.protocol=consumer`", "refused", "taken", "taken", "KIP-848"),
    row(
        "settings of the classic protocol beside `group.protocol=consumer`",
        "taken",
        "taken",
        "refused",
        "KIP-848",
    ),
    row("`auto.offset.reset=by_duration:…`", "refused", "refused", "taken", "KIP-1106"),
    row("`eligible.leader.replicas.version=1`", "refused", "taken", "taken", "KIP-966"),
    row("`max.in.flight.requests.per.connection=6`", "taken", "taken", "refused", "KAFKA-17927"),
    row("`transaction.version` of a new cluster", "0", "0", "2", "KIP-890"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_show_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/fidelity.md");
        let ledger = std::fs::read_to_string(path).unwrap();
        for Difference { what, v39, snapshot, v4, source } in DIFFERENCES {
            let row = format!("| {what} | {v39} | {snapshot} | {v4} | {source} |");
            assert!(ledger.contains(&row), "{row}");
        }
    }

    #[test]
    fn the_table_says_what_the_profiles_say() {
        let rows: Vec<_> = DIFFERENCES.iter().map(|row| [row.v39, row.snapshot, row.v4]).collect();
        let of = |say: &dyn Fn(Profile) -> String| [Profile::V39, Profile::Snapshot40, Profile::V4].map(say);
        let told = |what: &str| {
            let at = DIFFERENCES.iter().position(|row| row.what.contains(what)).unwrap();
            rows[at].map(str::to_owned)
        };
        assert_eq!(told("linger.ms"), of(&|p| p.linger_ms().to_string()));
        assert_eq!(told("least `segment.bytes`"), of(&|p| p.least_segment_bytes().to_string()));
        assert_eq!(told("after.max.ms"), of(&|p| p.timestamp_after_max_ms().to_string()));
        assert_eq!(told("transaction.version"), of(&|p| p.transaction_version().to_string()));
        let word = |is_so: bool| if is_so { "taken" } else { "refused" }.to_owned();
        assert_eq!(told("`group.protocol=consumer`"), of(&|p| word(p.has_consumer_protocol())));
    }

    #[test]
    fn a_profile_is_found_by_its_name() {
        for profile in Profile::ALL {
            assert_eq!(Profile::from_name(profile.name()), Some(profile));
            assert!(Profile::NAMES.contains(profile.name()));
        }
        assert_eq!(Profile::from_name("2.8"), None);
    }
}
