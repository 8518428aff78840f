//! The desk of what lies on disk: a batch byte for byte, and the shelf of a partition's segments. It is there as soon as a
//! partition holds anything.

mod bytes;
mod cleaner;
mod hex;
mod lookup;
mod shelf;
mod tables;

use super::frame::{self, Look, Tab};
use crate::lean::maybe;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::Choice;
use leptos::prelude::*;
use millrace_model::TopicPartition;
use millrace_view::desk::storage::has_logs;
use millrace_words::storage as say;

/// The name of the desk.
const NAME: &str = "storage";
const BYTES: Tab = Tab { name: "Bytes", shown: say::tab_bytes, panel: bytes::panel };
const SEGMENTS: Tab = Tab { name: "Segments", shown: say::tab_segments, panel: shelf::panel };

/// See the module.
pub fn desk(session: Session) -> AnyView {
    let is_there = Memo::new(move |_| {
        session.scene.track();
        session.with(|timeline| has_logs(timeline.world()))
    });
    let summary = Signal::derive(|| say::the_storage().to_owned());
    maybe(move || {
        is_there
            .get()
            .then(|| frame::desk(session, &NAME.into(), say::storage_desk().to_owned(), summary, inside))
    })
}

fn inside(look: Look) -> AnyView {
    frame::tabs(look, || vec![BYTES, SEGMENTS])
}

/// Which partition: `all` of them, the one that is shown, and the one that is wanted.
fn choice(
    all: Memo<Vec<TopicPartition>>,
    shown: Memo<String>,
    wanted: RwSignal<Option<TopicPartition>>,
) -> AnyView {
    let options = Signal::derive(move || {
        all.with(|all| all.iter().map(|tp| (tp.to_string(), tp.to_string())).collect::<Vec<_>>())
    });
    let choose = move |name: String| {
        wanted.set(all.with_untracked(|all| all.iter().find(|tp| tp.to_string() == name).cloned()));
    };
    view! { <Choice label=say::partition() options=options value=shown on_change=choose/> }.into_any()
}
