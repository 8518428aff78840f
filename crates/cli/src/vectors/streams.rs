//! `streams_*`: topologies with their records, as Kafka's TopologyTestDriver ran them.

use serde_json::Value;

/// Builds the case's topology, sends its records through, and compares outputs, stores, drops and topics; or compares
/// the topology's description.
pub(super) fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    millrace_streams::vectors::judge(&input.to_string(), &expected.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_case_passes_only_with_kafkas_answer() {
        let input = json!({
            "topology": {"ops": [
                {"op": "table", "id": "t", "topic": "in", "store": "t"},
                {"op": "to_stream", "id": "o", "in": "t"},
                {"op": "to", "id": "to-out", "in": "o", "topic": "out"},
            ]},
            "records": [["in", "A", "1", 5]],
        });
        let mut expected = json!({
            "outputs": [[0, "out", "A", "1", 5]],
            "stores": {"t": {"type": "kv", "entries": [["A", "1", 5]]}},
            "dropped_records_total": 0,
            "produced_topics": ["app-t-changelog", "out"],
        });
        assert_eq!(judge(&input, &expected), Ok(()));
        expected["stores"]["t"]["entries"][0][2] = json!(6);
        let ours = "store t 0: ours [\"A\",\"1\",5], Kafka's [\"A\",\"1\",6]";
        assert_eq!(judge(&input, &expected), Err(ours.to_owned()));
    }
}
