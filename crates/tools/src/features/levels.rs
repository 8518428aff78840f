//! Which levels Kafka's features have (`MetadataVersion`, `Features`), and which the playground's cluster has.

/// A version of the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MetadataVersion {
    /// Its level; -1 before there was a controller.
    pub level: i16,
    /// `3.9-IV0`
    pub name: &'static str,
    /// Did metadata change since the one before?
    changed: bool,
}

const fn version(level: i16, name: &'static str, changed: bool) -> MetadataVersion {
    MetadataVersion { level, name, changed }
}

/// All of them.
pub(crate) struct Metadata {
    pub name: &'static str,
    versions: &'static [MetadataVersion],
    /// The newest one that is stable.
    newest: i16,
}

pub(crate) const METADATA: Metadata = Metadata {
    name: "metadata.version",
    newest: 22,
    versions: &[
        version(-1, "0.8.0", true),
        version(-1, "0.8.1", true),
        version(-1, "0.8.2", true),
        version(-1, "0.9.0", true),
        version(-1, "0.10.0-IV0", true),
        version(-1, "0.10.0-IV1", true),
        version(-1, "0.10.1-IV0", true),
        version(-1, "0.10.1-IV1", true),
        version(-1, "0.10.1-IV2", true),
        version(-1, "0.10.2-IV0", true),
        version(-1, "0.11.0-IV0", true),
        version(-1, "0.11.0-IV1", true),
        version(-1, "0.11.0-IV2", true),
        version(-1, "1.0-IV0", true),
        version(-1, "1.1-IV0", true),
        version(-1, "2.0-IV0", true),
        version(-1, "2.0-IV1", true),
        version(-1, "2.1-IV0", true),
        version(-1, "2.1-IV1", true),
        version(-1, "2.1-IV2", true),
        version(-1, "2.2-IV0", true),
        version(-1, "2.2-IV1", true),
        version(-1, "2.3-IV0", true),
        version(-1, "2.3-IV1", true),
        version(-1, "2.4-IV0", true),
        version(-1, "2.4-IV1", true),
        version(-1, "2.5-IV0", true),
        version(-1, "2.6-IV0", true),
        version(-1, "2.7-IV0", true),
        version(-1, "2.7-IV1", true),
        version(-1, "2.7-IV2", true),
        version(-1, "2.8-IV0", true),
        version(-1, "2.8-IV1", true),
        version(-1, "3.0-IV0", true),
        version(1, "3.0-IV1", true),
        version(2, "3.1-IV0", false),
        version(3, "3.2-IV0", true),
        version(4, "3.3-IV0", false),
        version(5, "3.3-IV1", true),
        version(6, "3.3-IV2", true),
        version(7, "3.3-IV3", true),
        version(8, "3.4-IV0", true),
        version(9, "3.5-IV0", false),
        version(10, "3.5-IV1", false),
        version(11, "3.5-IV2", true),
        version(12, "3.6-IV0", false),
        version(13, "3.6-IV1", true),
        version(14, "3.6-IV2", true),
        version(15, "3.7-IV0", true),
        version(16, "3.7-IV1", false),
        version(17, "3.7-IV2", true),
        version(18, "3.7-IV3", false),
        version(19, "3.7-IV4", false),
        version(20, "3.8-IV0", false),
        version(21, "3.9-IV0", false),
        version(22, "4.0-IV0", false),
        version(23, "4.0-IV1", true),
        version(24, "4.0-IV2", false),
        version(25, "4.0-IV3", false),
    ],
};

impl Metadata {
    fn at(&self, level: i16) -> MetadataVersion {
        MetadataVersion::of_level(level).unwrap_or(version(-1, "", true))
    }

    /// The newest stable one, which the cluster has.
    pub fn newest(&self) -> MetadataVersion {
        self.at(self.newest)
    }

    /// The least that a controller understands.
    pub fn least(&self) -> MetadataVersion {
        self.at(1)
    }

    /// The least that a cluster may be set to.
    pub fn least_bootstrap(&self) -> MetadataVersion {
        self.at(4)
    }

    /// `3.3-IV0, 3.3-IV1 … 4.0-IV0`
    pub fn supported(&self) -> String {
        let supported = self.versions.iter().filter(|version| (4..=self.newest).contains(&version.level));
        supported.map(|version| version.name).collect::<Vec<_>>().join(", ")
    }

    /// Whether going back from the cluster's version to this one would lose something.
    pub fn would_lose(&self, level: i16) -> bool {
        let between =
            self.versions.iter().filter(|version| version.level > level && version.level <= self.newest);
        between.rev().any(|version| version.changed)
    }
}

impl MetadataVersion {
    /// The version of a level; of -1 the first.
    pub fn of_level(level: i16) -> Option<MetadataVersion> {
        METADATA.versions.iter().find(|version| version.level == level).copied()
    }

    /// The version of a release: `3.9-IV0`, or the newest of `3.9` or `3.9.1`.
    pub fn of_release(text: &str) -> Option<MetadataVersion> {
        let segments: Vec<&str> = text.split('.').collect();
        let wanted = if text.starts_with("0.") { 3 } else { 2 };
        let key = segments.get(..wanted.min(segments.len()))?.join(".");
        let all = || METADATA.versions.iter().rev();
        let release = |name: &'static str| name.split("-IV").next().unwrap_or(name);
        all()
            .find(|version| version.name == key)
            .or_else(|| all().find(|version| release(version.name) == key))
            .copied()
    }

    /// Is it from the days of controllers?
    pub fn is_kraft(self) -> bool {
        self.level > 0
    }

    /// Does it know users with SCRAM credentials?
    pub fn knows_scram(self) -> bool {
        self.level >= 11
    }

    /// Is it stable?
    pub fn is_production(self) -> bool {
        self.level <= METADATA.newest
    }
}

/// A feature besides the metadata's version.
pub(crate) struct Feature {
    pub name: &'static str,
    /// From which metadata version on each level is the default.
    since: &'static [i16],
    /// Which metadata version levels above 0 need, if any.
    needs: Option<i16>,
    /// What the cluster has.
    pub finalized: i16,
}

/// Kafka's order.
pub(crate) const FEATURES: &[Feature] = &[
    Feature { name: "kraft.version", since: &[1, 21], needs: Some(21), finalized: 0 },
    Feature { name: "transaction.version", since: &[1, 24, 24], needs: None, finalized: 0 },
    Feature { name: "group.version", since: &[1, 22], needs: None, finalized: 1 },
];

impl Feature {
    /// The feature of a name.
    pub fn named(name: &str) -> Option<&'static Feature> {
        FEATURES.iter().find(|feature| feature.name == name)
    }

    /// Its level with a metadata version.
    pub fn of(&self, version: MetadataVersion) -> i16 {
        let levels = self.since.iter().zip(0..).take_while(|(since, _)| **since <= version.level);
        levels.map(|(_, level)| level).last().unwrap_or(0)
    }

    /// Its newest level that is stable.
    pub fn newest(&self) -> i16 {
        self.of(METADATA.newest())
    }

    /// Which metadata version a level needs; `None` if there is no such level.
    pub fn needs(&self, level: i16) -> Option<Option<MetadataVersion>> {
        let is_known = usize::try_from(level).is_ok_and(|level| level < self.since.len());
        is_known.then(|| self.needs.filter(|_| level > 0).map(|level| METADATA.at(level)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_has_its_newest_version() {
        let level = |text| MetadataVersion::of_release(text).map(|version| (version.level, version.name));
        assert_eq!(level("3.9"), Some((21, "3.9-IV0")));
        assert_eq!(level("3.3.1"), Some((7, "3.3-IV3")));
        assert_eq!(level("3.3-IV1"), Some((5, "3.3-IV1")));
        assert_eq!(level("1.0"), Some((-1, "1.0-IV0")));
        assert_eq!(level("0.10.1"), Some((-1, "0.10.1-IV2")));
        assert_eq!((level("9"), level("")), (None, None));
    }

    #[test]
    fn going_back_loses_what_has_changed_since() {
        assert_eq!([21, 17, 16, 14].map(|level| METADATA.would_lose(level)), [false, false, true, true]);
    }
}
