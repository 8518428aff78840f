//! `SessionStore` with Kafka's retention: sessions vanish from sight by their end and the store's stream time, and their
//! memory goes with their segment (`RocksDBSessionStore`, `RocksDBTimeOrderedSessionStore`).

use crate::data::{Value, Window};
use millrace_model::{Bytes, Map};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The sessions whose ends fall into one segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Segment {
    /// By key, end and start (`SessionKeySchema`): what a record of the key looks for.
    by_key: BTreeMap<(Bytes, i64, i64), Value>,
    /// By end, start and key (`TimeFirstSessionKeySchema`): what closes next.
    by_end: BTreeMap<(i64, i64, Bytes), ()>,
}

/// Sessions by key and time.
///
/// A segment is shared between clones until one of them writes to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionStore {
    segments: Arc<Map<i64, Arc<Segment>>>,
    /// The largest session end that was ever put (`observedStreamTime`); -1 before the first.
    stream_time: i64,
    retention_ms: i64,
}

impl SessionStore {
    /// An empty store.
    pub fn new(retention_ms: i64) -> SessionStore {
        SessionStore { segments: Arc::default(), stream_time: -1, retention_ms }
    }

    /// The largest session end that was put so far; -1 before the first.
    pub fn stream_time(&self) -> i64 {
        self.stream_time
    }

    /// The first session end that a search by key still sees when the store's stream time is this.
    pub fn visible_from(&self, stream_time: i64) -> i64 {
        stream_time.saturating_sub(self.retention_ms).saturating_add(1)
    }

    /// `Stores.persistentSessionStore`: half the retention, at least a minute.
    fn segment_interval_ms(&self) -> i64 {
        (self.retention_ms / 2).max(60_000)
    }

    fn segment(&self, end: i64) -> i64 {
        end / self.segment_interval_ms()
    }

    /// The first session end whose segment is kept when the store's stream time is this.
    pub fn kept_from(&self, stream_time: i64) -> i64 {
        self.segment(stream_time.saturating_sub(self.retention_ms)).saturating_mul(self.segment_interval_ms())
    }

    /// The sessions of a key that end at `earliest_end` or later and start at `latest_start` or earlier, by end and
    /// start, whether or not they still show.
    pub fn find(
        &self,
        key: &Bytes,
        earliest_end: i64,
        latest_start: i64,
    ) -> impl Iterator<Item = (Window, &Value)> {
        let first = self.segment(earliest_end);
        let segments = self.segments.range(first..).map(|(_, segment)| segment);
        let key = key.clone();
        segments.flat_map(move |segment| {
            let range = (key.clone(), earliest_end, i64::MIN)..=(key.clone(), i64::MAX, i64::MAX);
            segment
                .by_key
                .range(range)
                .filter(move |((_, _, start), _)| *start <= latest_start)
                .map(|((_, end, start), value)| (Window::session(*start, *end), value))
        })
    }

    /// Every session that ends from `from` to `to`, both included, by end, start and key.
    pub fn ending(&self, from: i64, to: i64) -> impl Iterator<Item = (Window, &Bytes, &Value)> {
        let segments = (from <= to).then(|| self.segments.range(self.segment(from)..=self.segment(to)));
        segments.into_iter().flatten().flat_map(move |(_, segment)| {
            let none: Bytes = Bytes::default();
            let range = segment.by_end.range((from, i64::MIN, none)..);
            range.take_while(move |((end, ..), ())| *end <= to).filter_map(|((end, start, key), ())| {
                let value = segment.by_key.get(&(key.clone(), *end, *start))?;
                Some((Window::session(*start, *end), key, value))
            })
        })
    }

    /// Sets a session's value; `None` deletes it.
    pub fn put(&mut self, key: &Bytes, window: Window, value: Option<Value>) {
        let (start, end) = (window.start.0, window.end.0);
        self.stream_time = self.stream_time.max(end);
        let id = self.segment(end);
        let segments = Arc::make_mut(&mut self.segments);
        match value {
            Some(value) => {
                let segment = Arc::make_mut(segments.entry(id).or_default());
                if segment.by_key.insert((key.clone(), end, start), value).is_none() {
                    segment.by_end.insert((end, start, key.clone()), ());
                }
            }
            None => {
                let Some(segment) = segments.get_mut(&id) else { return };
                let segment = Arc::make_mut(segment);
                segment.by_key.remove(&(key.clone(), end, start));
                segment.by_end.remove(&(end, start, key.clone()));
                if segment.by_key.is_empty() {
                    segments.remove(&id);
                }
            }
        }
    }

    /// Drops the segments of sessions that end before this.
    pub fn expire(&mut self, before: i64) {
        let first = self.segment(before);
        if self.segments.first_key_value().is_some_and(|(id, _)| *id < first) {
            Arc::make_mut(&mut self.segments).retain(|id, _| *id >= first);
        }
    }

    /// The earliest session end in memory.
    pub fn first_end(&self) -> Option<i64> {
        let (_, segment) = self.segments.first_key_value()?;
        segment.by_end.first_key_value().map(|((end, ..), ())| *end)
    }

    /// Everything that still shows, by end, start and key.
    pub fn all(&self) -> impl Iterator<Item = (Window, &Bytes, &Value)> {
        self.ending(self.visible_from(self.stream_time).max(0), i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Bytes {
        text.as_bytes().into()
    }

    fn found(store: &SessionStore, earliest_end: i64, latest_start: i64) -> Vec<(i64, i64)> {
        store.find(&key("a"), earliest_end, latest_start).map(|(w, _)| (w.start.0, w.end.0)).collect()
    }

    /// Every pair of bounds over sessions in two segments, against the definition.
    #[test]
    fn a_search_finds_the_sessions_that_overlap() {
        let sessions = [(0, 2), (1, 2), (4, 9), (60_001, 60_001), (8, 60_002)];
        let mut store = SessionStore::new(1_000_000);
        for (start, end) in sessions {
            // Half of 1,000,000 ms is more than a minute: all in one segment; so is the next with another retention.
            store.put(&key("a"), Window::session(start, end), Some(Value::Long(1)));
            store.put(&key("b"), Window::session(start, end), Some(Value::Long(2)));
        }
        let mut short = SessionStore::new(100);
        for (start, end) in sessions {
            short.put(&key("a"), Window::session(start, end), Some(Value::Long(1)));
        }
        for earliest_end in [-5, 0, 2, 3, 9, 10, 60_001, 60_002, 60_003] {
            for latest_start in [-1, 0, 1, 4, 7, 8, 70_000] {
                let overlaps = |(start, end): &(i64, i64)| *end >= earliest_end && *start <= latest_start;
                let mut expected: Vec<_> = sessions.into_iter().filter(overlaps).collect();
                expected.sort_by_key(|(start, end)| (*end, *start));
                assert_eq!(found(&store, earliest_end, latest_start), expected);
                assert_eq!(found(&short, earliest_end, latest_start), expected);
            }
        }
    }

    #[test]
    fn sessions_leave_sight_by_time_and_memory_by_segment() {
        let mut store = SessionStore::new(100);
        store.put(&key("a"), Window::session(10, 20), Some(Value::Long(1)));
        store.put(&key("b"), Window::session(5, 119), Some(Value::Long(2)));
        assert_eq!(store.all().count(), 2);
        store.put(&key("b"), Window::session(5, 120), Some(Value::Long(3)));
        let shown: Vec<_> = store.all().map(|(w, ..)| w.end.0).collect();
        assert_eq!((shown, store.first_end()), (vec![119, 120], Some(20)));
        assert_eq!(store.kept_from(60_099), 0);
        assert_eq!(store.kept_from(60_100), 60_000);
        store.expire(60_000);
        assert_eq!(store.first_end(), None);
    }

    #[test]
    fn a_removed_session_is_gone_from_both_orders() {
        let mut store = SessionStore::new(100);
        let window = Window::session(1, 2);
        store.put(&key("a"), window, Some(Value::Long(1)));
        let kept = store.clone();
        store.put(&key("a"), window, None);
        assert_eq!((found(&store, 0, 9), store.ending(0, 9).count(), store.stream_time()), (vec![], 0, 2));
        assert_eq!(found(&kept, 0, 9), [(1, 2)]);
    }
}
