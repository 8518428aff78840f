//! Buttons for time: back, play, forward, live; speed; undo and redo.

use crate::memo::Memo;
use crate::session::{SPEEDS, Session, speed_label};
use crate::ui::{Button, ButtonKind, Icon, Menu, MenuItem};
use leptos::prelude::*;
use millrace_words::timebar as say;

/// Start, back, play, forward, live.
pub fn buttons(session: Session) -> AnyView {
    let is_playing = Signal::derive(move || session.transport.with(|t| t.is_playing));
    let at_start = Signal::derive(move || session.history.with(|h| h.moment.step == 0));
    let is_live = Signal::derive(move || session.history.with(|h| h.is_live));
    let label = Signal::derive(move || if is_playing.get() { say::pause() } else { say::play() }.to_owned());
    let picture = Signal::derive(move || if is_playing.get() { Icon::Pause } else { Icon::Play });
    // Shift makes the step exact; the event is looked at here, because the button only says that it was pressed.
    let shift = StoredValue::new(false);
    let note = move |event: leptos::ev::MouseEvent| shift.set_value(event.shift_key());
    view! {
        <div class="transport" role="group" aria-label=say::time() on:click:capture=note>
            <Button label=say::to_the_start() hint=say::key_home() icon=Icon::Rewind bare=true disabled=at_start on_press=move |()| session.rewind()/>
            <Button label=say::step_back() hint=say::shift_for_one_exact_step() icon=Icon::StepBack bare=true disabled=at_start
                on_press=move |()| session.step_back(shift.get_value())/>
            <Button label=label hint=say::space() icon=picture bare=true kind=ButtonKind::Primary on_press=move |()| session.toggle()/>
            <Button label=say::step_forward() hint=say::shift_for_one_exact() icon=Icon::StepForward bare=true
                on_press=move |()| session.step_forward(shift.get_value())/>
            <Button label=say::go_live() hint=say::key_end() icon=Icon::Live bare=true disabled=is_live on_press=move |()| session.go_live()/>
        </div>
    }
    .into_any()
}

/// How fast time runs.
pub fn speed(session: Session) -> AnyView {
    let label = Signal::derive(move || session.transport.with(|t| t.label()));
    let items = SPEEDS.map(|speed| {
        view! { <MenuItem label=speed_label(speed) on_press=move |()| session.set_speed(speed)/> }
    });
    view! { <div class="speed"><span class="visually-hidden">{say::speed()}</span><Menu label=label class="up quiet">{items}</Menu></div> }.into_any()
}

/// Undo and redo.
pub fn undo(session: Session) -> AnyView {
    let what = Memo::new(move |_| session.history.with(|h| h.undo.clone()));
    let label = Signal::derive(move || match what.get() {
        Some(what) => say::undo(&what),
        None => say::undo_here().to_owned(),
    });
    let nothing = Signal::derive(move || what.with(Option::is_none));
    let no_redo = Signal::derive(move || session.history.with(|h| !h.can_redo));
    view! {
        <div class="undo" role="group" aria-label=say::undo_and_redo()>
            <Button label=label hint=say::ctrl_z() icon=Icon::Undo bare=true kind=ButtonKind::Quiet disabled=nothing on_press=move |()| session.undo()/>
            <Button label=say::redo() hint=say::ctrl_shift_z() icon=Icon::Redo bare=true kind=ButtonKind::Quiet disabled=no_redo on_press=move |()| session.redo()/>
        </div>
    }
    .into_any()
}
