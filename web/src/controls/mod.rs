//! The left panel: everything that can be done, each where it is looked for. Panels send commands; they decide nothing.

mod apps;
mod code;
mod joining;
pub mod live;
mod members;
mod network;
mod produce;
pub mod read;
mod same_as;
pub mod services;
mod stream;
mod streams;
mod topics;
mod windowing;

pub use members::member_actions;
pub use produce::produce;
pub use same_as::{copy_text, same_as_here};

use crate::grown::part;
use crate::session::Session;
use leptos::prelude::*;

/// See the module.
#[component]
pub fn Controls() -> AnyView {
    let session = expect_context::<Session>();
    view! {
        <div class="sections">
            {part(move || produce::produce(session))}
            {part(move || same_as::same_as(session))}
            {part(move || stream::producers(session))}
            {part(move || apps::apps(session))}
            {part(move || services::services(session))}
            {part(move || streams::streams(session))}
            {part(move || topics::topics(session))}
            {part(move || network::network(session))}
        </div>
    }
    .into_any()
}
