//! A join's two lanes and the matching window between them.

use super::{Look, picture, plot, sample, width};
use crate::lean::{maybe, part, text as words};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::stage::draw::{at, boxed, fit_mono, g, px, stroke, text, tip};
use crate::ui::Choice;
use leptos::prelude::*;
use millrace_view::desk::{JoinBoard, JoinDot, JoinFate, JoinLane, join, join_names};
use millrace_words::desk as say;
use std::sync::Arc;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let session = look.session;
    let which = RwSignal::new(0_usize);
    let names = {
        let look = look.clone();
        Memo::new(move |was: Option<&Vec<String>>| match look.is_due() {
            true => session.with(|timeline| join_names(timeline, &look.name)),
            false => was.cloned().unwrap_or_default(),
        })
    };
    let seen = Memo::new(move |was: Option<&Option<Arc<JoinBoard>>>| {
        let which = which.get();
        if !look.is_due() {
            return was.cloned().flatten();
        }
        session.with(|timeline| join(timeline, &look.name, which, width(session))).map(Arc::new)
    });
    let several = maybe(move || {
        (names.with(Vec::len) > 1).then(|| {
            let options = Signal::derive(move || {
                names.with(|names| {
                    names.iter().enumerate().map(|(n, name)| (n.to_string(), name.clone())).collect()
                })
            });
            let now = Signal::derive(move || which.get().to_string());
            let choose = move |chosen: String| which.set(chosen.parse().unwrap_or(0));
            view! { <Choice label=say::join() options=options value=now on_change=choose/> }.into_any()
        })
    });
    let draw = move || seen.get().map(|board| drawn(&board));
    let (view, _) = picture("join", say::the_join_both_sides_over(), draw);
    let legend = part(move || {
        match seen.with(|board| board.as_ref().map_or("", |board| board.over)) {
        "event time" => view! {
            {say::below_each_left_record()} " "
            {sample("is-matched", say::met())} {sample("is-waiting", say::waits())} {sample("is-dropped", say::came_to_nothing())}
        }
        .into_any(),
        _ => view! {
            {say::from_left_to_right()} " "
            {sample("is-matched", say::met_or_a_row())} {sample("is-waiting", say::no_row_yet_or_out())}
            {sample("is-dropped", say::came_to_nothing())}
        }
        .into_any(),
    }
    });
    let reasons = part(move || {
        let board = seen.get();
        let lines = board.iter().flat_map(|board| board.reasons.iter().cloned());
        let lines: Vec<_> = lines.map(|line| view! { <li>{line}</li> }.into_any()).collect();
        view! { <ul class="desk-reasons">{lines}</ul> }.into_any()
    });
    view! {
        {several}
        <p class="desk-says">{words(move || seen.with(|board| board.as_ref().map(|board| board.title.clone()).unwrap_or_default()))}</p>
        {view}
        <p class="desk-legend dim">{legend}</p>
        {reasons}
    }
    .into_any()
}

fn drawn(board: &JoinBoard) -> Node {
    let [left, right] = &board.lanes;
    let bottom = right.rect.bottom();
    let mut ground = g("ground");
    for tick in &board.ticks {
        ground = ground
            .child(stroke("grid", format!("M{} {}V{}", px(tick.x), px(left.rect.y), px(bottom))))
            .child(text("tick", tick.x, bottom + 16.0, tick.text.clone()));
    }
    let wedge = |dot: &JoinDot| {
        let (a, b) = (px(left.rect.bottom()), px(right.rect.y));
        let (from, to) = dot.window?;
        let d = format!("M{} {a}L{} {b}H{}z", px(dot.at.x), px(from), px(to));
        Some(node("path").set("class", format!("wedge hue-{}", dot.hue)).set("d", d))
    };
    let clocks = board.clocks.iter().map(|clock| {
        g("stair")
            .child(stroke("line", format!("M{} {}V{}", px(clock.x), px(left.rect.y), px(bottom))))
            .child(text(
                "clock-text",
                clock.x + 6.0,
                left.rect.bottom() + 16.0,
                say::stream_time(&clock.text),
            ))
    });
    let met = board.matches.iter().map(|one| {
        let d = format!("M{} {}L{} {}", px(one.from.x), px(one.from.y), px(one.to.x), px(one.to.y));
        node("path").set("class", format!("met hue-{}", one.hue)).set("d", d)
    });
    plot::root(board.rect)
        .child(ground)
        .children(board.lanes.iter().map(|lane| boxed("trough", lane.rect, "8")).collect())
        .child(g("wedges").children(left.dots.iter().filter_map(wedge).collect()))
        .children(clocks.collect())
        .child(g("mets").children(met.collect()))
        .children(board.lanes.iter().map(lane).collect())
}

fn lane(lane: &JoinLane) -> Node {
    let middle = lane.rect.y + lane.rect.h / 2.0;
    g("join-lane")
        .child(text("row-name", lane.rect.x - 12.0, middle + 4.0, fit_mono(&lane.name, 84.0)))
        .children(lane.dots.iter().map(dot).collect())
}

fn dot(dot: &JoinDot) -> Node {
    let fate = match dot.fate {
        JoinFate::Matched(_) => "is-matched",
        JoinFate::Waiting => "is-waiting",
        JoinFate::Expired => "is-dropped",
        JoinFate::Alone => "is-alone",
        JoinFate::Row | JoinFate::Unreached => "is-row",
        JoinFate::Deleted => "is-deleted",
    };
    let cross = matches!(dot.fate, JoinFate::Expired | JoinFate::Deleted)
        .then(|| stroke("cross", "M4-10l6 6m0-6l-6 6".to_owned()));
    node("g")
        .set("class", format!("dot {fate} hue-{}", dot.hue))
        .set("style", at(dot.at.x, dot.at.y))
        .is("data-fate", fate)
        .is("role", "img")
        .set("aria-label", dot.label.clone())
        .child(tip(dot.label.clone()))
        .child(
            node("rect")
                .is("class", "tile")
                .is("x", "-9")
                .is("y", "-9")
                .is("width", "18")
                .is("height", "18")
                .is("rx", "4"),
        )
        .child(text("letter", 0.0, 4.0, dot.letter.clone()))
        .maybe(cross)
}
