//! More of something, on demand.

use super::{Icon, icon};
use leptos::prelude::*;

/// A line that opens and closes what is below it.
#[component]
pub fn Disclosure(
    /// The line.
    #[prop(into)]
    summary: Signal<String>,
    /// Whether it is open at first.
    #[prop(optional)]
    open: bool,
    /// What is below.
    children: Children,
) -> AnyView {
    view! {
        <details class="disclosure" open=open>
            <summary>{icon(Icon::ChevronRight)} {move || summary.get()}</summary>
            <div class="body">{children()}</div>
        </details>
    }
    .into_any()
}
