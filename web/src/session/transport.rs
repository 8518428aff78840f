//! Pause, play, step, speed, seek: everything that moves the playhead without changing history.

use super::{SLICE, Session};
use leptos::prelude::*;
use millrace_model::{Span, Time};
use millrace_sim::Moment;
use millrace_words::session as say;

/// The speeds on offer, in hundredths of real time.
pub const SPEEDS: [u32; 7] = [10, 25, 50, 100, 400, 1_000, 10_000];

/// Whether time runs, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport {
    /// True while time runs.
    pub is_playing: bool,
    /// Hundredths of real time: 100 is 1×.
    pub speed: u32,
}

impl Default for Transport {
    fn default() -> Self {
        Transport { is_playing: false, speed: 100 }
    }
}

impl Transport {
    /// `0.1×`, `1×`, `100×`.
    pub fn label(self) -> String {
        speed_label(self.speed)
    }
}

/// `0.1×`, `1×`, `100×`.
pub fn speed_label(speed: u32) -> String {
    match (speed / 100, speed % 100) {
        (whole, 0) => format!("{whole}×"),
        (whole, rest) if rest % 10 == 0 => format!("{whole}.{}×", rest / 10),
        (whole, rest) => format!("{whole}.{rest:02}×"),
    }
}

impl Session {
    /// Lets time run.
    pub fn play(self) {
        self.transport.update(|t| t.is_playing = true);
    }

    /// Stops time.
    pub fn pause(self) {
        self.transport.update(|t| t.is_playing = false);
        self.refresh();
    }

    /// Lets time run, or stops it.
    pub fn toggle(self) {
        if self.is_paused() { self.play() } else { self.pause() }
    }

    /// Sets the speed, in hundredths of real time.
    pub fn set_speed(self, speed: u32) {
        self.transport.update(|t| t.speed = speed.clamp(10, 10_000));
    }

    /// Goes to the next step. Unless `exact`, quiet ones (heartbeats, fetches that find nothing) are passed over.
    pub fn step_forward(self, exact: bool) {
        self.pause();
        self.change((), |timeline| {
            for _ in 0..SLICE * 20 {
                if !timeline.step() {
                    break;
                }
                let step = timeline.moment().step;
                if exact || millrace_view::is_notable(timeline.branch(), step) {
                    break;
                }
            }
        });
    }

    /// Goes back one step; quiet ones are passed over unless `exact`.
    pub fn step_back(self, exact: bool) {
        self.pause();
        self.change((), |timeline| {
            let mut step = timeline.moment().step.saturating_sub(1);
            while !exact && step > 0 && !millrace_view::is_notable(timeline.branch(), step) {
                step -= 1;
            }
            timeline.seek_step(step);
        });
    }

    /// Goes to where the clock shows `at`.
    pub fn seek(self, at: Time) {
        self.pause();
        self.change((), |timeline| timeline.seek(at));
    }

    /// Goes to where the clock shows `at`; if history ends before, it goes on up to there.
    pub fn arrive(self, at: Time) {
        self.pause();
        self.change((), |timeline| {
            timeline.follow(at, usize::MAX);
        });
    }

    /// Goes to just after a step of the current branch.
    pub fn seek_step(self, step: u64) {
        self.pause();
        self.change((), |timeline| timeline.seek_step(step));
    }

    /// Sets the speed to the next one on offer, or the one before.
    pub fn change_speed(self, faster: bool) {
        let now = self.transport.with_untracked(|t| t.speed);
        let next = match faster {
            true => SPEEDS.iter().find(|speed| **speed > now),
            false => SPEEDS.iter().rev().find(|speed| **speed < now),
        };
        self.set_speed(next.copied().unwrap_or(now));
    }

    /// Goes to the start of history.
    pub fn rewind(self) {
        self.seek_step(0);
    }

    /// Goes to the edge of what has happened.
    pub fn go_live(self) {
        self.change((), |timeline| {
            let at = timeline.branch().frontier();
            timeline.seek(at);
        });
    }

    /// Goes to a moment, on whichever branch it lies.
    pub fn go_to(self, moment: Moment) {
        self.pause();
        if !self.change(true, |timeline| timeline.go_to(moment)) {
            self.refuse(say::that_branch_has_been_forgotten());
        }
    }

    /// Lets `wall` of real time pass at the chosen speed, as far as `has_time` allows.
    pub(super) fn run_for(self, wall: Span, mut has_time: impl FnMut() -> bool) {
        let speed = u64::from(self.transport.get_untracked().speed);
        let span = Span(wall.0.saturating_mul(speed) / 100);
        let halt = self.change(None, |timeline| {
            let target = timeline.world().now() + span;
            while timeline.run_until(target, SLICE) == SLICE && has_time() {}
            timeline.halt()
        });
        if let Some(halt) = halt {
            self.pause();
            self.refuse(millrace_view::halt_sentence(halt));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::speed_label;

    #[test]
    fn speeds_read_as_people_write_them() {
        assert_eq!([10, 25, 100, 400, 10_000].map(speed_label), ["0.1×", "0.25×", "1×", "4×", "100×"]);
    }
}
