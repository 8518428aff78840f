//! A button that opens a list of things to do. Its items are built when it is first touched. It closes on a choice, on Escape and when focus leaves it.

use super::{Icon, icon};
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::{HtmlElement, Node};
use wasm_bindgen::JsCast;

/// See the module.
#[component]
pub fn Menu(
    /// The button's text and the list's name.
    #[prop(into)]
    label: Signal<String>,
    /// `right` (the list ends where the button ends), `up` (it opens upward), `quiet`.
    #[prop(optional)]
    class: &'static str,
    /// [`MenuItem`]s.
    children: Children,
) -> AnyView {
    let (items, build) = super::on_demand(children);
    let details = NodeRef::<html::Details>::new();
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    let left = move |event: FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        // No target: the click went to something that takes no focus, perhaps inside; a choice closes by itself.
        if let (Some(details), Some(to)) = (details.get_untracked(), to)
            && !details.contains(Some(&to))
        {
            details.set_open(false);
        }
    };
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            close();
            let button = details.get_untracked().and_then(|d| d.query_selector("summary").ok().flatten());
            if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
                let _ = button.focus();
            }
            event.stop_propagation();
        }
        "ArrowDown" | "ArrowUp" => {
            event.prevent_default();
            if let Some(details) = details.get_untracked() {
                details.set_open(true);
                walk(&details, event.key() == "ArrowDown");
            }
        }
        _ => {}
    };
    view! {
        <details class=format!("menu {class}") node_ref=details on:focusin=move |_| build.run(()) on:pointerdown=move |_| build.run(()) on:toggle=move |_| build.run(()) on:focusout=left on:keydown=key>
            <summary class=if class.contains("quiet") { "button quiet" } else { "button" }>
                {move || label.get()} {icon(Icon::ChevronDown)}
            </summary>
            <div class="popup" on:click=move |_| close()>{items}</div>
        </details>
    }
    .into_any()
}

/// Moves focus among the items.
fn walk(details: &HtmlElement, down: bool) {
    let Ok(items) = details.query_selector_all(".menu-item") else { return };
    let active = document().active_element();
    let item = |n: u32| items.get(n).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let count = items.length();
    let at: Option<u32> = (0..count).find(|n| item(*n).as_deref().map(AsRef::as_ref) == active.as_ref());
    let next = match (at, down) {
        (None, true) => 0,
        (None, false) => count.saturating_sub(1),
        (Some(n), true) => (n + 1) % count.max(1),
        (Some(n), false) => n.checked_sub(1).unwrap_or(count.saturating_sub(1)),
    };
    if let Some(item) = item(next) {
        let _ = item.focus();
    }
}

/// One thing to do.
#[component]
pub fn MenuItem(
    /// Its name.
    #[prop(into)]
    label: Signal<String>,
    /// A sentence below it.
    #[prop(optional, into)]
    says: Signal<String>,
    /// What happens.
    #[prop(into)]
    on_press: Callback<()>,
) -> AnyView {
    view! {
        <button type="button" class="menu-item" on:click=move |_| on_press.run(())>
            <span>
                {move || label.get()}
                {move || Some(says.get()).filter(|says| !says.is_empty()).map(|says| view! { <span class="says">{says}</span> })}
            </span>
        </button>
    }
    .into_any()
}
