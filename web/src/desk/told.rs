//! What has happened last on a desk's ground: each sentence leads to its moment, and what comes next can be slowed down.

use crate::lean::{each, item, maybe};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_model::Time;
use millrace_view::desk::Told;
use millrace_words::cluster as say;

/// The speed of slow motion, in hundredths of real time.
const SLOW: u32 = 10;

/// Its heading, and the sentences; `none` stands where there are none.
pub fn told(session: Session, all: Memo<Vec<Told>>, none: &'static str) -> AnyView {
    let lines = each(move || {
        let one = |Told { at, clock, text }: Told| {
            item([&*clock, " ", &text].concat(), move || line(session, at, &clock, &text))
        };
        all.get().into_iter().map(one).collect()
    });
    let none = maybe(move || all.with(Vec::is_empty).then(|| view! { <p class="dim">{none}</p> }.into_any()));
    view! {
        <div class="row spread">
            <h2>{say::what_happened()}</h2>
            <Button label=say::slow_down() icon=Icon::Slow kind=ButtonKind::Quiet hint=say::at_a_tenth() on_press=move |()| {
                session.set_speed(SLOW);
                session.play();
            }/>
        </div>
        <ol class="desk-told">{lines}</ol>
        {none}
    }
    .into_any()
}

fn line(session: Session, at: Time, clock: &str, text: &str) -> AnyView {
    let (clock, text) = (clock.to_owned(), text.to_owned());
    view! {
        <li><button type="button" class="plain" on:click=move |_| session.seek(at)><span class="number dim">{clock}</span> <span>{text}</span></button></li>
    }
    .into_any()
}
