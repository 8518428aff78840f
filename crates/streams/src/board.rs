//! A live dashboard's data: the newest value of each key of an output or changelog topic, as rows, ranks and series.
//!
//! A snapshot says up to which offset it holds what has happened; the feed behind it may begin anywhere before that.
//! What the snapshot has is skipped, what lies between the two is an error and not a silent hole. Rows are replaced and
//! deleted, never added up: a leaderboard falls when a value falls, and forgets who is deleted.
//!
//! It is the page's half of an interactive query, not a store: nothing in a topology depends on it.

use crate::data::{Key, Serde, Value, Window};
use millrace_expr::Decimal;
use millrace_model::collections::sort;
use millrace_model::{Map, Offset, Partition};
use std::cmp::Ordering;
use std::fmt;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    rows: Map<Key, Value>,
    /// By partition, the offset behind the last one that is in the rows.
    next: Map<Partition, Offset>,
}

/// A row with its rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked<'a> {
    /// From 1; equal values share a rank, and the next one is as many further.
    pub rank: usize,
    /// The key.
    pub key: &'a Key,
    /// The value.
    pub value: Decimal,
}

/// One record of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Where it lies.
    pub offset: Offset,
    /// Whose value it is.
    pub key: Key,
    /// The value now; `None` deletes the row.
    pub value: Option<Value>,
}

/// A part of the feed: one partition's records from an offset on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deltas {
    /// The partition.
    pub partition: Partition,
    /// From where it was read. There need not be a record: transactions and compaction leave offsets out.
    pub from: Offset,
    /// Up to where it was read, exclusively.
    pub until: Offset,
    /// The records, by offset.
    pub records: Vec<Delta>,
}

/// The feed begins behind the end of what the board holds: what lies between is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The partition.
    pub partition: Partition,
    /// The first offset that is missing.
    pub expected: Offset,
    /// Where the feed begins.
    pub found: Offset,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Gap { partition, expected, found } = self;
        write!(
            f,
            "the feed of partition {partition} begins at offset {}, but the rows end before {}: read it from {} on",
            found.0, expected.0, expected.0
        )
    }
}

impl std::error::Error for Gap {}

impl Board {
    /// What a store or a topic's fold holds, and up to which offsets.
    pub fn snapshot(
        rows: impl IntoIterator<Item = (Key, Value)>,
        next: impl IntoIterator<Item = (Partition, Offset)>,
    ) -> Board {
        let mut board = Board::default();
        board.rows.extend(rows);
        board.next.extend(next);
        board
    }

    /// Takes in a part of the feed. What the board has already counts once.
    ///
    /// # Errors
    /// [`Gap`]; the board is as it was.
    pub fn apply(&mut self, deltas: &Deltas) -> Result<(), Gap> {
        let partition = deltas.partition;
        let expected = self.next.get(&partition).copied().unwrap_or(Offset(0));
        if deltas.from > expected {
            return Err(Gap { partition, expected, found: deltas.from });
        }
        for delta in deltas.records.iter().filter(|delta| delta.offset >= expected) {
            match &delta.value {
                Some(value) => drop(self.rows.insert(delta.key.clone(), value.clone())),
                None => drop(self.rows.remove(&delta.key)),
            }
        }
        self.next.insert(partition, expected.max(deltas.until));
        Ok(())
    }

    /// The offset of a partition that is to be read next.
    pub fn next(&self, partition: Partition) -> Offset {
        self.next.get(&partition).copied().unwrap_or(Offset(0))
    }

    /// Every key and its value, by key.
    pub fn rows(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.rows.iter()
    }

    /// A key's value.
    pub fn row(&self, key: &Key) -> Option<&Value> {
        self.rows.get(key)
    }

    /// The keys with the largest numbers, at most so many, equal ones by key. A value that is no number has no rank.
    pub fn top(&self, most: usize) -> Vec<Ranked<'_>> {
        let mut all: Vec<(&Key, Decimal)> =
            self.rows.iter().filter_map(|(key, value)| Some((key, number(value)?))).collect();
        sort::sort_by(&mut all, |a, b| match b.1.cmp(&a.1) {
            Ordering::Equal => a.0.cmp(b.0),
            other => other,
        });
        let mut ranked: Vec<Ranked<'_>> = Vec::new();
        for (place, (key, value)) in all.into_iter().take(most).enumerate() {
            let rank = match ranked.last() {
                Some(before) if before.value == value => before.rank,
                _ => place.saturating_add(1),
            };
            ranked.push(Ranked { rank, key, value });
        }
        ranked
    }

    /// A key's values over its windows, by window: what a chart draws.
    pub fn series(&self, key: &[u8]) -> Vec<(Window, &Value)> {
        let of_key = |(of, value): (&Key, _)| Some((of.window().filter(|_| **of.inner() == *key)?, value));
        let mut series: Vec<(Window, &Value)> = self.rows.iter().filter_map(of_key).collect();
        sort::sort_by(&mut series, |a, b| a.0.cmp(&b.0));
        series
    }

    /// The sum of all numbers; `None` beyond the largest that there is. Parts of a whole must agree with it.
    pub fn total(&self) -> Option<Decimal> {
        let numbers = self.rows.values().filter_map(number);
        numbers.into_iter().try_fold(Decimal::ZERO, |sum, n| sum.try_add(n).ok())
    }
}

/// A count, a sum, or a text that is a number.
fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Long(n) => Some(Decimal::from(*n)),
        Value::Number(n) => Some(*n),
        Value::Bytes(_) => value.to_text().parse().ok(),
    }
}

impl Delta {
    /// A topic's record: the key's window has this size if it is a time window. `None` without a key, or if these are
    /// not the serde's bytes.
    pub fn read(
        offset: Offset,
        key: Option<&[u8]>,
        value: Option<&millrace_model::Bytes>,
        serde: Serde,
        window_ms: Option<i64>,
    ) -> Option<Delta> {
        let key = match window_ms {
            None => Key::plain(key?),
            Some(size_ms) => Key::from_time_windowed(key?, size_ms)?,
        };
        let value = match value {
            None => None,
            Some(bytes) => Some(serde.read(bytes)?),
        };
        Some(Delta { offset, key, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn key(text: &str) -> Key {
        Key::plain(text.as_bytes())
    }

    fn deltas(from: i64, records: &[(&str, Option<i64>)]) -> Deltas {
        let record = |(offset, (of, value)): (i64, &(&str, Option<i64>))| Delta {
            offset: Offset(offset),
            key: key(of),
            value: value.map(Value::Long),
        };
        Deltas {
            partition: Partition(0),
            from: Offset(from),
            until: Offset(from + records.len() as i64),
            records: (from..).zip(records).map(record).collect(),
        }
    }

    fn shown(board: &Board, most: usize) -> Vec<String> {
        board.top(most).iter().map(|row| format!("{}. {} {}", row.rank, row.key, row.value)).collect()
    }

    #[test]
    fn a_leaderboard_falls_after_a_cancellation_and_forgets_who_is_deleted() {
        let mut board = Board::default();
        let given = [("tea", Some(12)), ("coffee", Some(9)), ("cake", Some(9)), ("milk", Some(1))];
        board.apply(&deltas(0, &given)).unwrap();
        assert_eq!(shown(&board, 3), ["1. tea 12", "2. cake 9", "2. coffee 9"]);
        assert_eq!(board.total(), Some(Decimal::from(31)));
        // An order of tea is cancelled; cake leaves the menu.
        board.apply(&deltas(4, &[("tea", Some(5)), ("cake", None)])).unwrap();
        assert_eq!(shown(&board, 3), ["1. coffee 9", "2. tea 5", "3. milk 1"]);
        assert_eq!(board.total(), Some(Decimal::from(15)));
    }

    #[test]
    fn a_gap_between_snapshot_and_feed_is_an_error_and_an_overlap_is_none() {
        let board = Board::snapshot([(key("a"), Value::Long(7))], [(Partition(0), Offset(100))]);
        let mut late = board.clone();
        let gap = late.apply(&deltas(103, &[("a", Some(8))])).unwrap_err();
        assert_eq!(
            gap.to_string(),
            "the feed of partition 0 begins at offset 103, but the rows end before 100: read it from 100 on"
        );
        assert_eq!(late, board);
        let mut early = board.clone();
        early.apply(&deltas(98, &[("a", Some(1)), ("a", Some(2)), ("a", Some(8))])).unwrap();
        assert_eq!((shown(&early, 9), early.next(Partition(0))), (vec!["1. a 8".to_owned()], Offset(101)));
    }

    #[test]
    fn a_chart_is_a_keys_windows_in_order() {
        let at =
            |of: &str, start| Key::Windowed { key: of.as_bytes().into(), window: Window::time(start, 10) };
        let rows = [(at("a", 20), 3), (at("b", 0), 9), (at("a", 0), 1)].map(|(k, n)| (k, Value::Long(n)));
        let board = Board::snapshot(rows, []);
        let series: Vec<(i64, String)> =
            board.series(b"a").into_iter().map(|(w, v)| (w.start.0, v.to_string())).collect();
        assert_eq!(series, [(0, "1".to_owned()), (20, "3".to_owned())]);
        let bytes = at("a", 20).to_bytes();
        let count: millrace_model::Bytes = 3_i64.to_be_bytes().into();
        let delta = Delta::read(Offset(5), Some(&bytes), Some(&count), Serde::Long, Some(10));
        assert_eq!(delta, Some(Delta { offset: Offset(5), key: at("a", 20), value: Some(Value::Long(3)) }));
        assert_eq!(Delta::read(Offset(5), None, None, Serde::Long, None), None);
    }

    proptest! {
        /// Whenever the page connects and however far back its feed begins: the rows are those of the whole topic.
        #[test]
        fn snapshot_and_feed_are_the_fold(
            given in proptest::collection::vec((0_u8..4, proptest::option::of(0_i64..9)), 1..40),
            connect in 0_usize..40, back in 0_usize..40, cut in 1_usize..7,
        ) {
            let names = ["a", "b", "c", "d"];
            let given: Vec<(&str, Option<i64>)> = given.into_iter().map(|(k, v)| (names[usize::from(k)], v)).collect();
            let fold = |given: &[(&str, Option<i64>)]| {
                let mut rows = BTreeMap::new();
                for (of, value) in given {
                    match value {
                        Some(value) => drop(rows.insert(key(of), Value::Long(*value))),
                        None => drop(rows.remove(&key(of))),
                    }
                }
                rows
            };
            let connect = connect.min(given.len());
            let mut board = Board::snapshot(fold(&given[..connect]), [(Partition(0), Offset(connect as i64))]);
            let mut from = connect.saturating_sub(back);
            while from < given.len() {
                let until = (from + cut).min(given.len());
                board.apply(&deltas(from as i64, &given[from..until])).unwrap();
                from = until;
                // What the snapshot has already does not bring back what was before it.
                let rows: BTreeMap<Key, Value> = board.rows().map(|(k, v)| (k.clone(), v.clone())).collect();
                prop_assert_eq!(rows, fold(&given[..until.max(connect)]));
            }
        }
    }
}
