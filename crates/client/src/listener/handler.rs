//! The listener method: it looks at a record and either does its side effect or throws.

use crate::listener::config::FailureRule;
use crate::listener::exception::Exception;
use millrace_expr::{Headers, Subject};
use millrace_model::{Header, Offset, Record, Timestamp, TopicPartition};

/// A record's headers as the expressions see them.
pub(super) struct RecordHeaders<'a>(pub(super) &'a [Header]);

impl Headers for RecordHeaders<'_> {
    fn nth(&self, index: usize) -> Option<(&str, Option<&[u8]>)> {
        self.0.get(index).map(|h| (&*h.key, h.value.as_deref()))
    }
}

/// A record as the expressions see it.
pub(super) fn subject<'a>(
    (tp, offset): (&'a TopicPartition, Offset),
    timestamp: Timestamp,
    record: &'a Record,
    headers: &'a RecordHeaders<'a>,
    attempt: u32,
) -> Subject<'a> {
    Subject {
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers,
        topic: tp.topic.as_str(),
        partition: tp.partition.0,
        offset: offset.0,
        timestamp: timestamp.0,
        attempt,
    }
}

/// Calls the listener method: `Err` is what it throws. The first rule that holds, or cannot be evaluated, decides.
pub fn call(
    rules: &[FailureRule],
    tp: &TopicPartition,
    offset: Offset,
    timestamp: Timestamp,
    record: &Record,
    attempt: u32,
) -> Result<(), Exception> {
    let headers = RecordHeaders(&record.headers);
    let subject = subject((tp, offset), timestamp, record, &headers, attempt);
    for rule in rules {
        match rule.when.test(&subject) {
            Ok(false) => {}
            Ok(true) => return Err(Exception::thrown(&rule.exception, &rule.message, rule.fatal)),
            Err(error) => return Err(Exception::from_eval(&error)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_expr::Expr;

    fn thrown(rules: &[(&str, bool)], value: &[u8], attempt: u32) -> Option<(String, bool)> {
        let rules: Vec<FailureRule> = rules
            .iter()
            .map(|(when, fatal)| FailureRule {
                when: Expr::parse(when).unwrap(),
                exception: "IllegalStateException".into(),
                message: "no".into(),
                fatal: *fatal,
            })
            .collect();
        let mut record = Record::new(Timestamp(7), Some(b"alice"), Some(value));
        record.headers = vec![Header { key: "try".into(), value: Some(b"x"[..].into()) }].into();
        let tp = TopicPartition::new("orders", 1);
        call(&rules, &tp, Offset(3), Timestamp(7), &record, attempt)
            .err()
            .map(|e| (e.simple_name().to_owned(), e.retryable))
    }

    #[test]
    fn the_first_rule_that_holds_throws() {
        let state = |retryable| Some(("IllegalStateException".to_owned(), retryable));
        let negative = [("value.amount < 0", false)];
        assert_eq!(thrown(&negative, br#"{"amount": 5}"#, 1), None);
        assert_eq!(thrown(&negative, br#"{"amount": -5}"#, 1), state(true));
        assert_eq!(thrown(&[("attempt <= 2", false)], b"1", 2), state(true));
        assert_eq!(thrown(&[("attempt <= 2", false)], b"1", 3), None);
        assert_eq!(thrown(&[("false", false), ("key == \"alice\"", true)], b"1", 1), state(false));
        assert_eq!(thrown(&[("headers.try == \"x\" and offset == 3", false)], b"1", 1), state(true));
        assert_eq!(thrown(&[], b"1", 1), None);
    }

    /// Poison bytes: whatever rule reads the value meets a record that cannot be read.
    #[test]
    fn bytes_that_are_no_text_are_a_deserialization_exception() {
        let poison = thrown(&[("value.amount < 0", false)], &[0xff, 0xfe], 1);
        assert_eq!(poison, Some(("DeserializationException".to_owned(), false)));
    }
}
