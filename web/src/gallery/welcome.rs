//! The invitation on a first visit: three sentences, and it goes with the first record.

use crate::frame::{FrameState, Sheet};
use crate::keys::focus_key_field;
use crate::lean::maybe;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;

/// See the module.
#[component]
pub fn Welcome(
    /// Whether this is a first visit.
    is_first: bool,
) -> AnyView {
    let session = expect_context::<Session>();
    let frame = use_context::<FrameState>();
    let is_closed = RwSignal::new(!is_first);
    let first = session.given.get_untracked();
    let shown = move || !is_closed.get() && session.given.get() == first;
    let to_form = move |()| {
        if let Some(frame) = frame {
            frame.sheet.set(Sheet::Controls);
        }
        focus_key_field();
    };
    let card = move || {
        shown().then(|| {
            view! {
                <aside class="welcome" aria-label="welcome">
                    <p>
                        "This is a real streaming engine, running in your page. Press "
                        <kbd class="keycap">"Enter"</kbd>
                        " in the key field to produce a record, and watch where its key takes it. Click anything to see why it is there."
                    </p>
                    <Button label="To the key field" hint="/" kind=ButtonKind::Plain on_press=to_form/>
                    <Button label="dismiss" icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=move |()| is_closed.set(true)/>
                </aside>
            }
            .into_any()
        })
    };
    maybe(card)
}
