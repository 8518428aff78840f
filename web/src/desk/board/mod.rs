//! The desk of transactions: what the coordinator knows, and what lies in the partitions. It is there as soon as somebody has a
//! transactional id, and opens by itself then.

mod draw;

use super::deeds::buttons;
use super::frame::{self, Look, html_picture, picture, sample, width};
use super::told::told;
use crate::lean::{each, item, maybe, text};
use crate::memo::Memo;
use crate::session::Session;
use leptos::prelude::*;
use millrace_view::desk::board::{Board, Hanging, Txn, TxnClient, board, has_transactions};
use millrace_words::transactions as say;
use std::sync::Arc;

/// The name of the desk.
const NAME: &str = "transactions";

type Seen = Memo<Arc<Board>>;

/// See the module.
pub fn desk(session: Session) -> AnyView {
    let is_there = Memo::new(move |_| {
        session.scene.track();
        session.with(|timeline| has_transactions(timeline.world()))
    });
    let summary = Signal::derive(|| say::the_board().to_owned());
    maybe(move || {
        is_there.get().then(|| {
            frame::open(NAME, "");
            frame::desk(session, &NAME.into(), say::board_desk().to_owned(), summary, inside)
        })
    })
}

fn inside(look: Look) -> AnyView {
    let session = look.session;
    let seen: Seen = Memo::new(move |was: Option<&Arc<Board>>| match look.is_due() {
        true => Arc::new(session.with(|timeline| board(timeline, width(session)))),
        false => was.cloned().unwrap_or_default(),
    });
    let ids = Memo::new(move |_| {
        seen.with(|board| board.transactions.iter().map(|txn| txn.id.clone()).collect::<Vec<_>>())
    });
    let cards = each(move || {
        let one = |id: Arc<str>| item(id.clone(), move || card(session, id.clone(), seen));
        ids.get().into_iter().map(one).collect()
    });
    let (lanes, _) = picture("board", say::picture_of_the_board(), move || {
        seen.with(|board| (!board.lanes.is_empty()).then(|| draw::lanes(board)))
    });
    let is_empty = Memo::new(move |_| seen.with(|board| board.lanes.is_empty()));
    let none =
        maybe(move || is_empty.get().then(|| view! { <p class="dim">{say::no_lane()}</p> }.into_any()));
    let legend = maybe(move || (!is_empty.get()).then(legend));
    let more = text(move || seen.with(|board| board.more.clone()).unwrap_or_default());
    let all_told = Memo::new(move |_| seen.with(|board| board.told.clone()));
    view! {
        <h2>{say::coordinators()}</h2>
        <div class="txns">{cards}</div>
        {hangings(session, seen)}
        <h2>{say::lanes()}</h2>
        {none}
        <div class="board-lanes">{lanes}</div>
        <p class="dim rooms-more">{more}</p>
        {legend}
        {told(session, all_told, say::nothing_happened())}
    }
    .into_any()
}

/// What is known of a transactional id, and the producers that bear it.
fn card(session: Session, id: Arc<str>, seen: Seen) -> AnyView {
    let of = id.clone();
    let one = Memo::new(move |_| {
        seen.with(|board| board.transactions.iter().find(|txn| txn.id == of).cloned()).map(Arc::new)
    });
    let drawn =
        html_picture(move || one.with(|txn: &Option<Arc<Txn>>| txn.as_ref().map(|txn| draw::card(txn))));
    let clients = each(move || {
        let all = one.with(|txn| txn.as_ref().map(|txn| txn.clients.clone())).unwrap_or_default();
        let one = |client: TxnClient| {
            let lines: Vec<&str> = client.deeds.iter().map(|deed| deed.line.as_str()).collect();
            let key = [&*client.name, " ", &client.word, " ", &lines.join(";")].concat();
            item(key, move || bearer(session, &client))
        };
        all.into_iter().map(one).collect()
    });
    let label = id.to_string();
    view! { <section class="txn" aria-label=label.clone() data-txn=label>{drawn} {clients}</section> }
        .into_any()
}

/// A producer with its own state, and what can be done.
fn bearer(session: Session, client: &TxnClient) -> AnyView {
    let buttons = buttons(session, &client.name, &client.deeds);
    let (name, label, of) = (client.name.clone(), client.name.clone(), client.name.clone());
    let word = client.word.clone();
    let class = if client.is_in_error { "txn-word bad" } else { "txn-word dim" };
    view! {
        <div class="txn-client" role="group" aria-label=label data-deeds=of>
            <span class="mono">{name}</span> <span class=class>{word}</span>
            <span class="row txn-deeds">{buttons}</span>
        </div>
    }
    .into_any()
}

/// Transactions that nobody ends.
fn hangings(session: Session, seen: Seen) -> AnyView {
    let all = Memo::new(move |_| seen.with(|board| board.hanging.clone()));
    each(move || {
        let one = |hanging: Hanging| {
            let key = format!("{} {} {}", hanging.tp, hanging.producer_id, hanging.first);
            item([&*key, " ", &hanging.says].concat(), move || {
                let buttons = buttons(session, &key, hanging.deed.as_slice());
                let says = hanging.says.clone();
                view! { <div class="txn-hangs" role="group" data-deeds=key.clone() aria-label=key.clone()><span>{says}</span> {buttons}</div> }.into_any()
            })
        };
        all.get().into_iter().map(one).collect()
    })
}

/// How to read the lanes.
fn legend() -> AnyView {
    view! {
        <p class="desk-legend dim">
            {sample("is-tb-open", say::legend_open())}
            {sample("is-tb-committed", say::legend_committed())}
            {sample("is-tb-aborted", say::legend_aborted())}
            {sample("is-tb-plain", say::legend_plain())}
            {sample("is-tb-commit", say::legend_commit())}
            {sample("is-tb-abort", say::legend_abort())}
            {sample("is-tb-stable", say::legend_stable())}
            {sample("is-watermark", say::legend_watermark())}
        </p>
    }
    .into_any()
}
