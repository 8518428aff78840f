//! Topics by a regular expression (`TopicFilter.IncludeList`), and partitions by a list or a range.

use millrace_model::Pattern;

/// Topics whose whole name fits.
pub(crate) struct IncludeList(Pattern);

impl IncludeList {
    /// From what was written: commas are alternatives, blanks and outer quotes do not count.
    ///
    /// # Errors
    /// Kafka's sentence.
    pub fn new(raw: &str) -> Result<IncludeList, String> {
        let regex = raw.trim().replace(',', "|").replace(' ', "");
        let regex = regex.trim_matches(['"', '\'']);
        Pattern::new(regex).map(IncludeList).map_err(|_| format!("{regex} is an invalid regex."))
    }

    pub fn allows(&self, topic: &str, exclude_internal: bool) -> bool {
        self.0.matches(topic) && !(exclude_internal && is_internal(topic))
    }
}

/// `Topic.isInternal`.
pub(crate) fn is_internal(topic: &str) -> bool {
    matches!(topic, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
}

/// Which partitions.
pub(crate) enum Partitions {
    /// These; all if none is named (`PartitionsSetFilter`).
    Set(Vec<i32>),
    /// From, and to before (`PartitionRangeFilter`).
    Range(i32, i32),
}

impl Partitions {
    pub fn allows(&self, partition: i32) -> bool {
        match self {
            Partitions::Set(set) => set.is_empty() || set.contains(&partition),
            Partitions::Range(from, to) => (*from..*to).contains(&partition),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_are_alternatives_and_the_whole_name_has_to_fit() {
        let list = IncludeList::new(" 'a.*, b' ").unwrap();
        assert!(list.allows("abc", false) && list.allows("b", false) && !list.allows("bc", false));
        assert_eq!(IncludeList::new("a(").err().unwrap(), "a( is an invalid regex.");
        let all = IncludeList::new(".*").unwrap();
        assert!(all.allows("__consumer_offsets", false) && !all.allows("__consumer_offsets", true));
    }
}
