//! The line that does what was just done: the way from clicking to the console.

use crate::lean::{maybe, text};
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_words::controls as say;

/// See the module.
pub fn same_as(session: Session) -> AnyView {
    shown(session, "panel same-as")
}

/// The same where a phone shows what is looked at; wider screens have it beside the stage.
pub fn same_as_here(session: Session) -> AnyView {
    shown(session, "panel same-as-here")
}

fn shown(session: Session, class: &'static str) -> AnyView {
    let line = move || session.same_as.get();
    let copy = move |()| copy_text(session, session.same_as.get_untracked(), say::copied());
    let shown = move || {
        session.same_as.with(|line| !line.is_empty()).then(|| {
            view! {
                <section class=class>
                    <div class="row spread">
                        <h2>{say::same_as()}</h2>
                        <Button label=say::copy_the_line() icon=Icon::Copy bare=true kind=ButtonKind::Quiet on_press=copy/>
                    </div>
                    <code tabindex="0">{text(line)}</code>
                </section>
            }
            .into_any()
        })
    };
    maybe(shown)
}

/// Puts a text on the clipboard, and says so (or that the browser did not allow it).
pub fn copy_text(session: Session, text: String, says: &'static str) {
    let written = crate::crash::clipboard().map(|clipboard| clipboard.write_text(&text));
    leptos::task::spawn_local(async move {
        let done = match written {
            Some(written) => wasm_bindgen_futures::JsFuture::from(written).await.is_ok(),
            None => false,
        };
        if done { session.say(says) } else { session.refuse(say::the_browser_did_not_allow()) }
    });
}
