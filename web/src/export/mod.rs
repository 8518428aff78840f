//! Out of the playground and back: the files for a real cluster, and a real cluster's listings as a scenario.
//!
//! Both are dialogs of their own beside the page, made when one is first opened.

mod listing;
mod take_home;
mod widget;

use crate::session::Session;
use crate::ui::Dialog;
use leptos::prelude::*;
use millrace_words::export as say;
use std::cell::Cell;

/// Whether each is open.
#[derive(Clone, Copy)]
struct Dialogs {
    take_home: RwSignal<bool>,
    listing: RwSignal<bool>,
    widget: RwSignal<bool>,
}

thread_local! {
    static DIALOGS: Cell<Option<Dialogs>> = const { Cell::new(None) };
}

/// Opens the files for a real cluster.
pub fn take_home(session: Session) {
    open(session, |dialogs| dialogs.take_home);
}

/// Opens the field for a real cluster's listings.
pub fn listing(session: Session) {
    open(session, |dialogs| dialogs.listing);
}

/// Opens the snippet for somebody else's page.
pub fn widget(session: Session) {
    open(session, |dialogs| dialogs.widget);
}

fn open(session: Session, which: fn(Dialogs) -> RwSignal<bool>) {
    if DIALOGS.get().is_none() {
        mount_to_body(move || place(session));
    }
    if let Some(dialogs) = DIALOGS.get() {
        which(dialogs).set(true);
    }
}

fn place(session: Session) -> AnyView {
    let closed = || RwSignal::new(false);
    let dialogs = Dialogs { take_home: closed(), listing: closed(), widget: closed() };
    DIALOGS.set(Some(dialogs));
    view! {
        <Dialog title=say::take_it_to_real_kafka() open=dialogs.take_home>{take_home::inside(session)}</Dialog>
        <Dialog title=say::import_from_a_cluster() open=dialogs.listing>{listing::inside(session, dialogs.listing)}</Dialog>
        <Dialog title=say::embed_this() open=dialogs.widget>{widget::inside(session)}</Dialog>
    }
    .into_any()
}
