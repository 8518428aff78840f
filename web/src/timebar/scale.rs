//! How history is laid out on the bar: the bar is longer than history, and grows by jumps, so that marks stand still while
//! time runs.

use crate::memo::Memo;
use crate::session::Session;
use leptos::prelude::*;
use millrace_model::Time;

/// Lengths of the bar, in seconds; beyond them, powers of two of the last.
const LENGTHS: [u64; 9] = [15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200];

/// The virtual time at the bar's right end.
pub fn scale(session: Session) -> Memo<Time> {
    Memo::new(move |_| {
        let longest =
            session.history.with(|h| h.branches.iter().map(|b| b.frontier).max().unwrap_or(h.frontier));
        end_for(longest)
    })
}

fn end_for(frontier: Time) -> Time {
    let seconds = frontier.0 / 1_000_000 + 1;
    let length = LENGTHS.iter().copied().find(|length| *length > seconds).unwrap_or_else(|| {
        let mut length = 7_200_u64;
        while length <= seconds {
            length = length.saturating_mul(2);
        }
        length
    });
    Time(length.saturating_mul(1_000_000))
}

/// A place on the bar, in percent.
pub fn percent(at: Time, end: Time) -> f64 {
    at.0 as f64 * 100.0 / end.0.max(1) as f64
}

/// A place on the bar for a style sheet: `12.3456%`.
pub fn left(at: Time, end: Time) -> String {
    part_of(at.0, end.0)
}

/// A part of the bar for a style sheet, in whole numbers: the standard library's way for floats weighs more.
pub fn part_of(part: u64, whole: u64) -> String {
    let whole = whole.max(1);
    let thousandths = (part.saturating_mul(100_000).saturating_add(whole / 2)) / whole;
    format!("{}.{:03}%", thousandths / 1_000, thousandths % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_longer_than_history_and_jumps() {
        let seconds = |s: u64| end_for(Time(s * 1_000_000)).0 / 1_000_000;
        assert_eq!([0, 13, 14, 15, 100, 7_300, 20_000].map(seconds), [15, 15, 30, 30, 120, 14_400, 28_800]);
    }
}
