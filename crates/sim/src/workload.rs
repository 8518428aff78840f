//! Automatic production: a rate, keys with a skew, values, and how disordered event time is.
//!
//! The n-th record of a workload is a pure function of the dice and n.

use crate::template::Template;
use millrace_model::{Bytes, Dice, Record, Span, Time, Timestamp, TopicName};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What a producer sends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Records a second of virtual time, 1 to [`crate::limits::RATE`].
    pub rate: u32,
    /// The keys; none at all sends null keys.
    pub keys: Vec<Arc<str>>,
    /// How uneven the keys are.
    pub skew: Skew,
    /// The value, with `${n}` (number of the record, from 1) and `${a..b}` (a whole number between a and b).
    pub value: Arc<str>,
    /// Percent of the records whose timestamp lies in the past, 0 to 100.
    pub late_percent: u8,
    /// How far in the past at most.
    pub late_by: Span,
    /// The topic, if it is not the producer's own.
    pub topic: Option<TopicName>,
    /// A new producer for each record, as a service makes them that does so in each of its calls ([`crate::node::per_record`]).
    pub is_per_record: bool,
}

/// The usual way leaves no trace in a hash.
impl Hash for Workload {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.rate, &self.keys, self.skew, &self.value).hash(state);
        (self.late_percent, self.late_by, &self.topic).hash(state);
        if self.is_per_record {
            state.write_u8(1);
        }
    }
}

/// How uneven the keys of a workload are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skew {
    /// Every key as often as any other.
    #[default]
    Even,
    /// The n-th key 1/n as often as the first (Zipf's law).
    Zipf,
    /// The first key gets half of all records.
    Hot,
}

impl Skew {
    /// Every skew with its name.
    pub const ALL: [(&'static str, Skew); 3] =
        [("even", Skew::Even), ("zipf", Skew::Zipf), ("hot", Skew::Hot)];

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        match self {
            Skew::Even => "even",
            Skew::Zipf => "zipf",
            Skew::Hot => "hot",
        }
    }

    /// The index of a key out of `keys`, for a number that the dice have shown. Integer weights only.
    fn pick(self, roll: u64, keys: usize) -> usize {
        let weight = |i: usize| match self {
            Skew::Even => 1,
            Skew::Zipf => 720_720 / (i as u64 + 1).min(720_720),
            Skew::Hot if i == 0 => (keys as u64).saturating_sub(1).max(1),
            Skew::Hot => 1,
        };
        if self == Skew::Even {
            return (roll >> 32) as usize % keys.max(1);
        }
        let total: u64 = (0..keys).map(weight).sum();
        let mut left = (roll >> 16) % total.max(1);
        for i in 0..keys {
            let w = weight(i);
            if left < w {
                return i;
            }
            left -= w;
        }
        0
    }
}

impl Workload {
    /// When record `n` (from 0) of a workload that began at `start` is sent.
    pub fn due(&self, start: Time, n: u64) -> Time {
        let rate = u64::from(self.rate.max(1));
        start + Span(n / rate * 1_000_000 + n % rate * 1_000_000 / rate)
    }
}

/// A workload made ready: keys as shared bytes, the value read once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Maker {
    keys: Arc<[Bytes]>,
    skew: Skew,
    value: Template,
    late_percent: u8,
    late_by: Span,
}

impl Maker {
    /// Makes the records of `workload`.
    pub fn new(workload: &Workload) -> Maker {
        Maker {
            keys: workload.keys.iter().map(|key| Bytes::from(key.clone())).collect(),
            skew: workload.skew,
            value: Template::new(&workload.value),
            late_percent: workload.late_percent,
            late_by: workload.late_by,
        }
    }

    /// The `n`-th record, from 0, sent at `now`.
    pub fn record(&self, dice: &dyn Dice, stream: &str, n: u64, now: Time) -> Record {
        let roll = dice.roll(stream, n);
        let key = match self.keys.len() {
            0 => None,
            count => self.keys.get(self.skew.pick(roll, count)).cloned(),
        };
        let mut timestamp = now.timestamp();
        if self.late_percent > 0 && roll.rotate_left(17) % 10_000 < u64::from(self.late_percent) * 100 {
            let late = Span(roll.rotate_left(40) % self.late_by.0.max(1));
            timestamp = Timestamp(timestamp.0 - late.as_millis() as i64);
        }
        let value = self.value.fill(n + 1, roll.rotate_left(31));
        Record { key, value: Some(value.into_bytes().into()), ..Record::new(timestamp, None, None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::SeededDice;

    fn workload(skew: Skew) -> Workload {
        Workload {
            rate: 3,
            keys: ["alice", "bob", "carol"].map(Arc::from).to_vec(),
            skew,
            value: r#"{"n": ${n}, "amount": ${-5..5}}"#.into(),
            late_percent: 0,
            late_by: Span::ZERO,
            topic: None,
            is_per_record: false,
        }
    }

    #[test]
    fn records_are_due_evenly_and_without_drift() {
        let due = |n| workload(Skew::Even).due(Time(10), n).0;
        assert_eq!([0, 1, 2, 3, 300].map(due), [10, 333_343, 666_676, 1_000_010, 100_000_010]);
    }

    #[test]
    fn a_hot_key_gets_about_half_of_all() {
        let dice = SeededDice { seed: 3 };
        let count = |skew| {
            let maker = Maker::new(&workload(skew));
            let hot = |n: &u64| maker.record(&dice, "s", *n, Time::ZERO).key.as_deref() == Some(b"alice");
            (0..3_000).filter(hot).count()
        };
        assert!((900..1_100).contains(&count(Skew::Even)), "{}", count(Skew::Even));
        assert!((1_400..1_600).contains(&count(Skew::Hot)), "{}", count(Skew::Hot));
        assert!((1_540..1_740).contains(&count(Skew::Zipf)), "{}", count(Skew::Zipf));
    }

    #[test]
    fn late_records_lie_in_the_past_and_not_too_far() {
        let dice = SeededDice { seed: 3 };
        let w = Workload { late_percent: 50, late_by: Span::from_secs(4), ..workload(Skew::Even) };
        let maker = Maker::new(&w);
        let now = Time::ZERO + Span::from_secs(60);
        let ages: Vec<_> =
            (0..400).map(|n| now.timestamp().0 - maker.record(&dice, "s", n, now).timestamp.0).collect();
        assert!(ages.iter().all(|age| (0..4_000).contains(age)));
        let late = ages.iter().filter(|age| **age > 0).count();
        assert!((150..250).contains(&late), "{late}");
    }
}
