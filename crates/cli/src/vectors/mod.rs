//! `millrace vectors`: golden vectors recorded from Apache Kafka, through the entry points that the page uses.
//!
//! A family is one file here, with its name in [`FAMILIES`]. Families split by size are one: the `family` field says
//! which.

mod assignor;
mod cluster;
mod group;
mod log;
mod partitioner;
mod records;
mod streams;
mod tools;
mod transactions;

use crate::{FAILED, complain};
use millrace_broker::assignor::ServerAssignor;
use millrace_client::assignor::Assignor;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Judges one case: `input` and `expected`. `Err` says what is different, or why the case is not modelled.
type Judge = fn(&Value, &Value) -> Result<(), String>;

/// The families that are implemented.
const FAMILIES: &[(&str, Judge)] = &[
    ("assignor_cooperative_sticky", |i, e| assignor::judge_client(Assignor::CooperativeSticky, i, e)),
    ("assignor_kip848_range", |i, e| assignor::judge_server(ServerAssignor::Range, i, e)),
    ("assignor_kip848_uniform", |i, e| assignor::judge_server(ServerAssignor::Uniform, i, e)),
    ("assignor_range", |i, e| assignor::judge_client(Assignor::Range, i, e)),
    ("assignor_roundrobin", |i, e| assignor::judge_client(Assignor::RoundRobin, i, e)),
    ("assignor_sticky", |i, e| assignor::judge_client(Assignor::Sticky, i, e)),
    ("broker_transactions", transactions::judge_transactions),
    ("broker_txn_offsets", transactions::judge_txn_offsets),
    ("cli_acls", tools::judge),
    ("cli_cluster", tools::judge),
    ("cli_configs", tools::judge),
    ("cli_console", tools::judge),
    ("cli_delete_records", tools::judge),
    ("cli_dump_log", tools::judge),
    ("cli_features", tools::judge),
    ("cli_get_offsets", tools::judge),
    ("cli_groups", tools::judge),
    ("cli_misc", tools::judge),
    ("cli_perf", tools::judge),
    ("cli_storage", tools::judge),
    ("cli_topics", tools::judge),
    ("cli_transactions", tools::judge),
    ("cli_usage", tools::judge),
    ("cluster_coordinator", cluster::judge),
    ("cluster_failover", cluster::judge),
    ("cluster_isr", cluster::judge),
    ("cluster_min_isr", cluster::judge),
    ("cluster_unclean", cluster::judge),
    ("control_batch", records::judge_control_batch),
    ("filter_to", records::judge_filter_to),
    ("group_classic", group::judge_classic),
    ("group_kip848", group::judge_kip848),
    ("log_compaction", log::judge_compaction),
    ("log_offset_for_timestamp", log::judge_offset_for_timestamp),
    ("log_producer_state", log::judge_producer_state),
    ("log_retention", log::judge_retention),
    ("log_txn_read_committed", log::judge_txn_read_committed),
    ("partitioner", partitioner::judge),
    ("record_batch", records::judge_record_batch),
    ("record_batch_corrupt", records::judge_corrupt),
    ("streams_aggregate", streams::judge),
    ("streams_cached", streams::judge),
    ("streams_describe", streams::judge),
    ("streams_emit_final", streams::judge),
    ("streams_hopping", streams::judge),
    ("streams_join_foreign_key", streams::judge),
    ("streams_join_global", streams::judge),
    ("streams_join_stream_stream", streams::judge),
    ("streams_join_stream_table", streams::judge),
    ("streams_join_table_table", streams::judge),
    ("streams_late", streams::judge),
    ("streams_long_windows", streams::judge),
    ("streams_processor", streams::judge),
    ("streams_random", streams::judge),
    ("streams_repartition", streams::judge),
    ("streams_session", streams::judge),
    ("streams_sliding", streams::judge),
    ("streams_stateless", streams::judge),
    ("streams_suppress", streams::judge),
    ("streams_table", streams::judge),
    ("streams_tumbling", streams::judge),
    ("streams_versioned", streams::judge),
    ("streams_window_errors", streams::judge),
    ("varint", records::judge_varint),
];

/// Cases that are known and left out: the family, the case, and why. They do not fail a run; `docs/fidelity.md` lists them.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("cli_acls", "add_topic", NO_AUTHORIZER),
    ("cli_acls", "add_same", NO_AUTHORIZER),
    ("cli_acls", "add_host", NO_AUTHORIZER),
    ("cli_acls", "add_prefixed", NO_AUTHORIZER),
    ("cli_acls", "add_cluster", NO_AUTHORIZER),
    ("cli_acls", "add_txn", NO_AUTHORIZER),
    ("cli_acls", "producer_idempotent", NO_AUTHORIZER),
    ("cli_acls", "list_match", NO_AUTHORIZER),
    ("cli_acls", "list_any", NO_AUTHORIZER),
    ("cli_acls", "list_principal", NO_AUTHORIZER),
    ("cli_acls", "list_cluster", NO_AUTHORIZER),
    ("cli_acls", "list_group_none", NO_AUTHORIZER),
    ("cli_acls", "remove_nothing", NO_AUTHORIZER),
    ("cli_console", "c_offsets_formatter", "__consumer_offsets holds text here, in an order of its own"),
    ("cli_console", "c_groupmeta_formatter", "console consumers are no members of groups here"),
    ("cli_perf", "producer_txn", NO_TRANSACTIONS),
];

const NO_AUTHORIZER: &str = "the playground's broker has no authorizer; the recording's had one";
const NO_TRANSACTIONS: &str = "the perf test of producers runs without transactions";

/// How a family has done.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: usize,
    total: usize,
    failures: Vec<String>,
}

pub fn run(dir: &Path) -> u8 {
    let files = match read(dir) {
        Ok(files) => files,
        Err(wrong) => return complain(&wrong),
    };
    let mut out = std::io::stdout().lock();
    let mut failed = false;
    for (family, files) in files {
        let Some((_, judge)) = FAMILIES.iter().find(|(name, _)| *name == family) else {
            let _ = writeln!(out, "{family}: not implemented");
            continue;
        };
        let tally = tally(&files, *judge);
        let mut left_out = 0;
        for failure in &tally.failures {
            let name = failure.split(':').next().unwrap_or_default();
            match LEFT_OUT.iter().find(|(of, case, _)| *of == family && *case == name) {
                Some((.., why)) => {
                    left_out += 1;
                    let _ = writeln!(out, "  {name}: left out: {why}");
                }
                None => drop(writeln!(out, "  {failure}")),
            }
        }
        let _ = writeln!(out, "{family}: {}/{}", tally.passed, tally.total);
        failed |= tally.passed + left_out < tally.total;
    }
    if failed { FAILED } else { 0 }
}

/// The files of each family, by name.
fn read(dir: &Path) -> Result<BTreeMap<String, Vec<Value>>, String> {
    let at = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let entries = std::fs::read_dir(dir).map_err(|error| at(dir, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| at(dir, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut families: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
        let file: Value = serde_json::from_str(&text).map_err(|error| at(&path, &error))?;
        // Other JSON in the folder (speeds, say) is no vector.
        if let (Some(family), Some(_)) = (field(&file, "family").as_str(), field(&file, "cases").as_array()) {
            families.entry(family.to_owned()).or_default().push(file);
        }
    }
    if families.is_empty() {
        return Err(format!(
            "{}: expected golden vectors (*.json with family and cases), found none",
            dir.display()
        ));
    }
    Ok(families)
}

fn tally(files: &[Value], judge: Judge) -> Tally {
    let mut tally = Tally::default();
    let cases = files.iter().filter_map(|file| field(file, "cases").as_array()).flatten();
    for case in cases {
        tally.total += 1;
        match judge(field(case, "input"), &expected_of(case)) {
            Ok(()) => tally.passed += 1,
            Err(why) => {
                tally.failures.push(format!("{}: {why}", field(case, "name").as_str().unwrap_or("?")))
            }
        }
    }
    tally
}

/// What is expected of a case, with what the recording says of its own repetition, and its note.
fn expected_of(case: &Value) -> Value {
    let mut expected = field(case, "expected").clone();
    for name in ["repeat", "note"] {
        if let (Some(expected), Some(said)) = (expected.as_object_mut(), case.get(name)) {
            expected.insert(name.to_owned(), said.clone());
        }
    }
    expected
}

/// A field of an object; null if there is none.
fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// Bytes in the format of the vectors: lower-case hex, `{"fill": "78", "n": 4}`, or null.
fn bytes(value: &Value) -> Result<Option<Vec<u8>>, String> {
    let hex = |value: &Value| {
        let text = value.as_str().ok_or_else(|| format!("expected bytes in hex, found {value}"))?;
        millrace_script::language::quote::bytes(text)
            .ok_or_else(|| format!("expected bytes in hex, found {text}"))
    };
    match value {
        Value::Null => Ok(None),
        Value::Object(_) => {
            let n = field(value, "n").as_u64().and_then(|n| usize::try_from(n).ok());
            let n =
                n.filter(|n| *n <= 1 << 26).ok_or_else(|| format!("expected fill and n, found {value}"))?;
            Ok(Some(hex(field(value, "fill"))?.repeat(n)))
        }
        _ => hex(value).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bytes_have_three_forms() {
        assert_eq!(bytes(&json!("00ff")), Ok(Some(vec![0, 255])));
        assert_eq!(bytes(&json!({"fill": "78", "n": 3})), Ok(Some(b"xxx".to_vec())));
        assert_eq!(bytes(&Value::Null), Ok(None));
        assert!(
            bytes(&json!("0")).is_err()
                && bytes(&json!(7)).is_err()
                && bytes(&json!({"fill": "78"})).is_err()
        );
    }

    #[test]
    fn a_case_that_is_not_modelled_counts_as_not_passed() {
        let files = [
            json!({"family": "x", "cases": [{"name": "a", "input": 1, "expected": 1}]}),
            json!({"family": "x", "cases": [{"name": "b", "input": 2, "expected": 1}]}),
        ];
        let judge: Judge = |a, b| if a == b { Ok(()) } else { Err("not modelled: 2".to_owned()) };
        let expected = Tally { passed: 1, total: 2, failures: vec!["b: not modelled: 2".to_owned()] };
        assert_eq!(tally(&files, judge), expected);
    }
}
