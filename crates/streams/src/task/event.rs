//! What happens in a task: each change of its state, and what a learner wants to see.

use crate::data::{Key, Value, Window};
use crate::store::stream_buffer::{WaitingPlace, WaitingRecord};
use crate::store::{Awaiting, Buffered, CacheEntry, JoinRecord};
use crate::topology::{NodeId, StoreId};
use millrace_expr::EvalError;
use millrace_model::{Bytes, Offset, Origin, Partition, Timestamp, TopicName};
use std::fmt;

/// Something that happened while one record went through a task. Records that left are in
/// [`TaskOutcome::outputs`](super::TaskOutcome).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TaskEvent {
    /// A record was taken in. It moves the task's position and the task's stream time.
    RecordConsumed {
        /// The source node.
        source: NodeId,
        /// The topic.
        topic: TopicName,
        /// The partition.
        partition: Partition,
        /// The offset.
        offset: Offset,
        /// Its timestamp.
        timestamp: Timestamp,
    },
    /// A node that keeps a stream time of its own saw a later timestamp.
    StreamTimeAdvanced {
        /// The windowed aggregation or the suppression.
        node: NodeId,
        /// Before; -1 at the first record.
        from: Timestamp,
        /// Now.
        to: Timestamp,
    },
    /// A window's value for a key changed.
    WindowUpdated {
        /// The aggregation.
        node: NodeId,
        /// Its store.
        store: StoreId,
        /// The key.
        key: Bytes,
        /// The window.
        window: Window,
        /// The value before; `None` when this record opened the window for this key.
        old: Option<Value>,
        /// The value now; `None` deletes it.
        new: Option<Value>,
        /// The largest timestamp of the records in it.
        timestamp: Timestamp,
        /// The record that did it.
        origin: Origin,
    },
    /// A key's value in a store without windows changed.
    TableUpdated {
        /// The aggregation.
        node: NodeId,
        /// Its store.
        store: StoreId,
        /// The key.
        key: Key,
        /// The value before.
        old: Option<Value>,
        /// The value now; `None` deletes it.
        new: Option<Value>,
        /// The largest timestamp of the records in it.
        timestamp: Timestamp,
        /// The record that did it.
        origin: Origin,
    },
    /// A record, or its part in one window, was dropped. Each counts in `dropped-records-total`.
    RecordDropped {
        /// The node that dropped it.
        node: NodeId,
        /// The record's origin.
        origin: Origin,
        /// The record's topic, partition and offset.
        topic: TopicName,
        /// The partition.
        partition: Partition,
        /// The offset.
        offset: Offset,
        /// The record's timestamp.
        timestamp: Timestamp,
        /// Why.
        reason: DropReason,
    },
    /// Stream time reached the end of a window plus its grace: it takes no more records. Not an event in Kafka's
    /// code, where a window closes without a trace; it is an observation for the picture and changes no state.
    WindowClosed {
        /// The aggregation.
        node: NodeId,
        /// The window.
        window: Window,
    },
    /// Windows that had closed up to this time sent their final results (`EmitStrategy.onWindowClose`).
    FinalResultsEmitted {
        /// The aggregation.
        node: NodeId,
        /// Stream time minus grace: every window that ended by then is final.
        close_time: Timestamp,
    },
    /// A suppression holds a result back.
    ResultBuffered {
        /// The suppression.
        node: NodeId,
        /// Its buffer.
        store: StoreId,
        /// The time that decides when it leaves: the window's end, or the record's timestamp.
        time: Timestamp,
        /// The result.
        result: Box<Buffered>,
    },
    /// A suppression let a result go.
    ResultReleased {
        /// The suppression.
        node: NodeId,
        /// Its buffer.
        store: StoreId,
        /// The result's key.
        key: Key,
    },
    /// A window store gave up its oldest segments.
    StoreExpired {
        /// The store.
        store: StoreId,
        /// Every window that starts before this is gone.
        before: Timestamp,
    },
    /// A stream-stream join keeps a record for the other side to find.
    JoinRecordKept {
        /// The window's node.
        node: NodeId,
        /// Its store.
        store: StoreId,
        /// The record.
        record: JoinRecord,
        /// Where it came from.
        origin: Origin,
    },
    /// A record of a stream-stream join has no partner so far; when its window has closed it comes out alone.
    PartnerAwaited {
        /// The side's node.
        node: NodeId,
        /// The store of waiting records.
        store: StoreId,
        /// What it is found by.
        key: Awaiting,
        /// Its value.
        value: Value,
        /// Where it came from.
        origin: Origin,
    },
    /// Records of a stream-stream join wait no longer: they found a partner, or came out alone.
    PartnerSettled {
        /// The side's node.
        node: NodeId,
        /// The store of waiting records.
        store: StoreId,
        /// What they were found by.
        key: Awaiting,
    },
    /// An aggregation that emits on window close looked for closed windows, and will not do so again for a while of
    /// wall-clock time.
    FinalResultsSought {
        /// The aggregation.
        node: NodeId,
        /// The wall-clock time of the next look.
        next: Timestamp,
    },
    /// A stream-stream join looked for records whose window has closed, or learnt of an earlier one that waits.
    JoinTimeTracked {
        /// The node that keeps the time of both sides.
        node: NodeId,
        /// The earliest time that may wait; the last of all times if none does.
        min_time: Timestamp,
        /// The wall-clock time of the next search.
        next_emit: Timestamp,
    },
    /// A cached store holds an update back until the next commit.
    UpdateCached {
        /// The node.
        node: NodeId,
        /// Its store.
        store: StoreId,
        /// The key.
        key: Key,
        /// The update.
        entry: Box<CacheEntry>,
    },
    /// A record of a stream waits for a versioned table.
    RecordHeldBack {
        /// The join.
        node: NodeId,
        /// Its buffer.
        store: StoreId,
        /// Its place.
        place: WaitingPlace,
        /// The record.
        record: Box<WaitingRecord>,
    },
    /// A waiting record met the table.
    RecordLetGo {
        /// The join.
        node: NodeId,
        /// Its buffer.
        store: StoreId,
        /// Its place.
        place: WaitingPlace,
    },
    /// A commit let a cached update go on.
    CacheFlushed {
        /// The store.
        store: StoreId,
        /// The key.
        key: Key,
    },
    /// The task learnt the wall-clock time.
    WallClockAdvanced {
        /// Milliseconds.
        to: Timestamp,
    },
    /// A processor's next punctuation was set.
    PunctuationScheduled {
        /// The processor.
        node: NodeId,
        /// When, in its kind of time.
        at: Timestamp,
    },
    /// A record came back from the changelog.
    StoreRestored {
        /// The store.
        store: StoreId,
        /// The key.
        key: Key,
        /// The value; `None` deletes it.
        value: Option<Value>,
        /// The timestamp.
        timestamp: Timestamp,
    },
    /// Processing failed; Kafka's default handlers stop the thread. The task takes no more records.
    TaskFailed {
        /// The node at fault.
        node: NodeId,
        /// What went wrong.
        failure: Failure,
    },
    /// A record passed a `peek`: what its action, in Kafka Streams a function that returns nothing, would be shown.
    RecordPeeked {
        /// The node.
        node: NodeId,
        /// Its label.
        label: std::sync::Arc<str>,
        /// The record's key.
        key: Option<Key>,
        /// Its value.
        value: Option<Value>,
        /// Its timestamp.
        timestamp: Timestamp,
        /// The record that it came from.
        origin: Origin,
    },
}

/// Why a record was dropped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// Its window had closed.
    LateWindow {
        /// The window.
        window: Window,
        /// The node's stream time.
        stream_time: Timestamp,
        /// The windows' grace in milliseconds.
        grace_ms: i64,
        /// Stream time minus grace (`expiration` in Kafka's log): windows that end by then are closed.
        close_time: Timestamp,
    },
    /// Its sliding window had closed; both ends of it count.
    LateSlidingWindow {
        /// The window.
        window: Window,
        /// The node's stream time.
        stream_time: Timestamp,
        /// The windows' grace in milliseconds.
        grace_ms: i64,
        /// Stream time minus grace: windows that end before this are closed.
        close_time: Timestamp,
    },
    /// The session that it would make or extend had closed.
    LateSession {
        /// The session with the record in it.
        window: Window,
        /// The node's stream time.
        stream_time: Timestamp,
        /// The inactivity gap in milliseconds.
        gap_ms: i64,
        /// The sessions' grace in milliseconds.
        grace_ms: i64,
        /// Stream time minus gap and grace: sessions that end before this are closed.
        close_time: Timestamp,
    },
    /// A window without a key has no place in a store.
    NullKey,
    /// An aggregation without windows wants a key and a value.
    NullKeyOrValue,
    /// A join of a stream with a table wants a key and a value.
    NullJoinKeyOrValue,
    /// A join by foreign key found none.
    NullForeignKey,
    /// A versioned table's store takes nothing that old.
    ExpiredVersion,
    /// A change that is not its row's newest reached an operation that wants only those.
    OutdatedChange,
    /// The answer of a join by foreign key came for a value that has changed since.
    StaleResponse,
    /// It fits a step of a pattern, but what comes after it has been looked at already.
    LateForPattern {
        /// The pattern's stream time.
        stream_time: Timestamp,
        /// How long records wait for earlier ones, in milliseconds.
        grace_ms: i64,
    },
    /// The store had given up the window's segment.
    ExpiredSegment {
        /// The window.
        window: Window,
    },
    /// An exception, and a handler that goes on (`LogAndContinueExceptionHandler`).
    Exception(Box<Failure>),
}

/// What stopped a task.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// An expression had no answer.
    Expression(EvalError),
    /// A negative timestamp (`FailOnInvalidTimestamp`, the default extractor).
    InvalidTimestamp {
        /// The timestamp.
        timestamp: Timestamp,
    },
    /// Bytes that the source's serde cannot read (`LogAndFailExceptionHandler`).
    Deserialization {
        /// The serde.
        serde: crate::Serde,
    },
    /// A suppression that may not send early was full (`shutDownWhenFull`).
    BufferFull {
        /// How many results waited.
        records: usize,
        /// How many may wait.
        max_records: usize,
    },
    /// A grouping of a table met a null key.
    NullKeyInTable,
    /// A null topic name came out of a sink's function, or one that no topic can have.
    SinkTopic,
    /// A record without a key cannot wait for a table (Kafka fails here, too).
    NullKeyInBuffer,
    /// Bytes between the two halves of an operation that the second half cannot read.
    Internal,
    /// A result without a window reached `suppress until window closes`.
    NotWindowed,
    /// A sliding window with a time difference of zero (`TimeWindow`).
    WindowWithoutLength,
    /// A window by expression that has not its record, is longer than it was said to be, or is no window.
    CustomWindow {
        /// The longest that it may be, in milliseconds.
        longest_ms: i64,
    },
    /// One record became more than [`STEPS_PER_RECORD`](crate::limits::STEPS_PER_RECORD).
    TooMuchWork,
}

impl DropReason {
    /// Kafka's log line, word for word.
    pub fn log_line(
        &self,
        topic: &TopicName,
        partition: Partition,
        offset: Offset,
        timestamp: Timestamp,
    ) -> String {
        let place = format!("topic=[{topic}] partition=[{partition}] offset=[{offset}]");
        match self {
            Self::LateWindow { window, stream_time, close_time, .. } => format!(
                "Skipping record for expired window. {place} timestamp=[{}] window=[{},{}) expiration=[{}] \
                 streamTime=[{}]",
                timestamp.0, window.start.0, window.end.0, close_time.0, stream_time.0
            ),
            Self::LateSlidingWindow { window, stream_time, close_time, .. }
            | Self::LateSession { window, stream_time, close_time, .. } => format!(
                "Skipping record for expired window. {place} timestamp=[{}] window=[{},{}] expiration=[{}] \
                 streamTime=[{}]",
                timestamp.0, window.start.0, window.end.0, close_time.0, stream_time.0
            ),
            Self::NullKey => format!("Skipping record due to null key. {place}"),
            Self::NullKeyOrValue => format!("Skipping record due to null key or value. {place}"),
            Self::NullJoinKeyOrValue => format!("Skipping record due to null join key or value. {place}"),
            Self::NullForeignKey => format!("Skipping record due to null foreign key. {place}"),
            Self::ExpiredVersion => "Skipping record for expired put.".to_owned(),
            Self::OutdatedChange => {
                "Skipping out-of-order record from versioned table while performing table-table join."
                    .to_owned()
            }
            Self::StaleResponse => "Dropping FK-join response due to hash mismatch.".to_owned(),
            // Ours; Kafka has no such line.
            Self::LateForPattern { stream_time, .. } => format!(
                "Skipping late record for pattern. {place} timestamp=[{}] streamTime=[{}]",
                timestamp.0, stream_time.0
            ),
            Self::ExpiredSegment { .. } => "Skipping record for expired segment.".to_owned(),
            Self::Exception(failure) => match **failure {
                Failure::Deserialization { .. } => format!(
                    "Skipping record due to deserialization error. topic=[{topic}] partition=[{partition}] \
                     offset=[{offset}]"
                ),
                _ => format!(
                    "Exception caught during message processing, topic: {topic}, partition: {partition}, \
                     offset: {offset}"
                ),
            },
        }
    }
}

/// A sentence for people.
impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LateWindow { window, stream_time, grace_ms, .. } => {
                let closed = Timestamp(window.end.0.saturating_add(*grace_ms));
                write!(f, "window {window} closed at stream time {closed}; stream time is {stream_time}")
            }
            Self::LateSlidingWindow { window, stream_time, grace_ms, .. } => {
                let closed = Timestamp(window.end.0.saturating_add(*grace_ms).saturating_add(1));
                write!(f, "window {window} closed at stream time {closed}; stream time is {stream_time}")
            }
            Self::LateSession { window, stream_time, gap_ms, grace_ms, .. } => {
                let wait_ms = gap_ms.saturating_add(*grace_ms);
                let closed = Timestamp(window.end.0.saturating_add(wait_ms).saturating_add(1));
                write!(f, "session {window} closed at stream time {closed}; stream time is {stream_time}")
            }
            Self::NullKey => f.write_str("null key: there is no key to look it up or to aggregate by"),
            Self::NullKeyOrValue => {
                f.write_str("null key or value: there is nothing to aggregate or to join")
            }
            Self::NullJoinKeyOrValue => f.write_str("null key or value: there is nothing to join"),
            Self::NullForeignKey => f.write_str("null foreign key: there is nothing to join with"),
            Self::ExpiredVersion => f.write_str("it is older than the table's history"),
            Self::OutdatedChange => f.write_str("a later version of its row is known"),
            Self::StaleResponse => f.write_str("the left value has changed since it asked"),
            Self::LateForPattern { stream_time, grace_ms } => {
                write!(f, "stream time is {stream_time}: the pattern waits {grace_ms} ms for earlier records")
            }
            Self::ExpiredSegment { window } => {
                write!(f, "the store no longer keeps window {window}: its retention is over")
            }
            Self::Exception(failure) => write!(f, "{failure}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expression(error) => write!(f, "{error}"),
            Self::InvalidTimestamp { timestamp } => {
                write!(f, "Input record has invalid (negative) timestamp {}", timestamp.0)
            }
            Self::Deserialization { serde } => write!(f, "the value's bytes are no {serde}"),
            Self::BufferFull { records, max_records } => {
                write!(f, "buffer exceeded its max capacity. Currently [{records}/{max_records}] records")
            }
            Self::NullKeyInTable => f.write_str("Record key for the grouping KTable should not be null."),
            Self::NullKeyInBuffer => f.write_str("key cannot be null"),
            Self::SinkTopic => f.write_str("the function of a sink named no topic"),
            Self::Internal => f.write_str("a record of an internal topic cannot be read"),
            Self::NotWindowed => f.write_str("a result without a window cannot wait for a window to close"),
            Self::WindowWithoutLength => f.write_str("Window endMs must be greater than window startMs."),
            Self::CustomWindow { longest_ms } => {
                write!(f, "the expression makes no window of at most {longest_ms} ms with the record in it")
            }
            Self::TooMuchWork => {
                write!(f, "one record became more than {} records", crate::limits::STEPS_PER_RECORD)
            }
        }
    }
}
