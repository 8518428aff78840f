//! What can be done about something on a desk, as buttons: each runs a line of the language.

use crate::session::{Session, next_frame};
use leptos::prelude::*;
use millrace_view::Action;
use millrace_words::cluster as say;
use wasm_bindgen::JsCast;

/// The buttons of what is called `name`; they stand in an element with that name as its `data-deeds`.
pub fn buttons(session: Session, name: &str, deeds: &[Action]) -> Vec<AnyView> {
    deeds.iter().map(|deed| button(session, deed.clone(), name)).collect()
}

fn button(session: Session, deed: Action, name: &str) -> AnyView {
    let Action { label, line } = deed;
    let breaks = line.starts_with("broker crash") || line.starts_with("producer crash");
    let class = if breaks { "button danger" } else { "button" };
    let (says, hint, name) = (say::deed_of(&label, &name), line.clone(), name.to_owned());
    let press = move |_| {
        session.run_line(&line);
        let name = name.clone();
        next_frame(move || next_frame(move || keep_focus(&name)));
    };
    view! { <button type="button" class=class aria-label=says title=hint on:click=press>{label}</button> }
        .into_any()
}

/// The button that was pressed has gone, with it the focus: the first one that has taken its place has it now.
fn keep_focus(name: &str) {
    if document().active_element().is_some_and(|element| element.tag_name() != "BODY") {
        return;
    }
    let button = document().query_selector(&["[data-deeds=\"", name, "\"] button"].concat());
    if let Some(button) =
        button.ok().flatten().and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = button.focus();
    }
}
