//! What becomes of what failed: retry topics with their waiting records, and the dead letters. Queues beside the log are drawn
//! alike.

use crate::cell::{Detail, tile};
use crate::draw::{boxed, fit_mono, fit_small, g, hit, text, tip};
use crate::key::{key, second};
use crate::node::Node;
use crate::topic::title;
use millrace_view::{Rect, RetryChain, Station, Target};
use millrace_words::picture as say;

/// The chain.
pub fn chain(chain: &RetryChain) -> Node {
    let name = match &chain.title {
        Some(title) => title.clone(),
        None => say::retries_of(&chain.group),
    };
    g("retries")
        .key(chain.group.to_string())
        .is("role", "group")
        .set("aria-label", name.clone())
        .child(title(
            chain.rect,
            &name,
            "name",
            &chain.subtitle,
            second(&Target::Group(chain.group.clone()), "retries"),
        ))
        .children(chain.stations.iter().map(station).collect())
}

/// What a station says below its name.
pub fn station_says(station: &Station) -> String {
    match (station.is_dead_letter, station.count) {
        (true, 0) => say::dead_letters_none().to_owned(),
        (true, n) => say::dead(&n),
        (false, 0) => station.subtitle.clone(),
        (false, n) => say::waiting(&station.subtitle, &n),
    }
}

/// From so many on the way into a station says how many have come: fewer can be seen.
const FLOW: u64 = 6;

fn station(station: &Station) -> Node {
    let Rect { x, y, w, h } = station.rect;
    let (topic, says) = (station.topic.to_string(), station_says(station));
    // Where no records lie below, there is room for what does not fit.
    let parts =
        says.split_once(" · ").filter(|_| station.cells.is_empty() && fit_small(&says, w - 20.0) != says);
    let (first, second) = parts.map_or((&*says, None), |(first, second)| (first, Some(second)));
    let line = |y: f32, line: &str| text("detail", x + 12.0, y, fit_small(line, w - 20.0));
    let name = g("station-name")
        .set("data-target", key(&station.target))
        .child(tip(topic.clone()))
        .child(hit(x, y, w, 44.0).button(format!("{topic}, {says}")))
        .child(text("topic-name", x + 12.0, y + 20.0, fit_mono(&topic, w - 20.0)))
        .child(line(y + 36.0, first))
        .maybe(second.map(|second| line(y + 50.0, second)));
    let cells = station
        .cells
        .iter()
        .map(|cell| tile(cell, cell.rect.x, cell.rect.y, Detail { letter: true, offset_every: 0 }));
    let flow =
        (station.came >= FLOW).then(|| text("flow", x - 12.0, y + h / 2.0 - 5.0, station.came.to_string()));
    g("station")
        .key(topic.clone())
        .set("data-topic", topic)
        .set("data-count", station.count.to_string())
        .child(boxed(
            if station.is_dead_letter { "trough dead-letter" } else { "trough" },
            station.rect,
            "10",
        ))
        .child(name)
        .maybe(flow)
        .children(cells.collect())
}
