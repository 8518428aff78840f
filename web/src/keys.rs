//! The keyboard: what works everywhere on the page, and the dialog that lists it.

use crate::console::Console;
use crate::frame::{FrameState, Sheet};
use crate::session::Session;
use crate::ui::Dialog;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use millrace_words::{Say, frame as say};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Key and what it does, as the dialog lists them.
const KEYS: &[(Say, Say)] = &[
    (|| "/", say::go_to_the_key_field),
    (say::enter, say::in_the_form_produce),
    (say::key_space, say::play_pause),
    (|| "← →", say::step_back_step_forward),
    (say::key_shift_arrows, say::one_exact_step_quiet_ones),
    (say::key_home_end, say::to_the_start_to_the),
    (|| "[ ]", say::slower_faster),
    (say::key_ctrl_z, say::undo_z),
    (say::key_ctrl_shift_z, say::redo),
    (|| "U", say::run_until_something_holds),
    (|| "B", say::set_a_bookmark),
    (|| ", .", say::to_the_bookmark_before_to),
    (|| "F", say::futures_and_bookmarks),
    (|| "C", say::two_futures_side_by_side),
    (say::key_console, say::the_console_every_line_that),
    (say::key_tab_arrows, say::on_the_stage_from_thing),
    (say::key_escape, say::close_let_go),
    (|| "?", say::this_list),
];

/// Whether the list of keys is open; in the context.
#[derive(Clone, Copy)]
pub struct Help(pub RwSignal<bool>);

/// Listens as long as the page lives.
pub fn listen(session: Session, help: Help, console: Console, frame: FrameState) {
    // Ctrl Z in a field belongs to what was typed there, unless nothing was typed since the last command.
    let typed_after = StoredValue::new(None::<u32>);
    let typed = window_event_listener(leptos::ev::input, move |_| {
        typed_after.set_value(Some(session.given.get_untracked()));
    });
    let pressed = window_event_listener(leptos::ev::keydown, move |event| {
        let is_typing = typed_after.get_value() == Some(session.given.get_untracked());
        pressed(session, (help, console), frame, is_typing, &event);
    });
    on_cleanup(move || {
        typed.remove();
        pressed.remove();
    });
}

fn pressed(
    session: Session,
    (help, console): (Help, Console),
    frame: FrameState,
    is_typing: bool,
    event: &KeyboardEvent,
) {
    if event.default_prevented() || event.is_composing() || event.alt_key() {
        return;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_in =
        |selector: &str| target.as_ref().is_some_and(|t| t.closest(selector).ok().flatten().is_some());
    let in_text = is_in("input:not([type=range]):not([type=checkbox]), textarea");
    if event.ctrl_key() || event.meta_key() {
        let key = event.key().to_lowercase();
        if key == "`" {
            event.prevent_default();
            console.toggle();
        }
        let is_undo = key == "z";
        if (is_undo || key == "y") && !(in_text && is_typing) {
            event.prevent_default();
            if is_undo && !event.shift_key() { session.undo() } else { session.redo() }
        }
        return;
    }
    if in_text || is_in("select, dialog") {
        return;
    }
    let shift = event.shift_key();
    match event.key().as_str() {
        " " if !is_in("button, summary, a, [role=button], input") => session.toggle(),
        "ArrowRight" if !is_in("input, .menu, .stage-slot") => session.step_forward(shift),
        "ArrowLeft" if !is_in("input, .menu, .stage-slot") => session.step_back(shift),
        "Home" if !is_in("input, .stage-slot") => session.rewind(),
        "End" if !is_in("input, .stage-slot") => session.go_live(),
        "[" => session.change_speed(false),
        "]" => session.change_speed(true),
        "?" => help.0.set(true),
        "`" => console.toggle(),
        "/" => {
            frame.sheet.set(Sheet::Controls);
            focus_key_field();
        }
        _ => return,
    }
    event.prevent_default();
}

/// Puts the cursor into the key field.
pub fn focus_key_field() {
    // On a phone the sheet shows with the next frame; a field that is not shown takes no focus.
    crate::session::next_frame(|| {
        let field = document().query_selector(".produce input").ok().flatten();
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            let _ = field.focus();
        }
    });
}

/// The list of keys.
#[component]
pub fn KeyHelp() -> AnyView {
    let help = expect_context::<Help>();
    let rows = || {
        KEYS.iter()
            .map(|(key, what)| view! { <div><dt><kbd class="keycap">{key()}</kbd></dt><dd>{what()}</dd></div> })
            .collect::<Vec<_>>()
    };
    view! { <Dialog title=say::keys() open=help.0><dl class="key-list">{rows()}</dl></Dialog> }.into_any()
}
