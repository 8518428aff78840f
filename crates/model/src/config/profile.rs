//! Which Kafka the engine answers like: the one table of defaults that differ between versions.

use std::fmt;

/// A version of Apache Kafka.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// Released Kafka 4.x: the default.
    #[default]
    V4,
    /// The development snapshot of October 2024 from which the golden vectors were recorded.
    Snapshot40,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 2] = [Profile::V4, Profile::Snapshot40];

    /// Its name in scripts and links.
    pub fn name(self) -> &'static str {
        match self {
            Profile::V4 => "4.x",
            Profile::Snapshot40 => "4.0-snapshot",
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
            Profile::Snapshot40 => 0,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
