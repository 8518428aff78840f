//! How far the machines are apart.

use super::live::{Live, live_field};
use super::read;
use crate::session::Session;
use leptos::prelude::*;
use millrace_sim::Command;
use millrace_words::controls as say;

/// See the module.
pub fn network(session: Session) -> AnyView {
    let latency = live_field(Live {
        label: say::latency_one_way().to_owned(),
        name: "latency",
        current: Signal::derive(move || session.roster.with(|roster| roster.latency.to_string())),
        check: |text| read::span(text, "ms").map(drop),
        commit: Callback::new(move |text: String| {
            let Ok(latency) = read::span(&text, "ms") else { return false };
            session.dispatch(Command::SetNetwork { latency })
        }),
        hint: say::longer_records_are_seen_travelling(),
        is_long: false,
    });
    view! { <section class="panel"><h2>{say::network()}</h2>{latency}</section> }.into_any()
}
