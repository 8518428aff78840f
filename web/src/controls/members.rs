//! The instances of an application, each with what can be done to it.

use crate::lean::{each, item, part, text};
use crate::memo::Memo;
use crate::session::{AppItem, MemberItem, Session};
use crate::ui::{Button, ButtonKind, on_demand};
use leptos::prelude::*;
use millrace_model::{GroupId, Span};
use millrace_sim::{Command, InstanceAction};
use millrace_view::Target;
use millrace_words::{controls as say, session as verbs};
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// A slowed instance takes so many times as long, at least [`SLOWEST`].
const SLOWER: u64 = 10;
const SLOWEST: Span = Span::from_secs(2);

/// See the module.
pub fn members(session: Session, group: GroupId, app: Memo<Option<AppItem>>) -> AnyView {
    let names = Memo::new(move |_| {
        app.with(|app| app.iter().flat_map(|app| &app.members).map(|m| m.name.clone()).collect::<Vec<_>>())
    });
    let label = say::instances_of(&group);
    let items = move || {
        let draw = |name: Arc<str>| {
            let group = group.clone();
            item(name.clone(), move || member(session, group.clone(), name.clone(), app))
        };
        names.get().into_iter().map(draw).collect()
    };
    view! {
        <ul class="members" aria-label=label>
            {each(items)}
        </ul>
    }
    .into_any()
}

fn member(session: Session, group: GroupId, name: Arc<str>, app: Memo<Option<AppItem>>) -> AnyView {
    let of = name.clone();
    let item: Memo<Option<MemberItem>> = Memo::new(move |_| {
        app.with(|app| app.iter().flat_map(|app| &app.members).find(|member| member.name == of).cloned())
    });
    let usual = Memo::new(move |_| app.with(|app| app.as_ref().map_or(Span::ZERO, |app| app.work)));
    let is_slow = move || item.with(|item| item.as_ref().is_some_and(|item| item.work > usual.get()));
    let state = move || match item.with(|item| item.as_ref().map(|item| item.state)) {
        Some(state) if state.is_there() && is_slow() => say::slow(&state.word()),
        Some(state) => state.word().to_owned(),
        None => String::new(),
    };
    let look = {
        let target = Target::Member(group.clone(), name.clone());
        move |()| session.selected.set(Some(target.clone()))
    };
    let summary = name.clone();
    let buttons = move || member_actions(session, &group, &name);
    let (body, build) = on_demand(Box::new(move || {
        view! {
            {part(buttons)}
            <div class="row"><Button label=say::look_at_it() kind=ButtonKind::Quiet on_press=look/></div>
        }
        .into_any()
    }));
    view! {
        <li>
            <details class="disclosure member-row" data-member=summary.to_string() on:toggle=move |_| build.run(())>
                <summary on:click=move |_| build.run(())>
                    {crate::ui::icon(crate::ui::Icon::ChevronRight)}
                    <span class="number">{summary.to_string()}</span>
                    <span class="dim">{text(state)}</span>
                </summary>
                <div class="body">{body}</div>
            </details>
        </li>
    }
    .into_any()
}

/// The buttons for one instance, as its state has them; the inspector and the stage's menu show the same ones.
pub fn member_actions(session: Session, group: &GroupId, name: &Arc<str>) -> AnyView {
    let found = session.roster.with(|roster| {
        let app = roster.app(group.as_str())?;
        Some((app.members.iter().find(|member| member.name == *name)?.clone(), app.work))
    });
    let Some((item, usual)) = found else { return ().into_any() };
    let speed = item.state.is_there().then(|| {
        let (label, work) = match item.work > usual {
            true => (say::at_usual_speed(name), usual),
            false => (verbs::slow_down(name), usual.times(SLOWER).max(SLOWEST)),
        };
        let command = Command::SetWork { group: group.clone(), instance: Some(name.clone()), work };
        deed(session, label, false, command, ButtonKind::Plain)
    });
    let actions = item.state.actions().iter().map(|action| {
        let command = Command::Instance { group: group.clone(), name: name.clone(), action: *action };
        let kind = match action {
            InstanceAction::Crash => ButtonKind::Danger,
            _ => ButtonKind::Plain,
        };
        let changes_all =
            matches!(action, InstanceAction::Restart | InstanceAction::Stop | InstanceAction::Crash);
        deed(session, verb(action, name), changes_all, command, kind)
    });
    view! { <div class="row deeds">{speed} {actions.collect::<Vec<_>>()}</div> }.into_any()
}

/// What the button says that does it.
fn verb(action: &InstanceAction, name: &Arc<str>) -> String {
    match action {
        InstanceAction::Pause => verbs::pause(name),
        InstanceAction::Resume => verbs::resume(name),
        InstanceAction::Freeze => verbs::freeze(name),
        InstanceAction::Thaw => verbs::thaw(name),
        InstanceAction::Stop => verbs::stop(name),
        InstanceAction::Crash => verbs::crash(name),
        InstanceAction::Restart => verbs::restart(name),
    }
}

fn deed(session: Session, label: String, changes_all: bool, command: Command, kind: ButtonKind) -> AnyView {
    let hint = session.print(&command);
    let press = move |()| {
        let summary = focused_row();
        session.dispatch(command.clone());
        // The button has gone with the state that it belonged to, or one that does something else has taken its place
        // (after "restart" that would be "pause"): focus goes to the row.
        crate::session::next_frame(move || {
            let is_lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
            if let Some(summary) = summary.filter(|_| is_lost || changes_all) {
                let _ = summary.focus();
            }
        });
    };
    view! { <Button label=label kind=kind hint=hint on_press=press/> }.into_any()
}

/// The summary of the row that has focus.
fn focused_row() -> Option<web_sys::HtmlElement> {
    let row = document().active_element()?.closest(".member-row").ok()??;
    row.query_selector("summary").ok()??.dyn_into().ok()
}
