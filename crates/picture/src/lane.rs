//! A partition: a trough with the tail of its log on a belt, the high watermark, and where each group stands.
//!
//! Tiles lie on the belt by their offset and never move; when the log grows out of sight, the belt glides.

use crate::cell::{Detail, tile};
use crate::draw::{at, boxed, g, hit, px, stroke, text, tip};
use crate::key::key;
use crate::node::{Node, node};
use millrace_model::Offset;
use millrace_view::layout::Density;
use millrace_view::{Lane, PositionMark, Target};
use millrace_words::picture as say;

/// The lane.
pub fn lane(lane: &Lane, density: Density) -> Node {
    let pitch = density.lane().pitch;
    let place = |offset: Offset| offset.0 as f32 * pitch;
    let belt = lane.cells.first().map_or(lane.rect.x, |first| first.rect.x - place(first.offset));
    let tiles = lane
        .cells
        .iter()
        .map(|cell| tile(cell, place(cell.offset), cell.rect.y - lane.rect.y, detail(density)));
    let name = match &lane.target {
        Target::Partition(tp) => tp.to_string(),
        _ => lane.label.clone(),
    };
    g("lane")
        .key(name.clone())
        .set("data-lane", name)
        .child(boxed("trough", lane.rect, "8"))
        .child(label(lane))
        .maybe(earlier(lane, density))
        .maybe((lane.unknown > 0).then(|| unknown(lane)))
        .child(g("belt").set("style", at(belt, lane.rect.y)).children(tiles.collect()))
        .child(watermark(lane, density))
        .children(lane.marks.iter().map(|one| mark(one, lane.high_watermark_x)).collect())
}

fn detail(density: Density) -> Detail {
    match density {
        Density::Roomy | Density::Touch => Detail { letter: true, offset_every: 1 },
        Density::Compact => Detail { letter: true, offset_every: 5 },
        Density::Tiny => Detail { letter: false, offset_every: 0 },
    }
}

fn label(lane: &Lane) -> Node {
    let rect = lane.rect;
    let says = say::partition_log_end_offset(&lane.label, &lane.log_end_offset);
    g("lane-name")
        .set("data-target", key(&lane.target))
        .child(hit(rect.x - 48.0, rect.y - 2.0, 44.0, rect.h + 4.0).button(says))
        .child(text("", rect.x - 10.0, rect.y + rect.h / 2.0 + 4.0, lane.label.clone()))
}

/// How many older records lie out of sight.
fn earlier(lane: &Lane, density: Density) -> Option<Node> {
    let is_said = lane.earlier > 0 && density != Density::Tiny;
    let (x, y) = (lane.rect.x - 8.0, lane.rect.y + lane.rect.h + 12.0);
    is_said.then(|| text("earlier", x, y, format!("+{}", lane.earlier)))
}

/// What is there was imported, and nobody knows its contents.
fn unknown(lane: &Lane) -> Node {
    let says = say::imported_contents_unknown(&lane.unknown);
    let is_said = lane.cells.is_empty();
    let (x, y) = (lane.rect.x + 14.0, lane.rect.y + lane.rect.h / 2.0 + 4.0);
    g("unknown").child(tip(says.clone())).maybe(is_said.then(|| text("", x, y, says)))
}

/// The high watermark: readers see what is left of it.
fn watermark(lane: &Lane, density: Density) -> Node {
    let (rect, x) = (lane.rect, lane.high_watermark_x);
    // No room right of it: the lane is full.
    let number = lane.high_watermark.to_string();
    let needs = 16.0 + number.len() as f32 * 6.1;
    let is_said = density != Density::Tiny && x + needs.max(40.0) < rect.x + rect.w;
    let number = || text("watermark-number", 8.0, rect.h / 2.0 + 3.5, number);
    g("watermark")
        .set("style", at(x, rect.y))
        .child(tip(say::high_watermark(&lane.high_watermark)))
        .child(stroke("", format!("M0-3v{}", px(rect.h + 6.0))))
        .maybe(is_said.then(number))
}

/// Where a group stands: a full triangle at its committed offset, a hollow one at its position, dots between; a thin
/// line on to the high watermark is its lag.
fn mark(mark: &PositionMark, end: f32) -> Node {
    let PositionMark { group, hue, committed, committed_x, position, position_x, lag, y } = mark;
    let (x, ahead, y) = (*committed_x, *position_x, *y);
    let number =
        |offset: &Option<Offset>| offset.map_or_else(|| say::none().to_owned(), |offset| offset.to_string());
    let says = say::committed_position_lag(&group, &number(committed), &number(position), &lag);
    let is_ahead = position.is_some() && ahead - x > 2.0;
    let from = if is_ahead { ahead } else { x } + 7.0;
    let line = |class: &'static str, from: f32, to: f32| {
        stroke(class, format!("M{} {}H{}", px(from), px(y - 3.0), px(to)))
    };
    let flag = |class: &'static str, x: f32, d: &'static str| {
        node("path").is("class", class).set("style", at(x, y)).is("d", d)
    };
    let mut drawn = node("g")
        .key(group.to_string())
        .set("class", format!("mark group-{hue}"))
        .set("data-group", group.to_string())
        .set("data-lag", lag.to_string())
        .child(tip(says))
        .child(line("lag", from, end.max(from)));
    if let Some(committed) = committed {
        drawn = drawn.set("data-committed", committed.to_string());
    }
    if is_ahead {
        drawn = drawn
            .child(line("uncommitted", x + 7.0, ahead - 5.0))
            .child(flag("position", ahead, "M0 0l4-6h-8z").key("position".to_owned()));
    }
    let class = if committed.is_some() { "committed" } else { "committed none" };
    drawn.child(flag(class, x, "M0 0l4.5-6.5h-9z").key("committed".to_owned()))
}
