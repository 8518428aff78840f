//! One lane at a time: tabs for the partitions, and the chosen one's records, the newest first.

use crate::session::Session;
use crate::stage::cell::state_class;
use crate::stage::draw::{follow, keys};
use crate::stage::key::key;
use leptos::prelude::*;
use millrace_model::{Offset, TopicPartition};
use millrace_view::{Cell, Lane, PositionMark, Scene, Target};

fn partitions(scene: &Scene) -> Vec<TopicPartition> {
    let lanes = scene.topics.iter().flat_map(|topic| &topic.lanes);
    lanes
        .filter_map(|lane| if let Target::Partition(tp) = &lane.target { Some(tp.clone()) } else { None })
        .collect()
}

fn lane_of<'a>(scene: &'a Scene, tp: &TopicPartition) -> Option<&'a Lane> {
    let wanted = Target::Partition(tp.clone());
    scene.topics.iter().flat_map(|topic| &topic.lanes).find(|lane| lane.target == wanted)
}

/// The tabs and the chosen lane.
pub fn lanes(session: Session) -> AnyView {
    let all = keys(session, partitions);
    let wanted = RwSignal::new(None::<TopicPartition>);
    // What was chosen may have gone: then the first one is shown.
    let chosen = Memo::new(move |_| {
        let all = all.get();
        wanted.get().filter(|tp| all.contains(tp)).or_else(|| all.first().cloned())
    });
    let tab = move |tp: TopicPartition| {
        let (name, target) = (tp.to_string(), tp.clone());
        let of = tp.clone();
        let count = follow(session, move |scene| lane_of(scene, &of).map(|lane| lane.log_end_offset));
        let is_it = move || chosen.with(|chosen| chosen.as_ref() == Some(&tp));
        view! {
            <button type="button" class="lane-tab" aria-pressed=move || if is_it() { "true" } else { "false" } on:click=move |_| wanted.set(Some(target.clone()))>
                {name} <span class="number">{move || count.get().map(|end| end.0)}</span>
            </button>
        }
    };
    view! {
        <section class="part" aria-label="partitions">
            <div class="lane-tabs"><For each=move || all.get() key=ToString::to_string let(tp)>{tab(tp)}</For></div>
            {move || match chosen.get() {
                Some(tp) => lane(session, tp),
                None => view! { <p class="nothing">"no topic yet: create one under “do”"</p> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

fn lane(session: Session, tp: TopicPartition) -> AnyView {
    let of = tp.clone();
    let marks =
        follow(session, move |scene| lane_of(scene, &of).map(|lane| (lane.marks.clone(), lane.earlier)));
    let of = tp.clone();
    let offsets = keys(session, move |scene| {
        lane_of(scene, &of)
            .map(|lane| lane.cells.iter().rev().map(|cell| cell.offset).collect())
            .unwrap_or_default()
    });
    let is_empty = move || offsets.with(Vec::is_empty);
    let of = tp.clone();
    let row = move |offset: Offset| {
        let of = of.clone();
        let shown = follow(session, move |scene| {
            let lane = lane_of(scene, &of)?;
            let cell = lane.cells.iter().find(|cell| cell.offset == offset)?.clone();
            let here = |mark: &&PositionMark| mark.committed == Some(offset);
            Some((
                cell,
                lane.marks.iter().filter(here).map(|m| (m.group.to_string(), m.hue)).collect::<Vec<_>>(),
            ))
        });
        move || shown.get().map(|(cell, marks)| record(cell, marks))
    };
    let name = tp.to_string();
    view! {
        <div class="lane-list" data-lane=name>
            {move || marks.get().map(|(marks, _)| standings(marks))}
            {move || is_empty().then(|| view! { <p class="nothing">"nothing here yet: send a record"</p> })}
            <ol><For each=move || offsets.get() key=|offset| offset.0 let(offset)>{row(offset)}</For></ol>
            {move || marks.get().filter(|(_, earlier)| *earlier > 0).map(|(_, earlier)| view! { <p class="nothing">{format!("and {earlier} earlier")}</p> })}
        </div>
    }
    .into_any()
}

/// Where each group stands in the lane.
fn standings(marks: Vec<PositionMark>) -> AnyView {
    let line = |mark: PositionMark| {
        let committed = mark.committed.map_or_else(|| "nothing".to_owned(), |offset| offset.to_string());
        view! {
            <li class=format!("standing group-{}", mark.hue) data-group=mark.group.to_string() data-lag=mark.lag>
                <span class="dot"></span>
                <b>{mark.group.to_string()}</b>
                {format!(" committed {committed} · lag {}", mark.lag)}
            </li>
        }
    };
    view! { <ul class="standings">{marks.into_iter().map(line).collect::<Vec<_>>()}</ul> }.into_any()
}

/// One record as a line, and above it who reads it next.
pub fn record(cell: Cell, next: Vec<(String, u8)>) -> AnyView {
    let Cell { target, offset, letter, hue, state, label, .. } = cell;
    let tp = match &target {
        Target::Record(tp, _) => tp.to_string(),
        _ => String::new(),
    };
    let data_key = letter.clone();
    // The lane is said above; the line says the rest.
    let says = label.split_once(", ").map_or(label.as_str(), |(_, rest)| rest);
    let (what, rest) = says.split_once(", ").unwrap_or((says, ""));
    let (what, rest) = (what.to_owned(), rest.to_owned());
    let next = next.into_iter().map(|(group, hue)| {
        view! {
            <span class=format!("reads-next group-{hue}")>{format!("▲ {group} reads from here")}</span>
        }
    });
    view! {
        <li>
            <button
                type="button"
                class=format!("record hue-{hue} {}", state_class(state))
                aria-label=label
                data-target=key(&target)
                data-tp=tp
                data-offset=offset.0
                data-key=data_key
            >
                <span class="tile">{letter}</span>
                <span class="number">{offset.0}</span>
                <span class="says"><b>{what}</b> <span class="dim">{rest}</span></span>
            </button>
            {next.collect::<Vec<_>>()}
        </li>
    }
    .into_any()
}
