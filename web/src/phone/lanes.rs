//! One lane at a time: tabs for the partitions, and the chosen one's records, the newest first.

use super::{part, remark, span};
use crate::paint::{Motion, Node, node};
use crate::stage::cell::state_class;
use crate::stage::key::key;
use millrace_view::{Cell, Lane, PositionMark, Scene, Target};
use millrace_words::phone as say;

fn name(lane: &Lane) -> String {
    match &lane.target {
        Target::Partition(tp) => tp.to_string(),
        _ => lane.label.clone(),
    }
}

/// The tabs and the chosen lane; what was chosen may have gone, then it is the first one.
pub fn lanes(scene: &Scene, wanted: Option<&str>) -> Node {
    let all: Vec<&Lane> = scene.topics.iter().flat_map(|topic| &topic.lanes).collect();
    let chosen = all.iter().find(|lane| Some(name(lane).as_str()) == wanted).or_else(|| all.first());
    let tab = |lane: &&Lane| {
        let is_it = chosen.is_some_and(|chosen| chosen.target == lane.target);
        node("button")
            .key(name(lane))
            .is("type", "button")
            .is("class", "lane-tab")
            .is("aria-pressed", if is_it { "true" } else { "false" })
            .set("data-lane-tab", name(lane))
            .child(span("", name(lane)))
            .child(span("number", lane.log_end_offset.to_string()))
    };
    let shown = match chosen {
        Some(lane) => list(lane),
        None if scene.retries.is_empty() => remark(say::no_topic_yet().to_owned()),
        // A queue, or services: what there is to see comes below.
        None => return node("div").key("lanes".to_owned()),
    };
    part("lanes".to_owned(), say::partitions().to_owned())
        .maybe(
            (!all.is_empty())
                .then(|| node("p").is("class", "dim lanes-say").text(say::partitions_hold().to_owned())),
        )
        .child(node("div").is("class", "lane-tabs").children(all.iter().map(tab).collect()))
        .child(shown)
}

fn list(lane: &Lane) -> Node {
    let here = |cell: &Cell| -> Vec<&PositionMark> {
        lane.marks.iter().filter(|mark| mark.committed == Some(cell.offset)).collect()
    };
    let records = lane.cells.iter().rev().map(|cell| record(cell, &here(cell))).collect();
    node("div")
        .key(name(lane))
        .is("class", "lane-list")
        .set("data-lane", name(lane))
        .child(node("ul").is("class", "standings").children(lane.marks.iter().map(standing).collect()))
        .maybe(lane.cells.is_empty().then(|| remark(say::nothing_here_yet().to_owned())))
        .child(node("ol").children(records))
        .maybe((lane.earlier > 0).then(|| remark(say::and_earlier(&lane.earlier))))
}

/// Where a group stands in the lane.
fn standing(mark: &PositionMark) -> Node {
    let committed = mark.committed.map_or_else(|| say::nothing().to_owned(), |offset| offset.to_string());
    node("li")
        .key(mark.group.to_string())
        .set("class", format!("standing group-{}", mark.hue))
        .set("data-group", mark.group.to_string())
        .set("data-lag", mark.lag.to_string())
        .child(node("span").is("class", "dot"))
        .child(node("b").text(mark.group.to_string()))
        .child(span("", [" ", &say::committed_lag(&committed, &mark.lag)].concat()))
}

/// One record as a line, and below it who reads on from here.
pub fn record(cell: &Cell, next: &[&PositionMark]) -> Node {
    let Cell { target, offset, letter, hue, state, wait, label, .. } = cell;
    let tp = match target {
        Target::Record(tp, _) => tp.to_string(),
        _ => String::new(),
    };
    // The lane is said above; the line says the rest.
    let says = label.split_once(", ").map_or(label.as_str(), |(_, rest)| rest);
    let (what, rest) = says.split_once(", ").unwrap_or((says, ""));
    let rest = wait.as_ref().map_or_else(|| rest.to_owned(), |wait| say::due_at(&rest, &wait.until));
    let button = node("button")
        .is("type", "button")
        .set("class", format!("record hue-{hue} {}", state_class(*state)))
        .set("data-target", key(target))
        .set("data-tp", tp)
        .set("data-offset", offset.to_string())
        .set("data-key", cell.key.clone())
        .child(span("tile", letter.clone()).is("aria-hidden", "true"))
        .child(span("number", format!("{offset} ")))
        .child(
            node("span")
                .is("class", "says")
                .child(node("b").text(format!("{what} ")))
                .child(span("dim", rest)),
        )
        .maybe(wait.clone().map(|wait| node("span").is("class", "dial").moving(Motion::Left(wait))));
    let reads_on = |mark: &&PositionMark| {
        let text = say::reads_from_here(&mark.group);
        node("span").set("class", format!("reads-next group-{}", mark.hue)).text(text)
    };
    node("li").key(key(target)).child(button).children(next.iter().map(reads_on).collect())
}
