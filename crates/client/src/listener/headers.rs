//! The headers that a record carries from the main topic through the retry topics to the dead letters.
//!
//! Names and bytes are Spring Kafka's (`KafkaHeaders`, `RetryTopicHeaders`, `DeadLetterRecordManager`,
//! `DeadLetterPublishingRecovererFactory`). At each hop:
//!
//! * `kafka_exception-*` are replaced (`stripPreviousExceptionHeaders`): they tell of the last failure.
//! * `kafka_original-*` and the group are written once and kept (`appendOriginalHeaders = false`): they tell of the
//!   record in the main topic, and its timestamp there.
//! * `retry_topic-*` are *added* (`retainAllRetryHeaderValues = true`): the last one counts, the earlier ones stay as
//!   history.
//!
//! The stack trace is simplified to its two lines of classes and messages; a Java one has frames.

use crate::listener::exception::{DESERIALIZATION, Exception, LISTENER_EXECUTION_FAILED};
use millrace_model::{
    Bytes, GroupId, Header, Offset, Partition, Record, Span, Timestamp, TimestampType, TopicName,
    TopicPartition,
};
use std::sync::Arc;

/// The topic in which the record failed first; UTF-8.
pub const ORIGINAL_TOPIC: &str = "kafka_original-topic";
/// Its partition there; 4 bytes, big-endian.
pub const ORIGINAL_PARTITION: &str = "kafka_original-partition";
/// Its offset there; 8 bytes, big-endian.
pub const ORIGINAL_OFFSET: &str = "kafka_original-offset";
/// Its timestamp there; 8 bytes, big-endian.
pub const ORIGINAL_TIMESTAMP: &str = "kafka_original-timestamp";
/// `CreateTime` or `LogAppendTime`; UTF-8.
pub const ORIGINAL_TIMESTAMP_TYPE: &str = "kafka_original-timestamp-type";
/// The group in which it failed first; UTF-8. The `dlt-` in it is Spring's (`KafkaHeaders.ORIGINAL_CONSUMER_GROUP`).
pub const ORIGINAL_CONSUMER_GROUP: &str = "kafka_dlt-original-consumer-group";
/// Class of the exception that reached the error handler; UTF-8.
pub const EXCEPTION_FQCN: &str = "kafka_exception-fqcn";
/// Class of what the listener method threw; UTF-8.
pub const EXCEPTION_CAUSE_FQCN: &str = "kafka_exception-cause-fqcn";
/// Both messages; UTF-8.
pub const EXCEPTION_MESSAGE: &str = "kafka_exception-message";
/// The stack trace; UTF-8.
pub const EXCEPTION_STACKTRACE: &str = "kafka_exception-stacktrace";
/// The number of the coming delivery, the first being 1; 4 bytes, big-endian.
pub const ATTEMPTS: &str = "retry_topic-attempts";
/// When it is due, in milliseconds; a big-endian two's complement number of as few bytes as it needs.
pub const BACKOFF_TIMESTAMP: &str = "retry_topic-backoff-timestamp";
/// The record's timestamp in the main topic; bytes as for the backoff.
pub const ORIGINAL_TIMESTAMP_OF_RETRY: &str = "retry_topic-original-timestamp";

/// Kafka Connect's headers (`DeadLetterQueueReporter`), all of them text: the class of the exception.
pub const CONNECT_EXCEPTION: &str = "__connect.errors.exception.class.name";
/// Its message.
pub const CONNECT_MESSAGE: &str = "__connect.errors.exception.message";
/// Kafka Streams' headers (KIP-1034), all of them text: the class of the exception.
pub const STREAMS_EXCEPTION: &str = "__streams.errors.exception";
/// Its message.
pub const STREAMS_MESSAGE: &str = "__streams.errors.message";

/// Backoffs further away than this are ignored (`KafkaBackoffAwareMessageListenerAdapter.MAX_BACKOFF_MS`).
pub const MAX_BACKOFF: Span = Span::from_secs(24 * 3600);
/// `DeadLetterPublishingRecovererFactory.ATTEMPTS_HARD_CAP`.
const ATTEMPTS_HARD_CAP: i32 = 32_767;

/// `BigInteger.valueOf(n).toByteArray()`: as few bytes as the number and its sign need.
pub fn big_integer(n: i64) -> Bytes {
    let bytes = n.to_be_bytes();
    let sign = if n < 0 { 0xff } else { 0x00 };
    let redundant = bytes
        .windows(2)
        .take_while(|pair| matches!(pair, [first, next] if *first == sign && (next ^ sign) & 0x80 == 0))
        .count();
    bytes.get(redundant..).unwrap_or(&bytes).into()
}

/// `new BigInteger(bytes).longValue()`, for 1 to 8 bytes.
pub fn from_big_integer(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    let sign = if bytes.first().is_some_and(|b| b & 0x80 != 0) { -1 } else { 0 };
    Some(bytes.iter().fold(sign, |n: i64, byte| (n << 8) | i64::from(*byte)))
}

/// Which delivery a record is: 1 unless a valid header says more (`getAttempts`).
pub fn attempts(record: &Record) -> u32 {
    let raw = match record.header(ATTEMPTS).map(|b| &**b) {
        Some([one]) => i32::from(*one),
        Some(&[a, b, c, d]) => i32::from_be_bytes([a, b, c, d]),
        _ => 1,
    };
    if (1..=ATTEMPTS_HARD_CAP).contains(&raw) { raw.unsigned_abs() } else { 1 }
}

/// When a record is due, if a header says so and it is not further than [`MAX_BACKOFF`] away.
pub fn due(record: &Record, now: Timestamp) -> Option<Timestamp> {
    let due = from_big_integer(record.header(BACKOFF_TIMESTAMP)?)?;
    let farthest = i64::try_from(MAX_BACKOFF.as_millis()).unwrap_or(i64::MAX);
    (due.saturating_sub(now.0) <= farthest).then_some(Timestamp(due))
}

/// When a record of a retry topic was written to the main topic, by its header.
pub fn first_timestamp(record: &Record) -> Option<Timestamp> {
    from_big_integer(record.header(ORIGINAL_TIMESTAMP_OF_RETRY)?).map(Timestamp)
}

/// When the record was written to the main topic, by the header of its first failure.
pub fn original_timestamp(record: &Record) -> Option<Timestamp> {
    let bytes = <[u8; 8]>::try_from(&**record.header(ORIGINAL_TIMESTAMP)?).ok()?;
    Some(Timestamp(i64::from_be_bytes(bytes)))
}

/// Where the record was in the main topic, by its headers; `None` if it has (had) no such headers.
pub fn original(record: &Record) -> Option<(TopicPartition, Offset)> {
    let Some(topic) = record.header(ORIGINAL_TOPIC) else {
        return original_in_text(record, "__connect.errors.")
            .or_else(|| original_in_text(record, "__streams.errors."));
    };
    let topic = std::str::from_utf8(topic).ok()?;
    let partition = <[u8; 4]>::try_from(&**record.header(ORIGINAL_PARTITION)?).ok()?;
    let offset = <[u8; 8]>::try_from(&**record.header(ORIGINAL_OFFSET)?).ok()?;
    let partition = Partition(i32::from_be_bytes(partition));
    let tp = TopicPartition { topic: TopicName::from(topic), partition };
    Some((tp, Offset(i64::from_be_bytes(offset))))
}

/// The same by headers that are text.
fn original_in_text(record: &Record, prefix: &str) -> Option<(TopicPartition, Offset)> {
    let text = |name: &str| std::str::from_utf8(record.header(&[prefix, name].concat())?).ok();
    let topic = text("topic").filter(|topic| !topic.is_empty())?;
    let tp = TopicPartition::new(topic, text("partition")?.parse().ok()?);
    Some((tp, Offset(text("offset")?.parse().ok()?)))
}

/// Where a record that failed was read, and what it failed with.
#[derive(Clone, Debug)]
pub struct FailedAt<'a> {
    /// The partition that it was read from.
    pub tp: &'a TopicPartition,
    /// Its offset there.
    pub offset: Offset,
    /// Its timestamp there, as readers see it.
    pub timestamp: Timestamp,
    /// The kind of that timestamp.
    pub timestamp_type: TimestampType,
    /// The group that read it.
    pub group: &'a GroupId,
    /// What was thrown.
    pub exception: &'a Exception,
    /// When it was thrown.
    pub at: Timestamp,
    /// The delay of the topic that it goes to now.
    pub delay: Span,
}

/// The headers with which a failed record is published.
pub fn next_headers(record: &Record, failed: &FailedAt<'_>) -> Arc<[Header]> {
    let mut headers: Vec<Header> = record.headers.to_vec();
    let e = failed.exception;
    let mut replace = |name: &'static str, text: String| {
        headers.retain(|h| &*h.key != name);
        headers.push(header(name, text.as_bytes()));
    };
    if e.deserialization {
        // The header exception is created from the DeserializationException itself, which is its own cause.
        replace(EXCEPTION_FQCN, DESERIALIZATION.to_owned());
        replace(EXCEPTION_CAUSE_FQCN, DESERIALIZATION.to_owned());
        replace(EXCEPTION_MESSAGE, "failed to deserialize".to_owned());
        replace(
            EXCEPTION_STACKTRACE,
            format!("{DESERIALIZATION}: failed to deserialize\nCaused by: {}\n", e.message),
        );
    } else {
        replace(EXCEPTION_FQCN, LISTENER_EXECUTION_FAILED.to_owned());
        replace(EXCEPTION_CAUSE_FQCN, e.class.to_string());
        replace(EXCEPTION_MESSAGE, format!("Listener failed; {}", e.message));
        replace(
            EXCEPTION_STACKTRACE,
            format!("{LISTENER_EXECUTION_FAILED}: Listener failed\nCaused by: {}: {}\n", e.class, e.message),
        );
    }
    let mut once = |name: &'static str, bytes: &[u8]| {
        if !headers.iter().any(|h| &*h.key == name) {
            headers.push(header(name, bytes));
        }
    };
    once(ORIGINAL_TOPIC, failed.tp.topic.as_str().as_bytes());
    once(ORIGINAL_PARTITION, &failed.tp.partition.0.to_be_bytes());
    once(ORIGINAL_OFFSET, &failed.offset.0.to_be_bytes());
    once(ORIGINAL_TIMESTAMP, &failed.timestamp.0.to_be_bytes());
    once(ORIGINAL_TIMESTAMP_TYPE, timestamp_type_name(failed.timestamp_type).as_bytes());
    once(ORIGINAL_CONSUMER_GROUP, failed.group.as_str().as_bytes());
    let first_timestamp = record
        .header(ORIGINAL_TIMESTAMP_OF_RETRY)
        .filter(|bytes| (1..=8).contains(&bytes.len()))
        .cloned()
        .unwrap_or_else(|| big_integer(failed.timestamp.0));
    let delay = i64::try_from(failed.delay.as_millis()).unwrap_or(i64::MAX);
    let attempts = i32::try_from(attempts(record)).unwrap_or(i32::MAX).saturating_add(1);
    headers.push(header(ORIGINAL_TIMESTAMP_OF_RETRY, &first_timestamp));
    headers.push(header(ATTEMPTS, &attempts.to_be_bytes()));
    headers.push(header(BACKOFF_TIMESTAMP, &big_integer(failed.at.0.saturating_add(delay))));
    headers.into()
}

fn header(name: &'static str, bytes: &[u8]) -> Header {
    Header { key: name.into(), value: Some(bytes.into()) }
}

fn timestamp_type_name(kind: TimestampType) -> &'static str {
    match kind {
        TimestampType::CreateTime => "CreateTime",
        TimestampType::LogAppendTime => "LogAppendTime",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_integers_are_as_short_as_javas() {
        let table: [(i64, &[u8]); 10] = [
            (0, &[0]),
            (1, &[1]),
            (127, &[127]),
            (128, &[0, 128]),
            (255, &[0, 255]),
            (-1, &[255]),
            (-128, &[128]),
            (-129, &[255, 127]),
            (1_767_268_800_000, &[0x01, 0x9b, 0x79, 0x6d, 0xd6, 0x00]),
            (i64::MIN, &[128, 0, 0, 0, 0, 0, 0, 0]),
        ];
        for (n, bytes) in table {
            assert_eq!(&*big_integer(n), bytes, "{n}");
            assert_eq!(from_big_integer(&big_integer(n)), Some(n));
        }
        assert_eq!(from_big_integer(&[]), None);
        assert_eq!(from_big_integer(&[0; 9]), None);
    }

    fn shown(headers: &[Header]) -> Vec<String> {
        headers
            .iter()
            .map(|h| {
                let bytes: &[u8] = h.value.as_deref().unwrap_or_default();
                match std::str::from_utf8(bytes) {
                    Ok(text) if !text.contains('\0') => format!("{} {text:?}", h.key),
                    _ => {
                        format!("{} {}", h.key, bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
                    }
                }
            })
            .collect()
    }

    #[test]
    fn each_hop_keeps_the_original_replaces_the_exception_and_adds_the_attempt() {
        let mut record = Record::new(Timestamp(256), Some(b"alice"), Some(b"{}"));
        record.headers = vec![header("trace", b"t1")].into();
        let thrown = Exception::thrown("IllegalStateException", &"no stock".into(), false);
        let tp = TopicPartition::new("orders", 2);
        let first = FailedAt {
            tp: &tp,
            offset: Offset(9),
            timestamp: Timestamp(256),
            timestamp_type: TimestampType::CreateTime,
            group: &"billing".into(),
            exception: &thrown,
            at: Timestamp(1000),
            delay: Span::from_millis(1000),
        };
        record.headers = next_headers(&record, &first);
        let lefe = "org.springframework.kafka.listener.ListenerExecutionFailedException";
        assert_eq!(
            shown(&record.headers),
            [
                r#"trace "t1""#.to_owned(),
                format!("kafka_exception-fqcn {lefe:?}"),
                r#"kafka_exception-cause-fqcn "java.lang.IllegalStateException""#.to_owned(),
                r#"kafka_exception-message "Listener failed; no stock""#.to_owned(),
                format!(
                    "kafka_exception-stacktrace {:?}",
                    format!(
                        "{lefe}: Listener failed\nCaused by: java.lang.IllegalStateException: no stock\n"
                    )
                ),
                r#"kafka_original-topic "orders""#.to_owned(),
                "kafka_original-partition 00000002".to_owned(),
                "kafka_original-offset 0000000000000009".to_owned(),
                "kafka_original-timestamp 0000000000000100".to_owned(),
                r#"kafka_original-timestamp-type "CreateTime""#.to_owned(),
                r#"kafka_dlt-original-consumer-group "billing""#.to_owned(),
                "retry_topic-original-timestamp 0100".to_owned(),
                "retry_topic-attempts 00000002".to_owned(),
                "retry_topic-backoff-timestamp 07d0".to_owned(),
            ]
        );
        assert_eq!(attempts(&record), 2);
        assert_eq!(due(&record, Timestamp(1000)), Some(Timestamp(2000)));
        assert_eq!(original(&record), Some((tp, Offset(9))));

        let tp = TopicPartition::new("orders-retry-0", 0);
        let thrown = Exception::thrown("DeserializationException", &"value is not UTF-8".into(), false);
        let second = FailedAt {
            tp: &tp,
            offset: Offset(0),
            timestamp: Timestamp(1001),
            timestamp_type: TimestampType::LogAppendTime,
            group: &"billing-retry-0".into(),
            exception: &thrown,
            at: Timestamp(2000),
            delay: Span::ZERO,
        };
        record.headers = next_headers(&record, &second);
        let names: Vec<&str> = record.headers.iter().map(|h| &*h.key).collect();
        assert_eq!(
            names,
            [
                "trace",
                ORIGINAL_TOPIC,
                ORIGINAL_PARTITION,
                ORIGINAL_OFFSET,
                ORIGINAL_TIMESTAMP,
                ORIGINAL_TIMESTAMP_TYPE,
                ORIGINAL_CONSUMER_GROUP,
                ORIGINAL_TIMESTAMP_OF_RETRY,
                ATTEMPTS,
                BACKOFF_TIMESTAMP,
                EXCEPTION_FQCN,
                EXCEPTION_CAUSE_FQCN,
                EXCEPTION_MESSAGE,
                EXCEPTION_STACKTRACE,
                ORIGINAL_TIMESTAMP_OF_RETRY,
                ATTEMPTS,
                BACKOFF_TIMESTAMP,
            ]
        );
        assert_eq!(attempts(&record), 3);
        assert_eq!(original(&record), Some((TopicPartition::new("orders", 2), Offset(9))));
        assert_eq!(record.header(ORIGINAL_CONSUMER_GROUP).map(|b| &**b), Some(&b"billing"[..]));
        assert_eq!(record.header(EXCEPTION_FQCN).map(|b| &**b), Some(DESERIALIZATION.as_bytes()));
        assert_eq!(record.header(EXCEPTION_MESSAGE).map(|b| &**b), Some(&b"failed to deserialize"[..]));
    }

    #[test]
    fn headers_that_others_wrote_are_read_with_springs_tolerance() {
        let with = |name: &'static str, bytes: &[u8]| {
            let mut record = Record::new(Timestamp(0), None, None);
            record.headers = vec![header(name, bytes)].into();
            record
        };
        assert_eq!(attempts(&Record::new(Timestamp(0), None, None)), 1);
        let table: [(&[u8], u32); 6] = [
            (&[3], 3),
            (&[0, 0, 0, 4], 4),
            (&[0], 1),
            (&[255, 0, 0, 0], 1),
            (&[0, 1, 0, 0], 1),
            (&[1, 2], 1),
        ];
        for (bytes, n) in table {
            assert_eq!(attempts(&with(ATTEMPTS, bytes)), n, "{bytes:?}");
        }
        assert_eq!(due(&with(BACKOFF_TIMESTAMP, &[5]), Timestamp(0)), Some(Timestamp(5)));
        assert_eq!(due(&with(BACKOFF_TIMESTAMP, &[]), Timestamp(0)), None);
        let far = big_integer(86_400_001);
        assert_eq!(due(&with(BACKOFF_TIMESTAMP, &far), Timestamp(0)), None);
        assert_eq!(due(&with(BACKOFF_TIMESTAMP, &far), Timestamp(1)), Some(Timestamp(86_400_001)));
    }
}
