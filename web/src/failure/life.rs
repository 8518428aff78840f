//! A record's life: its tries, its waits and its copies on a timeline of its own; and the same as a list.

use super::{Look, hit, look_at, painted, span};
use crate::desk::frame::{picture, width};
use crate::desk::plot;
use crate::frame::FrameState;
use crate::lean::{maybe, text};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::stage::draw::{at, boxed, fit_mono, g, path, px, stroke, text as label, tip};
use leptos::prelude::*;
use millrace_sim::world::Outcome;
use millrace_view::failure::{Kind, Life, Line, Place, Stop, StopKind, books, life};
use millrace_view::{Target, words};
use millrace_words::failure as say;
use std::sync::Arc;

/// Records that are offered where none is chosen.
const OFFERED: usize = 8;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let (session, frame) = (look.session, use_context::<FrameState>());
    let place = Memo::new(move |was: Option<&Option<Place>>| match session.selected.get() {
        Some(Target::Record(tp, offset)) => Some((tp, offset)),
        _ => was.cloned().flatten(),
    });
    let of = look.clone();
    let seen = Memo::new(move |was: Option<&Option<Arc<Life>>>| {
        let place = place.get();
        if !of.is_due() {
            return was.cloned().flatten();
        }
        let place = place?;
        session.with(|timeline| life(timeline, &of.name, &place, width(session))).map(Arc::new)
    });
    let is_none = Memo::new(move |_| seen.with(Option::is_none));
    let offered: Memo<Arc<Vec<Line>>> = {
        let of = look.clone();
        Memo::new(move |was: Option<&Arc<Vec<Line>>>| match is_none.get() && of.is_due() {
            true => Arc::new(offers(&of)),
            false => was.cloned().unwrap_or_default(),
        })
    };
    let draw = move || seen.with(|life| life.as_ref().map(|life| drawn(life)));
    let (view, _) = picture("life", say::the_records_copies_over_time(), draw);
    let headline = text(move || seen.with(|life| life.as_ref().map(|l| headline(l)).unwrap_or_default()));
    // The second layer of change: per frame.
    let due = Memo::new(move |_| seen.with(|life| life.as_ref().and_then(|life| life.due)));
    let countdown = maybe(move || {
        let due = due.get()?;
        let left = text(move || {
            let now = session.playhead.get();
            let tenths = due.0.saturating_sub(now.0) / 100_000;
            format!("{}.{}", tenths / 10, tenths % 10)
        });
        Some(view! { <p class="countdown"><span class="countdown-number">{left}</span> " " {say::s_until_its_next_try()}</p> }.into_any())
    });
    let list = painted("", move || seen.with(|life| life.as_deref().map_or_else(|| node("div"), stops)));
    let choices = painted("fates", move || match is_none.get() {
        true => offered.with(|offered| choices(offered)),
        false => node("div"),
    });
    let clicked = move |event: leptos::ev::MouseEvent| {
        if let Some(step) = hit(event.target(), "data-step-of").and_then(|step| step.parse().ok()) {
            session.seek_step(step);
            return;
        }
        if let Some(n) = hit(event.target(), "data-stop").and_then(|n| n.parse::<usize>().ok()) {
            let target =
                seen.with_untracked(|life| life.as_ref().and_then(|l| l.stops.get(n)).map(Stop::target));
            if let Some(target) = target {
                look_at(session, frame, target);
            }
            return;
        }
        let Some(key) = hit(event.target(), "data-record") else { return };
        let found =
            offered.with_untracked(|all| all.iter().find(|l| l.place == key).map(|l| l.target.clone()));
        if found.is_some() {
            session.selected.set(found);
        }
    };
    view! {
        <p class="fate-headline" aria-live="polite">{headline}</p>
        {countdown}
        <div on:click=clicked>
            {view}
            {list}
            {choices}
        </div>
    }
    .into_any()
}

/// What is worth looking at: what was lost, done twice, waits or is dead; else what is newest.
fn offers(look: &Look) -> Vec<Line> {
    look.session.with(|timeline| {
        let kinds =
            [Outcome::Lost, Outcome::Twice, Outcome::Waiting, Outcome::Dead, Outcome::Open, Outcome::Once];
        let mut found: Vec<Line> = Vec::new();
        for outcome in kinds {
            let of = books(timeline, &look.name, Some(Kind::Of(outcome)));
            found.extend(
                of.into_iter().flat_map(|books| books.lines).take(OFFERED.saturating_sub(found.len()).min(3)),
            );
        }
        found
    })
}

fn headline(life: &Life) -> String {
    format!("{}, {}: {}", life.line.key, life.line.place, life.says)
}

fn choices(offered: &[Line]) -> Node {
    let root = node("div").child(node("p").is("class", "dim").text(say::choose_a_record_on_the().to_owned()));
    let row = |one: &Line| {
        let button = node("button").is("type", "button").is("class", "fate").children(super::line(one));
        node("li").key(one.place.clone()).set("data-record", one.place.clone()).child(button)
    };
    root.child(
        node("ol")
            .is("class", "fate-list")
            .is("aria-label", say::records_here())
            .children(offered.iter().map(row).collect()),
    )
}

/// The path as a list: every stop, with the way to its copy and to its moment.
fn stops(life: &Life) -> Node {
    let one = |(n, stop): (usize, &Stop)| {
        let lasted = stop.until.map(|until| until.since(stop.at)).filter(|span| span.0 > 0);
        let when = match lasted {
            Some(lasted) if stop.kind != StopKind::Waits => {
                format!("{} · {}", words::time(stop.at), words::span(lasted))
            }
            _ => words::time(stop.at),
        };
        let name = node("button")
            .is("type", "button")
            .is("class", "stop-name")
            .set("data-stop", n.to_string())
            .child(node("b").text(stop.name.clone()))
            .child(span("dim", stop.says.clone()));
        let moment = (stop.step > 0).then(|| {
            node("button")
                .is("type", "button")
                .is("class", "stop-moment number")
                .set("data-step-of", stop.step.to_string())
                .set("title", say::go_to_step(&stop.step))
                .set("aria-label", say::go_to_step_when_step(&when, &stop.step))
                .text(when.clone())
        });
        let plain = (stop.step == 0).then(|| span("stop-moment number dim", when.clone()));
        node("li")
            .key(n.to_string())
            .set("class", ["stop is-", stop.kind.word()].concat())
            .is("data-kind", stop.kind.word())
            .child(name)
            .maybe(moment)
            .maybe(plain)
    };
    node("ol")
        .is("class", "stops")
        .is("aria-label", say::the_records_path())
        .children(life.stops.iter().enumerate().map(one).collect())
}

fn drawn(life: &Life) -> Node {
    let right = life.rect.w - 12.0;
    let is_wide = life.bars.first().is_some_and(|bar| bar.rect.x > 100.0);
    let lanes = life.lanes.iter().map(|lane| {
        let name = match is_wide {
            true => label("lane-name", 0.0, lane.y + 4.0, fit_mono(&lane.name, 136.0)),
            false => label("lane-name", 4.0, lane.y - 14.0, fit_mono(&lane.name, 220.0)),
        };
        let from = if is_wide { 140.0 } else { 4.0 };
        g("life-lane")
            .key(lane.name.clone())
            .child(stroke("grid", format!("M{} {}H{}", px(from), px(lane.y), px(right))))
            .child(name)
    });
    let ticks =
        life.ticks.iter().map(|tick| label("tick", tick.x as f32, life.rect.h - 8.0, tick.text.clone()));
    let hops = life.hops.iter().map(|curve| stroke("hop", path(*curve)));
    let now = (life.now >= 0.0)
        .then(|| stroke("life-now", format!("M{} 4V{}", px(life.now), px(life.rect.h - 22.0))));
    let bars = life.bars.iter().filter_map(|bar| Some(stop(bar.stop, life.stops.get(bar.stop)?, bar.rect)));
    plot::root(life.rect)
        .child(g("lanes").children(lanes.collect()))
        .child(g("ticks").children(ticks.collect()))
        .maybe(now)
        .child(g("hops").children(hops.collect()))
        .child(g("stops-drawn").children(bars.collect()))
}

fn stop(n: usize, stop: &Stop, rect: millrace_view::Rect) -> Node {
    let end = rect.x + rect.w;
    let middle = rect.y + rect.h / 2.0;
    let sign = match stop.kind {
        StopKind::Failed => Some("M-5-5l10 10m0-10l-10 10"),
        StopKind::Done => Some("M-5 0l3.5 4 7-8"),
        StopKind::Dead => Some("M0-4v5m0 3v.5"),
        StopKind::GivenUp | StopKind::Dropped => Some("M-5 0h10"),
        StopKind::Redriven => Some("M-3-5l5 5-5 5"),
        StopKind::Written | StopKind::Trying | StopKind::Waits => None,
    };
    let x = if matches!(stop.kind, StopKind::Waits | StopKind::Trying) { rect.x } else { end };
    let disc = (!matches!(stop.kind, StopKind::Waits | StopKind::Trying))
        .then(|| node("circle").is("class", "disc").is("r", "10"));
    let sign = sign.map(|d| stroke("sign", d.to_owned()));
    let is_bar = rect.w > 1.0;
    let bar = is_bar.then(|| boxed("life-bar", rect, "5"));
    let wait = (stop.kind == StopKind::Waits && rect.w > 44.0)
        .then(|| label("life-word", rect.x + rect.w / 2.0, middle + 4.0, bar_word(stop)));
    let says = format!("{}, {}", stop.name, stop.says);
    let one = node("g")
        .set("class", ["life-stop is-", stop.kind.word()].concat())
        .set("data-stop", n.to_string())
        .child(tip(says))
        .maybe(bar)
        .maybe(wait);
    one.child(g("life-sign").set("style", at(x, middle)).maybe(disc).maybe(sign))
}

/// What a bar says inside: of a wait only how long it is, in any language.
fn bar_word(stop: &Stop) -> String {
    match stop.kind {
        StopKind::Waits => stop.name.trim_start_matches(|letter: char| !letter.is_ascii_digit()).to_owned(),
        _ => stop.name.clone(),
    }
}
