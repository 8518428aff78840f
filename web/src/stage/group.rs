//! A consumer group: its title with its state, and its members.

use super::draw::{fit, fit_small, follow, keys, px, text};
use super::key::key;
use super::member::member;
use crate::session::Session;
use leptos::prelude::*;
use millrace_model::GroupId;
use millrace_view::{GroupBlock, Rect, Scene, Target};

fn block<'a>(scene: &'a Scene, name: &GroupId) -> Option<&'a GroupBlock> {
    scene.groups.iter().find(|group| group.name == *name)
}

/// All groups.
pub fn groups(session: Session) -> AnyView {
    let names = keys(session, |scene| scene.groups.iter().map(|group| group.name.clone()).collect());
    view! { <For each=move || names.get() key=Clone::clone let(name)>{group(session, name)}</For> }.into_any()
}

fn group(session: Session, name: GroupId) -> AnyView {
    let of = name.clone();
    let head = follow(session, move |scene| {
        let group = block(scene, &of)?;
        Some((group.rect, group.hue, group.state.clone(), group.more.clone()))
    });
    let of = name.clone();
    let members = keys(session, move |scene| {
        block(scene, &of)
            .map(|group| group.members.iter().map(|m| m.name.clone()).collect())
            .unwrap_or_default()
    });
    let shown = name.clone();
    let heading = move || {
        head.get().map(|(rect, _, state, more)| {
            let more = more.map(|more| text("more", rect.x, rect.y + rect.h - 6.0, more));
            view! {
                {heading_of(rect, shown.to_string(), state, key(&Target::Group(shown.clone())))}
                {more}
            }
        })
    };
    let class = move || head.with(|head| format!("group group-{}", head.as_ref().map_or(0, |head| head.1)));
    let of = name.clone();
    view! {
        <g class=class role="group" aria-label=format!("group {name}") data-group=name.to_string()>
            {heading}
            <For each=move || members.get() key=Clone::clone let(member_name)>
                {member(session, of.clone(), member_name)}
            </For>
        </g>
    }
    .into_any()
}

/// The column is narrow: the state stands below the name.
fn heading_of(rect: Rect, name: String, state: String, target: String) -> AnyView {
    let label = format!("group {name}, {state}");
    view! {
        <g class="title" role="button" tabindex="0" aria-label=label data-target=target>
            <title>{state.clone()}</title>
            <rect class="hit" x=px(rect.x - 4.0) y=px(rect.y - 8.0) width=px(rect.w + 8.0) height="38"></rect>
            {text("name of-group", rect.x, rect.y + 8.0, fit(&name, rect.w * 0.8))}
            {text("subtitle small", rect.x, rect.y + 24.0, fit_small(&state, rect.w + 16.0))}
        </g>
    }
    .into_any()
}
