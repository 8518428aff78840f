//! The page: the only crate that knows the browser. It decides nothing about
//! Kafka; it shows what the engine says and sends commands to it.

use leptos::prelude::*;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <header>
            <h1>"millrace"</h1>
        </header>
        <main>
            <p>"An event-streaming playground. The stage comes next."</p>
        </main>
    }
}

/// Mounts [`App`] into the document's body and removes the loading mark that
/// `index.html` shows until then.
pub fn start() {
    mount_to_body(App);
    if let Some(mark) = document().get_element_by_id("boot") {
        mark.remove();
    }
}
