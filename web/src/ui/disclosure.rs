//! More of something, on demand.

use super::{Icon, icon};
use leptos::prelude::*;

/// A line that opens and closes what is below it, which is built when it is first opened.
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
    let (body, build) = super::on_demand(children);
    if open {
        build.run(());
    }
    view! {
        <details class="disclosure" open=open on:toggle=move |_| build.run(())>
            <summary on:click=move |_| build.run(())>{icon(Icon::ChevronRight)} {move || summary.get()}</summary>
            <div class="body">{body}</div>
        </details>
    }
    .into_any()
}
