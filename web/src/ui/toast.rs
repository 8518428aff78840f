//! The last thing worth a word, above the time bar.

use super::{Button, ButtonKind, Icon, icon};
use crate::session::{Notice, Session, after};
use leptos::prelude::*;
use millrace_words::frame as say;

/// How long a word stays, and a refusal, which is to be understood: in milliseconds of the reader's time.
const STAYS_MS: u64 = 7_000;
const REFUSAL_STAYS_MS: u64 = 14_000;
/// While it is pointed at or has the focus it is looked at again after so long.
const AGAIN_MS: u64 = 2_000;

/// Shows the session's notice until it is replaced or closed, or has been there for a while; whoever points at it or has
/// the focus in it keeps it. Refusals interrupt a screen reader, the rest waits.
#[component]
pub fn Toast() -> AnyView {
    let session = expect_context::<Session>();
    let is_held = StoredValue::new(false);
    let number = StoredValue::new(0_u64);
    Effect::new(move |_| {
        let stays = match session.notice.with(|n| n.as_ref().map(|n| n.is_error)) {
            Some(true) => REFUSAL_STAYS_MS,
            Some(false) => STAYS_MS,
            None => return,
        };
        is_held.set_value(false);
        number.update_value(|n| *n += 1);
        dismiss(session, is_held, number, number.get_value(), stays);
    });
    let hold = move |holds: bool| is_held.set_value(holds);
    let shown = move |Notice { text, is_error }: Notice| {
        let picture = if is_error { Icon::Warning } else { Icon::Info };
        view! {
            <div class=if is_error { "toast error" } else { "toast" }
                on:pointerenter=move |_| hold(true) on:pointerleave=move |_| hold(false)
                on:focusin=move |_| hold(true) on:focusout=move |_| hold(false)>
                {icon(picture)} <p>{text}</p>
                <Button label=say::dismiss() icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=move |()| session.notice.set(None)/>
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

/// Puts the notice away after a while, unless another one has come; one that is held is asked again.
fn dismiss(session: Session, is_held: StoredValue<bool>, number: StoredValue<u64>, of: u64, ms: u64) {
    after(ms, move || {
        // Gone with the page's root, as in tests.
        let (Some(now), Some(held)) = (number.try_get_value(), is_held.try_get_value()) else { return };
        match (now == of, held) {
            (true, false) => session.notice.set(None),
            (true, true) => dismiss(session, is_held, number, of, AGAIN_MS),
            (false, _) => {}
        }
    });
}
