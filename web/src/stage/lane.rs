//! A partition: a trough with the tail of its log on a belt, the high watermark, and where each group stands.
//!
//! Tiles lie on the belt by their offset and never move; when the log grows out of sight, the belt glides.

use super::cell::{Detail, cell};
use super::draw::{at, boxed, follow, keys, px, text};
use super::key::key;
use crate::session::Session;
use leptos::prelude::*;
use millrace_model::{GroupId, Offset, TopicName};
use millrace_view::layout::Density;
use millrace_view::{Cell, Lane, PositionMark, Rect, Scene};

/// Finds a lane.
fn lane_of<'a>(scene: &'a Scene, topic: &TopicName, n: usize) -> Option<(&'a Lane, Density)> {
    let block = scene.topics.iter().find(|block| block.name == *topic)?;
    block.lanes.get(n).map(|lane| (lane, block.density))
}

/// Where the belt's offset 0 lies on stage.
fn belt_x(lane: &Lane, density: Density) -> f32 {
    let pitch = density.lane().pitch;
    lane.cells.first().map_or(lane.rect.x, |first| first.rect.x - first.offset.0 as f32 * pitch)
}

/// A tile with its place on the belt.
fn on_belt(lane: &Lane, density: Density, offset: Offset) -> Option<Cell> {
    let first = lane.cells.first()?.offset;
    // Offsets are dense today; a compacted log would have gaps.
    let guess = lane.cells.get(usize::try_from(offset.since(first)).ok()?);
    let found = guess.filter(|cell| cell.offset == offset);
    let cell = found.or_else(|| lane.cells.iter().find(|cell| cell.offset == offset))?;
    let x = offset.0 as f32 * density.lane().pitch;
    Some(Cell { rect: Rect { x, y: cell.rect.y - lane.rect.y, ..cell.rect }, ..cell.clone() })
}

/// What a lane says beside its tiles.
#[derive(Clone, Debug, PartialEq)]
struct Head {
    rect: Rect,
    label: String,
    key: String,
    earlier: u64,
    belt: f32,
    watermark_x: f32,
    watermark: Offset,
    end: Offset,
    density: Density,
}

/// The `n`-th lane of a topic.
pub fn lane(session: Session, topic: TopicName, n: usize) -> AnyView {
    let name = topic.clone();
    let head = follow(session, move |scene| {
        let (lane, density) = lane_of(scene, &name, n)?;
        Some(Head {
            rect: lane.rect,
            label: lane.label.clone(),
            key: key(&lane.target),
            earlier: lane.earlier,
            belt: belt_x(lane, density),
            watermark_x: lane.high_watermark_x,
            watermark: lane.high_watermark,
            end: lane.log_end_offset,
            density,
        })
    });
    let name = topic.clone();
    let offsets = keys(session, move |scene| {
        lane_of(scene, &name, n)
            .map(|(lane, _)| lane.cells.iter().map(|c| c.offset).collect())
            .unwrap_or_default()
    });
    let name = topic.clone();
    let groups = keys(session, move |scene| {
        lane_of(scene, &name, n)
            .map(|(lane, _)| lane.marks.iter().map(|m| m.group.clone()).collect())
            .unwrap_or_default()
    });
    let belt = move || head.get().map(|head| at(head.belt, head.rect.y));
    let density = move || head.with(|head| head.as_ref().map_or(Density::Roomy, |head| head.density));
    let (name, of) = (topic.clone(), topic.clone());
    view! {
        <g class="lane" data-lane=format!("{topic}-{n}")>
            {move || head.get().map(ground)}
            <g class="belt" style=belt>
                <For each=move || offsets.get() key=|offset| offset.0 let(offset)>
                    {
                        let name = name.clone();
                        let tile = follow(session, move |scene| {
                            lane_of(scene, &name, n).and_then(|(lane, density)| on_belt(lane, density, offset))
                        });
                        cell(session, tile, detail(density()))
                    }
                </For>
            </g>
            {move || head.get().map(watermark)}
            <For each=move || groups.get() key=Clone::clone let(group)>
                {mark(session, of.clone(), n, group)}
            </For>
        </g>
    }
    .into_any()
}

fn detail(density: Density) -> Detail {
    match density {
        Density::Roomy => Detail { letter: true, offset_every: 1 },
        Density::Compact => Detail { letter: true, offset_every: 5 },
        Density::Tiny => Detail { letter: false, offset_every: 0 },
    }
}

/// The trough, its name, and how many older records lie out of sight.
fn ground(head: Head) -> AnyView {
    let Head { rect, label, key, earlier, density, end, .. } = head;
    let says = format!("partition {label}, log end offset {end}");
    let earlier = (earlier > 0 && density != Density::Tiny)
        .then(|| text("earlier", rect.x - 8.0, rect.y + rect.h + 12.0, format!("+{earlier}")));
    view! {
        {boxed("trough", rect, "8")}
        <g class="lane-name" role="button" tabindex="-1" aria-label=says data-target=key>
            <rect class="hit" x=px(rect.x - 40.0) y=px(rect.y) width="36" height=px(rect.h)></rect>
            <text x=px(rect.x - 10.0) y=px(rect.y + rect.h / 2.0 + 4.0)>{label}</text>
        </g>
        {earlier}
    }
    .into_any()
}

/// The high watermark: readers see what is left of it.
fn watermark(head: Head) -> AnyView {
    let Head { rect, watermark_x, watermark, density, .. } = head;
    let number = (density != Density::Tiny).then(|| {
        view! { <text class="watermark-number" x="8" y=px(rect.h / 2.0 + 3.5)>{watermark.0}</text> }
    });
    // No room right of it: the lane is full.
    let number = number.filter(|_| watermark_x + 40.0 < rect.x + rect.w);
    view! {
        <g class="watermark" style=at(watermark_x, rect.y)>
            <title>{format!("high watermark {watermark}")}</title>
            <path d=format!("M0-3v{}", px(rect.h + 6.0))></path>
            {number}
        </g>
    }
    .into_any()
}

/// Where a group stands: a full triangle at its committed offset, a hollow one at its position, dots between; a thin
/// line on to the high watermark is its lag.
fn mark(session: Session, topic: TopicName, n: usize, group: GroupId) -> AnyView {
    let mark = follow(session, move |scene| {
        let (lane, _) = lane_of(scene, &topic, n)?;
        let mark = lane.marks.iter().find(|mark| mark.group == group)?;
        Some((mark.clone(), lane.high_watermark_x))
    });
    (move || mark.get().map(|(mark, end)| flag(mark, end))).into_any()
}

fn flag(mark: PositionMark, end: f32) -> AnyView {
    let PositionMark { group, hue, committed, committed_x, position, position_x, lag, y } = mark;
    let number =
        |offset: Option<Offset>| offset.map_or_else(|| "none".to_owned(), |offset| offset.to_string());
    let says = format!("{group}: committed {}, position {}, lag {lag}", number(committed), number(position));
    let is_ahead = position.is_some() && position_x - committed_x > 2.0;
    let from = if is_ahead { position_x } else { committed_x };
    let class = if committed.is_some() { "committed" } else { "committed none" };
    view! {
        <g class=format!("mark group-{hue}") data-group=group.to_string() data-committed=committed.map(|o| o.0) data-lag=lag>
            <title>{says}</title>
            <path class="lag" d=format!("M{} {}H{}", px(from + 7.0), px(y - 3.0), px(end.max(from + 7.0)))></path>
            {is_ahead.then(|| view! {
                <path class="uncommitted" d=format!("M{} {}H{}", px(committed_x + 7.0), px(y - 3.0), px(position_x - 5.0))></path>
                <path class="position" style=at(position_x, y) d="M0 0l4-6h-8z"></path>
            })}
            <path class=class style=at(committed_x, y) d="M0 0l4.5-6.5h-9z"></path>
        </g>
    }
    .into_any()
}
