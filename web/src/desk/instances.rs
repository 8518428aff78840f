//! The instances of the application: what can be done to each, and how far the state of its tasks has come back.

use super::{Look, html_picture};
use crate::lean::{attr, each, item, part, text as words};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_sim::{Command, InstanceAction};
use millrace_view::desk::{InstanceView, LogView, TaskView, instances, restores};
use millrace_words::{desk as say, session as verbs};
use std::sync::Arc;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let session = look.session;
    let seen = {
        let look = look.clone();
        Memo::new(move |was: Option<&Arc<(Vec<InstanceView>, Vec<String>)>>| match look.is_due() {
            true => {
                let told = |t: &_| (instances(t, &look.name), restores(t, &look.name));
                Arc::new(session.with(told))
            }
            false => was.cloned().unwrap_or_default(),
        })
    };
    let names =
        Memo::new(move |_| seen.with(|seen| seen.0.iter().map(|one| one.name.clone()).collect::<Vec<_>>()));
    let app = look.name.clone();
    let items = {
        let app = app.clone();
        move || {
            let draw = |name: String| {
                let app = app.clone();
                item(name.clone(), move || card(&app, name.clone(), seen, session))
            };
            names.get().into_iter().map(draw).collect()
        }
    };
    let add = move |()| {
        session.dispatch(Command::AddStreamsInstance { name: app.clone() });
    };
    let draw = move || {
        let stories =
            seen.with(|seen| seen.1.iter().map(|line| node("li").text(line.clone())).collect::<Vec<_>>());
        (!stories.is_empty()).then(|| node("ul").is("class", "desk-reasons").children(stories))
    };
    view! {
        <div class="instances" role="group" aria-label=say::instances()>{each(items)}</div>
        {html_picture(draw)}
        <div class="row"><Button label=say::add_an_instance() icon=Icon::Plus hint="streams add NAME" on_press=add/></div>
    }
    .into_any()
}

fn card(
    app: &Arc<str>,
    name: String,
    seen: Memo<Arc<(Vec<InstanceView>, Vec<String>)>>,
    session: crate::session::Session,
) -> AnyView {
    let of = name.clone();
    let one =
        Memo::new(move |_| seen.with(|seen| seen.0.iter().find(|one| one.name == of).cloned()).map(Arc::new));
    let state = Memo::new(move |_| one.with(|one| one.as_ref().map_or("", |one| one.state)));
    let class = attr(move || {
        match one.with(|one| one.as_ref().is_some_and(|one| one.is_there)) {
            true => "instance",
            false => "instance is-gone",
        }
        .to_owned()
    });
    let buttons = {
        let (app, name) = (app.clone(), name.clone());
        part(move || {
            state.track();
            let actions = one.with_untracked(|one| one.as_ref().map_or(&[][..], |one| one.actions));
            let deed = |(_, action): &(&'static str, InstanceAction)| {
                let command = Command::StreamsInstance {
                    name: app.clone(),
                    instance: name.as_str().into(),
                    action: *action,
                };
                let (label, hint) = (verb(*action, &name), session.print(&command));
                let kind = match action {
                    InstanceAction::Crash => ButtonKind::Danger,
                    _ => ButtonKind::Plain,
                };
                let press = move |()| {
                    session.dispatch(command.clone());
                };
                view! { <Button label=label kind=kind hint=hint on_press=press/> }.into_any()
            };
            actions.iter().map(deed).collect::<Vec<_>>().into_any()
        })
    };
    let draw = move || one.get().map(|one| tasks(&one));
    let of = name.clone();
    view! {
        <section class=class data-instance=of>
            <h3>{name} " " <span class="dim">{words(move || shown(state.get()).to_owned())}</span></h3>
            {html_picture(draw)}
            <div class="row">{buttons}</div>
        </section>
    }
    .into_any()
}

/// What the button says that does it.
fn verb(action: InstanceAction, name: &str) -> String {
    match action {
        InstanceAction::Pause => verbs::pause(&name),
        InstanceAction::Resume => verbs::resume(&name),
        InstanceAction::Freeze => verbs::freeze(&name),
        InstanceAction::Thaw => verbs::thaw(&name),
        InstanceAction::Stop => verbs::stop(&name),
        InstanceAction::Crash => verbs::crash(&name),
        // It has gone: what starts has not run before.
        InstanceAction::Restart => say::start(&name),
    }
}

/// How the state of an instance, or the phase of a task, is said.
fn shown(state: &'static str) -> &'static str {
    match state {
        "running" => verbs::running(),
        "frozen" => verbs::frozen(),
        "closing" => verbs::closing(),
        "stopped" => verbs::stopped(),
        "crashed" => verbs::crashed(),
        "restoring" => say::restoring(),
        "suspended" => say::suspended(),
        "standby" => say::standby(),
        "on disk" => say::on_disk(),
        "nobody runs it" => say::nobody_runs_it(),
        _ => state,
    }
}

fn tasks(instance: &InstanceView) -> Node {
    let none = instance.tasks.is_empty().then(|| {
        let says = if instance.is_there { say::no_task_for_it() } else { say::its_state_went_with_the() };
        node("p").is("class", "dim").text(says.to_owned())
    });
    node("div").is("class", "task-list").children(instance.tasks.iter().map(task).collect()).maybe(none)
}

fn task(task: &TaskView) -> Node {
    let class = match task.phase {
        "restoring" => "task-line is-restoring",
        "standby" => "task-line is-standby",
        "nobody runs it" => "task-line is-lost",
        "on disk" => "task-line is-on-disk",
        _ => "task-line",
    };
    node("div")
        .key(format!("{} {}", task.id, task.phase))
        .is("class", class)
        .set("data-task", task.id.clone())
        .is("data-phase", task.phase)
        .child(
            node("span")
                .is("class", "task-name")
                .child(node("span").is("class", "mono").text(task.id.clone()))
                .child(node("span").is("class", "dim").text(shown(task.phase).to_owned())),
        )
        .children(task.logs.iter().map(log).collect())
}

fn log(log: &LogView) -> Node {
    let width = format!("width:{}.{}%", log.share / 10, log.share % 10);
    let title = say::of(&log.changelog, &log.position, &log.end);
    node("div")
        .key(log.changelog.clone())
        .is("class", "restored")
        .set("title", title)
        .child(
            node("span")
                .is("class", "track")
                .is("aria-hidden", "true")
                .child(node("span").is("class", "fill").set("style", width)),
        )
        .child(node("span").is("class", "dim").text(log.says.clone()))
        .child(node("span").is("class", "dim offsets mono").text(format!("{} / {}", log.position, log.end)))
}
