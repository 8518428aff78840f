//! Automatic production: a rate, keys with a skew, values, and how disordered event time is.
//!
//! The n-th record of a workload is a pure function of the dice and n.

use millrace_model::{Bytes, Dice, Record, Span, Time, Timestamp, TopicName};
use std::sync::Arc;

/// What a producer sends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

    /// The `n`-th record, from 0, sent at `now`.
    pub fn record(&self, dice: &dyn Dice, stream: &str, n: u64, now: Time) -> Record {
        let roll = dice.roll(stream, n);
        let key = (!self.keys.is_empty())
            .then(|| self.keys.get(self.skew.pick(roll, self.keys.len())))
            .flatten()
            .map(|key| Bytes::from(key.as_bytes()));
        let mut late = Span::ZERO;
        if self.late_percent > 0 {
            let fate = roll.rotate_left(17) % 10_000;
            if fate < u64::from(self.late_percent) * 100 {
                late = Span(roll.rotate_left(40) % self.late_by.0.max(1));
            }
        }
        let timestamp = Timestamp(now.timestamp().0 - late.as_millis() as i64);
        let value = fill(&self.value, n + 1, roll.rotate_left(31));
        Record { timestamp, key, value: Some(value.as_bytes().into()), ..Record::new(timestamp, None, None) }
    }
}

/// Fills the holes of a value; a hole that makes no sense stays as it is written.
fn fill(template: &str, n: u64, mut roll: u64) -> String {
    let mut out = String::with_capacity(template.len() + 8);
    let mut rest = template;
    while let Some(open) = rest.find("${") {
        let (before, hole) = rest.split_at(open);
        out.push_str(before);
        let Some(close) = hole.find('}') else { break };
        let (name, after) = (hole.get(2..close).unwrap_or(""), hole.get(close + 1..).unwrap_or(""));
        match hole_value(name, n, roll) {
            Some(number) => out.push_str(&number.to_string()),
            None => out.push_str(hole.get(..=close).unwrap_or("")),
        }
        roll = roll.rotate_left(23).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn hole_value(name: &str, n: u64, roll: u64) -> Option<i64> {
    if name == "n" {
        return i64::try_from(n).ok();
    }
    let (low, high) = name.split_once("..")?;
    let (low, high) = (low.trim().parse::<i64>().ok()?, high.trim().parse::<i64>().ok()?);
    let sides = u64::try_from(high.checked_sub(low)?).ok()?.checked_add(1)?;
    low.checked_add_unsigned((roll >> 16) % sides)
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
        }
    }

    #[test]
    fn records_are_due_evenly_and_without_drift() {
        let due = |n| workload(Skew::Even).due(Time(10), n).0;
        assert_eq!([0, 1, 2, 3, 300].map(due), [10, 333_343, 666_676, 1_000_010, 100_000_010]);
    }

    #[test]
    fn holes_are_filled_and_nonsense_is_left_alone() {
        assert_eq!(fill("a${n}b", 7, 0), "a7b");
        assert_eq!(fill("${5..5}${x}${", 7, 99), "5${x}${");
        assert_eq!(fill("${9..1}", 7, 99), "${9..1}");
        for roll in 0..1000_u64 {
            let n: i64 = fill("${-2..2}", 1, roll << 20).parse().unwrap();
            assert!((-2..=2).contains(&n));
        }
    }

    #[test]
    fn a_hot_key_gets_about_half_of_all() {
        let dice = SeededDice { seed: 3 };
        let count = |skew| {
            let w = workload(skew);
            let hot = |n: &u64| w.record(&dice, "s", *n, Time::ZERO).key.as_deref() == Some(b"alice");
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
        let now = Time::ZERO + Span::from_secs(60);
        let ages: Vec<_> =
            (0..400).map(|n| now.timestamp().0 - w.record(&dice, "s", n, now).timestamp.0).collect();
        assert!(ages.iter().all(|age| (0..4_000).contains(age)));
        let late = ages.iter().filter(|age| **age > 0).count();
        assert!((150..250).contains(&late), "{late}");
    }
}
