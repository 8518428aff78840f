//! Below the stage: a rebalance as lanes over time, slowed down on demand, alone or beside another branch's.

use super::chart::{Scale, chart};
use super::empty;
use super::told::{Shown, Told};
use crate::frame::{FrameState, Sheet};
use crate::lean::{maybe, part, text};
use crate::memo::Memo;
use crate::paint::{Canvas, Space};
use crate::session::{STRATEGIES, Session, next_frame};
use crate::ui::{Button, ButtonKind, Disclosure, Icon, Menu, MenuItem};
use leptos::html;
use leptos::prelude::*;
use leptos::svg;
use millrace_view::rebalance::PhaseKind;
use millrace_view::words;
use millrace_words::groups as say;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// The speed of slow motion, in hundredths of real time.
const SLOW: u32 = 10;
/// The stage's margins.
const MARGINS: f32 = 48.0;

type Stories = Memo<Arc<Vec<Shown>>>;

/// See the module. Nothing is computed while it is closed.
#[component]
pub fn Dock() -> AnyView {
    let session = expect_context::<Session>();
    let is_open = Memo::new(move |_| session.story.with(Option::is_some));
    maybe(move || is_open.get().then(|| dock(session)))
}

/// On a phone the dock lies below the list, and the button that opens it on another sheet: go there.
fn bring_into_sight(place: NodeRef<html::Section>) {
    let frame = use_context::<FrameState>();
    Effect::new(move |_| {
        let (Some(dock), Some(frame)) = (place.get(), frame) else { return };
        if frame.is_phone.get_untracked() {
            frame.sheet.set(Sheet::Stage);
            // The sheet is shown with the next frame.
            next_frame(move || dock.scroll_into_view());
        }
    });
}

fn dock(session: Session) -> AnyView {
    let told = StoredValue::new_local(Told::default());
    let shown: Stories = Memo::new(move |_| {
        session.history.track();
        let Some(story) = session.story.get() else { return Arc::default() };
        let look =
            |told: &mut Told| session.with_stories(|timeline, stories| told.look(timeline, stories, &story));
        Arc::new(told.try_update_value(look).flatten().unwrap_or_default())
    });
    let title =
        Memo::new(move |_| match shown.with(|all| all.first().map(|s| s.rebalance.title(s.frontier))) {
            Some(title) => title,
            None => say::no_rebalance_yet().to_owned(),
        });
    let is_two = Memo::new(move |_| shown.with(|all| all.len() > 1));
    let rest = part(move || match is_two.get() {
        true => {
            let alike =
                text(move || shown.with(|all| all.get(1).map(|s| s.alike.clone()).unwrap_or_default()));
            view! { {lanes(session, shown, 0)} {lanes(session, shown, 1)} <p class="alike">{alike}</p> {measures(shown)} }.into_any()
        }
        false => lanes(session, shown, 0),
    });
    let place = NodeRef::new();
    bring_into_sight(place);
    view! {
        <section class="dock" aria-label=say::rebalances() node_ref=place>
            <div class="row dock-head">
                <h2>{text(move || title.get())}</h2>
                <span class="spread"></span>
                {tools(session, shown)}
                <Button label=say::close() icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=move |()| session.story.set(None)/>
            </div>
            <div class="dock-body" tabindex="0" role="group" aria-label=say::the_rebalance()>
            {maybe(move || shown.with(|all| all.first().map(|s| s.rebalance.reason.clone())).map(|why| view! { <p class="dim why-line">{why}</p> }.into_any()))}
            {rest}
            {phases(session, shown)}
            {story(session, shown)}
            </div>
        </section>
    }
    .into_any()
}

/// Earlier, later, slow motion, compare.
fn tools(session: Session, shown: Stories) -> AnyView {
    let around = Memo::new(move |_| shown.with(|all| all.first().map_or((None, None), |s| s.around)));
    let (no_earlier, no_later) =
        (Signal::derive(move || around.get().0.is_none()), Signal::derive(move || around.get().1.is_none()));
    let go = move |step: Option<u64>| {
        if let Some(step) = step {
            session.seek_step(step);
        }
    };
    let none = Signal::derive(move || shown.with(|all| all.is_empty()));
    let slow = move |()| {
        let first = shown.with_untracked(|all| all.first()?.rebalance.phases.first().map(|phase| phase.step));
        if let Some(step) = first {
            session.seek_step(step.saturating_sub(1));
            session.set_speed(SLOW);
            session.play();
        }
    };
    let items = move || {
        let compare = |(strategy, name): (&'static str, &'static str)| {
            let press = move |()| {
                let group = session.story.with_untracked(|story| story.as_ref().map(|s| s.group.clone()));
                if let Some(group) = group {
                    session.compare(&group, strategy);
                }
            };
            view! { <MenuItem label=name.to_owned() on_press=press/> }.into_any()
        };
        let mut items: Vec<AnyView> = STRATEGIES.into_iter().map(compare).collect();
        let futures = session.history.with(|history| history.branches.clone());
        for branch in futures.into_iter().filter(|branch| !branch.is_current) {
            let name = say::future(&(branch.id.0 + 1));
            let press = move |()| session.put_beside(Some(branch.id));
            items.push(
                view! { <MenuItem label=name says=say::as_it_went().to_owned() on_press=press/> }.into_any(),
            );
        }
        items.push(
            view! { <MenuItem label=say::nothing().to_owned() on_press=move |()| session.put_beside(None)/> }
                .into_any(),
        );
        items.into_any()
    };
    let whole = maybe(move || {
        let beside = session.story.with(|story| story.as_ref().and_then(|story| story.beside))?;
        let press = move |()| session.put_on_both_stages(Some(beside));
        Some(view! { <Button label=say::both_stages() hint=say::everything_that_differs_not_only() on_press=press/> }.into_any())
    });
    view! {
        <Button label=say::earlier_rebalance() icon=Icon::ChevronLeft bare=true kind=ButtonKind::Quiet disabled=no_earlier on_press=move |()| go(around.get_untracked().0)/>
        <Button label=say::later_rebalance() icon=Icon::ChevronRight bare=true kind=ButtonKind::Quiet disabled=no_later on_press=move |()| go(around.get_untracked().1)/>
        <Button label=say::slow_down() icon=Icon::Slow hint=say::plays_it_at_a_tenth() disabled=none on_press=slow/>
        {whole}
        <Menu label=say::compare_with().to_owned() class="right up">{part(items)}</Menu>
    }
    .into_any()
}

/// One chart, with its heading where there are two.
fn lanes(session: Session, shown: Stories, which: usize) -> AnyView {
    let place = NodeRef::<svg::Svg>::new();
    let canvas = StoredValue::new_local(None::<Canvas>);
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        canvas.set_value(Some(Canvas::new(document(), place.unchecked_into(), Space::Svg)));
    });
    Effect::new(move |_| {
        let is_there = place.get().is_some();
        let width = (session.viewport.get().width - MARGINS).max(260.0);
        let now = session.playhead.get_untracked();
        let hue = session.story.with(|story| {
            let group = story.as_ref().map(|story| story.group.clone());
            let hue = |group| {
                session.scene.with_untracked(|s| s.groups.iter().find(|g| g.name == group).map(|g| g.hue))
            };
            group.and_then(hue).unwrap_or(0)
        });
        let picture = shown.with(|all| {
            let one = all.get(which)?;
            let other = all.get(1 - which.min(1));
            // One scale for both: what happens at the same time stands below each other.
            let from = all.iter().map(|s| s.window.0).min()?;
            let until = all.iter().map(|s| s.window.1).max()?;
            let zero = all.iter().map(|s| s.rebalance.from).min()?;
            let differs = other.filter(|_| all.len() > 1).map(|other| one.differs(other));
            let scale = Scale::around(from, until, width);
            Some(chart(&one.rebalance, &one.still, scale, zero, hue, &differs.unwrap_or_default()))
        });
        canvas.update_value(|canvas| {
            if let (Some(canvas), true) = (canvas, is_there) {
                canvas.show(picture.unwrap_or_else(empty));
                canvas.move_to(now);
            }
        });
    });
    Effect::new(move |_| {
        let now = session.playhead.get();
        canvas.update_value(|canvas| {
            if let Some(canvas) = canvas {
                canvas.move_to(now);
            }
        });
    });
    let heading = move || {
        shown.with(|all| {
            let one = all.get(which).filter(|_| all.len() > 1)?;
            let strategy = one.strategy.clone();
            let title = if which == 0 { [&*strategy, " · ", say::on_stage()].concat() } else { strategy };
            Some(view! { <h3 class="dock-branch">{title}</h3> }.into_any())
        })
    };
    let says = move || {
        shown.with(|all| {
            all.get(which).map_or_else(String::new, |one| {
                let lanes = words::many(one.rebalance.lanes.len(), "member");
                say::of_as_text_below(&one.rebalance.title(one.frontier), &lanes)
            })
        })
    };
    // The line of now belongs to the chart only while now lies in it.
    let is_inside = Memo::new(move |_| {
        let now = session.playhead.get();
        shown.with(|all| {
            let from = all.iter().map(|s| s.window.0).min();
            let until = all.iter().map(|s| s.window.1).max();
            from.zip(until).is_some_and(|(from, until)| now >= from && now <= until)
        })
    });
    let cost = move || {
        shown.with(|all| {
            let one = all.get(which)?;
            Some(view! { <p class="cost">{sentence(&one.cost)}</p> }.into_any())
        })
    };
    view! {
        <div class="row told-line">{maybe(heading)} {maybe(cost)}</div>
        <svg node_ref=place data-inside=crate::lean::attr(move || is_inside.get().to_string()) role="img" aria-label=crate::lean::attr(says) data-chart=which.to_string()></svg>
    }
    .into_any()
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let (first, rest) = clause.split_at_checked(1).unwrap_or(("", clause));
    format!("{}{rest}.", first.to_ascii_uppercase())
}

/// Each phase is a button that goes to its beginning.
fn phases(session: Session, shown: Stories) -> AnyView {
    let buttons = move || {
        let phases = shown.with(|all| all.first().map(|s| s.rebalance.phases.clone())).unwrap_or_default();
        let button = |phase: millrace_view::rebalance::Phase| {
            let lasted = phase
                .until
                .map_or_else(|| say::goes_on().to_owned(), |until| words::span(until.since(phase.from)));
            let name = match phase.kind {
                PhaseKind::Settling => say::stable_assignments_arrive().to_owned(),
                kind => kind.name().to_owned(),
            };
            let press = move |_| session.seek_step(phase.step);
            view! {
                <li><button type="button" class="phase-step" title=phase.kind.says() on:click=press>
                    <span>{name}</span> <span class="number dim">{lasted}</span>
                </button></li>
            }
        };
        phases.into_iter().map(button).collect::<Vec<_>>().into_any()
    };
    view! {
        <div class="row">
            <ol class="phase-steps" aria-label=say::phases()>{part(buttons)}</ol>
            <p class="dim chart-key">{say::asked_to_join_again_joins()}</p>
        </div>
    }
    .into_any()
}

/// What two branches come to, side by side; what differs is marked.
fn measures(shown: Stories) -> AnyView {
    let rows = move || {
        let measured: Vec<_> = shown.with(|all| all.iter().take(2).map(Shown::measures).collect());
        let [one, other] = measured.as_slice() else { return ().into_any() };
        let row = |((name, here), (_, there)): (&(&'static str, String), &(&'static str, String))| {
            let class = if here == there { "" } else { "is-different" };
            view! { <tr class=class><th scope="row">{*name}</th><td>{here.clone()}</td><td>{there.clone()}</td></tr> }
        };
        one.iter().zip(other).map(row).collect::<Vec<_>>().into_any()
    };
    let name = move |which: usize| {
        text(move || shown.with(|all| all.get(which).map(|s| s.strategy.clone()).unwrap_or_default()))
    };
    view! {
        <table class="measures">
            <thead><tr><td></td><th scope="col">{name(0)}</th><th scope="col">{name(1)}</th></tr></thead>
            <tbody>{part(rows)}</tbody>
        </table>
    }
    .into_any()
}

/// The story in sentences; each goes to its moment.
fn story(session: Session, shown: Stories) -> AnyView {
    let lines = move || {
        let told = shown.with(|all| all.first().map(|s| s.rebalance.told.clone())).unwrap_or_default();
        let line = |told: millrace_view::rebalance::Told| {
            let step = told.step;
            view! {
                <li class="log-line"><button type="button" on:click=move |_| session.seek_step(step)>
                    <span class="number dim">{told.at.to_string()}</span> <span>{told.text}</span>
                </button></li>
            }
        };
        told.into_iter().map(line).collect::<Vec<_>>().into_any()
    };
    view! {
        <Disclosure summary=say::the_rebalance_in_words().to_owned()>
            <ol class="log-lines told-lines" tabindex="0" aria-label=say::the_rebalance_in_words()>{part(lines)}</ol>
        </Disclosure>
    }
    .into_any()
}
