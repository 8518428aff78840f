//! The slim transport: again, back, play, forward, the line of history, the clock, speed, and the way out to the whole
//! playground.

use super::Tell;
use super::board::load;
use super::wish::{Controls, Wish};
use crate::lean::{maybe, text};
use crate::lesson::Guest;
use crate::session::Session;
use crate::timebar::{scale, scrubber, speed};
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_words::{embed as say, timebar};

/// See the module.
pub fn bar(session: Session, guest: Option<Guest>, wish: &Wish, tell: Tell) -> AnyView {
    let is_full = wish.controls == Controls::Full;
    let is_playing = Signal::derive(move || session.transport.with(|t| t.is_playing));
    let at_start = Signal::derive(move || session.history.with(|h| h.moment.step == 0));
    let label =
        Signal::derive(move || if is_playing.get() { timebar::pause() } else { timebar::play() }.to_owned());
    let picture = Signal::derive(move || if is_playing.get() { Icon::Pause } else { Icon::Play });
    let (again, to) = (StoredValue::new_local((wish.clone(), tell.clone())), StoredValue::new_local(tell));
    let reset = move |()| again.with_value(|(wish, tell)| anew(session, guest, wish, tell));
    let out = move |()| to.with_value(|tell| tell.event("open", &[]));
    let reset = is_full.then(|| {
        view! { <Button label=say::start_again() icon=Icon::Restart bare=true kind=ButtonKind::Quiet on_press=reset/> }
    });
    let end = scale(session);
    view! {
        <div class="bar">
            <div class="transport" role="group" aria-label=timebar::time()>
                {reset}
                <Button label=timebar::step_back() hint="←" icon=Icon::StepBack bare=true disabled=at_start on_press=move |()| session.step_back(false)/>
                <Button label=label hint=timebar::space() icon=picture bare=true kind=ButtonKind::Primary on_press=move |()| session.toggle()/>
                <Button label=timebar::step_forward() hint="→" icon=Icon::StepForward bare=true on_press=move |()| session.step_forward(false)/>
            </div>
            <div class="tracks">{scrubber(session, end)}</div>
            <output class="clock number" aria-label=timebar::virtual_time()>{text(move || session.playhead.get().to_string())}</output>
            {is_full.then(|| speed(session))}
            <Button label=say::open_in_millrace() icon=Icon::Out bare=true kind=ButtonKind::Quiet on_press=out/>
            {maybe(move || session.progress.get().map(|says| view! { <p class="progress" role="status">{says}</p> }.into_any()))}
        </div>
    }
    .into_any()
}

/// The widget as it began.
pub fn anew(session: Session, guest: Option<Guest>, wish: &Wish, tell: &Tell) {
    if let Some(guest) = guest {
        return guest.again();
    }
    let wish = Wish { runs: false, ..wish.clone() };
    load(session, wish, tell.clone(), RwSignal::new(true));
}
