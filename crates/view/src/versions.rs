//! What differs between the versions of Kafka that the engine answers like, as a table to read.

use millrace_model::Profile;
use millrace_model::config::profile::{DIFFERENCES, Difference};
use millrace_words::versions as say;

/// The versions, the oldest first: the table's columns.
pub const COLUMNS: [Profile; 3] = [Profile::V39, Profile::Snapshot40, Profile::V4];

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What differs.
    pub what: String,
    /// How it is in each of [`COLUMNS`].
    pub values: [String; 3],
    /// Where that is written.
    pub source: &'static str,
}

/// All that differs.
pub fn rows() -> Vec<Row> {
    let row = |of: &Difference| Row {
        what: what(of.what),
        values: [of.v39, of.snapshot, of.v4].map(value),
        source: of.source,
    };
    DIFFERENCES.iter().map(row).collect()
}

/// What a version is, in a few words.
pub fn about(profile: Profile) -> &'static str {
    match profile {
        Profile::V39 => say::about_39(),
        Profile::Snapshot40 => say::about_snapshot(),
        Profile::V4 => say::about_4(),
    }
}

/// The table has settings in backticks; what stands around them is said in the page's language.
fn what(of: &str) -> String {
    let mut parts = of.split('`');
    let (before, setting, after) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    match (before, after) {
        ("least ", " of a topic") => say::what_least_segment(&setting),
        ("", " of a topic, for tests") => say::what_for_tests(&setting),
        ("", " of a new cluster") => say::what_new_cluster(&setting),
        ("settings of the classic protocol beside ", "") => say::what_classic(&setting),
        _ => of.replace('`', ""),
    }
}

fn value(of: &'static str) -> String {
    const MOST: &str = "9223372036854775807";
    match of {
        "taken" => say::taken(),
        "refused" => say::refused(),
        "unknown" => say::unknown(),
        MOST => say::no_limit(),
        number => number,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_words::{Language, set};

    #[test]
    fn every_row_is_said_in_german() {
        let english = rows();
        set(Language::German);
        let german = rows();
        set(Language::English);
        assert_eq!(english.len(), DIFFERENCES.len());
        for ((english, german), of) in english.iter().zip(&german).zip(DIFFERENCES) {
            assert!(!english.what.contains('`'), "{}", english.what);
            // What is more than the names of settings is prose.
            let names = of.what.split(", ").all(|part| part.starts_with('`') && part.ends_with('`'));
            assert_eq!(english.what == german.what, names, "{}", english.what);
            let is_word = |value: &str| value.bytes().any(|b| b.is_ascii_alphabetic());
            for (english, german) in english.values.iter().zip(&german.values) {
                assert_eq!(english == german, !is_word(english), "{english}");
            }
        }
        assert_eq!(english[0].values, ["0", "0", "5"].map(str::to_owned));
    }
}
