//! Two futures side by side: both stages at the same virtual time, what differs marked on them, and listed below. The time
//! bar moves both. What is compared comes from `view`; the other future is played in a history of its own, so that looking
//! at it changes nothing.

mod list;
mod stages;

use crate::frame::mark;
use crate::lean::{maybe, part, text};
use crate::memo::Memo;
use crate::session::{Session, Story, next_frame};
use crate::ui::{Button, ButtonKind, Choice, Icon};
use leptos::html;
use leptos::prelude::*;
use millrace_model::Time;
use millrace_sim::{BranchId, Timeline};
use millrace_view::beside::{self, Beside};
use millrace_view::{Scene, Viewport, futures};
use millrace_words::beside as say;
use std::sync::Arc;

/// Steps of the other future that are made between two looks at the page.
const STEPS: usize = 2_000;

/// What is shown of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// Both stages; the one on stage first.
    scenes: Option<[Arc<Scene>; 2]>,
    /// What differs.
    compared: Arc<Beside>,
    /// The hash of the other world, while time stands.
    hash: Option<String>,
    /// Whether the other future is where the clock is.
    has_caught_up: bool,
}

/// The other future, and what was drawn of it last.
#[derive(Default)]
struct Twin {
    id: Option<BranchId>,
    timeline: Option<Timeline>,
}

/// The room of the comparison; empty while nothing is compared.
pub fn beside(session: Session) -> AnyView {
    let open = Memo::new(move |_| session.beside());
    Effect::new(move |_| mark("data-beside", open.get().is_some()));
    maybe(move || open.get().map(|id| compared(session, id)))
}

fn compared(session: Session, id: BranchId) -> AnyView {
    let twin = StoredValue::new_local(Twin { id: Some(id), timeline: None });
    let tick = RwSignal::new(0_u32);
    let viewport = stages::viewport();
    let shown = Memo::new(move |_| {
        tick.track();
        session.scene.track();
        session.history.track();
        let is_still = session.transport.with(|transport| !transport.is_playing);
        let viewport = viewport.get();
        let at = session.playhead.get();
        twin.try_update_value(|twin| session.with(|timeline| look(timeline, twin, at, viewport, is_still)))
            .flatten()
            .unwrap_or_default()
    });
    // A long way is gone in slices.
    Effect::new(move |_| {
        if shown.with(|shown| shown.scenes.is_some() && !shown.has_caught_up) {
            next_frame(move || {
                let _ = tick.try_update(|n| *n += 1);
            });
        }
    });
    let titles = Memo::new(move |_| {
        session.history.track();
        session.with(|timeline| [timeline.branch().id, id].map(|id| timeline.title_of(id)))
    });
    // Deleted, or on stage by now: there is nothing to compare any more.
    Effect::new(move |_| {
        session.history.track();
        let is_there = session.with(|timeline| {
            timeline.branch().id != id && timeline.branches().iter().any(|branch| branch.id == id)
        });
        if !is_there {
            next_frame(move || {
                // Unless another one has been put there meanwhile.
                if untrack(|| session.beside()) == Some(id) {
                    session.put_on_both_stages(None);
                }
            });
        }
    });
    let place = NodeRef::<html::Section>::new();
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            next_frame(move || {
                let _ = place.focus();
            });
        }
    });
    let heading = move || titles.with(|[here, there]| say::beside(&here, &there));
    let says = text(move || shown.with(|shown| shown.compared.says()));
    view! {
        <section class="beside" aria-label=say::two_futures_side_by_side() tabindex="-1" node_ref=place
            on:keydown=move |event| if event.key() == "Escape" { session.put_on_both_stages(None) }>
            <div class="row beside-head">
                <h2>{text(heading)}</h2>
                <span class="spread"></span>
                {tools(session, id)}
            </div>
            <div class="beside-stages">
                {stages::stage(session, shown, titles, 0)}
                {stages::stage(session, shown, titles, 1)}
            </div>
            <p class="beside-says" role="status"><span class="differs-sign" aria-hidden="true">"≠"</span> {says}</p>
            {list::list(session, shown, titles)}
        </section>
    }
    .into_any()
}

/// Moves the other future to the clock and compares. Metrics go through whole traces, so that they wait until time stands.
fn look(timeline: &Timeline, twin: &mut Twin, at: Time, viewport: Viewport, is_still: bool) -> Option<Shown> {
    if twin.timeline.is_none() {
        twin.timeline = timeline.alone(twin.id?);
    }
    let other = twin.timeline.as_mut()?;
    let has_caught_up = other.follow(at, STEPS);
    let mut compared = beside::beside(timeline.world(), other.world());
    if is_still {
        compared.sections.push(beside::measured(timeline, other));
    }
    let scene = |timeline: &Timeline| Arc::new(millrace_view::scene(timeline.world(), viewport));
    Some(Shown {
        scenes: Some([scene(timeline), scene(other)]),
        compared: Arc::new(compared),
        hash: is_still.then(|| format!("{:016x}", other.world().state_hash())),
        has_caught_up,
    })
}

/// Which other future, the stages exchanged, the groups' rebalances, and the way out.
fn tools(session: Session, id: BranchId) -> AnyView {
    let options = Signal::derive(move || {
        session.history.track();
        let others = session.with(futures).lines.into_iter().filter(|line| !line.is_played);
        others.map(|line| (line.id.0.to_string(), line.title)).collect::<Vec<_>>()
    });
    let choose = move |number: String| {
        session.put_on_both_stages(number.parse().ok().map(BranchId));
    };
    let exchange = move |()| {
        let here = session.with(|timeline| timeline.branch().id);
        let at = session.playhead.get_untracked();
        session.switch_to(id, at);
        session.put_on_both_stages(Some(here));
    };
    let groups = part(move || {
        let groups =
            session.roster.with(|roster| roster.apps.iter().map(|app| app.group.clone()).collect::<Vec<_>>());
        let button = move |group: millrace_model::GroupId| {
            let label = say::rebalances_of(&group);
            let press = move |()| {
                session.story.set(Some(Story { group: group.clone(), beside: Some(id) }));
                session.put_on_both_stages(None);
            };
            view! { <Button label=label kind=ButtonKind::Quiet hint=say::both_futures_rebalances_as_lanes() on_press=press/> }
        };
        groups.into_iter().take(3).map(button).collect::<Vec<_>>().into_any()
    });
    view! {
        {groups}
        <Choice label=say::beside_here() options=options value=Signal::derive(move || id.0.to_string()) on_change=choose/>
        <Button label=say::exchange() hint=say::plays_the_other_one() on_press=exchange/>
        <Button label=say::close() icon=Icon::Close bare=true kind=ButtonKind::Quiet hint="Escape" on_press=move |()| session.put_on_both_stages(None)/>
    }
    .into_any()
}
