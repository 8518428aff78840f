//! The desks below the stage. Here that of a cluster, that of transactions, that of what lies on disk, and that of a streams application: event time against
//! processing time, the topology, a join, the stores, dashboards. It is built when it is first opened, and computed only while it is open.

mod board;
mod dashboard;
mod deeds;
mod event_time;
pub mod frame;
mod graph;
mod instances;
mod join;
pub mod plot;
mod query;
mod rooms;
mod state;
mod storage;
mod told;

use crate::lean::{each, item, maybe};
use crate::memo::Memo;
use crate::session::{AppItem, Session};
use frame::{Look, Tab, html_picture, picture, sample, width};
use leptos::prelude::*;
use millrace_words::desk as say;
use std::sync::Arc;

const EVENT_TIME: Tab = Tab { name: "Event time", shown: say::event_time, panel: event_time::panel };
const TOPOLOGY: Tab = Tab { name: "Topology", shown: say::topology, panel: graph::panel };
const JOIN: Tab = Tab { name: "Join", shown: say::the_join, panel: join::panel };
const STATE: Tab = Tab { name: "State", shown: say::state, panel: state::panel };
const DASHBOARD: Tab = Tab { name: "Dashboard", shown: say::dashboard, panel: dashboard::panel };

/// One for each application whose records can fail, and one for each streams application. They lie below the first sight:
/// a first visit does without them.
pub fn desks(session: Session) -> AnyView {
    let arrived = crate::rest::arrived();
    maybe(move || arrived.get().then(|| all(session)))
}

fn all(session: Session) -> AnyView {
    let failing = Memo::new(move |_| {
        let name = |app: &AppItem| app.has_desk.then(|| Arc::from(app.group.as_str()));
        session.roster.with(|r| r.apps.iter().filter_map(name).collect::<Vec<Arc<str>>>())
    });
    let names = Memo::new(move |_| {
        session.roster.with(|r| r.streams.iter().map(|app| app.name.clone()).collect::<Vec<_>>())
    });
    let all = move || {
        let of_app = |n: Arc<str>| item(["app ", &*n].concat(), move || crate::failure::desk(session, &n));
        let of_streams = |n: Arc<str>| item(n.clone(), move || desk(session, n.clone()));
        failing.get().into_iter().map(of_app).chain(names.get().into_iter().map(of_streams)).collect()
    };
    view! { <div class="desks">{rooms::desk(session)} {board::desk(session)} {storage::desk(session)} {each(all)} {crate::failure::services_desk(session)} {crate::metrics::desk(session)} {crate::faults::crash::desk(session)}</div> }.into_any()
}

fn desk(session: Session, name: Arc<str>) -> AnyView {
    let label = say::desk_of(&name);
    let summary = say::from_within_event_time_topology(&name);
    frame::desk(session, &name, label, Signal::derive(move || summary.clone()), inside)
}

fn inside(look: Look) -> AnyView {
    let has_join = {
        let (session, name) = (look.session, look.name.clone());
        Memo::new(move |_| {
            session.roster.with(|r| r.stream(&name).is_some_and(|app| app.pipeline.contains("join ")))
        })
    };
    let all = move || match has_join.get() {
        true => vec![EVENT_TIME, TOPOLOGY, JOIN, STATE, DASHBOARD],
        false => vec![EVENT_TIME, TOPOLOGY, STATE, DASHBOARD],
    };
    frame::tabs(look, all)
}
