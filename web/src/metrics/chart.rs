//! One chart: its lines with what they say at the moment that is read.

use super::{Reading, Seen, subject};
use crate::desk::frame::picture;
use crate::desk::plot;
use crate::lean::{attr, part, text as words};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::session::Session;
use crate::stage::draw::{boxed, g, px, stroke, text, tip};
use leptos::ev::PointerEvent;
use leptos::prelude::*;
use millrace_model::Time;
use millrace_view::Rect;
use millrace_view::metrics::{Chart, Frame, Line, Unit};
use millrace_words::metrics as say;
use wasm_bindgen::JsCast;

/// See the module.
pub fn figure(reading: Reading, key: &'static str, title: &'static str) -> AnyView {
    let Reading { session, seen, pointed } = reading;
    let find = move |seen: &Seen| seen.charts.iter().find(|chart| chart.key == key).cloned();
    let (view, place) = picture(key, title, move || {
        seen.with(|seen| seen.as_ref().and_then(|s| Some(drawn(&find(s)?, s.frame))))
    });
    let time = move |event: &PointerEvent| {
        let svg = place.get_untracked()?.get_bounding_client_rect();
        let frame = seen.with_untracked(|seen| seen.as_ref().map(|seen| seen.frame))?;
        let scale = frame.width / (svg.width() as f32).max(1.0);
        let frontier = session.history.with_untracked(|h| h.frontier);
        Some(frame.time((event.client_x() as f32 - svg.left() as f32) * scale).min(frontier))
    };
    let moved = move |event: PointerEvent| {
        let at = time(&event);
        if let (Some(at), true) = (at, event.buttons() & 1 == 1) {
            session.seek(at);
        }
        pointed.set(at.filter(|_| event.pointer_type() != "touch"));
    };
    let down = move |event: PointerEvent| {
        if let Some(at) = time(&event).filter(|_| event.button() == 0) {
            if let Some(svg) = place.get_untracked() {
                let _ = svg.unchecked_ref::<web_sys::Element>().set_pointer_capture(event.pointer_id());
            }
            session.seek(at);
        }
    };
    let lines = Memo::new(move |_| {
        seen.with(|seen| {
            let chart = seen.as_ref().and_then(find)?;
            Some((chart.unit, chart.trends.iter().map(|trend| trend.line).collect::<Vec<_>>()))
        })
    });
    let is_firing = move || {
        let now = session.playhead.get();
        let chart = seen.with(|seen| seen.as_ref().and_then(find));
        chart.is_some_and(|chart| chart.fired.iter().any(|fired| fired.is_at(now)))
    };
    let keys = part(move || {
        let Some((unit, lines)) = lines.get() else { return ().into_any() };
        let one = |(n, line): (usize, Line)| {
            let value = words(move || value(reading, unit, line));
            view! { <li><span class=format!("stroke-of line-{n}")></span><span class="metric-name">{line.name()}</span> <b class="number">{value}</b></li> }.into_any()
        };
        let items: Vec<_> = lines.into_iter().enumerate().map(one).collect();
        view! { <ul class="metric-key">{items}</ul> }.into_any()
    });
    let unit = words(move || lines.get().map(|(unit, _)| unit.name().to_owned()).unwrap_or_default());
    view! {
        <figure class="metric" data-metric=key data-firing=attr(move || is_firing().to_string())
            on:pointermove=moved on:pointerdown=down on:pointerleave=move |_| pointed.set(None)>
            <figcaption><b class="metric-title">{title}</b> <span class="dim">{unit}</span> <span class="fires">{say::alarm()}</span></figcaption>
            {keys}
            {view}
        </figure>
    }
    .into_any()
}

fn value(reading: Reading, unit: Unit, line: Line) -> String {
    let at = reading.at();
    let group = reading.seen.with(|seen| seen.as_ref().and_then(|seen| seen.group.clone()));
    let found =
        reading.session.with_metrics(|_, metrics| metrics.value(subject(group.as_ref(), line), line, at));
    found.flatten().map_or_else(|| "–".to_owned(), |value| unit.text(value))
}

/// What a chart says of a moment, for who does not see it.
pub fn values(session: Session, seen: &Seen, chart: &Chart, at: Time) -> Option<String> {
    let group = seen.group.as_ref();
    let line = |line: Line| {
        let value =
            session.with_metrics(|_, metrics| metrics.value(subject(group, line), line, at)).flatten()?;
        Some([line.name(), " ", &chart.unit.text(value)].concat())
    };
    let all: Vec<String> = chart.trends.iter().filter_map(|trend| line(trend.line)).collect();
    (!all.is_empty()).then(|| say::in_unit(&chart.title, &chart.unit.name(), &all.join(", ")))
}

fn drawn(chart: &Chart, frame: Frame) -> Node {
    let area = frame.plot();
    let mut ground = g("ground");
    for tick in &chart.ys {
        ground = ground
            .child(stroke("grid", format!("M{} {}H{}", px(area.x), px(tick.at), px(area.right()))))
            .child(text("tick end", area.x - 6.0, tick.at + 3.5, tick.text.clone()));
    }
    for tick in &chart.xs {
        let class = if tick.at + 24.0 > frame.width { "tick end" } else { "tick" };
        let x = if class == "tick" { tick.at } else { area.right() };
        ground = ground
            .child(stroke("grid", format!("M{} {}v4", px(tick.at), px(area.bottom()))))
            .child(text(class, x.max(area.x + 18.0), area.bottom() + 15.0, tick.text.clone()));
    }
    let fired = chart.fired.iter().map(|fired| {
        let rect = Rect { x: fired.x, y: area.y, w: fired.w, h: area.h };
        g("fired").child(tip(say::has_fired(&fired.name))).child(boxed("shade", rect, "2"))
    });
    let levels = chart.thresholds.iter().map(|level| {
        let y = level.y;
        g("level").child(stroke("line", format!("M{} {}H{}", px(area.x), px(y), px(area.right())))).child(
            text(
                "level-name",
                area.right() - 2.0,
                if y < area.y + 12.0 { y + 11.0 } else { y - 4.0 },
                level.name.to_string(),
            ),
        )
    });
    let trends = chart.trends.iter().enumerate().map(|(n, trend)| {
        let class = ["line-0", "line-1", "line-2"].get(n).copied().unwrap_or("line-2");
        let pieces = trend.pieces.iter().map(|piece| match piece.as_slice() {
            [one] => stroke("trend", format!("M{} {}h.1", px(one.x), px(one.y))),
            piece => stroke("trend", plot::line(piece.iter())),
        });
        g(class).children(pieces.collect())
    });
    let marker = |class: &'static str| {
        node("path").is("class", class).set("d", format!("M0 {}V{}", px(area.y - 4.0), px(area.bottom())))
    };
    plot::root(Rect { x: 0.0, y: 0.0, w: frame.width, h: frame.height })
        .child(ground)
        .child(g("alarms").children(fired.collect()))
        .child(g("levels").children(levels.collect()))
        .child(g("trends").children(trends.collect()))
        .child(marker("reading"))
        .child(marker("now"))
}
