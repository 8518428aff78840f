//! Time that runs by itself up to where something holds, or back to where it last did not: a slice with every frame, so
//! that the page stays quick and can be asked to stop.

use super::{Session, keep, next_frame};
use leptos::prelude::*;
use millrace_script::Expectation;
use millrace_script::until::{Back, Reached, Turned, Until};
use millrace_sim::{Moment, Timeline};
use millrace_words::session as say;

/// Steps between two looks at the clock.
const STEPS: usize = 16;
/// Wall time that one frame may spend, in milliseconds.
const SHARE_MS: f64 = 9.0;

/// On the way: what does the work, and tells how it ended.
enum Way {
    Until(Until),
    Back(Back),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The sentence.
    pub says: String,
    /// Whether it got there.
    pub is_there: bool,
}

impl Way {
    fn advance(&mut self, timeline: &mut Timeline) -> Option<Arrived> {
        match self {
            Way::Until(until) => until.advance(timeline, STEPS).map(|reached| Arrived {
                says: match reached {
                    Reached::Halted(halt) => millrace_view::halt_sentence(halt).to_string(),
                    Reached::Holds { .. } | Reached::Not(_) => until.says(&reached, timeline),
                },
                is_there: matches!(reached, Reached::Holds { .. }),
            }),
            Way::Back(back) => back.advance(timeline, STEPS).map(|turned| Arrived {
                says: match turned {
                    Turned::After(step) => say::after_step_it_did_not(&step),
                    Turned::NotNow => say::it_does_not_hold_here().to_owned(),
                    Turned::Always => say::it_has_held_since_the().to_owned(),
                },
                is_there: matches!(turned, Turned::After(_)),
            }),
        }
    }
}

impl Session {
    /// Runs virtual time until an expectation holds, at most `within`. `running` is true as long as it does; set it to
    /// false to stop. `then` is told how it ended.
    pub fn run_until(self, until: Until, running: RwSignal<bool>, then: Callback<Arrived>) {
        self.set_off(Way::Until(until), running, then);
    }

    /// Goes back to the last step after which an expectation did not hold.
    pub fn back_to(self, expectation: Expectation, running: RwSignal<bool>, then: Callback<Arrived>) {
        let back = self.with(|timeline| Back::new(expectation, timeline));
        self.set_off(Way::Back(back), running, then);
    }

    fn set_off(self, way: Way, running: RwSignal<bool>, then: Callback<Arrived>) {
        self.pause();
        running.set(true);
        let home = self.with(Timeline::moment);
        go_on(self, way, home, running, then);
    }
}

/// One slice. Who moves the playhead or lets time run meanwhile has stopped it.
fn go_on(session: Session, mut way: Way, was: Moment, running: RwSignal<bool>, then: Callback<Arrived>) {
    let moved = session.with(Timeline::moment) != was || !session.is_paused() || session.is_loading();
    if running.try_get_untracked() != Some(true) || moved {
        let _ = running.try_set(false);
        then.run(Arrived { says: say::stopped_before_it_was_there().to_owned(), is_there: false });
        return;
    }
    let clock = || window().performance().map_or(0.0, |clock| clock.now());
    let start = clock();
    let arrived = session.change(None, |timeline| {
        loop {
            let arrived = way.advance(timeline);
            if arrived.is_some() || clock() - start > SHARE_MS {
                break arrived;
            }
        }
    });
    match arrived {
        Some(arrived) => {
            running.set(false);
            keep::remember(session);
            then.run(arrived);
        }
        None => {
            let here = session.with(Timeline::moment);
            next_frame(move || go_on(session, way, here, running, then));
        }
    }
}
