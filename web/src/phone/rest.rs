//! What failed and waits, and the windows.

use super::lanes::record;
use super::{heading, part, span};
use crate::paint::{Node, node};
use crate::stage::key::key;
use crate::stage::{bar_state, station_says};
use millrace_view::{DroppedMark, RetryChain, Station, WindowBar, WindowBoard, WindowRow};
use millrace_words::phone as say;

fn line(class: &'static str, text: String) -> Node {
    node("p").is("class", class).text(text)
}

/// A retry chain.
pub fn chain(chain: &RetryChain) -> Node {
    let name = match &chain.title {
        Some(title) => title.clone(),
        None => say::retries_of(&chain.group),
    };
    part(format!("retries/{}", chain.group), name.clone())
        .child(node("h2").text(name))
        .child(line("dim", chain.subtitle.clone()))
        .children(chain.stations.iter().map(station).collect())
}

fn station(station: &Station) -> Node {
    let topic = station.topic.to_string();
    node("div")
        .key(topic.clone())
        .is("class", if station.is_dead_letter { "station dead-letter" } else { "station" })
        .set("data-topic", topic.clone())
        .set("data-count", station.count.to_string())
        .child(heading("heading mono".to_owned(), key(&station.target), topic, station_says(station)))
        .child(node("ol").children(station.cells.iter().map(|cell| record(cell, &[])).collect()))
}

/// A board of windows.
pub fn board(board: &WindowBoard) -> Node {
    let clocks: Vec<String> =
        board.tasks.iter().map(|task| format!("{} · {}", task.task, task.text)).collect();
    let clocks = (!clocks.is_empty()).then(|| line("stream-time", say::stream_time(&clocks.join(", "))));
    part(format!("board/{}", board.app), say::windows_of(&board.app))
        .child(node("h2").text(board.title.clone()))
        .child(line("dim", board.subtitle.clone()))
        .maybe(clocks)
        .child(node("ul").is("class", "rows").children(board.rows.iter().map(row).collect()))
        .child(node("ul").is("class", "fallen").children(board.dropped.iter().map(dropped).collect()))
        .maybe(board.silence.clone().map(|silence| line("silence", silence)))
}

fn row(row: &WindowRow) -> Node {
    node("li")
        .key(row.key.to_string())
        .set("class", format!("row hue-{}", row.hue))
        .child(node("b").is("class", "mono").text(row.key.to_string()))
        .child(node("span").is("class", "bars").children(row.bars.iter().rev().map(bar).collect()))
}

fn bar(bar: &WindowBar) -> Node {
    let (state, word) = bar_state(bar);
    node("button")
        .key(key(&bar.target))
        .is("type", "button")
        .set("class", format!("window is-{state}"))
        .set("aria-label", bar.label.clone())
        .set("data-target", key(&bar.target))
        .is("data-state", state)
        // Drawn below the count, and said by the label.
        .is("data-word", word)
        .child(span("", bar.value.clone()))
}

fn dropped(mark: &DroppedMark) -> Node {
    let button =
        node("button").is("type", "button").is("class", "reason bad").set("data-target", key(&mark.target));
    node("li").key(key(&mark.target)).child(button.text(mark.reason.clone()))
}
