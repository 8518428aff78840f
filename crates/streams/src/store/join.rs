//! One side's records of a stream-stream join: a window store that keeps duplicates (`RocksDBWindowStore` with
//! `retainDuplicates`).

use crate::data::Value;
use millrace_model::{Bytes, Map};
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

/// A key's records by time, those of one time in the order of their coming.
type Records = Arc<Vec<(i64, Value)>>;

/// Records by key and time.
///
/// A key's list is shared by clones; only the one that is written to is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinStore {
    keys: Arc<Map<Bytes, Records>>,
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
        let keys = Arc::default();
        JoinStore { keys, oldest: i64::MAX, stream_time: -1, sequence: 0, size_ms, retention_ms }
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
        let records = Arc::make_mut(Arc::make_mut(&mut self.keys).entry(key).or_default());
        let at = records.partition_point(|(before, _)| *before <= time);
        records.insert(at, (time, value));
    }

    /// True if there may be records before this time.
    pub fn has_before(&self, time: i64) -> bool {
        self.oldest < time
    }

    /// Drops every record before this time.
    pub fn expire(&mut self, before: i64) {
        if self.has_before(before) {
            Arc::make_mut(&mut self.keys).retain(|_, records| {
                if records.first().is_some_and(|(time, _)| *time < before) {
                    Arc::make_mut(records).retain(|(time, _)| *time >= before);
                }
                !records.is_empty()
            });
            self.oldest = before;
        }
    }

    /// A key's records from `from` to `to`, both included, by time and then by their coming.
    pub fn fetch(&self, key: &Bytes, from: i64, to: i64) -> impl Iterator<Item = (i64, &Value)> {
        let records = self.keys.get(key).map_or(&[][..], |records| records);
        let first = records.partition_point(|(time, _)| *time < from);
        let found = records.get(first..).unwrap_or(&[]).iter().take_while(move |(time, _)| *time <= to);
        found.map(|(time, value)| (*time, value))
    }

    /// Everything that still shows: key, time and value.
    pub fn all(&self) -> impl Iterator<Item = (&Bytes, i64, &Value)> {
        let from = self.visible_from(self.stream_time);
        let all = self.keys.iter().flat_map(|(key, records)| records.iter().map(move |r| (key, r)));
        all.filter(move |(_, (time, _))| *time >= from).map(|(key, (time, value))| (key, *time, value))
    }
}
