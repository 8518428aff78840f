//! The last thing worth a word, above the time bar.

use super::{Button, ButtonKind, Icon, icon};
use crate::session::{Notice, Session};
use leptos::prelude::*;

/// Shows the session's notice until it is replaced or closed. Refusals interrupt a screen reader, the rest waits.
#[component]
pub fn Toast() -> AnyView {
    let session = expect_context::<Session>();
    let shown = move |Notice { text, is_error }: Notice| {
        let picture = if is_error { Icon::Warning } else { Icon::Info };
        view! {
            <div class=if is_error { "toast error" } else { "toast" }>
                {icon(picture)} <p>{text}</p>
                <Button label="dismiss" icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=move |()| session.notice.set(None)/>
            </div>
        }
    };
    let refused = move || session.notice.with(|n| n.as_ref().is_some_and(|n| n.is_error));
    view! {
        <div role="status" aria-live=move || if refused() { "assertive" } else { "polite" }>
            {move || session.notice.get().map(shown)}
        </div>
    }
    .into_any()
}
