//! What a lesson wants to have on stage beside the board: the desks below it, and what the inspector shows.

use super::desk::{Desk, OnStage};
use crate::desk::frame;
use leptos::prelude::*;
use millrace_model::GroupId;
use millrace_view::Target;
use std::sync::Arc;

/// From this width on the inspector has a column of its own.
const WIDE: &str = "(min-width: 1181px)";

/// Opens them as soon as there is something for them to show, each once for every world that comes on stage; who closes one
/// has closed it.
pub fn follow(desk: Desk) {
    let opened = StoredValue::new(Vec::<String>::new());
    let is_wide = crate::frame::media(WIDE);
    Effect::new(move |was: Option<OnStage>| {
        let stage = desk.stage.get();
        if was.as_ref() != Some(&stage) {
            opened.set_value(Vec::new());
        }
        if stage == OnStage::Own {
            return stage;
        }
        let views =
            desk.course.with(|course| course.as_ref().map(|course| course.lesson.front.views.clone()));
        let (group, stream, has_desk, has_services) = desk.session.roster.with(|roster| {
            let group = roster.apps.first().map(|app| app.group.clone());
            let failing = roster.apps.iter().find(|app| app.has_desk).map(|app| app.group.clone());
            let has_services = !roster.services.is_empty();
            (group, roster.streams.first().map(|app| app.name.clone()), failing, has_services)
        });
        for view in views.unwrap_or_default() {
            let is_new = opened.with_value(|opened| !opened.contains(&view));
            // Who calls whom is no application's own affair.
            let is_open = match (view.as_str(), has_services) {
                ("services", true) if is_new => {
                    frame::open("services", "");
                    true
                }
                _ => is_new && open(desk, &view, (&group, &stream, &has_desk), is_wide.get_untracked()),
            };
            if is_open {
                opened.update_value(|opened| opened.push(view));
            }
        }
        stage
    });
}

type There<'a> = (&'a Option<GroupId>, &'a Option<Arc<str>>, &'a Option<GroupId>);

/// True if it was there to be opened.
fn open(desk: Desk, view: &str, (group, stream, failing): There<'_>, is_wide: bool) -> bool {
    let of = |name: &str, tab: &'static str| {
        frame::open(name, tab);
        true
    };
    match (view, group, stream, failing) {
        ("metrics", ..) => of("metrics", ""),
        ("crash", Some(_), ..) => of("loop", ""),
        ("failure", .., Some(group)) => of(group.as_str(), "Ledger"),
        ("services", .., Some(group)) => of(group.as_str(), "Services"),
        ("streams", _, Some(name), _) => of(name, "Topology"),
        ("dashboard", _, Some(name), _) => of(name, "Dashboard"),
        ("clocks", _, Some(name), _) => of(name, "Event time"),
        ("groups" | "offsets" | "clocks", Some(group), ..) => {
            if is_wide && desk.session.selected.with_untracked(Option::is_none) {
                desk.session.selected.set(Some(Target::Group(group.clone())));
            }
            true
        }
        // The board is there anyway; what a partitioner does, a record says that is looked at.
        _ => false,
    }
}
