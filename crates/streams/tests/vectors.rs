//! Golden vectors of Kafka's TopologyTestDriver: what passes, and what is not modelled yet.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests.

use flate2::read::GzDecoder;
use millrace_streams::vectors::{FamilyReport, Problem, replay};
use std::collections::BTreeSet;
use std::io::Read;

macro_rules! family {
    ($name:literal) => {
        text(include_bytes!(concat!("../../../tests/vectors/streams_", $name, ".json.gz")))
    };
}

fn text(gz: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(gz).read_to_string(&mut text).unwrap();
    text
}

/// Asserts how many pass, and that all others lack one of these parts.
#[track_caller]
fn check(file: &str, passed: usize, total: usize, lacks: &[&str]) {
    let FamilyReport { family, passed: found, total: all, problems } = replay(file).unwrap();
    let mut lacking = BTreeSet::new();
    for (name, problem) in problems {
        match problem {
            Problem::NotModelled(what) => {
                lacking.insert(what);
            }
            wrong => panic!("{family} {name}: {wrong:?}"),
        }
    }
    assert_eq!((found, all), (passed, total), "{family}");
    assert_eq!(lacking.iter().map(String::as_str).collect::<Vec<_>>(), lacks, "{family}");
}

#[test]
fn tumbling_windows_are_kafkas() {
    check(&family!("tumbling"), 50, 50, &[]);
}

#[test]
fn hopping_windows_are_kafkas() {
    check(&family!("hopping"), 55, 55, &[]);
}

#[test]
fn sliding_windows_are_kafkas() {
    check(&family!("sliding"), 65, 65, &[]);
}

#[test]
fn sessions_are_kafkas() {
    check(&family!("session"), 78, 78, &[]);
}

#[test]
fn long_windows_are_kafkas() {
    check(&family!("long_windows"), 12, 12, &[]);
}

#[test]
fn late_records_are_kafkas() {
    check(&family!("late"), 71, 71, &[]);
}

#[test]
fn stateless_operators_are_kafkas() {
    check(&family!("stateless"), 61, 61, &[]);
}

#[test]
fn suppression_is_kafkas() {
    check(&family!("suppress"), 66, 66, &[]);
}

#[test]
fn emitting_on_window_close_is_kafkas() {
    check(&family!("emit_final"), 23, 23, &[]);
}

#[test]
fn aggregations_are_kafkas() {
    check(&family!("aggregate"), 37, 37, &[]);
}

#[test]
fn caches_are_kafkas() {
    check(&family!("cached"), 15, 15, &[]);
}

#[test]
fn descriptions_are_kafkas() {
    check(&family!("describe"), 376, 376, &[]);
}

#[test]
fn versioned_tables_are_kafkas() {
    check(&family!("versioned"), 26, 26, &[]);
}

#[test]
fn repartition_topics_are_kafkas() {
    check(&family!("repartition"), 27, 27, &[]);
}

#[test]
fn tables_are_kafkas() {
    check(&family!("table"), 52, 52, &[]);
}

#[test]
fn joins_of_streams_are_kafkas() {
    check(&family!("join_stream_stream"), 112, 112, &[]);
}

#[test]
fn joins_of_streams_with_tables_are_kafkas() {
    check(&family!("join_stream_table"), 26, 26, &[]);
}

#[test]
fn joins_of_tables_are_kafkas() {
    check(&family!("join_table_table"), 46, 46, &[]);
}

#[test]
fn joins_by_foreign_key_are_kafkas() {
    check(&family!("join_foreign_key"), 25, 25, &[]);
}

#[test]
fn joins_with_global_tables_are_kafkas() {
    check(&family!("join_global"), 14, 14, &[]);
}

#[test]
fn processors_are_kafkas() {
    check(&family!("processor"), 19, 19, &[]);
}

#[test]
fn random_topologies_are_kafkas() {
    check(&family!("random"), 143, 143, &[]);
}

#[test]
fn refusals_are_kafkas() {
    check(&family!("window_errors"), 4, 4, &[]);
}

/// A rule broken in the input must show as a difference: the comparison is not blind.
#[test]
fn a_broken_rule_fails_its_family() {
    let broken = [
        (family!("tumbling"), "\"grace_ms\":50", "\"grace_ms\":49"),
        (family!("hopping"), "\"size_ms\":100", "\"size_ms\":101"),
        (family!("sliding"), "\"size_ms\":100", "\"size_ms\":99"),
        (family!("session"), "\"gap_ms\":100", "\"gap_ms\":101"),
        (family!("long_windows"), "\"size_ms\":60000", "\"size_ms\":59999"),
        (family!("late"), "\"grace_ms\":1}", "\"grace_ms\":2}"),
        (family!("stateless"), "\"f\":\"upper\"", "\"f\":\"identity\""),
        (family!("suppress"), "\"max_records\":2", "\"max_records\":3"),
        (family!("emit_final"), "\"emit_final\":true", "\"emit_final\":false"),
        (family!("aggregate"), "\"f\":\"concat\"", "\"f\":\"last\""),
        (family!("cached"), "\"statestore.cache.max.bytes\":10485760", "\"statestore.cache.max.bytes\":0"),
        (family!("versioned"), "\"versioned_ms\":200", "\"versioned_ms\":100"),
        (family!("describe"), "\"op\":\"repartition\"", "\"op\":\"peek\""),
        (family!("repartition"), "\"name\":\"mine\"", "\"name\":\"yours\""),
        (family!("table"), "\"subtract\":{\"f\":\"sub\"}", "\"subtract\":{\"f\":\"sum\"}"),
        (family!("join_stream_stream"), "\"type\":\"outer\"", "\"type\":\"left\""),
        (family!("join_stream_table"), "\"type\":\"inner\"", "\"type\":\"left\""),
        (family!("join_table_table"), "\"type\":\"outer\"", "\"type\":\"inner\""),
        (family!("join_foreign_key"), "\"type\":\"left\"", "\"type\":\"inner\""),
        (family!("join_global"), "\"type\":\"left\"", "\"type\":\"inner\""),
        (family!("processor"), "\"reset\":true", "\"reset\":false"),
        (family!("random"), "\"op\":\"flat_map_values\"", "\"op\":\"peek\""),
        (family!("window_errors"), "\"advance_ms\":101", "\"advance_ms\":100"),
    ];
    for (file, from, to) in broken {
        assert!(file.contains(from), "{from}");
        let report = replay(&file.replace(from, to)).unwrap();
        let different = report.problems.iter().any(|(_, p)| matches!(p, Problem::Different(_)));
        assert!(different, "{} does not notice {to}", report.family);
    }
}

#[test]
fn what_is_no_vector_file_is_an_error() {
    for text in ["", "{", "[]", "{\"family\":\"x\"}", "{\"cases\":[]}"] {
        assert!(replay(text).is_err(), "{text}");
    }
}
