//! A producer's card: its name, what it does now, its settings, and how many records wait in open batches.

use super::draw::{boxed, fit, fit_small, follow, keys, px, text};
use super::key::key;
use crate::session::Session;
use leptos::prelude::*;
use millrace_view::{ProducerCard, Target};

/// All producers.
pub fn producers(session: Session) -> AnyView {
    let targets = keys(session, |scene| scene.producers.iter().map(|card| card.target.clone()).collect());
    view! { <For each=move || targets.get() key=Clone::clone let(target)>{producer(session, target)}</For> }
        .into_any()
}

fn producer(session: Session, target: Target) -> AnyView {
    let shown =
        follow(session, move |scene| scene.producers.iter().find(|card| card.target == target).cloned());
    (move || shown.get().map(card)).into_any()
}

fn card(card: ProducerCard) -> AnyView {
    let ProducerCard { target, rect, name, rate, settings, buffered } = card;
    let says = format!("producer {name}, {rate}, {settings}, {buffered} records buffered");
    let middle = rect.x + rect.w / 2.0;
    let lines = settings.split(" · ").take(2).enumerate().map(|(n, line)| {
        text("detail", middle, rect.y + 51.0 + n as f32 * 13.0, fit_small(line, rect.w - 8.0))
    });
    let badge = (buffered > 0).then(|| view! {
        <g class="badge" transform=format!("translate({} {})", px(rect.x + rect.w - 4.0), px(rect.y + 4.0))>
            <title>{format!("{buffered} records wait in open batches")}</title>
            <rect x="-12" y="-10" width="24" height="18" rx="9"></rect>
            <text y="3">{buffered}</text>
        </g>
    });
    view! {
        <g class="producer" role="button" tabindex="0" aria-label=says data-target=key(&target) data-producer=name.to_string()>
            {boxed("card", rect, "10")}
            {text("name", middle, rect.y + 19.0, fit(&name, rect.w - 12.0))}
            {text("rate", middle, rect.y + 36.0, fit(&rate, rect.w - 12.0))}
            {lines.collect::<Vec<_>>()}
            {badge}
        </g>
    }
    .into_any()
}
