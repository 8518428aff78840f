//! Whether things happen faster than an eye follows them as they slide to their new places. Then they are simply there,
//! and every second picture is left out: dozens of slides that never end would cost every frame more than the picture.

/// More steps than this in a second of the reader's time are a hurry.
const HURRY: u64 = 150;
/// How long is counted before it is judged, in milliseconds.
const WHILE_MS: f64 = 500.0;

/// Counts steps against the reader's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// When and at which step counting began; what was run before the first picture was in nobody's time.
    from: Option<(f64, u64)>,
    is_hurried: bool,
    has_left_out: bool,
}

impl Pace {
    /// Takes in that a picture of `step` is due at `now_ms`; whether it is to be drawn.
    pub fn draws(&mut self, now_ms: f64, step: u64) -> bool {
        let (since_ms, from_step) = *self.from.get_or_insert((now_ms, step));
        let elapsed = now_ms - since_ms;
        if elapsed >= WHILE_MS {
            let steps = step.abs_diff(from_step);
            // Whoever jumps in history after a rest is in no hurry: what counts is a steady run.
            self.is_hurried = elapsed < 2.0 * WHILE_MS && steps as f64 * 1_000.0 > HURRY as f64 * elapsed;
            self.from = Some((now_ms, step));
        }
        self.has_left_out = self.is_hurried && !self.has_left_out;
        !self.has_left_out
    }

    /// Whether things happen too fast to slide.
    pub fn is_hurried(&self) -> bool {
        self.is_hurried
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture due every 20 ms at so many steps a second, for one second: how many are drawn.
    fn run(pace: &mut Pace, from_ms: u64, from_step: u64, steps_a_second: u64) -> usize {
        let due = |at: &u64| pace.draws((from_ms + at) as f64, from_step + at * steps_a_second / 1_000);
        (0..1_000).step_by(20).filter(due).count()
    }

    #[test]
    fn a_steady_run_of_many_steps_is_a_hurry_until_it_slows_down() {
        let mut pace = Pace::default();
        assert_eq!((run(&mut pace, 1_000, 0, 40), pace.is_hurried()), (50, false));
        assert_eq!(
            (run(&mut pace, 2_000, 40, 500), pace.is_hurried()),
            (37, true),
            "every second of the later half"
        );
        assert_eq!((run(&mut pace, 3_000, 540, 0), pace.is_hurried()), (38, false), "the other way round");
    }

    #[test]
    fn what_was_run_before_the_first_picture_is_none() {
        let mut pace = Pace::default();
        assert!(pace.draws(700.0, 600));
        assert!(pace.draws(720.0, 600));
        assert!(!pace.is_hurried());
    }

    #[test]
    fn one_far_jump_is_none() {
        let mut pace = Pace::default();
        assert!(pace.draws(10_000.0, 0));
        assert!(pace.draws(60_000.0, 9_000));
        assert!(!pace.is_hurried());
    }
}
