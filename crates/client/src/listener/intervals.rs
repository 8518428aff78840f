//! How often each offset of a log was handled, as merged runs: a whole log handled once is a single entry.

use millrace_model::Offset;

/// Offsets that were handled equally often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Run {
    /// The first offset.
    pub from: Offset,
    /// The offset after the last one.
    pub to: Offset,
    /// How often each was handled, at least once.
    pub times: u32,
}

/// Runs in the order of their offsets; neighbours differ in `times` or have a gap between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Intervals(Vec<Run>);

impl Intervals {
    /// Counts each offset of `from..to` once more. In order of offsets it takes constant time.
    pub fn add(&mut self, from: Offset, to: Offset) {
        if from >= to {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.to == from && last.times == 1 => last.to = to,
            Some(last) if last.to > from => self.insert(from, to),
            _ => self.0.push(Run { from, to, times: 1 }),
        }
    }

    fn insert(&mut self, from: Offset, to: Offset) {
        let start = self.0.partition_point(|run| run.to <= from);
        let end = self.0.partition_point(|run| run.from < to);
        let mut middle = Vec::new();
        let mut next = from;
        for run in self.0.drain(start..end) {
            if run.from < from {
                middle.push(Run { to: from, ..run });
            }
            let (low, high) = (run.from.max(from), run.to.min(to));
            if next < low {
                middle.push(Run { from: next, to: low, times: 1 });
            }
            middle.push(Run { from: low, to: high, times: run.times.saturating_add(1) });
            if run.to > to {
                middle.push(Run { from: to, ..run });
            }
            next = high;
        }
        if next < to {
            middle.push(Run { from: next, to, times: 1 });
        }
        self.0.splice(start..start, middle);
        // Equal neighbours grow together again; only around the new runs can there be any, but the list is short.
        self.0.dedup_by(|right, left| {
            let same = left.to == right.from && left.times == right.times;
            if same {
                left.to = right.to;
            }
            same
        });
    }

    /// How often `offset` was handled.
    pub fn times(&self, offset: Offset) -> u32 {
        let at = self.0.partition_point(|run| run.to <= offset);
        self.0.get(at).filter(|run| run.from <= offset).map_or(0, |run| run.times)
    }

    /// The runs.
    pub fn runs(&self) -> &[Run] {
        &self.0
    }

    /// How many offsets were handled more than once.
    pub fn repeated(&self) -> u64 {
        self.0.iter().filter(|run| run.times > 1).map(|run| run.to.since(run.from)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All sequences of three ranges inside 0..5, against an array that counts.
    #[test]
    fn runs_say_the_same_as_counting_one_by_one() {
        let ranges: Vec<(i64, i64)> = (0..5).flat_map(|from| (from..=5).map(move |to| (from, to))).collect();
        for a in &ranges {
            for b in &ranges {
                for c in &ranges {
                    let mut intervals = Intervals::default();
                    let mut counted = [0_u32; 6];
                    for (from, to) in [a, b, c] {
                        intervals.add(Offset(*from), Offset(*to));
                        for offset in *from..*to {
                            counted[usize::try_from(offset).unwrap()] += 1;
                        }
                    }
                    let said: Vec<u32> = (0..6).map(|o| intervals.times(Offset(o))).collect();
                    assert_eq!(said, counted, "{a:?} {b:?} {c:?} {intervals:?}");
                    let repeated = counted.iter().filter(|n| **n > 1).count() as u64;
                    assert_eq!(intervals.repeated(), repeated);
                    for pair in intervals.runs().windows(2) {
                        let merged = pair[0].to < pair[1].from
                            || (pair[0].to == pair[1].from && pair[0].times != pair[1].times);
                        assert!(merged, "{a:?} {b:?} {c:?} {intervals:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_log_read_in_order_is_one_run() {
        let mut intervals = Intervals::default();
        for n in 0..1000 {
            intervals.add(Offset(n * 10), Offset(n * 10 + 10));
        }
        assert_eq!(intervals.runs(), [Run { from: Offset(0), to: Offset(10_000), times: 1 }]);
    }
}
