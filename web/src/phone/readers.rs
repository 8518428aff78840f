//! The groups and their members, and who writes.

use crate::session::Session;
use crate::stage::draw::{follow, keys};
use crate::stage::key::key;
use crate::stage::member::condition_class;
use leptos::prelude::*;
use millrace_model::GroupId;
use millrace_view::{GroupBlock, MemberCard, Target};

/// All groups.
pub fn readers(session: Session) -> AnyView {
    let names = keys(session, |scene| scene.groups.iter().map(|group| group.name.clone()).collect());
    view! { <For each=move || names.get() key=ToString::to_string let(name)>{group(session, name)}</For> }
        .into_any()
}

fn group(session: Session, name: GroupId) -> AnyView {
    let label = format!("group {name}");
    let shown = follow(session, move |scene| scene.groups.iter().find(|group| group.name == name).cloned());
    view! { <section class="part" aria-label=label>{move || shown.get().map(body)}</section> }.into_any()
}

fn body(group: GroupBlock) -> AnyView {
    let GroupBlock { target, name, hue, state, members, more, .. } = group;
    view! {
        <button type="button" class=format!("heading group-{hue}") data-target=key(&target)>
            <b>{name.to_string()}</b> <span class="dim">{state}</span>
        </button>
        <ul>{members.into_iter().map(member).collect::<Vec<_>>()}</ul>
        {more.map(|more| view! { <p class="nothing">{more}</p> })}
    }
    .into_any()
}

fn member(card: MemberCard) -> AnyView {
    let MemberCard { target, name, hue, condition, status, chips, lag, .. } = card;
    let target: Target = target;
    let chips = chips.into_iter().map(|chip| view! { <span class="chip">{chip.text}</span> });
    let lag = (lag > 0).then(|| format!(" · lag {lag}"));
    view! {
        <li>
            <button
                type="button"
                class=format!("member group-{hue} {}", condition_class(condition))
                data-target=key(&target)
                data-member=name.to_string()
            >
                <span><b>{name.to_string()}</b> <span class="dim">{status} {lag}</span></span>
                <span class="chips">{chips.collect::<Vec<_>>()}</span>
            </button>
        </li>
    }
    .into_any()
}
