//! What becomes of what failed: retry topics with their waiting records, and the dead letters.

use super::cell::{Detail, cell};
use super::draw::{boxed, fit_mono, fit_small, follow, keys, px, text};
use super::key::key;
use super::topic::title;
use crate::session::Session;
use leptos::prelude::*;
use millrace_model::{GroupId, TopicName};
use millrace_view::{Rect, RetryChain, Scene, Station, Target};

fn chain_of<'a>(scene: &'a Scene, group: &GroupId) -> Option<&'a RetryChain> {
    scene.retries.iter().find(|chain| chain.group == *group)
}

fn station_of<'a>(scene: &'a Scene, group: &GroupId, topic: &TopicName) -> Option<&'a Station> {
    chain_of(scene, group)?.stations.iter().find(|station| station.topic == *topic)
}

/// All chains.
pub fn retries(session: Session) -> AnyView {
    let groups = keys(session, |scene| scene.retries.iter().map(|chain| chain.group.clone()).collect());
    view! { <For each=move || groups.get() key=Clone::clone let(group)>{chain(session, group)}</For> }
        .into_any()
}

fn chain(session: Session, group: GroupId) -> AnyView {
    let of = group.clone();
    let head = follow(session, move |scene| {
        let chain = chain_of(scene, &of)?;
        Some((chain.rect, chain.subtitle.clone()))
    });
    let of = group.clone();
    let stations = keys(session, move |scene| {
        chain_of(scene, &of)
            .map(|chain| chain.stations.iter().map(|s| s.topic.clone()).collect())
            .unwrap_or_default()
    });
    let target = key(&Target::Group(group.clone()));
    let name = format!("retries of {group}");
    let heading =
        move || head.get().map(|(rect, subtitle)| title(rect, name.clone(), "", subtitle, target.clone()));
    let of = group.clone();
    view! {
        <g class="retries" role="group" aria-label=format!("retries of {group}")>
            {heading}
            <For each=move || stations.get() key=Clone::clone let(topic)>{station(session, of.clone(), topic)}</For>
        </g>
    }
    .into_any()
}

/// What a station says beside its tiles.
type Head = (Rect, String, bool, u64);

fn station(session: Session, group: GroupId, topic: TopicName) -> AnyView {
    let (of, name) = (group.clone(), topic.clone());
    let head = follow(session, move |scene| {
        let station = station_of(scene, &of, &name)?;
        Some((station.rect, station.subtitle.clone(), station.is_dead_letter, station.count))
    });
    let (of, name) = (group.clone(), topic.clone());
    let cells = keys(session, move |scene| {
        let station = station_of(scene, &of, &name);
        station.map(|s| s.cells.iter().map(|cell| cell.target.clone()).collect()).unwrap_or_default()
    });
    let shown = topic.clone();
    let of = topic.clone();
    view! {
        <g class="station" data-topic=topic.to_string() data-count=move || head.with(|head| head.as_ref().map(|h| h.3))>
            {move || head.get().map(|head| ground(&shown, head))}
            <For each=move || cells.get() key=key let(target)>
                {
                    let (group, topic) = (group.clone(), of.clone());
                    let tile = follow(session, move |scene| {
                        station_of(scene, &group, &topic)?.cells.iter().find(|cell| cell.target == target).cloned()
                    });
                    cell(session, tile, Detail { letter: true, offset_every: 0 })
                }
            </For>
        </g>
    }
    .into_any()
}

fn ground(topic: &TopicName, (rect, subtitle, is_dead_letter, count): Head) -> AnyView {
    let Rect { x, y, w, .. } = rect;
    let what = match (is_dead_letter, count) {
        (true, 0) => "dead letters: none".to_owned(),
        (true, n) => format!("{n} dead"),
        (false, 0) => subtitle,
        (false, n) => format!("{subtitle} · {n} waiting"),
    };
    view! {
        {boxed(if is_dead_letter { "trough dead-letter" } else { "trough" }, rect, "10")}
        <g
            class="station-name"
            role="button"
            tabindex="-1"
            aria-label=format!("{topic}, {what}")
            data-target=key(&Target::Topic(topic.clone()))
        >
            <title>{topic.to_string()}</title>
            <rect class="hit" x=px(x) y=px(y) width=px(w) height="44"></rect>
            {text("topic-name", x + 12.0, y + 20.0, fit_mono(topic.as_str(), w - 20.0))}
            {text("detail", x + 12.0, y + 36.0, fit_small(&what, w - 20.0))}
        </g>
    }
    .into_any()
}
