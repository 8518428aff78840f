//! A topic: its title and its lanes.

use super::draw::{fit, follow, keys, px, text};
use super::key::key;
use super::lane::lane;
use crate::session::Session;
use leptos::prelude::*;
use millrace_model::TopicName;
use millrace_view::{Rect, Scene, TopicBlock};

fn block<'a>(scene: &'a Scene, name: &TopicName) -> Option<&'a TopicBlock> {
    scene.topics.iter().find(|block| block.name == *name)
}

/// All topics.
pub fn topics(session: Session) -> AnyView {
    let names = keys(session, |scene| scene.topics.iter().map(|topic| topic.name.clone()).collect());
    view! { <For each=move || names.get() key=Clone::clone let(name)>{topic(session, name)}</For> }.into_any()
}

fn topic(session: Session, name: TopicName) -> AnyView {
    let of = name.clone();
    let head = follow(session, move |scene| {
        let topic = block(scene, &of)?;
        Some((topic.rect, topic.subtitle.clone(), topic.more.clone()))
    });
    let of = name.clone();
    let lanes =
        keys(session, move |scene| (0..block(scene, &of).map_or(0, |topic| topic.lanes.len())).collect());
    let shown = name.clone();
    let heading = move |(rect, subtitle, more): (Rect, String, Option<String>)| {
        let more = more.map(|more| text("more", rect.x, rect.y + rect.h - 8.0, more));
        view! {
            {title(rect, shown.to_string(), "mono", subtitle, key(&millrace_view::Target::Topic(shown.clone())))}
            {more}
        }
    };
    let of = name.clone();
    let (label, data) = (format!("topic {name}"), name.to_string());
    view! {
        <g class="topic" role="group" aria-label=label data-topic=data>
            {move || head.get().map(&heading)}
            <For each=move || lanes.get() key=|n| *n let(n)>{lane(session, of.clone(), n)}</For>
        </g>
    }
    .into_any()
}

/// The title of a block: its name, and a quieter line that goes on from it. It is the block's stop for the Tab key.
pub fn title(rect: Rect, name: String, class: &'static str, subtitle: String, target: String) -> AnyView {
    let room = rect.w - name.chars().count() as f32 * 8.6 - 10.0;
    let shown = fit(&subtitle, room);
    let label = format!("{name}, {subtitle}");
    view! {
        <g class="title" role="button" tabindex="0" aria-label=label data-target=target>
            <rect class="hit" x=px(rect.x) y=px(rect.y - 4.0) width=px(rect.w) height="24"></rect>
            <text x=px(rect.x) y=px(rect.y + 14.0)>
                <tspan class=format!("name {class}")>{name}</tspan>
                <tspan class="subtitle" dx="10">{shown}</tspan>
            </text>
        </g>
    }
    .into_any()
}
