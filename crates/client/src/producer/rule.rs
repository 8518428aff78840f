//! A partitioner class of one's own (`partitioner.class`), as one expression over the record's key and value.
//!
//! Kafka hands topic, key and value to `Partitioner.partition`, neither headers nor timestamp. A text in, a partition out by
//! the same hash and modulo as keys have: the rule need not know how many partitions there are, and the same record always
//! leads to the same one. Keys stay as they are; only the place is another one.

use super::input::ProducerRecord;
use millrace_expr::{Expr, Root, Subject, Value};

/// Whether this can be such a rule: it asks for nothing but key and value.
pub fn is_rule(text: &str) -> bool {
    let is_given = |root: Root| matches!(root, Root::Key | Root::Value);
    Expr::parse(text).is_ok_and(|rule| {
        !rule.java_needs_record() && rule.referenced_fields().iter().all(|field| is_given(field.root))
    })
}

/// What is hashed in place of the key. Where the rule comes to nothing it is the key after all.
pub(super) fn subject(rule: &str, record: &ProducerRecord) -> Vec<u8> {
    let of = Subject { key: record.key.as_deref(), value: record.value.as_deref(), ..Subject::default() };
    match Expr::parse(rule).map(|rule| rule.eval(&of)) {
        Ok(Ok(value)) if value != Value::Null => value.to_text().into_bytes(),
        _ => record.key.as_deref().unwrap_or_default().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_asks_for_what_a_partitioner_is_given() {
        for good in
            ["key", "if key == \"vip\" then key + text(value.n % 6) else key", "value.order", "\"all\""]
        {
            assert!(is_rule(good), "{good}");
        }
        for bad in [
            "",
            "key +",
            "timestamp",
            "headers.trace",
            "header(\"trace\")",
            "offset % 3",
            "partition",
            "attempt",
        ] {
            assert!(!is_rule(bad), "{bad}");
        }
    }
}
