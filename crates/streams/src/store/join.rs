//! One side's records of a stream-stream join: a window store that keeps duplicates (`RocksDBWindowStore` with
//! `retainDuplicates`).

use crate::data::Value;
use millrace_model::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A record that waits in the window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinRecord {
    /// Its key.
    pub key: Bytes,
    /// Its time.
    pub time: i64,
    /// Which of the store's records it is, from 1: it keeps two of one key and one time apart.
    pub sequence: i32,
    /// Its value.
    pub value: Value,
}

impl JoinRecord {
    /// The changelog's key (`WindowKeySchema.toStoreKeyBinary`): key, time, sequence.
    pub fn changelog_key(&self) -> Bytes {
        [&*self.key, &self.time.to_be_bytes(), &self.sequence.to_be_bytes()].concat().into()
    }

    /// A record out of the changelog; `None` if these are not its bytes.
    pub fn restored(key: &[u8], value: Option<&Value>) -> Option<JoinRecord> {
        let (rest, sequence) = key.split_last_chunk::<4>()?;
        let (key, time) = rest.split_last_chunk::<8>()?;
        let (time, sequence) = (i64::from_be_bytes(*time), i32::from_be_bytes(*sequence));
        Some(JoinRecord { key: key.into(), time, sequence, value: value?.clone() })
    }
}

/// Records by key, time and the order of their coming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinStore {
    records: Arc<BTreeMap<(Bytes, i64, i32), Value>>,
    /// No record is earlier than this.
    oldest: i64,
    /// The largest time that was ever put (`observedStreamTime`); -1 before the first.
    stream_time: i64,
    sequence: i32,
    size_ms: i64,
    retention_ms: i64,
}

impl JoinStore {
    /// An empty store.
    pub fn new(size_ms: i64, retention_ms: i64) -> JoinStore {
        let records = Arc::default();
        JoinStore { records, oldest: i64::MAX, stream_time: -1, sequence: 0, size_ms, retention_ms }
    }

    /// The join windows' size in milliseconds, which a stored record's window shows.
    pub fn size_ms(&self) -> i64 {
        self.size_ms
    }

    /// The largest time that was put so far; -1 before the first.
    pub fn stream_time(&self) -> i64 {
        self.stream_time
    }

    /// How many records were put so far.
    pub fn sequence(&self) -> i32 {
        self.sequence
    }

    /// The first time that still shows when the store's stream time is this.
    pub fn visible_from(&self, stream_time: i64) -> i64 {
        stream_time.saturating_sub(self.retention_ms).saturating_add(1)
    }

    /// The first time whose segment is kept when the store's stream time is this.
    pub fn kept_from(&self, stream_time: i64) -> i64 {
        let interval = (self.retention_ms / 2).max(60_000);
        (stream_time.saturating_sub(self.retention_ms) / interval).saturating_mul(interval)
    }

    /// Keeps a record.
    pub fn put(&mut self, record: JoinRecord) {
        let JoinRecord { key, time, sequence, value } = record;
        self.stream_time = self.stream_time.max(time);
        self.oldest = self.oldest.min(time);
        self.sequence = sequence;
        Arc::make_mut(&mut self.records).insert((key, time, sequence), value);
    }

    /// True if there may be records before this time.
    pub fn has_before(&self, time: i64) -> bool {
        self.oldest < time
    }

    /// Drops every record before this time.
    pub fn expire(&mut self, before: i64) {
        if self.has_before(before) {
            Arc::make_mut(&mut self.records).retain(|(_, time, _), _| *time >= before);
            self.oldest = before;
        }
    }

    /// A key's records from `from` to `to`, both included, by time and then by their coming.
    pub fn fetch(&self, key: &Bytes, from: i64, to: i64) -> impl Iterator<Item = (i64, &Value)> {
        let bounds = (key.clone(), from, i32::MIN)..=(key.clone(), to, i32::MAX);
        let range = (from <= to).then(|| self.records.range(bounds));
        range.into_iter().flatten().map(|((_, time, _), value)| (*time, value))
    }

    /// Everything that still shows: key, time and value.
    pub fn all(&self) -> impl Iterator<Item = (&Bytes, i64, &Value)> {
        let from = self.visible_from(self.stream_time);
        let shown = self.records.iter().filter(move |((_, time, _), _)| *time >= from);
        shown.map(|((key, time, _), value)| (key, *time, value))
    }
}
