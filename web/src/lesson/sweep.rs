//! A check that has to hold in many worlds: what the learner did is run in each of them, so many steps with every frame. The
//! first world in which it does not hold can be looked at.

use super::course::Course;
use super::desk::{Desk, OnStage};
use super::run::Errand;
use crate::lean::{maybe, part};
use crate::session::next_frame;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_lessons::{Curve, Play, StepState, Stranger, Sweep};
use millrace_script::over::{Over, Variation};
use millrace_sim::Fault;
use millrace_words::lesson as say;
use std::sync::Arc;

/// Wall time that one frame may spend, in milliseconds.
const SHARE_MS: f64 = 10.0;
/// Steps between two looks at the clock.
const STEPS: usize = 400;

/// What has been found.
#[derive(Clone, Copy)]
struct Found {
    /// The run of the first world in which it does not hold.
    play: StoredValue<Option<Play>>,
    /// What the runs have come to, if they are compared.
    curve: RwSignal<Option<Curve>>,
}

/// How it goes.
#[derive(Clone, Default, PartialEq)]
enum Going {
    /// Nothing was tried, or it was stopped.
    #[default]
    Not,
    /// Worlds in which it holds, of so many.
    On(usize, usize),
    /// It holds in all of so many.
    Holds(usize),
    /// A sentence about the world in which it does not.
    Fails(String),
}

/// The button and what comes of it; nothing, if the check is about one world.
pub fn sweep(desk: Desk, course: &Arc<Course>, n: usize) -> AnyView {
    let Some(over) = course.task(n).and_then(|task| task.check.over().cloned()) else { return ().into_any() };
    let worlds = over.variations().len();
    let is_compared = matches!(over, Over::Settings(..));
    let label = match over {
        Over::Seeds(_) => say::throws(&worlds),
        Over::CrashPoints(..) => say::crash_points(&worlds),
        Over::Settings(..) => say::compare(&(worlds - 1)),
    };
    let going = RwSignal::new(Going::Not);
    let number = StoredValue::new(0_u32);
    let found = Found { play: StoredValue::new(None::<Play>), curve: RwSignal::new(None) };
    let start = {
        let course = course.clone();
        move |()| begin(desk, &course, n, going, number, found)
    };
    let is_off =
        Signal::derive(move || !desk.stage.with(|stage| *stage == OnStage::Task(n)) || !desk.has_acted());
    let open = move |()| {
        if let Some(play) = found.play.get_value() {
            let says = say::strange_world().to_owned();
            desk.show(n, says.clone(), Errand::of_play(says, play), |_| {});
        }
    };
    let shown = part(move || {
        let (label, start) = (label.clone(), start.clone());
        let again = move || view! { <Button label=label icon=Icon::Live disabled=is_off on_press=start/> };
        match going.get() {
            Going::Not => again().into_any(),
            Going::On(done, of) => view! {
                <label class="dim">{say::progress_of(&done, &of)} <progress max=of.to_string() value=done.to_string()></progress></label>
                <Button label=say::stop() kind=ButtonKind::Quiet on_press=move |()| going.set(Going::Not)/>
            }
            .into_any(),
            Going::Holds(of) => {
                let says = if is_compared { say::nothing_beats(&(of - 1)) } else { say::holds_in_all(&of) };
                view! { <p class="said-right" role="status">{says}</p> {again()} }.into_any()
            }
            Going::Fails(says) => view! {
                <p role="status">{says}</p>
                <div class="row"><Button label=say::open_that_world() icon=Icon::Why on_press=open/> {again()}</div>
            }
            .into_any(),
        }
    });
    let needed = maybe(move || {
        let is_met = desk.seen.with(|seen| !seen.is_empty() && seen.iter().all(|seen| seen.is_met()));
        let is_asked =
            is_met && desk.stage.with(|stage| *stage == OnStage::Task(n)) && desk.state(n) != StepState::Done;
        (is_asked && going.with(|going| *going == Going::Not))
            .then(|| view! { <p role="status">{say::holds_here()}</p> }.into_any())
    });
    let compared = maybe(move || found.curve.with(|curve| curve.as_ref().map(super::curve::curve)));
    view! { <div class="sweep">{needed} {shown} {compared}</div> }.into_any()
}

fn begin(
    desk: Desk,
    course: &Arc<Course>,
    n: usize,
    going: RwSignal<Going>,
    number: StoredValue<u32>,
    found: Found,
) {
    let Some(task) = course.task(n) else { return };
    desk.session.pause();
    let sweep = desk.session.with(|timeline| Sweep::of_history(&course.lesson, task, timeline));
    found.curve.set(None);
    number.update_value(|n| *n += 1);
    going.set(Going::On(0, sweep.progress().of));
    go_on(desk, task.id.clone(), sweep, going, (number, number.get_value()), found);
}

type Number = (StoredValue<u32>, u32);

fn go_on(desk: Desk, task: String, mut sweep: Sweep, going: RwSignal<Going>, number: Number, found: Found) {
    // Stopped, begun anew, or put away with its step.
    let is_wanted = matches!(going.try_get_untracked(), Some(Going::On(..)))
        && number.0.try_get_value() == Some(number.1);
    if !is_wanted {
        return;
    }
    let clock = || window().performance().map_or(0.0, |clock| clock.now());
    let start = clock();
    while !sweep.advance(STEPS).is_over() && clock() - start < SHARE_MS {}
    let progress = sweep.progress();
    if let Some(stranger) = &progress.stranger {
        let says = says(stranger, progress.done);
        found.play.set_value(sweep.again());
        found.curve.set(progress.curve.clone().filter(|curve| curve.points.len() == progress.of));
        going.set(Going::Fails(says));
    } else if progress.is_over() {
        found.curve.set(progress.curve.clone());
        going.set(Going::Holds(progress.of));
        desk.solved(&task);
    } else {
        going.set(Going::On(progress.done, progress.of));
        next_frame(move || go_on(desk, task, sweep, going, number, found));
    }
}

/// Which world it is, and what is not so there.
fn says(stranger: &Stranger, before: usize) -> String {
    let unmet = stranger.seen.iter().find_map(|seen| seen.unmet.clone());
    let why =
        unmet.or_else(|| stranger.fault.as_ref().map(|fault| fault.sentence.clone())).unwrap_or_default();
    let Variation { seed, fault, settings } = &stranger.world;
    if let Some((_, settings)) = settings {
        return say::with_settings(settings, &why);
    }
    let says = match (fault, seed) {
        (Some(Fault::CrashAt { group, name, point, nth, .. }), _) => {
            say::with_crash(&format!("{group}/{name}"), &point.name(), nth, &why)
        }
        (_, Some(seed)) => say::with_throw(seed, &why),
        (_, None) => say::there(&why),
    };
    if before > 0 { say::after_that_hold(before as u64, &says) } else { says }
}
