//! The invitation on a first visit: three sentences, and one more once a record was sent. It goes with the first thing
//! that is looked at. It stands beside the stage, so that nothing jumps under a pointer; on a phone above the list.

use crate::frame::{FrameState, Sheet, is_touch};
use crate::keys::focus_key_field;
use crate::lean::{maybe, text};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_words::gallery as say;

/// See the module.
#[derive(Clone, Copy)]
pub struct Welcome {
    frame: FrameState,
    is_shown: Memo<bool>,
    is_closed: RwSignal<bool>,
    has_sent: Memo<bool>,
}

impl Welcome {
    /// `is_first`: whether this is a first visit.
    pub fn new(session: Session, frame: FrameState, is_first: bool) -> Welcome {
        let is_closed = RwSignal::new(!is_first);
        let is_shown = Memo::new(move |was: Option<&bool>| {
            was != Some(&false) && !is_closed.get() && session.selected.with(Option::is_none)
        });
        let first = session.given.get_untracked();
        let has_sent = Memo::new(move |_| session.given.get() != first);
        if is_first && !is_touch() {
            // Enter shall do what the card says.
            focus_key_field();
        }
        Welcome { frame, is_shown, is_closed, has_sent }
    }

    /// The card, for the stage of a phone or for the place beside a wider one.
    pub fn card(self, of_phone: bool) -> AnyView {
        let button = if of_phone { say::produce_a_record() } else { say::to_the_key_field() };
        maybe(move || {
            (self.is_shown.get() && self.frame.is_phone.get() == of_phone).then(|| self.draw(button))
        })
    }

    fn draw(self, button: &'static str) -> AnyView {
        let says = move || match (self.has_sent.get(), is_touch()) {
            (true, _) => say::sent_it_travels_to_the(),
            (false, true) => say::this_is_a_real_streaming(),
            (false, false) => say::this_is_a_real(),
        };
        let to_form = move |()| {
            self.frame.sheet.set(Sheet::Controls);
            focus_key_field();
        };
        let close = move |()| self.is_closed.set(true);
        view! {
            <aside class="welcome" aria-label=say::welcome()>
                <p>{text(move || says().to_owned())}</p>
                <Button label=say::dismiss() icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=close/>
                <Button label=button hint="/" on_press=to_form/>
            </aside>
        }
        .into_any()
    }
}
