//! One dead letter: its bytes, its headers, and its value to be edited and sent again.

use super::{LIFE, Look, look_at, painted, span};
use crate::frame::FrameState;
use crate::lean::maybe;
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::session::Session;
use crate::ui::{Area, Button, ButtonKind};
use leptos::prelude::*;
use millrace_expr::Expr;
use millrace_model::Bytes;
use millrace_sim::{Command, DeskAction, DeskWork};
use millrace_view::failure::{LetterView, Place, filter_of, letter};
use millrace_words::failure as say;
use std::sync::Arc;

/// Does something to these letters of `group`, or to all of them: the line that says so is shown as "same as".
pub fn do_to(session: Session, group: &str, filter: Option<&str>, action: DeskAction) -> bool {
    let filter = match filter.map(Expr::parse).transpose() {
        Ok(filter) => filter,
        Err(error) => {
            session.refuse(error.to_string());
            return false;
        }
    };
    session.dispatch(Command::DeskWork(Box::new(DeskWork { group: group.into(), filter, action })))
}

/// See the module.
pub fn detail(look: &Look, place: Place, close: Callback<()>) -> AnyView {
    let (session, frame, tab) = (look.session, use_context::<FrameState>(), look.tab);
    let group = look.name.clone();
    let of = place.clone();
    let seen: Memo<Option<Arc<LetterView>>> = Memo::new(move |_| {
        session.scene.track();
        session.with(|timeline| letter(timeline, &of)).map(Arc::new)
    });
    let first = seen.get_untracked();
    let text = first.as_ref().and_then(|letter| letter.value.clone());
    let value = RwSignal::new(text.clone().unwrap_or_default());
    let filter = filter_of(&[place]);
    let is_edited = Memo::new(move |_| value.with(|now| text.as_ref() != Some(now)));
    let label = Signal::derive(move || {
        if is_edited.get() {
            say::send_again_with_this_value().to_owned()
        } else {
            say::send_this_one_again().to_owned()
        }
    });
    let send = {
        let (group, filter) = (group.clone(), filter.clone());
        move |()| {
            let value = is_edited.get_untracked().then(|| Bytes::from(value.get_untracked().into_bytes()));
            let action = DeskAction::Redrive { rate: None, value, to: None };
            if do_to(session, &group, Some(&filter), action) {
                close.run(());
            }
        }
    };
    let throw = move |()| {
        if do_to(session, &group, Some(&filter), DeskAction::Discard) {
            close.run(());
        }
    };
    let target = first.as_ref().map(|letter| letter.target.clone());
    let (why, life) = (target.clone(), target);
    let title = first.as_ref().map(|letter| format!("{} · {}", letter.key, letter.place)).unwrap_or_default();
    let bytes = painted("letter-bytes", move || seen.with(|letter| bytes(letter.as_deref())));
    let heads = painted("letter-headers", move || seen.with(|letter| headers(letter.as_deref())));
    let not_text = maybe(move || {
        seen.with(|letter| letter.as_ref().is_some_and(|letter| letter.value.is_none()))
            .then(|| view! { <p class="field-error">{say::these_bytes_are_no_text()}</p> }.into_any())
    });
    view! {
        <section class="letter" aria-label=say::letter(&title) data-letter="">
            <div class="row spread">
                <h3>{title.clone()}</h3>
                <div class="row">
                    <Button label=say::why() kind=ButtonKind::Quiet on_press=move |()| if let Some(target) = why.clone() { look_at(session, frame, target) }/>
                    <Button label=say::its_life_label() kind=ButtonKind::Quiet on_press=move |()| if let Some(target) = life.clone() { session.selected.set(Some(target)); tab.set(LIFE.name) }/>
                    <Button label=say::close_the_letter() kind=ButtonKind::Quiet on_press=close/>
                </div>
            </div>
            <div class="letter-parts">
                <div class="stack">
                    {bytes}
                    {not_text}
                    <Area label=say::value_to_be_edited() value=value/>
                    <div class="row">
                        <Button label=label kind=ButtonKind::Primary on_press=send/>
                        <Button label=say::throw_this_one_away() kind=ButtonKind::Danger on_press=throw/>
                    </div>
                </div>
                {heads}
            </div>
        </section>
    }
    .into_any()
}

fn bytes(letter: Option<&LetterView>) -> Node {
    let root = node("div");
    let Some(letter) = letter else { return root };
    let head = node("h4").text(say::value_bytes(&letter.size));
    if letter.size == 0 {
        return root
            .child(head)
            .child(node("p").is("class", "dim").text(say::null_or_nothing_in_it().to_owned()));
    }
    let line = |line: &millrace_view::failure::HexLine| {
        node("span")
            .key(line.at.clone())
            .is("class", "hex-line")
            .child(span("dim", line.at.clone()))
            .child(span("hex", line.hex.clone()))
            .child(span("hex-text", line.text.clone()))
    };
    let dump = node("div")
        .is("class", "hexdump")
        .is("tabindex", "0")
        .is("role", "group")
        .is("aria-label", say::the_bytes_of_the_value());
    root.child(head).child(dump.children(letter.hex.iter().map(line).collect()))
}

fn headers(letter: Option<&LetterView>) -> Node {
    let root = node("div");
    let Some(letter) = letter else { return root };
    let line = |(n, header): (usize, &millrace_view::failure::HeaderLine)| {
        node("tr")
            .key(n.to_string())
            .child(
                node("th")
                    .is("scope", "row")
                    .child(span("mono", header.name.clone()))
                    .child(span("dim", header.means.to_owned())),
            )
            .child(node("td").is("class", "mono").text(header.value.clone()))
    };
    let rows = letter.headers.iter().enumerate().map(line).collect();
    let table = node("div")
        .is("class", "header-scroll")
        .is("tabindex", "0")
        .is("role", "group")
        .is("aria-label", say::headers())
        .child(node("table").child(node("tbody").children(rows)));
    root.child(node("h4").text(say::headers().to_owned())).child(table)
}
