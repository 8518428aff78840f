//! A dialog over the page: the browser's own, which keeps focus inside and closes on Escape.

use super::{Button, ButtonKind, Icon, fresh_id};
use crate::lean::maybe;
use crate::memo::Memo;
use leptos::html;
use leptos::prelude::*;
use millrace_words::frame as say;

/// See the module. It is open while `open` says so; it is built when it is first opened, its content each time.
#[component]
pub fn Dialog(
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Its content.
    children: ChildrenFn,
) -> AnyView {
    let is_wanted = Memo::new(move |was: Option<&bool>| open.get() || was == Some(&true));
    maybe(move || is_wanted.get().then(|| dialog(title, open, children.clone())))
}

fn dialog(title: Signal<String>, open: RwSignal<bool>, children: ChildrenFn) -> AnyView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            // It refuses only when it is no longer part of the page.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let id = fresh_id();
    let labelled_by = id.clone();
    let pressed = move |event: leptos::ev::MouseEvent| {
        // A click on the backdrop arrives at the dialog itself.
        if event.target() == event.current_target() {
            open.set(false);
        }
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby=labelled_by on:close=move |_| open.set(false) on:click=pressed>
            <div class="dialog-head">
                <h2 id=id>{move || title.get()}</h2>
                <Button label=say::close() icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=move |()| open.set(false)/>
            </div>
            <div class="dialog-body">{move || open.get().then(|| children())}</div>
        </dialog>
    }
    .into_any()
}
