//! The invitation on a first visit: three sentences, and one more once a record was sent. It goes with the first thing
//! that is looked at. It stands beside the stage, so that nothing jumps under a pointer; on a phone above the list.

use crate::frame::{FrameState, Sheet, is_touch};
use crate::keys::focus_key_field;
use crate::lean::{maybe, text};
use crate::lesson::Lessons;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_words::gallery as say;
use wasm_bindgen::JsCast;

/// The lesson that a newcomer begins with.
const FIRST: &str = "L01";

/// See the module.
#[derive(Clone, Copy)]
pub struct Welcome {
    session: Session,
    lessons: Lessons,
    frame: FrameState,
    is_shown: Memo<bool>,
    is_closed: RwSignal<bool>,
    has_sent: Memo<bool>,
}

impl Welcome {
    /// `is_first`: whether this is a first visit.
    pub fn new(session: Session, frame: FrameState, lessons: Lessons, is_first: bool) -> Welcome {
        let is_closed = RwSignal::new(!is_first);
        let is_shown = Memo::new(move |was: Option<&bool>| {
            was != Some(&false) && !is_closed.get() && session.selected.with(Option::is_none)
        });
        let first = session.given.get_untracked();
        let has_sent = Memo::new(move |_| session.given.get() != first);
        if is_first && !is_touch() {
            // Enter shall do what the card says.
            crate::grown::at_last(focus_key_field);
        }
        Welcome { session, lessons, frame, is_shown, is_closed, has_sent }
    }

    /// The card, for the stage of a phone or for the place beside a wider one.
    pub fn card(self, of_phone: bool) -> AnyView {
        maybe(move || (self.is_shown.get() && self.frame.is_phone.get() == of_phone).then(|| self.draw()))
    }

    fn draw(self) -> AnyView {
        let says = move || match (self.has_sent.get(), is_touch()) {
            (true, _) => say::sent_it_travels_to_the(),
            (false, true) => say::this_is_a_real_streaming(),
            (false, false) => say::this_is_a_real(),
        };
        let (session, lessons) = (self.session, self.lessons);
        let deed = move |()| match self.has_sent.get_untracked() {
            true => show_sent(session, self.frame),
            false => press_produce(),
        };
        let label = Signal::derive(move || match self.has_sent.get() {
            true => say::show_me_mine().to_owned(),
            false => say::produce_a_record().to_owned(),
        });
        let first = move |()| lessons.go_to(FIRST);
        let close = move |()| self.is_closed.set(true);
        view! {
            <aside class="welcome" aria-label=say::welcome()>
                <p>{text(move || says().to_owned())}</p>
                <Button label=say::dismiss() icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=close/>
                <div class="row">
                    <Button label=label kind=ButtonKind::Primary on_press=deed/>
                    <Button label=say::first_lesson() hint=say::first_lesson_says() on_press=first/>
                </div>
            </aside>
        }
        .into_any()
    }
}

/// Does what Enter in the form does, which a phone has on another sheet.
fn press_produce() {
    let button = document().query_selector(".produce .button").ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        button.click();
    }
}

/// Looks at the record that was sent last, as soon as it has arrived.
fn show_sent(session: Session, frame: FrameState) {
    match session.with(millrace_view::sent_by_hand) {
        Some(target) => {
            session.selected.set(Some(target));
            if frame.is_phone.get_untracked() {
                frame.sheet.set(Sheet::Inspector);
            }
        }
        None => session.say(say::still_on_its_way()),
    }
}
