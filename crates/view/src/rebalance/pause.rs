//! A time in which nothing is processed: partitions have no reader, more or fewer of them, without a gap. One sentence each,
//! for the time bar's shading, the log and the comparison of two rebalances.
//!
//! It is about readers: who owns a partition and is slow, paused or out of `poll` still counts as one.

use super::Still;
use crate::words;
use millrace_model::{Span, Time};
use millrace_words::rebalances as say;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub from: Time,
    /// Until when; none while it lasts.
    pub until: Option<Time>,
    /// The fewest partitions without a reader within it.
    pub least: usize,
    /// The most.
    pub worst: usize,
    /// How many partitions the group reads.
    pub of: usize,
    /// How long none of them was read.
    pub nothing: Span,
    /// The step that began it.
    pub step: u64,
}

impl Pause {
    /// Joins what follows without a gap, up to `now`: of what is to come nothing is told.
    pub fn of<'a>(stills: impl Iterator<Item = &'a Still>, now: Time) -> Vec<Pause> {
        let mut pauses: Vec<Pause> = Vec::new();
        for still in stills.filter(|still| still.from <= now) {
            let until = still.until.filter(|until| *until <= now);
            let lasted = until.unwrap_or(now).since(still.from);
            let nothing = if still.is_all() { lasted } else { Span::ZERO };
            match pauses.last_mut().filter(|last| last.until == Some(still.from)) {
                Some(last) => {
                    last.until = until;
                    last.least = last.least.min(still.stopped);
                    last.worst = last.worst.max(still.stopped);
                    last.of = last.of.max(still.of);
                    last.nothing = Span(last.nothing.0.saturating_add(nothing.0));
                }
                None => pauses.push(Pause {
                    from: still.from,
                    until,
                    least: still.stopped,
                    worst: still.stopped,
                    of: still.of,
                    nothing,
                    step: still.step,
                }),
            }
        }
        pauses
    }

    /// True if at some moment nothing at all was read.
    pub fn is_all(&self) -> bool {
        self.worst == self.of
    }

    /// `for 80 ms nobody read any of 4 partitions`, `since 12:00:24 nobody reads 2 of 4 partitions`.
    pub fn says(&self) -> String {
        let lasted = self.until.map(|until| words::span(until.since(self.from)));
        let since = words::time(self.from);
        let which = match (self.least, self.worst, self.of) {
            (_, 1, 1) => {
                return match lasted {
                    Some(span) => say::nobody_read_only(&span),
                    None => say::nobody_reads_only(&since),
                };
            }
            (least, worst, of) if least == worst && worst == of => say::any().to_owned(),
            (least, worst, _) if least == worst => worst.to_string(),
            (least, worst, _) => say::from_to(&least, &worst),
        };
        let text = match lasted {
            Some(span) => say::nobody_read(&span, &which, self.of as u64),
            None => say::nobody_reads(&since, &which, self.of as u64),
        };
        match self.nothing {
            Span::ZERO => text,
            _ if self.least == self.worst => text,
            nothing => say::nothing_at_all(&text, &words::span(nothing)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn still(from: u64, until: Option<u64>, stopped: usize) -> Still {
        let at = |ms: u64| Time(ms * 1_000);
        Still { from: at(from), until: until.map(at), stopped, of: 4, step: from }
    }

    fn said(stills: &[Still], now: u64) -> Vec<String> {
        Pause::of(stills.iter(), Time(now * 1_000)).iter().map(Pause::says).collect()
    }

    #[test]
    fn what_follows_without_a_gap_is_one_and_nothing_is_told_of_the_future() {
        let stills = [
            still(1_000, Some(2_000), 2),
            still(2_000, Some(2_080), 4),
            still(5_000, Some(5_040), 4),
            still(9_000, None, 1),
        ];
        assert_eq!(
            said(&stills, 10_000),
            [
                "for 1 s nobody read 2 to 4 of 4 partitions, nothing at all for 80 ms of it",
                "for 40 ms nobody read any of 4 partitions",
                "since 12:00:09 nobody reads 1 of 4 partitions",
            ]
        );
        assert_eq!(said(&stills, 1_500), ["since 12:00:01 nobody reads 2 of 4 partitions"]);
        assert_eq!(said(&stills, 900), [""; 0]);
        let steps: Vec<u64> =
            Pause::of(stills.iter(), Time(u64::MAX)).iter().map(|pause| pause.step).collect();
        assert_eq!(steps, [1_000, 5_000, 9_000]);
    }
}
